//! What an operator should know, said at most once a second a kind: a flood must not become a
//! flood of lines. The first of a kind is said, and the last, which is how things stand.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::{Mutex, PoisonError};

/// Warnings that wait to be said.
#[derive(Default, Debug)]
pub(super) struct Diagnostics(Mutex<BTreeMap<&'static str, Waiting>>);

/// Those of one kind.
#[derive(Debug)]
struct Waiting {
    first: String,
    /// The last of them; that of the only one is the first.
    last: String,
    /// How many came after the first.
    more: u64,
    /// Whether one of these is not as the first.
    differs: bool,
}

impl Waiting {
    fn lines(self) -> impl Iterator<Item = String> {
        let Self { first, last, more, differs } = self;
        let (first, last) = match (more, differs) {
            (0, _) => (first, None),
            (more, false) => (format!("{first} (and {more} more like it)"), None),
            (1, true) => (first, Some(last)),
            (more, true) => (first, Some(format!("{last} (after {} more)", more - 1))),
        };
        std::iter::once(first).chain(last)
    }
}

impl Diagnostics {
    /// Notes a warning. Those of the same kind within a second become one line, with their number,
    /// where all are alike; else two, the first of them and the last, with the number of those between.
    pub(super) fn warn(&self, kind: &'static str, words: impl Display) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = waiting.get_mut(kind) else {
            let (first, last) = (words.to_string(), String::new());
            waiting.insert(kind, Waiting { first, last, more: 0, differs: false });
            return;
        };
        known.more += 1;
        known.last.clear();
        // Writing to memory cannot fail.
        let _ = write!(known.last, "{words}");
        known.differs |= known.last != known.first;
    }

    /// What is to be said now. To be called once a second.
    pub(super) fn take(&self) -> Vec<String> {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_values().flat_map(Waiting::lines).collect()
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
        diagnostics.warn("a", "one");
        diagnostics.warn("a", "one");
        assert_eq!(diagnostics.take(), ["one (and 2 more like it)", "two"]);
        assert!(diagnostics.take().is_empty());
        diagnostics.warn("a", "five");
        assert_eq!(diagnostics.take(), ["five"]);
    }

    #[test]
    fn the_last_of_a_kind_is_said_too() {
        let diagnostics = Diagnostics::default();
        let said = |all: &[&str]| {
            all.iter().for_each(|words| diagnostics.warn("lists", words));
            diagnostics.take()
        };
        assert_eq!(said(&["bad", "good"]), ["bad", "good"]);
        assert_eq!(said(&["good", "bad"]), ["good", "bad"]);
        assert_eq!(said(&["bad", "worse", "good"]), ["bad", "good (after 1 more)"]);
        assert_eq!(said(&["bad", "good", "bad"]), ["bad", "bad (after 1 more)"]);
    }
}
