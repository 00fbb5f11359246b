//! `bt track`, over real loopback sockets.

use crate::harness::{Bt, Running};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};

const WHO: &str = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-XX0000-bbbbbbbbbbbb";

pub(crate) struct Tracker {
    running: Running,
    pub(crate) port: u16,
}

impl Tracker {
    pub(crate) fn start(bt: &Bt, args: &[&str]) -> Self {
        Self::of(bt.args(["track", "--port", "0"]).args(args).spawn())
    }

    fn of(mut running: Running) -> Self {
        let line = running.stderr_line("listening on");
        let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        Self { port: port.parse().unwrap(), running }
    }

    /// The head and the body of the answer.
    fn ask_from(&self, host: &str, request: &str) -> (String, Vec<u8>) {
        let ip: IpAddr = host.parse().unwrap();
        let mut stream = TcpStream::connect((ip, self.port)).unwrap();
        let head = format!("{request} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        (
            String::from_utf8(answer[..at].to_vec()).unwrap().to_lowercase(),
            answer[at + 4..].to_vec(),
        )
    }

    fn get(&self, target: &str) -> (String, Vec<u8>) {
        self.ask_from("127.0.0.1", &format!("GET {target}"))
    }

    fn end(self) -> crate::harness::Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }
}

#[test]
fn peers_are_told_of_each_other_and_the_state_outlives_the_tracker() {
    let bt = Bt::new();
    let tracker =
        Tracker::start(&bt, &["--dfile", "dstate", "--interval-jitter", "0", "--threads", "1"]);
    assert!(bt.read("dstate").ends_with(b"7:versioni3ee"), "made at the start");
    let (head, body) = tracker.get(&format!("/announce?{WHO}&port=6881&left=0&event=started"));
    assert!(head.starts_with("http/1.1 200") && head.contains("pragma: no-cache"), "{head}");
    assert_eq!(
        body, b"d8:completei1e10:incompletei0e8:intervali1800e5:peers0:e",
        "an address that leads nowhere outside is not told"
    );
    let (_, body) = tracker.get(&format!("/announce?{WHO}&port=6882&left=5"));
    assert!(body.ends_with(b"5:peers6:\x7f\0\0\x01\x1a\xe1e"), "{}", body.escape_ascii());
    let (_, body) = tracker.get(&format!("/announce?{WHO}&port=6883&left=5&compact=0&numwant=1"));
    // Ids are kept from the first time on that somebody asks for them.
    let peer = b"5:peersld2:ip9:127.0.0.14:porti688";
    assert!(body.windows(peer.len()).any(|part| part == peer), "{}", body.escape_ascii());
    let out = tracker.end();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(out.text().lines().count(), 3, "{out}");
    let line = out.text().lines().next().unwrap().to_owned();
    assert!(line.starts_with("127.0.0.1 - - ["), "{line}");
    assert!(line.contains(&format!("\"GET /announce?{WHO}&port=6881&left=0")), "{line}");
    assert!(line.ends_with(" HTTP/1.1\" 200 56"), "{line}");

    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    let (_, page) = tracker.get("/");
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains(&format!("<code>{}</code> (1/3)", "61".repeat(20))), "{page}");
    let (_, counts) = tracker.get("/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa");
    assert_eq!(
        counts,
        b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi0e11:downloadersi2e\
          10:incompletei2eeee"
    );
}

#[test]
fn a_dfile_of_2002_is_taken_and_another_file_is_left_alone() {
    let bt = Bt::new();
    let old =
        b"d20:aaaaaaaaaaaaaaaaaaaad20:-XX0000-bbbbbbbbbbbbd2:ip8:10.0.0.14:lefti0e4:porti9eeee";
    bt.write("old", old);
    let tracker = Tracker::start(&bt, &["--dfile", "old"]);
    let (_, body) = tracker.get(&format!("/announce?{WHO}&port=1&left=5"));
    assert!(body.ends_with(b"5:peers6:\x0a\0\0\x01\0\x09e"), "{}", body.escape_ascii());
    bt.write("other", "not a dfile");
    let out = bt.args(["track", "--port", "0", "--dfile", "other"]).run();
    assert_eq!(out.status, 3, "{out}");
    assert_eq!(bt.read("other"), b"not a dfile");
    let out = bt.args(["track", "--port", "0", "--dfile", "no/such/place"]).run();
    out.fails(4, "bt track: no/such/place: No such file or directory\n");
    // 41 minutes and 10 hundredths are 45.1.
    let times =
        [&["--interval", "41m"][..], &["--timeout-downloaders", "33m"], &["--min-interval", "45m"]];
    for times in times {
        let out = bt.args(["track", "--port", "0"]).args(times).run();
        let why = "--timeout-downloaders must be longer than --interval with its --interval-jitter, and \
                   than --min-interval, or peers are forgotten before they come back";
        out.fails(2, &format!("bt track: {why}\n"));
    }
}

