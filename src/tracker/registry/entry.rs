//! One peer as a swarm holds it: its address, its port and a stamp, with no byte between. The
//! stamp is when it was last heard of, and whether it said that it is a partial seed.

use super::clock::TIME;
use hashbrown::DefaultHashBuilder;
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// In a stamp: a peer that lacks something, and fetches nothing (BEP 21).
pub(super) const PARTIAL: u16 = !TIME;

/// A peer of one address family. A peer has a port, so all zeros stand for none.
pub(super) trait Entry: Copy + Debug {
    /// Address and port in network order, as answers tell them (BEP 7, 23).
    type Packed: Copy + Eq + Hash + Debug;
    /// No peer.
    const VACANT: Self;

    fn new(packed: Self::Packed, seen: u16) -> Self;
    fn packed(&self) -> Self::Packed;
    /// Its stamp: the tick at which it was last heard of, which wraps, and [`PARTIAL`].
    fn seen(&self) -> u16;
    /// Whether it is a partial seed.
    #[inline]
    fn is_partial(&self) -> bool {
        self.seen() & PARTIAL != 0
    }
    /// Whether both are the same peer, whenever heard of.
    fn is(&self, other: &Self) -> bool;
    fn is_vacant(&self) -> bool;
    /// Of the address and the port alone.
    fn hash(&self, hasher: &DefaultHashBuilder) -> u64;
    fn address(packed: Self::Packed) -> SocketAddr;
}

/// An IPv4 peer: its bytes in this order, read as a little-endian number, so that comparing and
/// copying are one instruction each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct V4(u64);

const V4_PEER: u64 = (1 << 48) - 1;

impl Entry for V4 {
    type Packed = [u8; 6];
    const VACANT: Self = Self(0);

    fn new([a, b, c, d, high, low]: [u8; 6], seen: u16) -> Self {
        let [s, t] = seen.to_le_bytes();
        Self(u64::from_le_bytes([a, b, c, d, high, low, s, t]))
    }

    #[inline]
    fn packed(&self) -> [u8; 6] {
        let [a, b, c, d, high, low, _, _] = self.0.to_le_bytes();
        [a, b, c, d, high, low]
    }

    #[inline]
    fn seen(&self) -> u16 {
        (self.0 >> 48) as u16
    }

    #[inline]
    fn is(&self, other: &Self) -> bool {
        (self.0 ^ other.0) & V4_PEER == 0
    }

    #[inline]
    fn is_vacant(&self) -> bool {
        self.0 == 0
    }

    #[inline]
    fn hash(&self, hasher: &DefaultHashBuilder) -> u64 {
        hasher.hash_one(self.0 & V4_PEER)
    }

    fn address([a, b, c, d, high, low]: [u8; 6]) -> SocketAddr {
        let port = u16::from_be_bytes([high, low]);
        SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port).into()
    }
}

/// An IPv6 peer, 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct V6 {
    peer: [u8; 18],
    seen: [u8; 2],
}

impl Entry for V6 {
    type Packed = [u8; 18];
    const VACANT: Self = Self { peer: [0; 18], seen: [0; 2] };

    fn new(peer: [u8; 18], seen: u16) -> Self {
        Self { peer, seen: seen.to_le_bytes() }
    }

    #[inline]
    fn packed(&self) -> [u8; 18] {
        self.peer
    }

    #[inline]
    fn seen(&self) -> u16 {
        u16::from_le_bytes(self.seen)
    }

    #[inline]
    fn is(&self, other: &Self) -> bool {
        self.peer == other.peer
    }

    #[inline]
    fn is_vacant(&self) -> bool {
        let [.., high, low] = self.peer;
        high | low == 0
    }

    fn hash(&self, hasher: &DefaultHashBuilder) -> u64 {
        hasher.hash_one(self.peer)
    }

    fn address(peer: [u8; 18]) -> SocketAddr {
        let [ip @ .., high, low] = peer;
        SocketAddrV6::new(Ipv6Addr::from(ip), u16::from_be_bytes([high, low]), 0, 0).into()
    }
}

/// An IPv4 address and port as peers are told of them.
pub(super) fn pack_v4(ip: Ipv4Addr, port: u16) -> [u8; 6] {
    let ([a, b, c, d], [high, low]) = (ip.octets(), port.to_be_bytes());
    [a, b, c, d, high, low]
}

/// An IPv6 address and port as peers are told of them.
pub(super) fn pack_v6(ip: Ipv6Addr, port: u16) -> [u8; 18] {
    let mut packed = [0; 18];
    let (front, back) = packed.split_at_mut(16);
    front.copy_from_slice(&ip.octets());
    back.copy_from_slice(&port.to_be_bytes());
    packed
}
