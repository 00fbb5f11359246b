//! What an operator should know, said at most once a second a kind: a flood must not become a
//! flood of lines.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

/// Warnings that wait to be said.
#[derive(Default, Debug)]
pub(super) struct Diagnostics(Mutex<BTreeMap<&'static str, (String, u64)>>);

impl Diagnostics {
    /// Notes a warning. Those of the same kind within a second become one line: the first, with
    /// the number of the others.
    pub(super) fn warn(&self, kind: &'static str, words: impl Display) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, count) = waiting.entry(kind).or_insert_with(|| (words.to_string(), 0));
        *count += 1;
    }

    /// What is to be said now. To be called once a second.
    pub(super) fn take(&self) -> Vec<String> {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let line = |(words, count): (String, u64)| match count {
            1 => words,
            more => format!("{words} (and {} more like it)", more - 1),
        };
        waiting.into_values().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_kind_with_the_number_of_the_others() {
        let diagnostics = Diagnostics::default();
        diagnostics.warn("a", "one");
        diagnostics.warn("b", "two");
        diagnostics.warn("a", "three");
        diagnostics.warn("a", "four");
        assert_eq!(diagnostics.take(), ["one (and 2 more like it)", "two"]);
        assert!(diagnostics.take().is_empty());
        diagnostics.warn("a", "five");
        assert_eq!(diagnostics.take(), ["five"]);
    }
}
