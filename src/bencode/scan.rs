//! Tokens to structure: the judge of whole documents.
//!
//! The nesting is kept in a vector that never grows past [`Limits::depth`], so that no input makes
//! the reader recurse or take memory for its depth.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::lexer::{Judge, Judged, Lenient, Lexer, Strict, Token};
use super::{Error, ErrorKind, Limits, Outline, Value, Warning};
use std::cmp::Ordering;

/// Reads canonical bencode (BEP 3), all of it, with the usual [`Limits`].
///
/// # Errors
/// The first byte that canonical bencode can't have.
///
/// ```
/// let torrent = bt::bencode::parse(b"d4:name3:fooe").unwrap();
/// assert_eq!(torrent.get(b"name").and_then(|name| name.bytes()), Some(&b"foo"[..]));
///
/// let error = bt::bencode::parse(b"li1ei02ee").unwrap_err();
/// assert_eq!(error.to_string(), "byte 4: integer with a leading zero");
/// ```
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, Error> {
    Limits::default().parse(bytes)
}

/// Reads a canonical value that other bytes follow, such as the header of a metadata piece
/// (BEP 9). Gives the value and what follows it.
///
/// # Errors
/// As [`parse`], but for what follows the value.
pub fn parse_prefix(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), Error> {
    Limits::default().parse_prefix(bytes)
}

/// Reads bencode as it is found in the wild. Leading zeros, negative zero, keys that are out of
/// order or double, and bytes after the end are forgiven; each is told.
///
/// # Errors
/// The first byte that can't be understood.
pub fn parse_lenient(bytes: &[u8]) -> Result<(Value<'_>, Vec<Warning>), Error> {
    Limits::default().parse_lenient(bytes)
}

impl Limits {
    /// [`parse`] within these limits.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse(self, bytes: &[u8]) -> Result<Value<'_>, Error> {
        let mut scanner = Scanner::new(bytes, self, Strict);
        scanner.run(|_| {})?;
        Ok(Value::judged(bytes, 0))
    }

    /// [`parse_prefix`] within these limits.
    ///
    /// # Errors
    /// As [`parse_prefix`].
    pub fn parse_prefix(self, bytes: &[u8]) -> Result<(Value<'_>, &[u8]), Error> {
        let mut scanner = Scanner::new(bytes, self, Strict);
        while scanner.next()?.is_some() {}
        let rest = scanner.lexer.rest();
        let length = bytes.len().saturating_sub(rest.len());
        Ok((Value::judged(bytes.get(..length).unwrap_or(bytes), 0), rest))
    }

    /// [`parse_lenient`] within these limits.
    ///
    /// # Errors
    /// As [`parse_lenient`].
    pub fn parse_lenient(self, bytes: &[u8]) -> Result<(Value<'_>, Vec<Warning>), Error> {
        self.parse_outlined(bytes).map(|(value, _, warnings)| (value, warnings))
    }

    /// [`parse_lenient`] within these limits, and where long values are.
    ///
    /// # Errors
    /// As [`parse_lenient`].
    pub fn parse_outlined(self, bytes: &[u8]) -> Result<(Value<'_>, Outline, Vec<Warning>), Error> {
        let judge = Lenient { warnings: Vec::new(), limit: self.warnings };
        let mut scanner = Scanner::new(bytes, self, judge);
        scanner.run(|_| {})?;
        let length = bytes.len().saturating_sub(scanner.lexer.rest().len());
        let value = Value::judged(bytes.get(..length).unwrap_or(bytes), 0);
        Ok((value, scanner.outline.close(), scanner.judge.warnings))
    }
}

