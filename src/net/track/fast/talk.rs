//! A connection that is held: requests read, answers written, until something else is to be done.

use super::held::Waits;
use super::{Remote, Seat, Start, hand_over};
use crate::net::http_server::{Fault, Rewound};
use crate::net::track::http;
use crate::net::track::worker::Worker;
use crate::tracker::http::head::{HeadReader, Reading};
use crate::tracker::proxies::Scheme;
use memchr::memchr;
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Bytes of answers that are written before more requests are looked at: with one answer more, all that
/// is kept for who does not take them.
const OUT_MOST: usize = 8 * 1024;
/// What a buffer keeps of a long answer.
const KEPT: usize = 256 * 1024;
/// Bytes that are passed over after a request that was too long.
const PASSED_OVER: usize = 1 << 20;

/// What nothing but the line's end has, of ASCII.
const ESCAPED: &AsciiSet = &CONTROLS.remove(b'\r').remove(b'\t');

/// What is to be done once all answers so far are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// Read on.
    Read,
    /// There is more to answer in what was read.
    Answer,
    /// Nothing: that was the last.
    Close,
    /// Pass over what still comes, so that the answer is not lost by it.
    PassOver,
    /// Another reads on, from the first byte that was not answered.
    HandOver,
}

/// Answers what was read, into `out`; returns how many bytes were dealt with.
pub(super) fn converse(
    worker: &Worker,
    remote: Remote,
    reader: &mut HeadReader,
    input: &[u8],
    out: &mut Vec<u8>,
) -> (usize, Next) {
    let front = &worker.front;
    let mut done = 0;
    loop {
        let rest = input.get(done..).unwrap_or_default();
        let fault = match reader.read(rest, &front.house.limits) {
            Reading::Partial => return (done, Next::Read),
            Reading::Taken(head) => {
                let keep = head.keep_alive && !front.stopping.get();
                if !http::answer_head(worker, remote, &head, keep, out) {
                    return (done, Next::HandOver);
                }
                done += head.length;
                if !keep {
                    return (done, Next::Close);
                }
                if out.len() > OUT_MOST {
                    return (done, Next::Answer);
                }
                continue;
            }
            Reading::Other => return (done, Next::HandOver),
            Reading::Garbled => Fault::Garbled,
            Reading::LongTarget => Fault::LongTarget,
            Reading::LongHead => Fault::LongHead,
        };
        http::refuse(worker, remote, fault, rest, out);
        return (done, Next::PassOver);
    }
}

/// A connection's bytes, whatever carries them.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Whether the end must be said, and is not known from the closing itself.
    const FAREWELL: bool = false;
    /// What begins the URLs that are asked for here.
    const SCHEME: Scheme = Scheme::Http;
}
impl Stream for TcpStream {}
#[cfg(unix)]
impl Stream for tokio::net::UnixStream {}
impl<S: Stream> Stream for Rewound<S> {}
impl<S: Stream> Stream for TlsStream<S> {
    const FAREWELL: bool = true;
    const SCHEME: Scheme = Scheme::Https;
}

/// A connection that is held, and how far it has come.
pub(super) struct Talk<S> {
    stream: S,
    remote: Remote,
    reader: HeadReader,
    /// Read, and not answered.
    input: Vec<u8>,
    /// Answered, and not written.
    output: Vec<u8>,
    /// How much of `output` is written all the same.
    written: usize,
    /// Whether the stream holds bytes back.
    flush: bool,
    next: Next,
}

impl<S: Stream> Talk<S> {
    pub(super) fn new(stream: S, remote: Remote, start: Start) -> Self {
        let Start { input, output, next, .. } = start;
        let reader = HeadReader::default();
        Self { stream, remote, reader, input, output, written: 0, flush: false, next }
    }

