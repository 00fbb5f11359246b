//! The connections that one worker holds: how long each may go on waiting, and which of them makes
//! way for another. Answered at once and closed, a connection is never held at all.

use crate::tracker::tally::Outcome;
use hashbrown::HashMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio::task::AbortHandle;

/// One part in so many makes way at once, so that a flood costs no search for each connection.
const AT_ONCE: usize = 32;
/// Places that are kept where nobody is.
const KEPT: usize = 1024;

/// What a connection waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::net::track) enum Waits {
    /// For the rest of a head, or the first one.
    Head,
    /// For another request, if there is one.
    Idle,
    /// For an answer, or for it to be taken.
    Answer,
    /// For messages of WebSocket, which has a patience of its own.
    Messages,
}

/// How many connections there may be, and for how long.
#[derive(Clone, Copy, Debug)]
pub(in crate::net::track) struct Bounds {
    /// Held at once.
    pub(in crate::net::track) all: usize,
    /// Held at once for one address, an IPv6 one counted by its /64.
    pub(in crate::net::track) each: usize,
    /// For a head.
    pub(in crate::net::track) head: Duration,
    /// Without a request.
    pub(in crate::net::track) idle: Duration,
    /// For an answer to be made and taken.
    pub(in crate::net::track) answer: Duration,
}

struct Entry {
    /// Counts up with all that happens; the lowest has waited longest.
    turn: u64,
    /// In seconds of the worker's clock.
    since: u32,
    waits: Waits,
    /// The address for which it counts.
    from: Option<[u8; 8]>,
    /// Those that came before and after it from there.
    earlier: usize,
    later: usize,
    /// `None`: it has not begun, or is told to end already.
    end: Option<AbortHandle>,
    /// Why it is told to end, where that is the client's doing.
    why: Option<Outcome>,
}

/// No place.
const NOWHERE: usize = usize::MAX;

/// The connections that count for one address.
struct Share {
    many: usize,
    /// The place of the one that came last; each leads to the one before it.
    latest: usize,
}

/// The connections.
pub(in crate::net::track) struct Held {
    bounds: Bounds,
    entries: Vec<Option<Entry>>,
    free: Vec<usize>,
    /// Told to end, and still there.
    ending: usize,
    from: HashMap<[u8; 8], Share>,
    turn: u64,
}

