//! One torrent: takes what happened, says what to do. The parts of its life are in the modules
//! beside this one: `session` judges messages, `download` asks, `upload` answers.

use super::addresses::Addresses;
use super::choker::{self, Candidate, Choker, ROUND};
use super::limit::Limit;
use super::peer::Peer;
use super::picker::Picker;
use super::rate::Rate;
use super::{Action, Config, Event, Input, PeerKey, Progress, Trouble};
use crate::torrent::{Bitfield, BlockRequest, PieceIndex};
use crate::wire::Message;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Between two looks at every peer.
const SECOND: Duration = Duration::from_secs(1);

/// Blocks owed for so long are given to others.
const STALL: Duration = Duration::from_secs(30);

/// A peer that owes for so long gets nothing of us.
const SNUB: Duration = Duration::from_secs(60);

/// For each block of a piece that nobody else may give, beside [`STALL`]: a suspect must not hold
/// a piece for ever by a block now and then.
const ALONE: Duration = Duration::from_secs(2);

/// A peer that takes nothing of the blocks it asked for in so long is gone: what waits for it takes
/// the room of others.
const UNTAKEN: Duration = Duration::from_secs(120);

/// A peer that says nothing for so long is gone: two keep-alives of its own were due (BEP 3).
const SILENCE: Duration = Duration::from_secs(240);

/// Two peers that have everything part after this; what was under way arrives before.
const PARTING: Duration = Duration::from_secs(5);

/// A connection that lasted so long was worth its call.
const SERVED: Duration = Duration::from_secs(60);

/// With fewer peers than this a tracker may be asked early.
const ENOUGH_PEERS: usize = 30;

/// Why peers that want blocks do not get them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wait {
    No,
    /// For the rate limit.
    Limit,
    /// Until the driver has sent something.
    Room,
}

/// One torrent's life. Its owner gives it time, randomness and what happened, and carries out the
/// actions in order.
#[derive(Debug)]
pub struct Torrent {
    pub(super) config: Config,
    pub(super) rng: StdRng,
    pub(super) peers: BTreeMap<PeerKey, Peer>,
    pub(super) addresses: Addresses,
    pub(super) picker: Picker,
    choker: Choker,
    pub(super) verified: u64,
    pub(super) wasted: u64,
    pub(super) up: Rate,
    pub(super) down: Rate,
    pub(super) up_limit: Limit,
    pub(super) down_limit: Limit,
    pub(super) up_wait: Wait,
    /// Peers would be asked for more if the limit allowed it.
    pub(super) down_waits: bool,
    /// Bytes given to the driver and not sent yet, all peers together.
    pub(super) unsent: u64,
    /// Who was served last, and who asked last, where all take turns.
    pub(super) served: PeerKey,
    pub(super) filled: PeerKey,
    /// Blocks just picked; kept for its memory.
    pub(super) picks: Vec<BlockRequest>,
    next_second: Instant,
    next_round: Instant,
}

impl Torrent {
    /// A torrent that has no peers yet.
    pub fn new(mut config: Config, mut rng: StdRng, now: Instant) -> Self {
        let pieces = config.pieces;
        if config.have.len() != pieces.count() {
            config.have = Bitfield::none(pieces.count());
        }
        let verified = config.have.iter().map(|piece| u64::from(pieces.length(piece))).sum();
        Self {
            picker: Picker::new(pieces, &config.have, &mut rng),
            up_limit: Limit::new(config.upload_limit, now),
            down_limit: Limit::new(config.download_limit, now),
            config,
            rng,
            peers: BTreeMap::new(),
            addresses: Addresses::default(),
            choker: Choker::new(now),
            verified,
            wasted: 0,
            up: Rate::new(now),
            down: Rate::new(now),
            up_wait: Wait::No,
            down_waits: false,
            unsent: 0,
            served: PeerKey(0),
            filled: PeerKey(0),
            picks: vec![],
            next_second: now,
            next_round: now + ROUND,
        }
    }

