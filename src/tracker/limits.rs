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

/// Nanoseconds of a tick, as a power of two: 16 µs. Ticks wrap after 208 days, which is no harm:
/// only differences are looked at, and one longer than a burst is none.
const TICK_BITS: u32 = 14;

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
    /// Ticks that a request costs.
    cost: u64,
    /// Ticks that a full bucket holds.
    full: u64,
}

impl Pacer {
    /// One that remembers so many keys, about.
    pub fn new(rate: Rate, keys: usize, start: Instant) -> Self {
        let period = u64::try_from(rate.period.as_nanos()).unwrap_or(u64::MAX) >> TICK_BITS;
        let cost = period.checked_div(u64::from(rate.many.get())).unwrap_or(1).max(1);
        let full = cost.saturating_mul(u64::from(rate.burst.get())).min(PAYLOAD / 4);
        Self { table: Table::new(keys), start, cost, full }
    }

    /// Takes one request of this key; the time to wait where it is one too many.
    pub fn take(&self, now: Instant, key: u64) -> Result<(), Duration> {
        let nanos = now.saturating_duration_since(self.start).as_nanos();
        let now = u64::try_from(nanos >> TICK_BITS).unwrap_or(u64::MAX) & PAYLOAD;
        // Ticks until the bucket is full. The word of a key that has long been is any number.
        let short = |full_at: u64| match full_at.wrapping_sub(now) & PAYLOAD {
            short if short <= self.full => short,
            _ => 0,
        };
        self.table.change(key, short, |word| {
            let short = word.map_or(0, short).saturating_add(self.cost);
            match short.checked_sub(self.full).filter(|over| *over > 0) {
                Some(over) => Word::Stays(Err(Duration::from_nanos(over << TICK_BITS))),
                None => Word::Becomes(now.wrapping_add(short) & PAYLOAD, Ok(())),
            }
        })
    }
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
    pub torrents: Option<NonZeroU32>,
    /// Peers of one address: torrents and ports.
    pub peers: Option<NonZeroU32>,
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
    torrents: Option<Distinct>,
    peers: Option<Distinct>,
}

/// An address is over its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooMany;

impl Limits {
    /// `window`: how long a peer stays without a word, for which torrents and peers are counted.
    pub(super) fn new(config: &Config, window: Duration, start: Instant) -> Self {
        let pacer = |rate: Option<Rate>| Some(Pacer::new(rate?, config.addresses, start));
        let distinct = |most: Option<NonZeroU32>| Some(Distinct::new(most?, window, start));
        Self {
            public: pacer(config.public),
            private: pacer(config.private),
            torrents: distinct(config.torrents),
            peers: distinct(config.peers),
        }
    }

    /// Takes a request; the time to wait where it is one too many.
    pub(super) fn pace(&self, now: Instant, ip: IpAddr) -> Result<(), Duration> {
        let pacer = match Reach::of(ip) {
            Reach::Public => &self.public,
            Reach::Loopback | Reach::Private => &self.private,
        };
        pacer.as_ref().map_or(Ok(()), |pacer| pacer.take(now, subscriber(ip)))
    }

    /// Takes a peer of this address in a torrent.
    pub(super) fn settle(
        &self,
        now: Instant,
        ip: IpAddr,
        hash: &[u8; 20],
        port: u16,
    ) -> Result<(), TooMany> {
        let admit = |distinct: &Option<Distinct>, port: u16| match distinct {
            Some(distinct) if !distinct.admit(now, subscriber(ip), (hash, port)) => Err(TooMany),
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

#[cfg(test)]
mod tests;
