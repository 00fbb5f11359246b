//! The manual pages: committed as they are generated, well formed, their examples true.

use crate::harness::{Bt, have, project};
use std::fs;
use std::path::Path;

/// The files of a folder by name, all levels.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Fails where the two folders differ.
pub(crate) fn same(committed: &Path, generated: &Path) {
    let (committed_files, generated_files) = (files(committed), files(generated));
    let names = |files: &[(String, Vec<u8>)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&committed_files), names(&generated_files), "run tests/generate");
    for (old, new) in committed_files.iter().zip(&generated_files) {
        assert!(old == new, "{}/{} is out of date: run tests/generate", committed.display(), old.0);
    }
}

#[test]
fn what_is_committed_is_what_is_generated() {
    let bt = Bt::new();
    let out = bt.args(["man", "--out", "pages"]).run();
    assert_eq!(out.status, 0, "{out}");
    same(&project().join("man"), &bt.path("pages"));
    // The page alone is the same.
    assert_eq!(bt.args(["man", "fetch"]).run().stdout, bt.read("pages/bt-fetch.1"));
    assert_eq!(bt.args(["man"]).run().stdout, bt.read("pages/bt.1"));
}

#[test]
fn pages_are_well_formed_and_whole() {
    let bt = Bt::new();
    assert_eq!(bt.args(["man", "--out", "pages"]).run().status, 0);
    for (name, page) in files(&bt.path("pages")) {
        let page = String::from_utf8(page).unwrap();
        for section in
            ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"]
        {
            assert!(page.contains(&format!("\n.SH {section}\n")), "{name} has no {section}");
        }
    }
    if have("mandoc") {
        let out = bt.shell("mandoc -T lint -W warning pages/*.1").run();
        assert_eq!((out.status, out.text().as_str()), (0, ""), "{out}");
    }
}

#[test]
fn an_unknown_page_is_not_found() {
    let bt = Bt::new();
    bt.args(["man", "nothing"])
        .run()
        .fails(1, "bt man: nothing: no such command\nhint: bt --list names them\n");
}

/// Commands that need the network or folders of the system, or do not end by themselves.
const NOT_RUN: [&str; 10] = [
    "bt fetch",
    "bt seed",
    "bt track",
    "bt open",
    "bt share",
    "bt announce",
    "bt scrape",
    "bt dht",
    "://my.tracker/",
    "/srv",
];

#[test]
fn examples_do_what_they_say() {
    if !(have("jq") && have("mandoc") && have("col")) {
        return;
    }
    let pages = Bt::new();
    let mut ran = 0;
    for name in std::iter::once("bt").chain(pages.args(["--list"]).run().text().lines()) {
        for line in examples(&pages.args(["man", name]).run().text()) {
            // Publishing names a tracker, but does not ask it.
            let needs_network = NOT_RUN.iter().any(|command| line.contains(command));
            if needs_network && !line.contains("bt publish") {
                continue;
            }
            let bt = Bt::new();
            prepare(&bt, line.contains("bt publish"));
            let line = line.replace("| less", "| cat");
            let out = bt.shell(&format!("set -e; {line}")).run();
            assert_eq!((out.status, out.stderr.contains("error")), (0, false), "{line}\n{out}");
            ran += 1;
        }
    }
    assert!(ran > 5, "only {ran} examples were found");
}

/// The lines between `.nf` and `.fi`.
fn examples(page: &str) -> Vec<String> {
    // A page that has none fails another test.
    let start = page.find("\n.SH EXAMPLES\n").unwrap_or(page.len());
    let mut lines = Vec::new();
    let mut inside = false;
    for line in page[start..].lines() {
        match line {
            ".nf" => inside = true,
            ".fi" => inside = false,
            _ if inside => {
                lines.push(line.replace("\\-", "-").replace("\\e", "\\").replace("\\&", ""));
            }
            _ => {}
        }
    }
    lines
}

/// What the examples speak of.
fn prepare(bt: &Bt, publishing: bool) {
    for name in ["myfile.ext", "photos/a.jpg", "photos/b/c.jpg", "release.tar.zst"] {
        bt.write(name, name.repeat(5_000));
    }
    fs::create_dir(bt.path("dist")).unwrap();
    for name in ["a.torrent", "b.torrent", "myfile.ext.torrent"] {
        if !(publishing && name.starts_with("myfile")) {
            let args = ["publish", "-q", "myfile.ext", "http://my.tracker/announce", "-o", name];
            let out = bt.args(args).run();
            assert_eq!(out.status, 0, "{out}");
        }
    }
    for (name, source) in [("a.json", "a.torrent"), ("myfile.json", "a.torrent")] {
        bt.write(name, bt.args(["decode", source]).run().stdout);
    }
    bt.write("dstate", b"d5:peersdee");
    let vectors = project().join("src/torrent/signature/vectors");
    for (name, vector) in [("key.pem", "key.pem"), ("cert.pem", "certificate.pem")] {
        bt.write(name, fs::read(vectors.join(vector)).unwrap());
    }
}
