//! Another tracker that is told of what changes.

use super::*;
use crate::tracker::changes::What;
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
        let mut save = Save::following(swarms, now);
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
    // The second may be told of changes while it is told of others by a third.
    let (second, third) =
        (Swarms::new(Config::default(), now), Swarms::new(Config::default(), now));
    dfile::load_into(&second, &bytes, now).unwrap();
    let mut save = Save::following(&second, now);
    let mut copy = Vec::new();
    while let Some(piece) = save.piece() {
        copy.extend_from_slice(piece);
    }
    dfile::load_into(&third, &copy, now).unwrap();
    for _ in 0..20 {
        (0..200).for_each(|_| drop(first.tell(some(&mut rng))));
        tell_changes(&first.swarms, &second, now, &mut rng);
        tell_changes(&second, &third, now, &mut rng);
    }
    let wanted = known(&first.swarms, now);
    assert!(wanted.values().any(|(counts, _)| counts.is_some_and(|counts| counts.downloaded > 9)));
    assert_eq!(known(&second, now), wanted);
    assert_eq!(known(&third, now), wanted);
    [&first.swarms, &second, &third].into_iter().for_each(audit);
    first.swarms.unfollow();
    first.tell(some(&mut rng));
    assert!((0..first.swarms.shards()).all(|shard| first.swarms.changes(shard).is_empty()));
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
        let mut save = Save::following(&first, now);
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
    let follow = |told: &Told| {
        (0..told.swarms.shards()).for_each(|shard| drop(told.swarms.follow(shard, told.now)));
    };
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
    let taken = |told: &Told| {
        (0..told.swarms.shards()).map(|shard| told.swarms.changes(shard).len()).sum::<usize>()
    };
    follow(&told);
    // As many as may wait, again and again.
    for _ in 0..3 {
        flood(&mut told, 1 << 12);
        assert!(!told.swarms.outran());
        assert_eq!(taken(&told), 1 << 12);
    }
    flood(&mut told, 3 << 12);
    assert!(told.swarms.outran());
    let kept = taken(&told);
    assert!(kept < 1 << 12, "{kept}");
    assert!(told.swarms.outran(), "what was not kept is lost");
    told.swarms.unfollow();
    assert!(!told.swarms.outran());
    follow(&told);
    flood(&mut told, 1);
    assert_eq!(taken(&told), 1);
}

#[test]
fn one_that_nobody_knew_is_not_told_to_be_gone() {
    let mut told = Told::new(Config::default());
    told.tell(ask(1, "10.0.0.1:1", false, Event::Started));
    (0..told.swarms.shards()).for_each(|shard| drop(told.swarms.follow(shard, told.now)));
    told.tell(ask(1, "10.0.0.2:1", false, Event::Stopped));
    assert!((0..told.swarms.shards()).all(|shard| told.swarms.changes(shard).is_empty()));
    told.tell(ask(1, "10.0.0.1:1", false, Event::Stopped));
    assert_eq!(
        (0..told.swarms.shards()).map(|shard| told.swarms.changes(shard).len()).sum::<usize>(),
        1
    );
}

#[test]
fn what_another_tells_late_takes_back_nothing_that_was_heard_here() {
    let (now, mut rng, mut drawn) = (Instant::now(), rng(), Drawn::default());
    let swarms = Swarms::new(Config::default(), now);
    let change = |address: &str, what| Change {
        info_hash: hash(1),
        peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
        address: address.parse().unwrap(),
        what,
    };
    let late = [
        ("1.1.1.1:1", What::Is(Role::Leecher)),
        ("2.2.2.2:2", What::Is(Role::Seed)),
        ("3.3.3.3:3", What::Completed),
        ("4.4.4.4:4", What::Is(Role::Leecher)),
    ];
    swarms.prefer_own();
    // Completed here, gone from here, completed there and only heard of again here.
    let own = [
        ask(1, "1.1.1.1:1", true, Event::Completed),
        ask(1, "2.2.2.2:2", false, Event::Started),
        ask(1, "2.2.2.2:2", false, Event::Stopped),
        ask(1, "3.3.3.3:3", true, Event::Interval),
    ];
    own.iter().for_each(|ask| swarms.announce(now, ask, &mut rng, &mut drawn));
    late.iter().for_each(|&(who, what)| swarms.apply(now, &change(who, what), &mut rng));
    assert_eq!(swarms.counts(hash(1)), counts(2, 1, 2));
    // Another change of one whom only the other hears of counts as well.
    swarms.apply(now, &change("4.4.4.4:4", What::Is(Role::Seed)), &mut rng);
    assert_eq!(swarms.counts(hash(1)), counts(3, 0, 2));
    // Begun here, completed there.
    swarms.announce(now, &ask(1, "5.5.5.5:5", false, Event::Started), &mut rng, &mut drawn);
    swarms.apply(now, &change("5.5.5.5:5", What::Completed), &mut rng);
    assert_eq!(swarms.counts(hash(1)), counts(4, 0, 3));
    swarms.forget_heard();
    swarms.apply(now, &change("1.1.1.1:1", What::Gone), &mut rng);
    assert_eq!(swarms.counts(hash(1)), counts(3, 0, 3));
}
