//! Files of the right size, anywhere below some folders.

use crate::store::Error;
use crate::torrent::FilePath;
use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// What may be one of the files that are looked for: files by their size.
#[derive(Debug, Default)]
pub struct Candidates {
    by_size: HashMap<u64, Vec<PathBuf>>,
}

impl Candidates {
    /// Looks through the folders and all folders below for files of one of these sizes. Links to
    /// folders are not followed, links to files are; a file with several names counts once. `trouble`
    /// is told what could not be read.
    pub fn below(
        folders: &[PathBuf],
        sizes: &HashSet<u64>,
        mut trouble: impl FnMut(Error),
    ) -> Self {
        let mut candidates = Self::default();
        let mut seen = HashSet::new();
        let mut left: Vec<PathBuf> = folders.to_vec();
        while let Some(folder) = left.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(source) => {
                    trouble(Error { path: folder, source });
                    continue;
                }
            };
            for entry in entries {
                let Ok(entry) = entry.map_err(|source| {
                    trouble(Error { path: folder.clone(), source });
                }) else {
                    continue;
                };
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    left.push(path);
                } else if let Ok(there) = path.metadata()
                    && there.is_file()
                    && sizes.contains(&there.len())
                    && identity(&there).is_none_or(|identity| seen.insert(identity))
                {
                    candidates.by_size.entry(there.len()).or_default().push(path);
                }
            }
        }
        candidates
    }

    /// The candidates for a file, the likeliest first: those whose last names are the file's.
    pub(super) fn of(&self, path: FilePath<'_>, length: u64) -> Vec<PathBuf> {
        let mut found = self.by_size.get(&length).cloned().unwrap_or_default();
        found.sort_by_cached_key(|candidate| {
            (std::cmp::Reverse(likeness(path, candidate)), candidate.clone())
        });
        found
    }
}

/// How many names, from the file's own upward, are the same.
fn likeness(path: FilePath<'_>, candidate: &Path) -> usize {
    let theirs = candidate.iter().rev().map(|name| name.as_encoded_bytes());
    path.components().rev().zip(theirs).take_while(|(a, b)| a == b).count()
}

/// What tells a file from any other, whatever its names.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}
