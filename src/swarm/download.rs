//! What we take: requests that keep each peer busy, blocks as they come, pieces as they are judged.

use super::peer::take_out;
use super::picker::{Received, Source, Taker};
use super::torrent::Torrent;
use super::{Action, Event, PeerKey, Trouble};
use crate::torrent::{BLOCK, BlockRequest, PieceIndex};
use crate::wire::Message;
use bytes::Bytes;
use std::time::{Duration, Instant};

/// How long a peer is left alone that rejects what it should send.
const REST: Duration = Duration::from_secs(1);

/// In the endgame a peer is asked again for what others owe when it owes fewer than the first, and
/// then for at most the second at once.
const ENDGAME: (usize, usize) = (4, 32);

/// Pieces that a suspect must give alone, at most.
const SENTENCE: u32 = 64;

impl Torrent {
    /// Asks one peer for more, where its pipeline has run low: several requests at a time.
    pub(super) fn refill(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let (owed, depth) = (peer.asked.len(), peer.depth());
        let idle = peer.chokes_us && peer.allows_us.is_empty();
        if !peer.we_want || idle || peer.rests_until.is_some() || owed * 4 > depth * 3 {
            return;
        }
        let mut wanted = depth.saturating_sub(owed);
        if self.down_limit.rate().is_some() {
            let free = |limit: &mut super::limit::Limit| {
                let ready = limit.ready(now);
                ready.then(|| limit.take(BLOCK)).is_some()
            };
            let granted = (0..wanted).take_while(|_| free(&mut self.down_limit)).count();
            self.down_waits |= granted < wanted;
            wanted = granted;
        }
        self.picks.clear();
        let (picks, rng, picker) = (&mut self.picks, &mut self.rng, &mut self.picker);
        let alone = peer.parole > 0;
        let taker = Taker { key, have: &peer.have, alone, asked: &peer.asked };
        if peer.chokes_us {
            for &piece in &peer.allows_us {
                if !self.config.have.has(piece) {
                    picker.pick_of(piece, taker, wanted.saturating_sub(picks.len()), picks);
                }
            }
        } else {
            if peer.dry != Some(picker.openings()) {
                picker.pick(taker, wanted, rng, picks);
            }
            if picks.is_empty() && owed < ENDGAME.0 && picker.endgame() {
                picker.pick_again(taker, wanted.min(ENDGAME.1), picks);
            }
            peer.dry = (picks.len() < wanted).then(|| picker.openings());
        }
        for _ in picks.len()..wanted {
            self.down_limit.give_back(BLOCK);
        }
        if !picks.is_empty() {
            peer.owes_since.get_or_insert(now);
            if alone {
                peer.alone_since.get_or_insert(now);
            }
            peer.last_sent = now;
            self.filled = key;
        }
        for &request in picks.iter() {
            peer.asked.push_back(request);
            out.push(Action::Send(key, Message::Request(request)));
        }
    }

    /// Every peer in turn; where the limit lets not all ask, others begin the next time.
    pub(super) fn refill_all(&mut self, now: Instant, out: &mut Vec<Action>) {
        self.down_waits = false;
        let mut keys: Vec<PeerKey> = self.peers.keys().copied().collect();
        let first = keys.partition_point(|&key| key <= self.filled);
        keys.rotate_left(first);
        keys.into_iter().for_each(|key| self.refill(now, key, out));
    }

    /// A block came.
    pub(super) fn block_came(
        &mut self,
        now: Instant,
        key: PeerKey,
        (piece, begin, data): (PieceIndex, u32, Bytes),
        out: &mut Vec<Action>,
    ) -> Result<(), Trouble> {
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let request = BlockRequest { piece, begin, length };
        let asked = take_out(&mut peer.asked, request);
        if !asked && !take_out(&mut peer.late, request) {
            return Err(Trouble::Unasked);
        }
        peer.block_came(now, data.len());
        self.down.add(now, u64::from(length));
        match self.picker.receive(request, (key, peer.address), asked) {
            Received::Again => self.wasted += u64::from(length),
            Received::New { whole, others } => {
                out.push(Action::Write { piece, begin, data });
                if others > 0 {
                    self.cancel_elsewhere(now, request, out);
                }
                if whole {
                    out.push(Action::Verify(piece));
                }
            }
        }
        self.refill(now, key, out);
        Ok(())
    }

    /// The block is here: whoever else owes it need not send it.
    fn cancel_elsewhere(&mut self, now: Instant, request: BlockRequest, out: &mut Vec<Action>) {
        let mut relieved = vec![];
        for (&key, peer) in &mut self.peers {
            if take_out(&mut peer.asked, request) {
                peer.expect_late(request);
                if peer.asked.is_empty() {
                    peer.owes_since = None;
                }
                self.picker.give_back(request, &mut self.rng);
                relieved.push(key);
            }
        }
        for key in relieved {
            self.send(now, key, Message::Cancel(request), out);
            self.refill(now, key, out);
        }
    }

