//! What is read from files and read anew: on SIGHUP, and when the files have changed.
//!
//! A thread of its own looks at the files every few seconds and reads them beside the workers. What
//! cannot be read as a whole is not taken: the old stays in force, and one line says why.

use super::Shared;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// Between two looks at the files. One that changed is read once it is the same at two of them.
const LOOK: Duration = Duration::from_secs(2);

/// Something that was read from files and is read anew.
pub(super) struct Reload {
    /// As a warning names it.
    pub(super) what: &'static str,
    /// The files and folders it reads, for the sandbox to leave open. A folder stands for all in it.
    pub(super) reads: Vec<PathBuf>,
    /// What is looked at for changes; none, where it looks by itself.
    pub(super) files: Arc<Files>,
    /// Whether what is in force is older than the files.
    pub(super) failed: AtomicBool,
    /// Reads it; in words why it could not. It runs beside the workers and may take its time.
    pub(super) run: Box<Read>,
}

/// Reads something anew; in words why it could not.
pub(super) type Read = dyn Fn(&Shared) -> Result<(), String> + Send + Sync;

impl Reload {
    /// Reads it anew, or warns.
    pub(super) fn read(&self, shared: &Shared) {
        let mut seen = self.files.seen();
        // Looked at before they are read: what changes meanwhile is seen at the next look.
        *seen = self.files.look();
        let (what, read) = (self.what, (self.run)(shared));
        let failed = self.failed.swap(read.is_err(), Relaxed);
        match read {
            Err(words) => shared.diagnostics.warn(what, format_args!("{what}: {words}")),
            Ok(()) if failed => {
                shared.diagnostics.warn(what, format_args!("{what}: good again, and taken"));
            }
            Ok(()) => {}
        }
    }
}

/// Files and folders that are looked at; of a folder itself, which changes as files come and go.
#[derive(Debug)]
pub(super) struct Files {
    paths: Vec<PathBuf>,
    /// How they looked when they were last read; held while they are.
    seen: Mutex<u64>,
}

impl Files {
    /// Those, as they are now: to be called before they are read for the first time.
    pub(super) fn new(paths: Vec<PathBuf>) -> Arc<Self> {
        let files = Self { paths, seen: Mutex::default() };
        *files.seen() = files.look();
        Arc::new(files)
    }

    fn seen(&self) -> MutexGuard<'_, u64> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What tells that one of them is another than before.
    fn look(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for path in &self.paths {
            fs::metadata(path).ok().map(|found| face(&found)).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// What tells that a file is another than before.
pub(super) fn face(found: &Metadata) -> impl Hash + use<> {
    #[cfg(unix)]
    let place = {
        use std::os::unix::fs::MetadataExt;
        (found.dev(), found.ino(), found.ctime(), found.ctime_nsec())
    };
    #[cfg(not(unix))]
    let place = ();
    (found.modified().ok(), found.len(), place)
}

/// Looks at the files of all that is read anew, until the sender is dropped.
pub(super) fn start(shared: &Arc<Shared>) -> io::Result<Option<Sender<()>>> {
    if shared.reloads.iter().all(|reload| reload.files.paths.is_empty()) {
        return Ok(None);
    }
    let (stop, stopped) = channel();
    let mut last: Vec<Option<u64>> = vec![None; shared.reloads.len()];
    let shared = Arc::downgrade(shared);
    std::thread::Builder::new().name("files".into()).spawn(move || {
        while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            let Some(shared) = Weak::upgrade(&shared) else { break };
            for (reload, last) in shared.reloads.iter().zip(&mut last) {
                let now = reload.files.look();
                // Not while somebody writes it.
                if last.replace(now) == Some(now) && now != *reload.files.seen() {
                    reload.read(&shared);
                }
            }
        }
    })?;
    Ok(Some(stop))
}
