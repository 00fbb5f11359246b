//! The stream below a whole HTTP server: it gives once more what was read before, counts what comes
//! and goes, and says in words what that server says by a bare status.

use super::Fault;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest answer that the server makes of itself, in bytes; it is a head alone.
const BARE_MOST: usize = 200;

/// What comes and goes.
#[derive(Debug, Default)]
pub struct Flow {
    received: AtomicU64,
    sent: AtomicU64,
    /// An answer is made, and nothing of it is written.
    answer: AtomicBool,
    /// All is answered, and nothing of a further request has come.
    idle: AtomicBool,
    /// That has changed since the last look.
    turned: AtomicBool,
    /// Heads that were waited for.
    begun: AtomicU64,
    /// Heads of which the end has come. It may be ahead of the others: a client need not wait for answers.
    whole: AtomicU64,
    /// The last bytes that came are of a head that is not whole.
    cut: AtomicBool,
}

impl Flow {
    /// Bytes that came and that went since the last look.
    pub fn take(&self) -> (u64, u64) {
        (self.received.swap(0, Relaxed), self.sent.swap(0, Relaxed))
    }

    /// Whether nothing of a further request has come, where that has changed since the last look.
    pub fn turned(&self) -> Option<bool> {
        self.turned.swap(false, Relaxed).then(|| self.is_idle())
    }

    pub(super) fn is_idle(&self) -> bool {
        self.idle.load(Relaxed)
    }

    /// All before it is answered, and another head is waited for, of which some may have come already.
    pub(super) fn begin_head(&self) {
        let begun = self.begun.fetch_add(1, Relaxed).saturating_add(1);
        let has_come = self.whole.load(Relaxed) >= begun || self.cut.load(Relaxed);
        self.idle.store(!has_come, Relaxed);
        self.turned.store(true, Relaxed);
    }

    /// A head was whole, and its request is to be answered.
    pub(super) fn begin_request(&self) {
        if self.idle.swap(false, Relaxed) {
            self.turned.store(true, Relaxed);
        }
    }

    /// So many bytes came.
    fn came(&self, bytes: usize) {
        count(&self.received, bytes);
        if bytes > 0 && self.idle.swap(false, Relaxed) {
            self.turned.store(true, Relaxed);
        }
    }

    /// What is written next is an answer that was made for a request.
    pub(super) fn begin_answer(&self) {
        self.answer.store(true, Relaxed);
    }

    /// Of an answer that the server makes of itself, what it says.
    fn bare(&self, bytes: &[u8]) -> Option<Fault> {
        if self.answer.swap(false, Relaxed) || bytes.len() > BARE_MOST {
            return None;
        }
        let head = bytes.strip_suffix(b"\r\n\r\n")?.strip_prefix(b"HTTP/1.")?;
        match head.get(1..5)? {
            b" 400" => Some(Fault::Garbled),
            b" 414" => Some(Fault::LongTarget),
            b" 431" => Some(Fault::LongHead),
            _ => None,
        }
    }
}

fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Relaxed);
}

/// Finds the ends of heads, between which no bodies are: behind one no further head is waited for.
#[derive(Debug, Default)]
struct HeadEnds {
    /// Something of a head has come, and its end has not.
    within: bool,
    /// The same of a line.
    in_line: bool,
}

impl HeadEnds {
    /// How many end in these bytes, which follow those before.
    fn count(&mut self, bytes: &[u8]) -> u64 {
        let mut ends = 0;
        for byte in bytes {
            match byte {
                b'\n' => {
                    ends += u64::from(self.within && !self.in_line);
                    self.within &= self.in_line;
                    self.in_line = false;
                }
                b'\r' => {}
                _ => (self.within, self.in_line) = (true, true),
            }
        }
        ends
    }
}

/// A stream of which the first bytes have been read already.
#[derive(Debug)]
pub struct Rewound<S> {
    before: Vec<u8>,
    /// How much of it was read again.
    at: usize,
    stream: S,
    /// Where a server looks at what comes and goes.
    watched: Option<(Arc<Flow>, HeadEnds)>,
    /// Words of our own, and how much of them is written.
    words: (Vec<u8>, usize),
}

impl<S> Rewound<S> {
    /// One that gives `before` first.
    pub fn new(before: Vec<u8>, stream: S) -> Self {
        Self { before, at: 0, stream, watched: None, words: (Vec::new(), 0) }
    }

