//! A connection's messages, each judged: what a peer may say, and when (BEP 3, 6, 9, 10).

#![deny(clippy::indexing_slicing)]

use super::peer::{Peer, QUEUE};
use super::torrent::Torrent;
use super::{Action, Event, PeerKey, Trouble, fast};
use crate::torrent::{Bitfield, PieceIndex};
use crate::wire::{ExtensionHandshake, Handshake, METADATA_PIECE, Message, MetadataMessage};
use bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// Our number for `ut_metadata` messages (BEP 9).
const UT_METADATA: u8 = 1;

/// Pieces that a choked peer may ask for (BEP 6), at most; fewer where that would be more than a
/// hundredth of the torrent, since peers of one address all get the same.
const ALLOWED: u32 = 10;

/// Of a peer's allowed-fast messages so many are remembered.
const ALLOWS_US: usize = 64;

/// Two connections to the same peer that come within this were made by both sides at once.
const CROSSING: Duration = Duration::from_secs(10);

impl Torrent {
    /// A connection stands: takes the peer in, or refuses it.
    pub(super) fn connected(
        &mut self,
        now: Instant,
        key: PeerKey,
        mut peer: Peer,
        reserved: [u8; 8],
        out: &mut Vec<Action>,
    ) {
        if let Err(trouble) = self.admit(now, &peer, out) {
            match (peer.outgoing, trouble) {
                (true, Trouble::Ourselves) => self.addresses.never(peer.address),
                (true, _) => self.addresses.failed(now, peer.address),
                (false, _) => {}
            }
            out.push(Action::Close(key));
            out.push(Action::Event(Event::PeerGone(peer.address, Some(trouble))));
            return self.call(now, out);
        }
        let theirs =
            Handshake { reserved, info_hash: self.config.info_hash, peer_id: self.config.peer_id };
        (peer.fast, peer.extended) = (theirs.fast(), theirs.extended());
        let (fast, extended, address) = (peer.fast, peer.extended, peer.address);
        if peer.outgoing {
            self.addresses.connected(address);
        }
        out.push(Action::Event(Event::PeerConnected(address, peer.id)));
        self.peers.insert(key, peer);
        if let Some(message) = self.what_we_have(fast) {
            self.send(now, key, message, out);
        }
        if extended {
            let payload = self.introduction(address.ip()).encode();
            self.send(now, key, Message::Extended { id: 0, payload }, out);
        }
        if let (true, IpAddr::V4(ip)) = (fast, address.ip().to_canonical()) {
            self.allow(now, key, ip, out);
        }
    }

    fn admit(&mut self, now: Instant, new: &Peer, out: &mut Vec<Action>) -> Result<(), Trouble> {
        if new.id == self.config.peer_id {
            return Err(Trouble::Ourselves);
        }
        if self.addresses.is_banned(new.address) {
            return Err(Trouble::Corrupt);
        }
        if let Some((&key, old)) = self.peers.iter().find(|(_, peer)| peer.id == new.id) {
            // Both called at once: both keep the call of the one with the greater id.
            let crossed = old.outgoing != new.outgoing && now - old.joined < CROSSING;
            let keeps_new = new.outgoing == (self.config.peer_id > new.id);
            if !(crossed && keeps_new) {
                return Err(Trouble::Twice);
            }
            self.hang_up(now, key, Trouble::Twice, out);
        }
        // While we download, strangers that call must not take the room of those that we call.
        let ours = if self.complete() || new.outgoing { 0 } else { self.config.max_peers / 4 };
        let called_us = self.peers.values().filter(|peer| !peer.outgoing).count();
        match self.peers.len() < self.config.max_peers && called_us < self.config.max_peers - ours {
            true => Ok(()),
            false => Err(Trouble::Full),
        }
    }

    fn what_we_have(&self, fast: bool) -> Option<Message> {
        let have = &self.config.have;
        match have.ones() {
            0 => fast.then_some(Message::HaveNone),
            _ if fast && have.is_full() => Some(Message::HaveAll),
            _ => Some(Message::Bitfield(Bytes::copy_from_slice(have.as_wire()))),
        }
    }

    fn introduction(&self, your_ip: IpAddr) -> ExtensionHandshake {
        let size = Some(self.config.metadata.len() as u64).filter(|&size| size > 0);
        ExtensionHandshake {
            ut_metadata: size.map(|_| UT_METADATA),
            metadata_size: size,
            port: self.config.listen_port,
            reqq: Some(QUEUE as u32),
            upload_only: self.complete().then_some(true),
            client: Some(concat!("bt ", env!("CARGO_PKG_VERSION")).to_owned()),
            your_ip: Some(your_ip.to_canonical()),
        }
    }

