//! Whether what is stored is what a torrent says, file by file.
//!
//! First a [`Survey`] looks at sizes. Then every piece of which no byte is missing is hashed; what
//! came of it is kept a byte a piece ([`Outcomes`]), and a [`Report`] says what that means for a file
//! when it is asked. Nothing here prints.

mod extra;
mod find;
mod outcome;
mod place;
mod repair;
mod report;
mod survey;

pub use extra::extra;
pub use find::Candidates;
pub use outcome::{Outcome, Outcomes};
pub use place::{How, Placed, place};
pub use repair::{Local, Repaired, Source, SourceError};
pub use report::{FileReport, Part, Report, State};
pub use survey::{Found, Note, Survey};

use super::hash::{self, Observer, PieceHash, Reader, Settings, Wanted, Work};
use super::{Error, Files};
use crate::torrent::{Metainfo, PieceIndex, Pieces};
use report::{real_spans, touched};
use std::collections::BTreeMap;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Who watches hashing, and may end it.
#[derive(Debug)]
pub struct Watch<A> {
    /// Is told each number of bytes that was judged, by all threads.
    pub advanced: A,
    /// Set by the watcher: hashing ends soon.
    pub cancelled: AtomicBool,
}

impl<A: Fn(u64) + Sync> Watch<A> {
    /// Tells `advanced`.
    pub fn new(advanced: A) -> Self {
        Self { advanced, cancelled: AtomicBool::new(false) }
    }
}

/// A torrent beside what is stored of it, and what is known by now.
#[derive(Debug)]
pub struct Verification<'a> {
    metainfo: &'a Metainfo,
    survey: Survey,
    outcomes: Outcomes,
    found_at: BTreeMap<usize, PathBuf>,
}

impl<'a> Verification<'a> {
    /// Looks at sizes, with so many threads at most.
    pub fn survey(metainfo: &'a Metainfo, files: &Files, threads: NonZero<usize>) -> Self {
        let made = metainfo.creation_date.and_then(|date| {
            let since = std::time::Duration::from_secs(u64::try_from(date).ok()?);
            std::time::UNIX_EPOCH.checked_add(since)
        });
        let survey = Survey::of(files, made, threads);
        let outcomes = Outcomes::new(metainfo.pieces.map_or(0, Pieces::count));
        Self { metainfo, survey, outcomes, found_at: BTreeMap::new() }
    }

