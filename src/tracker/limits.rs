//! How much one address may ask for: so many requests a second, so many torrents and peers.
//!
//! Memory is fixed from the start and there is no lock: what is known of an address is one word in
//! a table, and an address that there is no room for is let through. IPv6 counts by
//! /64, which is what one subscriber has.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod distinct;
mod table;

pub(super) use self::distinct::Distinct;
pub(super) use self::table::{Table, Word};

use self::table::PAYLOAD;
use super::reach::Reach;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Nanoseconds of a tick at most, as a power of two: 16 µs. Ticks wrap after 208 days, the
/// finer ones of a high rate after hours, which is no harm: only differences are looked at, and one
/// longer than a burst is none.
const TICK_BITS_MOST: u32 = 14;
/// Ticks that a request costs at least, so that a rate is met within a hundredth.
const COST_LEAST: u64 = 64;

/// So many requests a second on average, and so many at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// How many in how long.
    pub many: NonZeroU32,
    /// In how long.
    pub period: Duration,
    /// How many at once, after a rest.
    pub burst: NonZeroU32,
}

impl Rate {
    /// What suits the public: a large NAT or seedbox stays below it, a flood does not.
    pub const PUBLIC: Self = Self {
        many: NonZeroU32::MIN.saturating_add(499),
        period: Duration::from_secs(1),
        burst: NonZeroU32::MIN.saturating_add(9_999),
    };
}

/// Text that is no rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a rate is like 500/s or 30/m, with the number at once after a comma: 500/s,10000")]
pub struct NotRate;

/// `500/s`, `30/m`, `500/s,10000`; without a burst, ten times the number.
impl FromStr for Rate {
    type Err = NotRate;

    fn from_str(text: &str) -> Result<Self, NotRate> {
        let (rate, burst) = match text.split_once(',') {
            Some((rate, burst)) => (rate, Some(burst)),
            None => (text, None),
        };
        let (many, period) = rate.split_once('/').ok_or(NotRate)?;
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<NonZeroU32>().ok().filter(|number| plain && number.get() <= 1_000_000)
        };
        let many = number(many).ok_or(NotRate)?;
        let period = match period {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            _ => return Err(NotRate),
        };
        let burst = match burst {
            Some(burst) => number(burst).ok_or(NotRate)?,
            None => many.saturating_mul(NonZeroU32::MIN.saturating_add(9)),
        };
        Ok(Self { many, period, burst })
    }
}

/// Holds keys to a rate.
///
/// Instead of tokens it keeps the time at which the key's bucket will be full again (GCRA); one
/// that is full tells nothing, so its word is the first to make way.
#[derive(Debug)]
pub struct Pacer {
    table: Table,
    start: Instant,
    /// Nanoseconds of a tick, as a power of two.
    tick_bits: u32,
    /// Ticks that a request costs.
    cost: u64,
    /// Ticks that a full bucket holds.
    full: u64,
}

impl Pacer {
    /// One that remembers so many keys, about.
    pub fn new(rate: Rate, keys: usize, start: Instant) -> Self {
        let period = u64::try_from(rate.period.as_nanos()).unwrap_or(u64::MAX);
        let nanos = period.checked_div(u64::from(rate.many.get())).unwrap_or(1).max(1);
        let tick_bits = (nanos / COST_LEAST).checked_ilog2().unwrap_or(0).min(TICK_BITS_MOST);
        // To the nearest tick.
        let cost = (nanos.saturating_mul(2) >> tick_bits).saturating_add(1) / 2;
        let full = cost.saturating_mul(u64::from(rate.burst.get())).min(PAYLOAD / 4);
        Self { table: Table::new(keys), start, tick_bits, cost, full }
    }

    /// Takes one request of this key; the time to wait where it is one too many.
    pub fn take(&self, now: Instant, key: u64) -> Result<(), Duration> {
        let now = self.tick(now);
        let short = |full_at| self.short(now, full_at);
        self.table.change(key, short, |word| {
            let short = word.map_or(0, short).saturating_add(self.cost);
            match short.checked_sub(self.full).filter(|over| *over > 0) {
                Some(over) => Word::Stays(Err(Duration::from_nanos(over << self.tick_bits))),
                None => Word::Becomes(now.wrapping_add(short) & PAYLOAD, Ok(())),
            }
        })
    }

    /// Gives back a request that was taken.
    pub fn give_back(&self, now: Instant, key: u64) {
        let now = self.tick(now);
        let short = |full_at| self.short(now, full_at);
        self.table.change(key, short, |word| match word.map_or(0, short) {
            0 => Word::Stays(()),
            some => Word::Becomes(now.wrapping_add(some.saturating_sub(self.cost)) & PAYLOAD, ()),
        });
    }

