//! `bt announce`, at real trackers and at small ones.

mod https;
mod trouble;

use crate::harness::{Bt, Output};
use crate::track::Tracker;
use crate::tracker_stub::{Stub, answer, behave};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::net::TcpListener;

const HASH: &str = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
/// Long enough, also where the machine is very busy.
const PATIENCE: [&str; 2] = ["--timeout", "50s"];

fn announce(bt: &Bt, urls: &[&str], more: &[&str]) -> Output {
    let trackers = urls.iter().flat_map(|url| ["--tracker", url]);
    bt.args(["announce", HASH]).args(trackers).args(PATIENCE).args(more).run()
}

#[test]
fn a_probe_finds_the_peers_and_leaves_no_trace() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let url = format!("http://127.0.0.1:{}/announce", tracker.port);
    let stays = ["--event", "started", "--peer-id", "-XX0000-%61bcdefghijkl", "--port", "7001"];
    let out = announce(&bt, &[&url], &[&stays[..], &["--left", "0"]].concat());
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let mut line = out.json();
    // The tracker spreads its intervals.
    for key in ["time", "resolve_ms", "ms", "interval"] {
        assert!(!line.as_object_mut().unwrap().remove(key).unwrap().is_null(), "{out}");
    }
    let expected = json!({"event": "announce", "v": 1, "url": url, "info_hash": HASH, "family": 4,
        "address": format!("127.0.0.1:{}", tracker.port), "announced": "started",
        "min_interval": null, "complete": 1, "incomplete": 0, "peer_count": 0,
        "peers": [], "warning": null, "external_ip": null, "tracker_id": null});
    assert_eq!(line, expected);

    for _ in 0..2 {
        let out = announce(&bt, &[&url], &["--port", "7002"]);
        assert_eq!(out.json()["peers"], json!([{"address": "127.0.0.1:7001"}]), "{out}");
        assert_eq!(out.json()["incomplete"], 1, "{out}");
    }
    let counts = bt.args(["scrape", HASH, "-t", &url]).args(PATIENCE).run();
    let torrents = json!([{"info_hash": HASH, "name": null, "complete": 1, "incomplete": 0,
        "downloaders": 0, "downloaded": 0}]);
    assert_eq!(counts.json()["torrents"], torrents, "{counts}");

    let brief = announce(&bt, &[&url], &["--brief"]);
    assert_eq!((&brief.json()["peer_count"], brief.json().get("peers")), (&1.into(), None));
    let page = announce(&bt, &[&url], &["--format", "human"]);
    let start = format!("{url}: 1 peer, 1 complete, 1 incomplete, again in ");
    assert!(page.text().starts_with(&start) && page.text().contains(" s (IPv4, "), "{page}");
    assert!(page.text().ends_with(" ms)\n  127.0.0.1:7001\n"), "{page}");

    let out = announce(&bt, &[&url], &["--expect-peers", "1"]);
    assert_eq!(out.status, 0, "{out}");
    let out = announce(&bt, &[&url], &["--expect-peers", "2"]);
    assert_eq!((out.status, &out.json()["peer_count"]), (1, &1.into()), "{out}");
    assert_eq!(out.stderr, format!("bt announce: {HASH}: 1 peer, 2 expected\n"));
}

