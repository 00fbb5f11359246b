//! Paths of files within a torrent.
//!
//! A path is kept as its components joined by `/`, in one piece of memory. That loses nothing, since
//! no component is empty or has a slash: what is given component by component is checked for that.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::name::Unsafe;
use std::cmp::Ordering;
use std::fmt;

/// A path below the torrent's folder: bytes, since names need not be UTF-8. Paths are ordered
/// component by component, so that what lies in a folder stands together right behind it.
///
/// Invariant: no component is empty or holds `/` or NUL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FilePath<'a>(&'a [u8]);

impl<'a> FilePath<'a> {
    /// What all pads are called here: nobody ever sees a pad's path (BEP 47).
    pub(super) const PAD: FilePath<'static> = FilePath(b".pad");

    /// From components that were joined before.
    pub(super) fn from_joined(joined: &'a [u8]) -> Self {
        Self(joined)
    }

    /// The components joined by `/`.
    pub fn as_joined(self) -> &'a [u8] {
        self.0
    }

    /// Whether it has no components.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The names on the way to the file, its own last.
    pub fn components(self) -> Components<'a> {
        Components((!self.0.is_empty()).then_some(self.0))
    }

    /// How many components there are.
    pub fn depth(self) -> usize {
        let slashes = self.0.iter().filter(|&&byte| byte == b'/').count();
        slashes.saturating_add(usize::from(!self.0.is_empty()))
    }

    /// The folder and the file's own name; `None` for a path without components.
    pub fn split_last(self) -> Option<(FilePath<'a>, &'a [u8])> {
        let mut above = self.components();
        let name = above.next_back()?;
        Some((FilePath(above.0.unwrap_or_default()), name))
    }

    /// The next component below a folder that this path lies in, with the path up to there.
    pub fn child_of(self, folder: FilePath<'_>) -> Option<(FilePath<'a>, &'a [u8])> {
        let at = match folder.0.len() {
            0 => 0,
            length => length.checked_add(1)?,
        };
        let name = Components(Some(self.0.get(at..)?)).next()?;
        Some((FilePath(self.0.get(..at.checked_add(name.len())?)?), name))
    }

    /// This path and one that follows it.
    pub(super) fn beside(self, next: FilePath<'a>) -> Pair<'a> {
        Pair { before: self.0, next: next.0, common: common(self.0, next.0) }
    }

    /// Whether it is this path, or lies inside it.
    pub fn starts_with(self, folder: FilePath<'_>) -> bool {
        match self.0.strip_prefix(folder.0) {
            Some(rest) => folder.0.is_empty() || matches!(rest.first(), None | Some(b'/')),
            None => false,
        }
    }

    /// A copy that owns its bytes.
    pub fn to_owned(self) -> FilePathBuf {
        FilePathBuf(self.0.to_vec())
    }
}

impl Ord for FilePath<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.beside(*other).order()
    }
}

/// Two paths, and how many bytes both begin with: what is asked of them is found in one look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    before: &'a [u8],
    next: &'a [u8],
    common: usize,
}

impl<'a> Pair<'a> {
    /// How they sort.
    pub(super) fn order(self) -> Ordering {
        match (self.before.get(self.common), self.next.get(self.common)) {
            (Some(&a), Some(&b)) => rank(a).cmp(&rank(b)),
            _ => self.before.len().cmp(&self.next.len()),
        }
    }

    /// Whether the next is the same as the one before, or lies inside it.
    pub(super) fn is_within(self) -> bool {
        let ends = matches!(self.next.get(self.common), None | Some(b'/'));
        self.common == self.before.len() && (ends || self.before.is_empty())
    }

    /// What of the next lies below the folders that both begin with.
    pub(super) fn beyond(self) -> FilePath<'a> {
        let both = self.next.get(..self.common).unwrap_or_default();
        let folders = both.iter().rposition(|&byte| byte == b'/');
        let start = folders.map_or(0, |slash| slash.saturating_add(1));
        FilePath(self.next.get(start..).unwrap_or_default())
    }

    /// Whether the one before sorts first where all letters of ASCII are small, and is no folder of
    /// the next. Paths of which only letters in both cases differ first are not told apart.
    pub(super) fn ascends_in_small(self) -> bool {
        match (self.before.get(self.common), self.next.get(self.common)) {
            (Some(a), Some(b)) => rank(a.to_ascii_lowercase()) < rank(b.to_ascii_lowercase()),
            (None, Some(b)) => self.before.is_empty() || *b != b'/',
            _ => false,
        }
    }
}

/// By what the bytes of a path sort: none of a name is 0, so the end of a component stands before
/// all that could go on.
fn rank(byte: u8) -> u8 {
    if byte == b'/' { 0 } else { byte }
}

/// Where the first slash is. Blocks of bytes are looked at whole, which takes a fraction of the time.
fn slash(joined: &[u8]) -> Option<usize> {
    let without = |block: &&[u8; 16]| !block.iter().fold(false, |has, &byte| has | (byte == b'/'));
    let blocks = joined.as_chunks().0.iter().take_while(without).count();
    let at = blocks.saturating_mul(16);
    let found = joined.get(at..)?.iter().position(|&byte| byte == b'/')?;
    at.checked_add(found)
}

/// How many bytes both begin with.
fn common(a: &[u8], b: &[u8]) -> usize {
    let ((words, rest), (others, other)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut at = 0_usize;
    for (a, b) in std::iter::zip(words, others) {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return at.saturating_add(differ.trailing_zeros() as usize / 8);
        }
        at = at.saturating_add(8);
    }
    // Of paths of unlike length one has whole words where the other has its rest.
    let rest = words.get(others.len()).map_or(rest, <[u8; 8]>::as_slice);
    let other = others.get(words.len()).map_or(other, <[u8; 8]>::as_slice);
    at.saturating_add(std::iter::zip(rest, other).take_while(|(a, b)| a == b).count())
}

