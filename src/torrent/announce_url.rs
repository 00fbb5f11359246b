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
            host.parse::<std::net::Ipv6Addr>().map_err(|_| NotAnnounceUrl::Host)?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
