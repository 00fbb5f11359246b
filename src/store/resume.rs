//! What was verified of a torrent when its state was last saved, so that the next start need not
//! hash it again.
//!
//! Right bytes matter more than speed: a piece counts only where every file that it touches has the
//! size and the time of change that were saved. After a kill the files are newer than the state, and
//! all of it is hashed. Pieces that the state lacks may be there all the same; they are always hashed.

#![deny(clippy::indexing_slicing)]

use super::whole::{self, Existing};
use super::{Error, Files, Storage};
use crate::bencode;
use crate::torrent::{Bitfield, InfoHash, PieceIndex, Pieces};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// The saved state is of this shape; another is not understood.
const VERSION: u64 = 1;

/// State files beyond this many bytes are not ours: 20,000 files and a million pieces take under
/// 1 MiB.
const LONGEST: u64 = 64 << 20;

/// The state of one torrent's files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resume {
    info_hash: InfoHash,
    /// Where the data is: an absolute path as bytes.
    root: Vec<u8>,
    have: Bitfield,
    /// By file, pads too; `None`: it was missing.
    stamps: Vec<Option<Stamp>>,
}

/// The file's shape. The keys stand in their order.
#[derive(Serialize, Deserialize)]
struct Saved {
    #[serde(rename = "bt resume")]
    version: u64,
    /// Size and time of change by file; an empty list: it was missing.
    files: Vec<Vec<i64>>,
    have: ByteBuf,
    #[serde(rename = "info-hash")]
    info_hash: ByteBuf,
    pieces: u32,
    root: ByteBuf,
}

/// By what a file is known not to have changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    size: u64,
    /// Nanoseconds since 1970.
    changed: i64,
}

impl Resume {
    /// The state as it is now. `have` must have been verified before the call. Brings the files to
    /// the disk first, so that the state claims nothing that a loss of power can take back; not for
    /// a task that must not wait.
    pub fn new(info_hash: InfoHash, files: &Files, have: Bitfield) -> Result<Self, Error> {
        files.sync()?;
        Ok(Self { info_hash, root: root(files)?, have, stamps: stamps(files)? })
    }

    /// The pieces that need not be hashed again: those of the state whose files are as they were.
    /// None where the state is of another torrent or another place.
    pub fn trusted(
        &self,
        info_hash: InfoHash,
        files: &Files,
        pieces: Pieces,
    ) -> Result<Bitfield, Error> {
        let mut trusted = Bitfield::none(pieces.count());
        let layout = files.layout();
        let same = self.info_hash == info_hash
            && self.have.len() == pieces.count()
            && self.stamps.len() == layout.len();
        if !same || self.root != root(files)? {
            return Ok(trusted);
        }
        let now = stamps(files)?;
        let unchanged: Vec<bool> = std::iter::zip(&self.stamps, &now)
            .zip(layout.files())
            .map(|((saved, now), file)| file.pad || (saved.is_some() && saved == now))
            .collect();
        let holds = |piece: PieceIndex| {
            let length = u64::from(pieces.length(piece));
            let mut spans = layout.spans(pieces.offset(piece), length);
            spans.all(|span| unchanged.get(span.file).is_some_and(|&unchanged| unchanged))
        };
        for piece in self.have.iter().filter(|&piece| holds(piece)) {
            trusted.insert(piece);
        }
        Ok(trusted)
    }

    /// Reads a state; `None` where there is none.
    ///
    /// # Errors
    /// It can't be read, or ([`std::io::ErrorKind::InvalidData`]) it is not what [`Resume::save`]
    /// writes. Both are no reason to stop: without a state all is hashed.
    pub fn load(path: &Path) -> Result<Option<Self>, Error> {
        let fail = |source: std::io::Error| Error { path: path.to_owned(), source };
        let bytes = match std::fs::metadata(path).and_then(|there| match there.len() {
            0..=LONGEST => std::fs::read(path),
            _ => Err(std::io::ErrorKind::FileTooLarge.into()),
        }) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(fail)?,
        };
        let garbled = || std::io::Error::new(std::io::ErrorKind::InvalidData, "garbled state file");
        Self::decode(&bytes).map(Some).ok_or_else(|| fail(garbled()))
    }

    /// Writes the state, whole or not at all, and makes the folder for it.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        if let Some(folder) = path.parent() {
            let fail = |source| Error { path: folder.to_owned(), source };
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        let fail = |error| Error { path: path.to_owned(), source: std::io::Error::other(error) };
        whole::write(path, &self.encode().map_err(fail)?, Existing::Replace)
    }

    /// The file that holds the state of this torrent below the folder of states.
    pub fn path(states: &Path, info_hash: InfoHash) -> std::path::PathBuf {
        states.join(format!("{info_hash}.resume"))
    }

    fn encode(&self) -> Result<Vec<u8>, bencode::TypedError> {
        let numbers = |stamp: &Option<Stamp>| match stamp {
            Some(Stamp { size, changed }) => vec![i64::try_from(*size).unwrap_or(-1), *changed],
            None => vec![],
        };
        bencode::to_bytes(&Saved {
            version: VERSION,
            files: self.stamps.iter().map(numbers).collect(),
            have: ByteBuf::from(self.have.as_wire()),
            info_hash: ByteBuf::from(self.info_hash.0),
            pieces: self.have.len(),
            root: ByteBuf::from(self.root.clone()),
        })
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let saved: Saved = bencode::from_bytes(bytes).ok()?;
        if saved.version != VERSION {
            return None;
        }
        Some(Self {
            info_hash: InfoHash(saved.info_hash.as_slice().try_into().ok()?),
            root: saved.root.into_vec(),
            have: Bitfield::from_wire(&saved.have, saved.pieces)?,
            stamps: saved.files.iter().map(|file| stamp(file)).collect::<Option<_>>()?,
        })
    }
}

/// The outer `None`: garbled.
fn stamp(file: &[i64]) -> Option<Option<Stamp>> {
    match *file {
        [] => Some(None),
        [size, changed] => Some(Some(Stamp { size: u64::try_from(size).ok()?, changed })),
        _ => None,
    }
}

fn stamps(files: &Files) -> Result<Vec<Option<Stamp>>, Error> {
    let stamp = |(number, file): (usize, crate::torrent::File<'_>)| match file.pad {
        true => Ok(None),
        false => Ok(files.metadata(number)?.as_ref().and_then(stamp_of)),
    };
    files.layout().files().enumerate().map(stamp).collect()
}

fn stamp_of(metadata: &Metadata) -> Option<Stamp> {
    let changed = nanoseconds(metadata.modified().ok()?)?;
    Some(Stamp { size: metadata.len(), changed })
}

/// Nanoseconds since 1970; `None` some 300 years from then.
pub(super) fn nanoseconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos()).ok()?.checked_neg(),
    }
}

fn root(files: &Files) -> Result<Vec<u8>, Error> {
    let path = files.root();
    let absolute =
        std::path::absolute(path).map_err(|source| Error { path: path.to_owned(), source })?;
    Ok(absolute.into_os_string().into_encoded_bytes())
}

#[cfg(test)]
mod tests;
