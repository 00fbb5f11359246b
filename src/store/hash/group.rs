//! Pieces that one thread hashes side by side: each has a lane, and in each round every lane reads
//! a chunk into its part of the buffer; then all are hashed at once, SHA-1 with a message a lane,
//! SHA-256 with a message a block. Nothing is copied in between.
//!
//! Zeros of pads wait until no lane has data, then are hashed as such, which is far cheaper. Only
//! where data is for fewer lanes than the processor has are zeros put into the buffer beside it, so
//! that no lane of it is idle.

use super::ahead;
use super::tree::Tree;
use super::worker::{MOST_LANES, Shared};
use super::{Error, Observer, PieceHash, Reader, Wanted};
use crate::hash::{self, Hasher, Sha1, Sha256, digest_each, update_each, zeros_each};
use crate::store::Aligned;
use crate::torrent::{BLOCK, Layout, PieceIndex};
use std::ops::Range;

/// Blocks that are hashed at once, at most.
const BLOCKS: usize = 64;

/// Zeros that are hashed between two looks at whether to stop.
const ZEROS: u64 = 16 << 20;

/// Where a lane's part of the buffer begins, a multiple of this: a page.
const PAGE: usize = 4096;

/// A thread's lanes and the memory that it reads into.
pub(super) struct Group<'a, O> {
    shared: &'a Shared<'a, O>,
    buffer: Aligned,
    lanes: Vec<Lane>,
    /// v1 of each lane.
    sha1: Vec<Hasher<Sha1>>,
}

/// A piece under way.
struct Lane {
    piece: PieceIndex,
    /// The next byte of the torrent that is read.
    at: u64,
    /// Where the piece ends; where the lane is idle, `at`.
    end: u64,
    /// Up to where the reader was told what will be read.
    told: u64,
    /// What is read in this round, in the buffer.
    data: Range<usize>,
    /// Zeros that follow it and are hashed in this round.
    zeros: u64,
    tree: Tree,
}

impl<'a, O: Observer> Group<'a, O> {
    pub(super) fn new(shared: &'a Shared<'a, O>) -> Self {
        let buffer = Aligned::zeroed(shared.shares * shared.chunk);
        Self { shared, buffer, lanes: Vec::new(), sha1: Vec::new() }
    }

    /// Hashes the pieces and tells what comes of each.
    pub(super) fn hash(
        &mut self,
        pieces: &[PieceIndex],
        reader: &mut impl Reader,
    ) -> Result<(), Error> {
        self.begin(pieces);
        while !self.shared.stopped() {
            self.plan(reader);
            if self.lanes.iter().all(|lane| lane.data.is_empty() && lane.zeros == 0) {
                break;
            }
            self.read(reader)?;
            if self.v1() {
                self.update_v1();
            }
            if !matches!(self.shared.work.wanted, Wanted::V1) {
                self.update_v2();
            }
            self.advance()?;
        }
        Ok(())
    }

    fn v1(&self) -> bool {
        !matches!(self.shared.work.wanted, Wanted::V2(_))
    }

    fn begin(&mut self, pieces: &[PieceIndex]) {
        let all = self.shared.work.pieces;
        let idle = || Lane {
            piece: PieceIndex(0),
            at: 0,
            end: 0,
            told: 0,
            data: 0..0,
            zeros: 0,
            tree: Tree::default(),
        };
        self.lanes.resize_with(pieces.len(), idle);
        for (lane, &piece) in self.lanes.iter_mut().zip(pieces) {
            let at = all.offset(piece);
            lane.piece = piece;
            (lane.at, lane.end) = (at, at + u64::from(all.length(piece)));
            lane.told = ahead::start(all, piece, self.shared.window).end;
            lane.tree.clear();
        }
        self.sha1.clear();
        self.sha1.resize_with(pieces.len(), Hasher::new);
    }

    /// Says what each lane reads in this round, and where to.
    fn plan(&mut self, reader: &impl Reader) {
        let v1 = self.v1();
        let block = BLOCK as usize;
        let mut place = 0;
        for lane in &mut self.lanes {
            let room = self.buffer.len() - place;
            // A share for each with v1; else one after the other, so that the disk sees one reader.
            let room = if v1 { room.min(self.shared.chunk) } else { room / block * block };
            let left = lane.end - lane.at;
            let most = left.min(room as u64);
            lane.data = place..place;
            lane.zeros = 0;
            if most == 0 {
                continue;
            }
            let known = reader.known(lane.at, most);
            // What is no longer than `most` fits.
            let length = usize::try_from(known.data).unwrap_or(room).min(room);
            lane.data.end += length;
            if known.zeros > 0 {
                let behind = lane.at + known.data;
                lane.zeros = reader.known(behind, lane.end - behind).zeros;
            }
            place += if v1 { self.shared.chunk } else { length.next_multiple_of(PAGE) };
            place = place.min(self.buffer.len());
        }
        if v1 {
            let longest = self.lanes.iter().map(|lane| lane.data.len()).max().unwrap_or(0) as u64;
            let busy = self.lanes.iter().filter(|lane| !lane.data.is_empty()).count();
            // Lanes of the processor that have no data.
            let spare = hash::lanes::<Sha1>().checked_sub(busy);
            let mut idle = spare.unwrap_or(0);
            for lane in &mut self.lanes {
                let most = if longest == 0 {
                    ZEROS
                } else if !lane.data.is_empty() {
                    spare.map_or(0, |_| longest - lane.data.len() as u64)
                } else if lane.zeros > 0 && idle > 0 {
                    idle -= 1;
                    longest
                } else {
                    0
                };
                lane.zeros = lane.zeros.min(most);
            }
        }
    }

