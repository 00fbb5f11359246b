//! The `info` dictionary: what the info-hash covers.

use super::error::{Error, Why};
use super::{Extra, Known, MAX_FILES, MAX_PIECE_LENGTH, Metainfo, Warnings, text, tree};
use crate::bencode::Value;
use crate::torrent::name::{self, Unsafe};
use crate::torrent::{File, InfoHash, Layout, Pieces};
use bytes::Bytes;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::collections::BTreeMap;

/// The keys of `info`, those of a single file among them.
const INFO: [&str; 14] = [
    "attr",
    "file tree",
    "files",
    "length",
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
pub(super) const FILE: [&str; 7] =
    ["attr", "length", "path", "path.utf-8", "pieces root", "sha1", "symlink path"];

/// Files in order, with what few of them have.
#[derive(Default)]
pub(super) struct Files {
    pub(super) files: Vec<File>,
    pub(super) extras: BTreeMap<usize, Extra>,
}

impl Files {
    pub(super) fn push(&mut self, file: File, extra: Extra) -> Result<(), Error> {
        if self.files.len() >= MAX_FILES {
            return Err(Error::new("", Why::ManyFiles));
        }
        if extra != Extra::default() {
            self.extras.insert(self.files.len(), extra);
        }
        self.files.push(file);
        Ok(())
    }
}

/// Judges `info`, whose bytes are `raw`.
pub(super) fn parse(
    raw: Bytes,
    info: Value<'_>,
    warnings: &mut Warnings,
) -> Result<Metainfo, Error> {
    let inside = |error: Error| error.inside("info");
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
    let v1 = (version == 1 || info.get(b"pieces").is_some())
        .then(|| files(info, &name, warnings))
        .transpose()
        .map_err(inside)?;
    let v2 = (version == 2)
        .then(|| tree::parse(info, piece_length, warnings))
        .transpose()
        .map_err(inside)?;
    let hashed_v1 = v1.is_some().then(|| InfoHash(Sha1::digest(&raw).into()));
    let hashed_v2 = v2.is_some().then(|| Sha256::digest(&raw).into());
    let is_v1 = v1.is_some();
    let (folder, files) = match (v1, v2) {
        (Some((folder, mut files)), v2) => {
            if let Some(v2) = v2 {
                tree::join(&mut files, v2, piece_length).map_err(inside)?;
            }
            (folder, files)
        }
        (None, Some(v2)) => {
            let alone = v2.files.len() == 1
                && v2.files.first().is_some_and(|file| *file.path == [name.clone()]);
            (!alone, tree::align(v2, piece_length).map_err(inside)?)
        }
        (None, None) => return Err(Error::new("info", Why::NoFiles)),
    };
    distinct(&files.files).map_err(|(at, why)| match is_v1 {
        true => Error::new(format_args!("info.files[{at}]"), why),
        false => Error::new("info.file tree", why),
    })?;
    odd_names(&files.files, warnings);
    let layout = Layout::new(files.files).ok_or(Error::new("info", Why::Overflow))?;
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
        extras: files.extras,
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
pub(super) fn component(bytes: &[u8], warnings: &mut Warnings) -> Result<Box<[u8]>, Unsafe> {
    let stored = name::stored(bytes)?;
    if *stored != *bytes {
        let shown = String::from_utf8_lossy(bytes);
        warnings.add(format_args!("{shown:?}: a backslash in a name is stored as \"_\""));
    }
    Ok(stored.into())
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
    component(name, warnings).map_err(|why| Error::new("name", why))
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
            let (mut file, extra) = entry(info, warnings)?;
            file.path = vec![name.into()];
            // A torrent that is all padding says nothing.
            file.pad = false;
            files.push(file, extra)?;
            Ok((false, files))
        }
        (None, Some(value)) => {
            let list = value.list().ok_or(Error::new("files", Why::Type("a list")))?;
            for (at, value) in list.enumerate() {
                let inside = |error: Error| error.inside(format_args!("files[{at}]"));
                let known = Known::of(value, &FILE);
                let known = known.ok_or(Error::new("", Why::Type("a dictionary")));
                let known = &known.map_err(inside)?;
                let (mut file, extra) = entry(known, warnings).map_err(inside)?;
                file.path = path(known, file.pad, warnings).map_err(inside)?;
                files.push(file, extra).map_err(|error| error.inside("files"))?;
            }
            match files.files.is_empty() {
                true => Err(Error::new("files", Why::NoFiles)),
                false => Ok((true, files)),
            }
        }
    }
}

/// What a file's dictionary says besides its path, in v1 and v2 alike.
pub(super) fn entry(value: &Known<'_>, warnings: &mut Warnings) -> Result<(File, Extra), Error> {
    let attributes = value.get(b"attr").and_then(|attr| attr.bytes()).unwrap_or_default();
    let has = |letter: u8| attributes.contains(&letter);
    let target = value.get(b"symlink path").filter(|_| has(b'l'));
    let symlink = target.map(|target| components(target, warnings)).transpose();
    let symlink = symlink.map_err(|error| error.inside("symlink path"))?;
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
    let file = File { path: Vec::new(), length, pad: has(b'p'), executable: has(b'x') };
    Ok((file, Extra { symlink, sha1, pieces_root: None }))
}

/// A file's path; `path.utf-8` where that is given and is what it says.
fn path(file: &Known<'_>, pad: bool, warnings: &mut Warnings) -> Result<Vec<Box<[u8]>>, Error> {
    let is_utf8 = |value: &Value<'_>| {
        let text = |name: Value<'_>| name.bytes().is_some_and(|name| str::from_utf8(name).is_ok());
        value.list().is_some_and(|mut names| names.all(text))
    };
    let utf8 = file.get(b"path.utf-8").filter(is_utf8);
    match utf8.or_else(|| file.get(b"path")) {
        // Nobody ever sees a pad's path (BEP 47).
        _ if pad => Ok(vec![b".pad".as_slice().into()]),
        Some(path) => components(path, warnings).map_err(|error| error.inside("path")),
        None => Err(Error::new("path", Why::Missing)),
    }
}

fn components(path: Value<'_>, warnings: &mut Warnings) -> Result<Vec<Box<[u8]>>, Error> {
    let list = path.list().ok_or(Error::new("", Why::Type("a list")))?;
    let mut names = Vec::new();
    // One more than allowed is enough to be refused below.
    for value in list.take(name::MAX_DEPTH.saturating_add(1)) {
        let bytes = value.bytes().ok_or(Error::new("", Why::Type("a list of names")))?;
        names.push(component(bytes, warnings).map_err(|why| Error::new("", why))?);
    }
    name::check_path(&names).map_err(|why| Error::new("", why))?;
    Ok(names)
}

/// Refuses two files of one path, and a file that is another's folder.
fn distinct(files: &[File]) -> Result<(), (usize, Why)> {
    let mut order: Vec<_> = files.iter().enumerate().filter(|(_, file)| !file.pad).collect();
    order.sort_by(|(_, a), (_, b)| a.path.cmp(&b.path));
    // What lies inside a path stands right behind it.
    for pair in order.windows(2) {
        if let [(at, file), (_, next)] = pair
            && next.path.starts_with(&file.path)
        {
            let same = next.path.len() == file.path.len();
            let why = if same { Why::SamePath } else { Why::FileIsFolder };
            return Err((*at, why));
        }
    }
    Ok(())
}

/// Warns of names that not every system stores as they are.
fn odd_names(files: &[File], warnings: &mut Warnings) {
    let names = || files.iter().filter(|file| !file.pad).flat_map(|file| &file.path);
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
