//! What is published: the files below a path, in the order of the metainfo.
//!
//! One look at each file and no open: what can't be read is found by its permissions, before hours
//! of hashing. Nothing that is no regular file is ever opened, so a named pipe can't hang the walk.
//! The order does not depend on that of the folders on the disk.

mod fault;
mod globs;
mod ignored;
mod junk;
mod links;
mod listed;
mod order;
mod reading;
mod selection;
mod unseen;
mod visit;

use super::Error;
use crate::torrent::metainfo::MAX_FILES;
use std::borrow::Cow;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use fault::Fault;
pub use globs::Globs;
pub use junk::LEFT_OUT;
pub use listed::parse_list;
pub use order::Order;
pub(super) use reading::Opener;
pub use selection::{Attributes, Links, Selection, Take};
use visit::Visit;

/// A file or folder to publish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tree {
    /// The file or folder itself.
    pub root: PathBuf,
    /// Whether it is a folder.
    pub folder: bool,
    /// The files, in the order of [`Selection::order`].
    pub files: Vec<Found>,
    /// What was left out, in the order of the walk; of a folder only the folder itself.
    pub left_out: Vec<LeftOut>,
}

/// A file as it was when the walk came by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Below the root; empty where the root is the file.
    pub path: Box<Path>,
    /// Bytes; 0 for a stored link.
    pub length: u64,
    /// When it was last written, where the system tells.
    pub modified: Option<SystemTime>,
    /// When the system noted a change of it, which no program can set (`ctime`): nanoseconds since
    /// 1970, where the system tells.
    pub changed: Option<i64>,
    /// Its owner may run it, and the selection says that this is to be told.
    pub executable: bool,
    /// It is hidden, and the selection says that this is to be told.
    pub hidden: bool,
    /// Of a symbolic link that is stored as one: what it leads to, below the root.
    pub link: Option<Box<Path>>,
}

/// Something that is not published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// Below the root.
    pub path: Box<Path>,
    /// The rule that left it out.
    pub why: Why,
}

/// Why something is not published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// No file, folder or link: a socket, a pipe, a device.
    Special,
    /// One of [`LEFT_OUT`].
    Historical,
    /// What systems leave behind in folders.
    Junk,
    /// Its name begins with a dot.
    Hidden,
    /// A pattern of [`Selection::exclude`].
    Excluded,
    /// No pattern of [`Selection::include`].
    NotIncluded,
    /// A rule of an ignore file.
    Ignored,
    /// A symbolic link.
    Link,
    /// A folder in a list of files, which stands for itself only.
    Folder,
    /// Where the metainfo goes.
    Output,
    /// Metainfo, where each entry becomes a torrent of its own.
    Metainfo,
}

impl Why {
    /// A word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Special => "special",
            Self::Historical => "cvs-core",
            Self::Junk => "junk",
            Self::Hidden => "hidden",
            Self::Excluded => "excluded",
            Self::NotIncluded => "not-included",
            Self::Ignored => "ignored",
            Self::Link => "link",
            Self::Folder => "folder",
            Self::Output => "output",
            Self::Metainfo => "metainfo",
        }
    }
}

impl Why {
    /// Whether a choice of the caller leaves it out, and not what it is or is called.
    pub(super) fn is_asked_for(self) -> bool {
        match self {
            Self::Hidden
            | Self::Excluded
            | Self::NotIncluded
            | Self::Ignored
            | Self::Link
            | Self::Folder => true,
            Self::Special | Self::Historical | Self::Junk | Self::Output | Self::Metainfo => false,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Special => "not a file",
            Self::Historical => "called CVS or core",
            Self::Junk => "junk",
            Self::Hidden => "hidden",
            Self::Excluded => "excluded",
            Self::NotIncluded => "not included",
            Self::Ignored => "ignored by a rule in its folders",
            Self::Link => "a symbolic link",
            Self::Folder => "a folder in a list of files",
            Self::Output => "the output",
            Self::Metainfo => "a torrent",
        })
    }
}

impl Tree {
    /// Everything below `root` that the default [`Selection`] takes, but for the file `output`.
    ///
    /// # Errors
    /// As [`Self::select`].
    pub fn walk(root: &Path, output: Option<&Path>) -> Result<Self, Error> {
        Self::select(root, &Selection::default(), output)
    }

