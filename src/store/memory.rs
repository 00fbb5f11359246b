//! The twin of [`Files`](super::Files) in memory, for tests: exact, and it fails where it is told to.

use super::{Content, Error, Extent, Storage};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Bytes in memory. Reads beyond what was written so far are [`io::ErrorKind::UnexpectedEof`], as
/// with a file that is too short.
#[derive(Debug)]
pub struct Memory {
    bytes: Mutex<Vec<u8>>,
    total: u64,
    full_at: u64,
    unreadable_at: Option<u64>,
}

impl Memory {
    /// The path that its errors name.
    pub const PATH: &'static str = "memory";

    /// Room for `total` bytes, none of them there.
    pub fn new(total: u64) -> Self {
        Self { bytes: Mutex::default(), total, full_at: u64::MAX, unreadable_at: None }
    }

    /// All bytes there.
    pub fn holding(bytes: Vec<u8>) -> Self {
        let total = bytes.len() as u64;
        Self { bytes: Mutex::new(bytes), ..Self::new(total) }
    }

    /// Writes that reach beyond this byte fail with [`io::ErrorKind::StorageFull`]; nothing of them
    /// is kept.
    pub fn full_at(self, byte: u64) -> Self {
        Self { full_at: byte, ..self }
    }

    /// Reads that touch this byte or what follows it fail with an error of the device.
    pub fn unreadable_at(self, byte: u64) -> Self {
        Self { unreadable_at: Some(byte), ..self }
    }

    /// What is there.
    pub fn bytes(&self) -> Vec<u8> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn error(source: impl Into<io::Error>) -> Error {
    Error { path: PathBuf::from(Memory::PATH), source: source.into() }
}

impl Storage for Memory {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let end = offset.saturating_add(buffer.len() as u64);
        if self.unreadable_at.is_some_and(|bad| bad < end) {
            return Err(error(io::Error::other("injected read error")));
        }
        let bytes = self.lock();
        let there =
            usize::try_from(offset).ok().and_then(|from| bytes.get(from..)?.get(..buffer.len()));
        buffer.copy_from_slice(there.ok_or_else(|| error(io::ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error> {
        let length: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        let end = offset.saturating_add(length as u64);
        if end > self.full_at {
            return Err(error(io::ErrorKind::StorageFull));
        }
        let (from, to) = match (usize::try_from(offset), usize::try_from(end)) {
            (Ok(from), Ok(to)) if end <= self.total => (from, to),
            _ => return Err(error(io::ErrorKind::InvalidInput)),
        };
        let mut bytes = self.lock();
        if bytes.len() < to {
            bytes.resize(to, 0);
        }
        let mut rest = bytes.get_mut(from..to).unwrap_or_default();
        for buffer in buffers {
            let (part, after) = rest.split_at_mut(buffer.len());
            part.copy_from_slice(buffer);
            rest = after;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }

    fn extents(&self, _: u64) -> Result<Vec<Extent>, Error> {
        let there = self.lock().len() as u64;
        Ok(Vec::from_iter(
            (there > 0).then_some(Extent { range: 0..there, content: Content::Data }),
        ))
    }
}
