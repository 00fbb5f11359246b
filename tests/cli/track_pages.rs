//! What people and monitors see of `bt track`: pages, torrent files, the feed, the metrics.

use crate::harness::{Bt, DEADLINE, Running};
use rustix::process::Signal;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

struct Tracker {
    running: Running,
    port: u16,
}

struct Answer {
    /// In lower case.
    head: String,
    body: String,
}

impl Answer {
    fn status(&self) -> &str {
        &self.head[9..12]
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl Tracker {
    fn start(bt: &Bt, args: &[&str]) -> Self {
        let fixed = ["track", "--port", "0", "--bind", "127.0.0.1", "--threads", "1"];
        let mut running = bt.args(fixed).args(args).spawn();
        let line = running.stderr_line("listening on");
        let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        Self { port: port.parse().unwrap(), running }
    }

    fn ask(&self, request: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!("{request} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        Answer {
            head: String::from_utf8(answer[..at].to_vec()).unwrap().to_lowercase(),
            body: String::from_utf8_lossy(&answer[at + 4..]).into_owned(),
        }
    }

    fn get(&self, target: &str) -> Answer {
        self.ask(&format!("GET {target}"), "Host: tracker.example:8080\r\n")
    }

    /// Asks until the answer is of this kind: folders are looked at every few seconds.
    fn until(&self, target: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get(target);
            if wanted(&answer) {
                return answer;
            }
            assert!(began.elapsed() < DEADLINE, "{target}: {}\n{}", answer.head, answer.body);
            std::thread::yield_now();
        }
    }

    fn announce(&self, hash: &str, left: &str) {
        let who = "peer_id=-XX0000-bbbbbbbbbbbb&port=6881";
        let answer = self.get(&format!("/announce?info_hash={hash}&{who}&left={left}"));
        assert_eq!(answer.status(), "200");
    }

    fn end(self) -> crate::harness::Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }
}

/// A torrent of 5 bytes with this name.
fn torrent(name: &str) -> Vec<u8> {
    let hash = "x".repeat(20);
    let length = name.len();
    format!("d4:infod6:lengthi5e4:name{length}:{name}12:piece lengthi16384e6:pieces20:{hash}ee")
        .into()
}

#[test]
fn links_have_the_scheme_that_the_asker_came_by() {
    let bt = Bt::new();
    bt.write("torrents/a.torrent", torrent("Alpha"));
    let links = |tracker: &Tracker, headers: &str, scheme: &str| {
        tracker.until("/", |page| page.body.contains("Alpha"));
        let headers = format!("Host: t.example\r\n{headers}");
        let page = tracker.ask("GET /", &headers).body;
        assert!(page.contains(&format!("tr={scheme}%3A%2F%2Ft.example%2Fannounce")), "{page}");
        let feed = tracker.ask("GET /feed.xml", &headers).body;
        assert!(feed.contains(&format!("{scheme}://t.example/torrents/")), "{feed}");
    };
    let tracker = Tracker::start(&bt, &["--torrents", "torrents"]);
    links(&tracker, "X-Forwarded-Proto: https\r\n", "http");
    let flags = ["--torrents", "torrents", "--trusted-proxy", "127.0.0.1"];
    let tracker = Tracker::start(&bt, &flags);
    links(&tracker, "X-Forwarded-Proto: https\r\n", "https");
    links(&tracker, "X-Forwarded-Proto: javascript\r\nForwarded: proto=https\r\n", "http");
    let forwarded = ["--proxy-header", "forwarded"];
    let tracker = Tracker::start(&bt, &[&flags[..], &forwarded].concat());
    links(&tracker, "Forwarded: for=1.2.3.4;proto=https\r\n", "https");
}

#[test]
fn the_index_shows_each_way_to_announce() {
    let bt = Bt::new();
    let shown = |flags: &[&str]| {
        let tracker = Tracker::start(&bt, flags);
        let body = tracker.get("/").body;
        let urls = body.split("Announce URL: <code>").skip(1);
        let urls: Vec<_> = urls.map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
        (urls.join(" "), tracker.port)
    };
    let http = "http://tracker.example:8080/announce";
    let (urls, port) = shown(&["--websocket"]);
    let udp = format!("udp://tracker.example:{port}/announce");
    assert_eq!(urls, format!("{http} {udp} ws://tracker.example:8080/announce"));
    assert_eq!(shown(&["--no-udp"]).0, http);
    let (urls, port) = shown(&["--public-url", "https://t.example/bt", "--websocket"]);
    let udp = format!("udp://t.example:{port}/announce");
    assert_eq!(urls, format!("https://t.example/bt/announce {udp} wss://t.example/bt/announce"));
}

