//! How the tracker is: the numbers behind the statistics page, its JSON and the metrics.

use super::announce::Role;
use super::census::{Census, ROLES};
use super::http::Counts;
use super::keys::Total;
use super::service::Front;
use super::tally::{Action, FAMILIES, FRONTS, OUTCOMES, Outcome, Snapshot};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What rates are taken over.
const WINDOW: Duration = Duration::from_secs(60);
/// Samples that are kept at most, however often one comes.
const SAMPLES_MOST: usize = 128;

/// All there is to tell at one time.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The program's.
    pub version: &'static str,
    /// Since the tracker began.
    pub uptime: Duration,
    /// When it began, in seconds since 1970.
    pub began: u64,
    /// All swarms.
    pub swarms: Census,
    /// Browsers, which are in none of `swarms`; `None` where they are not served.
    pub browsers: Option<Browsing>,
    /// Peers that are kept at most; `None` where only memory bounds them.
    pub peers_most: Option<u64>,
    /// The other ceilings, and what has come of them.
    pub room: Room,
    /// What the tracker wrote.
    pub written: Written,
    /// What was asked for and what came of it.
    pub requests: Snapshot,
    /// Of late.
    pub rates: Rates,
    /// What the system says of the process.
    pub process: Process,
    /// .torrent files that are offered; `None` where none are.
    pub files: Option<u64>,
    /// What was told with each key.
    pub keys: Vec<Total>,
}

/// Browsers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Browsing {
    /// How many are connected.
    pub connections: u64,
    /// Torrents that they are in.
    pub torrents: u64,
    /// Those of them that nobody else is in.
    pub alone: u64,
    /// Browsers that have it all, in each torrent.
    pub seeders: u64,
    /// Browsers that do not.
    pub leechers: u64,
    /// Downloads that they completed.
    pub completed: u64,
}

impl Browsing {
    /// Adds the browsers of a torrent; whether it is theirs alone.
    pub fn add(&mut self, counts: Counts, alone: bool) {
        let add = |sum: &mut u64, more: u32| *sum = sum.saturating_add(more.into());
        add(&mut self.torrents, 1);
        add(&mut self.alone, u32::from(alone));
        add(&mut self.seeders, counts.complete);
        add(&mut self.leechers, counts.incomplete);
        add(&mut self.completed, counts.downloaded);
    }
}

/// What all swarms may hold, beside a number of peers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Room {
    /// Torrents that are kept at most; `None` where only memory bounds them.
    pub torrents_most: Option<u64>,
    /// Bytes that they take.
    pub bytes: u64,
    /// Bytes that they may take; `None` where nothing bounds them.
    pub bytes_most: Option<u64>,
    /// Torrents that have made way for newcomers since the start.
    pub evicted: u64,
}

/// What the tracker wrote beside its answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Written {
    /// When the state was last saved, in seconds since 1970; `None` where it was not yet.
    pub saved: Option<u64>,
    /// Lines of the log that are lost.
    pub lines_lost: u64,
}

/// What the system says of the process, as far as it does.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Process {
    /// Bytes of memory in use.
    pub memory: Option<u64>,
    /// Time that it had a processor, over all threads.
    pub cpu: Option<Duration>,
    /// Files and sockets that are open.
    pub files: Option<u64>,
}

/// Requests a second by front, over the last minute or since the start.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rates {
    /// Announces.
    pub announces: [f64; FRONTS.len()],
    /// Scrapes.
    pub scrapes: [f64; FRONTS.len()],
}

impl Rates {
    /// Both, over all fronts.
    pub fn requests(&self) -> f64 {
        self.announces.iter().chain(&self.scrapes).sum()
    }
}

type Counted = [[u64; FRONTS.len()]; 2];

/// Samples of what was counted, from which rates come.
#[derive(Debug, Default)]
pub struct Samples(VecDeque<(Instant, Counted)>);

impl Samples {
    /// Adds one; to be called about once a second.
    pub fn add(&mut self, now: Instant, requests: &Snapshot) {
        let count = |action| FRONTS.map(|front| sum(requests, front, Some(action), None));
        self.0.push_back((now, [count(Action::Announce), count(Action::Scrape)]));
        let old = |at: Instant| now.saturating_duration_since(at) > WINDOW;
        while self.0.front().is_some_and(|&(at, _)| old(at)) || self.0.len() > SAMPLES_MOST {
            self.0.pop_front();
        }
    }

