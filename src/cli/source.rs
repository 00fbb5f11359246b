//! Where input comes from: a file, or `-` for standard input.

use super::{Env, Failure};
use crate::store::Aligned;
use crate::store::bounded::rest;
use bytes::Bytes;
use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::str::FromStr;

/// An input as the user named it; its Display stands in messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// `-`
    Stdin,
    /// A file.
    Path(PathBuf),
}

impl From<std::ffi::OsString> for Source {
    fn from(text: std::ffi::OsString) -> Self {
        if text == "-" { Self::Stdin } else { Self::Path(text.into()) }
    }
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(std::ffi::OsString::from(text)))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

impl Source {
    /// The input that was named, else standard input; where a person would have to type it, the
    /// command's help instead.
    pub fn or_stdin(named: Option<Self>, env: &Env) -> Result<Self, Failure> {
        match named {
            Some(source) => Ok(source),
            None if env.stdin_is_terminal() => Err(Failure::help()),
            None => Ok(Self::Stdin),
        }
    }

    /// All of it, at most `limit` bytes.
    pub fn read(&self, env: &Env, limit: u64) -> Result<Bytes, Failure> {
        let read = match self {
            Self::Stdin => rest(env.stdin(), Vec::new(), limit).map(Bytes::from),
            Self::Path(path) => File::open(env.resolve(path)).and_then(|file| whole(file, limit)),
        };
        let bytes =
            read.map_err(|error| Failure::local(&PathBuf::from(self.to_string()), &error))?;
        if bytes.len() as u64 > limit {
            return Err(Failure::input(format_args!("{self}: longer than {limit} bytes")));
        }
        Ok(bytes)
    }
}

/// All of a file, or a byte more than `limit`: in memory of its length that begins with a page, which
/// the system fills three times as fast as any other.
fn whole(mut file: File, limit: u64) -> io::Result<Bytes> {
    let length = file.metadata().map_or(0, |known| known.len()).min(limit);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    // The byte more finds the end.
    let mut memory = Aligned::try_zeroed(length.saturating_add(1))?;
    let mut filled = 0;
    while let Some(room) = memory.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read(room) {
            Ok(0) => return Ok(Bytes::from_owner(memory).slice(..filled)),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // It has grown, or its length is told of no such file.
    rest(file, memory.to_vec(), limit).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_to_their_end_or_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for length in [0, 1, 5000] {
            std::fs::write(&path, vec![b'a'; length]).unwrap();
            for limit in [0, 1, 4999, 5000, 5001] {
                let bytes = whole(File::open(&path).unwrap(), limit).unwrap();
                assert_eq!(&*bytes, vec![b'a'; length.min(limit as usize + 1)], "{length} {limit}");
            }
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_of_no_length_is_read_too() {
        let bytes = whole(File::open("/proc/self/stat").unwrap(), 1 << 20).unwrap();
        assert!(bytes.len() > 1 && bytes.ends_with(b"\n"));
        assert_eq!(whole(File::open("/proc/self/stat").unwrap(), 3).unwrap().len(), 4);
    }
}
