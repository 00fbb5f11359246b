//! Bencode to JSON in two passes over the same bytes.
//!
//! Whether a dictionary can be an object is known at its end, but JSON must say it at its start.
//! So the first pass, which judges the document anyway, notes one bit for each dictionary, and the
//! second writes as it goes: besides the input no memory grows but those bits.

#![deny(clippy::indexing_slicing)]

use super::super::lexer::{Judge, Lenient, Strict};
use super::super::scan::{Event, Scanner};
use super::super::{Digits, Error, Limits, Value, Warning};
use super::{SAFE, hex};
use std::io::{self, BufWriter, Write};

/// What the JSON looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// All on one line, without spaces.
    Compact,
    /// A line for each entry. Characters that steer a terminal are escaped.
    Indented,
    /// [`Style::Indented`] with the colours of a terminal.
    Coloured,
}

/// A document that was judged, and whose JSON is planned.
#[derive(Debug)]
pub struct Document<'a> {
    value: Value<'a>,
    objects: Bits,
}

impl<'a> Document<'a> {
    /// Reads canonical bencode.
    ///
    /// # Errors
    /// As [`parse`](super::super::parse).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Ok(Self::judged_by(Strict, bytes)?.0)
    }

    /// Reads bencode as it is found in the wild.
    ///
    /// # Errors
    /// As [`parse_lenient`](super::super::parse_lenient).
    pub fn parse_lenient(bytes: &'a [u8]) -> Result<(Self, Vec<Warning>), Error> {
        let limit = Limits::default().warnings;
        let (document, judge) = Self::judged_by(Lenient { warnings: Vec::new(), limit }, bytes)?;
        Ok((document, judge.warnings))
    }

    fn judged_by<J: Judge>(judge: J, bytes: &'a [u8]) -> Result<(Self, J), Error> {
        let mut scanner = Scanner::new(bytes, Limits::default(), judge);
        let mut plan = Plan::default();
        scanner.run(|event| plan.step(event))?;
        let length = bytes.len().saturating_sub(scanner.rest().len());
        let value = Value::judged(bytes.get(..length).unwrap_or(bytes), 0);
        Ok((Self { value, objects: plan.objects }, scanner.into_judge()))
    }

    /// Writes the JSON, without a newline at its end.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: impl Write, style: Style) -> io::Result<()> {
        let mut printer = Printer {
            out: BufWriter::with_capacity(1 << 16, out),
            human: style != Style::Compact,
            colour: style == Style::Coloured,
            stack: Vec::new(),
        };
        let mut scanner = Scanner::judged(self.value);
        let mut dicts = 0;
        while let Ok(Some(event)) = scanner.next() {
            let object = event == Event::Dict && {
                dicts += 1;
                self.objects.get(dicts - 1)
            };
            printer.step(event, object)?;
        }
        printer.out.flush()
    }
}

/// A value of a judged document, such as one entry of it.
impl<'a> From<Value<'a>> for Document<'a> {
    fn from(value: Value<'a>) -> Self {
        let mut plan = Plan::default();
        let mut scanner = Scanner::judged(value);
        while let Ok(Some(event)) = scanner.next() {
            plan.step(event);
        }
        Self { value, objects: plan.objects }
    }
}

