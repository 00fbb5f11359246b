//! What stands in front of a tracker's swarms costs: nanoseconds an announce beside that of the
//! swarms alone, with nothing set and with each thing set; and what a list of a million info-hashes
//! takes to read. Run by `cargo bench --bench policy`.

#![allow(clippy::expect_used)]

use bt::torrent::{InfoHash, PeerId};
use bt::tracker::Config;
use bt::tracker::access::{Access, Hashes, parse};
use bt::tracker::announce::{Announce, Event};
use bt::tracker::drawn::Drawn;
use bt::tracker::keys::{self, Keys};
use bt::tracker::limits::{self, Bound, Rate};
use bt::tracker::reach::Reach;
use bt::tracker::service::{Asker, Front, Lists, Policy, Service};
use bt::tracker::swarms::{Ask, Families, Swarms};
use bt::tracker::tally::{Action, Outcome};
use bt::tracker::udp::Family;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Instant;

const PEERS: u32 = 100_000;
const TORRENTS: u32 = 10_000;
const ANNOUNCES: u32 = 400_000;
const ROUNDS: u32 = 7;
const LISTED: usize = 1_000_000;

fn hash(torrent: u32) -> InfoHash {
    InfoHash(StdRng::seed_from_u64(torrent.into()).random())
}

fn address(peer: u32) -> Ipv4Addr {
    Ipv4Addr::from(peer.wrapping_mul(0x9E37_79B1) | 1 << 24)
}

/// Nanoseconds of one call, the best of some rounds.
fn time(mut call: impl FnMut(u32)) -> f64 {
    let round = |_| {
        let began = Instant::now();
        (0..ANNOUNCES).for_each(&mut call);
        began.elapsed().as_nanos() as f64 / f64::from(ANNOUNCES)
    };
    (0..ROUNDS).map(round).fold(f64::MAX, f64::min)
}

fn main() {
    let now = Instant::now();
    let hashes: Vec<InfoHash> = (0..TORRENTS).map(hash).collect();
    let mut rng = StdRng::seed_from_u64(7);
    let mut drawn = Drawn::default();
    let announce = |peer: u32| Announce {
        info_hash: hashes[(peer % TORRENTS) as usize],
        peer_id: PeerId([b'x'; 20]),
        port: 6881,
        uploaded: 0,
        downloaded: 0,
        left: 1,
        event: Event::Interval,
        numwant: Some(30),
        compact: true,
        no_peer_id: true,
        key: None,
        tracker_id: None,
        ip: None,
    };

    let swarms = Swarms::new(Config::default(), now);
    let alone = time(|n| {
        let peer = n % PEERS;
        let announce = announce(peer);
        let ask = Ask {
            info_hash: announce.info_hash,
            address: SocketAddr::from((address(peer), announce.port)),
            peer_id: announce.peer_id,
            seed: announce.left == 0,
            event: announce.event,
            peers: 30,
            families: Families::Own,
            ids: false,
        };
        swarms.announce(now, &ask, &mut rng, &mut drawn);
        black_box(&drawn);
    });
    println!("{:24} {alone:6.0} ns", "the swarms alone");

    let list: String = (0..LISTED).map(|n| format!("{}\n", hash(n as u32))).collect();
    let began = Instant::now();
    let listed = Hashes::new(parse(list.as_bytes()).expect("a list"));
    println!("{:24} {:6.0} ms", "a list of 1,000,000", began.elapsed().as_secs_f64() * 1000.0);
    let access = Access { allowed: Some(listed.into()), ..Access::default() };
    let keys = || Some(Keys::new(keys::parse(b"0123456789abcdef\n").expect("keys"), None, now, 0));
    let none = Lists::default;
    let limit = |limits: limits::Config| Policy { limits, ..Policy::default() };
    let most = NonZeroU32::new(1_000_000).map(|most| Bound { most, nearest: Reach::Loopback });
    let generous = Rate { burst: NonZeroU32::MAX, ..Rate::PUBLIC };
    let scenes = [
        ("nothing set", Policy::default(), none()),
        ("--interval-jitter", Policy { jitter: 10, ..Policy::default() }, none()),
        (
            "--rate",
            limit(limits::Config { public: Some(generous), ..limits::Config::default() }),
            none(),
        ),
        ("--allow 1,000,000", Policy::default(), Lists { access: Some(access), keys: None }),
        ("--keys", Policy::default(), Lists { access: None, keys: keys() }),
        (
            "--torrents-per-address",
            limit(limits::Config { torrents: most, ..limits::Config::default() }),
            none(),
        ),
    ];
    for (name, policy, lists) in scenes {
        let service = Service::with(Swarms::new(Config::default(), now), policy, lists, now);
        let took = time(|n| {
            let peer = n % PEERS;
            let asker = Asker {
                ip: address(peer).into(),
                front: Front::Udp,
                key: Some(b"0123456789abcdef"),
            };
            let judged = service.announce(now, &asker, &announce(peer), &mut rng, &mut drawn);
            black_box(judged).expect("an answer");
            black_box(&drawn);
        });
        println!("{name:24} {took:6.0} ns, {:+4.0}", took - alone);
    }
    let service = Service::new(Swarms::new(Config::default(), now), now);
    let tally = service.tallies().tally();
    let took = time(|n| {
        let family = if n & 1 == 0 { Family::V4 } else { Family::V6 };
        tally.count(Front::Udp, family, Action::Announce, black_box(Outcome::Answered));
    });
    println!("{:24} {took:6.1} ns", "a count");
}
