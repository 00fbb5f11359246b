//! What people run announces to `bt track`, scrapes it and takes its answers.
//!
//! Each client goes all the ways that it can. The tracker is asked what it learnt; that the client
//! took the answer shows in whom it calls. Where a client cannot do something, [`Client::excluded`]
//! says why.

use crate::leechers::{Client, Deed};
use crate::namespace::{Need, Place, at, scene};
use crate::trackers::Opentracker;
use crate::way::{self, Decoy, LIMIT, Torrent, Tracker, Way};
use crate::{bt, data, peers};
use std::collections::BTreeSet;

/// Small: what is moved is not the point.
const SIZE: u64 = 100_000;

fn all_ways(client: Client) {
    let needs: Vec<_> = client.need().into_iter().collect();
    scene(&needs, |place| way::at_once(place, |place, way| announced(place, client, way)));
}

/// Whether the client does it; why not is said.
fn does(client: Client, deed: Deed, way: Way) -> bool {
    let excluded = client.excluded(deed, way);
    if let Some(why) = excluded {
        println!("{client:?}, {deed:?}, {}: excluded: {why}", way.name());
    }
    excluded.is_none()
}

/// A client comes with nothing, fetches from a seeder that came after it, and leaves.
fn announced(place: &Place, client: Client, way: Way) {
    if !does(client, Deed::Announce, way) {
        return;
    }
    let source = place.folder("source");
    data::one_file(&source.join("one.bin"), SIZE, 11);
    let torrent = Torrent::publish(place, &source.join("one.bin"), way);
    let tracker = Tracker::start(place, way);
    let decoy = Decoy::announce(place, &torrent);
    let mut counts = torrent.counts(place);
    counts.until(1, 0, 0);

    let target = place.folder("target");
    let mut leecher = client.start(place, &torrent, &target, way);
    counts.until(1, 1, 0);
    assert_eq!(torrent.listed(place), BTreeSet::from([decoy.at, leecher.at()]));
    if does(client, Deed::TakePeers, way) {
        decoy.called_by(leecher.ip());
    }
    if does(client, Deed::Scrape, way) {
        leecher.scraped(1, 1);
    }

    // It finds the client by what the tracker tells it, and nobody finds it otherwise.
    let seeder = bt::seed(place, &torrent.path, &source, way.seeder(), &[]);
    counts.until(3, 0, 1);
    data::assert_same(&source.join("one.bin"), &target.join("one.bin"));
    let left = leecher.leave();
    counts.until(2, 0, 1);
    let at_seeder = at(way.seeder(), peers::PORT);
    assert_eq!(torrent.listed(place), BTreeSet::from([decoy.at, at_seeder]));
    drop(left);
    seeder.stop(LIMIT).well();
    counts.until(1, 0, 1);
    tracker.heard_nothing_else();
}

#[test]
fn aria2() {
    all_ways(Client::Aria2);
}

#[test]
fn bt_fetch() {
    all_ways(Client::Bt);
}

#[test]
fn libtorrent() {
    all_ways(Client::Libtorrent);
}

#[test]
fn rtorrent() {
    all_ways(Client::Rtorrent);
}

#[test]
fn transmission() {
    all_ways(Client::Transmission);
}

/// `bt` asks Debian's opentracker, which serves IPv4 alone.
#[test]
fn opentracker() {
    scene(&[Need::Opentracker], |place| {
        let info_hash = "aa".repeat(20);
        let _tracker = Opentracker::start(place, &info_hash);
        let mut peers = BTreeSet::new();
        for (port, scheme) in [(7001, "http"), (7002, "udp")] {
            let url = Opentracker::url(scheme);
            let asked = ["--tracker", &url, &info_hash];
            let port = port.to_string();
            let stays = ["--event", "started", "--left", "0", "--port", &port];
            let told = bt::one(place, "announce", &[&stays[..], &asked].concat());
            peers.insert(format!("{}:{port}", Opentracker::address()));
            assert_eq!(told["complete"], peers.len(), "{told}");

            let told = bt::one(place, "announce", &asked);
            let listed = told["peers"].as_array().unwrap().iter();
            let listed = listed.map(|peer| peer["address"].as_str().unwrap().to_owned());
            // It tells the asker of itself as well.
            let asker = format!("{}:6881", Opentracker::address());
            assert_eq!(listed.filter(|peer| *peer != asker).collect::<BTreeSet<_>>(), peers);
            let counts = &bt::one(place, "scrape", &asked)["torrents"][0];
            assert_eq!(counts["complete"], peers.len(), "{counts}");
            assert_eq!(counts["incomplete"], 0, "{counts}");
        }
    });
}
