//! What the torrents of one process share: the peer id, the buffers, and who hears the news.

use super::buffers::Buffers;
use super::notice::{Listener, Notice};
use super::tracker_client;
use super::trust::Authorities;
use crate::swarm::PeerKey;
use crate::torrent::PeerId;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use tokio::sync::Notify;

/// Shared by all tasks, which live on one thread.
pub(super) struct Hub {
    /// Ours, the same for all torrents.
    pub(super) peer_id: PeerId,
    /// Where connections of ours begin; `None`: as the system likes.
    pub(super) bind: Option<IpAddr>,
    /// Where peers reach us.
    pub(super) port: u16,
    /// Goes with every announce, so that a tracker knows us by it when our address changes.
    pub(super) key: u32,
    /// What announces share.
    pub(super) trackers: tracker_client::Client,
    /// What connections read into.
    pub(super) buffers: RefCell<Buffers>,
    /// The listener has had enough.
    pub(super) unheard: Notify,
    listener: RefCell<Box<dyn Listener>>,
    rng: RefCell<StdRng>,
    keys: Cell<u64>,
}

impl Hub {
    /// With randomness of the system.
    pub(super) fn new(
        port: u16,
        bind: Option<IpAddr>,
        authorities: Authorities,
        listener: Box<dyn Listener>,
    ) -> Self {
        let mut seed = [0; 32];
        // Without the system's randomness, hash keys are the next best thing.
        if SysRng.try_fill_bytes(&mut seed).is_err() {
            use std::hash::{BuildHasher, RandomState};
            for part in seed.chunks_mut(8) {
                part.copy_from_slice(&RandomState::new().hash_one(0u8).to_ne_bytes());
            }
        }
        let mut rng = StdRng::from_seed(seed);
        let mut random = [0; 12];
        rng.fill_bytes(&mut random);
        Self {
            peer_id: PeerId::ours(random),
            bind,
            port,
            key: rng.next_u32(),
            trackers: tracker_client::Client::new(bind, authorities),
            buffers: RefCell::default(),
            unheard: Notify::new(),
            listener: RefCell::new(listener),
            rng: RefCell::new(rng),
            keys: Cell::new(0),
        }
    }

    /// A generator for one torrent.
    pub(super) fn rng(&self) -> StdRng {
        StdRng::from_rng(&mut self.rng.borrow_mut())
    }

    /// The number of the next connection.
    pub(super) fn next_key(&self) -> PeerKey {
        let key = self.keys.get();
        self.keys.set(key + 1);
        PeerKey(key)
    }

    /// Passes on a notice.
    pub(super) fn tell(&self, notice: Notice<'_>) {
        if self.listener.borrow_mut().hear(notice).is_break() {
            self.unheard.notify_one();
        }
    }
}
