//! `announce` and `announce-list` (BEP 3, BEP 12): one set of trackers that is written twice, for
//! old clients and for all others.
//!
//! `announce` is not made to agree with a list that it never agreed with; it is written anew only
//! where it goes or is missing.

use super::list::{Item, items, joined, replace as replaced, untouched};
use super::{EditError, Found, Pattern, Replacement};
use crate::bencode::{Draft, Path, PathError, Value};
use crate::torrent::announce_url;
use crate::torrent::metainfo::MAX_ADDRESSES;
use std::collections::HashSet;

const LIST: &str = "announce-list";

/// The trackers as they stand.
struct Trackers {
    announce: Option<Item>,
    /// `None` where there is no list at all.
    tiers: Option<Vec<Tier>>,
}

/// An element of `announce-list`.
#[derive(Clone)]
enum Tier {
    Urls(Vec<Item>),
    /// Not the list that BEP 12 wants: often a URL, which then is a tier of its own.
    Bare(Item),
}

impl Tier {
    fn read(value: Value<'_>) -> Result<Self, EditError> {
        match value.list() {
            Some(urls) => items(LIST, urls, Item::url).map(Self::Urls),
            None => Ok(Self::Bare(Item::url(value))),
        }
    }

    fn items(&self) -> &[Item] {
        match self {
            Self::Urls(items) => items,
            Self::Bare(item) => std::slice::from_ref(item),
        }
    }

    /// The same with other items; `None` where that leaves nothing of what was there.
    fn with(&self, items: Vec<Item>) -> Option<Self> {
        match (self, items.as_slice()) {
            // It was empty before.
            (Self::Urls(old), []) if old.is_empty() => Some(self.clone()),
            (_, []) => None,
            (Self::Bare(_), [only]) => Some(Self::Bare(only.clone())),
            _ => Some(Self::Urls(items)),
        }
    }

    fn raw(&self) -> Vec<u8> {
        match self {
            Self::Urls(items) => joined(items),
            Self::Bare(item) => item.raw.clone(),
        }
    }
}

impl Trackers {
    fn read(draft: &Draft) -> Result<Self, EditError> {
        let tiers = draft.get(&Path::of([LIST])).and_then(|value| value.list());
        let many = || EditError::Many(LIST);
        let mut left = MAX_ADDRESSES;
        let tier = |value| {
            let tier = Tier::read(value)?;
            left = left.checked_sub(tier.items().len().max(1)).ok_or_else(many)?;
            Ok(tier)
        };
        Ok(Self {
            announce: draft.get(&Path::of(["announce"])).map(Item::url),
            tiers: tiers
                .map(|tiers| tiers.map(tier).collect::<Result<_, EditError>>())
                .transpose()?,
        })
    }

    /// All items of the list.
    fn listed(&self) -> impl Iterator<Item = &Item> {
        self.tiers.iter().flatten().flat_map(Tier::items)
    }

    /// The first URL of the list.
    fn first(&self) -> Option<Item> {
        self.listed().find(|item| item.text.is_some()).cloned()
    }

    /// Writes what differs from the draft.
    fn store(self, draft: &mut Draft) -> Result<(), PathError> {
        let list = self.tiers.as_deref().map(|tiers| {
            let items: Vec<_> =
                tiers.iter().map(|tier| Item { raw: tier.raw(), text: None }).collect();
            joined(&items)
        });
        for (key, new) in
            [("announce", self.announce.map(|item| item.raw)), ("announce-list", list)]
        {
            let path = Path::of([key]);
            match (draft.get(&path).map(Value::raw), new.as_deref()) {
                (Some(old), Some(new)) if old == new => {}
                // A list that has become empty goes.
                (Some(_), None | Some(b"le")) => drop(draft.remove(&path)?),
                (_, Some(new)) => draft.set(&path, new)?,
                (None, None) => {}
            }
        }
        Ok(())
    }
}

pub(super) fn remove(draft: &mut Draft, pattern: &Pattern) -> Result<Found, EditError> {
    let mut trackers = Trackers::read(draft)?;
    let meant = |item: &Item| item.text.as_deref().is_some_and(|url| pattern.matches(url));
    let announce = trackers.announce.as_ref().is_some_and(meant);
    if !announce && !trackers.listed().any(meant) {
        return Ok(Found::Nothing);
    }
    let without = |tier: &Tier| {
        let left = tier.items().iter().filter(|item| !meant(item)).cloned();
        tier.with(left.collect())
    };
    trackers.tiers = trackers.tiers.map(|tiers| tiers.iter().filter_map(without).collect());
    if announce {
        trackers.announce = trackers.first();
    }
    trackers.store(draft)?;
    Ok(Found::Yes)
}

pub(super) fn replace(draft: &mut Draft, replacement: &Replacement) -> Result<Found, EditError> {
    let mut trackers = Trackers::read(draft)?;
    let check = |url: &str| announce_url::check(url).map_err(|why| why.to_string());
    let mut known = untouched(trackers.listed(), replacement);
    let mut found = false;
    if let Some(tiers) = &mut trackers.tiers {
        let mut kept = Vec::with_capacity(tiers.len());
        for tier in &*tiers {
            let (items, meant) = replaced(tier.items(), replacement, check, &mut known)?;
            found |= meant;
            kept.extend(tier.with(items));
        }
        *tiers = kept;
    }
    if let Some(announce) = trackers.announce.take() {
        let (items, meant) = replaced(&[announce], replacement, check, &mut HashSet::new())?;
        found |= meant;
        trackers.announce = items.into_iter().next();
    }
    trackers.store(draft)?;
    Ok(found.into())
}

pub(super) fn add(
    draft: &mut Draft,
    urls: &[String],
    tier: Option<usize>,
) -> Result<Found, EditError> {
    let mut trackers = Trackers::read(draft)?;
    // A list without a URL does not count (BEP 12), so `announce` does.
    let mut tiers = match trackers.first() {
        Some(_) => trackers.tiers.take().unwrap_or_default(),
        None => {
            let announce = trackers.announce.clone().filter(|item| item.text.is_some());
            announce.map(|item| Tier::Urls(vec![item])).into_iter().collect()
        }
    };
    let known = |url: &String| tiers.iter().flat_map(Tier::items).any(|item| item.is(url));
    let new: Vec<Item> = urls.iter().filter(|url| !known(url)).map(|url| Item::new(url)).collect();
    if new.is_empty() {
        return Ok(Found::Yes);
    }
    let joined = tier.and_then(|tier| tiers.get_mut(tier.checked_sub(1)?));
    match joined {
        Some(tier) => *tier = Tier::Urls([tier.items(), &new].concat()),
        None => tiers.push(Tier::Urls(new)),
    }
    let alone = tiers.iter().flat_map(Tier::items).count() == 1;
    let had_list = draft.get(&Path::of(["announce-list"])).is_some();
    trackers.tiers = Some(tiers);
    if trackers.announce.as_ref().is_none_or(|item| item.text.is_none()) {
        trackers.announce = trackers.first();
    }
    if alone && !had_list {
        // One tracker needs no list.
        trackers.tiers = None;
    }
    trackers.store(draft)?;
    Ok(Found::Yes)
}
