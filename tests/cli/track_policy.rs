//! Whom and what `bt track` serves: lists, keys, proxies, limits.

use crate::harness::{Bt, DEADLINE, Running};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

const SERVED: &str = "aaaaaaaaaaaaaaaaaaaa";
const SERVED_HEX: &str = "6161616161616161616161616161616161616161";
const OTHER: &str = "bbbbbbbbbbbbbbbbbbbb";
const NOT_SERVED: &str = "d14:failure reason26:torrent is not served here";

struct Tracker {
    running: Running,
    port: u16,
}

impl Tracker {
    fn start(bt: &Bt, args: &[&str]) -> Self {
        let fixed = ["track", "--port", "0", "--bind", "127.0.0.1", "--interval-jitter", "0"];
        let mut running = bt.args(fixed).args(args).spawn();
        let line = running.stderr_line("listening on");
        let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        Self { port: port.parse().unwrap(), running }
    }

    /// The body of the answer, as text.
    fn get(&self, target: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head =
            format!("GET {target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        String::from_utf8_lossy(&answer[at + 4..]).into_owned()
    }

    /// Announces a peer that listens at port 1.
    fn announce(&self, hash: &str) -> String {
        self.get(&announce("", hash, "1"), "")
    }

    /// Announces until the answer is of this kind: a file that changed is read before long.
    fn until(&self, hash: &str, wanted: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while !wanted(&self.announce(hash)) {
            assert!(began.elapsed() < DEADLINE, "{hash}");
            std::thread::yield_now();
        }
    }

    fn end(self) -> crate::harness::Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }
}

fn announce(key: &str, hash: &str, rest: &str) -> String {
    format!("{key}/announce?info_hash={hash}&peer_id=-XX0000-bbbbbbbbbbbb&left=1&port={rest}")
}

fn served(answer: &str) -> bool {
    answer.contains("8:interval")
}

fn refused(answer: &str) -> bool {
    answer.starts_with(NOT_SERVED)
}

#[test]
fn only_what_is_allowed_is_served_and_the_list_is_read_again() {
    let bt = Bt::new();
    let list = |hash: &str| hash.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    bt.write("allow", format!("# ours\n{}\n", list(SERVED)));
    let mut tracker = Tracker::start(&bt, &["--allow", "allow"]);
    assert!(served(&tracker.announce(SERVED)));
    assert!(refused(&tracker.announce(OTHER)), "{}", tracker.announce(OTHER));

    // An error in it: the old one stays, and a line says where.
    bt.write("allow", format!("{}\nnonsense\n", list(OTHER)));
    tracker.running.signal(Signal::HUP);
    let line = tracker.running.stderr_line("line 2");
    assert!(line.contains("lists: allow: line 2: an info-hash is"), "{line}");
    assert!(line.contains("the old list stays"), "{line}");
    assert!(served(&tracker.announce(SERVED)) && refused(&tracker.announce(OTHER)));

    bt.write("allow", format!("{}\n", list(OTHER)));
    tracker.running.signal(Signal::HUP);
    tracker.until(OTHER, served);
    assert!(refused(&tracker.announce(SERVED)), "also where it has peers");
    let scrape = tracker.get(&format!("/scrape?info_hash={SERVED}&info_hash={OTHER}"), "");
    assert!(scrape.contains(OTHER) && !scrape.contains(SERVED), "{scrape}");

    // And without a signal, also where the file is another one.
    bt.write("next", format!("{}\n{}\n", list(OTHER), list(SERVED)));
    std::fs::rename(bt.path("next"), bt.path("allow")).unwrap();
    tracker.until(SERVED, served);
    let out = tracker.end();
    assert_eq!(out.status, 0, "{out}");
}

#[test]
fn what_is_denied_may_be_a_folder_of_torrents() {
    let bt = Bt::new();
    bt.write("data/hybrid", vec![7; 100_000]);
    bt.write("data/plain", vec![8; 100_000]);
    let publish = |args: &[&str]| {
        let out = bt.args(["publish"]).args(args).arg("http://t/announce").run();
        assert_eq!(out.status, 0, "{out}");
    };
    std::fs::create_dir(bt.path("torrents")).unwrap();
    publish(&["data/hybrid", "--hybrid", "-o", "torrents/hybrid.torrent"]);
    publish(&["data/plain", "--v1", "-o", "torrents/plain.TORRENT"]);
    bt.write("torrents/notes.txt", "no torrent");
    let hashes = |torrent: &str| {
        let out = bt.args(["inspect", "--json", torrent]).run();
        let hashes = &out.json()["info_hash"];
        let escaped = |hash: &str| -> String {
            hash.as_bytes()[..40]
                .chunks(2)
                .map(|two| format!("%{}", str::from_utf8(two).unwrap()))
                .collect()
        };
        [&hashes["v1"], &hashes["v2"]]
            .into_iter()
            .filter_map(|hash| hash.as_str())
            .map(escaped)
            .collect::<Vec<_>>()
    };
    let hybrid = hashes("torrents/hybrid.torrent");
    let plain = hashes("torrents/plain.TORRENT");
    assert_eq!((hybrid.len(), plain.len()), (2, 1));
    let tracker = Tracker::start(&bt, &["--deny", "torrents"]);
    for hash in hybrid.iter().chain(&plain) {
        assert!(refused(&tracker.announce(hash)), "{hash}");
    }
    assert!(served(&tracker.announce(SERVED)));
    std::fs::remove_file(bt.path("torrents/plain.TORRENT")).unwrap();
    tracker.until(&plain[0], served);
    assert!(refused(&tracker.announce(&hybrid[0])));
}

