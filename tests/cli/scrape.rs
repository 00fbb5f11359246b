//! `bt scrape`, at a real tracker and at small ones.

use crate::harness::{Bt, Output};
use crate::tracker_stub::{Stub, answer, behave};
use serde_json::json;

const ONE: &str = "6161616161616161616161616161616161616161";
const TWO: &str = "6262626262626262626262626262626262626262";
/// Long enough, also where the machine is very busy.
const PATIENCE: [&str; 2] = ["--timeout", "50s"];

fn scrape(bt: &Bt, args: &[&str]) -> Output {
    bt.args(["scrape"]).args(args).args(PATIENCE).run()
}

#[test]
fn torrents_of_one_tracker_are_asked_for_together() {
    let bt = Bt::new();
    let stub = Stub::bencode(
        b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei5e10:downloadedi50e10:incompletei10ee\
          20:ccccccccccccccccccccd8:completei9eeee",
    );
    let url = stub.url.as_str();
    let link = format!("magnet:?xt=urn:btih:{ONE}&dn=a%1Bb&tr={url}");
    let out = scrape(&bt, &[&link, TWO, ONE, "-t", url]);
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(out.stderr, format!("bt scrape: {TWO}: no tracker knows it\n"));
    let line = out.json();
    let torrents = json!([
        {"info_hash": ONE, "name": "a\\u{1b}b", "complete": 5, "incomplete": 10,
         "downloaders": 10, "downloaded": 50},
        {"info_hash": TWO, "name": null, "complete": null, "incomplete": null,
         "downloaders": null, "downloaded": null},
    ]);
    assert_eq!(line["torrents"], torrents, "{out}");
    assert_eq!(
        (&line["event"], &line["url"], &line["family"]),
        (&"scrape".into(), &url.into(), &4.into())
    );
    let asked = stub.so_far();
    let (a, b) = ("a".repeat(20), "b".repeat(20));
    assert_eq!(asked, [format!("/scrape?info_hash={a}&info_hash={b}")]);

    let page = scrape(&bt, &[ONE, "-t", url, "--format", "human"]);
    assert_eq!((page.status, page.stderr.as_str()), (0, ""), "{page}");
    let start = format!("{url}: 5 complete, 10 incomplete, 50 downloaded (IPv4, ");
    assert!(page.text().starts_with(&start), "{page}");
    let page = scrape(&bt, &[&link, TWO, "-t", url, "--format", "human", "--color", "never"]);
    let lines = page.text();
    let lines: Vec<_> = lines.lines().skip(1).collect();
    let known = format!("  {ONE}  5 complete, 10 incomplete, 50 downloaded  a\\u{{1b}}b");
    assert_eq!(lines, [known, format!("  {TWO}  unknown")], "{page}");

    assert_eq!(scrape(&bt, &[ONE, "-t", url, "--expect-peers", "15"]).status, 0);
    let few = scrape(&bt, &[ONE, "-t", url, "--expect-peers", "16"]);
    assert_eq!((few.status, few.stderr), (1, format!("bt scrape: {ONE}: 15 peers, 16 expected\n")));
}

#[test]
fn a_tracker_is_scraped_only_where_its_url_says_how() {
    let bt = Bt::new();
    let stub = Stub::bencode(b"d5:filesdee");
    let base = stub.url.strip_suffix("announce").unwrap();
    let url = format!("{base}ask");
    let out = scrape(&bt, &[ONE, "-t", &url]);
    assert_eq!((out.status, &out.json()["kind"]), (5, &"unreachable".into()), "{out}");
    let why = "cannot be scraped: its URL does not end in /announce";
    assert_eq!(out.stderr, format!("bt scrape: {url}: {why}\n"));
    scrape(&bt, &[ONE, "-t", &format!("{base}KEY/announce.php?a=b")]);
    assert_eq!(stub.so_far(), [format!("/KEY/scrape.php?a=b&info_hash={}", "a".repeat(20))]);
}

#[test]
fn bad_answers_are_one_line_each() {
    let bt = Bt::new();
    for (body, status, trouble) in [
        (&b"d14:failure reason5:no\x1b[ee"[..], 1, "refused: no [e"),
        (b"de", 5, "bad answer: no files"),
        (b"d5:filesd1:adeee", 5, "bad answer: an info-hash is not 20 bytes"),
    ] {
        let stub = Stub::bencode(body);
        let out = scrape(&bt, &[ONE, "-t", &stub.url]);
        assert_eq!(out.status, status, "{out}");
        assert_eq!(out.stderr, format!("bt scrape: {}: {trouble}\n", stub.url));
        assert_eq!(out.json()["error"], trouble);
    }
    let gone = Stub::http(|_| Some(answer("500 Oh", b"")));
    let out = scrape(&bt, &[ONE, "-t", &gone.url]);
    let line = format!("bt scrape: {}: refused: the tracker answered 500\n", gone.url);
    assert_eq!((out.status, out.stderr), (1, line));
}

#[test]
fn udp_takes_74_torrents_at_a_time() {
    let bt = Bt::new();
    let stub = Stub::udp(|packet| behave(packet, b""));
    let hashes: Vec<String> = (0..75).map(|n| format!("{n:040x}")).collect();
    let hashes: Vec<&str> = hashes.iter().map(String::as_str).collect();
    let out = scrape(&bt, &[&hashes[..], &["-t", &stub.url]].concat());
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let mut events = out.events();
    events.sort_by_key(|line| std::cmp::Reverse(line["torrents"].as_array().unwrap().len()));
    let [many, one] = &events[..] else { panic!("{out}") };
    assert_eq!(many["torrents"].as_array().unwrap().len(), 74);
    let last = json!({"info_hash": hashes[73], "name": null, "complete": 220, "incomplete": 222,
        "downloaders": 222, "downloaded": 221});
    assert_eq!(many["torrents"][73], last, "{out}");
    assert_eq!(one["torrents"][0]["info_hash"], hashes[74], "{out}");

    // A tracker that answers for fewer than it was asked, and one that answers for more.
    let short = Stub::udp(|packet| {
        let mut out = behave(packet, b"");
        out[0].truncate(20);
        out
    });
    let out = scrape(&bt, &[ONE, TWO, "-t", &short.url]);
    assert_eq!(out.stderr, format!("bt scrape: {TWO}: no tracker knows it\n"), "{out}");
    let long = Stub::udp(|packet| {
        let mut out = behave(packet, b"");
        if packet[11] == 2 {
            out[0].extend([1; 120]);
        }
        out
    });
    let out = scrape(&bt, &[ONE, "-t", &long.url]);
    assert_eq!(out.json()["torrents"].as_array().unwrap().len(), 1, "{out}");
    let other = Stub::udp(|packet| {
        let mut out = behave(packet, b"");
        if packet[11] == 2 {
            out[0][..4].copy_from_slice(&[0, 0, 0, 1]);
        }
        out
    });
    let out = scrape(&bt, &[ONE, "-t", &other.url]);
    let line = format!("bt scrape: {}: bad answer: an answer to something else\n", other.url);
    assert_eq!((out.status, out.stderr), (5, line));
}
