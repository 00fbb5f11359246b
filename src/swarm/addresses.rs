//! Whom to call: addresses that were heard of, each tried with growing patience.
//!
//! Bounded, without doubles; an address that failed is not tried again sooner because a tracker
//! names it once more.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// So many addresses are kept.
const MOST: usize = 2000;

/// Wait after the first failure; doubles with each.
const PATIENCE: Duration = Duration::from_secs(5);

/// An address that failed so often in a row is forgotten.
const FAILURES: u32 = 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// To be called when the time has come.
    Due(Instant),
    Calling,
    Connected,
    /// Not to be called.
    Never,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    state: State,
    failures: u32,
}

/// Invariant: `due` holds exactly the entries whose state is `Due`.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    entries: HashMap<SocketAddr, Entry>,
    due: BTreeSet<(Instant, SocketAddr)>,
    calling: usize,
    /// IPs of cheats; on the loopback, where everybody has the same, their addresses.
    banned_ips: Vec<IpAddr>,
    banned: Vec<SocketAddr>,
}

impl Addresses {
    /// Somebody named an address.
    pub(super) fn add(&mut self, now: Instant, address: SocketAddr) {
        let usable = address.port() != 0
            && !address.ip().is_unspecified()
            && !address.ip().is_multicast()
            && !self.is_banned(address);
        if usable && !self.entries.contains_key(&address) && self.make_room() {
            self.set(address, Entry { state: State::Due(now), failures: 0 });
        }
    }

    /// The next address whose time has come, now being called.
    pub(super) fn call(&mut self, now: Instant) -> Option<SocketAddr> {
        let &(_, address) = self.due.first().filter(|(due, _)| *due <= now)?;
        let failures = self.failures(address);
        self.set(address, Entry { state: State::Calling, failures });
        Some(address)
    }

    /// When [`Addresses::call`] will give one.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Calls under way.
    pub(super) fn calling(&self) -> usize {
        self.calling
    }

    /// Addresses that may still be called.
    pub(super) fn waiting(&self) -> usize {
        self.due.len()
    }

    /// All that may be called sooner or later, or are connected.
    pub(super) fn all(&self) -> impl Iterator<Item = SocketAddr> {
        let good = self.entries.iter().filter(|(_, entry)| entry.state != State::Never);
        good.map(|(address, _)| *address)
    }

    /// The handshake with it is done.
    pub(super) fn connected(&mut self, address: SocketAddr) {
        let failures = self.failures(address);
        self.set(address, Entry { state: State::Connected, failures });
    }

    /// The call came to nothing, or the connection was of no use.
    pub(super) fn failed(&mut self, now: Instant, address: SocketAddr) {
        let failures = self.failures(address) + 1;
        if failures >= FAILURES {
            self.forget(address);
        } else if self.entries.contains_key(&address) {
            let due = now + PATIENCE * (1 << failures.min(10)) / 2;
            self.set(address, Entry { state: State::Due(due), failures });
        }
    }

    /// A connection that served ended: worth another call later.
    pub(super) fn parted(&mut self, now: Instant, address: SocketAddr) {
        if self.entries.contains_key(&address) {
            self.set(address, Entry { state: State::Due(now + PATIENCE), failures: 1 });
        }
    }

    /// Not to be called again: ourselves, a cheat, or one that we know under another address.
    pub(super) fn never(&mut self, address: SocketAddr) {
        self.set(address, Entry { state: State::Never, failures: 0 });
    }

    /// Nothing of this host is wanted any more.
    pub(super) fn ban(&mut self, address: SocketAddr) {
        self.never(address);
        let list = MOST;
        match address.ip().to_canonical() {
            ip if ip.is_loopback() && self.banned.len() < list => self.banned.push(address),
            ip if self.banned_ips.len() < list => self.banned_ips.push(ip),
            _ => {}
        }
    }

    pub(super) fn is_banned(&self, address: SocketAddr) -> bool {
        self.banned_ips.contains(&address.ip().to_canonical()) || self.banned.contains(&address)
    }

    /// Whether one more fits. For a new address that failed goes which is to be tried last: who names
    /// us thousands that nobody answers at must not keep others out.
    fn make_room(&mut self) -> bool {
        if self.entries.len() >= MOST
            && let Some(&(_, last)) = self.due.last()
            && self.failures(last) > 0
        {
            self.forget(last);
        }
        self.entries.len() < MOST
    }

    fn failures(&self, address: SocketAddr) -> u32 {
        self.entries.get(&address).map_or(0, |entry| entry.failures)
    }

    fn forget(&mut self, address: SocketAddr) {
        match self.entries.remove(&address).map(|entry| entry.state) {
            Some(State::Due(due)) => {
                self.due.remove(&(due, address));
            }
            Some(State::Calling) => self.calling -= 1,
            _ => {}
        }
    }

    fn set(&mut self, address: SocketAddr, entry: Entry) {
        self.forget(address);
        match entry.state {
            State::Due(due) => {
                self.due.insert((due, address));
            }
            State::Calling => self.calling += 1,
            State::Connected | State::Never => {}
        }
        self.entries.insert(address, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, host], 6881))
    }

    #[test]
    fn failures_are_retried_ever_later_and_renaming_does_not_hurry_them() {
        let (mut now, mut book) = (Instant::now(), Addresses::default());
        book.add(now, at(1));
        for wait in [5, 10, 20, 40] {
            assert_eq!(book.call(now), Some(at(1)));
            assert_eq!((book.calling(), book.waiting()), (1, 0));
            book.failed(now, at(1));
            book.add(now, at(1));
            assert_eq!(book.call(now + Duration::from_millis(wait * 1000 - 1)), None);
            now += Duration::from_secs(wait);
        }
        for _ in 0..FAILURES {
            book.failed(now, at(1));
        }
        assert_eq!((book.next(), book.calling()), (None, 0));
    }

    #[test]
    fn the_book_is_bounded_and_holds_no_doubles() {
        let (now, mut book) = (Instant::now(), Addresses::default());
        for port in 1..=5000 {
            book.add(now, SocketAddr::from(([10, 0, 0, 1], port)));
            book.add(now, SocketAddr::from(([10, 0, 0, 1], 1)));
        }
        assert_eq!(book.waiting(), MOST);
    }

    #[test]
    fn addresses_where_nobody_answers_make_room_for_new_ones() {
        let (now, mut book) = (Instant::now(), Addresses::default());
        for port in 1..=MOST as u16 {
            book.add(now, SocketAddr::from(([10, 0, 0, 1], port)));
        }
        book.add(now, at(2));
        assert!(!book.entries.contains_key(&at(2)), "none has failed yet");
        let dead = book.call(now).unwrap();
        book.failed(now, dead);
        book.add(now, at(2));
        assert!(book.entries.contains_key(&at(2)) && !book.entries.contains_key(&dead));
        assert_eq!(book.waiting(), MOST);
    }

    #[test]
    fn a_ban_meets_the_host_but_not_the_loopback() {
        let (now, mut book) = (Instant::now(), Addresses::default());
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        book.ban(at(1));
        book.ban(local(1));
        book.add(now, SocketAddr::from(([10, 0, 0, 1], 9)));
        book.add(now, local(1));
        assert_eq!(book.waiting(), 0);
        book.add(now, local(2));
        assert_eq!(book.call(now), Some(local(2)));
    }
}
