//! What metainfo says beside the files.

use super::publish;
use super::versions::decoded;
use crate::harness::{Bt, have};
use serde_json::json;

#[test]
fn every_key_has_its_place() {
    let bt = Bt::new();
    bt.write("f", "x");
    bt.write("other", "y");
    assert_eq!(publish(&bt, &["other"]).status, 0);
    let other = bt.args(["inspect", "other.torrent"]).run().json();
    let hash = "0102030405060708090a0b0c0d0e0f1011121314";
    let args = ["f", "--http-seed", "http://h/seed", "--node", "router.example:6881"];
    let more = ["--node", "[2001:db8::1]:1", "--similar", hash, "--similar", "other.torrent"];
    let last =
        ["--collection", "season 1", "--collection", "x", "--update-url", "http://u/f.torrent"];
    let out = publish(&bt, &[&args[..], &more, &last].concat());
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let shown = decoded(&bt, "f.torrent");
    assert_eq!(shown["httpseeds"], json!(["http://h/seed"]));
    assert_eq!(shown["nodes"], json!([["router.example", 6881], ["2001:db8::1", 1]]));
    let info = &shown["info"];
    let raw = bt.read("f.torrent");
    let similar = b"7:similarl20:\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x1420:";
    assert!(raw.windows(similar.len()).any(|part| part == similar), "{}", raw.escape_ascii());
    assert_eq!(info["similar"].as_array().unwrap().len(), 2);
    assert_eq!(info["similar"][1]["$hex"], other["info_hash"]["v1"]);
    assert_eq!(info["collections"], json!(["season 1", "x"]));
    assert_eq!(info["update-url"], "http://u/f.torrent");
}

