//! What comes to `bt track` from those who mean it no good, or know no better: how it is answered,
//! counted and logged, and that no key is told on the way.

use crate::harness::{Bt, DEADLINE, Output, Running, have};
use crate::track_http::{answer, certificate};
use bt::tracker::udp::{Family, Request, Response, parse_response, request};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

const WHO: &str = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-XX0000-bbbbbbbbbbbb&left=1";

struct Tracker {
    running: Running,
    port: u16,
}

impl Tracker {
    /// One thread, so that what was done before a request is counted when it is answered.
    fn start(bt: &Bt, args: &[&str]) -> Self {
        let fixed = ["track", "--port", "0", "--bind", "127.0.0.1", "--threads", "1"];
        let mut running = bt.args(fixed).args(args).spawn();
        let line = running.stderr_line("listening on");
        let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        Self { port: port.parse().unwrap(), running }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// All that is answered to these bytes until the connection is closed.
    fn all(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, target: &str) -> String {
        self.all(format!("GET {target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"))
    }

    /// The sample of the metrics that begins so.
    fn metric(&self, start: &str) -> Option<f64> {
        let metrics = self.get("/metrics");
        let line = metrics.lines().find(|line| line.starts_with(start))?;
        line.rsplit_once(' ').unwrap().1.parse().ok()
    }

    /// How many requests that were none came to this.
    fn counted(&self, outcome: &str) -> f64 {
        let labels = "protocol=\"http\",family=\"ipv4\",action=\"other\"";
        let name = format!("bt_tracker_requests_total{{{labels},outcome=\"{outcome}\"}}");
        self.metric(&name).unwrap_or(0.0)
    }

    fn end(self) -> Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }
}

fn udp(tracker: &Tracker) -> impl Fn(&[u8]) -> Response + use<> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.connect(("127.0.0.1", tracker.port)).unwrap();
    move |packet| {
        socket.send(packet).unwrap();
        let mut answer = [0; 2048];
        let length = socket.recv(&mut answer).unwrap();
        parse_response(&answer[..length], Family::V4).unwrap().1
    }
}

/// An announce of port 6881 over UDP, whose URL has this path and query.
fn announce_by_udp(ask: &impl Fn(&[u8]) -> Response, url: &str) -> Response {
    let connect = ask(&request(&Request::Connect { transaction: 1 }));
    let Response::Connect { connection } = connect else { panic!("{connect:?}") };
    let announce =
        bt::tracker::http::parse_announce(format!("{WHO}&port=6881").as_bytes()).unwrap();
    let url_data = url.as_bytes().to_vec();
    ask(&request(&Request::Announce { connection, transaction: 2, announce, url_data }))
}

#[test]
fn nothing_is_hidden_behind_a_blank_before_a_colon() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--trusted-proxy", "127.0.0.1"]);
    let hidden = format!(
        "GET /announce?{WHO}&port=6 HTTP/1.1\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n"
    );
    for line in [format!("/announce?{WHO}&port=1"), "/".to_owned(), "/missing".to_owned()] {
        for field in [
            &format!("Content-Length : {}", hidden.len()),
            &format!("content-length\t: {}", hidden.len()),
            "Transfer-Encoding : chunked",
            "X-Forwarded-For : 1.2.3.4",
            " Content-Length: 3",
            "Content-Length: 3\r\n 0",
        ] {
            let outer = format!("GET {line} HTTP/1.1\r\nHost: t\r\n{field}\r\n\r\n{hidden}");
            let answer = tracker.all(&outer);
            assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{outer}{answer}");
            assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{outer}{answer}");
        }
    }
    assert!(tracker.get(&format!("/scrape?{WHO}")).ends_with("d5:filesdee"));
}

