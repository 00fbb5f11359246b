//! Names and hashes from metainfo, as text.

use crate::torrent::FilePath;
use serde::{Serialize, Serializer};

/// A name: text, or `{"$hex":"…"}` where it is not UTF-8, as everywhere bencode becomes JSON.
pub struct Text<'a>(pub &'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_map([("$hex", hex(self.0))]),
        }
    }
}

/// The names of a path.
pub struct Names<'a>(pub FilePath<'a>);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.components().map(Text))
    }
}

/// Writes the names of a path as [`Names`] does. Most have nothing to escape, and are copied.
///
/// # Errors
/// None but those of serde.
pub fn put_names(path: FilePath<'_>, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let odd = |byte: u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\');
    let names = path.as_joined();
    if names.is_empty() || names.iter().fold(false, |found, &byte| found | odd(byte)) {
        return serde_json::to_writer(out, &Names(path));
    }
    let mut before: &[u8] = b"[\"";
    for name in path.components() {
        out.extend_from_slice(before);
        out.extend_from_slice(name);
        before = b"\",\"";
    }
    out.extend_from_slice(b"\"]");
    Ok(())
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
