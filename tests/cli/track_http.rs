//! `bt track` over HTTP: what clients send, one and many requests a connection, HTTPS, Unix sockets.

use crate::harness::{Bt, Output, Running, have};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{self, ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const WHO: &str = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-XX0000-bbbbbbbbbbbb&port=6881&left=1";
const ANSWER: &[u8] = b"d8:completei0e10:incompletei1e8:intervali1800e5:peers0:e";

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

    fn connect(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap()
    }

    /// All that is answered to these bytes until the connection is closed.
    fn all(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        rest(&mut stream)
    }

    fn end(self) -> Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }
}

/// What comes until the connection is closed, or reset.
fn rest(stream: &mut impl Read) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The next answer: its head in lower case, and its body.
pub(crate) fn answer(stream: &mut (impl Read + ?Sized)) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", head.escape_ascii());
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}

fn announce(more: &str) -> String {
    format!("GET /announce?{WHO} HTTP/1.1\r\nHost: t\r\n{more}\r\n")
}

#[test]
fn a_connection_is_kept_for_further_requests_of_any_kind() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--threads", "1"]);
    let mut stream = tracker.connect();
    for _ in 0..3 {
        stream.write_all(announce("").as_bytes()).unwrap();
        let (head, body) = answer(&mut stream);
        assert!(head.starts_with("http/1.1 200 ok\r\n") && !head.contains("connection"), "{head}");
        assert_eq!(body, ANSWER, "{}", body.escape_ascii());
    }
    // Several at once; one of them is a page, and all after it come from where pages come.
    let page = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
    let all = [&announce(""), &announce(""), page, &announce("")].concat();
    stream.write_all(all.as_bytes()).unwrap();
    assert_eq!(answer(&mut stream).1, ANSWER);
    assert_eq!(answer(&mut stream).1, ANSWER);
    assert!(answer(&mut stream).1.starts_with(b"<!DOCTYPE html>"));
    assert_eq!(answer(&mut stream).1, ANSWER);
    stream.write_all(announce("Connection: close\r\n").as_bytes()).unwrap();
    let (head, body) = answer(&mut stream);
    assert!(head.contains("connection: close\r\n"), "{head}");
    assert_eq!((body, rest(&mut stream)), (ANSWER.to_vec(), String::new()));
    assert_eq!(tracker.end().text().lines().count(), 8);
}

#[test]
fn a_request_may_come_in_any_pieces() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let request = announce("Connection: close\r\n");
    let whole = tracker.all(&request);
    assert!(whole.as_bytes().ends_with(ANSWER) && whole.contains("Connection: close"), "{whole}");
    for at in [1, 4, 20, request.len() - 1] {
        let mut stream = tracker.connect();
        stream.set_nodelay(true).unwrap();
        let (first, second) = request.split_at(at);
        stream.write_all(first.as_bytes()).unwrap();
        // Another is answered meanwhile.
        assert_eq!(tracker.all(&request), whole);
        stream.write_all(second.as_bytes()).unwrap();
        assert_eq!(rest(&mut stream), whole);
    }
}

#[test]
fn what_clients_make_of_http_is_understood() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let ends = |request: &str| {
        let answer = tracker.all(request);
        assert!(answer.as_bytes().ends_with(ANSWER), "{request:?}: {answer}");
        answer
    };
    assert!(!ends(&format!("GET /announce?{WHO} HTTP/1.0\r\n\r\n")).contains("onnection"));
    // Bare line ends, an absolute URI, a field that is none, a double `?`, a key of no tracker.
    ends(&format!("GET /announce?{WHO} HTTP/1.0\nHost: t\n\n"));
    ends(&format!("GET http://t:80/announce?{WHO} HTTP/1.0\r\n\r\n"));
    ends(&format!("GET /announce?{WHO} HTTP/1.0\r\nUser Agent: x\r\n\r\n"));
    ends(&format!("GET /announce??mine=1?{WHO} HTTP/1.0\r\n\r\n"));
    ends(&format!("GET /K3y/announce?{WHO} HTTP/1.0\r\n\r\n"));
    // HTTP/1.1 without a Host, from clients that were written by hand.
    ends(&format!("GET /announce?{WHO} HTTP/1.1\r\nConnection: close\r\n\r\n"));
    let page = tracker.all("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    let raw = [
        b"GET /announce?".as_slice(),
        &WHO.as_bytes()[..10],
        &[0xff; 20],
        &WHO.as_bytes()[30..],
        b" HTTP/1.0\r\n\r\n",
    ]
    .concat();
    assert!(tracker.all(raw).as_bytes().ends_with(ANSWER));
    let mut kept = tracker.connect();
    let old = format!("GET /announce?{WHO} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    for _ in 0..2 {
        kept.write_all(old.as_bytes()).unwrap();
        let (head, body) = answer(&mut kept);
        assert!(head.contains("connection: keep-alive") && body == ANSWER, "{head}");
    }
    let head = tracker.all(format!("HEAD /announce?{WHO} HTTP/1.0\r\n\r\n"));
    assert!(head.starts_with("HTTP/1.0 200") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(tracker.all("\x16\x03\x01 no handshake\r\n\r\n").starts_with("HTTP/1.1 400"));
}