/// A bit for each dictionary in the order of their starts.
#[derive(Default, Debug)]
struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    /// Adds one that is not set.
    fn push(&mut self) -> usize {
        if self.count.is_multiple_of(64) {
            self.words.push(0);
        }
        self.count += 1;
        self.count - 1
    }

    fn set(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    fn get(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

/// Finds out which dictionaries can be objects.
#[derive(Default)]
struct Plan {
    objects: Bits,
    /// `None` for a list.
    open: Vec<Option<Candidate>>,
}

struct Candidate {
    index: usize,
    keys: usize,
    /// Whether the keys so far are fit for an object.
    fit: bool,
    /// Whether the last key starts with `$`.
    dollar: bool,
}

impl Plan {
    #[inline]
    fn step(&mut self, event: Event<'_>) {
        match event {
            Event::Integer(_) | Event::Bytes(_) => {}
            Event::List => self.open.push(None),
            Event::Dict => {
                let index = self.objects.push();
                self.open.push(Some(Candidate { index, keys: 0, fit: true, dollar: false }));
            }
            Event::Key { key, sorted } => {
                if let Some(Some(dict)) = self.open.last_mut() {
                    dict.keys += 1;
                    dict.fit = dict.fit && sorted && std::str::from_utf8(key).is_ok();
                    dict.dollar = key.first() == Some(&b'$');
                }
            }
            Event::End => {
                if let Some(Some(dict)) = self.open.pop()
                    && dict.fit
                    && !(dict.keys == 1 && dict.dollar)
                {
                    self.objects.set(dict.index);
                }
            }
        }
    }
}

/// What the printer stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    List,
    Object,
    Pairs,
}

struct Level {
    form: Form,
    empty: bool,
}

/// Colours as most JSON printers have them: keys blue, strings green, numbers cyan.
const KEY: &[u8] = b"\x1b[34;1m";
const TEXT: &[u8] = b"\x1b[32m";
const NUMBER: &[u8] = b"\x1b[36m";
const RESET: &[u8] = b"\x1b[0m";

struct Printer<W: Write> {
    out: BufWriter<W>,
    human: bool,
    colour: bool,
    stack: Vec<Level>,
}

impl<W: Write> Printer<W> {
    #[inline]
    fn step(&mut self, event: Event<'_>, object: bool) -> io::Result<()> {
        match event {
            Event::Key { key, .. } => self.key(key),
            Event::End => self.close(),
            Event::Integer(text) => {
                self.element()?;
                self.integer(Digits::new(text))?;
                self.finished()
            }
            Event::Bytes(bytes) => {
                self.element()?;
                self.bytes(bytes, TEXT)?;
                self.finished()
            }
            Event::List => self.open(Form::List, b"["),
            Event::Dict if object => self.open(Form::Object, b"{"),
            Event::Dict => self.open(Form::Pairs, b"{\"$dict\":["),
        }
    }

    fn open(&mut self, form: Form, bracket: &[u8]) -> io::Result<()> {
        self.element()?;
        self.stack.push(Level { form, empty: true });
        self.out.write_all(bracket)
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(level) = self.stack.pop() else { return Ok(()) };
        if !level.empty {
            self.line()?;
        }
        self.out.write_all(match level.form {
            Form::List => b"]",
            Form::Object => b"}",
            Form::Pairs => b"]}",
        })?;
        self.finished()
    }

    /// Before a value: what parts it from the one before, where it is an element of a list.
    fn element(&mut self) -> io::Result<()> {
        match self.stack.last() {
            Some(Level { form: Form::List, .. }) => self.separate(),
            _ => Ok(()),
        }
    }

    /// After a value.
    fn finished(&mut self) -> io::Result<()> {
        match self.stack.last() {
            Some(Level { form: Form::Pairs, .. }) => self.out.write_all(b"]"),
            _ => Ok(()),
        }
    }

    fn key(&mut self, key: &[u8]) -> io::Result<()> {
        self.separate()?;
        let pairs = self.stack.last().is_some_and(|level| level.form == Form::Pairs);
        if pairs {
            self.out.write_all(b"[")?;
        }
        self.bytes(key, KEY)?;
        self.out.write_all(if pairs { b"," } else { b":" })?;
        if self.human { self.out.write_all(b" ") } else { Ok(()) }
    }

    fn separate(&mut self) -> io::Result<()> {
        if let Some(level) = self.stack.last_mut()
            && !std::mem::take(&mut level.empty)
        {
            self.out.write_all(b",")?;
        }
        self.line()
    }

    fn line(&mut self) -> io::Result<()> {
        if self.human {
            self.out.write_all(b"\n")?;
            for _ in &self.stack {
                self.out.write_all(b"  ")?;
            }
        }
        Ok(())
    }

    fn integer(&mut self, number: Digits<'_>) -> io::Result<()> {
        let Digits { negative, magnitude } = number;
        let safe =
            magnitude.len() < SAFE.len() || magnitude.len() == SAFE.len() && magnitude <= SAFE;
        if !safe {
            self.out.write_all(b"{\"$int\":\"")?;
        }
        self.paint(NUMBER)?;
        if negative {
            self.out.write_all(b"-")?;
        }
        self.out.write_all(magnitude.as_bytes())?;
        self.paint(RESET)?;
        if safe { Ok(()) } else { self.out.write_all(b"\"}") }
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8], colour: &[u8]) -> io::Result<()> {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                self.paint(colour)?;
                self.out.write_all(b"\"")?;
                if self.human && text.bytes().any(|byte| byte >= 0x7f) {
                    self.shown(text)?;
                } else {
                    self.escaped(bytes)?;
                }
                self.out.write_all(b"\"")?;
                self.paint(RESET)
            }
            Err(_) => {
                self.out.write_all(b"{\"$hex\":\"")?;
                self.paint(colour)?;
                for chunk in bytes.chunks(1024) {
                    let mut digits = [0; 2048];
                    for (pair, byte) in digits.chunks_exact_mut(2).zip(chunk) {
                        pair.copy_from_slice(&hex::digits(*byte));
                    }
                    self.out.write_all(digits.get(..chunk.len() * 2).unwrap_or_default())?;
                }
                self.paint(RESET)?;
                self.out.write_all(b"\"}")
            }
        }
    }

    /// Escapes what JSON must escape; everything between goes out in one write.
    fn escaped(&mut self, mut text: &[u8]) -> io::Result<()> {
        while let Some(at) = text.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
            let (run, rest) = text.split_at_checked(at).unwrap_or((text, &[]));
            let Some((&byte, rest)) = rest.split_first() else { break };
            self.out.write_all(run)?;
            let short = match byte {
                b'"' | b'\\' => byte,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0x08 => b'b',
                0x0c => b'f',
                _ => 0,
            };
            match short {
                0 => write!(self.out, "\\u{byte:04x}")?,
                short => self.out.write_all(&[b'\\', short])?,
            }
            text = rest;
        }
        self.out.write_all(text)
    }

    /// [`Self::escaped`] for a terminal, which a name of a file must not steer.
    fn shown(&mut self, text: &str) -> io::Result<()> {
        // JSON has escapes of its own for the control characters of ASCII.
        let odd = |c: char| c >= '\u{7f}' && steers(c);
        for part in text.split_inclusive(odd) {
            match part.chars().next_back().filter(|last| odd(*last)) {
                Some(last) => {
                    let plain = part.len() - last.len_utf8();
                    self.escaped(part.as_bytes().get(..plain).unwrap_or_default())?;
                    write!(self.out, "\\u{:04x}", u32::from(last))?;
                }
                None => self.escaped(part.as_bytes())?,
            }
        }
        Ok(())
    }

    fn paint(&mut self, colour: &[u8]) -> io::Result<()> {
        if self.colour { self.out.write_all(colour) } else { Ok(()) }
    }
}

/// Control characters, line separators, and what turns the direction of text: a terminal may obey
/// them, or show something else than is there.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}')
}
