//! What an operator's lists do to a shard: torrents that are remembered without peers, and those that
//! are forgotten with all of theirs.

use super::torrent::Cursor;
use super::{Registry, Rules};
use crate::torrent::InfoHash;
use crate::tracker::access::Hashes;
use std::sync::Arc;

impl Registry {
    /// Remembers these torrents and no others when nobody is left in them; gives the list before.
    pub(in crate::tracker) fn keep(&mut self, rules: &Rules, kept: Arc<Hashes>) -> Arc<Hashes> {
        let before = std::mem::replace(&mut self.kept, kept);
        let kept = &self.kept;
        self.torrents.retain(|torrent| {
            let stays = torrent.len() > 0 || kept.contains(torrent.hash);
            if !stays {
                rules.totals.end(torrent.size());
            }
            stays
        });
        self.recount(rules);
        before
    }

    /// Takes out all torrents but these, for the caller to drop.
    pub(in crate::tracker) fn retain(
        &mut self,
        rules: &Rules,
        stays: &dyn Fn(InfoHash) -> bool,
    ) -> impl Sized + use<> {
        let gone: Vec<_> = self.torrents.extract_if(|torrent| !stays(torrent.hash)).collect();
        for torrent in &gone {
            let size = torrent.size();
            rules.totals.end(size);
            self.peers -= size.peers;
        }
        // It may have been in the middle of one of them.
        self.cursor = Cursor::default();
        self.recount(rules);
        gone
    }
}
