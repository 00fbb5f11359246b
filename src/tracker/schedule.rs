//! When a client announces, and to which of its trackers (BEP 12, 31), without I/O.
//!
//! One announce is under way at a time, which also is what a private torrent needs (BEP 27). Every
//! round begins with the first tracker of the first tier and goes on until one takes the announce;
//! that one moves to the front of its tier. The owner calls [`Schedule::poll`] after every other
//! call, carries out the [`Order`], reports through [`Schedule::answered`], and sleeps until
//! [`Schedule::next_timeout`].

use super::announce::{Answer, Event, Retry, Trouble};
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// What is waited for where a tracker names no interval.
const INTERVAL: Duration = Duration::from_secs(30 * 60);
/// No tracker makes us announce more often than this, or less often than [`LONGEST`].
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Between announces that the want of peers causes, where the tracker names no least interval.
const HURRY: Duration = Duration::from_secs(60);
/// After a round in which no tracker took the announce; doubled each time, up to the second.
const BACK_OFF: Duration = Duration::from_secs(15);
const BACK_OFF_MOST: Duration = Duration::from_secs(30 * 60);

/// An announce to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// The tracker.
    pub url: String,
    /// Why.
    pub event: Event,
    /// What this tracker gave as `tracker id`.
    pub tracker_id: Option<Box<[u8]>>,
}

/// The tiers of one torrent and what is due.
#[derive(Debug)]
pub struct Schedule {
    tiers: Vec<Vec<Tracker>>,
    /// The announce under way.
    pending: Option<(Place, Event)>,
    /// Where the round goes on; `None`: the next round has not begun.
    cursor: Option<Place>,
    due: Due,
    /// Rounds in a row in which no tracker took the announce.
    failures: u32,
    last: Option<Success>,
    /// Announces in a row that came early.
    hurried: u32,
    completed: Completed,
    stopping: bool,
}

#[derive(Debug)]
struct Tracker {
    url: String,
    /// It took our `started` and has not taken a `stopped`.
    started: bool,
    id: Option<Box<[u8]>>,
    rest: Rest,
}

