//! Files that wait to be looked at, so that several threads can look at many of them.
//!
//! A look at each file is most of a walk's time. What waits keeps its folder open, so that the system
//! need not go down to it again; hence the bound.

use super::visit::Visit;
use super::{Error, Found};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;

/// Files that wait, at most about.
const FILES: usize = 4096;

/// Folders that they are in, at most about.
const FOLDERS: usize = 128;

/// Fewer files are not worth a thread.
const SHARE: usize = 256;

/// Files of the tree that nobody has looked at.
#[derive(Default)]
pub(super) struct Unseen {
    /// Their numbers in the tree.
    files: Vec<(usize, DirEntry)>,
    /// Folders that ended since there was none.
    folders: usize,
}

impl Unseen {
    pub(super) fn push(&mut self, number: usize, entry: DirEntry) {
        self.files.push((number, entry));
    }

    pub(super) fn folder_ends(&mut self) {
        self.folders += usize::from(!self.files.is_empty());
    }

    /// Whether they should be looked at now.
    pub(super) fn is_enough(&self) -> bool {
        self.files.len() >= FILES || self.folders >= FOLDERS
    }
}

impl Visit<'_> {
    /// Looks at the files that wait.
    pub(super) fn see(&mut self) -> Result<(), Error> {
        let unseen = std::mem::take(&mut self.unseen).files;
        let threads = self.selection.threads.get().min(unseen.len() / SHARE).max(1);
        let metadata = look(&unseen, threads);
        for ((number, _), metadata) in unseen.into_iter().zip(metadata) {
            let nothing = || Found::unseen(PathBuf::new());
            let Some(place) = self.tree.files.get_mut(number) else { continue };
            let path = std::mem::replace(place, nothing()).path.into_path_buf();
            let metadata = metadata.and_then(|metadata| match metadata.is_file() {
                true => Ok(metadata),
                // It was when its folder was read.
                false => Err(io::Error::other("no longer a file")),
            });
            let metadata = metadata.map_err(|error| self.fail(&path, error))?;
            let found = self.seen(path, &metadata)?;
            if let Some(place) = self.tree.files.get_mut(number) {
                *place = found;
            }
        }
        Ok(())
    }
}

/// What the system says of the files, in their order.
fn look(files: &[(usize, DirEntry)], threads: usize) -> Vec<io::Result<Metadata>> {
    type Part<'a> = &'a [(usize, DirEntry)];
    let one =
        |part: Part<'_>| -> Vec<_> { part.iter().map(|(_, entry)| entry.metadata()).collect() };
    let mut parts = files.chunks(files.len().div_ceil(threads).max(1));
    let own = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let spawn =
            |part| (part, thread::Builder::new().spawn_scoped(scope, move || one(part)).ok());
        let others: Vec<_> = parts.map(spawn).collect();
        let mut all = one(own);
        for (part, thread) in others {
            all.extend(match thread {
                Some(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // The system has no thread for us.
                None => one(part),
            });
        }
        all
    })
}
