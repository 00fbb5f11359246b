//! What a walk refuses that the system would not.

use std::io;
use std::path::PathBuf;

/// Why a walk ends, where it is not for an error of the system; the inner error of an
/// [`Error`](crate::store::Error)'s source.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// A link that is followed leads to a folder that it is in.
    #[error("a symbolic link that leads back above")]
    LinkAbove,
    /// A link that is stored leads to something that is not below the root.
    #[error("a symbolic link that leads outside")]
    LinkOutside,
    /// A link that is stored leads to the root.
    #[error("a symbolic link to the folder that is published")]
    LinkToRoot,
    /// Links that are followed make the walk very long.
    #[error("more than {0} entries behind symbolic links")]
    TooMuchBehindLinks(usize),
    /// A path of a list does not lie below this root.
    #[error("listed, but not in {}", .0.display())]
    ListedOutside(PathBuf),
    /// There are files, or there may be, but none that the selection takes.
    #[error("no file is selected")]
    NothingSelected,
    /// A list, but the root is a file.
    #[error("a list of files needs the folder that they are in")]
    ListForFile,
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}
