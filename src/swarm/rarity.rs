//! The pieces that nobody has begun, the rarest first, equally rare ones in random order.
//!
//! One array holds them sorted by how many peers have them; where each count ends in it is kept,
//! so that a `have` moves a piece by one swap, whatever the number of pieces. Ties must be random
//! at every move: leechers that see the same `have`s must not all want the same piece next.

use rand::RngExt;
use rand::rngs::StdRng;

const NOWHERE: u32 = u32::MAX;

/// Invariants: `order[place[p]] == p` for each piece in the order; the pieces with count `c` lie
/// before `ends[c]` and not before `ends[c - 1]`; every count that occurs has an end.
#[derive(Debug)]
pub(super) struct Rarity {
    order: Vec<u32>,
    place: Vec<u32>,
    count: Vec<u32>,
    ends: Vec<u32>,
}

impl Rarity {
    /// No piece is listed and nobody has any.
    pub(super) fn new(pieces: u32) -> Self {
        let n = pieces as usize;
        Self { order: vec![], place: vec![NOWHERE; n], count: vec![0; n], ends: vec![0] }
    }

    /// The listed pieces.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// How many peers have the piece.
    pub(super) fn count(&self, piece: u32) -> u32 {
        self.count.get(piece as usize).copied().unwrap_or(0)
    }

    /// One more peer has the piece.
    pub(super) fn rise(&mut self, piece: u32, rng: &mut StdRng) {
        let Some(count) = self.count.get_mut(piece as usize) else { return };
        let from = *count;
        *count += 1;
        if self.ends.len() as u32 <= from + 1 {
            self.ends.resize(from as usize + 2, self.order.len() as u32);
        }
        let Some(place) = self.place_of(piece) else { return };
        let last = self.end(from) - 1;
        self.swap(place, last);
        self.move_end(from, last);
        self.shuffle_in(last, last, self.end(from + 1), rng);
    }

    /// One peer less has the piece.
    pub(super) fn fall(&mut self, piece: u32, rng: &mut StdRng) {
        let Some(count) = self.count.get_mut(piece as usize).filter(|count| **count > 0) else {
            return;
        };
        *count -= 1;
        let to = *count;
        let Some(place) = self.place_of(piece) else { return };
        let first = self.end(to);
        self.swap(place, first);
        self.move_end(to, first + 1);
        self.shuffle_in(first, self.start(to), first + 1, rng);
    }

    /// Lists the piece.
    pub(super) fn insert(&mut self, piece: u32, rng: &mut StdRng) {
        if piece as usize >= self.place.len() || self.place_of(piece).is_some() {
            return;
        }
        let count = self.count(piece);
        let mut place = self.order.len() as u32;
        self.order.push(piece);
        self.set_place(place, piece);
        let top = self.ends.len() as u32;
        for above in (count + 1..top).rev() {
            let first = self.end(above - 1);
            self.swap(place, first);
            place = first;
            self.move_end(above, self.end(above) + 1);
        }
        self.move_end(count, place + 1);
        self.shuffle_in(place, self.start(count), place + 1, rng);
    }

    /// Takes the piece off the list.
    pub(super) fn remove(&mut self, piece: u32) {
        let Some(mut place) = self.place_of(piece) else { return };
        for count in self.count(piece)..self.ends.len() as u32 {
            let last = self.end(count) - 1;
            self.swap(place, last);
            place = last;
            self.move_end(count, last);
        }
        self.order.pop();
        if let Some(place) = self.place.get_mut(piece as usize) {
            *place = NOWHERE;
        }
    }

    fn place_of(&self, piece: u32) -> Option<u32> {
        self.place.get(piece as usize).copied().filter(|&place| place != NOWHERE)
    }

    fn end(&self, count: u32) -> u32 {
        self.ends.get(count as usize).copied().unwrap_or(0)
    }

    fn start(&self, count: u32) -> u32 {
        count.checked_sub(1).map_or(0, |below| self.end(below))
    }

    fn move_end(&mut self, count: u32, end: u32) {
        if let Some(slot) = self.ends.get_mut(count as usize) {
            *slot = end;
        }
    }

    /// Puts what lies at `place` anywhere in the range.
    fn shuffle_in(&mut self, place: u32, from: u32, to: u32, rng: &mut StdRng) {
        if to - from > 1 {
            self.swap(place, rng.random_range(from..to));
        }
    }

    fn swap(&mut self, a: u32, b: u32) {
        let get = |at: u32| self.order.get(at as usize).copied();
        if let (Some(at_a), Some(at_b)) = (get(a), get(b)) {
            self.set_place(a, at_b);
            self.set_place(b, at_a);
        }
    }

    fn set_place(&mut self, at: u32, piece: u32) {
        if let Some(slot) = self.order.get_mut(at as usize) {
            *slot = piece;
        }
        if let Some(slot) = self.place.get_mut(piece as usize) {
            *slot = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;

    fn check(rarity: &Rarity, listed: &[bool], counts: &[u32]) {
        let wanted = listed.iter().filter(|&&listed| listed).count();
        assert_eq!(rarity.order.len(), wanted);
        assert!(rarity.order.is_sorted_by_key(|&piece| counts[piece as usize]));
        for (at, &piece) in rarity.order.iter().enumerate() {
            assert!(listed[piece as usize] && rarity.place[piece as usize] == at as u32);
            let count = rarity.count(piece);
            assert_eq!(count, counts[piece as usize]);
            assert!((rarity.start(count)..rarity.end(count)).contains(&(at as u32)));
        }
    }

    proptest! {
        #[test]
        fn the_order_holds_after_any_moves(
            moves in prop::collection::vec((0u8..5, 0u32..12), 0..300), seed: u64,
        ) {
            let rng = &mut StdRng::seed_from_u64(seed);
            let mut rarity = Rarity::new(12);
            let (mut listed, mut counts) = ([false; 12], [0u32; 12]);
            for (kind, piece) in moves {
                let at = piece as usize;
                match kind {
                    0 | 1 => { rarity.rise(piece, rng); counts[at] += 1; }
                    2 => { rarity.fall(piece, rng); counts[at] = counts[at].saturating_sub(1); }
                    3 => { rarity.insert(piece, rng); listed[at] = true; }
                    _ => { rarity.remove(piece); listed[at] = false; }
                }
                check(&rarity, &listed, &counts);
            }
        }
    }

    #[test]
    fn ties_differ_between_downloaders() {
        let firsts: std::collections::HashSet<u32> = (0..50)
            .map(|seed| {
                let rng = &mut StdRng::seed_from_u64(seed);
                let mut rarity = Rarity::new(100);
                (0..100).for_each(|piece| rarity.insert(piece, rng));
                (0..100).for_each(|piece| rarity.rise(piece, rng));
                rarity.order()[0]
            })
            .collect();
        assert!(firsts.len() > 25, "{}", firsts.len());
    }
}
