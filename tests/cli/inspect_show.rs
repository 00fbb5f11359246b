//! What `bt inspect` picks out: `--field`, `--files`, `--tree`, and the page's colours.

use crate::harness::Bt;
use serde_json::json;

/// Files out of order, in folders; one that can be run, one whose name has a newline.
const TORRENT: &[u8] = b"d8:announce10:http://t/a7:comment9:two\nlines4:infod5:filesl\
d6:lengthi2048e4:pathl1:b1:yeed4:attr1:x6:lengthi3e4:pathl1:a1:x3:runeed6:lengthi1e4:pathl1:b3:z\n1ee\
d4:attr1:p6:lengthi1e4:pathl4:.pad1:1eed6:lengthi0e4:pathl5:emptyee\
e4:name1:n12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDee";

const SINGLE: &[u8] =
    b"d4:infod6:lengthi5e4:name3:one12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDee";

fn torrents() -> Bt {
    let bt = Bt::new();
    bt.write("a.torrent", TORRENT);
    bt.write("one.torrent", SINGLE);
    bt
}

#[test]
fn a_field_is_a_line_of_text() {
    let bt = torrents();
    let document = bt.args(["inspect", "a.torrent"]).run().json();
    let field = |path: &str| bt.args(["inspect", "a.torrent", "--field", path]).run();
    for (path, expected) in [
        (".name", "n\n".to_owned()),
        ("name", "n\n".to_owned()),
        (".info_hash.v1", format!("{}\n", document["info_hash"]["v1"].as_str().unwrap())),
        (".piece_count", "1\n".to_owned()),
        (".private", "false\n".to_owned()),
        (".comment", "two\nlines\n".to_owned()),
        (".files[0].path", "[\"b\",\"y\"]\n".to_owned()),
        (".files[-1].path[0]", "empty\n".to_owned()),
        (".files[].length", "2048\n3\n1\n0\n".to_owned()),
        (".trackers[]", "[\"http://t/a\"]\n".to_owned()),
        (".trackers[][]", "http://t/a\n".to_owned()),
    ] {
        let out = field(path);
        assert_eq!((out.status, out.text().as_str(), out.stderr.as_str()), (0, &*expected, ""));
    }
    assert_eq!(field(".").json(), document);
    let out = bt.args(["inspect", "--json", "a.torrent", "--field", ".comment"]).run();
    assert_eq!(out.text(), "\"two\\nlines\"\n");
}

#[test]
fn what_is_not_there_is_an_empty_line_and_status_1() {
    let bt = torrents();
    let ask = |path: &str| bt.args(["inspect", "a.torrent", "--field", path]).run();
    for (path, text) in [
        (".info_hash.v2", "\n"),
        (".source", "\n"),
        (".files[9]", "\n"),
        (".files[].attr", "\nx\n\n\n"),
        (".web_seeds[]", ""),
    ] {
        let out = ask(path);
        assert_eq!((out.status, out.text().as_str(), out.stderr.as_str()), (1, text, ""), "{path}");
    }
    let wrong = ask(".infohash");
    assert_eq!((wrong.status, wrong.stdout.len()), (1, 0), "{wrong}");
    assert!(
        wrong.stderr.starts_with("bt inspect: a.torrent: no field .infohash\nhint: there are ."),
        "{wrong}"
    );
    assert_eq!(ask(".files[").status, 2);
    assert_eq!(ask("").status, 2);
}

#[test]
fn several_fields_of_several_inputs_come_in_order() {
    let bt = torrents();
    let out = bt
        .args(["inspect", "one.torrent", "a.torrent", "magnet:?xt=urn:btih:"])
        .args(["--field", ".name", "--field=.total_size", "--field=.comment"])
        .run();
    assert_eq!(out.text(), "one\n5\n\nn\n2052\ntwo\nlines\n");
    assert_eq!(out.status, 3, "the last one is no link: {out}");
    let answer = b"d8:intervali1800e5:peers6:\x7f\0\0\x01\x1a\xe1e";
    let out = bt.args(["inspect", "--field", ".peers[].address"]).stdin(answer).run();
    assert_eq!((out.status, out.text().as_str()), (0, "127.0.0.1:6881\n"), "{out}");
}

