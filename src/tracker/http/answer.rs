//! What a tracker answers over HTTP: written by the server, judged by the client.

use crate::bencode::{self, Value};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::{Answer, Peer, Retry, Trouble};
use crate::tracker::drawn::Drawn;
use crate::tracker::service::Terms;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// Peers of one answer that the client looks at.
pub const PEERS_MOST: usize = 2000;
/// Characters of a tracker's words that the client shows.
const WORDS_MOST: usize = 300;

/// What a scrape tells of a torrent (BEP 21, 48).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Peers that have it all.
    pub complete: u32,
    /// Peers that do not.
    pub incomplete: u32,
    /// Those of `incomplete` that fetch nothing (BEP 21). What goes over the wire is the number of
    /// the others, `downloaders`; 0 where that was not told.
    pub partial: u32,
    /// Downloads that were completed.
    pub downloaded: u32,
}

impl Counts {
    /// Those of `incomplete` that do fetch.
    pub fn downloaders(&self) -> u32 {
        self.incomplete.saturating_sub(self.partial)
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            complete: self.complete.saturating_add(other.complete),
            incomplete: self.incomplete.saturating_add(other.incomplete),
            partial: self.partial.saturating_add(other.partial),
            downloaded: self.downloaded.saturating_add(other.downloaded),
        }
    }
}

/// Writes what a server answers to an announce, after what `out` holds already: compact (BEP 7, 23),
/// or the list of dictionaries of BEP 3, which names the peers' ids where they are known. Nothing is
/// allocated but what `out` lacks.
pub fn write_answer(out: &mut Vec<u8>, terms: &Terms, drawn: &Drawn, compact: bool) {
    put(out, b"d8:completei");
    put_number(out, drawn.counts.complete.into());
    match terms.external_ip {
        Some(IpAddr::V4(ip)) => {
            put(out, b"e11:external ip4:");
            put(out, &ip.octets());
        }
        Some(IpAddr::V6(ip)) => {
            put(out, b"e11:external ip16:");
            put(out, &ip.octets());
        }
        None => put(out, b"e"),
    }
    put(out, b"10:incompletei");
    put_number(out, drawn.counts.incomplete.into());
    put(out, b"e8:intervali");
    put_number(out, terms.interval.as_secs());
    if let Some(least) = terms.min_interval {
        put(out, b"e12:min intervali");
        put_number(out, least.as_secs());
    }
    put(out, b"e5:peers");
    if compact {
        put_bytes(out, drawn.v4.as_flattened());
        if !drawn.v6.is_empty() {
            put(out, b"6:peers6");
            put_bytes(out, drawn.v6.as_flattened());
        }
    } else {
        put(out, b"l");
        for (at, &[a, b, c, d, high, low]) in drawn.v4.iter().enumerate() {
            let id = drawn.ids_v4.get(at).copied().flatten();
            put_long(out, Ipv4Addr::new(a, b, c, d), id, [high, low]);
        }
        for (at, packed) in drawn.v6.iter().enumerate() {
            let id = drawn.ids_v6.get(at).copied().flatten();
            if let (Some(ip), Some(port)) = (packed.first_chunk::<16>(), packed.last_chunk()) {
                put_long(out, Ipv6Addr::from(*ip), id, *port);
            }
        }
        put(out, b"e");
    }
    put(out, b"e");
}

/// A peer of the long form.
fn put_long(out: &mut Vec<u8>, ip: impl std::fmt::Display, id: Option<PeerId>, port: [u8; 2]) {
    // As long as any address is as text.
    let mut text = [0; 48];
    let mut rest = text.as_mut_slice();
    let _ = write!(rest, "{ip}");
    let length = 48_usize.saturating_sub(rest.len());
    put(out, b"d2:ip");
    put_bytes(out, text.get(..length).unwrap_or_default());
    if let Some(id) = id {
        put(out, b"7:peer id20:");
        put(out, &id.0);
    }
    put(out, b"4:porti");
    put_number(out, u16::from_be_bytes(port).into());
    put(out, b"ee");
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

/// A byte string.
fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    out.push(b':');
    put(out, bytes);
}

