//! `url-list`, `httpseeds` and `nodes`: lists of entries that are told apart by their text.

use super::{EditError, Replacement};
use crate::bencode::{Draft, Kind, Path, PathError, Value, Writer};
use crate::torrent::metainfo::MAX_ADDRESSES;
use std::collections::HashSet;

/// An element as found, and the text by which it is meant.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) raw: Vec<u8>,
    /// `None` for what is none of these at all, which stays.
    pub(super) text: Option<String>,
}

impl Item {
    /// A URL, without the spaces around it.
    pub(super) fn url(value: Value<'_>) -> Self {
        let text = value.str().map(|text| text.trim().to_owned());
        Self { raw: value.raw().to_vec(), text: text.filter(|text| !text.is_empty()) }
    }

    pub(super) fn new(url: &str) -> Self {
        let mut writer = Writer::new();
        writer.bytes(url);
        Self { raw: writer.into_bytes(), text: Some(url.to_owned()) }
    }

    /// A node of the DHT, as `host:port`.
    fn node(value: Value<'_>) -> Self {
        let text = || {
            let mut pair = value.list()?;
            let (host, port) = (pair.next()?.str()?.to_owned(), pair.next()?.uint()?);
            Some(format!("{host}:{port}"))
        };
        Self { raw: value.raw().to_vec(), text: text() }
    }

    pub(super) fn is(&self, url: &str) -> bool {
        self.text.as_deref() == Some(url)
    }
}

/// What a key holds.
pub(super) struct List {
    path: Path,
    items: Vec<Item>,
    /// One element that stands by itself.
    alone: bool,
    /// Whether the key must be written anew.
    changed: bool,
}

impl List {
    /// The URLs under a key of the document.
    pub(super) fn read(draft: &Draft, key: &'static str) -> Result<Self, EditError> {
        let path = Path::of([key]);
        let value = draft.get(&path);
        let alone = value.is_some_and(|value| value.kind() == Kind::Bytes);
        let items = match value {
            // Several programs write an empty text where they mean none.
            Some(value) if alone => {
                Some(Item::url(value)).filter(|item| item.text.is_some()).into_iter().collect()
            }
            Some(value) => items(key, value.list().into_iter().flatten(), Item::url)?,
            None => Vec::new(),
        };
        Ok(Self { path, items, alone, changed: false })
    }

    /// The nodes of the DHT.
    pub(super) fn read_nodes(draft: &Draft) -> Result<Self, EditError> {
        let path = Path::of(["nodes"]);
        let list = draft.get(&path).and_then(|value| value.list());
        let items = items("nodes", list.into_iter().flatten(), Item::node)?;
        Ok(Self { path, items, alone: false, changed: false })
    }

    /// Keeps those alone; tells whether others were there.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) -> bool {
        let before = self.items.len();
        self.items.retain(|item| item.text.as_deref().is_none_or(&keep));
        let found = self.items.len() < before;
        self.changed |= found;
        found
    }

    /// Puts others in their places; tells whether one was meant.
    pub(super) fn replace(
        &mut self,
        replacement: &Replacement,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<bool, EditError> {
        let mut known = untouched(self.items.iter(), replacement);
        let (items, found) = replace(&self.items, replacement, check, &mut known)?;
        self.changed |= items.iter().map(|item| &item.raw).ne(self.items.iter().map(|i| &i.raw));
        self.items = items;
        Ok(found)
    }

    /// Adds a URL that is not there; the first one may stand alone.
    pub(super) fn add(&mut self, url: &str, may_stand_alone: bool) {
        if self.items.iter().all(|item| !item.is(url)) {
            self.alone = may_stand_alone && self.items.is_empty();
            self.items.push(Item::new(url));
            self.changed = true;
        }
    }

    /// Adds a node that is not there.
    pub(super) fn add_node(&mut self, host: &str, port: u16) {
        let text = format!("{host}:{port}");
        if self.items.iter().all(|item| !item.is(&text)) {
            let mut writer = Writer::new();
            writer.list(|pair| {
                pair.bytes(host).int(port);
            });
            self.items.push(Item { raw: writer.into_bytes(), text: Some(text) });
            self.changed = true;
        }
    }

    /// Writes what has changed; a key with nothing in it goes.
    pub(super) fn store(self, draft: &mut Draft) -> Result<(), PathError> {
        match self.items.as_slice() {
            _ if !self.changed => Ok(()),
            [] => draft.remove(&self.path).map(drop),
            [only] if self.alone => draft.set(&self.path, &only.raw),
            items => draft.set(&self.path, &joined(items)),
        }
    }
}

/// The elements of a list, each of which takes many times its own bytes.
pub(super) fn items<'a, T>(
    key: &'static str,
    values: impl Iterator<Item = Value<'a>>,
    item: impl Fn(Value<'a>) -> T,
) -> Result<Vec<T>, EditError> {
    let items: Vec<T> = values.take(MAX_ADDRESSES.saturating_add(1)).map(item).collect();
    match items.len() > MAX_ADDRESSES {
        true => Err(EditError::Many(key)),
        false => Ok(items),
    }
}

/// The elements with others in the places of those that are meant, and whether there are such.
/// What is `known` is not put there again, and what is put there is known.
pub(super) fn replace(
    items: &[Item],
    replacement: &Replacement,
    check: impl Fn(&str) -> Result<(), String>,
    known: &mut HashSet<String>,
) -> Result<(Vec<Item>, bool), EditError> {
    let (mut kept, mut found) = (Vec::with_capacity(items.len()), false);
    for item in items {
        let Some(url) = &item.text else {
            kept.push(item.clone());
            continue;
        };
        let new = replacement.apply(url);
        found |= new.is_some();
        match new.filter(|new| new != url) {
            None => kept.push(item.clone()),
            Some(new) if known.contains(&new) => {}
            Some(new) => {
                if let Err(why) = check(&new) {
                    return Err(EditError::Url { url: url.clone(), new, why });
                }
                kept.push(Item::new(&new));
                known.insert(new);
            }
        }
    }
    Ok((kept, found))
}

/// The texts that a replacement leaves as they are.
pub(super) fn untouched<'a>(
    items: impl Iterator<Item = &'a Item>,
    replacement: &Replacement,
) -> HashSet<String> {
    let texts = items.filter_map(|item| item.text.as_ref());
    texts.filter(|text| replacement.apply(text).is_none_or(|new| new == **text)).cloned().collect()
}

/// A list of the elements as found.
pub(super) fn joined(items: &[Item]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.list(|list| {
        for item in items {
            list.raw(&item.raw);
        }
    });
    writer.into_bytes()
}
