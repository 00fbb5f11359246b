//! The package `bittorrent-tracker`: its client and `bt track`, its server and `bt`.

use crate::namespace::{Need, Place, at, javascript, scene};
use crate::process::{Line, Process};
use crate::way::{self, Decoy, LIMIT, PORT, Torrent, Tracker, UDP_6, Way};
use crate::{bt, data, peers};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;

const SIZE: u64 = 100_000;
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/js/client.mjs");
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/js/server.mjs");

/// Runs one of the scripts.
fn node(place: &Place, script: &str, arguments: &[&str]) -> Process {
    let mut command = place.command("node");
    command.arg(script).arg(javascript()).args(arguments);
    Process::converse("node", &mut command)
}

/// Waits until a script tells of an event in which these are as wanted.
#[track_caller]
fn told(node: &mut Process, event: &str, wanted: &Value) {
    let wanted = wanted.as_object().unwrap();
    node.until(&format!("{event} {wanted:?}"), LIMIT, |line: &Line| {
        let told = bt::named(line, event)?;
        wanted.iter().all(|(key, value)| told[key] == *value).then_some(())
    });
}

/// A torrent with its data.
fn published(place: &Place, way: Way) -> (std::path::PathBuf, Torrent) {
    let source = place.folder("source");
    data::one_file(&source.join("one.bin"), SIZE, 12);
    let torrent = Torrent::publish(place, &source.join("one.bin"), way);
    (source, torrent)
}

#[test]
fn client() {
    scene(&[Need::BittorrentTracker], |place| way::at_once(place, client_announces));
}

/// The client only speaks to trackers, from the address that the kernel takes.
fn client_announces(place: &Place, way: Way) {
    if way == UDP_6 {
        println!("{}: excluded: the client makes UDP sockets of IPv4 alone", way.name());
        return;
    }
    let (_, torrent) = published(place, way);
    let tracker = Tracker::start(place, way);
    let decoy = Decoy::announce(place, &torrent);
    let mut counts = torrent.counts(place);
    counts.until(1, 0, 0);

    let port = way.port().to_string();
    let mut client = node(place, CLIENT, &[&way.url(), &torrent.info_hash, &port]);
    client.say("start");
    told(&mut client, "update", &json!({"complete": 1, "incomplete": 1}));
    told(&mut client, "peer", &json!({"address": decoy.at.to_string()}));
    counts.until(1, 1, 0);
    let client_at = at(way.tracker(), way.port());
    assert_eq!(torrent.listed(place), BTreeSet::from([decoy.at, client_at]));
    client.say("scrape");
    told(&mut client, "scrape", &json!({"complete": 1, "incomplete": 1, "downloaded": 0}));

    client.say("complete");
    told(&mut client, "update", &json!({"complete": 2, "incomplete": 0}));
    counts.until(2, 0, 1);
    client.say("stop");
    counts.until(1, 0, 1);
    assert_eq!(torrent.listed(place), BTreeSet::from([decoy.at]));
    tracker.heard_nothing_else();
}

#[test]
fn server() {
    scene(&[Need::BittorrentTracker], |place| way::at_once(place, server_answers));
}

/// An info-hash of ASCII: the server's answers to scrapes over HTTP have the bytes of each as
/// characters of UTF-8, which makes all others longer than 20 bytes.
const PLAIN: &str = "4142434445464748494a4b4c4d4e4f5051525354";

/// `bt` seeds, asks and fetches where the server is the tracker.
fn server_answers(place: &Place, way: Way) {
    let (source, torrent) = published(place, way);
    let mut server = node(place, SERVER, &[&way.tracker().to_string(), &PORT.to_string()]);
    told(&mut server, "listening", &json!({}));
    let seeder_at = at(way.seeder(), peers::PORT);
    let seeder = bt::seed(place, &torrent.path, &source, way.seeder(), &[]);
    let start = json!({"from": said(seeder_at, way), "left": 0, "type": way.scheme()});
    told(&mut server, "start", &start);

    let url = way.url();
    let plain = ["--tracker", &url, PLAIN];
    let stays = [&["--event", "started", "--left", "0"], &plain[..]].concat();
    assert_eq!(bt::one(place, "announce", &stays)["complete"], 1);
    // What it counts as downloaded is what it counts as complete.
    let counts = &bt::one(place, "scrape", &plain)["torrents"][0];
    let wanted = [("complete", 1), ("incomplete", 0), ("downloaded", 1)];
    assert!(wanted.iter().all(|(key, count)| counts[key] == *count), "{counts}");

    if way == UDP_6 {
        println!("{}: excluded: the server puts no IPv6 peers into answers of UDP", way.name());
        assert_eq!(torrent.announce(place, &[])["complete"], 1);
    } else {
        // It tells the asker of itself as well.
        let asker = at(way.tracker(), peers::PORT);
        assert_eq!(torrent.listed(place), BTreeSet::from([seeder_at, asker]));
        let target = place.folder("target");
        bt::fetch(place, &torrent.path, &target, way.client(), &[]).ended(LIMIT).well();
        data::assert_same(&source, &target);
        let fetched = json!({"from": said(at(way.client(), peers::PORT), way)});
        told(&mut server, "complete", &fetched);
        told(&mut server, "stop", &fetched);
    }
    seeder.stop(LIMIT).well();
    told(&mut server, "stop", &json!({"from": start["from"]}));
}

/// How the server writes an address: of IPv6 without brackets where it came over UDP.
fn said(address: SocketAddr, way: Way) -> String {
    if way == UDP_6 { format!("{}:{}", address.ip(), address.port()) } else { address.to_string() }
}
