//! The `info` dictionary: what the info-hash covers.

use super::error::{Error, Why};
use super::layers::Trees;
use super::{Extra, Known, MAX_FILES, MAX_PIECE_LENGTH, Metainfo, Warnings, text, tree};
use crate::bencode::Value;
use crate::torrent::name::{self, Unsafe};
use crate::torrent::{Attributes, FilePath, FilePathBuf, InfoHash, Layout, LayoutBuilder, Pieces};
use bytes::Bytes;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The keys of `info`, those of a single file among them.
const INFO: [&str; 15] = [
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

/// The keys of a file.
pub(super) const FILE: [&str; 8] =
    ["attr", "length", "md5sum", "path", "path.utf-8", "pieces root", "sha1", "symlink path"];

/// Files in order, with what few of them have.
#[derive(Default)]
pub(super) struct Files {
    pub(super) layout: LayoutBuilder,
    pub(super) extras: BTreeMap<usize, Extra>,
    /// Where the files' `pieces root` begins in `info`, by file; 0: it has none.
    pub(super) roots: Vec<u32>,
}

impl Files {
    pub(super) fn push(&mut self, path: FilePath<'_>, entry: Entry) -> Result<(), Error> {
        self.check_count()?;
        let number = self.layout.len();
        if let Some(root) = entry.root {
            self.roots.resize(number, 0);
            self.roots.push(root);
        }
        let fits = match entry.pad {
            true => self.layout.push_pad(entry.length),
            false => self.layout.push_path(path, entry.length, entry.attributes),
        };
        fits.map_err(|why| Error::new("length", why))?;
        if entry.extra != Extra::default() {
            self.extras.insert(number, entry.extra);
        }
        Ok(())
    }

    /// Fills the piece, so that the next file begins at one (BEP 52).
    pub(super) fn align(&mut self, piece_length: u32) -> Result<(), Error> {
        self.check_count()?;
        self.layout.align(piece_length).map_err(|why| Error::new("length", why))
    }

    fn check_count(&self) -> Result<(), Error> {
        match self.layout.len() >= MAX_FILES {
            true => Err(Error::new("", Why::ManyFiles)),
            false => Ok(()),
        }
    }
}

/// What a file's dictionary says besides its path.
pub(super) struct Entry {
    pub(super) length: u64,
    pub(super) pad: bool,
    pub(super) attributes: Attributes,
    pub(super) extra: Extra,
    /// Where its `pieces root` begins in `info`.
    pub(super) root: Option<u32>,
}

/// Judges `info`, whose bytes are `raw`.
pub(super) fn parse(
    raw: Bytes,
    info: Value<'_>,
    warnings: &mut Warnings,
) -> Result<Metainfo, Error> {
    let inside = |error: Error| error.inside("info");
    let root = info;
    let info = &Known::of(info, &INFO).ok_or(Error::new("info", Why::Type("a dictionary")))?;
    let name = own_name(info, warnings).map_err(inside)?;
    let piece_length = piece_length(info).map_err(inside)?;
    let version = match info.get(b"meta version") {
        Some(value) => value.int().ok_or(Error::new("info.meta version", Why::Type("a number")))?,
        None => 1,
    };
    if !(1..=2).contains(&version) {
        return Err(Error::new("info.meta version", Why::Version(version)));
    }
    let is_v1 = version == 1 || info.get(b"pieces").is_some();
    let is_v2 = version == 2;
    let hashed_v1 = is_v1.then(|| InfoHash(Sha1::digest(&raw).into()));
    let hashed_v2 = is_v2.then(|| Sha256::digest(&raw).into());
    if is_v2 {
        tree::check_piece_length(piece_length).map_err(inside)?;
    }
    let base = root.offset();
    let (folder, layout, extras, roots) = if is_v1 {
        let (folder, files) = files(info, &name, warnings).map_err(inside)?;
        let Files { layout, extras, mut roots } = files;
        let layout = layout.build();
        if is_v2 {
            // A single file counts as one whose path is the name.
            let files = tree::parse(info, base, None, warnings).map_err(inside)?;
            roots = tree::join(&layout, files, piece_length).map_err(inside)?;
        }
        (folder, layout, extras, roots)
    } else {
        let Files { layout, extras, roots } =
            tree::parse(info, base, Some(piece_length), warnings).map_err(inside)?;
        let layout = layout.build();
        let alone = layout.len() == 1
            && layout.file(0).is_some_and(|file| file.path.components().eq([&*name]));
        (!alone, layout, extras, roots)
    };
    distinct(&layout).map_err(|(at, why)| match is_v1 {
        true => Error::new(format_args!("info.files[{at}]"), why),
        false => Error::new("info.file tree", why),
    })?;
    odd_names(&layout, warnings);
    let pieces = Pieces::new(layout.total(), piece_length);
    let hashes = match is_v1 {
        true => hashes(&raw, info, &layout, piece_length).map_err(inside)?,
        false => Bytes::new(),
    };
    Ok(Metainfo {
        v1: hashed_v1,
        v2: hashed_v2,
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
        info: raw,
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

/// A name that comes from outside, as it is stored.
pub(super) fn component<'a>(
    bytes: &'a [u8],
    warnings: &mut Warnings,
) -> Result<Cow<'a, [u8]>, Unsafe> {
    let stored = name::stored(bytes)?;
    if *stored != *bytes {
        let shown = String::from_utf8_lossy(bytes);
        warnings.add(format_args!("{shown:?}: a backslash in a name is stored as \"_\""));
    }
    Ok(stored)
}

fn own_name(info: &Known<'_>, warnings: &mut Warnings) -> Result<Box<[u8]>, Error> {
    let utf8 = info.get(b"name.utf-8").and_then(|value| value.bytes());
    let name = match utf8.filter(|name| str::from_utf8(name).is_ok()) {
        Some(name) => name,
        None => info
            .get(b"name")
            .ok_or(Error::new("name", Why::Missing))?
            .bytes()
            .ok_or(Error::new("name", Why::Type("text")))?,
    };
    let name = component(name, warnings).map_err(|why| Error::new("name", why))?;
    Ok(name.into())
}

fn piece_length(info: &Known<'_>) -> Result<u32, Error> {
    let field = |why| Error::new("piece length", why);
    let value = info.get(b"piece length").ok_or(field(Why::Missing))?;
    let length = value.int().ok_or(field(Why::Type("a number")))?;
    let sane = u32::try_from(length).ok().filter(|length| (1..=MAX_PIECE_LENGTH).contains(length));
    sane.ok_or(field(Why::PieceLength))
}

/// Only the number 1 counts (BEP 27).
fn private(info: &Known<'_>, warnings: &mut Warnings) -> bool {
    match info.get(b"private").map(|value| value.int()) {
        None | Some(Some(0)) => false,
        Some(Some(1)) => true,
        Some(_) => {
            warnings.add("info.private: neither 0 nor 1, so not private");
            false
        }
    }
}

/// `length` or `files`; whether the name is a folder.
fn files(info: &Known<'_>, name: &[u8], warnings: &mut Warnings) -> Result<(bool, Files), Error> {
    let mut files = Files::default();
    match (info.get(b"length"), info.get(b"files")) {
        (Some(_), Some(_)) => Err(Error::new("", Why::LengthAndFiles)),
        (None, None) => Err(Error::new("", Why::NeitherLengthNorFiles)),
        (Some(_), None) => {
            let mut entry = entry(info, warnings)?;
            // A torrent that is all padding says nothing.
            entry.pad = false;
            files.push(FilePath::from_joined(name), entry)?;
            Ok((false, files))
        }
        (None, Some(value)) => {
            let list = value.list().ok_or(Error::new("files", Why::Type("a list")))?;
            let mut path = FilePathBuf::new();
            for (at, value) in list.enumerate() {
                let inside = |error: Error| error.inside(format_args!("files[{at}]"));
                file(value, &mut path, &mut files, warnings).map_err(inside)?;
            }
            match files.layout.is_empty() {
                true => Err(Error::new("files", Why::NoFiles)),
                false => Ok((true, files)),
            }
        }
    }
}

/// One of `files`. `path` is memory to use.
fn file(
    value: Value<'_>,
    path: &mut FilePathBuf,
    files: &mut Files,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let known = &Known::of(value, &FILE).ok_or(Error::new("", Why::Type("a dictionary")))?;
    let entry = entry(known, warnings)?;
    path.clear();
    // Nobody ever sees a pad's path (BEP 47).
    if !entry.pad {
        self::path(known, path, warnings)?;
    }
    files.push(path.as_path(), entry)
}

/// What a file's dictionary says besides its path, in v1 and v2 alike.
pub(super) fn entry(value: &Known<'_>, warnings: &mut Warnings) -> Result<Entry, Error> {
    let attributes = value.get(b"attr").and_then(|attr| attr.bytes()).unwrap_or_default();
    let has = |letter: u8| attributes.contains(&letter);
    let target = value.get(b"symlink path").filter(|_| has(b'l'));
    let symlink = match target {
        Some(target) => {
            let mut path = FilePathBuf::new();
            components(target, &mut path, warnings)
                .map_err(|error| error.inside("symlink path"))?;
            Some(path)
        }
        None => None,
    };
    let length = match value.get(b"length") {
        // A link has no bytes, whatever is said (BEP 47).
        _ if symlink.is_some() => 0,
        None => return Err(Error::new("length", Why::Missing)),
        Some(length) => {
            let length = length.int().ok_or(Error::new("length", Why::Type("a number")))?;
            u64::try_from(length).map_err(|_| Error::new("length", Why::Negative))?
        }
    };
    let sha1 = value.get(b"sha1").and_then(|sha1| sha1.bytes()?.try_into().ok());
    let attributes = Attributes { executable: has(b'x'), hidden: has(b'h') };
    let md5 = value.get(b"md5sum").and_then(|md5| unhex(md5.bytes()?));
    let extra = Extra { symlink, sha1, md5 };
    Ok(Entry { length, pad: has(b'p'), attributes, extra, root: None })
}

/// A digest of MD5 as `md5sum` has it: 32 hexadecimal digits.
fn unhex(text: &[u8]) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|v| u8::try_from(v).ok());
        let [high, low] = *pair;
        *byte = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    }
    Some(bytes)
}