#[test]
fn what_is_told_is_what_was_asked_for() {
    let bt = Bt::new();
    let stub = Stub::bencode(b"d8:intervali60e5:peers0:10:tracker id2:#1e");
    let asked = |more: &[&str]| {
        let out = announce(&bt, &[&stub.url], more);
        assert_eq!(out.status, 0, "{out}");
        stub.so_far()
    };
    let probe = asked(&[]);
    let [first, last] = &probe[..] else { panic!("{probe:?}") };
    assert!(first.contains("&event=started&key=") && first.contains("&left=16384"), "{first}");
    assert!(
        last.contains("&event=stopped&numwant=0") && last.contains("&trackerid=%231"),
        "{last}"
    );
    let of = |target: &str, name: &str| {
        target.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)).unwrap().to_owned()
    };
    for same in ["info_hash=", "peer_id=", "key=", "port="] {
        assert_eq!(of(first, same), of(last, same));
    }
    let given = ["--event", "completed", "--numwant", "7", "--port", "9", "--peer-id"];
    let one = asked(&[&given[..], &["%00bcdefghijklmnopqrst"]].concat());
    assert_eq!(one.len(), 1, "{one:?}");
    let words = "&peer_id=%00bcdefghijklmnopqrst&port=9&uploaded=0&downloaded=0&left=0&compact=1\
        &no_peer_id=1&event=completed&numwant=7&key=";
    assert!(one[0].contains(words), "{one:?}");
    let none = asked(&["--event", "none", "--left", "1KiB"]);
    assert!(!none[0].contains("event=") && none[0].contains("&left=1024&"), "{none:?}");
    assert_eq!(none.len(), 1, "{none:?}");
    let out = announce(&bt, &[&stub.url], &["--peer-id", "short"]);
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn trackers_of_the_torrent_are_asked_all_and_both_hashes_of_a_hybrid() {
    let bt = Bt::new();
    let peers = |peer: &[u8]| [b"d8:intervali60e5:peers6:", peer, b"e"].concat();
    let [one, two] =
        [b"\x0a\0\0\x01\0\x07", b"\x0a\0\0\x02\0\x08"].map(|at| Stub::bencode(&peers(at)));
    bt.write("a", "x");
    let made = bt.args(["publish", "-q", "--hybrid", "a", &one.url, &two.url]).run();
    assert_eq!(made.status, 0, "{made}");
    let hashes = bt.args(["inspect", "a.torrent"]).run().json()["info_hash"].clone();
    let v1 = hashes["v1"].as_str().unwrap().to_owned();
    let v2 = hashes["v2"].as_str().unwrap()[..40].to_owned();
    let asked = |input: &str, version: &str| {
        let out = bt.args(["announce", input, "--info-hash", version]).args(PATIENCE).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let events = out.events();
        let mut pairs: Vec<_> =
            events.iter().map(|line| (text(&line["url"]), text(&line["info_hash"]))).collect();
        pairs.sort();
        pairs
    };
    let all = |hashes: &[&String]| {
        let urls = [&one.url, &two.url];
        let mut all: Vec<_> = urls
            .iter()
            .flat_map(|url| hashes.iter().map(|hash| ((*url).clone(), (*hash).clone())))
            .collect();
        all.sort();
        all
    };
    assert_eq!(asked("a.torrent", "both"), all(&[&v1, &v2]));
    assert_eq!(asked("a.torrent", "v2"), all(&[&v2]));
    let link = bt.args(["magnet", "a.torrent"]).run().text();
    assert_eq!(asked(link.trim(), "v1"), all(&[&v1]));
    let left = one.so_far();
    assert!(left.iter().any(|target| target.contains("&left=1&")), "{left:?}");
    // The peers of all trackers together are what counts.
    let out = bt.args(["announce", "-", "--expect-peers", "2"]).args(PATIENCE);
    let out = out.stdin(bt.read("a.torrent")).run();
    assert_eq!(out.status, 0, "{out}");
    let out = bt.args(["announce", "a.torrent", "--expect-peers", "3"]).args(PATIENCE).run();
    assert_eq!((out.status, out.stderr.as_str()), (1, "bt announce: a: 2 peers, 3 expected\n"));
}

#[test]
fn udp_is_spoken_and_the_connection_is_used_again() {
    let bt = Bt::new();
    let v4 = Stub::udp(|packet| behave(packet, b"\x0a\0\0\x01\0\x07\x0a\0\0\x02\0\x08"));
    let out = announce(&bt, &[&v4.url], &["--numwant", "5", "--left", "3"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let line = out.json();
    assert_eq!(line["peers"], json!([{"address": "10.0.0.1:7"}, {"address": "10.0.0.2:8"}]));
    let counts = (&line["interval"], &line["incomplete"], &line["complete"], &line["family"]);
    assert_eq!(counts, (&1800.into(), &2.into(), &1.into(), &4.into()), "{out}");
    let asked = v4.so_far();
    let [connect, started, stopped] = &asked[..] else { panic!("{asked:?}") };
    assert!(connect.starts_with("000004172710198000000000"), "{asked:?}");
    for (packet, event, numwant) in
        [(started, "00000002", "00000005"), (stopped, "00000003", "00000000")]
    {
        assert_eq!(&packet[32..72], HASH);
        assert_eq!((&packet[128..144], &packet[160..168]), ("0000000000000003", event));
        assert_eq!((&packet[184..192], &packet[192..196]), (numwant, "1ae1"));
        // The path follows, as BEP 41 has it.
        assert_eq!(&packet[196..], "02092f616e6e6f756e6365");
    }
    let Some(v6) = Stub::udp_at("[::1]:0", |packet| {
        behave(packet, &[[0; 15].as_slice(), &[1, 0, 9]].concat())
    }) else {
        eprintln!("skipped: this machine has no IPv6");
        return;
    };
    let out = announce(&bt, &[&v6.url], &["--ip-family", "6"]);
    assert_eq!(out.json()["peers"], json!([{"address": "[::1]:9"}]), "{out}");
    assert_eq!(out.json()["family"], 6, "{out}");
    let out = announce(&bt, &[&v6.url], &["--ip-family", "4"]);
    trouble::failed(&out, 5, &v6.url, "it has no IPv4 address", "unreachable");
}

#[test]
fn both_families_of_a_tracker_are_told_each() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return;
    }
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    let url = format!("http://[::1]:{}/announce", tracker.port);
    let out = announce(&bt, &[&url], &[]);
    assert_eq!((&out.json()["family"], &out.json()["external_ip"]), (&6.into(), &Value::Null));
    use std::net::ToSocketAddrs;
    let found: Vec<_> = ("localhost", 0).to_socket_addrs().unwrap().collect();
    let has_both = found.iter().any(|at| at.is_ipv4()) && found.iter().any(|at| at.is_ipv6());
    let url = format!("http://localhost:{}/announce", tracker.port);
    let out = announce(&bt, &[&url], &[]);
    let mut families: Vec<_> =
        out.events().iter().map(|line| line["family"].as_u64().unwrap()).collect();
    families.sort_unstable();
    assert_eq!(families.len(), if has_both { 2 } else { 1 }, "{out}");
    families.dedup();
    assert_eq!(families.len(), if has_both { 2 } else { 1 }, "{out}");
}