    /// Takes an input and appends what is to be done, in order. `now` never goes back.
    pub fn handle(&mut self, now: Instant, input: Input, actions: &mut Vec<Action>) {
        match input {
            Input::Tick => self.tick(now, actions),
            Input::Peers(addresses) => {
                addresses.into_iter().for_each(|address| self.addresses.add(now, address));
                self.call(now, actions);
            }
            Input::Connected { peer, address, outgoing, id, reserved } => {
                let new = Peer::new(now, address, id, outgoing, self.config.pieces.count());
                self.connected(now, peer, new, reserved, actions);
            }
            Input::ConnectFailed(address) => {
                self.addresses.failed(now, address);
                self.call(now, actions);
            }
            Input::Received(peer, message) => self.received(now, peer, message, actions),
            Input::BlockSent(peer, block) => self.block_sent(now, peer, block, actions),
            Input::BlockUnread(peer, block) => self.block_unread(now, peer, block, actions),
            Input::Disconnected(peer) => self.gone(now, peer, None, actions),
            Input::Faulty(peer, trouble) => self.gone(now, peer, Some(trouble), actions),
            Input::Verified(piece, good) => self.verified(now, piece, good, actions),
            Input::Limits { upload, download } => {
                self.up_limit.set(upload, now);
                self.down_limit.set(download, now);
                self.serve_all(now, actions);
                self.refill_all(now, actions);
            }
        }
    }

    /// When [`Input::Tick`] is wanted; `None` while only other inputs can change anything.
    pub fn next_timeout(&self) -> Option<Instant> {
        let second = (!self.peers.is_empty()).then_some(self.next_second);
        let up = (self.up_wait == Wait::Limit).then(|| self.up_limit.next()).flatten();
        let down = self.down_waits.then(|| self.down_limit.next()).flatten();
        let call = self.may_call().then(|| self.addresses.next()).flatten();
        [second, up, down, call].into_iter().flatten().min()
    }

    /// Where the torrent stands.
    pub fn progress(&self, now: Instant) -> Progress {
        let seeds = self.peers.values().filter(|peer| peer.have.is_full()).count();
        let counted = self.peers.values().filter(|peer| peer.seed).count() as u32;
        Progress {
            verified: self.verified,
            total: self.config.pieces.total(),
            downloaded: self.down.total(),
            uploaded: self.up.total(),
            wasted: self.wasted,
            download_rate: self.down.get(now),
            upload_rate: self.up.get(now),
            peers: self.peers.len(),
            seeds,
            copies: counted + if self.complete() { 0 } else { self.picker.rarest() },
        }
    }

    /// The pieces that are on the disk and were verified.
    pub fn have(&self) -> &Bitfield {
        &self.config.have
    }

    /// Whether more addresses of peers would help: a tracker may be asked early.
    pub fn wants_peers(&self) -> bool {
        let known = self.peers.len() + self.addresses.calling() + self.addresses.waiting();
        !self.complete() && known < ENOUGH_PEERS.min(self.config.max_peers)
    }

    pub(super) fn complete(&self) -> bool {
        self.config.have.is_full()
    }

