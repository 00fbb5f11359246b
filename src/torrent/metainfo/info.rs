//! The `info` dictionary: what the info-hash covers.

use super::error::{Error, Why};
use super::files::{self, Built, Files};
use super::layers::Trees;
use super::{Bounds, Known, MAX_PIECE_LENGTH, MAX_PIECES, Metainfo, Warnings, names, text, tree};
use crate::bencode::{Outline, Value};
use crate::torrent::{InfoHash, Layout, Pieces, builder};
use bytes::Bytes;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};

/// What is known of `info`.
pub(super) type Info<'a> = Known<'a, KEYS>;

const KEYS: usize = 15;

/// The keys of `info`, those of a single file among them.
const INFO: [&str; KEYS] = [
    "attr",
    "file tree",
    "files",
    "length",
    "md5sum",
    "meta version",
    "name",
    "name.utf-8",
    "piece length",
    "pieces",
    "private",
    "sha1",
    "source",
    "source.utf-8",
    "symlink path",
];

/// Judges `info`, whose bytes are `raw`.
pub(super) fn parse(
    raw: Bytes,
    info: Value<'_>,
    outline: &Outline,
    bounds: Bounds,
    warnings: &mut Warnings,
) -> Result<Metainfo, Error> {
    let inside = |error: Error| error.inside("info");
    let base = info.offset();
    let info =
        &Known::of(info, outline, &INFO).ok_or(Error::new("info", Why::Type("a dictionary")))?;
    // First of all, as BEP 52 wants it: the rest is judged by the rules of the version.
    let version = match info.get(b"meta version") {
        Some(value) => value.int().ok_or(Error::new("info.meta version", Why::Type("a number")))?,
        None => 1,
    };
    if !(1..=2).contains(&version) {
        return Err(Error::new("info.meta version", Why::Version(version)));
    }
    let name = own_name(info, warnings).map_err(inside)?;
    let piece_length = piece_length(info, warnings).map_err(inside)?;
    let is_v1 = version == 1 || info.get(b"pieces").is_some();
    let is_v2 = version == 2;
    let hash = || {
        let v1 = is_v1.then(|| InfoHash(Sha1::digest(&raw).into()));
        (v1, is_v2.then(|| Sha256::digest(&raw).into()))
    };
    let head = Head { base, name, piece_length, is_v1, is_v2 };
    let (metainfo, hashes) = beside(raw.len(), || rest(&raw, info, head, bounds, warnings), hash);
    let (v1, v2) = hashes;
    Ok(Metainfo { v1, v2, ..metainfo? })
}

/// `info` of so many bytes is hashed by a thread of its own while it is read.
const LONG: usize = 1 << 20;

/// Does the one and the other, at the same time where there are many bytes.
fn beside<T, U: Send>(
    bytes: usize,
    one: impl FnOnce() -> T,
    other: impl Fn() -> U + Sync,
) -> (T, U) {
    thread::scope(|scope| {
        let spawn = || thread::Builder::new().spawn_scoped(scope, &other).ok();
        let thread = (bytes >= LONG).then(spawn).flatten();
        let one = one();
        let join =
            |thread: ScopedJoinHandle<'_, U>| thread.join().unwrap_or_else(|p| resume_unwind(p));
        (one, thread.map_or_else(&other, join))
    })
}

/// What is known of `info` before its files are read.
struct Head {
    /// Where it begins in the document.
    base: usize,
    name: Box<[u8]>,
    piece_length: u32,
    is_v1: bool,
    is_v2: bool,
}

