//! Registry and a plain model of it, walked side by side.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Announce { hash: u8, host: u8, v6: bool, port: u16, seed: bool, event: Event, ids: bool },
    Wait(u64),
    Sweep,
    Keep(u8),
    Reload,
}

fn any_step(hashes: u8, hosts: u8) -> impl Strategy<Value = Step> {
    let event = prop_oneof![
        6 => Just(Event::Interval),
        3 => Just(Event::Started),
        2 => Just(Event::Completed),
        2 => Just(Event::Paused),
        3 => Just(Event::Stopped)
    ];
    let bools = (any::<bool>(), any::<bool>(), proptest::bool::weighted(0.1));
    prop_oneof![
        200 => (0..hashes, 0..hosts, 0..4u16, event, bools).prop_map(
            |(hash, host, port, event, (v6, seed, ids))| Step::Announce { hash, host, v6, port, seed, event, ids }
        ),
        3 => (0..1500u64).prop_map(Step::Wait),
        3 => Just(Step::Sweep),
        1 => (0..hashes).prop_map(Step::Keep),
        1 => Just(Step::Reload),
    ]
}

/// A swarm as one would write it who has all the time and memory there is.
#[derive(Clone, Default)]
struct Model {
    peers: BTreeMap<SocketAddr, (Role, Instant)>,
    downloaded: u32,
}

impl Model {
    fn counts(&self) -> Counts {
        let count = |wanted| self.peers.values().filter(|(role, _)| *role == wanted).count() as u32;
        let (complete, partial) = (count(Role::Seed), count(Role::PartialSeed));
        let incomplete = self.peers.len() as u32 - complete;
        Counts { complete, incomplete, partial, downloaded: 0 }
    }
}

