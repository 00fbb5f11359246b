//! The query of an announce or scrape. What is understood is understood the same when the client
//! says it.
#![no_main]

use bt::tracker::http::{announce_url, parse_announce, parse_scrape};
use libfuzzer_sys::fuzz_target;

/// What every announce must have, so that half of the inputs reach the rest.
const NEEDED: &[u8] = b"info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=1&";

fuzz_target!(|data: &[u8]| {
    for query in [data, &[NEEDED, data].concat()] {
        if let Ok(announce) = parse_announce(query) {
            let url = announce_url("http://t/announce", &announce);
            assert!(url.is_ascii() && !url.contains(' '));
            let (_, said) = url.split_once('?').expect("a query");
            assert_eq!(parse_announce(said.as_bytes()), Ok(announce));
        }
    }
    if let Ok(hashes) = parse_scrape(data) {
        assert!((1..=100).contains(&hashes.len()) && hashes.len() * 30 <= data.len());
        assert!((1..hashes.len()).all(|at| !hashes[..at].contains(&hashes[at])));
    }
});
