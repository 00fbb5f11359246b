//! Several paths in one call.

use super::publish;
use super::versions::noise;
use crate::harness::Bt;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn one_bar_shows_the_progress_of_all() {
    let bt = Bt::new();
    for name in ["a", "b", "c"] {
        bt.write(name, noise(1, 1 << 20));
    }
    let args = ["publish", "a", "b", "c", "--io-limit", "4MiB"];
    let out = bt.args(args).stderr_on_terminal();
    assert_eq!(out.status, 0, "{out}");
    assert!(out.stderr.contains("of 3.0 MiB"), "{out}");
    assert!(!out.stderr.contains("of 1.0 MiB"), "{out}");
    assert_eq!(out.events().len(), 3, "{out}");
}

#[test]
fn a_folder_that_can_not_be_read_does_not_keep_the_others_from_being_made() {
    let bt = Bt::new();
    bt.write("a", "a");
    std::fs::create_dir(bt.path("void")).unwrap();
    bt.write("z", "z");
    let out = publish(&bt, &["a", "void", "z"]);
    assert_eq!(out.status, 4, "{out}");
    assert_eq!(out.stderr, "bt publish: void: no files to publish\n");
    assert_eq!(out.events().len(), 2, "{out}");
}

#[test]
fn entries_of_odd_names_are_a_line_each_and_a_bad_one_keeps_no_other_from_being_made() {
    let bt = Bt::new();
    let longest = [b'l'; 247];
    let odd: [&[u8]; 16] = [
        b"a\nb",
        b"a\rb",
        b"-x",
        b"--each",
        b"\xff\xfe",
        b"\xc3",
        b"a\x1b[2J",
        b"con",
        b"end.",
        b"end ",
        "\u{1f600}".as_bytes(),
        "\u{202e}abc".as_bytes(),
        "\u{2028}".as_bytes(),
        "e\u{301}".as_bytes(),
        b"$(x)'\"",
        &longest,
    ];
    std::fs::create_dir(bt.path("in")).unwrap();
    std::fs::create_dir(bt.path("out")).unwrap();
    let too_long = [b'l'; 255];
    for name in odd.into_iter().chain([&b"a\\b"[..], &too_long]) {
        std::fs::write(bt.path("in").join(OsStr::from_bytes(name)), "x").unwrap();
    }
    std::os::unix::fs::symlink("/nowhere/at/all", bt.path("in/zz")).unwrap();
    // What is there already is one more that is not made.
    std::fs::write(bt.path("in/there"), "x").unwrap();
    std::fs::write(bt.path("out/there.torrent"), "mine").unwrap();
    // Metainfo is left out, and so is what would be if it was good.
    std::os::unix::fs::symlink("/nowhere/at/all", bt.path("in/x.torrent")).unwrap();
    std::fs::write(bt.path("in/a\\b.torrent"), "x").unwrap();
    let out = bt.args(["publish", "--each", "in", "-o", "out/"]).run();
    assert_eq!(out.status, 4, "{out}");
    assert!(out.stderr.contains("bt publish: in/zz: No such file"), "{out}");
    assert!(out.stderr.contains("bt publish: out/there.torrent: File exists"), "{out}");
    assert!(!out.stderr.contains("announce URL") && !out.stderr.contains("x.torrent"), "{out}");
    assert!(!out.stderr.contains("b.torrent") && !out.stderr.contains("-o FILE"), "{out}");
    assert_eq!(std::fs::read(bt.path("out/there.torrent")).unwrap(), b"mine");
    assert!(out.stderr.contains("bt publish: in/a\\b: a name with a backslash"), "{out}");
    assert!(out.stderr.contains("File name too long"), "{out}");
    assert!(!out.stderr.contains('\x1b'), "{out}");
    assert_eq!(out.text().matches('\n').count(), odd.len(), "{out}");
    let named: HashSet<Vec<u8>> = out.events().iter().map(|event| bytes(&event["name"])).collect();
    assert_eq!(named, odd.iter().map(|name| name.to_vec()).collect(), "{out}");
    for event in out.events() {
        let path = bytes(&event["output"]);
        let name = bytes(&event["name"]);
        assert_eq!(path, [b"out/", &name[..], b".torrent"].concat());
        let made = std::fs::read(bt.path(OsStr::from_bytes(&path))).unwrap();
        let wanted = [format!("4:name{}:", name.len()).as_bytes(), &name].concat();
        assert!(made.windows(wanted.len()).any(|part| part == wanted), "{event}");
    }
    // What would be made is told of those alone that would be.
    std::fs::remove_file(bt.path("in/there")).unwrap();
    let out = bt.args(["publish", "--each", "in", "-o", "out/", "--dry-run"]).run();
    assert!(out.stderr.contains("File name too long"), "{out}");
    assert_eq!((out.status, out.events().len()), (4, odd.len()), "{out}");
    let alone = format!("in/{}", "l".repeat(255));
    for more in [["-q"].as_slice(), &["--dry-run"]] {
        let out = bt.args(["publish", &alone]).args(more).run();
        assert_eq!(out.status, 4, "{out}");
        assert!(out.stderr.contains("File name too long"), "{out}");
    }
}

/// A name as JSON has it.
fn bytes(value: &serde_json::Value) -> Vec<u8> {
    let Some(hex) = value["$hex"].as_str() else { return value.as_str().unwrap().into() };
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[test]
fn a_name_steers_no_terminal() {
    let bt = Bt::new();
    bt.write("a\x1b[2Jb", "x");
    let out = bt.args(["publish", "a\x1b[2Jb", "--progress", "never"]).on_terminal();
    assert!(
        out.text().contains("a\\u{1b}[2Jb.torrent") && !out.text().contains("\x1b[2J"),
        "{out}"
    );
}