/// Digits.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut length = 0;
    for place in digits.iter_mut().rev() {
        // Below 10.
        *place = b'0' | u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    put(out, digits.get(20_usize.saturating_sub(length)..).unwrap_or_default());
}

/// Writes a refusal and when to ask again (BEP 31); it goes out with the status 200 (BEP 3).
pub fn write_failure(out: &mut Vec<u8>, reason: &str, retry: Option<Retry>) {
    put(out, b"d14:failure reason");
    put_bytes(out, reason.as_bytes());
    match retry {
        Some(Retry::After(time)) => {
            put(out, b"8:retry ini");
            put_number(out, time.as_secs().div_ceil(60));
            put(out, b"e");
        }
        Some(Retry::Never) => put(out, b"8:retry in5:never"),
        None => {}
    }
    put(out, b"e");
}

/// Writes the answer to a scrape after what `out` holds already; `files` is sorted for it. No hash
/// may stand in it twice.
pub fn write_scrape(out: &mut Vec<u8>, files: &mut [(InfoHash, Counts)]) {
    files.sort_unstable_by_key(|(hash, _)| *hash);
    put(out, b"d5:filesd");
    for (hash, counts) in files {
        put(out, b"20:");
        put(out, &hash.0);
        put(out, b"d8:completei");
        put_number(out, counts.complete.into());
        put(out, b"e10:downloadedi");
        put_number(out, counts.downloaded.into());
        put(out, b"e11:downloadersi");
        put_number(out, counts.downloaders().into());
        put(out, b"e10:incompletei");
        put_number(out, counts.incomplete.into());
        put(out, b"ee");
    }
    put(out, b"ee");
}

/// Judges an answer. Unknown keys and odd values of optional ones are passed over, so are peers
/// that cannot be called: port 0, a name for an address, beyond [`PEERS_MOST`].
pub fn decode(bytes: &[u8]) -> Result<Answer, Trouble> {
    let (value, _) = bencode::parse_lenient(bytes)
        .map_err(|error| Trouble::Garbled(format!("not bencode: {error}")))?;
    if value.dict().is_none() {
        return Err(Trouble::Garbled("not a dictionary".into()));
    }
    if let Some(reason) = value.get(b"failure reason") {
        return Err(Trouble::Refused {
            reason: words(reason.bytes().unwrap_or_default()),
            retry: value.get(b"retry in").and_then(retry),
        });
    }
    let whole = |key: &[u8]| value.get(key).and_then(number);
    let count = |key| whole(key).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let interval = whole(b"interval");
    let mut peers = Vec::new();
    if interval.is_none() && value.get(b"peers").is_none() && value.get(b"peers6").is_none() {
        return Err(Trouble::Garbled("neither an interval nor peers".into()));
    }
    if let Some(value) = value.get(b"peers") {
        match value.bytes() {
            Some(packed) => peers.extend(unpack_v4(packed)),
            None => {
                let list = value
                    .list()
                    .ok_or_else(|| Trouble::Garbled("peers is neither string nor list".into()))?;
                peers.extend(list.filter_map(long_peer).take(PEERS_MOST));
            }
        }
    }
    if let Some(packed) = value.get(b"peers6").and_then(Value::bytes) {
        peers.extend(unpack_v6(packed));
    }
    Ok(Answer {
        interval: Duration::from_secs(interval.unwrap_or(0)),
        min_interval: whole(b"min interval").map(Duration::from_secs),
        complete: count(b"complete"),
        incomplete: count(b"incomplete"),
        peers,
        tracker_id: value.get(b"tracker id").and_then(Value::bytes).map(Box::from),
        warning: value.get(b"warning message").and_then(Value::bytes).map(words),
        external_ip: value.get(b"external ip").and_then(Value::bytes).and_then(packed_ip),
    })
}

