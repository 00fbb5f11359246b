//! The peers of a small swarm: a row of entries, those that fetch nothing in front, searched from the first to
//! the last, which for so few is faster than any table.

use super::clock::Patience;
use super::entry::Entry;
use super::peers::Was;

/// A row in the memory that its owner has for it.
pub(super) struct Row<'a, E> {
    pub(super) len: &'a mut u8,
    /// How many from the first on are seeds, the partial ones too.
    pub(super) seeds: &'a mut u8,
    /// How many of these are partial.
    pub(super) partial: &'a mut u8,
    pub(super) entries: &'a mut [E],
}

impl<E: Entry> Row<'_, E> {
    fn find(&self, peer: &E) -> Option<usize> {
        self.entries[..usize::from(*self.len)].iter().position(|entry| entry.is(peer))
    }

    pub(super) fn is_full(&self) -> bool {
        usize::from(*self.len) == self.entries.len()
    }

    /// Renews a peer that is in it; also its stamp before.
    pub(super) fn renew(&mut self, entry: E, seed: bool) -> (Was, u16) {
        let Some(at) = self.find(&entry) else { return (Was::Unknown, entry.seen()) };
        let old = std::mem::replace(&mut self.entries[at], entry);
        *self.partial = *self.partial + u8::from(entry.is_partial()) - u8::from(old.is_partial());
        let seeds = usize::from(*self.seeds);
        match (at < seeds, seed) {
            (false, true) => {
                self.entries.swap(at, seeds);
                *self.seeds += 1;
            }
            (true, false) => {
                self.entries.swap(at, seeds - 1);
                *self.seeds -= 1;
            }
            _ => {}
        }
        (Was::of(&old, at < seeds), old.seen())
    }

    /// Adds a peer that is not in it, where it is not full.
    pub(super) fn add(&mut self, entry: E, seed: bool) {
        let at = usize::from(*self.len);
        self.entries[at] = entry;
        *self.len += 1;
        *self.partial += u8::from(entry.is_partial());
        if seed {
            self.entries.swap(at, usize::from(*self.seeds));
            *self.seeds += 1;
        }
    }

    pub(super) fn remove(&mut self, peer: &E) -> Was {
        let Some(at) = self.find(peer) else { return Was::Unknown };
        let was = Was::of(&self.entries[at], at < usize::from(*self.seeds));
        self.take_out(at);
        was
    }

    /// Removes those who are silent for too long, and tells of each.
    pub(super) fn expire(&mut self, patience: Patience, gone: &mut impl FnMut(&E)) {
        let all = &self.entries[..usize::from(*self.len)];
        // Looks at all, several at once: hardly ever is one over.
        if !all.iter().fold(false, |over, entry| over | patience.is_over(entry.seen())) {
            return;
        }
        for at in (0..usize::from(*self.len)).rev() {
            if patience.is_over(self.entries[at].seen()) {
                gone(&self.entries[at]);
                self.take_out(at);
            }
        }
    }

    /// What moves into its place comes from behind.
    fn take_out(&mut self, mut at: usize) {
        let seeds = usize::from(*self.seeds);
        *self.partial -= u8::from(self.entries[at].is_partial());
        if at < seeds {
            self.entries.swap(at, seeds - 1);
            *self.seeds -= 1;
            at = seeds - 1;
        }
        let last = usize::from(*self.len) - 1;
        self.entries.swap(at, last);
        self.entries[last] = E::VACANT;
        *self.len -= 1;
    }
}
