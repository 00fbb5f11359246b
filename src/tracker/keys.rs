//! The passkeys of a private tracker: who may announce at `/KEY/announce`, and what was told with
//! each key.
//!
//! A key is a secret of its user: no line of a log and no error shows one whole.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod list;
mod past;

pub use self::list::{Line, parse};

use self::past::Past;
use super::announce::{Announce, Event};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The shortest key, and the longest.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;
/// What stands for a key where people and programs read.
const MASK: &str = "\u{2026}";

/// What a path of a tracker leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// `/announce`
    Announce,
    /// `/scrape`
    Scrape,
}

/// What a path asks for, and the key in it: `/announce`, `/scrape`, `/KEY/announce`, `/KEY/scrape`.
pub fn of_path(path: &[u8]) -> Option<(Endpoint, Option<&[u8]>)> {
    let rest = path.strip_prefix(b"/")?;
    let (key, last) = match rest.iter().position(|&byte| byte == b'/') {
        Some(at) => {
            let (key, last) = rest.split_at_checked(at)?;
            (Some(key), last.strip_prefix(b"/")?)
        }
        None => (None, rest),
    };
    let endpoint = match last {
        b"announce" => Endpoint::Announce,
        b"scrape" => Endpoint::Scrape,
        _ => return None,
    };
    Some((endpoint, key))
}

/// The key in the path of a WebSocket, of which a tracker has one at `/`, `/announce`, `/KEY` and
/// `/KEY/announce`; `None`: the path is another.
pub fn of_websocket_path(path: &[u8]) -> Option<Option<&[u8]>> {
    match path.strip_prefix(b"/")? {
        b"" => Some(None),
        key if !key.contains(&b'/') => Some(Some(key).filter(|key| *key != b"announce")),
        _ => of_path(path)
            .filter(|(endpoint, _)| *endpoint == Endpoint::Announce)
            .map(|(_, key)| key),
    }
}

/// The same as [`mask`] for a WebSocket, where a key may stand alone.
pub fn mask_websocket(target: &str) -> Cow<'_, str> {
    let (path, query) = match target.find('?') {
        Some(at) => target.split_at(at),
        None => (target, ""),
    };
    match path.strip_prefix('/') {
        Some(key) if is_key(key.as_bytes()) && key != "announce" => {
            Cow::Owned(format!("/{MASK}{query}"))
        }
        _ => mask(target),
    }
}

/// The target of a request without the keys in it: `/…/announce?left=0`. Whatever stands before
/// `/announce` or `/scrape` is taken for a key, good or not, as are words that look like one at the
/// start of a path that leads nowhere.
pub fn mask(target: &str) -> Cow<'_, str> {
    let (path, query) = match target.find('?') {
        Some(at) => target.split_at(at),
        None => (target, ""),
    };
    if matches!(path, "/announce" | "/scrape") {
        return Cow::Borrowed(target);
    }
    let end = ["/announce", "/scrape"].iter().filter_map(|word| path.rfind(word)).max();
    if let Some((_, after)) = end.filter(|at| *at > 0).and_then(|at| path.split_at_checked(at)) {
        return Cow::Owned(format!("/{MASK}{after}{query}"));
    }
    let (first, after) = match path.strip_prefix('/').map(|rest| (rest, rest.find('/'))) {
        Some((rest, Some(at))) => rest.split_at(at),
        Some((rest, None)) => (rest, ""),
        None => return Cow::Borrowed(target),
    };
    // A whole info-hash is no secret; pages have such names.
    if is_key(first.as_bytes()) && first.len() >= 16 && first.len() != 40 {
        return Cow::Owned(format!("/{MASK}{after}{query}"));
    }
    Cow::Borrowed(target)
}

/// What a tracker shows at a path of one word.
const PAGES: [&str; 9] = [
    "announce",
    "scrape",
    "stats",
    "stats.json",
    "index.html",
    "feed.xml",
    "feed.rss",
    "metrics",
    "healthz",
];

/// The same as [`mask`] for a tracker that has keys: each part of a path that could be a key or have
/// one in it is hidden, but for the words that pages are asked for by; and each key wherever else it
/// stands, as in `?passkey=KEY`: see [`mask_known`].
pub fn mask_all<'a>(target: &'a str, keys: &Keys) -> Cow<'a, str> {
    match mask_path(target) {
        Cow::Borrowed(target) => mask_known(target, keys),
        Cow::Owned(target) => match mask_known(&target, keys) {
            Cow::Owned(target) => Cow::Owned(target),
            Cow::Borrowed(_) => Cow::Owned(target),
        },
    }
}

