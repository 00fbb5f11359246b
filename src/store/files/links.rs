//! Symbolic links that a torrent holds (BEP 47).

use super::{Error, Files, Place, open};
use crate::torrent::{FilePath, FilePathBuf};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// Where links lead below the torrent's folder, by the file's number.
pub(super) type Links = BTreeMap<usize, FilePathBuf>;

impl Files {
    /// Makes these files, by their numbers, links to a path below the torrent's folder. One that
    /// would lead out of it is neither made as a link nor as a file.
    #[must_use]
    pub fn with_links<'a>(
        mut self,
        links: impl IntoIterator<Item = (usize, FilePath<'a>)>,
    ) -> Self {
        self.links.extend(links.into_iter().map(|(file, target)| (file, target.to_owned())));
        self
    }

    /// Whether the file of that number is a link of the torrent's.
    pub(in crate::store) fn is_link(&self, file: usize) -> bool {
        self.links.contains_key(&file)
    }

    /// Where the file of that number leads, relative to its own folder, where it is a link of the
    /// torrent's.
    pub(in crate::store) fn link_target(&self, file: usize) -> Option<PathBuf> {
        let target = self.links.get(&file)?;
        let depth = self.layout.file(file)?.path.depth().saturating_sub(1);
        let mut path: PathBuf = std::iter::repeat_n("..", depth).collect();
        path.extend(target.as_path().components().map(open::name));
        Some(path)
    }

    /// Makes the links that are not there; whatever is in the place of one stays. A file system
    /// without links is no failure: no byte of the torrent is missing.
    pub(in crate::store) fn make_links(&self) -> Result<(), Error> {
        let Place::Folder(folder) = &self.place else { return Ok(()) };
        for (&number, target) in &self.links {
            let target = target.as_path();
            if target.is_empty() || !target.components().all(open::is_component) {
                continue;
            }
            match open::link_below(folder, self.names(number), target) {
                Err(error) if !is_no_failure(&error) => return Err(self.fail(number, error)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_no_failure(error: &io::Error) -> bool {
    // A file system that knows no links says one of the last two.
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
    )
}
