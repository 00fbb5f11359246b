//! Hashing: a torrent's bytes in, the hashes of each piece out, v1 and v2 in one pass, on as many
//! cores as there are. All that makes, checks or completes a torrent goes through here.
//!
//! The unit is the piece. Wherever v2 is wanted the layout is aligned: a piece lies in one file and
//! the pad behind it. Memory is bounded, whatever the length of a piece, the number of files and
//! the number of threads.

mod ahead;
mod digests;
mod group;
mod stream;
mod throttle;
mod tree;
mod worker;

use super::Error;
use crate::torrent::{Layout, PieceIndex, Pieces};
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

pub use stream::{StreamError, Streamed, Versions, stream};
pub use throttle::{Clock, SystemClock, Throttle};
pub use worker::{piece, run};

/// Which hashes of a piece are made.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// SHA-1 of all its bytes (BEP 3).
    V1,
    /// The root of its blocks (BEP 52), in an aligned layout.
    V2(&'a Layout),
    /// Both.
    Hybrid(&'a Layout),
}

/// The hashes of one piece.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PieceHash {
    /// SHA-1 over all its bytes, the zeros of pads included; `None` where it was not wanted.
    pub v1: Option<[u8; 20]>,
    /// The root of the SHA-256 tree over its blocks of 16 KiB. Where the file is longer than a
    /// piece, absent blocks count as zero hashes up to a whole piece: an entry of the piece layer.
    /// Else only up to the next power of two: the file's `pieces root`. `None` where it was not
    /// wanted, and for a piece that holds bytes of more than one file or of none.
    pub v2: Option<[u8; 32]>,
}

/// Digests of a whole file, as some metainfo has them for other programs.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FileDigests {
    /// MD5, where it was wanted.
    pub md5: Option<[u8; 16]>,
    /// SHA-1, where it was wanted.
    pub sha1: Option<[u8; 20]>,
}

/// Digests of whole files that are made in the same pass.
#[derive(Clone, Copy, Debug)]
pub struct WholeFiles<'a> {
    /// Where the files lie.
    pub layout: &'a Layout,
    /// Whether MD5 is made.
    pub md5: bool,
    /// Whether SHA-1 is made.
    pub sha1: bool,
}

/// What is hashed.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// How the bytes divide into pieces.
    pub pieces: Pieces,
    /// Which hashes.
    pub wanted: Wanted<'a>,
    /// Digests of whole files, told by [`Observer::file`]; all bytes are read for those, also of
    /// pieces that nobody wants.
    pub files: Option<WholeFiles<'a>>,
}

/// With what means.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Threads, at most.
    pub threads: NonZero<usize>,
    /// Holds back reads where there is one.
    pub throttle: Option<&'a Throttle>,
}

impl Settings<'static> {
    /// So many threads, as fast as it goes.
    pub fn threads(threads: NonZero<usize>) -> Self {
        Self { threads, throttle: None }
    }
}

/// One thread's view of a torrent's bytes.
pub trait Reader {
    /// Fills `buffer` from `offset` of the torrent. May be asked for bytes of several files at
    /// once; never for those that [`Reader::known`] told to be zeros.
    ///
    /// # Errors
    /// A file that can't be read, or is not what it was.
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error>;

    /// Says that these bytes will be read soon, so that the system may fetch them meanwhile; never
    /// such as [`Reader::known`] told to be zeros.
    ///
    /// # Errors
    /// A file that can't be opened, or is not what it was.
    fn ahead(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        let _ = (offset, length);
        Ok(())
    }

    /// How many bytes from `offset` have to be read, and how many zeros follow those, within
    /// `length` bytes. Not both are 0.
    fn known(&self, offset: u64, length: u64) -> Known {
        let _ = offset;
        Known { data: length, zeros: 0 }
    }

    /// Says that nothing more will be read.
    ///
    /// # Errors
    /// A file that is not what it was.
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// What is known of a range before it is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Known {
    /// Bytes from its start that have to be read.
    pub data: u64,
    /// Zeros behind those, which need not.
    pub zeros: u64,
}

/// Who is told what comes of a run, by all threads.
pub trait Observer: Sync {
    /// Whether the piece is to be hashed; asked once for each, in order.
    fn wants(&self, piece: PieceIndex) -> bool {
        let _ = piece;
        true
    }

    /// So many bytes were read, and so many zeros were known, of pieces that are wanted. The sum at
    /// the end is the length of all those pieces, also of such as could not be read.
    fn advanced(&self, read: u64, zeros: u64) {
        let _ = (read, zeros);
    }

    /// The piece has this hash, or could not be read. Pieces come in no order.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn done(&self, piece: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error>;

    /// The file of that number has these digests.
    fn file(&self, file: usize, digests: FileDigests) {
        let _ = (file, digests);
    }

    /// Whether to stop; the run then ends soon and well.
    fn cancelled(&self) -> bool {
        false
    }
}

/// The hashes of all pieces, in order. What was not made yet is zeros.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Hashes {
    /// v1, empty where it is not wanted.
    pub v1: Vec<[u8; 20]>,
    /// v2, empty where it is not wanted.
    pub v2: Vec<[u8; 32]>,
}

impl Hashes {
    /// Room for `count` pieces.
    pub fn zeroed(count: u32, wanted: Wanted<'_>) -> Self {
        let count = count as usize;
        match wanted {
            Wanted::V1 => Self { v1: vec![[0; 20]; count], v2: Vec::new() },
            Wanted::V2(_) => Self { v1: Vec::new(), v2: vec![[0; 32]; count] },
            Wanted::Hybrid(_) => Self { v1: vec![[0; 20]; count], v2: vec![[0; 32]; count] },
        }
    }

    /// Puts in what there is of a piece.
    pub fn set(&mut self, piece: PieceIndex, hash: &PieceHash) {
        if let (Some(place), Some(v1)) = (self.v1.get_mut(piece.0 as usize), hash.v1) {
            *place = v1;
        }
        if let (Some(place), Some(v2)) = (self.v2.get_mut(piece.0 as usize), hash.v2) {
            *place = v2;
        }
    }
}

/// All pieces' hashes, for whom nothing else is of interest. `advanced` is told bytes read and
/// zeros known, by all threads.
///
/// # Errors
/// The first that a reader met.
pub fn all<R: Reader>(
    work: &Work<'_>,
    settings: &Settings<'_>,
    reader: impl Fn() -> R + Sync,
    advanced: impl Fn(u64, u64) + Sync,
) -> Result<Hashes, Error> {
    let hashes = Mutex::new(Hashes::zeroed(work.pieces.count(), work.wanted));
    run(work, settings, reader, &Collect { hashes: &hashes, advanced })?;
    Ok(hashes.into_inner().unwrap_or_else(PoisonError::into_inner))
}

struct Collect<'a, A> {
    hashes: &'a Mutex<Hashes>,
    advanced: A,
}

impl<A: Fn(u64, u64) + Sync> Observer for Collect<'_, A> {
    fn advanced(&self, read: u64, zeros: u64) {
        (self.advanced)(read, zeros);
    }

    fn done(&self, piece: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error> {
        let hash = result?;
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner).set(piece, &hash);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
