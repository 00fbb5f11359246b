//! What differs between two documents, key by key.

use crate::bencode::{Path, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A key that two documents do not agree on.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    /// Where.
    pub path: Path,
    /// What the first one has there.
    pub old: Option<Value<'a>>,
    /// What the second one has there.
    pub new: Option<Value<'a>>,
}

/// The keys whose values differ, in the order of their bytes. Dictionaries are compared entry by
/// entry, all else as a whole; of a double key the first counts.
pub fn differences<'a>(old: Value<'a>, new: Value<'a>) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    let mut open = vec![(Path::default(), Some(old), Some(new))];
    while let Some((path, old, new)) = open.pop() {
        let dict = |value: Option<Value<'a>>| value.filter(|value| value.dict().is_some());
        let (Some(before), Some(after)) = (dict(old), dict(new)) else {
            if !same(old, new) {
                found.push(Difference { path, old, new });
            }
            continue;
        };
        let entries = match is_sorted(before) && is_sorted(after) {
            true => merged(before, after),
            false => mapped(before, after),
        };
        // The last one that is pushed comes out first.
        let entries = entries.into_iter().rev();
        open.extend(entries.map(|(key, old, new)| (path.join(key), old, new)));
    }
    found
}

/// A key, and what two dictionaries have under it.
type Entry<'a> = (&'a [u8], Option<Value<'a>>, Option<Value<'a>>);

fn same(old: Option<Value<'_>>, new: Option<Value<'_>>) -> bool {
    old.map(Value::raw) == new.map(Value::raw)
}

fn is_sorted(dict: Value<'_>) -> bool {
    dict.dict().is_some_and(|entries| entries.map(|(key, _)| key).is_sorted_by(|a, b| a < b))
}

/// The entries that differ, of dictionaries as they should be: nothing is kept of the others,
/// however many there are.
fn merged<'a>(before: Value<'a>, after: Value<'a>) -> Vec<Entry<'a>> {
    let mut before = before.dict().into_iter().flatten().peekable();
    let mut after = after.dict().into_iter().flatten().peekable();
    let mut entries = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return entries,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        let old = if order.is_le() { before.next() } else { None };
        let new = if order.is_ge() { after.next() } else { None };
        let Some((key, _)) = old.or(new) else { return entries };
        let (old, new) = (old.map(|(_, value)| value), new.map(|(_, value)| value));
        if !same(old, new) {
            entries.push((key, old, new));
        }
    }
}

/// The entries that differ, in whatever order they are.
fn mapped<'a>(before: Value<'a>, after: Value<'a>) -> Vec<Entry<'a>> {
    let mut keys: BTreeMap<&[u8], (Option<Value<'_>>, Option<Value<'_>>)> = BTreeMap::new();
    for (key, value) in before.dict().into_iter().flatten() {
        keys.entry(key).or_default().0.get_or_insert(value);
    }
    for (key, value) in after.dict().into_iter().flatten() {
        keys.entry(key).or_default().1.get_or_insert(value);
    }
    let entries = keys.into_iter().map(|(key, (old, new))| (key, old, new));
    entries.filter(|(_, old, new)| !same(*old, *new)).collect()
}
