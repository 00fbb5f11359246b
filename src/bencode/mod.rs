//! Bencode (BEP 3): the scanner that judges every byte from outside, values, lossless JSON.
//!
//! No other module reads bencode by itself. A document is judged as a whole first, without
//! recursion and within [`Limits`]; what comes out is a [`Value`], a cursor into bytes that are
//! known to be good. Nothing is copied, so an info-hash is always over the bytes as found.
//!
//! - [`parse`] takes canonical bencode only: what `bt` and its peers write.
//! - [`parse_prefix`] takes a value that other bytes follow (BEP 9).
//! - [`parse_lenient`] takes what sloppy makers of metainfo and trackers write, and says so.
//! - [`from_bytes`] fills a struct.
//! - [`Walk`] goes down dictionaries in dictionaries at the price of one look.
//! - [`Writer`] writes, always canonically.
//! - [`Draft`] changes what is named and leaves all else as it was.
//! - [`json`] says the same in JSON, both ways without loss.

mod draft;
mod error;
pub mod json;
mod lexer;
mod outline;
mod scan;
mod typed;
mod value;
mod walk;
mod write;

pub use draft::{Draft, Path, PathError};
pub use error::{Error, ErrorKind, Limits, Warning};
pub use outline::Outline;
pub use scan::{parse, parse_lenient, parse_prefix};
pub use typed::{TypedError, from_bytes, from_prefix, to_bytes};
pub use value::{Digits, Entries, Items, Kind, Value};
pub use walk::Walk;
pub use write::{Dict, Writer};

#[cfg(test)]
mod tests;
