//! Gets the pieces that are wrong from where they are right: another copy, or a server.
//!
//! What a source gives of a piece goes aside and is hashed together with what is stored of the rest;
//! only a piece that has its hash is written, and of it only the blocks that differ from what is
//! stored. Nothing else in the files changes. A piece may be a gibibyte: no more than a few MiB of it
//! are in memory.

mod aside;
#[cfg(test)]
mod tests;

use super::{Outcome, Survey, Verification, Watch, one_piece};
use crate::store::hash::Settings;
use crate::store::{Error, Files, Storage};
use crate::torrent::{BLOCK, Layout, PieceIndex, Pieces, Span};
use aside::{Aside, Mixture, Ours};
use std::io;
use std::sync::atomic::Ordering;

/// Bytes that are got from a source, or compared, at once; whole blocks.
const AT_ONCE: usize = 4 << 20;

/// Somebody who has the files, or some of them.
pub trait Source {
    /// Fills `buffer` with bytes of the file, from `offset` of it.
    ///
    /// # Errors
    /// What keeps it from that.
    fn read(&mut self, file: usize, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError>;
}

/// Why a source does not give bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SourceError {
    /// It does not have this file, or not as much of it.
    Missing,
    /// It is of no use any more, for this reason.
    Gone(String),
    /// It can't be reached, for this reason.
    Unreachable(String),
}

impl SourceError {
    /// Why the source is given up, where it is.
    fn why(self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Gone(why) | Self::Unreachable(why) => Some(why),
        }
    }
}

/// Another copy of the torrent's files.
#[derive(Debug)]
pub struct Local(pub Files);

impl Source for Local {
    fn read(&mut self, file: usize, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let start = self.0.layout().range(file).map_or(0, |range| range.start);
        self.0.read(start.saturating_add(offset), buffer).map_err(|error| {
            match error.source.kind() {
                io::ErrorKind::NotFound
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::NotADirectory => SourceError::Missing,
                _ => SourceError::Gone(error.to_string()),
            }
        })
    }
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Repaired {
    /// Pieces that have their hash now and had it not.
    pub pieces: u32,
    /// Bytes that were got.
    pub fetched: u64,
    /// Bytes that were written, those that differed.
    pub written: u64,
    /// By source: pieces that it gave and that had not their hash.
    pub refused: Vec<u32>,
    /// By source: pieces that it was asked for and of which it had nothing.
    pub lacking: Vec<u32>,
    /// By source: why it was given up.
    pub gone: Vec<Option<String>>,
    /// Whether one was given up because the network failed.
    pub unreachable: bool,
}

impl Verification<'_> {
    /// How many bytes the pieces have that [`repair`](Self::repair) would get.
    pub fn to_repair(&self) -> u64 {
        let Some(pieces) = self.metainfo.pieces else { return 0 };
        self.to_mend().map(|piece| u64::from(pieces.length(piece))).sum()
    }

