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
    /// None of those that there are.
    #[error("event must be started, completed, paused, stopped or empty")]
    Event,
    /// The named value must be a number.
    #[error("{0} must be a number")]
    Number(&'static str),
}

/// Reads the query of an announce.
///
/// The first of repeated keys counts, `+` is a space, unknown keys are ignored. `compact` is taken
/// as wanted where it is left out (BEP 23), `left` as unknown and large, other numbers as 0.
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
            None | Some(b"") => Event::Interval,
            Some(b"started") => Event::Started,
            Some(b"completed") => Event::Completed,
            Some(b"paused") => Event::Paused,
            Some(b"stopped") => Event::Stopped,
            Some(_) => return Err(Garbled::Event),
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "info_hash=%00%01%02%03%04%05%06%07%08%09%0a%0B%0c%0d%0e%0f%10%11%12%FF";
    const GOOD: &str = "peer_id=-BT0100-abcdefghijkl&port=6881&uploaded=1&downloaded=2&left=3";

    fn parse(rest: &str) -> Result<Announce, Garbled> {
        parse_announce(format!("{HASH}&{GOOD}{rest}").as_bytes())
    }

    #[test]
    fn an_ordinary_announce() {
        let announce =
            parse("&event=started&numwant=30&key=DEADbeef&compact=1&no_peer_id=1&trackerid=a%20b")
                .unwrap();
        let mut hash: [u8; 20] = std::array::from_fn(|n| n as u8);
        hash[19] = 0xff;
        assert_eq!(
            announce,
            Announce {
                info_hash: InfoHash(hash),
                peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
                port: 6881,
                uploaded: 1,
                downloaded: 2,
                left: 3,
                event: Event::Started,
                numwant: Some(30),
                compact: true,
                no_peer_id: true,
                key: Some(0xdead_beef),
                tracker_id: Some(Box::from(&b"a b"[..])),
                ip: None,
            }
        );
    }

    #[test]
    fn what_is_refused() {
        let hash = |rest: &str| parse_announce(format!("{HASH}&{rest}").as_bytes());
        assert_eq!(parse_announce(b""), Err(Garbled::NoInfoHash));
        assert_eq!(parse_announce(GOOD.as_bytes()), Err(Garbled::NoInfoHash));
        assert_eq!(parse_announce(b"info_hash=short&peer_id=x"), Err(Garbled::InfoHash));
        assert_eq!(hash("port=1"), Err(Garbled::PeerId));
        assert_eq!(hash("peer_id=123456789012345678901&port=1"), Err(Garbled::PeerId));
        assert_eq!(hash("peer_id=1234567890123456789&port=1"), Err(Garbled::PeerId));
        for port in ["", "&port=", "&port=x", "&port=65536", "&port=-1", "&port=1.5"] {
            let query = format!("peer_id=12345678901234567890{port}");
            assert_eq!(hash(&query), Err(Garbled::Port), "{port}");
        }
        assert_eq!(parse("&event=begun"), Err(Garbled::Event));
        assert_eq!(parse("&numwant=many"), Err(Garbled::Number("numwant")));
        for name in ["uploaded", "downloaded", "left"] {
            for value in ["", "x", "0x10", "1e3", "9999999999999999999999999999999999999999999"] {
                let query = format!("peer_id=12345678901234567890&port=1&{name}={value}");
                assert_eq!(hash(&query), Err(Garbled::Number(name)), "{value}");
            }
        }
    }

    #[test]
    fn quirks_of_clients_are_taken() {
        let query = format!(
            "junk&=&x=%&info_hash=a+b%2Bc%2bd%zz%4567890123_&port=1&peer_id={}",
            "p".repeat(20)
        );
        let plus = parse_announce(query.as_bytes()).unwrap();
        assert_eq!(&plus.info_hash.0, b"a b+c+d%zzE67890123_");
        for start in ["?", "??", "own=1?", "&own?", "own=a=b&?"] {
            let doubled = parse_announce(format!("{start}{HASH}?{GOOD}&numwant=7").as_bytes());
            // Only a hash may hold a `?` of its own.
            assert_eq!(doubled, Err(Garbled::InfoHash), "{start}");
            let doubled = parse_announce(format!("{start}{HASH}&{GOOD}?numwant=7").as_bytes());
            assert_eq!(doubled.unwrap().numwant, Some(7), "{start}");
        }
        let marked = format!("info_hash=????????????????????&peer_id={}&port=1", "?".repeat(20));
        assert_eq!(parse_announce(marked.as_bytes()).unwrap().info_hash.0, [b'?'; 20]);
        let first = parse("&port=7&left=0&event=&event=started").unwrap();
        assert_eq!((first.port, first.left, first.event), (6881, 3, Event::Interval));
        assert_eq!(parse("&event=paused").unwrap().event, Event::Paused);
        assert_eq!(parse("&numwant=-1").unwrap().numwant, None);
        assert_eq!(parse("&numwant=").unwrap().numwant, None);
        assert!(parse("").unwrap().compact);
        assert!(!parse("&compact=0").unwrap().compact);
        assert_eq!(parse("&key=not+hex").unwrap().key, None);
        assert_eq!(parse("&ip=10.0.0.1").unwrap().ip, Some([10, 0, 0, 1].into()));
        assert_eq!(parse("&ip=%3A%3Affff%3A1.2.3.4").unwrap().ip, Some([1, 2, 3, 4].into()));
        assert_eq!(parse("&ip=tracker.example").unwrap().ip, None);
        let missing =
            parse_announce(format!("{HASH}&peer_id={}&port=0", "p".repeat(20)).as_bytes());
        let missing = missing.unwrap();
        assert_eq!((missing.left, missing.uploaded, missing.downloaded), (u64::MAX, 0, 0));
    }

    #[test]
    fn a_hash_may_hold_a_raw_semicolon() {
        let query = format!("info_hash=aaaaaaaaa;aaaaaaaaaa&{GOOD}");
        let announce = parse_announce(query.as_bytes()).unwrap();
        assert_eq!(announce.info_hash, InfoHash(*b"aaaaaaaaa;aaaaaaaaaa"));
    }

    #[test]
    fn scrapes() {
        let other = "info_hash=aaaaaaaaaaaaaaaaaaaa";
        let query = format!("{other}&{HASH}&{other}");
        let hashes = parse_scrape(query.as_bytes()).unwrap();
        assert_eq!(hashes.len(), 2);
        assert_eq!(hashes[0], InfoHash(*b"aaaaaaaaaaaaaaaaaaaa"));
        assert_eq!(parse_scrape(b"a=b"), Err(Garbled::NoInfoHash));
        assert_eq!(parse_scrape(b"info_hash=x"), Err(Garbled::InfoHash));
        let many: String = (0..1000).map(|n| format!("info_hash={n:020}&")).collect();
        assert_eq!(parse_scrape(many.as_bytes()).unwrap().len(), SCRAPE_MOST);
    }

    #[test]
    fn a_query_of_the_tracker_is_kept_and_a_fragment_is_not() {
        let announce = parse("").unwrap();
        let url = announce_url("http://t/a?passkey=x#frag", &announce);
        assert!(url.starts_with("http://t/a?passkey=x&info_hash=%00%01"), "{url}");
        assert!(announce_url("http://t/a", &announce).starts_with("http://t/a?info_hash="));
    }

    /// As it was before each `&` was looked for once: slow, and plain.
    fn pairs_plainly(query: &[u8]) -> Vec<(&[u8], &[u8])> {
        let mut rest = Some(query);
        let mut pairs = Vec::new();
        while let Some(bytes) = rest {
            let (mut pair, mut after) = cut(bytes, b'&');
            if let (before, Some(_)) = cut(pair, b'?')
                && !before.starts_with(b"info_hash=")
                && !before.starts_with(b"peer_id=")
            {
                (pair, after) = cut(bytes, b'?');
            }
            rest = after;
            pairs.extend(cut(pair, b'=').1.map(|value| (cut(pair, b'=').0, value)));
        }
        pairs
    }

    proptest! {
        #[test]
        fn marks_part_pairs(query in "([?&=a]|info_hash=|peer_id=){0,30}") {
            let query = query.as_bytes();
            prop_assert_eq!(pairs(query).collect::<Vec<_>>(), pairs_plainly(query));
        }

        #[test]
        fn what_the_client_says_the_server_hears(announce in crate::tracker::announce::any()) {
            let url = announce_url("http://t/announce?x=y", &announce);
            prop_assert!(url.is_ascii() && !url.contains(' '));
            let query = url.split_once('?').unwrap().1;
            prop_assert_eq!(parse_announce(query.as_bytes()).unwrap(), announce);
        }

        #[test]
        fn no_query_is_too_odd(query in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_announce(&query);
            let _ = parse_scrape(&query);
        }

        #[test]
        fn no_value_is_too_odd(key in "info_hash|peer_id|port|left|ip|key", value in "[%+0-9a-f]{0,30}") {
            let _ = parse_announce(format!("{HASH}&{key}={value}&{GOOD}").as_bytes());
        }
    }
}