/// A text without the words in it that are keys, or were, percent-encoded or not. A word goes as far
/// as there are characters that a key can have.
pub fn mask_known<'a>(text: &'a str, keys: &Keys) -> Cow<'a, str> {
    let (mut out, mut copied) = (String::new(), 0);
    let mut word = [0; *LENGTHS.end()];
    let (mut from, mut length, mut at) = (0, 0usize, 0usize);
    loop {
        let (byte, width) = character(text.as_bytes().get(at..).unwrap_or_default());
        if let Some(byte) = byte.filter(|byte| is_key_byte(*byte)) {
            if length == 0 {
                from = at;
            }
            if let Some(place) = word.get_mut(length) {
                *place = byte;
            }
            length = length.saturating_add(1);
        } else {
            let known = LENGTHS.contains(&length)
                && word.get(..length).is_some_and(|word| keys.has_had(word));
            if known {
                out.push_str(text.get(copied..from).unwrap_or_default());
                out.push_str(MASK);
                copied = at;
            }
            length = 0;
        }
        if byte.is_none() {
            break;
        }
        at = at.saturating_add(width);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// The first byte of a text, decoded, and how many stand for it; none at its end.
fn character(text: &[u8]) -> (Option<u8>, usize) {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match text {
        [b'%', high, low, ..] if let (Some(high), Some(low)) = (digit(*high), digit(*low)) => {
            (Some(high << 4 | low), 3)
        }
        [first, ..] => (Some(*first), 1),
        [] => (None, 0),
    }
}

/// The paths of a tracker that has keys.
fn mask_path(target: &str) -> Cow<'_, str> {
    let (path, query) = match target.find('?') {
        Some(at) => target.split_at(at),
        None => (target, ""),
    };
    let short = |part: &str| part.len() < *LENGTHS.start();
    let shown = |part: &str| short(part) || PAGES.contains(&part);
    if path.starts_with("/torrents/") || path.split('/').all(shown) {
        return Cow::Borrowed(target);
    }
    let mut out = String::with_capacity(target.len());
    for (at, part) in path.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        out.push_str(if shown(part) { part } else { MASK });
    }
    out.push_str(query);
    Cow::Owned(out)
}

/// Whether these bytes can be a key.
fn is_key(text: &[u8]) -> bool {
    LENGTHS.contains(&text.len()) && text.iter().all(|byte| is_key_byte(*byte))
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// How long a key is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Good {
    Always,
    Until(Instant),
    NoMore,
}

/// What was told with one key, since the tracker began.
///
/// Bytes are what clients said at `stopped` of their whole session: a client that goes without it
/// is not counted, one that says it twice is counted twice, and none of it is proven.
#[derive(Debug, Default)]
pub struct Totals {
    announces: AtomicU64,
    scrapes: AtomicU64,
    completed: AtomicU64,
    uploaded: AtomicU64,
    downloaded: AtomicU64,
}

impl Totals {
    /// Counts an announce that was taken.
    pub(super) fn announced(&self, announce: &Announce) {
        self.announces.fetch_add(1, Relaxed);
        match announce.event {
            Event::Completed => {
                self.completed.fetch_add(1, Relaxed);
            }
            Event::Stopped => {
                add(&self.uploaded, announce.uploaded);
                add(&self.downloaded, announce.downloaded);
            }
            Event::Interval | Event::Started | Event::Paused => {}
        }
    }

    /// Counts a scrape.
    pub(super) fn scraped(&self) {
        self.scrapes.fetch_add(1, Relaxed);
    }
}

/// What clients say may be any number: the sum stays where it can rise no more.
fn add(sum: &AtomicU64, more: u64) {
    let _ = sum.fetch_update(Relaxed, Relaxed, |sum| Some(sum.saturating_add(more)));
}

struct Key {
    good: Good,
    name: Box<str>,
    totals: Arc<Totals>,
}

/// All keys.
#[derive(Default)]
pub struct Keys {
    /// Seeded at random, as the keys that are asked for are anybody's choice.
    keys: HashMap<Box<[u8]>, Key>,
    /// Those that an earlier list had, hashed as these are.
    past: Arc<Past>,
}

/// How many, as it may land in a log.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("len", &self.keys.len()).finish_non_exhaustive()
    }
}