#[test]
fn what_is_too_long_is_refused_by_its_own_status() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--uri-size", "2KiB", "--head-size", "4KiB"]);
    let uri = format!("GET /announce?{} HTTP/1.1\r\nHost: t\r\n\r\n", "x".repeat(3000));
    assert!(tracker.all(&uri).starts_with("HTTP/1.1 414 "));
    let head = announce(&format!("X: {}\r\n", "x".repeat(1_000_000)));
    assert!(tracker.all(&head).starts_with("HTTP/1.1 431 "));
    let head = announce(&format!("X: {}\r\nConnection: close\r\n", "x".repeat(3000)));
    assert!(tracker.all(&head).as_bytes().ends_with(ANSWER));
}

#[test]
fn the_longest_idle_makes_way_and_the_silent_are_sent_off() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--threads", "1", "--connections", "2"]);
    let mut idle: Vec<TcpStream> = (0..2).map(|_| tracker.connect()).collect();
    for stream in &mut idle {
        stream.write_all(announce("").as_bytes()).unwrap();
        assert_eq!(answer(stream).1, ANSWER);
    }
    // One that closes is held by nobody, and takes nobody's place.
    assert!(tracker.all(announce("Connection: close\r\n")).as_bytes().ends_with(ANSWER));
    let mut third = tracker.connect();
    third.write_all(announce("").as_bytes()).unwrap();
    assert_eq!(answer(&mut third).1, ANSWER);
    assert_eq!(rest(&mut idle[0]), "");
    idle[1].write_all(announce("").as_bytes()).unwrap();
    assert_eq!(answer(&mut idle[1]).1, ANSWER);

    let tracker =
        Tracker::start(&bt, &["--socket-timeout", "1s", "--idle-timeout", "1s", "--threads", "1"]);
    let mut silent = tracker.connect();
    let mut slow = tracker.connect();
    slow.write_all(b"GET /announce?").unwrap();
    let mut idle = tracker.connect();
    idle.write_all(announce("").as_bytes()).unwrap();
    assert_eq!(answer(&mut idle).1, ANSWER);
    for stream in [&mut silent, &mut slow, &mut idle] {
        assert_eq!(rest(stream), "");
    }
}

#[test]
fn a_bound_of_no_connections_is_none() {
    let bt = Bt::new();
    for bounds in [&["--connections", "0"][..], &["--connections-per-address", "0"]] {
        let tracker = Tracker::start(&bt, &[&["--threads", "1"], bounds].concat());
        let mut held: Vec<TcpStream> = (0..3).map(|_| tracker.connect()).collect();
        // Each stays, while the others come.
        for _ in 0..2 {
            for stream in &mut held {
                stream.write_all(announce("").as_bytes()).unwrap();
                assert_eq!(answer(stream).1, ANSWER);
            }
        }
    }
}

