//! Names of files and folders from metainfo: what may become a component of a path.
//!
//! A name is bytes, since names need not be UTF-8. What could leave the folder or name something
//! else than one entry of it is refused. A backslash, which separates folders on one system and is
//! an ordinary byte on others, is replaced by `_` as other clients do, so that a torrent has the
//! same names everywhere. What only Windows can't store (`aux.c`, `a:b`) stays as it is, and
//! [`on_windows`] says under which name it is stored there.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::borrow::Cow;

/// The longest component, in bytes, that file systems take.
pub const MAX_NAME: usize = 255;

/// The longest path below the torrent's folder, in bytes with the separators.
pub const MAX_PATH: usize = 4_000;

/// The most components of a path below the torrent's folder.
pub const MAX_DEPTH: usize = 100;

/// Why a name or path is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unsafe {
    /// A name or path of nothing.
    #[error("empty")]
    Empty,
    /// `.`
    #[error("\".\" names no file")]
    Here,
    /// `..`
    #[error("\"..\" leaves the folder")]
    Parent,
    /// Has a `/`.
    #[error("a name with a slash")]
    Slash,
    /// Has a `\`; only where names are ours to choose.
    #[error("a name with a backslash, which other systems take for a folder")]
    Backslash,
    /// Has a NUL byte.
    #[error("a name with a NUL byte")]
    Nul,
    /// Over [`MAX_NAME`].
    #[error("a name of more than {MAX_NAME} bytes")]
    Long,
    /// Over [`MAX_PATH`].
    #[error("a path of more than {MAX_PATH} bytes")]
    LongPath,
    /// More components than this.
    #[error("more than {0} folders deep")]
    Deep(usize),
}

/// The name under which a component of somebody's metainfo is stored: itself, or with every
/// backslash replaced by `_`.
pub fn stored(name: &[u8]) -> Result<Cow<'_, [u8]>, Unsafe> {
    match check(name) {
        Ok(()) => Ok(Cow::Borrowed(name)),
        Err(Unsafe::Backslash) => Ok(Cow::Owned(replace(name, |byte| byte == b'\\'))),
        Err(why) => Err(why),
    }
}

/// Whether a name may stand in metainfo that we make: what is stored as it is everywhere.
pub fn check(name: &[u8]) -> Result<(), Unsafe> {
    match name {
        b"" => return Err(Unsafe::Empty),
        b"." => return Err(Unsafe::Here),
        b".." => return Err(Unsafe::Parent),
        _ if has(name, |byte| matches!(byte, b'/' | 0 | b'\\')) => {}
        _ if name.len() > MAX_NAME => return Err(Unsafe::Long),
        _ => return Ok(()),
    }
    match name {
        _ if name.contains(&b'/') => Err(Unsafe::Slash),
        _ if name.contains(&0) => Err(Unsafe::Nul),
        _ if name.len() > MAX_NAME => Err(Unsafe::Long),
        _ => Err(Unsafe::Backslash),
    }
}

/// Whether a byte of the name is such. All are looked at: eight at once take less time than to stop
/// at the first.
fn has(name: &[u8], such: impl Fn(u8) -> bool) -> bool {
    let any = |bytes: &[u8]| bytes.iter().fold(false, |found, &byte| found | such(byte));
    // The last eight have the rest among them.
    let (blocks, rest) = match (name.as_chunks::<8>(), name.last_chunk::<8>()) {
        ((blocks, _), Some(last)) => (blocks, any(last)),
        ((blocks, rest), None) => (blocks, any(rest)),
    };
    blocks.iter().fold(rest, |found, block| found | any(block))
}

/// Whether a path of components that are safe one by one is short and shallow enough.
pub fn check_path<N: AsRef<[u8]>>(path: impl IntoIterator<Item = N>) -> Result<(), Unsafe> {
    check_path_within(path, MAX_DEPTH)
}

/// [`check_path`] with a bound of one's own for the depth.
pub fn check_path_within<N: AsRef<[u8]>>(
    path: impl IntoIterator<Item = N>,
    deepest: usize,
) -> Result<(), Unsafe> {
    let (depth, bytes) = path.into_iter().fold((0usize, 0usize), |(depth, bytes), name| {
        let name = name.as_ref().len().saturating_add(1);
        (depth.saturating_add(1), bytes.saturating_add(name))
    });
    check_size(depth, bytes.saturating_sub(1), deepest)
}

/// Whether a path of so many components and of so many bytes with the separators is short and
/// shallow enough.
pub(super) fn check_size(depth: usize, bytes: usize, deepest: usize) -> Result<(), Unsafe> {
    match depth {
        0 => Err(Unsafe::Empty),
        depth if depth > deepest => Err(Unsafe::Deep(deepest)),
        _ if bytes > MAX_PATH => Err(Unsafe::LongPath),
        _ => Ok(()),
    }
}

/// The name under which Windows can store a safe name: bytes that it reserves become `_`, as does
/// a dot or space at the end, and a device's name (`con`, `aux.c`) gets a `_` in front.
pub fn on_windows(name: &[u8]) -> Cow<'_, [u8]> {
    let (device, tail) = (is_device(name), has_tail(name));
    if !device && !tail && !has(name, is_reserved) {
        return Cow::Borrowed(name);
    }
    let mut safe = replace(name, is_reserved);
    if let (true, Some(last)) = (tail, safe.last_mut()) {
        *last = b'_';
    }
    if device {
        safe.insert(0, b'_');
    }
    Cow::Owned(safe)
}

