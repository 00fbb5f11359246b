//! The hashes of pieces that were finished before a publishing was interrupted, so that the next
//! one need not read those pieces again.
//!
//! A file that is only appended to: a header, then a record for each piece as it is finished. Every
//! record ends in a check over its hashes *and* a description of what was hashed: the files' paths,
//! lengths and times of change, and which of their bytes. So a record that a kill cut short, that
//! the disk garbled, or whose files have changed since is passed over as if it were not there, and
//! nothing else has to be compared.

#![deny(clippy::indexing_slicing)]

use super::Error;
use super::hash::PieceHash;
use super::published::Published;
use super::resume::nanoseconds;
use crate::torrent::{InfoHash, PieceIndex, Pieces, Version};
use sha1::{Digest, Sha1};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What a journal begins with; another is not understood.
const MAGIC: &[u8; 16] = b"bt publish 1\n\0\0\0";

/// Bytes of a record's check.
const CHECK: usize = 16;

/// Records are written when they stand for so many bytes of data: what a kill can cost.
const FLUSH: u64 = 8 << 20;

/// What a piece consists of, as one number; `None` where that can't be said for certain.
pub type Description = Option<[u8; 20]>;

/// The journal of what is published of `root` in these versions and this piece length, below the
/// folder of states.
pub fn path(states: &Path, root: &Path, version: Version, piece_length: u32) -> PathBuf {
    let version = match version {
        Version::V1 => "v1",
        Version::V2 => "v2",
        Version::Hybrid => "hybrid",
    };
    let root = InfoHash(Sha1::digest(root.as_os_str().as_encoded_bytes()).into());
    states.join("publish").join(format!("{root}-{version}-{piece_length}.journal"))
}

/// Describes a piece by the files that it lies in: their paths, lengths and times of change.
pub fn describe(published: &Published<'_>, pieces: Pieces, piece: PieceIndex) -> Description {
    let layout = published.layout();
    let mut hash = Sha1::new();
    hash.update(pieces.piece_length().to_be_bytes());
    for span in layout.spans(pieces.offset(piece), pieces.length(piece).into()) {
        let file = layout.file(span.file)?;
        hash.update([u8::from(file.pad)]);
        hash.update(span.offset.to_be_bytes());
        hash.update(span.length.to_be_bytes());
        if !file.pad {
            let path = file.path.as_joined();
            hash.update((path.len() as u64).to_be_bytes());
            hash.update(path);
            hash.update(file.length.to_be_bytes());
            let found = published.found(span.file)?;
            hash.update(nanoseconds(found.modified?)?.to_be_bytes());
            // Whoever copies a file over another, its time of change too, does not get by this one.
            hash.update(found.changed.unwrap_or(0).to_be_bytes());
        }
    }
    Some(hash.finalize().into())
}

/// A journal that is being written. It may be told from several threads.
pub struct Journal<D> {
    path: PathBuf,
    pieces: Pieces,
    version: Version,
    describe: D,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// Whole records that are not in the file yet.
    pending: Vec<u8>,
    /// The bytes of data that they stand for.
    behind: u64,
    /// Nothing more is written after the first failure: part of a record may be in the file.
    trouble: Option<io::Error>,
}

/// What was found in the way of a journal.
pub enum Opened<D> {
    /// It goes on from here.
    Journal(Journal<D>),
    /// Another process is writing it.
    Busy,
}

