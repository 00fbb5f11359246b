//! What to ask for next: pieces already begun, then the rarest first, at random before the first
//! piece is whole, and at the end blocks that others owe us as well (endgame).
//!
//! Nothing here walks all pieces for a block, and nothing is allocated for one: the blocks of a
//! begun piece live in a table that is used again for the next piece.
//!
//! A piece that several peers gave and that fails its hash proves nothing against one of them. So
//! a suspect gets pieces of its own (`alone`), which nobody shares, until it is cleared or caught.

use super::PeerKey;
use super::rarity::Rarity;
use crate::torrent::{BLOCK, Bitfield, BlockRequest, PieceIndex, Pieces};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// A block may be owed by this many peers at once in the endgame.
const MOST_ASKED: u8 = 3;

/// Before so many pieces are whole, new ones are begun at random: something to trade, soon.
const AT_RANDOM: u32 = 1;

/// Who gave a block.
pub(super) type Source = (PeerKey, SocketAddr);

/// Who is to be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taker<'a> {
    pub(super) key: PeerKey,
    pub(super) have: &'a Bitfield,
    /// Whether it may only get pieces that nobody shares.
    pub(super) alone: bool,
    /// What it owes us.
    pub(super) asked: &'a VecDeque<BlockRequest>,
}

/// What became of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Received {
    /// To be written; so many peers still owe it.
    New {
        /// It was the last one of its piece.
        whole: bool,
        others: u8,
    },
    /// It was there already, or is not wanted now.
    Again,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Open,
    Begun(u32),
    Whole,
}

#[derive(Clone, Copy, Default, Debug)]
struct Block {
    received: bool,
    asked: u8,
    /// In the piece's `sources`.
    source: u16,
}

impl Block {
    fn free(&self) -> bool {
        !self.received && self.asked == 0
    }
}

/// Invariants: `free` counts the blocks that are neither received nor asked for, `left` those not
/// received; `listed` says whether the slot is in `Picker::hungry`.
#[derive(Debug)]
struct Begun {
    piece: PieceIndex,
    live: bool,
    listed: bool,
    alone: Option<PeerKey>,
    blocks: Vec<Block>,
    /// No block before this one is free.
    low: u32,
    free: u32,
    left: u32,
    sources: Vec<Source>,
}

/// Invariant: a piece is in `rarity`'s order exactly if its state is `Open`.
#[derive(Debug)]
pub(super) struct Picker {
    pieces: Pieces,
    state: Vec<State>,
    rarity: Rarity,
    begun: Vec<Begun>,
    spare: Vec<u32>,
    /// Slots in the order they were begun; those without free blocks leave when they are met.
    hungry: VecDeque<u32>,
    whole: u32,
    /// Grows when a piece is opened again: what a peer was found not to have may be worth a look.
    openings: u64,
}

impl Picker {
    pub(super) fn new(pieces: Pieces, have: &Bitfield, rng: &mut StdRng) -> Self {
        let mut rarity = Rarity::new(pieces.count());
        let state = pieces.iter().map(|piece| match have.has(piece) {
            true => State::Whole,
            false => {
                rarity.insert(piece.0, rng);
                State::Open
            }
        });
        let state = state.collect();
        let (begun, spare, hungry) = (vec![], vec![], VecDeque::new());
        Self { pieces, state, rarity, begun, spare, hungry, whole: have.ones(), openings: 0 }
    }

    /// A peer says that it has the piece.
    pub(super) fn rise(&mut self, piece: PieceIndex, rng: &mut StdRng) {
        self.rarity.rise(piece.0, rng);
    }

    /// A peer that had the piece is gone.
    pub(super) fn fall(&mut self, piece: PieceIndex, rng: &mut StdRng) {
        self.rarity.fall(piece.0, rng);
    }

    /// See [`Picker::openings`](struct@Picker).
    pub(super) fn openings(&self) -> u64 {
        self.openings
    }

    /// How many peers, seeds left out, have the rarest piece that is missing.
    pub(super) fn rarest(&self) -> u32 {
        let open = self.rarity.order().first().map(|&piece| self.rarity.count(piece));
        let begun = self.begun.iter().filter(|b| b.live).map(|b| self.rarity.count(b.piece.0));
        begun.chain(open).min().unwrap_or(0)
    }

    /// Whether every missing block is owed by somebody.
    pub(super) fn endgame(&mut self) -> bool {
        self.rarity.order().is_empty() && {
            self.drop_sated();
            self.hungry.is_empty()
        }
    }