    /// Gets each piece that is bad or not there from the first of the sources that has it right.
    /// Where all pieces are right then, the rest is made too: empty files, links, executable bits.
    /// In the end what was written is read and judged once more. Files that are too long stay so.
    ///
    /// # Errors
    /// Ours: files that can't be written, among them one beside the data for long pieces, which has
    /// no name and goes with the process.
    pub fn repair<A: Fn(u64) + Sync>(
        &mut self,
        files: &Files,
        sources: &mut [Box<dyn Source + '_>],
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<Repaired, Error> {
        let count = sources.len();
        let mut done = Repaired {
            refused: vec![0; count],
            lacking: vec![0; count],
            gone: vec![None; count],
            ..Repaired::default()
        };
        let mut mended = Vec::new();
        let ours = Ours { files, survey: &self.survey, layout: &self.metainfo.layout };
        let mut mending = Mending {
            verification: self,
            ours,
            done: &mut done,
            aside: Aside::beside(files.root()),
            buffer: Vec::new(),
            old: Vec::new(),
        };
        if let Some(pieces) = mending.verification.metainfo.pieces {
            let wrong: Vec<_> = mending.verification.to_mend().collect();
            for piece in wrong {
                if watch.cancelled.load(Ordering::Relaxed) {
                    break;
                }
                let part = Part::of(pieces, piece, ours.layout);
                if let Some(theirs) = mending.get(pieces, &part, sources, settings)? {
                    mending.write(&part, &theirs)?;
                    mended.push(piece);
                }
                (watch.advanced)(u64::from(pieces.length(piece)));
            }
        }
        for &piece in &mended {
            self.outcomes.set(piece, Outcome::Unknown);
        }
        let others = self
            .outcomes
            .iter()
            .all(|(_, outcome)| matches!(outcome, Outcome::Good | Outcome::Unknown));
        if others {
            files.finish()?;
        }
        files.sync()?;
        self.survey = Survey::of(files, None, settings.threads);
        (0..self.metainfo.layout.len()).for_each(|file| self.mark_absent(file));
        self.hash(files, settings, &Watch::new(|_| {}))?;
        let good = mended.iter().filter(|piece| self.outcomes.get(**piece) == Outcome::Good);
        done.pieces = u32::try_from(good.count()).unwrap_or(u32::MAX);
        Ok(done)
    }

    /// The pieces for which other bytes are wanted. A disputed one no bytes can mend.
    fn to_mend(&self) -> impl Iterator<Item = PieceIndex> + '_ {
        let wrong = |outcome| matches!(outcome, Outcome::Bad | Outcome::Absent);
        self.outcomes.iter().filter(move |(_, outcome)| wrong(*outcome)).map(|(piece, _)| piece)
    }
}

/// A piece that is to be mended.
struct Part {
    piece: PieceIndex,
    /// Where it begins in the torrent.
    start: u64,
    /// Where it lies.
    spans: Vec<Span>,
}

impl Part {
    fn of(pieces: Pieces, piece: PieceIndex, layout: &Layout) -> Self {
        let (start, length) = (pieces.offset(piece), pieces.length(piece));
        Self { piece, start, spans: layout.spans(start, length.into()).collect() }
    }

