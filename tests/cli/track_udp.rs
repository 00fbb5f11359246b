//! `bt track`, asked by UDP.

use crate::harness::{Bt, Output, Running};
use bt::torrent::{InfoHash, PeerId};
use bt::tracker::announce::{Announce, Answer, Event};
use bt::tracker::udp::{Family, Request, Response, parse_response, request};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

const HASH: InfoHash = InfoHash([b'a'; 20]);

struct Tracker {
    running: Running,
    http: u16,
    udp: u16,
}

impl Tracker {
    fn start(bt: &Bt, args: &[&str]) -> Self {
        let mut running = bt.args(["track", "--port", "0", "--json"]).args(args).spawn();
        let listening = running.event("listening");
        let port = |url: &serde_json::Value| {
            let url = url.as_str()?.strip_suffix("/announce")?;
            url.rsplit_once(':')?.1.parse().ok()
        };
        let http = port(&listening["announce"]).unwrap();
        Self { running, http, udp: port(&listening["udp"]).unwrap_or(0) }
    }

    /// The body of the answer to a request over HTTP.
    fn get(&self, host: &str, target: &str) -> Vec<u8> {
        let ip: IpAddr = host.parse().unwrap();
        let mut stream = TcpStream::connect((ip, self.http)).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        answer.split_off(at + 4)
    }

    fn end(self) -> Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }
}

/// Somebody with a socket; what it asks and hears goes to and comes from one address.
struct Asker {
    socket: UdpSocket,
    tracker: SocketAddr,
}

impl Asker {
    fn of(tracker: &Tracker, host: &str) -> Self {
        let tracker = SocketAddr::new(host.parse().unwrap(), tracker.udp);
        let any: IpAddr = if tracker.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
        let socket = UdpSocket::bind((any, 0)).unwrap();
        // An answer that does not come fails the test, and does not hang it.
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { socket, tracker }
    }

    fn send(&self, some: &Request) {
        self.socket.send_to(&request(some), self.tracker).unwrap();
    }

    fn hear(&self) -> (u32, Response) {
        let mut packet = [0; 2048];
        let (length, from) = self.socket.recv_from(&mut packet).unwrap();
        assert_eq!(from, self.tracker, "it answers from the address that was asked");
        parse_response(&packet[..length], Family::of(from.ip())).unwrap()
    }

    fn connect(&self) -> u64 {
        self.send(&Request::Connect { transaction: 1 });
        let (1, Response::Connect { connection }) = self.hear() else { panic!("no connect") };
        connection
    }

    fn announce(&self, connection: u64, port: u16, left: u64) -> Answer {
        self.send(&announce(connection, 2, port, left));
        let (2, Response::Announce(answer)) = self.hear() else { panic!("no announce") };
        answer
    }
}

fn announce(connection: u64, transaction: u32, port: u16, left: u64) -> Request {
    let announce = Announce {
        info_hash: HASH,
        peer_id: PeerId(*b"-XX0000-bbbbbbbbbbbb"),
        port,
        uploaded: 0,
        downloaded: 0,
        left,
        event: Event::Started,
        numwant: None,
        compact: true,
        no_peer_id: true,
        key: Some(7),
        tracker_id: None,
        ip: None,
    };
    Request::Announce { connection, transaction, announce, url_data: b"/announce".to_vec() }
}

fn peers(answer: &Answer) -> Vec<SocketAddr> {
    answer.peers.iter().map(|peer| peer.address).collect()
}

fn has_ipv6() -> bool {
    let has = TcpListener::bind("[::1]:0").is_ok();
    if !has {
        eprintln!("without IPv6: this machine has none");
    }
    has
}

#[test]
fn http_and_udp_are_one_swarm_on_one_port() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    assert_eq!(tracker.http, tracker.udp);
    for host in ["127.0.0.1", "::1"] {
        if host == "::1" && !has_ipv6() {
            continue;
        }
        let ip: IpAddr = host.parse().unwrap();
        let asker = Asker::of(&tracker, host);
        let connection = asker.connect();
        assert_eq!(peers(&asker.announce(connection, 258, 0)), []);
        let second = asker.announce(connection, 772, 1);
        assert_eq!(peers(&second), [SocketAddr::new(ip, 258)]);
        let who = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-XX0000-cccccccccccc";
        let body = tracker.get(host, &format!("/announce?{who}&port=9&left=0&event=completed"));
        let has = |bytes: &[u8]| body.windows(bytes.len()).any(|part| part == bytes);
        assert!(has(b"\x03\x04"), "{}", body.escape_ascii());
        let third = asker.announce(connection, 1286, 1);
        let mut told = peers(&third);
        told.sort();
        assert_eq!(told, [9, 258, 772].map(|port| SocketAddr::new(ip, port)));
        asker.send(&Request::Scrape {
            connection,
            transaction: 3,
            hashes: vec![InfoHash([0; 20]), HASH],
        });
        let (3, Response::Scrape(counts)) = asker.hear() else { panic!("no scrape") };
        let first = if ip.is_ipv4() { 1 } else { 2 };
        let counts: Vec<_> =
            counts.iter().map(|c| (c.complete, c.incomplete, c.downloaded)).collect();
        assert_eq!(counts, [(0, 0, 0), (2 * first, 2 * first, first)]);
    }
    assert_eq!(tracker.end().status, 0);
}

