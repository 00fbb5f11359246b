//! The PROXY protocol, versions 1 and 2: what a proxy writes before the first byte of its client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest first line of version 1, its end included.
const LINE_MOST: usize = 107;
/// Bytes after the head of version 2 that are taken: far more than any proxy's notes.
const NOTES_MOST: usize = 4096;

/// What the bytes at the start of a connection are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preface {
    /// So far they can be one; the rest must come first.
    Incomplete,
    /// The proxy speaks for this client.
    Proxied {
        /// The client's address and port; never one mapped from IPv4.
        source: SocketAddr,
        /// Bytes of the preface, to be passed over.
        length: usize,
    },
    /// The proxy speaks for itself (a health check), or does not know for whom.
    Local {
        /// Bytes of the preface, to be passed over.
        length: usize,
    },
    /// Something else; the connection is to be closed.
    Garbled,
}

/// Reads the preface, of version 2 or 1. Never waits for more than some 4 KiB.
pub fn preface(bytes: &[u8]) -> Preface {
    if starts_alike(bytes, SIGNATURE) {
        binary(bytes)
    } else if starts_alike(bytes, b"PROXY ") {
        text(bytes)
    } else {
        Preface::Garbled
    }
}

/// Whether `bytes` begin with `start`, as far as they go.
fn starts_alike(bytes: &[u8], start: &[u8]) -> bool {
    bytes.iter().zip(start).all(|(a, b)| a == b)
}

fn binary(bytes: &[u8]) -> Preface {
    let Some((head, rest)) = bytes.split_first_chunk::<16>() else { return Preface::Incomplete };
    let [.., command, family, high, low] = *head;
    let notes = usize::from(u16::from_be_bytes([high, low]));
    if notes > NOTES_MOST || !matches!(command, 0x20 | 0x21) {
        return Preface::Garbled;
    }
    let Some(body) = rest.get(..notes) else { return Preface::Incomplete };
    let length = notes.saturating_add(head.len());
    let source = match (command, family >> 4) {
        // Unknown, or a Unix socket: nothing that a peer could be called at.
        (0x20, _) | (_, 0 | 3) => return Preface::Local { length },
        (_, 1) => body.first_chunk::<12>().map(|&[a, b, c, d, .., e, f, _, _]| {
            SocketAddr::from((Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([e, f])))
        }),
        (_, 2) => body.first_chunk::<36>().and_then(|body| {
            let ip = Ipv6Addr::from(*body.first_chunk::<16>()?);
            let port = u16::from_be_bytes(*body.get(32..)?.first_chunk()?);
            Some(SocketAddr::new(IpAddr::V6(ip).to_canonical(), port))
        }),
        _ => None,
    };
    source.map_or(Preface::Garbled, |source| Preface::Proxied { source, length })
}

fn text(bytes: &[u8]) -> Preface {
    let start = bytes.get(..LINE_MOST).unwrap_or(bytes);
    let Some(end) = start.windows(2).position(|two| two == b"\r\n") else {
        return if bytes.len() < LINE_MOST { Preface::Incomplete } else { Preface::Garbled };
    };
    let length = end.saturating_add(2);
    let line = bytes.get(..end).and_then(|line| std::str::from_utf8(line).ok());
    let mut words = line.unwrap_or_default().split(' ').skip(1);
    let ip: Option<IpAddr> = match words.next() {
        Some("UNKNOWN") => return Preface::Local { length },
        Some("TCP4") => words.next().and_then(|ip| ip.parse::<Ipv4Addr>().ok()).map(IpAddr::V4),
        Some("TCP6") => words.next().and_then(|ip| ip.parse::<Ipv6Addr>().ok()).map(IpAddr::V6),
        _ => None,
    };
    let to = words.next().and_then(|ip| ip.parse::<IpAddr>().ok());
    let mut port = || words.next().and_then(|port| port.parse::<u16>().ok());
    match (ip, to, port(), port(), words.next()) {
        (Some(ip), Some(_), Some(port), Some(_), None) => {
            Preface::Proxied { source: SocketAddr::new(ip.to_canonical(), port), length }
        }
        _ => Preface::Garbled,
    }
}
