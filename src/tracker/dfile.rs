//! The tracker's memory as a file, in bencode:
//!
//! ```text
//! { "shards": [ torrents, … ], "sum": 4 bytes, "version": 3 }
//! ```
//! A shard is a string of torrents one after another, each:
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
//! is the CRC-32, highest byte first, of all bytes but its own four. So a tracker of a million peers
//! reads and writes its state in a blink, in pieces of a shard, and a file that was cut or changed is
//! found out, whichever byte it is: later versions, too, end with this sum and their number, so that a
//! number is believed only where the sum is right. There are no secrets in it, and anybody may read it.
//!
//! A torrent without peers is forgotten, with its count of downloads, as a tracker of 2002 did, but
//! for those that the tracker was told to keep.
//! Peer ids are not kept: a peer that is told of without one is called all the same.
//!
//! What was written before is read too (`older`). Bytes that are none of these are an error, never an
//! empty tracker.
#![deny(clippy::indexing_slicing)]

mod older;
mod shard;

pub(super) use self::older::is_later;

use super::announce::Role;
use super::changes::Epoch;
use super::registry::Config;
pub use super::swarms::Left;
use super::swarms::{Record, Swarms};
use crate::bencode::{self, Value};
use crate::torrent::InfoHash;
use flate2::Crc;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const VERSION: i64 = 3;
/// What all from version 3 on begin with.
const START: &[u8] = b"d6:shardsl";
/// Before the sum and behind it.
const BEFORE_SUM: &[u8] = b"3:sum4:";
const BEHIND_SUM: &[u8] = b"7:versioni3ee";
const SUM: usize = 4;

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
    /// The clock by which changes are noted from then on, where they are.
    follow: Option<Epoch>,
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
    Head,
    Shards,
    Done,
}

impl<'a> Save<'a> {
    /// Of those swarms, with ages counted up to `now`.
    pub fn new(swarms: &'a Swarms, now: Instant) -> Self {
        Self::copying(swarms, now, None)
    }

    /// The same for another tracker, which is to be told of what [changes](Swarms::changes) from
    /// then on, and when by that clock.
    pub fn following(swarms: &'a Swarms, now: Instant, epoch: Epoch) -> Self {
        Self::copying(swarms, now, Some(epoch))
    }

    fn copying(swarms: &'a Swarms, now: Instant, follow: Option<Epoch>) -> Self {
        Self {
            swarms,
            follow,
            now,
            next: 0,
            crc: Crc::new(),
            piece: Vec::new(),
            packed: shard::Packed::default(),
            state: Step::Head,
        }
    }

    /// The next piece; none at the end. A shard is locked for as long as it takes to copy it, and
    /// what changes meanwhile in those that are done comes with the next save.
    pub fn piece(&mut self) -> Option<&[u8]> {
        self.piece.clear();
        match self.state {
            Step::Head => {
                self.piece.extend(START);
                self.state = Step::Shards;
            }
            Step::Shards if self.next < self.swarms.shards() => {
                self.packed.clear();
                let copy = match self.follow {
                    Some(epoch) => self.swarms.follow(self.next, self.now, epoch),
                    None => self.swarms.snapshot(self.next, self.now),
                };
                for torrent in copy.torrents() {
                    self.packed.torrent(torrent.hash, torrent.downloaded, torrent.peers());
                }
                self.next += 1;
                let bytes = self.packed.bytes();
                self.piece.extend(format!("{}:", bytes.len()).into_bytes());
                self.piece.extend(bytes);
            }
            Step::Shards => {
                self.piece.push(b'e');
                self.piece.extend(BEFORE_SUM);
                self.crc.update(&self.piece);
                self.crc.update(BEHIND_SUM);
                self.piece.extend(self.crc.sum().to_be_bytes());
                self.piece.extend(BEHIND_SUM);
                self.state = Step::Done;
                return Some(&self.piece);
            }
            Step::Done => return None,
        }
        self.crc.update(&self.piece);
        Some(&self.piece)
    }
}

/// The same in one: [`Save`] for what is small.
pub fn save(swarms: &Swarms, now: Instant) -> Vec<u8> {
    let mut all = Vec::new();
    let mut save = Save::new(swarms, now);
    while let Some(piece) = save.piece() {
        all.extend_from_slice(piece);
    }
    all
}

