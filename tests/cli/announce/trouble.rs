//! Trackers that misbehave, are silent, or cannot be asked at all.

use super::{HASH, announce};
use crate::harness::{Bt, Output};
use crate::tracker_stub::{Stub, answer, behave};
use serde_json::json;

/// Fails unless one tracker failed with this and nothing else came.
#[track_caller]
pub(super) fn failed(out: &Output, status: i32, url: &str, trouble: &str, kind: &str) {
    assert_eq!(out.status, status, "{out}");
    assert_eq!(out.stderr, format!("bt announce: {url}: {trouble}\n"), "{out}");
    let line = out.json();
    assert_eq!((&line["error"], &line["kind"]), (&trouble.into(), &kind.into()), "{out}");
}

#[test]
fn hostile_answers_are_one_line_each() {
    let bt = Bt::new();
    let refused = |stub: &Stub, status, trouble: &str, kind| {
        failed(&announce(&bt, &[&stub.url], &[]), status, &stub.url, trouble, kind);
    };
    let bencode = Stub::bencode;
    refused(&bencode(b"d14:failure reason9:\x1b[31mno\x07\ne"), 1, "refused: [31mno", "refused");
    refused(
        &bencode(b"<html>"),
        5,
        "bad answer: not bencode: byte 0: '<' where a value must begin",
        "garbled",
    );
    refused(&bencode(b"de"), 5, "bad answer: neither an interval nor peers", "garbled");
    refused(&bencode(b"i1e"), 5, "bad answer: not a dictionary", "garbled");
    refused(
        &bencode(&[b'x'; (1 << 20) + 1]),
        5,
        "bad answer: the answer is longer than 1048576 bytes",
        "garbled",
    );
    let http = |bytes: Vec<u8>| Stub::http(move |_| Some(bytes.clone()));
    refused(
        &http(answer("404 Not Found", b"gone")),
        1,
        "refused: the tracker answered 404",
        "refused",
    );
    let turn =
        b"HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    refused(&http(turn.to_vec()), 5, "too many redirects", "unreachable");
    let retry = bencode(b"d14:failure reason2:no8:retry ini5ee");
    let out = announce(&bt, &[&retry.url], &[]);
    assert_eq!(out.json()["retry_in"], 300, "{out}");
    let udp = Stub::udp(|packet| vec![[&[0, 0, 0, 3], &packet[12..16], b"no\x1b[2J"].concat()]);
    refused(&udp, 1, "refused: no [2J", "refused");

    // More peers than were asked for, some that cannot be called, some in another form.
    let many = b"\x0a\0\0\x01\0\x07".repeat(3000);
    let body = [format!("d8:intervali-5e5:peers{}:", many.len()).as_bytes(), &many, b"e"].concat();
    let out = announce(&bt, &[&bencode(&body).url], &["--numwant", "1", "--event", "none"]);
    assert_eq!((out.status, &out.json()["peer_count"]), (0, &2000.into()), "{}", out.stderr);
    let odd = bencode(b"d8:completei-1e10:incomplete1:x5:peersld2:ip3:foo4:porti1eed2:ip9:127.0.0.14:porti0eed2:ip9:127.0.0.14:porti5eei7ee15:warning message3:a\x1bbe");
    let out = announce(&bt, &[&odd.url], &[]);
    assert_eq!(out.json()["peers"], json!([{"address": "127.0.0.1:5"}]), "{out}");
    assert_eq!(out.stderr, format!("bt announce: warning: {}: a b\n", odd.url));
    assert_eq!((out.status, &out.json()["warning"]), (0, &"a b".into()), "{out}");
}