/// A file's path; `path.utf-8` where that is given and is what it says.
fn path(file: &Known<'_>, path: &mut FilePathBuf, warnings: &mut Warnings) -> Result<(), Error> {
    let is_utf8 = |value: &Value<'_>| {
        let text = |name: Value<'_>| name.bytes().is_some_and(|name| str::from_utf8(name).is_ok());
        value.list().is_some_and(|mut names| names.all(text))
    };
    let utf8 = file.get(b"path.utf-8").filter(is_utf8);
    let names = utf8.or_else(|| file.get(b"path")).ok_or(Error::new("path", Why::Missing))?;
    components(names, path, warnings).map_err(|error| error.inside("path"))
}

/// Appends the names of a list.
fn components(
    names: Value<'_>,
    path: &mut FilePathBuf,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let list = names.list().ok_or(Error::new("", Why::Type("a list")))?;
    // One more than allowed is enough to be refused below.
    for value in list.take(name::MAX_DEPTH.saturating_add(1)) {
        let bytes = value.bytes().ok_or(Error::new("", Why::Type("a list of names")))?;
        let name = component(bytes, warnings).map_err(|why| Error::new("", why))?;
        path.push(&name).map_err(|why| Error::new("", why))?;
    }
    name::check_path(path.as_path().components()).map_err(|why| Error::new("", why))
}

