//! Which torrents are served: all, those on a list, or all but those on one.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::torrent::InfoHash;
use std::fmt;
use std::sync::Arc;

/// Hashes that share a place in the index, on average.
const A_PLACE: usize = 8;
/// The index has no more places than these many bits name.
const BITS_MOST: u32 = 24;

/// A set of info-hashes at some 20.5 bytes each: sorted, with an index by their first bits.
///
/// Hashes are random, so a look-up compares a few; where somebody chose them to be alike, it is
/// still a binary search.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Hashes {
    sorted: Box<[InfoHash]>,
    /// Where the hashes with these first bits begin; one more, where all end.
    starts: Box<[u32]>,
    bits: u32,
}

impl FromIterator<InfoHash> for Hashes {
    fn from_iter<T: IntoIterator<Item = InfoHash>>(hashes: T) -> Self {
        Self::new(hashes.into_iter().collect())
    }
}

impl Hashes {
    /// Of these, in any order, any of them more than once.
    pub fn new(mut hashes: Vec<InfoHash>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        let bits = (hashes.len() / A_PLACE).checked_ilog2().unwrap_or(0).min(BITS_MOST);
        let mut starts = Vec::with_capacity((1usize << bits).saturating_add(1));
        for (at, hash) in hashes.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            starts.resize(first_bits(*hash, bits).saturating_add(1).max(starts.len()), at);
        }
        let end = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
        starts.resize((1usize << bits).saturating_add(1), end);
        Self { sorted: hashes.into(), starts: starts.into(), bits }
    }

    /// Whether it is among them.
    pub fn contains(&self, hash: InfoHash) -> bool {
        let place = first_bits(hash, self.bits);
        let bounds = self.starts.get(place..).and_then(|rest| rest.first_chunk::<2>());
        let Some(&[start, end]) = bounds else { return false };
        let among = self.sorted.get(start as usize..end as usize).unwrap_or_default();
        among.binary_search(&hash).is_ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = InfoHash> {
        self.sorted.iter().copied()
    }
}

/// The first bits as a number.
fn first_bits(hash: InfoHash, bits: u32) -> usize {
    let [a, b, c, d, ..] = hash.0;
    u32::from_be_bytes([a, b, c, d]).checked_shr(32u32.saturating_sub(bits)).unwrap_or(0) as usize
}

/// Which torrents are served.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// Only these; `None`: any.
    pub allowed: Option<Arc<Hashes>>,
    /// Never these.
    pub denied: Hashes,
}

impl Access {
    /// Whether this one is.
    pub fn serves(&self, hash: InfoHash) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.contains(hash))
            && !self.denied.contains(hash)
    }
}

/// Where a list is not one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct BadLine {
    /// From 1 on.
    pub line: usize,
    /// What it is not.
    pub why: &'static str,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// Reads a list: one info-hash a line, 40 hex digits or 32 letters of base32, or the 64 hex digits
/// of version 2, which count as their first 20 bytes (BEP 52). Empty lines and what follows a `#`
/// are passed over. One bad line makes the whole list bad.
pub fn parse(text: &[u8]) -> Result<Vec<InfoHash>, BadLine> {
    let mut hashes = Vec::with_capacity(text.len() / 41);
    for (at, line) in lines(text) {
        hashes.push(info_hash(line).ok_or(BadLine {
            line: at,
            why: "an info-hash is 40 or 64 hex digits, or 32 letters of base32",
        })?);
    }
    Ok(hashes)
}

/// The lines that say something, with their numbers.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.split(|&byte| byte == b'\n').zip(1..).filter_map(|(line, at)| {
        let said = line.split(|&byte| byte == b'#').next().unwrap_or_default().trim_ascii();
        (!said.is_empty()).then_some((at, said))
    })
}

fn info_hash(text: &[u8]) -> Option<InfoHash> {
    let text = std::str::from_utf8(text).ok()?;
    if text.len() != 64 {
        return text.parse().ok();
    }
    let (start, rest) = text.split_at_checked(40)?;
    rest.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    start.parse().ok()
}

#[cfg(test)]
mod tests;
