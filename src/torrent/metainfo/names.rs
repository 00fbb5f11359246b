//! The names of all files together: none may stand for two.

use super::Warnings;
use super::error::Why;
use crate::torrent::path::Pair;
use crate::torrent::{File, FilePath, Layout, name};
use std::hash::{BuildHasher, Hasher};

/// What one look at the names, in their order, tells of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Look {
    /// All are ASCII, and Windows can store them as they are.
    plain: bool,
    /// The paths ascend, as most makers write them.
    sorted: bool,
    /// They ascend where all letters are small: of paths of ASCII no two clash then.
    ascend: bool,
}

/// Refuses two files of one path, and a file that is another's folder.
pub(super) fn distinct(layout: &Layout) -> Result<Look, (usize, Why)> {
    let mut look = Look { plain: true, sorted: true, ascend: true };
    let mut before = None;
    for (at, file) in layout.real() {
        let (number, path) = before.unwrap_or_default();
        let pair = FilePath::beside(path, file.path);
        if before.is_some() {
            if let Some(why) = clash(pair) {
                return Err((number, why));
            }
            look.sorted &= pair.order().is_lt();
        }
        look.ascend &= pair.ascends_in_small();
        look.plain &= pair.beyond().components().all(name::is_plain);
        before = Some((at, file.path));
    }
    // Most makers sort, and then that was all.
    if look.sorted { Ok(look) } else { distinct_unsorted(layout).map(|()| look) }
}

fn distinct_unsorted(layout: &Layout) -> Result<(), (usize, Why)> {
    let path = |at: u32| layout.file(at as usize).map(|file| file.path).unwrap_or_default();
    let real = (0u32..).zip(layout.files()).filter(|(_, file)| !file.pad);
    let mut order: Vec<u32> = real.map(|(at, _)| at).collect();
    order.sort_unstable_by(|&a, &b| path(a).cmp(&path(b)).then(a.cmp(&b)));
    let pair = |pair: &[u32]| match *pair {
        [a, b] => clash(path(a).beside(path(b))).map(|why| (a as usize, why)),
        _ => None,
    };
    order.windows(2).find_map(pair).map_or(Ok(()), Err)
}

/// Why two files cannot both be: what lies inside a path stands right behind it, where they are
/// sorted.
fn clash(pair: Pair<'_>) -> Option<Why> {
    let why = if pair.order().is_eq() { Why::SamePath } else { Why::FileIsFolder };
    pair.is_within().then_some(why)
}

/// Warns of names that not every system stores as they are, and of those that only some can tell
/// apart.
pub(super) fn warn(layout: &Layout, look: Look, warnings: &mut Warnings) {
    if !look.plain {
        warn_of_names(layout, warnings);
    }
    if look.plain && look.ascend {
        return;
    }
    if let Some((a, b)) = search(layout) {
        let (a, b) = (shown(a.as_joined()), shown(b.as_joined()));
        warnings.add(format_args!(
            "{a:?} and {b:?}: one name where letters have no case, as on Windows and macOS"
        ));
    }
}

