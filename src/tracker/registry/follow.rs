//! A shard whose changes are noted from a copy of it on, and one that hears of them: so another
//! tracker comes to know what this one knows, while this one serves.

use super::{Drawn, Luck, Registry, Rules};
use crate::torrent::InfoHash;
use crate::tracker::announce::{Event, Role};
use crate::tracker::changes::{Change, Epoch, What};
use crate::tracker::swarms::{Ask, Families};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// Changes that may wait for the other tracker; they take 88 bytes each, twice that at most.
const NOTED_MOST: usize = 1 << 20;

/// Peers of a shard that are noted as heard of: a million in all, some 50 MB. Of others what the other
/// tracker tells counts, however late it comes.
const HEARD_MOST: usize = 1 << 12;

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

/// Another tracker beside this one, as a shard sees it.
#[derive(Debug, Default)]
pub(super) enum Other {
    #[default]
    Nobody,
    /// One that is told of what changes here, and when.
    Heir(Epoch, Vec<Change>),
    /// One whose place this one has taken, and that tells of what it still hears. That comes late, so
    /// it is noted of whom this one has heard since.
    Predecessor(Epoch, HashMap<u64, Own>),
}

/// What a shard has heard itself of a peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    /// The last time, by the other's clock.
    at: u64,
    /// Whether it has counted as a download.
    counted: bool,
}

impl Other {
    /// Notes what has become of one who announced: whether it is `listed`, and whether it `counted` as a
    /// download. Who says goodbye is noted though it was not known: the other may know it.
    #[inline]
    pub(super) fn note(
        &mut self,
        rules: &Rules,
        now: Instant,
        ask: &Ask,
        listed: bool,
        counted: bool,
    ) {
        if matches!(self, Self::Nobody) {
            return;
        }
        let &Ask { info_hash, peer_id, address, .. } = ask;
        let what = match listed {
            true if counted => What::Completed,
            true => What::Is(ask.role()),
            false if ask.event == Event::Stopped && address.port() != 0 => What::Gone,
            false => return,
        };
        match self {
            Self::Nobody => {}
            Self::Heir(epoch, changes) => match rules.noted.add() {
                true => {
                    let at = epoch.at(now);
                    changes.push(Change { info_hash, peer_id, address, what, at });
                }
                false => *changes = Vec::new(),
            },
            Self::Predecessor(epoch, heard) => {
                let own = Own { at: epoch.at(now), counted };
                let full = heard.len() >= HEARD_MOST;
                match heard.entry(key(rules, info_hash, address)) {
                    Entry::Occupied(mut known) => {
                        let counted = counted || known.get().counted;
                        known.insert(Own { counted, ..own });
                    }
                    Entry::Vacant(_) if full => {}
                    Entry::Vacant(place) => drop(place.insert(own)),
                }
            }
        }
    }

    /// What was heard here of the one whom a change concerns.
    fn heard(&self, rules: &Rules, change: &Change) -> Option<Own> {
        let Self::Predecessor(_, heard) = self else { return None };
        heard.get(&key(rules, change.info_hash, change.address)).copied()
    }
}

fn key(rules: &Rules, info_hash: InfoHash, address: SocketAddr) -> u64 {
    rules.hasher.hash_one((info_hash.0, address))
}

impl Registry {
    /// Notes each change from now on.
    pub(in crate::tracker) fn follow(&mut self, epoch: Epoch) {
        self.other = Other::Heir(epoch, Vec::new());
    }

    /// The changes since the last call.
    pub(in crate::tracker) fn changes(&mut self, rules: &Rules) -> Vec<Change> {
        let Other::Heir(_, changes) = &mut self.other else { return Vec::new() };
        let changes = std::mem::take(changes);
        rules.noted.take(changes.len());
        changes
    }

    /// From now on what another tracker tells counts only where it is newer than what is heard here;
    /// `epoch` is that one's clock.
    pub(in crate::tracker) fn prefer_newer(&mut self, epoch: Epoch) {
        self.other = Other::Predecessor(epoch, HashMap::new());
    }

    /// There is no other tracker any more.
    pub(in crate::tracker) fn forget_other(&mut self) {
        self.other = Other::Nobody;
    }

    /// Makes a change that another tracker noted, unless this one has heard of the peer since. A
    /// download counts because that one counted it, whatever the peer was known as here, and once where
    /// both have counted it.
    ///
    /// At a ceiling a newcomer takes the place of another torrent, as one that announces does: the other
    /// tracker has told it that it is in, and had somebody make way itself. Whom is not told of, so that it
    /// may be somebody else here, by the same rule; to turn away who has just announced, for whom nobody has
    /// come back to, would be the worse choice. Who says goodbye, or is known, costs nobody a place.
    pub(in crate::tracker) fn apply(
        &mut self,
        rules: &Rules,
        hash: u64,
        now: Instant,
        change: &Change,
        luck: &mut Luck,
    ) {
        let &Change { info_hash, peer_id, address, what, at } = change;
        let own = self.other.heard(rules, change);
        if own.is_none_or(|own| own.at < at) {
            let (seed, event) = match what {
                What::Is(Role::Leecher) => (false, Event::Interval),
                What::Is(Role::PartialSeed) => (false, Event::Paused),
                What::Is(Role::Seed) | What::Completed => (true, Event::Interval),
                What::Gone => (false, Event::Stopped),
            };
            let (peers, families, ids) = (0, Families::Own, false);
            let ask = Ask { info_hash, address, peer_id, seed, event, peers, families, ids };
            // It was not heard here.
            let other = std::mem::take(&mut self.other);
            self.announce(rules, hash, now, &ask, luck, &mut Drawn::default());
            self.other = other;
        }
        if what == What::Completed
            && own.is_none_or(|own| !own.counted)
            && let Some(place) = self.find(hash, info_hash)
            && let Some(torrent) = self.torrents.get_bucket_mut(place)
        {
            torrent.past.complete();
        }
    }
}
