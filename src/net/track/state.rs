//! The tracker's memory on the disk: read at the start, written while it serves.
//!
//! Beside the dfile `dstate` stands the one before it, `dstate.old`. A dfile that was cut or changed
//! is put aside as `dstate.broken` (`.broken.2` …), and the tracker goes on with the older one, or
//! with nothing where that is broken too: swarms come back by themselves within an announce
//! interval, but not to a tracker that refuses to start.

use super::diagnostics::Diagnostics;
use super::{Error, Shared};
use crate::store::whole::{self, Existing, Whole};
use crate::tracker::dfile::{self, Key, Save};
use crate::tracker::swarms::Swarms;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinHandle;

/// The state on its way to the disk, while the workers go on.
#[derive(Default)]
pub(super) struct Saving(Option<JoinHandle<Result<(), crate::store::Error>>>);

impl Saving {
    /// Whether nothing is on its way.
    pub(super) fn idle(&self) -> bool {
        self.0.is_none()
    }

    /// Begins to write, where there is a file to be written.
    pub(super) fn start(&mut self, shared: &Arc<Shared>) {
        let Some(path) = shared.options.dfile.clone() else { return };
        let shared = Arc::clone(shared);
        self.0 = Some(tokio::task::spawn_blocking(move || {
            save(&path, shared.service.swarms(), shared.connection_key)
        }));
    }

    /// What came of it; never, where nothing is on its way.
    pub(super) async fn written(&mut self) -> Result<(), crate::store::Error> {
        let Some(write) = &mut self.0 else { return std::future::pending().await };
        // A thread that panicked has told so.
        let written = write.await.unwrap_or(Ok(()));
        self.0 = None;
        written
    }
}

/// Writes the dfile, shard by shard, and keeps the one before.
fn save(path: &Path, swarms: &Swarms, key: Key) -> Result<(), crate::store::Error> {
    let mut file = Whole::begin(path, Existing::Replace)?;
    let mut save = Save::new(swarms, key, Instant::now());
    while let Some(piece) = save.piece() {
        let written = file.write_all(piece);
        written.map_err(|source| crate::store::Error { path: path.to_owned(), source })?;
    }
    keep_old(path);
    file.finish()
}

/// Gives the dfile that is there a second name, under which it stays when the new one takes its
/// place. At no time is there none of that name. One that could not be kept is no reason not to save.
fn keep_old(path: &Path) {
    let place = place(path);
    if place.metadata().is_ok_and(|metadata| metadata.is_file()) {
        let (old, next) = (beside(&place, ".old"), beside(&place, ".old.new"));
        let _ = fs::remove_file(&next);
        if fs::hard_link(&place, &next).and_then(|()| fs::rename(&next, &old)).is_err() {
            // A file system without second names.
            let _ = fs::copy(&place, &old);
        }
        // It is still there where it was the same file as the old one.
        let _ = fs::remove_file(&next);
    }
}

/// The file behind all links.
pub(super) fn place(path: &Path) -> PathBuf {
    match path.is_symlink() {
        true => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    }
}

/// The path with this at the end of its name.
pub(super) fn beside(path: &Path, end: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Reads the state, and makes sure that it can be written: that is to be found out now and not in
/// five minutes. Gives the key that was kept, else the fresh one.
pub(super) fn load(
    path: &Path,
    swarms: &Swarms,
    fresh: Key,
    diagnostics: &Diagnostics,
) -> Result<Key, Error> {
    let read = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::Read(path.to_owned(), error)),
    };
    let now = Instant::now();
    let Some(bytes) = read else {
        save(path, swarms, fresh)?;
        return Ok(fresh);
    };
    let place = place(path);
    let old = beside(&place, ".old");
    let fault = match dfile::load_into(swarms, &bytes, now) {
        // Nothing is what `touch` makes, or what a crash leaves.
        Ok(_) if bytes.is_empty() && is_file_with_bytes(&old) => "is empty".to_owned(),
        Ok(key) => {
            drop(Whole::begin(path, Existing::Replace)?);
            return Ok(key.unwrap_or(fresh));
        }
        // That one is whole: a bt that can read it is to be found.
        Err(error @ dfile::Error::Version(_)) => return Err(Error::Dfile(path.to_owned(), error)),
        Err(error) if !dfile::begins_as_one(&bytes) && !is_file_with_bytes(&old) => {
            // Some other file of the user's, most likely.
            return Err(Error::Dfile(path.to_owned(), error));
        }
        Err(error) => error.to_string(),
    };
    let older = fs::read(&old).ok().filter(|bytes| !bytes.is_empty());
    let older = older.and_then(|bytes| Some((dfile::load_into(swarms, &bytes, now).ok()?, bytes)));
    let aside = put_aside(&place).map_err(|error| Error::Read(path.to_owned(), error))?;
    let aside = aside.display();
    match older {
        Some((key, bytes)) => {
            // Under its own name as well, so that a crash now does not cost it.
            whole::write(&place, &bytes, Existing::Replace)?;
            diagnostics.warn(
                "load",
                format_args!(
                    "{}: {fault}; it is {aside} now, and the older {} is taken",
                    path.display(),
                    old.display()
                ),
            );
            Ok(key.unwrap_or(fresh))
        }
        None => {
            save(&place, swarms, fresh)?;
            diagnostics.warn(
                "load",
                format_args!(
                    "{}: {fault}; it is {aside} now, there is no older one, and the tracker begins anew",
                    path.display()
                ),
            );
            Ok(fresh)
        }
    }
}

fn is_file_with_bytes(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
}

/// Renames a file to a name that nobody has.
fn put_aside(place: &Path) -> io::Result<PathBuf> {
    for number in 1_u32.. {
        let aside = match number {
            1 => beside(place, ".broken"),
            more => beside(place, format!(".broken.{more}")),
        };
        if !aside.try_exists()? {
            fs::rename(place, &aside)?;
            return Ok(aside);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests;
