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
const OFFERS_MOST: usize = 256;
/// Of them, those that come from one connection.
const OFFERS_EACH: usize = 4;
/// Ids that a connection has in one torrent at most: a page has one.
const IDS_MOST: usize = 4;
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
                let of_it = |waiting: &Waiting| waiting.to.link == to.link;
                if self.offers.iter().filter(|waiting| of_it(waiting)).count() >= OFFERS_EACH
                    && let Some(oldest) = self.offers.iter().position(of_it)
                {
                    self.offers.remove(oldest);
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

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: InfoHash = InfoHash([1; 20]);
    const HERE: PeerId = PeerId([2; 20]);

    fn link(number: u64) -> Link {
        Link { worker: 0, number }
    }

    fn offer(from: u64, number: u8) -> Parcel {
        let id = PeerId([u8::try_from(from).unwrap(); 20]);
        let kind = Kind::Offer(Return { offer: [number; 20], id, link: link(from) });
        Parcel { to: link(0), text: String::new(), kind, info_hash: HASH, for_id: HERE }
    }

    fn answered(guest: &mut Guest, now: Instant, from: u64, number: u8) -> Option<Link> {
        let to = PeerId([u8::try_from(from).unwrap(); 20]);
        let answer = Answer { info_hash: HASH, peer_id: HERE, to, offer: [number; 20], sdp: "" };
        guest.answer(now, &answer)
    }

    #[test]
    fn one_that_offers_all_the_time_does_not_push_out_what_others_offered() {
        let (mut guest, now) = (Guest::new(link(0)), Instant::now());
        guest.joined(now, HASH, HERE);
        assert!(guest.take(now, &offer(1, 0)));
        for number in 0..=255 {
            assert!(guest.take(now, &offer(2, number)));
        }
        assert_eq!(answered(&mut guest, now, 1, 0), Some(link(1)));
        assert_eq!(answered(&mut guest, now, 2, 251), None, "its own make way");
        assert_eq!(answered(&mut guest, now, 2, 252), Some(link(2)));
        assert_eq!(answered(&mut guest, now, 2, 252), None, "one answer to an offer");
    }

    #[test]
    fn a_connection_has_few_ids_in_a_torrent() {
        let (mut guest, now) = (Guest::new(link(0)), Instant::now());
        for id in 0..4 {
            assert!(guest.has_room(HASH, PeerId([id; 20])));
            guest.joined(now, HASH, PeerId([id; 20]));
        }
        assert!(!guest.has_room(HASH, PeerId([4; 20])));
        assert!(guest.has_room(HASH, PeerId([3; 20])), "who is there stays");
        assert!(guest.has_room(InfoHash([9; 20]), PeerId([4; 20])));
    }
}
