//! What can be wrong with bencode, and where.

use std::fmt;

/// What a document may ask of its reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How many lists and dictionaries may stand inside each other.
    pub depth: usize,
    /// How many tokens there may be: integers, strings (keys too), lists, dictionaries and ends.
    pub tokens: usize,
    /// How many warnings a lenient reader keeps; further ones are dropped.
    pub warnings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 1000, tokens: usize::MAX, warnings: 100 }
    }
}

/// What is wrong, and the first byte that shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("byte {offset}: {kind}")]
pub struct Error {
    /// Counted from the start of the input; at most its length.
    pub offset: usize,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// What a lenient reader forgave, in the same words as the error of a strict one.
pub type Warning = Error;

/// What is wrong with bencode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There are no bytes at all.
    Empty,
    /// The bytes end within a value.
    Truncated,
    /// No value begins with this byte.
    NotAValue(u8),
    /// `i` and `e` with no digits between them.
    NoDigits,
    /// This byte stands within an integer.
    NotADigit(u8),
    /// `i03e`. Forgiven by a lenient reader.
    LeadingZero,
    /// `i-0e`. Forgiven by a lenient reader.
    NegativeZero,
    /// This byte stands within the length of a string.
    NotALength(u8),
    /// `03:abc`. Forgiven by a lenient reader.
    LengthLeadingZero,
    /// The string is longer than what follows.
    StringPastEnd {
        /// Its length; `u64::MAX` also where it is longer.
        length: u64,
        /// How many bytes follow.
        left: usize,
    },
    /// Something other than a byte string stands where a key must be.
    NotAKey,
    /// The dictionary ends after a key.
    KeyWithoutValue,
    /// The key sorts before the one in front of it. Forgiven by a lenient reader.
    UnsortedKey,
    /// The key is the same as the one in front of it. Forgiven by a lenient reader.
    DoubleKey,
    /// So many bytes follow the value. Forgiven by a lenient reader.
    Trailing(usize),
    /// More lists and dictionaries inside each other than this.
    TooDeep(usize),
    /// More tokens than this.
    TooManyTokens(usize),
}

impl ErrorKind {
    /// Whether a lenient reader forgives it.
    pub fn is_forgivable(self) -> bool {
        match self {
            Self::LeadingZero
            | Self::NegativeZero
            | Self::LengthLeadingZero
            | Self::UnsortedKey
            | Self::DoubleKey
            | Self::Trailing(_) => true,
            Self::Empty
            | Self::Truncated
            | Self::NotAValue(_)
            | Self::NoDigits
            | Self::NotADigit(_)
            | Self::NotALength(_)
            | Self::StringPastEnd { .. }
            | Self::NotAKey
            | Self::KeyWithoutValue
            | Self::TooDeep(_)
            | Self::TooManyTokens(_) => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("nothing there"),
            Self::Truncated => f.write_str("the document ends too early"),
            Self::NotAValue(byte) => write!(f, "{} where a value must begin", Byte(byte)),
            Self::NoDigits => f.write_str("integer without digits"),
            Self::NotADigit(byte) => write!(f, "{} in an integer", Byte(byte)),
            Self::LeadingZero => f.write_str("integer with a leading zero"),
            Self::NegativeZero => f.write_str("negative zero"),
            Self::NotALength(byte) => write!(f, "{} in the length of a string", Byte(byte)),
            Self::LengthLeadingZero => f.write_str("length of a string with a leading zero"),
            Self::StringPastEnd { length: u64::MAX, left } => {
                write!(f, "string of 2^64 bytes or more, but only {left} follow")
            }
            Self::StringPastEnd { length, left } => {
                write!(f, "string of {length} bytes, but only {left} follow")
            }
            Self::NotAKey => f.write_str("dictionary key that is not a byte string"),
            Self::KeyWithoutValue => f.write_str("dictionary key without a value"),
            Self::UnsortedKey => f.write_str("dictionary key out of order"),
            Self::DoubleKey => f.write_str("dictionary key that was there before"),
            Self::Trailing(1) => f.write_str("1 byte after the end of the document"),
            Self::Trailing(count) => write!(f, "{count} bytes after the end of the document"),
            Self::TooDeep(limit) => write!(f, "nested deeper than {limit} levels"),
            Self::TooManyTokens(limit) => write!(f, "more than {limit} tokens"),
        }
    }
}

/// A byte as a message shows it.
struct Byte(u8);

impl fmt::Display for Byte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_ascii_graphic() {
            write!(f, "'{}'", char::from(self.0))
        } else {
            write!(f, "byte 0x{:02x}", self.0)
        }
    }
}
