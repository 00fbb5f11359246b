//! Metainfo that `bt` makes, beside what libtorrent makes of the same files.

use crate::bt;
use crate::namespace::{Need, scene};
use crate::process::{Line, Process};
use std::time::Duration;

const TREES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peers/libtorrent_trees.py");

#[test]
fn metainfo_of_random_trees_is_what_libtorrent_makes() {
    scene(&[Need::Libtorrent], |place| {
        let mut trees = place.command("/usr/bin/python3");
        trees.arg(TREES).arg(bt::program()).arg(place.folder("trees")).arg("200");
        let ended = Process::start("libtorrent", &mut trees).ended(Duration::from_secs(900)).well();
        let same = |line: &Line| line.text().contains("200 trees are the same");
        assert!(ended.lines.iter().any(same), "{ended:?}");
    });
}
