//! Writes canonical bencode (BEP 3) straight into one buffer.

#![deny(clippy::indexing_slicing)]

use std::ops::Range;

/// Writes values one after the other: one for a document, any number for the content of a list.
///
/// ```
/// use bt::bencode::Writer;
///
/// let mut w = Writer::new();
/// w.dict(|d| {
///     d.bytes(b"announce", b"http://tracker.example/announce");
///     d.dict(b"info", |info| {
///         info.int(b"length", 3);
///         info.bytes(b"name", b"foo");
///     });
///     d.list(b"nodes", |nodes| {
///         nodes.list(|node| {
///             node.bytes(b"::1").int(6881);
///         });
///     });
/// });
/// # assert!(bt::bencode::parse(&w.into_bytes()).is_ok());
/// ```
#[derive(Clone, Default, Debug)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Begins an empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that were written.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let bytes = bytes.as_ref();
        digits(&mut self.out, bytes.len() as u64);
        self.out.push(b':');
        self.out.extend_from_slice(bytes);
        self
    }

    /// An integer.
    pub fn int(&mut self, number: impl Into<i128>) -> &mut Self {
        let number = number.into();
        self.out.push(b'i');
        if number < 0 {
            self.out.push(b'-');
        }
        match u64::try_from(number.unsigned_abs()) {
            Ok(small) => digits(&mut self.out, small),
            Err(_) => self.out.extend_from_slice(number.unsigned_abs().to_string().as_bytes()),
        }
        self.out.push(b'e');
        self
    }

    /// A value that is bencode already, such as an `info` dictionary as found. It must be exactly
    /// one canonical value.
    pub fn raw(&mut self, value: impl AsRef<[u8]>) -> &mut Self {
        self.out.extend_from_slice(value.as_ref());
        self
    }

    /// A list of what the closure writes.
    pub fn list<R>(&mut self, content: impl FnOnce(&mut Writer) -> R) -> R {
        self.out.push(b'l');
        let result = content(self);
        self.out.push(b'e');
        result
    }

    /// A dictionary of the entries that the closure writes.
    pub fn dict<R>(&mut self, content: impl FnOnce(&mut Dict<'_>) -> R) -> R {
        self.out.push(b'd');
        let result = content(&mut Dict { writer: self, last: None });
        self.out.push(b'e');
        result
    }
}

/// Continues behind what is there already.
impl From<Vec<u8>> for Writer {
    fn from(out: Vec<u8>) -> Self {
        Self { out }
    }
}

/// Writes the entries of a dictionary. Keys must come sorted by their bytes, each once; a debug
/// build checks that.
#[derive(Debug)]
pub struct Dict<'a> {
    writer: &'a mut Writer,
    /// Where the last key lies in the output.
    last: Option<Range<usize>>,
}

impl Dict<'_> {
    /// Writes a key; exactly one value must follow, which the writer given takes.
    pub fn key(&mut self, key: impl AsRef<[u8]>) -> &mut Writer {
        let key = key.as_ref();
        if cfg!(debug_assertions) {
            let last = self.last.clone().and_then(|last| self.writer.out.get(last));
            debug_assert!(
                last.is_none_or(|last| last < key),
                "key {} is out of order",
                key.escape_ascii()
            );
        }
        self.writer.bytes(key);
        let end = self.writer.out.len();
        self.last = Some(end.saturating_sub(key.len())..end);
        self.writer
    }

    /// A key and a byte string.
    pub fn bytes(&mut self, key: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.key(key).bytes(bytes);
        self
    }

    /// A key and an integer.
    pub fn int(&mut self, key: impl AsRef<[u8]>, number: impl Into<i128>) -> &mut Self {
        self.key(key).int(number);
        self
    }

    /// A key and a value that is bencode already.
    pub fn raw(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> &mut Self {
        self.key(key).raw(value);
        self
    }

    /// A key and a list of what the closure writes.
    pub fn list<R>(&mut self, key: impl AsRef<[u8]>, content: impl FnOnce(&mut Writer) -> R) -> R {
        self.key(key).list(content)
    }

    /// A key and a dictionary of the entries that the closure writes.
    pub fn dict<R>(
        &mut self,
        key: impl AsRef<[u8]>,
        content: impl FnOnce(&mut Dict<'_>) -> R,
    ) -> R {
        self.key(key).dict(content)
    }
}

/// Decimal digits, without a detour through formatting.
pub(super) fn digits(out: &mut Vec<u8>, mut number: u64) {
    let mut text = [0_u8; 20];
    let mut count = 0_usize;
    for slot in text.iter_mut().rev() {
        *slot = b'0' + (number % 10) as u8;
        number /= 10;
        count += 1;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(text.get(text.len() - count..).unwrap_or_default());
}
