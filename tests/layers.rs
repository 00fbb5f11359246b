//! Holds the code to the picture in ARCHITECTURE.md: a folder of `src` is a layer, and a module
//! imports only from its own layer and from those below.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up.
const LAYERS: [&str; 10] =
    ["hash", "bencode", "torrent", "store", "wire", "tracker", "swarm", "net", "cli", "commands"];

/// Names that only one layer may speak, beside `main.rs`.
const ONLY_NET: [&str; 8] = [
    "tokio::",
    "hyper::",
    "hyper_util::",
    "TcpStream",
    "UdpSocket",
    "TcpListener",
    "socket2::",
    "UnixStream",
];
const ONLY_CLI: [&str; 2] = ["std::process", "process::exit"];

/// Layers that do no input or output of any kind.
const PURE: [&str; 6] = ["hash", "bencode", "torrent", "wire", "tracker", "swarm"];
const IO: [&str; 8] = [
    "std::fs",
    "std::env",
    "Instant::now()",
    "SystemTime::now()",
    "thread::spawn",
    "File::",
    "SysRng",
    "rand::rng()",
];

/// The only files that may call what the compiler cannot vouch for. The crate's lints deny it
/// everywhere, so that an `allow` would be needed, and that is looked for as well.
const UNSAFE: [&str; 4] = ["hash/avx2.rs", "hash/avx512.rs", "hash/sha_ni.rs", "hash/vectors.rs"];

/// A file has one subject.
const LONGEST: usize = 450;

/// What is wrong in a file of `src`, given by its path below `src`.
fn faults(path: &str, text: &str) -> Vec<String> {
    let layer = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let own = LAYERS.iter().position(|name| *name == layer);
    let code = without_tests(text);
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| {
        faults.push(format!("src/{path}:{}: {what}", line + 1));
    };
    let mut length = 0;
    for (number, line) in code.lines().enumerate() {
        let line = line.split("//").next().unwrap_or_default();
        if !line.trim().is_empty() {
            length += 1;
        }
        for name in imports(line) {
            if let (Some(own), Some(other)) = (own, LAYERS.iter().position(|layer| *layer == name))
                && other > own
            {
                fault(number, format!("{layer} is below {name} and must not know it"));
            }
        }
        if climbs_out(path, line) {
            fault(number, "super leads out of the layer: name it from crate".into());
        }
        for name in ONLY_NET {
            if line.contains(name) && !matches!(layer, "net") {
                fault(number, format!("{name} belongs in net"));
            }
        }
        for name in ONLY_CLI {
            if line.contains(name) && !matches!(layer, "cli" | "main") {
                fault(number, format!("{name} belongs in cli"));
            }
        }
        if PURE.contains(&layer) {
            for name in IO {
                if line.contains(name) {
                    fault(number, format!("{name}: {layer} does no input or output"));
                }
            }
        }
        // What stands between quotes is prose.
        let spoken: String = line.split('"').step_by(2).collect();
        let mut words = spoken.split(|c: char| !c.is_alphanumeric() && c != '_');
        if !UNSAFE.contains(&path) && words.any(|word| matches!(word, "unsafe" | "unsafe_code")) {
            fault(number, format!("unsafe belongs in {}", UNSAFE.join(" and ")));
        }
    }
    if length > LONGEST {
        fault(0, format!("{length} lines of code, more than {LONGEST}"));
    }
    faults
}

/// The layers that a line names: `crate::x`, also in braces.
fn imports(line: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, prefix) in line.match_indices("crate::") {
        let rest = &line[at + prefix.len()..];
        let end = |text: &str| {
            text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
        };
        match rest.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0i32;
                for part in list.split(',') {
                    let part = part.trim();
                    if depth == 0 {
                        names.push(&part[..end(part)]);
                    }
                    depth += part.matches('{').count() as i32;
                    depth -= part.matches('}').count() as i32;
                }
            }
            None => names.push(&rest[..end(rest)]),
        }
    }
    names
}

