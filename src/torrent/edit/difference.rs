//! What differs between two documents, key by key.

use crate::bencode::{Path, Value};
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
        if old.map(Value::raw) == new.map(Value::raw) {
            continue;
        }
        let entries = |value: Option<Value<'a>>| value.and_then(|value| value.dict());
        let (Some(before), Some(after)) = (entries(old), entries(new)) else {
            found.push(Difference { path, old, new });
            continue;
        };
        let mut keys: BTreeMap<&[u8], (Option<Value<'_>>, Option<Value<'_>>)> = BTreeMap::new();
        for (key, value) in before {
            keys.entry(key).or_default().0.get_or_insert(value);
        }
        for (key, value) in after {
            keys.entry(key).or_default().1.get_or_insert(value);
        }
        // The last one that is pushed comes out first.
        let keys = keys.into_iter().rev();
        open.extend(keys.map(|(key, (old, new))| (path.join(key), old, new)));
    }
    found
}
