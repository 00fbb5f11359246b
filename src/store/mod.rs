//! Files on disk: where a torrent's bytes are read and written, hashed and checked. Synchronous.

mod ahead;
mod aligned;
mod assembly;
pub mod bounded;
mod check;
mod error;
mod files;
pub mod hash;
pub mod journal;
mod memory;
pub mod published;
mod resume;
pub mod reuse;
mod stored;
pub mod verify;
pub mod walk;
pub mod whole;

pub use aligned::Aligned;
pub use assembly::Assembly;
pub use check::{Progress, check};
pub use error::{Error, words};
pub use files::{Files, FilesReader, Longer, Sight};
pub use memory::Memory;
pub use resume::Resume;
pub use stored::Stored;

use std::ops::Range;

/// Where the bytes of one torrent live, addressed from the torrent's start. Shared by threads.
pub trait Storage: Send + Sync {
    /// Fills `buffer` from `offset`. Bytes that are not there (a missing or short file) are an
    /// error of the kind `NotFound` or `UnexpectedEof`.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error>;

    /// Says that these bytes will be read soon. Does not wait for them.
    fn ahead(&self, offset: u64, length: u64) {
        let _ = (offset, length);
    }

    /// Writes the buffers one after the other from `offset`, making files and folders as needed.
    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error>;

    /// Brings what was written to the disk: what returns `Ok` survives a loss of power.
    fn sync(&self) -> Result<(), Error>;

    /// What is there without reading it: sorted, not overlapping; bytes in no extent are missing.
    /// Holes shorter than `smallest_hole` may be told as data.
    fn extents(&self, smallest_hole: u64) -> Result<Vec<Extent>, Error> {
        let _ = smallest_hole;
        Ok(vec![Extent { range: 0..u64::MAX, content: Content::Data }])
    }
}

/// A range of the torrent's bytes that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extent {
    /// Bytes from the torrent's start.
    pub range: Range<u64>,
    /// What is known of them.
    pub content: Content,
}

/// What is known of bytes without reading them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// Anything.
    Data,
    /// Zeros: a hole of a sparse file, or a pad file (BEP 47).
    Zeros,
}