/// Whether a tracker wants to be left alone (BEP 31).
#[derive(Clone, Copy, PartialEq, Debug)]
enum Rest {
    No,
    Until(Instant),
    Forever,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Due {
    Now,
    At(Instant),
    Never,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Completed {
    No,
    Due,
    Told,
}

/// The tier and the place in it.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
struct Place(usize, usize);

/// The last announce that was taken.
#[derive(Clone, Copy, Debug)]
struct Success {
    at: Instant,
    interval: Duration,
    min_interval: Option<Duration>,
}

impl Schedule {
    /// Takes the tiers of the metainfo and shuffles inside each, once. URLs of a scheme that is
    /// not spoken (http, https and udp are), repeated ones, and tiers left empty are dropped.
    pub fn new(tiers: Vec<Vec<String>>, rng: &mut impl Rng) -> Self {
        let mut seen = HashSet::new();
        let tiers = tiers
            .into_iter()
            .map(|tier| {
                let mut tier: Vec<Tracker> = tier
                    .into_iter()
                    .filter(|url| spoken(url) && seen.insert(url.clone()))
                    .map(|url| Tracker { url, started: false, id: None, rest: Rest::No })
                    .collect();
                tier.shuffle(rng);
                tier
            })
            .filter(|tier| !tier.is_empty())
            .collect();
        Self {
            tiers,
            pending: None,
            cursor: None,
            due: Due::Now,
            failures: 0,
            last: None,
            hurried: 0,
            completed: Completed::No,
            stopping: false,
        }
    }

    /// Whether there is no tracker at all.
    pub fn is_empty(&self) -> bool {
        self.tiers.is_empty()
    }

    /// What is to be announced now; nothing more until that was [`answered`](Self::answered).
    pub fn poll(&mut self, now: Instant) -> Option<Order> {
        let ready = match self.due {
            Due::Now => true,
            Due::At(at) => at <= now,
            Due::Never => false,
        };
        if !ready || self.stopping || self.pending.is_some() {
            return None;
        }
        let place = self.eligible(now, self.cursor.unwrap_or(Place(0, 0)));
        let Some(place) = place else {
            self.round_failed(now);
            return None;
        };
        self.cursor = Some(place);
        let completed = self.completed;
        let tracker = self.tracker(place)?;
        let event = match (tracker.started, completed) {
            (false, _) => Event::Started,
            (true, Completed::Due) => Event::Completed,
            (true, _) => Event::Interval,
        };
        let order = Order { url: tracker.url.clone(), event, tracker_id: tracker.id.clone() };
        self.pending = Some((place, event));
        Some(order)
    }

    /// What became of the order that [`poll`](Self::poll) gave last.
    pub fn answered(&mut self, now: Instant, result: Result<&Answer, &Trouble>) {
        let Some((place, event)) = self.pending.take() else { return };
        match result {
            Ok(answer) => self.took(now, place, event, answer),
            Err(trouble) => self.failed(now, place, trouble),
        }
    }

    /// The last piece has just arrived: `completed` is told once, at once. Not to be called where
    /// the data was complete at start.
    pub fn completed(&mut self) {
        if self.completed == Completed::No {
            self.completed = Completed::Due;
            // A back-off stays: a tracker that is down is not to be hammered for this.
            if self.failures == 0 {
                self.due = Due::Now;
            }
        }
    }

    /// Ends the schedule. Gives a `stopped` for each tracker that took our `started`, one a call,
    /// the one in use first; `None` when all are told. The answers need not be reported.
    pub fn stop(&mut self) -> Option<Order> {
        self.stopping = true;
        self.pending = None;
        let tracker = self.tiers.iter_mut().flatten().find(|tracker| tracker.started)?;
        tracker.started = false;
        Some(Order {
            url: tracker.url.clone(),
            event: Event::Stopped,
            tracker_id: tracker.id.clone(),
        })
    }

    /// Peers are few: announces again as soon as the tracker's least interval allows. Asked for
    /// again and again, it waits twice as long each time, up to the interval.
    pub fn hurry(&mut self, now: Instant) {
        let Some(last) = self.last else { return };
        if self.failures > 0 || self.pending.is_some() || self.cursor.is_some() {
            return;
        }
        let least = last.min_interval.unwrap_or(HURRY).max(SHORTEST);
        let wait = least.saturating_mul(1u32 << self.hurried.min(16)).min(last.interval);
        let early = last.at + wait;
        if let Due::At(at) = self.due
            && early < at
        {
            self.hurried = self.hurried.saturating_add(1);
            self.due = Due::At(early.max(now));
        }
    }

    /// When [`poll`](Self::poll) has something next; `None`: only after another call.
    pub fn next_timeout(&self) -> Option<Instant> {
        match self.due {
            Due::At(at) if self.pending.is_none() && !self.stopping => Some(at),
            _ => None,
        }
    }

    fn tracker(&mut self, Place(tier, index): Place) -> Option<&mut Tracker> {
        self.tiers.get_mut(tier)?.get_mut(index)
    }

    /// The first place from `from` on whose tracker may be asked now.
    fn eligible(&self, now: Instant, from: Place) -> Option<Place> {
        self.places().filter(|(place, _)| *place >= from).find_map(|(place, tracker)| match tracker
            .rest
        {
            Rest::No => Some(place),
            Rest::Until(at) if at <= now => Some(place),
            _ => None,
        })
    }

    fn places(&self) -> impl Iterator<Item = (Place, &Tracker)> {
        self.tiers.iter().enumerate().flat_map(|(tier, trackers)| {
            trackers.iter().enumerate().map(move |(index, tracker)| (Place(tier, index), tracker))
        })
    }

    fn took(&mut self, now: Instant, place: Place, event: Event, answer: &Answer) {
        if let Some(tracker) = self.tracker(place) {
            tracker.started = true;
            tracker.rest = Rest::No;
            if answer.tracker_id.is_some() {
                tracker.id.clone_from(&answer.tracker_id);
            }
        }
        if let Some(front) = self.tiers.get_mut(place.0).and_then(|tier| tier.get_mut(..=place.1)) {
            front.rotate_right(1);
        }
        if event == Event::Completed {
            self.completed = Completed::Told;
        }
        let min_interval = answer.min_interval.map(|least| least.min(LONGEST));
        let interval = match answer.interval {
            Duration::ZERO => INTERVAL,
            interval => interval.clamp(SHORTEST, LONGEST),
        }
        .max(min_interval.unwrap_or_default());
        let early = self.last.is_some_and(|last| now < last.at + last.interval);
        if !early {
            self.hurried = 0;
        }
        self.last = Some(Success { at: now, interval, min_interval });
        self.failures = 0;
        self.cursor = None;
        // `completed` follows a late `started` at once.
        self.due = match self.completed {
            Completed::Due => Due::Now,
            _ => Due::At(now + interval),
        };
    }

    fn failed(&mut self, now: Instant, place: Place, trouble: &Trouble) {
        if let Trouble::Refused { retry: Some(retry), .. } = trouble
            && let Some(tracker) = self.tracker(place)
        {
            tracker.rest = match *retry {
                Retry::Never => Rest::Forever,
                Retry::After(wait) => Rest::Until(now + wait.clamp(SHORTEST, LONGEST)),
            };
        }
        let next = Place(place.0, place.1.saturating_add(1));
        match self.eligible(now, next) {
            Some(place) => {
                self.cursor = Some(place);
                self.due = Due::Now;
            }
            None => self.round_failed(now),
        }
    }

    fn round_failed(&mut self, now: Instant) {
        self.cursor = None;
        let wait = BACK_OFF.saturating_mul(1u32 << self.failures.min(16)).min(BACK_OFF_MOST);
        self.failures = self.failures.saturating_add(1);
        // No sooner than the first tracker that is willing.
        let willing = self
            .places()
            .filter_map(|(_, tracker)| match tracker.rest {
                Rest::No => Some(now),
                Rest::Until(at) => Some(at),
                Rest::Forever => None,
            })
            .min();
        self.due = match willing {
            Some(willing) => Due::At(willing.max(now + wait)),
            None => Due::Never,
        };
    }
}

fn spoken(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && ["http", "https", "udp"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests;
