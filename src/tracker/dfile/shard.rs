//! A shard of a dfile: torrents one after another, in as few bytes as may be.

use super::{Peer, Torrent};
use crate::torrent::InfoHash;
use crate::tracker::announce::Role;
use crate::tracker::swarms::Record;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// In the age of a peer that is not a seed: it is a partial one.
const PARTIAL: u16 = 1 << 15;

/// A shard that is being packed; its buffers serve for the next one too.
#[derive(Default, Debug)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    /// The peers of one torrent: seeds at IPv4, others, seeds at IPv6, others.
    kinds: [Vec<u8>; 4],
}

impl Packed {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(super) fn torrent(
        &mut self,
        hash: InfoHash,
        downloaded: u32,
        peers: impl Iterator<Item = Record>,
    ) {
        let mut counts = [0_u32; 4];
        let [seeds_v4, others_v4, seeds_v6, others_v6] = &mut self.kinds;
        let [count_seeds_v4, count_others_v4, count_seeds_v6, count_others_v6] = &mut counts;
        for peer in peers {
            let (out, count) = match (peer.address.ip(), peer.role == Role::Seed) {
                (IpAddr::V4(_), true) => (&mut *seeds_v4, &mut *count_seeds_v4),
                (IpAddr::V4(_), false) => (&mut *others_v4, &mut *count_others_v4),
                (IpAddr::V6(_), true) => (&mut *seeds_v6, &mut *count_seeds_v6),
                (IpAddr::V6(_), false) => (&mut *others_v6, &mut *count_others_v6),
            };
            match peer.address.ip() {
                IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
                IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
            }
            out.extend_from_slice(&peer.address.port().to_be_bytes());
            let age = u16::try_from(peer.age.as_secs()).unwrap_or(u16::MAX).min(PARTIAL - 1);
            let mark = if peer.role == Role::PartialSeed { PARTIAL } else { 0 };
            out.extend_from_slice(&(age | mark).to_be_bytes());
            *count = count.saturating_add(1);
        }
        if counts == [0; 4] && downloaded == 0 {
            return;
        }
        self.bytes.extend_from_slice(&hash.0);
        number(&mut self.bytes, downloaded);
        counts.into_iter().for_each(|count| number(&mut self.bytes, count));
        self.kinds.iter_mut().for_each(|kind| self.bytes.append(kind));
    }
}

fn number(out: &mut Vec<u8>, mut number: u32) {
    while let high @ 1.. = number >> 7 {
        out.push((number & 0x7f) as u8 | 0x80);
        number = high;
    }
    out.push(number as u8);
}

/// Tells of each torrent; none where it is cut short.
pub(super) fn unpack(mut rest: &[u8], each: &mut impl FnMut(&Torrent)) -> Option<()> {
    let rest = &mut rest;
    let mut torrent = Torrent { hash: InfoHash([0; 20]), downloaded: 0, peers: Vec::new() };
    while !rest.is_empty() {
        torrent.hash = InfoHash(take(rest)?);
        torrent.downloaded = take_number(rest)?;
        let mut counts = [0; 4];
        for count in &mut counts {
            *count = take_number(rest)?;
        }
        let [seeds_v4, others_v4, seeds_v6, others_v6] = counts;
        torrent.peers.clear();
        take_peers::<4>(rest, seeds_v4, Role::Seed, &mut torrent.peers)?;
        take_peers::<4>(rest, others_v4, Role::Leecher, &mut torrent.peers)?;
        take_peers::<16>(rest, seeds_v6, Role::Seed, &mut torrent.peers)?;
        take_peers::<16>(rest, others_v6, Role::Leecher, &mut torrent.peers)?;
        each(&torrent);
    }
    Some(())
}

/// Those of one kind. Never reserves room for more than there is.
fn take_peers<const N: usize>(
    rest: &mut &[u8],
    count: u32,
    kind: Role,
    peers: &mut Vec<Peer>,
) -> Option<()>
where
    IpAddr: From<[u8; N]>,
{
    for _ in 0..count {
        let ip = IpAddr::from(take::<N>(rest)?);
        let port = u16::from_be_bytes(take(rest)?);
        let age = u16::from_be_bytes(take(rest)?);
        let role = match (kind, age & PARTIAL) {
            (Role::Leecher, PARTIAL) => Role::PartialSeed,
            _ => kind,
        };
        let (address, age) =
            (SocketAddr::new(ip, port), Duration::from_secs((age & !PARTIAL).into()));
        peers.push(Peer { address, role, age });
    }
    Some(())
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn take_number(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for shift in [0, 7, 14, 21, 28] {
        let [byte] = take(rest)?;
        let bits = u64::from(byte & 0x7f) << shift;
        number |= bits;
        if byte & 0x80 == 0 {
            return u32::try_from(number).ok();
        }
    }
    None
}
