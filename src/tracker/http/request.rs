//! The query of an announce or scrape: made by the client, judged by the server.

use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::{Announce, Event};
use memchr::memchr;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use std::fmt::Write;
use std::net::{IpAddr, Ipv6Addr};

/// Info-hashes that one scrape may name; more are left out.
const SCRAPE_MOST: usize = 100;
/// What may stand for itself in a query, so that every tracker reads it alike.
pub(super) const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a query is no announce; for the asker to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Garbled {
    /// There is none.
    #[error("info_hash is missing")]
    NoInfoHash,
    /// It is of another length.
    #[error("info_hash must be 20 bytes, percent-encoded")]
    InfoHash,
    /// It is missing or of another length.
    #[error("peer_id must be 20 bytes, percent-encoded")]
    PeerId,
    /// It is missing, no number, or too large.
    #[error("port must be a number from 0 to 65535")]
    Port,
    /// The named value must be a number.
    #[error("{0} must be a number")]
    Number(&'static str),
}

/// Reads the query of an announce.
///
/// The first of repeated keys counts, `+` is a space, unknown keys are ignored. `compact` is taken
/// as wanted where it is left out (BEP 23), `left` as unknown and large, other numbers as 0; an event
/// that there is not is none.
pub fn parse_announce(query: &[u8]) -> Result<Announce, Garbled> {
    let mut raw = Raw::default();
    for (key, value) in pairs(query) {
        let slot = match key {
            b"info_hash" => &mut raw.info_hash,
            b"peer_id" => &mut raw.peer_id,
            b"port" => &mut raw.port,
            b"uploaded" => &mut raw.uploaded,
            b"downloaded" => &mut raw.downloaded,
            b"left" => &mut raw.left,
            b"event" => &mut raw.event,
            b"numwant" | b"num want" => &mut raw.numwant,
            b"compact" => &mut raw.compact,
            b"no_peer_id" => &mut raw.no_peer_id,
            b"key" => &mut raw.key,
            b"trackerid" => &mut raw.tracker_id,
            b"ip" => &mut raw.ip,
            _ => continue,
        };
        slot.get_or_insert(value);
    }
    let info_hash = decode_exact(raw.info_hash.ok_or(Garbled::NoInfoHash)?);
    let peer_id = raw.peer_id.and_then(decode_exact);
    let port = raw.port.and_then(number).and_then(|port| u16::try_from(port).ok());
    Ok(Announce {
        info_hash: InfoHash(info_hash.ok_or(Garbled::InfoHash)?),
        peer_id: PeerId(peer_id.ok_or(Garbled::PeerId)?),
        port: port.ok_or(Garbled::Port)?,
        uploaded: amount("uploaded", raw.uploaded, 0)?,
        downloaded: amount("downloaded", raw.downloaded, 0)?,
        left: amount("left", raw.left, u64::MAX)?,
        event: match raw.event {
            Some(b"started") => Event::Started,
            Some(b"completed") => Event::Completed,
            Some(b"paused") => Event::Paused,
            Some(b"stopped") => Event::Stopped,
            // Whatever a client means by others, it is there.
            _ => Event::Interval,
        },
        numwant: match raw.numwant {
            None | Some(b"") => None,
            // A negative number stands for the default, as in UDP.
            Some(text) => u32::try_from(number(text).ok_or(Garbled::Number("numwant"))?).ok(),
        },
        compact: raw.compact != Some(b"0"),
        no_peer_id: raw.no_peer_id == Some(b"1"),
        key: raw.key.and_then(|key| u32::from_str_radix(std::str::from_utf8(key).ok()?, 16).ok()),
        tracker_id: raw.tracker_id.map(|id| decode(id).collect()),
        ip: raw.ip.and_then(|ip| {
            let text = String::from_utf8(decode(ip).take(64).collect()).ok()?;
            text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
        }),
    })
}

/// Reads the query of a scrape (BEP 48): each info-hash that it names, none twice.
pub fn parse_scrape(query: &[u8]) -> Result<Vec<InfoHash>, Garbled> {
    let mut hashes = Vec::new();
    for (_, value) in pairs(query).filter(|(key, _)| *key == b"info_hash").take(SCRAPE_MOST) {
        let hash = InfoHash(decode_exact(value).ok_or(Garbled::InfoHash)?);
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    if hashes.is_empty() { Err(Garbled::NoInfoHash) } else { Ok(hashes) }
}

/// The URL that says this announce to a tracker. `url` may have a query of its own already; a
/// fragment is cut off.
pub fn announce_url(url: &str, announce: &Announce) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let mut out = String::with_capacity(url.len().saturating_add(320));
    out.push_str(url);
    out.push(if url.contains('?') { '&' } else { '?' });
    let Announce { port, uploaded, downloaded, left, .. } = announce;
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "info_hash={}&peer_id={}&port={port}&uploaded={uploaded}&downloaded={downloaded}\
         &left={left}&compact={}",
        percent_encode(&announce.info_hash.0, ESCAPED),
        percent_encode(&announce.peer_id.0, ESCAPED),
        u8::from(announce.compact),
    );
    if announce.no_peer_id {
        out.push_str("&no_peer_id=1");
    }
    out.push_str(match announce.event {
        Event::Interval => "",
        Event::Started => "&event=started",
        Event::Completed => "&event=completed",
        Event::Paused => "&event=paused",
        Event::Stopped => "&event=stopped",
    });
    if let Some(numwant) = announce.numwant {
        let _ = write!(out, "&numwant={numwant}");
    }
    if let Some(key) = announce.key {
        let _ = write!(out, "&key={key:08x}");
    }
    if let Some(id) = &announce.tracker_id {
        let _ = write!(out, "&trackerid={}", percent_encode(id, ESCAPED));
    }
    match announce.ip {
        Some(IpAddr::V4(ip)) => drop(write!(out, "&ip={ip}")),
        Some(IpAddr::V6(ip)) => drop(write!(out, "&ip={}", escaped_v6(ip))),
        None => {}
    }
    out
}

