//! Copies of swarms that go on meanwhile.

use super::*;

fn at(peer: u32, seed: bool, event: Event) -> Ask {
    let address = SocketAddr::new(IpAddr::from(peer.to_be_bytes()), 1);
    Ask { address, peers: 0, ..ask(1, "0.0.0.0:1", seed, event) }
}

/// So many peers in torrent 1, a quarter of them seeds and a quarter partial ones.
fn large(many: u32) -> Told {
    let mut told = Told::new(Config::default());
    (0..many).for_each(|peer| drop(told.tell(as_is(peer))));
    told
}

/// The announce of one that is what it is.
fn as_is(peer: u32) -> Ask {
    let event = if role(peer) == Role::PartialSeed { Event::Paused } else { Event::Started };
    at(peer, role(peer) == Role::Seed, event)
}

fn role(peer: u32) -> Role {
    [Role::Seed, Role::PartialSeed, Role::Leecher, Role::Leecher][peer as usize % 4]
}

/// Copies torrent 1, and does something between any two parts.
fn copy(
    told: &mut Told,
    mut meanwhile: impl FnMut(&mut Told, usize),
) -> BTreeMap<SocketAddr, Role> {
    let tick = told.swarms.rules.tick(told.now);
    let mut snapshot = Snapshot::new(&told.swarms.rules, tick);
    let hash = told.swarms.rules.hash(&hash(1));
    let mut parts = told.swarms.shard(hash).lock().copy(&told.swarms.rules, tick, &mut snapshot);
    assert_eq!(parts.len(), 1);
    for part in &mut parts {
        for number in 0.. {
            meanwhile(told, number);
            let rules = &told.swarms.rules;
            if told.swarms.shard(hash).lock().copy_part(rules, hash, part, &mut snapshot) {
                assert!(number > 0, "in parts");
                break;
            }
        }
    }
    let torrents = snapshot.torrents();
    assert_eq!(torrents.len(), 1);
    torrents.flat_map(|torrent| torrent.peers()).map(|peer| (peer.address, peer.role)).collect()
}

#[test]
fn whoever_stays_is_in_it_whoever_comes_and_goes() {
    let stay = 150_000;
    let mut told = large(stay);
    let copied = copy(&mut told, |told, number| {
        told.now += secs(1);
        let event = if number == 1 { Event::Started } else { Event::Stopped };
        // It grows before the second part, and shrinks before the third.
        if matches!(number, 1 | 2) {
            (0..40_000).for_each(|peer| drop(told.tell(at(1 << 24 | peer, false, event))));
        }
        // Some of all say that they are still there.
        (0..stay).step_by(50).for_each(|peer| drop(told.tell(as_is(peer))));
    });
    for peer in 0..stay {
        let address = SocketAddr::new(IpAddr::from(peer.to_be_bytes()), 1);
        assert_eq!(copied.get(&address), Some(&role(peer)), "{peer}");
    }
}

#[test]
fn whoever_becomes_a_seed_or_a_leecher_is_in_it() {
    let stay = 150_000;
    for turn in 1..4 {
        let mut told = large(stay);
        // Some of each role, by what they become.
        let turns = |peer: u32| (peer / 4).is_multiple_of(9);
        let mut parts = 0;
        let copied = copy(&mut told, |told, number| {
            parts = number + 1;
            if number == turn {
                told.now += secs(1);
                for peer in (0..stay).filter(|peer| turns(*peer)) {
                    told.tell(at(peer, role(peer) == Role::Leecher, Event::Started));
                }
            }
        });
        assert!(parts > turn, "{parts}");
        for peer in 0..stay {
            let address = SocketAddr::new(IpAddr::from(peer.to_be_bytes()), 1);
            let copied = copied.get(&address);
            assert!(copied.is_some(), "{peer}, {:?}, turn {turn}", role(peer));
            assert!(turns(peer) || copied == Some(&role(peer)), "{peer}, {copied:?}");
        }
    }
}

#[test]
fn a_swarm_that_becomes_small_or_nothing_is_copied_all_the_same() {
    for left in [0, 40] {
        let mut told = large(150_000);
        let copied = copy(&mut told, |told, number| {
            if number == 1 {
                (left..150_000).for_each(|peer| drop(told.tell(at(peer, false, Event::Stopped))));
            }
        });
        assert!(left == 0 || copied.len() == left as usize, "{}", copied.len());
    }
}

#[test]
fn ages_come_back() {
    let mut told = Told::new(Config { timeout: secs(100_000), ..Config::default() });
    told.tell(ask(1, "10.0.0.1:1", false, Event::Started));
    told.now += secs(60_000);
    told.tell(ask(1, "[2001:db8::1]:2", false, Event::Started));
    told.now += secs(30_000);
    let mut records = Vec::new();
    for shard in 0..told.swarms.shards() {
        let snapshot = told.swarms.snapshot(shard, told.now);
        records.extend(snapshot.torrents().flat_map(|torrent| torrent.peers()));
    }
    let unit = 100_000u64.div_ceil(1 << 13);
    for (record, age) in records.iter().zip([90_000, 30_000]) {
        assert!(record.age.as_secs().abs_diff(age) <= unit, "{record:?}");
    }
    assert_eq!(records.len(), 2);
    // One that is too old, and those that can't be called, are passed over.
    let old = Record { age: secs(200_000), ..records[0] };
    let deaf = Record { address: "10.0.0.9:0".parse().unwrap(), ..records[0] };
    let nowhere = ["0.0.0.0:80", "224.0.0.1:80", "[::]:80", "[ff02::1]:80", "[::ffff:0.0.0.0]:80"];
    let nowhere = nowhere.map(|at| Record { address: at.parse().unwrap(), ..records[0] });
    let again = Swarms::new(*told.swarms.config(), told.now);
    again.restore(told.now, hash(1), 5, nowhere.into_iter().chain([old, deaf]));
    assert_eq!(again.known(), 0);
    again.restore(told.now, hash(1), 5, records);
    assert_eq!(again.counts(hash(1)), counts(0, 2, 5));
    audit(&again);
}
