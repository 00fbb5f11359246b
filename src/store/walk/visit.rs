//! The walk through the folders.

use super::ignored::Ignored;
use super::reading::Reader;
use super::unseen::Unseen;
use super::{
    Error, Fault, Found, LEFT_OUT, LeftOut, Links, Selection, Take, Tree, Why, junk, links,
};
use crate::torrent::metainfo::MAX_FILES;
use crate::torrent::name;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Entries that are looked at behind links, at most: each link to a folder may double the work.
const BEHIND_LINKS_MOST: usize = MAX_FILES;

/// Below so many folders files are looked at one by one: those that wait keep each folder above them
/// open.
const DEEP: usize = 16;

/// When files are looked at.
#[derive(Clone, Copy)]
enum When {
    Now,
    /// The same of the entries of the root, each of which is taken for itself: one with a fault is there
    /// all the same, as it would be if it was named.
    ForItself,
    /// Meanwhile, after [`Visit::hand_over`].
    Later,
}

/// What the walk comes across and is to take.
pub(super) enum Step {
    File(Found),
    /// An entry with a fault, which whoever takes it finds out.
    Odd(PathBuf),
    /// A file that nobody has looked at yet: its path, and what its folder says of it.
    Unseen(PathBuf, DirEntry),
    Folder {
        path: PathBuf,
        included: bool,
        /// Where it really is, where a link leads to it.
        behind_link: Option<PathBuf>,
    },
}

impl Step {
    /// The path of a folder.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::File(_) | Self::Odd(_) | Self::Unseen(..) => None,
            Self::Folder { path, .. } => Some(path),
        }
    }
}

