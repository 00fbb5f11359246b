//! Metainfo, the content of a `.torrent` file: the one gate through which hostile metainfo comes.
//!
//! What an honest publisher can get wrong without harm (bytes after the end, unsorted keys, fields
//! of the wrong type outside `info`) is skipped with a warning. What makes the torrent ambiguous
//! or reaches out of its folder is refused: see [`Error`].
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod error;
mod files;
mod info;
mod known;
mod layers;
mod links;
mod made;
mod names;
mod tree;

#[cfg(test)]
mod tests;

pub use error::{Error, Why};
use known::Known;
use layers::Trees;
pub use made::Made;

use super::{FilePath, FilePathBuf, InfoHash, Layout, Pieces};
use super::{merkle, name};
use crate::bencode::{Limits, Outline, Value};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The longest metainfo that is read, in bytes.
pub const MAX_METAINFO: usize = 256 << 20;

/// The most files of one torrent, pads included.
pub const MAX_FILES: usize = 1_000_000;

/// The longest piece, in bytes.
pub const MAX_PIECE_LENGTH: u32 = 1 << 30;

/// The most pieces: as many as the longest metainfo has room for. v2 can claim more in a few bytes.
pub const MAX_PIECES: u32 = 1 << 24;

/// The most addresses of one kind (trackers, web seeds, nodes) that are taken; each takes many
/// times its bytes. What goes beyond is left out with a warning.
pub const MAX_ADDRESSES: usize = 100_000;

/// How much metainfo may ask of its reader. What goes beyond is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Bytes of metainfo; 256 MiB. 4 GiB at most.
    pub bytes: usize,
    /// Files, pads included; 1,000,000.
    pub files: usize,
    /// How many folders a file may lie in, its own name counted; 100. Lists and dictionaries may
    /// stand in each other a little deeper, as v2 needs it for such a file.
    pub depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes: MAX_METAINFO, files: MAX_FILES, depth: name::MAX_DEPTH }
    }
}

impl Bounds {
    /// Judges the bencode; odd bencode is warned of.
    fn read<'a>(
        self,
        bytes: &'a [u8],
        warnings: &mut Warnings,
    ) -> Result<(Value<'a>, Outline), Error> {
        let most = self.bytes.min(u32::MAX as usize);
        if bytes.len() > most {
            return Err(Error::long(most));
        }
        // A path of v2 nests as deep as it has components, within `info` and `file tree`, around a
        // file.
        let depth = self.depth.saturating_add(8);
        let limits = Limits { depth, tokens: usize::MAX, warnings: 100 };
        let (root, outline, odd) = limits.parse_outlined(bytes)?;
        odd.into_iter().for_each(|odd| warnings.add(odd));
        Ok((root, outline))
    }
}

/// Checked metainfo. Whoever holds one need not check names, lengths or counts again.
#[derive(Clone, Debug)]
pub struct Metainfo {
    /// The bytes of `info` as found.
    pub info: Bytes,
    /// SHA-1 of `info`; `None` for v2 only.
    pub v1: Option<InfoHash>,
    /// SHA-256 of `info` (BEP 52); `None` for v1 only.
    pub v2: Option<[u8; 32]>,
    /// The name of the file, or of the folder; safe as a path component.
    pub name: Box<[u8]>,
    /// Whether `name` is a folder that holds the files.
    pub folder: bool,
    /// The files and where their bytes lie. No two have the same path, and none is a folder of
    /// another; pads aside. A torrent of v2 only has pads here where its files do not fill their
    /// last piece, so that an offset divided by the piece length is always a piece's number.
    pub layout: Layout,
    /// What few files have, by the file's number in `layout`.
    pub extras: BTreeMap<usize, Extra>,
    /// v2's trees.
    trees: Trees,
    /// How the bytes divide into pieces; `None` where there are no bytes.
    pub pieces: Option<Pieces>,
    /// Bytes in a piece, also where there is none; from 1 to [`MAX_PIECE_LENGTH`].
    pub piece_length: u32,
    /// The piece hashes end to end, 20 bytes each; empty for v2 only.
    pub hashes: Bytes,
    /// The tiers of trackers (BEP 12), `announce` where there is no `announce-list`.
    pub trackers: Vec<Vec<String>>,
    /// Only peers of its own trackers (BEP 27).
    pub private: bool,
    /// `source` inside `info`, by which private trackers tell their torrents apart.
    pub source: Option<String>,
    /// Servers of the files (BEP 19).
    pub web_seeds: Vec<String>,
    /// Servers of the older kind (BEP 17).
    pub http_seeds: Vec<String>,
    /// Nodes of the DHT that may know peers (BEP 5).
    pub nodes: Vec<(String, u16)>,
    /// A word to people.
    pub comment: Option<String>,
    /// The program that made it.
    pub created_by: Option<String>,
    /// When it was made, in seconds since 1970.
    pub creation_date: Option<i64>,
    /// The value of `signatures` as found, for [`signature::check`](super::signature::check)
    /// (BEP 35).
    pub signatures: Option<Bytes>,
    /// What is odd about it, a line each.
    pub warnings: Vec<String>,
}

