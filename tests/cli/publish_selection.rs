//! `bt publish`: which files it takes.

use crate::harness::{Bt, Output};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// What would go in.
fn dry_run(bt: &Bt, args: &[&str]) -> Output {
    bt.args(["publish", "--dry-run"]).args(args).run()
}

/// The paths that would go in, with slashes.
fn paths(out: &Output) -> Vec<String> {
    assert_eq!(out.status, 0, "{out}");
    let join = |file: &Value| {
        let names = file["path"].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join("/")
    };
    out.json()["files"].as_array().unwrap().iter().map(join).collect()
}

fn tree() -> Bt {
    let bt = Bt::new();
    for (path, content) in [
        ("d/a.jpg", "aaa"),
        ("d/raw/b.jpg", "b"),
        ("d/raw/b.txt", "bb"),
        ("d/.hidden", ""),
        ("d/Thumbs.db", "junk"),
        ("d/src/core/x", "left out"),
    ] {
        bt.write(path, content);
    }
    bt
}

#[test]
fn a_dry_run_shows_what_goes_in_and_makes_nothing() {
    let bt = tree();
    let out = dry_run(&bt, &["d", "--exclude", "*.txt", "--attributes", "hidden"]);
    assert_eq!(out.status, 0, "{out}");
    let expected = json!({
        "event": "selection", "v": 1, "path": "d", "output": "d.torrent", "name": "d",
        "total_size": 4, "file_count": 3,
        "files": [
            {"path": [".hidden"], "length": 0, "attr": "h"},
            {"path": ["a.jpg"], "length": 3},
            {"path": ["raw", "b.jpg"], "length": 1},
        ],
        "left_out": [
            {"path": ["Thumbs.db"], "reason": "junk"},
            {"path": ["raw", "b.txt"], "reason": "excluded"},
            {"path": ["src", "core"], "reason": "cvs-core"},
        ],
    });
    assert_eq!(out.json(), expected);
    let said = "bt publish: d: 2 entries left out (junk, or called CVS or core; -v lists what)\n";
    assert_eq!(out.stderr, said);
    assert!(!bt.path("d.torrent").exists());

    let out = dry_run(&bt, &["d/raw", "d/a.jpg", "--format", "human", "-v", "--exclude=*.txt"]);
    let expected =
        "       1 B  b.jpg\nd/raw: 1 file, 1 B\n       3 B  a.jpg\nd/a.jpg: 1 file, 3 B\n";
    assert_eq!((out.status, out.text().as_str()), (0, expected), "{out}");
    assert_eq!(out.stderr, "bt publish: d/raw/b.txt: left out, excluded\n");
    // An output that is there already is no matter.
    bt.write("d.torrent", "x");
    assert_eq!(dry_run(&bt, &["d", "-q"]).stderr, "");
}

#[test]
fn flags_choose_the_files() {
    let bt = tree();
    bt.write("d/.gitignore", "*.jpg\n!/a.jpg\n");
    bt.write("d/.git/HEAD", "x");
    symlink("../a.jpg", bt.path("d/raw/link")).unwrap();
    for (args, expected) in [
        (&["--include", "*.jpg"][..], &["a.jpg", "raw/b.jpg"][..]),
        (&["--include=raw/", "--exclude=link"], &["raw/b.jpg", "raw/b.txt"]),
        (&["--ignore-files", "--links=skip"], &[".gitignore", ".hidden", "a.jpg", "raw/b.txt"]),
        (
            &["--hidden=skip", "--junk=include", "--cvs-core=include"],
            &["Thumbs.db", "a.jpg", "raw/b.jpg", "raw/b.txt", "raw/link", "src/core/x"],
        ),
        (&["--include", "*.jpg", "--sort=smallest"], &["raw/b.jpg", "a.jpg"]),
    ] {
        assert_eq!(paths(&dry_run(&bt, &[&["d"], args].concat())), expected, "{args:?}");
    }
    let out = dry_run(&bt, &["d", "--links=store", "--include=link"]);
    assert_eq!(
        out.json()["files"],
        json!([{"path": ["raw", "link"], "length": 0, "attr": "l", "symlink": ["a.jpg"]}])
    );
    // From the environment, too.
    let out = bt.args(["publish", "--dry-run", "d"]).env("BT_PUBLISH_INCLUDE", "b.* a.*").run();
    assert_eq!(paths(&out), ["a.jpg", "raw/b.jpg", "raw/b.txt"]);
}

#[test]
fn what_is_chosen_is_published() {
    let bt = tree();
    let out = bt.args(["publish", "d", "--include", "*.jpg", "--sort", "smallest"]).run();
    assert_eq!(out.status, 0, "{out}");
    let shown = bt.args(["inspect", "d.torrent"]).run().json();
    let expected =
        json!([{"path": ["raw", "b.jpg"], "length": 1}, {"path": ["a.jpg"], "length": 3}]);
    assert_eq!(shown["files"], expected);
}

