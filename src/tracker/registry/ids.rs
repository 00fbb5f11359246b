//! The ids of peers, which only the long form of an answer tells (BEP 3).
//!
//! A torrent keeps them from the first announce on that asks for them until nobody has asked for
//! a whole timeout, and then only of those who announce meanwhile. They cost a peer 31 to 62 bytes
//! more (IPv6: 45 to 90), and no torrent keeps more than [`IDS_MOST`].

use super::clock::Patience;
use super::entry::{Entry, V4, V6};
use crate::torrent::PeerId;
use hashbrown::HashMap;

/// Ids of one family that a torrent keeps.
const IDS_MOST: usize = 1 << 15;

/// The ids of a torrent's peers, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// When they were last asked for.
    pub(super) asked: u16,
    v4: HashMap<[u8; 6], PeerId>,
    v6: HashMap<[u8; 18], PeerId>,
}

/// A family whose ids are kept.
pub(super) trait Named: Entry {
    fn ids(ids: &Ids) -> &HashMap<Self::Packed, PeerId>;
    fn ids_mut(ids: &mut Ids) -> &mut HashMap<Self::Packed, PeerId>;
}

impl Named for V4 {
    fn ids(ids: &Ids) -> &HashMap<[u8; 6], PeerId> {
        &ids.v4
    }

    fn ids_mut(ids: &mut Ids) -> &mut HashMap<[u8; 6], PeerId> {
        &mut ids.v4
    }
}

impl Named for V6 {
    fn ids(ids: &Ids) -> &HashMap<[u8; 18], PeerId> {
        &ids.v6
    }

    fn ids_mut(ids: &mut Ids) -> &mut HashMap<[u8; 18], PeerId> {
        &mut ids.v6
    }
}

impl Ids {
    pub(super) fn put<E: Named>(&mut self, peer: &E, id: PeerId) {
        let ids = E::ids_mut(self);
        if ids.len() < IDS_MOST || ids.contains_key(&peer.packed()) {
            ids.insert(peer.packed(), id);
        }
    }

    pub(super) fn get<E: Named>(&self, packed: &E::Packed) -> Option<PeerId> {
        E::ids(self).get(packed).copied()
    }

    pub(super) fn forget<E: Named>(&mut self, peer: &E) {
        E::ids_mut(self).remove(&peer.packed());
    }

    /// Whether it is long ago that they were asked for.
    pub(super) fn are_idle(&self, patience: Patience) -> bool {
        patience.is_over(self.asked)
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.v4.allocation_size() + self.v6.allocation_size()
    }
}
