//! Announces and scrapes without a detour: heads read by [`HeadReader`] straight from the socket,
//! answers written straight into one buffer. What that reader leaves goes to a whole HTTP server,
//! with the bytes read so far, and stays there until the connection ends.
//!
//! All buffers are the worker's: a connection that waits owns none.

mod accept;
mod held;

pub(super) use self::accept::accept;
pub(super) use self::held::Bounds;

use self::held::{Held, Waits};
use super::http;
use super::http_doors::{House, Speech};
use super::websocket::{self, Accepted};
use super::worker::Worker;
use crate::net::http_server::{self, Rewound};
use crate::tracker::http::head::{HeadReader, Reading};
use crate::tracker::proxies::{Preface, preface};
use crate::tracker::tally::Outcome;
use hyper_util::rt::TokioIo;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Bytes read at once.
const READ: usize = 64 * 1024;
/// Bytes of answers that are written before more requests are looked at.
const OUT_MOST: usize = 64 * 1024;
/// What a buffer keeps of a long answer.
const KEPT: usize = 256 * 1024;
/// Bytes that are passed over after a request that was too long.
const PASSED_OVER: usize = 1 << 20;
/// How a TLS handshake begins.
const HANDSHAKE: u8 = 0x16;

/// Who is at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Remote {
    /// This address, never one mapped from IPv4.
    Tcp(SocketAddr),
    /// A process on this machine, which speaks for others.
    Unix,
}

/// What the connections of one worker share.
pub(super) struct Front {
    pub(super) house: Arc<House>,
    held: RefCell<Held>,
    began: Instant,
    /// Seconds since then, moved by the sweep.
    clock: Cell<u32>,
    stopping: Cell<bool>,
    /// Each is filled and used up between two `await`s.
    pub(super) scratch: RefCell<Box<[u8]>>,
    out: RefCell<Vec<u8>>,
}

impl Front {
    pub(super) fn new(house: Arc<House>, now: Instant) -> Self {
        Self {
            held: RefCell::new(Held::new(house.bounds)),
            house,
            began: now,
            clock: Cell::new(0),
            stopping: Cell::new(false),
            scratch: RefCell::new(vec![0; READ].into()),
            out: RefCell::default(),
        }
    }

    /// Ends the connections that have waited too long. To be called every second.
    pub(super) fn sweep(&self, now: Instant) {
        let seconds = now.saturating_duration_since(self.began).as_secs();
        self.clock.set(u32::try_from(seconds).unwrap_or(u32::MAX));
        self.held.borrow_mut().sweep(self.clock.get());
    }

    /// From now on each answer is the last of its connection; those without a request end.
    pub(super) fn stop(&self) {
        self.stopping.set(true);
        self.held.borrow_mut().end_idle();
    }

    /// Seconds of the worker's clock.
    pub(super) fn seconds(&self) -> u32 {
        self.clock.get()
    }

    /// How many connections are left.
    pub(super) fn held(&self) -> usize {
        self.held.borrow().len()
    }
}

/// A connection's place among those that are held.
pub(super) struct Seat {
    worker: Rc<Worker>,
    place: usize,
}

impl Seat {
    fn take(worker: &Rc<Worker>, remote: Remote) -> Self {
        let front = &worker.front;
        let ip = match remote {
            // A proxy's connections are those of its clients.
            Remote::Tcp(address) if !http::trusted(worker, address.ip()) => Some(address.ip()),
            _ => None,
        };
        let place = front.held.borrow_mut().enter(front.clock.get(), ip);
        Self { worker: Rc::clone(worker), place }
    }

    fn waits(&self, waits: Waits) {
        let front = &self.worker.front;
        front.held.borrow_mut().waits(self.place, front.clock.get(), waits);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.worker.front.held.borrow_mut().leave(self.place);
    }
}

/// What is to be done once all answers so far are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
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
fn converse(
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
        match reader.read(rest, &front.house.limits) {
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
            }
            Reading::Other => return (done, Next::HandOver),
            Reading::LongTarget => {
                http::count_other(worker, remote, Outcome::TooSlow);
                http::refuse(out, "414 URI Too Long", "The URI is too long.\n");
                return (done, Next::PassOver);
            }
            Reading::LongHead => {
                http::count_other(worker, remote, Outcome::TooSlow);
                let status = "431 Request Header Fields Too Large";
                http::refuse(out, status, "The request's head is too long.\n");
                return (done, Next::PassOver);
            }
        }
    }
}

/// A connection's bytes, whatever carries them.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Whether the end must be said, and is not known from the closing itself.
    const FAREWELL: bool = false;
}
impl Stream for TcpStream {}
#[cfg(unix)]
impl Stream for tokio::net::UnixStream {}
impl<S: Stream> Stream for Rewound<S> {}
impl<S: Stream> Stream for TlsStream<S> {
    const FAREWELL: bool = true;
}

