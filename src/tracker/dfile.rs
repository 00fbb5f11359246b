//! The tracker's memory as a file, in bencode:
//!
//! ```text
//! { "key": 16 bytes, "shards": [ torrents, … ], "sum": 4 bytes, "version": 2 }
//! ```
//! `key` makes the connection ids of UDP, so that those outlive a restart. A shard is a string of
//! torrents one after another, each:
//!
//! | bytes | |
//! |---|---|
//! | 20 | info-hash |
//! | 1 to 5 | downloads |
//! | 4 × 1 to 5 | number of: seeds at IPv4, others at IPv4, seeds at IPv6, others at IPv6 |
//! | 8 each | those at IPv4: address and port as in a compact answer, seconds since last heard of |
//! | 20 each | those at IPv6: the same |
//!
//! Numbers of 1 to 5 bytes have seven bits a byte, the lowest first, and the highest bit set on all
//! but the last; the seconds are two bytes, the highest first, and never more than 32,767: the highest
//! bit is set for a partial seed (BEP 21), which stands among the others. `sum`
//! is the CRC-32 of all before its key, highest byte first. So a tracker of a million peers reads
//! and writes its state in a blink, in pieces of a shard, and a file that was cut or changed is
//! found out.
//!
//! A torrent without peers is forgotten, with its count of downloads, as a tracker of 2002 did, but
//! for those that the tracker was told to keep.
//! Peer ids are not kept: a peer that is told of without one is called all the same.
//!
//! Version 1 is read too (`{"torrents": {info-hash: {"downloaded", "peers", "peers6"}}}`, with
//! records of address, age in four bytes, 1 for a seed or 0, and id), and so is the shape of 2002,
//! `{info-hash: {peer id: {"ip", "left", "port"}}}`, whose peers count as just heard of. Bytes that
//! are none of these are an error, never an empty tracker.
#![deny(clippy::indexing_slicing)]

mod shard;

use super::announce::Role;
use super::registry::Config;
use super::swarms::{Record, Swarms};
use crate::bencode::{self, Value};
use crate::torrent::InfoHash;
use flate2::Crc;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// The secret that connection ids of UDP are made with.
pub type Key = [u8; 16];

const VERSION: i64 = 2;
/// Before the sum and behind it.
const BEFORE_SUM: &[u8] = b"e3:sum4:";
const BEHIND_SUM: &[u8] = b"7:versioni2ee";
/// Bytes that the sum does not cover: its key, itself, the version.
const NOT_SUMMED: usize = BEFORE_SUM.len() - 1 + 4 + BEHIND_SUM.len();

/// Why bytes are no dfile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// Not bencode, or cut short.
    #[error("no dfile: {0}")]
    Bencode(String),
    /// Bencode of something else.
    #[error("no dfile: {0}")]
    Shape(&'static str),
    /// Not as it was written.
    #[error("the dfile is damaged: its sum is wrong")]
    Sum,
    /// Of a later `bt`.
    #[error("a dfile of version {0}, which this bt does not know")]
    Version(i64),
}

/// A torrent of a dfile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Torrent {
    /// Which one.
    pub hash: InfoHash,
    /// How often it was fetched whole.
    pub downloaded: u32,
    /// Who is in its swarm.
    pub peers: Vec<Peer>,
}

/// A peer of a dfile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is in its swarm.
    pub role: Role,
    /// Since it was last heard of.
    pub age: Duration,
}

/// All that the tracker knows on its way to a file, piece by piece.
#[derive(Debug)]
pub struct Save<'a> {
    swarms: &'a Swarms,
    now: Instant,
    /// The next shard.
    next: usize,
    crc: Crc,
    piece: Vec<u8>,
    packed: shard::Packed,
    state: Step,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Head(Key),
    Shards,
    Done,
}

impl<'a> Save<'a> {
    /// Begins.
    pub fn new(swarms: &'a Swarms, key: Key, now: Instant) -> Self {
        Self {
            swarms,
            now,
            next: 0,
            crc: Crc::new(),
            piece: Vec::new(),
            packed: shard::Packed::default(),
            state: Step::Head(key),
        }
    }

