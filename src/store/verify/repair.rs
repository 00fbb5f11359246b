//! Gets the pieces that are wrong from where they are right: another copy, or a server.
//!
//! A piece is put together in memory and hashed; only one that has its hash is written, and of it
//! only the blocks that differ from what is stored. Nothing else in the files changes.

use super::{Found, Outcome, Survey, Verification, Watch, one_piece};
use crate::store::hash::{Known, Reader, Settings};
use crate::store::stored::pads;
use crate::store::{Error, Files, Storage};
use crate::torrent::{BLOCK, Layout, PieceIndex, Pieces, Span};
use std::io;
use std::sync::atomic::Ordering;

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
    /// Ours: files that can't be written.
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
        let mut mending = Mending { verification: self, files, done: &mut done, ours: Vec::new() };
        if let Some(pieces) = mending.verification.metainfo.pieces {
            let wrong: Vec<_> = mending.verification.to_mend().collect();
            for piece in wrong {
                if watch.cancelled.load(Ordering::Relaxed) {
                    break;
                }
                if let Some(bytes) = mending.get(pieces, piece, sources, settings) {
                    mending.write(pieces, piece, &bytes)?;
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

struct Mending<'a, 'm> {
    verification: &'a Verification<'m>,
    files: &'a Files,
    done: &'a mut Repaired,
    /// What is stored of the piece now.
    ours: Vec<u8>,
}

impl Mending<'_, '_> {
    /// The piece's bytes, right, from the first source that has them.
    fn get(
        &mut self,
        pieces: Pieces,
        piece: PieceIndex,
        sources: &mut [Box<dyn Source + '_>],
        settings: &Settings<'_>,
    ) -> Option<Vec<u8>> {
        let layout = &self.verification.metainfo.layout;
        let (start, length) = (pieces.offset(piece), pieces.length(piece));
        let spans: Vec<Span> = layout.spans(start, length.into()).collect();
        let there = self.read_ours(start, length, &spans, layout);
        for (at, source) in sources.iter_mut().enumerate() {
            if self.done.gone.get(at).is_some_and(Option::is_some) {
                continue;
            }
            let mut bytes = self.ours.clone();
            let mut got = vec![false; spans.len()];
            let mut rest = bytes.as_mut_slice();
            for (span, got) in spans.iter().zip(&mut got) {
                let (part, after) = rest.split_at_mut(span_length(span).min(rest.len()));
                rest = after;
                if is_pad(layout, span) {
                    continue;
                }
                if let Some(throttle) = settings.throttle {
                    throttle.take(span.length, || false);
                }
                match source.read(span.file, span.offset, part) {
                    Ok(()) => {
                        *got = true;
                        self.done.fetched += span.length;
                    }
                    Err(SourceError::Missing) => {}
                    Err(SourceError::Unreachable(why)) => {
                        self.done.unreachable = true;
                        if let Some(gone) = self.done.gone.get_mut(at) {
                            *gone = Some(why);
                        }
                        break;
                    }
                    Err(SourceError::Gone(why)) => {
                        if let Some(gone) = self.done.gone.get_mut(at) {
                            *gone = Some(why);
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
            if self.is_good(pieces, piece, &bytes) {
                return Some(bytes);
            }
            // Its copy of a neighbour may be the wrong one, and ours right.
            if let Some(bytes) = self.mixed(pieces, piece, &spans, &bytes, &got, &there) {
                return Some(bytes);
            }
            if let Some(refused) = self.done.refused.get_mut(at) {
                *refused += 1;
            }
        }
        None
    }

    /// Each file's part alone from the source, the others as they are stored.
    fn mixed(
        &self,
        pieces: Pieces,
        piece: PieceIndex,
        spans: &[Span],
        theirs: &[u8],
        got: &[bool],
        there: &[bool],
    ) -> Option<Vec<u8>> {
        const MOST: usize = 64;
        if got.iter().filter(|got| **got).count() < 2 {
            return None;
        }
        let mut from = 0;
        for (at, span) in spans.iter().enumerate().take(MOST) {
            let part = from..from + span_length(span);
            from = part.end;
            let others = there.iter().enumerate().all(|(other, there)| other == at || *there);
            if got.get(at) != Some(&true) || !others {
                continue;
            }
            let mut bytes = self.ours.clone();
            if let (Some(to), Some(from)) = (bytes.get_mut(part.clone()), theirs.get(part)) {
                to.copy_from_slice(from);
            }
            if self.is_good(pieces, piece, &bytes) {
                return Some(bytes);
            }
        }
        None
    }

    /// Reads what is stored of the piece; what is not there is zeros. By span: whether it is there.
    fn read_ours(&mut self, start: u64, length: u32, spans: &[Span], layout: &Layout) -> Vec<bool> {
        self.ours.clear();
        self.ours.resize(length as usize, 0);
        let mut rest = self.ours.as_mut_slice();
        let mut at = start;
        let mut there = Vec::with_capacity(spans.len());
        for span in spans {
            let (part, after) = rest.split_at_mut(span_length(span).min(rest.len()));
            rest = after;
            let whole = is_pad(layout, span) || self.files.read(at, part).is_ok();
            if !whole {
                // What there is of a short file.
                let has = match self.verification.survey.found(span.file) {
                    Found::File(there) => there.saturating_sub(span.offset),
                    _ => 0,
                };
                let has = usize::try_from(has).unwrap_or(usize::MAX).min(part.len());
                let (has, none) = part.split_at_mut(has);
                if self.files.read(at, has).is_err() {
                    has.fill(0);
                }
                none.fill(0);
            }
            there.push(whole);
            at += span.length;
        }
        there
    }

    fn is_good(&self, pieces: Pieces, piece: PieceIndex, bytes: &[u8]) -> bool {
        let metainfo = self.verification.metainfo;
        let layout = &metainfo.layout;
        let mut reader = InMemory { start: pieces.offset(piece), bytes, layout };
        one_piece(metainfo, pieces, piece, &mut reader) == Some(Outcome::Good)
    }

    /// Writes the blocks that are not stored so already.
    fn write(&mut self, pieces: Pieces, piece: PieceIndex, bytes: &[u8]) -> Result<(), Error> {
        let layout = &self.verification.metainfo.layout;
        let start = pieces.offset(piece);
        let mut from = 0;
        for span in layout.spans(start, bytes.len() as u64) {
            let part = from..from + span_length(&span);
            from = part.end;
            if is_pad(layout, &span) {
                continue;
            }
            let stored = match self.verification.survey.found(span.file) {
                Found::File(there) => there.saturating_sub(span.offset),
                _ => 0,
            };
            let (Some(new), Some(old)) = (bytes.get(part.clone()), self.ours.get(part.clone()))
            else {
                continue;
            };
            let blocks = new.chunks(BLOCK as usize).zip(old.chunks(BLOCK as usize));
            let mut at = start + part.start as u64;
            let mut offset = 0;
            for (new, old) in blocks {
                let end = offset + new.len() as u64;
                if new != old || end > stored {
                    self.files.write(at, &[new])?;
                    self.done.written += new.len() as u64;
                }
                (at, offset) = (at + new.len() as u64, end);
            }
        }
        Ok(())
    }
}

fn span_length(span: &Span) -> usize {
    usize::try_from(span.length).unwrap_or(usize::MAX)
}

fn is_pad(layout: &Layout, span: &Span) -> bool {
    layout.file(span.file).is_some_and(|file| file.pad)
}

/// A piece in memory.
struct InMemory<'a> {
    start: u64,
    bytes: &'a [u8],
    layout: &'a Layout,
}

impl Reader for InMemory<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let from = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let bytes = self.bytes.get(from..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or_else(|| Error {
            path: "memory".into(),
            source: io::ErrorKind::UnexpectedEof.into(),
        })?);
        Ok(())
    }

    fn known(&self, offset: u64, length: u64) -> Known {
        pads(self.layout, offset, length)
    }
}
