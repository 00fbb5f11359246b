//! What metainfo says of each file, in v1 and v2 alike.

use super::error::{Error, Why};
use super::info::Info;
use super::{Bounds, Extra, Warnings, links};
use crate::bencode::{Value, Walk};
use crate::torrent::name::{self, Unsafe};
use crate::torrent::{Attributes, FilePath, FilePathBuf, Layout, LayoutBuilder};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Bytes that all paths together may have whatever `info` is long.
pub(super) const MANY_NAMES: usize = 16 << 20;

/// Files in order as they are read, with what few of them have.
pub(super) struct Files<'w> {
    layout: LayoutBuilder,
    extras: BTreeMap<usize, Extra>,
    roots: Vec<u32>,
    /// Bytes of all paths.
    names: usize,
    most_names: usize,
    pub(super) bounds: Bounds,
    pub(super) warnings: &'w mut Warnings,
}

/// All files.
pub(super) struct Built {
    pub(super) layout: Layout,
    pub(super) extras: BTreeMap<usize, Extra>,
    /// Where the files' `pieces root` begins in `info`, by file; 0: it has none.
    pub(super) roots: Vec<u32>,
}

/// The entries of a file's dictionary that mean something. Of a double key the first counts.
#[derive(Default)]
pub(super) struct Keys<'a> {
    attr: Option<Value<'a>>,
    length: Option<Value<'a>>,
    md5sum: Option<Value<'a>>,
    path: Option<Value<'a>>,
    path_utf8: Option<Value<'a>>,
    pub(super) pieces_root: Option<Value<'a>>,
    sha1: Option<Value<'a>>,
    symlink_path: Option<Value<'a>>,
}

/// What a file's dictionary says besides its path.
#[derive(Default)]
pub(super) struct Entry<'a> {
    pub(super) length: u64,
    pub(super) pad: bool,
    attributes: Attributes,
    /// `symlink path`
    target: Option<Value<'a>>,
    sha1: Option<[u8; 20]>,
    md5: Option<[u8; 16]>,
    /// Where its `pieces root` begins in `info`.
    pub(super) root: Option<u32>,
}

