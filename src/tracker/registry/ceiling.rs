//! Who makes way where there is no room for a newcomer.
//!
//! Of the torrents at some places of the shard, side by side from one on that is drawn, one goes:
//!
//! - first those to which nobody has come back yet: no peer of theirs has announced again a
//!   quarter of the interval after it did before. A flood of info-hashes is that, and so
//!   it drives out itself, however many addresses it comes from;
//! - among these, and where there are none among the others, the one that has been silent the longest.
//!   A swarm of more than one network counts as silent for half as long as it is, a large one
//!   for an eighth: who holds memory by torrents of many hosts has to announce as often as everybody.
//!
//! Room is that of all shards together, so one in which nobody has come just now, or hardly anybody is,
//! does not give up whom others came back to while there is somebody in another shard who makes way
//! first ([`super::standing`] says where, and of a shard that has a few of them [`super::fresh`] which).
//! Shards are only ever tried for, never waited for: a thread holds one already.
//!
//! Never one that the operator listed, nor that of the newcomer itself; and a torrent to which nobody has
//! come back does not grow beyond [`RUSH`] peers at the cost of one to which somebody has. So a newcomer is
//! hardly ever turned away, and each costs the same few looks; what is large is dropped where nobody waits for it.

use super::clock::Patience;
use super::draw::Luck;
use super::fresh::KNOWN;
use super::peers::{Peers, Shape};
use super::rules::Newcomer;
use super::standing::{Board, Shard};
use super::torrent::{OfFamily, Torrent};
use super::{Registry, Rules};
use std::sync::MutexGuard;

/// Places looked at for a torrent that makes way; half of them or more are taken. Side by side they
/// are one look at memory, and who is beside whom is as chance has it.
const LOOKS: usize = 32;
/// Places looked at for one to which nobody has come back, where the shard has any.
const LOOKS_MOST: usize = 16 * LOOKS;
/// Torrents of which the first makes way; where a shard has fewer, others are looked at too, and where it
/// has none to which nobody has come back, those that have.
const LOOKED_AT_LEAST: usize = 16;
/// So many are enough where none of them is passing, though the shards have some.
const LOOKED_AT_MOST: usize = 4 * LOOKED_AT_LEAST;
/// And no more shards than that.
const SHARDS_MOST: usize = 32;
/// Peers of a torrent to which nobody has come back yet, from which on one more drives out none to which
/// somebody has: they may all be one host.
const RUSH: usize = 64;
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

/// Whom a look at a shard has found.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// Who is to make way, and its place.
    first: Option<(Rank, usize)>,
    /// Torrents that might.
    looked_at: usize,
}

impl Found {
    fn is_passing(&self) -> bool {
        self.first.is_some_and(|(rank, _)| rank.passing)
    }
}

/// Whom a look at several shards has found.
struct Elsewhere<'a> {
    found: Found,
    /// The shard that has it; none, where that is the own one.
    holder: Option<MutexGuard<'a, Registry>>,
}

