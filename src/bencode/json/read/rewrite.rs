//! What is done to a list or object at its end, within the output.
//!
//! The output is bencode already, so it is read with the lexer; besides it only the places of the
//! entries are kept, and one copy of a dictionary that must be sorted.

use super::error::shown;
use super::{Frame, Kind, Reader, Shape};
use crate::bencode::json::hex;
use crate::bencode::lexer::{Judged, Lexer, Token};
use crate::bencode::write::digits;
use std::ops::Range;

impl Reader<'_> {
    /// Ends a list or object and tells how many levels of bencode it has.
    pub(super) fn rewrite(&mut self, frame: &Frame) -> Result<usize, Kind> {
        if let Shape::Dict { keys, last, sorted } = &frame.shape {
            let key = self.out.get(last.clone()).unwrap_or_default();
            match key {
                [b'$', ..] if *keys == 1 => {
                    let value = last.end;
                    match key {
                        b"$hex" => self.hex(frame.start, value)?,
                        b"$int" => self.int(frame.start, value)?,
                        b"$dict" => {
                            self.pairs(frame.start, value)?;
                            // The list and its pairs were levels that are gone.
                            return Ok(frame.height.saturating_sub(1).max(1));
                        }
                        key => return Err(Kind::Dollar(shown(key))),
                    }
                    return Ok(0);
                }
                _ if !sorted => self.sort(frame.start.saturating_add(1))?,
                _ => {}
            }
        }
        self.out.push(b'e');
        Ok(frame.height.saturating_add(1))
    }

    fn lexer(&self, at: usize) -> Lexer<'_> {
        Lexer::new(self.out.get(at..).unwrap_or_default(), at)
    }

    /// Where the content of the byte string at `at` lies.
    fn content(&self, at: usize) -> Option<Range<usize>> {
        let mut lexer = self.lexer(at);
        match lexer.next(&mut Judged) {
            Ok(Token::Bytes(bytes)) => {
                Some(lexer.offset().saturating_sub(bytes.len())..lexer.offset())
            }
            _ => None,
        }
    }

    /// `d4:$hex4:beefe` to `2:\xbe\xef`, in place: what is written never overtakes what is read.
    fn hex(&mut self, start: usize, value: usize) -> Result<(), Kind> {
        let content = self.content(value).ok_or(Kind::Hex)?;
        if content.len() % 2 == 1 {
            return Err(Kind::Hex);
        }
        let mut prefix = Vec::with_capacity(21);
        digits(&mut prefix, (content.len() / 2) as u64);
        prefix.push(b':');
        let body = content.start;
        for (index, at) in content.clone().step_by(2).enumerate() {
            let Some([high, low]) = self.out.get(at..at.saturating_add(2)) else { break };
            let byte = hex::byte(*high, *low).ok_or(Kind::Hex)?;
            if let Some(slot) = self.out.get_mut(body.saturating_add(index)) {
                *slot = byte;
            }
        }
        self.out.truncate(body.saturating_add(content.len() / 2));
        drop(self.out.splice(start..body, prefix));
        Ok(())
    }

    /// `d4:$int2:-7e` to `i-7e`.
    fn int(&mut self, start: usize, value: usize) -> Result<(), Kind> {
        let content = self.content(value).ok_or(Kind::Int)?;
        let text = self.out.get(content.clone()).unwrap_or_default();
        let number = text.strip_prefix(b"-").unwrap_or(text);
        let canonical = match number {
            [] => false,
            [b'0'] => number.len() == text.len(),
            [b'0', ..] => false,
            _ => number.iter().all(u8::is_ascii_digit),
        };
        if !canonical {
            return Err(Kind::Int);
        }
        drop(self.out.splice(start..content.start, *b"i"));
        self.out.push(b'e');
        Ok(())
    }

    /// `d5:$dictll1:ai1eeee` to `d1:ai1ee`.
    fn pairs(&mut self, start: usize, value: usize) -> Result<(), Kind> {
        if self.out.get(value) != Some(&b'l') {
            return Err(Kind::Dict);
        }
        let mut from = value.saturating_add(1);
        let mut to = start.saturating_add(1);
        let mut index = 0_usize;
        let mut last = None;
        let mut sorted = true;
        while self.out.get(from) == Some(&b'l') {
            let key = from.saturating_add(1);
            let Some(content) = self.content(key) else { return Err(Kind::Pair(index)) };
            let mut lexer = self.lexer(content.end);
            if lexer.rest().first() == Some(&b'e') || lexer.skip().is_err() {
                return Err(Kind::Pair(index));
            }
            let end = lexer.offset();
            if self.out.get(end) != Some(&b'e') {
                return Err(Kind::Pair(index));
            }
            let key_now = to.saturating_add(content.start.saturating_sub(key));
            let key_now = key_now..key_now.saturating_add(content.len());
            self.out.copy_within(key..end, to);
            to = to.saturating_add(end.saturating_sub(key));
            if let Some(last) = last.replace(key_now.clone()) {
                sorted = sorted && self.out.get::<Range<usize>>(last) < self.out.get(key_now);
            }
            from = end.saturating_add(1);
            index = index.saturating_add(1);
        }
        if self.out.get(from) != Some(&b'e') {
            return Err(Kind::Pair(index));
        }
        self.out.truncate(to);
        if !sorted {
            self.sort(start.saturating_add(1))?;
        }
        self.out.push(b'e');
        Ok(())
    }

    /// Sorts the entries that fill the output from `start` on.
    fn sort(&mut self, start: usize) -> Result<(), Kind> {
        let body = self.out.get(start..).unwrap_or_default();
        let entry = |at: usize| Lexer::new(body.get(at..).unwrap_or_default(), at);
        let key = |at: usize| match entry(at).next(&mut Judged) {
            Ok(Token::Bytes(key)) => key,
            _ => &[],
        };
        let mut starts = Vec::new();
        let mut lexer = entry(0);
        while !lexer.rest().is_empty() {
            starts.push(lexer.offset());
            if lexer.skip().and_then(|_| lexer.skip()).is_err() {
                break;
            }
        }
        starts.sort_unstable_by(|a, b| key(*a).cmp(key(*b)));
        for (a, b) in starts.iter().zip(starts.iter().skip(1)) {
            if key(*a) == key(*b) {
                return Err(Kind::DoubleKeys(shown(key(*a))));
            }
        }
        let mut sorted = Vec::with_capacity(body.len());
        for at in starts {
            let mut lexer = entry(at);
            for _ in 0..2 {
                sorted.extend_from_slice(lexer.skip().unwrap_or_default());
            }
        }
        self.out.truncate(start);
        self.out.extend_from_slice(&sorted);
        Ok(())
    }
}