    pub(super) fn send(
        &mut self,
        now: Instant,
        key: PeerKey,
        message: Message,
        out: &mut Vec<Action>,
    ) {
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.last_sent = now;
            out.push(Action::Send(key, message));
        }
    }

    fn may_call(&self) -> bool {
        let calling = self.addresses.calling();
        calling < self.config.max_connecting && self.peers.len() + calling < self.config.max_peers
    }

    pub(super) fn call(&mut self, now: Instant, out: &mut Vec<Action>) {
        while self.may_call() {
            let Some(address) = self.addresses.call(now) else { break };
            out.push(Action::Connect(address));
        }
    }

    /// Closes a connection for the peer's fault, or because it is of no more use.
    pub(super) fn hang_up(
        &mut self,
        now: Instant,
        key: PeerKey,
        trouble: Trouble,
        out: &mut Vec<Action>,
    ) {
        if self.peers.contains_key(&key) {
            out.push(Action::Close(key));
            self.gone(now, key, Some(trouble), out);
        }
    }

    /// The connection is no more.
    pub(super) fn gone(
        &mut self,
        now: Instant,
        key: PeerKey,
        trouble: Option<Trouble>,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.remove(&key) else { return };
        self.unsent -= peer.unsent.min(self.unsent);
        if !self.complete() && !peer.seed {
            peer.have.iter().for_each(|piece| self.picker.fall(piece, &mut self.rng));
        }
        for &request in &peer.asked {
            self.down_limit.give_back(request.length);
            self.picker.give_back(request, &mut self.rng);
        }
        self.picker.leave(key, &mut self.rng);
        if peer.outgoing {
            match trouble {
                Some(Trouble::Corrupt) => {}
                _ if self.complete() && peer.is_done() => self.addresses.never(peer.address),
                None if now - peer.joined >= SERVED => self.addresses.parted(now, peer.address),
                _ => self.addresses.failed(now, peer.address),
            }
        }
        out.push(Action::Event(Event::PeerGone(peer.address, trouble)));
        if !peer.choked {
            self.fill_slots(now, out);
        }
        if !peer.asked.is_empty() {
            self.refill_all(now, out);
        }
        self.call(now, out);
    }

    fn tick(&mut self, now: Instant, out: &mut Vec<Action>) {
        if now >= self.next_second {
            self.next_second = now + SECOND;
            let keys: Vec<PeerKey> = self.peers.keys().copied().collect();
            keys.into_iter().for_each(|key| self.look_after(now, key, out));
        }
        if now >= self.next_round {
            self.next_round = now + ROUND;
            self.choose(now, out);
        }
        if self.up_wait == Wait::Limit {
            self.serve_all(now, out);
        }
        if self.down_waits {
            self.refill_all(now, out);
        }
        self.call(now, out);
    }

    /// What is to be judged by the clock of one peer.
    fn look_after(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let complete = self.complete();
        let timeout = self.config.peer_timeout;
        let blocks = self.config.pieces.blocks(PieceIndex(0));
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.adjust(now);
        peer.rests_until = peer.rests_until.filter(|&until| until > now);
        let both_done = complete && peer.is_done();
        peer.idle_since = both_done.then(|| peer.idle_since.unwrap_or(now));
        let owing = peer.owes_since.map_or(Duration::ZERO, |since| now - since);
        peer.snubbed |= owing >= SNUB;
        let stalls = owing >= STALL && !peer.stalled;
        let dawdles = peer.parole > 0
            && peer.alone_since.is_some_and(|since| now - since >= STALL + ALONE * blocks);
        let trouble = if peer.idle_since.is_some_and(|since| now - since >= PARTING) {
            Some(Trouble::BothDone)
        } else if owing >= timeout || dawdles {
            Some(Trouble::Stalled)
        } else if peer.untaken_since.is_some_and(|since| now - since >= UNTAKEN) {
            Some(Trouble::Untaken)
        } else if now - peer.last_heard >= SILENCE.max(self.config.keep_alive * 2) {
            Some(Trouble::Silent)
        } else {
            None
        };
        let quiet = peer.quiet(now, self.config.keep_alive);
        if let Some(trouble) = trouble {
            return self.hang_up(now, key, trouble, out);
        }
        if stalls {
            self.withdraw(now, key, out);
        }
        if quiet {
            self.send(now, key, Message::KeepAlive, out);
        }
        self.refill(now, key, out);
    }

    fn slots(&self, now: Instant) -> usize {
        let auto = || choker::slots(self.up_limit.rate(), self.up.get(now));
        self.config.max_uploads.unwrap_or_else(auto)
    }

    /// A round of the choker.
    fn choose(&mut self, now: Instant, out: &mut Vec<Action>) {
        let slots = self.slots(now);
        let interested = self.peers.iter().filter(|(_, peer)| peer.interested);
        let mut candidates: Vec<Candidate> = interested
            .map(|(&key, peer)| Candidate {
                key,
                gave: peer.rounds.iter().sum(),
                snubbed: peer.snubbed,
                unchoked: !peer.choked,
                since: peer.choked_since,
                joined: peer.joined,
            })
            .collect();
        let chosen = match self.complete() {
            true => self.choker.seed(now, &mut candidates, slots),
            false => self.choker.leech(now, &mut candidates, slots, &mut self.rng),
        };
        for peer in self.peers.values_mut() {
            let [this, _] = peer.rounds;
            peer.rounds = [0, this];
            peer.excess = 0;
        }
        // First the chokes, so that there are never more unchoked than slots.
        for candidate in candidates.iter().filter(|c| c.unchoked && !chosen.contains(&c.key)) {
            self.choke(now, candidate.key, out);
        }
        for candidate in candidates.iter().filter(|c| !c.unchoked && chosen.contains(&c.key)) {
            self.unchoke(now, candidate.key, out);
        }
    }

    /// Unchokes those who wait, while there are slots: nobody waits for the next round in vain.
    pub(super) fn fill_slots(&mut self, now: Instant, out: &mut Vec<Action>) {
        let taken = self.peers.values().filter(|peer| !peer.choked).count();
        for _ in taken..self.slots(now) {
            let waiting = self.peers.iter().filter(|(_, p)| p.interested && p.choked && !p.snubbed);
            let longest = waiting.min_by_key(|(key, peer)| (peer.choked_since, **key));
            let Some((&key, _)) = longest else { break };
            self.unchoke(now, key, out);
        }
    }
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