fn escaped_v6(ip: Ipv6Addr) -> String {
    ip.to_string().replace(':', "%3A")
}

/// The values as they stand, still encoded.
#[derive(Default)]
struct Raw<'a> {
    info_hash: Option<&'a [u8]>,
    peer_id: Option<&'a [u8]>,
    port: Option<&'a [u8]>,
    uploaded: Option<&'a [u8]>,
    downloaded: Option<&'a [u8]>,
    left: Option<&'a [u8]>,
    event: Option<&'a [u8]>,
    numwant: Option<&'a [u8]>,
    compact: Option<&'a [u8]>,
    no_peer_id: Option<&'a [u8]>,
    key: Option<&'a [u8]>,
    tracker_id: Option<&'a [u8]>,
    ip: Option<&'a [u8]>,
}

fn pairs(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = Some(query);
    // What is left up to the next `&`, which is looked for once.
    let mut part = None;
    std::iter::from_fn(move || {
        loop {
            let bytes = match part {
                Some(bytes) => bytes,
                None => {
                    // Not at `;`: a client that leaves it as it is in a hash is understood.
                    let (bytes, after) = cut(rest?, b'&');
                    rest = after;
                    bytes
                }
            };
            // `?` for `&`, by a client whose tracker's URL had a query of its own already.
            let (mut pair, mut after) = cut(bytes, b'?');
            if pair.starts_with(b"info_hash=") || pair.starts_with(b"peer_id=") {
                (pair, after) = (bytes, None);
            }
            part = after;
            if let (key, Some(value)) = cut(pair, b'=') {
                return Some((key, value));
            }
        }
    })
}

/// What is before the first such byte, and what is after it.
fn cut(bytes: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match memchr(at, bytes).and_then(|at| bytes.split_at_checked(at)) {
        Some((before, rest)) => (before, rest.get(1..)),
        None => (bytes, None),
    }
}

/// The value's bytes; a `%` without two digits after it stands for itself.
fn decode(mut value: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (&byte, rest) = value.split_first()?;
        value = rest;
        Some(match (byte, rest) {
            (b'+', _) => b' ',
            (b'%', [high, low, rest @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    value = rest;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => byte,
        })
    })
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

fn decode_exact(value: &[u8]) -> Option<[u8; 20]> {
    if value.len() > 60 {
        return None;
    }
    let mut bytes = decode(value);
    let mut out = [0; 20];
    for slot in &mut out {
        *slot = bytes.next()?;
    }
    bytes.next().is_none().then_some(out)
}

fn number(text: &[u8]) -> Option<i128> {
    // Most are short, and without a sign.
    if (1..=18).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
        let digit = |sum: u64, byte: &u8| sum * 10 + u64::from(byte & 15);
        return Some(text.iter().fold(0, digit).into());
    }
    // Longer than any number that fits 64 bits: not worth a look.
    (text.len() <= 24).then(|| std::str::from_utf8(text).ok()?.parse().ok())?
}

/// A number of bytes: one that is missing is as told, one below zero (some clients say so while
/// they do not know) too, and one too large is as large as can be.
fn amount(name: &'static str, text: Option<&[u8]>, missing: u64) -> Result<u64, Garbled> {
    let Some(text) = text else { return Ok(missing) };
    match number(text).ok_or(Garbled::Number(name))? {
        below if below < 0 => Ok(missing),
        value => Ok(u64::try_from(value).unwrap_or(u64::MAX)),
    }
}

#[cfg(test)]
mod tests;
