//! What lies in a torrent's folder and is not the torrent's.

use crate::store::{Error, Files};
use crate::torrent::Layout;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything but folders below the torrent's folder that is no file of the torrent, in order.
/// Nothing for a torrent of a single file. Links are not followed.
///
/// # Errors
/// A folder that can't be read. One that is not there holds nothing.
pub fn extra(files: &Files, folder: bool) -> Result<Vec<PathBuf>, Error> {
    let mut extra = Vec::new();
    if !folder || !files.root().is_dir() {
        return Ok(extra);
    }
    let own = own(files.layout());
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let here = files.root().join(&below);
        let fail = |source| Error { path: here.clone(), source };
        for entry in fs::read_dir(&here).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let path = below.join(entry.file_name());
            if entry.file_type().map_err(fail)?.is_dir() {
                folders.push(path);
            } else if !own.contains(joined(&path).as_slice()) {
                extra.push(files.root().join(path));
            }
        }
    }
    extra.sort_unstable();
    Ok(extra)
}

/// The paths of all files, their names joined by slashes.
fn own(layout: &Layout) -> HashSet<&[u8]> {
    layout.files().filter(|file| !file.pad).map(|file| file.path.as_joined()).collect()
}

fn joined(path: &Path) -> Vec<u8> {
    let names: Vec<_> = path.iter().map(|name| name.as_encoded_bytes()).collect();
    names.join(&b'/')
}
