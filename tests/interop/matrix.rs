//! Everything that moves, moves between `bt` and everybody.
//!
//! Two data sets, 1 GiB in one file and 5,000 small files; each from `bt seed` to `bt fetch` and
//! to each stranger, and from each stranger to `bt fetch`. The tracker is `bt track`; to and from
//! libtorrent the file goes through opentracker, by UDP and by HTTP.

use crate::namespace::{Need, Place, address, scene};
use crate::peers::Stranger::{self, Aria2, Libtorrent, Transmission};
use crate::process::Process;
use crate::trackers::{Opentracker, OwnTracker};
use crate::{bt, data};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Long enough for transmission, whose timers let it ask for a few megabytes a second.
const LIMIT: Duration = Duration::from_secs(280);

#[derive(Clone, Copy)]
enum Set {
    File,
    Folder,
}

impl Set {
    /// Where it was made: the folder around it and itself.
    fn make(self, place: &Place) -> (PathBuf, PathBuf) {
        let around = place.folder("source");
        match self {
            Self::File => {
                let path = around.join("one.bin");
                data::one_file(&path, 1 << 30, 1);
                (around, path)
            }
            Self::Folder => {
                let path = place.folder("source/many");
                data::many_files(&path, 5_000, 2);
                (around, path)
            }
        }
    }
}

/// Who is on the other side of a transfer.
#[derive(Clone, Copy)]
enum Peer {
    Bt,
    Other(Stranger),
}

fn through_bt_track(set: Set, needs: &[Need], from: Peer, to: Peer) {
    scene(needs, |place| {
        let (around, source) = set.make(place);
        let torrent = bt::publish(place, &source, &OwnTracker::url());
        let mut tracker = OwnTracker::start(place);
        let _seeder = from.seed(place, &torrent, &around);
        tracker.seeder();
        to.fetch(place, &torrent, &around);
    });
}

impl Peer {
    fn seed(self, place: &Place, torrent: &Path, around: &Path) -> Process {
        match self {
            Self::Bt => bt::seed(place, torrent, around, address(1, 1), &[]),
            Self::Other(stranger) => stranger.seed(place, torrent, around, address(1, 1)),
        }
    }

    /// Fetches all of it and compares.
    fn fetch(self, place: &Place, torrent: &Path, around: &Path) {
        let target = place.folder("target");
        match self {
            Self::Bt => {
                bt::fetch(place, torrent, &target, address(2, 1), &[]).ended(LIMIT).well();
            }
            Self::Other(stranger) => {
                stranger.fetch(place, torrent, &target, address(2, 1)).done(LIMIT);
                if stranger == Transmission {
                    // It makes no file that has no bytes.
                    data::remove_empty(around);
                }
            }
        }
        data::assert_same(around, &target);
    }
}

fn through_opentracker(scheme: &str, from: Peer, to: Peer) {
    scene(&[Need::Libtorrent, Need::Opentracker], |place| {
        let (around, source) = Set::File.make(place);
        let torrent = bt::publish(place, &source, &Opentracker::url(scheme));
        let _tracker = Opentracker::start(place, &bt::info_hash(place, &torrent));
        let mut seeder = from.seed(place, &torrent, &around);
        // Both of them say so when a tracker took them in.
        seeder.until_line("announced", Duration::from_secs(30));
        to.fetch(place, &torrent, &around);
    });
}

fn from_bt(set: Set, needs: &[Need], to: Stranger) {
    through_bt_track(set, needs, Peer::Bt, Peer::Other(to));
}

fn to_bt(set: Set, needs: &[Need], from: Stranger) {
    through_bt_track(set, needs, Peer::Other(from), Peer::Bt);
}

#[test]
fn file_from_bt_to_bt() {
    through_bt_track(Set::File, &[], Peer::Bt, Peer::Bt);
}

#[test]
fn file_from_bt_to_aria2() {
    from_bt(Set::File, &[Need::Aria2], Aria2);
}

#[test]
fn file_from_bt_to_transmission() {
    from_bt(Set::File, &[Need::Transmission], Transmission);
}

#[test]
fn file_from_aria2_to_bt() {
    to_bt(Set::File, &[Need::Aria2], Aria2);
}

#[test]
fn file_from_transmission_to_bt() {
    to_bt(Set::File, &[Need::Transmission], Transmission);
}

#[test]
fn file_from_bt_to_libtorrent() {
    through_opentracker("udp", Peer::Bt, Peer::Other(Libtorrent));
}

#[test]
fn file_from_libtorrent_to_bt() {
    through_opentracker("http", Peer::Other(Libtorrent), Peer::Bt);
}

#[test]
fn folder_from_bt_to_bt() {
    through_bt_track(Set::Folder, &[], Peer::Bt, Peer::Bt);
}

#[test]
fn folder_from_bt_to_aria2() {
    from_bt(Set::Folder, &[Need::Aria2], Aria2);
}

#[test]
fn folder_from_bt_to_libtorrent() {
    from_bt(Set::Folder, &[Need::Libtorrent], Libtorrent);
}

#[test]
fn folder_from_bt_to_transmission() {
    from_bt(Set::Folder, &[Need::Transmission], Transmission);
}

#[test]
fn folder_from_aria2_to_bt() {
    to_bt(Set::Folder, &[Need::Aria2], Aria2);
}

#[test]
fn folder_from_libtorrent_to_bt() {
    to_bt(Set::Folder, &[Need::Libtorrent], Libtorrent);
}

#[test]
fn folder_from_transmission_to_bt() {
    to_bt(Set::Folder, &[Need::Transmission], Transmission);
}
