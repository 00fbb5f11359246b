//! Patterns of paths, as ignore files have them.

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::Path;

/// Patterns of paths below a root. `*` and `?` stay within a name, `**` goes through folders. A
/// pattern without a slash is for names at any depth, any other for paths from the root. One that
/// ends in a slash is for folders only.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    all: GlobSet,
    folders: GlobSet,
}

impl Globs {
    /// The patterns together.
    ///
    /// # Errors
    /// What is wrong with the first that is none.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, String> {
        let (mut all, mut folders) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let text = pattern.as_ref();
            let path = text.trim_end_matches('/');
            let path = path.strip_prefix("./").unwrap_or(path);
            let whole = match path.strip_prefix('/') {
                Some(rooted) => rooted.to_owned(),
                None if path.contains('/') => path.to_owned(),
                None => format!("**/{path}"),
            };
            if path.trim_matches('/').is_empty() {
                return Err("a pattern of nothing".to_owned());
            }
            let mut glob = GlobBuilder::new(&whole);
            let glob = glob
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map_err(|error| error.kind().to_string())?;
            match text.ends_with('/') {
                true => folders.add(glob),
                false => all.add(glob),
            };
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|error| error.kind().to_string());
        Ok(Self { all: build(all)?, folders: build(folders)? })
    }

    /// Whether there is no pattern, so that nothing matches.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.folders.is_empty()
    }

    /// Whether one matches the path below the root.
    pub(super) fn matches(&self, path: &Path, folder: bool) -> bool {
        if self.is_empty() {
            return false;
        }
        let path = Candidate::new(path);
        self.all.is_match_candidate(&path) || folder && self.folders.is_match_candidate(&path)
    }
}