#[test]
fn bytes_are_counted_as_those_of_http_are() {
    let bt = Bt::new();
    // The one thread ends with a packet before it looks at the next request.
    let tracker = Tracker::start(&bt, &["--threads", "1"]);
    let asker = Asker::of(&tracker, "127.0.0.1");
    asker.connect();
    asker.connect();
    let stats = tracker.get("127.0.0.1", "/stats.json");
    let stats: serde_json::Value = serde_json::from_slice(&stats).unwrap();
    let udp = &stats["protocols"]["udp"];
    assert_eq!((&udp["received_bytes"], &udp["sent_bytes"]), (&32.into(), &32.into()), "{stats}");
    assert_eq!(tracker.end().status, 0);
}

#[test]
fn a_key_is_in_the_url_of_an_announce_and_no_scrape_has_one() {
    let bt = Bt::new();
    bt.write("keys", "secretkey1\n");
    let tracker = Tracker::start(&bt, &["--keys", "keys", "--bind", "127.0.0.1"]);
    let asker = Asker::of(&tracker, "127.0.0.1");
    let connection = asker.connect();
    let announce = |url: &str| {
        let Request::Announce { announce, .. } = announce(connection, 2, 1, 0) else {
            panic!("no announce")
        };
        let url_data = url.as_bytes().to_vec();
        asker.send(&Request::Announce { connection, transaction: 2, announce, url_data });
        asker.hear().1
    };
    assert!(matches!(announce("/secretkey1/announce"), Response::Announce(_)));
    let Response::Error(words) = announce("/secretkey2/announce") else { panic!("taken") };
    assert!(words.contains("unknown or has expired"), "{words}");
    let Response::Error(words) = announce("/announce") else { panic!("taken") };
    assert_eq!(words, "this tracker is private: the URL needs a key");
    asker.send(&Request::Scrape { connection, transaction: 3, hashes: vec![HASH] });
    let (3, Response::Error(words)) = asker.hear() else { panic!("told") };
    assert_eq!(words, "this tracker is private: scrape by HTTP with a key");
}

#[test]
fn a_partial_seed_is_one_over_either_way_and_after_a_restart() {
    let bt = Bt::new();
    let flags = ["--dfile", "dstate", "--bind", "127.0.0.1"];
    let tracker = Tracker::start(&bt, &flags);
    let who = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-XX0000-cccccccccccc";
    let tell = |tracker: &Tracker, rest: &str| {
        tracker.get("127.0.0.1", &format!("/announce?{who}&{rest}"))
    };
    tell(&tracker, "port=1&left=5&event=started");
    tell(&tracker, "port=2&left=0&event=started");
    tell(&tracker, "port=3&left=5&event=paused");
    let asker = Asker::of(&tracker, "127.0.0.1");
    let connection = asker.connect();
    let Request::Announce { transaction, mut announce, url_data, .. } =
        announce(connection, 2, 4, 5)
    else {
        panic!("no announce")
    };
    announce.event = Event::Paused;
    asker.send(&Request::Announce { connection, transaction, announce, url_data });
    let (2, Response::Announce(answer)) = asker.hear() else { panic!("no announce") };
    assert_eq!(peers(&answer), ["127.0.0.1:1".parse().unwrap()], "a leecher alone is of use to it");
    let scrape = |tracker: &Tracker| {
        let body = tracker.get("127.0.0.1", "/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa");
        let counts = b"8:completei1e10:downloadedi0e11:downloadersi1e10:incompletei3e";
        assert!(body.windows(counts.len()).any(|part| part == counts), "{}", body.escape_ascii());
    };
    scrape(&tracker);
    tracker.end();
    let tracker = Tracker::start(&bt, &flags);
    scrape(&tracker);
    let body = tell(&tracker, "port=2&left=0");
    assert!(body.ends_with(b"5:peers6:\x7f\0\0\x01\0\x01e"), "{}", body.escape_ascii());
    tracker.end();
    let out = bt.args(["track", "dump", "--peers", "dstate"]).run();
    let swarm = out.json();
    assert_eq!((&swarm["downloaders"], &swarm["incomplete"]), (&1.into(), &3.into()), "{out}");
    let partial = swarm["peers"].as_array().unwrap().iter();
    assert_eq!(partial.filter(|peer| peer["partial_seed"] == true).count(), 2, "{out}");
}

