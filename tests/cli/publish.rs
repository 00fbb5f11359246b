//! `bt publish`

mod keys;
mod many;
mod reuse;
mod stream;
mod versions;

use crate::harness::{Bt, Output};
use std::fs;
use std::os::unix::fs::symlink;

/// Publishes with a fixed date and nobody named as the maker.
fn publish(bt: &Bt, args: &[&str]) -> Output {
    let fixed = ["publish", "--created-by", ""];
    bt.args(fixed).args(args).env("SOURCE_DATE_EPOCH", "0").run()
}

#[test]
fn a_file_becomes_metainfo_beside_it() {
    let bt = Bt::new();
    bt.write("myfile.ext", "hello\n");
    let out = publish(&bt, &["myfile.ext", "http://my.tracker/announce"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let expected = b"d8:announce26:http://my.tracker/announce13:creation datei0e4:infod6:lengthi6e\
        4:name10:myfile.ext12:piece lengthi16384e6:pieces20:\xf5\x72\xd3\x96\xfa\xe9\x20\x66\x28\x71\
        \x4f\xb2\xce\x00\xf7\x2e\x94\xf2\x25\x8fee";
    assert_eq!(
        bt.read("myfile.ext.torrent").escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    let summary = out.json();
    assert_eq!(summary["event"], "published");
    assert_eq!(summary["output"], "myfile.ext.torrent");
    assert_eq!(summary["info_hash"], "dc64ed12cd697609470f9fd4623511678bfbab46");
    assert_eq!(
        summary["magnet"],
        "magnet:?xt=urn:btih:dc64ed12cd697609470f9fd4623511678bfbab46&dn=myfile.ext\
         &tr=http%3A%2F%2Fmy.tracker%2Fannounce"
    );
}

#[test]
fn a_folder_is_one_unit_in_the_order_of_its_names() {
    let bt = Bt::new();
    for (path, content) in [("d/b", "bb"), ("d/a/x", "x"), ("d/a!", "!"), ("d/empty", "")] {
        bt.write(path, content);
    }
    for path in ["d/CVS/Entries", "d/core", "d/a/core/x", "d/a/CVS"] {
        bt.write(path, "left out");
    }
    let expected = b"d13:creation datei0e4:infod5:filesld6:lengthi1e4:pathl1:a1:xee\
        d6:lengthi1e4:pathl2:a!eed6:lengthi2e4:pathl1:beed6:lengthi0e4:pathl5:emptyee\
        e4:name1:d12:piece lengthi16384e6:pieces20:";
    // However the folder is named, the result lies beside it.
    for (cwd, path) in [("", "d"), ("", "./d/"), ("d", "."), ("d/a", "..")] {
        let args = ["publish", path, "--created-by="];
        let out = bt.args(args).cwd(cwd).env("SOURCE_DATE_EPOCH", "0").run();
        assert_eq!(out.status, 0, "{out}");
        assert!(
            bt.read("d.torrent").starts_with(expected),
            "{}",
            bt.read("d.torrent").escape_ascii()
        );
        fs::remove_file(bt.path("d.torrent")).unwrap();
    }
    assert!(!bt.path("d").join("..torrent").exists());
}

#[test]
fn all_fields_are_written() {
    let bt = Bt::new();
    bt.write("f", vec![1; 40_000]);
    let out = bt
        .args(["publish", "f", "http://a/x,udp://b:1", "wss://c", "--tracker", "https://d"])
        .args(["--piece-length", "32KiB", "--comment", "né", "--private", "--source", "S"])
        .args(["--web-seed", "http://w/", "--name", "other", "--created-by", "me"])
        .args(["--threads", "3"])
        .env("SOURCE_DATE_EPOCH", "1700000000")
        .run();
    assert_eq!(out.status, 0, "{out}");
    let shown = bt.args(["inspect", "f.torrent"]).run().json();
    assert_eq!(shown["name"], "other");
    assert_eq!(
        shown["trackers"],
        serde_json::json!([["http://a/x", "udp://b:1"], ["wss://c"], ["https://d"]])
    );
    assert_eq!((&shown["piece_length"], &shown["piece_count"]), (&32768.into(), &2.into()));
    assert_eq!((&shown["comment"], &shown["source"]), (&"né".into(), &"S".into()));
    assert_eq!((&shown["created_by"], &shown["private"]), (&"me".into(), &true.into()));
    assert_eq!(shown["web_seeds"], serde_json::json!(["http://w/"]));
    assert_eq!(shown["creation_date"], "2023-11-14T22:13:20Z");
    let bytes = bt.read("f.torrent");
    assert!(
        bytes.starts_with(b"d8:announce10:http://a/x13:announce-listll"),
        "{}",
        bytes.escape_ascii()
    );

    let out = bt.args(["publish", "f", "--force", "--no-date"]).run();
    assert_eq!(out.status, 0, "{out}");
    let shown = bt.args(["inspect", "f.torrent"]).run().json();
    assert!(shown["creation_date"].is_null());
    assert!(shown["created_by"].as_str().unwrap().starts_with("bt/"));
}

#[test]
fn the_output_goes_where_it_is_told() {
    let bt = Bt::new();
    bt.write("f", "x");
    fs::create_dir(bt.path("out")).unwrap();
    assert_eq!(publish(&bt, &["f", "-o", "out"]).status, 0);
    assert_eq!(publish(&bt, &["f", "-o", "out/named"]).status, 0);
    assert_eq!(bt.read("out/f.torrent"), bt.read("out/named"));
    publish(&bt, &["f", "-o", "nowhere/"])
        .fails(4, "bt publish: nowhere: No such file or directory\n");
    publish(&bt, &["f", "-o", "f/x"]).fails(4, "bt publish: f: Not a directory\n");

    let out = publish(&bt, &["f", "-o", "-"]);
    assert_eq!((out.status, &out.stdout), (0, &bt.read("out/named")), "{out}");
    assert!(out.stderr.contains("magnet:?xt=urn:btih:"), "{out}");
    let out = publish(&bt, &["f", "-o", "-", "-q"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let out = bt.args(["publish", "f", "-o", "-"]).on_terminal();
    assert_eq!(out.status, 2, "{out}");
    assert!(out.text().contains("--force"), "{out}");
}

#[test]
fn a_stream_is_published_under_the_name_it_is_given() {
    let bt = Bt::new();
    let content = vec![7; 3_000_000];
    bt.write("x.tar", &content);
    let args = ["publish", "-", "--created-by=", "http://t/announce"];
    let stream = || bt.args(args).stdin(&content).env("SOURCE_DATE_EPOCH", "0");
    let out = stream().args(["--name", "x.tar", "-o", "stream"]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(publish(&bt, &["x.tar", "http://t/announce", "-l", "1MiB"]).status, 0);
    assert_eq!(bt.read("stream"), bt.read("x.tar.torrent"));
    stream().run().fails(2, "bt publish: a stream needs a --name\n");
    // A name leads nowhere else.
    stream().args(["--name", "../x"]).run().fails(3, "bt publish: name: a name with a slash\n");
    let empty = bt.args(args).args(["--name", "x"]).stdin("").run();
    empty.fails(3, "bt publish: standard input: nothing to publish: empty\n");
}

#[test]
fn nothing_is_overwritten_without_force() {
    let bt = Bt::new();
    bt.write("f", "x");
    bt.write("f.torrent", "precious");
    publish(&bt, &["f"])
        .fails(4, "bt publish: f.torrent: File exists\nhint: --force writes over it\n");
    assert_eq!(bt.read("f.torrent"), b"precious");
    assert_eq!(publish(&bt, &["f", "--force"]).status, 0);
    assert!(bt.read("f.torrent").starts_with(b"d"));
    // What is published again does not hold its own metainfo.
    let args = ["publish", ".", "-o", "all.torrent", "--force"];
    assert_eq!(bt.args(args).cwd("").run().status, 0);
    let first = bt.args(["inspect", "all.torrent"]).run().json();
    assert_eq!(bt.args(args).run().status, 0);
    assert_eq!(bt.args(["inspect", "all.torrent"]).run().json()["info_hash"], first["info_hash"]);
}

#[test]
fn what_can_not_be_published_is_refused_in_one_line() {
    let bt = Bt::new();
    publish(&bt, &["myfile.ext"]).fails(4, "bt publish: myfile.ext: No such file or directory\n");
    fs::create_dir_all(bt.path("void/below")).unwrap();
    publish(&bt, &["void"]).fails(4, "bt publish: void: no files to publish\n");
    bt.write("empty", "");
    publish(&bt, &["empty"]).fails(3, "bt publish: empty: nothing to publish: empty\n");
    bt.write("tree/a\\b", "x");
    publish(&bt, &["tree"]).fails(
        3,
        "bt publish: tree/a\\b: a name with a backslash, which other systems take for a folder\n\
         hint: rename it: others would store it under another name\n",
    );
    bt.write("loop/x", "x");
    symlink("..", bt.path("loop/up")).unwrap();
    publish(&bt, &["loop"])
        .fails(4, "bt publish: loop/up: a symbolic link that leads back above\nhint: --links store keeps links as \
             they are, --links skip leaves them out\n");
    bt.write("gone/x", "x");
    symlink("nothing", bt.path("gone/link")).unwrap();
    publish(&bt, &["gone"]).fails(4, "bt publish: gone/link: No such file or directory\n");
    for leftover in ["void.torrent", "empty.torrent", "tree.torrent", "loop.torrent"] {
        assert!(!bt.path(leftover).exists());
    }
}

#[test]
fn an_unreadable_file_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let bt = Bt::new();
    let path = bt.write("d/secret", "x");
    bt.write("d/plain", "x");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        eprintln!("skipped: the superuser reads everything");
        return;
    }
    publish(&bt, &["d"]).fails(4, "bt publish: d/secret: Permission denied\n");
}

#[test]
fn a_pipe_in_a_folder_is_left_out_and_does_not_hang() {
    let bt = Bt::new();
    bt.write("d/a", "x");
    assert_eq!(bt.shell("mkfifo d/pipe pipe").run().status, 0);
    let out = publish(&bt, &["d"]);
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(out.stderr, "bt publish: warning: d/pipe: left out, not a file\n");
    assert_eq!(out.json()["file_count"], 1);
    publish(&bt, &["pipe"]).fails(4, "bt publish: pipe: neither a file nor a folder\n");
}

#[test]
fn each_path_becomes_a_torrent_of_its_own() {
    let bt = Bt::new();
    for path in ["a", "d/b", "d/c"] {
        bt.write(path, path);
    }
    fs::create_dir(bt.path("out")).unwrap();
    let out = publish(&bt, &["a", "http://t/1", "d", "d/b", "http://t/2", "-o", "out"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let events = out.events();
    let outputs: Vec<_> = events.iter().map(|event| event["output"].as_str().unwrap()).collect();
    assert_eq!(outputs, ["out/a.torrent", "out/d.torrent", "out/b.torrent"]);
    for event in &events {
        let shown = bt.args(["inspect", event["output"].as_str().unwrap()]).run().json();
        assert_eq!(shown["magnet"], event["magnet"]);
        assert_eq!(shown["trackers"], serde_json::json!([["http://t/1"], ["http://t/2"]]));
    }
    // The same bytes as alone.
    assert_eq!(publish(&bt, &["a", "http://t/1", "http://t/2"]).status, 0);
    assert_eq!(bt.read("a.torrent"), bt.read("out/a.torrent"));

    // Nobody reads the summaries; the files are wanted nonetheless.
    let args = ["publish", "d/b", "d/c", "--created-by="];
    let out = bt.args(args).into_closed_pipe();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert!(bt.path("d/b.torrent").exists() && bt.path("d/c.torrent").exists());
}

#[test]
fn one_path_that_fails_does_not_keep_the_others_from_being_made() {
    let bt = Bt::new();
    bt.write("a", "a");
    bt.write("empty", "");
    bt.write("z", "z");
    let out = publish(&bt, &["a", "empty", "z"]);
    assert_eq!(out.status, 3, "{out}");
    assert_eq!(out.stderr, "bt publish: empty: nothing to publish: empty\n");
    assert_eq!(out.events().len(), 2, "{out}");
    assert!(bt.path("a.torrent").exists() && bt.path("z.torrent").exists());
    // What is known beforehand is told before anything is made.
    bt.write("b/z", "z");
    for (args, status, stderr) in [
        (&["b", "a"][..], 4, "a.torrent: File exists\nhint: --force writes over it\n"),
        (
            &["b", "no"],
            4,
            "no: No such file or directory\nhint: an announce URL begins with \
            http://, https://, udp://, ws:// or wss://\n",
        ),
        (
            &["b", "a", "-o", "x"],
            2,
            "x: the output of more than one PATH\n\
            hint: -o takes a directory where there are several\n",
        ),
        (
            &["b", "b/z", "z", "-o", "b/"],
            2,
            "b/z.torrent: the output of more than one PATH\n\
            hint: -o takes a directory where there are several\n",
        ),
        (&["b", "a", "-o", "-"], 2, "-o - is for one PATH\n"),
        (&["b", "a", "--name", "x"], 2, "--name is for one PATH\n"),
        (&["b", "-"], 2, "a stream is published alone\n"),
    ] {
        publish(&bt, args).fails(status, &format!("bt publish: {stderr}"));
        assert!(!bt.path("b.torrent").exists() && !bt.path("b/b.torrent").exists(), "{args:?}");
    }
}

#[test]
fn nonsense_on_the_command_line_is_status_2() {
    let bt = Bt::new();
    bt.write("f", "x");
    for (args, why) in [
        (&["f", "ftp://my.tracker/announce"][..], "an announce URL begins with"),
        (&["f", "udp://host/announce"], "without a port"),
        (&["f", "http://a,ftp://b"], "an announce URL begins with"),
        (&["f", "--piece-length", "20000"], "a power of two"),
        (&["f", "--piece-length", "8KiB"], "a power of two"),
        (&["f", "--threads", "0"], "0"),
        (&[], "PATH"),
    ] {
        let out = publish(&bt, args);
        assert_eq!(out.status, 2, "{args:?} {out}");
        assert!(out.stderr.contains(why) && out.stdout.is_empty(), "{args:?} {out}");
    }
    let out = bt.args(["publish", "f"]).env("SOURCE_DATE_EPOCH", "soon").run();
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn people_get_lines_and_a_bar() {
    let bt = Bt::new();
    bt.write("photos/a", vec![0; 2 << 20]);
    bt.write("photos/b", "b");
    let out = bt.args(["publish", "photos", "http://t/announce"]).on_terminal();
    assert_eq!(out.status, 0, "{out}");
    let text = out.text();
    for part in
        ["photos.torrent\r\n", "info-hash ", "magnet:?xt=", "2 files, 2.0 MiB in 129 pieces"]
    {
        assert!(text.contains(part), "{part}: {out}");
    }
    let out = bt.args(["publish", "photos", "--force"]).stderr_on_terminal();
    assert!(out.stderr.contains("hashing"), "{out}");
    assert_eq!(out.json()["piece_count"], 129);
    let out = bt.args(["publish", "photos", "--force"]).run();
    assert_eq!(out.stderr, "", "{out}");
}

#[test]
fn metainfo_may_be_read_by_a_web_server_and_goes_to_a_device_as_it_is() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let bt = Bt::new();
    bt.write("a", "hello");
    let out = publish(&bt, &["a"]);
    assert_eq!(out.status, 0, "{out}");
    let mode = |name: &str| bt.path(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("a.torrent"), mode("a"));
    // Behind a link in a folder of its own: a device that was replaced would harm the system.
    symlink("/dev/null", bt.path("null")).unwrap();
    for force in [&["-o", "null", "a"][..], &["-f", "-o", "null", "a"]] {
        let out = publish(&bt, force);
        assert_eq!(out.status, 0, "{out}");
        assert!(bt.path("null").metadata().unwrap().file_type().is_char_device());
    }
}