    /// The next piece; none at the end. A shard is locked for as long as it takes to copy it, and
    /// what changes meanwhile in those that are done comes with the next save.
    pub fn piece(&mut self) -> Option<&[u8]> {
        self.piece.clear();
        match self.state {
            Step::Head(key) => {
                self.piece.extend(b"d3:key16:");
                self.piece.extend(key);
                self.piece.extend(b"6:shardsl");
                self.state = Step::Shards;
            }
            Step::Shards if self.next < self.swarms.shards() => {
                self.packed.clear();
                for torrent in self.swarms.snapshot(self.next, self.now).torrents() {
                    self.packed.torrent(torrent.hash, torrent.downloaded, torrent.peers());
                }
                self.next += 1;
                let bytes = self.packed.bytes();
                self.piece.extend(format!("{}:", bytes.len()).into_bytes());
                self.piece.extend(bytes);
            }
            Step::Shards => {
                self.crc.update(b"e");
                self.piece.extend(BEFORE_SUM);
                self.piece.extend(self.crc.sum().to_be_bytes());
                self.piece.extend(BEHIND_SUM);
                self.state = Step::Done;
            }
            Step::Done => return None,
        }
        self.crc.update(&self.piece);
        Some(&self.piece)
    }
}

/// The same in one: [`Save`] for what is small.
pub fn save(swarms: &Swarms, key: Key, now: Instant) -> Vec<u8> {
    let mut all = Vec::new();
    let mut save = Save::new(swarms, key, now);
    while let Some(piece) = save.piece() {
        all.extend_from_slice(piece);
    }
    all
}

/// Reads what [`save`], an older `bt` or a tracker of 2002 wrote; no bytes at all are a tracker
/// that knows nobody yet. The time in between does not make peers older: they get the chance to come
/// back. With the swarms comes the key, where there is one.
pub fn load(bytes: &[u8], config: Config, now: Instant) -> Result<(Swarms, Option<Key>), Error> {
    let swarms = Swarms::new(config, now);
    let key = load_into(&swarms, bytes, now)?;
    Ok((swarms, key))
}

/// The same for swarms that are there already and know nobody; of a dfile that is broken they know
/// nobody afterwards either.
pub fn load_into(swarms: &Swarms, bytes: &[u8], now: Instant) -> Result<Option<Key>, Error> {
    read(bytes, |_| {})?;
    read(bytes, |Torrent { hash, downloaded, peers }| {
        let record = |&Peer { address, role, age }: &Peer| Record { address, role, age };
        swarms.restore(now, *hash, *downloaded, peers.iter().map(record));
    })
}

/// Calls `each` with every torrent, one after another, and gives the key. Where the dfile turns out
/// to be broken, some torrents may have been told of before.
pub fn read(bytes: &[u8], mut each: impl FnMut(&Torrent)) -> Result<Option<Key>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (value, _) =
        bencode::parse_lenient(bytes).map_err(|error| Error::Bencode(error.to_string()))?;
    let entries = value.dict().ok_or(Error::Shape("not a dictionary"))?;
    match value.get(b"version") {
        Some(version) => match version.int() {
            Some(VERSION) => return read_2(bytes, value, &mut each),
            Some(1) => read_1(value, &mut each)?,
            Some(other) => return Err(Error::Version(other)),
            None => return Err(Error::Shape("its version is no number")),
        },
        None => {
            for (hash, peers) in entries {
                each(&read_2002(hash, peers)?);
            }
        }
    }
    Ok(None)
}

/// Whether these bytes begin as a dfile does: one that is broken is worth more than any other file.
pub fn begins_as_one(bytes: &[u8]) -> bool {
    let starts = [&b"d3:key16:"[..], b"d8:torrentsd", b"d20:"];
    // One that is shorter than that has no more to lose.
    starts.iter().any(|start| bytes.starts_with(start) || start.starts_with(bytes))
}

fn read_2(
    bytes: &[u8],
    value: Value<'_>,
    each: &mut impl FnMut(&Torrent),
) -> Result<Option<Key>, Error> {
    let summed = bytes.len().checked_sub(NOT_SUMMED).and_then(|at| bytes.get(..at));
    let mut crc = Crc::new();
    crc.update(summed.ok_or(Error::Sum)?);
    if value.get(b"sum").and_then(Value::bytes) != Some(&crc.sum().to_be_bytes()) {
        return Err(Error::Sum);
    }
    let shards = value.get(b"shards").and_then(Value::list);
    for shard in shards.ok_or(Error::Shape("it has no torrents"))? {
        let shard = shard.bytes().ok_or(Error::Shape("a shard is no string"))?;
        shard::unpack(shard, each).ok_or(Error::Shape("a shard is cut short"))?;
    }
    let key = value.get(b"key").and_then(Value::bytes);
    Ok(key.and_then(|key| key.try_into().ok()))
}

fn read_1(value: Value<'_>, each: &mut impl FnMut(&Torrent)) -> Result<(), Error> {
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

fn read_2002(hash: &[u8], known: Value<'_>) -> Result<Torrent, Error> {
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

#[cfg(test)]
mod tests;
