//! The lock that keeps two trackers from one dfile: `dstate.lock`, with the holder's process id in
//! it. The system lets go of it whichever way the holder ends; the file stays, for its name must
//! always mean the same file. Another process may be given the lock, as a descriptor: it is free when
//! both have let go.

use super::state::{beside, place};
use crate::store::words;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// The lock, held for as long as this lives.
#[derive(Debug)]
pub(super) struct Lock {
    /// None where the file system has no locks, or the dfile is a device.
    file: Option<File>,
}

impl Lock {
    /// The same lock once more: it is held for as long as one of both lives.
    pub(super) fn share(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.as_ref().map(File::try_clone).transpose()? })
    }

    /// What another process that is to have it is given.
    #[cfg(unix)]
    pub(super) fn fd(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.file.as_ref().map(std::os::fd::AsFd::as_fd)
    }

    /// One that another process gave.
    #[cfg(unix)]
    pub(super) fn given(file: File) -> Self {
        sign(&file);
        Self { file: Some(file) }
    }
}

/// What came of trying.
#[derive(Debug)]
pub(super) enum Try {
    Taken(Lock),
    /// Another has it: that process, where it could be made out.
    Held(Option<u32>),
}

/// Takes the lock of a dfile, if nobody has it.
pub(super) fn take(dfile: &Path) -> io::Result<Try> {
    let place = place(dfile);
    if place.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Ok(Try::Taken(Lock { file: None }));
    }
    let path = beside(&place, ".lock");
    let mut options = File::options();
    let file = options.read(true).write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(|error| match path.symlink_metadata() {
        // It is what stands there that is at fault, not the dfile or its folder.
        Ok(_) => unlockable(&path, &error),
        Err(_) => error,
    })?;
    let tried = file.try_lock();
    outcome(file, tried, &path)
}

/// The length of its file; none, where there is no such file. One that was taken is signed, and has some.
pub(super) fn length(dfile: &Path) -> Option<u64> {
    beside(&place(dfile), ".lock").metadata().ok().map(|found| found.len())
}

/// What came of trying to lock the file at a path.
fn outcome(mut file: File, tried: Result<(), TryLockError>, path: &Path) -> io::Result<Try> {
    match tried {
        Ok(()) => {
            sign(&file);
            Ok(Try::Taken(Lock { file: Some(file) }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.rewind().and_then(|()| file.take(20).read_to_string(&mut holder));
            Ok(Try::Held(holder.trim().parse().ok()))
        }
        // A file system without locks (`ENOSYS`, `EOPNOTSUPP`).
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            Ok(Try::Taken(Lock { file: None }))
        }
        // It has them, and this one may be another's: a server that does not answer, too many of them.
        Err(TryLockError::Error(error)) => Err(unlockable(path, &error)),
    }
}

fn unlockable(path: &Path, error: &io::Error) -> io::Error {
    let words = format!("{} cannot be locked: {}", path.display(), words(error));
    io::Error::new(error.kind(), words)
}

/// Writes down who has it. Whoever reads that is only told; the lock is what counts.
fn sign(mut file: &File) {
    let _ = file.set_len(0).and_then(|()| file.rewind());
    let _ = writeln!(file, "{}", own_id());
}

/// The number of this process; 0 where there is none to be told.
fn own_id() -> u32 {
    #[cfg(unix)]
    let id = rustix::process::getpid().as_raw_nonzero().get().cast_unsigned();
    #[cfg(not(unix))]
    let id = 0;
    id
}

/// Whether the file of this dfile's lock is still the one that is held. Who removes it lets another
/// tracker have a lock of its own under the same name.
pub(super) fn is_in_place(lock: &Lock, dfile: &Path) -> bool {
    #[cfg(unix)]
    if let Some(held) = &lock.file {
        use std::os::unix::fs::MetadataExt;
        let which = |found: std::fs::Metadata| (found.dev(), found.ino());
        let there = beside(&place(dfile), ".lock").metadata().map(which);
        // What cannot be seen now may be there.
        return match (held.metadata().map(which), there) {
            (Ok(held), Ok(there)) => held == there,
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), _) => true,
        };
    }
    let _ = (lock, dfile);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_the_other_learns_who() {
        let dir = tempfile::tempdir().unwrap();
        let dfile = dir.path().join("dstate");
        std::fs::write(dir.path().join("dstate.lock"), "99999999 and something longer").unwrap();
        let Try::Taken(lock) = take(&dfile).unwrap() else { panic!("it is free") };
        let Try::Held(holder) = take(&dfile).unwrap() else { panic!("it is held") };
        assert_eq!(holder, Some(std::process::id()));
        assert!(is_in_place(&lock, &dfile));
        drop(lock);
        let Try::Taken(lock) = take(&dfile).unwrap() else { panic!("it is free") };
        std::fs::remove_file(dir.path().join("dstate.lock")).unwrap();
        assert!(!is_in_place(&lock, &dfile), "removed");
        let Try::Taken(other) = take(&dfile).unwrap() else { panic!("it is another") };
        assert!(!is_in_place(&lock, &dfile) && is_in_place(&other, &dfile));
        assert!(take(&dir.path().join("no/such")).is_err());
        let other = dir.path().join("other");
        std::fs::create_dir(dir.path().join("other.lock")).unwrap();
        let refused = take(&other).unwrap_err().to_string();
        assert!(refused.contains("other.lock cannot be locked: "), "{refused}");
    }

    #[test]
    #[cfg(unix)]
    fn only_where_there_are_no_locks_is_a_tracker_without_one() {
        use rustix::io::Errno;
        let file = || tempfile::tempfile().unwrap();
        let tried = |errno: Errno| {
            let error = TryLockError::Error(errno.into());
            outcome(file(), Err(error), Path::new("dstate.lock"))
        };
        for errno in [Errno::NOSYS, Errno::OPNOTSUPP, Errno::NOTSUP] {
            assert!(matches!(tried(errno), Ok(Try::Taken(Lock { file: None }))), "{errno}");
        }
        for errno in [Errno::NOLCK, Errno::INTR, Errno::IO, Errno::STALE, Errno::INVAL] {
            let refused = tried(errno).unwrap_err().to_string();
            assert!(refused.starts_with("dstate.lock cannot be locked: "), "{refused}");
            assert!(!refused.contains("os error"), "{refused}");
        }
        let held = outcome(file(), Err(TryLockError::WouldBlock), Path::new("dstate.lock"));
        assert!(matches!(held, Ok(Try::Held(None))));
    }

    #[test]
    #[cfg(unix)]
    fn it_is_free_when_all_have_let_go() {
        let dir = tempfile::tempdir().unwrap();
        let dfile = dir.path().join("dstate");
        let Try::Taken(lock) = take(&dfile).unwrap() else { panic!("it is free") };
        let shared = lock.share().unwrap();
        drop(lock);
        assert!(matches!(take(&dfile).unwrap(), Try::Held(_)));
        let given = Lock::given(File::from(shared.fd().unwrap().try_clone_to_owned().unwrap()));
        drop(shared);
        assert!(matches!(take(&dfile).unwrap(), Try::Held(id) if id == Some(std::process::id())));
        drop(given);
        assert!(matches!(take(&dfile).unwrap(), Try::Taken(_)));
    }
}
