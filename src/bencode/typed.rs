//! Bencode into structs, by serde.
//!
//! `serde_bencode` recurses and forgives, so it sees only what the scanner has accepted, and only
//! to a small depth.

use super::{Error, Limits};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// serde_bencode takes a stack frame a level: it may see no more levels than these.
const LIMITS: Limits = Limits { depth: 64, tokens: usize::MAX, warnings: 0 };

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
    let value = LIMITS.parse(bytes)?;
    Ok(serde_bencode::from_bytes(value.raw())?)
}

/// [`from_bytes`] of a value that other bytes follow, as in `ut_metadata` (BEP 9): the struct, and
/// what is behind it.
///
/// # Errors
/// It does not begin with canonical bencode of that shape.
pub fn from_prefix<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), TypedError> {
    let (value, rest) = LIMITS.parse_prefix(bytes)?;
    Ok((serde_bencode::from_bytes(value.raw())?, rest))
}

/// Writes a struct as canonical bencode (BEP 3).
///
/// # Errors
/// It holds what bencode can't say, such as a float.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, TypedError> {
    Ok(serde_bencode::to_bytes(value)?)
}