#[test]
fn a_watch_goes_on_until_a_signal_and_then_all_is_well() {
    let bt = Bt::new();
    let stub = Stub::bencode(b"d8:intervali60e5:peers0:e");
    let watch = ["announce", HASH, "--watch=1s", "--expect-peers", "1", "-t", &stub.url];
    let mut running = bt.args(watch).args(PATIENCE).spawn();
    for _ in 0..2 {
        running.event("announce");
        running.stderr_line("0 peers, 1 expected");
        assert!(stub.next().contains("event=started") && stub.next().contains("event=stopped"));
    }
    running.signal(Signal::TERM);
    let out = running.wait();
    assert_eq!(out.status, 0, "{out}");
    for bad in ["--watch=0s", "--watch=x", "--timeout=0"] {
        assert_eq!(announce(&bt, &["udp://t:1"], &[bad]).status, 2, "{bad}");
    }
}

#[test]
fn a_signal_takes_back_what_was_not_answered_yet() {
    let bt = Bt::new();
    let stub = Stub::http(|target| {
        target.contains("stopped").then(|| answer("200 OK", b"d8:intervali9ee"))
    });
    let running = bt.args(["announce", HASH, "-t", &stub.url]).args(PATIENCE).spawn();
    assert!(stub.next().contains("event=started"));
    running.signal(Signal::INT);
    let out = running.wait();
    assert_eq!((out.status, out.stdout.len(), out.stderr.as_str()), (130, 0, ""), "{out}");
    assert!(stub.next().contains("event=stopped"));
}

#[test]
fn nobody_who_reads_is_no_failure() {
    let bt = Bt::new();
    let stub = Stub::bencode(b"d8:intervali60e5:peers0:e");
    let out = bt.args(["announce", HASH, "-t", &stub.url]).args(PATIENCE).into_closed_pipe();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert!(stub.next().contains("started") && stub.next().contains("stopped"));
}

#[test]
fn who_asks_is_not_one_of_the_peers() {
    let bt = Bt::new();
    // 127.0.0.1 is who asks, by the tracker's own words (BEP 24); 10.0.0.1 is another.
    let named = b"\x7f\0\0\x01\x1a\xe1\x0a\0\0\x01\x1a\xe1";
    let body =
        [&b"d11:external ip4:\x7f\0\0\x018:intervali60e5:peers12:"[..], named, b"e"].concat();
    let stub = Stub::bencode(&body);
    let out = announce(&bt, &[&stub.url], &["--port", "6881", "--expect-peers", "1"]);
    assert_eq!((out.status, &out.json()["peer_count"]), (0, &2.into()), "{out}");
    let out = announce(&bt, &[&stub.url], &["--port", "6881", "--expect-peers", "2"]);
    assert_eq!(
        (out.status, &*out.stderr),
        (1, &*format!("bt announce: {HASH}: 1 peer, 2 expected\n"))
    );
    // At another port it is somebody else, behind the same address.
    let out = announce(&bt, &[&stub.url], &["--port", "1", "--expect-peers", "2"]);
    assert_eq!(out.status, 0, "{out}");
    // Where ids are told, ours says it.
    let id = "-XX0000-abcdefghijkl";
    let peer = format!("d2:ip8:10.0.0.17:peer id20:{id}4:porti9ee");
    let stub = Stub::bencode(format!("d8:intervali60e5:peersl{peer}ee").as_bytes());
    let out = announce(&bt, &[&stub.url], &["--peer-id", id, "--expect-peers", "1"]);
    assert_eq!((out.status, &out.json()["peer_count"]), (1, &1.into()), "{out}");
}

#[test]
fn a_page_shows_no_passkey_and_json_the_whole_url() {
    let bt = Bt::new();
    let stub = Stub::bencode(b"d8:intervali60e5:peers0:e");
    let base = stub.url.strip_suffix("/announce").unwrap();
    let url = format!("{base}/0123456789abcdef0123456789abcdef/announce?passkey=hush");
    let page = bt.args(["announce", HASH, "-t", &url]).args(PATIENCE).on_terminal();
    assert!(page.text().contains("/\u{2026}/announce?passkey=\u{2026}"), "{page}");
    assert!(!page.text().contains("hush") && !page.text().contains("0123456789abcdef"), "{page}");
    assert_eq!(announce(&bt, &[&url], &[]).json()["url"], url.as_str());
    assert!(stub.next().starts_with("/0123456789abcdef0123456789abcdef/announce?passkey=hush&"));
    // Nor does what is said of a tracker that fails.
    let broken = Stub::bencode(b"<html>").url.replace("/announce", "/announce?passkey=hush");
    let out = announce(&bt, &[&broken], &[]);
    assert!(out.stderr.contains("/announce?passkey=\u{2026}: bad answer"), "{out}");
    assert_eq!(out.json()["url"], broken.as_str());
}
