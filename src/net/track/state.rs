//! The tracker's memory on the disk: read at the start, written while it serves.
//!
//! Beside the dfile `dstate` stands the one before it, `dstate.old`. A dfile that was cut or changed
//! gets the name `dstate.broken` ([`aside`]), and the tracker goes on with the older one, or
//! with nothing where that is broken too: swarms come back by themselves within an announce
//! interval, but not to a tracker that refuses to start. Nothing loses its last name on the way, so
//! that a kill at any moment costs no state; and where the dfile itself is gone, the older one is taken.

mod aside;
mod larger;

pub(super) use self::larger::Told;

use self::aside::Why;
use super::diagnostics::Diagnostics;
use super::{Error, Shared, connection_keys};
use crate::store::bounded;
use crate::store::whole::{self, Existing, Put, Whole};
use crate::store::words;
use crate::tracker::dfile::{self, Left, Save};
use crate::tracker::swarms::Swarms;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Bytes of a dfile that are read: more peers than any machine serves.
const LONGEST: u64 = 64 << 30;

/// After a start, until the first save at the earliest.
const SOON: Duration = Duration::from_millis(100);

/// The state on its way to the disk, while the workers go on.
#[derive(Default)]
pub(super) struct Saving {
    write: Option<JoinHandle<Result<Put, crate::store::Error>>>,
    before: Before,
}

/// How the save went that the dfile is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Before {
    /// It is of another process: whether it stays is found out by the next one.
    #[default]
    Unknown,
    /// It stays, and so it is kept when the next one takes its place.
    Durable,
    /// A failure of the machine may undo it: then `.old`, that of the last one that stays, is worth more.
    Doubtful,
}

impl Saving {
    /// Whether nothing is on its way.
    pub(super) fn idle(&self) -> bool {
        self.write.is_none()
    }

    /// Begins to write what there is a file for.
    pub(super) fn start(&mut self, shared: &Arc<Shared>) {
        let (shared, before) = (Arc::clone(shared), self.before);
        self.write = Some(tokio::task::spawn_blocking(move || {
            connection_keys::renew(&shared);
            let Some(path) = &shared.options.dfile else { return Ok(Put::Durable) };
            let saved = written(path, shared.service.swarms());
            let saved = saved.and_then(|file| put(file, path, before))?;
            if let Put::Durable = saved {
                shared.pages.chores.save();
            }
            Ok(saved)
        }));
    }

    /// What came of it; never, where nothing is on its way.
    pub(super) async fn written(&mut self) -> Result<(), Unsaved> {
        let Some(write) = &mut self.write else { return std::future::pending().await };
        let written = write.await;
        self.write = None;
        // One that panicked has written nothing that counts.
        let written = written.unwrap_or_else(|error| {
            let (path, source) = (PathBuf::from("the state"), io::Error::other(error));
            Err(crate::store::Error { path, source })
        });
        self.note(written)
    }

    fn note(&mut self, written: Result<Put, crate::store::Error>) -> Result<(), Unsaved> {
        match written {
            Ok(Put::Durable) => {
                self.before = Before::Durable;
                Ok(())
            }
            Ok(Put::Doubtful(error)) => {
                self.before = Before::Doubtful;
                Err(Unsaved::Doubtful(error))
            }
            // What was there is there.
            Err(error) => Err(Unsaved::Not(error)),
        }
    }
}

/// A save that is not all that it should be.
#[derive(Debug)]
pub(super) enum Unsaved {
    /// Nothing was saved.
    Not(crate::store::Error),
    /// It was, but its folder could not be brought to the disk.
    Doubtful(io::Error),
}

impl Unsaved {
    /// A line about it.
    pub(super) fn words(&self, dfile: Option<&Path>) -> String {
        match self {
            Self::Not(error) => {
                let (path, why) = (error.path.display(), words(&error.source));
                format!("{path}: not saved, the old one stays: {why}")
            }
            Self::Doubtful(error) => {
                let (path, why) = (dfile.unwrap_or(Path::new("")).display(), words(error));
                format!(
                    "{path}: saved, but its folder cannot be synced, and may have the old one again \
                     after a failure of the machine: {why}"
                )
            }
        }
    }

