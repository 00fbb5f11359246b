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
use super::{Error, Files, Sight};
use crate::torrent::{Metainfo, PieceIndex, Pieces};
use report::{real_spans, touched};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use survey::Sightings;

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
        let survey = Survey::of(files, made(metainfo), threads);
        let outcomes = Outcomes::new(metainfo.pieces.map_or(0, Pieces::count));
        Self { metainfo, survey, outcomes, found_at: BTreeMap::new() }
    }

    /// Hashes every piece, and looks only at those files that were not opened for that. What is
    /// found out is the same as by a [`survey`](Self::survey) and [`hash`](Self::hash), but pieces
    /// that are not all there may be read in part. Says how many bytes those have that are.
    ///
    /// # Errors
    /// None that a file is to blame for.
    pub fn at_once<A: Fn(u64) + Sync>(
        metainfo: &'a Metainfo,
        files: &Files,
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<(Self, u64), Error> {
        let sightings = Sightings::new(files, made(metainfo));
        let outcomes = Outcomes::new(metainfo.pieces.map_or(0, Pieces::count));
        let survey = Survey::default();
        let mut this = Self { metainfo, survey, outcomes, found_at: BTreeMap::new() };
        let sight = |file: usize, there: &Metadata| sightings.sight(file, there);
        let mut errors = this.run(files, settings, watch, Some(&sight))?;
        this.survey = Survey::beside(&sightings, settings.threads);
        // Where a byte is missing, that is what is told of the piece, and no error.
        errors.iter().for_each(|(piece, _)| this.outcomes.set(*piece, Outcome::Unknown));
        this.mark_all_absent();
        let absent = |outcome| matches!(outcome, Outcome::Absent | Outcome::Unreadable);
        let there = this.length_of(|outcome| !absent(outcome));
        errors.retain(|(piece, _)| !absent(this.outcomes.get(*piece)));
        errors.iter().for_each(|(piece, _)| this.outcomes.set(*piece, Outcome::Unreadable));
        // Left are those of files that came only after they had been looked for.
        this.hash(files, settings, watch)?;
        this.blame_all(files, errors);
        Ok((this, there))
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
        self.mark_all_absent();
        self.length_of(|outcome| outcome == Outcome::Unknown)
    }

    /// Bytes of the pieces of such outcomes.
    fn length_of(&self, such: impl Fn(Outcome) -> bool) -> u64 {
        let Some(pieces) = self.metainfo.pieces else { return 0 };
        let such = self.outcomes.iter().filter(|(_, outcome)| such(*outcome));
        such.map(|(piece, _)| u64::from(pieces.length(piece))).sum()
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
        if self.to_hash() > 0 {
            let errors = self.run(files, settings, watch, None)?;
            self.blame_all(files, errors);
        }
        Ok(())
    }

    /// Hashes every piece of which nothing is known; the errors of those that could not be read.
    fn run<A: Fn(u64) + Sync>(
        &self,
        files: &Files,
        settings: &Settings<'_>,
        watch: &Watch<A>,
        sight: Option<Sight<'_>>,
    ) -> Result<Vec<(PieceIndex, Error)>, Error> {
        let Some(pieces) = self.metainfo.pieces else { return Ok(Vec::new()) };
        let errors = Mutex::new(Vec::new());
        let metainfo = self.metainfo;
        let passes: fn(&Error) -> bool = if sight.is_some() { is_missing } else { |_| false };
        let judge = Judge { metainfo, outcomes: &self.outcomes, errors: &errors, passes, watch };
        let work = Work { pieces, wanted: wanted(metainfo), files: None };
        hash::run(&work, settings, || files.reader().telling(sight), &judge)?;
        Ok(errors.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn blame_all(&mut self, files: &Files, errors: Vec<(PieceIndex, Error)>) {
        let Some(pieces) = self.metainfo.pieces else { return };
        for (piece, error) in errors {
            self.blame(files, pieces, piece, error);
        }
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

    fn mark_all_absent(&self) {
        (0..self.metainfo.layout.len()).for_each(|file| self.mark_absent(file));
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

/// When the torrent was made, where it tells.
fn made(metainfo: &Metainfo) -> Option<SystemTime> {
    let since = Duration::from_secs(u64::try_from(metainfo.creation_date?).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(since)
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

/// Whether a file is not there, is no file or is too short, which a look at it tells better.
fn is_missing(error: &Error) -> bool {
    use io::ErrorKind::{InvalidInput, NotADirectory, NotFound, UnexpectedEof};
    matches!(error.source.kind(), NotFound | NotADirectory | UnexpectedEof | InvalidInput)
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
    /// Says of which errors nothing is to be noted.
    passes: fn(&Error) -> bool,
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
            Err(error) if (self.passes)(&error) => {}
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
