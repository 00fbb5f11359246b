//! The tracker's memory as a file: bencode, read and written whole.
//!
//! ```text
//! { "torrents": { info-hash: { "downloaded": n, "peers": records, "peers6": records } },
//!   "version": 1 }
//! ```
//! A record is the peer's address and port as in a compact answer (6 or 18 bytes), the seconds
//! since it was last heard of (4 bytes, the highest first), 1 for a seed or 0, and its id
//! (20 bytes). So a tracker of a million peers reads and writes its state in a blink.
//!
//! A torrent without peers is forgotten, with its count of downloads, as a tracker of 2002 did.
//!
//! The shape of 2002, `{info-hash: {peer id: {"ip", "left", "port"}}}`, is read too; its peers
//! count as just heard of. Bytes that are neither are an error, never an empty tracker.
#![deny(clippy::indexing_slicing)]

use super::registry::Config;
use super::swarms::{Record, Swarms};
use crate::bencode::{self, Value, Writer};
use crate::torrent::{InfoHash, PeerId};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

const VERSION: i64 = 1;
/// The id of a peer whose id was not kept.
const UNKNOWN: [u8; 20] = [0; 20];

/// Why bytes are no dfile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// Not bencode, or cut short.
    #[error("no dfile: {0}")]
    Bencode(String),
    /// Bencode of something else.
    #[error("no dfile: {0}")]
    Shape(&'static str),
    /// Of a later `bt`.
    #[error("a dfile of version {0}, which this bt does not know")]
    Version(i64),
}

/// Writes all that the registry knows.
pub fn save(swarms: &Swarms, now: Instant) -> Vec<u8> {
    let mut torrents = Vec::new();
    for shard in 0..swarms.shards() {
        let copy = swarms.snapshot(shard, now);
        torrents.extend(copy.torrents().map(|torrent| {
            (torrent.hash, torrent.downloaded, torrent.peers().collect::<Vec<_>>())
        }));
    }
    torrents.sort_unstable_by_key(|(hash, _, _)| *hash);
    let mut out = Writer::new();
    out.dict(|dict| {
        dict.dict("torrents", |dict| {
            for (hash, downloaded, peers) in torrents {
                let (mut v4, mut v6) = (Vec::new(), Vec::new());
                for peer in peers {
                    match peer.address.ip() {
                        IpAddr::V4(ip) => pack(&mut v4, &ip.octets(), &peer),
                        IpAddr::V6(ip) => pack(&mut v6, &ip.octets(), &peer),
                    }
                }
                dict.dict(hash.0, |dict| {
                    dict.int("downloaded", downloaded);
                    dict.bytes("peers", v4);
                    dict.bytes("peers6", v6);
                });
            }
        });
        dict.int("version", VERSION);
    });
    out.into_bytes()
}

fn pack(out: &mut Vec<u8>, ip: &[u8], peer: &Record) {
    out.extend(ip);
    out.extend(peer.address.port().to_be_bytes());
    out.extend(u32::try_from(peer.age.as_secs()).unwrap_or(u32::MAX).to_be_bytes());
    out.push(u8::from(peer.seed));
    out.extend(peer.id.map_or(UNKNOWN, |id| id.0));
}

/// Reads what [`save`] or a tracker of 2002 wrote; no bytes at all are a tracker that knows
/// nobody yet. The time in between does not make peers older: they get the chance to come back.
pub fn load(bytes: &[u8], config: Config, now: Instant) -> Result<Swarms, Error> {
    let swarms = Swarms::new(config, now);
    if bytes.is_empty() {
        return Ok(swarms);
    }
    let (value, _) =
        bencode::parse_lenient(bytes).map_err(|error| Error::Bencode(error.to_string()))?;
    let entries = value.dict().ok_or(Error::Shape("not a dictionary"))?;
    match value.get(b"version") {
        Some(version) => match version.int() {
            Some(VERSION) => read(&swarms, value, now)?,
            Some(other) => return Err(Error::Version(other)),
            None => return Err(Error::Shape("its version is no number")),
        },
        None => {
            for (hash, peers) in entries {
                read_2002(&swarms, hash, peers, now)?;
            }
        }
    }
    Ok(swarms)
}

fn read(swarms: &Swarms, value: Value<'_>, now: Instant) -> Result<(), Error> {
    let torrents = value.get(b"torrents").and_then(Value::dict);
    for (hash, torrent) in torrents.ok_or(Error::Shape("it has no torrents"))? {
        let hash = InfoHash(twenty(hash).ok_or(Error::Shape("an info-hash is not 20 bytes"))?);
        let downloaded = torrent.get(b"downloaded").and_then(Value::uint);
        let downloaded = downloaded.ok_or(Error::Shape("a torrent has no count of downloads"))?;
        let records = |key: &[u8]| {
            let packed = torrent.get(key).and_then(Value::bytes);
            packed.ok_or(Error::Shape("a torrent has no peers"))
        };
        let broken = Error::Shape("the peers of a torrent are cut short");
        let (v4, odd_v4) = records(b"peers")?.as_chunks::<31>();
        let (v6, odd_v6) = records(b"peers6")?.as_chunks::<43>();
        if !odd_v4.is_empty() || !odd_v6.is_empty() {
            return Err(broken);
        }
        let v4 = v4.iter().filter_map(|record| unpack::<4>(record));
        let v6 = v6.iter().filter_map(|record| unpack::<16>(record));
        let downloaded = u32::try_from(downloaded).unwrap_or(u32::MAX);
        swarms.restore(now, hash, downloaded, v4.chain(v6));
    }
    Ok(())
}

fn unpack<const N: usize>(record: &[u8]) -> Option<Record>
where
    IpAddr: From<[u8; N]>,
{
    let (ip, rest) = record.split_first_chunk::<N>()?;
    let (port, rest) = rest.split_first_chunk()?;
    let (age, rest) = rest.split_first_chunk()?;
    let (seed, id) = rest.split_first()?;
    Some(Record {
        address: SocketAddr::new(IpAddr::from(*ip), u16::from_be_bytes(*port)),
        id: Some(twenty(id)?).filter(|id| *id != UNKNOWN).map(PeerId),
        seed: *seed == 1,
        age: Duration::from_secs(u32::from_be_bytes(*age).into()),
    })
}

fn read_2002(swarms: &Swarms, hash: &[u8], peers: Value<'_>, now: Instant) -> Result<(), Error> {
    let hash = InfoHash(twenty(hash).ok_or(Error::Shape("an info-hash is not 20 bytes"))?);
    let mut records = Vec::new();
    for (id, peer) in peers.dict().ok_or(Error::Shape("a torrent is no dictionary"))? {
        let id = PeerId(twenty(id).ok_or(Error::Shape("a peer id is not 20 bytes"))?);
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
            let seed = left.to_string() == "0";
            records.push(Record { address, id: Some(id), seed, age: Duration::ZERO });
        }
    }
    swarms.restore(now, hash, 0, records);
    Ok(())
}

fn twenty(bytes: &[u8]) -> Option<[u8; 20]> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests;
