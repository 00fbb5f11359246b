//! `bt inspect`

use crate::harness::Bt;
use serde_json::{Value, json};

const TORRENT: &[u8] = b"d8:announce18:http://t.example/a7:comment5:hello13:creation datei1700000000e\
4:infod5:filesld4:attr1:x6:lengthi3e4:pathl1:d1:aee\
d4:attr1:p6:lengthi16381e4:pathl4:.pad5:16381eed6:lengthi1e4:pathl1:d2:\xffaee\
d4:attr1:l6:lengthi0e4:pathl4:linke12:symlink pathl1:d1:aeee4:name1:n12:piece lengthi16384e\
6:pieces40:AAAAABBBBBCCCCCDDDDDAAAAABBBBBCCCCCDDDDD7:privatei1e6:source1:Se5:nodesll4:hosti1eee8:url-list9:http://w/e";

const HASH: &str = "9ddc4cf66a3f606093ddff8ce130df4d0cdb868e";

fn torrent(bt: &Bt) {
    bt.write("a.torrent", TORRENT);
}

#[test]
fn the_document_is_the_one_that_was_promised() {
    let bt = Bt::new();
    torrent(&bt);
    let out = bt.args(["inspect", "a.torrent"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let expected = format!(
        concat!(
            r#"{{"v":1,"version":"v1","name":"n","info_hash":{{"v1":"{hash}","v2":null}},"#,
            r#""magnet":"magnet:?xt=urn:btih:{hash}&dn=n&tr=http%3A%2F%2Ft.example%2Fa&ws=http%3A%2F%2Fw%2F","#,
            r#""piece_length":16384,"piece_count":2,"total_size":4,"files":["#,
            r#"{{"path":["d","a"],"length":3,"attr":"x"}},"#,
            r#"{{"path":["d",{{"$hex":"ff61"}}],"length":1}},"#,
            r#"{{"path":["link"],"length":0,"attr":"l","symlink":["d","a"]}}],"#,
            r#""trackers":[["http://t.example/a"]],"web_seeds":["http://w/"],"http_seeds":[],"#,
            r#""nodes":[["host",1]],"private":true,"comment":"hello","created_by":null,"#,
            r#""creation_date":"2023-11-14T22:13:20Z","source":"S","#,
            r#""warnings":["\"\u{{fffd}}a\": a name that is not UTF-8"]}}"#,
            "\n"
        ),
        hash = HASH
    );
    let expected = expected.replace("\\u{fffd}", "\u{fffd}");
    assert_eq!(out.text(), expected);
}

#[test]
fn inputs_come_from_anywhere_one_line_each() {
    let bt = Bt::new();
    torrent(&bt);
    let link = format!("magnet:?xt=urn:btih:{HASH}&dn=a+b&xl=9&tr=http://t");
    let piped = bt.args(["inspect"]).stdin(TORRENT).run();
    assert_eq!(piped.text(), bt.args(["inspect", "a.torrent"]).run().text());
    let out = bt.args(["inspect", "a.torrent", "-", &link]).stdin(format!("{link}\n")).run();
    assert_eq!(out.status, 0, "{out}");
    let lines = out.events();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert_eq!(line["info_hash"]["v1"], HASH);
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(line), keys(&lines[0]));
    }
    assert_eq!(lines[1], lines[2]);
    assert_eq!((&lines[1]["name"], &lines[1]["total_size"]), (&json!("a b"), &json!(9)));
    assert_eq!((&lines[1]["files"], &lines[1]["trackers"]), (&Value::Null, &json!([["http://t"]])));
}

#[test]
fn bad_input_is_told_where_and_why() {
    let bt = Bt::new();
    torrent(&bt);
    bt.write("bad", b"d4:infod5:filesld6:lengthi1e4:pathl2:..eee4:name1:n12:piece lengthi1e6:pieces20:AAAAABBBBBCCCCCDDDDDee");
    bt.args(["inspect", "bad"])
        .run()
        .fails(3, "bt inspect: bad: info.files[0].path: \"..\" leaves the folder\n");
    bt.args(["inspect", "-"])
        .stdin("d3:keyi1800ee")
        .run()
        .fails(3, "bt inspect: standard input: info: missing\nhint: bt decode shows any bencode\n");
    bt.args(["inspect", "-"]).stdin("<html>").run().fails(
        3,
        "bt inspect: standard input: not metainfo: byte 0: '<' where a value must begin\n",
    );
    bt.args(["inspect", "magnet:?xt=urn:btih:0"]).run().fails(
        3,
        "bt inspect: magnet link: xt: an info-hash is 40 hex digits or 32 base32 letters\n",
    );
    bt.args(["inspect", "none"]).run().fails(4, "bt inspect: none: No such file or directory\n");
    // The others are still shown.
    let out = bt.args(["inspect", "none", "a.torrent", "bad"]).run();
    assert_eq!((out.status, out.events().len()), (3, 1), "{out}");
    assert_eq!(out.stderr.lines().count(), 2, "{out}");
}

#[test]
fn raw_shows_any_bencode() {
    let bt = Bt::new();
    let out = bt.args(["inspect", "--raw"]).stdin(b"d8:intervali1800e5:peers2:\xff\xffe").run();
    assert_eq!(out.status, 0, "{out}");
    torrent(&bt);
    let raw = bt.args(["inspect", "--raw", "a.torrent"]).run();
    assert_eq!(raw.json()["info"]["name"], "n");
    let odd = bt.args(["inspect", "--raw"]).stdin("i03eX").run();
    assert_eq!((odd.status, odd.text().as_str()), (0, "3\n"), "{odd}");
    assert!(odd.stderr.contains("leading zero"), "{odd}");
    bt.args(["inspect", "--raw"])
        .stdin("i1")
        .run()
        .fails(3, "bt inspect: standard input: byte 2: the document ends too early\n");
}

