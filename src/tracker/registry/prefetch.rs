//! Looking ahead: memory is read that an announce is about to need, so that it is in the caches by then.

use super::Registry;
use super::entry::{Entry, V4, V6, pack_v4, pack_v6};
use super::rules::Rules;
use crate::torrent::InfoHash;
use std::hint::black_box;
use std::net::{IpAddr, SocketAddr};

impl Registry {
    /// Reads where a torrent most likely is, for the caches.
    pub(in crate::tracker) fn prefetch_torrent(&self, hash: u64) {
        let place = hash as usize & self.torrents.num_buckets().wrapping_sub(1);
        black_box(self.torrents.get_bucket(place).map(|torrent| torrent.past));
    }

    /// Reads where a peer is or would be, for the caches.
    pub(in crate::tracker) fn prefetch_peer(
        &self,
        rules: &Rules,
        hash: u64,
        info_hash: InfoHash,
        address: SocketAddr,
    ) {
        let torrent = self.torrents.find(hash, |torrent| torrent.hash == info_hash);
        let Some(torrent) = torrent else { return };
        let (port, hasher) = (address.port(), &rules.hasher);
        match address.ip() {
            IpAddr::V4(ip) => torrent.v4.prefetch(&V4::new(pack_v4(ip, port), 0), hasher),
            IpAddr::V6(ip) => {
                let peer = V6::new(pack_v6(ip, port), 0);
                torrent.v6().into_iter().for_each(|v6| v6.prefetch(&peer, hasher));
            }
        }
    }
}