/// What few files have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Extra {
    /// The file is a symbolic link, of length 0, to this path below the torrent's folder (BEP 47).
    pub symlink: Option<FilePathBuf>,
    /// SHA-1 of the whole file (BEP 47).
    pub sha1: Option<[u8; 20]>,
    /// MD5 of the whole file, which some metainfo of v1 has.
    pub md5: Option<[u8; 16]>,
}

impl Metainfo {
    /// Judges a `.torrent` file.
    ///
    /// # Errors
    /// What a sane client must refuse: the place and the reason.
    pub fn parse(bytes: Bytes) -> Result<Self, Error> {
        Self::parse_within(bytes, Bounds::default())
    }

    /// Judges a `.torrent` file, within bounds of one's own.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_within(bytes: Bytes, bounds: Bounds) -> Result<Self, Error> {
        let mut warnings = Warnings::default();
        let (root, outline) = bounds.read(&bytes, &mut warnings)?;
        let root = Known::of(root, &outline, &ROOT).ok_or(Error::new("", Why::NoDictionary))?;
        let info = root.get(b"info").ok_or(Error::new("info", Why::Missing))?;
        let raw = bytes.slice_ref(info.raw());
        let mut metainfo = info::parse(raw, info, &outline, bounds, &mut warnings)?;
        if metainfo.v2.is_some() {
            layers::read(&mut metainfo, &bytes, root.get(b"piece layers"), &mut warnings)?;
        }
        metainfo.outside(&root, &mut warnings);
        let signatures = root.get(b"signatures");
        metainfo.signatures = signatures.map(|value| bytes.slice_ref(value.raw()));
        metainfo.warnings = warnings.lines();
        Ok(metainfo)
    }

    /// Judges the bytes of an `info` dictionary alone, as peers send it (BEP 9). There are no piece
    /// layers then.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_info(info: Bytes) -> Result<Self, Error> {
        let mut warnings = Warnings::default();
        let bounds = Bounds::default();
        let (root, outline) = bounds.read(&info, &mut warnings)?;
        let mut metainfo = info::parse(info.clone(), root, &outline, bounds, &mut warnings)?;
        metainfo.warnings = warnings.lines();
        Ok(metainfo)
    }

    /// The hash that peers and trackers know the torrent by: v1 where there is one, else v2 cut to
    /// 20 bytes (BEP 52).
    pub fn info_hash(&self) -> InfoHash {
        let cut = || self.v2.as_ref().and_then(|hash| hash.first_chunk().copied()).map(InfoHash);
        // One of the two is always there.
        self.v1.or_else(cut).unwrap_or(InfoHash([0; 20]))
    }

    /// Bytes in all, pads left out.
    pub fn total_size(&self) -> u64 {
        let files = self.layout.files().filter(|file| !file.pad);
        files.fold(0, |sum, file| sum.saturating_add(file.length))
    }

    /// The files that are symbolic links (BEP 47): their numbers in `layout`, and where they lead
    /// below the torrent's folder.
    pub fn links(&self) -> impl Iterator<Item = (usize, FilePath<'_>)> {
        let links = self.extras.iter();
        links.filter_map(|(&file, extra)| Some((file, extra.symlink.as_ref()?.as_path())))
    }

    /// The SHA-1 of the piece; `None` beyond the last piece and for v2 only.
    pub fn hash(&self, piece: super::PieceIndex) -> Option<&[u8; 20]> {
        self.hashes.as_chunks().0.get(usize::try_from(piece.0).ok()?)
    }

    /// The root of the file's tree of SHA-256 hashes (BEP 52); `None` for an empty file and for v1
    /// only.
    pub fn pieces_root(&self, file: usize) -> Option<&[u8; 32]> {
        self.trees.root(&self.info, file)
    }

    /// The root over the blocks of a piece (BEP 52), by which v2 verifies it:
    /// [`merkle::piece_root`]. `None` for v1 only, beyond the last piece,
    /// for a piece of a pad, and for a file longer than a piece where there are no piece layers:
    /// they are not part of `info`.
    pub fn hash_v2(&self, piece: super::PieceIndex) -> Option<&[u8; 32]> {
        self.v2?;
        let length = u64::from(self.piece_length);
        let span = self.layout.spans(u64::from(piece.0).checked_mul(length)?, 1).next()?;
        let file = self.layout.file(span.file)?;
        match merkle::FileSize::of(file.length, self.piece_length) {
            merkle::FileSize::OnePiece => self.pieces_root(span.file),
            merkle::FileSize::Longer => {
                self.layer(span.file)?.get(usize::try_from(span.offset.checked_div(length)?).ok()?)
            }
        }
    }

    /// The piece layer of a file (BEP 52): [`hash_v2`](Self::hash_v2) of all its pieces. `None` for
    /// a file of one piece or none, and where there are no piece layers.
    pub fn layer(&self, file: usize) -> Option<&[[u8; 32]]> {
        self.trees.layer(file)
    }

    /// What the torrent's hashes do not cover.
    fn outside(&mut self, root: &Root<'_>, warnings: &mut Warnings) {
        self.trackers = trackers(root, warnings);
        self.web_seeds = urls(root, "url-list", warnings);
        self.http_seeds = urls(root, "httpseeds", warnings);
        self.nodes = nodes(root, warnings);
        self.comment = text(root, "comment", warnings);
        self.created_by = text(root, "created by", warnings);
        self.creation_date = root.get(b"creation date").and_then(|value| {
            let date = value.int().filter(|&date| date >= 0);
            if date.is_none() {
                warnings.add("creation date: not a date");
            }
            date
        });
        if self.private && self.trackers.is_empty() {
            warnings.add(PRIVATE_WITHOUT_TRACKER);
        }
        if root.get(b"private").is_some() && !self.private {
            warnings.add("private: has no effect outside info");
        }
    }
}

