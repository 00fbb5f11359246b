//! JSON to bencode, straight into the output and without recursion.
//!
//! Each value is written as it is read. What can be known only at the end of an object is put
//! right there, in the output: keys that came out of order are sorted, and `$hex`, `$int` and
//! `$dict` become what they stand for.

#![deny(clippy::indexing_slicing)]

mod error;
mod rewrite;
mod text;

pub use error::{JsonError, JsonErrorKind};

use super::super::Limits;
use JsonErrorKind as Kind;
use std::cmp::Ordering;
use std::ops::Range;

/// Reads one JSON document and gives its canonical bencode (BEP 3).
///
/// Integers may have any length, also as plain numbers; object keys may come in any order, but
/// each once. What bencode can't say is refused: floats, `null`, `true` and `false`.
///
/// # Errors
/// Where and why this JSON is no bencode.
///
/// ```
/// use bt::bencode::json::read;
///
/// assert_eq!(read(br#"{"b":[1,"two"],"a":{"$hex":"ff"}}"#).unwrap(), b"d1:a1:\xff1:bli1e3:twoee");
/// let error = read(br#"{"info":{"files":[{"length":1.5}]}}"#).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     ".info.files[0].length (line 1, column 29): a float, which bencode does not have"
/// );
/// ```
pub fn read(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut reader = Reader { json, rest: json, out: Vec::new(), stack: Vec::new() };
    match reader.document() {
        Ok(()) => Ok(reader.out),
        Err(fault) => Err(reader.explain(fault)),
    }
}

/// Why the reading ended, and what was left to read then.
struct Fault<'a> {
    rest: &'a [u8],
    kind: Kind,
}

type Step<'a, T = ()> = Result<T, Fault<'a>>;

/// A list or an object that is open.
struct Frame {
    /// Where it begins in the output.
    start: usize,
    /// How many levels of bencode are inside of it so far.
    height: usize,
    shape: Shape,
}

enum Shape {
    /// With the index of the current element.
    List(usize),
    Dict {
        keys: usize,
        /// Where the current key lies in the output.
        last: Range<usize>,
        sorted: bool,
    },
}

