use super::*;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

mod ceiling;
mod snapshots;

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn hash(number: u32) -> InfoHash {
    let mut hash = [0; 20];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    InfoHash(hash)
}

fn ask(number: u32, address: &str, seed: bool, event: Event) -> Ask {
    Ask {
        info_hash: hash(number),
        address: address.parse().unwrap(),
        peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
        seed,
        event,
        peers: 50,
        families: Families::Both,
        ids: false,
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn addresses(drawn: &Drawn) -> BTreeSet<SocketAddr> {
    let v4 = drawn.v4.iter().map(|peer| {
        let [ip @ .., high, low] = *peer;
        SocketAddr::new(ip.into(), u16::from_be_bytes([high, low]))
    });
    let v6 = drawn.v6.iter().map(|peer| {
        let [ip @ .., high, low] = *peer;
        SocketAddr::new(ip.into(), u16::from_be_bytes([high, low]))
    });
    let set: BTreeSet<_> = v4.chain(v6).collect();
    assert_eq!(set.len(), drawn.len(), "nobody twice");
    set
}

fn counts(complete: u32, incomplete: u32, downloaded: u32) -> Option<Counts> {
    Some(Counts { complete, incomplete, partial: 0, downloaded })
}

fn keep(swarms: &Swarms, numbers: impl IntoIterator<Item = u32>) {
    swarms.keep_listed(&Arc::new(numbers.into_iter().map(hash).collect()));
}

/// What the shards hold is what all together say they do.
fn audit(swarms: &Swarms) {
    let mut sum = (0, 0, 0);
    for shard in &swarms.shards {
        let (torrents, peers, bytes) = shard.lock().audit();
        sum = (sum.0 + torrents, sum.1 + peers, sum.2 + bytes);
    }
    assert_eq!(sum, (swarms.known(), swarms.peers(), swarms.bytes()));
}

/// The census says what the counts of all torrents do.
fn audit_census(swarms: &Swarms) {
    let mut counted = Counts::default();
    for (_, counts) in swarms.all() {
        counted.complete += counts.complete;
        counted.incomplete += counts.incomplete;
        counted.partial += counts.partial;
        counted.downloaded += counts.downloaded;
    }
    let census = swarms.census();
    let of = |role| census.of_role(role) as u32;
    let told = Counts {
        complete: of(Role::Seed),
        incomplete: of(Role::Leecher) + of(Role::PartialSeed),
        partial: of(Role::PartialSeed),
        downloaded: census.completed as u32,
    };
    assert_eq!((census.torrents as usize, told), (swarms.known(), counted));
}

/// A whole sweep: one round ends what was begun, the next is whole, and a third finds what was put
/// to another place meanwhile.
fn sweep_all(swarms: &Swarms, now: Instant) {
    (0..3).for_each(|_| swarms.sweep(now, usize::MAX));
}

struct Told {
    swarms: Swarms,
    rng: StdRng,
    now: Instant,
}

impl Told {
    fn new(config: Config) -> Self {
        let now = Instant::now();
        Self { swarms: Swarms::new(config, now), rng: rng(), now }
    }

    fn tell(&mut self, ask: Ask) -> Drawn {
        let mut drawn = Drawn::default();
        self.swarms.announce(self.now, &ask, &mut self.rng, &mut drawn);
        drawn
    }
}

#[test]
fn peers_are_told_of_each_other_and_never_of_themselves() {
    let mut told = Told::new(Config::default());
    assert!(told.tell(ask(1, "10.0.0.1:1", true, Event::Started)).is_empty());
    let second = told.tell(ask(1, "10.0.0.2:2", false, Event::Started));
    assert_eq!(addresses(&second), ["10.0.0.1:1".parse().unwrap()].into());
    assert_eq!(Some(second.counts), counts(1, 1, 0));
    // Another port at the same address is another peer; another torrent is another swarm.
    assert_eq!(told.tell(ask(1, "10.0.0.2:3", false, Event::Started)).len(), 2);
    assert!(told.tell(ask(2, "10.0.0.9:3", false, Event::Started)).is_empty());
    assert!(
        told.tell(ask(1, "10.0.0.1:1", true, Event::Stopped)).is_empty(),
        "nothing to leave with"
    );
}

#[test]
fn seeds_are_not_told_of_seeds() {
    let mut told = Told::new(Config::default());
    told.tell(ask(1, "10.0.0.1:1", true, Event::Started));
    told.tell(ask(1, "10.0.0.1:2", false, Event::Started));
    let seed = told.tell(ask(1, "10.0.0.1:3", true, Event::Interval));
    assert_eq!(addresses(&seed), ["10.0.0.1:2".parse().unwrap()].into());
    // Who has only a magnet link cannot know that much is left, and may say that nothing is.
    assert_eq!(told.tell(ask(1, "10.0.0.1:4", true, Event::Started)).len(), 3);
}

#[test]
fn partial_seeds_are_told_of_no_seeds_and_seeds_not_of_them() {
    let mut told = Told::new(Config::default());
    told.tell(ask(1, "10.0.0.1:1", true, Event::Started));
    told.tell(ask(1, "10.0.0.1:2", false, Event::Started));
    told.tell(ask(1, "10.0.0.1:3", false, Event::Paused));
    told.tell(ask(1, "[2001:db8::1]:4", false, Event::Paused));
    let leecher: SocketAddr = "10.0.0.1:2".parse().unwrap();
    let seed = told.tell(ask(1, "10.0.0.1:1", true, Event::Interval));
    assert_eq!(addresses(&seed), [leecher].into());
    assert_eq!(seed.counts, Counts { complete: 1, incomplete: 3, partial: 2, downloaded: 0 });
    let partial = told.tell(ask(1, "10.0.0.1:3", false, Event::Paused));
    assert_eq!(addresses(&partial), [leecher].into());
    assert_eq!(told.tell(ask(1, "10.0.0.1:2", false, Event::Interval)).len(), 3);
    // Nobody who lacks nothing is one; one who fetches again or has all is none any more.
    told.tell(ask(1, "10.0.0.1:1", true, Event::Paused));
    told.tell(ask(1, "[2001:db8::1]:4", false, Event::Interval));
    let done = told.tell(ask(1, "10.0.0.1:3", true, Event::Completed));
    assert_eq!(done.counts, Counts { complete: 2, incomplete: 2, partial: 0, downloaded: 1 });
    audit(&told.swarms);
}

#[test]
fn both_families_are_told_the_own_one_first() {
    let mut told = Told::new(Config::default());
    let mut tell = |address: &str, families| {
        told.tell(Ask { peers: 2, families, ..ask(1, address, false, Event::Started) })
    };
    tell("10.0.0.1:1", Families::Both);
    tell("[::ffff:10.0.0.2]:2", Families::Both);
    tell("[2001:db8::1]:3", Families::Both);
    let v6 = tell("[2001:db8::2]:4", Families::Both);
    assert_eq!((v6.v6.len(), v6.v4.len()), (1, 1));
    let v4 = tell("10.0.0.3:5", Families::Both);
    assert_eq!((v4.v6.len(), v4.v4.len()), (0, 2));
    assert_eq!(Some(v4.counts), counts(0, 5, 0));
    let own = tell("[2001:db8::2]:4", Families::Own);
    assert_eq!((own.v6.len(), own.v4.len()), (1, 0));
}

#[test]
fn stopped_removes_and_completed_counts_once() {
    let mut told = Told::new(Config::default());
    let mut tell = |port, seed, event| {
        told.tell(ask(1, &format!("10.0.0.1:{port}"), seed, event));
        told.swarms.counts(hash(1))
    };
    assert_eq!(tell(9, true, Event::Stopped), None, "nothing is made of a goodbye");
    assert_eq!(tell(1, false, Event::Started), counts(0, 1, 0));
    assert_eq!(tell(2, false, Event::Started), counts(0, 2, 0));
    assert_eq!(tell(1, true, Event::Completed), counts(1, 1, 1));
    assert_eq!(tell(1, true, Event::Completed), counts(1, 1, 1));
    assert_eq!(tell(2, false, Event::Completed), counts(1, 1, 1), "not complete");
    assert_eq!(tell(1, false, Event::Interval), counts(0, 2, 1));
    assert_eq!(tell(0, true, Event::Completed), counts(0, 2, 1), "port 0 is not listed");
    assert_eq!(tell(1, false, Event::Stopped), counts(0, 1, 1));
    assert_eq!(tell(1, false, Event::Stopped), counts(0, 1, 1));
    assert_eq!(tell(2, false, Event::Stopped), None);
}

#[test]
fn who_is_silent_for_too_long_is_gone() {
    let mut told = Told::new(Config::default());
    let start = told.now;
    told.tell(ask(1, "10.0.0.1:1", true, Event::Started));
    told.tell(ask(2, "[::1]:2", false, Event::Started));
    told.now = start + secs(600);
    told.tell(ask(1, "10.0.0.1:2", false, Event::Started));
    told.now = start + secs(2700);
    let third = ask(1, "10.0.0.1:3", false, Event::Started);
    assert_eq!(told.tell(third).len(), 2);
    told.now = start + secs(2701);
    let drawn = told.tell(third);
    assert_eq!(addresses(&drawn), ["10.0.0.1:2".parse().unwrap()].into());
    assert_eq!(Some(drawn.counts), counts(0, 2, 0));
    assert_eq!(told.swarms.known(), 2);
    sweep_all(&told.swarms, told.now);
    assert_eq!(told.swarms.known(), 1, "a torrent without peers is forgotten");
    sweep_all(&told.swarms, start + secs(9000));
    assert_eq!((told.swarms.known(), told.swarms.bytes()), (0, 0));
}

#[test]
fn time_that_wraps_brings_nobody_back() {
    for timeout in [1, 2700, 1 << 13, 100_000, 1 << 40] {
        let mut told = Told::new(Config { timeout: secs(timeout), ..Config::default() });
        let start = told.now;
        told.tell(ask(1, "10.0.0.1:1", true, Event::Started));
        // A process that was stopped for so long finds a count that has gone round.
        let unit = timeout.div_ceil(1 << 13).max(1);
        told.now = start + secs(unit << 15);
        assert!(told.tell(ask(1, "10.0.0.1:2", false, Event::Started)).is_empty());
        audit(&told.swarms);
        told.now += secs(timeout);
        assert_eq!(told.tell(ask(1, "10.0.0.1:3", false, Event::Started)).len(), 1, "{timeout}");
    }
}

#[test]
fn a_round_of_sweeps_ends_long_before_the_timeout() {
    let mut told = Told::new(Config { memory_most: usize::MAX, ..Config::default() });
    for peer in 0..60_000u32 {
        let address = SocketAddr::new(IpAddr::from(peer.to_be_bytes()), 1);
        let number = if peer % 2 == 0 { 0 } else { peer };
        told.tell(Ask {
            address,
            peers: 0,
            ..ask(number, "0.0.0.0:1", peer % 8 < 2, Event::Started)
        });
    }
    let start = told.now;
    for second in 1..=(2700 + 2700 / 2) {
        told.swarms.sweep(start + secs(second), 1);
        if second == 2700 {
            assert_eq!(told.swarms.peers(), 60_000);
        }
    }
    assert_eq!((told.swarms.peers(), told.swarms.known(), told.swarms.bytes()), (0, 0, 0));
}

#[test]
fn ids_are_kept_where_they_are_asked_for() {
    let mut told = Told::new(Config::default());
    told.tell(ask(1, "10.0.0.1:1", false, Event::Started));
    told.tell(ask(1, "[2001:db8::1]:1", false, Event::Started));
    let bytes = told.swarms.bytes();
    let long =
        |port| Ask { ids: true, ..ask(1, &format!("10.0.0.1:{port}"), false, Event::Started) };
    let first = told.tell(long(2));
    assert_eq!((first.ids_v4, first.ids_v6), (vec![None], vec![None]), "from now on");
    assert!(told.swarms.bytes() > bytes);
    told.tell(ask(1, "10.0.0.1:1", false, Event::Interval));
    told.tell(ask(1, "[2001:db8::1]:1", false, Event::Interval));
    let id = Some(PeerId(*b"-BT0100-abcdefghijkl"));
    let second = told.tell(long(2));
    assert_eq!((second.ids_v4, second.ids_v6), (vec![id], vec![id]));
    audit(&told.swarms);
    // Others are told of without.
    let short = told.tell(ask(1, "10.0.0.1:3", false, Event::Started));
    assert_eq!((short.len(), short.ids_v4.len(), short.ids_v6.len()), (3, 0, 0));
    // Nobody asks any more: after a timeout they are gone.
    let start = told.now;
    for step in 1..=4 {
        told.now = start + secs(1000 * step);
        told.tell(ask(1, "10.0.0.1:1", false, Event::Interval));
        told.tell(ask(1, "10.0.0.1:3", false, Event::Interval));
        told.tell(ask(1, "[2001:db8::1]:1", false, Event::Interval));
        told.swarms.sweep(told.now, usize::MAX);
    }
    let peers = told.tell(long(1));
    assert_eq!(peers.ids_v4, [None]);
    for host in ["10.0.0.1:1", "10.0.0.1:3", "[2001:db8::1]:1"] {
        told.tell(ask(1, host, false, Event::Stopped));
    }
    assert_eq!((told.swarms.known(), told.swarms.bytes()), (0, 0));
}

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