#[test]
fn garbled_announces_other_paths_and_other_methods_are_refused() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let status = |request: &str| {
        let (head, body) = tracker.ask_from("127.0.0.1", request);
        assert!(head.contains("content-type: text/plain"), "{head}");
        assert!(!body.is_empty());
        head[9..12].to_owned()
    };
    assert_eq!(status("GET /announce"), "400");
    assert_eq!(status(&format!("GET /announce?{WHO}")), "400");
    assert_eq!(status(&format!("GET /announce?{WHO}&port=1&left=x")), "400");
    assert_eq!(status("GET /announce/"), "404");
    assert_eq!(status("GET /scrape"), "400");
    assert_eq!(status("POST /announce"), "405");
    let out = tracker.end();
    assert_eq!((out.status, out.text().lines().count()), (0, 6), "{out}");
}

#[test]
fn ipv6_is_served_too() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return;
    }
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let ask = |port| format!("GET /announce?{WHO}&port={port}&left=1");
    tracker.ask_from("::1", &ask(258));
    let (_, body) = tracker.ask_from("::1", &ask(9));
    let mut expected = b"5:peers0:6:peers618:".to_vec();
    expected.extend([0; 15]);
    expected.extend(b"\x01\x01\x02e");
    assert!(body.ends_with(&expected), "{}", body.escape_ascii());
}

#[test]
fn a_port_that_is_taken_is_one_clear_line() {
    let bt = Bt::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let out = bt.args(["track", "--bind", "127.0.0.1", "--port", &port]).run();
    out.fails(5, &format!("bt track: --port {port} at 127.0.0.1: Address already in use\n"));
}

#[test]
fn the_nat_check_refuses_whom_it_cannot_reach() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--nat-check", "--bind", "127.0.0.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ask = format!("/announce?{WHO}&port={port}&left=1");
    assert!(tracker.get(&ask).1.ends_with(b"5:peers0:e"));
    // What came of a call is remembered, so this one is another peer.
    drop(listener);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (head, body) = tracker.get(&format!("/announce?{WHO}&port={gone}&left=1"));
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(body.starts_with(b"d14:failure reason"), "{}", body.escape_ascii());
}

#[test]
fn scripts_read_where_it_listens_and_what_is_asked() {
    let bt = Bt::new();
    for flags in [&["--json"][..], &["--log-format", "json", "-q"]] {
        let mut running = bt.args(["track", "--port", "0"]).args(flags).spawn();
        let listening = running.event("listening");
        let port = u16::try_from(listening["port"].as_u64().unwrap()).unwrap();
        let announce = format!("http://localhost:{port}/announce");
        assert_eq!(
            listening,
            serde_json::json!({
                "event": "listening", "v": 1, "port": port, "announce": announce,
                "udp": announce.replace("http", "udp"),
            })
        );
        let tracker = Tracker { running, port };
        tracker.get("/announce?port=1");
        let out = tracker.end();
        assert_eq!(out.status, 0, "{out}");
        let events = out.events();
        let [_, request] = &events[..] else { panic!("{out}") };
        assert_eq!((&request["event"], &request["v"]), (&"request".into(), &1.into()));
        assert_eq!((&request["method"], &request["status"]), (&"GET".into(), &400.into()));
        assert_eq!(request["target"], "/announce?port=1");
    }
    // A pipe alone does not make JSON of a web log.
    let tracker = Tracker::start(&bt, &[]);
    tracker.get("/");
    let out = tracker.end();
    assert!(out.text().starts_with("127.0.0.1 - - ["), "{out}");
}

#[test]
fn it_serves_on_where_nobody_reads_its_log() {
    let bt = Bt::new();
    for flags in [&["--dfile", "dstate"][..], &["--json"]] {
        let tracker = bt.args(["track", "--port", "0"]).args(flags).spawn_into_closed_pipe();
        let mut tracker = Tracker::of(tracker);
        // Long enough that the lines are written at once, to be refused.
        let long = format!("/{}", "x".repeat(10_000));
        for _ in 0..20 {
            let (head, _) = tracker.get(&long);
            assert!(head.starts_with("http/1.1 404"), "{head}");
        }
        let (head, _) = tracker.get(&format!("/announce?{WHO}&port=1&left=0"));
        assert!(head.starts_with("http/1.1 200"), "{head}");
        tracker.running.stderr_line("the log cannot be written, its lines are lost: Broken pipe");
        let out = tracker.end();
        assert_eq!(out.status, 0, "{out}");
        assert_eq!(out.stderr.lines().count(), 2, "{out}");
    }
    assert!(bt.read("dstate").windows(20).any(|part| part == [b'a'; 20]));
}
