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
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::announce::Role;
use crate::torrent::{InfoHash, PeerId};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Bytes of one.
pub const LENGTH: usize = 59;

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
        for (byte, from) in bytes.iter_mut().zip(parts.chain(&[what])) {
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
        let what = match rest {
            [0] => What::Is(Role::Leecher),
            [1] => What::Is(Role::PartialSeed),
            [2] => What::Is(Role::Seed),
            [3] => What::Completed,
            [4] => What::Gone,
            _ => return None,
        };
        let ip = Ipv6Addr::from(*ip).to_canonical();
        Some(Self {
            info_hash: InfoHash(*info_hash),
            peer_id: PeerId(*peer_id),
            address: SocketAddr::new(ip, u16::from_be_bytes(*port)),
            what,
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
                };
                let mut bytes = change.to_bytes();
                assert_eq!(bytes.last(), Some(&number));
                assert_eq!(Change::from_bytes(&bytes), Some(change));
                *bytes.last_mut().unwrap() = 5;
                assert_eq!(Change::from_bytes(&bytes), None);
            }
        }
    }
}