#[test]
fn a_list_that_is_bad_from_the_start_is_one_clear_line() {
    let bt = Bt::new();
    bt.write("bad", "\n\nx\n");
    let out = bt.args(["track", "--port", "0", "--allow", "bad"]).run();
    let why = "line 3: an info-hash is 40 or 64 hex digits, or 32 letters of base32";
    out.fails(3, &format!("bt track: bad: {why}\n"));
    let out = bt.args(["track", "--port", "0", "--keys", "bad"]).run();
    let why = "line 3: a key is 8 to 64 letters, digits, - and _";
    out.fails(3, &format!("bt track: bad: {why}\n"));
    let out = bt.args(["track", "--port", "0", "--deny", "none"]).run();
    out.fails(4, "bt track: none: No such file or directory\n");
}

#[test]
fn a_private_tracker_takes_keys_and_no_log_shows_one() {
    let bt = Bt::new();
    bt.write("keys", "secretkey1 2999-12-31 alice\nsecretkey2 @1000000000 bob\n");
    for format in ["common", "json"] {
        let tracker = Tracker::start(&bt, &["--keys", "keys", "--log-format", format]);
        let with = |key: &str| tracker.get(&announce(key, SERVED, "1"), "");
        assert!(served(&with("/secretkey1")));
        assert!(with("").contains("the URL needs a key"));
        assert!(with("/secretkey2").contains("unknown or has expired"));
        assert!(with("/secretkey3").contains("unknown or has expired"));
        let scrape = tracker.get(&format!("/secretkey1/scrape?info_hash={SERVED}"), "");
        assert!(scrape.contains("10:incompletei1e"), "{scrape}");
        tracker.get("/secretkey1/announce/", "");
        tracker.get("/x/secretkey1/announce", "");
        let out = tracker.end();
        let log = out.text();
        assert!(!log.contains("secretkey"), "{log}");
        // The mask is no ASCII, and a log is.
        assert_eq!(log.matches("/%E2%80%A6/announce?info_hash=").count(), 3, "{log}");
        assert!(log.contains("GET") && log.contains("/%E2%80%A6/scrape?"), "{log}");
    }
}

#[test]
fn the_asker_is_whom_a_trusted_proxy_names() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--trusted-proxy", "127.0.0.0/8,10.0.0.0/8"]);
    let from = |port: &str, headers: &str| tracker.get(&announce("", SERVED, port), headers);
    let peers = |answer: &str| answer.rsplit_once("5:peers").unwrap().1.to_owned();
    from("258", "X-Forwarded-For: 9.9.9.9, 65.66.67.68\r\nForwarded: for=7.7.7.7\r\n");
    let answer =
        from("259", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 70.71.72.73, 10.0.0.9\r\n");
    assert_eq!(peers(&answer), "6:ABCD\u{1}\u{2}e", "{answer}");
    assert!(answer.contains("11:external ip4:FGHI"), "{answer}");
    assert!(
        tracker
            .end()
            .text()
            .lines()
            .all(|line| line.starts_with("65.66.67.68 - - [")
                || line.starts_with("70.71.72.73 - - ["))
    );

    // Nobody is believed who is not trusted.
    for flags in [&[][..], &["--trusted-proxy", "10.0.0.0/8"]] {
        let tracker = Tracker::start(&bt, flags);
        let headers = "X-Forwarded-For: 65.66.67.68\r\nForwarded: for=65.66.67.68\r\n";
        let answer = tracker.get(&announce("", SERVED, "1"), headers);
        // Nor is an address told that leads nowhere outside.
        assert!(!answer.contains("external ip"), "{answer}");
    }
    let tracker =
        Tracker::start(&bt, &["--trusted-proxy", "127.0.0.1", "--proxy-header", "forwarded"]);
    let headers = "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=\"65.66.67.68:9\";proto=https\r\n";
    let answer = tracker.get(&announce("", SERVED, "1"), headers);
    assert!(answer.contains("11:external ip4:ABCD"), "{answer}");
}

