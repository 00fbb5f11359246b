//! Where the long values near the top of a document end, so that nobody has to pass over each of their
//! tokens to come to the next key.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::Value;
use super::lexer::{Judged, Lexer, Token};
use super::value::next_value;

/// The shortest value that is noted, in bytes. So a document has a few notes, or one for each
/// thousandth of its bytes.
const LONG: usize = 4096;

/// How deep values are noted: those of the outermost list or dictionary, and those inside of these.
const LEVELS: usize = 2;

/// The lists and dictionaries that are long, noted while a document was judged.
#[derive(Clone, Default, Debug)]
pub struct Outline {
    /// Where each begins and ends, in order of where they begin once the document is at its end.
    long: Vec<(usize, usize)>,
    /// Where those begin that are open, outermost first.
    open: [usize; LEVELS],
}

impl Outline {
    /// A list or dictionary begins at `offset`, inside so many others.
    pub(super) fn begin(&mut self, depth: usize, offset: usize) {
        if let Some(open) = depth.checked_sub(1).and_then(|level| self.open.get_mut(level)) {
            *open = offset;
        }
    }

    /// The one that began last at this depth ends in front of `offset`.
    pub(super) fn end(&mut self, depth: usize, offset: usize) {
        let level = depth.checked_sub(1);
        if let Some(&start) = level.and_then(|level| self.open.get(level))
            && offset.saturating_sub(start) >= LONG
        {
            self.long.push((start, offset));
        }
    }

    /// The document is at its end.
    pub(super) fn close(mut self) -> Self {
        self.long.sort_unstable();
        self
    }

    /// [`Value::dict`] of a value of this document.
    pub fn dict<'a>(
        &self,
        value: Value<'a>,
    ) -> Option<impl Iterator<Item = (&'a [u8], Value<'a>)>> {
        let mut lexer = value.dict()?.into_lexer();
        Some(std::iter::from_fn(move || match lexer.next(&mut Judged) {
            Ok(Token::Bytes(key)) => Some((key, self.value(&mut lexer)?)),
            _ => None,
        }))
    }

    fn value<'a>(&self, lexer: &mut Lexer<'a>) -> Option<Value<'a>> {
        let start = lexer.offset();
        let noted = match lexer.rest().first() {
            Some(b'l' | b'd') => self.long.binary_search_by_key(&start, |(start, _)| *start).ok(),
            _ => None,
        };
        match noted.and_then(|noted| self.long.get(noted)) {
            Some((_, end)) => Some(Value::judged(lexer.pass(end.saturating_sub(start))?, start)),
            None => next_value(lexer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use proptest::prelude::*;

    /// A value of any depth, now and then a long one.
    fn value() -> impl Strategy<Value = String> {
        let text = prop_oneof![4 => 0..20usize, 1 => 4000..5000usize];
        let leaf = prop_oneof![
            text.prop_map(|length| format!("{length}:{}", "x".repeat(length))),
            Just("i7e".to_owned()),
        ];
        leaf.prop_recursive(4, 40, 4, |inner| {
            let inner = proptest::collection::vec(inner, 0..4);
            let dict = |values: Vec<String>| {
                let keyed = values.iter().zip('a'..).map(|(value, key)| format!("1:{key}{value}"));
                format!("d{}e", keyed.collect::<String>())
            };
            prop_oneof![
                inner.clone().prop_map(|values| format!("l{}e", values.concat())),
                inner.prop_map(dict),
            ]
        })
    }

    proptest! {
        #[test]
        fn entries_are_the_same_with_and_without(values in proptest::collection::vec(value(), 0..4)) {
            let keyed = values.iter().zip('a'..).map(|(value, key)| format!("1:{key}{value}"));
            let document = format!("d{}e", keyed.collect::<String>());
            let (root, outline, _) = Limits::default().parse_outlined(document.as_bytes()).unwrap();
            let mut left = vec![root];
            while let Some(value) = left.pop() {
                let told = outline.dict(value).map(|entries| {
                    entries.map(|(key, value)| (key, value.raw(), value.offset())).collect::<Vec<_>>()
                });
                let walked = value.dict().map(|entries| {
                    entries.map(|(key, value)| (key, value.raw(), value.offset())).collect::<Vec<_>>()
                });
                prop_assert_eq!(told, walked);
                left.extend(value.dict().into_iter().flatten().map(|(_, value)| value));
                left.extend(value.list().into_iter().flatten());
            }
            prop_assert!(outline.long.iter().all(|(start, end)| start + super::LONG <= *end));
            prop_assert!(values.iter().all(|value| !value.starts_with(['l', 'd'])
                || value.len() < super::LONG || !outline.long.is_empty()));
        }
    }
}