/// Warns of the first name that is not UTF-8, and of the first that Windows stores under another.
fn warn_of_names(layout: &Layout, warnings: &mut Warnings) {
    let mut names = fresh(layout).filter_map(|name| {
        let utf8 = name.is_ascii() || str::from_utf8(name).is_ok();
        let windows = *name::on_windows(name) == *name;
        (!utf8 || !windows).then_some((name, utf8, windows))
    });
    let (mut utf8, mut windows) = (true, true);
    while (utf8 || windows)
        && let Some((name, is_utf8, is_windows)) = names.next()
    {
        if utf8 && !is_utf8 {
            warnings.add(format_args!("{:?}: a name that is not UTF-8", shown(name)));
        }
        if windows && !is_windows {
            let what = "a name that Windows stores under another";
            warnings.add(format_args!("{:?}: {what}", shown(name)));
        }
        (utf8, windows) = (utf8 && is_utf8, windows && is_windows);
    }
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// The names of files and folders, but for those of folders that the file before lies in too.
fn fresh(layout: &Layout) -> impl Iterator<Item = &[u8]> {
    let mut before = FilePath::default();
    layout.real().flat_map(move |(_, file)| {
        let names = before.beside(file.path).beyond().components();
        before = file.path;
        names
    })
}

/// So many folders are looked for among the files: more than any torrent for people has.
const FOLDERS: usize = 4_000_000;

/// Two files that are one where letters have no case, or a file and another in a folder of its name.
/// They are found by hashes of all paths.
fn search(layout: &Layout) -> Option<(FilePath<'_>, FilePath<'_>)> {
    let path = |at: u32| layout.file(at as usize).map(|file| file.path).unwrap_or_default();
    let mut hashes = Folded::default();
    let of_file = |(at, file): (u32, File<'_>)| (hashes.of(file.path).last().unwrap_or(0), at);
    let real = (0u32..).zip(layout.files()).filter(|(_, file)| !file.pad);
    let mut files: Vec<(u64, u32)> = real.map(of_file).collect();
    files.sort_unstable();
    let same = files.windows(2).find_map(|pair| match pair {
        [(a, first), (b, second)] if a == b => Some((path(*first), path(*second))),
        _ => None,
    });
    if same.is_some() {
        return same;
    }
    let mut left = FOLDERS;
    let mut before = FilePath::default();
    for (_, file) in layout.real() {
        let fresh = before.beside(file.path).beyond().depth().saturating_sub(1);
        if fresh == 0 {
            continue;
        }
        let folders = file.path.depth().saturating_sub(1);
        for hash in hashes.of(file.path).take(folders).skip(folders.saturating_sub(fresh)) {
            left = left.checked_sub(1)?;
            if let Ok(found) = files.binary_search_by_key(&hash, |(hash, _)| *hash) {
                let (_, at) = files.get(found)?;
                return Some((path(*at), file.path));
            }
        }
        before = file.path;
    }
    None
}

/// Hashes of paths in small letters; random for each, so that nobody makes paths that collide.
#[derive(Default)]
struct Folded {
    random: hashbrown::DefaultHashBuilder,
    path: Vec<u8>,
}

impl Folded {
    /// The hash of each folder on the way to the file, the file's own last.
    fn of(&mut self, path: FilePath<'_>) -> impl Iterator<Item = u64> + '_ {
        let joined = path.as_joined();
        self.path.clear();
        match str::from_utf8(joined) {
            Ok(text) if !text.is_ascii() => self.path.extend(text.to_lowercase().bytes()),
            _ => {
                self.path.extend_from_slice(joined);
                self.path.make_ascii_lowercase();
            }
        }
        let mut hasher = self.random.build_hasher();
        self.path.split(|&byte| byte == b'/').map(move |name| {
            hasher.write(name);
            hasher.write_u8(b'/');
            hasher.finish()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn paths_that_ascend_do_not_clash(paths in proptest::collection::vec("[aAbB!](/[aAz]){0,2}", 1..6)) {
            let paths: BTreeSet<_> = paths.into_iter().collect();
            let layout = Layout::of(paths.iter().map(|path| (path, 1))).unwrap();
            if let Ok(look) = distinct(&layout) && search(&layout).is_some() {
                prop_assert!(!(look.plain && look.ascend));
            }
        }

        #[test]
        fn a_clash_is_found_in_any_order(paths in proptest::collection::vec("[ab!](/[ab]){0,2}", 1..6)) {
            let layout = Layout::of(paths.iter().map(|path| (path, 1))).unwrap();
            let within = |a: &String, b: &String| b == a || b.starts_with(&format!("{a}/"));
            let clashes = paths.iter().enumerate().any(|(at, a)| {
                paths.iter().enumerate().any(|(other, b)| at != other && within(a, b))
            });
            let look = distinct(&layout);
            prop_assert_eq!(look.is_err(), clashes);
            if let Ok(look) = look {
                let names: Vec<Vec<_>> = paths.iter().map(|path| path.split('/').collect()).collect();
                prop_assert_eq!(look.sorted, names.is_sorted());
            }
        }

        #[test]
        fn plain_torrents_have_nothing_to_be_warned_of(paths in proptest::collection::vec("[aA.:\u{e4}]{1,2}(/[aA. ]{1,2}){0,2}", 1..4)) {
            let layout = Layout::of(paths.iter().map(|path| (path, 1))).unwrap();
            if let Ok(look) = distinct(&layout) {
                let mut warnings = Warnings::default();
                warn_of_names(&layout, &mut warnings);
                prop_assert!(!look.plain || warnings.lines.is_empty());
                prop_assert_eq!(look.plain, layout.files().all(|file| {
                    file.path.as_joined().is_ascii()
                        && file.path.components().all(|name| *name::on_windows(name) == *name)
                }));
            }
        }
    }

    #[test]
    fn only_what_is_sorted_in_small_letters_ascends() {
        let ascends = |paths: &[&str]| {
            let look = distinct(&Layout::of(paths.iter().map(|path| (path, 1))).unwrap());
            look.is_ok_and(|look| look.plain && look.ascend)
        };
        assert!(ascends(&["A/b", "b/A", "b/c", "b!", "b.d", "C"]));
        assert!(!ascends(&["B", "a"]));
        assert!(!ascends(&["a", "A/b"]));
        assert!(!ascends(&["a", "\u{e4}"]));
        assert!(!ascends(&["b", "a"]));
    }
}
