//! What announces change in the swarms, told to another tracker that takes the place of this one. It
//! begins with a copy of all swarms, and each change from then on makes it know what this one knows.
//!
//! | bytes | |
//! |---|---|
//! | 20 | info-hash |
//! | 20 | peer id |
//! | 16 | address, that of IPv4 mapped into IPv6 |
//! | 2 | port |
//! | 1 | 0: fetches; 1: is a partial seed; 2: a seed; 3: one that has just become it; 4: is gone |
//! | 8 | when, in nanoseconds of a clock that both trackers read |
//!
//! For a moment both serve, and a peer may say one thing to this and the next to that: what each heard
//! later counts, in whichever order it comes to be told.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::announce::Role;
use crate::torrent::{InfoHash, PeerId};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

/// Bytes of one.
pub const LENGTH: usize = 67;

/// A clock that all processes of a machine share, as one of them reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Epoch {
    instant: Instant,
    nanos: u64,
}

impl Epoch {
    /// The clock showed so many nanoseconds at that instant.
    pub fn new(instant: Instant, nanos: u64) -> Self {
        Self { instant, nanos }
    }

    /// What it shows then, in nanoseconds.
    pub fn at(&self, then: Instant) -> u64 {
        let nanos = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        match then.checked_duration_since(self.instant) {
            Some(after) => self.nanos.saturating_add(nanos(after)),
            None => self.nanos.saturating_sub(nanos(self.instant.duration_since(then))),
        }
    }

    /// The clock of another, which was asked for it and told what it shows. It is this one, unless that
    /// cannot be: then it showed that when it was asked, or later, so that what is heard of here at
    /// the same time counts as the newer, and by no more than the answer took.
    #[must_use]
    pub fn of_other(self, asked: Instant, told: u64, heard: Instant) -> Self {
        match (self.at(asked)..=self.at(heard)).contains(&told) {
            true => self,
            false => Self::new(asked, told),
        }
    }
}

/// What one announce changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// In which torrent.
    pub info_hash: InfoHash,
    /// Whose it was.
    pub peer_id: PeerId,
    /// Where that one listens; never an IPv4 address mapped into IPv6.
    pub address: SocketAddr,
    /// What has become of it.
    pub what: What,
    /// When: nanoseconds of the clock that both trackers read.
    pub at: u64,
}

/// What has become of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// It is there, as that.
    Is(Role),
    /// It is a seed, and counts as a download.
    Completed,
    /// It is there no more.
    Gone,
}

impl Change {
    /// As it is sent.
    pub fn to_bytes(&self) -> [u8; LENGTH] {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let what = match self.what {
            What::Is(Role::Leecher) => 0,
            What::Is(Role::PartialSeed) => 1,
            What::Is(Role::Seed) => 2,
            What::Completed => 3,
            What::Gone => 4,
        };
        let mut bytes = [0; LENGTH];
        let (ip, port) = (ip.octets(), self.address.port().to_be_bytes());
        let parts = self.info_hash.0.iter().chain(&self.peer_id.0).chain(&ip).chain(&port);
        let at = self.at.to_be_bytes();
        for (byte, from) in bytes.iter_mut().zip(parts.chain(&[what]).chain(&at)) {
            *byte = *from;
        }
        bytes
    }

    /// One that was sent; none where it is none.
    pub fn from_bytes(bytes: &[u8; LENGTH]) -> Option<Self> {
        let (info_hash, rest) = bytes.split_first_chunk()?;
        let (peer_id, rest) = rest.split_first_chunk()?;
        let (ip, rest) = rest.split_first_chunk::<16>()?;
        let (port, rest) = rest.split_first_chunk()?;
        let ([what], at) = rest.split_first_chunk()?;
        let what = match what {
            0 => What::Is(Role::Leecher),
            1 => What::Is(Role::PartialSeed),
            2 => What::Is(Role::Seed),
            3 => What::Completed,
            4 => What::Gone,
            _ => return None,
        };
        let ip = Ipv6Addr::from(*ip).to_canonical();
        Some(Self {
            info_hash: InfoHash(*info_hash),
            peer_id: PeerId(*peer_id),
            address: SocketAddr::new(ip, u16::from_be_bytes(*port)),
            what,
            at: u64::from_be_bytes(at.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_back_as_it_was() {
        let roles = [Role::Leecher, Role::PartialSeed, Role::Seed];
        let what = roles.map(What::Is).into_iter().chain([What::Completed, What::Gone]);
        for (number, what) in (0..).zip(what) {
            for address in ["1.2.3.4:5", "[2001:db8::1]:65535"] {
                let change = Change {
                    info_hash: InfoHash([number; 20]),
                    peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
                    address: address.parse().unwrap(),
                    what,
                    at: u64::MAX - u64::from(number),
                };
                let mut bytes = change.to_bytes();
                assert_eq!(bytes[58], number);
                assert_eq!(Change::from_bytes(&bytes), Some(change));
                bytes[58] = 5;
                assert_eq!(Change::from_bytes(&bytes), None);
            }
        }
    }

    #[test]
    fn a_clock_is_read_before_and_after_it_was_looked_at() {
        let now = Instant::now() + Duration::from_secs(100);
        let epoch = Epoch::new(now, 5_000_000_000);
        assert_eq!(epoch.at(now + Duration::from_nanos(7)), 5_000_000_007);
        assert_eq!(epoch.at(now - Duration::from_secs(2)), 3_000_000_000);
        assert_eq!(epoch.at(now - Duration::from_secs(9)), 0);
    }

    #[test]
    fn a_clock_that_cannot_be_this_one_is_told_by_what_it_showed() {
        let asked = Instant::now();
        let heard = asked + Duration::from_nanos(100);
        let epoch = Epoch::new(asked, 1000);
        for told in [1000, 1050, 1100] {
            assert_eq!(epoch.of_other(asked, told, heard), epoch);
        }
        for told in [0, 999, 1101, u64::MAX] {
            let other = epoch.of_other(asked, told, heard);
            assert_eq!(other.at(asked), told);
            assert_eq!(other.at(heard), told.saturating_add(100));
        }
    }
}