/// Whether Windows takes the byte in no name.
fn is_reserved(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'<' | b'>' | b':' | b'"' | b'|' | b'?' | b'*' | b'\\')
}

/// Whether Windows would leave out how the name ends.
fn has_tail(name: &[u8]) -> bool {
    matches!(name.last(), Some(b'.' | b' '))
}

/// Whether a safe name is ASCII and Windows can store it as it is.
pub(super) fn is_plain(name: &[u8]) -> bool {
    let odd = |byte: u8| !byte.is_ascii() || is_reserved(byte);
    !has(name, odd) && !is_device(name) && !has_tail(name)
}

/// Whether Windows takes the name for a device, whatever follows the first dot.
fn is_device(name: &[u8]) -> bool {
    // Of nearly all names the first letters say that they are none.
    let start = name.first_chunk::<3>().map(|start| start.map(|byte| byte.to_ascii_lowercase()));
    if !start
        .is_some_and(|start| matches!(&start, b"con" | b"prn" | b"aux" | b"nul" | b"com" | b"lpt"))
    {
        return false;
    }
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or_default().trim_ascii_end();
    let (word, number) = match stem.split_at_checked(3) {
        Some((word, [number])) => (word, Some(*number)),
        // Windows takes the digits of Latin-1 above the line for the same ones.
        Some((word, [0xc2, 0xb9 | 0xb2 | 0xb3])) => (word, Some(b'1')),
        _ => (stem, None),
    };
    let is = |known: &[&[u8]]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    match number {
        Some(b'1'..=b'9') => is(&[b"com", b"lpt"]),
        Some(_) => false,
        None => is(&[b"con", b"prn", b"aux", b"nul", b"conin$", b"conout$"]),
    }
}

fn replace(name: &[u8], bad: impl Fn(u8) -> bool) -> Vec<u8> {
    name.iter().map(|&byte| if bad(byte) { b'_' } else { byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_leaves_the_folder_is_refused() {
        for (name, why) in [
            (&b""[..], Unsafe::Empty),
            (b".", Unsafe::Here),
            (b"..", Unsafe::Parent),
            (b"/", Unsafe::Slash),
            (b"/etc/passwd", Unsafe::Slash),
            (b"a/../b", Unsafe::Slash),
            (b"a\0b", Unsafe::Nul),
            (&[b'a'; 256], Unsafe::Long),
        ] {
            assert_eq!(stored(name), Err(why), "{name:?}");
            assert_eq!(check(name), Err(why), "{name:?}");
        }
    }

    #[test]
    fn a_backslash_is_replaced_in_what_comes_and_refused_in_what_goes() {
        assert_eq!(stored(br"..\..\x").as_deref(), Ok(&b".._.._x"[..]));
        assert_eq!(check(br"..\..\x"), Err(Unsafe::Backslash));
        assert_eq!(stored(b"...").as_deref(), Ok(&b"..."[..]));
        assert_eq!(stored(&[b'a'; 255]).as_deref(), Ok(&[b'a'; 255][..]));
    }

    #[test]
    fn windows_gets_names_that_it_can_store() {
        for (name, stored) in [
            (&b"aux.c"[..], &b"_aux.c"[..]),
            (b"CON", b"_CON"),
            (b"nul .txt", b"_nul .txt"),
            (b"Lpt9", b"_Lpt9"),
            ("COM\u{b9}.txt".as_bytes(), "_COM\u{b9}.txt".as_bytes()),
            ("lpt\u{b3}".as_bytes(), "_lpt\u{b3}".as_bytes()),
            ("com\u{b4}".as_bytes(), "com\u{b4}".as_bytes()),
            (b"com0", b"com0"),
            (b"console", b"console"),
            (b"a:b?c", b"a_b_c"),
            (b"dots...", b"dots.._"),
            (b"a\x01", b"a_"),
            (b"plain.txt", b"plain.txt"),
        ] {
            assert_eq!(on_windows(name), stored, "{}", String::from_utf8_lossy(name));
        }
    }

    #[test]
    fn paths_are_bounded() {
        assert_eq!(check_path([b""; 0]), Err(Unsafe::Empty));
        assert_eq!(check_path([b"a"; 100]), Ok(()));
        assert_eq!(check_path([b"a"; 101]), Err(Unsafe::Deep(100)));
        assert_eq!(check_path([[b'a'; 250]; 16]), Err(Unsafe::LongPath));
        assert_eq!(check_path([[b'a'; 249]; 16]), Ok(()));
    }

    proptest! {
        #[test]
        fn what_is_stored_is_one_component(name in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(stored) = stored(&name) {
                prop_assert_eq!(check(&stored), Ok(()));
                let windows = on_windows(&stored);
                prop_assert_eq!(on_windows(&windows).into_owned(), windows.clone().into_owned());
                prop_assert_eq!(is_plain(&stored), stored.is_ascii() && *windows == *stored);
            }
        }

        #[test]
        fn every_byte_is_looked_at(length in 1usize..40, at in any::<prop::sample::Index>()) {
            let mut name = vec![b'a'; length];
            prop_assert!(!has(&name, |byte| byte == b'/'));
            name[at.index(length)] = b'/';
            prop_assert!(has(&name, |byte| byte == b'/'));
        }

        #[test]
        fn plain_names_are_those_that_all_can_store(name in "[a-d.:é]{0,3}|[cC][oO][nmN][1 .]{0,2}|[a. ]{0,20}") {
            let name = name.as_bytes();
            prop_assert_eq!(is_plain(name), name.is_ascii() && *on_windows(name) == *name);
        }
    }
}
