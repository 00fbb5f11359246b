//! Where links lead (BEP 47): from the torrent's folder or, as some makers have it, from their own.

use super::{Extra, Warnings};
use crate::torrent::{FilePath, FilePathBuf, Layout, name};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher};

/// Links that lead to nothing that the torrent names, but would from their own folder, are led there.
/// `depth` is that of the deepest path.
pub(super) fn lead(
    layout: &Layout,
    extras: &mut BTreeMap<usize, Extra>,
    depth: usize,
    warnings: &mut Warnings,
) {
    let mut named = Named::default();
    let mut doubtful: Vec<(usize, FilePathBuf)> = Vec::new();
    for (&at, extra) in &*extras {
        let (Some(target), Some(file)) = (&extra.symlink, layout.file(at)) else { continue };
        let Some(other) = from_own_folder(file.path, target.as_path(), depth) else { continue };
        named.ask(target.as_path());
        named.ask(other.as_path());
        doubtful.push((at, other));
    }
    if doubtful.is_empty() {
        return;
    }
    layout.real().for_each(|(_, file)| named.meet(file.path));
    for (at, other) in doubtful {
        let (Some(Extra { symlink: Some(target), .. }), Some(file)) =
            (extras.get_mut(&at), layout.file(at))
        else {
            continue;
        };
        if !named.has(target.as_path()) && named.has(other.as_path()) {
            let what = "a link whose target is told from its own folder";
            warnings.add(format_args!("{:?}: {what}", file.path));
            *target = other;
        }
    }
}

/// The target below the folder of the link; none where that is the torrent's, or no path.
fn from_own_folder(link: FilePath<'_>, target: FilePath<'_>, depth: usize) -> Option<FilePathBuf> {
    let (folder, _) = link.split_last().filter(|(folder, _)| !folder.is_empty())?;
    let mut other = folder.to_owned();
    target.components().try_for_each(|name| other.push(name)).ok()?;
    name::check_path_within(other.as_path().components(), depth).ok()?;
    Some(other)
}

/// Paths that are asked for, and whether the torrent names them: as files or as their folders. Known
/// by hashes that are random for each torrent, so that nobody makes paths that collide.
#[derive(Default)]
struct Named {
    random: hashbrown::DefaultHashBuilder,
    paths: HashMap<u64, bool>,
}

impl Named {
    fn ask(&mut self, path: FilePath<'_>) {
        let hash = hashes(&self.random, path).last();
        self.paths.extend(hash.map(|hash| (hash, false)));
    }

    /// The torrent has a file of this path.
    fn meet(&mut self, path: FilePath<'_>) {
        for hash in hashes(&self.random, path) {
            if let Some(is_named) = self.paths.get_mut(&hash) {
                *is_named = true;
            }
        }
    }

    fn has(&self, path: FilePath<'_>) -> bool {
        hashes(&self.random, path).last().and_then(|hash| self.paths.get(&hash)) == Some(&true)
    }
}

/// The hash of each folder on the way, the path's own last: as long as the path, not its square.
fn hashes<'a>(
    random: &hashbrown::DefaultHashBuilder,
    path: FilePath<'a>,
) -> impl Iterator<Item = u64> + use<'a> {
    let mut hasher = random.build_hasher();
    path.components().map(move |name| {
        hasher.write(name);
        hasher.write_u8(b'/');
        hasher.finish()
    })
}