/// Whether a chain of `super` ends at the crate's root, from where it could go up unseen.
fn climbs_out(path: &str, line: &str) -> bool {
    let depth = path.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    (depth..depth + 4).any(|supers| line.contains(&"super::".repeat(supers)))
}

/// The text up to its tests, which stand at the end of a file.
fn without_tests(text: &str) -> &str {
    let end = text
        .match_indices("#[cfg(test)]")
        .map(|(at, _)| at)
        .find(|at| text[*at..].lines().nth(1).is_some_and(|line| line.contains("mod tests")));
    &text[..end.unwrap_or(text.len())]
}

/// One `use` may go over several lines; they become one, the rest empty.
fn joined(text: &str) -> String {
    let mut out = String::new();
    let mut open = 0i32;
    let mut skipped = 0;
    for line in text.lines() {
        let starts =
            line.trim_start().starts_with("use ") || line.trim_start().starts_with("pub use ");
        if starts || open > 0 {
            open += line.matches('{').count() as i32 - line.matches('}').count() as i32;
            out.push_str(if starts { line } else { line.trim_start() });
            if open > 0 {
                skipped += 1;
                continue;
            }
        } else {
            out.push_str(line);
        }
        out.extend(std::iter::repeat_n('\n', skipped + 1));
        skipped = 0;
    }
    out
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            into.push(path);
        }
    }
}

#[test]
fn imports_go_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 30, "where is the source?");
    let mut all = Vec::new();
    for file in files {
        let name = file.strip_prefix(&src).unwrap().to_str().unwrap();
        if name.contains("/tests/") {
            continue;
        }
        all.extend(faults(name, &joined(&fs::read_to_string(&file).unwrap())));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_layer_is_a_folder() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<_> = fs::read_dir(src)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    folders.sort();
    let mut layers = LAYERS.to_vec();
    layers.sort_unstable();
    assert_eq!(folders, layers);
}

#[test]
fn the_check_can_fail() {
    let bad = |path: &str, text: &str| faults(path, &joined(text)).len();
    assert_eq!(bad("wire/a.rs", "use crate::tracker::Event;"), 1);
    assert_eq!(
        bad("wire/a.rs", "use crate::{\n    bencode,\n    tracker::{Event, Peer},\n    net,\n};"),
        2
    );
    assert_eq!(bad("wire/a.rs", "fn f() -> crate::cli::Env {}"), 1);
    assert_eq!(bad("wire/a.rs", "use crate::bencode::Value; // crate::net"), 0);
    assert_eq!(bad("wire/a.rs", "use super::super::tracker::Event;"), 1);
    assert_eq!(bad("wire/mod.rs", "use super::tracker::Event;"), 1);
    assert_eq!(bad("wire/a/b.rs", "use super::super::Message;"), 0);
    assert_eq!(bad("wire/a.rs", "use super::Message;"), 0);
    assert_eq!(bad("net/a.rs", "use crate::cli::Failure;"), 1);
    assert_eq!(bad("cli/a.rs", "use crate::net::Client;"), 0);
    assert_eq!(bad("cli/a.rs", "use tokio::net::TcpStream;"), 2);
    assert_eq!(bad("net/a.rs", "use tokio::net::TcpStream;"), 0);
    assert_eq!(bad("net/a.rs", "std::process::id()"), 1);
    assert_eq!(bad("main.rs", "use std::process::ExitCode;"), 0);
    assert_eq!(bad("swarm/a.rs", "let now = Instant::now();"), 1);
    assert_eq!(bad("swarm/a.rs", "#[cfg(test)]\nmod tests { let now = Instant::now(); }"), 0);
    assert_eq!(bad("cli/a.rs", "unsafe { x }"), 1);
    assert_eq!(bad("hash/a.rs", "#![allow(unsafe_code)]"), 1);
    for path in UNSAFE {
        assert_eq!(bad(path, "#![allow(unsafe_code)]"), 0);
    }
    assert_eq!(bad("cli/a.rs", "let what = \"an unsafe name\";"), 0);
    assert_eq!(bad("cli/a.rs", &"let x = 1;\n".repeat(LONGEST + 1)), 1);
}
