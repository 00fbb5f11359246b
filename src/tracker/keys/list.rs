//! The file of keys: `KEY [EXPIRY] [LABEL]` a line.

use super::is_key;
use crate::tracker::access::{BadLine, lines};
use std::collections::HashSet;

/// The longest label, in bytes.
const LABEL_MOST: usize = 64;

/// A key as its line has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// 8 to 64 letters, digits, `-` and `_`.
    pub key: Box<[u8]>,
    /// From this second since 1970 on it is good no more.
    pub expires: Option<i64>,
    /// What it is called.
    pub label: Option<Box<str>>,
}

/// Without the key, as it may land in a log.
impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { expires, label, .. } = self;
        f.debug_struct("Line")
            .field("expires", expires)
            .field("label", label)
            .finish_non_exhaustive()
    }
}

/// Reads a list of keys. A date is good to its end, UTC; a time (RFC 3339) and `@` with seconds
/// since 1970 are exact. A second word that does not begin as one of these is the label, to the end
/// of the line or a `#`. One bad line makes the whole list bad; the error does not show it.
pub fn parse(text: &[u8]) -> Result<Vec<Line>, BadLine> {
    let mut keys = Vec::new();
    let mut seen = HashSet::new();
    for (at, line) in lines(text) {
        let bad = |why| BadLine { line: at, why };
        let (key, rest) = word(line);
        if !is_key(key) {
            return Err(bad("a key is 8 to 64 letters, digits, - and _"));
        }
        if !seen.insert(key) {
            return Err(bad("this key stands further up already"));
        }
        let (second, after) = word(rest);
        let (expires, label) = if looks_like_time(second) {
            let time = time(second).ok_or(bad("the expiry is neither 2026-12-31, \
                nor 2026-12-31T23:59:59Z, nor @ with seconds since 1970"))?;
            (Some(time), after)
        } else {
            (None, rest)
        };
        let label = std::str::from_utf8(label)
            .ok()
            .filter(|label| label.len() <= LABEL_MOST && !label.contains(char::is_control));
        let label = label.ok_or(bad("the label is longer than 64 bytes, or not plain text"))?;
        keys.push(Line {
            key: key.into(),
            expires,
            label: (!label.is_empty()).then(|| label.into()),
        });
    }
    Ok(keys)
}

/// The first word, and what follows it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    (word, rest.trim_ascii())
}

/// `@…` or `2026-…`
fn looks_like_time(word: &[u8]) -> bool {
    word.first() == Some(&b'@')
        || word
            .first_chunk::<5>()
            .is_some_and(|[year @ .., dash]| year.iter().all(u8::is_ascii_digit) && *dash == b'-')
}

fn time(word: &[u8]) -> Option<i64> {
    let word = std::str::from_utf8(word).ok()?;
    if let Some(seconds) = word.strip_prefix('@') {
        return seconds.parse().ok();
    }
    if let Ok(time) = word.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    let day: jiff::civil::Date = word.parse().ok().filter(|_| word.len() == 10)?;
    let next = day.tomorrow().ok()?;
    Some(next.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}
