//! All that was found out about one torrent's data.

use crate::store::Files;
use crate::store::verify::{Note, Outcome, Placed, Repaired, Report, State, Verification};
use crate::torrent::Metainfo;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The verdict, and what was done about it.
pub(super) struct Verdict<'a> {
    /// The torrent as the user named it.
    pub(super) torrent: String,
    pub(super) metainfo: &'a Metainfo,
    pub(super) files: &'a Files,
    pub(super) verification: Verification<'a>,
    /// Whether the data was read, not only looked at.
    pub(super) hashed: bool,
    /// What is in the folder too; `None` where nobody looked.
    pub(super) extra: Option<Vec<PathBuf>>,
    pub(super) repaired: Option<Repaired>,
    /// What became of files that were to be put somewhere.
    pub(super) placed: BTreeMap<usize, Placed>,
    /// Files that were written after the torrent was made.
    pub(super) newer: usize,
    /// Bytes that were hashed at first, and how long that took.
    pub(super) read: u64,
    pub(super) took: Duration,
}

/// How many pieces are how.
#[derive(Default, Serialize)]
pub(super) struct PieceCounts {
    pub(super) total: u32,
    pub(super) good: u32,
    pub(super) bad: u32,
    pub(super) disputed: u32,
    pub(super) absent: u32,
    pub(super) unreadable: u32,
}

/// How many files are how, and what that means.
pub(super) struct Tally {
    /// In the order of [`State::ALL`].
    pub(super) counts: [usize; State::ALL.len()],
    /// Nothing is wrong.
    pub(super) right: bool,
}

impl Tally {
    /// Files in that state.
    pub(super) fn of(&self, state: State) -> usize {
        self.counts.get(state as usize).copied().unwrap_or(0)
    }

    /// Files that are not right.
    pub(super) fn wrong(&self) -> usize {
        let total: usize = self.counts.iter().sum();
        total - self.of(State::Ok) - self.of(State::Found)
    }
}

impl Verdict<'_> {
    pub(super) fn report(&self) -> Report<'_> {
        self.verification.report()
    }

    /// Goes through all files.
    pub(super) fn tally(&self) -> Tally {
        let mut counts = [0; State::ALL.len()];
        for file in self.report().files() {
            if let Some(count) = counts.get_mut(file.state as usize) {
                *count += 1;
            }
        }
        let mut tally = Tally { counts, right: false };
        tally.right = tally.wrong() == 0
            && self.extra.as_ref().is_none_or(Vec::is_empty)
            && !self.placed.values().any(|placed| *placed == Placed::InTheWay);
        tally
    }

    pub(super) fn pieces(&self) -> PieceCounts {
        let mut counts = PieceCounts::default();
        for (_, outcome) in self.report().outcomes.iter() {
            counts.total += 1;
            match outcome {
                Outcome::Unknown => {}
                Outcome::Good => counts.good += 1,
                Outcome::Bad => counts.bad += 1,
                Outcome::Disputed => counts.disputed += 1,
                Outcome::Absent => counts.absent += 1,
                Outcome::Unreadable => counts.unreadable += 1,
            }
        }
        counts
    }

    pub(super) fn count_newer(verification: &Verification<'_>) -> usize {
        let report = verification.report();
        let newer = |file: &usize| report.survey.notes(*file).contains(&Note::Newer);
        (0..report.layout.len()).filter(newer).count()
    }
}
