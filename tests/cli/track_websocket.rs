//! `bt track --websocket`: what browsers say and hear, and what others try.

mod browser;
mod protocol;

use self::browser::{Browser, announce, id, offer};
use crate::harness::{Bt, DEADLINE, Output, Running, have};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Instant;

const HASH: &str = "hhhhhhhhhhhhhhhhhhhh";
const A: &str = "aaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbb";

struct Tracker {
    running: Running,
    port: u16,
}

impl Tracker {
    fn start(bt: &Bt, args: &[&str]) -> Self {
        let mut running =
            bt.args(["track", "--port", "0", "--interval-jitter", "0"]).args(args).spawn();
        let line = running.stderr_line("listening on");
        let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        Self { port: port.parse().unwrap(), running }
    }

    fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    fn browser(&self) -> Browser<TcpStream> {
        Browser::open(self.tcp(), "/", "")
    }

    /// The head of an answer to a handshake that is not taken.
    fn refused(&self, request: &str) -> String {
        let mut stream = self.tcp();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    fn get(&self, path: &str) -> String {
        self.refused(&format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"))
    }

    fn stats(&self) -> Value {
        let answer = self.get("/stats.json");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn end(self) -> Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }
}

#[test]
fn offers_go_to_all_others_and_answers_come_back_whichever_thread_they_are_at() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "4"]);
    let mut others: Vec<_> = (0..16).map(|_| tracker.browser()).collect();
    for (number, other) in others.iter_mut().enumerate() {
        let told = other.announce(&id(number), json!({ "left": 0, "event": "started" }));
        let counted = json!({
            "action": "announce", "info_hash": HASH, "interval": 120,
            "complete": number + 1, "incomplete": 0,
        });
        assert_eq!(told, counted);
    }
    let mut asker = tracker.browser();
    let offers: Vec<_> = (100..116).map(|number| offer(&id(number))).collect();
    let told = asker.announce(A, json!({ "offers": offers }));
    assert_eq!((&told["complete"], &told["incomplete"]), (&json!(16), &json!(1)));
    let mut offered = HashSet::new();
    for (number, other) in others.iter_mut().enumerate() {
        let told = other.hear();
        assert_eq!(told["offer"], offer("")["offer"]);
        assert_eq!((&told["peer_id"], &told["info_hash"]), (&json!(A), &json!(HASH)));
        let offer = told["offer_id"].as_str().unwrap().to_owned();
        let answer = json!({
            "action": "announce", "info_hash": HASH, "peer_id": id(number), "to_peer_id": A,
            "offer_id": offer, "answer": { "type": "answer", "sdp": format!("from {number}") },
        });
        other.say(&answer);
        assert!(offered.insert(offer), "one offer was handed out twice");
    }
    let mut answered = HashSet::new();
    for _ in 0..16 {
        let told = asker.hear();
        let from = told["peer_id"].as_str().unwrap().to_owned();
        let number: usize = from.parse().unwrap();
        assert_eq!(told["answer"]["sdp"], format!("from {number}"));
        assert!(offered.contains(told["offer_id"].as_str().unwrap()));
        assert!(answered.insert(from));
    }
    let stats = tracker.stats();
    assert_eq!((&stats["seeders"], &stats["leechers"]), (&json!(16), &json!(1)), "{stats}");
    assert_eq!(stats["browsers"]["connections"], 17);
    assert_eq!(stats["protocols"]["websocket"]["announces"], 33);
    assert!(tracker.get("/").contains("(16/17)"), "the page counts browsers");
    let metrics = tracker.get("/metrics");
    for line in [
        "bt_tracker_websocket_peers{role=\"seeder\"} 16",
        "bt_tracker_websocket_connections 17",
        "bt_tracker_requests_total{protocol=\"websocket\",family=\"ipv4\",action=\"connect\",outcome=\"answered\"} 17",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    // Who ends is gone: by a word, by a close frame, by the end of the connection.
    let told = asker.announce(A, json!({ "event": "stopped" }));
    assert_eq!((&told["complete"], &told["incomplete"]), (&json!(16), &json!(0)));
    let mut first = others.remove(0);
    first.send(0x88, &1000u16.to_be_bytes());
    assert_eq!(first.closed(), 1000);
    let scrape = json!({ "action": "scrape", "info_hash": HASH });
    asker.say(&scrape);
    assert_eq!(asker.hear()["files"][HASH]["complete"], 15);
    drop(others);
    let end = Instant::now() + DEADLINE;
    loop {
        asker.say(&scrape);
        if asker.hear()["files"][HASH]["complete"] == 0 {
            break;
        }
        assert!(Instant::now() < end);
    }
}