#[test]
fn bencode_is_the_original_bytes() {
    let bt = Bt::new();
    let odd = [TORRENT, b"\n"].concat();
    let out = bt.args(["inspect", "--format", "bencode"]).stdin(&odd).run();
    assert_eq!((out.status, out.stdout), (0, odd));
    torrent(&bt);
    let out = bt.args(["inspect", "--format=bencode", "a.torrent"]).on_terminal();
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn people_get_a_page_without_control_characters() {
    let bt = Bt::new();
    torrent(&bt);
    let text = bt.args(["inspect", "--color=never", "a.torrent"]).on_terminal().text();
    for part in [
        "name        n\r\n",
        HASH,
        "4 B (4 bytes) in 3 files",
        "private     yes",
        "d/",
        "a*",
        "link -> d/a",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    bt.write(
        "evil",
        b"d7:comment5:\x1b[31m4:infod6:lengthi0e4:name6:\x1b]0;x\x0712:piece lengthi1e6:pieces0:ee",
    );
    let text = bt.args(["inspect", "--format", "human", "evil"]).run().text();
    assert!(
        text.contains(r"\u{1b}[31m") && !text.contains('\x1b') && !text.contains('\x07'),
        "{text}"
    );
}

#[test]
fn a_terminal_on_standard_input_gives_the_help() {
    let out = Bt::new().args(["inspect"]).on_terminal();
    assert_eq!(out.status, 2, "{out}");
    assert!(out.text().contains("Usage:"), "{out}");
}

#[test]
fn answers_of_trackers_and_dfiles_are_told_apart() {
    let bt = Bt::new();
    bt.write(
        "announce",
        b"d8:completei2e8:intervali1800e5:peers6:\x7f\0\0\x01\x1a\xe1\
        15:warning message6:\x1b[31m!e",
    );
    bt.write("long", b"d5:peersld2:ip3:::17:peer id20:-XX0000-bbbbbbbbbbbb4:porti9eeee");
    bt.write("refusal", "d14:failure reason10:go away \u{7}!8:retry in1:2e");
    bt.write(
        "scrape",
        b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi3e10:incompletei2eeee",
    );
    let old =
        b"d20:aaaaaaaaaaaaaaaaaaaad20:-XX0000-bbbbbbbbbbbbd2:ip8:10.0.0.14:lefti0e4:porti9eeee";
    bt.write("old", old);
    let names = ["announce", "long", "refusal", "scrape", "old"];
    let out = bt.args(["inspect"]).args(names).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let expected = [
        json!({"v": 1, "kind": "announce answer", "interval": 1800, "min_interval": null,
            "complete": 2, "incomplete": null, "peers": [{"address": "127.0.0.1:6881"}],
            "warning": "[31m!", "external_ip": null, "tracker_id": null}),
        json!({"v": 1, "kind": "announce answer", "interval": null, "min_interval": null,
            "complete": null, "incomplete": null,
            "peers": [{"address": "[::1]:9", "id": "-XX0000-bbbbbbbbbbbb"}],
            "warning": null, "external_ip": null, "tracker_id": null}),
        json!({"v": 1, "kind": "refusal", "failure_reason": "go away  !", "retry_in": 120}),
        json!({"v": 1, "kind": "scrape answer", "torrents": [{"info_hash": "61".repeat(20),
            "complete": 1, "incomplete": 2, "downloaded": 3}]}),
        json!({"v": 1, "kind": "dfile", "torrents": [{"info_hash": "61".repeat(20),
            "complete": 1, "incomplete": 0, "downloaded": 0}]}),
    ];
    assert_eq!(out.events(), expected);
    assert!(out.text().starts_with(r#"{"v":1,"kind":"announce answer","interval":1800,"#), "{out}");

    let page = bt.args(["inspect", "--format", "human"]).args(names).run();
    assert_eq!(page.status, 0, "{page}");
    for part in [
        "kind        announce answer\n",
        "peers       127.0.0.1:6881\n",
        "ask again   in ",
        "6161616161616161616161616161616161616161  1 complete, 2 not, 3 downloads\n",
        "kind        dfile\ntorrents    1\n",
    ] {
        assert!(page.text().contains(part), "{part}: {page}");
    }
    assert!(!page.text().contains(['\x1b', '\x07']), "{page}");
    assert_eq!(bt.args(["inspect", "old", "--format=bencode"]).run().stdout, old);
    bt.args(["inspect", "-"]).stdin("d4:salti20e6:shardsle3:sum4:i#k_7:versioni9ee").run().fails(
        3,
        "bt inspect: standard input: a dfile of version 9, which this bt does not know\n\
         hint: bt decode shows any bencode\n",
    );
}

#[test]
fn a_url_is_read_as_its_file_is() {
    let bt = Bt::new();
    torrent(&bt);
    let url = format!("file://{}", bt.path("a.torrent").display());
    let (named, plain) =
        (bt.args(["inspect", &url]).run(), bt.args(["inspect", "a.torrent"]).run());
    assert_eq!((named.status, &named.stdout), (0, &plain.stdout), "{named}");
}