#[test]
fn links_and_marks_reach_the_metainfo_of_each_version() {
    let bt = Bt::new();
    bt.write("d/sub/run", "#!/bin/sh\n");
    fs::set_permissions(bt.path("d/sub/run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("../sub/run", bt.path("d/sub/again")).unwrap();
    for version in ["--v1", "--v2", "--hybrid"] {
        let args = ["publish", "d", "--force", "--links=store", "--attributes=executable", version];
        let out = bt.args(args).run();
        assert_eq!(out.status, 0, "{out}");
        let files = bt.args(["inspect", "d.torrent"]).run().json()["files"].clone();
        assert_eq!(files[0]["path"], json!(["sub", "again"]), "{version}");
        assert_eq!(files[0]["symlink"], json!(["sub", "run"]), "{version}");
        assert_eq!((&files[0]["attr"], &files[1]["attr"]), (&json!("l"), &json!("x")), "{version}");
    }
    // The order is part of version 2.
    let out = bt.args(["publish", "d", "--force", "--v2", "--sort", "largest"]).run();
    assert_eq!(out.status, 2, "{out}");
    assert!(out.stderr.starts_with("bt publish: --sort is for version 1\nhint: "), "{out}");
}

#[test]
fn a_list_of_files_comes_from_find() {
    let bt = tree();
    bt.write("d/a\nb", "x");
    let listed = |line: &str, from: &str| {
        let line = format!("{line} | bt publish --dry-run {from} --files-from -");
        paths(&bt.shell(&line).run())
    };
    let all = [".hidden", "Thumbs.db", "a.jpg", "raw/b.jpg", "raw/b.txt", "src/core/x"];
    assert_eq!(listed("find d ! -name a?b", "d"), all);
    assert_eq!(listed("find \"$PWD/d\" -name '*.txt'", "./d/"), ["raw/b.txt"]);
    assert_eq!(listed("cd d; find . -name '*.txt'", "."), ["raw/b.txt"]);
    assert_eq!(listed("find d -name a?b -print0", "d"), ["a\nb"]);
    assert_eq!(listed("echo d/raw/", "d"), ["raw/b.jpg", "raw/b.txt"]);
    bt.write("list", "d/raw/b.txt\nd/a.jpg\nd/a.jpg\n");
    let out = dry_run(&bt, &["d", "--files-from", "list", "--exclude", "raw"]);
    assert_eq!(paths(&out), ["a.jpg"]);

    let out = dry_run(&bt, &["d/raw", "--files-from", "list"]);
    assert_eq!(out.status, 4, "{out}");
    assert!(
        out.stderr.starts_with("bt publish: d/a.jpg: listed, but not in d/raw\nhint: "),
        "{out}"
    );
    bt.write("list", "raw/b.txt\n");
    dry_run(&bt, &["d", "--files-from", "list"])
        .fails(4, "bt publish: raw/b.txt: No such file or directory\n");
    bt.write("list", "\n");
    dry_run(&bt, &["d", "--files-from", "list"])
        .fails(3, "bt publish: list: no file in the list\n");
    dry_run(&bt, &["d", "d/raw", "--files-from", "list"])
        .fails(2, "bt publish: --files-from is for one PATH\n");
}

#[test]
fn each_entry_becomes_a_torrent() {
    let bt = Bt::new();
    for path in ["isos/b.iso", "isos/a/x", "isos/.DS_Store", "isos/old.torrent"] {
        bt.write(path, "content");
    }
    fs::create_dir(bt.path("out")).unwrap();
    let args = ["publish", "--each", "isos", "-o", "out/", "--no-date", "http://t/announce"];
    let out = bt.args(args).run();
    assert_eq!(out.status, 0, "{out}");
    let names: Vec<_> = out.events().iter().map(|event| event["output"].clone()).collect();
    assert_eq!(names, ["out/a.torrent", "out/b.iso.torrent"]);
    let out = dry_run(&bt, &["--each", "isos", "-q"]);
    let found: Vec<_> = out.events().iter().map(|event| event["path"].clone()).collect();
    assert_eq!(found, ["isos/a", "isos/b.iso"]);
    fs::create_dir(bt.path("none")).unwrap();
    dry_run(&bt, &["--each", "none"]).fails(3, "bt publish: none: no entries to publish\n");
    dry_run(&bt, &["--each", "isos/b.iso"]).fails(4, "bt publish: isos/b.iso: Not a directory\n");
}

#[test]
fn what_is_wrong_is_named() {
    let bt = tree();
    let out = dry_run(&bt, &["d", "--include", "["]);
    assert_eq!(out.status, 2, "{out}");
    assert!(out.stderr.starts_with("bt publish: --include [: "), "{out}");
    symlink("/etc", bt.path("d/out")).unwrap();
    let out = dry_run(&bt, &["d", "--links", "store"]);
    assert_eq!(out.status, 4, "{out}");
    assert!(out.stderr.starts_with("bt publish: d/out: a symbolic link that leads outside\n"));
    assert!(out.stderr.contains("hint: "), "{out}");
}

#[test]
fn a_choice_that_nothing_matches_is_an_honest_no() {
    let bt = tree();
    bt.write("h/.a", "");
    bt.write("list", "d/raw\n");
    fs::create_dir_all(bt.path("void/deep")).unwrap();
    let no = |path: &str| format!("bt publish: {path}: no file is selected\n");
    for args in [
        &["d", "--include", "nothing"][..],
        &["d", "--exclude", "*"],
        &["h", "--hidden", "skip"],
        &["d", "--files-from", "list"],
        &["void", "--include", "*"],
    ] {
        dry_run(&bt, args).fails(1, &no(args[0]));
        bt.args(["publish"]).args(args).run().fails(1, &no(args[0]));
        assert!(!bt.path(args[0]).with_extension("torrent").exists());
    }
    let out = dry_run(&bt, &["--each", "h", "--exclude", "*"]);
    out.fails(1, "bt publish: h: no entries to publish\n");
    // Where nobody chose, there is something wrong with the folder.
    dry_run(&bt, &["void"]).fails(4, "bt publish: void: no files to publish\n");
}
