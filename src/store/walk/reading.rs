//! What the system says of a file: whether it may be read or run, whether it is hidden.

use super::{Found, Tree};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Whoever reads the files.
pub(super) struct Reader {
    #[cfg(unix)]
    user: u32,
}

#[cfg(unix)]
impl Reader {
    pub(super) fn new() -> Self {
        Self { user: rustix::process::geteuid().as_raw() }
    }

    /// Whether the file can be read, without opening it. The permissions mostly answer; where they
    /// do not, the system is asked.
    pub(super) fn check(
        &self,
        path: impl FnOnce() -> PathBuf,
        metadata: &Metadata,
    ) -> io::Result<()> {
        use rustix::fs::{Access, AtFlags, CWD, accessat};
        use std::os::unix::fs::MetadataExt;
        let mode = metadata.mode();
        if mode & 0o444 == 0o444 || mode & 0o400 != 0 && metadata.uid() == self.user {
            return Ok(());
        }
        match accessat(CWD, path(), Access::READ_OK, AtFlags::EACCESS) {
            // A kernel that can't say: the reading will.
            Ok(()) | Err(rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
impl Reader {
    pub(super) fn new() -> Self {
        Self {}
    }

    /// Whether the file can be read: here only an open tells, and it is cheap.
    pub(super) fn check(&self, path: impl FnOnce() -> PathBuf, _: &Metadata) -> io::Result<()> {
        File::open(path()).map(drop)
    }
}

/// Whether its owner may run it. The bits of others do not count, as elsewhere.
#[cfg(unix)]
pub(super) fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

/// No system but Unix has a bit for it.
#[cfg(not(unix))]
pub(super) fn is_executable(_: &Metadata) -> bool {
    false
}

/// When the system noted a change of it, in nanoseconds since 1970.
#[cfg(unix)]
pub(super) fn changed(metadata: &Metadata) -> Option<i64> {
    use std::os::unix::fs::MetadataExt;
    metadata.ctime().checked_mul(1_000_000_000)?.checked_add(metadata.ctime_nsec())
}

/// No system but Unix tells.
#[cfg(not(unix))]
pub(super) fn changed(_: &Metadata) -> Option<i64> {
    None
}

/// Whether listings leave it out.
pub(super) fn is_hidden(path: &Path, metadata: &Metadata) -> bool {
    let dot = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    dot || has_hidden_attribute(metadata)
}

#[cfg(windows)]
fn has_hidden_attribute(metadata: &Metadata) -> bool {
    use std::os::windows::fs::MetadataExt;
    metadata.file_attributes() & 2 != 0
}

#[cfg(not(windows))]
fn has_hidden_attribute(_: &Metadata) -> bool {
    false
}

/// Opens a file for reading, without waiting for the writer of a pipe that took its place.
#[cfg(unix)]
pub(super) fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    fs::OpenOptions::new().read(true).custom_flags(nonblock).open(path)
}

/// Opens a file for reading.
#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().read(true).open(path)
}

/// Folders that an [`Opener`] holds open, at most: lanes that read side by side are rarely in more.
#[cfg(unix)]
const FOLDERS: usize = 3;

/// Opens files one after the other, those of a few folders without going down to them again.
#[derive(Debug, Default)]
pub(in crate::store) struct Opener {
    /// The folders that were opened last, below the root; the last one first.
    #[cfg(unix)]
    folders: Vec<(Box<Path>, std::os::fd::OwnedFd)>,
}

impl Opener {
    /// Opens a file of the tree, which is rechecked when it was read.
    #[cfg(unix)]
    pub(in crate::store) fn open(&mut self, tree: &Tree, file: &Found) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, open as open_at_once, openat};
        use rustix::io::retry_on_intr;
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        // By its bytes, for there may be millions: the walk writes each path in one way only.
        let path = file.path.as_os_str().as_bytes();
        let mut names = path.rsplitn(2, |&byte| byte == b'/');
        let name = OsStr::from_bytes(names.next().unwrap_or_default());
        let parent = Path::new(OsStr::from_bytes(names.next().unwrap_or_default()));
        if name.is_empty() {
            return open(&tree.locate(file));
        }
        let same = |(folder, _): &(Box<Path>, _)| folder.as_os_str() == parent.as_os_str();
        let known = self.folders.iter().position(same);
        let at = known.or_else(|| {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let path = tree.place(parent);
            let folder = retry_on_intr(|| open_at_once(&path, flags, Mode::empty())).ok()?;
            self.folders.truncate(FOLDERS - 1);
            self.folders.insert(0, (parent.into(), folder));
            Some(0)
        });
        match at.and_then(|at| self.folders.get(at)) {
            Some((_, folder)) => {
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
                Ok(retry_on_intr(|| openat(folder, name, flags, Mode::empty()))?.into())
            }
            // What is in a folder that can't be listed may be opened all the same.
            None => open(&tree.locate(file)),
        }
    }

    /// Opens a file of the tree, which is rechecked when it was read.
    #[cfg(not(unix))]
    pub(in crate::store) fn open(&mut self, tree: &Tree, file: &Found) -> io::Result<File> {
        open(&tree.locate(file))
    }
}