#[test]
fn each_way_to_break_an_answer_has_its_kind_and_words() {
    let bt = Bt::new();
    let with = |fields: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{fields}\r\n\r\n{body}").into_bytes()
    };
    let chunks = |body: &str| with("Transfer-Encoding: chunked", body);
    let turn = |to: &str| {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    };
    for (answer, words, kind) in [
        (chunks("zz\r\nde\r\n0\r\n\r\n"), "bad answer: broken chunks", "garbled"),
        (chunks("2\r\ndee\r\n0\r\n\r\n"), "bad answer: broken chunks", "garbled"),
        (chunks("fffffffffffffffffff\r\nde"), "bad answer: broken chunks", "garbled"),
        (chunks("ff\r\nde"), "bad answer: cut short", "garbled"),
        (chunks("2\r\nde\r\n"), "bad answer: cut short", "garbled"),
        (chunks(""), "bad answer: cut short", "garbled"),
        (with("Content-Length: 100", "de"), "bad answer: cut short", "garbled"),
        (
            with("Content-Length: -1", "de"),
            "bad answer: not HTTP: invalid content-length",
            "garbled",
        ),
        (b"SSH-2.0-x\r\n".to_vec(), "bad answer: not HTTP: invalid HTTP version", "garbled"),
        (vec![], "it closed the connection without an answer", "unreachable"),
        (
            b"HTTP/1.1 200 OK\r\nCon".to_vec(),
            "it closed the connection without an answer",
            "unreachable",
        ),
        (turn("/a"), "too many redirects", "unreachable"),
        (turn("gopher://t/SECRETKEY"), "redirected to what is no http or https URL", "unreachable"),
        (turn("http://[::1"), "redirected to what is no http or https URL", "unreachable"),
    ] {
        let stub = Stub::http(move |_| Some(answer.clone()));
        failed(&announce(&bt, &[&stub.url], &[]), 5, &stub.url, words, kind);
        let out = bt.args(["scrape", HASH, "-t", &stub.url]).run();
        assert_eq!(
            (&out.json()["error"], &out.json()["kind"]),
            (&words.into(), &kind.into()),
            "{out}"
        );
        assert_eq!(out.status, 5, "{out}");
    }
    let nobody = "http://127.0.0.1:1/announce";
    failed(&announce(&bt, &[nobody], &[]), 5, nobody, "Connection refused", "unreachable");
}

#[test]
fn silence_ends_with_the_timeout_and_others_are_heard_meanwhile() {
    let bt = Bt::new();
    let good = Stub::bencode(b"d8:intervali60e5:peers0:e");
    let silent = Stub::http(|_| None);
    // Garbage, another's transaction, and answers cut short are as good as silence.
    let garbage = Stub::udp(|packet| {
        let good = behave(packet, b"").remove(0);
        vec![
            vec![],
            vec![0xff; 100],
            good[..7].to_vec(),
            [&good[..4], b"nope", &good[8..]].concat(),
        ]
    });
    let urls = [silent.url.as_str(), &garbage.url];
    let trackers = urls.iter().flat_map(|url| ["-t", url]);
    let alone = bt.args(["announce", HASH, "--timeout", "500ms"]).args(trackers.clone()).run();
    assert_eq!(alone.status, 5, "{alone}");
    let mut lines: Vec<_> = alone.stderr.lines().collect();
    lines.sort_unstable();
    let expected = urls.map(|url| format!("bt announce: {url}: timed out"));
    assert_eq!(lines, expected, "{alone}");
    let with = bt.args(["announce", HASH, "--timeout", "5s", "-t", &good.url]).args(trackers).run();
    assert_eq!((with.status, with.events().len()), (0, 3), "{with}");
    assert_eq!(with.events()[0]["url"], good.url.as_str(), "{with}");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let bt = Bt::new();
    failed(
        &announce(&bt, &["ws://127.0.0.1:1/"], &[]),
        5,
        "ws://127.0.0.1:1/",
        "Connection refused",
        "unreachable",
    );
    failed(
        &announce(&bt, &["udp://127.0.0.1:1"], &[]),
        5,
        "udp://127.0.0.1:1",
        "Connection refused",
        "unreachable",
    );
    announce(&bt, &[], &[]).fails(
        1,
        &format!("bt announce: {HASH}: no tracker is known\nhint: --tracker URL names one\n"),
    );
    let out = announce(&bt, &["ftp://t/"], &[]);
    assert!(out.status == 2 && out.stderr.contains("an announce URL begins with"), "{out}");
    bt.args(["announce", "nothing.torrent"])
        .run()
        .fails(4, "bt announce: nothing.torrent: No such file or directory\n");
    let out =
        bt.args(["announce", &format!("magnet:?xt=urn:btih:{HASH}"), "--info-hash", "v2"]).run();
    out.fails(1, "bt announce: magnet link: has no info-hash of v2\n");
    bt.write("bad.torrent", "de");
    assert_eq!(bt.args(["announce", "bad.torrent"]).run().status, 3);
}

#[test]
fn a_packet_that_is_lost_is_sent_again_within_the_timeout() {
    let bt = Bt::new();
    let lost = std::sync::Mutex::new(std::collections::HashSet::new());
    let stub = Stub::udp(move |packet| match lost.lock().unwrap().insert(packet[11]) {
        // The first of each kind.
        true => Vec::new(),
        false => behave(packet, b"\x0a\0\0\x01\0\x07"),
    });
    let out = bt
        .args(["announce", HASH, "--tracker", &stub.url, "--event", "none"])
        .args(["--timeout", "10s"])
        .run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(out.json()["peer_count"], 1, "{out}");
    let asked = stub.so_far();
    assert_eq!(asked.len(), 4, "{asked:?}");
    // A packet that is sent again is the same one.
    assert!(asked[0] == asked[1] && asked[2] == asked[3], "{asked:?}");
}