struct Reader<'a> {
    json: &'a [u8],
    rest: &'a [u8],
    out: Vec<u8>,
    stack: Vec<Frame>,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Step<'a> {
        if let Err(error) = std::str::from_utf8(self.json) {
            let rest = self.json.get(error.valid_up_to()..).unwrap_or_default();
            return Err(Fault { rest, kind: Kind::NotUtf8 });
        }
        self.rest = self.rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.rest);
        self.space();
        if self.rest.is_empty() {
            return self.fail(Kind::Empty);
        }
        loop {
            if self.value()? {
                // Each end may be the end of what it stands in.
                while self.after_value()? {}
                if self.stack.is_empty() {
                    break;
                }
            }
        }
        if self.rest.is_empty() { Ok(()) } else { self.fail(Kind::Trailing) }
    }

    fn fail<T>(&self, kind: Kind) -> Step<'a, T> {
        Err(Fault { rest: self.rest, kind })
    }

    /// Reads a value, or the start of one: false where a list or object is open now and its first
    /// value must follow.
    fn value(&mut self) -> Step<'a, bool> {
        self.space();
        match self.rest {
            [b'"', ..] => self.string().map(|_| true),
            [b'-' | b'0'..=b'9', ..] => self.number().map(|()| true),
            [b'[', rest @ ..] => {
                self.open(Shape::List(0), b'l')?;
                self.rest = rest;
                self.space();
                self.closed(b']')
            }
            [b'{', rest @ ..] => {
                if self.plain_hex() {
                    return Ok(true);
                }
                self.open(Shape::Dict { keys: 0, last: 0..0, sorted: true }, b'd')?;
                self.rest = rest;
                self.space();
                if self.closed(b'}')? {
                    return Ok(true);
                }
                self.key()?;
                Ok(false)
            }
            [b'n', b'u', b'l', b'l', ..] => self.fail(Kind::Null),
            [b't', b'r', b'u', b'e', ..] | [b'f', b'a', b'l', b's', b'e', ..] => {
                self.fail(Kind::Boolean)
            }
            _ => self.fail(Kind::Expected("a value")),
        }
    }

    /// After a value: true where it was the last one and so its list or object has ended too.
    fn after_value(&mut self) -> Step<'a, bool> {
        self.space();
        let Some(frame) = self.stack.last_mut() else { return Ok(false) };
        match (&mut frame.shape, self.rest) {
            (Shape::List(index), [b',', rest @ ..]) => {
                *index = index.saturating_add(1);
                self.rest = rest;
                Ok(false)
            }
            (Shape::Dict { .. }, [b',', rest @ ..]) => {
                self.rest = rest;
                self.space();
                self.key()?;
                Ok(false)
            }
            (Shape::List(_), [b']', ..]) => self.closed(b']'),
            (Shape::Dict { .. }, [b'}', ..]) => self.closed(b'}'),
            (Shape::List(_), _) => self.fail(Kind::Expected("',' or ']'")),
            (Shape::Dict { .. }, _) => self.fail(Kind::Expected("',' or '}'")),
        }
    }

    fn open(&mut self, shape: Shape, letter: u8) -> Step<'a> {
        let limit = Limits::default().depth;
        // A dictionary that an object can't say takes three levels of JSON.
        if self.stack.len() > limit.saturating_mul(3) {
            return self.fail(Kind::TooDeep(limit));
        }
        self.stack.push(Frame { start: self.out.len(), height: 0, shape });
        self.out.push(letter);
        Ok(())
    }

    /// Ends the innermost list or object, if its bracket comes.
    fn closed(&mut self, bracket: u8) -> Step<'a, bool> {
        let here = self.rest;
        let Some(rest) = here.strip_prefix(&[bracket]) else { return Ok(false) };
        let Some(frame) = self.stack.pop() else { return Ok(false) };
        self.rest = rest;
        let height = self.rewrite(&frame).map_err(|kind| Fault { rest: here, kind })?;
        let limit = Limits::default().depth;
        // A list may yet turn out to be one of the two levels within `$dict` that go.
        let spare = if bracket == b']' && !self.stack.is_empty() { 2 } else { 0 };
        if height > limit.saturating_add(spare) {
            return Err(Fault { rest: here, kind: Kind::TooDeep(limit) });
        }
        if let Some(outer) = self.stack.last_mut() {
            outer.height = outer.height.max(height);
        }
        Ok(true)
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Step<'a> {
        let here = self.rest;
        if here.first() != Some(&b'"') {
            return self.fail(Kind::Expected("a key"));
        }
        let key = self.string()?;
        let Some(Frame { shape: Shape::Dict { keys, last, sorted }, .. }) = self.stack.last_mut()
        else {
            return Ok(());
        };
        let order = match *keys {
            0 => Ordering::Less,
            _ => self.out.get(last.clone()).cmp(&self.out.get(key.clone())),
        };
        *last = key;
        *keys = keys.saturating_add(1);
        match order {
            Ordering::Less => {}
            Ordering::Equal => return Err(Fault { rest: here, kind: Kind::DoubleKey }),
            Ordering::Greater => *sorted = false,
        }
        self.space();
        match self.rest {
            [b':', rest @ ..] => {
                self.rest = rest;
                Ok(())
            }
            _ => self.fail(Kind::Expected("':'")),
        }
    }

    /// An integer of any length, digit by digit as found.
    fn number(&mut self) -> Step<'a> {
        let here = self.rest;
        let body = here.strip_prefix(b"-").unwrap_or(here);
        let count = body.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(body.len());
        let (digits, rest) = body.split_at_checked(count).unwrap_or((body, &[]));
        match (digits, rest) {
            ([] | [b'0', _, ..], _) => return self.fail(Kind::Expected("a number")),
            (_, [b'.' | b'e' | b'E', ..]) => return self.fail(Kind::Float),
            // What arithmetic of floats makes of `0 * -1`.
            ([b'0'], _) => self.out.extend_from_slice(b"i0e"),
            _ => {
                self.out.push(b'i');
                let length = here.len().saturating_sub(rest.len());
                self.out.extend_from_slice(here.get(..length).unwrap_or(digits));
                self.out.push(b'e');
            }
        }
        self.rest = rest;
        Ok(())
    }

    fn space(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}