impl<'w> Files<'w> {
    /// No files yet, of an `info` of so many bytes.
    pub(super) fn new(length: usize, bounds: Bounds, warnings: &'w mut Warnings) -> Self {
        Self {
            layout: LayoutBuilder::new(),
            extras: BTreeMap::new(),
            roots: Vec::new(),
            names: 0,
            most_names: length.saturating_mul(8).saturating_add(MANY_NAMES),
            bounds,
            warnings,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.layout.is_empty()
    }

    pub(super) fn build(self) -> Built {
        let (layout, mut extras) = (self.layout.build(), self.extras);
        links::lead(&layout, &mut extras, self.bounds.depth, self.warnings);
        Built { layout, extras, roots: self.roots }
    }

    /// v1's `length` or `files`; whether the torrent's name is a folder.
    pub(super) fn v1(&mut self, info: &Info<'_>, name: &[u8]) -> Result<bool, Error> {
        match (info.get(b"length"), info.get(b"files")) {
            (Some(_), Some(_)) => Err(Error::new("", Why::LengthAndFiles)),
            (None, None) => Err(Error::new("", Why::NeitherLengthNorFiles)),
            (Some(_), None) => {
                let mut entry = Entry::read(&Keys::of_info(info))?;
                // A torrent that is all padding says nothing.
                entry.pad = false;
                self.push(FilePath::from_joined(name), entry)?;
                Ok(false)
            }
            (None, Some(value)) => {
                let list = Walk::of_list(value);
                let mut list = list.ok_or_else(|| Error::new("files", Why::Type("a list")))?;
                let mut path = FilePathBuf::new();
                let mut at = 0_usize;
                while list.more() {
                    let inside = |error: Error| error.inside(format_args!("files[{at}]"));
                    self.file(&mut list, &mut path).map_err(inside)?;
                    at = at.saturating_add(1);
                }
                match self.is_empty() {
                    true => Err(Error::new("files", Why::NoFiles)),
                    false => Ok(true),
                }
            }
        }
    }

    /// The next of `files`. `path` is memory to use.
    fn file(&mut self, list: &mut Walk<'_>, path: &mut FilePathBuf) -> Result<(), Error> {
        if let Some(length) = self.usual(list, path) {
            return self.push(path.as_path(), Entry { length, ..Entry::default() });
        }
        if !list.enter() {
            return Err(Error::new("", Why::Type("a dictionary")));
        }
        let file = Keys::read(list);
        let entry = Entry::read(&file)?;
        path.clear();
        // Nobody ever sees a pad's path (BEP 47).
        if !entry.pad {
            self.path(&file, path)?;
        }
        self.push(path.as_path(), entry)
    }

    /// The next of `files` where it is what nearly all are: a length and a path of names that are
    /// stored as they are, and no more. Each byte is looked at once then. Gives the length, and puts
    /// the path into `path`; `None` of any other file, good or not, and the walk stays.
    fn usual(&self, list: &mut Walk<'_>, path: &mut FilePathBuf) -> Option<u64> {
        let mut walk = list.clone();
        if !walk.enter() || walk.key()? != b"length" {
            return None;
        }
        let length = walk.uint().filter(|length| i64::try_from(*length).is_ok())?;
        if walk.key()? != b"path" || !walk.enter_list() {
            return None;
        }
        path.clear();
        let mut depth = 0_usize;
        while depth <= self.bounds.depth
            && let Some(name) = walk.bytes()
        {
            name::check(name).ok()?;
            path.push_checked(name);
            depth = depth.saturating_add(1);
        }
        name::check_size(depth, path.as_path().as_joined().len(), self.bounds.depth).ok()?;
        if !walk.leave() || walk.key().is_some() {
            return None;
        }
        *list = walk;
        Some(length)
    }

    /// A file's path; `path.utf-8` where that is given and is what it says.
    fn path(&mut self, file: &Keys<'_>, path: &mut FilePathBuf) -> Result<(), Error> {
        let text = |name: Value<'_>| name.bytes().is_some_and(|name| str::from_utf8(name).is_ok());
        let is_utf8 = |value: &Value<'_>| value.list().is_some_and(|mut names| names.all(text));
        let utf8 = file.path_utf8.filter(is_utf8);
        let names = utf8.or(file.path).ok_or_else(|| Error::new("path", Why::Missing))?;
        self.components(names, path).map_err(|error| error.inside("path"))
    }

    /// The names of a list, put into a path that is empty.
    fn components(&mut self, names: Value<'_>, path: &mut FilePathBuf) -> Result<(), Error> {
        let list = Walk::of_list(names);
        let mut list = list.ok_or_else(|| Error::new("", Why::Type("a list")))?;
        let mut depth = 0_usize;
        // One more than allowed is enough to be refused below.
        while depth <= self.bounds.depth && list.more() {
            let bytes = list.bytes().ok_or_else(|| Error::new("", Why::Type("a list of names")))?;
            let name = component(bytes, self.warnings).map_err(|why| Error::new("", why))?;
            path.push_checked(&name);
            depth = depth.saturating_add(1);
        }
        name::check_size(depth, path.as_path().as_joined().len(), self.bounds.depth)
            .map_err(|why| Error::new("", why))
    }

    /// Whether a path of names that are safe is short and shallow enough.
    fn check_path(&self, path: FilePath<'_>) -> Result<(), Error> {
        name::check_path_within(path.components(), self.bounds.depth)
            .map_err(|why| Error::new("", why))
    }

    /// Where a link leads, below the torrent's folder, as BEP 47 has it. Some makers write what the
    /// link itself says: with `..` or `.` that is a path from the link's own folder. It must not
    /// lead out of the torrent's.
    fn target(&mut self, link: FilePath<'_>, names: Value<'_>) -> Result<FilePathBuf, Error> {
        let mut target = FilePathBuf::new();
        let dots = |value: Value<'_>| matches!(value.bytes(), Some(b"." | b".."));
        if !names.list().is_some_and(|mut names| names.any(dots)) {
            self.components(names, &mut target)?;
            return Ok(target);
        }
        self.warnings.add(format_args!("{link:?}: a link with dots in its target"));
        if let Some((folder, _)) = link.split_last() {
            target = folder.to_owned();
        }
        for value in names.list().into_iter().flatten() {
            match value.bytes().ok_or_else(|| Error::new("", Why::Type("a list of names")))? {
                b"." => {}
                b".." if target.as_path().is_empty() => {
                    return Err(Error::new("", Unsafe::Parent));
                }
                b".." => target.pop(),
                name => {
                    let name = component(name, self.warnings);
                    let pushed = name.and_then(|name| target.push(&name));
                    pushed.map_err(|why| Error::new("", why))?;
                }
            }
        }
        self.check_path(target.as_path())?;
        Ok(target)
    }

    pub(super) fn push(&mut self, path: FilePath<'_>, entry: Entry<'_>) -> Result<(), Error> {
        self.check_count()?;
        self.check_names(path)?;
        let number = self.layout.len();
        let Entry { length, pad, attributes, target, sha1, md5, root } = entry;
        let symlink = target.map(|target| self.target(path, target)).transpose();
        let symlink = symlink.map_err(|error| error.inside("symlink path"))?;
        let fits = match pad {
            true => self.layout.push_pad(length),
            false => self.layout.push_path(path, length, attributes),
        };
        fits.map_err(|why| Error::new("length", why))?;
        if let Some(root) = root {
            self.roots.resize(number, 0);
            self.roots.push(root);
        }
        if symlink.is_some() || sha1.is_some() || md5.is_some() {
            self.extras.insert(number, Extra { symlink, sha1, md5 });
        }
        Ok(())
    }

    /// Fills the piece, so that the next file begins at one (BEP 52).
    pub(super) fn align(&mut self, piece_length: u32) -> Result<(), Error> {
        self.check_count()?;
        self.layout.align(piece_length).map_err(|why| Error::new("length", why))
    }

    /// In v2 a folder's name is written once for all that lies in it, so a short document can name
    /// a hundred times its length.
    fn check_names(&mut self, path: FilePath<'_>) -> Result<(), Error> {
        self.names = self.names.saturating_add(path.as_joined().len());
        match self.names > self.most_names {
            true => Err(Error::new("", Why::LongNames(self.most_names))),
            false => Ok(()),
        }
    }

    fn check_count(&self) -> Result<(), Error> {
        match self.layout.len() >= self.bounds.files {
            true => Err(Error::new("", Why::ManyFiles(self.bounds.files))),
            false => Ok(()),
        }
    }
}

impl<'a> Keys<'a> {
    /// Of the dictionary that the walk is in, to its end.
    pub(super) fn read(walk: &mut Walk<'a>) -> Self {
        let mut keys = Self::default();
        while let Some(key) = walk.key() {
            let Some(value) = walk.value() else { break };
            let place = match key {
                b"attr" => &mut keys.attr,
                b"length" => &mut keys.length,
                b"md5sum" => &mut keys.md5sum,
                b"path" => &mut keys.path,
                b"path.utf-8" => &mut keys.path_utf8,
                b"pieces root" => &mut keys.pieces_root,
                b"sha1" => &mut keys.sha1,
                b"symlink path" => &mut keys.symlink_path,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        keys
    }

    /// Of `info` that has a single file.
    fn of_info(info: &Info<'a>) -> Self {
        Self {
            attr: info.get(b"attr"),
            length: info.get(b"length"),
            md5sum: info.get(b"md5sum"),
            sha1: info.get(b"sha1"),
            symlink_path: info.get(b"symlink path"),
            ..Self::default()
        }
    }
}

impl<'a> Entry<'a> {
    /// What the entries mean.
    pub(super) fn read(keys: &Keys<'a>) -> Result<Self, Error> {
        let attributes = keys.attr.and_then(|attr| attr.bytes()).unwrap_or_default();
        let has = |letter: u8| attributes.contains(&letter);
        let target = keys.symlink_path.filter(|_| has(b'l'));
        let length = match keys.length {
            // A link has no bytes, whatever is said (BEP 47).
            _ if target.is_some() => 0,
            None => return Err(Error::new("length", Why::Missing)),
            Some(length) => {
                let length =
                    length.int().ok_or_else(|| Error::new("length", Why::Type("a number")))?;
                u64::try_from(length).map_err(|_| Error::new("length", Why::Negative))?
            }
        };
        Ok(Self {
            length,
            pad: has(b'p'),
            attributes: Attributes { executable: has(b'x'), hidden: has(b'h') },
            target,
            sha1: keys.sha1.and_then(|sha1| sha1.bytes()?.try_into().ok()),
            md5: keys.md5sum.and_then(|md5| unhex(md5.bytes()?)),
            root: None,
        })
    }
}

/// A name that comes from outside, as it is stored.
pub(super) fn component<'a>(
    bytes: &'a [u8],
    warnings: &mut Warnings,
) -> Result<Cow<'a, [u8]>, Unsafe> {
    let stored = name::stored(bytes)?;
    if let Cow::Owned(_) = stored {
        let shown = String::from_utf8_lossy(bytes);
        warnings.add(format_args!("{shown:?}: a backslash in a name is stored as \"_\""));
    }
    Ok(stored)
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

#[cfg(test)]
mod tests;