#[test]
fn garbage_is_answered_in_words_counted_and_logged() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--uri-size", "2KiB", "--head-size", "4KiB"]);
    for garbage in ["\0\x01garbage\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nno field\r\n\r\n"]
    {
        let answer = tracker.all(garbage);
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{garbage:?}: {answer}");
        assert!(answer.ends_with("\r\n\r\nThis is no request of HTTP.\n"), "{answer}");
    }
    // Behind a page it is read by another reader.
    let mut stream = tracker.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n").unwrap();
    assert!(answer(&mut stream).0.starts_with("http/1.1 200"));
    stream.write_all(b"\0\x01garbage\r\n\r\n").unwrap();
    let (head, body) = answer(&mut stream);
    assert!(head.starts_with("http/1.1 400") && head.contains("\r\nconnection: close"), "{head}");
    assert_eq!(body, b"This is no request of HTTP.\n");
    drop(stream);
    assert_eq!(tracker.counted("garbled"), 4.0);
    let uri = format!("GET /announce?{} HTTP/1.1\r\nHost: t\r\n\r\n", "x".repeat(3000));
    assert!(tracker.all(uri).starts_with("HTTP/1.1 414"));
    let long = format!("X: {}\r\n\r\n", "x".repeat(100_000));
    assert!(tracker.all(format!("GET /announce?x HTTP/1.1\r\n{long}")).starts_with("HTTP/1.1 431"));
    let answer = tracker.all(format!("GET / HTTP/1.1\r\n{long}"));
    assert!(answer.starts_with("HTTP/1.1 431") && answer.ends_with("too long.\n"), "{answer}");
    assert_eq!(tracker.counted("too_large"), 3.0);
    let log = tracker.end().text();
    for (end, many) in
        [("\"- - -\" 400 28", 4), ("\"GET - -\" 414 21", 1), ("\"GET - -\" 431 32", 2)]
    {
        assert_eq!(log.lines().filter(|line| line.ends_with(end)).count(), many, "{log}");
    }
}

#[test]
fn a_request_of_two_hosts_is_refused_whoever_reads_it() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    for (target, hosts) in [
        (format!("/announce?{WHO}&port=1"), "Host: a\r\nHost: b"),
        (format!("/announce?{WHO}&port=1"), "host: a\r\nHost: a"),
        ("/".into(), "Host: a\r\nX: y\r\nHost: b"),
    ] {
        let answer = tracker.all(format!("GET {target} HTTP/1.1\r\n{hosts}\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{hosts}: {answer}");
        assert!(answer.ends_with("\r\n\r\nMore than one Host.\n"), "{answer}");
    }
    assert_eq!(tracker.counted("garbled"), 3.0);
    let answer = tracker.all("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn each_end_that_the_tracker_makes_is_counted() {
    let bt = Bt::new();
    let slow = ["--socket-timeout", "1s", "--idle-timeout", "1s"];
    let tracker = Tracker::start(&bt, &slow);
    let mut half = tracker.connect();
    half.write_all(b"GET /announce?").unwrap();
    let mut page = tracker.connect();
    page.write_all(b"GET / HTTP/1.1\r\nHost: t").unwrap();
    for stream in [&mut half, &mut page] {
        assert_eq!(stream.read(&mut [0; 9]).unwrap_or(0), 0);
    }
    assert_eq!(tracker.counted("too_slow"), 2.0);
    tracker.end();

    let tracker = Tracker::start(&bt, &["--connections", "2"]);
    let mut held: Vec<TcpStream> = (0..3).map(|_| tracker.connect()).collect();
    for stream in &mut held {
        let port = stream.local_addr().unwrap().port();
        let head = format!("GET /announce?{WHO}&port={port} HTTP/1.1\r\nHost: t\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        assert!(answer(stream).0.starts_with("http/1.1 200"));
    }
    assert_eq!(held[0].read(&mut [0; 9]).unwrap_or(0), 0);
    // To be asked is a connection, too.
    assert!(tracker.counted("evicted") >= 1.0);
    tracker.end();

    let tracker = Tracker::start(&bt, &["--proxy-protocol", "--trusted-proxy", "127.0.0.1"]);
    assert_eq!(tracker.all("PROXY nonsense\r\n\r\n"), "");
    let local = b"PROXY UNKNOWN\r\n".to_vec();
    let metrics = [&local[..], b"GET /metrics HTTP/1.0\r\n\r\n"].concat();
    let metrics = tracker.all(metrics);
    assert!(metrics.contains("outcome=\"bad_proxy_header\"} 1\n"), "{metrics}");
}

#[test]
fn a_handshake_that_fails_is_counted() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "one");
    let tracker = Tracker::start(&bt, &["--tls-cert", "one.crt", "--tls-key", "one.key"]);
    tracker.all(b"\x16\x03\x01\x00\x05abcde");
    assert_eq!(tracker.counted("bad_handshake"), 1.0);
}

