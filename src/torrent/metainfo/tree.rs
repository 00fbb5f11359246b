//! The `file tree` of v2 torrents (BEP 52), alone or beside v1's `files`.

use super::Warnings;
use super::error::{Error, Why};
use super::files::{Built, Entry, Files, Keys, component};
use super::info::Info;
use crate::bencode::{self, Value};
use crate::torrent::name::{MAX_PATH, Unsafe};
use crate::torrent::{FilePathBuf, merkle};

/// The lengths that pieces may have (BEP 52).
pub(super) fn check_piece_length(piece_length: u32) -> Result<(), Error> {
    match piece_length.is_power_of_two() && piece_length >= 16 * 1024 {
        true => Ok(()),
        false => Err(Error::new("piece length", Why::PieceLengthV2)),
    }
}

/// The files of `file tree`, in its order; laid so that each with bytes begins at a piece, where a
/// piece's length is given. `info` begins at `base` of the document.
pub(super) fn parse(
    info: &Info<'_>,
    base: usize,
    aligned: Option<u32>,
    files: Files<'_>,
) -> Result<Built, Error> {
    let inside = |error: Error| error.inside("file tree");
    let tree = info.get(b"file tree").ok_or_else(|| Error::new("file tree", Why::Missing))?;
    let no_folder = || Error::new("file tree", Why::Type("a dictionary"));
    let mut entries = bencode::Walk::of(tree).ok_or_else(no_folder)?;
    let mut walk = Walk { path: FilePathBuf::new(), depth: 0, files, base, aligned };
    let first = entries.key();
    walk.folder(&mut entries, first).map_err(inside)?;
    match walk.files.is_empty() {
        true => Err(Error::new("file tree", Why::NoFiles)),
        false => Ok(walk.files.build()),
    }
}

struct Walk<'w> {
    /// Where it is.
    path: FilePathBuf,
    /// How many components that has.
    depth: usize,
    files: Files<'w>,
    base: usize,
    aligned: Option<u32>,
}

impl Walk<'_> {
    /// The folder that `entries` is in and of which `first` was read. Recursion is bounded, as
    /// [`down`](Self::down) bounds the path.
    fn folder<'a>(
        &mut self,
        entries: &mut bencode::Walk<'a>,
        first: Option<&'a [u8]>,
    ) -> Result<(), Error> {
        let mut next = first;
        let mut before = &b""[..];
        while let Some(key) = next {
            let inside = |error: Error| error.inside(String::from_utf8_lossy(key).escape_debug());
            if key.is_empty() {
                return Err(Error::new("", Why::FileAndFolder));
            }
            // The order of the names is that of the pieces. Who reads this into a map has another.
            if key <= before {
                return Err(inside(Error::new("", Why::Unsorted)));
            }
            before = key;
            self.down(key).map_err(|why| Error::new("", why))?;
            if !entries.enter() {
                return Err(inside(Error::new("", Why::Type("a dictionary"))));
            }
            match entries.key() {
                Some(b"") => {
                    let leaf = entries.value();
                    if entries.key().is_some() {
                        return Err(inside(Error::new("", Why::FileAndFolder)));
                    }
                    leaf.map_or(Ok(()), |leaf| self.file(leaf)).map_err(inside)?;
                }
                first => self.folder(entries, first).map_err(inside)?,
            }
            self.path.pop();
            self.depth = self.depth.saturating_sub(1);
            next = entries.key();
        }
        Ok(())
    }

    /// Enters a name. The path was good before, so there is no need to look at all of it.
    fn down(&mut self, key: &[u8]) -> Result<(), Unsafe> {
        let name = component(key, self.files.warnings)?;
        self.path.push(&name)?;
        self.depth = self.depth.saturating_add(1);
        let deepest = self.files.bounds.depth;
        match self.path.as_path().as_joined().len() {
            _ if self.depth > deepest => Err(Unsafe::Deep(deepest)),
            bytes if bytes > MAX_PATH => Err(Unsafe::LongPath),
            _ => Ok(()),
        }
    }

    fn file(&mut self, leaf: Value<'_>) -> Result<(), Error> {
        let leaf = bencode::Walk::of(leaf);
        let mut leaf = leaf.ok_or_else(|| Error::new("", Why::Type("a dictionary")))?;
        let leaf = Keys::read(&mut leaf);
        let mut entry = Entry::read(&leaf)?;
        let root = leaf.pieces_root.map(|root| (root, root.bytes().unwrap_or_default()));
        entry.root = match (root, entry.length) {
            (None, 0) => None,
            (Some((_, bytes)), 1..) if bytes == merkle::Node::default() => {
                return Err(Error::new("pieces root", Why::ZeroRoot));
            }
            (Some((root, bytes)), 1..) if bytes.len() == size_of::<merkle::Node>() => {
                let end = root.offset().saturating_add(root.raw().len());
                let at = end.saturating_sub(bytes.len()).saturating_sub(self.base);
                u32::try_from(at).ok()
            }
            _ => return Err(Error::new("pieces root", Why::PiecesRoot)),
        };
        // Some would make zeros of it and some ask for its bytes.
        if entry.pad {
            return Err(Error::new("attr", Why::PadInTree));
        }
        if let (Some(piece_length), 1..) = (self.aligned, entry.length) {
            self.files.align(piece_length)?;
        }
        self.files.push(self.path.as_path(), entry)
    }
}

/// Holds the two descriptions of a hybrid torrent against each other; returns where v1's files have
/// their roots. What the hashes do not hang on may differ, with a warning: v1 counts then.
pub(super) fn join(
    v1: &Built,
    v2: &Built,
    piece_length: u32,
    warnings: &mut Warnings,
) -> Result<Vec<u32>, Error> {
    let mut roots = vec![0; v1.layout.len()];
    let mut others = v2.layout.files().enumerate();
    let place = roots.iter_mut().zip(v1.layout.files()).enumerate();
    for (at, (root, file)) in place.filter(|(_, (_, file))| !file.pad) {
        let differs = || Error::new("file tree", Why::Differs);
        let (other, twin) = others.next().ok_or_else(differs)?;
        if (file.path, file.length) != (twin.path, twin.length) {
            return Err(differs());
        }
        let link = |of: &Built, at| of.extras.get(&at).and_then(|extra| extra.symlink.clone());
        if link(v1, at) != link(v2, other) {
            warnings.add(format_args!("{:?}: v1 and v2 disagree on where it links to", file.path));
        }
        if (file.executable, file.hidden) != (twin.executable, twin.hidden) {
            warnings.add(format_args!("{:?}: v1 and v2 disagree on its attributes", file.path));
        }
        let start = v1.layout.range(at).map_or(0, |range| range.start);
        let inside = start.checked_rem(u64::from(piece_length)).unwrap_or(0);
        if file.length > 0 && inside > 0 {
            return Err(Error::new(format_args!("files[{at}]"), Why::NotAligned));
        }
        *root = v2.roots.get(other).copied().unwrap_or(0);
    }
    match others.next() {
        Some(_) => Err(Error::new("file tree", Why::Differs)),
        None => Ok(roots),
    }
}
