//! One torrent: who is in its swarm, and what is remembered of who was.

use super::clock::Patience;
use super::entry::{Entry, V4, V6};
use super::ids::{Ids, Named};
use super::peers::Peers;
use crate::torrent::InfoHash;
use crate::tracker::announce::Role;
use crate::tracker::census::Census;
use crate::tracker::http::Counts;
use crate::tracker::udp::Family;
use hashbrown::DefaultHashBuilder;

/// A torrent of a registry, in 56 bytes.
#[derive(Debug)]
pub(super) struct Torrent {
    pub(super) hash: InfoHash,
    pub(super) past: Past,
    pub(super) v4: Peers<V4>,
    pub(super) more: Option<Box<More>>,
}

/// How often a torrent was completed, and whether a peer of it ever came back: one word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past(u32);

const RETURNED: u32 = 1 << 31;

impl Past {
    pub(super) fn new(downloaded: u32) -> Self {
        Self(downloaded.min(RETURNED - 1))
    }

    pub(super) fn downloaded(self) -> u32 {
        self.0 & !RETURNED
    }

    pub(super) fn complete(&mut self) {
        if self.downloaded() < RETURNED - 1 {
            self.0 += 1;
        }
    }

    /// Whether a peer has announced again once it had been silent for a while.
    pub(super) fn has_returned(self) -> bool {
        self.0 & RETURNED != 0
    }

    /// Says whether it is the first one.
    pub(super) fn note_return(&mut self) -> bool {
        let first = !self.has_returned();
        self.0 |= RETURNED;
        first
    }
}

/// What many torrents do not have.
#[derive(Debug, Default)]
pub(super) struct More {
    pub(super) v6: Peers<V6>,
    pub(super) ids: Option<Box<Ids>>,
}

/// How large something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Size {
    pub(super) peers: usize,
    pub(super) bytes: usize,
}

/// Where a sweep of a torrent goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    at: usize,
    v4_done: bool,
}

/// A family, and where a torrent has it.
pub(super) trait OfFamily: Named {
    fn of(torrent: &Torrent) -> Option<&Peers<Self>>;
    /// Makes it where there is none, and comes with the ids.
    fn of_mut(torrent: &mut Torrent) -> (&mut Peers<Self>, Option<&mut Ids>);
    /// Whether both are in one network, which one party may have: an IPv4 address, an IPv6 /48.
    fn near(&self, other: &Self) -> bool;
}

impl OfFamily for V4 {
    fn of(torrent: &Torrent) -> Option<&Peers<Self>> {
        Some(&torrent.v4)
    }

    fn of_mut(torrent: &mut Torrent) -> (&mut Peers<Self>, Option<&mut Ids>) {
        (&mut torrent.v4, torrent.more.as_mut().and_then(|more| more.ids.as_deref_mut()))
    }

    fn near(&self, other: &Self) -> bool {
        self.packed()[..4] == other.packed()[..4]
    }
}

impl OfFamily for V6 {
    fn of(torrent: &Torrent) -> Option<&Peers<Self>> {
        torrent.more.as_ref().map(|more| &more.v6)
    }

    fn of_mut(torrent: &mut Torrent) -> (&mut Peers<Self>, Option<&mut Ids>) {
        let more = torrent.more.get_or_insert_default();
        (&mut more.v6, more.ids.as_deref_mut())
    }

    fn near(&self, other: &Self) -> bool {
        self.packed()[..6] == other.packed()[..6]
    }
}

impl Torrent {
    pub(super) fn new(hash: InfoHash) -> Self {
        Self { hash, past: Past::default(), v4: Peers::default(), more: None }
    }

    pub(super) fn v6(&self) -> Option<&Peers<V6>> {
        V6::of(self)
    }

    pub(super) fn ids(&self) -> Option<&Ids> {
        self.more.as_ref().and_then(|more| more.ids.as_deref())
    }

    pub(super) fn len(&self) -> usize {
        self.v4.len() + self.v6().map_or(0, Peers::len)
    }

    pub(super) fn size(&self) -> Size {
        let mut size = Size { peers: self.v4.len(), bytes: self.v4.bytes() };
        if let Some(more) = &self.more {
            size.peers += more.v6.len();
            size.bytes += size_of::<More>() + 16 + more.v6.bytes();
            size.bytes += more.ids.as_ref().map_or(0, |ids| ids.bytes() + 16);
        }
        size
    }

    pub(super) fn counts(&self) -> Counts {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let seeds = self.v4.seeds() + self.v6().map_or(0, Peers::seeds);
        let partial = self.v4.partial() + self.v6().map_or(0, Peers::partial);
        Counts {
            complete: count(seeds),
            incomplete: count(self.len() - seeds),
            partial: count(partial),
            downloaded: self.past.downloaded(),
        }
    }

    /// Adds it to what there is in all.
    pub(super) fn census(&self, census: &mut Census) {
        fn add<E: Entry>(census: &mut Census, family: Family, peers: &Peers<E>) {
            let (seeds, partial) = (peers.seeds(), peers.partial());
            census.add(family, Role::Seed, seeds);
            census.add(family, Role::PartialSeed, partial);
            census.add(family, Role::Leecher, peers.len() - seeds - partial);
        }
        census.torrents += 1;
        census.completed += u64::from(self.past.downloaded());
        add(census, Family::V4, &self.v4);
        self.v6().into_iter().for_each(|v6| add(census, Family::V6, v6));
    }

    /// Removes from a small swarm those who are silent for too long.
    pub(super) fn expire(&mut self, patience: Patience) {
        let mut ids = None;
        if let Some(more) = &mut self.more {
            ids = more.ids.as_deref_mut();
            more.v6.expire(patience, &mut |peer| forget(&mut ids, peer));
        }
        self.v4.expire(patience, &mut |peer| forget(&mut ids, peer));
    }

    /// Looks on from `cursor` at some `budget` peers, and removes those who are silent for too
    /// long; also the ids that nobody wants any more. True where it came to the end.
    pub(super) fn sweep(
        &mut self,
        cursor: &mut Cursor,
        budget: &mut usize,
        patience: Patience,
        hasher: &DefaultHashBuilder,
    ) -> bool {
        let (v4, mut v6, mut ids) = (&mut self.v4, None, None);
        if let Some(more) = &mut self.more {
            more.ids.take_if(|ids| ids.are_idle(patience));
            (v6, ids) = (Some(&mut more.v6), more.ids.as_deref_mut());
        }
        let at = &mut cursor.at;
        if !cursor.v4_done {
            if !v4.sweep(at, budget, patience, hasher, &mut |peer| forget(&mut ids, peer)) {
                return false;
            }
            cursor.v4_done = true;
        }
        if let Some(v6) = &mut v6
            && !v6.sweep(at, budget, patience, hasher, &mut |peer| forget(&mut ids, peer))
        {
            return false;
        }
        *cursor = Cursor::default();
        self.trim();
        true
    }

    /// Begins to keep ids, or goes on.
    pub(super) fn ask_ids(&mut self, patience: Patience) {
        let ids = &mut self.more.get_or_insert_default().ids;
        ids.get_or_insert_default().asked = patience.now;
    }

    /// Gives back what is not needed any more.
    pub(super) fn trim(&mut self) {
        self.more.take_if(|more| more.ids.is_none() && more.v6.len() == 0);
    }
}

fn forget<E: Named>(ids: &mut Option<&mut Ids>, peer: &E) {
    if let Some(ids) = ids {
        ids.forget(peer);
    }
}