/// Reads what [`save`], an older `bt` or a tracker of 2002 or of its line wrote; no bytes at all are a tracker
/// that knows nobody yet. The time in between does not make peers older: they get the chance to come
/// back.
pub fn load(bytes: &[u8], config: Config, now: Instant) -> Result<Swarms, Error> {
    let swarms = Swarms::new(config, now);
    load_into(&swarms, bytes, now)?;
    Ok(swarms)
}

/// The same for swarms that are there already and know nobody; of a dfile that is broken they know
/// nobody afterwards either.
/// Says what found no room there.
pub fn load_into(swarms: &Swarms, bytes: &[u8], now: Instant) -> Result<Left, Error> {
    check(bytes)?;
    let mut left = Left::default();
    read(bytes, |Torrent { hash, downloaded, peers }| {
        let record = |&Peer { address, role, age }: &Peer| Record { address, role, age };
        left.add(swarms.restore(now, *hash, *downloaded, peers.iter().map(record)));
    })?;
    Ok(left)
}

/// Whether it can be read to its end.
pub fn check(bytes: &[u8]) -> Result<(), Error> {
    read(bytes, |_| {})
}

/// Calls `each` with every torrent, one after another. Where the dfile turns out to be broken, some
/// torrents may have been told of before.
pub fn read(bytes: &[u8], mut each: impl FnMut(&Torrent)) -> Result<(), Error> {
    if bytes.is_empty() {
        return Ok(());
    }
    let (value, _) =
        bencode::parse_lenient(bytes).map_err(|error| Error::Bencode(error.to_string()))?;
    value.dict().ok_or(Error::Shape("not a dictionary"))?;
    if value.raw().len() != bytes.len() {
        return Err(Error::Shape("bytes follow its end"));
    }
    let each = &mut each;
    match value.get(b"version").map(|version| version.int().ok_or(version)) {
        None if older::is_later(value) => older::read_later(value, each),
        None => older::read_2002(value, each),
        Some(Ok(1)) => older::read_1(value, each),
        Some(Ok(2)) => {
            check_sum(value, older::sum_2(bytes))?;
            shards(value, each)
        }
        Some(Ok(version)) => {
            check_sum(value, sum(bytes, version))?;
            if version != VERSION {
                return Err(Error::Version(version));
            }
            shards(value, each)
        }
        Some(Err(_)) => Err(Error::Shape("its version is no number")),
    }
}

/// Whether these bytes begin or end as a dfile does: one that is broken is worth more than any other
/// file.
pub fn looks_like_one(bytes: &[u8]) -> bool {
    let begins = |start: &[u8]| bytes.starts_with(start) || start.starts_with(bytes);
    // One that is shorter than that has no more to lose.
    begins(START) || older::STARTS.into_iter().any(begins) || bytes.ends_with(BEHIND_SUM)
}

/// That of a file of this version or a later one; none where it does not end as such a file does.
fn sum(bytes: &[u8], version: i64) -> Option<u32> {
    let behind = format!("7:versioni{version}ee");
    let summed = bytes.strip_suffix(behind.as_bytes())?;
    let summed = summed.get(..summed.len().checked_sub(SUM)?)?;
    let mut crc = Crc::new();
    crc.update(summed.strip_suffix(BEFORE_SUM).and(Some(summed))?);
    crc.update(behind.as_bytes());
    Some(crc.sum())
}

fn check_sum(value: Value<'_>, sum: Option<u32>) -> Result<(), Error> {
    let sum = sum.ok_or(Error::Sum)?.to_be_bytes();
    let told = value.get(b"sum").and_then(Value::bytes);
    (told == Some(&sum)).then_some(()).ok_or(Error::Sum)
}

fn shards(value: Value<'_>, each: &mut impl FnMut(&Torrent)) -> Result<(), Error> {
    let shards = value.get(b"shards").and_then(Value::list);
    for shard in shards.ok_or(Error::Shape("it has no torrents"))? {
        let shard = shard.bytes().ok_or(Error::Shape("a shard is no string"))?;
        shard::unpack(shard, each).ok_or(Error::Shape("a shard is cut short"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
