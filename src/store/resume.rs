//! What was verified of a torrent when its state was last saved, so that the next start need not
//! hash it again.
//!
//! Right bytes matter more than speed: a piece counts only where every file that it touches has the
//! size and the time of change that were saved. After a kill the files are newer than the state, and
//! all of it is hashed. Pieces that the state lacks may be there all the same; they are always hashed.

#![deny(clippy::indexing_slicing)]

use super::whole::{self, Existing};
use super::{Error, Files, Storage};
use crate::bencode::{Value, Writer, parse};
use crate::torrent::{Bitfield, InfoHash, PieceIndex, Pieces};
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
            && self.stamps.len() == layout.files().len();
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
        let state = parse(&bytes).ok().and_then(Self::decode);
        let garbled = || std::io::Error::new(std::io::ErrorKind::InvalidData, "garbled state file");
        state.map(Some).ok_or_else(|| fail(garbled()))
    }

    /// Writes the state, whole or not at all, and makes the folder for it.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        if let Some(folder) = path.parent() {
            let fail = |source| Error { path: folder.to_owned(), source };
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        whole::write(path, &self.encode(), Existing::Replace)
    }

    /// The file that holds the state of this torrent below the folder of states.
    pub fn path(states: &Path, info_hash: InfoHash) -> std::path::PathBuf {
        states.join(format!("{info_hash}.resume"))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.dict(|state| {
            state.int("bt resume", VERSION);
            state.list("files", |files| {
                for stamp in &self.stamps {
                    files.list(|file| {
                        if let Some(stamp) = stamp {
                            file.int(stamp.size).int(stamp.changed);
                        }
                    });
                }
            });
            state.bytes("have", self.have.as_wire());
            state.bytes("info-hash", self.info_hash.0);
            state.int("pieces", self.have.len());
            state.bytes("root", &self.root);
        });
        out.into_bytes()
    }

    fn decode(state: Value<'_>) -> Option<Self> {
        if state.get(b"bt resume")?.uint()? != VERSION {
            return None;
        }
        let count = u32::try_from(state.get(b"pieces")?.uint()?).ok()?;
        Some(Self {
            info_hash: InfoHash(state.get(b"info-hash")?.bytes()?.try_into().ok()?),
            root: state.get(b"root")?.bytes()?.to_vec(),
            have: Bitfield::from_wire(state.get(b"have")?.bytes()?, count)?,
            stamps: state.get(b"files")?.list()?.map(stamp).collect::<Option<_>>()?,
        })
    }
}

/// The outer `None`: garbled.
fn stamp(file: Value<'_>) -> Option<Option<Stamp>> {
    let mut numbers = file.list()?;
    Some(match (numbers.next(), numbers.next(), numbers.next()) {
        (None, ..) => None,
        (Some(size), Some(changed), None) => {
            Some(Stamp { size: size.uint()?, changed: changed.int()? })
        }
        _ => return None,
    })
}

fn stamps(files: &Files) -> Result<Vec<Option<Stamp>>, Error> {
    let stamp = |(number, file): (usize, &crate::torrent::File)| match file.pad {
        true => Ok(None),
        false => Ok(files.metadata(number)?.as_ref().and_then(stamp_of)),
    };
    files.layout().files().iter().enumerate().map(stamp).collect()
}

fn stamp_of(metadata: &Metadata) -> Option<Stamp> {
    let changed = metadata.modified().ok()?;
    let nanoseconds = match changed.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).ok()?,
        Err(before) => i64::try_from(before.duration().as_nanos()).ok()?.checked_neg()?,
    };
    Some(Stamp { size: metadata.len(), changed: nanoseconds })
}

fn root(files: &Files) -> Result<Vec<u8>, Error> {
    let path = files.root();
    let absolute =
        std::path::absolute(path).map_err(|source| Error { path: path.to_owned(), source })?;
    Ok(absolute.into_os_string().into_encoded_bytes())
}

#[cfg(test)]
mod tests;