/// Nobody can find peers then (BEP 27).
const PRIVATE_WITHOUT_TRACKER: &str = "private, but without a tracker";

/// `announce-list` in tiers, else `announce` (BEP 12).
fn trackers(root: &Root<'_>, warnings: &mut Warnings) -> Vec<Vec<String>> {
    let mut tiers = Vec::new();
    if let Some(list) = root.get(b"announce-list") {
        match list.list() {
            Some(list) => {
                let mut left = MAX_ADDRESSES;
                for tier in list {
                    // A plain list of URLs is not what BEP 12 says, but what it means is plain.
                    let urls: Vec<_> = match tier.list() {
                        Some(urls) => {
                            urls.filter_map(|item| url(item, warnings)).take(left).collect()
                        }
                        None => url(tier, warnings).into_iter().collect(),
                    };
                    left = left.saturating_sub(urls.len());
                    if !urls.is_empty() {
                        tiers.push(urls);
                    }
                    if left == 0 {
                        warnings.add(Many("announce-list"));
                        break;
                    }
                }
            }
            None => warnings.add("announce-list: not a list"),
        }
    }
    if let (true, Some(announce)) = (tiers.is_empty(), root.get(b"announce")) {
        tiers.extend(url(announce, warnings).map(|url| vec![url]));
    }
    tiers
}

