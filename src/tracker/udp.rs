//! The packets of a UDP tracker, both ways (BEP 15, 41).
//!
//! A packet is parsed as a whole or not at all; longer ones than needed are taken, as BEP 15 asks.
//! Here are the client's packets as values, and what it hears; a [`Server`] reads and answers them where
//! they lie.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod connection;
mod resend;
mod server;
#[cfg(test)]
mod stub;
mod view;

pub use self::connection::{Connections, Key, Slot};
pub use self::resend::waits;
pub use self::server::{Buffer, Server};
#[cfg(test)]
pub(crate) use self::stub::{parse_request, response};
use self::view::URL_DATA;
pub use self::view::{Options, View};

use super::announce::{Announce, Answer, Event, Trouble};
use super::http::Counts;
use crate::torrent::InfoHash;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// What a connect request begins with.
const PROTOCOL: u64 = 0x0417_2710_1980;
const CONNECT: u32 = 0;
const ANNOUNCE: u32 = 1;
const SCRAPE: u32 = 2;
const ERROR: u32 = 3;

/// The event of a partial seed (BEP 21). BEP 15 knows only those from 0 to 3; libtorrent sends this.
const PAUSED: u32 = 4;

/// Info-hashes that one scrape may name, as many as fit an ordinary packet.
pub const SCRAPE_MOST: usize = 74;

/// What a client sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// Asks for a connection id.
    Connect {
        /// The number that the answer repeats.
        transaction: u32,
    },
    /// Announces a peer.
    Announce {
        /// What the tracker gave on connect.
        connection: u64,
        /// The number that the answer repeats.
        transaction: u32,
        /// The announce; always compact, the tracker id is not said.
        announce: Announce,
        /// The path and query of the announce URL (BEP 41).
        url_data: Vec<u8>,
    },
    /// Asks for counts.
    Scrape {
        /// What the tracker gave on connect.
        connection: u64,
        /// The number that the answer repeats.
        transaction: u32,
        /// At most [`SCRAPE_MOST`].
        hashes: Vec<InfoHash>,
    },
}

/// What a tracker answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Response {
    /// To a connect.
    Connect {
        /// For the requests of the next minute.
        connection: u64,
    },
    /// To an announce. Peers of the other address family do not fit in and are left out.
    Announce(Answer),
    /// To a scrape, in the order asked.
    Scrape(Vec<Counts>),
    /// A refusal in words.
    Error(String),
}

/// The family of the addresses in a packet, which is that of the packet itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// Peers take 6 bytes.
    V4,
    /// Peers take 18 bytes.
    V6,
}

impl Family {
    /// That of an address; one mapped from IPv4 counts as IPv4.
    pub fn of(ip: IpAddr) -> Self {
        if ip.to_canonical().is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// Not a packet of this protocol, or cut short.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("malformed packet")]
pub struct Malformed;

/// Writes a request.
pub fn request(request: &Request) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    match request {
        Request::Connect { transaction } => {
            out.extend(PROTOCOL.to_be_bytes());
            out.extend(CONNECT.to_be_bytes());
            out.extend(transaction.to_be_bytes());
        }
        Request::Announce { connection, transaction, announce, url_data } => {
            out.extend(connection.to_be_bytes());
            out.extend(ANNOUNCE.to_be_bytes());
            out.extend(transaction.to_be_bytes());
            announce_body(&mut out, announce);
            for part in url_data.chunks(255) {
                out.push(URL_DATA);
                out.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
                out.extend(part);
            }
        }
        Request::Scrape { connection, transaction, hashes } => {
            out.extend(connection.to_be_bytes());
            out.extend(SCRAPE.to_be_bytes());
            out.extend(transaction.to_be_bytes());
            out.extend(hashes.iter().take(SCRAPE_MOST).flat_map(|hash| hash.0));
        }
    }
    out
}

fn announce_body(out: &mut Vec<u8>, announce: &Announce) {
    out.extend(announce.info_hash.0);
    out.extend(announce.peer_id.0);
    out.extend(announce.downloaded.to_be_bytes());
    out.extend(announce.left.to_be_bytes());
    out.extend(announce.uploaded.to_be_bytes());
    let event: u32 = match announce.event {
        Event::Interval => 0,
        Event::Completed => 1,
        Event::Started => 2,
        Event::Stopped => 3,
        Event::Paused => PAUSED,
    };
    out.extend(event.to_be_bytes());
    let ip = match announce.ip {
        Some(IpAddr::V4(ip)) => ip,
        _ => Ipv4Addr::UNSPECIFIED,
    };
    out.extend(ip.octets());
    out.extend(announce.key.unwrap_or(0).to_be_bytes());
    let numwant = announce.numwant.and_then(|want| i32::try_from(want).ok()).unwrap_or(-1);
    out.extend(numwant.to_be_bytes());
    out.extend(announce.port.to_be_bytes());
}

/// Reads an answer and the transaction that it belongs to.
pub fn parse_response(packet: &[u8], family: Family) -> Result<(u32, Response), Malformed> {
    parse_response_inner(packet, family).ok_or(Malformed)
}

fn parse_response_inner(packet: &[u8], family: Family) -> Option<(u32, Response)> {
    let mut rest = Reader(packet);
    let action = rest.u32()?;
    let transaction = rest.u32()?;
    let response = match action {
        CONNECT => Response::Connect { connection: rest.u64()? },
        ANNOUNCE => {
            let interval = Duration::from_secs(rest.u32()?.into());
            let incomplete = Some(rest.u32()?);
            let complete = Some(rest.u32()?);
            let peers = match family {
                Family::V4 => super::http::unpack_v4(rest.0).collect(),
                Family::V6 => super::http::unpack_v6(rest.0).collect(),
            };
            Response::Announce(Answer {
                interval,
                incomplete,
                complete,
                peers,
                ..Answer::default()
            })
        }
        SCRAPE => {
            let mut counts = Vec::new();
            while let (Some(complete), Some(downloaded), Some(incomplete)) =
                (rest.u32(), rest.u32(), rest.u32())
            {
                counts.push(Counts { complete, incomplete, partial: 0, downloaded });
            }
            Response::Scrape(counts)
        }
        ERROR => Response::Error(super::http::words(rest.0)),
        _ => return None,
    };
    Some((transaction, response))
}

/// What an answer to an announce comes to.
pub fn judge(response: Response) -> Result<Answer, Trouble> {
    match response {
        Response::Announce(answer) => Ok(answer),
        Response::Error(reason) => Err(Trouble::Refused { reason, retry: None }),
        Response::Connect { .. } | Response::Scrape(_) => {
            Err(Trouble::Garbled("an answer to something else".into()))
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }
}

#[cfg(test)]
mod tests;
