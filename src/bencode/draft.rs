//! A document that is changed in place: what is not named stays as it is, byte for byte, whether
//! canonical or not.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::write::digits;
use super::{Error, Kind, Limits, Value, Warning};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A judged document (BEP 3) and the changes that were made to it.
///
/// ```
/// use bt::bencode::{Draft, Limits};
///
/// let (mut draft, _) = Draft::parse(b"d3:zzzi01e1:alee\n".to_vec(), Limits::default()).unwrap();
/// draft.set(&"/m/n".parse().unwrap(), b"i7e").unwrap();
/// draft.remove(&"/a".parse().unwrap()).unwrap();
/// assert_eq!(draft.bytes(), b"d1:md1:ni7ee3:zzzi01ee\n");
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    bytes: Vec<u8>,
    /// How many bytes the document has; what follows it was forgiven and stays.
    length: usize,
    limits: Limits,
}

/// The way to a value: keys of dictionaries and numbers of a list's elements (RFC 6901).
///
/// Written `/info/files/0/length`. Within a key `~1` is a slash and `~0` a tilde; `-` is the place
/// behind a list's last element. The empty path is the document itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Path(Vec<Vec<u8>>);

/// Why a path leads nowhere.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PathError {
    /// It does not begin with a slash, or a tilde stands alone in it.
    #[error("a path begins with \"/\", and a \"~\" in it is written \"~0\"")]
    Spelling,
    /// There is a string or a number on the way.
    #[error("{0}: neither a dictionary nor a list")]
    Leaf(String),
    /// No number of an element.
    #[error("{0}: a list, whose elements are numbered 0 to {1}; \"-\" is behind them")]
    Index(String, usize),
    /// A key on the way that stands there more than once, so that readers go different ways.
    #[error("{0}: a key that is there more than once")]
    Double(String),
    /// What is to be set lies deeper than documents may.
    #[error("deeper than {0} levels")]
    Deep(usize),
    /// The document itself can be neither set nor removed.
    #[error("the path names the whole document")]
    Root,
}

impl Path {
    /// The path of these keys.
    pub fn of<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self(keys.into_iter().map(|key| key.as_ref().to_vec()).collect())
    }

    /// Reads a path, whose keys may be any bytes.
    ///
    /// # Errors
    /// [`PathError::Spelling`].
    pub fn parse(text: &[u8]) -> Result<Self, PathError> {
        let text = match text {
            [] => return Ok(Self::default()),
            [b'/', rest @ ..] => rest,
            _ => return Err(PathError::Spelling),
        };
        text.split(|byte| *byte == b'/')
            .map(unescaped)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or(PathError::Spelling)
    }

    /// The path of an entry of what this path leads to.
    #[must_use]
    pub fn join(&self, key: impl AsRef<[u8]>) -> Self {
        Self::of(self.0.iter().map(Vec::as_slice).chain([key.as_ref()]))
    }

    /// The keys on the way.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    fn upto(&self, count: usize) -> String {
        Self::of(self.keys().take(count)).to_string()
    }
}

fn unescaped(key: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'~' => match rest.next()? {
                b'0' => b'~',
                b'1' => b'/',
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(bytes)
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text.as_bytes())
    }
}

/// As it is read, but for what is not UTF-8.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|key| {
            let key = String::from_utf8_lossy(key).replace('~', "~0").replace('/', "~1");
            write!(f, "/{key}")
        })
    }
}

/// Where a path ends.
enum Place {
    /// At this key of the dictionary that lies here, once or more often.
    Entry { dict: Range<usize> },
    /// At this element of a list.
    Element(Range<usize>),
    /// At a list or dictionary that does not have it, with so many keys of the path behind it.
    Missing { at: usize, in_dict: bool, known: usize },
}

impl Draft {
    /// Reads a document as [`parse_lenient`](super::parse_lenient) does.
    ///
    /// # Errors
    /// Those of [`parse_lenient`](super::parse_lenient).
    pub fn parse(bytes: Vec<u8>, limits: Limits) -> Result<(Self, Vec<Warning>), Error> {
        let (value, warnings) = limits.parse_lenient(&bytes)?;
        let length = value.raw().len();
        Ok((Self { bytes, length, limits }, warnings))
    }