#[test]
fn who_takes_no_answer_is_not_answered_on() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--log-format", "json"]);
    let mut peers = tracker.connect();
    for port in 1..=200 {
        let head = format!("GET /announce?{WHO}&port={port} HTTP/1.1\r\nHost: t\r\n\r\n");
        peers.write_all(head.as_bytes()).unwrap();
        answer(&mut peers);
    }
    drop(peers);
    let mut greedy = tracker.connect();
    set_socket_recv_buffer_size(&greedy, 4096).unwrap();
    let asked = format!("GET /announce?{WHO}&port=300&compact=0&numwant=200 HTTP/1.1\r\n\r\n");
    let many = asked.repeat(20_000);
    // It is taken no more where the tracker reads no more.
    greedy.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let _ = greedy.write_all(many.as_bytes());
    let log = tracker.end().text();
    let of_greedy = log.lines().filter(|line| line.contains("port=300"));
    let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let bytes: u64 = of_greedy.map(|text| line(text)["bytes"].as_u64().unwrap()).sum();
    assert!((1..1 << 19).contains(&bytes), "{bytes} bytes wait for one who never reads");
}

#[test]
fn the_metrics_tell_no_part_of_a_key() {
    let bt = Bt::new();
    bt.write("keys", "secretkey1\nhiddenkey2 alice\n");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = free.local_addr().unwrap();
    drop(free);
    let at_once = ["--keys", "keys", "--stats", "all"];
    let apart = ["--keys", "keys", "--metrics-listen", &at.to_string()];
    for (args, is_apart) in [(at_once, false), (apart, true)] {
        let mut tracker = Tracker::start(&bt, &args);
        for key in ["secretkey1", "hiddenkey2"] {
            let taken = tracker.get(&format!("/{key}/announce?{WHO}&port=1"));
            assert!(taken.contains("8:complete"), "{taken}");
        }
        if is_apart {
            tracker.port = at.port();
        }
        let metrics = tracker.get("/metrics");
        assert!(metrics.contains("bt_tracker_requests_total"), "{metrics}");
        let told = metrics.matches("bt_tracker_key_announces_total{").count();
        assert_eq!(told, if is_apart { 2 } else { 0 }, "{metrics}");
        assert_eq!(metrics.contains("{key=\"alice\"} 1"), is_apart, "{metrics}");
        assert!(!metrics.contains("secr") && !metrics.contains("hidd"), "{metrics}");
    }
}