#[test]
fn the_index_names_what_is_served_and_is_searched_and_sorted() {
    let bt = Bt::new();
    fs::create_dir(bt.path("torrents")).unwrap();
    bt.write("torrents/a & b.torrent", torrent("<b>Alpha\u{202e}"));
    bt.write("torrents/bad.torrent", "no torrent");
    let tracker = Tracker::start(&bt, &["--torrents", "torrents"]);
    tracker.announce("zzzzzzzzzzzzzzzzzzzz", "0");
    let page = tracker.until("/", |page| page.body.contains("Alpha"));
    assert_eq!(page.status(), "200");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for part in [
        "<bdi>&lt;b&gt;Alpha\u{fffd}</bdi>",
        "href=\"torrents/a%20%26%20b.torrent\"",
        "tr=http%3A%2F%2Ftracker.example%3A8080%2Fannounce",
        "<link rel=\"alternate\" type=\"application/rss+xml\"",
    ] {
        assert!(page.body.contains(part), "{part}\n{}", page.body);
    }
    let hash = "7a".repeat(20);
    let listed = tracker.until("/", |page| page.body.contains(&hash));
    assert!(listed.body.contains(&format!("<code>{hash}</code> (1/1)")), "{}", listed.body);
    let found = tracker.get("/?q=ALPHA&sort=-seeders");
    assert!(found.body.contains("Alpha") && !found.body.contains(&hash), "{}", found.body);
    let none = tracker.get("/?q=%3Cscript%3E");
    assert!(none.body.contains("&lt;script&gt;") && !none.body.contains("<script"));
    // A host that is none is not believed.
    let odd = tracker.ask("GET /", "Host: \"x\r\n");
    assert!(odd.status() == "400" || !odd.body.contains("tr="), "{}", odd.body);
    let packed = tracker.ask("GET /", "Host: t\r\nAccept-Encoding: gzip\r\n");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let out = tracker.end();
    assert!(out.status == 0 && out.stderr.contains("bad.torrent: "), "{out}");
}

