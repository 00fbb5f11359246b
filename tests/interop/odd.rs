//! What is less usual, and works all the same: IPv6, encryption that is wished for, several seeders,
//! metainfo made by one program and used by another. Small data: what moves is not the point.

use crate::namespace::{Need, Place, address, address6, scene};
use crate::peers::Encryption;
use crate::peers::Stranger::{Aria2, Libtorrent, Transmission};
use crate::trackers::OwnTracker;
use crate::{bt, data};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// The folder around a directory of a hundred files.
fn source(place: &Place) -> (PathBuf, PathBuf) {
    let path = place.folder("source/some");
    data::many_files(&path, 100, 8);
    (place.folder("source"), path)
}

#[test]
fn over_ipv6() {
    scene(&[Need::Libtorrent], |place| {
        let (around, source) = source(place);
        let torrent = bt::publish(place, &source, &OwnTracker::url6());
        let mut tracker = OwnTracker::start6(place);
        let _seeder = Libtorrent.seed(place, &torrent, &around, address6(1, 1));
        tracker.seeder();
        for (number, target) in [(1, place.folder("one")), (2, place.folder("two"))] {
            let fetch = bt::fetch(place, &torrent, &target, address6(2, number), &[]);
            fetch.ended(LIMIT).well();
            data::assert_same(&around, &target);
        }
    });
}

#[test]
fn to_transmission_that_prefers_encryption() {
    scene(&[Need::Transmission], |place| {
        let (around, source) = source(place);
        let torrent = bt::publish(place, &source, &OwnTracker::url());
        let mut tracker = OwnTracker::start(place);
        let _seeder = bt::seed(place, &torrent, &around, address(1, 1), &[]);
        tracker.seeder();
        let target = place.folder("target");
        let ip = address(2, 1).into();
        Transmission.fetch_with(place, &torrent, &target, ip, Encryption::Preferred).done(LIMIT);
        data::remove_empty(&around);
        data::assert_same(&around, &target);
    });
}

#[test]
fn from_two_strangers_and_bt() {
    scene(&[Need::Aria2, Need::Libtorrent], |place| {
        let (around, source) = source(place);
        let torrent = bt::publish(place, &source, &OwnTracker::url());
        let mut tracker = OwnTracker::start(place);
        let _seeders = [
            Aria2.seed(place, &torrent, &around, address(1, 1)),
            Libtorrent.seed(place, &torrent, &around, address(1, 2)),
            bt::seed(place, &torrent, &around, address(1, 3), &[]),
        ];
        for _ in 0..3 {
            tracker.seeder();
        }
        for (number, target) in [(1, place.folder("one")), (2, place.folder("two"))] {
            let fetch = bt::fetch(place, &torrent, &target, address(2, number), &[]);
            fetch.ended(LIMIT).well();
            data::assert_same(&around, &target);
        }
    });
}

#[test]
fn metainfo_of_transmission_create() {
    scene(&[Need::Transmission], |place| {
        let (around, source) = source(place);
        // It leaves out files that have no bytes.
        data::remove_empty(&around);
        let torrent = place.file("theirs.torrent");
        let mut create = Command::new("transmission-create");
        create.args(["--tracker", &OwnTracker::url(), "--outfile"]).arg(&torrent).arg(&source);
        assert!(create.output().unwrap().status.success());
        let mut tracker = OwnTracker::start(place);
        let _seeder = bt::seed(place, &torrent, &around, address(1, 1), &[]);
        tracker.seeder();
        let target = place.folder("target");
        bt::fetch(place, &torrent, &target, address(2, 1), &[]).ended(LIMIT).well();
        data::assert_same(&around, &target);
    });
}
