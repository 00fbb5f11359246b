//! Handshakes, frames and messages: what is taken, and what ends a connection.

use super::browser::{Browser, KEY, announce, handshake};
use super::{A, HASH, Tracker};
use crate::harness::Bt;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;

#[test]
fn what_is_no_handshake_is_refused_in_words() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket"]);
    let good = handshake("/", "Connection: close\r\n");
    for (from, to, status) in [
        ("Version: 13", "Version: 8", "426"),
        ("HTTP/1.1\r\n", "HTTP/1.0\r\n", "400"),
        (KEY, "short", "400"),
        ("GET / ", "GET /a/b/c ", "404"),
        ("GET / ", "GET /foo ", "404"),
        ("GET / ", "GET /foo/announce ", "404"),
        ("GET / ", "GET /key/scrape ", "404"),
    ] {
        let answer = tracker.refused(&good.replacen(from, to, 1));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) || answer.contains(status),
            "{answer}"
        );
        assert!(answer.ends_with(".\n"), "{answer}");
    }
    let plain = good.replace("Connection: keep-alive, Upgrade\r\n", "");
    assert!(tracker.refused(&plain).starts_with("HTTP/1.1 400 "));
    // The same port serves the others.
    assert!(
        tracker.get(&format!("/announce?info_hash={HASH}&peer_id={A}&port=1")).contains(" 200 OK")
    );
    for path in ["/", "/announce", "/?x=1"] {
        Browser::open(tracker.tcp(), path, "");
    }
    let closed = Tracker::start(&bt, &[]);
    let answer = closed.refused(&good);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.ends_with("this tracker is for HTTP and UDP.\n"), "{answer}");
}

#[test]
fn who_breaks_the_protocol_is_told_why_and_closed() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "1"]);
    let closed = |bytes: &[u8]| {
        let mut browser = tracker.browser();
        browser.announce(A, json!({}));
        browser.0.write_all(bytes).unwrap();
        browser.closed()
    };
    // Each leaves, else the next could not have its id.
    assert_eq!(closed(b"\x81\x02{}"), 1002, "not masked");
    assert_eq!(closed(b"\xc1\x80aaaa"), 1002, "compressed");
    assert_eq!(closed(&Browser::<TcpStream>::frame(0x81, b"\xff")), 1007);
    assert_eq!(closed(b"\x81\xff\0\0\0\0\0\x01\0\x01aaaa"), 1009);
    assert_eq!(closed(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xffaaaa"), 1009);

    let mut browser = tracker.browser();
    for _ in 0..31 {
        browser.say(&json!({ "action": "x" }));
        assert_eq!(browser.hear(), json!({ "failure reason": "invalid action" }));
    }
    browser.say(&json!([]));
    assert_eq!(browser.hear()["failure reason"], "the message is not a JSON object");
    assert_eq!(browser.closed(), 1008);
    let garbled = &tracker.stats()["refused"]["garbled"];
    assert_eq!(*garbled, 32 + 5);
}

#[test]
fn messages_come_in_any_pieces_and_pings_are_answered() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "1"]);
    let mut browser = tracker.browser();
    let text = announce(A, json!({ "more": "x".repeat(60_000) })).to_string();
    let (start, rest) = text.as_bytes().split_at(text.len() / 2);
    browser.send(0x01, start);
    browser.send(0x89, b"there?");
    assert_eq!(browser.next(), (0x8a, b"there?".to_vec()));
    browser.send(0x80, rest);
    assert_eq!(browser.hear()["incomplete"], 1);
    // Of bytes it is read as well; and byte by byte, while another is served.
    for byte in Browser::<TcpStream>::frame(0x82, announce(A, json!({})).to_string().as_bytes()) {
        browser.0.write_all(&[byte]).unwrap();
    }
    assert_eq!(browser.hear()["incomplete"], 1);
    // Several at once.
    let frame = Browser::<TcpStream>::frame(0x81, announce(A, json!({})).to_string().as_bytes());
    browser.0.write_all(&frame.repeat(50)).unwrap();
    (0..50).for_each(|_| assert_eq!(browser.hear()["incomplete"], 1));
}

#[test]
fn who_does_nothing_but_ping_is_sent_off() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "1"]);
    let mut browser = tracker.browser();
    let flood = Browser::<TcpStream>::frame(0x89, b"x").repeat(100);
    browser.0.write_all(&flood).unwrap();
    let mut pongs = 0;
    let end = loop {
        match browser.next() {
            (0x8a, payload) => {
                assert_eq!(payload, b"x");
                pongs += 1;
            }
            end => break end,
        }
    };
    assert_eq!(end, (0x88, 1008_u16.to_be_bytes().to_vec()));
    assert!((1..50).contains(&pongs), "{pongs}");
    // One who asks now and then is answered.
    let mut browser = tracker.browser();
    browser.send(0x89, b"y");
    assert_eq!(browser.next(), (0x8a, b"y".to_vec()));
    browser.announce(A, json!({}));
}

#[test]
fn an_address_has_begun_no_more_than_two_mebibytes_of_messages() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "1"]);
    // Most of a message, and then a sign of life: what comes back, a pong or the end.
    let begin = || {
        let mut browser = tracker.browser();
        browser.send(0x01, &[b' '; 60_000]);
        browser.send(0x89, b"there?");
        let (first, payload) = browser.next();
        (browser, first, payload)
    };
    let mut begun = Vec::new();
    let last = loop {
        let (browser, first, payload) = begin();
        if first != 0x8a {
            break (first, payload);
        }
        begun.push(browser);
        assert!(begun.len() < 40, "an address keeps what it likes");
    };
    assert_eq!(last, (0x88, 1008_u16.to_be_bytes().to_vec()));
    assert!(begun.len() >= 30, "{}", begun.len());
    // Messages that come whole are taken still, and there is room again when one ends.
    tracker.browser().announce(A, json!({}));
    let mut first = begun.remove(0);
    first.send(0x80, b"");
    first.next();
    let (_browser, first, _) = begin();
    assert_eq!(first, 0x8a);
}

#[test]
fn a_proxy_that_does_not_say_for_whom_has_no_share_of_messages() {
    let bt = Bt::new();
    let args = ["--websocket", "--threads", "1", "--trusted-proxy", "127.0.0.1,::1"];
    let tracker = Tracker::start(&bt, &args);
    let begun = (0..40).map(|_| {
        let mut browser = tracker.browser();
        browser.send(0x01, &[b' '; 60_000]);
        browser.send(0x89, b"there?");
        assert_eq!(browser.next(), (0x8a, b"there?".to_vec()));
        browser
    });
    assert_eq!(begun.collect::<Vec<_>>().len(), 40);
}