    /// What a tracker ends with that has saved no better.
    pub(super) fn error(self, dfile: Option<&Path>) -> crate::store::Error {
        match self {
            Self::Not(error) => error,
            Self::Doubtful(error) => {
                let words = format!("saved, but its folder cannot be synced: {}", words(&error));
                let path = dfile.unwrap_or(Path::new("")).to_owned();
                crate::store::Error { path, source: io::Error::new(error.kind(), words) }
            }
        }
    }
}

/// Brings the dfile into its place, and keeps the one before; as long as it is certain that one of the
/// two is there after a failure of the machine.
fn put(file: Whole, path: &Path, before: Before) -> Result<Put, crate::store::Error> {
    let before = match before {
        Before::Unknown if file.sync_folder().is_err() => Before::Doubtful,
        before => before,
    };
    match before {
        Before::Unknown | Before::Durable => file.finish_keeping(&beside(&place(path), ".old")),
        Before::Doubtful => file.finish_over(),
    }
}

/// Until the first save of a tracker that has just begun: from the last one on and not from the start, so
/// that one that is killed again and again saves as often as one that is not, no more, and no less. Where
/// nobody is known yet, a save costs nothing, and there may never have been one: it comes soon.
pub(super) fn due(interval: Duration, age: Duration, known: usize) -> Duration {
    let due = if known == 0 { Duration::ZERO } else { interval.saturating_sub(age) };
    due.max(SOON.min(interval))
}

/// Writes it, shard by shard; it is yet to be brought into its place.
fn written(path: &Path, swarms: &Swarms) -> Result<Whole, crate::store::Error> {
    let mut file = Whole::begin(path, Existing::Replace)?;
    let mut save = Save::new(swarms, Instant::now());
    while let Some(piece) = save.piece() {
        let written = file.write_all(piece);
        written.map_err(|source| crate::store::Error { path: path.to_owned(), source })?;
    }
    Ok(file)
}

/// The file behind all links.
pub(super) fn place(path: &Path) -> PathBuf {
    match path.is_symlink() {
        true => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    }
}

/// Keeps what stands under a dfile's name aside, for it is not what this tracker knows and is about to
/// be replaced. Says where, in words; nothing, where there is none.
pub(super) fn keep_other(path: &Path) -> io::Result<Option<String>> {
    let place = place(path);
    match place.try_exists()? {
        true => Ok(Some(aside::put(&place, Why::Other)?.to_string())),
        false => Ok(None),
    }
}

/// The path with this at the end of its name.
pub(super) fn beside(path: &Path, end: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// What stands under a dfile's name.
enum Found {
    Nothing,
    Good,
    /// Why it cannot be read.
    Broken(String),
}

/// Reads what is there. An error is what no tracker may replace: a file that never was a dfile, and
/// one of a later `bt`.
fn find(
    path: &Path,
    older: &Path,
    read: impl FnOnce(&[u8]) -> Result<(), dfile::Error>,
) -> Result<Found, Error> {
    let bytes = match bounded::read(path, LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(Error::Read(path.to_owned(), error)),
    };
    let is_older = is_file_with_bytes(older);
    match read(&bytes) {
        // Nothing is what `touch` makes, or what a crash leaves.
        Ok(()) if bytes.is_empty() && is_older => Ok(Found::Broken("is empty".to_owned())),
        Ok(()) => Ok(Found::Good),
        // Its sum is right: a bt that can read it is to be found.
        Err(error @ dfile::Error::Version(_)) => Err(Error::Dfile(path.to_owned(), error)),
        // Some other file of the user's, most likely.
        Err(error) if !dfile::looks_like_one(&bytes) && !is_older => {
            Err(Error::Dfile(path.to_owned(), error))
        }
        Err(error) => Ok(Found::Broken(error.to_string())),
    }
}

/// Whether the state can be kept there at all: in a file, or where none is yet. A device would take it
/// and forget it, or have no end when it is read.
pub(super) fn can_be_kept(path: &Path) -> Result<(), Error> {
    let why = match path.metadata() {
        Ok(found) if found.is_dir() => io::ErrorKind::IsADirectory.into(),
        Ok(found) if !found.is_file() => {
            io::Error::other("not a regular file, no state can be kept there")
        }
        _ => return Ok(()),
    };
    Err(Error::Read(path.to_owned(), why))
}

/// Whether a tracker can begin with what is there, and save: to be found out before another one makes
/// way for it.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    find(path, &beside(&place(path), ".old"), dfile::check)?;
    drop(Whole::begin(path, Existing::Replace)?);
    Ok(())
}