#[test]
fn nobody_takes_the_id_of_another() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "2"]);
    let (mut mine, mut other) = (tracker.browser(), tracker.browser());
    mine.announce(A, json!({}));
    let told = other.announce(A, json!({ "offers": [offer(B)] }));
    assert_eq!(told["failure reason"], "this peer id is that of another connection");
    assert_eq!(told["info_hash"], HASH);
    // Whose it is is asked whether it is there.
    assert_eq!(mine.next(), (0x89, Vec::new()));
    mine.send(0x8a, b"");
    let told = other.announce(B, json!({ "offers": [offer(B)] }));
    assert_eq!(told["incomplete"], 2);
    let told = mine.hear();
    assert_eq!((&told["peer_id"], &told["offer_id"]), (&json!(B), &json!(B)));
    // An answer by who was not asked goes nowhere; the next word to the other is its own answer.
    let mut third = tracker.browser();
    third.announce(&id(3), json!({}));
    let answer = |from: &str| {
        json!({
            "action": "announce", "info_hash": HASH, "peer_id": from, "to_peer_id": B,
            "offer_id": B, "answer": { "type": "answer", "sdp": "x" },
        })
    };
    third.say(&answer(A));
    third.say(&answer(&id(3)));
    third.announce(&id(3), json!({}));
    mine.say(&answer(A));
    assert_eq!(other.hear()["peer_id"], A);
}

#[test]
fn lists_keys_and_limits_apply() {
    let bt = Bt::new();
    bt.write("deny", format!("{}\n", "68".repeat(20)));
    bt.write("keys", "secretkey1 alice\n");
    let tracker = Tracker::start(
        &bt,
        &[
            "--websocket",
            "--deny",
            "deny",
            "--keys",
            "keys",
            "--trusted-proxy",
            "127.0.0.0/8",
            "--rate",
            "1/m,3",
        ],
    );
    let from = |who: &str| format!("X-Forwarded-For: {who}\r\n");
    // A handshake counts too.
    let mut denied = Browser::open(tracker.tcp(), "/secretkey1", &from("1.1.1.1"));
    assert_eq!(denied.announce(A, json!({}))["failure reason"], "torrent is not served here");
    let other = json!({ "info_hash": A });
    assert_eq!(denied.announce(A, other.clone())["incomplete"], 1);
    let told = denied.announce(A, other.clone());
    assert_eq!(told["failure reason"], "too many requests from your address");
    let mut next = Browser::open(tracker.tcp(), "/secretkey1/announce", &from("2.2.2.2"));
    assert_eq!(next.announce(B, other.clone())["incomplete"], 2);
    next.say(&json!({ "action": "scrape", "info_hash": [A, HASH] }));
    let files = json!({ A: { "complete": 0, "incomplete": 2, "downloaded": 0 } });
    assert_eq!(next.hear()["files"], files);
    for (who, path, reason) in [
        ("3.3.3.3", "/", "this tracker is private: the URL needs a key"),
        ("4.4.4.4", "/otherkey12", "the key in the URL is unknown or has expired"),
    ] {
        let mut stranger = Browser::open(tracker.tcp(), path, &from(who));
        assert_eq!(stranger.announce(A, other.clone())["failure reason"], reason);
    }
    let out = tracker.end();
    let text = out.text();
    assert!(text.contains("1.1.1.1 - ") && text.contains(" 101 "), "{text}");
    assert!(!text.contains("secretkey1") && !text.contains("otherkey"), "{text}");
}

#[test]
fn who_is_silent_is_asked_and_then_dropped() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--idle-timeout", "2s", "--threads", "1"]);
    let (mut lively, mut silent) = (tracker.browser(), tracker.browser());
    lively.announce(A, json!({}));
    silent.announce(B, json!({}));
    assert_eq!(silent.next(), (0x89, Vec::new()));
    let mut pings = 0;
    loop {
        assert_eq!(lively.next(), (0x89, Vec::new()));
        lively.send(0x8a, b"");
        pings += 1;
        if pings == 2 {
            break;
        }
    }
    assert_eq!(silent.0.read(&mut [0; 1]).unwrap(), 0);
    let told = lively.announce(A, json!({}));
    assert_eq!(told["incomplete"], 1);
}

#[test]
fn at_the_end_all_are_told() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "2"]);
    let mut browsers: Vec<_> = (0..4).map(|_| tracker.browser()).collect();
    browsers[0].announce(A, json!({}));
    tracker.running.signal(Signal::TERM);
    for browser in &mut browsers {
        assert_eq!(browser.closed(), 1001);
    }
    drop(browsers);
    let out = tracker.running.wait();
    assert_eq!(out.status, 0, "{out}");
}

