//! Files that are written whole or not at all: a temporary file beside them, fsync, rename.

use super::Error;
use std::io::{self, Write};
use std::path::Path;

/// What to do where the file is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// Put the new one in its place.
    Replace,
    /// Fail with [`io::ErrorKind::AlreadyExists`].
    Keep,
}

/// Writes a file that no reader and no crash ever sees in part.
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Error> {
    let fail = |source: io::Error| Error { path: path.to_owned(), source };
    if existing == Existing::Keep && path.symlink_metadata().is_ok() {
        return Err(fail(io::ErrorKind::AlreadyExists.into()));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(fail)?;
    match existing {
        Existing::Replace => file.persist(path),
        Existing::Keep => file.persist_noclobber(path),
    }
    .map_err(|error| fail(error.error))?;
    Ok(())
}
