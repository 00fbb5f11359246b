//! The .torrent files that a tracker offers, as one look at their folder found them. Made once a
//! look and never changed, so that it is shared without a lock.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::bencode::json::steers;
use crate::torrent::{InfoHash, Magnet, Metainfo};
use hashbrown::HashMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Display;
use std::sync::Arc;

/// What stands in a path as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Of how many files the newest are told in the feed.
pub const NEWEST_MOST: usize = 100;

/// One .torrent file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name in the folder, without any path.
    pub file: Box<str>,
    /// The torrent's name, fit to be shown: see [`shown`].
    pub name: Box<str>,
    /// The name in lower case, to sort and to search by.
    pub key: Box<str>,
    /// Bytes of the data, pads left out.
    pub size: u64,
    /// Files in it, pads left out.
    pub files: usize,
    /// SHA-1 of `info`.
    pub v1: Option<InfoHash>,
    /// SHA-256 of `info` (BEP 52).
    pub v2: Option<[u8; 32]>,
    /// Only peers of its own trackers (BEP 27); no magnet link is told then.
    pub private: bool,
    /// Bytes of the .torrent file.
    pub length: u64,
    /// When the .torrent file was last changed, in seconds since 1970.
    pub modified: i64,
}

impl Entry {
    /// That of a file of `length` bytes which was changed at `modified`, in seconds since 1970.
    pub fn of(file: &str, metainfo: &Metainfo, length: u64, modified: i64) -> Self {
        let name = shown(&String::from_utf8_lossy(&metainfo.name));
        Self {
            file: file.into(),
            key: name.to_lowercase().into(),
            name: name.into(),
            size: metainfo.total_size(),
            files: metainfo.layout.files().filter(|file| !file.pad).count(),
            v1: metainfo.v1,
            v2: metainfo.v2,
            private: metainfo.private,
            length,
            modified,
        }
    }

    /// The hashes by which peers announce it: that of v1, that of v2 cut to 20 bytes, or both.
    pub fn hashes(&self) -> impl Iterator<Item = InfoHash> {
        let cut = self.v2.as_ref().and_then(|hash| hash.first_chunk().copied()).map(InfoHash);
        self.v1.into_iter().chain(cut)
    }

    /// Where it is served, below the tracker's own address.
    pub fn path(&self) -> impl Display + '_ {
        struct Path<'a>(&'a str);
        impl Display for Path<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "torrents/{}", utf8_percent_encode(self.0, KEPT))
            }
        }
        Path(&self.file)
    }

    /// The link to it, with this tracker's announce URL where it is known; `None` where it is
    /// private.
    pub fn magnet(&self, announce: Option<&str>) -> Option<Magnet> {
        (!self.private).then(|| Magnet {
            v1: self.v1,
            v2: self.v2,
            name: Some(self.name.to_string()),
            length: Some(self.size),
            trackers: announce.map(str::to_owned).into_iter().collect(),
            ..Magnet::default()
        })
    }
}

/// A name from outside, fit to be shown: what steers a terminal or turns the direction of text is
/// replaced, and so is what XML has no place for. Markup is the business of whoever writes it.
pub fn shown(name: &str) -> String {
    let odd = |c: char| steers(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
    name.chars().map(|c| if odd(c) { '\u{fffd}' } else { c }).collect()
}

/// Whether a file's name is one that is served: a .torrent file that a URL, a header and a log line
/// can name without a doubt.
pub fn servable(file: &str) -> bool {
    let (stem, end) = file.rsplit_once('.').unwrap_or_default();
    let odd = |c: char| steers(c) || matches!(c, '/' | '\\');
    end.eq_ignore_ascii_case("torrent")
        && !stem.is_empty()
        && !file.starts_with('.')
        && !file.contains(odd)
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// In the order of their names.
    entries: Box<[Arc<Entry>]>,
    hashes: HashMap<InfoHash, Arc<Entry>>,
    newest: Box<[Arc<Entry>]>,
    changed: i64,
}

impl Catalog {
    /// Of these files, the last of which came, went or was changed at `changed`, in seconds since
    /// 1970. Where two are of the same torrent, the first by name stands for it.
    pub fn new(mut entries: Vec<Arc<Entry>>, changed: i64) -> Self {
        entries.sort_unstable_by(|a, b| a.file.cmp(&b.file));
        entries.dedup_by(|a, b| a.file == b.file);
        let mut hashes = HashMap::with_capacity(entries.len());
        for entry in &entries {
            for hash in entry.hashes() {
                hashes.entry(hash).or_insert_with(|| Arc::clone(entry));
            }
        }
        // Each torrent once.
        let stands = |entry: &&Arc<Entry>| {
            let first = entry.hashes().next().and_then(|hash| hashes.get(&hash));
            first.is_none_or(|first| Arc::ptr_eq(first, entry))
        };
        let mut newest: Vec<_> = entries.iter().filter(stands).cloned().collect();
        let order = |a: &Arc<Entry>, b: &Arc<Entry>| {
            b.modified.cmp(&a.modified).then_with(|| a.file.cmp(&b.file))
        };
        if newest.len() > NEWEST_MOST {
            newest.select_nth_unstable_by(NEWEST_MOST, order);
            newest.truncate(NEWEST_MOST);
        }
        newest.sort_unstable_by(order);
        Self { entries: entries.into(), hashes, newest: newest.into(), changed }
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> Option<&Arc<Entry>> {
        let place = self.entries.binary_search_by(|entry| (*entry.file).cmp(name)).ok()?;
        self.entries.get(place)
    }

    /// The file of a torrent.
    pub fn torrent(&self, hash: InfoHash) -> Option<&Arc<Entry>> {
        self.hashes.get(&hash)
    }

    /// All, in the order of their files' names.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// The newest, up to [`NEWEST_MOST`], the very newest first, none of a torrent that another stands for.
    pub fn newest(&self) -> &[Arc<Entry>] {
        &self.newest
    }

    /// When the last of them came, went or was changed, in seconds since 1970.
    pub fn changed(&self) -> i64 {
        self.changed
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
pub(in crate::tracker) mod tests;
