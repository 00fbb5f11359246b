//! JSON strings.

use super::{Fault, Kind, Reader, Step};
use crate::bencode::json::hex;
use crate::bencode::write::digits;
use std::ops::Range;

impl<'a> Reader<'a> {
    /// Reads a string, writes it as a byte string and tells where its content lies in the output.
    pub(super) fn string(&mut self) -> Step<'a, Range<usize>> {
        let text = self.rest.get(1..).unwrap_or_default();
        let (run, rest) = run(text);
        if let [b'"', after @ ..] = rest {
            digits(&mut self.out, run.len() as u64);
            self.out.push(b':');
            let start = self.out.len();
            self.out.extend_from_slice(run);
            self.rest = after;
            return Ok(start..self.out.len());
        }
        // With escapes the length is known at the end; it is put in front then.
        let start = self.out.len();
        self.escaped(text)?;
        let content = self.out.len();
        digits(&mut self.out, content.saturating_sub(start) as u64);
        self.out.push(b':');
        let prefix = self.out.len().saturating_sub(content);
        if let Some(whole) = self.out.get_mut(start..) {
            whole.rotate_right(prefix);
        }
        Ok(start.saturating_add(prefix)..self.out.len())
    }

    /// Reads `{"$hex":"…"}` where that stands so, without spaces, and is right: the bytes go straight
    /// to the output, which elsewhere takes all the digits first. False: nothing was read.
    pub(super) fn plain_hex(&mut self) -> bool {
        let Some(text) = self.rest.strip_prefix(b"{\"$hex\":\"") else { return false };
        let end = text.iter().position(|byte| *byte == b'"').unwrap_or(text.len());
        let Some((content, [b'"', b'}', after @ ..])) = text.split_at_checked(end) else {
            return false;
        };
        let (pairs, []) = content.as_chunks::<2>() else { return false };
        let start = self.out.len();
        digits(&mut self.out, pairs.len() as u64);
        self.out.push(b':');
        self.out.reserve(pairs.len());
        for [high, low] in pairs {
            let Some(byte) = hex::byte(*high, *low) else {
                self.out.truncate(start);
                return false;
            };
            self.out.push(byte);
        }
        self.rest = after;
        true
    }

    fn escaped(&mut self, mut text: &'a [u8]) -> Step<'a> {
        loop {
            let (plain, rest) = run(text);
            self.out.extend_from_slice(plain);
            let fault = |kind| Err(Fault { rest, kind });
            text = match rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(());
                }
                [b'\\', b'u', rest @ ..] => match unit(rest) {
                    None => return fault(Kind::Escape),
                    Some((unit @ 0xd800..0xdc00, [b'\\', b'u', low @ ..])) => match self::unit(low)
                    {
                        Some((second @ 0xdc00..0xe000, rest)) => {
                            let high = unit.wrapping_sub(0xd800) << 10;
                            let low = second.wrapping_sub(0xdc00);
                            self.push(high.wrapping_add(low).wrapping_add(0x1_0000));
                            rest
                        }
                        _ => return fault(Kind::Surrogate),
                    },
                    Some((0xd800..0xe000, _)) => return fault(Kind::Surrogate),
                    Some((unit, rest)) => {
                        self.push(unit);
                        rest
                    }
                },
                [b'\\', escape, rest @ ..] => {
                    self.out.push(match escape {
                        b'"' | b'\\' | b'/' => *escape,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'b' => 0x08,
                        b'f' => 0x0c,
                        _ => return fault(Kind::Escape),
                    });
                    rest
                }
                [] | [b'\\'] => return fault(Kind::OpenString),
                _ => return fault(Kind::Control),
            };
        }
    }

    fn push(&mut self, code: u32) {
        let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Up to the first byte that says something other than itself.
fn run(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
    text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, &[]))
}

/// The four digits after `\u`.
fn unit(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<4>()?;
    let mut code = 0;
    for digit in digits {
        code = code << 4 | char::from(*digit).to_digit(16)?;
    }
    Some((code, rest))
}
