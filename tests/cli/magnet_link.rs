//! `bt magnet`, and what other programs read in its links.

use crate::harness::{Bt, have};
use serde_json::json;
use std::process::Command;

const V1: &str = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
const V2: &str = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e";

/// Two files in a folder, trackers and web seeds that need encoding.
fn torrent(bt: &Bt) -> String {
    let tracker = "http://t.example/a?x=1&y=2";
    let seed = "http://w.example/%C3%A9/";
    let name = "a b+c&d=é%";
    let torrent = format!(
        "d8:announce{}:{tracker}4:infod5:filesl\
         d6:lengthi1e4:pathl3:doc5:a.txteed6:lengthi1e4:pathl5:b.binee\
         d4:attr1:p6:lengthi1e4:pathl4:.pad1:1eed6:lengthi1e4:pathl5:c.txteee4:name{}:{name}\
         12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDe8:url-list{}:{seed}e",
        tracker.len(),
        name.len(),
        seed.len()
    );
    bt.write("a.torrent", &torrent);
    bt.args(["inspect", "a.torrent"]).run().json()["info_hash"]["v1"].as_str().unwrap().to_owned()
}

const REST: &str = "&dn=a%20b%2Bc%26d%3D%C3%A9%25&tr=http%3A%2F%2Ft.example%2Fa%3Fx%3D1%26y%3D2\
    &ws=http%3A%2F%2Fw.example%2F%25C3%25A9%2F";

#[test]
fn a_link_stands_on_a_line_of_its_own() {
    let bt = Bt::new();
    let hash = torrent(&bt);
    let link = format!("magnet:?xt=urn:btih:{hash}{REST}\n");
    let out = bt.args(["magnet", "a.torrent"]).run();
    assert_eq!((out.status, out.text(), out.stderr.as_str()), (0, link.clone(), ""));
    assert_eq!(bt.args(["magnet"]).stdin(bt.read("a.torrent")).run().text(), link);
    assert_eq!(bt.args(["magnet", "a.torrent"]).on_terminal().text(), link.replace('\n', "\r\n"));
    assert_eq!(bt.args(["inspect", "a.torrent"]).run().json()["magnet"], link.trim());
    let many = bt.args(["magnet", "a.torrent", "none", "-"]).stdin(&link).run();
    assert_eq!((many.status, many.text()), (4, link.repeat(2)), "{many}");
    assert_eq!(many.stderr, "bt magnet: none: No such file or directory\n");
    let line = bt.args(["magnet", "--json", "a.torrent"]).run().json();
    assert_eq!(
        line,
        json!({"v": 1, "input": "a.torrent", "magnet": link.trim(),
            "info_hash": {"v1": hash, "v2": null}, "name": "a b+c&d=é%"})
    );
    bt.args(["magnet", "-"])
        .stdin("de")
        .run()
        .fails(3, "bt magnet: standard input: info: missing\n");
    assert_eq!(bt.args(["magnet"]).on_terminal().status, 2);
}

#[test]
fn parts_are_left_out_and_added() {
    let bt = Bt::new();
    let hash = torrent(&bt);
    let link = |flags: &[&str]| {
        let out = bt.args(["magnet", "a.torrent"]).args(flags).run();
        assert_eq!(out.status, 0, "{out}");
        let start = format!("magnet:?xt=urn:btih:{hash}");
        out.text().trim().strip_prefix(&start).unwrap().to_owned()
    };
    let bare = ["--no-name", "--no-trackers", "--no-web-seeds"];
    let with = |more: &[&str]| link(&[&bare, more].concat());
    assert_eq!(with(&[]), "");
    assert_eq!(with(&["--size"]), "&xl=3");
    assert_eq!(
        with(&["--peer", "192.0.2.1:1", "--peer", "[::1]:2", "--tracker", "udp://u:1"]),
        "&tr=udp%3A%2F%2Fu%3A1&x.pe=192.0.2.1:1&x.pe=[::1]:2"
    );
    assert_eq!(with(&["--only", "v1"]), "");
    // The pad counts in a link, and is not there for people.
    assert_eq!(with(&["--select", "0,2"]), "&so=0,3");
    assert_eq!(with(&["--select", "1-2", "--select", "0"]), "&so=0-1,3");
    assert_eq!(with(&["--select", "*.txt"]), "&so=0,3");
    assert_eq!(with(&["--select", "doc/*"]), "&so=0");
    assert_eq!(with(&["--select", "**/*.bin"]), "&so=1");
    for (flags, message) in [
        (["--select", "3"], "there is no file 3: they are numbered 0 to 2"),
        (["--select", "0-4294967295"], "there is no file 4294967295: they are numbered 0 to 2"),
        (["--select", "*.iso"], "no file matches \"*.iso\""),
        (["--only", "v2"], "has no info-hash of v2"),
    ] {
        let out = bt.args(["magnet", "a.torrent"]).args(flags).run();
        out.fails(1, &format!("bt magnet: a.torrent: {message}\n"));
    }
    for flags in [["--select", "{"], ["--peer", "h"], ["--peer", "::1:5"], ["--only", "v3"]] {
        assert_eq!(bt.args(["magnet", "a.torrent"]).args(flags).run().status, 2, "{flags:?}");
    }
    let both = format!("magnet:?xt=urn:btih:{V1}&xt=urn:btmh:1220{V2}&tr=http%3A%2F%2Ft%2F");
    let out = bt.args(["magnet", "--only", "v2", "--no-trackers", &both]).run();
    assert_eq!(out.text(), format!("magnet:?xt=urn:btmh:1220{V2}\n"), "{out}");
    assert_eq!(bt.args(["magnet", "--select", "0", &both]).run().status, 3);
}

