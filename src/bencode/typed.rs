//! Bencode into structs, by serde.
//!
//! `serde_bencode` recurses and forgives, so it sees only what the scanner has accepted, and only
//! to a small depth.

use super::{Error, Limits};
use serde::de::DeserializeOwned;

/// How deep a document may nest that is read into a struct.
const DEPTH: usize = 64;

/// Why bytes could not be read into a struct.
#[derive(Debug, thiserror::Error)]
pub enum TypedError {
    /// It is no bencode.
    #[error(transparent)]
    Syntax(#[from] Error),
    /// It is bencode, but not what the struct holds.
    #[error("{0}")]
    Shape(#[from] serde_bencode::Error),
}

/// Reads canonical bencode (BEP 3) into a struct. At most 64 levels deep; integers beyond 64 bits
/// are refused, also where the struct ignores them.
///
/// # Errors
/// It is not canonical, or not of that shape.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, TypedError> {
    let value = Limits { depth: DEPTH, ..Limits::default() }.parse(bytes)?;
    Ok(serde_bencode::from_bytes(value.raw())?)
}

/// [`from_bytes`] for what others wrote: takes what [`parse_lenient`](super::parse_lenient) takes.
///
/// # Errors
/// It is no bencode, or not of that shape.
pub fn from_bytes_lenient<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, TypedError> {
    let (value, _) = Limits { depth: DEPTH, ..Limits::default() }.parse_lenient(bytes)?;
    Ok(serde_bencode::from_bytes(value.raw())?)
}
