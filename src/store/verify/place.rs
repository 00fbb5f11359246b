//! Puts what is right together in one place, as links or copies.

use super::{Found, State, Verification};
use crate::store::{Error, Files};
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// How a file comes into its new place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// As another name of the same file; on another file system as a symbolic link.
    Link,
    /// As a file of its own, which shares its blocks with the old one where the file system can
    /// do that.
    Copy,
}

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placed {
    /// It has another name now.
    HardLink,
    /// A symbolic link leads to it.
    SymbolicLink,
    /// There is a copy of it.
    Copy,
    /// An empty file, which needs nothing to be made of.
    Made,
    /// It was there already.
    There,
    /// Something else is in the way, and stays.
    InTheWay,
}

/// Puts every file that is right, in its place or found elsewhere, in its place below `target`, and
/// makes the torrent's own links and missing empty files there. The latter count as found. Nothing that is there is changed. `told` hears of each file.
///
/// # Errors
/// The first that can't be put there.
pub fn place(
    verification: &mut Verification<'_>,
    files: &Files,
    target: &Files,
    how: How,
    mut told: impl FnMut(usize, Placed),
) -> Result<(), Error> {
    let mut made = Vec::new();
    let report = verification.report();
    for right in report.files() {
        if files.is_link(right.file) {
            continue;
        }
        let executable = report.layout.file(right.file).is_some_and(|file| file.executable);
        let is_empty = report.layout.file(right.file).is_some_and(|file| file.length == 0);
        if right.state == State::Missing && is_empty {
            let to = target.path(right.file);
            let placed = make(&to, target.root(), executable)
                .map_err(|source| Error { path: to.clone(), source })?;
            told(right.file, placed);
            if placed != Placed::InTheWay {
                made.push((right.file, to));
            }
            continue;
        }
        if !matches!(right.state, State::Ok | State::Found) {
            continue;
        }
        let from = match verification.found_at().get(&right.file) {
            Some(path) => path.clone(),
            None => files.path(right.file),
        };
        let to = target.path(right.file);
        let placed = one(&from, &to, target.root(), how, executable)
            .map_err(|source| Error { path: to, source })?;
        told(right.file, placed);
    }
    for (file, path) in made {
        verification.survey.set(file, Found::File(0));
        verification.found_at.insert(file, path);
    }
    target.make_links()
}

/// Makes an empty file.
fn make(to: &Path, root: &Path, executable: bool) -> io::Result<Placed> {
    if let Ok(there) = to.symlink_metadata() {
        let same = there.is_file() && there.len() == 0;
        return Ok(if same { Placed::There } else { Placed::InTheWay });
    }
    make_folders(root, to.parent().unwrap_or(root))?;
    let file = File::create_new(to)?;
    if executable {
        Files::make_executable(&file)?;
    }
    Ok(Placed::Made)
}

fn one(from: &Path, to: &Path, root: &Path, how: How, executable: bool) -> io::Result<Placed> {
    // A link to a link would name the link.
    let from = from.canonicalize()?;
    if to.symlink_metadata().is_ok() {
        let same = to.canonicalize().is_ok_and(|there| is_same(&there, &from));
        return Ok(if same { Placed::There } else { Placed::InTheWay });
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    make_folders(root, folder)?;
    match how {
        How::Copy => copy(&from, to, executable),
        How::Link => match fs::hard_link(&from, to) {
            Ok(()) => Ok(Placed::HardLink),
            // Another file system, one without such links, or a file that is not ours to link to.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                symbolic_link(&from, to).map(|()| Placed::SymbolicLink).map_err(|_| error)
            }
            Err(error) => Err(error),
        },
    }
}

/// Makes the folders between the torrent's own and the file's; a link among them would lead out.
fn make_folders(root: &Path, folder: &Path) -> io::Result<()> {
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let mut at = if folder.starts_with(root) { root.to_owned() } else { folder.to_owned() };
    fs::create_dir_all(&at)?;
    for name in below {
        at.push(name);
        match at.symlink_metadata() {
            Ok(there) if there.is_dir() => {}
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(_) => fs::create_dir(&at)?,
        }
    }
    Ok(())
}

/// A copy that appears whole or not at all, and never over another file.
fn copy(from: &Path, to: &Path, executable: bool) -> io::Result<Placed> {
    let mut source = File::open(from)?;
    let mut copy = crate::store::whole::new_for(to)?;
    let length = source.metadata()?.len();
    let copied = io::copy(&mut source, copy.as_file_mut())?;
    if copied != length {
        return Err(io::Error::other("changed while it was copied"));
    }
    if executable {
        Files::make_executable(copy.as_file())?;
    }
    copy.as_file().sync_data()?;
    copy.persist_noclobber(to).map_err(|error| error.error)?;
    Ok(Placed::Copy)
}

#[cfg(unix)]
fn symbolic_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn symbolic_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether two paths without links name the same file.
fn is_same(a: &Path, b: &Path) -> bool {
    let identity = |path: &Path| -> Option<(u64, u64)> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            path.metadata().ok().map(|found| (found.dev(), found.ino()))
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            None
        }
    };
    a == b || identity(a).is_some_and(|of_a| identity(b) == Some(of_a))
}

impl Placed {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::HardLink => "hard link",
            Self::SymbolicLink => "symbolic link",
            Self::Copy => "copy",
            Self::Made => "made",
            Self::There => "there",
            Self::InTheWay => "in the way",
        }
    }
}
