//! The server's side: packets answered where they lie.
//!
//! Whoever has not proven its address gets an answer to a connect, which is no longer than the
//! connect, and else nothing: nobody can be flooded through this tracker by a forged address.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::super::announce::Announce;
use super::super::drawn::Drawn;
use super::super::http::Counts;
use super::super::keys;
use super::super::service::{Asker, Front, Refusal, Service, Terms};
use super::super::tally::{Action, Outcome, Tally};
use super::{
    ANNOUNCE, CONNECT, Connections, ERROR, Family, Options, SCRAPE, SCRAPE_MOST, Slot, View,
};
use crate::torrent::InfoHash;
use rand::Rng;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

/// Room for a packet: the longest scrape is 1,496 bytes. An odd number of cache lines, so that the
/// heads of many in a row do not share the same few places of the cache.
const ROOM: usize = 25 * 64;
/// Peers that fit an answer which goes through any network whole: a datagram of 1,472 bytes on
/// Ethernet for IPv4, of 1,232 bytes anywhere for IPv6.
const PEERS_MOST_V4: usize = 242;
const PEERS_MOST_V6: usize = 67;
/// Bytes of an announce URL's path and query that are looked at for the passkey.
const URL_MOST: usize = 256;
/// Announces that are looked ahead for in one call.
const PREFETCHED: usize = 64;
/// Bytes of a refusal.
const WORDS_MOST: usize = 256;

/// A packet, in and out.
pub type Buffer = [u8; ROOM];

/// Answers the packets of one moment.
#[derive(Debug)]
pub struct Server<'a, R> {
    /// The policy and the swarms.
    pub service: &'a Service,
    /// The ids that prove addresses.
    pub connections: &'a Connections,
    /// The moment.
    pub now: Instant,
    /// The moment, for connection ids.
    pub slot: Slot,
    /// Draws the peers.
    pub rng: &'a mut R,
    /// Filled by each announce.
    pub drawn: &'a mut Drawn,
    /// What became of the packets.
    pub tally: &'a Tally,
}