    /// From the oldest sample of the window to the newest.
    pub fn rates(&self) -> Rates {
        let (Some((from, before)), Some((to, after))) = (self.0.front(), self.0.back()) else {
            return Rates::default();
        };
        let seconds = to.saturating_duration_since(*from).as_secs_f64();
        let rate = |kind: usize, front: usize| match seconds > 0.0 {
            true => after[kind][front].saturating_sub(before[kind][front]) as f64 / seconds,
            false => 0.0,
        };
        let each = |kind| std::array::from_fn(|front| rate(kind, front));
        Rates { announces: each(0), scrapes: each(1) }
    }
}

/// Requests of a front, of one action or all, with one outcome or any.
pub fn sum(
    requests: &Snapshot,
    front: Front,
    action: Option<Action>,
    outcome: Option<Outcome>,
) -> u64 {
    let wanted = |&(at, _, what, came, _): &(Front, _, Action, Outcome, u64)| {
        at == front && action.is_none_or(|a| a == what) && outcome.is_none_or(|o| o == came)
    };
    requests.kinds().filter(wanted).fold(0, |sum, kind| sum.saturating_add(kind.4))
}

impl Figures {
    /// Torrents that are known.
    pub fn torrents(&self) -> u64 {
        self.swarms.torrents.saturating_add(self.browsers.unwrap_or_default().alone)
    }

    /// Peers that have it all, at an address or in a browser.
    pub fn seeders(&self) -> u64 {
        let browsers = self.browsers.unwrap_or_default().seeders;
        self.swarms.of_role(Role::Seed).saturating_add(browsers)
    }

    /// All others, partial seeds among them.
    pub fn leechers(&self) -> u64 {
        let [leechers, partial] =
            [Role::Leecher, Role::PartialSeed].map(|role| self.swarms.of_role(role));
        leechers.saturating_add(partial).saturating_add(self.browsers.unwrap_or_default().leechers)
    }

    /// Downloads that were completed, of the torrents that are known now.
    pub fn completed(&self) -> u64 {
        self.swarms.completed.saturating_add(self.browsers.unwrap_or_default().completed)
    }

    /// Requests that came to nothing, by why: all but those that were answered.
    pub fn refused(&self) -> impl Iterator<Item = (Outcome, u64)> {
        let others = OUTCOMES.into_iter().filter(|outcome| *outcome != Outcome::Answered);
        others.map(|outcome| {
            let of = |front| sum(&self.requests, front, None, Some(outcome));
            (outcome, FRONTS.into_iter().map(of).fold(0, u64::saturating_add))
        })
    }

    /// As JSON. Names stay as they are; new ones may come.
    pub fn json(&self) -> String {
        let fronts = FRONTS.into_iter().enumerate().map(|(at, front)| {
            let all = |action| sum(&self.requests, front, Some(action), None);
            let fields = json!({
                "announces": all(Action::Announce),
                "scrapes": all(Action::Scrape),
                "announces_per_second": rounded(self.rates.announces[at]),
                "scrapes_per_second": rounded(self.rates.scrapes[at]),
                "received_bytes": self.requests.received(front),
                "sent_bytes": self.requests.sent(front),
            });
            (front.name().to_owned(), fields)
        });
        let families = FAMILIES.into_iter().map(|family| {
            let of = self.requests.kinds().filter(|kind| kind.1 == family);
            let all = of.fold(0u64, |sum, kind| sum.saturating_add(kind.4));
            (family.name().to_owned(), Value::from(all))
        });
        let browsers = self.browsers.map(|browsers| {
            json!({
                "connections": browsers.connections,
                "torrents": browsers.torrents,
                "seeders": browsers.seeders,
                "leechers": browsers.leechers,
            })
        });
        let refused = self.refused().map(|(why, many)| (why.name().to_owned(), Value::from(many)));
        let swarms = &self.swarms;
        let (leechers, seeders) = (self.leechers(), self.seeders());
        let peers = FAMILIES.into_iter().map(|family| {
            let all = ROLES.map(|role| swarms.peers(family, role));
            let all = all.into_iter().fold(0u64, u64::saturating_add);
            (family.name().to_owned(), Value::from(all))
        });
        let json = json!({
            "version": self.version,
            "uptime_seconds": self.uptime.as_secs(),
            "torrents": self.torrents(),
            "peers": seeders.saturating_add(leechers),
            "peers_by_family": peers.collect::<Map<_, _>>(),
            "peers_most": self.peers_most,
            "seeders": seeders,
            "leechers": leechers,
            "partial_seeds": swarms.of_role(Role::PartialSeed),
            "completed": self.completed(),
            "browsers": browsers,
            "torrent_files": self.files,
            "memory_bytes": self.process.memory,
            "protocols": fronts.collect::<Map<_, _>>(),
            "requests_by_family": families.collect::<Map<_, _>>(),
            "refused": refused.collect::<Map<_, _>>(),
        });
        format!("{json}\n")
    }
}

