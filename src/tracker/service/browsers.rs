//! What a tracker does with what a browser says over its WebSocket.

use super::{Asker, Refusal, Service};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::{Announce, Event};
use crate::tracker::http::Counts;
use crate::tracker::limits;
use crate::tracker::registry::{Load, Newcomer};
use crate::tracker::swarms::Room;
use crate::tracker::tally::{Action, Outcome};
use crate::tracker::websocket::{
    self, Answer, Browsers, Deed, Garbled, Guest, Held, Joining, Listing, Member, Message, Offer,
    PEER_BYTES, Sender, TORRENT_BYTES, counted, scraped,
};
use rand::{Rng, RngExt};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Torrents of browsers that one newcomer may drive out.
const FORGOTTEN_MOST: usize = 8;
/// How long the answer to a scrape of all is good.
const ALL_COUNTS_AGE: Duration = Duration::from_secs(1);
/// Bytes of it that count as one request.
const BYTES_A_REQUEST: usize = 16 * 1024;

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
        // To read a message costs more than all else: what is over the rate is not.
        if let Err(refusal) = self.pace(now, asker) {
            guest.note_refused();
            if let Refusal::Said { reason, .. } = refusal {
                // It is about no torrent; clients pass over that, but not over what is no announce.
                deeds.push(Deed::Say(websocket::failure(Some("announce"), None, reason)));
            }
            return (Action::Other, refusal.outcome());
        }
        guest.note_admitted();
        let (action, info_hash, heard) = match Message::parse(message) {
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
                return (action, Outcome::Garbled);
            }
        };
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
            siblings: guest.peers(),
        };
        let mut drawn = Vec::new();
        let (counts, listing) = match self.list(now, &joining, rng, &mut drawn) {
            Ok(joined) => joined,
            Err(Held(holder)) => {
                deeds.push(Deed::Probe(holder));
                return Err(Refusal::id_held());
            }
        };
        if let Listing::New(newcomer) = listing {
            self.swarms.take_beside(load(newcomer));
        }
        if !matches!(listing, Listing::Full(_)) {
            guest.joined(now, info_hash, id);
        }
        if let Some(key) = key {
            key.announced(announce);
        }
        deeds.push(Deed::Say(counted(info_hash, self.browsers_interval(rng), counts)));
        let from = Sender { id, link, network: limits::network(asker.ip) };
        let parcels = offers.iter().zip(drawn).map(|(offer, to)| offer.parcel(info_hash, from, to));
        deeds.extend(parcels.map(Deed::Send));
        Ok(Outcome::Answered)
    }

    /// Notes a peer and draws others for it. Where there is no room, others make way: no lock is held
    /// meanwhile, so the ceiling may be passed by as many as there are workers.
    fn list(
        &self,
        now: Instant,
        joining: &Joining,
        rng: &mut impl Rng,
        drawn: &mut Vec<Member>,
    ) -> Result<(Counts, Listing), Held> {
        let is_free = |newcomer| self.swarms.room_beside(newcomer, load(newcomer)) == Room::Free;
        match self.browsers.join(joining, rng, drawn, is_free)? {
            (_, Listing::Full(newcomer))
                if self.make_room(now, newcomer, joining.info_hash, rng) =>
            {
                drawn.clear();
                self.browsers.join(joining, rng, drawn, |_| true)
            }
            joined => Ok(joined),
        }
    }

    /// Whether others have made way for a newcomer of a torrent.
    fn make_room(
        &self,
        now: Instant,
        newcomer: Newcomer,
        info_hash: InfoHash,
        rng: &mut impl Rng,
    ) -> bool {
        for _ in 0..FORGOTTEN_MOST {
            match self.swarms.room_beside(newcomer, load(newcomer)) {
                Room::Free => return true,
                Room::Here => return self.swarms.make_room_beside(now, newcomer, rng),
                Room::Beside => match self.browsers.make_way(info_hash, rng) {
                    Some(peers) => self.swarms.give_back_beside(whole(peers)),
                    None => return false,
                },
            }
        }
        self.swarms.room_beside(newcomer, load(newcomer)) == Room::Free
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
        self.key(now, asker)?;
        if !self.serves(answer.info_hash) {
            return Err(Refusal::not_served());
        }
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
        if let Some(key) = self.key(now, asker)? {
            key.scraped();
        }
        let Some(hashes) = hashes else {
            if self.policy.browsers.scrape_all == 0 {
                return Err(Refusal::no_scrape_of_all());
            }
            let text = self.all_counts(now);
            // It counts as the requests that it is as long as.
            (0..text.len() / BYTES_A_REQUEST).for_each(|_| _ = self.pace(now, asker));
            deeds.push(Deed::Tell(text));
            return Ok(Outcome::Answered);
        };
        let served = hashes.into_iter().filter(|hash| self.serves(*hash));
        let files = served.map(|hash| (hash, self.browsers.counts(hash).unwrap_or_default()));
        deeds.push(Deed::Say(scraped(files, self.policy.browsers.interval)));
        Ok(Outcome::Answered)
    }

    /// The answer to a scrape of all: made once a second, and shared.
    fn all_counts(&self, now: Instant) -> Arc<str> {
        let made = self.all_counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, text)) = made
            && now.saturating_duration_since(at) < ALL_COUNTS_AGE
        {
            return text;
        }
        let (most, mut all) = (self.policy.browsers.scrape_all, Vec::new());
        for shard in 0..self.browsers.shards() {
            // What is not served is forgotten already, but for what is just being denied.
            self.browsers.some_torrents(shard, most.saturating_sub(all.len()), &mut all);
            all.retain(|(hash, _)| self.serves(*hash));
            if all.len() >= most {
                break;
            }
        }
        let text: Arc<str> = scraped(all, self.policy.browsers.interval).into();
        let made = Some((now, Arc::clone(&text)));
        *self.all_counts.lock().unwrap_or_else(PoisonError::into_inner) = made;
        text
    }

    /// One peer of a connection goes.
    fn part(&self, guest: &mut Guest, info_hash: InfoHash, id: PeerId) {
        if let Some(counts) = self.browsers.leave(info_hash, id, guest.link()) {
            let last = counts.complete == 0 && counts.incomplete == 0;
            let gone = if last { Newcomer::Torrent } else { Newcomer::Peer };
            self.swarms.give_back_beside(load(gone));
        }
        guest.left(info_hash, id);
    }

    /// Peers that were not heard of for too long go; to be called now and then.
    pub fn expire(&self, now: Instant, guest: &mut Guest) {
        guest.forget_offers(now);
        let link = guest.link();
        guest.forget(self.browsers.forgotten(), |info_hash, id| {
            self.browsers.has(info_hash, id, link)
        });
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
        *self.all_counts.lock().unwrap_or_else(PoisonError::into_inner) = None;
        for peers in self.browsers.retain(keep) {
            self.swarms.give_back_beside(whole(peers));
        }
    }

    /// Around what is configured, as the other one.
    fn browsers_interval(&self, rng: &mut impl Rng) -> Duration {
        let seconds = self.policy.browsers.interval.as_secs();
        let by = seconds * u64::from(self.policy.jitter.min(50)) / 100;
        Duration::from_secs(seconds - by + rng.random_range(0..=2 * by))
    }
}

/// What a newcomer takes.
fn load(newcomer: Newcomer) -> Load {
    match newcomer {
        Newcomer::Torrent => whole(1),
        Newcomer::Peer => Load { torrents: 0, peers: 1, bytes: PEER_BYTES },
    }
}

/// What a torrent of so many peers takes.
fn whole(peers: usize) -> Load {
    Load { torrents: 1, peers, bytes: TORRENT_BYTES + peers * PEER_BYTES }
}