    /// Reads what is planned. A lane that can't is told of and idle from then on.
    fn read(&mut self, reader: &mut impl Reader) -> Result<(), Error> {
        let Shared { observer, settings, window, .. } = *self.shared;
        for lane in &mut self.lanes {
            let Some(data) = self.buffer.get_mut(lane.data.clone()).filter(|data| !data.is_empty())
            else {
                continue;
            };
            if let Some(throttle) = settings.throttle {
                throttle.take(data.len() as u64, || self.shared.stopped());
            }
            if let Err(error) = reader.read(lane.at, data) {
                observer.advanced(lane.end - lane.at, 0);
                lane.idle();
                observer.done(lane.piece, Err(error))?;
                continue;
            }
            // Half a window at a time, so that the next part is on its way while one is read.
            let behind = lane.at + data.len() as u64;
            let end = (behind + window).min(lane.end);
            if lane.told < end && behind + window / 2 >= lane.told {
                ahead::tell(reader, lane.told..end)?;
                lane.told = end;
            }
        }
        Ok(())
    }

    fn update_v1(&mut self) {
        let data = self.lanes.iter().any(|lane| !lane.data.is_empty());
        if data {
            for lane in self.lanes.iter().filter(|lane| lane.zeros > 0) {
                // At most what another lane has as data.
                let end = lane.data.end + usize::try_from(lane.zeros).unwrap_or(0);
                if let Some(zeros) = self.buffer.get_mut(lane.data.end..end) {
                    zeros.fill(0);
                }
            }
            let mut parts: [&[u8]; MOST_LANES] = [&[]; MOST_LANES];
            for (part, lane) in parts.iter_mut().zip(&self.lanes) {
                let end = lane.data.end + usize::try_from(lane.zeros).unwrap_or(0);
                *part = self.buffer.get(lane.data.start..end).unwrap_or_default();
            }
            update_each(&mut self.sha1, parts.split_at(self.lanes.len().min(MOST_LANES)).0);
        } else {
            let mut counts = [0; MOST_LANES];
            for (count, lane) in counts.iter_mut().zip(&self.lanes) {
                *count = lane.zeros;
            }
            zeros_each(&mut self.sha1, counts.split_at(self.lanes.len().min(MOST_LANES)).0);
        }
    }

    /// The blocks of all lanes in one list, so that short files fill the processor's lanes, too.
    fn update_v2(&mut self) {
        let mut blocks: [&[u8]; BLOCKS] = [&[]; BLOCKS];
        let mut owners = [0; BLOCKS];
        let mut count = 0;
        let Self { lanes, buffer, .. } = self;
        for number in 0..lanes.len() {
            let data = lanes.get(number).map_or(0..0, |lane| lane.data.clone());
            for block in buffer.get(data).unwrap_or_default().chunks(BLOCK as usize) {
                if count == BLOCKS {
                    leaves(lanes, &blocks, &owners);
                    count = 0;
                }
                if let (Some(place), Some(owner)) = (blocks.get_mut(count), owners.get_mut(count)) {
                    (*place, *owner) = (block, number);
                }
                count += 1;
            }
        }
        leaves(lanes, blocks.split_at(count).0, owners.split_at(count).0);
    }

    /// Takes note of what was hashed, and tells of pieces that are done.
    fn advance(&mut self) -> Result<(), Error> {
        let Shared { observer, work, .. } = *self.shared;
        for (lane, sha1) in self.lanes.iter_mut().zip(&mut self.sha1) {
            let data = lane.data.len() as u64;
            if data + lane.zeros == 0 {
                continue;
            }
            observer.advanced(data, lane.zeros);
            lane.at += data + lane.zeros;
            if lane.at >= lane.end {
                let mut v2 = |layout| lane.root(layout, work.pieces.piece_length());
                let sha1 = std::mem::take(sha1);
                let hash = match work.wanted {
                    Wanted::V1 => PieceHash { v1: Some(sha1.finish()), v2: None },
                    Wanted::V2(layout) => PieceHash { v1: None, v2: v2(layout) },
                    Wanted::Hybrid(layout) => PieceHash { v1: Some(sha1.finish()), v2: v2(layout) },
                };
                observer.done(lane.piece, Ok(hash))?;
            }
        }
        Ok(())
    }
}

impl Lane {
    fn idle(&mut self) {
        self.end = self.at;
        self.data.end = self.data.start;
        self.zeros = 0;
    }

    /// The piece's root; `None` unless all its data is one file's.
    fn root(&mut self, layout: &Layout, piece_length: u32) -> Option<[u8; 32]> {
        let start = u64::from(self.piece.0) * u64::from(piece_length);
        let mut files = layout.spans(start, self.end - start).filter_map(|span| {
            layout.file(span.file).filter(|file| !file.pad).map(|file| file.length)
        });
        let file = files.next().filter(|_| files.next().is_none())?;
        let whole = if file > u64::from(piece_length) { piece_length } else { 0 };
        self.tree.root(whole.div_ceil(BLOCK).next_power_of_two().trailing_zeros())
    }
}

/// Hashes blocks and hands each hash to the lane that it is of.
fn leaves(lanes: &mut [Lane], blocks: &[&[u8]], owners: &[usize]) {
    let mut digests = [[0; 32]; BLOCKS];
    let digests = digests.split_at_mut(blocks.len().min(BLOCKS)).0;
    digest_each::<Sha256>(blocks, digests);
    for (digest, &owner) in digests.iter().zip(owners) {
        if let Some(lane) = lanes.get_mut(owner) {
            lane.tree.push(*digest);
        }
    }
}