#[test]
fn an_address_is_held_to_its_rate_and_its_torrents() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--rate", "1/m,3", "--trusted-proxy", "127.0.0.1"]);
    for _ in 0..3 {
        assert!(served(&tracker.announce(SERVED)));
    }
    let answer = tracker.announce(SERVED);
    assert!(
        answer.starts_with("d14:failure reason35:too many requests from your address"),
        "{answer}"
    );
    let other = tracker.get(&announce("", SERVED, "1"), "X-Forwarded-For: 1.2.3.4\r\n");
    assert!(served(&other), "{other}");

    let tracker = Tracker::start(&bt, &["--torrents-per-address", "1"]);
    assert!(served(&tracker.announce(SERVED)) && served(&tracker.announce(SERVED)));
    let answer = tracker.announce(OTHER);
    assert!(answer.contains("too many torrents or peers at your address"), "{answer}");
    let out = bt.args(["track", "--rate", "5"]).run();
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn lists_of_nothing_are_warned_of() {
    let bt = Bt::new();
    bt.write("allow", SERVED_HEX);
    bt.write("keys", "secretkey1\n");
    let flags = ["--allow", "allow", "--keys", "keys"];
    let mut tracker = Tracker::start(&bt, &flags);
    bt.write("allow", "# nothing any more\n");
    tracker.running.signal(Signal::HUP);
    let line = tracker.running.stderr_line("--allow");
    assert_eq!(line, "bt track: warning: --allow names no torrent: none is served");
    bt.write("keys", "");
    tracker.running.signal(Signal::HUP);
    let line = tracker.running.stderr_line("--keys");
    assert_eq!(line, "bt track: warning: --keys has no key: nobody is served");
    tracker.running.signal(Signal::KILL);
    // At the start it is said before anything is served.
    let mut running = bt.args(["track", "--port", "0"]).args(flags).spawn();
    running.stderr_line("--allow names no torrent");
    running.stderr_line("--keys has no key");
    running.stderr_line("listening on");
}

#[test]
fn the_proxy_protocol_needs_a_proxy_that_is_trusted() {
    let bt = Bt::new();
    let out = bt.args(["track", "--port", "0", "--proxy-protocol"]).run();
    out.fails(
        2,
        "bt track: --proxy-protocol is spoken by trusted proxies alone\n\
         hint: --trusted-proxy CIDR names them, or --unix PATH is their way in\n",
    );
}

#[test]
fn what_is_denied_is_forgotten_at_once() {
    let bt = Bt::new();
    bt.write("deny", "");
    let tracker = Tracker::start(&bt, &["--deny", "deny", "--dfile", "dstate"]);
    assert!(served(&tracker.announce(SERVED)) && served(&tracker.announce(OTHER)));
    let known = |tracker: &Tracker, many: u64| {
        let began = Instant::now();
        loop {
            let stats = tracker.get("/stats.json", "");
            let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
            if (&stats["torrents"], &stats["peers"]) == (&many.into(), &many.into()) {
                return;
            }
            assert!(began.elapsed() < DEADLINE, "{stats}");
            std::thread::yield_now();
        }
    };
    known(&tracker, 2);
    let digits: String = SERVED.bytes().map(|byte| format!("{byte:02x}")).collect();
    bt.write("deny", digits);
    tracker.running.signal(Signal::HUP);
    known(&tracker, 1);
    tracker.running.signal(Signal::KILL);
    // Nor does it come back with a dfile of before.
    let tracker = Tracker::start(&bt, &["--dfile", "other"]);
    assert!(served(&tracker.announce(SERVED)) && served(&tracker.announce(OTHER)));
    tracker.end();
    let tracker = Tracker::start(&bt, &["--deny", "deny", "--dfile", "other"]);
    known(&tracker, 1);
}

