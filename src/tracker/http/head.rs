//! The head of a request, for the few kinds that a tracker gets by the million: an announce or a
//! scrape by GET, without a body. All else is left to a whole HTTP server, which takes it from the
//! first byte on; so what is odd is never misread here, only read more slowly there. It gets heads that
//! are whole, since it has buffers for each connection, and who sends a head slowly costs no more
//! than what was sent.
//!
//! What comes in is hostile: each byte is looked at a bounded number of times, however it is cut.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::tracker::keys::{Endpoint, of_path};
use memchr::{memchr, memchr_iter};

/// How every head that is read here begins.
const BEGIN: &[u8] = b"GET /";
/// Bytes of a request line that are not its target.
const AROUND_TARGET: usize = "GET  HTTP/1.1\r".len();
/// Bytes of empty lines before a request, which are passed over (RFC 9112, section 2.2).
const EMPTY_MOST: usize = 16;

/// The version of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
}

/// The head of an announce or a scrape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head<'a> {
    /// What is asked.
    pub endpoint: Endpoint,
    /// Path and query, as they stand there.
    pub target: &'a [u8],
    /// The passkey in front of the action: `/KEY/announce`.
    pub key: Option<&'a [u8]>,
    /// What stands behind the `?`, still encoded.
    pub query: &'a [u8],
    /// The version.
    pub version: Version,
    /// Whether the connection stays for further requests.
    pub keep_alive: bool,
    /// Whether the answer may be compressed by gzip.
    pub gzip: bool,
    /// The value of `Forwarded` (RFC 7239).
    pub forwarded: Option<&'a [u8]>,
    /// The value of `X-Forwarded-For`.
    pub x_forwarded_for: Option<&'a [u8]>,
    /// The value of `User-Agent`, of the last where there are several.
    pub user_agent: Option<&'a [u8]>,
    /// How many bytes the head takes.
    pub length: usize,
}

/// What was made of the bytes so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading<'a> {
    /// The end is still to come.
    Partial,
    /// An announce or a scrape.
    Taken(Head<'a>),
    /// A whole head, for another reader, from the first byte on.
    Other,
    /// What no request begins with (400).
    Garbled,
    /// The target is longer than allowed (414).
    LongTarget,
    /// The head is longer than allowed (431).
    LongHead,
}

/// How long a head may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of the whole.
    pub head: usize,
    /// Bytes of the target.
    pub target: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: 16 * 1024, target: 8 * 1024 }
    }
}

/// Reads one head, however many pieces it comes in.
#[derive(Clone, Debug, Default)]
pub struct HeadReader {
    /// Bytes of empty lines before it.
    empty: usize,
    /// Bytes behind these that were looked at.
    seen: usize,
    /// Where the line begins that has not ended yet.
    line: usize,
    /// It is for another reader, once it is whole.
    odd: bool,
    /// Letters of its method then, as far as it has come.
    method: usize,
}

impl HeadReader {
    /// Looks at all bytes that have come since the last head: what was given before, and more. The
    /// verdict does not depend on where the pieces were cut. After one other than
    /// [`Reading::Partial`] it is ready for the next head.
    pub fn read<'a>(&mut self, bytes: &'a [u8], limits: &Limits) -> Reading<'a> {
        let reading = self.look(bytes, limits);
        if reading != Reading::Partial {
            *self = Self::default();
        }
        reading
    }

    fn look<'a>(&mut self, bytes: &'a [u8], limits: &Limits) -> Reading<'a> {
        let first_most = limits.target.saturating_add(AROUND_TARGET);
        let mut bytes = bytes;
        if !bytes.iter().zip(BEGIN).all(|(byte, wanted)| byte == wanted) {
            match self.begin(bytes, first_most) {
                Ok(begun) => bytes = begun,
                Err(reading) => return reading,
            }
        }
        let from = self.seen;
        for at in memchr_iter(b'\n', bytes.get(from..).unwrap_or_default()) {
            let at = from.saturating_add(at);
            if self.line == 0 && at > first_most {
                return Reading::LongTarget;
            }
            if at >= limits.head {
                return Reading::LongHead;
            }
            let end = at.saturating_add(1);
            match bytes.get(self.line..at) {
                Some(b"\r") if !self.odd => {
                    let whole = bytes.get(..end).unwrap_or_default();
                    return parse(whole).map_or(Reading::Other, Reading::Taken);
                }
                Some(b"" | b"\r") => return Reading::Other,
                // Some end their lines by LF alone.
                line => self.odd |= !matches!(line, Some([.., b'\r'])),
            }
            self.line = end;
        }
        self.seen = bytes.len();
        match self.line {
            0 if bytes.len() > first_most.saturating_add(1) => Reading::LongTarget,
            _ if bytes.len() > limits.head => Reading::LongHead,
            _ => Reading::Partial,
        }
    }

    /// Looks at how a head begins that is for another reader: empty lines, a method, a blank. Returns
    /// what comes behind the empty lines, or that it is none.
    #[cold]
    fn begin<'a>(&mut self, bytes: &'a [u8], most: usize) -> Result<&'a [u8], Reading<'a>> {
        self.odd = true;
        let bytes = loop {
            let rest = bytes.get(self.empty..).unwrap_or_default();
            let end = match rest {
                [] | [b'\r'] => return Err(Reading::Partial),
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => break rest,
            };
            self.empty = self.empty.saturating_add(end);
            if self.empty > EMPTY_MOST {
                return Err(Reading::Garbled);
            }
        };
        // What is longer is too long, whatever stands there.
        let line = bytes.get(..=most.saturating_add(1)).unwrap_or(bytes);
        let rest = line.get(self.method..).unwrap_or_default();
        let more = rest.iter().position(|byte| !in_method(byte));
        self.method = self.method.saturating_add(more.unwrap_or(rest.len()));
        match line.get(self.method) {
            None => Ok(bytes),
            Some(b' ') if self.method > 0 => Ok(bytes),
            Some(_) => Err(Reading::Garbled),
        }
    }
}