    fn allow(&mut self, now: Instant, key: PeerKey, ip: Ipv4Addr, out: &mut Vec<Action>) {
        let count = self.config.pieces.count();
        let size = ALLOWED.min(count / 100) as usize;
        let mut set = fast::allowed(size, count, self.config.info_hash, ip);
        set.retain(|&piece| self.config.have.has(piece));
        for &piece in &set {
            self.send(now, key, Message::AllowedFast(piece), out);
        }
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.allowed = set;
        }
    }

    /// A message came.
    pub(super) fn received(
        &mut self,
        now: Instant,
        key: PeerKey,
        message: Message,
        out: &mut Vec<Action>,
    ) {
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.last_heard = now;
            if let Err(trouble) = self.judge(now, key, message, out) {
                self.hang_up(now, key, trouble, out);
            }
        }
    }

    fn judge(
        &mut self,
        now: Instant,
        key: PeerKey,
        message: Message,
        out: &mut Vec<Action>,
    ) -> Result<(), Trouble> {
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        let (fast, fresh) = (peer.fast, peer.fresh);
        // An extension handshake may come before the bitfield, nothing else that matters may.
        peer.fresh &= matches!(
            message,
            Message::KeepAlive | Message::Port(_) | Message::Extended { .. } | Message::Unknown(_)
        );
        match message {
            Message::HaveAll
            | Message::HaveNone
            | Message::Suggest(_)
            | Message::AllowedFast(_)
            | Message::Reject(_)
                if !fast =>
            {
                return Err(Trouble::NotNegotiated);
            }
            Message::HaveAll | Message::HaveNone if !fresh => {
                return Err(Trouble::Bitfield);
            }
            Message::Have(piece) | Message::Suggest(piece) | Message::AllowedFast(piece)
                if !self.config.pieces.contains(piece) =>
            {
                return Err(Trouble::OutOfRange);
            }
            Message::KeepAlive | Message::Port(_) | Message::Suggest(_) | Message::Unknown(_) => {}
            Message::Choke => {
                peer.chokes_us = true;
                peer.restart_pipeline();
                if !fast {
                    self.release(now, key, out);
                }
            }
            Message::Unchoke => {
                peer.chokes_us = false;
                self.refill(now, key, out);
            }
            Message::Interested => {
                peer.interested = true;
                self.fill_slots(now, out);
            }
            Message::NotInterested => {
                peer.interested = false;
                self.choke(now, key, out);
                self.fill_slots(now, out);
            }
            Message::Have(piece) => self.heard_have(now, key, piece, out),
            Message::Bitfield(bits) => {
                let count = self.config.pieces.count();
                let have = Bitfield::from_wire(&bits, count).ok_or(Trouble::Bitfield)?;
                match fresh {
                    true => self.heard_bitfield(now, key, have, out),
                    // aria2 sends one in mid-connection where that is shorter than many haves.
                    false => have.iter().for_each(|piece| self.heard_have(now, key, piece, out)),
                }
            }
            Message::HaveAll => {
                let have = Bitfield::all(self.config.pieces.count());
                self.heard_bitfield(now, key, have, out);
            }
            Message::HaveNone => {}
            Message::Request(block) => return self.requested(now, key, block, out),
            Message::Cancel(block) => self.cancelled(now, key, block, out),
            Message::Piece { piece, begin, data } => {
                return self.block_came(now, key, (piece, begin, data), out);
            }
            Message::Reject(block) => return self.rejected(now, key, block, out),
            Message::AllowedFast(piece) => {
                if peer.allows_us.len() < ALLOWS_US && !peer.allows_us.contains(&piece) {
                    peer.allows_us.push(piece);
                    self.refill(now, key, out);
                }
            }
            Message::Extended { .. } if !peer.extended => return Err(Trouble::NotNegotiated),
            Message::Extended { id: 0, payload } => {
                let said = ExtensionHandshake::decode(&payload).map_err(|_| Trouble::Garbled)?;
                peer.metadata_id = said.ut_metadata.unwrap_or(peer.metadata_id);
                said.reqq.into_iter().for_each(|reqq| peer.set_their_queue(reqq));
            }
            Message::Extended { id: UT_METADATA, payload } => {
                return self.metadata_message(now, key, &payload, out);
            }
            Message::Extended { .. } => {}
        }
        Ok(())
    }

    fn heard_have(&mut self, now: Instant, key: PeerKey, piece: PieceIndex, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if !peer.have.insert(piece) || self.config.have.is_full() {
            return;
        }
        self.picker.rise(piece, &mut self.rng);
        if !self.config.have.has(piece) {
            peer.useful += 1;
            peer.dry = None;
            self.want(now, key, out);
            self.refill(now, key, out);
        }
    }

    fn heard_bitfield(
        &mut self,
        now: Instant,
        key: PeerKey,
        have: Bitfield,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let ours = &self.config.have;
        peer.seed = have.is_full();
        if !ours.is_full() {
            peer.useful = have.iter().filter(|&piece| !ours.has(piece)).count() as u32;
            if !peer.seed {
                have.iter().for_each(|piece| self.picker.rise(piece, &mut self.rng));
            }
        }
        peer.have = have;
        self.want(now, key, out);
        self.refill(now, key, out);
    }

    /// Tells a peer that has something for us that we are interested.
    fn want(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let new = self.peers.get_mut(&key).filter(|peer| peer.useful > 0 && !peer.we_want);
        if let Some(peer) = new {
            peer.we_want = true;
            self.send(now, key, Message::Interested, out);
        }
    }

    /// Serves the metadata, each piece a few times to one peer.
    fn metadata_message(
        &mut self,
        now: Instant,
        key: PeerKey,
        payload: &Bytes,
        out: &mut Vec<Action>,
    ) -> Result<(), Trouble> {
        let message = MetadataMessage::decode(payload).map_err(|_| Trouble::Garbled)?;
        let (MetadataMessage::Request(piece), Some(peer)) = (message, self.peers.get_mut(&key))
        else {
            return Ok(());
        };
        let all = &self.config.metadata;
        let pieces = (all.len() as u32).div_ceil(METADATA_PIECE);
        peer.metadata_served += 1;
        if peer.metadata_served > 8 * pieces + 64 {
            return Err(Trouble::Flood);
        }
        let answer = if piece < pieces && peer.metadata_served <= 4 * pieces {
            let from = piece as usize * METADATA_PIECE as usize;
            let to = all.len().min(from + METADATA_PIECE as usize);
            let data = all.slice(from..to);
            MetadataMessage::Data { piece, total: all.len() as u64, data }
        } else {
            MetadataMessage::Reject(piece)
        };
        if let id @ 1.. = peer.metadata_id {
            self.send(now, key, Message::Extended { id, payload: answer.encode() }, out);
        }
        Ok(())
    }
}
