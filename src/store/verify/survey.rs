//! What is there, without reading it: is each file in its place, how long is it, what is it.

use crate::store::{Error, Files};
use std::collections::{BTreeMap, HashSet};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
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

/// What was seen of files that were opened: those need no other look.
#[derive(Debug)]
pub(super) struct Sightings<'a> {
    files: &'a Files,
    rules: Rules,
    /// By file: bits as below.
    seen: Box<[AtomicU8]>,
}

/// It was opened and has its length.
const RIGHT: u8 = 1;
/// It has not.
const ODD: u8 = 2;
/// [`Note`] of that number.
const NOTES: [(u8, Note); 3] = [(4, Note::NotExecutable), (8, Note::Executable), (16, Note::Newer)];

impl<'a> Sightings<'a> {
    /// None yet. `made` is when the torrent was made, where it tells.
    pub(super) fn new(files: &'a Files, made: Option<SystemTime>) -> Self {
        let seen = (0..files.layout().len()).map(|_| AtomicU8::new(0)).collect();
        Self { files, rules: Rules::new(files, made), seen }
    }

    /// The file of that number was opened, and this is what the system says of it.
    pub(super) fn sight(&self, number: usize, there: &Metadata) {
        let (Some(file), Some(seen)) = (self.files.layout().file(number), self.seen.get(number))
        else {
            return;
        };
        let length = if there.len() == file.length { RIGHT } else { ODD };
        let notes = self.rules.notes(there, file.executable);
        let noted = NOTES.iter().filter(|(_, note)| notes.contains(&Some(*note)));
        seen.fetch_or(noted.fold(length, |bits, (bit, _)| bits | bit), Ordering::Relaxed);
    }

    /// What was noted of a file that is there and has its length; `None` of any other.
    fn of(&self, number: usize) -> Option<impl Iterator<Item = Note> + use<>> {
        let seen = self.seen.get(number)?.load(Ordering::Relaxed);
        let noted = NOTES.into_iter().filter(move |(bit, _)| seen & bit != 0);
        (seen & (RIGHT | ODD) == RIGHT).then(|| noted.map(|(_, note)| note))
    }
}

/// By what files are judged besides their length.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// The torrent marks executable files.
    marks: bool,
    /// What was written then or later is newer than the torrent.
    later: Option<SystemTime>,
}

impl Rules {
    fn new(files: &Files, made: Option<SystemTime>) -> Self {
        let marks = files.layout().files().any(|file| file.executable);
        // The time at which a torrent was made is known by the second only.
        Self { marks, later: made.and_then(|made| made.checked_add(Duration::from_secs(1))) }
    }

    /// What is odd about a file that is there and should be executable or not.
    fn notes(self, there: &Metadata, wanted: bool) -> [Option<Note>; 2] {
        let runs = match is_executable(there) {
            Some(false) if wanted => Some(Note::NotExecutable),
            Some(true) if !wanted && self.marks => Some(Note::Executable),
            _ => None,
        };
        let written = |later| there.modified().is_ok_and(|written| written >= later);
        [runs, self.later.is_some_and(written).then_some(Note::Newer)]
    }
}

impl Survey {
    /// Looks at every file, with so many threads at most. `made` is when the torrent was made, where
    /// it tells.
    pub fn of(files: &Files, made: Option<SystemTime>, threads: NonZero<usize>) -> Self {
        Self::beside(&Sightings::new(files, made), threads)
    }

    /// Looks at every file that was not seen to be right.
    pub(super) fn beside(sightings: &Sightings<'_>, threads: NonZero<usize>) -> Self {
        let count = sightings.seen.len();
        let real = sightings.files.layout().real();
        let unseen = real.filter(|(number, _)| sightings.of(*number).is_none()).count();
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
                    let found = part.look(sightings, number);
                    part.found.push(found);
                }
                parts.push((first, part));
            }
        };
        let threads = threads.get().min(unseen.div_ceil(SHARE));
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
    fn look(&mut self, sightings: &Sightings<'_>, number: usize) -> Found {
        let files = sightings.files;
        let Some(file) = files.layout().file(number) else { return Found::Nothing };
        if file.pad {
            return Found::File(file.length);
        }
        if let Some(notes) = sightings.of(number) {
            notes.for_each(|note| self.note(number, note));
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
                    let notes = sightings.rules.notes(&there, file.executable);
                    notes.into_iter().flatten().for_each(|note| self.note(number, note));
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
