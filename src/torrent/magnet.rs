//! Magnet links (BEP 9, 52, 53): an info-hash in a URI, with hints where to find the rest.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::id::{self, InfoHash};
use super::{Metainfo, NotInfoHash};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The longest link that is read, in bytes.
pub const MAX_MAGNET: usize = 1 << 20;

/// What a magnet link says. At least one of the hashes is there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Magnet {
    /// `xt=urn:btih:`, SHA-1 of `info`.
    pub v1: Option<InfoHash>,
    /// `xt=urn:btmh:1220`, SHA-256 of `info` (BEP 52).
    pub v2: Option<[u8; 32]>,
    /// `dn`, a name to show until the metainfo has come. Not safe as a path.
    pub name: Option<String>,
    /// `xl`, bytes in all.
    pub length: Option<u64>,
    /// `tr`, each a tier of its own.
    pub trackers: Vec<String>,
    /// `ws`, web seeds (BEP 19).
    pub web_seeds: Vec<String>,
    /// `x.pe`, peers as `host:port`.
    pub peers: Vec<String>,
    /// `so`, the numbers of the files that are wanted (BEP 53); empty: all.
    pub select: Vec<RangeInclusive<u32>>,
}

/// Why a link is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MagnetError {
    /// Not `magnet:?…`.
    #[error("a magnet link begins with \"magnet:?\"")]
    Scheme,
    /// Longer than [`MAX_MAGNET`].
    #[error("longer than {MAX_MAGNET} bytes")]
    Long,
    /// No `xt` of BitTorrent.
    #[error("no info-hash (xt=urn:btih:… or xt=urn:btmh:…)")]
    NoHash,
    /// `btih` with something else behind it.
    #[error("xt: {0}")]
    BadHash(#[from] NotInfoHash),
    /// `btmh` with something else behind it.
    #[error("xt: a btmh is 1220 and 64 hex digits")]
    BadMultihash,
    /// Two different hashes of one kind.
    #[error("xt: two different info-hashes")]
    TwoHashes,
    /// `so` that is no list of numbers and ranges.
    #[error("so: not a list of numbers and ranges")]
    Select,
}

impl Magnet {
    /// The link to what the metainfo describes.
    pub fn of(metainfo: &Metainfo) -> Self {
        Self {
            v1: metainfo.v1,
            v2: metainfo.v2,
            name: Some(String::from_utf8_lossy(&metainfo.name).into_owned()),
            length: None,
            trackers: metainfo.trackers.iter().flatten().cloned().collect(),
            web_seeds: metainfo.web_seeds.clone(),
            peers: Vec::new(),
            select: Vec::new(),
        }
    }

    /// The hash that peers, trackers and the DHT are asked for: v1 where there is one.
    pub fn info_hash(&self) -> Option<InfoHash> {
        let cut = |hash: &[u8; 32]| hash.first_chunk().copied().map(InfoHash);
        self.v1.or_else(|| self.v2.as_ref().and_then(cut))
    }

    fn hash(&mut self, topic: &str) -> Result<(), MagnetError> {
        if let Some(text) = strip_prefix(topic, "urn:btih:") {
            let hash = text.parse()?;
            if self.v1.replace(hash).is_some_and(|other| other != hash) {
                return Err(MagnetError::TwoHashes);
            }
        } else if let Some(text) = strip_prefix(topic, "urn:btmh:") {
            let hash = strip_prefix(text, "1220").and_then(id::hex);
            let hash = hash.ok_or(MagnetError::BadMultihash)?;
            if self.v2.replace(hash).is_some_and(|other| other != hash) {
                return Err(MagnetError::TwoHashes);
            }
        }
        Ok(())
    }
}

/// Case of the scheme, of keys and of hashes does not matter; unknown keys are skipped.
impl FromStr for Magnet {
    type Err = MagnetError;

    fn from_str(link: &str) -> Result<Self, MagnetError> {
        let link = link.trim();
        if link.len() > MAX_MAGNET {
            return Err(MagnetError::Long);
        }
        let query = strip_prefix(link, "magnet:?").ok_or(MagnetError::Scheme)?;
        let query = query.split('#').next().unwrap_or_default();
        let mut magnet = Self::default();
        for pair in query.split('&') {
            // A link that was copied out of HTML has `&amp;` between its parts.
            let pair = pair.strip_prefix("amp;").unwrap_or(pair);
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = key.to_ascii_lowercase();
            // Several of one kind may be numbered: `tr.1`. (`x.pe` is a name.)
            let kind = match key.split_once('.') {
                Some((kind, number)) if number.bytes().all(|b| b.is_ascii_digit()) => kind,
                _ => &key,
            };
            let text = || percent_decode_str(value).decode_utf8_lossy().into_owned();
            let word = || Some(text()).filter(|text| !text.is_empty());
            match kind {
                "xt" => magnet.hash(&text())?,
                "dn" => {
                    magnet.name = percent_decode_str(&value.replace('+', " "))
                        .decode_utf8_lossy()
                        .into_owned()
                        .into()
                }
                "xl" => magnet.length = text().parse().ok(),
                "tr" => magnet.trackers.extend(word()),
                "ws" => magnet.web_seeds.extend(word()),
                "x.pe" => magnet.peers.extend(word()),
                "so" => magnet.select = select(&text()).ok_or(MagnetError::Select)?,
                _ => {}
            }
        }
        match magnet.info_hash() {
            Some(_) => Ok(magnet),
            None => Err(MagnetError::NoHash),
        }
    }
}

