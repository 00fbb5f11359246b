//! `bt edit`

use crate::harness::{Bt, have};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Unknown keys, keys out of order, a number with leading zeros and bytes after the end.
const ODD: &[u8] = b"d8:announce12:http://a/ann13:creation datei007e\
7:x-thingd1:zi1e1:ai2ee4:infod6:lengthi3e4:name1:n12:piece lengthi16384e\
6:pieces20:AAAAABBBBBCCCCCDDDDD5:x-odd2:\xff\xfee9:azureus_pi1ee\n";

fn torrent(announce: &str) -> Vec<u8> {
    let info = "d6:lengthi3e4:name1:n12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDe";
    format!("d8:announce{}:{announce}4:info{info}e", announce.len()).into_bytes()
}

fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    if old.is_empty() {
        return bytes.to_vec();
    }
    let at = bytes.windows(old.len()).position(|part| part == old.as_bytes()).unwrap();
    [&bytes[..at], new.as_bytes(), &bytes[at + old.len()..]].concat()
}

#[test]
fn a_filter_changes_what_is_named_and_nothing_else() {
    let bt = Bt::new();
    for (flags, old, new) in [
        (&["--comment", "hi"][..], "13:creation", "7:comment2:hi13:creation"),
        (&["--no-date"], "13:creation datei007e", ""),
        (&["--date", "1970-01-02"], "i007e", "i86400e"),
        (&["--date", "1970-01-01T00:00:09Z"], "i007e", "i9e"),
        (&["--created-by", "me"], "13:creation", "10:created by2:me13:creation"),
        (&["--replace-tracker", "http://a/", "https://b/"], "12:http://a/ann", "13:https://b/ann"),
        (&["--set", "/x-thing/b=[1]"], "1:zi1e", "1:bli1ee1:zi1e"),
        (
            &["--set", "/x-thing/a={\"$hex\":\"ff\"}", "--unset", "/x-thing/z"],
            "1:zi1e1:ai2e",
            "1:a1:\u{f8}",
        ),
        (&["--add-web-seed", "http://w/"], "7:x-thing", "8:url-list9:http://w/7:x-thing"),
        (&["--add-node", "[::1]:6881"], "7:x-thing", "5:nodesll3:::1i6881eee7:x-thing"),
        (&["--unset", "/azureus_p"], "9:azureus_pi1e", ""),
        (&["--public", "--no-comment"], "", ""),
    ] {
        let mut expected = replaced(ODD, old, new);
        if new.ends_with('\u{f8}') {
            let at = expected.windows(2).position(|pair| pair == "\u{f8}".as_bytes()).unwrap();
            expected.splice(at..at + 2, [0xff]);
        }
        let out = bt.args(["edit"]).args(flags).stdin(ODD).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        assert_eq!(
            out.stdout.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "{flags:?}"
        );
        // Once more, it is as wanted already.
        let again = bt.args(["edit"]).args(flags).stdin(&expected).run();
        let unset = flags.contains(&"--unset") || flags.contains(&"--replace-tracker");
        assert_eq!((again.status, again.stdout), (i32::from(unset), expected), "{flags:?}");
    }
}

#[test]
fn a_file_goes_to_standard_output_or_elsewhere() {
    let bt = Bt::new();
    bt.write("a.torrent", ODD);
    let out = bt.args(["edit", "a.torrent", "--no-date"]).run();
    assert_eq!(out.stdout, replaced(ODD, "13:creation datei007e", ""), "{out}");
    assert_eq!(bt.read("a.torrent"), ODD);
    let elsewhere = bt.args(["edit", "a.torrent", "--no-date", "-o", "b"]).run();
    assert_eq!((elsewhere.status, bt.read("b")), (0, out.stdout), "{elsewhere}");
    let line = elsewhere.json();
    assert_eq!((&line["event"], &line["output"]), (&json!("edited"), &json!("b")), "{elsewhere}");
    bt.args(["edit", "a.torrent", "--no-date", "-o", "b"])
        .run()
        .fails(4, "bt edit: b: File exists\nhint: --force writes over it\n");
    let terminal = bt.args(["edit", "a.torrent", "--no-date"]).on_terminal();
    assert_eq!(terminal.status, 2, "{terminal}");
    assert_eq!(bt.args(["edit", "--no-date"]).on_terminal().status, 2);
    let told = bt.args(["edit", "a.torrent", "--no-date", "--json"]).run();
    assert_eq!(told.stdout, bt.read("b"));
    let told: Value = serde_json::from_str(&told.stderr).unwrap();
    assert_eq!(told["changes"], json!([{"key": "/creation date", "old": 7, "new": null}]));
}

