//! A torrent that trackers are asked about.

use super::Version;
use crate::cli::{Cli, Failure, TorrentInput, printable};
use crate::torrent::metainfo::Bounds;
use crate::torrent::{InfoHash, Magnet, Metainfo};
use std::ffi::OsString;

/// What is told to have been left of a torrent whose size is not known.
const UNKNOWN_LEFT: u64 = 1 << 14;

/// A torrent that trackers are asked about.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Subject {
    /// As the user named it.
    pub(in crate::commands) input: String,
    /// Its name, where it is known, printable.
    pub(in crate::commands) name: Option<String>,
    /// One or two.
    pub(in crate::commands) hashes: Vec<InfoHash>,
    /// None twice, those of the first tier first.
    pub(in crate::commands) trackers: Vec<String>,
    /// Bytes of a peer that has nothing yet.
    pub(in crate::commands) left: u64,
}

impl Subject {
    /// Reads what the user named.
    pub(super) fn find(
        cli: &Cli<'_>,
        named: OsString,
        bounds: Bounds,
        version: Version,
    ) -> Result<Self, Failure> {
        if let Some(magnet) = named.to_str().and_then(bare_hash) {
            let input = named.to_string_lossy().into_owned();
            return Self::of_magnet(input, magnet, version);
        }
        let input = TorrentInput::from(named);
        let bytes = input.read_within(cli.env, bounds)?;
        let name = input.to_string();
        let bad = |why: &dyn std::fmt::Display| Failure::input(format_args!("{name}: {why}"));
        let start = bytes.trim_ascii_start().get(..7);
        if start.is_some_and(|start| start.eq_ignore_ascii_case(b"magnet:")) {
            let link = str::from_utf8(&bytes).map_err(|_| bad(&"a magnet link is text"))?;
            let magnet = link.parse().map_err(|why| bad(&why))?;
            return Self::of_magnet(name.clone(), magnet, version);
        }
        let metainfo = Metainfo::parse_within(bytes, bounds).map_err(|why| bad(&why))?;
        let left = metainfo.total_size();
        Ok(Self { left, ..Self::of_magnet(name.clone(), Magnet::of(&metainfo), version)? })
    }

    fn of_magnet(input: String, magnet: Magnet, version: Version) -> Result<Self, Failure> {
        let cut = |hash: [u8; 32]| hash.first_chunk().copied().map(InfoHash);
        let v1 = magnet.v1.filter(|_| version != Version::V2);
        let v2 = magnet.v2.and_then(cut).filter(|_| version != Version::V1);
        let mut hashes: Vec<InfoHash> = v1.into_iter().chain(v2).collect();
        hashes.dedup();
        if hashes.is_empty() {
            let version = if version == Version::V1 { "v1" } else { "v2" };
            return Err(Failure::no(format_args!("{input}: has no info-hash of {version}")));
        }
        let mut trackers = Vec::with_capacity(magnet.trackers.len());
        let mut known = std::collections::HashSet::new();
        for url in magnet.trackers {
            if known.insert(url.clone()) {
                trackers.push(url);
            }
        }
        Ok(Self {
            input,
            name: magnet.name.as_deref().map(printable),
            hashes,
            trackers,
            left: magnet.length.unwrap_or(UNKNOWN_LEFT),
        })
    }

    /// What stands for it in messages.
    pub(super) fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.input)
    }
}

/// An info-hash alone: that of version 1 in hex or base32, or that of version 2 in hex.
fn bare_hash(text: &str) -> Option<Magnet> {
    if let Ok(hash) = text.parse() {
        return Some(Magnet { v1: Some(hash), ..Magnet::default() });
    }
    let link = format!("magnet:?xt=urn:btmh:1220{text}");
    let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| link.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_told_from_files() {
        let v1 = bare_hash("c12fe1c06bba254a9dc9f519b335aa7c1367a88a").unwrap();
        assert_eq!((v1.v1.is_some(), v1.v2), (true, None));
        assert_eq!(bare_hash("YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK"), Some(v1));
        let v2 = bare_hash(&"aB".repeat(32)).unwrap();
        assert_eq!((v2.v1, v2.v2), (None, Some([0xab; 32])));
        for file in ["a.torrent", "-", "", "./c12fe1c06bba254a9dc9f519b335aa7c1367a88a"] {
            assert_eq!(bare_hash(file), None, "{file}");
        }
        for text in ["g".repeat(64), "&".repeat(64), "a".repeat(63)] {
            assert_eq!(bare_hash(&text), None, "{text}");
        }
    }

    #[test]
    fn a_hybrid_has_two_hashes_and_no_tracker_twice() {
        let magnet = Magnet {
            v1: Some(InfoHash([1; 20])),
            v2: Some([2; 32]),
            trackers: ["a", "b", "a"].map(str::to_owned).to_vec(),
            ..Magnet::default()
        };
        let hashes = |version| {
            Subject::of_magnet(String::new(), magnet.clone(), version).map(|subject| subject.hashes)
        };
        assert_eq!(hashes(Version::Both), Ok(vec![InfoHash([1; 20]), InfoHash([2; 20])]));
        assert_eq!(hashes(Version::V1), Ok(vec![InfoHash([1; 20])]));
        assert_eq!(hashes(Version::V2), Ok(vec![InfoHash([2; 20])]));
        let only = Magnet { v1: Some(InfoHash([1; 20])), ..Magnet::default() };
        assert!(Subject::of_magnet(String::new(), only, Version::V2).is_err());
        let all = Subject::of_magnet(String::new(), magnet, Version::Both).unwrap();
        assert_eq!(all.trackers, ["a", "b"]);
    }
}