    /// Appends up to `count` blocks to ask the taker for, and books them as asked.
    pub(super) fn pick(
        &mut self,
        taker: Taker<'_>,
        count: usize,
        rng: &mut StdRng,
        out: &mut Vec<BlockRequest>,
    ) {
        let goal = out.len() + count;
        if taker.alone {
            let own = |b: &Begun| b.live && b.alone == Some(taker.key) && b.free > 0;
            let own: Vec<u32> =
                (0u32..).zip(&self.begun).filter(|(_, b)| own(b)).map(|(slot, _)| slot).collect();
            own.into_iter().for_each(|slot| self.take(slot, goal, out));
        } else {
            let mut at = 0;
            while let Some(&slot) = self.hungry.get(at).filter(|_| out.len() < goal) {
                match self.begun.get_mut(slot as usize) {
                    Some(b) if b.live && b.free > 0 && b.alone.is_none() => {
                        if taker.have.has(b.piece) {
                            self.take(slot, goal, out);
                        }
                        at += 1;
                    }
                    other => {
                        other.into_iter().for_each(|b| b.listed = false);
                        self.hungry.remove(at);
                    }
                }
            }
        }
        while out.len() < goal {
            let Some(piece) = self.open_piece(taker.have, rng) else { break };
            let slot = self.begin(piece, taker.alone.then_some(taker.key));
            self.take(slot, goal, out);
        }
    }

    /// As [`Picker::pick`], of one piece only.
    pub(super) fn pick_of(
        &mut self,
        piece: PieceIndex,
        taker: Taker<'_>,
        count: usize,
        out: &mut Vec<BlockRequest>,
    ) {
        let goal = out.len() + count;
        let alone = taker.alone.then_some(taker.key);
        match self.state.get(piece.0 as usize) {
            Some(State::Open) if taker.have.has(piece) => {
                let slot = self.begin(piece, alone);
                self.take(slot, goal, out);
            }
            Some(&State::Begun(slot))
                if taker.have.has(piece)
                    && self.begun.get(slot as usize).is_some_and(|b| b.alone == alone) =>
            {
                self.take(slot, goal, out);
            }
            _ => {}
        }
    }

    /// Appends up to `count` blocks that others owe us and the taker does not.
    pub(super) fn pick_again(
        &mut self,
        taker: Taker<'_>,
        count: usize,
        out: &mut Vec<BlockRequest>,
    ) {
        let goal = out.len() + count;
        for level in 1..MOST_ASKED {
            for begun in &mut self.begun {
                let shared = begun.live && begun.left > 0 && begun.alone.is_none();
                if taker.alone || !shared || !taker.have.has(begun.piece) {
                    continue;
                }
                for (number, block) in (0..).zip(&mut begun.blocks) {
                    if out.len() >= goal {
                        return;
                    }
                    let request = self.pieces.block(begun.piece, number);
                    let fits = !block.received && block.asked == level;
                    if fits && !taker.asked.contains(&request) && !out.contains(&request) {
                        block.asked += 1;
                        out.push(request);
                    }
                }
            }
        }
    }

    /// A block that was asked for will not come from that peer.
    pub(super) fn give_back(&mut self, request: BlockRequest, rng: &mut StdRng) {
        let Some((slot, begun)) = self.begun_of(request.piece) else { return };
        let number = request.begin / BLOCK;
        let Some(block) = begun.blocks.get_mut(number as usize) else { return };
        block.asked = block.asked.saturating_sub(1);
        if !block.free() {
            return;
        }
        begun.free += 1;
        begun.low = begun.low.min(number);
        if begun.free as usize == begun.blocks.len() {
            self.reopen(request.piece, slot, rng);
        } else if !begun.listed && begun.alone.is_none() {
            begun.listed = true;
            self.hungry.push_front(slot);
            self.openings += 1;
        } else {
            self.openings += 1;
        }
    }

    /// The peer is gone or of no use now: what it has to itself is begun anew by others.
    pub(super) fn leave(&mut self, key: PeerKey, rng: &mut StdRng) {
        let own: Vec<(PieceIndex, u32)> = (0u32..)
            .zip(&self.begun)
            .filter(|(_, b)| b.live && b.alone == Some(key) && b.left > 0)
            .map(|(slot, b)| (b.piece, slot))
            .collect();
        own.into_iter().for_each(|(piece, slot)| self.reopen(piece, slot, rng));
    }

    /// A block came. `asked` says whether it was still booked as owed by this source.
    pub(super) fn receive(
        &mut self,
        request: BlockRequest,
        source: Source,
        asked: bool,
    ) -> Received {
        let Some((_, begun)) = self.begun_of(request.piece) else { return Received::Again };
        let foreign = begun.alone.is_some_and(|key| key != source.0);
        let at = begun.sources.iter().position(|known| *known == source);
        let Some(block) = begun.blocks.get_mut((request.begin / BLOCK) as usize) else {
            return Received::Again;
        };
        let was_free = block.free();
        if asked {
            block.asked = block.asked.saturating_sub(1);
        }
        if block.received || foreign {
            return Received::Again;
        }
        block.received = true;
        block.source = at.unwrap_or(begun.sources.len()) as u16;
        let others = block.asked;
        if at.is_none() {
            begun.sources.push(source);
        }
        if was_free {
            begun.free -= 1;
        }
        begun.left -= 1;
        Received::New { whole: begun.left == 0, others }
    }