#[test]
fn files_are_a_line_each() {
    let bt = torrents();
    let files = |more: &[&str]| bt.args(["inspect", "--files", "a.torrent"]).args(more).run();
    let out = files(&[]);
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(out.text(), "2048\tn/b/y\n3\tn/a/x/run\n1\tn/b/z\\u{a}1\n0\tn/empty\n");
    assert_eq!(files(&["-0"]).text(), "2048\tn/b/y\x003\tn/a/x/run\x001\tn/b/z\n1\x000\tn/empty\0");
    assert_eq!(
        files(&["--format", "human"]).text(),
        "   2.0 KiB  n/b/y\n       3 B  n/a/x/run\n       1 B  n/b/z\\u{a}1\n       0 B  n/empty\n"
    );
    let objects = files(&["--json"]).events();
    assert_eq!(objects.len(), 4);
    assert_eq!(objects[1], json!({"path": ["a", "x", "run"], "length": 3, "attr": "x"}));
    assert_eq!(bt.args(["inspect", "--files", "one.torrent"]).run().text(), "5\tone\n");
    bt.args(["inspect", "--files", "magnet:?xt=urn:btih:6161616161616161616161616161616161616161"])
        .run()
        .fails(1, "bt inspect: magnet link: only metainfo names files\n");
    assert_eq!(bt.args(["inspect", "--files", "--tree", "a.torrent"]).run().status, 2);
    assert_eq!(bt.args(["inspect", "-0", "a.torrent"]).run().status, 2);
}

