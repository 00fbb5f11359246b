//! What `info` says, from peers that know only its hash too: the life of a magnet link until its
//! torrent can begin (BEP 9, BEP 10), without I/O.
//!
//! All peers that name the same size give pieces of one attempt. Where that fails its hash, or
//! peers that name different sizes get nowhere together, each of a few peers gives all of it
//! alone: then a liar is known by what it gave, and one honest peer is enough.

#![deny(clippy::indexing_slicing)]

mod assembly;
mod plan;
mod source;

use super::addresses::Addresses;
use super::{Action, Event, Input, PeerKey, Trouble};
use crate::torrent::{InfoHash, PeerId};
use crate::wire::{ExtensionHandshake, Handshake, Message, MetadataMessage};
use assembly::Assembly;
use bytes::Bytes;
use source::Source;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Our number for `ut_metadata` messages (BEP 9).
const UT_METADATA: u8 = 1;

/// A peer that owes a piece for so long is left.
const STALL: Duration = Duration::from_secs(20);

/// A peer that refused a piece is not asked for so long.
const REST: Duration = Duration::from_secs(30);

/// For a peer to say that it has metadata.
const INTRODUCTION: Duration = Duration::from_secs(30);

/// Requests for metadata, which we do not have, that are answered before it is a flood.
const REFUSALS: u32 = 256;

/// A peer that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(240);

const KEEP_ALIVE: Duration = Duration::from_secs(100);
const SECOND: Duration = Duration::from_secs(1);

/// With fewer peers than this a tracker may be asked early.
const ENOUGH_PEERS: usize = 30;

/// What the collection starts from.
#[derive(Clone, Debug)]
pub struct MetadataConfig {
    /// The SHA-1 that the metadata must have.
    pub info_hash: InfoHash,
    /// Our id; a peer that has it is ourselves.
    pub peer_id: PeerId,
    /// Where we listen, told to peers (BEP 10 `p`); `None` where we do not.
    pub listen_port: Option<u16>,
    /// Connections, at most.
    pub max_peers: usize,
    /// Connections of ours under way at once, at most.
    pub max_connecting: usize,
}

/// The collection of one torrent's metadata. Takes the inputs of a torrent's life, as far as they
/// mean something without pieces, and gives the same actions. [`Event::Finished`] is the last that
/// matters: [`Metadata::info`] is there.
#[derive(Debug)]
pub struct Metadata {
    config: MetadataConfig,
    sources: BTreeMap<PeerKey, Source>,
    addresses: Addresses,
    plan: Plan,
    /// The number of the attempt: answers to an earlier one are of no use.
    round: u32,
    info: Option<Bytes>,
    received: u64,
    next_second: Instant,
}

/// Who is asked for what.
#[derive(Debug)]
enum Plan {
    /// All who name the size of the one attempt.
    Together(Option<Assembly>),
    /// A few, each for all of it: see [`Source::own`].
    Alone,
}

impl Metadata {
    /// A collection that has no peers yet.
    pub fn new(config: MetadataConfig, now: Instant) -> Self {
        Self {
            config,
            sources: BTreeMap::new(),
            addresses: Addresses::default(),
            plan: Plan::Together(None),
            round: 0,
            info: None,
            received: 0,
            next_second: now,
        }
    }

