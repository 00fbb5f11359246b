use super::*;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

fn hash(byte: u8) -> InfoHash {
    InfoHash([byte; 20])
}

fn link(number: u64) -> Link {
    Link { worker: 0, number }
}

fn joining(id: u8, seed: bool, peers: usize) -> Joining {
    Joining {
        info_hash: hash(1),
        id: PeerId([id; 20]),
        link: link(id.into()),
        seed,
        completed: false,
        peers,
        leechers_only: seed,
        siblings: 0,
    }
}

/// Whom it is told of.
fn join(browsers: &Browsers, joining: &Joining, rng: &mut StdRng) -> Vec<u8> {
    let mut drawn = Vec::new();
    browsers.join(joining, rng, &mut drawn, |_| true).unwrap();
    drawn.into_iter().map(|member| member.id.0[0]).collect()
}

#[test]
fn each_other_is_as_likely_and_none_comes_twice() {
    let (browsers, mut rng) = (Browsers::default(), StdRng::seed_from_u64(1));
    for id in 0..10 {
        join(&browsers, &joining(id, id >= 7, 0), &mut rng);
    }
    let mut counts = BTreeMap::new();
    for _ in 0..9000 {
        let mut told = join(&browsers, &joining(3, false, 3), &mut rng);
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), 3);
        told.into_iter().for_each(|id| *counts.entry(id).or_insert(0) += 1);
    }
    // 3,000 each are expected; five standard deviations are 224.
    assert!(counts.len() == 9 && !counts.contains_key(&3), "{counts:?}");
    assert!(counts.values().all(|count| (2776..=3224).contains(count)), "{counts:?}");
    // To a seed, all leechers and no seed.
    let mut told = join(&browsers, &joining(8, true, 20), &mut rng);
    told.sort_unstable();
    assert_eq!(told, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn an_id_is_that_of_who_came_first() {
    let (browsers, mut rng) = (Browsers::default(), StdRng::seed_from_u64(1));
    let (mine, mut theirs) = (joining(1, false, 0), joining(1, true, 5));
    theirs.link = link(99);
    join(&browsers, &mine, &mut rng);
    let held = browsers.join(&theirs, &mut rng, &mut Vec::new(), |_| true);
    assert_eq!(held, Err(Held(mine.link)));
    assert_eq!(browsers.leave(mine.info_hash, mine.id, theirs.link), None);
    assert!(browsers.leave(mine.info_hash, mine.id, mine.link).is_some());
    assert_eq!(browsers.counts(mine.info_hash), None);
    join(&browsers, &theirs, &mut rng);
    let counts = Counts { complete: 1, ..Counts::default() };
    assert_eq!(browsers.counts(mine.info_hash), Some(counts));
}

#[test]
fn without_room_it_is_told_of_others_and_not_to_them() {
    let (browsers, mut rng) = (Browsers::default(), StdRng::seed_from_u64(1));
    let full = browsers.join(&joining(1, false, 5), &mut rng, &mut Vec::new(), |_| false);
    assert_eq!(full, Ok((Counts::default(), Listing::Full(Newcomer::Torrent))));
    join(&browsers, &joining(1, false, 0), &mut rng);
    let mut drawn = Vec::new();
    let full = browsers.join(&joining(2, false, 5), &mut rng, &mut drawn, |_| false);
    assert_eq!((full.unwrap().1, drawn.len()), (Listing::Full(Newcomer::Peer), 1));
    assert_eq!(join(&browsers, &joining(3, false, 5), &mut rng), [1]);
}

#[derive(Clone, Debug)]
enum Step {
    Join { hash: u8, id: u8, link: u64, seed: bool, completed: bool, peers: usize },
    Leave { hash: u8, id: u8, link: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let join = (0..3u8, 0..8u8, 0..4u64, any::<[bool; 2]>(), 0..10usize);
    prop_oneof![
        2 => join.prop_map(|(hash, id, link, [seed, completed], peers)| {
            Step::Join { hash, id, link, seed: seed || completed, completed, peers }
        }),
        1 => (0..3u8, 0..8u8, 0..4u64).prop_map(|(hash, id, link)| Step::Leave { hash, id, link }),
    ]
}

/// By torrent and id: the connection, and whether it is a seed.
type Model = BTreeMap<(u8, u8), (u64, bool)>;

proptest! {
    #[test]
    fn the_counts_are_those_of_a_plain_model(steps in proptest::collection::vec(step(), 0..80)) {
        let (browsers, mut rng) = (Browsers::default(), StdRng::seed_from_u64(7));
        let mut model = Model::new();
        let mut downloaded = BTreeMap::new();
        for step in steps {
            match step {
                Step::Join { hash: of, id, link: by, seed, completed, peers } => {
                    let joining = Joining {
                        info_hash: hash(of),
                        link: link(by),
                        completed,
                        ..joining(id, seed, peers)
                    };
                    let mut drawn = Vec::new();
                    let joined = browsers.join(&joining, &mut rng, &mut drawn, |_| true);
                    let before = model.get(&(of, id)).copied();
                    if let Some((holder, _)) = before.filter(|(holder, _)| *holder != by) {
                        prop_assert_eq!(joined, Err(Held(link(holder))));
                        continue;
                    }
                    let (_, listing) = joined.unwrap();
                    prop_assert_eq!(listing == Listing::Old, before.is_some());
                    if before.is_some_and(|(_, was_seed)| !was_seed) && completed {
                        *downloaded.entry(of).or_insert(0) += 1;
                    }
                    model.insert((of, id), (by, seed));
                    let others = model.iter().filter(|((hash, other), (_, is_seed))| {
                        *hash == of && *other != id && !(seed && *is_seed)
                    });
                    prop_assert_eq!(drawn.len(), others.count().min(peers));
                    for member in &drawn {
                        let (holder, is_seed) = model[&(of, member.id.0[0])];
                        prop_assert_eq!(member.link, link(holder));
                        prop_assert!(member.id.0[0] != id && !(seed && is_seed));
                    }
                }
                Step::Leave { hash: of, id, link: by } => {
                    let there = model.get(&(of, id)).is_some_and(|(holder, _)| *holder == by);
                    if there {
                        model.remove(&(of, id));
                        if !model.keys().any(|(hash, _)| *hash == of) {
                            downloaded.remove(&of);
                        }
                    }
                    let left = browsers.leave(hash(of), PeerId([id; 20]), link(by));
                    prop_assert_eq!(left.is_some(), there);
                }
            }
            let mut told = Vec::new();
            (0..browsers.shards()).for_each(|shard| browsers.torrents(shard, &mut told));
            for of in 0..3 {
                let of_it = model.iter().filter(|((hash, _), _)| *hash == of);
                let (seeds, all) = of_it.fold((0, 0), |(seeds, all), (_, (_, is_seed))| {
                    (seeds + u32::from(*is_seed), all + 1)
                });
                let counts = (all > 0).then(|| Counts {
                    complete: seeds,
                    incomplete: all - seeds,
                    partial: 0,
                    downloaded: downloaded.get(&of).copied().unwrap_or(0),
                });
                prop_assert_eq!(browsers.counts(hash(of)), counts);
                let found = told.iter().find(|(told, _)| *told == hash(of)).map(|(_, counts)| *counts);
                prop_assert_eq!(found, counts);
            }
        }
    }
}

#[test]
fn what_is_not_kept_is_gone_with_all_in_it() {
    let (browsers, mut rng) = (Browsers::default(), StdRng::seed_from_u64(1));
    for number in 0..6 {
        join(&browsers, &joining(number, number % 2 == 0, 0), &mut rng);
    }
    let first = joining(0, false, 0);
    assert_eq!(browsers.retain(|_| true), [0; 0]);
    assert_eq!(browsers.retain(|hash| hash != first.info_hash), [6]);
    assert_eq!(browsers.counts(first.info_hash), None);
    assert_eq!(browsers.leave(first.info_hash, first.id, first.link), None, "counted off once");
}

#[test]
fn of_some_the_torrent_makes_way_whose_connections_are_in_the_most() {
    let (browsers, mut rng) = (Browsers::default(), StdRng::seed_from_u64(1));
    let hash = |number: u16| {
        let mut hash = [0; 20];
        hash[..2].copy_from_slice(&number.to_be_bytes());
        InfoHash(hash)
    };
    let mut come = |number: u16, id: u8, siblings: u16| {
        let joining = Joining { info_hash: hash(number), siblings, ..joining(id, false, 0) };
        join(&browsers, &joining, &mut rng);
    };
    // All that a shard can have, so that each of them is seen.
    let shard = |number: u16| place_of(browsers.hash(hash(number)));
    let numbers: Vec<u16> =
        (0..=u16::MAX).filter(|&number| shard(number) == shard(0)).take(3).collect();
    let [crowded, large, small] = numbers[..] else { panic!("{numbers:?}") };
    come(crowded, 1, 500);
    come(large, 2, 3);
    come(large, 3, 900);
    come(small, 4, 3);
    let known = |number| browsers.counts(hash(number)).is_some();
    let mut rng = StdRng::seed_from_u64(2);
    assert_eq!(browsers.make_way(hash(crowded), &mut rng), Some(1));
    assert_eq!(
        numbers.iter().map(|&number| known(number)).collect::<Vec<_>>(),
        [true, true, false]
    );
    assert_eq!(browsers.make_way(hash(small), &mut rng), Some(1));
    assert!(!known(crowded) && known(large));
    assert_eq!(browsers.make_way(hash(large), &mut rng), None, "never that of the newcomer");
    assert_eq!(browsers.forgotten(), 2);
}