impl fmt::Display for Magnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KEPT: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        let mut separator = "magnet:?";
        let mut next = || std::mem::replace(&mut separator, "&");
        if let Some(hash) = self.v1 {
            write!(f, "{}xt=urn:btih:{hash}", next())?;
        }
        if let Some(hash) = &self.v2 {
            write!(f, "{}xt=urn:btmh:1220", next())?;
            hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        if let Some(name) = &self.name {
            write!(f, "{}dn={}", next(), utf8_percent_encode(name, KEPT))?;
        }
        if let Some(length) = self.length {
            write!(f, "{}xl={length}", next())?;
        }
        // Not every client decodes the address of a peer.
        const ADDRESS: &AsciiSet = &KEPT.remove(b':').remove(b'[').remove(b']');
        let lists = [
            ("tr", &self.trackers, KEPT),
            ("ws", &self.web_seeds, KEPT),
            ("x.pe", &self.peers, ADDRESS),
        ];
        for (key, list, kept) in lists {
            for value in list {
                write!(f, "{}{key}={}", next(), utf8_percent_encode(value, kept))?;
            }
        }
        for (at, range) in self.select.iter().enumerate() {
            if at == 0 {
                write!(f, "{}so=", next())?;
            } else {
                f.write_char(',')?;
            }
            match (range.start(), range.end()) {
                (first, last) if first == last => write!(f, "{first}")?,
                (first, last) => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

/// `0,2,4-6`, inclusive (BEP 53); ranges stay ranges, so that a wide one costs nothing. `None`
/// where it is no list of numbers and ranges.
pub fn select(text: &str) -> Option<Vec<RangeInclusive<u32>>> {
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<u32>().ok(),
        false => None,
    };
    let range = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some(number(first)?..=number(last)?).filter(|r| !r.is_empty()),
        None => number(part).map(|only| only..=only),
    };
    text.split(',').map(range).collect()
}

/// The shortest list of ranges that has these numbers and no others.
pub fn ranges(numbers: impl IntoIterator<Item = u32>) -> Vec<RangeInclusive<u32>> {
    let numbers: BTreeSet<u32> = numbers.into_iter().collect();
    let mut ranges: Vec<RangeInclusive<u32>> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some(last) if last.end().checked_add(1) == Some(number) => {
                *last = *last.start()..=number;
            }
            _ => ranges.push(number..=number),
        }
    }
    ranges
}