#[test]
fn inspect_tells_all_of_a_link() {
    let bt = Bt::new();
    let link = format!(
        "magnet:?xt=urn:btih:{V1}&xt=urn:btmh:1220{V2}&dn=n&xl=9&tr=http%3A%2F%2Ft%2F\
         &ws=http%3A%2F%2Fw%2F&x.pe=[::1]:6881&so=0,2,4-6"
    );
    let document = bt.args(["inspect", &link]).run().json();
    assert_eq!(document["magnet"], link);
    assert_eq!(document["peers"], json!(["[::1]:6881"]));
    assert_eq!(document["select"], json!([[0, 0], [2, 2], [4, 6]]));
    assert_eq!(document["web_seeds"], json!(["http://w/"]));
    let page = bt.args(["inspect", "--format", "human", &link]).run().text();
    for part in [V1, V2, "http://t/", "http://w/", "[::1]:6881", "files 0, 2, 4-6"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// What libtorrent finds in the link, on one line.
const LIBTORRENT: &str = "
import sys, libtorrent as lt
p = lt.parse_magnet_uri(sys.argv[1])
wanted = [at for at, priority in enumerate(p.file_priorities) if priority]
print(p.info_hashes.v1, p.info_hashes.v2, p.name, p.trackers, p.url_seeds, p.peers, wanted)
";

#[test]
fn libtorrent_reads_all_of_it() {
    let python = "/usr/bin/python3";
    let there = Command::new(python).args(["-c", "import libtorrent"]).output();
    if !there.is_ok_and(|out| out.status.success()) {
        have("python3-libtorrent");
        return;
    }
    let bt = Bt::new();
    let hash = torrent(&bt);
    let flags = ["--peer", "192.0.2.1:1", "--peer", "[2001:db8::1]:2", "--select", "0,2", "--size"];
    let link = bt.args(["magnet", "a.torrent"]).args(flags).run().text();
    let read = |link: &str| {
        let out = Command::new(python).args(["-c", LIBTORRENT, link.trim()]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let none = "0".repeat(64);
    assert_eq!(
        read(&link),
        format!(
            "{hash} {none} a b+c&d=é% ['http://t.example/a?x=1&y=2'] ['http://w.example/%C3%A9/'] \
             [('192.0.2.1', 1), ('2001:db8::1', 2)] [0, 3]\n"
        )
    );
    let both = format!("magnet:?xt=urn:btih:{V1}&xt=urn:btmh:1220{V2}");
    let link = bt.args(["magnet", &both]).run().text();
    assert_eq!(read(&link), format!("{V1} {V2}  [] [] [] []\n"));
    let link = bt.args(["magnet", &both, "--only", "v2"]).run().text();
    assert_eq!(read(&link), format!("{} {V2}  [] [] [] []\n", "0".repeat(40)));
}

#[test]
fn transmission_makes_the_same_link() {
    if !have("transmission-show") {
        return;
    }
    let bt = Bt::new();
    torrent(&bt);
    let theirs = bt.shell("transmission-show --magnet a.torrent").run().text();
    // The same in other words: read again and written by ourselves.
    let again = bt.args(["magnet", theirs.trim()]).run();
    assert_eq!(again.status, 0, "{again}");
    assert_eq!(again.text(), bt.args(["magnet", "a.torrent"]).run().text(), "{theirs}");
}

#[test]
fn aria2_takes_it() {
    if !have("aria2c") {
        return;
    }
    let bt = Bt::new();
    torrent(&bt);
    let link = bt.args(["magnet", "a.torrent", "--no-trackers"]).run().text();
    // It looks for metadata that nobody has, and tells the name that it has read in the link.
    let line = format!(
        "aria2c --no-conf --enable-dht=false --enable-dht6=false --bt-enable-lpd=false \
         --bt-stop-timeout=1 --summary-interval=0 '{}'",
        link.trim()
    );
    let out = bt.shell(&line).run();
    assert!(out.text().contains("[METADATA]a b+c&d=é%"), "{out}");
}
