//! Makes metainfo (BEP 3, 5, 12, 17, 19, 27, 38, 39, 47, 52).

mod piece_length;
mod tree;

#[cfg(test)]
mod tests;

pub use piece_length::{Wish, piece_length, reach};

use super::metainfo::{Extra, MAX_FILES};
use super::{Attributes, Layout, LayoutBuilder, Unfit};
use crate::bencode::{Dict, Writer};
use std::collections::BTreeMap;
use std::ops::Range;

/// What metainfo describes its files by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Version {
    /// SHA-1 of pieces (BEP 3).
    #[default]
    V1,
    /// Trees of SHA-256 (BEP 52).
    V2,
    /// Both.
    Hybrid,
}

impl Version {
    /// Whether it has what v1 has.
    pub fn has_v1(self) -> bool {
        self != Self::V2
    }

    /// Whether it has what v2 has.
    pub fn has_v2(self) -> bool {
        self != Self::V1
    }
}

/// The files with the pads that a version needs (BEP 47, BEP 52). v1 needs none: there the files
/// stay as they are. v2 lets each file with bytes begin at a piece. In a hybrid of several files,
/// where pads are real, one stands right behind each file that does not fill its last piece, the last
/// file too, as libtorrent has it; else the pads are only there for the numbers of pieces to be
/// right, and none stands behind the last file.
///
/// Files have other numbers then; [`Layout::real`] tells them.
///
/// # Errors
/// Lengths that add up to too much, ([`Unfit::Order`]) files of v2 that are not in the order of
/// their paths, or ([`Unfit::Files`]) more than any reader takes.
pub fn lay_out(
    files: &Layout,
    folder: bool,
    version: Version,
    piece_length: u32,
) -> Result<Layout, Unfit> {
    if version == Version::V1 {
        return Ok(files.clone());
    }
    let to_the_end = folder && version == Version::Hybrid && files.real().nth(1).is_some();
    let mut layout = LayoutBuilder::new();
    let mut before = None;
    for (_, file) in files.real() {
        if before.is_some_and(|before| before >= file.path) {
            return Err(Unfit::Order);
        }
        before = Some(file.path);
        if file.length > 0 {
            layout.align(piece_length)?;
        }
        let attributes = Attributes { executable: file.executable, hidden: file.hidden };
        layout.push_path(file.path, file.length, attributes)?;
        if to_the_end {
            layout.align(piece_length)?;
        }
        if layout.len() > MAX_FILES {
            return Err(Unfit::Files);
        }
    }
    Ok(layout.build())
}

/// What goes into a `.torrent` file.
///
/// Whoever fills it has checked the names ([`name::check`](super::name::check)) and has a hash for
/// each piece; what comes out then reads back with [`Metainfo::parse`](super::Metainfo::parse).
/// [`Builder::new`] has all that is not said.
#[derive(Clone, Debug)]
pub struct Builder<'a> {
    /// The name of the file, or of the folder.
    pub name: &'a [u8],
    /// Whether `name` is a folder that holds the files.
    pub folder: bool,
    /// What the files are described by.
    pub version: Version,
    /// The files, as [`lay_out`] has them; without a folder, one whose path is `name`.
    pub layout: &'a Layout,
    /// What few files have, by the file's number in `layout`.
    pub extras: &'a BTreeMap<usize, Extra>,
    /// Bytes in a piece.
    pub piece_length: u32,
    /// The SHA-1 of each piece, pads included; empty for v2 only.
    pub hashes: &'a [[u8; 20]],
    /// The root over each piece's blocks ([`merkle::piece_root`](super::merkle::piece_root)); empty
    /// for v1 only.
    pub roots: &'a [[u8; 32]],
    /// Only peers of its own trackers (BEP 27).
    pub private: bool,
    /// `source` inside `info`.
    pub source: Option<&'a str>,
    /// Info-hashes of v1, of torrents that share files with this one (BEP 38); inside `info`.
    pub similar: &'a [[u8; 20]],
    /// Names of collections whose torrents may share files (BEP 38); inside `info`.
    pub collections: &'a [String],
    /// Where a newer torrent is to be had (BEP 39); inside `info`.
    pub update_url: Option<&'a str>,
    /// The tiers of trackers (BEP 12).
    pub trackers: &'a [Vec<String>],
    /// Servers of the files (BEP 19).
    pub web_seeds: &'a [String],
    /// Servers of the older kind (BEP 17).
    pub http_seeds: &'a [String],
    /// Nodes of the DHT that may know peers (BEP 5).
    pub nodes: &'a [(String, u16)],
    /// A word to people.
    pub comment: Option<&'a str>,
    /// The program that makes it.
    pub created_by: Option<&'a str>,
    /// When it is made, in seconds since 1970.
    pub creation_date: Option<i64>,
}

/// Files that have nothing more.
static NO_EXTRAS: BTreeMap<usize, Extra> = BTreeMap::new();

impl<'a> Builder<'a> {
    /// Of these files, with nothing said about them yet. `hashes` and `roots` are to be filled in
    /// as the version needs them.
    pub fn new(name: &'a [u8], folder: bool, layout: &'a Layout, piece_length: u32) -> Self {
        Self {
            name,
            folder,
            version: Version::V1,
            layout,
            extras: &NO_EXTRAS,
            piece_length,
            hashes: &[],
            roots: &[],
            private: false,
            source: None,
            similar: &[],
            collections: &[],
            update_url: None,
            trackers: &[],
            web_seeds: &[],
            http_seeds: &[],
            nodes: &[],
            comment: None,
            created_by: None,
            creation_date: None,
        }
    }

