//! The operator's lists, read from files: at the start, and anew when they change. A list that cannot
//! be read as a whole is not taken: the old one stays.

use super::diagnostics::Diagnostics;
use super::watch::{Files, Reload};
use super::{Error, Shared};
use crate::store::bounded::read;
use crate::store::words;
use crate::torrent::{InfoHash, Metainfo};
use crate::tracker::access::{self, Access, BadLine, Hashes};
use crate::tracker::current::Current;
use crate::tracker::keys::{self, Keys};
use crate::tracker::service::{self, Service};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

/// Bytes of a list: ten million lines, and more.
const LIST_MOST: u64 = 1 << 30;
/// Bytes of a .torrent file.
pub(super) const TORRENT_MOST: u64 = 32 << 20;

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
    pub(super) fn load(&self) -> Result<service::Lists, Error> {
        let access = self.access().map_err(Error::List)?;
        let keys = self.keys(None).map_err(Error::List)?;
        Ok(service::Lists { access, keys })
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
        let text = read(path, LIST_MOST).map_err(|error| BadList::Read(path.clone(), error))?;
        let lines = keys::parse(&text).map_err(|error| BadList::Line(path.clone(), error))?;
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let unix = unix.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
        Ok(Some(Keys::new(lines, before, Instant::now(), unix)))
    }

    /// Reads all of them again, for a service that has begun with them; in words why not.
    fn read(&self, service: &Service) -> Result<(), String> {
        let mut faults = Vec::new();
        if let Some(current) = service.access() {
            match self.access() {
                Ok(access) => {
                    current.replace(access.unwrap_or_default());
                    keep(service);
                }
                Err(bad) => faults.push(bad),
            }
        }
        if let Some(current) = service.keys() {
            match self.keys(Some(&current.get())) {
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

    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.allow.iter().chain(&self.deny).chain(&self.keys)
    }

    /// What may be read.
    fn reads(&self) -> Vec<PathBuf> {
        self.paths().cloned().collect()
    }
}

/// A list of nothing is a list, though it is rarely meant.
pub(super) fn warn_of_nothing(service: &Service, diagnostics: &Diagnostics) {
    let access = service.access().map(Current::get);
    if access.is_some_and(|access| access.allowed.as_ref().is_some_and(|list| list.is_empty())) {
        diagnostics.warn("allow", "--allow names no torrent: none is served");
    }
    if service.keys().is_some_and(|keys| keys.get().is_empty()) {
        diagnostics.warn("keys", "--keys has no key: nobody is served");
    }
}

/// Has the swarms remember the torrents that are allowed, with their counts, while nobody is there, and
/// forget at once those that are not served any more.
pub(super) fn keep(service: &Service) {
    if let Some(access) = service.access()
        && let Some(allowed) = &access.get().allowed
    {
        service.swarms().keep_listed(allowed);
    }
    service.forget_unserved();
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
            let text = read(path, LIST_MOST).map_err(fault)?;
            let listed = access::parse(&text).map_err(|bad| BadList::Line(path.clone(), bad))?;
            if all.is_empty() { all = listed } else { all.extend(listed) }
        }
    }
    Ok(Hashes::new(all))
}

/// Adds the hashes by which a torrent is known: that of v1, that of v2 cut to 20 bytes, or both.
fn of_torrent(path: &Path, into: &mut Vec<InfoHash>) -> Result<(), BadList> {
    let bytes = read(path, TORRENT_MOST).map_err(|error| BadList::Read(path.to_owned(), error))?;
    let metainfo =
        Metainfo::parse(bytes.into()).map_err(|error| BadList::Torrent(path.to_owned(), error))?;
    into.extend(metainfo.v1);
    into.extend(metainfo.v2.and_then(|hash| hash.first_chunk().copied()).map(InfoHash));
    Ok(())
}

/// The lists of a tracker; they are to be looked at before they are [loaded](Sources::load).
pub(super) struct Lists {
    sources: Sources,
    files: Arc<Files>,
}

impl Lists {
    /// Those that are about to be loaded.
    pub(super) fn new(sources: Sources) -> Self {
        let files = Files::new(sources.paths().cloned().collect());
        Self { sources, files }
    }

    /// How they are read anew; none where there are no lists.
    pub(super) fn on_change(self) -> Option<Reload> {
        self.sources.paths().next()?;
        let Self { sources, files } = self;
        let reads = sources.reads();
        let run = Box::new(move |shared: &Shared| {
            let read = sources.read(&shared.service);
            warn_of_nothing(&shared.service, &shared.diagnostics);
            read
        });
        Some(Reload { what: "lists", reads, files, failed: AtomicBool::default(), run })
    }
}