    /// Whether all blocks of the piece were received and its hash is awaited.
    pub(super) fn is_complete(&self, piece: PieceIndex) -> bool {
        match self.state.get(piece.0 as usize) {
            Some(&State::Begun(slot)) => {
                self.begun.get(slot as usize).is_some_and(|begun| begun.left == 0)
            }
            _ => false,
        }
    }

    /// The piece's hash was compared; gives those who sent it.
    pub(super) fn verified(
        &mut self,
        piece: PieceIndex,
        good: bool,
        rng: &mut StdRng,
    ) -> Vec<Source> {
        let Some((slot, begun)) = self.begun_of(piece) else { return vec![] };
        let sources = begun.sources.clone();
        if good {
            self.retire(slot);
            self.whole += 1;
            self.set_state(piece, State::Whole);
        } else {
            self.reopen(piece, slot, rng);
        }
        sources
    }

    /// The rarest open piece that the peer has; before the first is whole, any.
    fn open_piece(&mut self, have: &Bitfield, rng: &mut StdRng) -> Option<PieceIndex> {
        let order = self.rarity.order();
        let from = match self.whole < AT_RANDOM && !order.is_empty() {
            true => rng.random_range(0..order.len()),
            false => 0,
        };
        let (before, behind) = order.split_at_checked(from)?;
        behind.iter().chain(before).map(|&piece| PieceIndex(piece)).find(|&piece| have.has(piece))
    }

    fn begin(&mut self, piece: PieceIndex, alone: Option<PeerKey>) -> u32 {
        let slot = self.spare.pop().unwrap_or_else(|| {
            self.begun.push(Begun {
                piece,
                live: false,
                listed: false,
                alone: None,
                blocks: vec![],
                low: 0,
                free: 0,
                left: 0,
                sources: vec![],
            });
            self.begun.len() as u32 - 1
        });
        let count = self.pieces.blocks(piece);
        if let Some(begun) = self.begun.get_mut(slot as usize) {
            begun.blocks.clear();
            begun.blocks.resize(count as usize, Block::default());
            begun.sources.clear();
            (begun.piece, begun.live, begun.alone) = (piece, true, alone);
            (begun.low, begun.free, begun.left) = (0, count, count);
            if alone.is_none() && !begun.listed {
                begun.listed = true;
                self.hungry.push_back(slot);
            }
        }
        self.rarity.remove(piece.0);
        self.set_state(piece, State::Begun(slot));
        slot
    }

    /// Asks for free blocks of a begun piece until `out` has `goal`.
    fn take(&mut self, slot: u32, goal: usize, out: &mut Vec<BlockRequest>) {
        let Some(begun) = self.begun.get_mut(slot as usize) else { return };
        let mut number = begun.low;
        while begun.free > 0 && out.len() < goal {
            let Some(block) = begun.blocks.get_mut(number as usize) else { break };
            if block.free() {
                block.asked = 1;
                begun.free -= 1;
                out.push(self.pieces.block(begun.piece, number));
            }
            number += 1;
        }
        begun.low = number;
    }

    fn reopen(&mut self, piece: PieceIndex, slot: u32, rng: &mut StdRng) {
        self.retire(slot);
        self.set_state(piece, State::Open);
        self.rarity.insert(piece.0, rng);
        self.openings += 1;
    }

    fn retire(&mut self, slot: u32) {
        if let Some(begun) = self.begun.get_mut(slot as usize) {
            begun.live = false;
            begun.alone = None;
            (begun.free, begun.left) = (0, 0);
            self.spare.push(slot);
        }
    }

    fn drop_sated(&mut self) {
        while let Some(&slot) = self.hungry.front() {
            match self.begun.get_mut(slot as usize) {
                Some(b) if b.live && b.free > 0 && b.alone.is_none() => return,
                other => {
                    other.into_iter().for_each(|b| b.listed = false);
                    self.hungry.pop_front();
                }
            }
        }
    }

    fn begun_of(&mut self, piece: PieceIndex) -> Option<(u32, &mut Begun)> {
        match self.state.get(piece.0 as usize) {
            Some(&State::Begun(slot)) => Some((slot, self.begun.get_mut(slot as usize)?)),
            _ => None,
        }
    }

    fn set_state(&mut self, piece: PieceIndex, state: State) {
        if let Some(slot) = self.state.get_mut(piece.0 as usize) {
            *slot = state;
        }
    }
}

#[cfg(test)]
mod tests;
