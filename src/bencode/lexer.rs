//! Bytes to tokens. Knows how a token is spelt, nothing of how tokens nest.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{Error, ErrorKind, Warning};

/// The smallest part of a document that says something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    /// The sign and the digits as found: leading zeros or a negative zero, where they were
    /// forgiven.
    Integer(&'a [u8]),
    Bytes(&'a [u8]),
    List,
    Dict,
    End,
}

/// Decides about what is well formed but not canonical.
pub(super) trait Judge {
    /// An `Err` ends the reading.
    fn flaw(&mut self, flaw: Error) -> Result<(), Error>;
}

/// Forgives nothing.
pub(super) struct Strict;

impl Judge for Strict {
    fn flaw(&mut self, flaw: Error) -> Result<(), Error> {
        Err(flaw)
    }
}

/// Forgives and takes notes.
pub(super) struct Lenient {
    pub(super) warnings: Vec<Warning>,
    pub(super) limit: usize,
}

impl Judge for Lenient {
    fn flaw(&mut self, flaw: Error) -> Result<(), Error> {
        if self.warnings.len() < self.limit {
            self.warnings.push(flaw);
        }
        Ok(())
    }
}

/// Reads what was judged before.
pub(super) struct Judged;

impl Judge for Judged {
    fn flaw(&mut self, _: Error) -> Result<(), Error> {
        Ok(())
    }
}

/// A position in a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a [u8],
    /// The offset of the end of `rest`.
    end: usize,
}

impl<'a> Lexer<'a> {
    /// Reads `bytes`, the first of which has this offset.
    pub(super) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, end: offset.saturating_add(bytes.len()) }
    }

    /// The offset of the next token.
    pub(super) fn offset(&self) -> usize {
        self.end.saturating_sub(self.rest.len())
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next token. Byte strings of up to 99 bytes are read here, as nearly all are.
    #[inline(always)]
    pub(super) fn next(&mut self, judge: &mut impl Judge) -> Result<Token<'a>, Error> {
        let (token, rest) = match *self.rest {
            [b'l', ref rest @ ..] => (Token::List, rest),
            [b'd', ref rest @ ..] => (Token::Dict, rest),
            [b'e', ref rest @ ..] => (Token::End, rest),
            [b'i', ref body @ ..] => return self.integer(body, judge),
            _ => match short(self.rest) {
                Some((bytes, rest)) => (Token::Bytes(bytes), rest),
                None => return self.bytes(judge),
            },
        };
        self.rest = rest;
        Ok(token)
    }

    /// An error at the next token.
    fn error(&self, kind: ErrorKind) -> Error {
        Error { offset: self.offset(), kind }
    }

    /// A byte string of any length, or what is wrong with the next token.
    #[inline(never)]
    fn bytes(&mut self, judge: &mut impl Judge) -> Result<Token<'a>, Error> {
        match self.rest.first() {
            Some(b'0'..=b'9') => {}
            Some(&other) => return Err(self.error(ErrorKind::NotAValue(other))),
            None => return Err(Error { offset: self.end, kind: ErrorKind::Truncated }),
        }
        let mut length = 0_u64;
        let mut rest = self.rest;
        let after = loop {
            match rest.split_first() {
                Some((&digit @ b'0'..=b'9', tail)) => {
                    let digit = u64::from(digit.wrapping_sub(b'0'));
                    length = length.saturating_mul(10).saturating_add(digit);
                    rest = tail;
                }
                Some((b':', tail)) => break tail,
                Some((&other, tail)) => {
                    let offset = self.end.saturating_sub(tail.len()).saturating_sub(1);
                    return Err(Error { offset, kind: ErrorKind::NotALength(other) });
                }
                None => return Err(Error { offset: self.end, kind: ErrorKind::Truncated }),
            }
        };
        if let [b'0', b'0'..=b'9', ..] = self.rest {
            judge.flaw(self.error(ErrorKind::LengthLeadingZero))?;
        }
        let split = usize::try_from(length).ok().and_then(|at| after.split_at_checked(at));
        let Some((bytes, rest)) = split else {
            return Err(self.error(ErrorKind::StringPastEnd { length, left: after.len() }));
        };
        self.rest = rest;
        Ok(Token::Bytes(bytes))
    }

    #[inline]
    fn integer(&mut self, body: &'a [u8], judge: &mut impl Judge) -> Result<Token<'a>, Error> {
        let digits = body.strip_prefix(b"-").unwrap_or(body);
        let signed = digits.len() < body.len();
        let Some(count) = digits.iter().position(|byte| !byte.is_ascii_digit()) else {
            return Err(Error { offset: self.end, kind: ErrorKind::Truncated });
        };
        let (digits, tail) = digits.split_at_checked(count).unwrap_or((digits, &[]));
        let Some((&stop, rest)) = tail.split_first() else {
            return Err(Error { offset: self.end, kind: ErrorKind::Truncated });
        };
        if stop != b'e' {
            let offset = self.end.saturating_sub(tail.len());
            return Err(Error { offset, kind: ErrorKind::NotADigit(stop) });
        }
        match digits {
            [] => return Err(self.error(ErrorKind::NoDigits)),
            [b'0'] if signed => judge.flaw(self.error(ErrorKind::NegativeZero))?,
            [b'0', _, ..] => judge.flaw(self.error(ErrorKind::LeadingZero))?,
            _ => {}
        }
        let text = body.get(..count.saturating_add(usize::from(signed))).unwrap_or(digits);
        self.rest = rest;
        Ok(Token::Integer(text))
    }

    /// Passes over so many bytes that were judged before, and gives them.
    pub(super) fn pass(&mut self, length: usize) -> Option<&'a [u8]> {
        let (passed, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(passed)
    }

    /// Passes over one value that was judged before, in one look at each of its tokens, and gives
    /// its bytes.
    pub(super) fn skip(&mut self) -> Result<&'a [u8], Error> {
        let start = self.rest;
        let mut open = 0_usize;
        loop {
            match self.next(&mut Judged)? {
                Token::List | Token::Dict => open = open.saturating_add(1),
                Token::End => open = open.saturating_sub(1),
                Token::Integer(_) | Token::Bytes(_) => {}
            }
            if open == 0 {
                let length = start.len().saturating_sub(self.rest.len());
                return Ok(start.get(..length).unwrap_or(start));
            }
        }
    }
}

/// A byte string whose length has one digit, or two, and is canonical, and what follows it.
#[inline(always)]
fn short(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let digit = |byte: u8| usize::from(byte.wrapping_sub(b'0'));
    let (length, after) = match *bytes {
        [units @ b'0'..=b'9', b':', ref after @ ..] => (digit(units), after),
        [tens @ b'1'..=b'9', units @ b'0'..=b'9', b':', ref after @ ..] => {
            (digit(tens).wrapping_mul(10).wrapping_add(digit(units)), after)
        }
        _ => return None,
    };
    after.split_at_checked(length)
}