    /// Goes on until there is something else to do than to read and to answer.
    fn poll(&mut self, seat: &Seat, cx: &mut Context<'_>) -> Poll<io::Result<Next>> {
        let worker = &*seat.worker;
        loop {
            if !self.output.is_empty() {
                ready!(self.write_on(cx))?;
                self.tell(seat);
            }
            if self.flush {
                ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
                self.flush = false;
            }
            if !matches!(self.next, Next::Read | Next::Answer) {
                return Poll::Ready(Ok(self.next));
            }
            let quiet = self.input.is_empty();
            let mut out = worker.front.out.borrow_mut();
            out.clear();
            out.shrink_to(KEPT);
            if self.next == Next::Answer {
                let (reader, input) = (&mut self.reader, &self.input);
                let (done, next) = converse(worker, self.remote, reader, input, &mut out);
                self.input.drain(..done);
                self.next = next;
            } else {
                let mut scratch = worker.front.scratch.borrow_mut();
                let mut read = ReadBuf::new(&mut scratch);
                ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
                let read = read.filled();
                if read.is_empty() {
                    return Poll::Ready(Ok(Next::Close));
                }
                let (reader, remote) = (&mut self.reader, self.remote);
                if quiet {
                    let (done, next) = converse(worker, remote, reader, read, &mut out);
                    self.input.extend_from_slice(read.get(done..).unwrap_or_default());
                    self.next = next;
                } else {
                    self.input.extend_from_slice(read);
                    let (done, next) = converse(worker, remote, reader, &self.input, &mut out);
                    self.input.drain(..done);
                    self.next = next;
                }
            }
            if self.input.is_empty() {
                self.input = Vec::new();
            } else if !out.is_empty() {
                // What waits behind answers need not have the room of what was answered.
                self.input.shrink_to_fit();
            }
            if out.is_empty() {
                // A head counts from its first byte on, not from its last one.
                if quiet && !self.input.is_empty() {
                    seat.waits(Waits::Head);
                }
                continue;
            }
            let written = match Pin::new(&mut self.stream).poll_write(cx, &out) {
                Poll::Ready(written) => written?,
                Poll::Pending => 0,
            };
            self.flush = true;
            self.output.extend_from_slice(out.get(written..).unwrap_or_default());
            self.tell(seat);
        }
    }

    /// Says what the connection waits for now.
    fn tell(&mut self, seat: &Seat) {
        seat.waits(match (self.output.is_empty(), self.input.is_empty()) {
            (false, _) => Waits::Answer,
            (true, false) => Waits::Head,
            (true, true) => Waits::Idle,
        });
    }

    /// Writes what is left of answers.
    fn write_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest @ [_, ..]) = self.output.get(self.written..) {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        (self.output, self.written, self.flush) = (Vec::new(), 0, true);
        Poll::Ready(Ok(()))
    }
}

/// A connection to its end. By hand, since thousands of them wait: it is no larger than what it
/// holds while it does.
pub(super) enum Task<S> {
    Talking(Talk<S>, Seat),
    Ending(Pin<Box<dyn Future<Output = io::Result<()>>>>),
    Ended,
}

impl<S: Stream> Future for Task<S> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Self::Talking(talk, seat) = &mut *self {
            let next = ready!(talk.poll(seat, cx))?;
            let Self::Talking(talk, seat) = std::mem::replace(&mut *self, Self::Ended) else {
                return Poll::Ready(Ok(()));
            };
            let Talk { stream, remote, input, .. } = talk;
            match next {
                Next::HandOver => {
                    let stream = Rewound::new(escaped(input), stream);
                    *self = Self::Ending(Box::pin(hand_over(stream, remote, seat)));
                }
                Next::Close if !S::FAREWELL => {}
                next => *self = Self::Ending(Box::pin(end(stream, next, seat))),
            }
        }
        match &mut *self {
            Self::Ending(ending) => ending.as_mut().poll(cx),
            Self::Talking(..) | Self::Ended => Poll::Ready(Ok(())),
        }
    }
}

/// Has no bytes in the target of the first request that the whole server would not read: those that a
/// client should have escaped, and did not.
fn escaped(input: Vec<u8>) -> Vec<u8> {
    let line = memchr(b'\n', &input).unwrap_or(input.len());
    match input.split_at_checked(line) {
        Some((line, rest)) if line.starts_with(b"GET /") && !line.is_ascii() => {
            let mut out = Vec::with_capacity(input.len() * 2);
            // It leaves all of ASCII but what steers, of which a good request has the last alone.
            out.extend(percent_encode(line, ESCAPED).to_string().into_bytes());
            out.extend_from_slice(rest);
            out
        }
        _ => input,
    }
}

/// Closes a connection; what still comes is passed over where it would undo the last answer.
async fn end<S: Stream>(mut stream: S, next: Next, _seat: Seat) -> io::Result<()> {
    stream.shutdown().await?;
    let mut most = if next == Next::PassOver { PASSED_OVER } else { 0 };
    let mut bytes = [0; 2048];
    while most > 0 {
        match stream.read(&mut bytes).await? {
            0 => break,
            read => most = most.saturating_sub(read),
        }
    }
    Ok(())
}