#[test]
fn many_files_are_changed_in_their_places_and_one_that_fails_stops_none() {
    let bt = Bt::new();
    bt.write("a", torrent("http://old/1"));
    bt.write("b", torrent("http://other/2"));
    bt.write("bad", "no bencode");
    bt.write("c", torrent("http://old/3"));
    let modified = |name: &str| bt.path(name).metadata().unwrap().modified().unwrap();
    let before = modified("b");
    let flags = ["--replace-tracker", "//old/", "//new/"];
    let out = bt.args(["edit", "-i", "a", "b", "bad", "none", "c"]).args(flags).run();
    assert_eq!(out.status, 4, "{out}");
    assert_eq!(
        out.stderr,
        "bt edit: bad: not metainfo: byte 0: 'n' where a value must begin\n\
         bt edit: none: No such file or directory\n"
    );
    assert_eq!(bt.read("a"), torrent("http://new/1"));
    assert_eq!(bt.read("c"), torrent("http://new/3"));
    assert_eq!((bt.read("b"), modified("b")), (torrent("http://other/2"), before));
    let changed: Vec<_> = out.events().iter().map(|event| event["changed"].clone()).collect();
    assert_eq!(changed, [true, false, true]);
    let again = bt.args(["edit", "-i", "a", "c"]).args(flags).run();
    assert_eq!(
        (again.status, again.stderr.as_str()),
        (1, "bt edit: no tracker matches \"//old/\"\n"),
        "{again}"
    );
    bt.args(["edit", "a", "c", "--no-comment"]).run().fails(
        2,
        "bt edit: several TORRENTs\n\
         hint: -i changes them in their places, -n shows what would change\n",
    );
    bt.args(["edit", "-i", "-", "--no-comment"])
        .stdin(ODD)
        .run()
        .fails(2, "bt edit: -i: standard input is not a file\n");
    bt.args(["edit", "a"]).run().fails(
        2,
        "bt edit: no change was named\nhint: bt edit --help has the changes that there are\n",
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_is_changed_in_its_place_keeps_its_mode_and_its_links() {
    use std::os::unix::fs::PermissionsExt;
    let bt = Bt::new();
    let path = bt.write("a", torrent("http://old/1"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("a", bt.path("link")).unwrap();
    let out = bt.args(["edit", "-i", "link", "--replace-tracker", "old", "new"]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(bt.read("a"), torrent("http://new/1"));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(bt.path("link").is_symlink());
    let names: Vec<_> =
        std::fs::read_dir(bt.dir()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{names:?}");
}

#[test]
fn a_dry_run_shows_the_difference() {
    let bt = Bt::new();
    bt.write("a", torrent("http://old/1"));
    bt.write("b", torrent("http://other/2"));
    let out = bt
        .args(["edit", "-n", "a", "b", "--replace-tracker", "old", "new", "--comment", "\u{1b}x"])
        .run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let lines = out.events();
    assert_eq!(
        lines[0]["changes"],
        json!([
            {"key": "/announce", "old": "http://old/1", "new": "http://new/1"},
            {"key": "/comment", "old": null, "new": "\u{1b}x"},
        ])
    );
    assert_eq!((&lines[0]["dry_run"], &lines[0]["output"]), (&json!(true), &Value::Null));
    assert_eq!(lines[0]["info_hash"], lines[0]["old_info_hash"]);
    assert_eq!(bt.read("a"), torrent("http://old/1"));
    let flags = ["--format", "human", "edit", "-n", "a", "b", "--replace-tracker", "old", "new"];
    let page = bt.args(flags).args(["--private", "--change-info-hash"]).run();
    let hash = "  info-hash v1\n    - ";
    let text = page.text();
    assert!(
        text.starts_with(
            "a\n  /announce\n    - \"http://old/1\"\n    + \"http://new/1\"\n  /info/private\n    + 1\n"
        ),
        "{page}"
    );
    assert_eq!(text.matches(hash).count(), 2, "{page}");
    assert!(bt.args(flags).args(["--color", "always"]).run().text().contains("\x1b[32m+ \""));
}

#[test]
fn the_info_hash_is_changed_by_will_alone() {
    let bt = Bt::new();
    bt.write("a", torrent("http://t/1"));
    let hash = |name: &str| bt.args(["inspect", name]).run().json()["info_hash"]["v1"].clone();
    let old = hash("a");
    for flags in [&["--private"][..], &["--source", "X"], &["--set", "/info/name=\"m\""]] {
        bt.args(["edit", "-i", "a"]).args(flags).run().fails(
            2,
            "bt edit: a: this changes `info`, and with it the info-hash\n\
             hint: --change-info-hash makes it another torrent\n",
        );
    }
    assert_eq!(bt.read("a"), torrent("http://t/1"));
    // Nor is it by the way, where only the change makes good metainfo of it.
    bt.write("bad", replaced(&bt.read("a"), "1:n", "2:.."));
    let mend = ["edit", "-i", "bad", "--set", "/info/name=\"n\""];
    let out = bt.args(mend).run();
    assert!(out.status == 2 && out.stderr.contains("this changes `info`"), "{out}");
    assert_eq!(bt.args(mend).arg("--change-info-hash").run().status, 0);
    assert_eq!(bt.read("bad"), bt.read("a"));
    // What is so already is no change.
    assert_eq!(bt.args(["edit", "a", "--public", "--no-source"]).run().stdout, bt.read("a"));
    let piped = bt.args(["edit", "a", "--private", "--change-info-hash"]).run();
    bt.write("b", &piped.stdout);
    let new = hash("b");
    let expected =
        format!("bt edit: info-hash v1: {} -> {}\n", old.as_str().unwrap(), new.as_str().unwrap());
    assert_eq!((piped.status, piped.stderr.as_str()), (0, expected.as_str()));
    let line = bt.args(["edit", "-i", "a", "--private", "--change-info-hash"]).run().json();
    assert_eq!(line["old_info_hash"], json!({"v1": old, "v2": null}));
    assert_eq!(line["info_hash"], json!({"v1": new, "v2": null}));
    assert_eq!(bt.read("a"), bt.read("b"));
    // Back again.
    let back = bt.args(["edit", "a", "--public", "--change-info-hash"]).run();
    assert_eq!(back.stdout, torrent("http://t/1"));
}

#[test]
fn nothing_that_is_no_metainfo_comes_out() {
    let bt = Bt::new();
    bt.write("a", torrent("http://t/1"));
    for (flags, message) in [
        (
            &["--set", "/info/name=\"..\"", "--change-info-hash"][..],
            "a: info.name: \"..\" leaves the folder\n",
        ),
        (&["--unset", "/info"], "a: info: missing\n"),
        (&["--set", "/announce/x=1"], "a: /announce: neither a dictionary nor a list\n"),
        (
            &["--replace-tracker", "http", "gopher"],
            "a: \"http://t/1\" would become \"gopher://t/1\": an announce URL begins with http://, \
             https://, udp://, ws:// or wss://\n",
        ),
    ] {
        let out = bt.args(["edit", "-i", "a"]).args(flags).run();
        out.fails(3, &format!("bt edit: {message}"));
        assert_eq!(bt.read("a"), torrent("http://t/1"));
    }
    let link = format!("magnet:?xt=urn:btih:{}", "a".repeat(40));
    bt.args(["edit", &link, "--no-comment"])
        .run()
        .fails(3, "bt edit: magnet link: a magnet link, but the metainfo itself is needed\n");
    for flags in [
        &["--set", "comment=1"][..],
        &["--set", "/comment=1.5"],
        &["--set", "/comment"],
        &["--unset", ""],
        &["--add-tracker", "t"],
        &["--add-web-seed", "w"],
        &["--add-node", "h"],
        &["--date", "soon"],
        &["--remove-tracker", ""],
        &["--replace-tracker", "*", "http://*/*"],
        &["--comment", "a", "--no-comment"],
        &["--tier", "1"],
    ] {
        let out = bt.args(["edit", "a"]).args(flags).run();
        assert_eq!((out.status, out.stdout.len()), (2, 0), "{flags:?} {out}");
    }
}

/// The trackers after these flags, from these before.
fn trackers(bt: &Bt, before: &[u8], flags: &[&str]) -> (Option<String>, Value) {
    let out = bt.args(["edit"]).args(flags).stdin(before).run();
    assert_eq!(out.status, 0, "{out}");
    let all = bt.args(["decode"]).stdin(&out.stdout).run().json();
    (all["announce"].as_str().map(str::to_owned), all["announce-list"].clone())
}

#[test]
fn announce_and_its_list_go_together() {
    let bt = Bt::new();
    let with = |announce: &str, list: &str| {
        let json = format!("/announce-list={list}");
        bt.args(["edit", "--set", &json]).stdin(torrent(announce)).run().stdout
    };
    let bare = torrent("http://a/");
    let none = bt.args(["edit", "--clear-trackers"]).stdin(&bare).run().stdout;
    let tiers = with("http://a/", r#"[["http://a/","http://b/"],["udp://c:1"]]"#);
    let a = || Some("http://a/".to_owned());
    let some = |url: &str| Some(url.to_owned());
    for (before, flags, expected) in [
        (&none, &["--add-tracker", "http://z/"][..], (some("http://z/"), Value::Null)),
        (
            &none,
            &["--add-tracker", "http://z/,http://y/"],
            (some("http://z/"), json!([["http://z/", "http://y/"]])),
        ),
        (&bare, &["--add-tracker", "http://z/"], (a(), json!([["http://a/"], ["http://z/"]]))),
        (
            &bare,
            &["--add-tracker", "http://z/", "--tier", "1"],
            (a(), json!([["http://a/", "http://z/"]])),
        ),
        (&bare, &["--add-tracker", "http://a/"], (a(), Value::Null)),
        (&bare, &["--remove-tracker", "a"], (None, Value::Null)),
        (
            &bare,
            &["--clear-trackers", "--add-tracker", "http://z/"],
            (some("http://z/"), Value::Null),
        ),
        (
            &tiers,
            &["--add-tracker", "http://z/", "--tier", "2"],
            (a(), json!([["http://a/", "http://b/"], ["udp://c:1", "http://z/"]])),
        ),
        (
            &tiers,
            &["--add-tracker", "http://z/", "--tier", "9"],
            (a(), json!([["http://a/", "http://b/"], ["udp://c:1"], ["http://z/"]])),
        ),
        (
            &tiers,
            &["--remove-tracker", "http://a/"],
            (some("http://b/"), json!([["http://b/"], ["udp://c:1"]])),
        ),
        (&tiers, &["--remove-tracker", "udp://*"], (a(), json!([["http://a/", "http://b/"]]))),
        (&tiers, &["--remove-tracker", "*"], (None, Value::Null)),
        (
            &tiers,
            &["--replace-tracker", "http://*/", "https://*.example/x"],
            (
                some("https://a.example/x"),
                json!([["https://a.example/x", "https://b.example/x"], ["udp://c:1"]]),
            ),
        ),
        // What is there already does not come twice.
        (
            &tiers,
            &["--replace-tracker", "//a/", "//b/"],
            (some("http://b/"), json!([["http://b/"], ["udp://c:1"]])),
        ),
        (
            &tiers,
            &["--replace-tracker", "udp://c:1", "http://a/"],
            (a(), json!([["http://a/", "http://b/"]])),
        ),
        (
            &tiers,
            &["--replace-tracker", "*", "http://one/"],
            (some("http://one/"), json!([["http://one/"]])),
        ),
    ] {
        assert_eq!(trackers(&bt, before, flags), expected, "{flags:?}");
    }
    // A plain list, an empty tier and what is no URL at all stay as they are.
    let odd = with("http://a/", r#"["http://a/",[],7,["http://b/",{"$hex":"ff"}]]"#);
    let (_, list) = trackers(&bt, &odd, &["--remove-tracker", "//b/"]);
    assert_eq!(list, json!(["http://a/", [], 7, [{"$hex": "ff"}]]));
}

#[test]
fn web_seeds_are_a_text_or_a_list() {
    let bt = Bt::new();
    let seeds = |before: &[u8], flags: &[&str]| {
        let out = bt.args(["edit"]).args(flags).stdin(before).run();
        assert_eq!(out.status, 0, "{out}");
        let all = bt.args(["decode"]).stdin(&out.stdout).run().json();
        (out.stdout, all["url-list"].clone(), all["httpseeds"].clone())
    };
    let bare = torrent("http://a/");
    let (one, list, _) = seeds(&bare, &["--add-web-seed", "http://w/"]);
    assert_eq!(list, "http://w/");
    let (two, list, _) =
        seeds(&one, &["--add-web-seed", "ftp://v/", "--add-web-seed", "http://w/"]);
    assert_eq!(list, json!(["http://w/", "ftp://v/"]));
    let (_, list, _) = seeds(&two, &["--replace-web-seed", "http://", "https://"]);
    assert_eq!(list, json!(["https://w/", "ftp://v/"]));
    let (left, list, _) = seeds(&two, &["--remove-web-seed", "//w"]);
    assert_eq!(list, json!(["ftp://v/"]));
    assert_eq!(seeds(&left, &["--remove-web-seed", "*"]).0, bare);
    let (empty, ..) = seeds(&bare, &["--set", "/url-list=\"\""]);
    assert_eq!(seeds(&empty, &["--add-web-seed", "http://w/"]).1, "http://w/");
    let (http, _, list) = seeds(&bare, &["--add-http-seed", "http://w/"]);
    assert_eq!(list, json!(["http://w/"]));
    assert_eq!(seeds(&http, &["--remove-http-seed", "w"]).0, bare);
    let (nodes, ..) = seeds(&bare, &["--add-node", "h:1", "--add-node", "i:2"]);
    let (nodes, ..) = seeds(&nodes, &["--remove-node", "h:1"]);
    assert_eq!(bt.args(["inspect"]).stdin(&nodes).run().json()["nodes"], json!([["i", 2]]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// As jq would have it, but byte for byte.
    #[test]
    fn a_value_that_is_set_is_there_and_all_else_too(
        key in "[a-z ~/é]{1,6}", number: i64, text in "[^\0]{0,9}",
    ) {
        let bt = Bt::new();
        let mut all = bt.args(["decode"]).stdin(torrent("http://a/")).run().json();
        let name = key.replace('~', "~0").replace('/', "~1");
        let (one, two) = (format!("/x-{name}/n={number}"), format!("/x-{name}/t={}", json!(text)));
        let out = bt.args(["edit", "--set", &one, "--set", &two]).stdin(torrent("http://a/")).run();
        prop_assert_eq!(out.status, 0, "{}", out);
        let digits = number.unsigned_abs() > 1 << 53;
        let number = if digits { json!({"$int": number.to_string()}) } else { json!(number) };
        all[format!("x-{key}")] = json!({"n": number, "t": text});
        prop_assert_eq!(bt.args(["decode"]).stdin(&out.stdout).run().json(), all);
        let unset = bt.args(["edit", "--unset", &format!("/x-{name}")]).stdin(&out.stdout).run();
        prop_assert_eq!(unset.stdout, torrent("http://a/"));
    }
}

/// A key and its certificate, made by another program.
fn certificate(bt: &Bt, name: &str) {
    let line = format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.crt \
         -days 9 -subj /CN={name}"
    );
    let out = bt.shell(&line).run();
    assert_eq!(out.status, 0, "{out}");
}

fn bytes(value: &Value) -> Vec<u8> {
    let hex = value["$hex"].as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn a_signature_holds_for_openssl_and_for_inspect() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "com.example");
    certificate(&bt, "org.other");
    bt.write("a", torrent("http://t/1"));
    let sign = |file: &str, name: &str| {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        bt.args(["edit", "-i", file, "--sign", &key, "--certificate", &certificate]).run()
    };
    let out = sign("a", "com.example");
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(out.json()["changes"][0]["key"], "/signatures");
    assert_eq!(out.json()["info_hash"], out.json()["old_info_hash"]);
    assert_eq!(sign("a", "com.example").json()["changed"], false);

    let all = bt.args(["decode", "a"]).run().json();
    let entry = &all["signatures"]["com.example"];
    bt.write("signature", bytes(&entry["signature"]));
    bt.write("certificate.der", bytes(&entry["certificate"]));
    let metainfo = bt.read("a");
    let at = metainfo.windows(6).position(|part| part == b"4:info").unwrap() + 6;
    let end = metainfo.windows(13).position(|part| part == b"10:signatures").unwrap();
    bt.write("info", &metainfo[at..end]);
    let verified = bt
        .shell(
            "openssl x509 -inform der -in certificate.der -noout -pubkey > public && \
             openssl dgst -sha1 -verify public -signature signature info",
        )
        .run();
    assert_eq!((verified.status, verified.text().as_str()), (0, "Verified OK\n"), "{verified}");

    assert_eq!(sign("a", "org.other").status, 0);
    let inspected = bt.args(["inspect", "a"]).run().json();
    let entry = |at: usize| &inspected["signatures"][at];
    assert_eq!(inspected["signatures"].as_array().unwrap().len(), 2);
    for (at, name) in ["com.example", "org.other"].into_iter().enumerate() {
        assert_eq!((&entry(at)["identity"], &entry(at)["status"]), (&json!(name), &json!("ok")));
        assert_eq!(entry(at)["certificate"]["common_name"], name);
    }
    let page = bt.args(["inspect", "--format", "human", "a"]).run().text();
    assert!(page.contains("signed by   com.example: ok (certificate "), "{page}");

    // What publish signs is the same.
    bt.write("data", "data");
    let publish = |more: &[&str]| {
        let flags = ["publish", "data", "http://t/1", "--no-date", "-o", "-", "-q"];
        bt.args(flags).args(more).run().stdout
    };
    let flags = ["--sign", "org.other.key", "--certificate", "org.other.crt"];
    let edited = bt.args(["edit"]).args(flags).stdin(publish(&[])).run().stdout;
    assert_eq!(publish(&flags).escape_ascii().to_string(), edited.escape_ascii().to_string());

    // Of another torrent it does not hold, which is told at once.
    let flags =
        ["--set", "/info/name=\"m\"", "--change-info-hash", "--unset", "/signatures/org.other"];
    let changed = bt.args(["edit", "-i", "a"]).args(flags).run();
    assert_eq!(
        changed.stderr,
        "bt edit: warning: a: the signature of com.example does not hold any more\n"
    );
    let inspected = bt.args(["inspect", "a"]).run().json();
    assert_eq!(inspected["signatures"][0]["status"], "bad");
}

#[test]
fn a_key_that_does_not_serve_is_told() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "com.example");
    certificate(&bt, "org.other");
    bt.write("a", torrent("http://t/1"));
    let locked = "openssl pkey -in com.example.key -aes128 -passout pass:word -out locked.key";
    assert_eq!(bt.shell(locked).run().status, 0);
    for (key, certificate, status, message) in [
        (
            "com.example.key",
            "org.other.crt",
            3,
            "org.other.crt: the certificate is of another key\n",
        ),
        ("a", "org.other.crt", 3, "a: not a private key of RSA in PEM\n"),
        ("com.example.key", "a", 3, "a: not a certificate in PEM or DER\n"),
        ("none", "org.other.crt", 4, "none: No such file or directory\n"),
        (
            "locked.key",
            "com.example.crt",
            3,
            "locked.key: the key is encrypted\nhint: `openssl pkey -in KEY` writes it in clear\n",
        ),
    ] {
        let out = bt.args(["edit", "-i", "a", "--sign", key, "--certificate", certificate]).run();
        out.fails(status, &format!("bt edit: {message}"));
    }
    let alone = bt.args(["edit", "-i", "a", "--sign", "com.example.key"]).run();
    assert_eq!(alone.status, 2, "{alone}");
    assert_eq!(bt.read("a"), torrent("http://t/1"));
}
