//! Another tracker that is told of what changes.

use super::*;
use crate::tracker::changes::{Epoch, What};
use crate::tracker::dfile::{self, Save};
use rand::RngExt;
use std::thread;

/// What is known: each torrent's counts, and its peers.
type Known = BTreeMap<InfoHash, (Option<Counts>, BTreeSet<(SocketAddr, bool)>)>;

fn known(swarms: &Swarms, now: Instant) -> Known {
    let mut known = Known::new();
    for shard in 0..swarms.shards() {
        for torrent in swarms.snapshot(shard, now).torrents() {
            let peers = torrent.peers().map(|peer| (peer.address, peer.role == Role::Seed));
            known.insert(torrent.hash, (swarms.counts(torrent.hash), peers.collect()));
        }
    }
    known
}

/// One of a few peers does something in one of a few torrents.
fn some(rng: &mut StdRng) -> Ask {
    let events = [Event::Interval, Event::Started, Event::Completed, Event::Paused, Event::Stopped];
    let peer = rng.random_range(0..40_u8);
    let ip = if peer % 2 == 0 { format!("10.0.0.{peer}") } else { format!("[2001:db8::{peer}]") };
    let address = format!("{ip}:{}", rng.random_range(0..3_u16));
    let event = events[rng.random_range(0..events.len())];
    ask(rng.random_range(0..40), &address, rng.random(), event)
}

/// A clock that began with the test.
fn epoch(now: Instant) -> Epoch {
    Epoch::new(now, 1)
}

fn follow(swarms: &Swarms, now: Instant) {
    (0..swarms.shards()).for_each(|shard| drop(swarms.follow(shard, now, epoch(now))));
}

fn waiting(swarms: &Swarms) -> usize {
    (0..swarms.shards()).map(|shard| swarms.changes(shard).len()).sum()
}

fn tell_changes(from: &Swarms, to: &Swarms, now: Instant, rng: &mut StdRng) {
    for shard in 0..from.shards() {
        for change in from.changes(shard) {
            to.apply(now, &change, rng);
        }
    }
}

#[test]
fn one_that_was_given_a_copy_and_is_told_of_changes_knows_the_same() {
    let mut rng = rng();
    let mut first = Told::new(Config::default());
    let now = first.now;
    (0..5_000).for_each(|_| drop(first.tell(some(&mut rng))));
    let mut bytes = Vec::new();
    {
        let Told { swarms, .. } = &first;
        let mut save = Save::following(swarms, now, epoch(now));
        while let Some(piece) = save.piece() {
            bytes.extend_from_slice(piece);
            // In shards that were copied, and in others that are yet to be.
            for _ in 0..50 {
                swarms.announce(
                    now,
                    &some(&mut rng),
                    &mut StdRng::seed_from_u64(1),
                    &mut Drawn::default(),
                );
            }
        }
    }
    let second = Swarms::new(Config::default(), now);
    dfile::load_into(&second, &bytes, now).unwrap();
    for _ in 0..20 {
        (0..200).for_each(|_| drop(first.tell(some(&mut rng))));
        tell_changes(&first.swarms, &second, now, &mut rng);
    }
    let wanted = known(&first.swarms, now);
    assert!(wanted.values().any(|(counts, _)| counts.is_some_and(|counts| counts.downloaded > 9)));
    assert_eq!(known(&second, now), wanted);
    [&first.swarms, &second].into_iter().for_each(audit);
    first.swarms.forget_other();
    first.tell(some(&mut rng));
    assert_eq!(waiting(&first.swarms), 0);
}

#[test]
fn a_download_while_a_large_swarm_is_copied_counts_once() {
    let now = Instant::now();
    let (first, second) =
        (Swarms::new(Config::default(), now), Swarms::new(Config::default(), now));
    let tell = |peer: u32, seed, event| {
        let address = SocketAddr::new(IpAddr::from((1_u32 << 24 | peer).to_be_bytes()), 1);
        let ask = Ask { address, peers: 0, ..ask(1, "0.0.0.0:1", seed, event) };
        first.announce(now, &ask, &mut StdRng::seed_from_u64(1), &mut Drawn::default());
    };
    let many = 150_000;
    (0..many).for_each(|peer| tell(peer, false, Event::Started));
    let bytes = thread::scope(|scope| {
        scope.spawn(|| (0..many).for_each(|peer| tell(peer, true, Event::Completed)));
        let mut bytes = Vec::new();
        let mut save = Save::following(&first, now, epoch(now));
        while let Some(piece) = save.piece() {
            bytes.extend_from_slice(piece);
        }
        bytes
    });
    dfile::load_into(&second, &bytes, now).unwrap();
    tell_changes(&first, &second, now, &mut rng());
    assert_eq!(second.counts(hash(1)), counts(many, 0, many));
}

