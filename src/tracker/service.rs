//! What a tracker does with a request, whichever way it came: the policy in front of the
//! [`Swarms`]. Shared by all workers; time and randomness are arguments.

use super::announce::{Announce, Event, Retry};
use super::drawn::Drawn;
use super::http::Counts;
use super::registry::Config;
use super::swarms::{Ask, Families, Swarms};
use crate::torrent::InfoHash;
use rand::Rng;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// The way a request came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Front {
    /// BEP 3 and 48, in the clear or by TLS.
    Http,
    /// BEP 15.
    Udp,
    /// A browser's (WebTorrent).
    WebSocket,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asker<'a> {
    /// The address it has beyond all proxies that are trusted; never one mapped from IPv4.
    pub ip: IpAddr,
    /// The way it came.
    pub front: Front,
    /// The passkey of its URL, as it stood there: `/KEY/announce`.
    pub key: Option<&'a [u8]>,
}

/// What goes with the peers of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Until the next announce.
    pub interval: Duration,
    /// The least time between announces.
    pub min_interval: Option<Duration>,
    /// The address as which the asker is told of to others (BEP 24).
    pub external_ip: IpAddr,
    /// For the user to read.
    pub warning: Option<&'static str>,
}

/// Why a request is not answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// In words that the client shows to its user (BEP 3, 31).
    Said {
        /// `failure reason`.
        reason: &'static str,
        /// When to ask again.
        retry: Option<Retry>,
    },
    /// The asker must first be seen to listen here (`--nat-check`): to be called, and then
    /// [`Service::reached`] told what came of it.
    CallFirst(SocketAddr),
    /// Not worth a packet: the asker is over its limits, and over UDP it is dropped without a word.
    Dropped,
}

/// The policy and the swarms.
#[derive(Debug)]
pub struct Service {
    swarms: Swarms,
}

impl Service {
    /// One that serves these swarms.
    pub fn new(swarms: Swarms) -> Self {
        Self { swarms }
    }

    /// What is served.
    pub fn swarms(&self) -> &Swarms {
        &self.swarms
    }

    /// Judges an announce; where it is taken, fills `drawn`.
    pub fn announce(
        &self,
        now: Instant,
        asker: &Asker<'_>,
        announce: &Announce,
        rng: &mut impl Rng,
        drawn: &mut Drawn,
    ) -> Result<Terms, Refusal> {
        let config: &Config = self.swarms.config();
        let wanted = announce
            .numwant
            .map_or(config.response_size, |want| usize::try_from(want).unwrap_or(usize::MAX));
        let ask = Ask {
            info_hash: announce.info_hash,
            address: SocketAddr::new(asker.ip, announce.port),
            peer_id: announce.peer_id,
            seed: announce.left == 0,
            event: announce.event,
            peers: match announce.event {
                Event::Stopped => 0,
                _ => wanted.min(config.response_most),
            },
            families: match asker.front {
                Front::Udp => Families::Own,
                Front::Http | Front::WebSocket => Families::Both,
            },
            ids: !announce.compact && !announce.no_peer_id,
        };
        self.swarms.announce(now, &ask, rng, drawn);
        Ok(Terms {
            interval: config.interval,
            min_interval: None,
            external_ip: asker.ip,
            warning: None,
        })
    }

    /// Judges a scrape; where it is taken, calls `tell` with each torrent that is known.
    pub fn scrape(
        &self,
        _now: Instant,
        _asker: &Asker<'_>,
        hashes: &[InfoHash],
        mut tell: impl FnMut(InfoHash, Option<Counts>),
    ) -> Result<(), Refusal> {
        hashes.iter().for_each(|&hash| tell(hash, self.swarms.counts(hash)));
        Ok(())
    }

    /// What came of a call that [`Refusal::CallFirst`] asked for.
    pub fn reached(&self, _now: Instant, _address: SocketAddr, _listens: bool) {}
}
