//! Files that an operator names, read whole: regular ones, up to a length. What stands under such a
//! name may be anything, a device that never ends or a pipe that nobody writes to, and is not waited for.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Reads a file of at most so many bytes.
///
/// # Errors
/// The system's; that it is no regular file, or longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let found = file.metadata()?;
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !found.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let longer = || io::Error::other(format!("longer than {most} bytes"));
    if found.len() > most {
        return Err(longer());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(found.len()).map_err(io::Error::other)?)?;
    // It may grow meanwhile, and files of the system's own have no length before they are read.
    let bytes = rest(file, bytes, most)?;
    if bytes.len() as u64 > most { Err(longer()) } else { Ok(bytes) }
}

/// The bytes that were read and those that follow, in all up to one more than `most`, which tells that
/// there are too many.
///
/// # Errors
/// The system's.
pub fn rest(input: impl Read, mut bytes: Vec<u8>, most: u64) -> io::Result<Vec<u8>> {
    let room = most.saturating_add(1).saturating_sub(bytes.len() as u64);
    input.take(room).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens it, whoever is or is not at its other end.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        options.custom_flags(i32::try_from(flags).unwrap_or(0));
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::words;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read(&path, 4).unwrap(), b"four");
        assert_eq!(words(&read(&path, 3).unwrap_err()), "longer than 3 bytes");
        assert_eq!(words(&read(dir.path(), 4).unwrap_err()), "Is a directory");
        assert_eq!(read(&dir.path().join("b"), 4).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_there_counts_among_what_may_be_read() {
        let all = |most| rest(&b"defg"[..], b"abc".to_vec(), most).unwrap();
        assert_eq!([0, 2, 3, 5, 6, 7].map(|most| all(most).len()), [3, 3, 4, 6, 7, 7]);
        assert_eq!(all(u64::MAX), b"abcdefg");
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_or_never_begins_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        for path in [&pipe, Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert_eq!(words(&read(path, 4).unwrap_err()), "not a regular file", "{path:?}");
        }
    }
}