impl Keys {
    /// Those of a list, where `unix` seconds are what the wall clock shows `now`; the totals of
    /// those that were there `before` go on.
    pub fn new(lines: Vec<Line>, before: Option<&Self>, now: Instant, unix: i64) -> Self {
        // What hashes names an unlabelled key, so it stays; nobody else can compute it.
        let hasher = before.map(|before| before.keys.hasher().clone()).unwrap_or_default();
        let mut keys = HashMap::with_capacity_and_hasher(lines.len(), hasher);
        for Line { key, expires, label } in lines {
            let good = match expires {
                None => Good::Always,
                Some(at) => match u64::try_from(at.saturating_sub(unix)) {
                    Ok(0) | Err(_) => Good::NoMore,
                    // Later than any clock shows.
                    Ok(left) => {
                        now.checked_add(Duration::from_secs(left)).map_or(Good::Always, Good::Until)
                    }
                },
            };
            let known = before.and_then(|before| before.keys.get(&key));
            let totals = known.map(|known| Arc::clone(&known.totals)).unwrap_or_default();
            let name = label.unwrap_or_else(|| {
                let hash = keys.hasher().hash_one(&key) >> 32;
                format!("{hash:08x}").into()
            });
            keys.insert(key, Key { good, name, totals });
        }
        let mut past = before.map(|before| Arc::clone(&before.past)).unwrap_or_default();
        let known = before.iter().flat_map(|before| before.keys.keys());
        for gone in known.filter(|key| !keys.contains_key(*key)) {
            Arc::make_mut(&mut past).add(keys.hasher().hash_one(gone));
        }
        Self { keys, past }
    }

    /// Whether it is one, good or not, or was one in an earlier list.
    fn has_had(&self, word: &[u8]) -> bool {
        self.keys.contains_key(word)
            || !self.past.is_empty() && self.past.contains(self.keys.hasher().hash_one(word))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What to count with, where this key is good now.
    pub(super) fn find(&self, now: Instant, key: &[u8]) -> Option<&Arc<Totals>> {
        let key = self.keys.get(key)?;
        match key.good {
            Good::Until(end) if now >= end => None,
            Good::NoMore => None,
            Good::Always | Good::Until(_) => Some(&key.totals),
        }
    }

    /// What was told with each, by label, or by a name of eight digits that leads back to no key and
    /// lasts until the tracker ends; keys of the same name are added up. Beyond `most` names, those that announced least are one, `other`.
    pub fn totals(&self, most: usize) -> Vec<Total> {
        let mut names = BTreeMap::<&str, Total>::new();
        for key in self.keys.values() {
            let of_key = Total::of(&key.name, &key.totals);
            names.entry(&key.name).or_insert_with(|| Total::named(&key.name)).join(&of_key);
        }
        let mut totals: Vec<Total> = names.into_values().collect();
        if totals.len() > most {
            totals.sort_by_key(|total| std::cmp::Reverse(total.announces));
            let rest = totals.split_off(most);
            let mut other = Total::named("other");
            rest.iter().for_each(|total| other.join(total));
            // Somebody may be labelled so.
            match totals.iter_mut().find(|total| total.name == other.name) {
                Some(same) => same.join(&other),
                None => totals.push(other),
            }
        }
        totals
    }
}

/// What was told with a key, or with several of one name: see [`Totals`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Total {
    /// The label, or a name that was made up; no part of the key.
    pub name: String,
    /// Announces taken.
    pub announces: u64,
    /// Scrapes taken.
    pub scrapes: u64,
    /// Announces with `completed`.
    pub completed: u64,
    /// Bytes that clients said at `stopped` to have sent.
    pub uploaded: u64,
    /// Bytes that clients said at `stopped` to have received.
    pub downloaded: u64,
}

impl Total {
    fn named(name: &str) -> Self {
        let name = name.to_owned();
        Self { name, announces: 0, scrapes: 0, completed: 0, uploaded: 0, downloaded: 0 }
    }

    fn of(name: &str, totals: &Totals) -> Self {
        Self {
            announces: totals.announces.load(Relaxed),
            scrapes: totals.scrapes.load(Relaxed),
            completed: totals.completed.load(Relaxed),
            uploaded: totals.uploaded.load(Relaxed),
            downloaded: totals.downloaded.load(Relaxed),
            ..Self::named(name)
        }
    }

    fn join(&mut self, other: &Self) {
        let sums = [
            (&mut self.announces, other.announces),
            (&mut self.scrapes, other.scrapes),
            (&mut self.completed, other.completed),
            (&mut self.uploaded, other.uploaded),
            (&mut self.downloaded, other.downloaded),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }
}

#[cfg(test)]
mod tests;
