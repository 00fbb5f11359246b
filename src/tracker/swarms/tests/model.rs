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
    fn expire(&mut self, now: Instant) {
        let timeout = Config::default().timeout;
        self.peers.retain(|_, (_, seen)| now.duration_since(*seen) <= timeout);
    }

    fn announce(&mut self, now: Instant, ask: &Ask, listed: bool) {
        if !listed {
            self.peers.remove(&ask.address);
            return;
        }
        let was = self.peers.insert(ask.address, (ask.role(), now));
        let complete = was.is_some_and(|(role, _)| role == Role::Seed);
        if ask.seed && ask.event == Event::Completed && !complete {
            self.downloaded += 1;
        }
    }

    /// Whom an asker may be told of.
    fn others(&self, ask: &Ask) -> BTreeSet<SocketAddr> {
        let others = self.peers.iter().filter(|(address, (role, _))| {
            let both_give = ask.role() != Role::Leecher && *role != Role::Leecher;
            ask.event != Event::Stopped
                && **address != ask.address
                && !(both_give && ask.event != Event::Started)
        });
        others.map(|(address, _)| *address).collect()
    }

    fn counts(&self) -> Counts {
        let count = |wanted| self.peers.values().filter(|(role, _)| *role == wanted).count() as u32;
        let (complete, partial) = (count(Role::Seed), count(Role::PartialSeed));
        let incomplete = self.peers.len() as u32 - complete;
        Counts { complete, incomplete, partial, downloaded: 0 }
    }
}

/// Registry and model side by side. Small swarms must agree at each step, large ones after each sweep.
struct Walk {
    small: bool,
    swarms: Swarms,
    model: BTreeMap<u8, Model>,
    kept: BTreeSet<u8>,
    now: Instant,
    /// When the last sweep was.
    swept: Instant,
    rng: StdRng,
    /// Of the announce before, which must not matter.
    drawn: Drawn,
}

type Checked = Result<(), TestCaseError>;

impl Walk {
    fn new(seed: u64, small: bool) -> Self {
        let now = Instant::now();
        Self {
            small,
            swarms: Swarms::new(Config::default(), now),
            model: BTreeMap::new(),
            kept: BTreeSet::new(),
            now,
            swept: now,
            rng: StdRng::seed_from_u64(seed),
            drawn: Drawn::default(),
        }
    }

    fn keep(&self, swarms: &Swarms) {
        keep(swarms, self.kept.iter().map(|&number| number.into()));
    }

    fn step(&mut self, step: &Step) -> Checked {
        match *step {
            Step::Wait(seconds) => self.now += secs(seconds),
            Step::Sweep => {
                sweep_all(&self.swarms, self.now);
                self.swept = self.now;
            }
            Step::Keep(number) => {
                if !self.kept.remove(&number) {
                    self.kept.insert(number);
                }
                self.keep(&self.swarms);
            }
            Step::Reload => self.reload(),
            Step::Announce { hash, host, v6, port, seed, event, ids } => {
                let ip: IpAddr = match v6 {
                    true => [0x2001, 0xdb8, 0, 0, 0, 0, 0, host.into()].into(),
                    false => [10, 0, 0, host].into(),
                };
                let ask = Ask {
                    address: SocketAddr::new(ip, port),
                    peers: if self.small { 1000 } else { 30 },
                    ids,
                    ..ask(hash.into(), "0.0.0.0:0", seed, event)
                };
                self.announce(hash, &ask)?;
            }
        }
        self.expire();
        if matches!(step, Step::Sweep | Step::Reload) { self.compare() } else { Ok(()) }
    }

    /// All is written down and read again by another tracker.
    fn reload(&mut self) {
        let later = self.now + secs(100_000);
        let again = Swarms::new(Config::default(), later);
        self.keep(&again);
        for shard in 0..self.swarms.shards() {
            for torrent in self.swarms.snapshot(shard, self.now).torrents() {
                again.restore(later, torrent.hash, torrent.downloaded, torrent.peers());
            }
        }
        // Time goes on; what was told before counts from here.
        for peer in self.model.values_mut().flat_map(|swarm| swarm.peers.values_mut()) {
            peer.1 += secs(100_000);
        }
        (self.swarms, self.now, self.swept) = (again, later, later);
    }