#[test]
fn a_copy_of_before_takes_nothing_back() {
    let mut told = Told::new(Config::default());
    told.tell(ask(1, "10.0.0.1:1", false, Event::Started));
    let before = dfile::save(&told.swarms, told.now);
    told.tell(ask(1, "10.0.0.1:1", true, Event::Completed));
    told.tell(ask(1, "10.0.0.2:1", true, Event::Started));
    dfile::load_into(&told.swarms, &before, told.now).unwrap();
    assert_eq!(told.swarms.counts(hash(1)), counts(2, 0, 1));
    audit(&told.swarms);
}

#[test]
fn more_changes_than_can_be_kept_are_no_longer_kept_and_that_is_told() {
    let mut told = Told::new(Config::default());
    told.swarms.rules.noted.most = 1 << 12;
    let flood = |told: &mut Told, peers: u16| {
        for port in 1..=peers {
            told.tell(ask(
                u32::from(port % 40),
                &format!("10.0.0.1:{port}"),
                false,
                Event::Started,
            ));
        }
    };
    follow(&told.swarms, told.now);
    // As many as may wait, again and again.
    for _ in 0..3 {
        flood(&mut told, 1 << 12);
        assert!(!told.swarms.outran());
        assert_eq!(waiting(&told.swarms), 1 << 12);
    }
    flood(&mut told, 3 << 12);
    assert!(told.swarms.outran());
    let kept = waiting(&told.swarms);
    assert!(kept < 1 << 12, "{kept}");
    assert!(told.swarms.outran(), "what was not kept is lost");
    told.swarms.forget_other();
    assert!(!told.swarms.outran());
    follow(&told.swarms, told.now);
    flood(&mut told, 1);
    assert_eq!(waiting(&told.swarms), 1);
}

#[test]
fn a_goodbye_is_told_though_nobody_knew_who_says_it() {
    let mut told = Told::new(Config::default());
    follow(&told.swarms, told.now);
    // The other tracker may know it.
    told.tell(ask(1, "10.0.0.2:1", false, Event::Stopped));
    assert_eq!(waiting(&told.swarms), 1);
    told.tell(ask(1, "10.0.0.1:1", false, Event::Started));
    told.tell(ask(1, "10.0.0.2:1", false, Event::Stopped));
    assert_eq!(waiting(&told.swarms), 2);
    // Nobody is told of who has no port.
    told.tell(ask(1, "10.0.0.3:0", false, Event::Stopped));
    told.tell(ask(1, "10.0.0.3:0", false, Event::Started));
    assert_eq!(waiting(&told.swarms), 0);
}

/// Two trackers that both serve: the second one is told late of what the first one hears.
struct Both {
    first: Swarms,
    second: Swarms,
    now: Instant,
    rng: StdRng,
}

impl Both {
    fn new() -> Self {
        let now = Instant::now();
        let new = || Swarms::new(Config::default(), now);
        let both = Self { first: new(), second: new(), now, rng: rng() };
        follow(&both.first, now);
        both.second.prefer_newer(epoch(now));
        both
    }

    /// A nanosecond later one of them is told.
    fn tell(&mut self, first: bool, ask: &Ask) {
        self.now += Duration::from_nanos(1);
        let swarms = if first { &self.first } else { &self.second };
        swarms.announce(self.now, ask, &mut self.rng, &mut Drawn::default());
    }

    fn told_late(&mut self) {
        tell_changes(&self.first, &self.second, self.now, &mut self.rng);
    }
}

#[test]
fn the_newer_counts_in_whichever_order_it_is_told() {
    use Event::{Completed, Interval, Paused, Started, Stopped};
    let steps: &[(bool, Event)] = &[
        (false, Started),
        (false, Interval),
        (false, Paused),
        (true, Started),
        (true, Completed),
        (false, Stopped),
        (true, Stopped),
    ];
    for &before in steps {
        for &after in steps {
            for first in [true, false] {
                for at_once in [true, false] {
                    let (mut both, mut one) = (Both::new(), Told::new(Config::default()));
                    for (to, (seed, event)) in [(first, before), (!first, after)] {
                        let ask = ask(1, "10.0.0.1:1", seed, event);
                        both.tell(to, &ask);
                        one.tell(ask);
                        if at_once {
                            both.told_late();
                        }
                    }
                    both.told_late();
                    let counts = both.second.counts(hash(1)).unwrap_or_default();
                    let mut wanted = one.swarms.counts(hash(1)).unwrap_or_default();
                    if before.1 == Stopped
                        || (before, after) == ((true, Started), (true, Completed))
                    {
                        // Each alone could not know what the other was told before.
                        wanted.downloaded = counts.downloaded;
                    }
                    assert_eq!(counts, wanted, "{before:?} {after:?} {first} {at_once}");
                }
            }
        }
    }
}

