//! The tracker's memory as hostile bytes. What was saved once is saved the same for ever.
#![no_main]

use bt::tracker::{Config, Registry, dfile};
use libfuzzer_sys::fuzz_target;
use std::time::Instant;

fuzz_target!(|data: &[u8]| {
    let now = Instant::now();
    let load = |bytes: &[u8]| dfile::load(bytes, Config::default(), now);
    let Ok(registry) = load(data) else { return };
    // The first saving drops the peers that are too old, the next the torrents left empty by that.
    let again = |registry: &Registry| load(&dfile::save(registry, now)).expect("what was saved");
    let second = again(&registry);
    assert!(second.torrents().len() <= registry.torrents().len());
    assert_eq!(dfile::save(&again(&second), now), dfile::save(&second, now));
});
