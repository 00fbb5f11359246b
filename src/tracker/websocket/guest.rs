//! What is known of one connection: which peers it speaks for, which offers it may answer.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::browsers::Link;
use super::message::Answer;
use super::{Kind, OfferId, Parcel, Return};
use crate::torrent::{InfoHash, PeerId};
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Peers that one connection speaks for at most: pages share a connection among all torrents.
pub(in crate::tracker) const PEERS_MOST: usize = 1000;
/// Offers that wait for an answer at most; the oldest make way.
const OFFERS_MOST: usize = 64;
/// For an answer: clients of today give an offer up after 50 s.
const ANSWER: Duration = Duration::from_secs(120);
/// Messages that make no sense, until it is enough.
const GARBLED_MOST: u32 = 32;

/// What is known of one connection. Its worker alone has it.
#[derive(Debug)]
pub struct Guest {
    link: Link,
    /// When each was last heard of.
    peers: HashMap<(InfoHash, PeerId), Instant>,
    offers: VecDeque<Waiting>,
    garbled: u32,
}

/// An offer that waits for an answer.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    info_hash: InfoHash,
    to: Return,
    until: Instant,
}

impl Guest {
    /// One that has said nothing yet.
    pub fn new(link: Link) -> Self {
        Self { link, peers: HashMap::new(), offers: VecDeque::new(), garbled: 0 }
    }

    /// Which connection it is.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Whether it has sent so much nonsense that it is to be closed.
    pub fn is_hopeless(&self) -> bool {
        self.garbled >= GARBLED_MOST
    }

    /// Notes a parcel that has come for it; whether its text is to be said.
    pub fn take(&mut self, now: Instant, parcel: &Parcel) -> bool {
        if parcel.to != self.link {
            return false;
        }
        match parcel.kind {
            Kind::Answer => true,
            Kind::Offer(to) => {
                let info_hash = parcel.info_hash;
                // It may have left meanwhile.
                if !self.peers.contains_key(&(info_hash, parcel.for_id)) {
                    return false;
                }
                while self.offers.len() >= OFFERS_MOST
                    || self.offers.front().is_some_and(|oldest| oldest.until < now)
                {
                    self.offers.pop_front();
                }
                let until = now.checked_add(ANSWER).unwrap_or(now);
                self.offers.push_back(Waiting { info_hash, to, until });
                true
            }
        }
    }

    /// The way of an answer, where it had the offer. There is one answer to an offer.
    pub(in crate::tracker) fn answer(&mut self, now: Instant, answer: &Answer<'_>) -> Option<Link> {
        if !self.peers.contains_key(&(answer.info_hash, answer.peer_id)) {
            return None;
        }
        let place = self.offers.iter().position(|waiting| {
            let Return { offer, id, .. } = waiting.to;
            let same: (InfoHash, PeerId, OfferId) = (waiting.info_hash, id, offer);
            same == (answer.info_hash, answer.to, answer.offer) && waiting.until >= now
        })?;
        self.offers.remove(place).map(|waiting| waiting.to.link)
    }

    pub(in crate::tracker) fn note_garbled(&mut self) {
        self.garbled = self.garbled.saturating_add(1);
    }

    /// Whether it may speak for one more.
    pub(in crate::tracker) fn has_room(&self, info_hash: InfoHash, id: PeerId) -> bool {
        self.peers.len() < PEERS_MOST || self.peers.contains_key(&(info_hash, id))
    }

    pub(in crate::tracker) fn joined(&mut self, now: Instant, info_hash: InfoHash, id: PeerId) {
        self.peers.insert((info_hash, id), now);
    }

    pub(in crate::tracker) fn left(&mut self, info_hash: InfoHash, id: PeerId) {
        self.peers.remove(&(info_hash, id));
        if self.peers.is_empty() {
            self.peers = HashMap::new();
        }
    }

    /// The peers that were last heard of before `since`.
    pub(in crate::tracker) fn silent(&self, since: Option<Instant>) -> Vec<(InfoHash, PeerId)> {
        let silent = self.peers.iter().filter(|(_, heard)| since.is_none_or(|at| **heard < at));
        silent.map(|(peer, _)| *peer).collect()
    }

    /// Offers to which no answer can come any more are forgotten.
    pub(in crate::tracker) fn forget_offers(&mut self, now: Instant) {
        while self.offers.front().is_some_and(|oldest| oldest.until < now) {
            self.offers.pop_front();
        }
        if self.offers.is_empty() {
            self.offers = VecDeque::new();
        }
    }
}
