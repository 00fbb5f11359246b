//! `bt announce`, at real trackers and at small ones that misbehave.

use crate::harness::{Bt, Output, have};
use crate::track::Tracker;
use crate::tracker_stub::{Stub, answer, behave, target};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

const HASH: &str = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
/// Long enough, also where the machine is very busy.
const PATIENCE: [&str; 2] = ["--timeout", "50s"];

fn announce(bt: &Bt, urls: &[&str], more: &[&str]) -> Output {
    let trackers = urls.iter().flat_map(|url| ["--tracker", url]);
    bt.args(["announce", HASH]).args(trackers).args(PATIENCE).args(more).run()
}

/// Fails unless one tracker failed with this and nothing else came.
#[track_caller]
fn failed(out: &Output, status: i32, url: &str, trouble: &str, kind: &str) {
    assert_eq!(out.status, status, "{out}");
    assert_eq!(out.stderr, format!("bt announce: {url}: {trouble}\n"), "{out}");
    let line = out.json();
    assert_eq!((&line["error"], &line["kind"]), (&trouble.into(), &kind.into()), "{out}");
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
    failed(&out, 5, &v6.url, "it has no IPv4 address", "unreachable");
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
}

/// Makes a certificate authority and a server's certificate in the folder.
fn certificates(bt: &Bt) {
    let new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    let line = format!(
        "{new} -keyout ca.key -out ca.pem -subj /CN=tests && \
         {new} -CA ca.pem -CAkey ca.key -keyout key.pem -out cert.pem -subj /CN=tracker \
         -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
    );
    let out = bt.shell(&line).run();
    assert_eq!(out.status, 0, "{out}");
}

#[test]
fn https_is_spoken_with_those_whom_the_system_trusts() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificates(&bt);
    let certificate = CertificateDer::from_pem_slice(&bt.read("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&bt.read("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/announce", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            // A client that does not trust us goes.
            if target(&mut stream).is_some() {
                let _ = stream
                    .write_all(&answer("200 OK", b"d8:intervali60e5:peers6:\x0a\0\0\x01\0\x07e"));
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    let ask = || bt.args(["announce", HASH, "-t", &url]).args(PATIENCE);
    let out = ask().env("SSL_CERT_FILE", bt.path("ca.pem")).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(out.json()["peers"], json!([{"address": "10.0.0.1:7"}]), "{out}");
    // Another authority than the one that vouches for it.
    let other = Bt::new();
    certificates(&other);
    let out = ask().env("SSL_CERT_FILE", other.path("ca.pem")).run();
    assert_eq!((out.status, &out.json()["kind"]), (5, &"unreachable".into()), "{out}");
    assert!(out.stderr.contains("invalid peer certificate"), "{out}");
}
