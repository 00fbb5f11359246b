//! What a peer tells a tracker, and what the tracker answers (BEP 3, 7, 12, 15, 21, 23, 31).

use crate::torrent::{InfoHash, PeerId};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Why a peer announces itself now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Event {
    /// At the interval.
    #[default]
    Interval,
    /// The first time.
    Started,
    /// The last piece has just arrived; never where the data was complete at start.
    Completed,
    /// At the interval, by a peer that lacks something and fetches nothing: a partial seed (BEP 21).
    /// It says so each time.
    Paused,
    /// The peer leaves.
    Stopped,
}

/// What a peer is in its swarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It fetches.
    Leecher,
    /// It lacks something, and fetches nothing (BEP 21).
    PartialSeed,
    /// It has it all.
    Seed,
}

/// One announce, as the client makes it and the server takes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announce {
    /// The torrent.
    pub info_hash: InfoHash,
    /// Who announces.
    pub peer_id: PeerId,
    /// The port on which the peer listens.
    pub port: u16,
    /// Payload bytes sent since `started`.
    pub uploaded: u64,
    /// Payload bytes received since `started`.
    pub downloaded: u64,
    /// Bytes still missing; 0 for a seed.
    pub left: u64,
    /// Why now.
    pub event: Event,
    /// How many peers are wanted; `None`: as the tracker likes.
    pub numwant: Option<u32>,
    /// Whether the short form of the peers is asked for (BEP 23).
    pub compact: bool,
    /// Whether peer ids may be left out of the long form.
    pub no_peer_id: bool,
    /// The same for all announces of one peer, whatever its address (BEP 7, 15).
    pub key: Option<u32>,
    /// What the tracker gave as `tracker id`.
    pub tracker_id: Option<Box<[u8]>>,
    /// The address that the peer claims; only for askers who are trusted.
    pub ip: Option<IpAddr>,
}

/// A peer as a tracker tells of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its id, where the tracker said it.
    pub id: Option<PeerId>,
}

/// What a tracker answers to an announce that it took.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// Until the next announce.
    pub interval: Duration,
    /// The least time between announces, where the tracker said one.
    pub min_interval: Option<Duration>,
    /// Peers that have it all.
    pub complete: Option<u32>,
    /// Peers that do not.
    pub incomplete: Option<u32>,
    /// Peers, without the asker.
    pub peers: Vec<Peer>,
    /// Echoed in later announces.
    pub tracker_id: Option<Box<[u8]>>,
    /// For the user to read.
    pub warning: Option<String>,
    /// The asker's address as the tracker saw it (BEP 24).
    pub external_ip: Option<IpAddr>,
}

/// What came of an announce that was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// The tracker refused, in its own words (`failure reason`).
    #[error("refused: {reason}")]
    Refused {
        /// The tracker's words, made printable.
        reason: String,
        /// When to ask again (BEP 31); `None`: nothing was said.
        retry: Option<Retry>,
    },
    /// The tracker could not be reached, or took too long.
    #[error("{0}")]
    Unreachable(String),
    /// Nobody who is believed vouches for who answers there.
    #[error("{0}")]
    Untrusted(String),
    /// The answer made no sense.
    #[error("bad answer: {0}")]
    Garbled(String),
}

/// When a refused announce may be tried again (BEP 31).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// After this long.
    After(Duration),
    /// Not at all.
    Never,
}

/// Any announce that can be said over HTTP, for property tests.
#[cfg(test)]
pub(crate) fn any() -> impl proptest::strategy::Strategy<Value = Announce> {
    use proptest::prelude::*;
    let event = prop_oneof![
        Just(Event::Interval),
        Just(Event::Started),
        Just(Event::Completed),
        Just(Event::Paused),
        Just(Event::Stopped)
    ];
    let id = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..9));
    let ip = proptest::option::of(any::<IpAddr>().prop_map(|ip| ip.to_canonical()));
    (
        (any::<[u8; 20]>(), any::<[u8; 20]>(), any::<u16>(), any::<[u64; 3]>(), event),
        (proptest::option::of(0..1u32 << 31), any::<[bool; 2]>(), any::<Option<u32>>(), id, ip),
    )
        .prop_map(|((hash, peer, port, bytes, event), (numwant, flags, key, id, ip))| {
            Announce {
                info_hash: InfoHash(hash),
                peer_id: PeerId(peer),
                port,
                uploaded: bytes[0],
                downloaded: bytes[1],
                left: bytes[2],
                event,
                numwant,
                compact: flags[0],
                no_peer_id: flags[1],
                key,
                tracker_id: id.map(Vec::into_boxed_slice),
                ip,
            }
        })
}