#[test]
fn long_answers_are_compressed_where_that_is_asked_for() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--log-format", "none"]);
    let hashes: Vec<String> = (0..40).map(|n| format!("{n:020}")).collect();
    let mut stream = tracker.connect();
    for hash in &hashes {
        let request = announce("").replace(&"a".repeat(20), hash);
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(answer(&mut stream).1, ANSWER);
    }
    let query = hashes.iter().map(|hash| format!("info_hash={hash}&")).collect::<String>();
    let mut scrape = |path: &str, more: &str| {
        let request = format!("GET {path}?{query} HTTP/1.1\r\nHost: t\r\n{more}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        answer(&mut stream)
    };
    let (head, plain) = scrape("/scrape", "");
    assert!(!head.contains("content-encoding") && plain.starts_with(b"d5:filesd20:"), "{head}");
    let unzip = |bytes: &[u8]| {
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
        out
    };
    let gzip = "Accept-Encoding: deflate, gzip\r\n";
    // The second, with a field that comes twice, is read by the whole server.
    for more in [gzip, &format!("{gzip}Connection: keep-alive\r\nConnection: keep-alive\r\n")] {
        let (head, zipped) = scrape("/scrape", more);
        assert!(head.contains("content-encoding: gzip\r\n") && head.contains("vary: "), "{head}");
        assert!(zipped.len() < plain.len() / 2);
        assert_eq!(unzip(&zipped), plain);
    }
    let (head, page) = scrape("/", gzip);
    assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
    assert!(unzip(&page).starts_with(b"<!DOCTYPE html>"));
    let small = announce(&format!("{gzip}Connection: close\r\n"));
    assert!(tracker.all(small).as_bytes().ends_with(ANSWER));
}

#[test]
fn a_unix_socket_is_served_and_leaves_nothing_behind() {
    let bt = Bt::new();
    // A socket that nobody listens at any more.
    drop(UnixListener::bind(bt.path("sock")).unwrap());
    let tracker = Tracker::start(&bt, &["--unix", "sock", "--proxy-protocol", "--threads", "1"]);
    let mut stream = UnixStream::connect(bt.path("sock")).unwrap();
    let preface = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\0\x09\0\x50";
    stream.write_all(&preface[..20]).unwrap();
    stream.write_all(&preface[20..]).unwrap();
    stream.write_all(announce("").as_bytes()).unwrap();
    let (_, body) = answer(&mut stream);
    assert!(body.starts_with(b"d8:completei0e11:external ip4:\x01\x02\x03\x04"));
    // Who is no proxy begins as ever.
    assert!(tracker.all(announce("Connection: close\r\n")).contains("5:peers6:\x01\x02\x03\x04"));
    // Somebody listens there.
    let out = bt.args(["track", "--port", "0", "--unix", "sock"]).run();
    out.fails(4, "bt track: sock: Address already in use\n");
    let out = tracker.end();
    // Each worker writes its lines when it likes.
    assert!(out.text().lines().any(|line| line.starts_with("1.2.3.4 - - [")), "{out}");
    assert!(!bt.path("sock").exists());
    bt.write("file", "mine");
    let out = bt.args(["track", "--port", "0", "--unix", "file"]).run();
    assert_eq!((out.status, bt.read("file")), (4, b"mine".to_vec()), "{out}");
}

#[test]
fn what_is_under_way_is_answered_at_the_end() {
    let bt = Bt::new();
    // One worker: whoever is served sees the end at the same time as the others.
    let tracker = Tracker::start(&bt, &["--threads", "1"]);
    let request = announce("");
    let (first, second) = request.split_at(30);
    let mut half = tracker.connect();
    half.write_all(first.as_bytes()).unwrap();
    let mut idle = tracker.connect();
    idle.write_all(request.as_bytes()).unwrap();
    assert_eq!(answer(&mut idle).1, ANSWER);
    tracker.running.signal(Signal::TERM);
    assert_eq!(rest(&mut idle), "");
    half.write_all(second.as_bytes()).unwrap();
    let (head, body) = answer(&mut half);
    assert!(head.contains("connection: close\r\n") && body == ANSWER, "{head}");
    let out = tracker.running.wait();
    assert_eq!((out.status, out.text().lines().count()), (0, 2), "{out}");
}

