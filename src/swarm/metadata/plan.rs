//! Who is asked for what, and what comes of it.

#![deny(clippy::indexing_slicing)]

use super::assembly::Assembly;
use super::source::{Asked, Source};
use super::{Metadata, Plan};
use crate::swarm::{Action, Event, PeerKey, Trouble};
use crate::wire::{Message, MetadataMessage};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Pieces asked of one peer at once.
pub(super) const PIPELINE: usize = 4;

/// A piece that was asked for and has not come in this time is asked of another peer too.
pub(super) const HURRY: Duration = Duration::from_secs(3);

/// After so long, peers that name different sizes are asked each for itself.
pub(super) const TOGETHER: Duration = Duration::from_secs(20);

/// A peer that is asked alone makes room for one that waits after so long; doubles with each try.
const ALONE: Duration = Duration::from_secs(60);

/// Peers that are asked alone at once; what they give is held for each.
pub(super) const SOLOISTS: usize = 3;

impl Metadata {
    /// Decides what is collected from whom, and asks.
    pub(super) fn plan(&mut self, now: Instant, out: &mut Vec<Action>) {
        if self.info.is_some() {
            return;
        }
        match &self.plan {
            Plan::Together(shared) => {
                let size = self.favourite(shared.as_ref().map(|shared| shared.size));
                let held = shared.as_ref().map(|shared| (shared.size, shared.began));
                match (held, size) {
                    (Some((size, began)), _)
                        if now - began >= TOGETHER
                            && self
                                .sources
                                .values()
                                .any(|s| s.offers().is_some_and(|s| s != size)) =>
                    {
                        self.separate();
                    }
                    (held, Some(size)) if held.is_none_or(|(held, _)| held != size) => {
                        self.round += 1;
                        self.plan = Plan::Together(Some(Assembly::new(size, now)));
                    }
                    _ => {}
                }
            }
            Plan::Alone => {}
        }
        if matches!(self.plan, Plan::Alone) {
            self.choose(now);
        }
        let keys: Vec<PeerKey> = self.sources.keys().copied().collect();
        keys.into_iter().for_each(|key| self.refill(now, key, out));
    }

    /// The size that most peers name; the one that is being collected where as many name it.
    fn favourite(&self, held: Option<u32>) -> Option<u32> {
        let mut votes: HashMap<u32, (usize, bool)> = HashMap::new();
        for size in self.sources.values().filter_map(Source::offers) {
            let vote = votes.entry(size).or_insert((0, held == Some(size)));
            vote.0 += 1;
        }
        votes.into_iter().max_by_key(|(size, vote)| (*vote, *size)).map(|(size, _)| size)
    }

    /// Picks those who are asked alone: who was not part of a failure first.
    fn choose(&mut self, now: Instant) {
        let waits = |source: &Source| source.own.is_none() && source.may_be_asked(now);
        let waiting = self.sources.values().filter(|source| waits(source)).count();
        let mut free = SOLOISTS;
        for source in self.sources.values_mut() {
            let Some(own) = &source.own else { continue };
            let limit = ALONE * (1 << source.failures.min(6));
            if waiting > 0 && now - own.began >= limit {
                source.own = None;
                source.failures += 1;
            } else {
                free = free.saturating_sub(1);
            }
        }
        for _ in 0..free {
            let waiting = self.sources.iter_mut().filter(|(_, source)| waits(source));
            let next = waiting.min_by_key(|(key, source)| (source.failures, **key));
            let Some((_, source)) = next else { break };
            source.own = source.offers().map(|size| Assembly::new(size, now));
        }
    }

    /// Asks a peer for what is missing, as far as its pipeline goes.
    pub(super) fn refill(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let round = self.round;
        let mut underway: HashMap<u32, usize> = HashMap::new();
        if let Plan::Together(_) = self.plan {
            let asked = self.sources.values().flat_map(|source| &source.asked);
            for asked in asked.filter(|asked| asked.round == round && now - asked.at < HURRY) {
                *underway.entry(asked.piece).or_default() += 1;
            }
        }
        let Some(source) = self.sources.get_mut(&key) else { return };
        let assembly = match &self.plan {
            Plan::Together(shared) => shared.as_ref(),
            Plan::Alone => source.own.as_ref(),
        };
        let Some(assembly) = assembly else { return };
        if self.info.is_some()
            || !source.may_be_asked(now)
            || source.offers() != Some(assembly.size)
        {
            return;
        }
        let room = PIPELINE.saturating_sub(source.asked.len());
        let asked_already = |piece| source.asked.iter().any(|asked| asked.piece == piece);
        let free = |piece: &u32| !underway.contains_key(piece) && !asked_already(*piece);
        let picks: Vec<u32> = assembly.missing().filter(free).take(room).collect();
        let id = source.metadata_id;
        for piece in picks {
            source.asked.push(Asked { piece, at: now, round });
            source.last_sent = now;
            let payload = MetadataMessage::Request(piece).encode();
            out.push(Action::Send(key, Message::Extended { id, payload }));
        }
    }

    /// The last piece has come: either this is the metadata, or somebody lied.
    pub(super) fn whole(&mut self, now: Instant, key: PeerKey, out: &mut Vec<Action>) {
        let assembly = match &mut self.plan {
            Plan::Together(shared) => shared.take(),
            Plan::Alone => self.sources.get_mut(&key).and_then(|source| source.own.take()),
        };
        let Some(assembly) = assembly else { return };
        match assembly.judge(self.config.info_hash) {
            Ok(info) => {
                self.info = Some(info);
                out.push(Action::Event(Event::Finished));
            }
            Err(givers) => {
                let addresses = givers.iter().map(|(_, address)| *address).collect();
                out.push(Action::Event(Event::MetadataFailed(addresses)));
                if let [(liar, address)] = *givers {
                    self.addresses.ban(address);
                    out.push(Action::Event(Event::Banned(address)));
                    self.hang_up(now, liar, Trouble::Corrupt, out);
                } else {
                    for (giver, _) in givers {
                        if let Some(source) = self.sources.get_mut(&giver) {
                            source.failures += 1;
                        }
                    }
                    self.separate();
                }
                self.plan(now, out);
            }
        }
    }

    /// From now on each gives all of it alone.
    fn separate(&mut self) {
        self.plan = Plan::Alone;
        self.round += 1;
    }
}