/// Walks registry and model side by side. Small swarms must agree at each step, large ones
/// after each sweep.
fn walk(steps: Vec<Step>, seed: u64, small: bool) -> Result<(), TestCaseError> {
    let mut now = Instant::now();
    let config = Config::default();
    let mut swarms = Swarms::new(config, now);
    let (mut rng, mut drawn) = (StdRng::seed_from_u64(seed), Drawn::default());
    let mut model: BTreeMap<u8, Model> = BTreeMap::new();
    let mut kept: BTreeSet<u8> = BTreeSet::new();
    let mut swept = now;
    for step in steps {
        match step {
            Step::Wait(seconds) => now += secs(seconds),
            Step::Sweep => {
                sweep_all(&swarms, now);
                swept = now;
            }
            Step::Keep(number) => {
                if !kept.remove(&number) {
                    kept.insert(number);
                }
                keep(&swarms, kept.iter().map(|&number| number.into()));
            }
            Step::Reload => {
                let later = now + secs(100_000);
                let again = Swarms::new(config, later);
                keep(&again, kept.iter().map(|&number| number.into()));
                for shard in 0..swarms.shards() {
                    for torrent in swarms.snapshot(shard, now).torrents() {
                        again.restore(later, torrent.hash, torrent.downloaded, torrent.peers());
                    }
                }
                // Time goes on; what was told before counts from here.
                for peer in model.values_mut().flat_map(|swarm| swarm.peers.values_mut()) {
                    peer.1 += secs(100_000);
                }
                (swarms, now, swept) = (again, later, later);
            }
            Step::Announce { hash: number, host, v6, port, seed, event, ids } => {
                let ip: IpAddr = match v6 {
                    true => [0x2001, 0xdb8, 0, 0, 0, 0, 0, host.into()].into(),
                    false => [10, 0, 0, host].into(),
                };
                let own = SocketAddr::new(ip, port);
                let ask = Ask {
                    address: own,
                    peers: if small { 1000 } else { 30 },
                    ids,
                    ..ask(number.into(), "0.0.0.0:0", seed, event)
                };
                swarms.announce(now, &ask, &mut rng, &mut drawn);
                let swarm = model.entry(number).or_default();
                swarm.peers.retain(|_, (_, seen)| now.duration_since(*seen) <= config.timeout);
                // Nobody was left: whether it was forgotten already is its own affair.
                let listed = event != Event::Stopped && port != 0;
                let new = u32::from(seed && event == Event::Completed);
                if swarm.peers.is_empty() && listed && drawn.counts.downloaded == new {
                    swarm.downloaded = 0;
                }
                if event == Event::Stopped || port == 0 {
                    swarm.peers.remove(&own);
                } else {
                    let was = swarm.peers.insert(own, (ask.role(), now));
                    let complete = was.is_some_and(|(role, _)| role == Role::Seed);
                    if seed && event == Event::Completed && !complete {
                        swarm.downloaded += 1;
                    }
                }
                let expected: BTreeSet<SocketAddr> = swarm
                    .peers
                    .iter()
                    .filter(|(address, (role, _))| {
                        let both_give = ask.role() != Role::Leecher && *role != Role::Leecher;
                        event != Event::Stopped
                            && **address != own
                            && !(both_give && event != Event::Started)
                    })
                    .map(|(address, _)| *address)
                    .collect();
                let told = addresses(&drawn);
                if small {
                    prop_assert_eq!(&told, &expected);
                    let counts = Counts { downloaded: 0, ..drawn.counts };
                    prop_assert_eq!(counts, swarm.counts());
                    prop_assert!(!listed || drawn.counts.downloaded == swarm.downloaded);
                } else {
                    prop_assert!(told.is_subset(&expected));
                    // Among many who fell silent meanwhile it may miss some.
                    prop_assert!(swept < now || told.len() == expected.len().min(30));
                }
                // Whether one who comes back was a seed is forgotten by the sweep, which may be late.
                if !small
                    && listed
                    && swept < now
                    && drawn.counts.downloaded + 1 == swarm.downloaded
                {
                    swarm.downloaded -= new;
                }
                if ids {
                    prop_assert_eq!(
                        (drawn.ids_v4.len(), drawn.ids_v6.len()),
                        (drawn.v4.len(), drawn.v6.len())
                    );
                }
            }
        }
        for (number, swarm) in &mut model {
            swarm.peers.retain(|_, (_, seen)| now.duration_since(*seen) <= config.timeout);
            // Forgotten at once where it was small, later where it was large.
            if swarm.peers.is_empty()
                && !kept.contains(number)
                && swarms.counts(hash((*number).into())).is_none()
            {
                swarm.downloaded = 0;
            }
        }
        if matches!(step, Step::Sweep | Step::Reload) {
            for (number, swarm) in &model {
                let expected = Counts { downloaded: swarm.downloaded, ..swarm.counts() };
                let found = swarms.counts(hash((*number).into())).unwrap_or_default();
                prop_assert_eq!(found, expected);
            }
        }
    }
    audit(&swarms);
    audit_census(&swarms);
    sweep_all(&swarms, now);
    audit(&swarms);
    let alive = model.iter().filter(|(number, swarm)| {
        !swarm.peers.is_empty()
            || kept.contains(number) && swarms.counts(hash((**number).into())).is_some()
    });
    prop_assert_eq!(swarms.known(), alive.count());
    // What is not served any more is gone, whoever is in it; the others stay.
    let before = swarms.counts(hash(1));
    swarms.retain(|other| other == hash(1));
    audit(&swarms);
    prop_assert_eq!(swarms.counts(hash(1)), before);
    prop_assert_eq!(swarms.known(), usize::from(before.is_some()));
    sweep_all(&swarms, now + secs(10_000));
    prop_assert_eq!(swarms.peers(), 0);
    keep(&swarms, []);
    prop_assert_eq!((swarms.known(), swarms.bytes()), (0, 0));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn small_swarms_count_as_a_plain_model_does(steps in proptest::collection::vec(any_step(3, 9), 1..600), seed: u64) {
        walk(steps, seed, true)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn large_swarms_count_as_a_plain_model_does(steps in proptest::collection::vec(any_step(2, 250), 1000..4000), seed: u64) {
        walk(steps, seed, false)?;
    }
}
