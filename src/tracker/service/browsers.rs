//! What a tracker does with what a browser says over its WebSocket.

use super::{Asker, Refusal, Service};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::{Announce, Event};
use crate::tracker::http::Counts;
use crate::tracker::tally::{Action, Outcome};
use crate::tracker::websocket::{
    self, Answer, Browsers, Deed, Garbled, Guest, Held, Joining, Listing, Member, Message, Offer,
    PEER_BYTES, TORRENT_BYTES, counted, scraped,
};
use rand::{Rng, RngExt};
use std::time::{Duration, Instant};

impl Service {
    /// The swarms of browsers.
    pub fn browsers(&self) -> &Browsers {
        &self.browsers
    }

    /// Judges a message, and adds what is to be done; what was asked for and what came of it.
    pub fn hear(
        &self,
        now: Instant,
        asker: &Asker<'_>,
        guest: &mut Guest,
        message: &[u8],
        rng: &mut impl Rng,
        deeds: &mut Vec<Deed>,
    ) -> (Action, Outcome) {
        let said = match Message::parse(message) {
            Ok(Message::Announce(announce, offers)) => {
                let hash = announce.info_hash;
                let heard = self.greet(now, asker, guest, (&announce, &offers), rng, deeds);
                (Action::Announce, Some(hash), heard)
            }
            Ok(Message::Answer(answer)) => {
                let heard = self.pass_back(now, asker, guest, &answer, deeds);
                (Action::Announce, Some(answer.info_hash), heard)
            }
            Ok(Message::Scrape(hashes)) => {
                (Action::Scrape, None, self.count_out(now, asker, hashes, deeds))
            }
            Err(Garbled { reason, action, info_hash }) => {
                guest.note_garbled();
                deeds.push(Deed::Say(websocket::failure(action, info_hash, reason)));
                let action = match action {
                    Some("announce") => Action::Announce,
                    Some(_) => Action::Scrape,
                    None => Action::Other,
                };
                // It counts as a request all the same.
                let outcome = match self.pace(now, asker) {
                    Ok(()) => Outcome::Garbled,
                    Err(refusal) => refusal.outcome(),
                };
                return (action, outcome);
            }
        };
        let (action, info_hash, heard) = said;
        let outcome = heard.unwrap_or_else(|refusal| {
            if let Refusal::Said { reason, .. } = refusal {
                let name = if action == Action::Scrape { "scrape" } else { "announce" };
                deeds.push(Deed::Say(websocket::failure(Some(name), info_hash, reason)));
            }
            refusal.outcome()
        });
        (action, outcome)
    }