/// All but the info-hashes.
fn rest(
    raw: &Bytes,
    info: &Info<'_>,
    head: Head,
    bounds: Bounds,
    warnings: &mut Warnings,
) -> Result<Metainfo, Error> {
    let inside = |error: Error| error.inside("info");
    let Head { base, name, piece_length, is_v1, is_v2 } = head;
    if is_v2 {
        tree::check_piece_length(piece_length).map_err(inside)?;
    }
    let (folder, files) = if is_v1 {
        let mut files = Files::new(raw.len(), bounds, warnings);
        let folder = files.v1(info, &name).map_err(inside)?;
        let mut files = files.build();
        if is_v2 {
            // A single file counts as one whose path is the name.
            let twins = tree::parse(info, base, None, Files::new(raw.len(), bounds, warnings));
            let twins = twins.map_err(inside)?;
            files.roots = tree::join(&files, &twins, piece_length, warnings).map_err(inside)?;
        }
        (folder, files)
    } else {
        let files = Files::new(raw.len(), bounds, warnings);
        let files = tree::parse(info, base, Some(piece_length), files).map_err(inside)?;
        let alone = files.layout.len() == 1
            && files.layout.file(0).is_some_and(|file| file.path.components().eq([&*name]));
        (!alone, files)
    };
    let Built { layout, extras, roots } = files;
    let look = names::distinct(&layout).map_err(|(at, why)| match is_v1 {
        true => Error::new(format_args!("info.files[{at}]"), why),
        false => Error::new("info.file tree", why),
    })?;
    names::warn(&layout, look, warnings);
    let pieces = match Pieces::new(layout.total(), piece_length) {
        Some(pieces) if pieces.count() > MAX_PIECES => {
            return Err(Error::new("info", Why::ManyPieces));
        }
        None if layout.total() > 0 => return Err(Error::new("info", Why::ManyPieces)),
        pieces => pieces,
    };
    let hashes = match is_v1 {
        true => hashes(raw, info, &layout, piece_length).map_err(inside)?,
        false => Bytes::new(),
    };
    Ok(Metainfo {
        v1: None,
        v2: None,
        name,
        folder,
        layout,
        extras,
        trees: Trees::new(roots),
        pieces,
        piece_length,
        hashes,
        private: private(info, warnings),
        source: text(info, "source", warnings),
        info: raw.clone(),
        trackers: Vec::new(),
        web_seeds: Vec::new(),
        http_seeds: Vec::new(),
        nodes: Vec::new(),
        comment: None,
        created_by: None,
        creation_date: None,
        signatures: None,
        warnings: Vec::new(),
    })
}

fn own_name(info: &Info<'_>, warnings: &mut Warnings) -> Result<Box<[u8]>, Error> {
    let utf8 = info.get(b"name.utf-8").and_then(|value| value.bytes());
    let name = match utf8.filter(|name| str::from_utf8(name).is_ok()) {
        Some(name) => name,
        None => info
            .get(b"name")
            .ok_or(Error::new("name", Why::Missing))?
            .bytes()
            .ok_or(Error::new("name", Why::Type("text")))?,
    };
    let name = files::component(name, warnings).map_err(|why| Error::new("name", why))?;
    Ok(name.into())
}

fn piece_length(info: &Info<'_>, warnings: &mut Warnings) -> Result<u32, Error> {
    let field = |why| Error::new("piece length", why);
    let value = info.get(b"piece length").ok_or(field(Why::Missing))?;
    let length = value.int().ok_or(field(Why::Type("a number")))?;
    let sane = u32::try_from(length).ok().filter(|length| (1..=MAX_PIECE_LENGTH).contains(length));
    let length = sane.ok_or(field(Why::PieceLength))?;
    warn_of_piece_length(length, warnings);
    Ok(length)
}

/// Says what is odd about it.
pub(super) fn warn_of_piece_length(length: u32, warnings: &mut Warnings) {
    if !length.is_power_of_two() {
        warnings.add(format_args!("info.piece length: {length}, not a power of two"));
    }
    if let Some(who) = builder::reach(length) {
        warnings.add(format_args!("info.piece length: {length}; {who}"));
    }
}

/// Only the number 1 counts (BEP 27).
fn private(info: &Info<'_>, warnings: &mut Warnings) -> bool {
    match info.get(b"private").map(|value| value.int()) {
        None | Some(Some(0)) => false,
        Some(Some(1)) => true,
        Some(_) => {
            warnings.add("info.private: neither 0 nor 1, so not private");
            false
        }
    }
}

/// The hashes of `pieces`, one for each piece.
fn hashes(
    raw: &Bytes,
    info: &Info<'_>,
    layout: &Layout,
    piece_length: u32,
) -> Result<Bytes, Error> {
    let field = |why| Error::new("pieces", why);
    let value = info.get(b"pieces").ok_or(field(Why::Missing))?;
    let hashes = value.bytes().ok_or(field(Why::Type("text")))?;
    if !hashes.len().is_multiple_of(20) {
        return Err(field(Why::Ragged(hashes.len())));
    }
    let pieces = layout.total().div_ceil(u64::from(piece_length.max(1)));
    let found = hashes.len().div_euclid(20) as u64;
    match found == pieces {
        true => Ok(raw.slice_ref(hashes)),
        false => Err(field(Why::Count { found, pieces })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_whoever_does_them() {
        for bytes in [0, LONG] {
            let here = thread::current().id();
            let (one, other) = beside(bytes, || thread::current().id(), || thread::current().id());
            assert_eq!((one == here, other == here), (true, bytes < LONG));
        }
    }
}