impl PartialOrd for FilePath<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for FilePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The components of a path; from its end, too.
#[derive(Clone, Debug)]
pub struct Components<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Components<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let joined = self.0?;
        let (name, rest) = match slash(joined).and_then(|at| joined.split_at_checked(at)) {
            Some((name, rest)) => (name, rest.split_first().map(|(_, rest)| rest)),
            None => (joined, None),
        };
        self.0 = rest;
        Some(name)
    }
}

impl<'a> DoubleEndedIterator for Components<'a> {
    fn next_back(&mut self) -> Option<&'a [u8]> {
        let joined = self.0?;
        let end = joined.iter().rposition(|&byte| byte == b'/');
        let (rest, name) = match end.and_then(|at| joined.split_at_checked(at)) {
            Some((rest, name)) => (Some(rest), name.split_first().map_or(name, |(_, name)| name)),
            None => (None, joined),
        };
        self.0 = rest;
        Some(name)
    }
}

/// A path that owns its bytes and grows component by component.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct FilePathBuf(Vec<u8>);

impl FilePathBuf {
    /// Without components.
    pub fn new() -> Self {
        Self::default()
    }

    /// From components.
    ///
    /// # Errors
    /// See [`push`](Self::push).
    pub fn from_components<N: AsRef<[u8]>>(
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, Unsafe> {
        let mut path = Self::new();
        names.into_iter().try_for_each(|name| path.push(name.as_ref()))?;
        Ok(path)
    }

    /// Appends a component.
    ///
    /// # Errors
    /// The name is empty or has a slash or a NUL byte. All other rules about names are
    /// [`name`](super::name)'s.
    pub fn push(&mut self, name: &[u8]) -> Result<(), Unsafe> {
        match name {
            b"" => return Err(Unsafe::Empty),
            _ if name.contains(&b'/') => return Err(Unsafe::Slash),
            _ if name.contains(&0) => return Err(Unsafe::Nul),
            _ => {}
        }
        self.push_checked(name);
        Ok(())
    }

    /// Appends a component that is one, as [`name::check`](super::name::check) tells.
    pub(super) fn push_checked(&mut self, name: &[u8]) {
        if !self.0.is_empty() {
            self.0.push(b'/');
        }
        self.0.extend_from_slice(name);
    }

    /// Takes the last component away.
    pub fn pop(&mut self) {
        let above = self.0.iter().rposition(|&byte| byte == b'/');
        self.0.truncate(above.unwrap_or(0));
    }

    /// Takes all components away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The path itself.
    pub fn as_path(&self) -> FilePath<'_> {
        FilePath(&self.0)
    }
}

impl fmt::Debug for FilePathBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
        // Bytes around the slash, so that the order is put to the test.
        let byte = prop_oneof![Just(1), Just(b'.'), Just(b'0'), Just(b'a'), Just(0xff)];
        let name = proptest::collection::vec(byte, 1..4);
        let long = (0..40usize, name.clone()).prop_map(|(n, name)| [vec![b'x'; n], name].concat());
        proptest::collection::vec(prop_oneof![name, long], 0..4)
    }

    #[test]
    fn what_joins_to_something_else_is_refused() {
        let mut path = FilePathBuf::new();
        for (name, why) in [
            (&b""[..], Unsafe::Empty),
            (b"a/b", Unsafe::Slash),
            (b"/", Unsafe::Slash),
            (b"\0", Unsafe::Nul),
        ] {
            assert_eq!(path.push(name), Err(why));
        }
        assert!(path.as_path().is_empty());
        path.pop();
        assert_eq!(path.as_path().components().count(), 0);
        assert_eq!(path.as_path().split_last(), None);
    }

    proptest! {
        #[test]
        fn a_path_is_its_components(a in names(), b in names()) {
            let joined = |names: &[Vec<u8>]| FilePathBuf::from_components(names).unwrap();
            let (path, other) = (joined(&a), joined(&b));
            prop_assert_eq!(path.as_path().components().collect::<Vec<_>>(), &a[..]);
            let mut back: Vec<_> = path.as_path().components().rev().collect();
            back.reverse();
            prop_assert_eq!(back, &a[..]);
            prop_assert_eq!(path.as_path().depth(), a.len());
            prop_assert_eq!(path.as_path().cmp(&other.as_path()), a.cmp(&b));
            prop_assert_eq!(path.as_path().starts_with(other.as_path()), a.starts_with(&b));
            prop_assert_eq!(other.as_path().beside(path.as_path()).is_within(), a.starts_with(&b));
            let alike = std::iter::zip(&path.0, &other.0).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(common(&path.0, &other.0), alike);
            let both = std::iter::zip(&a, &b).take_while(|(a, b)| a == b).count();
            let both = both.min(a.len().saturating_sub(1));
            // A folder that the other path ends with is its file, not its folder.
            if both < b.len() {
                let beyond = other.as_path().beside(path.as_path()).beyond();
                prop_assert_eq!(beyond.to_owned(), joined(&a[both..]));
            }
            let split = path.as_path().split_last();
            prop_assert_eq!(split.map(|(above, name)| (above.to_owned(), name)),
                a.split_last().map(|(name, above)| (joined(above), &name[..])));
            let mut shorter = path.clone();
            shorter.pop();
            prop_assert_eq!(shorter, joined(a.split_last().map_or(&[][..], |(_, above)| above)));
        }
    }
}
