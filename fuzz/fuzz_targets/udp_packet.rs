//! Packets of a UDP tracker, both ways. What is understood is understood the same when we say it,
//! and is not longer than it came.
#![no_main]

use bt::tracker::udp::{
    Family, Request, Response, SCRAPE_MOST, parse_request, parse_response, request, response,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(taken) = parse_request(data) {
        if let Request::Scrape { hashes, .. } = &taken {
            assert!((1..=SCRAPE_MOST).contains(&hashes.len()));
        }
        let said = request(&taken);
        assert!(said.len() <= data.len());
        assert_eq!(parse_request(&said), Ok(taken));
    }
    for family in [Family::V4, Family::V6] {
        let Ok((transaction, mut taken)) = parse_response(data, family) else { continue };
        if let Response::Announce(answer) = &mut taken {
            // An address of the other family, mapped into this one, is not written again.
            answer.peers.retain(|peer| Family::of(peer.address.ip()) == family);
        }
        let said = response(transaction, &taken, family);
        assert_eq!(parse_response(&said, family), Ok((transaction, taken)));
    }
});
