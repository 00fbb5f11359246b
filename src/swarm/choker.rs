//! Whom we upload to: tit for tat while we download, turns while we seed (BEP 3).
//!
//! While downloading, the peers that gave most in the last rounds are unchoked and one more is
//! tried for thirty seconds, newcomers thrice as likely. A seed gets nothing to compare: there
//! everybody has a turn of a minute, and who has waited longest comes next; speed would feed
//! the same few for ever, and those who take most would be paid for it.

use super::PeerKey;
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::{Duration, Instant};

/// Between two choices.
pub(super) const ROUND: Duration = Duration::from_secs(10);

/// How long one peer is tried.
const TRIAL: Duration = Duration::from_secs(30);

/// How long a peer counts as new.
const NEW: Duration = Duration::from_secs(90);

/// How long a turn with a seed lasts, where others wait.
const TURN: Duration = Duration::from_secs(60);

/// What is known of a peer that is interested.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) key: PeerKey,
    /// Bytes that it gave us lately.
    pub(super) gave: u64,
    /// It owes us blocks and sends none.
    pub(super) snubbed: bool,
    /// Whether it is unchoked now.
    pub(super) unchoked: bool,
    /// When it was last choked or unchoked, or came.
    pub(super) since: Instant,
    pub(super) joined: Instant,
}

/// Chooses. Invariant: `trial` names the peer that was chosen without merit, until `trial_ends`.
#[derive(Debug)]
pub(super) struct Choker {
    trial: Option<PeerKey>,
    trial_ends: Instant,
}

impl Choker {
    pub(super) fn new(now: Instant) -> Self {
        Self { trial: None, trial_ends: now }
    }

    /// Those to be unchoked while we download, at most `slots`.
    pub(super) fn leech(
        &mut self,
        now: Instant,
        candidates: &mut [Candidate],
        slots: usize,
        rng: &mut StdRng,
    ) -> Vec<PeerKey> {
        candidates.sort_by_key(|c| (c.snubbed, std::cmp::Reverse((c.gave, c.unchoked)), c.joined));
        let merits = candidates.iter().filter(|c| !c.snubbed).take(slots.saturating_sub(1));
        let mut chosen: Vec<PeerKey> = merits.map(|c| c.key).collect();
        let rest = || candidates.iter().filter(|c| !chosen.contains(&c.key));
        let stays = now < self.trial_ends && rest().any(|c| Some(c.key) == self.trial);
        if !stays && slots > 0 {
            // The one that was just tried had its chance.
            let weight = |c: &Candidate| match now - c.joined < NEW {
                _ if Some(c.key) == self.trial => 0,
                true => 3,
                false => 1u32,
            };
            let sum: u32 = rest().map(weight).sum();
            let mut lot = rng.random_range(0..sum.max(1));
            let drawn = rest().find(|c| match lot.checked_sub(weight(c)) {
                Some(left) => {
                    lot = left;
                    false
                }
                None => true,
            });
            self.trial = drawn.or_else(|| rest().next()).map(|c| c.key);
            self.trial_ends = now + TRIAL;
        }
        chosen.extend(self.trial.filter(|_| slots > 0));
        chosen
    }

    /// Those to be unchoked while we seed, at most `slots`.
    pub(super) fn seed(
        &mut self,
        now: Instant,
        candidates: &mut [Candidate],
        slots: usize,
    ) -> Vec<PeerKey> {
        self.trial = None;
        candidates.sort_by_key(|c| match c.unchoked {
            true if now - c.since < TURN => (0, c.since, c.key),
            false => (1, c.since, c.key),
            true => (2, c.since, c.key),
        });
        candidates.iter().take(slots).map(|c| c.key).collect()
    }
}

/// How many peers to unchoke: as many as the rate feeds well, by its square root. Few under a
/// limit, so that each gets whole pieces soon and has something to trade.
pub(super) fn slots(limit: Option<u64>, measured: u64) -> usize {
    match limit.map_or(measured, |limit| limit.max(1)) / 1000 {
        0..=8 if limit.is_some() => 2,
        9..=14 if limit.is_some() => 3,
        15..=41 if limit.is_some() => 4,
        kilobytes => {
            let (weight, least) = if limit.is_some() { (0.05, 4.0) } else { (0.6, 8.0) };
            (kilobytes as f64 * weight).sqrt().clamp(least, 200.0) as usize
        }
    }
}

#[cfg(test)]
mod tests;
