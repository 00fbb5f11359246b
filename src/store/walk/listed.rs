//! A list of files in place of a walk.

use super::visit::Visit;
use super::{Error, Fault, Why, order};
use crate::torrent::metainfo::MAX_FILES;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

impl Visit<'_> {
    /// Takes what the list names, whatever its order, each once.
    pub(super) fn listed(&mut self, list: &[PathBuf]) -> Result<(), Error> {
        for path in list {
            let fail = |source| Error { path: path.clone(), source };
            if self.tree.files.len() >= MAX_FILES {
                // Most of it may be double.
                self.settle();
            }
            let below = self.below(path).map_err(fail)?;
            let slash = path.as_os_str().as_encoded_bytes().last().copied().map(char::from);
            let all = slash.is_some_and(std::path::is_separator);
            if below.as_os_str().is_empty() {
                match all {
                    true => self.folder(&below, false)?,
                    false => self.leave_out(below, Why::Folder),
                }
                continue;
            }
            let Some(included) = self.reach(&below) else { continue };
            let name = below.file_name().unwrap_or_default().to_owned();
            let metadata = fs::symlink_metadata(self.tree.place(&below)).map_err(fail)?;
            let kind = metadata.file_type();
            let Some(step) = self.step(below, &name, kind, || Ok(metadata), included)? else {
                continue;
            };
            match step.folder() {
                Some(folder) if !all => {
                    let folder = folder.to_owned();
                    self.leave_out(folder, Why::Folder);
                }
                _ => self.take(step)?,
            }
        }
        self.settle();
        Ok(())
    }

    /// Sorts the files by their names, each once.
    fn settle(&mut self) {
        self.tree.files.sort_by(order::by_name);
        self.tree.files.dedup_by(|a, b| a.path == b.path);
    }

    /// Whether an included folder holds the path; none where an excluded one does.
    fn reach(&mut self, below: &Path) -> Option<bool> {
        let mut included = false;
        for folder in below.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()) {
            let name = folder.file_name().unwrap_or_default();
            if let Some(why) = self.rule(folder, name, true) {
                self.leave_out(below.to_owned(), why);
                return None;
            }
            included |= self.selection.include.matches(folder, true);
        }
        Some(included)
    }

    /// The path below the root.
    fn below(&self, path: &Path) -> io::Result<PathBuf> {
        if let Some(below) = written_below(&self.tree.root, path) {
            return Ok(below);
        }
        let here = |path: &Path| match path.as_os_str().is_empty() {
            true => fs::canonicalize("."),
            false => fs::canonicalize(path),
        };
        let real = match path.components().next_back() {
            // The last one may be a link, and is meant itself.
            Some(Component::Normal(name)) => {
                here(path.parent().unwrap_or(Path::new("")))?.join(name)
            }
            _ => here(path)?,
        };
        let outside = || Fault::ListedOutside(self.tree.root.clone());
        Ok(real.strip_prefix(self.root()).map_err(|_| outside())?.to_owned())
    }
}

/// The path below the root, where that can be seen from how both are written.
fn written_below(root: &Path, path: &Path) -> Option<PathBuf> {
    let plain = |path: &Path| -> PathBuf {
        path.components().filter(|part| *part != Component::CurDir).collect()
    };
    let below = plain(path).strip_prefix(plain(root)).ok()?.to_owned();
    below.components().all(|part| matches!(part, Component::Normal(_))).then_some(below)
}

/// The paths of a list: one a line or, where there is a NUL byte in it, one before each NUL, so that
/// any name can be told. Empty ones are passed over.
///
/// # Errors
/// Where the system's paths are text: one that is none.
pub fn parse_list(bytes: &[u8]) -> io::Result<Vec<PathBuf>> {
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    let paths = bytes.split(|byte| *byte == end).filter(|path| !path.is_empty());
    paths.map(to_path).collect()
}

#[cfg(unix)]
fn to_path(bytes: &[u8]) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn to_path(bytes: &[u8]) -> io::Result<PathBuf> {
    let line = str::from_utf8(bytes.strip_suffix(b"\r").unwrap_or(bytes));
    let garbled = |_| io::Error::new(io::ErrorKind::InvalidInput, "a list that is not UTF-8");
    line.map(PathBuf::from).map_err(garbled)
}
