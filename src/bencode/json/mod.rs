//! Bencode (BEP 3) as JSON and back, without loss.
//!
//! - A byte string that is UTF-8 is a string; any other is `{"$hex":"…"}`.
//! - An integer within ±2^53, which every reader of JSON keeps, is a number; any other is
//!   `{"$int":"…"}`.
//! - A dictionary is an object with its keys in order. One that an object can't say is
//!   `{"$dict":[[key,value],…]}`: where a key is not UTF-8, where there is a single key and it
//!   starts with `$`, and where a lenient reader let keys through that are unsorted or double.
//!
//! [`Document`] writes JSON, [`read`] reads it.

mod hex;
mod read;
mod write;

pub use read::{JsonError, JsonErrorKind, read};
pub use write::{Document, Style, steers};

/// The number of digits of 2^53, and those digits.
const SAFE: &str = "9007199254740992";
