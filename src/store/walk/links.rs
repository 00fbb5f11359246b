//! What a symbolic link leads to, where it is stored as a link (BEP 47).

use super::Fault;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The path below the folder `root`, itself without links, of what the link at `whole` leads to.
/// Links among the folders on the way are followed; where it leads to another link, that is meant.
///
/// # Errors
/// It leads nowhere, outside the root, or to the root itself.
pub(super) fn target(root: &Path, whole: &Path) -> io::Result<Box<Path>> {
    let target = fs::read_link(whole)?;
    // An absolute target replaces the folder.
    let target = whole.parent().unwrap_or(Path::new("")).join(target);
    fs::symlink_metadata(&target)?;
    let real = match target.components().next_back() {
        Some(Component::Normal(name)) => {
            let folder = target.parent().unwrap_or(Path::new(""));
            let here = folder.as_os_str().is_empty();
            fs::canonicalize(if here { Path::new(".") } else { folder })?.join(name)
        }
        _ => fs::canonicalize(&target)?,
    };
    match real.strip_prefix(root).map(PathBuf::from) {
        Ok(below) if !below.as_os_str().is_empty() => Ok(below.into()),
        Ok(_) => Err(Fault::LinkToRoot.into()),
        Err(_) => Err(Fault::LinkOutside.into()),
    }
}