    /// The document.
    pub fn value(&self) -> Value<'_> {
        Value::judged(self.bytes.get(..self.length).unwrap_or(&self.bytes), 0)
    }

    /// The document with whatever follows it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The document with whatever follows it.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The value that the path leads to; the first one, where a key is double.
    pub fn get(&self, path: &Path) -> Option<Value<'_>> {
        path.keys().try_fold(self.value(), |value, key| match value.kind() {
            Kind::Dict => value.get(key),
            Kind::List => value.list()?.nth(index(key)?),
            Kind::Integer | Kind::Bytes => None,
        })
    }

    /// Puts a value where the path leads. What is missing on the way is made: a list for the key
    /// `-`, a dictionary for any other. A new key goes in front of the first one that sorts behind
    /// it; of a double key the first one is set and the others are taken out, so that all readers see
    /// the same. `value` is exactly one canonical value.
    ///
    /// # Errors
    /// The path leads through something that has no entries, through a double key, or past the end of
    /// a list.
    pub fn set(&mut self, path: &Path, value: &[u8]) -> Result<(), PathError> {
        let count = path.keys().len();
        if count >= self.limits.depth {
            return Err(PathError::Deep(self.limits.depth));
        }
        match self.find(path)? {
            Place::Entry { dict } => {
                let key = path.0.last().map_or(&[][..], Vec::as_slice);
                self.rewrite(dict, key, Some(value));
            }
            Place::Element(range) => self.splice(range, value),
            Place::Missing { at, in_dict, known } => {
                let mut new = Vec::new();
                let mut open = 0_usize;
                for (depth, key) in path.keys().skip(known).enumerate() {
                    // The first key that is missing belongs into what is there.
                    let dict = if depth == 0 { in_dict } else { key != b"-" };
                    if depth > 0 {
                        new.push(if dict { b'd' } else { b'l' });
                        open = open.saturating_add(1);
                    }
                    if dict {
                        digits(&mut new, key.len() as u64);
                        new.push(b':');
                        new.extend_from_slice(key);
                    }
                }
                new.extend_from_slice(value);
                new.extend(std::iter::repeat_n(b'e', open));
                self.splice(at..at, &new);
            }
        }
        Ok(())
    }

    /// Takes out the entry that the path leads to, each of them where a key is double. Tells
    /// whether there was one.
    ///
    /// # Errors
    /// [`PathError::Root`], and [`PathError::Double`] of a key on the way.
    pub fn remove(&mut self, path: &Path) -> Result<bool, PathError> {
        let Some(key) = path.0.last() else { return Err(PathError::Root) };
        match self.find(path) {
            Ok(Place::Entry { dict }) => self.rewrite(dict, key, None),
            Ok(Place::Element(range)) => self.splice(range, &[]),
            Err(double @ PathError::Double(_)) => return Err(double),
            Ok(Place::Missing { .. }) | Err(_) => return Ok(false),
        }
        Ok(true)
    }

    /// Gives the first entry of this key in the dictionary that lies here the value, if any, and takes
    /// out the others, in one go however many there are.
    fn rewrite(&mut self, dict: Range<usize>, key: &[u8], value: Option<&[u8]>) {
        let mut at = dict.start.saturating_add(1);
        let outer = Value::judged(self.bytes.get(dict.clone()).unwrap_or_default(), dict.start);
        let (mut new, mut from) = (Vec::new(), 0);
        let mut value = value;
        for (other, inner) in outer.dict().into_iter().flatten() {
            let end = end(inner);
            if other == key {
                let value = value.take();
                let upto = if value.is_some() { inner.offset() } else { at };
                new.extend_from_slice(self.bytes.get(from..upto).unwrap_or_default());
                new.extend_from_slice(value.unwrap_or_default());
                from = end;
            }
            at = end;
        }
        new.extend_from_slice(self.bytes.get(from..).unwrap_or_default());
        let tail = self.bytes.len().saturating_sub(self.length);
        self.length = new.len().saturating_sub(tail);
        self.bytes = new;
    }

    fn find(&self, path: &Path) -> Result<Place, PathError> {
        let mut value = self.value();
        if path.0.is_empty() {
            return Err(PathError::Root);
        }
        let mut place = Place::Element(value.offset()..end(value));
        for (known, key) in path.keys().enumerate() {
            let is_last = known.saturating_add(1) == path.0.len();
            match value.kind() {
                Kind::Dict => {
                    // Entries follow each other without a gap.
                    let mut at = value.offset().saturating_add(1);
                    let (mut before, mut found) = (None, None);
                    for (other, inner) in value.dict().into_iter().flatten() {
                        if other == key {
                            if found.is_some() {
                                return Err(PathError::Double(path.upto(known.saturating_add(1))));
                            }
                            found = Some(inner);
                            if is_last {
                                break;
                            }
                        }
                        if other > key && before.is_none() {
                            before = Some(at);
                        }
                        at = end(inner);
                    }
                    match found {
                        Some(inner) => {
                            place = Place::Entry { dict: value.offset()..end(value) };
                            value = inner;
                        }
                        None => {
                            let at = before.unwrap_or(at);
                            return Ok(Place::Missing { at, in_dict: true, known });
                        }
                    }
                }
                Kind::List => {
                    let wanted = index(key);
                    let (mut at, mut count) = (value.offset().saturating_add(1), 0_usize);
                    let mut found = None;
                    for inner in value.list().into_iter().flatten() {
                        if wanted == Some(count) {
                            found = Some(inner);
                            break;
                        }
                        at = end(inner);
                        count = count.saturating_add(1);
                    }
                    match found {
                        Some(inner) => {
                            place = Place::Element(inner.offset()..end(inner));
                            value = inner;
                        }
                        None if key == b"-" || wanted == Some(count) => {
                            return Ok(Place::Missing { at, in_dict: false, known });
                        }
                        None => {
                            let last = count.saturating_sub(1);
                            return Err(PathError::Index(path.upto(known), last));
                        }
                    }
                }
                Kind::Integer | Kind::Bytes => return Err(PathError::Leaf(path.upto(known))),
            }
        }
        Ok(place)
    }

    fn splice(&mut self, range: Range<usize>, new: &[u8]) {
        let tail = self.bytes.len().saturating_sub(self.length);
        drop(self.bytes.splice(range, new.iter().copied()));
        self.length = self.bytes.len().saturating_sub(tail);
    }
}

/// Where a value ends.
fn end(value: Value<'_>) -> usize {
    value.offset().saturating_add(value.raw().len())
}

/// The number of an element, spelt as RFC 6901 has it.
fn index(key: &[u8]) -> Option<usize> {
    let canonical = match key {
        [b'0'] => true,
        [b'0', ..] | [] => false,
        digits => digits.iter().all(u8::is_ascii_digit),
    };
    std::str::from_utf8(key).ok().filter(|_| canonical)?.parse().ok()
}

#[cfg(test)]
mod tests;
