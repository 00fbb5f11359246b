//! The operator's lists, read from files: at the start, on SIGHUP, and when they change.
//!
//! A thread of its own looks at the files every few seconds and reads them beside the workers. What
//! cannot be read as a whole is not taken: the old list stays, and one line says why.

use super::{Error, Reload, Shared};
use crate::store::words;
use crate::torrent::{InfoHash, Metainfo};
use crate::tracker::access::{self, Access, BadLine, Hashes};
use crate::tracker::keys::{self, Keys};
use crate::tracker::service::{Lists, Service};
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

/// Between two looks at the files. One that changed is read once it is the same at two of them.
const LOOK: Duration = Duration::from_secs(2);

/// The files that say who and what is served.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sources {
    /// Lists of the torrents that are served, or folders of their .torrent files; none: all are.
    pub allow: Vec<PathBuf>,
    /// The same of those that are not.
    pub deny: Vec<PathBuf>,
    /// The keys; `None`: everybody may announce.
    pub keys: Option<PathBuf>,
}

/// Why a list is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadList {
    /// It could not be read.
    #[error("{path}: {}", words(.1), path = .0.display())]
    Read(PathBuf, io::Error),
    /// A line is not what it must be.
    #[error("{path}: {1}", path = .0.display())]
    Line(PathBuf, BadLine),
    /// A file of a folder of .torrent files is none.
    #[error("{path}: {1}", path = .0.display())]
    Torrent(PathBuf, crate::torrent::metainfo::Error),
}

impl Sources {
    /// Reads all of them.
    pub(super) fn load(&self) -> Result<Lists, Error> {
        let access = self.access().map_err(Error::List)?;
        let keys = self.keys(None).map_err(Error::List)?;
        Ok(Lists { access, keys })
    }

    fn access(&self) -> Result<Option<Access>, BadList> {
        if self.allow.is_empty() && self.deny.is_empty() {
            return Ok(None);
        }
        let allowed = (!self.allow.is_empty()).then(|| hashes(&self.allow)).transpose()?;
        Ok(Some(Access { allowed: allowed.map(Arc::new), denied: hashes(&self.deny)? }))
    }

    fn keys(&self, before: Option<&Keys>) -> Result<Option<Keys>, BadList> {
        let Some(path) = &self.keys else { return Ok(None) };
        let text = fs::read(path).map_err(|error| BadList::Read(path.clone(), error))?;
        let lines = keys::parse(&text).map_err(|error| BadList::Line(path.clone(), error))?;
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let unix = unix.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
        Ok(Some(Keys::new(lines, before, Instant::now(), unix)))
    }

    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.allow.iter().chain(&self.deny).chain(&self.keys)
    }

    /// What may be read: a file's folder too, as a list is often replaced by another file.
    fn reads(&self) -> Vec<PathBuf> {
        let folder = |path: &PathBuf| {
            let parent = path.parent().filter(|_| !path.is_dir());
            match parent {
                Some(parent) if parent == Path::new("") => PathBuf::from("."),
                parent => parent.unwrap_or(path).to_owned(),
            }
        };
        self.paths().map(folder).collect()
    }
}

/// Has the swarms remember the torrents that are allowed, with their counts, while nobody is there.
pub(super) fn keep(service: &Service) {
    if let Some(access) = service.access()
        && let Some(allowed) = &access.get().allowed
    {
        service.swarms().keep_listed(allowed);
    }
}

fn hashes(paths: &[PathBuf]) -> Result<Hashes, BadList> {
    let mut all = Vec::new();
    for path in paths {
        let fault = |error| BadList::Read(path.clone(), error);
        if fs::metadata(path).map_err(fault)?.is_dir() {
            for entry in fs::read_dir(path).map_err(fault)? {
                let file = entry.map_err(fault)?.path();
                if file.extension().is_some_and(|end| end.eq_ignore_ascii_case("torrent")) {
                    of_torrent(&file, &mut all)?;
                }
            }
        } else {
            let text = fs::read(path).map_err(fault)?;
            let listed = access::parse(&text).map_err(|bad| BadList::Line(path.clone(), bad))?;
            if all.is_empty() { all = listed } else { all.extend(listed) }
        }
    }
    Ok(Hashes::new(all))
}

/// Adds the hashes by which a torrent is known: that of v1, that of v2 cut to 20 bytes, or both.
fn of_torrent(path: &Path, into: &mut Vec<InfoHash>) -> Result<(), BadList> {
    let bytes = fs::read(path).map_err(|error| BadList::Read(path.to_owned(), error))?;
    let metainfo =
        Metainfo::parse(bytes.into()).map_err(|error| BadList::Torrent(path.to_owned(), error))?;
    into.extend(metainfo.v1);
    into.extend(metainfo.v2.and_then(|hash| hash.first_chunk().copied()).map(InfoHash));
    Ok(())
}

/// What tells that a file or folder is another than before; of a folder its own, which changes as
/// files come and go.
fn look<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        fs::metadata(path).ok().map(|found| face(&found)).hash(&mut hasher);
    }
    hasher.finish()
}

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

/// The lists of a tracker that serves.
#[derive(Clone)]
pub(super) struct Watched {
    sources: Arc<Sources>,
    /// How the files looked when they were last read; held while they are.
    seen: Arc<Mutex<u64>>,
}

impl Watched {
    /// Those that were just [loaded](Sources::load).
    pub(super) fn new(sources: Sources) -> Self {
        let seen = Mutex::new(look(sources.paths()));
        Self { sources: Arc::new(sources), seen: Arc::new(seen) }
    }

    /// What SIGHUP does; none where there are no lists.
    pub(super) fn on_signal(&self) -> Option<Reload> {
        self.sources.paths().next()?;
        let watched = self.clone();
        let run = Box::new(move |shared: &Shared| watched.read(shared));
        Some(Reload { what: "lists", reads: self.sources.reads(), run })
    }

    /// Reads them again; in words why not.
    fn read(&self, shared: &Shared) -> Result<(), String> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at before they are read: what changes meanwhile is seen at the next look.
        *seen = look(self.sources.paths());
        let service = &shared.service;
        let mut faults = Vec::new();
        if let Some(current) = service.access() {
            match self.sources.access() {
                Ok(access) => {
                    current.replace(access.unwrap_or_default());
                    keep(service);
                }
                Err(bad) => faults.push(bad),
            }
        }
        if let Some(current) = service.keys() {
            match self.sources.keys(Some(&current.get())) {
                Ok(keys) => current.replace(keys.unwrap_or_default()),
                Err(bad) => faults.push(bad),
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        let words: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Err(format!("{}; the old list stays", words.join("; ")))
    }

    /// Looks at the files until the sender is dropped.
    pub(super) fn start(&self, shared: &Arc<Shared>) -> io::Result<Option<Sender<()>>> {
        if self.sources.paths().next().is_none() {
            return Ok(None);
        }
        let (stop, stopped) = channel();
        let (watched, shared) = (self.clone(), Arc::downgrade(shared));
        std::thread::Builder::new().name("lists".into()).spawn(move || {
            let mut last = None;
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let Some(shared) = Weak::upgrade(&shared) else { break };
                watched.look(&mut last, &shared);
            }
        })?;
        Ok(Some(stop))
    }

    /// One look; `last` is what the one before saw.
    fn look(&self, last: &mut Option<u64>, shared: &Shared) {
        let now = look(self.sources.paths());
        let known = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Not while somebody writes it.
        if last.replace(now) == Some(now)
            && now != known
            && let Err(words) = self.read(shared)
        {
            shared.diagnostics.warn("lists", format_args!("lists: {words}"));
        }
    }
}
