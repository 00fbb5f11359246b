//! Opening files and positioned reads and writes, for Unix and for Windows.

use crate::torrent::FilePath;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};

/// Whether the name stays where it is put: one component, not one that leads up or away.
pub(super) fn is_component(name: &[u8]) -> bool {
    let special = name.is_empty() || name == b"." || name == b"..";
    let separates = |&byte: &u8| byte == b'/' || byte == 0;
    #[cfg(windows)]
    let separates = |byte: &u8| separates(byte) || matches!(byte, b'\\' | b':');
    #[cfg(windows)]
    let special = special || std::str::from_utf8(name).is_err();
    !special && !name.iter().any(separates)
}

/// Whether the path has components, all of which are such.
pub(super) fn stays_below(path: FilePath<'_>) -> bool {
    #[cfg(unix)]
    {
        // Whether one begins with a dot or is empty is seen without a look at each.
        let joined = path.as_joined();
        let plain = |pair: &[u8]| !matches!(pair, [b'/', b'.' | b'/']);
        if !joined.contains(&0)
            && !matches!(joined, [] | [b'.' | b'/', ..] | [.., b'/'])
            && joined.windows(2).all(plain)
        {
            return true;
        }
    }
    !path.is_empty() && path.components().all(is_component)
}

/// A component as the system takes it.
pub(super) fn name(name: &[u8]) -> OsString {
    #[cfg(unix)]
    {
        std::os::unix::ffi::OsStringExt::from_vec(name.to_vec())
    }
    #[cfg(windows)]
    {
        // `is_component` saw to it that nothing is lost here.
        String::from_utf8_lossy(name).into_owned().into()
    }
}

/// The path of these names below a folder.
pub(super) fn below(folder: &Path, names: FilePath<'_>) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let names = names.as_joined();
        let mut path = PathBuf::with_capacity(folder.as_os_str().len() + names.len() + 1);
        path.push(folder);
        if !names.is_empty() {
            path.push(std::ffi::OsStr::from_bytes(names));
        }
        path
    }
    #[cfg(windows)]
    {
        let mut path = folder.to_owned();
        path.extend(names.components().map(name));
        path
    }
}

/// What stands where a file should be is none.
pub(super) fn not_a_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

fn regular(file: File) -> io::Result<File> {
    looked_at(file).map(|(file, _)| file)
}

/// The same, with what the system says of it.
fn looked_at(file: File) -> io::Result<(File, Metadata)> {
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(not_a_file()) }
}

#[cfg(unix)]
pub(super) use unix::*;

#[cfg(unix)]
mod unix {
    use super::*;
    use rustix::fs::{Mode, OFlags, mkdirat, open, openat, symlinkat};
    use rustix::io::Errno;
    use std::ffi::OsStr;
    use std::fs::Permissions;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{FileExt, PermissionsExt};

    /// A FIFO in a file's place must not make us wait for its other end; regular files do not care.
    const FLAGS: OFlags = OFlags::CLOEXEC.union(OFlags::NONBLOCK);

    const FOLDER: OFlags = OFlags::CLOEXEC.union(OFlags::DIRECTORY);

    /// Opens a file for reading.
    pub(in super::super) fn read(path: &Path) -> io::Result<File> {
        regular(File::from(open(path, OFlags::RDONLY | FLAGS, Mode::empty())?))
    }

