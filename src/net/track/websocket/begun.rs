//! How much of messages that have begun, and not ended, is kept for one address: a connection may have
//! 64 KiB of one, and an address hundreds of connections.

use super::super::fast::counted;
use hashbrown::HashMap;
use std::cell::RefCell;
use std::net::IpAddr;

/// Bytes for one address, an IPv6 one counted by its /64: hundreds of browsers that all are in the
/// middle of a message have less.
const EACH_MOST: usize = 2 << 20;
/// And of that for a worker, of which there may be many: eight whole messages, since behind one address
/// of IPv4 there may be a campus. Browsers send messages of some 20 KiB at once, which are hardly ever
/// in the middle.
const PART_LEAST: usize = 512 * 1024;

/// What the connections of one worker have begun.
pub(super) struct Begun {
    most: usize,
    from: RefCell<HashMap<[u8; 8], usize>>,
}

impl Begun {
    /// Of one of so many workers, over which the connections of an address are spread.
    pub(super) fn new(workers: usize) -> Self {
        let most = EACH_MOST.checked_div(workers).unwrap_or(EACH_MOST).max(PART_LEAST);
        Self { most, from: RefCell::default() }
    }

    /// A connection from there that kept so many bytes keeps another number of them now. False, and
    /// nothing has changed, where that is more and too much. From nowhere, as behind a proxy that does
    /// not say for whom, there is no bound but that of each connection.
    pub(super) fn keep(&self, ip: Option<IpAddr>, before: usize, now: usize) -> bool {
        let Some(ip) = ip.filter(|_| before != now) else { return true };
        let mut from = self.from.borrow_mut();
        let all = from.entry(counted(ip)).or_insert(0);
        let sum = all.saturating_sub(before).saturating_add(now);
        let fits = now < before || sum <= self.most;
        if fits {
            *all = sum;
        }
        if *all == 0 {
            from.remove(&counted(ip));
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_much_and_gets_it_back() {
        let begun = Begun::new(4);
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let (one, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
        let most = EACH_MOST / 4;
        assert!(begun.keep(one, 0, most) && !begun.keep(one, 0, 1));
        assert!(begun.keep(other, 0, 1) && begun.keep(other, 1, 0));
        assert!(begun.keep(one, most, most - 1) && begun.keep(one, 0, 1) && !begun.keep(one, 1, 2));
        assert!(begun.keep(one, most - 1, 0) && begun.keep(one, 1, 0));
        assert!(begun.from.borrow().is_empty());
        // A /64 is one.
        assert!(begun.keep(ip("2001:db8::1"), 0, most) && !begun.keep(ip("2001:db8::2"), 0, 1));
        // With many workers there is room for several messages in each.
        let many = Begun::new(1000);
        assert!((0..8).all(|_| many.keep(one, 0, 64 * 1024)) && !many.keep(one, 0, 1));
        assert!(Begun::new(0).keep(one, 0, EACH_MOST));
        // A proxy that does not say for whom it speaks has no share.
        assert!((0..100).all(|_| begun.keep(None, 0, 64 * 1024)));
        assert!(begun.from.borrow().len() == 1, "that of the /64");
    }
}