#[test]
fn no_log_of_a_private_tracker_shows_a_key() {
    let bt = Bt::new();
    let long = "0123456789abcdef0123456789abcdef01234567";
    bt.write("keys", format!("{long}\nsecretk8\n"));
    for format in ["common", "json"] {
        let tracker = Tracker::start(&bt, &["--keys", "keys", "--log-format", format]);
        for key in [long, "secretk8"] {
            for target in [
                format!("/{key}/announce?{WHO}&port=1"),
                format!("/{key}/anounce?x"),
                format!("/{key}"),
                format!("/{key}?x"),
                format!("/{key}%2fannounce?x"),
                format!("/{key}%2Fscrape"),
                format!("/announce/{key}"),
                format!("/x/{key}/y"),
                format!("//{key}/announce"),
            ] {
                tracker.get(&target);
            }
            let ask = udp(&tracker);
            announce_by_udp(&ask, &format!("/{key}/announce?x"));
        }
        for page in ["/stats", "/torrents/a%20b.torrent"] {
            tracker.get(page);
        }
        let log = tracker.end().text();
        assert_eq!(log.lines().count(), if format == "common" { 22 } else { 23 }, "{log}");
        assert!(!log.contains("secret") && !log.contains("0123456789"), "{log}");
        assert!(log.contains("/%E2%80%A6/anounce?x") && log.contains("/stats"), "{log}");
        assert!(log.contains("/torrents/a%20b.torrent"), "{log}");
    }
}

#[test]
fn time_and_bytes_are_counted_whichever_way_a_request_comes() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let ask = udp(&tracker);
    assert!(matches!(announce_by_udp(&ask, ""), Response::Announce(_)));
    let of = |name: &str| tracker.metric(&format!("bt_tracker_{name}{{protocol=\"udp\"}}"));
    assert_eq!(of("request_duration_seconds_count"), Some(2.0));
    assert!(of("request_duration_seconds_sum").unwrap() > 0.0);
    assert_eq!(of("received_bytes_total"), Some(16.0 + 98.0));
    assert_eq!(of("sent_bytes_total"), Some(16.0 + 20.0));

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = free.local_addr().unwrap();
    drop(free);
    let mut tracker = Tracker::start(&bt, &["--metrics-listen", &at.to_string()]);
    let page = "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    let told = tracker.all(page).len();
    // There nobody else is counted; what is written is counted once it is.
    tracker.port = at.port();
    let of = |name: &str| {
        let all = format!("bt_tracker_{name}_bytes_total{{protocol=\"http\"}}");
        tracker.metric(&all).unwrap()
    };
    let began = Instant::now();
    while (of("received"), of("sent")) != (page.len() as f64, told as f64) {
        assert!(began.elapsed() < DEADLINE, "{} {}", of("received"), of("sent"));
    }
}

#[test]
fn whoever_asks_for_a_head_alone_is_no_peer() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let head = tracker.all(format!("HEAD /announce?{WHO}&port=1 HTTP/1.0\r\n\r\n"));
    assert!(head.starts_with("HTTP/1.0 200") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(tracker.get(&format!("/scrape?{WHO}")).ends_with("d5:filesdee"));
    let log = tracker.end().text();
    assert!(log.contains("\"HEAD /announce?") && log.contains("HTTP/1.0\" 200 0\n"), "{log}");
}

#[test]
fn pages_are_under_the_rate_of_an_address() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--rate", "1/m,3"]);
    assert!(tracker.get("/").starts_with("HTTP/1.1 200"));
    assert!(tracker.get("/missing").starts_with("HTTP/1.1 404"));
    tracker.all("\0\x01garbage\r\n\r\n");
    for target in ["/", "/missing", "/torrents/a.torrent"] {
        let answer = tracker.get(target);
        assert!(answer.starts_with("HTTP/1.1 429"), "{target}: {answer}");
        assert!(
            answer.contains("retry-after: ") && answer.ends_with("your address.\n"),
            "{answer}"
        );
    }
    // A monitor is told how it goes.
    assert!(tracker.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(tracker.counted("too_fast") == 0.0);
    let pages = "bt_tracker_requests_total{protocol=\"http\",family=\"ipv4\",action=\"page\",\
        outcome=\"too_fast\"}";
    assert_eq!(tracker.metric(pages), Some(3.0));
}