pub(super) struct Visit<'a> {
    pub(super) tree: &'a mut Tree,
    pub(super) selection: &'a Selection,
    output: Option<PathBuf>,
    pub(super) reader: Reader,
    /// Files of the tree, by their numbers, that are yet to be looked at.
    pub(super) unseen: Unseen,
    ignored: Ignored,
    /// The folders that we are in, without links; the root first.
    above: Vec<PathBuf>,
    /// Links to folders that we went through to be here.
    links: usize,
    /// Entries that may still be seen behind links, and that at the start.
    behind_links: (usize, usize),
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        tree: &'a mut Tree,
        selection: &'a Selection,
        output: Option<&Path>,
    ) -> Result<Self, Error> {
        let real = fs::canonicalize(&tree.root);
        let real = real.map_err(|source| Error { path: tree.root.clone(), source })?;
        Ok(Self {
            tree,
            selection,
            output: output.and_then(|path| fs::canonicalize(path).ok()),
            reader: Reader::new(),
            unseen: Unseen::default(),
            ignored: Ignored::default(),
            above: vec![real],
            links: 0,
            behind_links: (BEHIND_LINKS_MOST, BEHIND_LINKS_MOST),
        })
    }

    /// With another bound for what is seen behind links.
    #[cfg(test)]
    pub(super) fn look_at_most(&mut self, entries: usize) {
        self.behind_links = (entries, entries);
    }

    /// The root without links.
    pub(super) fn root(&self) -> &Path {
        self.above.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// All that is below a folder. Depth is bounded: a path that metainfo can't hold is refused
    /// before it is entered.
    pub(super) fn folder(&mut self, below: &Path, included: bool) -> Result<(), Error> {
        // Files of a list are sorted as they come, and each folder on the way down is held open.
        let later = self.selection.list.is_none() && self.above.len() <= DEEP;
        let steps = self.look(below, included, if later { When::Later } else { When::Now })?;
        for step in steps {
            if self.unseen.has_failed() {
                break;
            }
            self.take(step)?;
        }
        self.ignored.leave();
        self.unseen.folder_ends();
        if self.unseen.is_enough() {
            self.hand_over();
        }
        Ok(())
    }

    /// The entries of the root, without a look into its folders.
    pub(super) fn entries(&mut self) -> Result<Vec<PathBuf>, Error> {
        let mut entries = Vec::new();
        for step in self.look(Path::new(""), false, When::ForItself)? {
            let (path, folder) = match step {
                Step::File(file) => (file.path.into(), false),
                // Only `folder` leaves files for later.
                Step::Unseen(path, _) | Step::Odd(path) => (path, false),
                Step::Folder { path, .. } => (path, true),
            };
            // One with a fault too: it would be left out without.
            match !folder && path.extension() == Some(OsStr::new("torrent")) {
                true => self.leave_out(path, Why::Metainfo),
                false => entries.push(path),
            }
        }
        Ok(entries)
    }

    /// A file is added, a folder entered.
    pub(super) fn take(&mut self, step: Step) -> Result<(), Error> {
        let (path, included, real) = match step {
            Step::File(file) => return self.tree.add(file),
            // Only `entries` has them.
            Step::Odd(_) => return Ok(()),
            Step::Unseen(path, entry) => {
                let number = self.tree.files.len();
                self.tree.add(Found::unseen(path))?;
                self.unseen.push(number, entry);
                if self.unseen.is_enough() {
                    self.hand_over();
                }
                return Ok(());
            }
            Step::Folder { path, included, behind_link } => (path, included, behind_link),
        };
        let link = real.is_some();
        let parent = self.above.last().map_or(Path::new(""), PathBuf::as_path);
        let real = real.unwrap_or_else(|| parent.join(path.file_name().unwrap_or_default()));
        // A folder that holds one of those above would be met again inside itself.
        if link && self.above.iter().any(|above| above.starts_with(&real)) {
            return Err(self.fail(&path, Fault::LinkAbove.into()));
        }
        self.above.push(real);
        self.links += usize::from(link);
        self.folder(&path, included)?;
        self.links -= usize::from(link);
        self.above.pop();
        Ok(())
    }

    /// What is to be taken of a folder, in the order of the names; enters its ignore files.
    fn look(&mut self, below: &Path, included: bool, when: When) -> Result<Vec<Step>, Error> {
        let here = self.tree.place(below);
        let fail = |source| Error { path: here.clone(), source };
        let mut entries: Vec<(OsString, DirEntry)> = Vec::new();
        for entry in fs::read_dir(&here).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            if self.links > 0 {
                let (left, most) = self.behind_links;
                let many = || fail(Fault::TooMuchBehindLinks(most).into());
                self.behind_links.0 = left.checked_sub(1).ok_or_else(many)?;
            }
            entries.push((entry.file_name(), entry));
        }
        entries.sort_unstable_by(|(a, _), (b, _)| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        if self.selection.ignore_files {
            let rules = entries.iter().filter(|(name, entry)| {
                let file = || entry.file_type().is_ok_and(|kind| kind.is_file());
                Ignored::is_rules(name) && file()
            });
            let rules: Vec<&OsStr> = rules.map(|(name, _)| name.as_os_str()).collect();
            self.ignored.enter(&here, &rules).map_err(fail)?;
        }
        let mut steps = Vec::with_capacity(entries.len());
        for (name, entry) in entries {
            match self.entry(below.join(&name), &name, entry, included, when) {
                Ok(step) => steps.extend(step),
                Err(_) if matches!(when, When::ForItself) => {
                    steps.push(Step::Odd(below.join(&name)));
                }
                Err(error) => {
                    // Files before it may have errors of their own, which come first.
                    let unseen = |step: &Step| matches!(step, Step::Unseen(..));
                    steps.into_iter().filter(unseen).try_for_each(|step| self.take(step))?;
                    return Err(error);
                }
            }
        }
        Ok(steps)
    }

    fn entry(
        &mut self,
        path: PathBuf,
        name: &OsStr,
        entry: DirEntry,
        included: bool,
        when: When,
    ) -> Result<Option<Step>, Error> {
        let kind = entry.file_type().map_err(|source| self.fail(&path, source))?;
        match when {
            When::Later if kind.is_file() => self.unseen(path, name, entry, included),
            _ => self.step(path, name, kind, || entry.metadata(), included),
        }
    }

    /// What becomes of an entry of this kind; nothing, where it is left out. `metadata` is that of
    /// the entry itself, not of what it leads to.
    pub(super) fn step(
        &mut self,
        path: PathBuf,
        name: &OsStr,
        kind: FileType,
        metadata: impl FnOnce() -> io::Result<Metadata>,
        included: bool,
    ) -> Result<Option<Step>, Error> {
        let follow = kind.is_symlink() && self.selection.links == Links::Follow;
        let led_to = follow.then(|| fs::metadata(self.tree.place(&path)));
        let folder = match &led_to {
            Some(led_to) => led_to.as_ref().is_ok_and(Metadata::is_dir),
            None => kind.is_dir(),
        };
        let link = kind.is_symlink() && self.selection.links == Links::Skip;
        let why = match self.rule(&path, name, folder) {
            None if folder => None,
            None if link => Some(Why::Link),
            None => self.not_included(&path, included),
            why => why,
        };
        if let Some(why) = why {
            self.leave_out(path, why);
            return Ok(None);
        }
        let metadata = led_to.unwrap_or_else(metadata).map_err(|error| self.fail(&path, error))?;
        let link = metadata.is_symlink();
        if !folder && !link && !metadata.is_file() {
            self.leave_out(path, Why::Special);
            return Ok(None);
        }
        self.check_name(&path, name)?;
        if folder {
            let real = |_| fs::canonicalize(self.tree.place(&path));
            let behind_link = follow.then_some(()).map(real).transpose();
            let behind_link = behind_link.map_err(|error| self.fail(&path, error))?;
            let included = included || self.selection.include.matches(&path, true);
            return Ok(Some(Step::Folder { path, included, behind_link }));
        }
        if self.is_output(&path) {
            self.leave_out(path, Why::Output);
            return Ok(None);
        }
        if !link {
            return self.seen(path, &metadata).map(Step::File).map(Some);
        }
        let mut file = Found::of(path, &metadata, self.selection.attributes);
        let whole = self.tree.locate(&file);
        let target = links::target(self.root(), &whole);
        file.link = Some(target.map_err(|source| Error { path: whole, source })?);
        (file.length, file.executable) = (0, false);
        Ok(Some(Step::File(file)))
    }

    /// The same for what its folder says is a file, but without a look at it.
    fn unseen(
        &mut self,
        path: PathBuf,
        name: &OsStr,
        entry: DirEntry,
        included: bool,
    ) -> Result<Option<Step>, Error> {
        let why = self.rule(&path, name, false).or_else(|| self.not_included(&path, included));
        if let Some(why) = why {
            self.leave_out(path, why);
            return Ok(None);
        }
        self.check_name(&path, name)?;
        if self.is_output(&path) {
            self.leave_out(path, Why::Output);
            return Ok(None);
        }
        Ok(Some(Step::Unseen(path, entry)))
    }

    /// A file that was looked at, which must be one that can be read.
    pub(super) fn seen(&self, path: PathBuf, metadata: &Metadata) -> Result<Found, Error> {
        let readable = self.reader.check(|| self.tree.place(&path), metadata);
        readable.map_err(|source| self.fail(&path, source))?;
        Ok(Found::of(path, metadata, self.selection.attributes))
    }

    /// Whether a file is none of those that alone are wanted.
    fn not_included(&self, path: &Path, included: bool) -> Option<Why> {
        let include = &self.selection.include;
        let wanted = include.is_empty() || included || include.matches(path, false);
        (!wanted).then_some(Why::NotIncluded)
    }

    /// The rule that leaves an entry out, by its path alone.
    pub(super) fn rule(&self, path: &Path, name: &OsStr, folder: bool) -> Option<Why> {
        let selection = self.selection;
        let bytes = name.as_encoded_bytes();
        let unasked = selection.list.is_none();
        let skip = |take| take == Take::Skip;
        if unasked && skip(selection.historical) && LEFT_OUT.iter().any(|left| name == *left) {
            Some(Why::Historical)
        } else if unasked && skip(selection.junk) && junk::is_junk(bytes) {
            Some(Why::Junk)
        } else if skip(selection.hidden) && bytes.starts_with(b".") {
            Some(Why::Hidden)
        } else if selection.exclude.matches(path, folder) {
            Some(Why::Excluded)
        } else if selection.ignore_files && self.ignored.matches(&self.tree.place(path), folder) {
            Some(Why::Ignored)
        } else {
            None
        }
    }

    /// Notes what is not published. Behind a bound nobody would read it any more.
    pub(super) fn leave_out(&mut self, path: PathBuf, why: Why) {
        if self.tree.left_out.len() < MAX_FILES {
            self.tree.left_out.push(LeftOut { path: path.into(), why });
        }
    }

    fn check_name(&self, path: &Path, name: &OsStr) -> Result<(), Error> {
        let bytes = path.as_os_str().len();
        let deep = bytes > name::MAX_DEPTH && path.iter().count() > name::MAX_DEPTH;
        let checked = match name::check(name.as_encoded_bytes()) {
            Ok(()) if deep => Err(name::Unsafe::Deep(name::MAX_DEPTH)),
            Ok(()) if bytes > name::MAX_PATH => Err(name::Unsafe::LongPath),
            checked => checked,
        };
        checked.map_err(|why| self.fail(path, io::Error::new(io::ErrorKind::InvalidInput, why)))
    }

    pub(super) fn fail(&self, below: &Path, source: io::Error) -> Error {
        Error { path: self.tree.place(below), source }
    }

    fn is_output(&self, below: &Path) -> bool {
        self.output.as_deref().is_some_and(|output| {
            output.file_name() == below.file_name()
                && fs::canonicalize(self.tree.place(below)).is_ok_and(|path| path == output)
        })
    }
}
