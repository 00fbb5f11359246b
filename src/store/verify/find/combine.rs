//! Pieces of version 1 that lie in several files, some of which are sought.

use super::{Outcome, Search, Settings, Verification, Watch, real_spans, touched};
use crate::hash::{Hasher, Sha1};
use crate::store::Error;
use crate::store::verify::Found;
use crate::torrent::{Bitfield, PieceIndex, Span};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// So many files are read for one piece before it is given up.
const TRIES: u32 = 100_000;

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
            open.extend(shared.filter(|&piece| self.is_whole(before, piece)));
        }
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
                for file in self.combine(before, piece) {
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
    fn combine(&mut self, before: &Verification<'_>, piece: PieceIndex) -> Vec<usize> {
        let Some(expected) = self.metainfo.hash(piece).copied() else { return Vec::new() };
        if !self.is_whole(before, piece) {
            return Vec::new();
        }
        let start = self.pieces.offset(piece);
        let length = u64::from(self.pieces.length(piece));
        let spans: Vec<Span> = self.metainfo.layout.spans(start, length).collect();
        let choices: Vec<Choice> = spans.into_iter().map(|span| self.choice(span)).collect();
        let mut descent = Descent { expected, chosen: Vec::new(), tries: TRIES };
        let found = (0..=SURPRISES).any(|count| descent.down(&choices, Hasher::new(), count));
        let chosen = descent.chosen;
        let mut changed = Vec::new();
        for (choice, at) in choices.iter().zip(chosen).filter(|_| found) {
            let Some(sought) = self.sought.get_mut(&choice.span.file) else { continue };
            let path = choice.paths.get(at);
            let now = sought.candidates.iter().position(|known| Some(known) == path);
            if let Some(now) = now.filter(|&now| now != sought.at) {
                sought.at = now;
                changed.push(choice.span.file);
            }
        }
        if found {
            self.trial.set(piece, Outcome::Good);
        }
        changed
    }

    /// Where the bytes of a span may be read: the candidate that is tried now, then the others
    /// that have the file's own pieces right.
    fn choice(&self, span: Span) -> Choice {
        let pad = self.metainfo.layout.file(span.file).is_some_and(|file| file.pad);
        let paths = match self.sought.get(&span.file) {
            _ if pad => Vec::new(),
            None => vec![self.files.path(span.file)],
            Some(sought) => {
                let now = sought.candidate().map(PathBuf::from);
                let others = sought.candidates.iter().filter(|path| Some(*path) != now.as_ref());
                let fits = |path: &&PathBuf| {
                    self.own(span.file).take(1).all(|piece| self.makes(piece, span.file, path))
                };
                let others: Vec<_> = others.filter(fits).cloned().collect();
                now.into_iter().chain(others).collect()
            }
        };
        Choice { span, pad, paths }
    }
}

/// Where the bytes of a span may be read.
struct Choice {
    span: Span,
    pad: bool,
    paths: Vec<PathBuf>,
}

/// A choice of a path for each span, so that the hash comes out.
struct Descent {
    expected: [u8; 20],
    chosen: Vec<usize>,
    tries: u32,
}

impl Descent {
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
        for (at, path) in choice.paths.iter().enumerate() {
            let Some(left) = surprises.checked_sub(usize::from(at > 0)) else { break };
            let Some(tries) = self.tries.checked_sub(1) else { break };
            self.tries = tries;
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
    let mut buffer = vec![0; 64 * 1024];
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
