//! Packets of a UDP tracker, both ways. What is understood is understood the same when we say it,
//! and is not longer than it came; a server answers the unproven in no more bytes than they sent,
//! everybody in no more than go through a network whole, and nothing that a client would not read.
#![no_main]

use bt::tracker::drawn::Drawn;
use bt::tracker::service::Service;
use bt::tracker::swarms::Swarms;
use bt::tracker::tally::Tallies;
use bt::tracker::udp::{
    Buffer, Connections, Family, Request, SCRAPE_MOST, Server, Slot, View, parse_response, request,
};
use bt::torrent::InfoHash;
use bt::tracker::Config;
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// One for the whole run, so that swarms have members.
static SERVICE: LazyLock<(Instant, Service)> = LazyLock::new(|| {
    let config = Config { peers_most: 64_000, ..Config::default() };
    let now = Instant::now();
    (now, Service::new(Swarms::new(config, now), now))
});

fuzz_target!(|data: &[u8]| {
    viewed(data);
    answered(data);
    if let Some(taken) = taken(data) {
        if let Request::Scrape { hashes, .. } = &taken {
            assert!((1..=SCRAPE_MOST).contains(&hashes.len()));
        }
        let said = request(&taken);
        assert!(said.len() <= data.len());
        assert_eq!(self::taken(&said), Some(taken));
    }
    for family in [Family::V4, Family::V6] {
        let _ = parse_response(data, family);
    }
});

/// What a client must have said.
fn taken(data: &[u8]) -> Option<Request> {
    Some(match View::parse(data).ok()? {
        View::Connect { transaction } => Request::Connect { transaction },
        View::Announce { connection, transaction, announce, options } => {
            let url_data = options.url_data().flatten().copied().collect();
            Request::Announce { connection, transaction, announce, url_data }
        }
        View::Scrape { connection, transaction, hashes } => {
            let hashes = hashes.iter().copied().map(InfoHash).collect();
            Request::Scrape { connection, transaction, hashes }
        }
    })
}

fn viewed(data: &[u8]) {
    let Ok(View::Announce { options, .. }) = View::parse(data) else { return };
    let whole: Vec<u8> = options.url_data().flatten().copied().collect();
    assert!(whole.len().saturating_add(98) <= data.len());
    let mut buffer = [0; 32];
    assert_eq!(options.join(&mut buffer), &whole[..whole.len().min(32)]);
}

/// As it came, and under an id that its sender was given.
fn answered(data: &[u8]) {
    let (now, service) = &*SERVICE;
    let connections = Connections::new([7; 16], Slot::at(Duration::ZERO));
    let slot = Slot::at(Duration::from_secs(1_770_000_000));
    let mut rng = SmallRng::seed_from_u64(1);
    let mut drawn = Drawn::default();
    let tally = Tallies::default().tally();
    for (ip, most) in [
        (IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)), 1472),
        (IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9)), 1232),
    ] {
        let id = connections.id(ip, slot);
        for proven in [false, true] {
            let mut buffer: Buffer = [0; size_of::<Buffer>()];
            let length = data.len().min(buffer.len());
            buffer[..length].copy_from_slice(&data[..length]);
            if proven && length >= 8 {
                buffer[..8].copy_from_slice(&id.to_be_bytes());
            }
            let known = length >= 8 && buffer[..8] == id.to_be_bytes();
            let mut server = Server {
                service,
                connections: &connections,
                now: *now,
                slot,
                rng: &mut rng,
                drawn: &mut drawn,
                tally: &tally,
            };
            if let Some(answer) = server.answer(ip, &mut buffer, length) {
                assert!(answer <= if known { most } else { length });
                assert!(parse_response(&buffer[..answer], Family::of(ip)).is_ok());
            }
        }
    }
}