#[test]
fn an_id_that_was_not_given_is_passed_over_in_silence() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--bind", "127.0.0.1"]);
    let asker = Asker::of(&tracker, "127.0.0.1");
    let connection = asker.connect();
    asker.send(&announce(connection ^ 1, 8, 1, 0));
    asker.socket.send_to(b"garbage", asker.tracker).unwrap();
    asker.socket.send_to(b"", asker.tracker).unwrap();
    // Packets of one socket come in their order: the first answer is to the last of them.
    asker.send(&announce(connection, 9, 2, 0));
    let (9, Response::Announce(answer)) = asker.hear() else { panic!("another answer") };
    assert_eq!((answer.complete, answer.incomplete), (Some(1), Some(0)));
}

#[test]
fn the_answer_leaves_from_the_address_that_was_asked() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    for host in ["127.0.0.1", "127.0.0.2", "127.1.2.3"] {
        let asker = Asker::of(&tracker, host);
        asker.announce(asker.connect(), 1, 0);
    }
    let tracker = Tracker::start(&bt, &["--bind", "127.0.0.2", "--bind", "127.0.0.3"]);
    for host in ["127.0.0.2", "127.0.0.3"] {
        let asker = Asker::of(&tracker, host);
        asker.announce(asker.connect(), 1, 0);
        assert!(tracker.get(host, "/").starts_with(b"<!DOCTYPE html>"));
    }
    if has_ipv6() {
        // One socket for both stacks.
        let tracker = Tracker::start(&bt, &["--bind", "::"]);
        for host in ["::1", "127.0.0.2"] {
            let asker = Asker::of(&tracker, host);
            let answer = asker.announce(asker.connect(), 5, 0);
            assert_eq!(answer.complete, Some(if host == "::1" { 1 } else { 2 }));
        }
    }
}

#[test]
fn a_port_that_is_taken_is_one_clear_line_by_udp_too() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let port = tracker.http.to_string();
    let out = bt.args(["track", "--port", &port]).run();
    out.fails(5, &format!("bt track: --port {port}: Address already in use\n"));
    let out = bt.args(["track", "--port", "0", "--udp-port", &port]).run();
    out.fails(5, &format!("bt track: --udp-port {port}: Address already in use\n"));
    // A port of UDP that is taken here may be one of TCP that another test has: then the next one.
    let (beside, out) = (0..20)
        .find_map(|_| {
            let udp = UdpSocket::bind("0.0.0.0:0").unwrap();
            let port = udp.local_addr().unwrap().port();
            let out = bt.args(["track", "--port", &port.to_string()]).run();
            let by_tcp = format!("bt track: --port {port}: ");
            (!out.stderr.starts_with(&by_tcp)).then_some((port, out))
        })
        .unwrap();
    out.fails(5, &format!("bt track: UDP at --port {beside}: Address already in use\n"));
    let out =
        bt.args(["track", "--port", "0", "--metrics-listen", &format!("127.0.0.1:{port}")]).run();
    out.fails(5, &format!("bt track: --metrics-listen 127.0.0.1:{port}: Address already in use\n"));
    // An address that is asked for is named.
    let out = bt.args(["track", "--port", &port, "--bind", "127.0.0.1"]).run();
    out.fails(5, &format!("bt track: --port {port} at 127.0.0.1: Address already in use\n"));
    let out = bt.args(["track", "--port", "0", "--bind", "192.0.2.1"]).run();
    out.fails(5, "bt track: --bind 192.0.2.1: Cannot assign requested address\n");
    let out = bt.shell("ulimit -n 64; exec bt track --port 0 --threads 100").run();
    out.fails(5, "bt track: --threads 100: Too many open files\n");
    assert_eq!(tracker.end().status, 0);
}

#[test]
fn udp_has_a_port_of_its_own_or_none() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--bind", "127.0.0.1", "--udp-port", "0"]);
    assert_ne!(tracker.udp, 0);
    let asker = Asker::of(&tracker, "127.0.0.1");
    asker.announce(asker.connect(), 1, 0);
    let tracker = Tracker::start(&bt, &["--no-udp", "--bind", "127.0.0.1"]);
    assert_eq!(tracker.udp, 0, "it tells of none");
    let taken = UdpSocket::bind(("127.0.0.1", tracker.http));
    assert!(taken.is_ok(), "{taken:?}");
}

#[test]
fn what_has_come_in_is_answered_at_the_end() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--bind", "127.0.0.1", "--dfile", "dstate"]);
    let asker = Asker::of(&tracker, "127.0.0.1");
    let connection = asker.connect();
    for port in 1..=150 {
        asker.send(&announce(connection, port, 1000 + port as u16, 1));
    }
    assert_eq!(tracker.end().status, 0);
    for port in 1..=150 {
        let (transaction, Response::Announce(_)) = asker.hear() else { panic!("no announce") };
        assert_eq!(transaction, port);
    }
}