impl<D: Fn(PieceIndex) -> Description> Journal<D> {
    /// Opens or makes the journal at `path` and tells `known` of each finished piece in it whose
    /// description still holds.
    ///
    /// # Errors
    /// The file can't be read or written. No reason to stop: without it all is hashed.
    pub fn open(
        path: &Path,
        pieces: Pieces,
        version: Version,
        describe: D,
        mut known: impl FnMut(PieceIndex, PieceHash),
    ) -> Result<Opened<D>, Error> {
        let fail = |source| Error { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            let fail = |source| Error { path: folder.to_owned(), source };
            fs::create_dir_all(folder).map_err(fail)?;
        }
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Opened::Busy),
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        let state = State { file, pending: Vec::new(), behind: 0, trouble: None };
        let mut journal =
            Self { path: path.to_owned(), pieces, version, describe, state: Mutex::new(state) };
        journal.recover(&mut known).map_err(fail)?;
        Ok(Opened::Journal(journal))
    }

    /// Notes a finished piece. It reaches the file soon, not at once.
    pub fn record(&self, piece: PieceIndex, hash: &PieceHash) {
        let Some(check) = self.check(piece, hash) else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.trouble.is_some() {
            return;
        }
        state.pending.extend_from_slice(&piece.0.to_be_bytes());
        state.pending.extend(hash.v1.iter().flatten());
        state.pending.extend(hash.v2.iter().flatten());
        state.pending.extend_from_slice(&check);
        state.behind = state.behind.saturating_add(self.pieces.length(piece).into());
        if state.behind >= FLUSH {
            state.flush();
        }
    }

    /// Writes what is still in memory. What has kept a record from being written, now or before,
    /// comes with it.
    pub fn close(self) -> (Closed, Option<Error>) {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.flush();
        let State { file, trouble, .. } = state;
        let trouble = trouble.map(|source| Error { path: self.path.clone(), source });
        (Closed { path: self.path, file }, trouble)
    }

    /// Reads what is there and leaves the file at the end of its last whole record.
    fn recover(&mut self, known: &mut impl FnMut(PieceIndex, PieceHash)) -> io::Result<()> {
        let file = self.state.get_mut().unwrap_or_else(PoisonError::into_inner).file.try_clone()?;
        let mut input = BufReader::with_capacity(1 << 16, file);
        input.seek(SeekFrom::Start(0))?;
        let (mut end, mut good) = (0, 0u64);
        let mut header = [0; MAGIC.len()];
        if full(&mut input, &mut header)? && header == *MAGIC {
            end = MAGIC.len() as u64;
            let mut record = vec![0; self.record_length()];
            while full(&mut input, &mut record)? {
                end += record.len() as u64;
                if let Some((piece, hash)) = self.read(&record) {
                    good += 1;
                    known(piece, hash);
                }
            }
        }
        // What is of no use any more need not be read again next time.
        let end = if good == 0 { 0 } else { end };
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.file.set_len(end)?;
        state.file.seek(SeekFrom::Start(end))?;
        if end == 0 {
            state.pending.extend_from_slice(MAGIC);
        }
        Ok(())
    }

    fn record_length(&self) -> usize {
        let hashes = match self.version {
            Version::V1 => 20,
            Version::V2 => 32,
            Version::Hybrid => 52,
        };
        4 + hashes + CHECK
    }

    /// A record's piece and its hashes, where the check holds.
    fn read(&self, record: &[u8]) -> Option<(PieceIndex, PieceHash)> {
        let (index, mut rest) = record.split_first_chunk::<4>()?;
        let piece = PieceIndex(u32::from_be_bytes(*index));
        let mut hash = PieceHash { v1: None, v2: None };
        if self.version.has_v1() {
            let (v1, tail) = rest.split_first_chunk()?;
            (hash.v1, rest) = (Some(*v1), tail);
        }
        if self.version.has_v2() {
            let (v2, tail) = rest.split_first_chunk()?;
            (hash.v2, rest) = (Some(*v2), tail);
        }
        let check = self.pieces.contains(piece).then(|| self.check(piece, &hash))??;
        (*rest == check).then_some((piece, hash))
    }

    /// What ends the record of a piece; `None` where it must not be recorded.
    fn check(&self, piece: PieceIndex, hash: &PieceHash) -> Option<[u8; CHECK]> {
        let versions = (self.version.has_v1(), self.version.has_v2());
        if (hash.v1.is_some(), hash.v2.is_some()) != versions {
            return None;
        }
        let mut check = Sha1::new();
        check.update((self.describe)(piece)?);
        check.update(piece.0.to_be_bytes());
        check.update(hash.v1.unwrap_or_default());
        check.update(hash.v2.unwrap_or_default());
        check.finalize().first_chunk().copied()
    }
}

/// A journal of work that has ended. No other process takes it up while this lives.
#[derive(Debug)]
pub struct Closed {
    path: PathBuf,
    file: File,
}

impl Closed {
    /// The work is done: the journal goes.
    ///
    /// # Errors
    /// It can't be removed.
    pub fn remove(self) -> Result<(), Error> {
        // An open file can't be removed everywhere.
        drop(self.file);
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error { path: self.path, source })
            }
            _ => Ok(()),
        }
    }
}

impl State {
    fn flush(&mut self) {
        if self.trouble.is_none() {
            self.trouble = self.file.write_all(&self.pending).err();
        }
        self.pending.clear();
        self.behind = 0;
    }
}

/// Fills the buffer; false where the input ends before that.
fn full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match input.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