    /// The folders in which files were opened last, so that the next one in them is found at once.
    /// Lanes that read side by side are in a few at a time.
    #[derive(Debug, Default)]
    pub(in super::super) struct Folders<'a>(Vec<(FilePath<'a>, OwnedFd)>);

    /// Folders that a thread holds open, at most.
    const FOLDERS: usize = 4;

    impl<'a> Folders<'a> {
        /// Opens a file below `root`, always the same, for reading; `None` where that fails.
        pub(in super::super) fn read(
            &mut self,
            root: &Path,
            names: FilePath<'a>,
        ) -> Option<(File, Metadata)> {
            let (above, last) = names.split_last()?;
            let known = self.0.iter().position(|(path, _)| *path == above);
            let (_, folder) = match known {
                Some(at) => self.0.get(at)?,
                None => {
                    let folder = open(below(root, above), OFlags::RDONLY | FOLDER, Mode::empty());
                    self.0.truncate(FOLDERS - 1);
                    self.0.insert(0, (above, folder.ok()?));
                    self.0.first()?
                }
            };
            let file =
                openat(folder, OsStr::from_bytes(last), OFlags::RDONLY | FLAGS, Mode::empty());
            looked_at(File::from(file.ok()?)).ok()
        }
    }

    /// Opens or makes the file at a path that the user gave, and the folders above it.
    pub(in super::super) fn write(path: &Path) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | FLAGS;
        let opened = match (open(path, flags, Mode::from_raw_mode(0o666)), path.parent()) {
            (Err(Errno::NOENT), Some(parent)) => {
                std::fs::create_dir_all(parent)?;
                open(path, flags, Mode::from_raw_mode(0o666))
            }
            (opened, _) => opened,
        };
        regular(File::from(opened?))
    }

    /// Opens or makes a file and the folders above it, going down one by one, so that no link leads
    /// out of `folder`, not even one that is planted at this moment.
    pub(in super::super) fn write_below(folder: &Path, names: FilePath<'_>) -> io::Result<File> {
        let (above, last) = names.split_last().ok_or(io::ErrorKind::InvalidInput)?;
        let at = go_down(folder, above)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | FLAGS;
        let file = openat(&at, OsStr::from_bytes(last), flags, Mode::from_raw_mode(0o666));
        regular(File::from(file.map_err(explain)?))
    }

    /// Makes a link to `target`, components below `folder` too, and the folders above the link.
    /// What is in its place stays and is an error.
    pub(in super::super) fn link_below(
        folder: &Path,
        names: FilePath<'_>,
        target: FilePath<'_>,
    ) -> io::Result<()> {
        let (above, last) = names.split_last().ok_or(io::ErrorKind::InvalidInput)?;
        let up = std::iter::repeat_n(&b".."[..], above.depth());
        let path: Vec<&[u8]> = up.chain(target.components()).collect();
        let at = go_down(folder, above)?;
        symlinkat(OsStr::from_bytes(&path.join(&b'/')), &at, OsStr::from_bytes(last))?;
        Ok(())
    }

    /// Opens or makes the folder.
    fn go_down(folder: &Path, names: FilePath<'_>) -> io::Result<OwnedFd> {
        let mut at = match open(folder, FOLDER, Mode::empty()) {
            Err(Errno::NOENT) => {
                std::fs::create_dir_all(folder)?;
                open(folder, FOLDER, Mode::empty())?
            }
            opened => opened?,
        };
        for name in names.components() {
            at = enter(&at, OsStr::from_bytes(name)).map_err(explain)?;
        }
        Ok(at)
    }

    fn enter(above: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
        let flags = FOLDER | OFlags::NOFOLLOW;
        match openat(above, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => match mkdirat(above, name, Mode::from_raw_mode(0o777)) {
                // Another thread may have been faster.
                Ok(()) | Err(Errno::EXIST) => openat(above, name, flags, Mode::empty()),
                Err(error) => Err(error),
            },
            // The system does not say which of the two it is; this does, for the message.
            Err(Errno::NOTDIR) if is_link(above, name) => Err(Errno::LOOP),
            opened => opened,
        }
    }

    fn is_link(above: &OwnedFd, name: &OsStr) -> bool {
        rustix::fs::readlinkat(above, name, Vec::new()).is_ok()
    }

    fn explain(error: Errno) -> io::Error {
        match error {
            Errno::LOOP => io::Error::other("a symbolic link, which is not written through"),
            error => error.into(),
        }
    }

    /// Reads exactly as much as the buffer holds.
    pub(in super::super) fn read_exact_at(
        file: &File,
        buffer: &mut [u8],
        at: u64,
    ) -> io::Result<()> {
        file.read_exact_at(buffer, at)
    }

    /// Writes some of the bytes, and says how many.
    pub(in super::super) fn write_at(
        file: &File,
        parts: &[IoSlice<'_>],
        at: u64,
    ) -> io::Result<usize> {
        #[cfg(target_os = "linux")]
        {
            Ok(rustix::io::pwritev(file, parts, at)?)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let first = parts.iter().find(|part| !part.is_empty());
            first.map_or(Ok(0), |part| file.write_at(part, at))
        }
    }

    /// Whether whoever may read the file may run it.
    pub(in super::super) fn is_executable(file: &Metadata) -> bool {
        let mode = file.permissions().mode();
        executable(mode) == mode
    }

    /// Whoever may read the file may run it.
    pub(in super::super) fn set_executable(file: &File) -> io::Result<()> {
        let now = file.metadata()?;
        let wanted = executable(now.permissions().mode());
        match is_executable(&now) {
            true => Ok(()),
            false => file.set_permissions(Permissions::from_mode(wanted)),
        }
    }

    fn executable(mode: u32) -> u32 {
        mode | (mode & 0o444) >> 2
    }

    /// Brings the whole file system that holds the path to the disk, where the system has a call for
    /// that.
    pub(in super::super) fn sync_all_below(path: &Path) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            let file = open(path, OFlags::RDONLY | FLAGS, Mode::empty())?;
            Ok(rustix::fs::syncfs(file)?)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = path;
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

#[cfg(windows)]
pub(super) use windows::*;

#[cfg(windows)]
mod windows {
    use super::*;
    use std::fs::OpenOptions;
    use std::os::windows::fs::FileExt;

    /// The folders in which files were opened last: here paths alone lead to files.
    #[derive(Debug, Default)]
    pub(in super::super) struct Folders<'a>(std::marker::PhantomData<FilePath<'a>>);

    impl<'a> Folders<'a> {
        /// Opens a file below `root` for reading; `None` where that fails.
        pub(in super::super) fn read(
            &mut self,
            root: &Path,
            names: FilePath<'a>,
        ) -> Option<(File, Metadata)> {
            looked_at(File::open(below(root, names)).ok()?).ok()
        }
    }

    /// Opens a file for reading.
    pub(in super::super) fn read(path: &Path) -> io::Result<File> {
        regular(File::open(path)?)
    }

    /// Opens or makes the file at a path that the user gave, and the folders above it.
    pub(in super::super) fn write(path: &Path) -> io::Result<File> {
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent)?;
        }
        let mut options = OpenOptions::new();
        regular(options.read(true).write(true).create(true).truncate(false).open(path)?)
    }

    /// Opens or makes a file and the folders above it; none of them may be a link.
    pub(in super::super) fn write_below(folder: &Path, names: FilePath<'_>) -> io::Result<File> {
        let mut path = folder.to_owned();
        for component in names.components() {
            path.push(name(component));
            if path.symlink_metadata().is_ok_and(|there| there.is_symlink()) {
                return Err(io::Error::other("a symbolic link, which is not written through"));
            }
        }
        write(&path)
    }

    /// Reads exactly as much as the buffer holds.
    pub(in super::super) fn read_exact_at(
        file: &File,
        mut buffer: &mut [u8],
        mut at: u64,
    ) -> io::Result<()> {
        while !buffer.is_empty() {
            match file.seek_read(buffer, at) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buffer = buffer.split_at_mut(read).1;
                    at += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes some of the bytes, and says how many.
    pub(in super::super) fn write_at(
        file: &File,
        parts: &[IoSlice<'_>],
        at: u64,
    ) -> io::Result<usize> {
        let first = parts.iter().find(|part| !part.is_empty());
        first.map_or(Ok(0), |part| file.seek_write(part, at))
    }

    /// Links need a right there that few users have.
    pub(in super::super) fn link_below(
        _: &Path,
        _: FilePath<'_>,
        _: FilePath<'_>,
    ) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// There is no such mark that could be missing.
    pub(in super::super) fn is_executable(_: &Metadata) -> bool {
        true
    }

    /// There is no such mark.
    pub(in super::super) fn set_executable(_: &File) -> io::Result<()> {
        Ok(())
    }

    /// There is no such call.
    pub(in super::super) fn sync_all_below(_: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
