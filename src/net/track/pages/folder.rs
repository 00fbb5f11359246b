//! The folder of .torrent files: looked at every few seconds on a thread of its own, so that a
//! hundred thousand of them hold up nobody.
//!
//! A request names a file of the [`Catalog`], never a path: what the last look did not find is not
//! there. Only regular files are taken, so that nothing in the folder leads out of it, and a file is
//! sent only while it is the one that was looked at.

mod faults;

use self::faults::Faults;
use super::reply::{Fresh, busy, only, set, whole};
use crate::net::http_server::Reply;
use crate::net::track::Shared;
use crate::net::track::fast::counted;
use crate::net::track::watch::{Files, Reload, face as face_of};
use crate::store::words;
use crate::torrent::Metainfo;
use crate::tracker::catalog::{Catalog, Entry, servable};
use bytes::Bytes;
use hashbrown::HashMap;
use hyper::StatusCode;
use hyper::header::{self, HeaderMap};
use percent_encoding::percent_decode_str;
use std::fs::{self, DirEntry, File, Metadata, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Between two looks at the folder.
const LOOK: Duration = Duration::from_secs(2);
/// Files that are looked at.
const FILES_MOST: usize = 1_000_000;
/// Bytes of one: those of a torrent of some 30 TiB.
const FILE_MOST: u64 = super::super::reload::TORRENT_MOST;
/// KiB of files that are on their way to clients at one time.
const SENT_MOST: usize = 256 << 10;
/// And to those of one address: the longest of them.
const SENT_EACH: u32 = 32 << 10;
/// Files that are looked at each time, since they were new or no torrents at the last one.
const WATCHED_MOST: usize = 256;
/// How old a file must be before it counts as written.
const SETTLED: Duration = Duration::from_secs(10);

/// Why there is no folder.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {}", words(.error), path = .path.display())]
pub struct FolderError {
    /// The folder.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub error: io::Error,
}

/// The folder.
#[derive(Clone)]
pub(in crate::net::track) struct Folder(Arc<Inner>);

struct Inner {
    path: PathBuf,
    catalog: Mutex<Arc<Catalog>>,
    /// Held while the folder is read.
    seen: Mutex<Seen>,
    /// Whether it was read at all.
    read: AtomicBool,
    /// Whether it is to be read again, though it looks as it did: a file is not what it was, or the last
    /// read failed.
    stale: AtomicBool,
    /// Whether the last read failed.
    failed: AtomicBool,
    sent: Arc<Semaphore>,
    /// KiB of them by address; none where none are.
    shares: Mutex<HashMap<[u8; 8], u32>>,
}

/// What was there at the last look.
#[derive(Default)]
struct Seen {
    files: HashMap<Box<str>, (u64, Option<Arc<Entry>>)>,
    watched: Vec<PathBuf>,
    look: u64,
}

/// What tells that a file is another than before.
fn face(path: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    face_of(&fs::symlink_metadata(path).ok()?).hash(&mut hasher);
    Some(hasher.finish())
}

fn seconds(time: io::Result<SystemTime>) -> i64 {
    let since = time.ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

impl Folder {
    /// One that can be read.
    pub(in crate::net::track) fn open(path: PathBuf) -> Result<Self, FolderError> {
        if let Err(error) = fs::read_dir(&path) {
            return Err(FolderError { path, error });
        }
        Ok(Self(Arc::new(Inner {
            path,
            catalog: Mutex::default(),
            seen: Mutex::default(),
            read: AtomicBool::new(false),
            stale: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            sent: Arc::new(Semaphore::new(SENT_MOST)),
            shares: Mutex::default(),
        })))
    }

    /// Its files as they were at the last look.
    pub(super) fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.catalog.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What SIGHUP does.
    pub(in crate::net::track) fn on_change(&self) -> Reload {
        let folder = self.clone();
        // It tells of itself how that went, and tries again by itself.
        let run = Box::new(move |shared: &Shared| {
            folder.scan(SystemTime::now(), &|words| shared.diagnostics.warn("torrents", words));
            Ok(())
        });
        let files = Files::new(Vec::new());
        Reload {
            what: "torrents",
            reads: vec![self.0.path.clone()],
            files,
            failed: AtomicBool::default(),
            run,
        }
    }

    /// Reads it, and looks at it until the sender is dropped.
    pub(in crate::net::track) fn start(&self, shared: &Arc<Shared>) -> io::Result<Sender<()>> {
        let (stop, stopped) = channel();
        let (folder, shared) = (self.clone(), Arc::downgrade(shared));
        std::thread::Builder::new().name("torrents".into()).spawn(move || {
            loop {
                let Some(shared) = Weak::upgrade(&shared) else { break };
                if folder.is_other() {
                    let warn = |words: &str| shared.diagnostics.warn("torrents", words);
                    folder.scan(SystemTime::now(), &warn);
                }
                drop(shared);
                if stopped.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
        })?;
        Ok(stop)
    }

    fn look(&self, watched: &[PathBuf]) -> u64 {
        let mut hasher = DefaultHasher::new();
        face(&self.0.path).hash(&mut hasher);
        watched.iter().for_each(|path| face(path).hash(&mut hasher));
        hasher.finish()
    }

    /// Whether there is something new in it.
    fn is_other(&self) -> bool {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.stale.load(Ordering::Relaxed)
            || !self.0.read.load(Ordering::Relaxed)
            || self.look(&seen.watched) != seen.look
    }

    /// Looks at all files, and reads those that are not as they were. Where that fails, it is said once,
    /// what was there before is served, and the next look tries again.
    fn scan(&self, now: SystemTime, warn: &dyn Fn(&str)) {
        let read = self.read(now, &|path| fs::read_dir(path), warn);
        self.tell(read, warn);
    }

    fn tell(&self, read: io::Result<()>, warn: &dyn Fn(&str)) {
        let failed = self.0.failed.swap(read.is_err(), Ordering::Relaxed);
        match read {
            Ok(()) if failed => warn("torrents: can be read again"),
            Err(error) if !failed => {
                let served = match self.0.read.load(Ordering::Relaxed) {
                    true => {
                        "what it held stays listed, and a file that is gone is answered with 503"
                    }
                    false => "none of its files is served",
                };
                let (path, why) = (self.0.path.display(), words(&error));
                warn(&format!("torrents: {path}: {why}; {served}, until it can be read"));
            }
            Ok(()) | Err(_) => {}
        }
    }

    fn read<E: Iterator<Item = io::Result<DirEntry>>>(
        &self,
        now: SystemTime,
        list: &dyn Fn(&Path) -> io::Result<E>,
        warn: &dyn Fn(&str),
    ) -> io::Result<()> {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Unless all of it is read, it is not what is known.
        self.0.stale.store(true, Ordering::Relaxed);
        let mut stale = false;
        // Before it is read: what changes meanwhile is seen at the next look.
        let before = face(&self.0.path);
        let (mut files, mut watched) = (HashMap::new(), Vec::new());
        let mut faults = Faults::default();
        let (mut changed, mut same) = (false, 0_usize);
        for entry in list(&self.0.path)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if !servable(&name) || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            if files.len() >= FILES_MOST {
                warn(&format!("{}: only {FILES_MOST} files are served", self.0.path.display()));
                break;
            }
            let path = entry.path();
            let (now_face, modified) = (face(&path), entry.metadata().and_then(|m| m.modified()));
            let Some(now_face) = now_face else { continue };
            let known = seen.files.get(&*name).filter(|(known, _)| *known == now_face);
            let read = match known {
                Some((_, read)) => {
                    same += 1;
                    read.clone()
                }
                None => {
                    changed = true;
                    match read_torrent(&path, &name) {
                        Ok(entry) => Some(Arc::new(entry)),
                        Err(fault) => {
                            faults.add(path.clone(), fault.words);
                            if fault.passes {
                                stale = true;
                                continue;
                            }
                            None
                        }
                    }
                }
            };
            let age = modified.ok().and_then(|modified| now.duration_since(modified).ok());
            let young = age.is_none_or(|age| age < SETTLED);
            if (read.is_none() || young) && watched.len() < WATCHED_MOST {
                watched.push(path);
            }
            files.insert(name.into_boxed_str(), (now_face, read));
        }
        if !faults.is_empty() {
            warn(&faults.to_string());
        }
        // Others of the last look are gone.
        changed |= same < seen.files.len();
        if changed || !self.0.read.load(Ordering::Relaxed) {
            let entries: Vec<_> = files.values().filter_map(|(_, entry)| entry.clone()).collect();
            let newest = entries.iter().map(|entry| entry.modified).max().unwrap_or(0);
            let first = !self.0.read.load(Ordering::Relaxed);
            let at = if first { newest } else { seconds(Ok(now)).max(newest) };
            let catalog = Arc::new(Catalog::new(entries, at));
            *self.0.catalog.lock().unwrap_or_else(PoisonError::into_inner) = catalog;
        }
        let mut hasher = DefaultHasher::new();
        before.hash(&mut hasher);
        watched.iter().for_each(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            files.get(name).map(|(face, _)| *face).hash(&mut hasher);
        });
        *seen = Seen { files, watched, look: hasher.finish() };
        self.0.read.store(true, Ordering::Relaxed);
        self.0.stale.store(stale, Ordering::Relaxed);
        Ok(())
    }

    /// Room for so many KiB, where neither all nor this asker have too much on the way already: who
    /// reads slowly takes it from itself.
    fn room(&self, room: u32, asker: Option<IpAddr>) -> Option<Room> {
        let all = Arc::clone(&self.0.sent).try_acquire_many_owned(room).ok()?;
        let from = asker.map(counted);
        if let Some(from) = from {
            let mut shares = self.0.shares.lock().unwrap_or_else(PoisonError::into_inner);
            let more = shares.get(&from).copied().unwrap_or(0).saturating_add(room);
            if more > SENT_EACH {
                return None;
            }
            shares.insert(from, more);
        }
        Some(Room { all, from, folder: Arc::clone(&self.0) })
    }

    /// Answers a request for the file of this name, percent-encoded as it came. Who asks counts by an
    /// address, unless it is a proxy, which has many clients.
    pub(super) async fn answer(
        &self,
        name: &str,
        headers: &HeaderMap,
        asker: Option<IpAddr>,
    ) -> Reply {
        let name = percent_decode_str(name).decode_utf8_lossy();
        let Some(entry) = self.catalog().file(&name).map(Arc::clone) else {
            return match self.0.read.load(Ordering::Relaxed) {
                true => only(StatusCode::NOT_FOUND, "There is no such torrent file.\n"),
                false => busy(),
            };
        };
        let fresh = Fresh::of_file(&entry.file, entry.length, entry.modified);
        if fresh.known(headers) {
            return fresh.not_modified();
        }
        // Kept until the last byte is sent, so that slow readers of many files take no more than this.
        let room = u32::try_from(entry.length.div_ceil(1024).max(1)).unwrap_or(u32::MAX);
        let Some(room) = self.room(room, asker) else { return busy() };
        let (path, of) = (self.0.path.join(&*entry.file), Arc::clone(&entry));
        let read = tokio::task::spawn_blocking(move || same(&path, &of)).await;
        let Ok(Ok(bytes)) = read else {
            self.0.stale.store(true, Ordering::Relaxed);
            return busy();
        };
        let mut reply =
            whole("application/x-bittorrent", Bytes::from_owner(Sent { bytes, _room: room }));
        set(&mut reply, header::CONTENT_DISPOSITION, &disposition(&entry.file));
        set(&mut reply, header::CACHE_CONTROL, "no-cache");
        fresh.mark(reply)
    }
}

/// A file on its way.
struct Sent {
    bytes: Vec<u8>,
    _room: Room,
}

/// Room for one, in KiB, until it is dropped.
struct Room {
    all: OwnedSemaphorePermit,
    /// For whom, where that counts.
    from: Option<[u8; 8]>,
    folder: Arc<Inner>,
}

impl Drop for Room {
    fn drop(&mut self) {
        let Some(from) = self.from else { return };
        let room = u32::try_from(self.all.num_permits()).unwrap_or(u32::MAX);
        let mut shares = self.folder.shares.lock().unwrap_or_else(PoisonError::into_inner);
        match shares.get_mut(&from) {
            Some(share) if *share > room => *share -= room,
            _ => drop(shares.remove(&from)),
        }
    }
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Opens a file of the folder, nothing that it leads to, and waits for nobody.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        options.custom_flags(i32::try_from(flags).unwrap_or(0));
    }
    let file = options.open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok((file, found))
}