    /// What comes and goes through it from now on.
    pub(super) fn watch(&mut self) -> Arc<Flow> {
        let flow = Arc::default();
        self.watched = Some((Arc::clone(&flow), HeadEnds::default()));
        flow
    }

    /// The same for another reader, who gets what was read and is yet to be used. Nothing of what comes
    /// then is looked at.
    pub fn handed_on(self, unused: &[u8]) -> Self {
        let rest = self.before.get(self.at..).unwrap_or_default();
        Self::new([unused, rest].concat(), self.stream)
    }

    /// So many bytes went.
    fn went(&self, bytes: usize) {
        if let Some((flow, _)) = &self.watched {
            count(&flow.sent, bytes);
        }
    }
}

impl<S: AsyncWrite + Unpin> Rewound<S> {
    /// Writes what is left of our own words.
    fn poll_words(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (words, at) = &mut self.words;
        while let Some(rest @ [_, ..]) = words.get(*at..) {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *at = at.saturating_add(written);
            if let Some((flow, _)) = &self.watched {
                count(&flow.sent, written);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let rest = self.before.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        } else {
            let length = rest.len().min(into.remaining());
            into.put_slice(&rest[..length]);
            self.at += length;
            if self.at == self.before.len() {
                (self.before, self.at) = (Vec::new(), 0);
            }
        }
        let came = into.filled().get(before..).unwrap_or_default();
        if let Some((flow, heads)) = &mut self.watched {
            flow.came(came.len());
            flow.whole.fetch_add(heads.count(came), Relaxed);
            flow.cut.store(heads.within, Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(fault) = self.watched.as_ref().and_then(|(flow, _)| flow.bare(bytes)) {
            fault.refuse(&mut self.words.0);
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.went(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = parts {
            return self.poll_write(cx, only);
        }
        if let Some((flow, _)) = &self.watched {
            flow.answer.store(false, Relaxed);
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, parts))?;
        self.went(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[test]
    fn heads_end_where_an_empty_line_does_however_they_are_cut() {
        let text = b"\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n\nGET / HTTP/1.0\n\nGET";
        let mut whole = HeadEnds::default();
        assert_eq!((whole.count(text), whole.within), (2, true));
        for at in 0..text.len() {
            let (mut cut, (one, other)) = (HeadEnds::default(), text.split_at(at));
            assert_eq!((cut.count(one) + cut.count(other), cut.within), (2, true), "{at}");
        }
        let mut none = HeadEnds::default();
        assert_eq!((none.count(b"\r\n\n\r\n"), none.within), (0, false));
    }

    #[tokio::test]
    async fn what_was_read_before_is_read_again() {
        let (mut client, server) = duplex(64);
        client.write_all(b"cdef").await.unwrap();
        drop(client);
        let mut stream = Rewound::new(b"ab".to_vec(), server);
        let flow = stream.watch();
        let mut text = [0; 1];
        stream.read_exact(&mut text).await.unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!((&text, &*rest), (b"a", "bcdef"));
        assert_eq!((flow.take(), flow.take()), ((6, 0), (0, 0)));
    }

    #[tokio::test]
    async fn what_is_handed_on_is_whole_and_looked_at_no_more() {
        let (mut client, server) = duplex(64);
        client.write_all(b"efGET").await.unwrap();
        drop(client);
        let mut stream = Rewound::new(b"abcd".to_vec(), server);
        let flow = stream.watch();
        flow.begin_head();
        stream.read_exact(&mut [0; 3]).await.unwrap();
        assert_eq!(flow.take(), (3, 0));
        let mut stream = stream.handed_on(b"bc");
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        stream.write_all(b"x").await.unwrap_err();
        assert_eq!((&*rest, flow.take()), ("bcdefGET", (0, 0)));
        assert!(stream.watched.is_none() && Arc::strong_count(&flow) == 1);
    }

    #[tokio::test]
    async fn an_answer_to_a_request_stays_as_it_is() {
        let (mut client, server) = duplex(4096);
        let mut stream = Rewound::new(Vec::new(), server);
        let bare = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        let flow = stream.watch();
        flow.begin_answer();
        stream.write_all(bare).await.unwrap();
        // Now it is none.
        stream.write_all(bare).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut told = Vec::new();
        client.read_to_end(&mut told).await.unwrap();
        let mut wanted = bare.to_vec();
        Fault::Garbled.refuse(&mut wanted);
        assert_eq!(told, wanted);
        assert_eq!(flow.take().1, wanted.len() as u64);
    }
}
