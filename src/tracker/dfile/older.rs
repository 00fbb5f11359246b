//! The dfiles of before.
//!
//! Version 2 is version 3 with a `key` of 16 bytes before `shards`, and its sum covers no more than
//! what stands before `sum`. That key made the connection ids of UDP; it is not taken from a file that
//! anybody may read.
//!
//! Version 1 is `{"torrents": {info-hash: {"downloaded", "peers", "peers6"}}}`, with records of
//! address, age in four bytes, 1 for a seed or 0, and id. The shape of 2002 is
//! `{info-hash: {peer id: {"ip", "left", "port"}}}`; its peers count as just heard of.
//!
//! Later trackers of that line have the same under `peers`, beside it `completed`, `{info-hash: downloads}`,
//! and what they had read of their own lists, `allowed`, `allowed_dir_files` or `allowed_list`, which is
//! passed over: the operator's files say it. Peers say more of themselves there; a `nat` that is not 0 is
//! of one that was not told to others, since no call reached it or none had yet.
#![deny(clippy::indexing_slicing)]

use super::{BEFORE_SUM, Error, Peer, SUM, Torrent};
use crate::bencode::Value;
use crate::torrent::InfoHash;
use crate::tracker::announce::Role;
use flate2::Crc;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What they begin with.
pub(super) const STARTS: [&[u8]; 7] = [
    b"d3:key16:",
    b"d8:torrentsd",
    b"d20:",
    b"d7:allowedd",
    b"d12:allowed_listd",
    b"d9:completedd",
    b"d5:peersd20:",
];

const BEHIND_SUM_2: &[u8] = b"7:versioni2ee";

/// That of a file of version 2.
pub(super) fn sum_2(bytes: &[u8]) -> Option<u32> {
    let not_summed = BEFORE_SUM.len() + SUM + BEHIND_SUM_2.len();
    let mut crc = Crc::new();
    crc.update(bytes.get(..bytes.len().checked_sub(not_summed)?)?);
    Some(crc.sum())
}

pub(super) fn read_1(value: Value<'_>, each: &mut impl FnMut(&Torrent)) -> Result<(), Error> {
    let torrents = value.get(b"torrents").and_then(Value::dict);
    for (hash, torrent) in torrents.ok_or(Error::Shape("it has no torrents"))? {
        let hash = InfoHash(twenty(hash).ok_or(Error::Shape("an info-hash is not 20 bytes"))?);
        let downloaded = torrent.get(b"downloaded").and_then(Value::uint);
        let downloaded = downloaded.ok_or(Error::Shape("a torrent has no count of downloads"))?;
        let records = |key: &[u8]| {
            let packed = torrent.get(key).and_then(Value::bytes);
            packed.ok_or(Error::Shape("a torrent has no peers"))
        };
        let (v4, odd_v4) = records(b"peers")?.as_chunks::<31>();
        let (v6, odd_v6) = records(b"peers6")?.as_chunks::<43>();
        if !odd_v4.is_empty() || !odd_v6.is_empty() {
            return Err(Error::Shape("the peers of a torrent are cut short"));
        }
        let v4 = v4.iter().filter_map(|record| unpack_1::<4>(record));
        let v6 = v6.iter().filter_map(|record| unpack_1::<16>(record));
        let downloaded = u32::try_from(downloaded).unwrap_or(u32::MAX);
        each(&Torrent { hash, downloaded, peers: v4.chain(v6).collect() });
    }
    Ok(())
}

fn unpack_1<const N: usize>(record: &[u8]) -> Option<Peer>
where
    IpAddr: From<[u8; N]>,
{
    let (ip, rest) = record.split_first_chunk::<N>()?;
    let (port, rest) = rest.split_first_chunk()?;
    let (age, rest) = rest.split_first_chunk()?;
    Some(Peer {
        address: SocketAddr::new(IpAddr::from(*ip), u16::from_be_bytes(*port)),
        role: role(rest.first() == Some(&1)),
        age: Duration::from_secs(u32::from_be_bytes(*age).into()),
    })
}

pub(super) fn read_2002(value: Value<'_>, each: &mut impl FnMut(&Torrent)) -> Result<(), Error> {
    for (hash, peers) in value.dict().into_iter().flatten() {
        each(&torrent_2002(hash, peers)?);
    }
    Ok(())
}

/// Whether it is the shape that later trackers of that line wrote: an answer to an announce never has a
/// dictionary of peers.
pub(in crate::tracker) fn is_later(value: Value<'_>) -> bool {
    let is_dict = |key: &[u8]| value.get(key).is_some_and(|value| value.dict().is_some());
    is_dict(b"peers")
        && [&b"failure reason"[..], b"interval"].iter().all(|key| value.get(key).is_none())
}

pub(super) fn read_later(value: Value<'_>, each: &mut impl FnMut(&Torrent)) -> Result<(), Error> {
    let mut completed = HashMap::new();
    if let Some(counts) = value.get(b"completed") {
        let counts = counts.dict().ok_or(Error::Shape("its counts of downloads are none"))?;
        for (hash, count) in counts {
            let hash = twenty(hash).ok_or(Error::Shape("an info-hash is not 20 bytes"))?;
            let count = count.digits().ok_or(Error::Shape("a count of downloads is no number"))?;
            // One that is too large is as large as can be.
            let count = match count.negative {
                true => 0,
                false => count.magnitude.parse().unwrap_or(u32::MAX),
            };
            completed.insert(hash, count);
        }
    }
    for (hash, peers) in value.get(b"peers").and_then(Value::dict).into_iter().flatten() {
        let mut torrent = torrent_2002(hash, peers)?;
        torrent.downloaded = completed.remove(&torrent.hash.0).unwrap_or(0);
        each(&torrent);
    }
    // Nobody was left in these.
    for (hash, downloaded) in completed {
        each(&Torrent { hash: InfoHash(hash), downloaded, peers: Vec::new() });
    }
    Ok(())
}

fn torrent_2002(hash: &[u8], known: Value<'_>) -> Result<Torrent, Error> {
    let hash = InfoHash(twenty(hash).ok_or(Error::Shape("an info-hash is not 20 bytes"))?);
    let mut peers = Vec::new();
    for (id, peer) in known.dict().ok_or(Error::Shape("a torrent is no dictionary"))? {
        twenty(id).ok_or(Error::Shape("a peer id is not 20 bytes"))?;
        let (ip, port, left) = (peer.get(b"ip"), peer.get(b"port"), peer.get(b"left"));
        let (Some(ip), Some(port), Some(left)) =
            (ip.and_then(Value::bytes), port.and_then(Value::int), left.and_then(Value::digits))
        else {
            return Err(Error::Shape("a peer has no ip, left or port"));
        };
        if peer.get(b"nat").and_then(Value::int).is_some_and(|nat| nat != 0) {
            continue;
        }
        // It may be a name, which nobody can be told of in compact form: that peer must come back.
        let ip = std::str::from_utf8(ip).ok().and_then(|ip| ip.parse::<IpAddr>().ok());
        if let (Some(ip), Ok(port)) = (ip, u16::try_from(port)) {
            let address = SocketAddr::new(ip, port);
            let role = role(left.to_string() == "0");
            peers.push(Peer { address, role, age: Duration::ZERO });
        }
    }
    Ok(Torrent { hash, downloaded: 0, peers })
}

/// That of a peer which says no more of itself than what it lacks.
fn role(seed: bool) -> Role {
    if seed { Role::Seed } else { Role::Leecher }
}

fn twenty(bytes: &[u8]) -> Option<[u8; 20]> {
    bytes.try_into().ok()
}
