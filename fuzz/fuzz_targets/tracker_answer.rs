//! The answer of a hostile tracker. What is taken can be called and shown, reads back from what
//! the server writes, and is no reason to ask more often or more seldom than the schedule allows.
#![no_main]

use bt::tracker::announce::{Answer, Peer, Trouble};
use bt::tracker::drawn::Drawn;
use bt::tracker::http::{PEERS_MOST, decode, decode_scrape, write_answer, write_scrape};
use bt::tracker::service::Terms;
use bt::tracker::{Document, Schedule};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::net::IpAddr;
use std::time::{Duration, Instant};

fn addresses(answer: &Answer) -> Vec<std::net::SocketAddr> {
    let mut addresses: Vec<_> = answer.peers.iter().map(|Peer { address, .. }| *address).collect();
    addresses.sort_unstable();
    addresses
}

/// The answer as a server gives it.
fn served(answer: &Answer, compact: bool) -> Vec<u8> {
    let mut drawn = Drawn::default();
    drawn.counts.complete = answer.complete.unwrap_or(0);
    drawn.counts.incomplete = answer.incomplete.unwrap_or(0);
    for Peer { address, id } in &answer.peers {
        let port = address.port().to_be_bytes();
        match address.ip() {
            IpAddr::V4(ip) => {
                drawn.v4.push([&ip.octets()[..], &port].concat().try_into().expect("six bytes"));
                drawn.ids_v4.push(*id);
            }
            IpAddr::V6(ip) => {
                drawn.v6.push([&ip.octets()[..], &port].concat().try_into().expect("eighteen"));
                drawn.ids_v6.push(*id);
            }
        }
    }
    let Answer { interval, min_interval, external_ip, .. } = *answer;
    let mut out = Vec::new();
    let terms = Terms { interval, min_interval, external_ip };
    write_answer(&mut out, &terms, &drawn, compact);
    out
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
        let mut again = Vec::new();
        write_scrape(&mut again, &mut files);
        assert_eq!(decode_scrape(&again), Ok(files));
    }
    let result = decode(data);
    if let Some(Ok(Document::Announce(answer))) = Document::recognise(data) {
        assert_eq!(result.as_ref(), Ok(&answer));
    }
    next(result.as_ref());
    match result {
        Ok(taken) => {
            assert!(taken.peers.len() <= 2 * PEERS_MOST);
            assert!(taken.peers.iter().all(|peer| peer.address.port() != 0));
            assert!(taken.warning.as_deref().is_none_or(shown));
            if taken.peers.len() <= PEERS_MOST {
                for compact in [true, false] {
                    let again = decode(&served(&taken, compact)).expect("what the server writes");
                    assert_eq!(addresses(&again), addresses(&taken));
                    assert_eq!(again.interval, taken.interval);
                    assert_eq!(again.min_interval, taken.min_interval);
                    assert_eq!(again.external_ip, taken.external_ip);
                    assert_eq!(again.complete, Some(taken.complete.unwrap_or(0)));
                    assert_eq!(again.incomplete, Some(taken.incomplete.unwrap_or(0)));
                }
            }
        }
        Err(Trouble::Refused { reason, .. }) => assert!(shown(&reason)),
        Err(_) => {}
    }
});
