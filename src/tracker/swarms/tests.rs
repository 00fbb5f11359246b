use super::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

mod ceiling;
mod follow;
mod model;
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
    for shard in &*swarms.shards {
        let (torrents, peers, bytes) = shard.lock().audit(&swarms.rules);
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

#[test]
fn looking_ahead_changes_nothing() {
    let (now, mut rng, mut drawn) = (Instant::now(), rng(), Drawn::default());
    let swarms = Swarms::new(Config::default(), now);
    let mut coming = Vec::new();
    for peer in 1..3000u32 {
        // Of all sizes: one alone, rows, and sets of pages.
        let (number, port) = (peer.trailing_zeros(), 1 + (peer / 250) as u16);
        let address = match peer % 3 {
            0 => format!("[2001:db8::{peer:x}]:{port}"),
            _ => format!("192.0.2.{}:{port}", peer % 250),
        };
        let ask = ask(number, &address, peer % 5 == 0, Event::Started);
        swarms.announce(now, &ask, &mut rng, &mut drawn);
        coming.push((ask.info_hash, ask.address));
        // A peer that is not there, and a torrent that is not.
        coming.push((ask.info_hash, "198.51.100.1:1".parse().unwrap()));
        coming.push((hash(1000 + peer), ask.address));
    }
    let all = || {
        let shards = (0..swarms.shards()).map(|shard| swarms.snapshot(shard, now));
        let torrent = |saved: Saved<'_>| (saved.hash, saved.peers().collect::<Vec<_>>());
        let of = |shard: Snapshot| shard.torrents().map(torrent).collect::<Vec<_>>();
        shards.flat_map(of).collect::<Vec<_>>()
    };
    let (before, peers) = (all(), swarms.peers());
    swarms.foresee(&coming);
    swarms.foresee(&[]);
    assert_eq!((all(), swarms.peers()), (before, peers));
    assert_eq!(swarms.known(), 12);
}
