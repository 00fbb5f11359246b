//! One swarm of browsers: its leechers, then its seeds, and where each is.

use super::{Joining, Member};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::http::Counts;
use hashbrown::HashMap;
use rand::{Rng, RngExt};
use std::cmp::Reverse;

/// Members that are looked at to rank a swarm.
const MEMBERS_RANKED: usize = 8;

/// A swarm.
#[derive(Debug)]
pub(super) struct Torrent {
    pub(super) hash: InfoHash,
    /// The leechers, then the seeds.
    members: Vec<Member>,
    leechers: usize,
    /// Where each is.
    places: HashMap<PeerId, usize>,
    downloaded: u32,
}

impl Torrent {
    pub(super) fn new(hash: InfoHash) -> Self {
        let (members, places) = (Vec::new(), HashMap::new());
        Self { hash, members, leechers: 0, places, downloaded: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// How soon it makes way: the highest first.
    pub(super) fn rank(&self) -> (u16, Reverse<usize>) {
        let siblings = self.members.iter().take(MEMBERS_RANKED).map(|member| member.siblings);
        (siblings.min().unwrap_or(u16::MAX), Reverse(self.members.len()))
    }

    pub(super) fn counts(&self) -> Counts {
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        Counts {
            complete: count(self.members.len() - self.leechers),
            incomplete: count(self.leechers),
            partial: 0,
            downloaded: self.downloaded,
        }
    }

    pub(super) fn find(&self, id: PeerId) -> Option<(usize, Member)> {
        let place = *self.places.get(&id)?;
        self.members.get(place).map(|member| (place, *member))
    }

    pub(super) fn enter(&mut self, joining: &Joining) {
        let place = self.members.len();
        self.members.push(Member::of(joining));
        self.places.insert(joining.id, place);
        if !joining.seed {
            // The first seed makes way.
            self.swap(place, self.leechers);
            self.leechers += 1;
        }
        // Who is new here downloaded it elsewhere.
    }

    /// Who said to lack something may have all of it now; a seed stays one, unless it says otherwise.
    pub(super) fn renew(&mut self, place: usize, joining: &Joining) {
        if let Some(member) = self.members.get_mut(place) {
            *member = Member::of(joining);
        }
        let was_seed = place >= self.leechers;
        match (was_seed, joining.seed) {
            (false, true) => {
                self.leechers -= 1;
                self.swap(place, self.leechers);
                if joining.completed {
                    self.downloaded = self.downloaded.saturating_add(1);
                }
            }
            (true, false) => {
                self.swap(place, self.leechers);
                self.leechers += 1;
            }
            _ => {}
        }
    }

    pub(super) fn remove(&mut self, mut place: usize) {
        if place < self.leechers {
            self.leechers -= 1;
            self.swap(place, self.leechers);
            place = self.leechers;
        }
        self.swap(place, self.members.len() - 1);
        if let Some(gone) = self.members.pop() {
            self.places.remove(&gone.id);
        }
        if self.members.capacity() > 64 && self.members.len() < self.members.capacity() / 4 {
            self.members.shrink_to(self.members.len() * 2);
            self.places.shrink_to(self.members.len() * 2);
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a != b {
            self.members.swap(a, b);
            self.places.insert(self.members[a].id, a);
            self.places.insert(self.members[b].id, b);
        }
    }

    /// Draws `peers` different ones without who asks (Floyd's algorithm: a random number each).
    pub(super) fn draw(&self, asker: &Joining, rng: &mut impl Rng, drawn: &mut Vec<Member>) {
        let all = if asker.leechers_only { self.leechers } else { self.members.len() };
        let own = self.places.get(&asker.id).copied().filter(|own| *own < all);
        let others = all - usize::from(own.is_some());
        let mut chosen: Vec<usize> = Vec::with_capacity(asker.peers.min(others));
        for last in others - asker.peers.min(others)..others {
            let one = rng.random_range(0..=last);
            chosen.push(if chosen.contains(&one) { last } else { one });
        }
        let past = |one: usize| one + usize::from(own.is_some_and(|own| one >= own));
        drawn.extend(chosen.into_iter().map(|one| self.members[past(one)]));
    }
}
