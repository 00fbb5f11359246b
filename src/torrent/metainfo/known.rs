//! The entries of `info`, and of what is around it.

use crate::bencode::{Outline, Value};

/// The entries of a dictionary that mean something, found in one walk however many others there
/// are. Of a double key the first counts.
pub(super) struct Known<'a, const N: usize> {
    keys: &'static [&'static str; N],
    values: [Option<Value<'a>>; N],
}

impl<'a, const N: usize> Known<'a, N> {
    /// `None` where it is no dictionary.
    pub(super) fn of(
        dict: Value<'a>,
        outline: &Outline,
        keys: &'static [&'static str; N],
    ) -> Option<Self> {
        let mut values = [None; N];
        for (key, value) in outline.dict(dict)? {
            let known = keys.iter().position(|known| known.as_bytes() == key);
            if let Some(place) = known.and_then(|known| values.get_mut(known)) {
                place.get_or_insert(value);
            }
        }
        Some(Self { keys, values })
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<Value<'a>> {
        let known = self.keys.iter().position(|known| known.as_bytes() == key)?;
        *self.values.get(known)?
    }
}