    /// Each span with where it begins in the torrent.
    fn spans(&self) -> impl Iterator<Item = (u64, &Span)> {
        let mut next = self.start;
        self.spans.iter().map(move |span| {
            let at = next;
            next += span.length;
            (at, span)
        })
    }
}

struct Mending<'a, 'm> {
    verification: &'a Verification<'m>,
    ours: Ours<'a>,
    done: &'a mut Repaired,
    aside: Aside,
    /// What was read last.
    buffer: Vec<u8>,
    /// What is stored in its place.
    old: Vec<u8>,
}

impl Mending<'_, '_> {
    /// Looks for a source that makes the piece right: which spans of it are to be theirs, aside
    /// now, and which ours.
    fn get(
        &mut self,
        pieces: Pieces,
        part: &Part,
        sources: &mut [Box<dyn Source + '_>],
        settings: &Settings<'_>,
    ) -> Result<Option<Vec<bool>>, Error> {
        for (at, source) in sources.iter_mut().enumerate() {
            if self.done.gone.get(at).is_some_and(Option::is_some) {
                continue;
            }
            let mut got = vec![false; part.spans.len()];
            for ((start, span), got) in part.spans().zip(&mut got) {
                if self.ours.is_pad(span) {
                    continue;
                }
                match self.take(source, part, start, span, settings)? {
                    Ok(()) => *got = true,
                    Err(SourceError::Missing) => {}
                    Err(error) => {
                        self.done.unreachable |= matches!(error, SourceError::Unreachable(_));
                        if let Some(gone) = self.done.gone.get_mut(at) {
                            *gone = error.why();
                        }
                        break;
                    }
                }
            }
            if !got.contains(&true) {
                if let Some(lacking) = self.done.lacking.get_mut(at) {
                    *lacking += 1;
                }
                continue;
            }
            if self.is_good(pieces, part, &got) {
                return Ok(Some(got));
            }
            // Its copy of a neighbour may be the wrong one, and ours right.
            if let Some(theirs) = self.mixed(pieces, part, &got) {
                return Ok(Some(theirs));
            }
            if let Some(refused) = self.done.refused.get_mut(at) {
                *refused += 1;
            }
        }
        Ok(None)
    }

    /// Takes a span from the source and puts it aside.
    fn take(
        &mut self,
        source: &mut Box<dyn Source + '_>,
        part: &Part,
        start: u64,
        span: &Span,
        settings: &Settings<'_>,
    ) -> Result<Result<(), SourceError>, Error> {
        for (from, length) in stretches(span.length) {
            self.buffer.resize(length, 0);
            if let Some(throttle) = settings.throttle {
                throttle.take(length as u64, || false);
            }
            if let Err(error) = source.read(span.file, span.offset + from, &mut self.buffer) {
                return Ok(Err(error));
            }
            self.done.fetched += length as u64;
            self.aside.write(start + from - part.start, &self.buffer)?;
        }
        Ok(Ok(()))
    }

    /// Each file's part alone from the source, the others as they are stored.
    fn mixed(&mut self, pieces: Pieces, part: &Part, got: &[bool]) -> Option<Vec<bool>> {
        const MOST: usize = 64;
        if got.iter().filter(|got| **got).count() < 2 {
            return None;
        }
        let there: Vec<_> = part.spans().map(|(at, span)| self.ours.has(at, span)).collect();
        for at in (0..part.spans.len()).take(MOST) {
            let others = there.iter().enumerate().all(|(other, there)| other == at || *there);
            if got.get(at) != Some(&true) || !others {
                continue;
            }
            let theirs: Vec<bool> = (0..part.spans.len()).map(|other| other == at).collect();
            if self.is_good(pieces, part, &theirs) {
                return Some(theirs);
            }
        }
        None
    }

    fn is_good(&mut self, pieces: Pieces, part: &Part, theirs: &[bool]) -> bool {
        let mut reader = self.aside.with(self.ours, part, theirs);
        let metainfo = self.verification.metainfo;
        one_piece(metainfo, pieces, part.piece, &mut reader) == Some(Outcome::Good)
    }

    /// Writes the blocks that are not stored so already.
    fn write(&mut self, part: &Part, theirs: &[bool]) -> Result<(), Error> {
        let ours = self.ours;
        let mut new: Mixture<'_> = self.aside.with(ours, part, theirs);
        for (start, span) in part.spans().filter(|(_, span)| !ours.is_pad(span)) {
            let stored = ours.stored(span);
            for (from, length) in stretches(span.length) {
                self.buffer.resize(length, 0);
                self.old.resize(length, 0);
                new.fill(start + from, &mut self.buffer)?;
                ours.read(start + from, span.offset + from, span.file, &mut self.old);
                let blocks = self.buffer.chunks(BLOCK as usize);
                let mut offset = from;
                for (new, old) in blocks.zip(self.old.chunks(BLOCK as usize)) {
                    let end = offset + new.len() as u64;
                    if new != old || end > stored {
                        ours.files.write(start + offset, &[new])?;
                        self.done.written += new.len() as u64;
                    }
                    offset = end;
                }
            }
        }
        Ok(())
    }
}

/// So many bytes in stretches of [`AT_ONCE`]: where each begins, and its length.
fn stretches(length: u64) -> impl Iterator<Item = (u64, usize)> {
    (0..length).step_by(AT_ONCE).map(move |from| {
        let left = usize::try_from(length - from).unwrap_or(usize::MAX);
        (from, left.min(AT_ONCE))
    })
}