/// Refuses two files of one path, and a file that is another's folder.
fn distinct(layout: &Layout) -> Result<(), (usize, Why)> {
    // What lies inside a path stands right behind it.
    let clash = |file: FilePath<'_>, next: FilePath<'_>| {
        let why = if file == next { Why::SamePath } else { Why::FileIsFolder };
        next.starts_with(file).then_some(why)
    };
    let mut real = (0u32..).zip(layout.files()).filter(|(_, file)| !file.pad).peekable();
    let mut sorted = true;
    while let (Some((at, file)), Some((_, next))) = (real.next(), real.peek()) {
        sorted &= file.path < next.path;
        if let Some(why) = clash(file.path, next.path) {
            return Err((at as usize, why));
        }
    }
    // Most makers sort, and then that was all.
    if sorted {
        return Ok(());
    }
    let path = |at: u32| layout.file(at as usize).map(|file| file.path).unwrap_or_default();
    let real = (0u32..).zip(layout.files()).filter(|(_, file)| !file.pad);
    let mut order: Vec<u32> = real.map(|(at, _)| at).collect();
    order.sort_unstable_by(|&a, &b| path(a).cmp(&path(b)).then(a.cmp(&b)));
    let pair = |pair: &[u32]| match *pair {
        [a, b] => clash(path(a), path(b)).map(|why| (a as usize, why)),
        _ => None,
    };
    order.windows(2).find_map(pair).map_or(Ok(()), Err)
}

/// Warns of names that not every system stores as they are.
fn odd_names(layout: &Layout, warnings: &mut Warnings) {
    let names = || layout.files().filter(|file| !file.pad).flat_map(|file| file.path.components());
    let mut warn = |odd: &dyn Fn(&[u8]) -> bool, what: &str| {
        if let Some(first) = names().find(|name| odd(name)) {
            warnings.add(format_args!("{:?}: {what}", String::from_utf8_lossy(first)));
        }
    };
    warn(&|name| str::from_utf8(name).is_err(), "a name that is not UTF-8");
    warn(&|name| *name::on_windows(name) != *name, "a name that Windows stores under another");
}

/// The hashes of `pieces`, one for each piece.
fn hashes(
    raw: &Bytes,
    info: &Known<'_>,
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
