//! Which files are taken, as plain data.

use super::{Globs, LeftOut, Order};
use std::num::NonZero;
use std::path::PathBuf;

/// Which files below a folder are published, in which order, and what is told of them. By default
/// all but junk and what is called CVS or core; links are followed.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Only files that match one of these, or whose folder does; all, where there is none.
    pub include: Globs,
    /// Neither files nor folders that match one of these.
    pub exclude: Globs,
    /// Not what the rules in `.gitignore` and `.ignore` leave out, nor the folder `.git`.
    pub ignore_files: bool,
    /// Names that begin with a dot.
    pub hidden: Take,
    /// What systems leave behind in folders: `Thumbs.db`, `.DS_Store` …
    pub junk: Take,
    /// Names of [`LEFT_OUT`](super::LEFT_OUT).
    pub historical: Take,
    /// What becomes of symbolic links.
    pub links: Links,
    /// What is told of a file beside its name and length (BEP 47).
    pub attributes: Attributes,
    /// Only these paths, as seen from the working folder. A folder stands for itself only, that is
    /// for nothing, but with a slash at its end for all that is below it. The rules for junk and
    /// for historical names do not apply to them.
    pub list: Option<Vec<PathBuf>>,
    /// The order of the files.
    pub order: Order,
    /// Threads that look at files, at most.
    pub threads: NonZero<usize>,
}

impl Selection {
    /// Whether it is for what was asked that something is left out, and not for what that is or is
    /// called.
    pub fn left_out(&self, left_out: &[LeftOut]) -> bool {
        !self.include.is_empty() || left_out.iter().any(|left| left.why.is_asked_for())
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            include: Globs::default(),
            exclude: Globs::default(),
            ignore_files: false,
            hidden: Take::Include,
            junk: Take::Skip,
            historical: Take::Skip,
            links: Links::Follow,
            attributes: Attributes::default(),
            list: None,
            order: Order::Name,
            threads: NonZero::<usize>::MIN,
        }
    }
}

/// Whether things of a kind are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Take {
    /// They are.
    Include,
    /// They are left out.
    Skip,
}

/// What becomes of symbolic links below the root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Links {
    /// The file or folder that they lead to is taken in their place, wherever it is.
    Follow,
    /// They are stored as links (BEP 47), and must lead to something below the root.
    Store,
    /// They are left out.
    Skip,
}

/// What is told of a file beside its name and length (BEP 47).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// Whether its owner may run it.
    pub executable: bool,
    /// Whether it is hidden.
    pub hidden: bool,
}