#[test]
fn beyond_a_ceiling_all_are_answered_and_no_more_are_remembered() {
    let bt = Bt::new();
    let known = |tracker: &Tracker, hash: &str| {
        tracker.get(&format!("/scrape?info_hash={hash}"), "").contains("incomplete")
    };
    for ceiling in [["--most-torrents", "10"], ["--most-peers", "10"]] {
        let tracker = Tracker::start(&bt, &ceiling);
        let hashes: Vec<_> = (0..50).map(|number| format!("{number:020}")).collect();
        assert!(hashes.iter().all(|hash| served(&tracker.announce(hash))), "{ceiling:?}");
        assert_eq!(hashes.iter().filter(|hash| known(&tracker, hash)).count(), 10, "{ceiling:?}");
    }
    let tracker = Tracker::start(&bt, &["--most-memory", "1MiB"]);
    assert!(served(&tracker.announce(SERVED)) && known(&tracker, SERVED));
    for little in ["1", "16B", "1023KiB"] {
        let out = bt.args(["track", "--most-memory", little]).run();
        out.fails(2, "bt track: --most-memory is at least 1MiB, or 0 for no limit\n");
    }
    let tracker = Tracker::start(&bt, &["--most-memory", "0", "--most-peers", "0"]);
    assert!(served(&tracker.announce(SERVED)) && known(&tracker, SERVED));
    let out = bt.args(["track", "--most-memory", "much"]).run();
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn neighbours_are_told_outside_under_the_public_address() {
    let bt = Bt::new();
    let flags = ["--external-ip", "65.66.67.68", "--trusted-proxy", "127.0.0.1"];
    let tracker = Tracker::start(&bt, &flags);
    let from = |ip: &str, port: &str| {
        let header = format!("X-Forwarded-For: {ip}\r\n");
        tracker.get(&announce("", SERVED, port), &header)
    };
    let inside = from("192.168.1.2", "258");
    assert!(inside.contains("11:external ip4:ABCD"), "{inside}");
    let outside = from("1.1.1.1", "259");
    assert!(outside.ends_with("5:peers6:ABCD\u{1}\u{2}e"), "{outside}");
    let neighbour = from("192.168.1.1", "257");
    assert!(!neighbour.contains("6:ABCD"), "{neighbour}");
    let out = bt.args(["track", "--external-ip", "1.1.1.1", "--external-ip", "2.2.2.2"]).run();
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn a_peer_that_was_reached_is_not_called_with_each_announce() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--nat-check"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let ask = || tracker.get(&announce("", SERVED, &port), "");
    assert!(served(&ask()));
    listener.accept().unwrap();
    listener.set_nonblocking(true).unwrap();
    assert!(served(&ask()) && served(&ask()));
    let again = listener.accept().unwrap_err();
    assert_eq!(again.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn an_announce_that_waits_for_a_call_counts_once() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--nat-check", "--rate", "1/m,2"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let ask = || tracker.get(&announce("", SERVED, &port), "");
    assert!(served(&ask()) && served(&ask()));
    let answer = ask();
    assert!(answer.contains("too many requests from your address"), "{answer}");
}

#[test]
fn behind_a_proxy_that_names_nobody_no_address_is_believed() {
    let bt = Bt::new();
    let named = announce("", SERVED, "258&ip=65.66.67.68");
    let other = announce("", SERVED, "259");
    let proxy = ["--trusted-proxy", "127.0.0.1"];
    let tracker = Tracker::start(&bt, &proxy);
    for headers in ["", "X-Forwarded-For: unknown\r\n", "Forwarded: for=1.2.3.4\r\n"] {
        tracker.get(&named, headers);
        let answer = tracker.get(&other, "X-Forwarded-For: 9.9.9.9\r\n");
        assert!(served(&answer) && !answer.contains("ABCD"), "{headers}: {answer}");
    }
    let tracker = Tracker::start(&bt, &[&proxy[..], &["--proxies-announce"]].concat());
    tracker.get(&named, "");
    let answer = tracker.get(&other, "X-Forwarded-For: 9.9.9.9\r\n");
    assert!(answer.contains("6:ABCD\u{1}\u{2}"), "{answer}");
}

#[test]
fn a_tracker_that_asks_for_keys_lists_nothing_unless_told_to() {
    let bt = Bt::new();
    bt.write("keys", b"abcdefgh\n");
    bt.write("files/a.torrent", b"no torrent");
    let flags = ["--keys", "keys", "--torrents", "files"];
    let tracker = Tracker::start(&bt, &flags);
    assert!(served(&tracker.get(&announce("/abcdefgh", SERVED, "1"), "")));
    for page in ["/", "/stats", "/stats.json", "/feed.xml", "/torrents/a.torrent"] {
        let body = tracker.get(page, "");
        assert!(!body.contains(SERVED_HEX) && !body.contains("<rss"), "{page}: {body}");
        assert!(!body.contains("peers") && !body.contains("no torrent"), "{page}: {body}");
    }
    let shown = [&flags[..], &["--index", "all", "--stats", "all", "--files", "all"]].concat();
    let tracker = Tracker::start(&bt, &shown);
    assert!(served(&tracker.get(&announce("/abcdefgh", SERVED, "1"), "")));
    assert!(tracker.get("/", "").contains(SERVED_HEX));
    assert!(tracker.get("/stats.json", "").contains("peers"));
    assert!(tracker.get("/feed.xml", "").contains("<rss"));
}
