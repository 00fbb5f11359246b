//! The operator's lists of info-hashes: what is read is a set, and written down it is read again.
#![no_main]

use bt::tracker::access::{Hashes, parse};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let Ok(hashes) = parse(data) else { return };
    assert!(hashes.len() * 33 <= data.len() + 1);
    let set = Hashes::new(hashes.clone());
    let plain: BTreeSet<_> = hashes.iter().copied().collect();
    assert!(set.iter().eq(plain.iter().copied()));
    assert!(plain.iter().all(|hash| set.contains(*hash)));
    let written: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
    assert_eq!(parse(written.as_bytes()), Ok(hashes));
});
