//! A value of a document that was judged: a cursor, two words wide and an offset.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::lexer::{Judged, Lexer, Token};
use std::fmt;

/// A value within a document that a parser of this module has accepted (BEP 3).
///
/// It borrows the document's bytes and is `Copy`; nothing is built. So each look inside reads the
/// bytes: [`get`](Self::get) passes over the entries in front of the one it finds, and an iterator
/// looks once at every token of the element it steps over. To take several entries of a large
/// dictionary, walk [`dict`](Self::dict) once. A walk of the whole tree costs the document's size
/// times its depth; where hostile input decides about the depth, take a [`Walk`](super::Walk).
#[derive(Clone, Copy)]
pub struct Value<'a> {
    raw: &'a [u8],
    offset: usize,
}

/// What sort of value it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An integer of any length.
    Integer,
    /// A byte string.
    Bytes,
    /// A list.
    List,
    /// A dictionary.
    Dict,
}

impl<'a> Value<'a> {
    /// Exactly one value that was judged, and where in the document it begins.
    pub(super) fn judged(raw: &'a [u8], offset: usize) -> Self {
        Self { raw, offset }
    }

    /// The value's bytes exactly as found: what an info-hash is over.
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Where the value begins, counted from the start of the document.
    pub fn offset(self) -> usize {
        self.offset
    }

    /// What sort of value it is.
    pub fn kind(self) -> Kind {
        match self.raw.first() {
            Some(b'i') => Kind::Integer,
            Some(b'l') => Kind::List,
            Some(b'd') => Kind::Dict,
            _ => Kind::Bytes,
        }
    }

    /// The content of a byte string.
    pub fn bytes(self) -> Option<&'a [u8]> {
        match self.token() {
            Some(Token::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The content of a byte string that is UTF-8.
    pub fn str(self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// An integer of any length: integers of bencode have no bounds.
    pub fn digits(self) -> Option<Digits<'a>> {
        match self.token() {
            Some(Token::Integer(text)) => Some(Digits::new(text)),
            _ => None,
        }
    }

    /// An integer that fits.
    pub fn int(self) -> Option<i64> {
        if let Some(number) = self.short() {
            return i64::try_from(number).ok();
        }
        let Digits { negative, magnitude } = self.digits()?;
        let magnitude: u64 = magnitude.parse().ok()?;
        match negative {
            true => 0_i64.checked_sub_unsigned(magnitude),
            false => i64::try_from(magnitude).ok(),
        }
    }

    /// An integer that fits and is not negative.
    pub fn uint(self) -> Option<u64> {
        if let Some(number) = self.short() {
            return Some(number);
        }
        let Digits { negative, magnitude } = self.digits()?;
        if negative { None } else { magnitude.parse().ok() }
    }

    /// An integer without a sign and of so few digits that it fits, as nearly all are.
    fn short(self) -> Option<u64> {
        short(self.raw.strip_prefix(b"i")?.strip_suffix(b"e")?)
    }

    /// The elements of a list.
    pub fn list(self) -> Option<Items<'a>> {
        (self.kind() == Kind::List).then(|| Items(self.inside()))
    }

    /// The entries of a dictionary in the order of the document.
    pub fn dict(self) -> Option<Entries<'a>> {
        (self.kind() == Kind::Dict).then(|| Entries(self.inside()))
    }

    /// The value of a dictionary's key; of the first one, where a lenient reader forgave several.
    pub fn get(self, key: &[u8]) -> Option<Value<'a>> {
        let mut inside = match self.kind() {
            Kind::Dict => self.inside(),
            _ => return None,
        };
        loop {
            let Ok(Token::Bytes(found)) = inside.next(&mut Judged) else { return None };
            if found == key {
                return next_value(&mut inside);
            }
            inside.skip().ok()?;
        }
    }

    fn token(self) -> Option<Token<'a>> {
        Lexer::new(self.raw, self.offset).next(&mut Judged).ok()
    }

    /// Past the `l` or `d`.
    fn inside(self) -> Lexer<'a> {
        Lexer::new(self.raw.get(1..).unwrap_or_default(), self.offset.saturating_add(1))
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, more) = match self.raw.get(..64) {
            Some(start) => (start, "…"),
            None => (self.raw, ""),
        };
        write!(f, "{}: {}{more}", self.offset, shown.escape_ascii())
    }
}

/// An integer of any length, canonical also where a lenient reader forgave leading zeros or a
/// negative zero. Its Display is the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digits<'a> {
    /// Whether it is less than zero.
    pub negative: bool,
    /// The decimal digits of its absolute value.
    pub magnitude: &'a str,
}

impl<'a> Digits<'a> {
    /// From a sign and digits, as the lexer lets them through.
    pub(super) fn new(text: &'a [u8]) -> Self {
        let (signed, digits) = match text.split_first() {
            Some((b'-', digits)) => (true, digits),
            _ => (false, text),
        };
        match std::str::from_utf8(digits).unwrap_or_default().trim_start_matches('0') {
            "" => Self { negative: false, magnitude: "0" },
            magnitude => Self { negative: signed, magnitude },
        }
    }
}

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad_integral(!self.negative, "", self.magnitude)
    }
}

/// The elements of a list.
#[derive(Clone, Debug)]
pub struct Items<'a>(Lexer<'a>);

impl<'a> Items<'a> {
    /// Where the next element is.
    pub(super) fn into_lexer(self) -> Lexer<'a> {
        self.0
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        next_value(&mut self.0)
    }
}

/// The entries of a dictionary.
#[derive(Clone, Debug)]
pub struct Entries<'a>(Lexer<'a>);

impl<'a> Entries<'a> {
    /// Where the next key is.
    pub(super) fn into_lexer(self) -> Lexer<'a> {
        self.0
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        match self.0.next(&mut Judged) {
            Ok(Token::Bytes(key)) => Some((key, next_value(&mut self.0)?)),
            _ => None,
        }
    }
}

/// The number of up to 19 digits, which always fits.
pub(super) fn short(digits: &[u8]) -> Option<u64> {
    if !matches!(digits.len(), 1..=19) {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, digit| {
        let value = digit.wrapping_sub(b'0');
        (value < 10).then(|| sum.wrapping_mul(10).wrapping_add(value.into()))
    })
}

/// The value that begins here, unless the list ends.
pub(super) fn next_value<'a>(lexer: &mut Lexer<'a>) -> Option<Value<'a>> {
    if lexer.rest().first().is_none_or(|byte| *byte == b'e') {
        return None;
    }
    let offset = lexer.offset();
    Some(Value { raw: lexer.skip().ok()?, offset })
}
