//! Where output goes: a file, written whole or not at all, or `-` for standard output.

use super::{Env, Failure};
use crate::store::whole::{self, Existing};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// An output as the user named it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sink {
    /// `-`
    Stdout,
    /// A file.
    Path(PathBuf),
}

impl From<std::ffi::OsString> for Sink {
    fn from(text: std::ffi::OsString) -> Self {
        if text == "-" { Self::Stdout } else { Self::Path(text.into()) }
    }
}

impl Sink {
    /// Writes everything; an existing file only with `force`.
    pub fn write(&self, env: &Env, bytes: &[u8], force: bool) -> Result<(), Failure> {
        match self {
            Self::Stdout => {
                let mut out = env.stdout();
                out.write_all(bytes).and_then(|()| out.flush()).map_err(|e| Failure::stdout(&e))
            }
            Self::Path(path) => {
                let existing = if force { Existing::Replace } else { Existing::Keep };
                whole::write(&env.resolve(path), bytes, existing).map_err(|error| {
                    let failure = Failure::local(path, &error.source);
                    match error.source.kind() {
                        ErrorKind::AlreadyExists => failure.hint("--force writes over it"),
                        _ => failure,
                    }
                })
            }
        }
    }
}