/// As `str::strip_prefix`, whatever the case of ASCII letters.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEX: &str = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";

    #[test]
    fn the_usual_link_is_read() {
        let link = format!(
            "magnet:?xt=urn:btih:{HEX}&dn=a+b%20c&tr=udp%3A%2F%2Ft%3A1&tr.2=http://u/a?b=c\
             &x.pe=[::1]:6881&xl=12&ws=http%3A%2F%2Fw%2F&so=0,2,4-6&as=unknown"
        );
        let magnet: Magnet = link.parse().unwrap();
        assert_eq!(magnet.v1.unwrap().to_string(), HEX);
        assert_eq!(magnet.name.as_deref(), Some("a b c"));
        assert_eq!(magnet.trackers, ["udp://t:1", "http://u/a?b=c"]);
        assert_eq!(magnet.peers, ["[::1]:6881"]);
        assert_eq!((magnet.length, magnet.web_seeds.len()), (Some(12), 1));
        assert_eq!(magnet.select, [0..=0, 2..=2, 4..=6]);
    }

    #[test]
    fn hashes_come_in_every_spelling() {
        let base32 = "YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK";
        let v2 = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e";
        for link in [
            format!("magnet:?xt=urn:btih:{HEX}&xt=urn:btmh:1220{v2}"),
            format!("MAGNET:?XT.1=URN:BTIH:{base32}&amp;xt.2=urn:btmh:1220{}", v2.to_uppercase()),
            format!("  magnet:?dn&xt=urn%3Abtih%3A{HEX}&xt=urn:btmh:1220{v2}&xt=urn:sha1:X\n"),
        ] {
            let magnet: Magnet = link.parse().unwrap();
            assert_eq!(magnet.v1.unwrap().to_string(), HEX, "{link}");
            assert_eq!(magnet.v2, id::hex(v2), "{link}");
        }
        let only: Magnet = format!("magnet:?xt=urn:btmh:1220{v2}").parse().unwrap();
        assert_eq!(only.info_hash().unwrap().to_string(), v2[..40]);
    }

    #[test]
    fn other_links_are_refused() {
        let other = "0".repeat(40);
        for (link, why) in [
            (String::new(), MagnetError::Scheme),
            ("magnet:".to_owned(), MagnetError::Scheme),
            ("http://a/?xt=urn:btih:".to_owned(), MagnetError::Scheme),
            ("magnet:?".to_owned(), MagnetError::NoHash),
            ("magnet:?xt=urn:sha1:abc".to_owned(), MagnetError::NoHash),
            ("magnet:?xt=urn:btih:".to_owned(), MagnetError::BadHash(NotInfoHash)),
            (format!("magnet:?xt=urn:btih:{HEX}0"), MagnetError::BadHash(NotInfoHash)),
            (format!("magnet:?xt=urn:btmh:1220{HEX}"), MagnetError::BadMultihash),
            (format!("magnet:?xt=urn:btih:{HEX}&xt=urn:btih:{other}"), MagnetError::TwoHashes),
            (format!("magnet:?xt=urn:btih:{HEX}&so=3-1"), MagnetError::Select),
            (format!("magnet:?xt=urn:btih:{HEX}&so=1,,2"), MagnetError::Select),
            (format!("magnet:?xt=urn:btih:{HEX}&so=+1"), MagnetError::Select),
            (format!("magnet:?xt=urn:btih:{HEX}&so=99999999999"), MagnetError::Select),
            (format!("magnet:?{}", "a".repeat(MAX_MAGNET)), MagnetError::Long),
        ] {
            assert_eq!(link.parse::<Magnet>(), Err(why), "{}", &link[..link.len().min(90)]);
        }
    }

    #[test]
    fn a_link_is_written_as_other_clients_read_it() {
        let magnet = Magnet {
            v1: HEX.parse().ok(),
            name: Some("a b+c&d/é".into()),
            trackers: vec!["http://t:1/a?x=1&y=2".into()],
            peers: vec!["[::1]:6881".into(), "host:1".into()],
            select: ranges([4, 0, 6, 5, 2, 4]),
            ..Magnet::default()
        };
        assert_eq!(
            magnet.to_string(),
            format!(
                "magnet:?xt=urn:btih:{HEX}&dn=a%20b%2Bc%26d%2F%C3%A9\
                 &tr=http%3A%2F%2Ft%3A1%2Fa%3Fx%3D1%26y%3D2&x.pe=[::1]:6881&x.pe=host:1&so=0,2,4-6"
            )
        );
        assert_eq!(magnet.to_string().parse(), Ok(magnet));
    }

    prop_compose! {
        fn any_magnet()(
            v1 in any::<Option<[u8; 20]>>(),
            v2 in any::<Option<[u8; 32]>>(),
            name in any::<Option<String>>(),
            length in any::<Option<u64>>(),
            trackers in proptest::collection::vec(".+", 0..4),
            peers in proptest::collection::vec(".+", 0..2),
            select in proptest::collection::vec((any::<u16>(), any::<u16>()), 0..4),
        ) -> Magnet {
            let select = select.into_iter().map(|(a, n)| a.into()..=u32::from(a) + u32::from(n));
            let v1 = v1.or(v2.is_none().then_some([7; 20])).map(InfoHash);
            let select = select.collect();
            Magnet { v1, v2, name, length, trackers, web_seeds: vec![], peers, select }
        }
    }

    proptest! {
        #[test]
        fn a_link_reads_back(magnet in any_magnet()) {
            prop_assert_eq!(magnet.to_string().parse(), Ok(magnet));
        }

        #[test]
        fn ranges_have_the_same_numbers(numbers in proptest::collection::vec(0u32..40, 0..30)) {
            let ranges = ranges(numbers.iter().copied());
            let all: Vec<u32> = ranges.iter().cloned().flatten().collect();
            let wanted: BTreeSet<u32> = numbers.into_iter().collect();
            prop_assert_eq!(&all, &wanted.into_iter().collect::<Vec<_>>());
            // Between two ranges there is a gap.
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end() + 1 < *pair[1].start()));
        }

        #[test]
        fn no_text_panics(text in ".*", tail in "(xt=urn:btih:|so=|&|%|[a-z0-9,-]){0,20}") {
            let _ = text.parse::<Magnet>();
            let _ = format!("magnet:?{tail}").parse::<Magnet>();
        }
    }
}