    fn announce(&mut self, number: u8, ask: &Ask) -> Checked {
        let (now, mut drawn) = (self.now, std::mem::take(&mut self.drawn));
        self.swarms.announce(now, ask, &mut self.rng, &mut drawn);
        let swarm = self.model.entry(number).or_default();
        swarm.expire(now);
        let listed = ask.event != Event::Stopped && ask.address.port() != 0;
        let new = u32::from(ask.seed && ask.event == Event::Completed);
        // Nobody was left: whether it was forgotten already is its own affair.
        if swarm.peers.is_empty() && listed && drawn.counts.downloaded == new {
            swarm.downloaded = 0;
        }
        swarm.announce(now, ask, listed);
        let (told, expected) = (addresses(&drawn), swarm.others(ask));
        if self.small {
            prop_assert_eq!(&told, &expected);
            let counts = Counts { downloaded: 0, ..drawn.counts };
            prop_assert_eq!(counts, swarm.counts());
            prop_assert!(!listed || drawn.counts.downloaded == swarm.downloaded);
        } else {
            prop_assert!(told.is_subset(&expected));
            // Among many who fell silent meanwhile it may miss some.
            prop_assert!(self.swept < now || told.len() == expected.len().min(30));
            // Whether one who comes back was a seed is forgotten by the sweep, which may be late.
            let late = listed && self.swept < now;
            if late && drawn.counts.downloaded + 1 == swarm.downloaded {
                swarm.downloaded -= new;
            }
        }
        if ask.ids {
            let ids = (drawn.ids_v4.len(), drawn.ids_v6.len());
            prop_assert_eq!(ids, (drawn.v4.len(), drawn.v6.len()));
        }
        self.drawn = drawn;
        Ok(())
    }

    /// Whoever is silent for too long goes from the model.
    fn expire(&mut self) {
        for (number, swarm) in &mut self.model {
            swarm.expire(self.now);
            // Forgotten at once where it was small, later where it was large.
            if swarm.peers.is_empty()
                && !self.kept.contains(number)
                && self.swarms.counts(hash((*number).into())).is_none()
            {
                swarm.downloaded = 0;
            }
        }
    }

    fn compare(&self) -> Checked {
        for (number, swarm) in &self.model {
            let expected = Counts { downloaded: swarm.downloaded, ..swarm.counts() };
            let found = self.swarms.counts(hash((*number).into())).unwrap_or_default();
            prop_assert_eq!(found, expected);
        }
        Ok(())
    }

    fn finish(&self) -> Checked {
        let Self { swarms, now, .. } = self;
        audit(swarms);
        audit_census(swarms);
        sweep_all(swarms, *now);
        audit(swarms);
        let alive = self.model.iter().filter(|(number, swarm)| {
            !swarm.peers.is_empty()
                || self.kept.contains(number) && swarms.counts(hash((**number).into())).is_some()
        });
        prop_assert_eq!(swarms.known(), alive.count());
        // What is not served any more is gone, whoever is in it; the others stay.
        let before = swarms.counts(hash(1));
        swarms.retain(|other| other == hash(1));
        audit(swarms);
        prop_assert_eq!(swarms.counts(hash(1)), before);
        prop_assert_eq!(swarms.known(), usize::from(before.is_some()));
        sweep_all(swarms, *now + secs(10_000));
        prop_assert_eq!(swarms.peers(), 0);
        keep(swarms, []);
        prop_assert_eq!((swarms.known(), swarms.bytes()), (0, 0));
        Ok(())
    }
}

fn walk(steps: &[Step], seed: u64, small: bool) -> Checked {
    let mut walk = Walk::new(seed, small);
    steps.iter().try_for_each(|step| walk.step(step))?;
    walk.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn small_swarms_count_as_a_plain_model_does(steps in proptest::collection::vec(any_step(3, 9), 1..600), seed: u64) {
        walk(&steps, seed, true)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn large_swarms_count_as_a_plain_model_does(steps in proptest::collection::vec(any_step(2, 250), 1000..4000), seed: u64) {
        walk(&steps, seed, false)?;
    }
}