/// A URL or a list of URLs.
fn urls(root: &Root<'_>, key: &'static str, warnings: &mut Warnings) -> Vec<String> {
    let Some(value) = root.get(key.as_bytes()) else { return Vec::new() };
    match value.list() {
        Some(list) => {
            let mut list = list.filter_map(|item| url(item, warnings));
            let urls = list.by_ref().take(MAX_ADDRESSES).collect();
            if list.next().is_some() {
                warnings.add(Many(key));
            }
            urls
        }
        None => url(value, warnings).into_iter().collect(),
    }
}

/// A list of more than [`MAX_ADDRESSES`].
struct Many(&'static str);

impl std::fmt::Display for Many {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: only the first {MAX_ADDRESSES} are taken", self.0)
    }
}

/// Text without the spaces around it; `None` where that is nothing.
fn url(value: Value<'_>, warnings: &mut Warnings) -> Option<String> {
    let text = value.bytes().and_then(|bytes| str::from_utf8(bytes).ok()).map(str::trim);
    if text.is_none_or(|text| text.contains(char::is_control)) {
        warnings.add(format_args!("byte {}: not a URL", value.offset()));
        return None;
    }
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn nodes(root: &Root<'_>, warnings: &mut Warnings) -> Vec<(String, u16)> {
    let Some(list) = root.get(b"nodes") else { return Vec::new() };
    let node = |value: Value<'_>| {
        let mut pair = value.list()?;
        let host = str::from_utf8(pair.next()?.bytes()?).ok()?.to_owned();
        let port = u16::try_from(pair.next()?.int()?).ok()?;
        (pair.next().is_none() && !host.is_empty() && port > 0).then_some((host, port))
    };
    let mut nodes = Vec::new();
    for value in list.list().into_iter().flatten() {
        match node(value) {
            Some(_) if nodes.len() >= MAX_ADDRESSES => {
                warnings.add(Many("nodes"));
                break;
            }
            Some(node) => nodes.push(node),
            None => warnings.add(format_args!("byte {}: not a node", value.offset())),
        }
    }
    nodes
}

/// Text for people: `KEY.utf-8` where that is given, else `KEY`, with what is not UTF-8 replaced.
fn text<const N: usize>(dict: &Known<'_, N>, key: &str, warnings: &mut Warnings) -> Option<String> {
    let value = dict.get(format!("{key}.utf-8").as_bytes()).or_else(|| dict.get(key.as_bytes()))?;
    let Some(bytes) = value.bytes() else {
        warnings.add(format_args!("{key}: not text"));
        return None;
    };
    if str::from_utf8(bytes).is_err() {
        warnings.add(format_args!("{key}: not UTF-8"));
    }
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// What is known around `info`.
type Root<'a> = Known<'a, { ROOT.len() }>;

/// The keys around `info`.
const ROOT: [&str; 14] = [
    "announce",
    "announce-list",
    "comment",
    "comment.utf-8",
    "created by",
    "created by.utf-8",
    "creation date",
    "httpseeds",
    "info",
    "nodes",
    "piece layers",
    "private",
    "signatures",
    "url-list",
];

/// Lines for the user, at most [`Warnings::MOST`], however odd the metainfo is.
#[derive(Default)]
struct Warnings {
    lines: Vec<String>,
    more: usize,
}

impl Warnings {
    const MOST: usize = 20;

    /// Both descriptions of a hybrid may have the same to say: that is said once.
    fn add(&mut self, line: impl ToString) {
        if self.lines.len() < Self::MOST {
            let line = line.to_string();
            if !self.lines.contains(&line) {
                self.lines.push(line);
            }
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn lines(mut self) -> Vec<String> {
        if self.more > 0 {
            self.lines.push(format!("and {} more", self.more));
        }
        self.lines
    }
}
