//! The peers of one kind in a large swarm: a hash set whose memory is pages of one size.
//!
//! Extendible hashing over open addressing. The first bits of a peer's keyed hash choose a segment,
//! by a directory; a segment is an open-addressed table of one to sixteen pages, where the last bits
//! choose the place and a peer stands there or, where others do, next behind. A segment that
//! fills takes one page more, and at sixteen splits into two: so no announce pays for more than a
//! segment, some 1,500 peers, however large the swarm is, and at most a quarter of the places
//! are empty. Since all pages are alike, a peer is drawn without bias by drawing a page and a place
//! in it until somebody stands there; and memory that one segment gives back fits any other.

mod segments;

use super::clock::Patience;
use super::entry::Entry;
use hashbrown::DefaultHashBuilder;
use std::hint::black_box;

/// Places in a page.
pub(super) const SLOTS: usize = 128;
/// Pages of a segment.
const PAGES: usize = 16;
/// Of the places of a page, those that are taken on average before another page is.
const TAKEN_MOST: usize = SLOTS * 7 / 8;

type Page<E> = Box<[E; SLOTS]>;

/// A set of peers.
#[derive(Debug)]
pub(super) struct Set<E> {
    /// Of all segments, in no order.
    pages: Vec<Page<E>>,
    /// The segment of each page.
    owners: Vec<u32>,
    segments: Vec<Segment>,
    /// Segments by the first `depth` bits of a hash.
    directory: Vec<u32>,
    depth: u32,
    len: usize,
    /// How often a segment came to a place in `segments` that is further in front.
    moves: u32,
}

/// A part of the set: all whose hash begins with `prefix`.
#[derive(Debug)]
struct Segment {
    prefix: u32,
    /// Bits of `prefix`.
    depth: u32,
    len: u32,
    count: u32,
    /// The first `count` are its pages.
    pages: [u32; PAGES],
}

impl<E> Default for Set<E> {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            owners: Vec::new(),
            segments: Vec::new(),
            directory: Vec::new(),
            depth: 0,
            len: 0,
            moves: 0,
        }
    }
}

impl Segment {
    const fn new(prefix: u32, depth: u32) -> Self {
        Self { prefix, depth, len: 0, count: 0, pages: [0; PAGES] }
    }

    fn places(&self) -> usize {
        self.count as usize * SLOTS
    }

    fn has_room(&self) -> bool {
        (self.len as usize) < self.count as usize * TAKEN_MOST
    }

    /// Where it is to stand that has this hash.
    fn home(&self, hash: u64) -> usize {
        // Below the number of places, which is some thousands.
        (((hash & u64::from(u32::MAX)) * self.places() as u64) >> 32) as usize
    }
}

