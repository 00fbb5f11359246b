//! The bytes that a storage holds, for the hashing threads.

use super::hash::{Known, Reader};
use super::{Error, Storage};
use crate::torrent::Layout;

/// Reads a storage as a layout has it; pads are known and never read.
#[derive(Clone, Copy)]
pub struct Stored<'a> {
    storage: &'a dyn Storage,
    layout: &'a Layout,
}

impl<'a> Stored<'a> {
    /// Reads the storage.
    pub fn new(storage: &'a dyn Storage, layout: &'a Layout) -> Self {
        Self { storage, layout }
    }
}

impl std::fmt::Debug for Stored<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored").finish_non_exhaustive()
    }
}

impl Reader for Stored<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.storage.read(offset, buffer)
    }

    fn ahead(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        self.storage.ahead(offset, length);
        Ok(())
    }

    fn known(&self, offset: u64, length: u64) -> Known {
        pads(self.layout, offset, length)
    }
}

/// What the layout's pads tell of a range.
pub(super) fn pads(layout: &Layout, offset: u64, length: u64) -> Known {
    if !layout.is_padded() {
        let left = layout.total().saturating_sub(offset);
        return Known { data: if left == 0 { length } else { length.min(left) }, zeros: 0 };
    }
    let mut known = Known { data: 0, zeros: 0 };
    for span in layout.spans(offset, length) {
        match layout.file(span.file).is_some_and(|file| file.pad) {
            true => known.zeros += span.length,
            false if known.zeros > 0 => break,
            false => known.data += span.length,
        }
    }
    // Beyond the layout's end there is nothing to know.
    if known == (Known { data: 0, zeros: 0 }) { Known { data: length, zeros: 0 } } else { known }
}
