//! Changes of metainfo that leave all that they do not name byte for byte as it was.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod difference;
mod list;
mod pattern;
mod trackers;

#[cfg(test)]
mod tests;

pub use difference::{Difference, differences};
pub use pattern::{Pattern, PatternError, Replacement};

use crate::bencode::{Draft, Path, PathError, Writer};
use list::List;

/// One change of metainfo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// No tracker at all.
    ClearTrackers,
    /// Without the trackers that match.
    RemoveTracker(Pattern),
    /// With other URLs for the trackers that match.
    ReplaceTracker(Replacement),
    /// With these trackers too, where they are not there already.
    AddTrackers {
        /// They share a tier (BEP 12).
        urls: Vec<String>,
        /// The tier that they join, from 1; one of their own behind the others where there is none.
        tier: Option<usize>,
    },
    /// Without the servers that match.
    RemoveSeed(Seeds, Pattern),
    /// With other URLs for the servers that match.
    ReplaceSeed(Seeds, Replacement),
    /// With this server too.
    AddSeed(Seeds, String),
    /// Without the nodes of the DHT that match, seen as `host:port` (BEP 5).
    RemoveNode(Pattern),
    /// With this node too.
    AddNode(String, u16),
    /// With this text, or without any.
    Text(Text, Option<String>),
    /// With this creation date, in seconds since 1970, or without one.
    Date(Option<i64>),
    /// For peers of its own trackers alone, or for all (BEP 27).
    Private(bool),
    /// Without the entry at this path.
    Unset(Path),
    /// With this value, canonical bencode, at this path.
    Set(Path, Vec<u8>),
}

/// Servers that have the files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seeds {
    /// `url-list` (BEP 19).
    Web,
    /// `httpseeds` (BEP 17).
    Http,
}

/// Text for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Text {
    /// `comment`
    Comment,
    /// `created by`
    CreatedBy,
    /// `source`, inside `info`.
    Source,
}

/// Why a change can't be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EditError {
    /// There is no such place.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A list of addresses that nobody made in earnest.
    #[error("{0}: more than {max} addresses", max = crate::torrent::metainfo::MAX_ADDRESSES)]
    Many(&'static str),
    /// A replacement makes something that is no address.
    #[error("{url:?} would become {new:?}: {why}")]
    Url {
        /// What is there.
        url: String,
        /// What it would become.
        new: String,
        /// What is wrong with that.
        why: String,
    },
}

/// Whether something was there that the change names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// The document is as it was told to be.
    Yes,
    /// There was nothing to remove or replace.
    Nothing,
}

impl From<bool> for Found {
    fn from(found: bool) -> Self {
        if found { Self::Yes } else { Self::Nothing }
    }
}

impl Change {
    /// Makes the change. What is as wanted already is not touched.
    ///
    /// # Errors
    /// The document has no place for it, or a replaced URL would be none; the draft is as it was
    /// then.
    pub fn make(&self, draft: &mut Draft) -> Result<Found, EditError> {
        match self {
            Self::ClearTrackers => {
                draft.remove(&Path::of(["announce"]))?;
                draft.remove(&Path::of(["announce-list"]))?;
                Ok(Found::Yes)
            }
            Self::RemoveTracker(pattern) => trackers::remove(draft, pattern),
            Self::ReplaceTracker(replacement) => trackers::replace(draft, replacement),
            Self::AddTrackers { urls, tier } => trackers::add(draft, urls, *tier),
            Self::RemoveSeed(seeds, pattern) => {
                let mut list = List::read(draft, seeds.key())?;
                let found = list.retain(|url| !pattern.matches(url));
                list.store(draft)?;
                Ok(found.into())
            }
            Self::ReplaceSeed(seeds, replacement) => {
                let mut list = List::read(draft, seeds.key())?;
                let found = list.replace(replacement, seed_url)?;
                list.store(draft)?;
                Ok(found.into())
            }
            Self::AddSeed(seeds, url) => {
                let mut list = List::read(draft, seeds.key())?;
                // BEP 19 takes a lone URL, BEP 17 wants a list.
                list.add(url, *seeds == Seeds::Web);
                list.store(draft)?;
                Ok(Found::Yes)
            }
            Self::RemoveNode(pattern) => {
                let mut list = List::read_nodes(draft)?;
                let found = list.retain(|node| !pattern.matches(node));
                list.store(draft)?;
                Ok(found.into())
            }
            Self::AddNode(host, port) => {
                let mut list = List::read_nodes(draft)?;
                list.add_node(host, *port);
                list.store(draft)?;
                Ok(Found::Yes)
            }
            Self::Text(key, text) => {
                key.store(draft, text.as_deref())?;
                Ok(Found::Yes)
            }
            Self::Date(date) => {
                let path = Path::of(["creation date"]);
                match date {
                    Some(date) => draft.set(&path, &value(|writer| writer.int(*date)))?,
                    None => drop(draft.remove(&path)?),
                }
                Ok(Found::Yes)
            }
            Self::Private(wanted) => {
                let path = Path::of(["info", "private"]);
                let is = draft.get(&path).and_then(|value| value.int()) == Some(1);
                match (*wanted, is) {
                    (true, false) => draft.set(&path, b"i1e")?,
                    (false, true) => drop(draft.remove(&path)?),
                    _ => {}
                }
                Ok(Found::Yes)
            }
            Self::Unset(path) => Ok(draft.remove(path)?.into()),
            Self::Set(path, value) => {
                draft.set(path, value)?;
                Ok(Found::Yes)
            }
        }
    }
}

impl Seeds {
    fn key(self) -> &'static str {
        match self {
            Self::Web => "url-list",
            Self::Http => "httpseeds",
        }
    }
}

impl Text {
    fn path(self, suffix: &str) -> Path {
        match self {
            Self::Comment => Path::of([format!("comment{suffix}")]),
            Self::CreatedBy => Path::of([format!("created by{suffix}")]),
            Self::Source => Path::of(["info".to_owned(), format!("source{suffix}")]),
        }
    }

    /// Readers prefer `KEY.utf-8`, so it must not go on to say something else.
    fn store(self, draft: &mut Draft, text: Option<&str>) -> Result<(), PathError> {
        let (plain, utf8) = (self.path(""), self.path(".utf-8"));
        let Some(text) = text else {
            draft.remove(&plain)?;
            draft.remove(&utf8)?;
            return Ok(());
        };
        let text = value(|writer| writer.bytes(text));
        if draft.get(&utf8).is_some() {
            draft.set(&utf8, &text)?;
        }
        draft.set(&plain, &text)
    }
}

fn value(write: impl FnOnce(&mut Writer) -> &mut Writer) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.into_bytes()
}

/// Whether files can be had at this address: `http`, `https` or `ftp`.
///
/// # Errors
/// What is wrong with it.
pub fn seed_url(url: &str) -> Result<(), String> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let known = ["http", "https", "ftp"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    match rest.split(['/', '?', '#']).next() {
        _ if !known => Err("a web seed begins with http://, https:// or ftp://".into()),
        None | Some("") => Err("a web seed without a host".into()),
        Some(_) if url.contains(|c: char| c.is_control() || c == ' ') => {
            Err("a web seed with a character that must be percent-encoded".into())
        }
        Some(_) => Ok(()),
    }
}
