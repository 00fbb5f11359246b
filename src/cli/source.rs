//! Where input comes from: a file, or `-` for standard input.

use super::{Env, Failure};
use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::Read;
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
    pub fn read(&self, env: &Env, limit: u64) -> Result<Vec<u8>, Failure> {
        let most = limit.saturating_add(1);
        let mut bytes = Vec::new();
        let read = match self {
            Self::Stdin => env.stdin().take(most).read_to_end(&mut bytes),
            Self::Path(path) => File::open(env.resolve(path)).and_then(|file| {
                // One buffer of the file's length, and a byte that finds the end without another.
                let length = file.metadata().map_or(0, |known| known.len()).min(limit);
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                bytes.try_reserve_exact(length.saturating_add(1))?;
                file.take(most).read_to_end(&mut bytes)
            }),
        };
        read.map_err(|error| Failure::local(&PathBuf::from(self.to_string()), &error))?;
        if bytes.len() as u64 > limit {
            return Err(Failure::input(format_args!("{self}: longer than {limit} bytes")));
        }
        Ok(bytes)
    }
}