impl<'a> Elsewhere<'a> {
    /// Looks at other shards, of those on a board, too.
    fn look(&mut self, own: &Registry, rules: &'a Rules, board: &Board, luck: &mut Luck) {
        let seeks_passing = std::ptr::eq(board, &rules.boards.passing);
        let shards = board.from(luck).filter(|&at| at != own.standing.shard);
        for at in shards.take(SHARDS_MOST) {
            let Some(mut shard) = rules.shards.get(at).and_then(Shard::try_lock) else { continue };
            // Its clock may be ahead.
            let patience = shard.advance(rules, own.tick);
            let found = shard.find_first(rules, None, patience, luck);
            self.found.looked_at += found.looked_at;
            let rank = |found: &Found| found.first.map(|(rank, _)| rank);
            if rank(&found) > rank(&self.found) {
                self.found.first = found.first;
                self.holder = Some(shard);
            }
            let enough = match seeks_passing && !self.found.is_passing() {
                true => LOOKED_AT_MOST,
                false => LOOKED_AT_LEAST,
            };
            if self.found.looked_at >= enough {
                break;
            }
        }
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
            if !self.make_way(rules, spared, patience, luck) {
                return false;
            }
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

    /// Has one torrent make way.
    #[cold]
    fn make_way(
        &mut self,
        rules: &Rules,
        spared: Option<usize>,
        patience: Patience,
        luck: &mut Luck,
    ) -> bool {
        let own = self.find_first(rules, spared, patience, luck);
        let mut found = Elsewhere { found: own, holder: None };
        if !own.is_passing() || own.looked_at < LOOKED_AT_LEAST {
            found.look(self, rules, &rules.boards.passing, luck);
        }
        if !found.found.is_passing() && found.found.looked_at < LOOKED_AT_LEAST {
            found.look(self, rules, &rules.boards.settled, luck);
        }
        if !found.found.is_passing() && spared.is_some_and(|place| self.is_rushed_to(place)) {
            return false;
        }
        match (found.holder, found.found.first) {
            (_, None) => return false,
            (None, Some((_, place))) => self.end(rules, place),
            (Some(mut shard), Some((_, place))) => {
                shard.end(rules, place);
                self.gone.append(&mut shard.gone);
            }
        }
        rules.totals.evict();
        true
    }

    /// Whether a torrent to which nobody has come back yet has grown large.
    fn is_rushed_to(&self, place: usize) -> bool {
        let torrent = self.torrents.get_bucket(place);
        torrent.is_some_and(|it| !it.past.has_returned() && it.len() >= RUSH)
    }

    /// Who of this shard is to make way first: of all that are passing, where they are few and known,
    /// else of some that are drawn.
    fn find_first(
        &mut self,
        rules: &Rules,
        spared: Option<usize>,
        patience: Patience,
        luck: &mut Luck,
    ) -> Found {
        if self.standing.is_empty() {
            return Found::default();
        }
        let passing = self.standing.passing();
        let mut looks = if passing > 0 { LOOKS_MOST } else { LOOKS };
        if (1..=KNOWN).contains(&passing) {
            let (found, known) = self.find_known(rules, spared, patience);
            if known == passing {
                if found.looked_at > 0 {
                    return found;
                }
                looks = LOOKS;
            }
        }
        let mut found = self.find_drawn(looks, spared, patience, luck);
        if passing > KNOWN && !found.is_passing() {
            // Too many to be known all, and too few to be met.
            let (known, _) = self.find_known(rules, spared, patience);
            found.looked_at += known.looked_at;
            found.first = found.first.max(known.first);
        }
        if let Some((Rank { passing: true, .. }, place)) = found.first
            && let Some(torrent) = self.torrents.get_bucket(place)
            && !torrent.past.has_returned()
        {
            self.fresh.put(torrent.hash);
        }
        found
    }

    /// Looks at those that are known to be passing; how many that are, with those that cannot make way now.
    fn find_known(
        &self,
        rules: &Rules,
        spared: Option<usize>,
        patience: Patience,
    ) -> (Found, usize) {
        let (mut found, mut known) = (Found::default(), 0);
        for info_hash in self.fresh.all() {
            let Some(place) = self.find(rules.hash(&info_hash), info_hash) else { continue };
            let Some(torrent) = self.torrents.get_bucket(place) else { continue };
            if torrent.past.has_returned() || self.kept.contains(info_hash) {
                continue;
            }
            known += 1;
            if let Some(rank) = torrent.rank(patience).filter(|_| Some(place) != spared) {
                found.looked_at += 1;
                found.first = found.first.max(Some((rank, place)));
            }
        }
        (found, known)
    }

    /// Looks at so many places from one on that is drawn.
    fn find_drawn(
        &self,
        looks: usize,
        spared: Option<usize>,
        patience: Patience,
        luck: &mut Luck,
    ) -> Found {
        let mut found = Found::default();
        let places = self.torrents.num_buckets();
        let start = luck.below(places);
        for (look, place) in (start..places).chain(0..start).take(looks).enumerate() {
            // Those who were silent the longest of the first to be seen.
            if look >= LOOKS && look % LOOKS == 0 && found.is_passing() {
                break;
            }
            let Some(torrent) = self.torrents.get_bucket(place) else { continue };
            if Some(place) == spared || look >= LOOKS && torrent.past.has_returned() {
                continue;
            }
            if let Some(rank) = torrent.rank(patience)
                && !self.kept.contains(torrent.hash)
            {
                found.looked_at += 1;
                found.first = found.first.max(Some((rank, place)));
            }
        }
        found
    }
}