    /// The bytes of the `.torrent` file, canonical bencode.
    pub fn build(&self) -> Vec<u8> {
        self.build_with_info().0
    }

    /// The same, and where `info` lies in them.
    pub fn build_with_info(&self) -> (Vec<u8>, Range<usize>) {
        let files = self.version.has_v2().then(|| tree::roots(self));
        let mut at = 0..0;
        let mut writer = Writer::new();
        writer.dict(|root| {
            // Clients that do not know tiers take the first.
            if let Some(first) = self.trackers.iter().flatten().next() {
                root.bytes("announce", first);
            }
            if self.trackers.iter().flatten().nth(1).is_some() {
                root.list("announce-list", |tiers| {
                    for tier in self.trackers {
                        tiers.list(|urls| list(urls, tier));
                    }
                });
            }
            text(root, "comment", self.comment);
            text(root, "created by", self.created_by);
            if let Some(date) = self.creation_date {
                root.int("creation date", date);
            }
            some(root, "httpseeds", self.http_seeds);
            let info = root.key("info");
            at.start = info.len();
            info.dict(|info| self.info(info, files.as_deref()));
            at.end = info.len();
            if !self.nodes.is_empty() {
                root.list("nodes", |nodes| {
                    for (host, port) in self.nodes {
                        nodes.list(|node| _ = node.bytes(host).int(*port));
                    }
                });
            }
            if let Some(files) = &files {
                root.dict("piece layers", |layers| tree::layers(self, files, layers));
            }
            match self.web_seeds {
                [] => {}
                [only] => drop(root.bytes("url-list", only)),
                several => root.list("url-list", |urls| list(urls, several)),
            }
        });
        (writer.into_bytes(), at)
    }

    fn info(&self, info: &mut Dict<'_>, files: Option<&[tree::Rooted]>) {
        let (v1, v2) = (self.version.has_v1(), self.version.has_v2());
        let single = self.layout.real().next().filter(|_| v1 && !self.folder);
        if let Some((number, file)) = single {
            self.attributes(info, file, number);
        }
        some(info, "collections", self.collections);
        if let Some(files) = files {
            info.dict("file tree", |root| tree::write(self, files, root));
        }
        if let Some((number, file)) = single {
            info.int("length", file.length);
            self.md5(info, number);
        } else if v1 {
            info.list("files", |files| self.files(files));
        }
        if v2 {
            info.int("meta version", 2);
        }
        info.bytes("name", self.name);
        info.int("piece length", self.piece_length);
        if v1 {
            info.bytes("pieces", self.hashes.as_flattened());
        }
        if self.private {
            info.int("private", 1);
        }
        if let Some((number, _)) = single {
            self.sha1(info, number);
        }
        some(info, "similar", self.similar);
        text(info, "source", self.source);
        text(info, "update-url", self.update_url);
    }

    /// v1's list of files.
    fn files(&self, files: &mut Writer) {
        for (number, file) in self.layout.files().enumerate() {
            files.dict(|entry| {
                if file.pad {
                    entry.bytes("attr", "p").int("length", file.length);
                    let name = file.length.to_string();
                    entry.list("path", |path| list(path, [".pad", &name]));
                    return;
                }
                self.attributes(entry, file, number);
                entry.int("length", file.length);
                self.md5(entry, number);
                entry.list("path", |path| list(path, file.path.components()));
                self.sha1(entry, number);
                self.symlink(entry, number);
            });
        }
    }

    /// `attr` (BEP 47): hidden, executable and link, in this order, as libtorrent writes them.
    fn attributes(&self, entry: &mut Dict<'_>, file: super::File<'_>, number: usize) {
        let link = self.extras.get(&number).is_some_and(|extra| extra.symlink.is_some());
        let marks = [(file.hidden, "h"), (file.executable, "x"), (link, "l")];
        let text: String = marks.iter().filter(|(is, _)| *is).map(|(_, letter)| *letter).collect();
        if !text.is_empty() {
            entry.bytes("attr", text);
        }
    }

    fn md5(&self, entry: &mut Dict<'_>, number: usize) {
        if let Some(md5) = self.extras.get(&number).and_then(|extra| extra.md5) {
            let hex: String = md5.iter().map(|byte| format!("{byte:02x}")).collect();
            entry.bytes("md5sum", hex);
        }
    }

    fn sha1(&self, entry: &mut Dict<'_>, number: usize) {
        if let Some(sha1) = self.extras.get(&number).and_then(|extra| extra.sha1) {
            entry.bytes("sha1", sha1);
        }
    }

    fn symlink(&self, entry: &mut Dict<'_>, number: usize) {
        let target = self.extras.get(&number).and_then(|extra| extra.symlink.as_ref());
        if let Some(target) = target {
            entry.list("symlink path", |path| list(path, target.as_path().components()));
        }
    }
}

fn text(dict: &mut Dict<'_>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        dict.bytes(key, text);
    }
}

/// A list that is left out where it is empty.
fn some<T: AsRef<[u8]>>(dict: &mut Dict<'_>, key: &str, items: &[T]) {
    if !items.is_empty() {
        dict.list(key, |writer| list(writer, items));
    }
}

fn list<T: AsRef<[u8]>>(writer: &mut Writer, items: impl IntoIterator<Item = T>) {
    for item in items {
        writer.bytes(item);
    }
}