    /// What is known of the files.
    pub fn report(&self) -> Report<'_> {
        let Self { metainfo, survey, outcomes, found_at } = self;
        Report { layout: &metainfo.layout, survey, pieces: metainfo.pieces, outcomes, found_at }
    }

    /// Where files are that were found in other places than theirs, by their numbers.
    pub fn found_at(&self) -> &BTreeMap<usize, PathBuf> {
        &self.found_at
    }

    /// Takes note of the pieces that are not all there. How many bytes the others have, those that
    /// [`hash`](Self::hash) will read.
    pub fn to_hash(&self) -> u64 {
        (0..self.metainfo.layout.len()).for_each(|file| self.mark_absent(file));
        let Some(pieces) = self.metainfo.pieces else { return 0 };
        let unknown = self.outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Unknown);
        unknown.map(|(piece, _)| u64::from(pieces.length(piece))).sum()
    }

    /// Hashes every piece of which nothing is known. A file that can't be read does not end it.
    ///
    /// # Errors
    /// None that a file is to blame for.
    pub fn hash<A: Fn(u64) + Sync>(
        &mut self,
        files: &Files,
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<(), Error> {
        let Some(pieces) = self.metainfo.pieces else { return Ok(()) };
        if self.to_hash() == 0 {
            return Ok(());
        }
        let errors = Mutex::new(Vec::new());
        let metainfo = self.metainfo;
        let judge = Judge { metainfo, outcomes: &self.outcomes, errors: &errors, watch };
        let work = Work { pieces, wanted: wanted(metainfo), files: None };
        hash::run(&work, settings, || files.reader(), &judge)?;
        for (piece, error) in errors.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.blame(files, pieces, piece, error);
        }
        Ok(())
    }

    /// A piece could not be read: says which file is to blame. One that shrank or went meanwhile is
    /// as it is now.
    fn blame(&mut self, files: &Files, pieces: Pieces, piece: PieceIndex, error: Error) {
        let mut spans = real_spans(&self.metainfo.layout, pieces, piece).map(|span| span.file);
        let Some(file) = spans.find(|&file| files.read_path(file) == error.path) else {
            return;
        };
        match error.source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => {
                let now =
                    error.path.metadata().map_or(Found::Nothing, |now| Found::File(now.len()));
                self.survey.set(file, now);
                self.outcomes.set(piece, Outcome::Absent);
                self.mark_absent(file);
            }
            _ => self.survey.unreadable(file, error),
        }
    }

    /// The pieces that lack a byte of this file need not be read.
    fn mark_absent(&self, file: usize) {
        let (Some(range), Some(pieces)) = (self.metainfo.layout.range(file), self.metainfo.pieces)
        else {
            return;
        };
        let (there, outcome) = match self.survey.found(file) {
            Found::File(there) => (there, Outcome::Absent),
            Found::Unreadable => (0, Outcome::Unreadable),
            _ => (0, Outcome::Absent),
        };
        let from = range.start.saturating_add(there).min(range.end);
        for piece in touched(pieces, &(from..range.end)) {
            self.outcomes.set(piece, outcome);
        }
    }
}

/// Which hashes the torrent gives.
fn wanted(metainfo: &Metainfo) -> Wanted<'_> {
    match (metainfo.v1, metainfo.v2) {
        (Some(_), Some(_)) => Wanted::Hybrid(&metainfo.layout),
        (None, Some(_)) => Wanted::V2(&metainfo.layout),
        _ => Wanted::V1,
    }
}

/// What a piece's hashes say.
fn judge(metainfo: &Metainfo, piece: PieceIndex, hash: &PieceHash) -> Outcome {
    let v1 = metainfo.hash(piece).map(|expected| hash.v1.as_ref() == Some(expected));
    let v2 = metainfo.hash_v2(piece).map(|expected| hash.v2.as_ref() == Some(expected));
    Outcome::of(v1, v2)
}

/// What the hashes of one piece say, read by this reader; `None` where it can't be read.
fn one_piece(
    metainfo: &Metainfo,
    pieces: Pieces,
    piece: PieceIndex,
    reader: &mut impl Reader,
) -> Option<Outcome> {
    let work = Work { pieces, wanted: wanted(metainfo), files: None };
    let one = Settings::threads(NonZero::<usize>::MIN);
    hash::piece(&work, &one, reader, piece).ok()?.map(|hash| judge(metainfo, piece, &hash))
}

/// Takes note of what the threads find.
struct Judge<'a, A> {
    metainfo: &'a Metainfo,
    outcomes: &'a Outcomes,
    errors: &'a Mutex<Vec<(PieceIndex, Error)>>,
    watch: &'a Watch<A>,
}

/// So many errors are kept; a disk that fails has one for each of a million pieces.
const ERRORS: usize = 10_000;

impl<A: Fn(u64) + Sync> Observer for Judge<'_, A> {
    fn wants(&self, piece: PieceIndex) -> bool {
        self.outcomes.get(piece) == Outcome::Unknown
    }

    fn advanced(&self, read: u64, zeros: u64) {
        (self.watch.advanced)(read.saturating_add(zeros));
    }

    fn done(&self, piece: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error> {
        match result {
            Ok(hash) => self.outcomes.set(piece, judge(self.metainfo, piece, &hash)),
            Err(error) => {
                self.outcomes.set(piece, Outcome::Unreadable);
                let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
                if errors.len() < ERRORS {
                    errors.push((piece, error));
                }
            }
        }
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