#[test]
fn digests_of_whole_files_are_made_by_wish() {
    let bt = Bt::new();
    bt.write("d/a", "hello\n");
    bt.write("d/b", vec![0; 100_000]);
    bt.write("d/c", "");
    let out = publish(&bt, &["d", "--md5sum", "--sha1"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let shown = decoded(&bt, "d.torrent");
    let files = &shown["info"]["files"];
    assert_eq!(files[0]["md5sum"], "b1946ac92492d2347c6235b4d2611184");
    assert_eq!(files[0]["sha1"]["$hex"], "f572d396fae9206628714fb2ce00f72e94f2258f");
    assert_eq!(files[1]["md5sum"], "0019d23bef56a136a1891211d7007f6f");
    assert_eq!(files[2]["md5sum"], "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(files[2]["sha1"]["$hex"], "da39a3ee5e6b4b0d3255bfef95601890afd80709");

    let out = publish(&bt, &["d/a", "--md5sum"]);
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(decoded(&bt, "d/a.torrent")["info"]["md5sum"], "b1946ac92492d2347c6235b4d2611184");
}

#[test]
fn any_further_key_is_set_by_its_path() {
    let bt = Bt::new();
    bt.write("f", "x");
    let args =
        ["f", "http://t/a", "--set", r#"/info/x-key="value""#, "--set", "/x-list=[1,{\"a\":2}]"];
    let out = publish(
        &bt,
        &[&args[..], &["--set", "/x-deep/er/still=7", "--set", "/info/x~1y=1"]].concat(),
    );
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let shown = decoded(&bt, "f.torrent");
    assert_eq!(shown["info"]["x-key"], "value");
    assert_eq!(shown["info"]["x/y"], 1);
    assert_eq!(shown["x-list"], json!([1, {"a": 2}]));
    assert_eq!(shown["x-deep"], json!({"er": {"still": 7}}));
    // What a flag says is not overwritten, and what a torrent must be is not broken.
    for (set, why) in [
        (r#"/announce="http://t/b""#, "/announce"),
        (r#"/info/name="g""#, "/info/name"),
        ("/info/x=1.5", "/info/x"),
        ("/info/x", "PATH=JSON"),
        ("info/x=1", "/"),
        ("/info/private/x=1", "/info/private"),
    ] {
        let out = publish(&bt, &["f", "http://t/a", "-f", "--private", "--set", set]);
        assert_eq!(out.status, 2, "{set} {out}");
        assert!(out.stderr.contains(why) && out.stdout.is_empty(), "{set} {out}");
    }
}

#[test]
fn nonsense_in_a_key_is_status_2() {
    let bt = Bt::new();
    bt.write("f", "x");
    for args in [
        ["f", "--node", "router.example"],
        ["f", "--node", ":6881"],
        ["f", "--node", "a:0"],
        ["f", "--node", "::1:6881"],
        ["f", "--http-seed", "udp://x"],
        ["f", "--web-seed", "not a url"],
        ["f", "--update-url", "ftp://x"],
        ["f", "--collection", ""],
        ["f", "--io-limit", "fast"],
    ] {
        let out = publish(&bt, &args);
        assert_eq!(out.status, 2, "{args:?} {out}");
    }
    publish(&bt, &["f", "--similar", "no.torrent"])
        .fails(4, "bt publish: no.torrent: No such file or directory\n");
    publish(&bt, &["f", "--similar", "f"])
        .fails(3, "bt publish: f: not metainfo: byte 0: 'x' where a value must begin\n");
    assert!(!bt.path("f.torrent").exists());
}

#[test]
fn what_is_published_can_be_signed() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    bt.write("f", "x");
    let line = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=com.example -days 2 \
        -keyout key.pem -out certificate.pem";
    let out = bt.shell(line).run();
    assert_eq!(out.status, 0, "{out}");
    let sign = ["f", "--sign", "key.pem", "--certificate", "certificate.pem"];
    let out = publish(&bt, &sign);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let shown = decoded(&bt, "f.torrent");
    assert!(shown["signatures"]["com.example"]["certificate"].is_object(), "{shown}");
    let hash = out.json()["info_hash"].clone();
    assert_eq!(bt.args(["inspect", "f.torrent"]).run().json()["info_hash"]["v1"], hash);
    publish(&bt, &["f", "-f", "--sign", "no.pem", "--certificate", "certificate.pem"])
        .fails(4, "bt publish: no.pem: No such file or directory\n");
    assert_eq!(publish(&bt, &["f", "-f", "--sign", "key.pem"]).status, 2);
}

#[test]
fn a_profile_holds_what_a_tracker_wants() {
    let bt = Bt::new();
    bt.write("f", vec![0; 3 << 20]);
    bt.write(
        ".home/.config/bt/config.toml",
        r#"
        [profile.work.publish]
        tracker = ["http://work.example/announce", "udp://work.example:1"]
        source = "WORK"
        private = true
        hybrid = true
        max-piece-length = "64KiB"
        piece-count = 10
        [profile.plain.publish]
        tracker = "http://plain.example/announce"
        piece-length = "256KiB"
        "#,
    );
    let out = publish(&bt, &["f", "--profile", "work"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(out.json()["version"], "hybrid");
    let shown = bt.args(["inspect", "f.torrent"]).run().json();
    assert_eq!(
        shown["trackers"],
        json!([["http://work.example/announce"], ["udp://work.example:1"]])
    );
    assert_eq!((&shown["source"], &shown["private"]), (&json!("WORK"), &json!(true)));
    assert_eq!(shown["piece_length"], 64 << 10);
    // A flag stands before the profile, also one that excludes what the profile says.
    let args = ["f", "-f", "--profile", "work", "--v1", "-l", "32KiB", "-t", "http://t/a"];
    let shown = publish(&bt, &args);
    assert_eq!(
        (&shown.json()["version"], &shown.json()["piece_length"]),
        (&json!("v1"), &json!(32 << 10))
    );
    let shown = publish(&bt, &["f", "-f", "--profile", "plain"]).json();
    assert_eq!(shown["piece_length"], 256 << 10);
}