impl<E: Entry> Set<E> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Pages of [`SLOTS`] places each.
    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// What stands at a place; mostly somebody.
    #[inline]
    pub(super) fn at(&self, page: usize, slot: usize) -> E {
        self.pages[page][slot % SLOTS]
    }

    /// All places, page by page.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[E]> {
        self.pages.iter().map(|page| &page[..])
    }

    /// Some of them, whom nobody can choose: those of a page.
    pub(super) fn some(&self) -> impl Iterator<Item = &E> {
        self.pages
            .first()
            .into_iter()
            .flat_map(|page| page.iter())
            .filter(|entry| !entry.is_vacant())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &E> {
        self.rows().flatten().filter(|entry| !entry.is_vacant())
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.pages.len() * (size_of::<[E; SLOTS]>() + 16)
            + self.pages.capacity() * size_of::<Page<E>>()
            + (self.owners.capacity() + self.directory.capacity()) * 4
            + self.segments.capacity() * size_of::<Segment>()
    }

    /// A peer, where it is in the set.
    pub(super) fn get(&self, peer: &E, hash: u64) -> Option<&E> {
        let (segment, at) = self.find(peer, hash)?;
        let (page, slot) = self.place(segment, at);
        self.pages.get(page)?.get(slot)
    }

    /// Reads where a peer with this hash is or would be, for the caches.
    pub(super) fn prefetch(&self, hash: u64) {
        if self.segments.is_empty() {
            return;
        }
        let segment = self.segment(hash);
        let (page, slot) = self.place(segment, self.segments[segment].home(hash));
        black_box(self.pages[page][slot].seen());
    }

    /// Renews a peer, where it is in the set; gives it as it was.
    pub(super) fn renew(&mut self, entry: E, hash: u64) -> Option<E> {
        let (segment, at) = self.find(&entry, hash)?;
        let (page, slot) = self.place(segment, at);
        Some(std::mem::replace(&mut self.pages[page][slot], entry))
    }

    /// Adds a peer that is not in the set. False where the set can't hold more.
    pub(super) fn insert(&mut self, entry: E, hash: u64, hasher: &DefaultHashBuilder) -> bool {
        if self.segments.is_empty() {
            self.segments.push(Segment::new(0, 0));
            self.directory.push(0);
            self.add_page(0);
        }
        let mut segment = self.segment(hash);
        while !self.segments[segment].has_room() {
            if !self.widen(segment, hasher) {
                return false;
            }
            segment = self.segment(hash);
        }
        self.put(segment, entry, hash);
        true
    }

    /// Removes a peer, where it is in the set; gives it as it was.
    pub(super) fn remove(&mut self, peer: &E, hash: u64, hasher: &DefaultHashBuilder) -> Option<E> {
        let (segment, at) = self.find(peer, hash)?;
        let (page, slot) = self.place(segment, at);
        let old = self.pages[page][slot];
        self.close(segment, at, hasher);
        self.segments[segment].len -= 1;
        self.len -= 1;
        self.tighten(segment, hasher);
        Some(old)
    }

    /// Removes those who are silent for too long from segment to segment, beginning at `cursor`,
    /// until some `budget` were looked at. True where it came to the end.
    pub(super) fn sweep(
        &mut self,
        cursor: &mut usize,
        budget: &mut usize,
        patience: Patience,
        hasher: &DefaultHashBuilder,
        gone: &mut impl FnMut(&E),
    ) -> bool {
        while let Some(segment) = self.segments.get(*cursor) {
            if *budget == 0 {
                return false;
            }
            *budget = budget.saturating_sub(1 + segment.len as usize);
            let over = |entry: &E| !entry.is_vacant() && patience.is_over(entry.seen());
            if self.entries(*cursor).any(over) {
                let mut stay = self.empty(*cursor);
                stay.retain(|entry| {
                    let over = patience.is_over(entry.seen());
                    if over {
                        gone(entry);
                    }
                    !over
                });
                self.fill(&stay, hasher);
                self.tighten(*cursor, hasher);
            }
            *cursor += 1;
        }
        *cursor = 0;
        true
    }

    /// Copies the peers that are wanted from segment to segment, beginning at `cursor`, until `budget`
    /// places were looked at. True where it came to the end. Whoever is in the set all the while is
    /// copied, once or twice, where [`moves`](Self::moves) stays the same.
    pub(super) fn copy(
        &self,
        cursor: &mut usize,
        mut budget: usize,
        wanted: impl Fn(&E) -> bool,
        out: &mut Vec<E>,
    ) -> bool {
        while let Some(segment) = self.segments.get(*cursor) {
            if budget == 0 {
                return false;
            }
            budget = budget.saturating_sub(segment.places());
            let wanted = |entry: &&E| !entry.is_vacant() && wanted(entry);
            out.extend(self.entries(*cursor).filter(wanted));
            *cursor += 1;
        }
        true
    }

    pub(super) fn moves(&self) -> u32 {
        self.moves
    }

    fn segment(&self, hash: u64) -> usize {
        self.directory[(hash >> 1 >> (63 - self.depth)) as usize] as usize
    }

    /// The page and the place in it.
    fn place(&self, segment: usize, at: usize) -> (usize, usize) {
        (self.segments[segment].pages[at / SLOTS] as usize, at % SLOTS)
    }

    fn entries(&self, segment: usize) -> impl Iterator<Item = &E> {
        let segment = &self.segments[segment];
        let pages = segment.pages[..segment.count as usize].iter();
        pages.flat_map(|&page| self.pages[page as usize].iter())
    }

    /// Where the peer stands: its segment and the place there.
    fn find(&self, peer: &E, hash: u64) -> Option<(usize, usize)> {
        if self.segments.is_empty() {
            return None;
        }
        let segment = self.segment(hash);
        self.seek(segment, hash, |entry| entry.is(peer)).map(|at| (segment, at)).ok()
    }

    /// Looks from the home of `hash` on; an error is the first vacant place.
    fn seek(&self, segment: usize, hash: u64, found: impl Fn(&E) -> bool) -> Result<usize, usize> {
        let segment_at = &self.segments[segment];
        let home = segment_at.home(hash);
        let (mut page, mut from) = (home / SLOTS, home % SLOTS);
        loop {
            let entries = &self.pages[segment_at.pages[page] as usize];
            for (slot, entry) in entries.iter().enumerate().skip(from) {
                if entry.is_vacant() {
                    return Err(page * SLOTS + slot);
                }
                if found(entry) {
                    return Ok(page * SLOTS + slot);
                }
            }
            from = 0;
            page += 1;
            if page == segment_at.count as usize {
                page = 0;
            }
        }
    }

    fn put(&mut self, segment: usize, entry: E, hash: u64) {
        let (Ok(at) | Err(at)) = self.seek(segment, hash, |_| false);
        let (page, slot) = self.place(segment, at);
        self.pages[page][slot] = entry;
        self.segments[segment].len += 1;
        self.len += 1;
    }

    /// Vacates a place, and moves up those behind it that stand there for want of a better one.
    fn close(&mut self, segment: usize, at: usize, hasher: &DefaultHashBuilder) {
        let places = self.segments[segment].places();
        let behind =
            |from: usize, to: usize| if to < from { to + places - from } else { to - from };
        let (mut hole, mut next) = (at, at);
        loop {
            next = if next + 1 == places { 0 } else { next + 1 };
            let (page, slot) = self.place(segment, next);
            let entry = self.pages[page][slot];
            if entry.is_vacant() {
                break;
            }
            let home = self.segments[segment].home(entry.hash(hasher));
            if behind(home, next) >= behind(hole, next) {
                let (page, slot) = self.place(segment, hole);
                self.pages[page][slot] = entry;
                hole = next;
            }
        }
        let (page, slot) = self.place(segment, hole);
        self.pages[page][slot] = E::VACANT;
    }
}

#[cfg(test)]
mod tests;
