//! The tracker's memory as hostile bytes. What was saved once is saved the same for ever.
#![no_main]

use bt::tracker::swarms::Swarms;
use bt::tracker::{Config, dfile};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::time::Instant;

/// All that a dfile tells, in an order of its own: that of the shards is drawn anew each time.
fn told(bytes: &[u8]) -> BTreeMap<[u8; 20], (u32, Vec<dfile::Peer>)> {
    let mut all = BTreeMap::new();
    let read = dfile::read(bytes, |torrent| {
        let mut peers = torrent.peers.clone();
        peers.sort_by_key(|peer| peer.address);
        all.insert(torrent.hash.0, (torrent.downloaded, peers));
    });
    read.expect("what was saved");
    all
}

fuzz_target!(|data: &[u8]| {
    let now = Instant::now();
    let load = |bytes: &[u8]| dfile::load(bytes, Config::default(), now);
    let Ok(swarms) = load(data) else { return };
    let again = |swarms: &Swarms| load(&dfile::save(swarms, now)).expect("what was saved");
    // The first saving drops the peers that are too old, the next the torrents left empty by that.
    let second = again(&swarms);
    assert!(second.all().len() <= swarms.all().len());
    assert_eq!(told(&dfile::save(&again(&second), now)), told(&dfile::save(&second, now)));
});