    /// Takes an input and appends what is to be done, in order. `now` never goes back.
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Action>) {
        match input {
            Input::Tick => self.tick(now, out),
            Input::Peers(addresses) => {
                addresses.into_iter().for_each(|address| self.addresses.add(now, address));
                self.call(now, out);
            }
            Input::Connected { peer, address, outgoing, id, reserved } => {
                self.connected(now, peer, Source::new(now, address, id, outgoing), reserved, out);
            }
            Input::ConnectFailed(address) => {
                self.addresses.failed(now, address);
                self.call(now, out);
            }
            Input::Received(peer, message) => {
                if let Some(source) = self.sources.get_mut(&peer) {
                    source.last_heard = now;
                    if let Err(trouble) = self.judge(now, peer, message, out) {
                        self.hang_up(now, peer, trouble, out);
                    }
                }
            }
            Input::Disconnected(peer) => self.gone(now, peer, None, out),
            Input::Faulty(peer, trouble) => self.gone(now, peer, Some(trouble), out),
            // Without pieces there is nothing to store, to send, or to limit.
            Input::BlockSent(..)
            | Input::BlockUnread(..)
            | Input::Verified(..)
            | Input::Limits { .. } => {}
        }
    }

    /// When [`Input::Tick`] is wanted; `None` while only other inputs can change anything.
    pub fn next_timeout(&self) -> Option<Instant> {
        let second = (!self.sources.is_empty()).then_some(self.next_second);
        let call = self.may_call().then(|| self.addresses.next()).flatten();
        second.into_iter().chain(call).min().filter(|_| self.info.is_none())
    }

    /// The bytes of `info`, once they are all there; their SHA-1 is the info-hash.
    pub fn info(&self) -> Option<&Bytes> {
        self.info.as_ref()
    }

    /// Bytes of metadata that have come and were asked for, wrong ones too.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Connections whose handshake is done.
    pub fn peers(&self) -> usize {
        self.sources.len()
    }

    /// Whether more addresses of peers would help: a tracker may be asked early.
    pub fn wants_peers(&self) -> bool {
        let known = self.sources.len() + self.addresses.calling() + self.addresses.waiting();
        self.info.is_none() && known < ENOUGH_PEERS.min(self.config.max_peers)
    }

    /// Addresses of peers for the torrent to begin with, those that are connected first. Cheats
    /// are not among them.
    pub fn known(&self) -> Vec<SocketAddr> {
        let listening = self.sources.values().filter_map(|source| source.listens);
        let mut known: Vec<SocketAddr> = listening.collect();
        let others: Vec<_> = self.addresses.all().filter(|at| !known.contains(at)).collect();
        known.extend(others);
        known
    }

    fn may_call(&self) -> bool {
        let calling = self.addresses.calling();
        self.info.is_none()
            && calling < self.config.max_connecting
            && self.sources.len() + calling < self.config.max_peers
    }

    fn call(&mut self, now: Instant, out: &mut Vec<Action>) {
        while self.may_call() {
            let Some(address) = self.addresses.call(now) else { break };
            out.push(Action::Connect(address));
        }
    }

    fn connected(
        &mut self,
        now: Instant,
        key: PeerKey,
        source: Source,
        reserved: [u8; 8],
        out: &mut Vec<Action>,
    ) {
        let address = source.address;
        let theirs =
            Handshake { reserved, info_hash: self.config.info_hash, peer_id: self.config.peer_id };
        if let Err(trouble) = self.admit(&source, theirs.extended()) {
            match (source.outgoing, trouble) {
                (true, Trouble::Ourselves) => self.addresses.never(address),
                (true, _) => self.addresses.failed(now, address),
                (false, _) => {}
            }
            out.push(Action::Close(key));
            out.push(Action::Event(Event::PeerGone(address, Some(trouble))));
            return self.call(now, out);
        }
        if source.outgoing {
            self.addresses.connected(address);
        }
        out.push(Action::Event(Event::PeerConnected(address, source.id)));
        self.sources.insert(key, source);
        if theirs.fast() {
            self.send(now, key, Message::HaveNone, out);
        }
        let ours = ExtensionHandshake {
            ut_metadata: Some(UT_METADATA),
            port: self.config.listen_port,
            client: Some(concat!("bt ", env!("CARGO_PKG_VERSION")).to_owned()),
            your_ip: Some(address.ip().to_canonical()),
            ..ExtensionHandshake::default()
        };
        self.send(now, key, Message::Extended { id: 0, payload: ours.encode() }, out);
    }

    fn admit(&self, new: &Source, extended: bool) -> Result<(), Trouble> {
        if new.id == self.config.peer_id {
            Err(Trouble::Ourselves)
        } else if self.addresses.is_banned(new.address) {
            Err(Trouble::Corrupt)
        } else if self.sources.values().any(|source| source.id == new.id) {
            Err(Trouble::Twice)
        } else if self.sources.len() >= self.config.max_peers || self.info.is_some() {
            Err(Trouble::Full)
        } else if !extended {
            Err(Trouble::NoMetadata)
        } else {
            Ok(())
        }
    }

    /// A peer's message. What it says of pieces cannot be judged and does not matter yet.
    fn judge(
        &mut self,
        now: Instant,
        key: PeerKey,
        message: Message,
        out: &mut Vec<Action>,
    ) -> Result<(), Trouble> {
        let Some(source) = self.sources.get_mut(&key) else { return Ok(()) };
        match message {
            Message::Piece { .. } => return Err(Trouble::Unasked),
            Message::Extended { id: 0, payload } => {
                let said = ExtensionHandshake::decode(&payload).map_err(|_| Trouble::Garbled)?;
                source.introduced(&said)?;
                self.plan(now, out);
            }
            Message::Extended { id: UT_METADATA, payload } => {
                match MetadataMessage::decode(&payload).map_err(|_| Trouble::Garbled)? {
                    MetadataMessage::Data { piece, total, data } => {
                        return self.data(now, key, piece, total, &data, out);
                    }
                    MetadataMessage::Reject(piece) => self.rejected(now, key, piece, out),
                    MetadataMessage::Request(piece) => {
                        source.refused += 1;
                        if source.refused > REFUSALS {
                            return Err(Trouble::Flood);
                        }
                        let id = source.metadata_id;
                        let payload = MetadataMessage::Reject(piece).encode();
                        if id != 0 {
                            self.send(now, key, Message::Extended { id, payload }, out);
                        }
                    }
                    MetadataMessage::Unknown => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn data(
        &mut self,
        now: Instant,
        key: PeerKey,
        piece: u32,
        total: u64,
        data: &[u8],
        out: &mut Vec<Action>,
    ) -> Result<(), Trouble> {
        let round = self.round;
        let Some(source) = self.sources.get_mut(&key) else { return Ok(()) };
        let at = source.asked.iter().position(|asked| asked.piece == piece);
        let asked = source.asked.swap_remove(at.ok_or(Trouble::Unasked)?);
        let from = (key, source.address);
        let (size, own) = (source.offers(), source.own.as_mut());
        let assembly = match &mut self.plan {
            Plan::Together(shared) => shared.as_mut(),
            Plan::Alone => own,
        };
        if let Some(assembly) = assembly
            && asked.round == round
            && size == Some(assembly.size)
        {
            if total != u64::from(assembly.size) || data.len() != assembly.length(piece) {
                return Err(Trouble::Garbled);
            }
            assembly.put(piece, data, from);
            self.received += data.len() as u64;
            if assembly.is_whole() {
                self.whole(now, key, out);
            }
        }
        self.refill(now, key, out);
        Ok(())
    }

    fn rejected(&mut self, now: Instant, key: PeerKey, piece: u32, out: &mut Vec<Action>) {
        let Some(source) = self.sources.get_mut(&key) else { return };
        let Some(at) = source.asked.iter().position(|asked| asked.piece == piece) else { return };
        source.asked.swap_remove(at);
        source.rests_until = Some(now + REST);
        if source.own.take().is_some() {
            source.failures += 1;
        }
        self.plan(now, out);
    }

    fn tick(&mut self, now: Instant, out: &mut Vec<Action>) {
        if now >= self.next_second {
            self.next_second = now + SECOND;
            let keys: Vec<PeerKey> = self.sources.keys().copied().collect();
            keys.into_iter().for_each(|key| self.look_after(now, key, out));
            self.plan(now, out);
        }
        self.call(now, out);
    }

    /// What is to be judged by the clock of one peer.
    fn look_after(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let Some(source) = self.sources.get_mut(&key) else { return };
        source.rests_until = source.rests_until.filter(|&until| until > now);
        let oldest = source.asked.iter().map(|asked| asked.at).min();
        if oldest.is_some_and(|at| now - at >= STALL) {
            self.hang_up(now, key, Trouble::Stalled, out);
        } else if source.offers().is_none() && now - source.joined >= INTRODUCTION {
            self.hang_up(now, key, Trouble::NoMetadata, out);
        } else if now - source.last_heard >= SILENCE {
            self.hang_up(now, key, Trouble::Silent, out);
        } else if now - source.last_sent >= KEEP_ALIVE {
            self.send(now, key, Message::KeepAlive, out);
        }
    }

    fn send(&mut self, now: Instant, key: PeerKey, message: Message, out: &mut Vec<Action>) {
        if let Some(source) = self.sources.get_mut(&key) {
            source.last_sent = now;
            out.push(Action::Send(key, message));
        }
    }

    fn hang_up(&mut self, now: Instant, key: PeerKey, trouble: Trouble, out: &mut Vec<Action>) {
        if self.sources.contains_key(&key) {
            out.push(Action::Close(key));
            self.gone(now, key, Some(trouble), out);
        }
    }

    fn gone(
        &mut self,
        now: Instant,
        key: PeerKey,
        trouble: Option<Trouble>,
        out: &mut Vec<Action>,
    ) {
        let Some(source) = self.sources.remove(&key) else { return };
        if source.outgoing && trouble != Some(Trouble::Corrupt) {
            self.addresses.failed(now, source.address);
        }
        out.push(Action::Event(Event::PeerGone(source.address, trouble)));
        self.plan(now, out);
        self.call(now, out);
    }
}

#[cfg(test)]
mod tests;
