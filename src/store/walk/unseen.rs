//! Files that wait to be looked at, so that several threads look at them while the walk goes on.
//!
//! A look at each file is most of a walk's time. What waits keeps its folder open, so that the system
//! need not go down to it again; hence the bounds. Errors are told as if the files had been looked at
//! one by one: the first in the order of the walk.

use super::visit::Visit;
use super::{Error, Found};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Files that are handed over at once.
const FILES: usize = 256;

/// Folders that they are in, at most.
const FOLDERS: usize = 16;

/// Fewer files are not worth the handing over.
const FEW: usize = 32;

/// What was handed over and no thread has taken, at most; the walk looks at the next itself.
const WAITING: usize = 4;

/// More threads than this wait for each other inside the system.
const THREADS: usize = 8;

/// Files by their numbers in the tree.
type Files = Vec<(usize, DirEntry)>;

/// What the system says of them.
type Looked = Vec<(usize, io::Result<Metadata>)>;

/// Files of the tree that nobody has looked at.
#[derive(Default)]
pub(super) struct Unseen {
    files: Files,
    /// Folders that ended since there was none.
    folders: usize,
    lookers: Option<Lookers>,
    /// The first in the order of the walk that is known.
    failed: Option<(usize, Error)>,
}

/// Threads that look at files.
struct Lookers {
    to_do: SyncSender<Files>,
    done: Receiver<Looked>,
    threads: Vec<JoinHandle<()>>,
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

    /// Whether one can't be published: nothing that comes behind it matters.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    fn take(&mut self) -> Files {
        self.folders = 0;
        std::mem::take(&mut self.files)
    }
}

impl Visit<'_> {
    /// Lets the files that wait be looked at.
    pub(super) fn hand_over(&mut self) {
        let files = self.unseen.take();
        let threads = self.selection.threads.get().min(THREADS) - 1;
        if files.len() < FEW || threads == 0 {
            return self.see(look(files));
        }
        let lookers = self.unseen.lookers.get_or_insert_with(|| Lookers::new(threads));
        let left = match lookers.to_do.try_send(files) {
            Ok(()) => Vec::new(),
            // The system may have no thread for us.
            Err(TrySendError::Full(files) | TrySendError::Disconnected(files)) => files,
        };
        let done: Vec<Looked> = lookers.done.try_iter().collect();
        done.into_iter().for_each(|looked| self.see(looked));
        self.see(look(left));
    }

    /// Waits until all files were looked at. Of several errors, that of the walk among them, the
    /// first in its order is told: files that were met lie before that.
    pub(super) fn finish(&mut self, walked: Result<(), Error>) -> Result<(), Error> {
        let files = self.unseen.take();
        self.see(look(files));
        if let Some(Lookers { to_do, done, threads }) = self.unseen.lookers.take() {
            drop(to_do);
            done.into_iter().for_each(|looked| self.see(looked));
            for thread in threads {
                thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
        }
        self.unseen.failed.take().map_or(walked, |(_, error)| Err(error))
    }

    /// Takes note of what was seen.
    fn see(&mut self, looked: Looked) {
        for (number, metadata) in looked {
            if let Err(error) = self.see_one(number, metadata)
                && self.unseen.failed.as_ref().is_none_or(|(first, _)| number < *first)
            {
                self.unseen.failed = Some((number, error));
            }
        }
    }

    fn see_one(&mut self, number: usize, metadata: io::Result<Metadata>) -> Result<(), Error> {
        let Some(place) = self.tree.files.get_mut(number) else { return Ok(()) };
        let nothing = Found::unseen(PathBuf::new());
        let path = std::mem::replace(place, nothing).path.into_path_buf();
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
        Ok(())
    }
}

impl Lookers {
    /// So many, or as many as the system has.
    fn new(threads: usize) -> Self {
        let (to_do, files) = sync_channel::<Files>(WAITING);
        let (looked, done) = channel();
        let files = Arc::new(Mutex::new(files));
        let spawn = |_| {
            let (files, looked) = (Arc::clone(&files), looked.clone());
            let next = move || files.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let run = move || {
                while let Ok(files) = next() {
                    let _ = looked.send(look(files));
                }
            };
            Builder::new().spawn(run).ok()
        };
        let threads = (0..threads).filter_map(spawn).collect();
        Self { to_do, done, threads }
    }
}

/// What the system says of the files.
fn look(files: Files) -> Looked {
    files.into_iter().map(|(number, entry)| (number, entry.metadata())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Selection, Tree};
    use super::*;
    use std::fs;
    use std::num::NonZero;
    use std::path::Path;

    /// What is told of a folder's files where those of these numbers are gone when they are looked at.
    /// They are there again afterwards.
    fn told(
        folder: &Path,
        gone: &[usize],
        threads: usize,
        walked: Result<(), Error>,
    ) -> Option<String> {
        let path = |number: usize| folder.join(format!("{number:04}"));
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().collect::<Result<_, _>>().unwrap();
        entries.sort_by_key(DirEntry::file_name);
        gone.iter().for_each(|&number| fs::remove_file(path(number)).unwrap());
        let found = entries.iter().map(|entry| Found::unseen(entry.file_name().into())).collect();
        let root = folder.to_owned();
        let mut tree = Tree { root, folder: true, files: found, left_out: Vec::new() };
        let threads = NonZero::new(threads).unwrap();
        let selection = Selection { threads, ..Selection::default() };
        let mut visit = Visit::new(&mut tree, &selection, None).unwrap();
        for (number, entry) in entries.into_iter().enumerate() {
            visit.unseen.push(number, entry);
            if visit.unseen.is_enough() {
                visit.hand_over();
            }
        }
        let told = visit.finish(walked);
        gone.iter().for_each(|&number| fs::write(path(number), "x").unwrap());
        let told = told.err().map(|error| {
            error.path.strip_prefix(folder).unwrap_or(&error.path).display().to_string()
        });
        if told.is_none() {
            assert!(tree.files.iter().all(|file| file.length == 1));
        }
        told
    }

    #[test]
    fn the_first_error_of_the_walk_is_told_whoever_met_it() {
        // Made once: that is what takes time.
        let folder = tempfile::tempdir().unwrap();
        (0..1500).for_each(|at| fs::write(folder.path().join(format!("{at:04}")), "x").unwrap());
        let told = |gone: &[usize], threads, walked| told(folder.path(), gone, threads, walked);
        for threads in [1, 2, 5] {
            assert_eq!(told(&[], threads, Ok(())), None);
            assert_eq!(told(&[1400, 900, 901], threads, Ok(())).as_deref(), Some("0900"));
            let walked = || Err(Error { path: "walk".into(), source: io::Error::other("x") });
            assert_eq!(told(&[1499, 1300], threads, walked()).as_deref(), Some("1300"));
            assert_eq!(told(&[], threads, walked()).as_deref(), Some("walk"));
        }
    }
}