/// A connection that is held, and how far it has come.
struct Talk<S> {
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
    fn new(stream: S, remote: Remote, start: Start) -> Self {
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
enum Task<S> {
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
                    let stream = Rewound::new(input, stream);
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

/// What was done with a connection before it was held.
struct Start {
    input: Vec<u8>,
    output: Vec<u8>,
    next: Next,
    waits: Waits,
}

impl Start {
    /// Nothing but to read these bytes.
    fn with(input: Vec<u8>) -> Self {
        let next = if input.is_empty() { Next::Read } else { Next::Answer };
        Self { input, output: Vec::new(), next, waits: Waits::Head }
    }
}

/// Holds a connection from now on.
fn hold<S: Stream>(worker: &Rc<Worker>, stream: S, remote: Remote, speech: Speech, start: Start) {
    let seat = Seat::take(worker, remote);
    if start.waits != Waits::Head {
        seat.waits(start.waits);
    }
    let place = seat.place;
    let proxied = prefaced(worker, remote);
    // What goes wrong in there is the client's trouble.
    let task = if proxied || speech != Speech::Plain {
        tokio::task::spawn_local(greet(stream, remote, speech, proxied, start.input, seat))
    } else {
        tokio::task::spawn_local(Task::Talking(Talk::new(stream, remote, start), seat))
    };
    worker.front.held.borrow_mut().ends_by(place, task.abort_handle());
}

/// Whether the connection begins with what a proxy says of its client.
fn prefaced(worker: &Worker, remote: Remote) -> bool {
    worker.front.house.proxy_protocol
        && match remote {
            Remote::Tcp(address) => http::trusted(worker, address.ip()),
            Remote::Unix => true,
        }
}

/// What comes before the first request: what a proxy says of its client, a TLS handshake.
async fn greet<S: Stream>(
    mut stream: S,
    mut remote: Remote,
    speech: Speech,
    proxied: bool,
    mut input: Vec<u8>,
    seat: Seat,
) -> io::Result<()> {
    if proxied {
        let length = loop {
            match preface(&input) {
                Preface::Incomplete => {}
                Preface::Proxied { source, length } => {
                    remote = Remote::Tcp(source);
                    break length;
                }
                Preface::Local { length } => break length,
                Preface::Garbled => return Ok(()),
            }
            if stream.read_buf(&mut input).await? == 0 {
                return Ok(());
            }
        };
        input.drain(..length);
    }
    if speech == Speech::Plain {
        return Task::Talking(Talk::new(stream, remote, Start::with(input)), seat).await;
    }
    if input.is_empty() && stream.read_buf(&mut input).await? == 0 {
        return Ok(());
    }
    let config = seat.worker.front.house.tls.as_ref().map(|tls| tls.config());
    match config {
        Some(config) if input.first() == Some(&HANDSHAKE) => {
            let stream = Rewound::new(input, stream);
            let stream = TlsAcceptor::from(config).accept(stream).await?;
            Task::Talking(Talk::new(stream, remote, Start::with(Vec::new())), seat).await
        }
        _ if speech == Speech::Either => {
            Task::Talking(Talk::new(stream, remote, Start::with(input)), seat).await
        }
        _ => {
            let mut output = Vec::new();
            http::refuse(&mut output, "400 Bad Request", "This port speaks HTTPS.\n");
            let next = Next::PassOver;
            let start = Start { input: Vec::new(), output, next, waits: Waits::Answer };
            Task::Talking(Talk::new(stream, remote, start), seat).await
        }
    }
}

/// The rest of a connection, by a whole HTTP server.
async fn hand_over<S: Stream>(stream: Rewound<S>, remote: Remote, seat: Seat) -> io::Result<()> {
    let worker = Rc::clone(&seat.worker);
    seat.waits(Waits::Answer);
    let accepted = Rc::new(RefCell::new(None));
    let handler = |request| {
        seat.waits(Waits::Answer);
        http::answer(Rc::clone(&worker), request, remote, Rc::clone(&accepted))
    };
    let (head, patience) = (worker.front.house.limits.head, worker.shared.options.socket_timeout);
    http_server::converse(stream, head, patience, worker.stopped.clone(), handler).await;
    let Some(Accepted { upgrade, visitor }) = accepted.take() else { return Ok(()) };
    let upgraded = upgrade.await.map_err(io::Error::other)?;
    let Ok(parts) = upgraded.downcast::<TokioIo<Rewound<S>>>() else { return Ok(()) };
    // Copied, since what was read into is much larger than what is left in it.
    let stream = Rewound::new(parts.read_buf.to_vec(), parts.io.into_inner());
    let place = seat.place;
    seat.waits(Waits::Messages);
    if let Some(serving) = websocket::serve(stream, visitor, Rc::clone(&worker), seat) {
        let task = tokio::task::spawn_local(serving);
        worker.front.held.borrow_mut().ends_by(place, task.abort_handle());
    }
    Ok(())
}
