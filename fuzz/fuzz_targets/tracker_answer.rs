//! The answer of a hostile tracker. What is taken can be called and shown, reads back from what
//! the server writes, and is no reason to ask more often or more seldom than the schedule allows.
#![no_main]

use bt::tracker::announce::{Answer, Peer, Trouble};
use bt::tracker::http::{PEERS_MOST, answer, decode, decode_scrape, scrape_answer};
use bt::tracker::{Document, Schedule};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::{Duration, Instant};

fn addresses(answer: &Answer) -> Vec<std::net::SocketAddr> {
    let mut addresses: Vec<_> = answer.peers.iter().map(|Peer { address, .. }| *address).collect();
    addresses.sort_unstable();
    addresses
}

/// Words for a person.
fn shown(words: &str) -> bool {
    words.chars().count() <= 300 && !words.contains(char::is_control)
}

fn next(result: Result<&Answer, &Trouble>) {
    let now = Instant::now();
    let tiers = vec![vec!["http://t/a".to_owned()]];
    let mut schedule = Schedule::new(tiers, &mut StdRng::seed_from_u64(0));
    schedule.poll(now).expect("the first announce is due");
    schedule.answered(now, result);
    schedule.hurry(now);
    assert_eq!(schedule.poll(now), None);
    if let Some(at) = schedule.next_timeout() {
        assert!(at > now + Duration::from_secs(5));
        if result.is_ok() {
            assert!(at <= now + Duration::from_secs(24 * 60 * 60));
            assert!(schedule.poll(at).is_some());
        }
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(mut files) = decode_scrape(data) {
        files.sort_unstable_by_key(|(hash, _)| *hash);
        // Only what is not canonical names one twice.
        files.dedup_by_key(|(hash, _)| *hash);
        assert_eq!(decode_scrape(&scrape_answer(files.clone())), Ok(files));
    }
    let result = decode(data);
    if let Some(Ok(Document::Announce(answer))) = Document::recognise(Instant::now(), data) {
        assert_eq!(result.as_ref(), Ok(&answer));
    }
    next(result.as_ref());
    match result {
        Ok(taken) => {
            assert!(taken.peers.len() <= 2 * PEERS_MOST);
            assert!(taken.peers.iter().all(|peer| peer.address.port() != 0));
            assert!(taken.warning.as_deref().is_none_or(shown));
            if taken.peers.len() <= PEERS_MOST {
                let short = decode(&answer(&taken, true)).expect("what the server writes");
                assert_eq!(addresses(&short), addresses(&taken));
                assert_eq!(decode(&answer(&taken, false)), Ok(taken));
            }
        }
        Err(Trouble::Refused { reason, .. }) => assert!(shown(&reason)),
        Err(_) => {}
    }
});
