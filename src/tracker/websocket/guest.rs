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
/// Offers that wait for an answer at most.
const OFFERS_MOST: usize = 256;
/// Of them, those that come from one connection: one for each torrent that both are in, mostly.
const OFFERS_EACH: usize = 16;
/// Ids that a connection has in one torrent at most: a page has one.
const IDS_MOST: usize = 4;
/// For an answer: clients of today give an offer up after 50 s.
const ANSWER: Duration = Duration::from_secs(120);
/// Until an offer makes way for another from the same place.
const FRESH: Duration = Duration::from_secs(60);
/// Messages that make no sense, until it is enough.
const GARBLED_MOST: u32 = 32;
/// Messages over the rate, more than there were within it, until it is enough.
const REFUSED_MOST: u32 = 64;

/// What is known of one connection. Its worker alone has it.
#[derive(Debug)]
pub struct Guest {
    link: Link,
    /// When each was last heard of.
    peers: HashMap<(InfoHash, PeerId), Instant>,
    /// The oldest first.
    offers: VecDeque<Waiting>,
    garbled: u32,
    refused: u32,
    /// How many torrents had been forgotten when its peers were last looked up.
    forgotten: u64,
}

/// An offer that waits for an answer.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    info_hash: InfoHash,
    to: Return,
    since: Instant,
}

impl Waiting {
    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

impl Guest {
    /// One that has said nothing yet.
    pub fn new(link: Link) -> Self {
        Self {
            link,
            peers: HashMap::new(),
            offers: VecDeque::new(),
            garbled: 0,
            refused: 0,
            forgotten: 0,
        }
    }

    /// Which connection it is.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Whether it has sent so much nonsense, or so much over its rate, that it is to be closed.
    pub fn is_hopeless(&self) -> bool {
        self.garbled >= GARBLED_MOST || self.refused >= REFUSED_MOST
    }

    /// Notes a parcel that has come for it; whether its text is to be said.
    pub fn take(&mut self, now: Instant, parcel: &Parcel) -> bool {
        if parcel.to != self.link {
            return false;
        }
        match parcel.kind {
            Kind::Answer => true,
            // It may have left meanwhile.
            Kind::Offer(to) => {
                let here = self.peers.contains_key(&(parcel.info_hash, parcel.for_id));
                let taken = here && self.make_room(now, &to);
                if taken {
                    self.offers.push_back(Waiting { info_hash: parcel.info_hash, to, since: now });
                }
                taken
            }
        }
    }

    /// Whether there is room for an offer. Who has as many here as it may have is not brought more
    /// before they are old: else it would push out its own before they can be answered, and have this
    /// browser begin a connection for each. Where all together are too many, one of the network
    /// that has the most makes way, however many connections it has; so nobody pushes out the
    /// offers of others by offering more than they do.
    fn make_room(&mut self, now: Instant, to: &Return) -> bool {
        self.forget_offers(now);
        let of_link = |waiting: &Waiting| waiting.to.from.link == to.from.link;
        if self.offers.iter().filter(|waiting| of_link(waiting)).count() >= OFFERS_EACH {
            return self.replace(now, FRESH, of_link);
        }
        if self.offers.len() < OFFERS_MOST {
            return true;
        }
        let of_network = |waiting: &Waiting| waiting.to.from.network == to.from.network;
        let own = self.offers.iter().filter(|waiting| of_network(waiting)).count();
        if own > OFFERS_MOST / 2 {
            return self.replace(now, FRESH, of_network);
        }
        let mut many: HashMap<u64, usize> = HashMap::new();
        for waiting in &self.offers {
            let many = many.entry(waiting.to.from.network).or_default();
            *many = many.saturating_add(1);
        }
        let most = many.values().copied().max().unwrap_or(0);
        if own >= most {
            return self.replace(now, FRESH, of_network);
        }
        let of_most = |waiting: &Waiting| many.get(&waiting.to.from.network) == Some(&most);
        self.replace(now, Duration::ZERO, of_most)
    }

    /// Takes out the oldest offer of some, where it is of that age.
    fn replace(&mut self, now: Instant, age: Duration, some: impl Fn(&Waiting) -> bool) -> bool {
        let oldest = self.offers.iter().position(some);
        let oldest = oldest
            .filter(|&place| self.offers.get(place).is_some_and(|waiting| waiting.age(now) >= age));
        oldest.and_then(|place| self.offers.remove(place)).is_some()
    }

    /// The way of an answer, where it had the offer. There is one answer to an offer.
    pub(in crate::tracker) fn answer(&mut self, now: Instant, answer: &Answer<'_>) -> Option<Link> {
        if !self.peers.contains_key(&(answer.info_hash, answer.peer_id)) {
            return None;
        }
        let place = self.offers.iter().position(|waiting| {
            let Return { offer, from } = waiting.to;
            let same: (InfoHash, PeerId, OfferId) = (waiting.info_hash, from.id, offer);
            same == (answer.info_hash, answer.to, answer.offer) && waiting.age(now) <= ANSWER
        })?;
        self.offers.remove(place).map(|waiting| waiting.to.from.link)
    }

    pub(in crate::tracker) fn note_garbled(&mut self) {
        self.garbled = self.garbled.saturating_add(1);
    }

    /// A message was over the rate, and not read.
    pub(in crate::tracker) fn note_refused(&mut self) {
        self.refused = self.refused.saturating_add(1);
    }

    /// A message was within the rate.
    pub(in crate::tracker) fn note_admitted(&mut self) {
        self.refused = self.refused.saturating_sub(1);
    }

    /// How many peers it speaks for.
    pub(in crate::tracker) fn peers(&self) -> u16 {
        u16::try_from(self.peers.len()).unwrap_or(u16::MAX)
    }

    /// Whether it may speak for one more.
    pub(in crate::tracker) fn has_room(&self, info_hash: InfoHash, id: PeerId) -> bool {
        if self.peers.contains_key(&(info_hash, id)) {
            return true;
        }
        let in_it = self.peers.keys().filter(|(hash, _)| *hash == info_hash).count();
        self.peers.len() < PEERS_MOST && in_it < IDS_MOST
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

    /// Forgets its peers of torrents that were forgotten; `forgotten` is how many that were so far.
    pub(in crate::tracker) fn forget(
        &mut self,
        forgotten: u64,
        is_there: impl Fn(InfoHash, PeerId) -> bool,
    ) {
        if self.forgotten != forgotten {
            self.forgotten = forgotten;
            self.peers.retain(|(info_hash, id), _| is_there(*info_hash, *id));
            self.peers.shrink_to_fit();
        }
    }

    /// Offers to which no answer can come any more are forgotten.
    pub(in crate::tracker) fn forget_offers(&mut self, now: Instant) {
        while self.offers.front().is_some_and(|oldest| oldest.age(now) > ANSWER) {
            self.offers.pop_front();
        }
        if self.offers.is_empty() {
            self.offers = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests;