    /// Ticks since the start, which wrap.
    fn tick(&self, now: Instant) -> u64 {
        let nanos = now.saturating_duration_since(self.start).as_nanos();
        u64::try_from(nanos >> self.tick_bits & u128::from(PAYLOAD)).unwrap_or(0)
    }

    /// Ticks until the bucket is full. The word of a key that has long been is any number.
    fn short(&self, now: u64, full_at: u64) -> u64 {
        match full_at.wrapping_sub(now) & PAYLOAD {
            short if short <= self.full => short,
            _ => 0,
        }
    }
}

/// How many things an address may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// So many.
    pub most: NonZeroU32,
    /// Which addresses are held to it: those that are good from so far, and farther.
    pub nearest: Reach,
}

impl Bound {
    /// The peers of an address that suit the public: those of many users behind one NAT, or of a
    /// large seedbox.
    pub const PUBLIC: Self =
        Self { most: NonZeroU32::MIN.saturating_add(19_999), nearest: Reach::Public };
}

/// What one address may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Requests of public addresses.
    pub public: Option<Rate>,
    /// Requests of private and loopback addresses, where proxies and the operator's own sit.
    pub private: Option<Rate>,
    /// Addresses whose rate is remembered.
    pub addresses: usize,
    /// Torrents of one address.
    pub torrents: Option<Bound>,
    /// Peers of one address: torrents and ports.
    pub peers: Option<Bound>,
}

impl Default for Config {
    /// No limits.
    fn default() -> Self {
        Self { public: None, private: None, addresses: 1 << 16, torrents: None, peers: None }
    }
}

/// Holds addresses to the limits.
#[derive(Debug)]
pub(super) struct Limits {
    public: Option<Pacer>,
    private: Option<Pacer>,
    torrents: Option<(Reach, Distinct)>,
    peers: Option<(Reach, Distinct)>,
}

/// An address is over its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooMany;

impl Limits {
    /// `window`: how long a peer stays without a word, for which torrents and peers are counted.
    pub(super) fn new(config: &Config, window: Duration, start: Instant) -> Self {
        let pacer = |rate: Option<Rate>| Some(Pacer::new(rate?, config.addresses, start));
        let distinct = |bound: Option<Bound>| {
            let Bound { most, nearest } = bound?;
            Some((nearest, Distinct::new(most, window, start)))
        };
        Self {
            public: pacer(config.public),
            private: pacer(config.private),
            torrents: distinct(config.torrents),
            peers: distinct(config.peers),
        }
    }

    /// Takes a request; the time to wait where it is one too many.
    pub(super) fn pace(&self, now: Instant, ip: IpAddr) -> Result<(), Duration> {
        self.pacer(ip).map_or(Ok(()), |pacer| pacer.take(now, subscriber(ip)))
    }

    /// Gives back a request that was taken and will come again.
    pub(super) fn unpace(&self, now: Instant, ip: IpAddr) {
        if let Some(pacer) = self.pacer(ip) {
            pacer.give_back(now, subscriber(ip));
        }
    }

    fn pacer(&self, ip: IpAddr) -> Option<&Pacer> {
        match Reach::of(ip) {
            Reach::Public => self.public.as_ref(),
            Reach::Loopback | Reach::Private => self.private.as_ref(),
        }
    }

    /// Takes a peer of this address in a torrent.
    pub(super) fn settle(
        &self,
        now: Instant,
        ip: IpAddr,
        hash: &[u8; 20],
        port: u16,
    ) -> Result<(), TooMany> {
        let admit = |bound: &Option<(Reach, Distinct)>, port: u16| match bound {
            Some((nearest, distinct)) if Reach::of(ip) >= *nearest => {
                let admitted = distinct.admit(now, subscriber(ip), site(ip), (hash, port));
                if admitted { Ok(()) } else { Err(TooMany) }
            }
            _ => Ok(()),
        };
        admit(&self.torrents, 0)?;
        admit(&self.peers, port)
    }
}

/// What counts as one address: IPv4 whole, IPv6 its /64.
pub fn subscriber(ip: IpAddr) -> u64 {
    match ip.to_canonical() {
        // In a part of IPv6 that is nobody's.
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => u64::try_from(ip.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

/// What one party may have all of: an IPv4 address, the /48 of an IPv6 address.
pub(super) fn network(ip: IpAddr) -> u64 {
    site(ip).unwrap_or_else(|| subscriber(ip))
}

/// The /48 of an IPv6 address, of which one party may have all subscribers; no number that one of
/// these has.
fn site(ip: IpAddr) -> Option<u64> {
    match ip.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(ip) => u64::try_from(ip.to_bits() >> 80 | 1 << 48).ok(),
    }
}

#[cfg(test)]
mod tests;