/// A certificate for 127.0.0.1 and its key.
pub(crate) fn certificate(bt: &Bt, name: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", &format!("/CN={name}"), "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-days", "3650"])
        .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")])
        .current_dir(bt.dir())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A connection that trusts this certificate and no other.
pub(crate) fn secure(bt: &Bt, port: u16, name: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(bt.path(format!("{name}.crt"))).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = std::net::IpAddr::from(Ipv4Addr::LOCALHOST).into();
    let connection = ClientConnection::new(Arc::new(config), server).unwrap();
    StreamOwned::new(connection, TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap())
}

#[test]
fn https_is_served_at_the_same_port_or_at_one_of_its_own() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "one");
    let tls = ["--tls-cert", "one.crt", "--tls-key", "one.key"];
    std::fs::create_dir(bt.path("torrents")).unwrap();
    let tracker = Tracker::start(&bt, &[&tls[..], &["--torrents", "torrents"]].concat());
    let mut stream = secure(&bt, tracker.port, "one");
    // What is linked has the scheme by which it was asked for.
    stream.write_all(b"GET /feed.xml HTTP/1.1\r\nHost: t.example\r\n\r\n").unwrap();
    let (_, feed) = answer(&mut stream);
    let feed = String::from_utf8(feed).unwrap();
    assert!(feed.contains("<link>https://t.example/</link>"), "{feed}");
    let plain =
        tracker.all("GET /feed.xml HTTP/1.1\r\nHost: t.example\r\nConnection: close\r\n\r\n");
    assert!(plain.contains("<link>http://t.example/</link>"), "{plain}");
    for _ in 0..2 {
        stream.write_all(announce("").as_bytes()).unwrap();
        assert_eq!(answer(&mut stream).1, ANSWER);
    }
    stream.write_all(b"GET /missing HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n").unwrap();
    assert!(rest(&mut stream).starts_with("HTTP/1.1 404"));
    assert!(tracker.all(announce("Connection: close\r\n")).as_bytes().ends_with(ANSWER));
    tracker.end();

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let own = free.to_string();
    let apart = [&tls[..], &["--tls-port", &own, "--bind", "127.0.0.1"]].concat();
    let _tracker = Tracker::start(&bt, &apart);
    let mut stream = secure(&bt, free, "one");
    stream.write_all(announce("").as_bytes()).unwrap();
    assert_eq!(answer(&mut stream).1, ANSWER);
    let mut plain = TcpStream::connect((Ipv4Addr::LOCALHOST, free)).unwrap();
    plain.write_all(announce("").as_bytes()).unwrap();
    assert!(rest(&mut plain).ends_with("This port speaks HTTPS.\n"));

    certificate(&bt, "two");
    let out =
        bt.args(["track", "--port", "0", "--tls-cert", "one.crt", "--tls-key", "two.key"]).run();
    assert_eq!(out.status, 3, "{out}");
    assert!(out.stderr.starts_with("bt track: two.key: "), "{out}");
    let out =
        bt.args(["track", "--port", "0", "--tls-cert", "one.key", "--tls-key", "one.key"]).run();
    assert!(out.stderr.starts_with("bt track: one.key: no certificate in it\n"), "{out}");
    let out = bt.args(["track", "--port", "0", "--tls-cert", "no", "--tls-key", "one.key"]).run();
    out.fails(4, "bt track: no: No such file or directory\n");
}

#[test]
fn the_certificate_is_read_again_on_sighup_and_a_bad_one_is_not_taken() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "one");
    certificate(&bt, "two");
    bt.write("crt", bt.read("one.crt"));
    bt.write("key", bt.read("one.key"));
    let mut tracker = Tracker::start(&bt, &["--tls-cert", "crt", "--tls-key", "key"]);
    let trusts = |port, name| {
        let mut stream = secure(&bt, port, name);
        let sent = stream.write_all(announce("").as_bytes());
        sent.is_ok_and(|()| answer(&mut stream).1 == ANSWER)
    };
    assert!(trusts(tracker.port, "one"));
    bt.write("crt", bt.read("two.crt"));
    tracker.running.signal(Signal::HUP);
    let line = tracker.running.stderr_line("the old certificate stays");
    assert!(line.starts_with("bt track: warning: certificate: "), "{line}");
    assert!(trusts(tracker.port, "one"));
    bt.write("key", bt.read("two.key"));
    tracker.running.signal(Signal::HUP);
    let end = std::time::Instant::now() + crate::harness::DEADLINE;
    while !trusts(tracker.port, "two") {
        assert!(std::time::Instant::now() < end);
    }
    assert!(!trusts(tracker.port, "one"));
    tracker.running.stderr_line("certificate: good again, and taken");
    // And without a signal, also where other files take their names; a bad pair costs one line.
    let replace = |name: &str, by: Vec<u8>| {
        bt.write("next", by);
        std::fs::rename(bt.path("next"), bt.path(name)).unwrap();
    };
    replace("key", b"nonsense".to_vec());
    let line = tracker.running.stderr_line("certificate: ");
    assert!(line.ends_with("key: no private key in it; the old certificate stays"), "{line}");
    assert!(trusts(tracker.port, "two"));
    replace("key", bt.read("one.key"));
    replace("crt", bt.read("one.crt"));
    while !trusts(tracker.port, "one") {
        assert!(std::time::Instant::now() < end);
    }
}

