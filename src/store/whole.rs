//! Files that are written whole or not at all: a temporary file beside them, fsync, rename.

use super::Error;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// What to do where the file is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// Put the new one in its place.
    Replace,
    /// Fail with [`io::ErrorKind::AlreadyExists`].
    Keep,
}

/// Writes a file that no reader and no crash ever sees in part. A file that is replaced keeps its
/// permissions, a link to it stays; what is no file, such as `/dev/null`, is written to.
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Error> {
    let fail = |source: io::Error| Error { path: path.to_owned(), source };
    if existing == Existing::Keep && path.symlink_metadata().is_ok() {
        return Err(fail(io::ErrorKind::AlreadyExists.into()));
    }
    let there = path.metadata().ok();
    let target = match &there {
        Some(there) if !there.is_file() && !there.is_dir() => {
            let device = File::options().write(true).open(path);
            return device.and_then(|mut device| device.write_all(bytes)).map_err(fail);
        }
        Some(_) => path.canonicalize().map_err(fail)?,
        None => path.to_owned(),
    };
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary(folder).map_err(fail)?;
    if let Some(there) = there.filter(|there| there.is_file()) {
        file.as_file().set_permissions(there.permissions()).map_err(fail)?;
    }
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(fail)?;
    match existing {
        Existing::Replace => file.persist(&target),
        Existing::Keep => file.persist_noclobber(&target),
    }
    .map_err(|error| fail(error.error))?;
    Ok(())
}

/// A file with the permissions of any new one; a temporary file is private by itself.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_is_as_readable_as_any_and_an_old_one_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&other, "").unwrap();
        write(&path, b"1", Existing::Keep).unwrap();
        assert_eq!(mode(&path), mode(&other));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        write(&path, b"2", Existing::Replace).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"2".to_vec(), 0o640));
        let error = write(&path, b"3", Existing::Keep).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("link"));
        fs::write(&path, "1").unwrap();
        symlink("a", &link).unwrap();
        write(&link, b"2", Existing::Replace).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"2");
        let device = folder.path().join("null");
        symlink("/dev/null", &device).unwrap();
        write(&device, b"3", Existing::Replace).unwrap();
        assert!(fs::metadata(&device).unwrap().file_type().is_char_device());
    }
}
