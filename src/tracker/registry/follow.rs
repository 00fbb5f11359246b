//! A shard whose changes are noted from a copy of it on, and one that hears of them: so another
//! tracker comes to know what this one knows, while this one serves.

use super::{Drawn, Luck, Registry, Rules};
use crate::tracker::announce::{Event, Role};
use crate::tracker::changes::{Change, What};
use crate::tracker::swarms::{Ask, Families};
use hashbrown::HashSet;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Changes that may wait for the other tracker; they take 80 bytes each, twice that at most.
const NOTED_MOST: usize = 1 << 20;

/// Peers of a shard that are noted as heard of: four million in all, some 40 MB.
const HEARD_MOST: usize = 1 << 14;

/// How many wait in all shards; once there were too many they count as such until nothing is noted.
#[derive(Debug)]
#[repr(align(128))]
pub(in crate::tracker) struct Noted {
    count: AtomicUsize,
    /// As many as may.
    pub(in crate::tracker) most: usize,
}

impl Default for Noted {
    fn default() -> Self {
        Self { count: AtomicUsize::new(0), most: NOTED_MOST }
    }
}

impl Noted {
    /// One more; false where there are too many.
    fn add(&self) -> bool {
        self.count.fetch_add(1, Relaxed) < self.most
    }

    /// So many are taken.
    fn take(&self, taken: usize) {
        let few = |count: usize| (count <= self.most).then(|| count.saturating_sub(taken));
        // One that is too much stays.
        let _ = self.count.fetch_update(Relaxed, Relaxed, few);
    }

    /// Whether there were more than may wait: some were not noted then.
    pub(in crate::tracker) fn too_many(&self) -> bool {
        self.count.load(Relaxed) > self.most
    }

    /// Nothing is noted any more.
    pub(in crate::tracker) fn clear(&self) {
        self.count.store(0, Relaxed);
    }
}

/// The changes of a shard, where another tracker is told of them.
#[derive(Debug, Default)]
pub(super) struct Notes(Option<Vec<Change>>);

impl Notes {
    /// Notes what has become of one who announced. `known`: whether there was somebody at its address
    /// before, and `listed` whether there is now.
    pub(super) fn note(
        &mut self,
        noted: &Noted,
        ask: &Ask,
        (known, listed): (bool, bool),
        completed: bool,
    ) {
        let Some(notes) = &mut self.0 else { return };
        let what = match listed {
            true if completed => What::Completed,
            true => What::Is(ask.role()),
            false if known => What::Gone,
            false => return,
        };
        if !noted.add() {
            *notes = Vec::new();
            return;
        }
        let &Ask { info_hash, peer_id, address, .. } = ask;
        notes.push(Change { info_hash, peer_id, address, what });
    }
}

/// Of whom a shard has heard itself, since another tracker, whose place this one has taken, began to
/// tell of what it still hears: that comes late, and takes back nothing newer.
#[derive(Debug, Default)]
pub(super) struct Heard(Option<HashSet<u64>>);

impl Heard {
    /// Notes who announced.
    #[inline]
    pub(super) fn note(&mut self, rules: &Rules, ask: &Ask) {
        if let Some(heard) = &mut self.0
            && heard.len() < HEARD_MOST
        {
            heard.insert(rules.hasher.hash_one((ask.info_hash.0, ask.address)));
        }
    }

    fn knows(&self, rules: &Rules, change: &Change) -> bool {
        let key = || rules.hasher.hash_one((change.info_hash.0, change.address));
        self.0.as_ref().is_some_and(|heard| heard.contains(&key()))
    }
}

impl Registry {
    /// From now on what another tracker tells of counts only for those of whom this one has not heard,
    /// or where it says that one who is there is a seed.
    pub(in crate::tracker) fn prefer_own(&mut self) {
        self.heard = Heard(Some(HashSet::new()));
    }

    /// No other tracker tells of anything any more.
    pub(in crate::tracker) fn forget_heard(&mut self) {
        self.heard = Heard(None);
    }

    /// Notes each change from now on.
    pub(in crate::tracker) fn follow(&mut self) {
        self.changes = Notes(Some(Vec::new()));
    }

    /// Notes none any more.
    pub(in crate::tracker) fn unfollow(&mut self) {
        self.changes = Notes(None);
    }

    /// The changes since the last call.
    pub(in crate::tracker) fn changes(&mut self, rules: &Rules) -> Vec<Change> {
        let changes = self.changes.0.as_mut().map(std::mem::take).unwrap_or_default();
        rules.noted.take(changes.len());
        changes
    }

    /// Makes a change that another tracker noted. A download counts because that one counted it,
    /// whatever the peer was known as here.
    pub(in crate::tracker) fn apply(
        &mut self,
        rules: &Rules,
        hash: u64,
        tick: u32,
        change: &Change,
        luck: &mut Luck,
    ) {
        let &Change { info_hash, peer_id, address, what } = change;
        // Who is a seed stays one, so that this is news whenever it comes of a peer that is there.
        let seed = matches!(what, What::Completed | What::Is(Role::Seed));
        if self.heard.knows(rules, change)
            && !(seed && self.tells_of(rules, hash, tick, info_hash, address))
        {
            if what == What::Completed
                && let Some(place) = self.find(hash, info_hash)
                && let Some(torrent) = self.torrents.get_bucket_mut(place)
            {
                torrent.past.complete();
            }
            return;
        }
        let (seed, event) = match what {
            What::Is(Role::Leecher) => (false, Event::Interval),
            What::Is(Role::PartialSeed) => (false, Event::Paused),
            What::Is(Role::Seed) | What::Completed => (true, Event::Interval),
            What::Gone => (false, Event::Stopped),
        };
        let (peers, families, ids) = (0, Families::Own, false);
        let ask = Ask { info_hash, address, peer_id, seed, event, peers, families, ids };
        let heard = std::mem::take(&mut self.heard);
        self.announce(rules, hash, tick, &ask, luck, &mut Drawn::default());
        self.heard = heard;
        if what == What::Completed
            && let Some(place) = self.find(hash, info_hash)
            && let Some(torrent) = self.torrents.get_bucket_mut(place)
        {
            torrent.past.complete();
            if let Some(last) = self.changes.0.as_mut().and_then(|changes| changes.last_mut())
                && (last.info_hash, last.address) == (info_hash, address)
            {
                last.what = What::Completed;
            }
        }
    }
}