fn take(file: File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The file that was looked at, if it still is.
fn same(path: &Path, entry: &Entry) -> io::Result<Vec<u8>> {
    let (file, found) = open(path)?;
    if found.len() != entry.length || seconds(found.modified()) != entry.modified {
        return Err(io::ErrorKind::NotFound.into());
    }
    let bytes = take(file, entry.length)?;
    let whole = u64::try_from(bytes.len()).is_ok_and(|read| read == entry.length);
    if whole { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Why a file is not served.
struct Fault {
    words: String,
    /// Whether it is the machine's and not the file's, so that the file is to be tried again.
    passes: bool,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{Interrupted, NotFound, OutOfMemory, PermissionDenied};
        let passes = match error.kind() {
            NotFound | PermissionDenied => false,
            Interrupted | OutOfMemory => true,
            _ => is_of_a_moment(&error),
        };
        Self { words: words(&error).to_string(), passes }
    }
}

/// Too many open files, and what a disk may have; these have no kind of their own.
#[cfg(unix)]
fn is_of_a_moment(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::IO | Errno::MFILE | Errno::NFILE))
}

#[cfg(not(unix))]
fn is_of_a_moment(_: &io::Error) -> bool {
    false
}

fn read_torrent(path: &Path, name: &str) -> Result<Entry, Fault> {
    let (file, found) = open(path)?;
    let bad = |words| Fault { words, passes: false };
    if found.len() > FILE_MOST {
        return Err(bad(format!("longer than {} MiB", FILE_MOST >> 20)));
    }
    let bytes = take(file, found.len())?;
    let metainfo = Metainfo::parse(bytes.into()).map_err(|error| bad(error.to_string()))?;
    Ok(Entry::of(name, &metainfo, found.len(), seconds(found.modified())))
}

/// The file's name as a browser saves it (RFC 6266): in ASCII for the old ones, and as it is.
fn disposition(file: &str) -> String {
    let plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%');
    let ascii: String = file.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let whole = percent_encoding::utf8_percent_encode(file, percent_encoding::NON_ALPHANUMERIC);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests;
