//! The peers drawn for one answer, packed as they go out (BEP 7, 15, 23).

use super::http::Counts;
use crate::torrent::PeerId;

/// What a swarm tells one asker. Made once by a worker and filled anew by each announce, so that
/// an answer allocates nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Drawn {
    /// How many there are in all, the asker included.
    pub counts: Counts,
    /// Address and port of each IPv4 peer, in network order.
    pub v4: Vec<[u8; 6]>,
    /// Address and port of each IPv6 peer, in network order.
    pub v6: Vec<[u8; 18]>,
    /// The ids of `v4`, in its order; empty where none were asked for, `None` where one is not known.
    pub ids_v4: Vec<Option<PeerId>>,
    /// The ids of `v6`, in its order; empty where none were asked for, `None` where one is not known.
    pub ids_v6: Vec<Option<PeerId>>,
}

impl Drawn {
    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        self.counts = Counts::default();
        self.v4.clear();
        self.v6.clear();
        self.ids_v4.clear();
        self.ids_v6.clear();
    }

    /// How many peers there are in it.
    pub fn len(&self) -> usize {
        self.v4.len().saturating_add(self.v6.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
