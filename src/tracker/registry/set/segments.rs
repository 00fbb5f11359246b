//! How the segments of a set grow, split, merge and shrink.
//!
//! Each time all who are in a segment are taken out ([`empty`](Set::empty)), it is given the pages
//! that it is to have, and they are put back ([`fill`](Set::fill)). Which pages those are does not
//! matter, since all are alike.

use super::{Entry, PAGES, SLOTS, Segment, Set};
use hashbrown::DefaultHashBuilder;

/// Places of a page that are taken on average beyond which fewer pages are not tried.
const TAKEN_LEAST: usize = SLOTS * 7 / 10;
/// Segments that together have fewer peers become one.
const MERGED_MOST: usize = 5 * SLOTS;
/// Bits of the directory. By then all addresses there are have found room.
const DEPTH_MOST: u32 = 26;

impl<E: Entry> Set<E> {
    /// Takes everybody out of a segment, whose pages it keeps.
    pub(super) fn empty(&mut self, segment: usize) -> Vec<E> {
        let mut all = Vec::with_capacity(self.segments[segment].len as usize);
        let Segment { count, pages, .. } = self.segments[segment];
        for &page in &pages[..count as usize] {
            let page = &mut self.pages[page as usize];
            all.extend(page.iter().filter(|entry| !entry.is_vacant()));
            page.fill(E::VACANT);
        }
        self.len -= all.len();
        self.segments[segment].len = 0;
        all
    }

    /// Puts back whom [`empty`](Self::empty) took out.
    pub(super) fn fill(&mut self, all: &[E], hasher: &DefaultHashBuilder) {
        for &entry in all {
            let hash = entry.hash(hasher);
            self.put(self.segment(hash), entry, hash);
        }
    }

    pub(super) fn add_page(&mut self, segment: usize) {
        let Segment { count, pages, .. } = &mut self.segments[segment];
        pages[*count as usize] = self.pages.len() as u32;
        *count += 1;
        self.pages.push(Box::new([E::VACANT; SLOTS]));
        self.owners.push(segment as u32);
    }

    /// Gives back the last page of a segment that was emptied.
    fn drop_page(&mut self, segment: usize) {
        let Segment { count, pages, .. } = &mut self.segments[segment];
        *count -= 1;
        let page = pages[*count as usize];
        self.pages.swap_remove(page as usize);
        self.owners.swap_remove(page as usize);
        let moved = self.pages.len() as u32;
        if let Some(&owner) = self.owners.get(page as usize) {
            let Segment { count, pages, .. } = &mut self.segments[owner as usize];
            let pages = pages.iter_mut().take(*count as usize);
            pages.filter(|at| **at == moved).for_each(|at| *at = page);
        }
        if self.pages.len() < self.pages.capacity() / 4 {
            self.pages.shrink_to(self.pages.len() * 2);
            self.owners.shrink_to(self.owners.len() * 2);
        }
    }

    /// Gives a segment as many pages as `len` peers need.
    fn fit(&mut self, segment: usize, len: usize) {
        let pages = (len / (SLOTS * 4 / 5) + 1).min(PAGES);
        while (self.segments[segment].count as usize) < pages {
            self.add_page(segment);
        }
        while self.segments[segment].count as usize > pages {
            self.drop_page(segment);
        }
    }

    /// Makes room in a segment: by one page more, or by another segment.
    pub(super) fn widen(&mut self, segment: usize, hasher: &DefaultHashBuilder) -> bool {
        if (self.segments[segment].count as usize) < PAGES {
            let all = self.empty(segment);
            self.add_page(segment);
            self.fill(&all, hasher);
            return true;
        }
        let Segment { prefix, depth, .. } = self.segments[segment];
        if depth == self.depth {
            if depth == DEPTH_MOST {
                return false;
            }
            self.directory = self.directory.iter().flat_map(|&at| [at, at]).collect();
            self.depth += 1;
        }
        let all = self.empty(segment);
        let bit = |entry: &&E| entry.hash(hasher) >> (63 - depth) & 1 == 1;
        let upper = all.iter().filter(bit).count();
        let other = self.segments.len();
        self.segments[segment].prefix = prefix << 1;
        self.segments[segment].depth = depth + 1;
        self.segments.push(Segment::new(prefix << 1 | 1, depth + 1));
        self.fit(segment, all.len() - upper);
        self.fit(other, upper);
        self.direct(other);
        self.fill(&all, hasher);
        true
    }

    /// Gives back what a segment does not need any more.
    pub(super) fn tighten(&mut self, segment: usize, hasher: &DefaultHashBuilder) {
        if self.len == 0 {
            *self = Self { moves: self.moves.wrapping_add(1), ..Self::default() };
            return;
        }
        let Segment { prefix, depth, len, count, .. } = self.segments[segment];
        if count == 1 || len as usize >= (count as usize - 1) * TAKEN_LEAST {
            return;
        }
        let shift = self.depth - depth;
        let twin = (depth > 0).then(|| self.directory[((prefix ^ 1) as usize) << shift] as usize);
        let twin = twin.filter(|&twin| {
            let twin = &self.segments[twin];
            twin.depth == depth && (twin.len + len) as usize <= MERGED_MOST
        });
        let mut all = self.empty(segment);
        if let Some(twin) = twin {
            all.extend(self.empty(twin));
            self.segments[segment].prefix = prefix >> 1;
            self.segments[segment].depth = depth - 1;
            self.direct(segment);
        }
        self.fit(segment, all.len());
        self.fill(&all, hasher);
        if let Some(twin) = twin {
            self.forget(twin);
        }
    }

    /// Removes a segment where nobody is, and to which nothing leads.
    fn forget(&mut self, segment: usize) {
        while self.segments[segment].count > 0 {
            self.drop_page(segment);
        }
        self.segments.swap_remove(segment);
        self.moves = self.moves.wrapping_add(1);
        if let Some(Segment { count, pages, .. }) = self.segments.get(segment) {
            for &page in &pages[..*count as usize] {
                self.owners[page as usize] = segment as u32;
            }
            self.direct(segment);
        }
    }

    /// Lets the directory lead to a segment.
    fn direct(&mut self, segment: usize) {
        let Segment { prefix, depth, .. } = self.segments[segment];
        let shift = self.depth - depth;
        let from = (prefix as usize) << shift;
        self.directory[from..from + (1 << shift)].fill(segment as u32);
    }
}
