use super::super::entry::V4;
use super::*;
use hashbrown::DefaultHashBuilder;
use std::collections::BTreeMap;

const PATIENCE: Patience = Patience { now: 100, timeout: 50 };

fn entry(peer: u32) -> V4 {
    let [a, b, c, d] = peer.to_be_bytes();
    V4::new([a, b, c, d, 0, 1], 90)
}

/// A swarm of `many`, every `seeds`th a seed, after as many others came and went.
fn swarm(many: u32, seeds: u32, hasher: &DefaultHashBuilder) -> Peers<V4> {
    let mut peers = Peers::default();
    for peer in 0..2 * many {
        assert!(peers.add(entry(peer), peer % 3 == 0, hasher));
    }
    for peer in 0..many {
        peers.renew(entry(peer), peer % seeds == 0, hasher);
        peers.remove(&entry(many + peer), hasher);
    }
    assert_eq!(peers.len(), many as usize);
    peers
}

fn wanted(most: usize) -> Wanted<V4> {
    Wanted { own: V4::VACANT, leechers_only: false, most, patience: PATIENCE }
}

/// How often each was drawn in so many draws.
fn times(peers: &Peers<V4>, wanted: &Wanted<V4>, draws: usize) -> BTreeMap<[u8; 6], usize> {
    let (mut luck, mut out) = (Luck::new(1), Vec::new());
    let mut times = BTreeMap::new();
    for _ in 0..draws {
        out.clear();
        draw(peers, wanted, &mut luck, &mut out);
        let mut once = out.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), out.len(), "nobody twice");
        out.iter().for_each(|&peer| *times.entry(peer).or_default() += 1);
    }
    times
}

#[test]
fn each_is_as_likely_as_any_other() {
    for (many, most) in [
        (3, 1),
        (40, 30),
        (90, 7),
        (97, 30),
        (130, 50),
        (150, 100),
        (500, 30),
        (4000, 50),
        (4000, 200),
    ] {
        for seeds in [2, 9] {
            let peers = swarm(many, seeds, &DefaultHashBuilder::default());
            for leechers_only in [false, true] {
                let wanted = Wanted { leechers_only, ..wanted(most) };
                let from = many - if leechers_only { many.div_ceil(seeds) } else { 0 };
                let draws = 80_000 / most.min(from as usize);
                let times = times(&peers, &wanted, draws);
                let told = most.min(from as usize);
                assert_eq!(times.values().sum::<usize>(), told * draws, "as many as there are");
                let mean = (told * draws) as f64 / f64::from(from);
                // A draw without repetition varies less than one with, by the share that is not drawn.
                let spread = mean * (1.0 - told as f64 / f64::from(from)).max(f64::MIN_POSITIVE);
                let missing = from as usize - times.len();
                let square: f64 = times.values().map(|&times| (times as f64 - mean).powi(2)).sum();
                let square = (square + missing as f64 * mean.powi(2)) / spread;
                let free = f64::from(from - 1);
                // Eight standard deviations of the chi-square distribution, and some for the few: where
                // peers stand in a large swarm is another matter of chance each time.
                let limit = free + 8.0 * (2.0 * free).sqrt() + 10.0;
                let case = format!("{most} of {many}, {seeds}, {leechers_only}");
                assert!(told == from as usize || square < limit, "{case}: {square} of {limit}");
                let low = free - 8.0 * (2.0 * free).sqrt();
                assert!(told == from as usize || square > low, "{case}: {square} of {low}");
            }
        }
    }
}

/// In a swarm so large that neighbours are drawn together: by the place in a run and by the page, since
/// single peers are drawn too seldom for statistics.
#[test]
fn in_a_huge_swarm_too() {
    let hasher = DefaultHashBuilder::default();
    let mut peers = Peers::default();
    for peer in 0..260_000 {
        assert!(peers.add(entry(peer), peer % 4 == 0, &hasher));
    }
    let Shape::Sets(seeds, leechers) = peers.shape() else { panic!("it is large") };
    assert!(seeds.pages() + leechers.pages() >= PAGES_MANY);
    let pages: Vec<_> = seeds.rows().chain(leechers.rows()).collect();
    let slot_of: BTreeMap<[u8; 6], (usize, usize)> = (pages.iter().enumerate())
        .flat_map(|(page, row)| row.iter().enumerate().map(move |(slot, it)| (it, page, slot)))
        .filter(|(it, ..)| !it.is_vacant())
        .map(|(it, page, slot)| (it.packed(), (page, slot)))
        .collect();
    let wanted = wanted(30);
    let times = times(&peers, &wanted, 20_000);
    assert_eq!(times.values().sum::<usize>(), 30 * 20_000);
    let (mut stand, mut told) = ([[0.0; 16]; 2], [[0.0; 16]; 2]);
    for (peer, (page, slot)) in &slot_of {
        for (kind, class) in [slot % 16, page % 16].into_iter().enumerate() {
            stand[kind][class] += 1.0;
            told[kind][class] += *times.get(peer).unwrap_or(&0) as f64;
        }
    }
    for (stand, told) in stand.iter().zip(told) {
        for (stand, told) in stand.iter().zip(told) {
            let mean: f64 = 600_000.0 * stand / 260_000.0;
            // Eight standard deviations; seven are drawn at once.
            assert!((told - mean).abs() < 8.0 * (7.0 * mean).sqrt(), "{told} of {mean}");
        }
    }
}

#[test]
fn neither_the_asker_nor_the_silent_are_told_of() {
    let hasher = DefaultHashBuilder::default();
    for many in [2, 50, 95, 120, 3000] {
        let mut peers = swarm(many, 4, &hasher);
        for peer in 0..many / 2 {
            let [a, b, c, d] = peer.to_be_bytes();
            peers.renew(V4::new([a, b, c, d, 0, 1], 49), false, &hasher);
        }
        for most in [1, 30, 200, 5000] {
            let wanted = Wanted { own: entry(many - 1), ..wanted(most) };
            let (mut luck, mut out) = (Luck::new(3), Vec::new());
            draw(&peers, &wanted, &mut luck, &mut out);
            assert_eq!(out.len(), most.min((many - many / 2 - 1) as usize), "{most} of {many}");
            assert!(!out.contains(&entry(many - 1).packed()));
            assert!(out.iter().all(|peer| peer[..4] >= (many / 2).to_be_bytes()[..]));
        }
    }
}

#[test]
fn a_swarm_that_fell_silent_does_not_hold_it_up() {
    let peers = swarm(5000, 2, &DefaultHashBuilder::default());
    let wanted = Wanted { patience: Patience { now: 200, timeout: 50 }, ..wanted(50) };
    let (mut luck, mut out) = (Luck::new(5), Vec::new());
    draw(&peers, &wanted, &mut luck, &mut out);
    assert!(out.is_empty());
}