    /// Takes an announce.
    fn greet(
        &self,
        now: Instant,
        asker: &Asker<'_>,
        guest: &mut Guest,
        (announce, offers): (&Announce, &[Offer<'_>]),
        rng: &mut impl Rng,
        deeds: &mut Vec<Deed>,
    ) -> Result<Outcome, Refusal> {
        self.pace(now, asker)?;
        let key = self.key(now, asker)?;
        let &Announce { info_hash, peer_id: id, event, .. } = announce;
        if !self.serves(info_hash) {
            return Err(Refusal::not_served());
        }
        let link = guest.link();
        if event == Event::Stopped {
            self.part(guest, info_hash, id);
            if let Some(key) = key {
                key.announced(announce);
            }
            let counts = self.browsers.counts(info_hash).unwrap_or_default();
            deeds.push(Deed::Say(counted(info_hash, self.browsers_interval(rng), counts)));
            return Ok(Outcome::Answered);
        }
        if !guest.has_room(info_hash, id) {
            return Err(Refusal::too_many(self.swarms.config().interval));
        }
        let settled = self.limits.settle(now, asker.ip, &info_hash.0, self.browsers.port(id));
        settled.map_err(|_| Refusal::too_many(self.swarms.config().interval))?;
        let seed = announce.left == 0 || event == Event::Completed;
        let wanted = announce.numwant.map_or(usize::MAX, |want| want.try_into().unwrap_or(0));
        let joining = Joining {
            info_hash,
            id,
            link,
            seed,
            completed: event == Event::Completed,
            peers: offers.len().min(wanted),
            // As elsewhere: at its start a client may not know yet what there is to fetch.
            leechers_only: seed && event != Event::Started,
        };
        let mut drawn = Vec::new();
        let room = |torrent| self.swarms.has_room_beside(torrent, TORRENT_BYTES + PEER_BYTES);
        let (counts, listing) = match self.browsers.join(&joining, rng, &mut drawn, room) {
            Ok(joined) => joined,
            Err(Held(holder)) => {
                deeds.push(Deed::Probe(holder));
                return Err(Refusal::id_held());
            }
        };
        if let Listing::New { torrent } = listing {
            self.swarms.take_beside(torrent, 1, bytes(torrent));
        }
        if listing != Listing::Full {
            guest.joined(now, info_hash, id);
        }
        if let Some(key) = key {
            key.announced(announce);
        }
        deeds.push(Deed::Say(counted(info_hash, self.browsers_interval(rng), counts)));
        let from = Member { id, link };
        let parcels = offers.iter().zip(drawn).map(|(offer, to)| offer.parcel(info_hash, from, to));
        deeds.extend(parcels.map(Deed::Send));
        Ok(Outcome::Answered)
    }

    /// Hands an answer to who offered.
    fn pass_back(
        &self,
        now: Instant,
        asker: &Asker<'_>,
        guest: &mut Guest,
        answer: &Answer<'_>,
        deeds: &mut Vec<Deed>,
    ) -> Result<Outcome, Refusal> {
        self.admit(now, asker, answer.info_hash)?;
        match guest.answer(now, answer) {
            Some(to) => {
                deeds.push(Deed::Send(answer.parcel(to)));
                Ok(Outcome::Answered)
            }
            // Too late, mostly. Browsers do not wait for a word on it.
            None => Ok(Outcome::NotFound),
        }
    }

    /// Tells how many there are; nothing of torrents that are not served.
    fn count_out(
        &self,
        now: Instant,
        asker: &Asker<'_>,
        hashes: Option<Vec<InfoHash>>,
        deeds: &mut Vec<Deed>,
    ) -> Result<Outcome, Refusal> {
        self.pace(now, asker)?;
        if let Some(key) = self.key(now, asker)? {
            key.scraped();
        }
        let files = match hashes {
            Some(hashes) => {
                let served = hashes.into_iter().filter(|hash| self.serves(*hash));
                served.map(|hash| (hash, self.browsers.counts(hash).unwrap_or_default())).collect()
            }
            None if self.policy.browsers.scrape_all == 0 => return Err(Refusal::no_scrape_of_all()),
            None => self.some_browsers(),
        };
        deeds.push(Deed::Say(scraped(files, self.policy.browsers.interval)));
        Ok(Outcome::Answered)
    }

    fn some_browsers(&self) -> Vec<(InfoHash, Counts)> {
        let mut all = Vec::new();
        for shard in 0..self.browsers.shards() {
            self.browsers.torrents(shard, &mut all);
            all.retain(|(hash, _)| self.serves(*hash));
            if all.len() >= self.policy.browsers.scrape_all {
                all.truncate(self.policy.browsers.scrape_all);
                break;
            }
        }
        all
    }

    /// One peer of a connection goes.
    fn part(&self, guest: &mut Guest, info_hash: InfoHash, id: PeerId) {
        if let Some(counts) = self.browsers.leave(info_hash, id, guest.link()) {
            let torrent = counts.complete == 0 && counts.incomplete == 0;
            self.swarms.give_back_beside(torrent, 1, bytes(torrent));
        }
        guest.left(info_hash, id);
    }

    /// Peers that were not heard of for too long go; to be called now and then.
    pub fn expire(&self, now: Instant, guest: &mut Guest) {
        guest.forget_offers(now);
        let since = now.checked_sub(self.swarms.config().timeout);
        if let Some(since) = since {
            for (info_hash, id) in guest.silent(Some(since)) {
                self.part(guest, info_hash, id);
            }
        }
    }

    /// The connection is gone, and all of its peers with it.
    pub fn dismiss(&self, guest: &mut Guest) {
        for (info_hash, id) in guest.silent(None) {
            self.part(guest, info_hash, id);
        }
    }

    /// Forgets the torrents that are not to be kept, whoever is in them.
    pub(super) fn forget_browsers(&self, keep: impl Fn(InfoHash) -> bool) {
        for peers in self.browsers.retain(keep) {
            self.swarms.give_back_beside(true, peers, TORRENT_BYTES + peers * PEER_BYTES);
        }
    }

    /// Around what is configured, as the other one.
    fn browsers_interval(&self, rng: &mut impl Rng) -> Duration {
        let seconds = self.policy.browsers.interval.as_secs();
        let by = seconds * u64::from(self.policy.jitter.min(50)) / 100;
        Duration::from_secs(seconds - by + rng.random_range(0..=2 * by))
    }
}

/// What a peer takes, with its torrent or without.
fn bytes(torrent: bool) -> usize {
    PEER_BYTES + if torrent { TORRENT_BYTES } else { 0 }
}