    /// Everything below `root` that is selected, but for the file `output`. Where the root is a
    /// file, no rule leaves it out.
    ///
    /// # Errors
    /// A folder or file that can't be read, a link that leads nowhere, back to where it stands or,
    /// where it is to be stored, outside; a name that metainfo can't hold; a listed path that is
    /// not there or not below the root; no file at all, or too many.
    pub fn select(
        root: &Path,
        selection: &Selection,
        output: Option<&Path>,
    ) -> Result<Self, Error> {
        let fail = |source| Error { path: root.to_owned(), source };
        let metadata = fs::metadata(root).map_err(fail)?;
        let mut tree = Self {
            root: root.to_owned(),
            folder: metadata.is_dir(),
            files: Vec::new(),
            left_out: Vec::new(),
        };
        if metadata.is_dir() {
            let mut visit = Visit::new(&mut tree, selection, output)?;
            let walked = match &selection.list {
                Some(list) => visit.listed(list),
                None => visit.folder(Path::new(""), false),
            };
            visit.finish(walked)?;
            selection.order.sort(&mut tree.files);
        } else if !metadata.is_file() {
            return Err(fail(io::Error::other("neither a file nor a folder")));
        } else if selection.list.is_some() {
            return Err(fail(Fault::ListForFile.into()));
        } else {
            reading::Reader::new().check(|| root.to_owned(), &metadata).map_err(fail)?;
            tree.add(Found::of(PathBuf::new(), &metadata, selection.attributes))?;
        }
        match tree.files.is_empty() {
            false => Ok(tree),
            true if selection.left_out(&tree.left_out) => Err(fail(Fault::NothingSelected.into())),
            true => Err(fail(io::Error::other("no files to publish"))),
        }
    }

    /// The selected entries of the folder `root`, each to become a torrent of its own, in the order
    /// of their names, and what was left out. Metainfo among them is no entry; links are followed
    /// or left out.
    ///
    /// # Errors
    /// As [`Self::select`]; or `root` is no folder.
    pub fn entries(
        root: &Path,
        selection: &Selection,
    ) -> Result<(Vec<PathBuf>, Vec<LeftOut>), Error> {
        let mut tree =
            Self { root: root.to_owned(), folder: true, files: vec![], left_out: vec![] };
        let found = Visit::new(&mut tree, selection, None)?.entries()?;
        Ok((found.iter().map(|path| root.join(path)).collect(), tree.left_out))
    }

    /// Where the file lies.
    pub fn locate(&self, file: &Found) -> PathBuf {
        self.place(&file.path)
    }

    /// Where something below the root lies.
    pub fn place(&self, below: &Path) -> PathBuf {
        match below.as_os_str().is_empty() {
            true => self.root.clone(),
            false => self.root.join(below),
        }
    }

    /// Opens a file and makes sure that it is still the one that was found.
    pub fn open(&self, file: &Found) -> Result<File, Error> {
        let path = self.locate(file);
        let opened = reading::open(&path).and_then(|opened| {
            file.check(&opened.metadata()?)?;
            Ok(opened)
        });
        opened.map_err(|source| Error { path, source })
    }

    /// Makes sure that an open file has not changed since it was found.
    pub fn recheck(&self, file: &Found, opened: &File) -> Result<(), Error> {
        let same = opened.metadata().and_then(|metadata| file.check(&metadata));
        same.map_err(|source| Error { path: self.locate(file), source })
    }

    /// Bytes of all files.
    pub fn total(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.length))
    }

    fn add(&mut self, file: Found) -> Result<(), Error> {
        if self.files.len() >= MAX_FILES {
            let source = io::Error::other(format!("more than {MAX_FILES} files"));
            return Err(Error { path: self.root.clone(), source });
        }
        self.files.push(file);
        Ok(())
    }
}

impl Found {
    /// A file that nobody has looked at yet.
    fn unseen(path: PathBuf) -> Self {
        Self {
            path: path.into(),
            length: 0,
            modified: None,
            changed: None,
            executable: false,
            hidden: false,
            link: None,
        }
    }

    fn of(path: PathBuf, metadata: &Metadata, wanted: Attributes) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            changed: reading::changed(metadata),
            executable: wanted.executable && reading::is_executable(metadata),
            hidden: wanted.hidden && reading::is_hidden(&path, metadata),
            link: None,
            path: path.into(),
        }
    }

    /// The names of the folders that it is in and its own, as bytes.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.path.iter().map(std::ffi::OsStr::as_encoded_bytes)
    }

    /// The path with slashes, as text to show.
    pub fn shown(&self) -> Cow<'_, str> {
        self.path.to_string_lossy()
    }

    fn check(&self, now: &Metadata) -> io::Result<()> {
        let what = match now.len() {
            _ if !now.is_file() => "no longer a file",
            length if length < self.length => "shrank while it was read",
            length if length > self.length => "grew while it was read",
            _ if now.modified().ok() != self.modified => "changed while it was read",
            _ => return Ok(()),
        };
        Err(io::Error::other(what))
    }
}

#[cfg(test)]
mod tests;
