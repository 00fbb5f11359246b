//! Why JSON can't be bencode, and where: a path, a line and a column.

use super::{Fault, Reader, Shape};
use std::fmt::{self, Write};

/// How much of a path a message shows: this many steps from either end.
const STEPS: usize = 12;

/// How many characters of a key a message shows.
const KEY: usize = 60;

/// Why JSON can't be bencode.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path} (line {line}, column {column}): {kind}")]
pub struct JsonError {
    /// The way to the value, such as `.info.files[3].length`; `.` for the whole document.
    pub path: String,
    /// The byte, counted from the start.
    pub offset: usize,
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: JsonErrorKind,
}

/// What is wrong with JSON that should be bencode.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// There is no document.
    Empty,
    /// Something follows the document.
    Trailing,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// By the grammar of JSON this must stand here.
    Expected(&'static str),
    /// The document ends within a string.
    OpenString,
    /// A control character stands in a string as it is.
    Control,
    /// No such escape.
    Escape,
    /// One half of a surrogate pair.
    Surrogate,
    /// `1.5`, `1e3`
    Float,
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// The key was there before.
    DoubleKey,
    /// A key of this object, shown here, was there before.
    DoubleKeys(String),
    /// `{"$hex":…}` without an even number of hexadecimal digits.
    Hex,
    /// `{"$int":…}` without a decimal integer.
    Int,
    /// `{"$dict":…}` without a list.
    Dict,
    /// The element of this index of `{"$dict":…}` is not a list of a string and a value.
    Pair(usize),
    /// This single key starts with `$` and has no meaning.
    Dollar(String),
    /// More levels than this.
    TooDeep(usize),
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing there"),
            Self::Trailing => f.write_str("something follows the end of the document"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::Expected(what) => write!(f, "{what} must stand here"),
            Self::OpenString => f.write_str("a string without an end"),
            Self::Control => f.write_str("a control character in a string"),
            Self::Escape => f.write_str("an escape that JSON does not have"),
            Self::Surrogate => f.write_str("one half of a surrogate pair"),
            Self::Float => f.write_str("a float, which bencode does not have"),
            Self::Null => f.write_str("null, which bencode does not have"),
            Self::Boolean => f.write_str("a boolean, which bencode does not have"),
            Self::DoubleKey => f.write_str("this key was there before"),
            Self::DoubleKeys(key) => write!(f, "the key {key} is there twice"),
            Self::Hex => f.write_str("\"$hex\" without an even number of hexadecimal digits"),
            Self::Int => f.write_str("\"$int\" without a decimal integer in a string"),
            Self::Dict => f.write_str("\"$dict\" without a list of pairs"),
            Self::Pair(index) => {
                write!(f, "element {index} of \"$dict\" is not a pair of a string and a value")
            }
            Self::Dollar(key) => {
                write!(f, "{key} as the only key means nothing; {{\"$dict\":[[{key},…]]}} says it")
            }
            Self::TooDeep(limit) => write!(f, "nested deeper than {limit} levels"),
        }
    }
}

/// A key as a message shows it: in quotes, escaped, cut short.
pub(super) fn shown(key: &[u8]) -> String {
    let text = String::from_utf8_lossy(key);
    match text.char_indices().nth(KEY) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

impl Reader<'_> {
    /// Works out where a fault is; only now, since most documents have none.
    pub(super) fn explain(&self, fault: Fault<'_>) -> JsonError {
        let offset = self.json.len().saturating_sub(fault.rest.len());
        let before = self.json.get(..offset).unwrap_or_default();
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        JsonError {
            path: self.path(),
            offset,
            line: before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1),
            column: String::from_utf8_lossy(line).chars().count().saturating_add(1),
            kind: fault.kind,
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for (index, frame) in self.stack.iter().enumerate() {
            let left = self.stack.len().saturating_sub(index);
            if index >= STEPS && left > STEPS {
                if index == STEPS {
                    path.push('…');
                }
                continue;
            }
            match &frame.shape {
                // Writing to a String does not fail.
                Shape::List(index) => {
                    let _ = write!(path, "[{index}]");
                }
                Shape::Dict { keys: 0, .. } => {}
                Shape::Dict { last, .. } => {
                    let key = self.out.get(last.clone()).unwrap_or_default();
                    if is_name(key) {
                        path.push('.');
                        path.push_str(&String::from_utf8_lossy(key));
                    } else {
                        let _ = write!(path, "[{}]", shown(key));
                    }
                }
            }
        }
        if path.starts_with('.') { path } else { format!(".{path}") }
    }
}

/// Whether jq takes it without quotes.
fn is_name(key: &[u8]) -> bool {
    !key.is_empty()
        && key.len() <= KEY
        && !key.first().is_some_and(u8::is_ascii_digit)
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}