impl Held {
    pub(in crate::net::track) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            entries: Vec::new(),
            free: Vec::new(),
            ending: 0,
            from: HashMap::new(),
            turn: 0,
        }
    }

    /// How many there are.
    pub(in crate::net::track) fn len(&self) -> usize {
        self.entries.len().saturating_sub(self.free.len())
    }

    /// A place for one more, which waits for a head; where there are too many, others end for it.
    /// No address: it does not count for any.
    pub(in crate::net::track) fn enter(&mut self, now: u32, ip: Option<IpAddr>) -> usize {
        let from = ip.map(counted);
        let share = from.and_then(|from| self.from.get(&from));
        if let Some(&Share { many, latest }) = share
            && many >= self.bounds.each
        {
            let waiting = self.waiting_from(latest);
            self.make_way(many, waiting);
        }
        if self.len().saturating_sub(self.ending) >= self.bounds.all {
            // Those of WebSocket are half of all at most, and stay.
            let there = self.entries.iter().enumerate();
            let waiting = there.filter_map(|(place, entry)| {
                let entry = entry.as_ref()?;
                let may = entry.end.is_some() && entry.waits != Waits::Messages;
                may.then_some((entry.turn, place))
            });
            let waiting = waiting.collect();
            self.make_way(self.len(), waiting);
        }
        self.turn += 1;
        let (turn, waits, (earlier, later)) = (self.turn, Waits::Head, (NOWHERE, NOWHERE));
        let entry =
            Entry { turn, since: now, waits, from: None, earlier, later, end: None, why: None };
        let place = match self.free.pop() {
            Some(place) => {
                self.entries[place] = Some(entry);
                place
            }
            None => {
                self.entries.push(Some(entry));
                self.entries.len() - 1
            }
        };
        if let Some(from) = from {
            self.count_in(place, from);
        }
        place
    }

    /// How the connection there is ended.
    pub(in crate::net::track) fn ends_by(&mut self, place: usize, end: AbortHandle) {
        if let Some(Some(entry)) = self.entries.get_mut(place) {
            entry.end = Some(end);
        }
    }

    /// What the connection there waits for from now on.
    pub(in crate::net::track) fn waits(&mut self, place: usize, now: u32, waits: Waits) {
        self.turn += 1;
        if let Some(Some(entry)) = self.entries.get_mut(place) {
            (entry.turn, entry.since, entry.waits) = (self.turn, now, waits);
        }
    }

    /// The connection there is gone; says why, where it was ended for what the client did.
    pub(in crate::net::track) fn leave(&mut self, place: usize) -> Option<Outcome> {
        self.count_off(place);
        let entry = self.entries.get_mut(place).and_then(Option::take)?;
        self.free.push(place);
        if entry.end.is_none() {
            self.ending = self.ending.saturating_sub(1);
        }
        if self.free.len() == self.entries.len() {
            self.entries.clear();
            self.free.clear();
            // What a flood made large does not stay so.
            self.entries.shrink_to(KEPT);
            self.free.shrink_to(KEPT);
        }
        entry.why
    }

    /// Ends those that have waited too long.
    pub(in crate::net::track) fn sweep(&mut self, now: u32) {
        let Bounds { head, idle, answer, .. } = self.bounds;
        let late = |entry: &Entry| {
            let most = match entry.waits {
                Waits::Head => head,
                Waits::Idle => idle,
                Waits::Answer => answer,
                Waits::Messages => return false,
            };
            u64::from(now.saturating_sub(entry.since)) >= most.as_secs().max(1)
        };
        self.end_all(late, |waits| match waits {
            Waits::Head => Some(Outcome::TooSlow),
            Waits::Idle | Waits::Messages => None,
            Waits::Answer => Some(Outcome::Unread),
        });
    }

    /// Ends those that have nothing under way.
    pub(in crate::net::track) fn end_idle(&mut self) {
        self.end_all(|entry| entry.waits == Waits::Idle, |_| None);
    }

    fn end_all(&mut self, which: impl Fn(&Entry) -> bool, why: impl Fn(Waits) -> Option<Outcome>) {
        for place in 0..self.entries.len() {
            if let Some(entry) = self.entries[place].as_ref().filter(|entry| which(entry)) {
                let why = why(entry.waits);
                self.end(place, why);
            }
        }
    }

    /// Tells the connection there to end, where it is not told so already.
    fn end(&mut self, place: usize, why: Option<Outcome>) {
        let Some(Some(entry)) = self.entries.get_mut(place) else { return };
        let Some(end) = entry.end.take() else { return };
        entry.why = why;
        end.abort();
        self.ending += 1;
        // It counts for its address no more: else more would have to end than are too many.
        self.count_off(place);
    }

    /// Ends those of `many` that have waited longest, out of these places with their turns.
    fn make_way(&mut self, many: usize, mut waiting: Vec<(u64, usize)>) {
        let number = (many / AT_ONCE).max(1);
        if number < waiting.len() {
            waiting.select_nth_unstable(number);
        }
        for (_, place) in waiting.into_iter().take(number) {
            self.end(place, Some(Outcome::Evicted));
        }
    }

    /// The connections of one address that can be ended, from this one on to the earliest. Those of
    /// WebSocket stay here too while there are others; of themselves an address has no more than of all.
    fn waiting_from(&self, latest: usize) -> Vec<(u64, usize)> {
        let at = |place: usize| Some((place, self.entries.get(place)?.as_ref()?));
        let from = || {
            std::iter::successors(at(latest), |(_, entry)| at(entry.earlier))
                .filter(|(_, entry)| entry.end.is_some())
        };
        let others = from().filter(|(_, entry)| entry.waits != Waits::Messages);
        let waiting: Vec<_> = others.map(|(place, entry)| (entry.turn, place)).collect();
        match waiting.is_empty() {
            true => from().map(|(place, entry)| (entry.turn, place)).collect(),
            false => waiting,
        }
    }

    /// The connection there counts for this address.
    fn count_in(&mut self, place: usize, from: [u8; 8]) {
        let share = self.from.entry(from).or_insert(Share { many: 0, latest: NOWHERE });
        share.many += 1;
        let earlier = std::mem::replace(&mut share.latest, place);
        if let Some(Some(entry)) = self.entries.get_mut(earlier) {
            entry.later = place;
        }
        if let Some(Some(entry)) = self.entries.get_mut(place) {
            (entry.from, entry.earlier, entry.later) = (Some(from), earlier, NOWHERE);
        }
    }

    /// It does no more.
    fn count_off(&mut self, place: usize) {
        let Some(Some(entry)) = self.entries.get_mut(place) else { return };
        let Some(from) = entry.from.take() else { return };
        let (earlier, later) = (entry.earlier, entry.later);
        if let Some(Some(entry)) = self.entries.get_mut(earlier) {
            entry.later = later;
        }
        if let Some(Some(entry)) = self.entries.get_mut(later) {
            entry.earlier = earlier;
        }
        match self.from.get_mut(&from) {
            Some(share) if share.many > 1 => {
                share.many -= 1;
                if share.latest == place {
                    share.latest = earlier;
                }
            }
            _ => drop(self.from.remove(&from)),
        }
    }
}

/// What counts as one address: of IPv6 the network, as anyone has 2^64 addresses in it.
pub(in crate::net::track) fn counted(ip: IpAddr) -> [u8; 8] {
    let mut out = [0; 8];
    match ip {
        // Where no IPv6 network is.
        IpAddr::V4(ip) => out[4..].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => out.copy_from_slice(&ip.octets()[..8]),
    }
    out
}

#[cfg(test)]
mod tests;
