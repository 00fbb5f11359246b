//! The `file tree` and the `piece layers` of v2 (BEP 52).

use super::Builder;
use crate::bencode::Dict;
use crate::torrent::{FilePath, merkle};
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Range;
use std::slice;

/// A file and its tree.
pub(super) struct Rooted {
    /// The file's number in the layout.
    number: usize,
    /// Its pieces; none for an empty file.
    pieces: Range<usize>,
    /// Its `pieces root`; zeros for an empty file.
    root: merkle::Node,
}

/// All files but pads. A file with bytes begins at a piece.
pub(super) fn roots(builder: &Builder<'_>) -> Vec<Rooted> {
    let length = u64::from(builder.piece_length.max(1));
    let mut layer = Vec::new();
    let rooted = |(number, file): (usize, crate::torrent::File<'_>)| {
        let start = builder.layout.range(number).map_or(0, |range| range.start);
        let number_of =
            |offset: u64| usize::try_from(offset.div_ceil(length)).unwrap_or(usize::MAX);
        let pieces = number_of(start)..number_of(start + file.length);
        layer.clear();
        layer.extend_from_slice(builder.roots.get(pieces.clone()).unwrap_or_default());
        let root = match *layer.as_slice() {
            [] => merkle::ZERO,
            [only] => only,
            _ => merkle::pieces_root(&mut layer, builder.piece_length),
        };
        Rooted { number, pieces, root }
    };
    builder.layout.real().map(rooted).collect()
}

/// The layers of all files that are longer than a piece; equal files have one.
pub(super) fn layers(builder: &Builder<'_>, files: &[Rooted], layers: &mut Dict<'_>) {
    let longer = files.iter().filter(|file| file.pieces.len() > 1);
    let sorted: BTreeMap<_, _> = longer.map(|file| (file.root, &file.pieces)).collect();
    for (root, pieces) in sorted {
        let layer = builder.roots.get(pieces.clone()).unwrap_or_default();
        layers.bytes(root, layer.as_flattened());
    }
}

/// `file tree`.
pub(super) fn write(builder: &Builder<'_>, files: &[Rooted], root: &mut Dict<'_>) {
    folder(builder, &mut files.iter().peekable(), FilePath::default(), root);
}

/// All files of a folder. They are in the order of their paths, so they stand together.
fn folder(
    builder: &Builder<'_>,
    files: &mut Peekable<slice::Iter<'_, Rooted>>,
    above: FilePath<'_>,
    entries: &mut Dict<'_>,
) {
    while let Some(rooted) = files.peek() {
        let file = builder.layout.file(rooted.number);
        let path = file.map(|file| file.path).filter(|path| path.starts_with(above));
        let Some((inner, name)) = path.and_then(|path| path.child_of(above)) else { return };
        if Some(inner) != path {
            entries.dict(name, |entries| folder(builder, files, inner, entries));
        } else {
            entries.dict(name, |entry| entry.dict("", |leaf| self::leaf(builder, rooted, leaf)));
            files.next();
        }
    }
}

/// What is said of a file. A link has no length here, as libtorrent writes it.
fn leaf(builder: &Builder<'_>, rooted: &Rooted, leaf: &mut Dict<'_>) {
    let Some(file) = builder.layout.file(rooted.number) else { return };
    builder.attributes(leaf, file, rooted.number);
    let extra = builder.extras.get(&rooted.number);
    if extra.is_none_or(|extra| extra.symlink.is_none()) {
        leaf.int("length", file.length);
    }
    if !rooted.pieces.is_empty() {
        leaf.bytes("pieces root", rooted.root);
    }
    builder.sha1(leaf, rooted.number);
    builder.symlink(leaf, rooted.number);
}
