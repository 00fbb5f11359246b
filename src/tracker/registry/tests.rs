use super::*;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn from(hash: u8, port: u16, left: u64, event: Event) -> Announce {
    Announce {
        info_hash: InfoHash([hash; 20]),
        peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
        port,
        uploaded: 0,
        downloaded: 0,
        left,
        event,
        numwant: None,
        compact: true,
        no_peer_id: false,
        key: None,
        tracker_id: None,
        ip: None,
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn addresses(answer: &Answer) -> BTreeSet<SocketAddr> {
    let set: BTreeSet<_> = answer.peers.iter().map(|peer| peer.address).collect();
    assert_eq!(set.len(), answer.peers.len(), "nobody twice");
    set
}

#[test]
fn peers_are_told_of_each_other_and_never_of_themselves() {
    let now = Instant::now();
    let mut registry = Registry::new(Config::default(), now);
    let mut tell = |host: &str, announce| registry.announce(now, &announce, ip(host), &mut rng());
    assert_eq!(tell("10.0.0.1", from(1, 1, 0, Event::Started)).peers, []);
    let second = tell("10.0.0.2", from(1, 2, 5, Event::Started));
    assert_eq!(addresses(&second), ["10.0.0.1:1".parse().unwrap()].into());
    assert_eq!((second.complete, second.incomplete), (Some(1), Some(1)));
    assert_eq!(second.external_ip, Some(ip("10.0.0.2")));
    assert_eq!(second.interval, secs(1800));
    assert_eq!(second.peers[0].id, Some(PeerId(*b"-BT0100-abcdefghijkl")));
    // Another port at the same address is another peer; another torrent is another swarm.
    let third = tell("10.0.0.2", from(1, 3, 5, Event::Started));
    assert_eq!(third.peers.len(), 2);
    assert_eq!(tell("10.0.0.9", from(2, 3, 5, Event::Started)).peers, []);
}

#[test]
fn seeds_are_not_told_of_seeds() {
    let now = Instant::now();
    let mut registry = Registry::new(Config::default(), now);
    let mut tell = |announce| registry.announce(now, &announce, ip("10.0.0.1"), &mut rng());
    tell(from(1, 1, 0, Event::Started));
    tell(from(1, 2, 9, Event::Started));
    let seed = tell(from(1, 3, 0, Event::Started));
    assert_eq!(addresses(&seed), ["10.0.0.1:2".parse().unwrap()].into());
}

#[test]
fn both_families_are_told_the_own_one_first() {
    let now = Instant::now();
    let mut registry = Registry::new(Config { response_size: 2, ..Config::default() }, now);
    let mut tell = |host: &str, port| {
        registry.announce(now, &from(1, port, 9, Event::Started), ip(host), &mut rng())
    };
    tell("10.0.0.1", 1);
    tell("::ffff:10.0.0.2", 2);
    tell("2001:db8::1", 3);
    let v6 = tell("2001:db8::2", 4);
    assert_eq!(v6.peers.len(), 2);
    assert_eq!(v6.peers[0].address, "[2001:db8::1]:3".parse().unwrap());
    assert!(v6.peers[1].address.is_ipv4());
    let v4 = tell("10.0.0.3", 5);
    assert!(v4.peers.iter().all(|peer| peer.address.is_ipv4()), "{v4:?}");
    assert_eq!((v4.complete, v4.incomplete), (Some(0), Some(5)));
}

#[test]
fn the_number_of_peers_is_what_is_wanted_and_bounded() {
    let now = Instant::now();
    let mut registry = Registry::new(Config::default(), now);
    for port in 1..=500 {
        registry.announce(now, &from(1, port, 9, Event::Started), ip("10.0.0.1"), &mut rng());
    }
    for (numwant, told) in [(None, 50), (Some(0), 0), (Some(7), 7), (Some(u32::MAX), 200)] {
        let asker = Announce { numwant, ..from(1, 1, 9, Event::Interval) };
        let answer = registry.announce(now, &asker, ip("10.0.0.1"), &mut rng());
        assert_eq!(addresses(&answer).len(), told, "{numwant:?}");
    }
    // Drawn at random: in 40 answers of 50 everybody should have turned up.
    let mut rng = rng();
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let asker = from(1, 1, 9, Event::Interval);
        seen.extend(addresses(&registry.announce(now, &asker, ip("10.0.0.1"), &mut rng)));
    }
    assert_eq!(seen.len(), 499);
}

#[test]
fn stopped_removes_and_completed_counts_once() {
    let now = Instant::now();
    let mut registry = Registry::new(Config::default(), now);
    let mut tell = |port, left, event| {
        registry.announce(now, &from(1, port, left, event), ip("10.0.0.1"), &mut rng());
        registry.counts(InfoHash([1; 20]))
    };
    let counts =
        |complete, incomplete, downloaded| Some(Counts { complete, incomplete, downloaded });
    assert_eq!(tell(9, 0, Event::Stopped), None, "nothing is made of a goodbye");
    assert_eq!(tell(1, 5, Event::Started), counts(0, 1, 0));
    assert_eq!(tell(2, 5, Event::Started), counts(0, 2, 0));
    assert_eq!(tell(1, 0, Event::Completed), counts(1, 1, 1));
    assert_eq!(tell(1, 0, Event::Completed), counts(1, 1, 1));
    assert_eq!(tell(2, 5, Event::Completed), counts(1, 1, 1), "not complete");
    assert_eq!(tell(1, 5, Event::Interval), counts(0, 2, 1));
    assert_eq!(tell(0, 5, Event::Started), counts(0, 2, 1), "port 0 is not listed");
    assert_eq!(tell(1, 5, Event::Stopped), counts(0, 1, 1));
    assert_eq!(tell(1, 5, Event::Stopped), counts(0, 1, 1));
    assert_eq!(tell(2, 5, Event::Stopped), None);
}

#[test]
fn who_is_silent_for_too_long_is_gone() {
    let start = Instant::now();
    let mut registry = Registry::new(Config::default(), start);
    let at = |seconds| start + secs(seconds);
    registry.announce(at(0), &from(1, 1, 0, Event::Started), ip("10.0.0.1"), &mut rng());
    registry.announce(at(600), &from(1, 2, 9, Event::Started), ip("10.0.0.1"), &mut rng());
    registry.announce(at(0), &from(2, 2, 9, Event::Started), ip("::1"), &mut rng());
    let ask = from(1, 3, 9, Event::Started);
    assert_eq!(registry.announce(at(2700), &ask, ip("10.0.0.1"), &mut rng()).peers.len(), 2);
    let answer = registry.announce(at(2701), &ask, ip("10.0.0.1"), &mut rng());
    assert_eq!(addresses(&answer), ["10.0.0.1:2".parse().unwrap()].into());
    assert_eq!((answer.complete, answer.incomplete), (Some(0), Some(2)));
    assert_eq!(registry.torrents().len(), 2);
    while !registry.sweep(at(2701), 1) {}
    assert_eq!(registry.torrents().len(), 1, "a torrent without peers is forgotten");
    assert!(registry.sweep(at(9000), 1000));
    assert_eq!(registry.torrents().len(), 0);
}

#[test]
fn a_flood_of_info_hashes_stops_at_the_ceiling() {
    let now = Instant::now();
    let config = Config { peers_most: 3, ..Config::default() };
    let mut registry = Registry::new(config, now);
    let mut tell = |now, hash, port, event| {
        registry.announce(now, &from(hash, port, 1, event), ip("10.0.0.1"), &mut rng());
        (registry.torrents().len(), registry.peers)
    };
    for hash in 0..100 {
        tell(now, hash, 1, Event::Started);
    }
    assert_eq!(tell(now, 0, 2, Event::Started), (3, 3), "nor may a known swarm grow");
    assert_eq!(tell(now, 0, 1, Event::Interval), (3, 3), "who is known may stay");
    assert_eq!(tell(now, 0, 1, Event::Stopped), (2, 2));
    assert_eq!(tell(now, 7, 1, Event::Started), (3, 3), "whose place another takes");
    let later = now + config.timeout + secs(1);
    assert!(registry.sweep(later, 100));
    assert_eq!(registry.peers, 0);
}

#[derive(Clone, Debug)]
enum Step {
    Announce { hash: u8, host: u8, v6: bool, port: u16, left: u64, event: Event },
    Wait(u64),
    Sweep(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let event = prop_oneof![
        4 => Just(Event::Interval),
        2 => Just(Event::Started),
        2 => Just(Event::Completed),
        3 => Just(Event::Stopped)
    ];
    prop_oneof![
        20 => (0..3u8, 0..9u8, any::<bool>(), 0..4u16, 0..2u64, event).prop_map(
            |(hash, host, v6, port, left, event)| Step::Announce { hash, host, v6, port, left, event }
        ),
        1 => (0..2000u64).prop_map(Step::Wait),
        1 => (1..40usize).prop_map(Step::Sweep),
    ]
}

proptest! {
    #[test]
    fn it_counts_as_a_plain_model_does(steps in proptest::collection::vec(any_step(), 1..300), seed: u64) {
        let config = Config { response_most: 1000, response_size: 1000, ..Config::default() };
        let mut now = Instant::now();
        let mut registry = Registry::new(config, now);
        let mut rng = StdRng::seed_from_u64(seed);
        let mut model: BTreeMap<u8, HashMap<SocketAddr, (bool, Instant)>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Wait(seconds) => now += secs(seconds),
                Step::Sweep(budget) => drop(registry.sweep(now, budget)),
                Step::Announce { hash, host, v6, port, left, event } => {
                    let ip = if v6 { ip(&format!("2001:db8::{host}")) } else { [10, 0, 0, host].into() };
                    let answer = registry.announce(now, &from(hash, port, left, event), ip, &mut rng);
                    let swarm = model.entry(hash).or_default();
                    let own = SocketAddr::new(ip, port);
                    if event == Event::Stopped || port == 0 {
                        swarm.remove(&own);
                    } else {
                        swarm.insert(own, (left == 0, now));
                    }
                    swarm.retain(|_, (_, seen)| now.duration_since(*seen) <= config.timeout);
                    let expected: BTreeSet<SocketAddr> = swarm
                        .iter()
                        .filter(|(address, (is_seed, _))| {
                            event != Event::Stopped && **address != own && !(left == 0 && *is_seed)
                        })
                        .map(|(address, _)| *address)
                        .collect();
                    prop_assert_eq!(addresses(&answer), expected);
                }
            }
            for torrent in &registry.torrents {
                torrent.v4.check(&registry.hasher);
                torrent.v6.check(&registry.hasher);
            }
            let peers: usize = registry.torrents.iter().map(Torrent::len).sum();
            prop_assert_eq!(registry.peers, peers);
        }
        // Who is gone may be counted until a round began and ended at the first peer of each swarm:
        // this one ends, the next ends what announces swept in passing, the third is whole.
        for _ in 0..3 {
            registry.sweep(now, usize::MAX);
        }
        for (hash, swarm) in &mut model {
            swarm.retain(|_, (_, seen)| now.duration_since(*seen) <= config.timeout);
            let complete = swarm.values().filter(|(is_seed, _)| *is_seed).count() as u32;
            let expected = (complete, swarm.len() as u32 - complete);
            let counts = registry.counts(InfoHash([*hash; 20])).unwrap_or_default();
            prop_assert_eq!((counts.complete, counts.incomplete), expected);
        }
        let alive = model.values().filter(|swarm| !swarm.is_empty()).count();
        prop_assert_eq!(registry.torrents().len(), alive);
    }
}