#[test]
fn whatever_is_asked_for_is_under_the_rate_of_an_address() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--rate", "1/m,1", "--trusted-proxy", "127.0.0.1"]);
    // Askers are told apart by what a proxy says of them.
    let ask = |asker: &str, request: &str| {
        let headers = format!("Host: t\r\nX-Forwarded-For: {asker}\r\nConnection: close\r\n");
        tracker.all(format!("{request} HTTP/1.1\r\n{headers}\r\n"))
    };
    for (number, (request, first, later)) in [
        ("GET /announce?x=1", "400", "200"),
        ("GET /scrape?info_hash=x", "400", "200"),
        // By the other reader.
        ("GET http://t/announce?x=1", "400", "200"),
        ("HEAD /announce?x=1", "200", "429"),
        ("POST /announce", "405", "429"),
        ("OPTIONS /", "405", "429"),
        ("GET /metrics", "200", "429"),
        ("GET /healthz", "200", "429"),
    ]
    .into_iter()
    .enumerate()
    {
        let asker = format!("9.9.9.{number}");
        let (one, two) = (ask(&asker, request), ask(&asker, request));
        assert!(one.starts_with(&format!("HTTP/1.1 {first} ")), "{request}: {one}");
        assert!(two.starts_with(&format!("HTTP/1.1 {later} ")), "{request}: {two}");
        let refused = two.contains("too many requests from your address");
        assert!(refused || later != "200", "{request}: {two}");
    }
    // The operator's own monitors ask as often as they like.
    for _ in 0..3 {
        assert!(ask("10.0.0.9", "GET /metrics").starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn a_handshake_of_tls_is_under_the_rate_of_an_address() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "one");
    let flags = ["--tls-cert", "one.crt", "--tls-key", "one.key", "--rate", "1/m,2"];
    let tracker = Tracker::start(&bt, &flags);
    for _ in 0..5 {
        tracker.all(b"\x16\x03\x01\x00\x05abcde");
    }
    assert_eq!((tracker.counted("bad_handshake"), tracker.counted("too_fast")), (2.0, 3.0));
}

#[test]
fn announces_over_udp_are_logged() {
    let bt = Bt::new();
    for format in ["common", "json"] {
        let tracker = Tracker::start(&bt, &["--log-format", format]);
        let ask = udp(&tracker);
        assert!(matches!(announce_by_udp(&ask, "/announce"), Response::Announce(_)));
        let log = tracker.end().text();
        let target = "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=6881&left=1";
        let line = match format {
            "json" => format!(
                "\"method\":\"ANNOUNCE\",\"target\":\"{target}\",\"protocol\":\"UDP\",\
                 \"status\":200,\"bytes\":20"
            ),
            _ => format!("] \"ANNOUNCE {target} UDP\" 200 20\n"),
        };
        assert!(log.contains(&line), "{log}");
    }
}

#[test]
fn open_files_are_told_in_the_sandbox_too() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let before = tracker.metric("process_open_fds ").unwrap();
    let _more: Vec<TcpStream> = (0..9)
        .map(|_| {
            let mut stream = tracker.connect();
            stream.write_all(b"GET /stats.json HTTP/1.1\r\nHost: t\r\n\r\n").unwrap();
            answer(&mut stream);
            stream
        })
        .collect();
    assert_eq!(tracker.metric("process_open_fds "), Some(before + 9.0));
}

#[test]
fn bytes_that_are_not_escaped_are_read_whichever_reader_has_them() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let mut request =
        b"GET /announce?port=1&left=0&peer_id=-XX0000-bbbbbbbbbbbb&info_hash=".to_vec();
    request.extend([0xff; 20]);
    for more in ["", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 1.2.3.4\r\n"] {
        let rest = format!(" HTTP/1.1\r\nHost: t\r\n{more}Connection: close\r\n\r\n");
        let answer = tracker.all([&request, rest.as_bytes()].concat());
        assert!(answer.contains("d8:completei"), "{more}: {answer}");
    }
    let mut stream = tracker.connect();
    stream.write_all(&request).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0; 9]).unwrap_or(0), 0);
}