impl<R: Rng> Server<'_, R> {
    /// Answers the first `length` bytes of `buffer`, which came from `ip`, in `buffer`, and says how
    /// long the answer is; `None`: there is none.
    pub fn answer(&mut self, ip: IpAddr, buffer: &mut Buffer, length: usize) -> Option<usize> {
        let ip = ip.to_canonical();
        match View::parse(buffer.get(..length).unwrap_or_default()) {
            Ok(View::Connect { transaction }) => {
                self.count(ip, Action::Connect, Outcome::Answered);
                let id = self.connections.id(ip, self.slot);
                Writer::new(buffer, CONNECT, transaction).put(&id.to_be_bytes()).done()
            }
            Ok(View::Announce { connection, transaction, announce, options }) => {
                if !self.proven(connection, ip, Action::Announce) {
                    return None;
                }
                let terms = self.announce(ip, announce, options);
                self.tell(ip, buffer, transaction, terms)
            }
            Ok(View::Scrape { connection, transaction, hashes }) => {
                if !self.proven(connection, ip, Action::Scrape) {
                    return None;
                }
                let mut asked = [InfoHash([0; 20]); SCRAPE_MOST];
                let length = hashes.len();
                asked.iter_mut().zip(hashes).for_each(|(into, hash)| into.0 = *hash);
                self.scrape(ip, buffer, transaction, asked.get(..length).unwrap_or_default())
            }
            Err(_) => {
                self.count(ip, Action::Other, Outcome::Garbled);
                None
            }
        }
    }

    /// Looks ahead for announces among packets that are about to be answered: those of a large
    /// tracker wait for memory more than for anything else, and so they wait together.
    pub fn prefetch<'p>(&self, packets: impl Iterator<Item = (IpAddr, &'p [u8])>) {
        let mut coming = [(InfoHash([0; 20]), SocketAddr::from(([0; 4], 0))); PREFETCHED];
        let announces = packets.filter_map(|(ip, packet)| {
            let (connection, info_hash, port) = View::whose(packet)?;
            let ip = ip.to_canonical();
            // For nobody who may not be where it says it is.
            let proven = self.connections.knows(connection, ip, self.slot);
            proven.then_some((info_hash, SocketAddr::new(ip, port)))
        });
        let many = coming.iter_mut().zip(announces).map(|(at, announce)| *at = announce).count();
        self.service.prefetch(coming.get(..many).unwrap_or_default());
    }

    fn proven(&self, connection: u64, ip: IpAddr, action: Action) -> bool {
        let proven = self.connections.knows(connection, ip, self.slot);
        if !proven {
            self.count(ip, action, Outcome::Stale);
        }
        proven
    }

    /// Fills `drawn`.
    fn announce(
        &mut self,
        ip: IpAddr,
        mut announce: Announce,
        options: Options<'_>,
    ) -> Result<Terms, Refusal> {
        // No more is drawn than fits: what is cut off later would be the same peers each time.
        let usual = self.service.swarms().config().response_size;
        let usual = u32::try_from(usual).unwrap_or(u32::MAX);
        let most = u32::try_from(peers_most(ip)).unwrap_or(u32::MAX);
        announce.numwant = Some(announce.numwant.unwrap_or(usual).min(most));
        let mut url = [0; URL_MOST];
        let path = options.join(&mut url).split(|byte| *byte == b'?').next().unwrap_or_default();
        let key = keys::of_path(path).and_then(|(_, key)| key);
        let asker = Asker { ip, front: Front::Udp, key };
        self.service.announce(self.now, &asker, &announce, self.rng, self.drawn)
    }

    fn tell(
        &mut self,
        ip: IpAddr,
        buffer: &mut Buffer,
        transaction: u32,
        terms: Result<Terms, Refusal>,
    ) -> Option<usize> {
        let terms = match terms {
            Ok(terms) => terms,
            Err(refusal) => {
                return self.refuse(ip, buffer, (Action::Announce, transaction), &refusal);
            }
        };
        self.count(ip, Action::Announce, Outcome::Answered);
        let interval = u32::try_from(terms.interval.as_secs()).unwrap_or(u32::MAX);
        let Drawn { counts, v4, v6, .. } = &*self.drawn;
        let out = Writer::new(buffer, ANNOUNCE, transaction)
            .put(&interval.to_be_bytes())
            .put(&counts.incomplete.to_be_bytes())
            .put(&counts.complete.to_be_bytes());
        match ip {
            IpAddr::V4(_) => {
                out.put(v4.get(..PEERS_MOST_V4).unwrap_or(v4.as_slice()).as_flattened())
            }
            IpAddr::V6(_) => {
                out.put(v6.get(..PEERS_MOST_V6).unwrap_or(v6.as_slice()).as_flattened())
            }
        }
        .done()
    }

    fn scrape(
        &mut self,
        ip: IpAddr,
        buffer: &mut Buffer,
        transaction: u32,
        asked: &[InfoHash],
    ) -> Option<usize> {
        let asker = Asker { ip, front: Front::Udp, key: None };
        let mut told = [Counts::default(); SCRAPE_MOST];
        // They come in the order asked; one that is left out counts nothing.
        let mut places = asked.iter().zip(&mut told);
        let tell = |hash, counts: Option<Counts>| {
            if let Some((_, place)) = places.find(|(asked, _)| **asked == hash) {
                *place = counts.unwrap_or_default();
            }
        };
        match self.service.scrape(self.now, &asker, asked, tell) {
            Ok(()) => {
                self.count(ip, Action::Scrape, Outcome::Answered);
                let out = Writer::new(buffer, SCRAPE, transaction);
                let told = told.iter().take(asked.len());
                told.fold(out, |out, counts| {
                    out.put(&counts.complete.to_be_bytes())
                        .put(&counts.downloaded.to_be_bytes())
                        .put(&counts.incomplete.to_be_bytes())
                })
                .done()
            }
            Err(refusal) => self.refuse(ip, buffer, (Action::Scrape, transaction), &refusal),
        }
    }

    fn refuse(
        &self,
        ip: IpAddr,
        buffer: &mut Buffer,
        (action, transaction): (Action, u32),
        refusal: &Refusal,
    ) -> Option<usize> {
        self.count(ip, action, refusal.outcome());
        match refusal {
            Refusal::Said { reason, .. } => {
                let words = reason.as_bytes();
                let words = words.get(..WORDS_MOST).unwrap_or(words);
                Writer::new(buffer, ERROR, transaction).put(words).done()
            }
            // Nobody is called first by UDP, where there is no connection to keep waiting.
            Refusal::CallFirst(_) | Refusal::Dropped => None,
        }
    }

    fn count(&self, ip: IpAddr, action: Action, outcome: Outcome) {
        self.tally.count(Front::Udp, Family::of(ip), action, outcome);
    }
}

fn peers_most(ip: IpAddr) -> usize {
    match ip {
        IpAddr::V4(_) => PEERS_MOST_V4,
        IpAddr::V6(_) => PEERS_MOST_V6,
    }
}

/// Writes an answer over the packet that it is for.
struct Writer<'a> {
    rest: &'a mut [u8],
}

impl<'a> Writer<'a> {
    fn new(buffer: &'a mut Buffer, action: u32, transaction: u32) -> Self {
        Self { rest: buffer }.put(&action.to_be_bytes()).put(&transaction.to_be_bytes())
    }

    /// What there is no room for is left out; each answer is bounded to less.
    fn put(self, bytes: &[u8]) -> Self {
        if bytes.len() > self.rest.len() {
            return self;
        }
        let (place, rest) = self.rest.split_at_mut(bytes.len());
        place.copy_from_slice(bytes);
        Self { rest }
    }

    fn done(self) -> Option<usize> {
        Some(ROOM.saturating_sub(self.rest.len()))
    }
}

#[cfg(test)]
mod tests;