#[test]
fn torrent_files_are_served_as_what_they_are_and_only_those() {
    let bt = Bt::new();
    fs::create_dir(bt.path("torrents")).unwrap();
    bt.write("secret.torrent", torrent("secret"));
    bt.write("torrents/one.torrent", torrent("one"));
    std::os::unix::fs::symlink("../secret.torrent", bt.path("torrents/link.torrent")).unwrap();
    let url = "https://t.example/bt";
    let tracker = Tracker::start(&bt, &["--torrents", "torrents", "--public-url", url]);
    let file = tracker.until("/torrents/one.torrent", |file| file.status() == "200");
    assert_eq!(file.body.as_bytes(), torrent("one"));
    assert_eq!(file.header("content-type"), Some("application/x-bittorrent"));
    assert!(file.header("content-disposition").unwrap().contains("filename=\"one.torrent\""));
    let tag = file.header("etag").unwrap();
    let known =
        tracker.ask("GET /torrents/one.torrent", &format!("Host: t\r\nIf-None-Match: {tag}\r\n"));
    assert_eq!((known.status(), &*known.body), ("304", ""));
    let date = file.header("last-modified").unwrap();
    let since = format!("Host: t\r\nIf-Modified-Since: {date}\r\n");
    assert_eq!(tracker.ask("GET /torrents/one.torrent", &since).status(), "304");
    let head = tracker.ask("HEAD /torrents/one.torrent", "Host: t\r\n");
    assert_eq!((head.status(), &*head.body), ("200", ""));
    assert_eq!(head.header("content-length"), file.header("content-length"));
    for other in [
        "/torrents/",
        "/torrents/link.torrent",
        "/torrents/../secret.torrent",
        "/torrents/..%2fsecret.torrent",
        "/torrents/%2e%2e/secret.torrent",
        "/torrents/one.torrent%00",
    ] {
        assert_eq!(tracker.get(other).status(), "404", "{other}");
    }

    let feed = tracker.get("/feed.xml");
    assert_eq!(feed.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    let enclosure = format!(
        "<enclosure url=\"{url}/torrents/one.torrent\" length=\"{}\" type=\"application/x-bittorrent\"/>",
        torrent("one").len()
    );
    assert!(feed.body.contains(&enclosure), "{}", feed.body);
    assert_eq!(elements(&feed.body), 1, "{}", feed.body);
    let tag = format!("Host: t\r\nIf-None-Match: {}\r\n", feed.header("etag").unwrap());
    // The tag came in lower case.
    assert_eq!(tracker.ask("GET /feed.xml", &tag.replace("w/", "W/")).status(), "304");

    // One that comes is noticed, and so is one that goes.
    bt.write("torrents/two.torrent", torrent("two"));
    fs::remove_file(bt.path("torrents/one.torrent")).unwrap();
    let feed = tracker.until("/feed.xml", |feed| feed.body.contains("two.torrent"));
    assert!(!feed.body.contains("one.torrent"), "{}", feed.body);
    assert_eq!(tracker.get("/torrents/one.torrent").status(), "404");
    assert_eq!(tracker.end().status, 0);
}

/// Follows the tags of an XML document to its end; the number of items in it.
fn elements(xml: &str) -> usize {
    let mut open = Vec::new();
    let mut items = 0;
    for tag in xml.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect(xml);
        assert!(!text.contains('>'), "{tag}");
        match tag.strip_prefix('/') {
            _ if tag.starts_with('?') || tag.ends_with('/') => {}
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None => open.push(tag.split(' ').next().unwrap()),
        }
        items += usize::from(tag == "item");
    }
    assert!(open.is_empty(), "{open:?}");
    items
}

#[test]
fn monitors_see_the_numbers_and_whether_all_is_well() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    tracker.announce("zzzzzzzzzzzzzzzzzzzz", "0");
    tracker.announce("zzzzzzzzzzzzzzzzzzzz", "1");
    let health = tracker.get("/healthz");
    assert_eq!((health.status(), health.body.starts_with("ok")), ("200", true), "{}", health.body);
    let metrics = tracker.until("/metrics", |metrics| {
        metrics.body.contains("action=\"announce\",outcome=\"answered\"} 2\n")
            && metrics.body.contains("bt_tracker_torrents 1\n")
    });
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let json = tracker.until("/stats.json", |json| json.body.contains("\"torrents\":1"));
    let stats: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(stats["protocols"]["http"]["announces"], 2);
    assert!(tracker.get("/stats").body.contains("<h1>Statistics</h1>"));
    let same = tracker.ask("GET /stats", "Host: t\r\nAccept: application/json\r\n");
    assert_eq!(same.header("content-type"), Some("application/json"));
    assert_eq!(tracker.end().status, 0);
}

#[test]
fn a_private_tracker_shows_nothing() {
    let bt = Bt::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = format!("127.0.0.1:{port}");
    let args = ["--index", "none", "--stats", "none", "--metrics-listen", &at];
    let tracker = Tracker::start(&bt, &args);
    tracker.announce("zzzzzzzzzzzzzzzzzzzz", "0");
    let page = tracker.get("/");
    assert_eq!(
        (page.status(), page.header("content-type")),
        ("200", Some("text/plain; charset=utf-8"))
    );
    assert!(page.body.starts_with("This is a BitTorrent tracker."), "{}", page.body);
    for other in ["/stats", "/stats.json", "/feed.xml", "/metrics", "/torrents/a.torrent"] {
        assert_eq!(tracker.get(other).status(), "404", "{other}");
    }
    let monitor = Tracker { port, running: tracker.running };
    assert!(monitor.get("/metrics").body.contains("\nbt_tracker_torrents 1\n"));
    assert_eq!(monitor.get("/healthz").status(), "200");
    assert_eq!(monitor.get("/").status(), "404");
    assert_eq!(monitor.end().status, 0);
    let out = bt.args(["track", "--port", "0", "--torrents", "no/such"]).run();
    out.fails(4, "bt track: no/such: No such file or directory\n");
}