/// Judges the answer to a scrape (BEP 48): each torrent with its counts, one that was left out
/// being 0.
///
/// # Errors
/// A refusal, or what is no such answer.
pub fn decode_scrape(bytes: &[u8]) -> Result<Vec<(InfoHash, Counts)>, Trouble> {
    let (value, _) = bencode::parse_lenient(bytes)
        .map_err(|error| Trouble::Garbled(format!("not bencode: {error}")))?;
    let Some(files) = value.get(b"files").and_then(Value::dict) else {
        return Err(match value.get(b"failure reason") {
            Some(reason) => Trouble::Refused {
                reason: words(reason.bytes().unwrap_or_default()),
                retry: value.get(b"retry in").and_then(retry),
            },
            None => Trouble::Garbled("no files".into()),
        });
    };
    let torrent = |(hash, counts): (&[u8], Value<'_>)| {
        let hash = hash.try_into().map(InfoHash);
        let hash = hash.map_err(|_| Trouble::Garbled("an info-hash is not 20 bytes".into()))?;
        let told = |key: &[u8]| {
            let count = counts.get(key).and_then(number);
            count.map(|count| u32::try_from(count).unwrap_or(u32::MAX))
        };
        let count = |key| told(key).unwrap_or(0);
        let (complete, incomplete) = (count(b"complete"), count(b"incomplete"));
        let fetching = told(b"downloaders").unwrap_or(incomplete);
        let partial = incomplete.saturating_sub(fetching);
        Ok((hash, Counts { complete, incomplete, partial, downloaded: count(b"downloaded") }))
    };
    files.map(torrent).collect()
}

/// Peers of 6 bytes each (BEP 23, 15); a rest that is shorter is passed over.
pub(in crate::tracker) fn unpack_v4(packed: &[u8]) -> impl Iterator<Item = Peer> {
    let peer = |&[a, b, c, d, high, low]: &[u8; 6]| {
        callable(Ipv4Addr::new(a, b, c, d).into(), u16::from_be_bytes([high, low]))
    };
    packed.as_chunks().0.iter().filter_map(peer).take(PEERS_MOST)
}

/// Peers of 18 bytes each (BEP 7, 15); a rest that is shorter is passed over.
pub(in crate::tracker) fn unpack_v6(packed: &[u8]) -> impl Iterator<Item = Peer> {
    let peer = |chunk: &[u8; 18]| {
        let (ip, port) = chunk.split_first_chunk::<16>()?;
        let ip = IpAddr::V6(Ipv6Addr::from(*ip)).to_canonical();
        callable(ip, u16::from_be_bytes(port.try_into().ok()?))
    };
    packed.as_chunks().0.iter().filter_map(peer).take(PEERS_MOST)
}

fn long_peer(value: Value<'_>) -> Option<Peer> {
    let ip: IpAddr = value.get(b"ip")?.str()?.parse().ok()?;
    let port = u16::try_from(number(value.get(b"port")?)?).ok()?;
    let mut peer = callable(ip.to_canonical(), port)?;
    peer.id =
        value.get(b"peer id").and_then(Value::bytes).and_then(|id| id.try_into().ok()).map(PeerId);
    Some(peer)
}

fn callable(ip: IpAddr, port: u16) -> Option<Peer> {
    let good = port != 0 && !ip.is_unspecified() && !ip.is_multicast();
    good.then_some(Peer { address: SocketAddr::new(ip, port), id: None })
}

fn packed_ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(|ip| IpAddr::from(ip).to_canonical()),
    }
}

/// A number that is not below zero; some trackers write it as a string.
fn number(value: Value<'_>) -> Option<u64> {
    value.uint().or_else(|| value.str()?.trim().parse().ok())
}

/// Minutes, or `never` (BEP 31).
fn retry(value: Value<'_>) -> Option<Retry> {
    if value.str().is_some_and(|text| text.trim() == "never") {
        return Some(Retry::Never);
    }
    Some(Retry::After(Duration::from_secs(number(value)?.saturating_mul(60))))
}

/// A tracker's words, fit for a terminal and no longer than a person will read.
pub(in crate::tracker) fn words(bytes: &[u8]) -> String {
    let printable = |c: char| if bencode::json::steers(c) { ' ' } else { c };
    let text: String = String::from_utf8_lossy(bytes).chars().map(printable).collect();
    let shown: String = text.trim().chars().take(WORDS_MOST).collect();
    shown.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
