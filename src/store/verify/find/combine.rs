//! Pieces of version 1 that lie in several files, some of which are sought.

use super::{Outcome, Search, Settings, Verification, Watch, real_spans, touched};
use crate::hash::{Hasher, Sha1};
use crate::store::Error;
use crate::store::hash::Throttle;
use crate::store::verify::Found;
use crate::torrent::{Bitfield, PieceIndex, Span};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// So many files are read for one piece before it is given up; one counts again for every
/// [`AT_ONCE`] bytes of it.
const TRIES: u32 = 100_000;

/// The same for all pieces together: metainfo can be made so that none of them comes out.
pub(super) const TRIES_IN_ALL: u32 = 2_000_000;

/// Bytes that are read at once.
const AT_ONCE: u64 = 64 * 1024;

/// In a piece of more files no others than the likeliest are tried.
const FILES: usize = 500;

/// So many paths are kept for the files of one piece.
const PATHS: usize = 10_000;

/// So many of a piece's files may be other than the likeliest.
const SURPRISES: usize = 3;

impl Search<'_> {
    /// Hashes the pieces that a file shares, and where they are wrong tries other candidates.
    pub(super) fn shared_pieces<A: Fn(u64) + Sync>(
        &mut self,
        before: &Verification<'_>,
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<(), Error> {
        let mut open = BTreeSet::new();
        for &file in self.sought.keys() {
            let range = self.metainfo.layout.range(file).unwrap_or(0..0);
            let shared = touched(self.pieces, &range).filter(|&piece| self.is_shared(piece));
            open.extend(shared);
        }
        // Once for each piece: as many files may lie in it as there are.
        open.retain(|&piece| self.is_whole(before, piece));
        // A choice that one piece changes is seen again by the others that it touches. Each may
        // undo what another did, so this ends in any case.
        for _ in 0..8 {
            let mut wanted = Bitfield::none(self.pieces.count());
            for &piece in &open {
                wanted.insert(piece);
            }
            self.hash(&wanted, settings, watch)?;
            let wrong: Vec<_> = std::mem::take(&mut open)
                .into_iter()
                .filter(|&piece| self.trial.get(piece) != Outcome::Good)
                .collect();
            for piece in wrong {
                for file in self.combine(before, piece, settings) {
                    let range = self.metainfo.layout.range(file).unwrap_or(0..0);
                    let shared = touched(self.pieces, &range).filter(|&at| self.is_shared(at));
                    open.extend(shared.filter(|&piece| self.is_whole(before, piece)));
                }
            }
            if open.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Whether there is something to read for each byte of the piece.
    fn is_whole(&self, before: &Verification<'_>, piece: PieceIndex) -> bool {
        real_spans(&self.metainfo.layout, self.pieces, piece).all(|span| {
            match self.sought.get(&span.file) {
                Some(sought) => sought.candidate().is_some(),
                None => matches!(before.survey.found(span.file), Found::File(there)
                    if there >= span.offset + span.length),
            }
        })
    }

    /// Looks for candidates that together make the piece right. The files whose candidate changed
    /// by that.
    fn combine(
        &mut self,
        before: &Verification<'_>,
        piece: PieceIndex,
        settings: &Settings<'_>,
    ) -> Vec<usize> {
        let Some(expected) = self.metainfo.hash(piece).copied() else { return Vec::new() };
        if !self.is_whole(before, piece) {
            return Vec::new();
        }
        let Some(choices) = self.choices(piece, settings) else { return Vec::new() };
        let throttle = settings.throttle;
        let tries = TRIES.min(self.tries);
        let mut descent = Descent { expected, chosen: Vec::new(), tries, throttle };
        let found = (0..=SURPRISES).any(|count| descent.down(&choices, Hasher::new(), count));
        self.tries = self.tries.saturating_sub(tries.saturating_sub(descent.tries));
        let chosen = descent.chosen;
        let mut changed = Vec::new();
        for (choice, at) in choices.iter().zip(chosen).filter(|_| found) {
            let Some(sought) = self.sought.get_mut(&choice.span.file) else { continue };
            if let Some(&(now, _)) = choice.paths.get(at).filter(|(now, _)| *now != sought.at) {
                sought.at = now;
                changed.push(choice.span.file);
            }
        }
        if found {
            self.trial.set(piece, Outcome::Good);
        }
        changed
    }

    /// Where the bytes of the piece may be read, span by span; none where it has too many files.
    fn choices(&self, piece: PieceIndex, settings: &Settings<'_>) -> Option<Vec<Choice>> {
        let layout = &self.metainfo.layout;
        if real_spans(layout, self.pieces, piece).nth(FILES).is_some() {
            return None;
        }
        let (start, length) = (self.pieces.offset(piece), self.pieces.length(piece));
        let mut choices: Vec<Choice> = Vec::new();
        let mut room = PATHS;
        for span in layout.spans(start, length.into()) {
            let pad = layout.file(span.file).is_some_and(|file| file.pad);
            match choices.last_mut() {
                // Pads behind each other are one.
                Some(last) if pad && last.pad => last.span.length += span.length,
                _ if pad => choices.push(Choice { span, pad, paths: Vec::new() }),
                _ => {
                    let paths = self.paths(span.file, room, settings);
                    room = room.saturating_sub(paths.len());
                    choices.push(Choice { span, pad, paths });
                }
            }
        }
        Some(choices)
    }

    /// Where a file's bytes may be read: the candidate that is tried now, then the others that have
    /// the file's own pieces right, at most so many.
    fn paths(&self, file: usize, most: usize, settings: &Settings<'_>) -> Vec<(usize, PathBuf)> {
        let Some(sought) = self.sought.get(&file) else {
            return vec![(0, self.files.path(file))];
        };
        let now = sought.candidate();
        let own = self.own(file).next();
        let path = |at: usize| Some((at, sought.candidates.get(at)?.to_owned()));
        let next = |from: usize| match own {
            Some(piece) => self.fitting(piece, file, from, settings),
            None => (from < sought.candidates.len()).then_some(from),
        };
        let others = std::iter::successors(next(0), |at| next(at + 1))
            .filter(|&at| !sought.candidates.is_repeated(at) && sought.candidates.get(at) != now);
        path(sought.at).into_iter().chain(others.filter_map(path).take(most)).collect()
    }
}

/// Where the bytes of a span may be read.
struct Choice {
    span: Span,
    pad: bool,
    /// Each with its place among the file's candidates.
    paths: Vec<(usize, PathBuf)>,
}

/// A choice of a path for each span, so that the hash comes out.
struct Descent<'a> {
    expected: [u8; 20],
    chosen: Vec<usize>,
    tries: u32,
    throttle: Option<&'a Throttle>,
}

impl Descent<'_> {
    /// Goes through the choices of which `surprises` are not the first one. False where none makes
    /// the hash, or no try is left.
    fn down(&mut self, choices: &[Choice], hash: Hasher<Sha1>, surprises: usize) -> bool {
        let Some((choice, rest)) = choices.split_first() else {
            return surprises == 0 && hash.finish() == self.expected;
        };
        if choice.pad {
            let mut hash = hash;
            hash.zeros(choice.span.length);
            return self.with(0, rest, hash, surprises);
        }
        let cost = u32::try_from(choice.span.length.div_ceil(AT_ONCE)).unwrap_or(u32::MAX);
        for (at, (_, path)) in choice.paths.iter().enumerate() {
            let Some(left) = surprises.checked_sub(usize::from(at > 0)) else { break };
            let Some(tries) = self.tries.checked_sub(cost.max(1)) else { break };
            self.tries = tries;
            if let Some(throttle) = self.throttle {
                throttle.take(choice.span.length, || false);
            }
            let mut hash = hash.clone();
            if feed(&mut hash, path, choice.span).is_ok() && self.with(at, rest, hash, left) {
                return true;
            }
        }
        false
    }

    fn with(&mut self, at: usize, rest: &[Choice], hash: Hasher<Sha1>, surprises: usize) -> bool {
        self.chosen.push(at);
        let found = self.down(rest, hash, surprises);
        if !found {
            self.chosen.pop();
        }
        found
    }
}

/// Hashes a part of a file.
fn feed(hash: &mut Hasher<Sha1>, path: &Path, span: Span) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(span.offset))?;
    let mut part = file.take(span.length);
    let mut buffer = vec![0; usize::try_from(span.length.min(AT_ONCE)).unwrap_or(0)];
    let mut left = span.length;
    while left > 0 {
        match part.read(&mut buffer)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => {
                hash.update(buffer.split_at(read).0);
                left -= read as u64;
            }
        }
    }
    Ok(())
}