#[test]
fn who_does_not_read_holds_up_nobody() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--threads", "1", "--rate", "0"]);
    let mut deaf = tracker.browser();
    deaf.announce(A, json!({}));
    deaf.0.set_nonblocking(true).unwrap();
    // Until the tracker reads no more: its answers are not taken.
    let frame = Browser::<TcpStream>::frame(0x81, announce(A, json!({})).to_string().as_bytes());
    let (many, mut sent) = (frame.repeat(100), 0usize);
    let end = Instant::now() + DEADLINE;
    let mut full = 0;
    while full < 1000 && sent < 256 << 20 {
        match deaf.0.write(&many[sent % many.len()..]) {
            Ok(length) => {
                sent += length;
                full = 0;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                full += 1;
                std::thread::yield_now();
            }
            Err(error) => panic!("{error}"),
        }
        assert!(Instant::now() < end, "{sent}");
    }
    assert!(sent < 256 << 20, "the tracker reads on and on");
    // Others are served, and their offers to the deaf one are lost in the end.
    let mut other = tracker.browser();
    let offers: Vec<_> = (0..20).map(|number| offer(&id(number))).collect();
    for _ in 0..200 {
        assert_eq!(other.announce(B, json!({ "offers": offers }))["incomplete"], 2);
    }
}

#[test]
fn a_unix_socket_and_https_lead_there_too() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket", "--unix", "sock"]);
    let stream = UnixStream::connect(bt.path("sock")).unwrap();
    let mut browser = Browser::open(stream, "/announce", "X-Forwarded-For: 9.9.9.9\r\n");
    assert_eq!(browser.announce(A, json!({}))["incomplete"], 1);
    let out = tracker.end();
    assert!(out.text().starts_with("9.9.9.9 - "), "{out}");

    if !have("openssl") {
        return;
    }
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", "/CN=t", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "3650"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key", "-out", "crt"])
        .current_dir(bt.dir())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tracker = Tracker::start(&bt, &["--websocket", "--tls-cert", "crt", "--tls-key", "key"]);
    let url = format!("wss://127.0.0.1:{}/announce", tracker.port);
    let hash = "68".repeat(20);
    let out = bt
        .args(["announce", &hash, "--left", "0", "--tracker", &url])
        .env("SSL_CERT_FILE", bt.path("crt"))
        .run();
    assert_eq!((out.status, &out.events()[0]["complete"]), (0, &json!(1)), "{out}");
}

#[test]
fn the_client_asks_websocket_trackers_too() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--websocket"]);
    let mut browser = tracker.browser();
    browser.announce(A, json!({ "left": 0 }));
    let url = format!("ws://127.0.0.1:{}/", tracker.port);
    let (hash, other) = ("68".repeat(20), "00".repeat(20));
    let out = bt.args(["announce", &hash, "-t", &url, "--expect-peers", "1"]).run();
    let event = &out.events()[0];
    assert_eq!(out.status, 0, "{out}");
    assert_eq!((&event["complete"], &event["incomplete"]), (&json!(1), &json!(1)), "{out}");
    assert_eq!((&event["interval"], &event["announced"]), (&json!(120), &json!("started")));
    assert_eq!((&event["peers"], &event["peer_count"]), (&Value::Null, &Value::Null));
    let out = bt.args(["announce", &hash, "-t", &url, "--expect-peers", "2", "--brief"]).run();
    assert_eq!((out.status, out.events()[0].get("peers")), (1, None), "{out}");
    let out = bt.args(["announce", &hash, "-t", &url, "--format", "human"]).run();
    assert!(out.text().contains(": 1 complete, 1 incomplete, again in 2 min 00 s (IPv4"), "{out}");
    // Each was there for as long as it was connected.
    let out = bt.args(["scrape", &hash, &other, "-t", &url]).run();
    let torrents = &out.events()[0]["torrents"];
    assert_eq!(
        (&torrents[0]["complete"], &torrents[1]["complete"]),
        (&json!(1), &json!(0)),
        "{out}"
    );

    let plain = Tracker::start(&bt, &[]);
    let url = format!("ws://127.0.0.1:{}/", plain.port);
    let out = bt.args(["announce", &hash, "-t", &url]).run();
    assert_eq!((out.status, &out.events()[0]["kind"]), (1, &json!("refused")), "{out}");
    let expected = format!("bt announce: {url}: refused: the tracker answered 400\n");
    assert_eq!(out.stderr, expected);
}