/// The method that a head begins with, behind empty lines, however much of it there is. None of the
/// registered ones is longer than this takes.
pub fn method_of(head: &[u8]) -> Option<&str> {
    const LONGEST: usize = "UPDATEREDIRECTREF".len();
    let method = head.trim_ascii_start().get(..=LONGEST)?.split(|&byte| byte == b' ').next()?;
    let whole = (1..=LONGEST).contains(&method.len()) && method.iter().all(in_method);
    str::from_utf8(method).ok().filter(|_| whole)
}

/// Whether a method may have this byte (RFC 9110, section 5.6.2).
fn in_method(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// A head that is whole, its lines ended by CR LF; `None` where anything is out of the ordinary.
fn parse(head: &[u8]) -> Option<Head<'_>> {
    let (line, mut rest) = cut_line(head)?;
    let line = line.strip_prefix(b"GET ")?;
    let (target, version) = line.split_at_checked(memchr(b' ', line)?)?;
    let version = match version {
        b" HTTP/1.1" => Version::Http11,
        b" HTTP/1.0" => Version::Http10,
        _ => return None,
    };
    let (path, query) = target.split_at_checked(memchr(b'?', target)?)?;
    if !path.iter().all(|byte| *byte == b'/' || plain(byte)) {
        return None;
    }
    let (endpoint, key) = of_path(path)?;
    // A byte beyond ASCII is what some clients leave of a hash.
    if query.iter().any(|&byte| byte <= b' ' || byte == 0x7f || byte == b'#') {
        return None;
    }
    let mut out = Head {
        endpoint,
        target,
        key,
        query: query.get(1..)?,
        version,
        keep_alive: version == Version::Http11,
        gzip: false,
        forwarded: None,
        x_forwarded_for: None,
        user_agent: None,
        length: head.len(),
    };
    let (mut connection, mut host) = (None, None);
    loop {
        let (line, after) = cut_line(rest)?;
        if line.is_empty() {
            break;
        }
        rest = after;
        let (name, value) = line.split_at_checked(memchr(b':', line)?)?;
        let value = value.get(1..)?;
        let text = |byte: &u8| *byte >= b' ' && *byte != 0x7f || *byte == b'\t';
        if !value.iter().all(text) {
            return None;
        }
        if name.is_empty() || !name.iter().all(plain) {
            if several_words(name) {
                continue;
            }
            return None;
        }
        // `Host` is not asked for, of HTTP/1.1 neither, though RFC 9112 (section 3.2) wants 400 where it is
        // missing: nothing depends on it here, and a client that was written by hand is no worse a peer.
        // Two are for the other reader, who refuses them: a proxy may have gone by the first or the last.
        let value = value.trim_ascii();
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        match name.len() {
            10 if is("user-agent") => out.user_agent = Some(value),
            10 if is("connection") => once(&mut connection, value)?,
            9 if is("forwarded") => once(&mut out.forwarded, value)?,
            15 if is("x-forwarded-for") => once(&mut out.x_forwarded_for, value)?,
            15 if is("accept-encoding") => out.gzip |= takes_gzip(value),
            14 if is("content-length") => return None,
            17 if is("transfer-encoding") => return None,
            7 if is("upgrade") => return None,
            6 if is("expect") => return None,
            4 if is("host") => once(&mut host, value)?,
            _ => {}
        }
    }
    if let Some(value) = connection {
        out.keep_alive = match value {
            value if value.eq_ignore_ascii_case(b"close") => false,
            value if value.eq_ignore_ascii_case(b"keep-alive") => true,
            _ => return None,
        };
    }
    Some(out)
}

/// The first line without its end, and what comes after.
fn cut_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr(b'\n', bytes)?;
    let (line, rest) = bytes.split_at_checked(at)?;
    Some((line.strip_suffix(b"\r")?, rest.get(1..)?))
}

/// A field that comes twice is for a reader who joins its values.
fn once<'a>(field: &mut Option<&'a [u8]>, value: &'a [u8]) -> Option<()> {
    field.replace(value).is_none().then_some(())
}

/// Whether a name is what some clients make of one, `User Agent`, and says nothing. One with a blank
/// before its colon is no such: another reader may take it for what it is without.
#[cold]
fn several_words(name: &[u8]) -> bool {
    let framing = |word: &[u8]| {
        [&b"content-length"[..], b"transfer-encoding"]
            .iter()
            .any(|it| word.eq_ignore_ascii_case(it))
    };
    let mut words = name.split(|&byte| byte == b' ');
    words.all(|word| !word.is_empty() && word.iter().all(plain) && !framing(word))
}

/// Whether a byte stands for itself and nothing else, in a path or a name.
fn plain(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Whether an `Accept-Encoding` takes gzip.
pub fn takes_gzip(value: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|coding| {
        let mut parts = coding.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(b"gzip"));
        let never = |part: &[u8]| {
            let weight = part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q="));
            weight.is_some_and(|weight| weight.iter().all(|&byte| matches!(byte, b'0' | b'.')))
        };
        named && !parts.any(never)
    })
}

#[cfg(test)]
mod tests;