#[test]
fn peers_that_ask_both_in_turn_end_as_if_there_were_one() {
    let mut rng = rng();
    let (mut both, mut one) = (Both::new(), Told::new(Config::default()));
    // What each is about to say: begins, goes on, has all, goes on, leaves.
    let life = [
        (false, Event::Started),
        (false, Event::Interval),
        (true, Event::Completed),
        (true, Event::Interval),
        (true, Event::Stopped),
    ];
    let mut lives = [0; 400];
    for _ in 0..20_000 {
        let peer = rng.random_range(0..lives.len());
        let (seed, event) = life[lives[peer] % life.len()];
        // What is not answered is said again, as like as not to the other.
        if rng.random_range(0..4) > 0 {
            lives[peer] += 1;
        }
        let number = u32::try_from(peer % 7).unwrap();
        let ask = ask(number, &format!("10.0.{}.1:{}", peer % 3, peer + 1), seed, event);
        both.tell(rng.random(), &ask);
        one.tell(ask);
        if rng.random_range(0..100) == 0 {
            both.told_late();
        }
    }
    both.told_late();
    let peers = |swarms: &Swarms| -> Vec<_> {
        known(swarms, one.now).into_iter().map(|(hash, (_, peers))| (hash, peers)).collect()
    };
    assert_eq!(peers(&both.second), peers(&one.swarms));
    audit(&both.second);
}

#[test]
fn a_download_that_both_have_counted_counts_once() {
    let mut both = Both::new();
    let mut completes = |address: &str, to: [bool; 2]| {
        for first in to {
            both.tell(first, &ask(1, address, true, Event::Completed));
        }
        both.told_late();
        both.second.counts(hash(1))
    };
    assert_eq!(completes("1.1.1.1:1", [true, false]), counts(1, 0, 1));
    assert_eq!(completes("2.2.2.2:2", [false, true]), counts(2, 0, 2));
    assert_eq!(completes("3.3.3.3:3", [true, true]), counts(3, 0, 3));
    // Counted there, and only heard of again here.
    both.tell(true, &ask(1, "4.4.4.4:4", true, Event::Completed));
    both.tell(false, &ask(1, "4.4.4.4:4", true, Event::Interval));
    both.told_late();
    assert_eq!(both.second.counts(hash(1)), counts(4, 0, 4));
    both.second.forget_other();
    let gone = Change {
        info_hash: hash(1),
        peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
        address: "1.1.1.1:1".parse().unwrap(),
        what: What::Gone,
        at: 0,
    };
    both.second.apply(both.now, &gone, &mut both.rng);
    assert_eq!(both.second.counts(hash(1)), counts(3, 0, 4), "there is nothing newer any more");
}

#[test]
fn at_a_ceiling_a_change_has_as_many_make_way_as_an_announce_and_no_more() {
    let now = Instant::now();
    let config = Config { torrents_most: 20, ..Config::default() };
    let [first, second] = [(); 2].map(|()| Swarms::new(config, now));
    let (mut rng, mut drawn) = (rng(), Drawn::default());
    let mut tell = |number, event| {
        let ask = ask(number, "10.0.0.1:1", false, event);
        first.announce(now, &ask, &mut rng, &mut drawn);
        drawn = Drawn::default();
    };
    (0..20).for_each(|number| tell(number, Event::Started));
    dfile::load_into(&second, &dfile::save(&first, now), now).unwrap();
    follow(&first, now);
    // Nobody new.
    (0..20).for_each(|number| tell(number, Event::Interval));
    tell(99, Event::Stopped);
    tell_changes(&first, &second, now, &mut StdRng::seed_from_u64(2));
    assert_eq!((first.evicted(), second.evicted(), second.known()), (0, 0, 20));
    (20..25).for_each(|number| tell(number, Event::Started));
    tell_changes(&first, &second, now, &mut StdRng::seed_from_u64(2));
    assert_eq!((first.evicted(), second.evicted(), second.known()), (5, 5, 20));
    // Whoever was told of last is in.
    assert!((20..25).any(|number| second.counts(hash(number)).is_some()));
    audit(&second);
}
