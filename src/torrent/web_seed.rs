//! The URLs of a torrent's files on a web seed (BEP 19).

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

/// All bytes but those that never mean anything in a URL (RFC 3986).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What no URL may have as it is; an encoded byte stays encoded.
const IMPOSSIBLE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Where a file lies: `path` has its components below the torrent's folder, and is `None` for the
/// file of a torrent without a folder. That is at the seed's URL itself, unless this is the URL of
/// a folder, with a slash at its end; the files of a folder always lie below the URL. A seed's URL
/// with spaces and the like, as some makers write it, is one without.
pub fn url<'a>(
    seed: &str,
    name: &[u8],
    path: Option<impl IntoIterator<Item = &'a [u8]>>,
) -> String {
    let encoded = |name| percent_encode(name, RESERVED);
    let mut url: String = utf8_percent_encode(seed, IMPOSSIBLE).collect();
    match (path, seed.ends_with('/')) {
        (None, false) => {}
        (None, true) => url.extend(encoded(name)),
        (Some(path), slash) => {
            url.push_str(if slash { "" } else { "/" });
            url.extend(encoded(name));
            for name in path {
                url.push('/');
                url.extend(encoded(name));
            }
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let path: [&[u8]; 2] = [b"a b", b"c#?%\xe9~.x"];
        let expected = "http://h/d/n%2Fx/a%20b/c%23%3F%25%E9~.x";
        for seed in ["http://h/d", "http://h/d/"] {
            assert_eq!(url(seed, b"n/x", Some(path)), expected);
        }
        let none = None::<[&[u8]; 0]>;
        assert_eq!(url("http://h/d", b"n", none), "http://h/d");
        assert_eq!(url("http://h/d/", b"n m", none), "http://h/d/n%20m");
        let odd = url("http://h/a b%20\u{e9}/", b"n", Some([&b"f"[..]]));
        assert_eq!(odd, "http://h/a%20b%20%C3%A9/n/f");
        assert_eq!(url("http://[::1]:8/?a=b&c=%2F", b"n", none), "http://[::1]:8/?a=b&c=%2F");
    }
}