#[test]
fn a_tree_has_each_folder_once_with_its_sum() {
    let bt = torrents();
    let out = bt.args(["inspect", "--tree", "a.torrent", "one.torrent"]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(
        out.text(),
        "   2.0 KiB  n/ (4)
       3 B    a/ (1)
       3 B      x/ (1)
       3 B        run*
   2.0 KiB    b/ (2)
   2.0 KiB      y
       1 B      z\\u{a}1
       0 B    empty

       5 B  one
"
    );
    assert_eq!(bt.args(["inspect", "--tree", "--json", "a.torrent"]).run().status, 2);
}

#[test]
fn a_page_of_many_files_ends_where_the_tree_goes_on() {
    let bt = Bt::new();
    let files: String = (0..200).map(|at| format!("d6:lengthi1e4:pathl4:f{at:03}ee")).collect();
    let torrent = format!(
        "d4:infod5:filesl{files}e4:name1:n12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDee"
    );
    bt.write("many", torrent);
    let page = bt.args(["inspect", "--format=human", "many"]).run().text();
    assert!(page.ends_with("and 101 more files (--tree has all)\n"), "{page}");
    let tree = bt.args(["inspect", "--tree", "many"]).run().text();
    assert_eq!((tree.lines().count(), tree.lines().last()), (201, Some("       1 B    f199")));
}

#[test]
fn nodes_are_shown_as_addresses() {
    let bt = Bt::new();
    let nodes = "5:nodesll3:::1i22eel1:hi6881eee";
    let info = "4:infod6:lengthi0e4:name1:n12:piece lengthi16384e6:pieces0:e";
    bt.write("a.torrent", format!("d{info}{nodes}e"));
    let page = bt.args(["inspect", "--format=human", "a.torrent"]).run().text();
    let nodes: Vec<_> =
        page.lines().skip_while(|line| !line.starts_with("nodes")).take(2).collect();
    assert_eq!(nodes, ["nodes       [::1]:22", "            h:6881"], "{page}");
}

#[test]
fn colours_are_for_terminals() {
    let bt = torrents();
    bt.write("odd", [TORRENT, b"\n"].concat());
    let page = bt.args(["inspect", "odd"]).on_terminal();
    for part in [
        "\x1b[1mname        \x1b[0mn\r\n",
        "\x1b[1;34mb/\x1b[0m",
        "\x1b[33mwarning",
        "\x1b[32mrun\x1b[0m*",
    ] {
        assert!(page.text().contains(part), "{part:?}: {page}");
    }
    for line in
        [&["inspect", "odd", "--color=never"][..], &["inspect", "odd", "--tree", "--color=never"]]
    {
        assert!(!bt.args(line).on_terminal().text().contains('\x1b'));
    }
    assert!(
        !bt.args(["inspect", "odd"]).env("NO_COLOR", "1").on_terminal().text().contains('\x1b')
    );
    assert!(!bt.args(["inspect", "--format=human", "odd"]).run().text().contains('\x1b'));
    let text = "\x1b[31m";
    bt.write(
        "evil",
        format!("d7:comment5:{text}4:infod6:lengthi0e4:name1:n12:piece lengthi1e6:pieces0:ee"),
    );
    let ask = || bt.args(["inspect", "evil", "--field", ".comment", "--color=never"]);
    assert_eq!(ask().on_terminal().text(), "\\u{1b}[31m\r\n");
    assert_eq!(ask().run().text(), "\x1b[31m\n");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let bt = torrents();
    for what in ["--json", "--files", "--tree", "--field=.name"] {
        let out = bt.args(["inspect", what, "a.torrent", "one.torrent"]).into_closed_pipe();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{what}");
    }
}

#[test]
fn bounds_are_the_users_to_set() {
    let bt = torrents();
    let ask = || bt.args(["inspect", "--field", ".name", "a.torrent"]);
    let refused = |out: crate::harness::Output, why: &str| {
        assert_eq!((out.status, out.stdout.len(), out.stderr.lines().count()), (3, 0, 1), "{out}");
        assert!(
            out.stderr.starts_with("bt inspect: a.torrent: ") && out.stderr.contains(why),
            "{out}"
        );
    };
    refused(ask().args(["--max-metainfo", "100"]).run(), "longer than 100 bytes");
    refused(ask().args(["--max-files=4"]).run(), "more than 4 files");
    refused(ask().args(["--max-depth=2"]).run(), "more than 2 folders deep");
    assert_eq!(
        ask().args(["--max-files=5", "--max-depth=3", "--max-metainfo=1KiB"]).run().status,
        0
    );
    refused(ask().env("BT_INSPECT_MAX_FILES", "1").run(), "more than 1 files");
    bt.write(".home/.config/bt/config.toml", "[inspect]\nmax-depth = 1\n");
    refused(ask().run(), "more than 1 folders deep");
    assert_eq!(ask().args(["--max-depth", "9"]).run().status, 0);
    bt.args(["seed", "a.torrent", "--max-files=1", "--data", "."])
        .run()
        .fails(3, "bt seed: a.torrent: info.files[1]: more than 1 files\n");
    // Wherever metainfo is read.
    for words in [
        &["edit", "-n", "--no-comment", "a.torrent"][..],
        &["magnet", "a.torrent"],
        &["verify", "a.torrent", "."],
        &["publish", "--reuse", "a.torrent", "a.torrent"],
        &["publish", "--similar", "a.torrent", "a.torrent"],
    ] {
        let out = bt.args(words).arg("--max-files=1").run();
        let why = format!("bt {}: a.torrent: info.files[1]: more than 1 files\n", words[0]);
        out.fails(3, &why);
    }
}

#[test]
fn what_the_publisher_hardly_meant_is_told() {
    let bt = Bt::new();
    let warnings = |torrent: &str| {
        let out = bt.args(["inspect", "--field", ".warnings[]"]).stdin(torrent).run();
        out.text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let torrent = |announce: &str, piece_length: u32, names: [&str; 2]| {
        let files: String = names
            .iter()
            .map(|name| format!("d6:lengthi1e4:pathl{}:{name}ee", name.len()))
            .collect();
        format!(
            "d{announce}4:infod5:filesl{files}e4:name1:n12:piece lengthi{piece_length}e\
             6:pieces20:AAAAABBBBBCCCCCDDDDDee"
        )
    };
    let announce = "8:announce10:http://t/a";
    assert_eq!(warnings(&torrent(announce, 1 << 14, ["a", "b"])), [""; 0]);
    for (given, expected) in [
        (torrent("", 1 << 14, ["a", "b"]), "no trackers: peers are found through the DHT alone"),
        (torrent(announce, 40_000, ["a", "b"]), "info.piece length: 40000, not a power of two"),
    ] {
        assert_eq!(warnings(&given), [expected]);
    }
}
