//! The rules of ignore files, in the folders that the walk is in.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// The names of ignore files; the rules of a later one are the stronger.
const FILES: [&str; 2] = [".gitignore", ".ignore"];

/// The rules of each folder from the root down to where the walk is.
#[derive(Default)]
pub(super) struct Ignored {
    folders: Vec<Option<Gitignore>>,
}

impl Ignored {
    /// Whether a file of this name holds rules.
    pub(super) fn is_rules(name: &OsStr) -> bool {
        FILES.iter().any(|file| name == *file)
    }

    /// Enters `folder`, in which there are ignore files or not.
    pub(super) fn enter(&mut self, folder: &Path, files: &[&OsStr]) -> io::Result<()> {
        if files.is_empty() {
            self.folders.push(None);
            return Ok(());
        }
        let mut rules = GitignoreBuilder::new(folder);
        for name in FILES.iter().filter(|name| files.contains(&OsStr::new(name))) {
            if let Some(error) = rules.add(folder.join(name)) {
                return Err(io::Error::other(error));
            }
        }
        self.folders.push(Some(rules.build().map_err(io::Error::other)?));
        Ok(())
    }

    /// Leaves the folder that was entered last.
    pub(super) fn leave(&mut self) {
        self.folders.pop();
    }

    /// Whether the rules leave this entry of the current folder out; a rule that is nearer to it is
    /// the stronger.
    pub(super) fn matches(&self, path: &Path, folder: bool) -> bool {
        if self.folders.is_empty() {
            return false;
        }
        if folder && path.file_name().is_some_and(|name| name == ".git") {
            return true;
        }
        for rules in self.folders.iter().rev().flatten() {
            match rules.matched(path, folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }
}
