//! What may stand as a tracker's address in metainfo that we make.

/// The schemes by which trackers are reached (BEP 3, BEP 15, WebTorrent).
pub const SCHEMES: [&str; 5] = ["http", "https", "udp", "ws", "wss"];

/// Why an address is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAnnounceUrl {
    /// No scheme, or another one.
    #[error("an announce URL begins with http://, https://, udp://, ws:// or wss://")]
    Scheme,
    /// Nothing between the scheme and the path.
    #[error("an announce URL without a host")]
    Host,
    /// `[fe80::1%25eth0]`: a link of one machine.
    #[error("an announce URL with a zone id (%), which names a link of one machine alone")]
    Zone,
    /// Not a number from 1 to 65535.
    #[error("an announce URL with a bad port")]
    Port,
    /// UDP knows no port of its own.
    #[error("a udp:// announce URL without a port")]
    NoPort,
    /// Spaces, control characters, or what is not ASCII.
    #[error("an announce URL with a character that must be percent-encoded")]
    Character,
}

/// Whether a tracker can be reached by this address.
pub fn check(url: &str) -> Result<(), NotAnnounceUrl> {
    if !url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)) {
        return Err(NotAnnounceUrl::Character);
    }
    let (scheme, rest) = url.split_once("://").ok_or(NotAnnounceUrl::Scheme)?;
    let scheme = SCHEMES.iter().find(|known| scheme.eq_ignore_ascii_case(known));
    let scheme = *scheme.ok_or(NotAnnounceUrl::Scheme)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    // The address of IPv6 stands in brackets, since it is full of colons.
    let (host, port) = match host.strip_prefix('[').map(|host| host.split_once(']')) {
        Some(Some((host, port))) => {
            let is_ip = |host: &str| host.parse::<std::net::Ipv6Addr>().is_ok();
            match host.split_once('%') {
                _ if is_ip(host) => {}
                Some((ip, _)) if is_ip(ip) => return Err(NotAnnounceUrl::Zone),
                _ => return Err(NotAnnounceUrl::Host),
            }
            match port {
                "" => (host, None),
                _ => (host, Some(port.strip_prefix(':').ok_or(NotAnnounceUrl::Port)?)),
            }
        }
        Some(None) => return Err(NotAnnounceUrl::Host),
        None => match host.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host, None),
        },
    };
    if host.is_empty() {
        return Err(NotAnnounceUrl::Host);
    }
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    match port {
        None if scheme == "udp" => Err(NotAnnounceUrl::NoPort),
        None => Ok(()),
        Some(port) if digits(port) && port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(()),
        Some(_) => Err(NotAnnounceUrl::Port),
    }
}

