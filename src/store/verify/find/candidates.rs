//! Files of the right size, anywhere below some folders.

use crate::store::Error;
use crate::torrent::FilePath;
use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What may be one of the files that are looked for: files by their size, those of a size in the
/// order of their names from the last one upward.
#[derive(Debug, Default)]
pub struct Candidates {
    by_size: HashMap<u64, Arc<Vec<PathBuf>>>,
}

/// So many of the same name come before all others, on either side of where the file's own path
/// would stand.
const LIKELY: usize = 16;

/// The candidates for one file, the likeliest first. Files of one size share the list: there may be a
/// hundred thousand of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranked {
    /// The file in its own place, before all others.
    pub(super) home: Option<PathBuf>,
    /// Of `all`; these come twice.
    likely: Vec<u32>,
    all: Arc<Vec<PathBuf>>,
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
        let mut by_size: HashMap<u64, Vec<PathBuf>> = HashMap::new();
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
                    by_size.entry(there.len()).or_default().push(path);
                }
            }
        }
        let by_size = by_size.into_iter().map(|(size, mut paths)| {
            paths.sort_unstable_by(|a, b| backward(a).cmp(backward(b)));
            (size, Arc::new(paths))
        });
        Self { by_size: by_size.collect() }
    }

    /// The candidates for a file, the likeliest first: those whose last names are the file's.
    pub(super) fn of(&self, path: FilePath<'_>, length: u64) -> Ranked {
        let Some(all) = self.by_size.get(&length).cloned() else { return Ranked::default() };
        // The most like it are the neighbours of its own place.
        let order = |candidate: &PathBuf| backward(candidate).cmp(path.components().rev());
        let here = all.partition_point(|candidate| order(candidate) == Ordering::Less);
        let near = here.saturating_sub(LIKELY)..here.saturating_add(LIKELY).min(all.len());
        let likeness = |at: &usize| all.get(*at).map_or(0, |candidate| likeness(path, candidate));
        let mut likely: Vec<usize> = near.filter(|at| likeness(at) > 0).collect();
        likely.sort_by_key(|at| Reverse(likeness(at)));
        let likely = likely.into_iter().filter_map(|at| u32::try_from(at).ok()).collect();
        Ranked { home: None, likely, all }
    }
}

impl Ranked {
    /// The candidate that is the `at`th to be tried.
    pub(super) fn get(&self, at: usize) -> Option<&Path> {
        match self.number(at) {
            Some(number) => self.all.get(number as usize).map(PathBuf::as_path),
            None => self.home.as_deref().filter(|_| at == 0),
        }
    }

    /// The same as a number that it has for all files of this size; none for the one at home.
    pub(super) fn number(&self, at: usize) -> Option<u32> {
        let at = match self.home {
            Some(_) => at.checked_sub(1)?,
            None => at,
        };
        match self.likely.get(at) {
            Some(number) => Some(*number),
            None => u32::try_from(at.checked_sub(self.likely.len())?).ok(),
        }
    }

    /// From which place on they are tried one after the other.
    pub(super) fn listed(&self) -> usize {
        self.likely.len() + usize::from(self.home.is_some())
    }

    /// Whether it came before, as one of the likely ones.
    pub(super) fn is_repeated(&self, at: usize) -> bool {
        at >= self.listed() && self.number(at).is_some_and(|number| self.likely.contains(&number))
    }

    /// How many tries there are.
    pub(super) fn len(&self) -> usize {
        self.all.len() + self.listed()
    }
}

/// A path's names, its own first.
fn backward(path: &Path) -> impl Iterator<Item = &[u8]> {
    path.iter().rev().map(|name| name.as_encoded_bytes())
}

/// How many names, from the file's own upward, are the same.
fn likeness(path: FilePath<'_>, candidate: &Path) -> usize {
    path.components().rev().zip(backward(candidate)).take_while(|(a, b)| a == b).count()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::FilePathBuf;

    #[test]
    fn the_likeliest_come_first_and_all_come() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/b/f", "x/b/f", "x/f", "x/g", "f/other", "long"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, if name == "long" { "12345" } else { "1234" }).unwrap();
        }
        let below = [folder.path().to_owned()];
        let found = Candidates::below(&below, &[4].into(), |error| panic!("{error}"));
        let path = FilePathBuf::from_components([&b"a"[..], b"b", b"f"]).unwrap();
        let mut ranked = found.of(path.as_path(), 4);
        let order = |ranked: &Ranked| -> Vec<String> {
            let paths = (0..ranked.len()).map(|at| ranked.get(at).unwrap());
            paths.map(|at| at.strip_prefix(&folder).unwrap().display().to_string()).collect()
        };
        let all = order(&ranked);
        assert_eq!(all[..3], ["a/b/f", "x/b/f", "x/f"]);
        let every: HashSet<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(every, ["a/b/f", "x/b/f", "x/f", "x/g", "f/other"].into());
        assert_eq!(ranked.get(ranked.len()), None);
        let once = (0..ranked.len()).filter(|at| !ranked.is_repeated(*at));
        assert_eq!(once.count(), every.len());
        // One at home comes before them and has no number.
        let numbers: Vec<_> = (0..all.len()).map(|at| ranked.number(at).unwrap()).collect();
        ranked.home = Some(folder.path().join("home"));
        assert_eq!(order(&ranked), [vec!["home".to_owned()], all].concat());
        assert_eq!(ranked.number(0), None);
        let behind: Vec<_> = (1..ranked.len()).map(|at| ranked.number(at).unwrap()).collect();
        assert_eq!(behind, numbers);
        assert_eq!(found.of(path.as_path(), 5).get(0), None);
    }

    /// Each file with a list of its own would take some gigabytes here.
    #[test]
    fn files_of_one_size_share_their_candidates() {
        let paths: Vec<_> = (0..50_000).map(|at| PathBuf::from(format!("d/{at:05}"))).collect();
        let found = Candidates { by_size: [(1, Arc::new(paths))].into() };
        let names: Vec<_> = (0..50_000).map(|at| format!("{at:05}")).collect();
        let ranked: Vec<Ranked> = names
            .iter()
            .map(|name| {
                let path = FilePathBuf::from_components([b"x", name.as_bytes()]).unwrap();
                found.of(path.as_path(), 1)
            })
            .collect();
        for (name, ranked) in names.iter().zip(&ranked) {
            assert_eq!(ranked.get(0), Some(Path::new(&format!("d/{name}"))));
            assert_eq!(ranked.len(), 50_001);
        }
    }
}
