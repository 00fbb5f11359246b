//! Who asks and how, where proxies stand between: the headers that HTTP proxies write
//! (`X-Forwarded-For` and `-Proto`, RFC 7239 `Forwarded`), and the PROXY protocol.
//!
//! Anybody can write any header, so one counts only as far as it was written by whom the operator
//! trusts: hops are read from the right, the end that the nearest proxy wrote, and no text to the
//! left of it, however garbled, changes how it is read.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod preface;

pub use self::preface::{Preface, preface};

use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The header in which proxies tell whom they speak for. Exactly one is believed: a proxy that
/// writes one of them passes on whatever its client wrote into the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Header {
    /// `X-Forwarded-For`, as most proxies do.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The schemes by which a tracker is asked for over HTTP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// By TLS.
    Https,
}

impl Scheme {
    /// As it begins a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let is = |name: &[u8]| text.trim_ascii().eq_ignore_ascii_case(name);
        [Self::Http, Self::Https].into_iter().find(|scheme| is(scheme.name().as_bytes()))
    }
}

/// The proxies that are trusted to tell whom they speak for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Proxies {
    nets: Vec<IpNet>,
    header: Header,
}

impl Proxies {
    /// Those with an address in one of these nets, and the header that they write.
    pub fn new(nets: Vec<IpNet>, header: Header) -> Self {
        Self { nets, header }
    }

    /// Whether none is trusted, so that no header has to be looked for.
    pub fn is_empty(&self) -> bool {
        self.nets.is_empty()
    }

    /// Whether this is one.
    pub fn trusts(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.nets.iter().any(|net| net.contains(&ip))
    }

    /// Who asks: the rightmost hop that is not trusted. Where the connection's own end is not
    /// trusted, that is it. Where a trusted proxy names none or a hidden one (`unknown`, `_x`), it
    /// is that proxy; where all hops are trusted, it is the first of them.
    ///
    /// A header may come in several lines; they are given in the order in which they came.
    pub fn asker<'a>(
        &self,
        remote: IpAddr,
        forwarded: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
        x_forwarded_for: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
    ) -> IpAddr {
        let remote = remote.to_canonical();
        if !self.trusts(remote) {
            return remote;
        }
        self.behind(remote, forwarded, x_forwarded_for)
    }

    /// Who asks through a proxy that is trusted whatever its address.
    pub fn behind<'a>(
        &self,
        remote: IpAddr,
        forwarded: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
        x_forwarded_for: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
    ) -> IpAddr {
        match self.header {
            Header::XForwardedFor => {
                let hops = x_forwarded_for.into_iter().rev().flat_map(|line| {
                    line.rsplit(|&byte| byte == b',').filter(|hop| !hop.trim_ascii().is_empty())
                });
                self.first_stranger(remote, hops.map(node))
            }
            Header::Forwarded => {
                let hops = forwarded.into_iter().rev().flat_map(elements);
                self.first_stranger(remote, hops.map(element_node))
            }
        }
    }

    /// By which scheme the asker came, as the proxies say that are trusted: by `proto=` of the hop at
    /// which it came to one of them, or by the last word of `X-Forwarded-Proto`, which goes with
    /// `X-Forwarded-For`. What stands further left may be anybody's.
    pub fn scheme<'a>(
        &self,
        forwarded: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
        x_forwarded_proto: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
    ) -> Option<Scheme> {
        match self.header {
            Header::XForwardedFor => {
                let line = x_forwarded_proto.into_iter().next_back()?;
                Scheme::parse(line.rsplit(|&byte| byte == b',').next()?)
            }
            Header::Forwarded => {
                let mut found = None;
                for element in forwarded.into_iter().rev().flat_map(elements) {
                    let proto = parameter(element, b"proto").and_then(Scheme::parse);
                    found = proto.or(found);
                    // What is further left is the words of who is not trusted.
                    if !element_node(element).is_some_and(|ip| self.trusts(ip)) {
                        break;
                    }
                }
                found
            }
        }
    }

    /// Goes from hop to hop, the nearest first.
    fn first_stranger(&self, remote: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut nearest = remote;
        for hop in hops {
            // Whom one hides that is trusted, it answers for itself.
            let Some(hop) = hop else { return nearest };
            nearest = hop;
            if !self.trusts(hop) {
                return hop;
            }
        }
        nearest
    }
}

/// An address as headers have it: bare, with a port, IPv6 with or without brackets.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    let ip = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
        .or_else(|| {
            let inner = text.strip_prefix('[')?.strip_suffix(']')?;
            inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        })?;
    Some(ip.to_canonical())
}

/// The elements of a `Forwarded` line, the last first. Commas in quotes do not part them; a quote
/// that is not closed belongs to whoever wrote it, further left.
fn elements(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        loop {
            let line = rest?;
            let mut quoted = false;
            let comma = line.iter().enumerate().rposition(|(at, &byte)| {
                quoted ^= byte == b'"' && !escaped(line, at);
                byte == b',' && !quoted
            });
            let element = match comma.and_then(|at| line.split_at_checked(at)) {
                Some((before, element)) => {
                    rest = Some(before);
                    element.get(1..).unwrap_or_default()
                }
                None => {
                    rest = None;
                    line
                }
            };
            if !element.trim_ascii().is_empty() {
                return Some(element);
            }
        }
    })
}

/// Whether an odd number of backslashes stands before.
fn escaped(line: &[u8], at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    before.iter().rev().take_while(|&&byte| byte == b'\\').count() & 1 == 1
}

/// The address of `for=` in an element; none where it is missing, hidden or said twice.
fn element_node(element: &[u8]) -> Option<IpAddr> {
    node(parameter(element, b"for")?)
}

/// A parameter of an element, without quotes around it; none where it is missing, garbled or said twice.
fn parameter<'a>(element: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut quoted = false;
    let mut found = None;
    let pairs = element.split(|&byte| {
        // No address and no scheme has a backslash, so an escaped quote is in none.
        quoted ^= byte == b'"';
        byte == b';' && !quoted
    });
    for pair in pairs {
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = halves.next().unwrap_or_default();
        if !name.trim_ascii().eq_ignore_ascii_case(wanted) {
            continue;
        }
        let value = halves.next()?.trim_ascii();
        let value = value.strip_prefix(b"\"").map_or(Some(value), |v| v.strip_suffix(b"\""))?;
        if found.replace(value).is_some() {
            return None;
        }
    }
    found
}

#[cfg(test)]
mod tests;
