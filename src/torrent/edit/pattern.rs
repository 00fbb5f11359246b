//! Which URLs are meant: a part of them, or a glob over all of one.

use std::fmt;
use std::str::FromStr;

/// Text that is a part of a URL; where there is a `*` in it, which stands for any run of
/// characters, it is all of the URL. Upper and lower case differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern(String);

/// Why text is no pattern, or no replacement for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PatternError {
    /// It would match everything.
    #[error("an empty pattern; \"*\" matches every one")]
    Empty,
    /// The replacement has more stars than the pattern, which has at least one.
    #[error("more \"*\" than in what it replaces")]
    Stars,
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        match text {
            "" => Err(PatternError::Empty),
            text => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Pattern {
    /// Whether the URL is meant.
    pub fn matches(&self, url: &str) -> bool {
        match self.0.contains('*') {
            true => stars(&self.0, url).is_some(),
            false => url.contains(&self.0),
        }
    }
}

/// A pattern and what comes in its place: instead of that part of the URL, or instead of all of it
/// where the pattern has a `*`. Then each `*` of the new text stands for what the one of the same
/// rank matched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replacement {
    old: Pattern,
    new: String,
}

impl Replacement {
    /// `new` in place of `old`.
    ///
    /// # Errors
    /// `old` is empty, or has a `*` but fewer than `new`.
    pub fn new(old: &str, new: &str) -> Result<Self, PatternError> {
        let count = |text: &str| text.matches('*').count();
        match (count(old), count(new)) {
            (0, _) => {}
            (old, new) if new > old => return Err(PatternError::Stars),
            _ => {}
        }
        Ok(Self { old: old.parse()?, new: new.to_owned() })
    }

    /// What is replaced.
    pub fn old(&self) -> &Pattern {
        &self.old
    }

    /// What the URL becomes; `None` where it is not meant.
    pub fn apply(&self, url: &str) -> Option<String> {
        let Pattern(old) = &self.old;
        if !old.contains('*') {
            return url.contains(old).then(|| url.replace(old, &self.new));
        }
        let mut found = stars(old, url)?.into_iter();
        let mut new = String::new();
        for (at, part) in self.new.split('*').enumerate() {
            if at > 0 {
                new.push_str(found.next().unwrap_or_default());
            }
            new.push_str(part);
        }
        Some(new)
    }
}

/// What each star of the glob stands for, the earlier ones for as little as possible.
fn stars<'a>(glob: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = glob.split('*');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let parts: Vec<&str> = parts.collect();
    let (last, between) = parts.split_last()?;
    let mut found = Vec::with_capacity(parts.len());
    for part in between {
        let (star, tail) = match part.is_empty() {
            true => ("", rest),
            false => rest.split_once(part)?,
        };
        found.push(star);
        rest = tail;
    }
    found.push(rest.strip_suffix(last)?);
    Some(found)
}
