//! Names from metainfo, as JSON.

use crate::torrent::FilePath;
use serde::{Serialize, Serializer};

/// A name: text, or `{"$hex":"…"}` where it is not UTF-8, as everywhere bencode becomes JSON.
pub struct Text<'a>(pub &'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                serializer.collect_map([("$hex", hex)])
            }
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
