//! The `piece layers` beside `info` (BEP 52): they must hash to the roots inside it.

use super::error::{Error, Why};
use super::{Metainfo, Warnings};
use crate::bencode::Value;
use crate::torrent::merkle::{self, Node};
use bytes::Bytes;

/// Where the trees of v2's files are: nothing of them is copied.
#[derive(Clone, Debug, Default)]
pub(super) struct Trees {
    /// Where the `pieces root` begins in `info`, by file; 0, or beyond the end: it has none.
    roots: Box<[u32]>,
    /// The value of `piece layers`.
    bytes: Bytes,
    /// Where the layers are in `bytes`, by file in order; only of files longer than a piece.
    layers: Vec<Layer>,
}

#[derive(Clone, Copy, Debug)]
struct Layer {
    file: u32,
    at: u32,
    count: u32,
}

impl Trees {
    pub(super) fn new(roots: Vec<u32>) -> Self {
        Self { roots: roots.into(), ..Self::default() }
    }

    pub(super) fn root<'a>(&self, info: &'a [u8], file: usize) -> Option<&'a Node> {
        let at = self.roots.get(file).copied().filter(|&at| at > 0)?;
        info.get(at as usize..)?.first_chunk()
    }

    pub(super) fn layer(&self, file: usize) -> Option<&[Node]> {
        let file = u32::try_from(file).ok()?;
        let found = self.layers.binary_search_by_key(&file, |layer| layer.file).ok()?;
        let layer = self.layers.get(found)?;
        let (nodes, _) = self.bytes.get(layer.at as usize..)?.as_chunks();
        nodes.get(..layer.count as usize)
    }
}

/// An entry of `piece layers`.
struct Given<'a> {
    root: &'a [u8],
    layer: &'a [u8],
    /// Where the layer begins in the document.
    offset: usize,
    /// It belongs to a file and hashes to its root.
    checked: bool,
}

impl<'a> Given<'a> {
    fn new((root, value): (&'a [u8], Value<'a>)) -> Option<Self> {
        let layer = value.bytes()?;
        let prefix = value.raw().len().saturating_sub(layer.len());
        Some(Self { root, layer, offset: value.offset().saturating_add(prefix), checked: false })
    }

    /// Whether it is the layer of a file with this root and so many pieces.
    fn check(&mut self, pieces: u64, piece_length: u32) -> Result<(), Why> {
        let (nodes, rest) = self.layer.as_chunks();
        if !rest.is_empty() {
            return Err(Why::RaggedLayer(self.layer.len()));
        }
        let found = nodes.len() as u64;
        if found != pieces {
            return Err(Why::Count { found, pieces });
        }
        // Equal files share a layer.
        if !self.checked && merkle::pieces_root(&mut nodes.to_vec(), piece_length) != *self.root {
            return Err(Why::WrongLayer);
        }
        self.checked = true;
        Ok(())
    }
}

/// Reads the layers of `metainfo`, of v2, out of `document`.
pub(super) fn read(
    metainfo: &mut Metainfo,
    document: &Bytes,
    layers: Option<Value<'_>>,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let outer = |why| Error::new("piece layers", why);
    let Some(value) = layers else {
        // BEP 52 wants it there even so.
        warnings.add("piece layers: missing");
        return match longer(metainfo).next() {
            Some(_) => Err(outer(Why::Missing)),
            None => Ok(()),
        };
    };
    let entries = value.dict().ok_or(outer(Why::Type("a dictionary")))?;
    let mut given = Vec::new();
    let mut odd = false;
    for entry in entries {
        let entry = Given::new(entry).ok_or(outer(Why::Type("a dictionary of text")))?;
        // No file has another root; kept, entries of a few bytes would take many times those.
        match entry.root.len() == size_of::<Node>() {
            true => given.push(entry),
            false => odd = true,
        }
    }
    // They come sorted from all who write bencode as they should.
    given.sort_by_key(|given| given.root);
    let mut layers = Vec::new();
    for (file, pieces) in longer(metainfo) {
        let place = |why| {
            let path = metainfo.layout.file(file).map(|file| file.path).unwrap_or_default();
            Error::new(format_args!("piece layers[{path:?}]"), why)
        };
        let root = metainfo.pieces_root(file).ok_or_else(|| place(Why::Missing))?;
        let found = given.binary_search_by(|given| given.root.cmp(root));
        let found = found.ok().and_then(|at| given.get_mut(at));
        let found = found.ok_or_else(|| place(Why::Missing))?;
        found.check(pieces, metainfo.piece_length).map_err(place)?;
        // What is read has no 4 GiB.
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let at = narrow(found.offset.saturating_sub(value.offset()));
        layers.push(Layer { file: narrow(file), at, count: u32::try_from(pieces).unwrap_or(0) });
    }
    if odd || given.iter().any(|given| !given.checked) {
        warnings.add("piece layers: some are of no file that is longer than a piece");
    }
    metainfo.trees.layers = layers;
    metainfo.trees.bytes = document.slice_ref(value.raw());
    Ok(())
}

/// The files that are longer than a piece, and how many pieces they have.
fn longer(metainfo: &Metainfo) -> impl Iterator<Item = (usize, u64)> + use<'_> {
    let length = u64::from(metainfo.piece_length);
    let files = metainfo.layout.real().filter(move |(_, file)| file.length > length);
    files.map(move |(at, file)| (at, file.length.div_ceil(length)))
}