    /// The peer will not send this block.
    pub(super) fn rejected(
        &mut self,
        now: Instant,
        key: PeerKey,
        request: BlockRequest,
        out: &mut Vec<Action>,
    ) -> Result<(), Trouble> {
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        if take_out(&mut peer.late, request) {
            return Ok(());
        }
        if !take_out(&mut peer.asked, request) {
            return Err(Trouble::Unasked);
        }
        if peer.chokes_us {
            peer.allows_us.retain(|&piece| piece != request.piece);
        } else {
            peer.rests_until = Some(now + REST);
        }
        if peer.asked.is_empty() {
            peer.owes_since = None;
        }
        self.down_limit.give_back(request.length);
        self.picker.give_back(request, &mut self.rng);
        self.refill_all(now, out);
        Ok(())
    }

    /// A choke without the fast extension: nothing that was asked for will come (BEP 3).
    pub(super) fn release(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        (peer.owes_since, peer.alone_since) = (None, None);
        let any = !peer.asked.is_empty();
        while let Some(request) = peer.asked.pop_front() {
            peer.expect_late(request);
            self.down_limit.give_back(request.length);
            self.picker.give_back(request, &mut self.rng);
        }
        self.picker.leave(key, &mut self.rng);
        if any {
            self.refill_all(now, out);
        }
    }

    /// The peer stalls: what it owes is taken back, for others to send.
    pub(super) fn withdraw(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let since = peer.owes_since;
        peer.stalled = true;
        peer.restart_pipeline();
        for &request in &peer.asked {
            out.push(Action::Send(key, Message::Cancel(request)));
        }
        peer.last_sent = now;
        // It gets its one request after the others, who may finish what it left.
        peer.rests_until = Some(now + REST);
        self.release(now, key, out);
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.owes_since = since;
        }
    }

    /// A piece was compared with its hash.
    pub(super) fn verified(
        &mut self,
        now: Instant,
        piece: PieceIndex,
        good: bool,
        out: &mut Vec<Action>,
    ) {
        if !self.picker.is_complete(piece) {
            return;
        }
        let sources = self.picker.verified(piece, good, &mut self.rng);
        match good {
            true => self.piece_done(now, piece, &sources, out),
            false => self.piece_failed(now, piece, &sources, out),
        }
    }

    fn piece_done(
        &mut self,
        now: Instant,
        piece: PieceIndex,
        sources: &[Source],
        out: &mut Vec<Action>,
    ) {
        self.verified += u64::from(self.config.pieces.length(piece));
        self.config.have.insert(piece);
        out.push(Action::Event(Event::Piece(piece)));
        if let &[(key, _)] = sources
            && let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.parole > 0)
        {
            peer.parole -= 1;
            peer.alone_since = None;
            peer.dry = None;
            self.refill(now, key, out);
        }
        for (&key, peer) in &mut self.peers {
            peer.last_sent = now;
            out.push(Action::Send(key, Message::Have(piece)));
            if peer.have.has(piece) {
                peer.useful = peer.useful.saturating_sub(1);
                if peer.useful == 0 && peer.we_want {
                    peer.we_want = false;
                    out.push(Action::Send(key, Message::NotInterested));
                }
            }
        }
        if self.complete() {
            out.push(Action::Event(Event::Finished));
        }
    }

    /// Whoever sent the whole piece is guilty. Where several did, each must from now on give pieces
    /// alone, until it has given enough good ones: so the guilty one is found by its next.
    fn piece_failed(
        &mut self,
        now: Instant,
        piece: PieceIndex,
        sources: &[Source],
        out: &mut Vec<Action>,
    ) {
        self.wasted += u64::from(self.config.pieces.length(piece));
        let addresses = sources.iter().map(|(_, address)| *address).collect();
        out.push(Action::Event(Event::PieceFailed(piece, addresses)));
        if let &[(key, address)] = sources {
            self.addresses.ban(address);
            out.push(Action::Event(Event::Banned(address)));
            self.hang_up(now, key, Trouble::Corrupt, out);
        }
        for (key, _) in sources {
            if let Some(peer) = self.peers.get_mut(key) {
                peer.sentence = (peer.sentence * 2).clamp(1, SENTENCE);
                peer.parole = peer.sentence;
                peer.alone_since = None;
                peer.dry = None;
            }
        }
        self.refill_all(now, out);
    }
}