/// A step through a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Event<'a> {
    /// The sign and the digits.
    Integer(&'a [u8]),
    /// A byte string that is no key.
    Bytes(&'a [u8]),
    /// A list begins.
    List,
    /// A dictionary begins.
    Dict,
    /// A dictionary's key; its value is the next event.
    Key {
        key: &'a [u8],
        /// Whether it sorts after the key before it.
        sorted: bool,
    },
    /// The innermost list or dictionary ends.
    End,
}

/// What the scanner stands in.
enum Frame<'a> {
    List,
    /// At a key. With the key before it.
    Key(Option<&'a [u8]>),
    /// At the value of this key.
    Value(&'a [u8]),
}

/// Walks one value and judges it on the way.
pub(super) struct Scanner<'a, J> {
    lexer: Lexer<'a>,
    stack: Vec<Frame<'a>>,
    limits: Limits,
    /// How many tokens may still come.
    tokens: usize,
    judge: J,
    outline: Outline,
    done: bool,
}

impl<'a> Scanner<'a, Judged> {
    /// Walks a value that was judged before.
    pub(super) fn judged(value: Value<'a>) -> Self {
        let limits = Limits { depth: usize::MAX, ..Limits::default() };
        Self::new(value.raw(), limits, Judged)
    }
}

impl<'a, J: Judge> Scanner<'a, J> {
    pub(super) fn new(bytes: &'a [u8], limits: Limits, judge: J) -> Self {
        let lexer = Lexer::new(bytes, 0);
        let outline = Outline::default();
        Self {
            lexer,
            stack: Vec::new(),
            limits,
            tokens: limits.tokens,
            judge,
            outline,
            done: false,
        }
    }

    /// What the judge has noted.
    pub(super) fn into_judge(self) -> J {
        self.judge
    }

    /// What follows the events that were read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.lexer.rest()
    }

    /// Walks a document to its very end.
    pub(super) fn run(&mut self, mut each: impl FnMut(Event<'a>)) -> Result<(), Error> {
        while let Some(event) = self.next()? {
            each(event);
        }
        match self.lexer.rest().len() {
            0 => Ok(()),
            left => self
                .judge
                .flaw(Error { offset: self.lexer.offset(), kind: ErrorKind::Trailing(left) }),
        }
    }

    /// The next step; `None` after the value's last one.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Result<Option<Event<'a>>, Error> {
        if self.done {
            return Ok(None);
        }
        let offset = self.lexer.offset();
        let error = |kind| Error { offset, kind };
        self.tokens = match self.tokens.checked_sub(1) {
            Some(left) => left,
            None => return Err(error(ErrorKind::TooManyTokens(self.limits.tokens))),
        };
        let token = match self.lexer.next(&mut self.judge) {
            Err(_) if offset == 0 && self.lexer.rest().is_empty() => {
                return Err(error(ErrorKind::Empty));
            }
            token => token?,
        };
        let event = match (self.stack.last_mut(), token) {
            (Some(Frame::Key(_) | Frame::List), Token::End) => {
                self.stack.pop();
                self.outline.end(self.stack.len(), self.lexer.offset());
                Event::End
            }
            (Some(Frame::Value(_)), Token::End) => return Err(error(ErrorKind::KeyWithoutValue)),
            (None, Token::End) => return Err(error(ErrorKind::NotAValue(b'e'))),
            (Some(frame @ Frame::Key(_)), Token::Bytes(key)) => {
                let before = match std::mem::replace(frame, Frame::Value(key)) {
                    Frame::Key(Some(before)) => order(before, key),
                    _ => Ordering::Less,
                };
                match before {
                    Ordering::Less => return Ok(Some(Event::Key { key, sorted: true })),
                    Ordering::Equal => self.judge.flaw(error(ErrorKind::DoubleKey))?,
                    Ordering::Greater => self.judge.flaw(error(ErrorKind::UnsortedKey))?,
                }
                return Ok(Some(Event::Key { key, sorted: false }));
            }
            (Some(Frame::Key(_)), _) => return Err(error(ErrorKind::NotAKey)),
            (frame, token) => {
                if let Some(frame @ Frame::Value(_)) = frame
                    && let Frame::Value(key) = *frame
                {
                    *frame = Frame::Key(Some(key));
                }
                match token {
                    Token::Integer(digits) => Event::Integer(digits),
                    Token::Bytes(bytes) => Event::Bytes(bytes),
                    Token::List => self.open(Frame::List, offset, Event::List)?,
                    Token::Dict => self.open(Frame::Key(None), offset, Event::Dict)?,
                    Token::End => Event::End,
                }
            }
        };
        self.done = self.stack.is_empty();
        Ok(Some(event))
    }

    fn open(
        &mut self,
        frame: Frame<'a>,
        offset: usize,
        event: Event<'a>,
    ) -> Result<Event<'a>, Error> {
        if self.stack.len() >= self.limits.depth {
            return Err(Error { offset, kind: ErrorKind::TooDeep(self.limits.depth) });
        }
        self.outline.begin(self.stack.len(), offset);
        self.stack.push(frame);
        Ok(event)
    }
}

/// How two keys sort. Most differ in their first byte, which needs no call.
fn order(before: &[u8], key: &[u8]) -> Ordering {
    match (before.first(), key.first()) {
        (Some(a), Some(b)) if a != b => a.cmp(b),
        _ => before.cmp(key),
    }
}
