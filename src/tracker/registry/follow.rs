//! A shard whose changes are noted from a copy of it on, and one that hears of them: so another
//! tracker comes to know what this one knows, while this one serves.

use super::{Drawn, Luck, Registry, Rules};
use crate::tracker::announce::{Event, Role};
use crate::tracker::changes::{Change, What};
use crate::tracker::swarms::{Ask, Families};

impl Registry {
    /// Notes each change from now on.
    pub(in crate::tracker) fn follow(&mut self) {
        self.changes = Some(Vec::new());
    }

    /// Notes none any more.
    pub(in crate::tracker) fn unfollow(&mut self) {
        self.changes = None;
    }

    /// The changes since the last call.
    pub(in crate::tracker) fn changes(&mut self) -> Vec<Change> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
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
        let (seed, event) = match what {
            What::Is(Role::Leecher) => (false, Event::Interval),
            What::Is(Role::PartialSeed) => (false, Event::Paused),
            What::Is(Role::Seed) | What::Completed => (true, Event::Interval),
            What::Gone => (false, Event::Stopped),
        };
        let (peers, families, ids) = (0, Families::Own, false);
        let ask = Ask { info_hash, address, peer_id, seed, event, peers, families, ids };
        self.announce(rules, hash, tick, &ask, luck, &mut Drawn::default());
        if what == What::Completed
            && let Some(place) = self.find(hash, info_hash)
            && let Some(torrent) = self.torrents.get_bucket_mut(place)
        {
            torrent.past.complete();
            if let Some(last) = self.changes.as_mut().and_then(|changes| changes.last_mut())
                && (last.info_hash, last.address) == (info_hash, address)
            {
                last.what = What::Completed;
            }
        }
    }
}
