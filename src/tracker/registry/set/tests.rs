use super::super::entry::V4;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn entry(peer: u32, seen: u16) -> V4 {
    let [a, b, c, d] = peer.to_be_bytes();
    V4::new([a, b, c, d, 0, 1], seen)
}

impl<E: Entry> Set<E> {
    /// Fails where pages, segments and directory tell different stories.
    fn check(&self, hasher: &DefaultHashBuilder) {
        assert_eq!(self.pages.len(), self.owners.len());
        assert_eq!(self.len, self.iter().count());
        if self.segments.is_empty() {
            assert!(self.directory.is_empty() && self.pages.is_empty() && self.len == 0);
            return;
        }
        assert_eq!(self.directory.len(), 1 << self.depth);
        let mut owned = vec![false; self.pages.len()];
        for (at, segment) in self.segments.iter().enumerate() {
            assert!(segment.count as usize <= PAGES && segment.count > 0);
            assert!(segment.len as usize <= segment.count as usize * TAKEN_MOST);
            assert_eq!(
                self.entries(at).filter(|entry| !entry.is_vacant()).count(),
                segment.len as usize
            );
            for &page in &segment.pages[..segment.count as usize] {
                assert_eq!(self.owners[page as usize] as usize, at);
                assert!(!std::mem::replace(&mut owned[page as usize], true), "owned once");
            }
        }
        assert!(owned.into_iter().all(|owned| owned));
        for (prefix, &segment) in self.directory.iter().enumerate() {
            let segment = &self.segments[segment as usize];
            assert_eq!(prefix >> (self.depth - segment.depth), segment.prefix as usize);
        }
        for peer in self.iter() {
            assert!(self.find(peer, peer.hash(hasher)).is_some());
        }
    }
}

#[test]
fn it_grows_by_parts_and_shrinks_again() {
    let hasher = DefaultHashBuilder::default();
    let mut set = Set::default();
    let many = 60_000;
    for peer in 0..many {
        assert!(set.insert(entry(peer, 0), entry(peer, 0).hash(&hasher), &hasher));
        if peer % 5003 == 0 || peer < 300 && peer % 7 == 0 {
            set.check(&hasher);
        }
        if peer > 2000 {
            assert!(set.bytes() < 12 * set.len(), "{} bytes for {peer}", set.bytes());
        }
    }
    assert!(set.segments.len() > 30);
    for peer in 0..many {
        let peer = entry(peer, 7);
        assert!(set.remove(&peer, peer.hash(&hasher), &hasher).is_some());
        assert!(set.remove(&peer, peer.hash(&hasher), &hasher).is_none());
        if set.len() % 5003 == 0 || set.len() < 300 && set.len() % 7 == 0 {
            set.check(&hasher);
        }
    }
    assert_eq!(set.bytes(), 0);
}

#[test]
fn a_sweep_in_parts_finds_all_that_are_over() {
    let hasher = DefaultHashBuilder::default();
    let mut set = Set::default();
    for peer in 0..20_000 {
        let entry = entry(peer, if peer % 100 == 0 { 50 } else { 0 });
        set.insert(entry, entry.hash(&hasher), &hasher);
    }
    let patience = Patience { now: 60, timeout: 30 };
    let mut gone = Vec::new();
    // Segments that become one may hide another from the first round.
    for _ in 0..2 {
        let mut cursor = 0;
        while !set
            .sweep(&mut cursor, &mut 1000, patience, &hasher, &mut |peer| gone.push(peer.packed()))
        {
            set.check(&hasher);
        }
    }
    gone.sort_unstable();
    gone.dedup();
    assert_eq!((gone.len(), set.len()), (19_800, 200));
    set.check(&hasher);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn it_holds_what_a_map_does(
        steps in proptest::collection::vec((0..3000u32, 0..4u8, any::<u16>()), 1..9000),
        copied: bool,
    ) {
        let hasher = DefaultHashBuilder::default();
        let mut set = Set::default();
        let mut model = BTreeMap::new();
        let (mut copy, mut cursor) = (Vec::new(), 0);
        for (peer, what, seen) in steps {
            let new = entry(peer, seen);
            let hash = new.hash(&hasher);
            if what == 0 {
                prop_assert_eq!(set.remove(&new, hash, &hasher).map(|old| old.seen()), model.remove(&peer));
            } else if model.insert(peer, seen).is_some() {
                prop_assert!(set.renew(new, hash).is_some());
            } else {
                prop_assert!(set.renew(new, hash).is_none());
                prop_assert!(set.insert(new, hash, &hasher));
            }
            if copied && set.len() > 1500 {
                set.copy(&mut cursor, 1, |_| true, &mut copy);
            }
        }
        set.check(&hasher);
        let held: BTreeMap<_, _> = set.iter().map(|entry| (entry.packed(), entry.seen())).collect();
        let model: BTreeMap<_, _> = model.iter().map(|(&peer, &seen)| (entry(peer, 0).packed(), seen)).collect();
        prop_assert_eq!(held, model);
    }
}