/// Whether it is that of a tracker for browsers (WebTorrent).
pub fn is_websocket(url: &str) -> bool {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    ["ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// What stands for a secret.
const MASK: &str = "\u{2026}";
/// From so many characters on, a part of a path may well be a key.
const KEY_LEAST: usize = 16;

/// The address without what may be secret in it: who logs in, long words in the path, values in the
/// query. For screens that others see, not to be called again.
pub fn masked(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut out = String::with_capacity(url.len());
    if !scheme.is_empty() {
        out.push_str(scheme);
        out.push_str("://");
    }
    match authority.rsplit_once('@') {
        Some((_, host)) => out.extend([MASK, "@", host]),
        None => out.push_str(authority),
    }
    for part in path.split('/').skip(1) {
        out.extend(["/", if part.len() >= KEY_LEAST { MASK } else { part }]);
    }
    for (at, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((key, _)) => out.extend([key, "=", MASK]),
            None if pair.len() >= KEY_LEAST => out.push_str(MASK),
            None => out.push_str(pair),
        }
    }
    out
}

/// The same of several with commas between them. What is no URL by itself may be a piece of the one before.
pub fn masked_tier(urls: &str) -> String {
    let mut pieces = urls.split(',');
    let mut out = pieces.next().map(masked).unwrap_or_default();
    for piece in pieces {
        out.push(',');
        match piece.contains("://") {
            true => out.push_str(&masked(piece)),
            false => out.push_str(MASK),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_several_none_shows_a_key() {
        for (urls, shown) in [
            ("http://t/announce", "http://t/announce"),
            ("http://a?k=1,ftp://me:word@b/", "http://a?k=\u{2026},ftp://\u{2026}@b/"),
            ("http://a?k=1,2", "http://a?k=\u{2026},\u{2026}"),
        ] {
            assert_eq!(masked_tier(urls), shown);
        }
    }

    #[test]
    fn keys_are_not_shown() {
        for (url, shown) in [
            ("http://t:1/announce", "http://t:1/announce"),
            ("udp://t:1", "udp://t:1"),
            ("http://t/0123456789abcdef/announce", "http://t/\u{2026}/announce"),
            ("http://t/announce/0123456789abcdef#x", "http://t/announce/\u{2026}"),
            ("http://t/announce.php?passkey=x&y", "http://t/announce.php?passkey=\u{2026}&y"),
            ("http://t/announce0123456789abcdef", "http://t/\u{2026}"),
            ("http://t/announce?0123456789abcdef", "http://t/announce?\u{2026}"),
            ("https://me:word@t/a/", "https://\u{2026}@t/a/"),
            ("nonsense", "nonsense"),
            ("", ""),
        ] {
            assert_eq!(masked(url), shown, "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_key_is_shown(key in "[0-9a-zA-Z]{16,40}", place in 0..4usize) {
            let form = ["http://t/KEY/announce", "http://t/announce/KEY", "http://t/a?k=KEY", "udp://KEY@t:1"];
            let url = form[place].replace("KEY", &key);
            prop_assert!(!masked(&url).contains(&key));
        }

        #[test]
        fn no_text_is_too_odd(text in ".{0,60}") {
            let _ = masked(&text);
        }
    }

    #[test]
    fn addresses_of_trackers_are_taken() {
        for url in [
            "http://my.tracker/announce",
            "HTTPS://t.example:443/announce?passkey=1&x=%20",
            "http://t.example?key=1",
            "http://user:word@t.example:1/",
            "udp://t.example:6969",
            "udp://[2001:db8::1]:6969/announce",
            "wss://t.example",
            "http://[::1]/announce",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for (url, why) in [
            ("", NotAnnounceUrl::Scheme),
            ("my.tracker/announce", NotAnnounceUrl::Scheme),
            ("http:/my.tracker", NotAnnounceUrl::Scheme),
            ("ftp://my.tracker/", NotAnnounceUrl::Scheme),
            ("http:///announce", NotAnnounceUrl::Host),
            ("http://:80/announce", NotAnnounceUrl::Host),
            ("http://[::1/announce", NotAnnounceUrl::Host),
            ("http://[x]/announce", NotAnnounceUrl::Host),
            ("http://[x%25lo]/announce", NotAnnounceUrl::Host),
            ("udp://[fe80::1%25lo]:7101", NotAnnounceUrl::Zone),
            ("udp://[fe80::1%lo]:7101", NotAnnounceUrl::Zone),
            ("http://t:0/", NotAnnounceUrl::Port),
            ("http://t:65536/", NotAnnounceUrl::Port),
            ("http://t:/", NotAnnounceUrl::Port),
            ("http://t:+1/", NotAnnounceUrl::Port),
            ("http://[::1]80/", NotAnnounceUrl::Port),
            ("udp://t.example/announce", NotAnnounceUrl::NoPort),
            ("http://t/a b", NotAnnounceUrl::Character),
            ("http://té/", NotAnnounceUrl::Character),
            ("http://t/\n", NotAnnounceUrl::Character),
        ] {
            assert_eq!(check(url), Err(why), "{url}");
        }
    }
}
