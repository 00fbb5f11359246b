use super::*;
use rand::SeedableRng;
use std::collections::HashMap;

struct Field {
    now: Instant,
    choker: Choker,
    rng: StdRng,
    peers: Vec<Candidate>,
}

impl Field {
    fn new(count: u64) -> Self {
        let now = Instant::now();
        let peer = |at| Candidate {
            key: PeerKey(at),
            gave: 0,
            snubbed: false,
            unchoked: false,
            since: now,
            joined: now,
        };
        let peers = (0..count).map(peer).collect();
        Self { now, choker: Choker::new(now), rng: StdRng::seed_from_u64(1), peers }
    }

    fn round(&mut self, seeding: bool, slots: usize) -> Vec<PeerKey> {
        self.now += ROUND;
        let mut candidates = self.peers.clone();
        let chosen = match seeding {
            true => self.choker.seed(self.now, &mut candidates, slots),
            false => self.choker.leech(self.now, &mut candidates, slots, &mut self.rng),
        };
        for peer in &mut self.peers {
            let unchoked = chosen.contains(&peer.key);
            if unchoked != peer.unchoked {
                (peer.unchoked, peer.since) = (unchoked, self.now);
            }
        }
        chosen
    }
}

#[test]
fn who_gives_most_is_unchoked_and_one_more_is_tried() {
    let mut field = Field::new(10);
    field.peers.iter_mut().zip([5, 9, 0, 7, 1]).for_each(|(peer, gave)| peer.gave = gave);
    let chosen = field.round(false, 4);
    assert_eq!(chosen[..3], [PeerKey(1), PeerKey(3), PeerKey(0)]);
    assert_eq!(chosen.len(), 4);
    assert!(!chosen[..3].contains(&chosen[3]));
}

#[test]
fn a_trial_lasts_thirty_seconds_and_moves_on() {
    let mut field = Field::new(10);
    field.peers[0].gave = 100;
    let trials: Vec<PeerKey> = (0..12).map(|_| field.round(false, 2)[1]).collect();
    for three in trials.chunks(3) {
        assert!(three.iter().all(|&trial| trial == three[0]), "{trials:?}");
    }
    assert!(trials.chunks(3).is_sorted_by(|a, b| a[0] != b[0]), "{trials:?}");
}

#[test]
fn newcomers_are_tried_thrice_as_often() {
    let mut hits = HashMap::<bool, u32>::new();
    for seed in 0..2000 {
        let mut field = Field::new(2);
        field.now += Duration::from_secs(3600);
        field.peers[1].joined = field.now;
        field.rng = StdRng::seed_from_u64(seed);
        let chosen = field.round(false, 1);
        *hits.entry(chosen == [PeerKey(1)]).or_default() += 1;
    }
    assert!((1400..1600).contains(&hits[&true]), "{hits:?}");
}

#[test]
fn a_snubbing_peer_gets_no_merit_slot() {
    let mut field = Field::new(3);
    field.peers[0].gave = 100;
    field.peers[0].snubbed = true;
    let chosen = field.round(false, 2);
    assert_eq!(chosen[0], PeerKey(1));
}

#[test]
fn a_seed_gives_everybody_the_same_time() {
    let mut field = Field::new(20);
    let mut times = HashMap::<PeerKey, u32>::new();
    for _ in 0..600 {
        let chosen = field.round(true, 4);
        assert_eq!(chosen.len(), 4);
        chosen.iter().for_each(|&key| *times.entry(key).or_default() += 1);
    }
    assert_eq!(times.len(), 20);
    assert!(times.values().all(|n| (110..=130).contains(n)), "{times:?}");
}

#[test]
fn all_fit_where_slots_are_enough() {
    let mut field = Field::new(5);
    assert_eq!(field.round(false, 8).len(), 5);
    assert_eq!(field.round(true, 8).len(), 5);
    assert_eq!(field.round(false, 0).len(), 0);
}

#[test]
fn slots_grow_with_the_rate() {
    assert_eq!(slots(Some(5_000), 0), 2);
    assert_eq!(slots(Some(20_000), 0), 4);
    assert_eq!(slots(Some(1_000_000), 0), 7);
    assert_eq!(slots(None, 0), 8);
    assert_eq!(slots(None, 100_000_000), 200);
}
