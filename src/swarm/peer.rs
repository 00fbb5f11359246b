//! What we know of one connection.

use super::rate::Rate;
use crate::torrent::{BLOCK, Bitfield, BlockRequest, PeerId, PieceIndex};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Requests that a peer may have with us at once, told in the extension handshake.
pub(super) const QUEUE: usize = 2000;

/// What a peer is taken to queue until it says so (`reqq`).
const THEIR_QUEUE: usize = 250;

/// Requests under way to a peer, at least and at most.
const LEAST: usize = 5;
const MOST: usize = 500;

/// Seconds of data that are kept under way.
const AHEAD: f64 = 2.0;

/// Bytes given to the driver and not sent yet, at least and at most.
const WINDOW: (u64, u64) = (128 * 1024, 1024 * 1024);

/// A block that comes after we cancelled it is no offence; so many are remembered.
const LATE: usize = 1024;

/// How fast requests may follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pace {
    /// One more with every block, while that makes it faster.
    Growing { best: u64 },
    /// By the measured rate.
    Steady,
}

/// One connection whose handshake is done.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) id: PeerId,
    pub(super) outgoing: bool,
    pub(super) joined: Instant,
    /// Extensions that both sides know.
    pub(super) fast: bool,
    pub(super) extended: bool,

    /// Nothing but the extension handshake came yet: a bitfield may.
    pub(super) fresh: bool,
    pub(super) have: Bitfield,
    /// Counted among the seeds, not piece by piece.
    pub(super) seed: bool,
    /// Pieces that it has and we lack.
    pub(super) useful: u32,
    pub(super) metadata_id: u8,
    pub(super) metadata_served: u32,

    /// It does not answer our requests.
    pub(super) chokes_us: bool,
    /// It wants something.
    pub(super) interested: bool,
    /// We do not answer its requests.
    pub(super) choked: bool,
    /// We told it that we want something.
    pub(super) we_want: bool,
    /// Since `choked` is what it is.
    pub(super) choked_since: Instant,

    /// What it owes us, in the order asked.
    pub(super) asked: VecDeque<BlockRequest>,
    /// What it may still send although we take it as not coming.
    pub(super) late: VecDeque<BlockRequest>,
    /// What it lets us ask for while it chokes us.
    pub(super) allows_us: Vec<PieceIndex>,
    pub(super) down: Rate,
    /// Bytes that came in this round of the choker and in the one before.
    pub(super) rounds: [u64; 2],
    pace: Pace,
    depth: usize,
    their_queue: usize,
    /// Since when it owes us something and nothing comes.
    pub(super) owes_since: Option<Instant>,
    /// It stalled: what it owed was given to others, and it gets one request at a time.
    pub(super) stalled: bool,
    /// It stalled for so long that it gets nothing of us either.
    pub(super) snubbed: bool,
    /// It rejects what it should send: nothing is asked for until then.
    pub(super) rests_until: Option<Instant>,
    /// Pieces that it must yet give alone before it may share some again, and how many it had to.
    pub(super) parole: u32,
    pub(super) sentence: u32,
    /// Since when it has been at a piece that it must give alone.
    pub(super) alone_since: Option<Instant>,
    /// The picker's `openings` when it had nothing for this peer.
    pub(super) dry: Option<u64>,

    /// What it asked for.
    pub(super) queue: VecDeque<BlockRequest>,
    /// What we let it ask for while we choke it.
    pub(super) allowed: Vec<PieceIndex>,
    pub(super) up: Rate,
    /// What the driver holds for it, in bytes.
    pub(super) unsent: u64,
    /// Since when the driver holds something and none of it leaves.
    pub(super) untaken_since: Option<Instant>,
    /// Requests beyond the queue in this round.
    pub(super) excess: usize,

    pub(super) last_heard: Instant,
    pub(super) last_sent: Instant,
    /// Since when both sides have everything.
    pub(super) idle_since: Option<Instant>,
}

