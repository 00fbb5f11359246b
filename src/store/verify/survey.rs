//! What is there, without reading it: is each file in its place, how long is it, what is it.

use crate::store::{Error, Files};
use std::collections::{BTreeMap, HashSet};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

/// What stands in a file's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A file of so many bytes.
    File(u64),
    /// The symbolic link that the torrent has there, leading where it says (BEP 47).
    Link,
    /// Something else: a folder or a device in place of a file, another link or a file in place of
    /// a link.
    Other,
    /// Nobody knows: the system does not let us look.
    Unreadable,
}

/// What is odd about a file whose bytes may be right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// The torrent marks it executable (BEP 47), and it is not.
    NotExecutable,
    /// It is executable, and the torrent, which marks others, does not mark it.
    Executable,
    /// It was written after the torrent was made.
    Newer,
    /// In its place is nothing, but beside it a name that differs only in capitals.
    OtherCase,
}

/// What was found of all files.
#[derive(Debug, Default)]
pub struct Survey {
    found: Vec<Found>,
    /// What few files have.
    notes: BTreeMap<usize, Vec<Note>>,
    /// Why files could not be looked at or read.
    errors: BTreeMap<usize, Error>,
    neighbours: Neighbours,
}

/// Files that a thread looks at before it takes more.
const SHARE: usize = 512;

/// The names in the folder that was looked at last, all in small letters.
#[derive(Debug, Default)]
struct Neighbours {
    folder: PathBuf,
    names: HashSet<String>,
}

impl Neighbours {
    /// Whether in the folder of the path, which is not there, is a name that differs only in
    /// capitals.
    fn have_other_case(&mut self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        if self.folder != folder {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let name = |entry: DirEntry| entry.file_name().to_string_lossy().to_lowercase();
            self.names = entries.map(name).collect();
            self.folder = folder.to_owned();
        }
        self.names.contains(&name.to_string_lossy().to_lowercase())
    }
}

impl Survey {
    /// Looks at every file, with so many threads at most. `made` is when the torrent was made, where
    /// it tells.
    pub fn of(files: &Files, made: Option<SystemTime>, threads: NonZero<usize>) -> Self {
        let count = files.layout().len();
        let marks = files.layout().files().any(|file| file.executable);
        let next = AtomicUsize::new(0);
        let turn = || {
            let mut parts = Vec::new();
            loop {
                let first = next.fetch_add(SHARE, Ordering::Relaxed);
                if first >= count {
                    return parts;
                }
                let mut part = Self::default();
                for number in first..count.min(first + SHARE) {
                    let found = part.look(files, number, made, marks);
                    part.found.push(found);
                }
                parts.push((first, part));
            }
        };
        let threads = threads.get().min(count.div_ceil(SHARE));
        let mut parts = thread::scope(|scope| {
            let spawn = |_| thread::Builder::new().spawn_scoped(scope, turn).ok();
            // Where the system has no thread for us, those that there are do all.
            let others: Vec<_> = (1..threads).filter_map(spawn).collect();
            let mut parts = turn();
            for other in others {
                parts.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            parts
        });
        parts.sort_unstable_by_key(|(first, _)| *first);
        let mut survey = Self { found: Vec::with_capacity(count), ..Self::default() };
        for (_, mut part) in parts {
            survey.found.append(&mut part.found);
            survey.notes.append(&mut part.notes);
            survey.errors.append(&mut part.errors);
        }
        survey
    }

    /// Looks at one file, and notes what is odd.
    fn look(
        &mut self,
        files: &Files,
        number: usize,
        made: Option<SystemTime>,
        marks: bool,
    ) -> Found {
        let Some(file) = files.layout().file(number) else { return Found::Nothing };
        if file.pad {
            return Found::File(file.length);
        }
        let path = files.path(number);
        match files.link_target(number) {
            Some(target) => match path.symlink_metadata() {
                Ok(there) if there.is_symlink() => match std::fs::read_link(&path) {
                    Ok(leads) if leads == target => Found::Link,
                    _ => Found::Other,
                },
                Ok(_) => Found::Other,
                Err(error) => self.missing(number, path, error),
            },
            None => match path.metadata() {
                Ok(there) if there.is_file() => {
                    self.note_attributes(number, &there, file.executable, marks, made);
                    Found::File(there.len())
                }
                Ok(_) => Found::Other,
                Err(error) => self.missing(number, path, error),
            },
        }
    }

    /// What stands in the file's place; nothing beyond the last file.
    pub fn found(&self, file: usize) -> Found {
        self.found.get(file).copied().unwrap_or(Found::Nothing)
    }

    /// What is odd about the file.
    pub fn notes(&self, file: usize) -> &[Note] {
        self.notes.get(&file).map_or(&[], Vec::as_slice)
    }

    /// Why the file could not be looked at or read.
    pub fn error(&self, file: usize) -> Option<&Error> {
        self.errors.get(&file)
    }

    /// The file could not be read.
    pub(super) fn unreadable(&mut self, file: usize, error: Error) {
        if let Some(found) = self.found.get_mut(file) {
            *found = Found::Unreadable;
            self.errors.insert(file, error);
        }
    }

    /// The file is now like this.
    pub(super) fn set(&mut self, file: usize, now: Found) {
        if let Some(found) = self.found.get_mut(file) {
            *found = now;
            self.errors.remove(&file);
        }
    }

    pub(super) fn note(&mut self, file: usize, note: Note) {
        self.notes.entry(file).or_default().push(note);
    }

    fn missing(&mut self, file: usize, path: PathBuf, error: io::Error) -> Found {
        match error.kind() {
            io::ErrorKind::NotFound => {
                if self.neighbours.have_other_case(&path) {
                    self.note(file, Note::OtherCase);
                }
                Found::Nothing
            }
            // A file in the place of a folder above it leaves it no place at all.
            io::ErrorKind::NotADirectory => Found::Nothing,
            _ => {
                self.errors.insert(file, Error { path, source: error });
                Found::Unreadable
            }
        }
    }

    fn note_attributes(
        &mut self,
        file: usize,
        there: &Metadata,
        wanted: bool,
        marks: bool,
        made: Option<SystemTime>,
    ) {
        match is_executable(there) {
            Some(false) if wanted => self.note(file, Note::NotExecutable),
            Some(true) if !wanted && marks => self.note(file, Note::Executable),
            _ => {}
        }
        // The time at which a torrent was made is known by the second only.
        let later = |made: SystemTime| made.checked_add(Duration::from_secs(1));
        if made
            .and_then(later)
            .is_some_and(|later| there.modified().is_ok_and(|written| written >= later))
        {
            self.note(file, Note::Newer);
        }
    }
}

/// Whether anybody may run it; `None` where there is no such mark.
#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> Option<bool> {
    None
}

#[cfg(test)]
impl Survey {
    /// What a test says was found.
    pub(super) fn with(found: &[Found]) -> Self {
        Self { found: found.to_vec(), ..Self::default() }
    }
}
