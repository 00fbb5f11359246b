//! Hashing what can be read only once and has no length: standard input.

use super::{Hashes, Settings};
use crate::hash::{Hasher, Sha1};
use std::io::{self, Read, Write};

/// What a stream held.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Streamed {
    /// The hashes of its pieces.
    pub hashes: Hashes,
    /// Bytes.
    pub length: u64,
}

/// Why a stream was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// It could not be read.
    #[error("{}", super::super::words(.0))]
    Input(#[source] io::Error),
    /// The copy could not be written.
    #[error("{}", super::super::words(.0))]
    Copy(#[source] io::Error),
    /// It has more pieces than it may have.
    #[error("too many pieces")]
    TooLong,
}

/// Which hashes of a stream's pieces are made. A stream is one file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Versions {
    /// v1.
    V1,
    /// v2.
    V2,
    /// Both.
    Hybrid,
}

/// Hashes all of `input`, at most `most` pieces, and writes the same bytes to `copy`. `advanced` is
/// told each number of bytes that was read.
///
/// # Errors
/// See [`StreamError`].
pub fn stream(
    mut input: impl Read,
    mut copy: Option<&mut dyn Write>,
    (piece_length, most): (u32, usize),
    versions: Versions,
    settings: &Settings<'_>,
    advanced: impl Fn(u64),
) -> Result<Streamed, StreamError> {
    let _ = (versions, settings);
    let mut streamed = Streamed::default();
    let mut memory = super::super::Aligned::zeroed(256 << 10);
    loop {
        let mut hash = Hasher::<Sha1>::new();
        let mut left = piece_length as usize;
        while left > 0 {
            let room = left.min(memory.len());
            let (buffer, _) = memory.split_at_mut(room);
            let read = match input.read(buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(StreamError::Input(error)),
            };
            let bytes = buffer.split_at(read).0;
            if let Some(copy) = &mut copy {
                copy.write_all(bytes).map_err(StreamError::Copy)?;
            }
            hash.update(bytes);
            advanced(read as u64);
            left -= read;
        }
        let length = piece_length as usize - left;
        if length == 0 {
            return Ok(streamed);
        }
        if streamed.hashes.v1.len() >= most {
            return Err(StreamError::TooLong);
        }
        streamed.hashes.v1.push(hash.finish());
        streamed.length += length as u64;
        if left > 0 {
            return Ok(streamed);
        }
    }
}
