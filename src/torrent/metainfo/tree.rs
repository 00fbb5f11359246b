//! The `file tree` of v2 torrents (BEP 52), alone or beside v1's `files`.

use super::error::{Error, Why};
use super::info::{FILE, Files, component, entry};
use super::{Extra, Known, Warnings};
use crate::bencode::Value;
use crate::torrent::File;
use crate::torrent::name;

/// The files of `file tree`, in its order.
pub(super) fn parse(
    info: &Known<'_>,
    piece_length: u32,
    warnings: &mut Warnings,
) -> Result<Files, Error> {
    if !piece_length.is_power_of_two() || piece_length < 16 * 1024 {
        return Err(Error::new("piece length", Why::PieceLengthV2));
    }
    let inside = |error: Error| error.inside("file tree");
    let tree = info.get(b"file tree").ok_or(Error::new("file tree", Why::Missing))?;
    let mut files = Files::default();
    folder(tree, &mut Vec::new(), &mut files, warnings).map_err(inside)?;
    match files.files.is_empty() {
        true => Err(Error::new("file tree", Why::NoFiles)),
        false => Ok(files),
    }
}

/// Depth is bounded by [`name::check_path`], which sees every path that is entered.
fn folder(
    tree: Value<'_>,
    path: &mut Vec<Box<[u8]>>,
    files: &mut Files,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let entries = tree.dict().ok_or(Error::new("", Why::Type("a dictionary")))?;
    for (key, value) in entries {
        let inside = |error: Error| error.inside(String::from_utf8_lossy(key).escape_debug());
        if key.is_empty() {
            return Err(Error::new("", Why::FileAndFolder));
        }
        path.push(component(key, warnings).map_err(|why| Error::new("", why))?);
        name::check_path(path).map_err(|why| Error::new("", why))?;
        let mut entries = value.dict().into_iter().flatten();
        match entries.next() {
            Some((b"", leaf)) => {
                if entries.next().is_some() {
                    return Err(inside(Error::new("", Why::FileAndFolder)));
                }
                file(leaf, path, files, warnings).map_err(inside)?;
            }
            _ => folder(value, path, files, warnings).map_err(inside)?,
        }
        path.pop();
    }
    Ok(())
}

fn file(
    leaf: Value<'_>,
    path: &[Box<[u8]>],
    files: &mut Files,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let leaf = &Known::of(leaf, &FILE).ok_or(Error::new("", Why::Type("a dictionary")))?;
    let (mut file, mut extra) = entry(leaf, warnings)?;
    file.path = path.to_vec();
    let root = leaf.get(b"pieces root").map(|root| root.bytes().and_then(|r| r.try_into().ok()));
    extra.pieces_root = match (root, file.length) {
        (None, 0) => None,
        (Some(Some(root)), 1..) => Some(root),
        _ => return Err(Error::new("pieces root", Why::PiecesRoot)),
    };
    files.push(file, extra)
}

/// Lays the files of a v2 torrent so that each with bytes begins at a piece.
pub(super) fn align(files: Files, piece_length: u32) -> Result<Files, Error> {
    let Files { files, mut extras } = files;
    let mut aligned = Files::default();
    let last = files.iter().rposition(|file| file.length > 0);
    for (at, file) in files.into_iter().enumerate() {
        let tail = file.length.checked_rem(u64::from(piece_length)).unwrap_or(0);
        let pad = (tail > 0 && Some(at) != last)
            .then(|| u64::from(piece_length).saturating_sub(tail))
            .map(|length| File {
                path: vec![b".pad".as_slice().into()],
                length,
                pad: true,
                executable: false,
            });
        aligned.push(file, extras.remove(&at).unwrap_or_default())?;
        if let Some(pad) = pad {
            aligned.push(pad, Extra::default())?;
        }
    }
    Ok(aligned)
}

/// Holds the two descriptions of a hybrid torrent against each other; v1's gets the roots of v2's.
pub(super) fn join(v1: &mut Files, v2: Files, piece_length: u32) -> Result<(), Error> {
    let mut extras = v2.extras;
    let mut others = v2.files.iter().enumerate();
    let mut start = 0u64;
    for (at, file) in v1.files.iter().enumerate() {
        if !file.pad {
            let differs = || Error::new("file tree", Why::Differs);
            let (other, twin) = others.next().ok_or_else(differs)?;
            if (&file.path, file.length) != (&twin.path, twin.length) {
                return Err(differs());
            }
            let inside = start.checked_rem(u64::from(piece_length)).unwrap_or(0);
            if file.length > 0 && inside > 0 {
                return Err(Error::new(format_args!("files[{at}]"), Why::NotAligned));
            }
            if let Some(root) = extras.remove(&other).and_then(|extra| extra.pieces_root) {
                v1.extras.entry(at).or_default().pieces_root = Some(root);
            }
        }
        start = start.saturating_add(file.length);
    }
    match others.next() {
        Some(_) => Err(Error::new("file tree", Why::Differs)),
        None => Ok(()),
    }
}