/// Since the dfile was written; none, where that is not known, or has yet to come.
pub(super) fn age(dfile: &Path) -> Duration {
    let metadata = dfile.metadata().ok().filter(fs::Metadata::is_file);
    let written = metadata.and_then(|metadata| metadata.modified().ok());
    written.and_then(|written| written.elapsed().ok()).unwrap_or_default()
}

/// Takes the state that another tracker tells of.
pub(super) fn take(bytes: &[u8], shared: &Shared) -> Result<(), dfile::Error> {
    let left = dfile::load_into(shared.service.swarms(), bytes, Instant::now())?;
    if let Some(dfile) = &shared.options.dfile {
        shared.told.note(left, dfile, bytes, shared.service.swarms());
    }
    // That one may have served more.
    shared.service.forget_unserved();
    Ok(())
}

/// Reads the state, and makes sure that it can be written: that is to be found out now and not in
/// five minutes.
pub(super) fn load(path: &Path, swarms: &Swarms, diagnostics: &Diagnostics) -> Result<(), Error> {
    let (place, now) = (place(path), Instant::now());
    let old = beside(&place, ".old");
    // What a kill has left in the middle of a save.
    for saved in [&place, &old, &beside(&place, ".secret")] {
        whole::remove_left(saved);
    }
    if old.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        let what = "a folder; the state before the last one is not kept while it is there";
        diagnostics.warn("older", format_args!("{}: {what}", old.display()));
    }
    let mut left = Left::default();
    let mut restore = |bytes: &[u8]| dfile::load_into(swarms, bytes, now).map(|found| left = found);
    let fault = match find(path, &old, &mut restore)? {
        Found::Good => {
            drop(Whole::begin(path, Existing::Replace)?);
            larger::keep(path, left, swarms, diagnostics);
            return Ok(());
        }
        Found::Nothing if !is_file_with_bytes(&old) => {
            written(path, swarms)?.finish()?;
            return Ok(());
        }
        Found::Nothing => "is not there".to_owned(),
        Found::Broken(fault) => {
            let aside = aside::put(&place, Why::Broken);
            let aside = aside.map_err(|error| Error::Read(path.to_owned(), error))?;
            format!("{fault}; it is {aside} now")
        }
    };
    let has_older = is_file_with_bytes(&old);
    let older = bounded::read(&old, LONGEST).ok().filter(|bytes| !bytes.is_empty());
    let (name, end) = match older.filter(|bytes| restore(bytes).is_ok()) {
        Some(bytes) => {
            // Under both names, so that there are two of it again.
            let written = whole::write(&place, &bytes, Existing::Replace);
            unless_full(written, diagnostics)?;
            (path.display(), format!("the older {} is taken", old.display()))
        }
        None => {
            // The next save takes its name.
            let kept = has_older.then(|| aside::put_older(&old, &place, Why::Broken));
            let kept = kept.map_or(String::new(), |kept| match kept {
                Ok(aside) => format!(" ({} is broken too; it is {aside} now)", old.display()),
                Err(error) => format!(" ({}: cannot be kept: {})", old.display(), words(&error)),
            });
            unless_full(written(&place, swarms).and_then(Whole::finish), diagnostics)?;
            let end =
                format!("there is no older one that is whole{kept}, and the tracker begins anew");
            (path.display(), end)
        }
    };
    diagnostics.warn("load", format_args!("{name}: {fault}; {end}"));
    larger::keep(path, left, swarms, diagnostics);
    Ok(())
}

/// A disk that is full does not keep the tracker down: what it has read counts, and a later save may have
/// room.
fn unless_full(
    written: Result<(), crate::store::Error>,
    diagnostics: &Diagnostics,
) -> Result<(), crate::store::Error> {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match written {
        Err(error) if matches!(error.source.kind(), FileTooLarge | QuotaExceeded | StorageFull) => {
            diagnostics.warn("save", format_args!("{error}; the tracker serves without"));
            Ok(())
        }
        done => done,
    }
}

fn is_file_with_bytes(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
}

#[cfg(test)]
mod tests;
