//! Files on disk: where a torrent's bytes are read and written, hashed and checked. Synchronous.

pub mod hash;
pub mod published;
pub mod walk;
pub mod whole;

use std::io;
use std::path::PathBuf;

/// A local file or folder failed: never a peer's fault.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct Error {
    /// Which file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Where the bytes of one torrent live, addressed from the torrent's start. Shared by threads.
pub trait Storage: Send + Sync {
    /// Fills `buffer` from `offset`. Bytes that are not there (a missing or short file) are an
    /// error of the kind `NotFound` or `UnexpectedEof`.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error>;

    /// Writes the buffers one after the other from `offset`, making files and folders as needed.
    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error>;

    /// Brings what was written to the disk.
    fn sync(&self) -> Result<(), Error>;
}