#[test]
fn a_proxy_that_is_trusted_says_whom_it_speaks_for() {
    let bt = Bt::new();
    let args = ["--unix", "sock", "--trusted-proxy", "127.0.0.0/8"];
    let tracker = Tracker::start(&bt, &args);
    let hops = "X-Forwarded-For: 9.9.9.9, 1.2.3.4, 127.0.0.9\r\n";
    let mut unix = UnixStream::connect(bt.path("sock")).unwrap();
    // A field that comes twice is for the whole server.
    let odd = format!("X-Forwarded-For: 9.9.9.9\r\n{}", hops.replace("9.9.9.9, ", ""));
    for fields in [hops, &odd] {
        let mut tcp = tracker.connect();
        for stream in [&mut tcp as &mut dyn Stream, &mut unix] {
            stream.write_all(announce(fields).as_bytes()).unwrap();
            let (_, body) = answer(stream);
            let own = b"external ip4:\x01\x02\x03\x04";
            assert!(body.windows(own.len()).any(|part| part == own), "{}", body.escape_ascii());
        }
    }
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

#[test]
fn each_door_is_named_by_what_it_speaks() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "one");
    let tls =
        ["--bind", "127.0.0.1", "--websocket", "--tls-cert", "one.crt", "--tls-key", "one.key"];
    let start = |more: &[&str]| {
        let mut running = bt.args(["track", "--port", "0", "--json"]).args(tls).args(more).spawn();
        let line = running.stderr_line("listening on");
        let event: serde_json::Value =
            serde_json::from_str(&running.stdout_line("listening")).unwrap();
        running.signal(Signal::TERM);
        assert_eq!(running.wait().status, 0);
        (line, event)
    };
    let (line, event) = start(&[]);
    let port = event["port"].as_u64().unwrap();
    let at = |scheme: &str, port: u64| format!("{scheme}://127.0.0.1:{port}/announce");
    let all = ["http", "https", "udp", "ws", "wss"].map(|scheme| at(scheme, port));
    let [first @ .., last] = &all;
    assert_eq!(line, format!("bt track: listening on {} and {last}", first.join(", ")));
    let names = ["announce", "https", "udp", "websocket", "wss"];
    assert!(names.iter().zip(&all).all(|(name, at)| event[name] == **at), "{event}");
    // Doors of their own.
    let more =
        ["--tls-port", "0", "--unix", "so\"ck", "--metrics-listen", "127.0.0.1:0", "--no-udp"];
    let (line, event) = start(&more);
    let text = |name: &str| event[name].as_str().unwrap().to_owned();
    let own = text("https").rsplit_once("/announce").unwrap().0.rsplit_once(':').unwrap().1.parse();
    let own: u64 = own.unwrap();
    assert_ne!(own, event["port"].as_u64().unwrap());
    let port = event["port"].as_u64().unwrap();
    let all = [at("http", port), at("https", own), at("ws", port), at("wss", own)].join(", ");
    let (unix, metrics) = (text("unix"), text("metrics"));
    assert!(unix.ends_with("so\"ck") && metrics.ends_with("/metrics"), "{event}");
    let end = format!("{all}, Unix socket {unix} and {metrics} for metrics");
    assert_eq!(line, format!("bt track: listening on {end}"));
    assert!(event.get("udp").is_none());
}
