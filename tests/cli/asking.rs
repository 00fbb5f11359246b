//! What `bt announce` and `bt scrape` have in common, on odd command lines and at odd servers.

use crate::harness::Bt;
use crate::tracker_stub::Stub;
use std::fs;

const HASH: &str = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";

#[test]
fn of_many_torrents_the_bad_ones_are_told_of_and_the_good_ones_asked_about() {
    let bt = Bt::new();
    let announce = Stub::bencode(b"d8:intervali60e5:peers0:e");
    let scrape = Stub::http(|target| {
        let of = |byte: &str| format!("20:{}d8:completei1ee", byte.repeat(20));
        assert!(target.starts_with("/scrape"), "{target}");
        let body = format!("d5:filesd{}{}ee", of("a"), of("b"));
        Some(crate::tracker_stub::answer("200 OK", body.as_bytes()))
    });
    bt.write("a", "x");
    let made = bt.args(["publish", "-q", "a", &announce.url]).run();
    assert_eq!(made.status, 0, "{made}");
    bt.write("b.torrent", "de");
    fs::create_dir(bt.path("c.torrent")).unwrap();
    let inputs = ["a.torrent", "b.torrent", "c.torrent"];
    let out = bt.args(["announce", "--timeout", "50s"]).args(inputs).run();
    assert_eq!((out.status, out.events().len()), (4, 1), "{out}");
    let lines: Vec<_> = out.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(lines[0].starts_with("bt announce: b.torrent: "), "{out}");
    assert_eq!(lines[1], "bt announce: c.torrent: Is a directory");
    let out = bt.args(["announce", "--timeout", "50s", "a.torrent", "b.torrent"]).run();
    assert_eq!((out.status, out.events().len()), (3, 1), "{out}");
    let out = bt.args(["announce", "b.torrent", "b.torrent"]).run();
    assert_eq!((out.status, out.events().len()), (3, 0), "{out}");
    let some = ["61".repeat(20), "b.torrent".to_owned(), "62".repeat(20)];
    let out = bt.args(["scrape", "-t", &scrape.url, "--timeout", "50s"]).args(&some).run();
    assert_eq!((out.status, out.stderr.lines().count()), (3, 1), "{out}");
    assert_eq!(out.json()["torrents"].as_array().unwrap().len(), 2, "{out}");
}

#[test]
fn what_is_no_http_is_garbled() {
    let bt = Bt::new();
    let head = |more: &str| format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{more}\r\n");
    let garbage = b"SSH-2.0-nothing here\r\n\r\n".to_vec();
    let cut =
        [head("Content-Encoding: gzip\r\n").as_bytes(), b"\x1f\x8b\x08\0\0\0\0\0\0\x03K"].concat();
    for answer in [garbage, cut] {
        let stub = Stub::http(move |_| Some(answer.clone()));
        let out = bt.args(["announce", HASH, "-t", &stub.url, "--timeout", "50s"]).run();
        assert_eq!(out.status, 5, "{out}");
        assert_eq!(out.json()["kind"], "garbled", "{out}");
        assert!(out.stderr.contains(": bad answer: "), "{out}");
    }
}

#[test]
fn what_is_no_url_of_a_tracker_is_not_looked_up() {
    let bt = Bt::new();
    for url in ["javascript:1", "file:///etc/passwd", "gopher://localhost:1/"] {
        let out = bt.args(["announce", &format!("magnet:?xt=urn:btih:{HASH}&tr={url}")]).run();
        assert_eq!(out.json()["error"], "not a URL of a tracker", "{out}");
        assert_eq!(out.status, 5, "{out}");
    }
    let out = bt.args(["announce", HASH, "-t", "udp://[fe80::1%25lo]:7101"]).run();
    assert!(out.status == 2 && out.stderr.contains("with a zone id (%)"), "{out}");
}

#[test]
fn negative_numbers_are_values_and_a_tracker_is_asked_once() {
    let bt = Bt::new();
    for flag in ["--numwant", "--left", "--expect-peers", "--port"] {
        let out = bt.args(["announce", HASH, flag, "-1"]).run();
        assert!(out.status == 2 && out.stderr.contains("invalid value '-1'"), "{out}");
        assert!(!out.stderr.contains("-- -1"), "{out}");
    }
    let stub = Stub::bencode(b"d8:intervali60e5:peers0:e");
    let twice = ["-t", &stub.url, "-t", &stub.url, "--event", "none", "--timeout", "50s"];
    let out = bt.args(["announce", HASH]).args(twice).run();
    assert_eq!((out.status, out.events().len()), (0, 1), "{out}");
    assert_eq!(stub.so_far().len(), 1);
}