impl Peer {
    pub(super) fn new(
        now: Instant,
        address: SocketAddr,
        id: PeerId,
        outgoing: bool,
        pieces: u32,
    ) -> Self {
        Self {
            address,
            id,
            outgoing,
            joined: now,
            fast: false,
            extended: false,
            fresh: true,
            have: Bitfield::none(pieces),
            seed: false,
            useful: 0,
            metadata_id: 0,
            metadata_served: 0,
            chokes_us: true,
            interested: false,
            choked: true,
            we_want: false,
            choked_since: now,
            asked: VecDeque::new(),
            late: VecDeque::new(),
            allows_us: vec![],
            down: Rate::new(now),
            rounds: [0; 2],
            pace: Pace::Growing { best: 0 },
            depth: LEAST,
            their_queue: THEIR_QUEUE,
            owes_since: None,
            stalled: false,
            snubbed: false,
            rests_until: None,
            parole: 0,
            sentence: 0,
            alone_since: None,
            dry: None,
            queue: VecDeque::new(),
            allowed: vec![],
            up: Rate::new(now),
            unsent: 0,
            untaken_since: None,
            excess: 0,
            last_heard: now,
            last_sent: now,
            idle_since: None,
        }
    }

    /// How many requests should be under way.
    pub(super) fn depth(&self) -> usize {
        match self.stalled {
            true => 1,
            false => self.depth.min(self.their_queue),
        }
    }

    /// The peer says how many requests it queues.
    pub(super) fn set_their_queue(&mut self, reqq: u32) {
        self.their_queue = (reqq as usize).clamp(1, MOST);
    }

    /// A block came: the pipeline may grow.
    pub(super) fn block_came(&mut self, now: Instant, bytes: usize) {
        self.down.add(now, bytes as u64);
        let [this, _] = &mut self.rounds;
        *this += bytes as u64;
        self.owes_since = (!self.asked.is_empty()).then_some(now);
        (self.stalled, self.snubbed) = (false, false);
        if let Pace::Growing { .. } = self.pace {
            self.depth = (self.depth + 1).min(MOST);
        }
    }

    /// Once a second: judges whether growing still helps, and follows the rate.
    pub(super) fn adjust(&mut self, now: Instant) {
        let rate = self.down.get(now);
        match self.pace {
            // Growth of a tenth a second shows that more requests do make it faster.
            Pace::Growing { best } if rate == 0 || rate > best + best / 10 => {
                self.pace = Pace::Growing { best: rate.max(best) };
            }
            Pace::Growing { .. } | Pace::Steady => {
                self.pace = Pace::Steady;
                let blocks = rate as f64 * AHEAD / f64::from(BLOCK);
                self.depth = (blocks as usize).clamp(LEAST, MOST);
            }
        }
    }

    /// It stalled or choked us: begin small again.
    pub(super) fn restart_pipeline(&mut self) {
        self.depth = LEAST;
        self.pace = Pace::Growing { best: 0 };
    }

    /// Remembers a request that we take as not coming.
    pub(super) fn expect_late(&mut self, request: BlockRequest) {
        if self.late.len() >= LATE {
            self.late.pop_front();
        }
        self.late.push_back(request);
    }

    /// How many bytes the driver may hold for it: a quarter of a second's worth.
    pub(super) fn window(&self, now: Instant) -> u64 {
        let (least, most) = WINDOW;
        (self.up.get(now) / 4).clamp(least, most)
    }

    /// Whether it takes nothing any more.
    pub(super) fn is_done(&self) -> bool {
        self.have.is_full()
    }

    /// Silence on our side that calls for a keep-alive.
    pub(super) fn quiet(&self, now: Instant, keep_alive: Duration) -> bool {
        now - self.last_sent >= keep_alive
    }
}

/// Takes the first equal request out; says whether there was one. The oldest comes first nearly
/// always.
pub(super) fn take_out(queue: &mut VecDeque<BlockRequest>, request: BlockRequest) -> bool {
    match queue.iter().position(|&known| known == request) {
        Some(0) => queue.pop_front().is_some(),
        Some(at) => queue.remove(at).is_some(),
        None => false,
    }
}
