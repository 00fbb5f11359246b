//! Where the tracker is seen from outside: as the operator says, or as the request's `Host` has it.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::net::Ipv6Addr;
use std::str::FromStr;

/// The longest name of a host (RFC 1035).
const HOST_MOST: usize = 253;
/// The longest URL that is taken.
const URL_MOST: usize = 1000;

/// An address of pages, with a slash at its end: `https://tracker.example/`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Base(String);

/// Text that is no such address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the tracker's own address is like https://tracker.example or http://10.0.0.1:8080/path")]
pub struct NotBase;

/// Takes a URL of HTTP or HTTPS without a user, query or fragment. That of an announce stands for
/// what is above it.
impl FromStr for Base {
    type Err = NotBase;

    fn from_str(text: &str) -> Result<Self, NotBase> {
        let (scheme, rest) = text.split_once("://").ok_or(NotBase)?;
        let scheme = scheme.to_ascii_lowercase();
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        let path = match path.rsplit_once('/') {
            Some((above, "announce")) => above,
            _ if path == "announce" => "",
            _ => path,
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b);
        let good = matches!(&*scheme, "http" | "https")
            && text.len() <= URL_MOST
            && is_host(host)
            && path.bytes().all(plain);
        if !good {
            return Err(NotBase);
        }
        let slash = if path.is_empty() { "" } else { "/" };
        Ok(Self(format!("{scheme}://{host}/{path}{slash}")))
    }
}

impl Base {
    /// As the client named the host that it asks; `None` where that is no host.
    pub fn of_host(scheme: &str, host: &str) -> Option<Self> {
        is_host(host).then(|| Self(format!("{scheme}://{}/", host.to_ascii_lowercase())))
    }

    /// The announce URL there.
    pub fn announce(&self) -> String {
        format!("{self}announce")
    }

    /// The announce URL of browsers there, over WebSocket.
    pub fn websocket(&self) -> String {
        // Both schemes begin with what only stands for HTTP: `http` and `https`, `ws` and `wss`.
        let rest = self.0.strip_prefix("http").unwrap_or(&self.0);
        format!("ws{rest}announce")
    }

    /// The announce URL of the same host over UDP, at this port.
    pub fn udp(&self, port: u16) -> String {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split('/').next().unwrap_or_default();
        let bare = match host.split_once(']') {
            Some((ip, _)) => format!("{ip}]"),
            None => host.split(':').next().unwrap_or_default().to_owned(),
        };
        format!("udp://{bare}:{port}/announce")
    }

    /// The address, with a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether this is a name or an address, with or without a port, and nothing else.
fn is_host(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    let (good, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((ip, "")) => (ip.parse::<Ipv6Addr>().is_ok(), None),
        Some((ip, port)) => (ip.parse::<Ipv6Addr>().is_ok(), Some(port.strip_prefix(':'))),
        None => {
            let (host, port) =
                text.split_once(':').map_or((text, None), |(h, p)| (h, Some(Some(p))));
            let short = (1..=HOST_MOST).contains(&host.len());
            (short && host.bytes().all(plain), port)
        }
    };
    good && port.is_none_or(|port| port.is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_public_address_is_a_plain_one() {
        let base = |text: &str| text.parse::<Base>().map(|base| base.0);
        for (text, is) in [
            ("https://t.example", "https://t.example/"),
            ("HTTP://t.example:80/", "http://t.example:80/"),
            ("https://t.example/bt/", "https://t.example/bt/"),
            ("https://t.example/bt/announce", "https://t.example/bt/"),
            ("https://t.example/announce", "https://t.example/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
        ] {
            assert_eq!(base(text).as_deref(), Ok(is), "{text}");
        }
        for text in [
            "",
            "t.example",
            "ftp://t",
            "udp://t:1",
            "http://",
            "http://u@t/",
            "http://t/?q",
            "http://t/#f",
            "http://t/\"",
            "http://t/<",
            "http://t:0",
            "http://t:99999",
            "http://t:+1",
            "http://[::1",
            "http://[x]",
            "http://[::1]x",
            "http://a b",
            "http://t:",
        ] {
            assert_eq!(base(text), Err(NotBase), "{text}");
        }
        assert_eq!("http://t/a/".parse::<Base>().unwrap().announce(), "http://t/a/announce");
    }

    #[test]
    fn the_other_ways_lead_to_the_same_host() {
        for (base, websocket, udp) in [
            ("http://t:80", "ws://t:80/announce", "udp://t:6969/announce"),
            ("https://t/bt/", "wss://t/bt/announce", "udp://t:6969/announce"),
            ("https://[::1]:8", "wss://[::1]:8/announce", "udp://[::1]:6969/announce"),
            ("http://[::1]", "ws://[::1]/announce", "udp://[::1]:6969/announce"),
        ] {
            let base: Base = base.parse().unwrap();
            assert_eq!((&*base.websocket(), &*base.udp(6969)), (websocket, udp));
        }
    }

    #[test]
    fn a_host_is_believed_only_where_it_is_one() {
        let of = |host| Base::of_host("http", host).map(|base| base.0);
        assert_eq!(of("T.example:8080").as_deref(), Some("http://t.example:8080/"));
        assert_eq!(of("[2001:db8::1]").as_deref(), Some("http://[2001:db8::1]/"));
        for host in ["", "a/b", "a@b", "a\"", "a:b", ":1", "a:1:2", "ä"] {
            assert_eq!(of(host), None, "{host}");
        }
    }

    proptest! {
        #[test]
        fn no_address_has_anything_odd_in_it(text: String, host in "[a-z:/@?#\\[\\]\"<>]{0,20}") {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%:[]".contains(&b);
            let odd = |base: Base| !base.0.ends_with('/') || !base.0.bytes().all(plain);
            for text in [&text, &host, &format!("http://{text}"), &format!("http://{host}")] {
                prop_assert!(!text.parse().is_ok_and(odd));
                prop_assert!(!Base::of_host("http", text).is_some_and(odd));
            }
        }
    }
}
