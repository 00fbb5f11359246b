//! States that are kept beside the dfile, each under a name of its own: `dstate.broken`, `.broken.2` …
//! where it was cut or changed, `dstate.larger` … where more is in it than the tracker may remember,
//! `dstate.other` … where another tracker wrote it.
//!
//! Of each kind there are [`KEPT`] at most, since the next may come with each start: the first, which is
//! nearest to the last good state, and the newest. None is removed without a word.

use super::beside;
use crate::store::Error;
use crate::store::whole::{self, Existing, Whole};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The first, and enough of the newest to see whether they are alike; a dfile of many peers is large.
const KEPT: usize = 4;

/// Why it is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    /// It was cut or changed.
    Broken,
    /// There is no room for all of it.
    Larger,
    /// It is of another tracker, or cannot be read, and is about to be replaced.
    Other,
}

/// Where it is kept, in words.
pub(super) struct Aside {
    path: PathBuf,
    /// Those that made way.
    removed: Vec<PathBuf>,
}

impl fmt::Display for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)?;
        for removed in &self.removed {
            write!(
                f,
                " ({} is removed: the first and the last {} are kept)",
                removed.display(),
                KEPT - 1
            )?;
        }
        Ok(())
    }
}

/// Gives a file one more name, which nobody has; it is to be replaced under its own.
pub(super) fn put(place: &Path, why: Why) -> io::Result<Aside> {
    put_older(place, place, why)
}

/// The same, for a file that stands beside a dfile, and is kept among what is kept of that one.
pub(super) fn put_older(file: &Path, place: &Path, why: Why) -> io::Result<Aside> {
    let mut numbers = numbers(place, why);
    for &number in &numbers {
        let path = name(place, why, number);
        // It got that name before a kill.
        if path.symlink_metadata().is_ok_and(|found| is_same(&found, file)) {
            return Ok(Aside { path, removed: Vec::new() });
        }
    }
    let mut number = next(&numbers);
    let path = loop {
        let path = name(place, why, number);
        match fs::hard_link(file, &path) {
            Ok(()) => break path,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                number = number.checked_add(1).ok_or(error)?;
            }
            // A file system without second names.
            Err(_) => {
                whole::copy(file, &path).map_err(|error| error.source)?;
                break path;
            }
        }
    };
    numbers.push(number);
    Ok(Aside { path, removed: remove(place, why, numbers) })
}

/// A state that is in no file, on its way to such a name.
pub(super) struct Copy {
    place: PathBuf,
    why: Why,
    number: u32,
    file: Whole,
}

impl Copy {
    /// Writes it to the disk where nobody sees it yet; dropped, it leaves nothing.
    pub(super) fn write(place: &Path, why: Why, bytes: &[u8]) -> Result<Self, Error> {
        use std::io::Write;
        let number = next(&numbers(place, why));
        let path = name(place, why, number);
        let mut file = Whole::begin(&path, Existing::Keep)?;
        file.write_all(bytes).map_err(|source| Error { path, source })?;
        // Now, for it gets its name while another tracker waits for this one to serve.
        file.sync()?;
        Ok(Self { place: place.to_owned(), why, number, file })
    }

    /// Gives it its name.
    pub(super) fn finish(self) -> Result<Aside, Error> {
        let Self { place, why, number, file } = self;
        file.finish()?;
        let mut numbers = numbers(&place, why);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
        Ok(Aside { path: name(&place, why, number), removed: remove(&place, why, numbers) })
    }
}

/// Removes those between the first and the newest.
fn remove(place: &Path, why: Why, mut numbers: Vec<u32>) -> Vec<PathBuf> {
    numbers.sort_unstable();
    let many = numbers.len().saturating_sub(KEPT);
    let between = numbers.iter().skip(1).take(many).map(|&number| name(place, why, number));
    between.filter(|path| fs::remove_file(path).is_ok()).collect()
}

/// Those that there are, the oldest first; none, where the folder cannot be read.
fn numbers(place: &Path, why: Why) -> Vec<u32> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let first = name(place, why, 1);
    let first = first.file_name().unwrap_or_default().as_encoded_bytes();
    let number = |entry: fs::DirEntry| {
        let name = entry.file_name();
        match name.as_encoded_bytes().strip_prefix(first)? {
            b"" => Some(1),
            more => {
                let digits = std::str::from_utf8(more.strip_prefix(b".")?).ok()?;
                digits
                    .parse()
                    .ok()
                    .filter(|number: &u32| *number > 1 && number.to_string() == digits)
            }
        }
    };
    let mut numbers: Vec<u32> = entries.filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

fn next(numbers: &[u32]) -> u32 {
    numbers.last().map_or(1, |last| last.saturating_add(1))
}

fn name(place: &Path, why: Why, number: u32) -> PathBuf {
    let end = match why {
        Why::Broken => ".broken",
        Why::Larger => ".larger",
        Why::Other => ".other",
    };
    match number {
        1 => beside(place, end),
        more => beside(place, format!("{end}.{more}")),
    }
}

#[cfg(unix)]
fn is_same(found: &fs::Metadata, place: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |file: &fs::Metadata| (file.dev(), file.ino());
    place.metadata().is_ok_and(|place| identity(&place) == identity(found))
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &Path) -> bool {
    false
}
