//! What we give: requests of peers, answered as the limit and the driver's room allow.

use super::peer::QUEUE;
use super::torrent::{Torrent, Wait};
use super::{Action, PeerKey, Trouble};
use crate::torrent::{BLOCK, BlockRequest};
use crate::wire::{MAX_BLOCK, Message};
use std::time::Instant;

/// Bytes that the driver may hold unsent for all peers together.
const ROOM: u64 = 8 * 1024 * 1024;

/// So many requests beyond the queue in one round of the choker are a flood.
const FLOOD: usize = 2 * QUEUE;

/// What a block weighs while the driver holds it: a few bytes take a buffer of a whole block.
fn weight(block: BlockRequest) -> u64 {
    block.length.max(BLOCK).into()
}

impl Torrent {
    /// A peer asks for a block.
    pub(super) fn requested(
        &mut self,
        now: Instant,
        key: PeerKey,
        block: BlockRequest,
        out: &mut Vec<Action>,
    ) -> Result<(), Trouble> {
        if !self.config.pieces.holds(block) || block.length > MAX_BLOCK {
            return Err(Trouble::OutOfRange);
        }
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        let entitled = !peer.choked || peer.allowed.contains(&block.piece);
        if entitled && peer.queue.len() < QUEUE && self.config.have.has(block.piece) {
            peer.queue.push_back(block);
            self.serve(now, key, out);
            return Ok(());
        }
        peer.excess += 1;
        if peer.excess > FLOOD {
            return Err(Trouble::Flood);
        }
        if peer.fast {
            self.send(now, key, Message::Reject(block), out);
        }
        Ok(())
    }

    /// A block has left the driver.
    pub(super) fn block_sent(
        &mut self,
        now: Instant,
        key: PeerKey,
        block: BlockRequest,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.up.add(now, block.length.into());
        peer.last_sent = now;
        self.up.add(now, block.length.into());
        self.make_room(now, key, block, out);
    }

    /// The driver could not read a block.
    pub(super) fn block_unread(
        &mut self,
        now: Instant,
        key: PeerKey,
        block: BlockRequest,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if peer.fast {
            self.send(now, key, Message::Reject(block), out);
        }
        self.up_limit.give_back(block.length);
        self.make_room(now, key, block, out);
    }

    /// The driver holds the block no more: others may follow.
    fn make_room(
        &mut self,
        now: Instant,
        key: PeerKey,
        block: BlockRequest,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let weight = weight(block).min(peer.unsent);
        peer.unsent -= weight;
        peer.untaken_since = (peer.unsent > 0).then_some(now);
        self.unsent -= weight.min(self.unsent);
        match self.up_wait {
            Wait::No => self.serve(now, key, out),
            Wait::Room => self.serve_all(now, out),
            Wait::Limit => {}
        }
    }

    /// Gives the driver what one peer may get now, unless others wait for their turn.
    fn serve(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        while self.up_wait == Wait::No && self.serve_one(now, key, out) {}
    }

    /// One block each in turn, until nobody may get more.
    pub(super) fn serve_all(&mut self, now: Instant, out: &mut Vec<Action>) {
        self.up_wait = Wait::No;
        let waiting = self.peers.iter().filter(|(_, peer)| !peer.queue.is_empty());
        let mut keys: Vec<PeerKey> = waiting.map(|(&key, _)| key).collect();
        let first = keys.partition_point(|&key| key <= self.served);
        keys.rotate_left(first);
        while !keys.is_empty() && self.up_wait == Wait::No {
            keys.retain(|&key| self.up_wait != Wait::No || self.serve_one(now, key, out));
        }
    }

    fn serve_one(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) -> bool {
        let Some(peer) = self.peers.get_mut(&key) else { return false };
        if peer.queue.is_empty() || peer.unsent >= peer.window(now) {
            return false;
        }
        if self.unsent >= ROOM {
            self.up_wait = Wait::Room;
            return false;
        }
        if !self.up_limit.ready(now) {
            self.up_wait = Wait::Limit;
            return false;
        }
        let Some(block) = peer.queue.pop_front() else { return false };
        self.up_limit.take(block.length);
        peer.unsent += weight(block);
        peer.untaken_since.get_or_insert(now);
        self.unsent += weight(block);
        self.served = key;
        out.push(Action::SendBlock(key, block));
        true
    }

    /// A peer takes a request back. What was given to the driver is sent all the same.
    pub(super) fn cancelled(
        &mut self,
        now: Instant,
        key: PeerKey,
        block: BlockRequest,
        out: &mut Vec<Action>,
    ) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if super::peer::take_out(&mut peer.queue, block) && peer.fast {
            self.send(now, key, Message::Reject(block), out);
        }
    }

    pub(super) fn unchoke(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        if let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.choked) {
            (peer.choked, peer.choked_since) = (false, now);
            self.send(now, key, Message::Unchoke, out);
        }
    }

    /// A choke drops the peer's requests; with the fast extension each is rejected (BEP 6), but
    /// those for its allowed-fast set stay.
    pub(super) fn choke(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&key).filter(|peer| !peer.choked) else { return };
        (peer.choked, peer.choked_since) = (true, now);
        peer.last_sent = now;
        out.push(Action::Send(key, Message::Choke));
        let (fast, allowed) = (peer.fast, &peer.allowed);
        peer.queue.retain(|block| {
            let stays = fast && allowed.contains(&block.piece);
            if fast && !stays {
                out.push(Action::Send(key, Message::Reject(*block)));
            }
            stays
        });
    }
}
