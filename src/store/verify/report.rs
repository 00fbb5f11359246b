//! What the outcomes of pieces say of files.
//!
//! A piece of version 1 may lie in several files. Where it has not its hash, the hash does not say
//! which of them is damaged; where a byte of it is missing in one file, the bytes that the others
//! have of it can't be checked. Neither is held against a file: the first is *suspect*, the second
//! *unchecked*. A piece of version 2 lies in one file.

use super::{Found, Outcome, Outcomes, Survey};
use crate::torrent::{Layout, PieceIndex, Pieces};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// What is to be said of a file, the worst that holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// All of it is right, as far as was looked.
    Ok,
    /// It is not in its place, but what was found elsewhere is right.
    Found,
    /// Right as far as can be told; some bytes share a piece with bytes that are not there.
    Unchecked,
    /// A piece that it shares with another file has not its hash: one of them is damaged.
    Suspect,
    /// The torrent's two hashes of a piece contradict each other: no data can be right.
    Disputed,
    /// A piece of its own has not its hash, or something else is in its place.
    Damaged,
    /// It has more bytes than it should.
    Long,
    /// It has fewer bytes than it should.
    Short,
    /// It is not there.
    Missing,
    /// It can't be read.
    Unreadable,
}

impl State {
    /// All of them, from best to worst.
    pub const ALL: [Self; 10] = [
        Self::Ok,
        Self::Found,
        Self::Unchecked,
        Self::Suspect,
        Self::Disputed,
        Self::Damaged,
        Self::Long,
        Self::Short,
        Self::Missing,
        Self::Unreadable,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Found => "found",
            Self::Unchecked => "unchecked",
            Self::Suspect => "suspect",
            Self::Disputed => "disputed",
            Self::Damaged => "damaged",
            Self::Long => "long",
            Self::Short => "short",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A part of a file that is not known to be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// [`State::Damaged`], [`State::Suspect`], [`State::Disputed`], [`State::Unchecked`] or
    /// [`State::Missing`].
    pub state: State,
    /// The first and the last piece.
    pub pieces: (PieceIndex, PieceIndex),
    /// Bytes from the file's start.
    pub bytes: Range<u64>,
}

/// What is known of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileReport {
    /// Its number in the layout.
    pub file: usize,
    /// The worst that holds.
    pub state: State,
    /// What is not right, in order; neighbours of a kind are one.
    pub parts: Vec<Part>,
}

/// What is known of all files; each file's report is put together when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The files and where their bytes lie.
    pub layout: &'a Layout,
    /// What stands in the files' places.
    pub survey: &'a Survey,
    /// `None` for a torrent of no bytes.
    pub pieces: Option<Pieces>,
    /// What is known of the pieces.
    pub outcomes: &'a Outcomes,
    /// Where files are read that were found in other places than theirs.
    pub found_at: &'a BTreeMap<usize, PathBuf>,
}

impl<'a> Report<'a> {
    /// The files' reports in order; there is none of a pad.
    pub fn files(self) -> impl Iterator<Item = FileReport> + 'a {
        let real = self.layout.files().enumerate().filter(|(_, file)| !file.pad);
        real.map(move |(number, _)| self.file(number))
    }

    /// What is known of the file of that number.
    pub fn file(&self, file: usize) -> FileReport {
        let length = self.layout.range(file).map_or(0, |range| range.end - range.start);
        let found = self.survey.found(file);
        let place = match found {
            Found::Nothing => State::Missing,
            Found::Unreadable => State::Unreadable,
            Found::Other => State::Damaged,
            Found::File(there) if there < length => State::Short,
            Found::File(there) if there > length => State::Long,
            _ if self.found_at.contains_key(&file) => State::Found,
            Found::File(_) | Found::Link => State::Ok,
        };
        let parts = match place {
            // All of it: no need to say which pieces.
            State::Missing | State::Unreadable | State::Damaged => Vec::new(),
            _ => self.parts(file, found),
        };
        let worst = parts.iter().map(|part| part.state).filter(|state| *state != State::Missing);
        let state = worst.chain([place]).max().unwrap_or(place);
        FileReport { file, state, parts }
    }

    fn parts(&self, file: usize, found: Found) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let (Some(pieces), Some(range)) = (self.pieces, self.layout.range(file)) else {
            return parts;
        };
        let there = range.start + if let Found::File(there) = found { there } else { 0 };
        for piece in touched(pieces, &range) {
            let from = pieces.offset(piece).max(range.start);
            let to = (pieces.offset(piece) + u64::from(pieces.length(piece))).min(range.end);
            let state = match self.outcomes.get(piece) {
                Outcome::Unknown | Outcome::Good => None,
                Outcome::Bad => Some(match self.is_shared(pieces, piece) {
                    true => State::Suspect,
                    false => State::Damaged,
                }),
                Outcome::Disputed => Some(State::Disputed),
                Outcome::Absent | Outcome::Unreadable => Some(State::Unchecked),
            };
            let part = |state, bytes: Range<u64>| Part {
                state,
                pieces: (piece, piece),
                bytes: bytes.start - range.start..bytes.end - range.start,
            };
            let here = there.clamp(from, to);
            if let Some(state) = state.filter(|_| from < here) {
                append(&mut parts, part(state, from..here));
            }
            if here < to {
                append(&mut parts, part(State::Missing, here..to));
            }
        }
        parts
    }

    /// Whether the piece has bytes of two files or more.
    fn is_shared(&self, pieces: Pieces, piece: PieceIndex) -> bool {
        real_spans(self.layout, pieces, piece).nth(1).is_some()
    }
}

/// The pieces that hold a byte of the range.
pub(super) fn touched(
    pieces: Pieces,
    range: &Range<u64>,
) -> impl Iterator<Item = PieceIndex> + use<> {
    let length = u64::from(pieces.piece_length());
    let first = range.start / length;
    let end = if range.is_empty() { first } else { range.end.div_ceil(length) };
    (first..end).map(|piece| PieceIndex(u32::try_from(piece).unwrap_or(u32::MAX)))
}

/// The numbers of the files that have bytes of the piece, pads left out.
pub(super) fn real_spans(
    layout: &Layout,
    pieces: Pieces,
    piece: PieceIndex,
) -> impl Iterator<Item = crate::torrent::Span> + '_ {
    let spans = layout.spans(pieces.offset(piece), u64::from(pieces.length(piece)));
    spans.filter(|span| layout.file(span.file).is_some_and(|file| !file.pad))
}

/// Adds a part, or makes the last one longer.
fn append(parts: &mut Vec<Part>, part: Part) {
    match parts.last_mut() {
        Some(last) if last.state == part.state && last.bytes.end == part.bytes.start => {
            last.bytes.end = part.bytes.end;
            last.pieces.1 = part.pieces.1;
        }
        _ => parts.push(part),
    }
}

#[cfg(test)]
mod tests;
