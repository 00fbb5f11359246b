//! Who makes way where there is no room for a newcomer.
//!
//! Of the torrents at some places of the shard, side by side from one on that is drawn, one goes:
//!
//! - first those to which nobody has come back yet: no peer of theirs has announced again a
//!   quarter of the interval after it did before. A flood of info-hashes is that, and so
//!   it drives out itself, however many addresses it comes from;
//! - among these, and where none is seen among the others, the one that has been silent the longest.
//!   A swarm of more than one network counts as silent for half as long as it is, a large one
//!   for an eighth: who holds memory by torrents of many hosts has to announce as often as everybody.
//!
//! Never one that the operator listed, nor that of the newcomer itself. So a newcomer is hardly ever
//! turned away, and each costs the same few looks; what is large is dropped where nobody waits for it.

use super::clock::Patience;
use super::draw::Luck;
use super::peers::{Peers, Shape};
use super::rules::Newcomer;
use super::torrent::{OfFamily, Torrent};
use super::{Registry, Rules};

/// Places looked at for a torrent that makes way; half of them or more are taken. Side by side they
/// are one look at memory, and who is beside whom is as chance has it.
const LOOKS: usize = 32;
/// Torrents that one newcomer may drive out.
const EVICTED_MOST: usize = 8;

/// How soon a torrent makes way: the highest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Rank {
    /// Nobody has come back to it.
    passing: bool,
    /// Ticks, fewer the more hosts there are.
    silence: u16,
}

/// What some peers of one family have in common.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Ticks since one of them was heard of.
    silence: u16,
    /// By how much less that counts.
    divisor: u16,
}

impl Look {
    /// Of peers of both families: one of each may be one host.
    fn join(self, other: Self) -> Self {
        Self { silence: self.silence.min(other.silence), divisor: self.divisor.max(other.divisor) }
    }
}

/// None where there is nobody.
fn look<E: OfFamily>(peers: &Peers<E>, patience: Patience) -> Option<Look> {
    match peers.shape() {
        Shape::Row(seeds, leechers) => look_at(seeds.iter().chain(leechers), 2, patience),
        Shape::Sets(seeds, leechers) => look_at(seeds.some().chain(leechers.some()), 8, patience),
    }
}

/// `divisor` is that of peers of several networks.
fn look_at<'a, E: OfFamily + 'a>(
    mut peers: impl Iterator<Item = &'a E>,
    divisor: u16,
    patience: Patience,
) -> Option<Look> {
    let first = peers.next()?;
    let mut look = Look { silence: patience.age(first.seen()), divisor: 1 };
    for peer in peers {
        look.silence = look.silence.min(patience.age(peer.seen()));
        if !peer.near(first) {
            look.divisor = divisor;
        }
    }
    Some(look)
}

impl Torrent {
    /// How soon it makes way, where it may.
    fn rank(&self, patience: Patience) -> Option<Rank> {
        let looks = [look(&self.v4, patience), self.v6().and_then(|v6| look(v6, patience))];
        let Look { silence, divisor } = looks.into_iter().flatten().reduce(Look::join)?;
        // All of a small swarm may be gone already.
        let passing = !self.past.has_returned() || silence > patience.timeout;
        Some(Rank { passing, silence: silence / divisor })
    }
}

impl Registry {
    /// Torrents that take long to drop: to be dropped where nobody waits any more.
    pub(in crate::tracker) fn take_gone(&mut self) -> impl Sized + use<> {
        std::mem::take(&mut self.gone)
    }

    /// Whether there is room for a newcomer; if need be in the place of others, but not of the
    /// torrent at `spared`.
    pub(super) fn make_room(
        &mut self,
        rules: &Rules,
        newcomer: Newcomer,
        spared: Option<usize>,
        patience: Patience,
        luck: &mut Luck,
    ) -> bool {
        for _ in 0..EVICTED_MOST {
            if !rules.full(newcomer) {
                return true;
            }
            let places = self.torrents.num_buckets();
            let start = luck.below(places);
            let looks = (start..places).chain(0..start).take(LOOKS);
            let ranks = looks.filter(|&place| Some(place) != spared).filter_map(|place| {
                let torrent = self.torrents.get_bucket(place)?;
                let rank = torrent.rank(patience)?;
                (!self.kept.contains(torrent.hash)).then_some((rank, place))
            });
            let Some((_, place)) = ranks.max() else { return false };
            self.end(rules, place);
        }
        !rules.full(newcomer)
    }

    /// The same for a newcomer that is kept elsewhere.
    pub(in crate::tracker) fn make_room_beside(
        &mut self,
        rules: &Rules,
        newcomer: Newcomer,
        tick: u32,
        luck: &mut Luck,
    ) -> bool {
        let patience = self.advance(rules, tick);
        self.make_room(rules, newcomer, None, patience, luck)
    }
}