/// To a tenth: more digits would be noise.
fn rounded(rate: f64) -> f64 {
    (rate * 10.0).round() / 10.0
}

#[cfg(test)]
pub(in crate::tracker) mod tests {
    use super::*;
    use crate::tracker::tally::Tallies;
    use crate::tracker::udp::Family;

    fn census() -> Census {
        let mut census = Census::default();
        (census.torrents, census.completed) = (3, 6);
        for (family, role, many) in [
            (Family::V4, Role::Seed, 1000),
            (Family::V6, Role::Seed, 234),
            (Family::V4, Role::Leecher, 3),
            (Family::V6, Role::PartialSeed, 2),
        ] {
            census.add(family, role, many);
        }
        census
    }

    /// Figures in which every request is counted once.
    pub(in crate::tracker) fn figures() -> Figures {
        let tallies = Tallies::default();
        let tally = tallies.tally();
        for front in FRONTS {
            for family in FAMILIES {
                for outcome in OUTCOMES {
                    tally.count(front, family, Action::Announce, outcome);
                }
            }
            tally.took(front, Duration::from_micros(30));
            tally.carried(front, 100, 200);
        }
        Figures {
            version: "1.2.3",
            uptime: Duration::from_secs(90_061),
            began: 1_700_000_000,
            swarms: census(),
            browsers: Some(Browsing {
                connections: 2,
                torrents: 1,
                alone: 1,
                seeders: 1,
                leechers: 2,
                completed: 0,
            }),
            peers_most: Some(5_000_000),
            room: Room {
                torrents_most: Some(1000),
                bytes: 4096,
                bytes_most: Some(1 << 30),
                evicted: 7,
            },
            written: Written { saved: Some(1_700_000_300), lines_lost: 3 },
            requests: tallies.snapshot(),
            rates: Rates { announces: [1.25, 0.0, 0.0], scrapes: [0.0; 3] },
            process: Process {
                memory: Some(1 << 20),
                cpu: Some(Duration::from_millis(1500)),
                files: Some(9),
            },
            files: Some(2),
            keys: vec![Total {
                name: "a \"b\"\\\n".into(),
                announces: 1,
                scrapes: 2,
                completed: 3,
                uploaded: 4,
                downloaded: 5,
            }],
        }
    }

    #[test]
    fn rates_are_over_the_last_minute() {
        let tallies = Tallies::default();
        let tally = tallies.tally();
        let start = Instant::now();
        let mut samples = Samples::default();
        assert_eq!(samples.rates(), Rates::default());
        for second in 0..200 {
            samples.add(start + Duration::from_secs(second), &tallies.snapshot());
            // Twice as many from the hundredth second on.
            let many = if second < 100 { 10 } else { 20 };
            tally.count_many(Front::Udp, Family::V4, Action::Announce, Outcome::Answered, many);
        }
        assert_eq!(samples.rates(), Rates { announces: [0.0, 20.0, 0.0], scrapes: [0.0; 3] });
        assert!(samples.0.len() <= 61);
    }

    #[test]
    fn samples_are_bounded_and_one_gives_no_rate() {
        let mut samples = Samples::default();
        let now = Instant::now();
        (0..1000).for_each(|_| samples.add(now, &Snapshot::default()));
        assert_eq!((samples.0.len(), samples.rates()), (SAMPLES_MOST, Rates::default()));
    }

    #[test]
    fn the_json_says_what_was_refused_and_why() {
        let json: Value = serde_json::from_str(&figures().json()).unwrap();
        assert_eq!((&json["peers"], &json["peers_by_family"]["ipv6"]), (&1242.into(), &236.into()));
        assert_eq!((&json["leechers"], &json["partial_seeds"]), (&7.into(), &2.into()));
        assert_eq!(json["browsers"]["leechers"], 2);
        assert_eq!(json["protocols"]["udp"]["announces"], 2 * OUTCOMES.len());
        assert_eq!(json["protocols"]["http"]["announces_per_second"], 1.3);
        assert_eq!(json["requests_by_family"]["ipv6"], 3 * OUTCOMES.len());
        assert_eq!(json["refused"]["not_served"], 6);
        assert_eq!(json["refused"]["answered"], Value::Null);
    }
}
