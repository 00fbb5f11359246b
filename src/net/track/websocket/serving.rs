//! One connection to its end.

use super::super::fast::Seat;
use super::super::worker::Worker;
use super::line::Stage;
use super::{Crossing, Line, Lines, Visitor};
use crate::tracker::service::{Asker, Front};
use crate::tracker::tally::{Action, Outcome};
use crate::tracker::udp::Family;
use crate::tracker::websocket::{Deed, MESSAGE_MOST};
use crate::wire::websocket::{Event, Opcode, POLICY, Peer, Reader};
use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are passed over after the last word.
const PASSED_OVER: usize = 1 << 20;

/// One connection. By hand, since thousands of them wait: it is no larger than what it holds
/// while it does.
struct Serving<S> {
    stream: S,
    reader: Reader,
    visit: Visit,
    /// All was written, the last word too.
    shut: bool,
    /// Bytes that came after it.
    passed: usize,
}

/// What ends with a connection.
struct Visit {
    worker: Rc<Worker>,
    line: Rc<Line>,
    visitor: Visitor,
    /// Bytes that it has begun to say.
    kept: Cell<usize>,
    /// Its place among all connections.
    _seat: Seat,
}

impl Visit {
    fn lines(&self) -> Option<&Lines> {
        self.worker.lines.as_ref()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.keep(0);
        self.worker.shared.service.dismiss(&mut self.line.guest());
        self.worker.shared.exchange.connections.fetch_sub(1, Relaxed);
        if let Some(lines) = self.lines() {
            lines.close(&self.line);
        }
    }
}

/// Serves a connection after its handshake.
pub(in crate::net::track) fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    visitor: Visitor,
    worker: Rc<Worker>,
    seat: Seat,
) -> Option<impl Future<Output = io::Result<()>>> {
    let lines = worker.lines.as_ref()?;
    let idle = u32::try_from(worker.front.house.bounds.idle.as_secs()).unwrap_or(u32::MAX);
    let line = lines.open(worker.front.seconds(), idle);
    worker.shared.exchange.connections.fetch_add(1, Relaxed);
    // One that comes while all are told to go is told as well.
    if *worker.stopped.borrow() {
        line.go_away(worker.front.seconds());
    }
    let reader = Reader::new(Peer::Client, MESSAGE_MOST);
    let visit = Visit { worker, line, visitor, kept: Cell::new(0), _seat: seat };
    Some(Serving { stream, reader, visit, shut: false, passed: 0 })
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Serving<S> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let (worker, line) = (&*this.visit.worker, &*this.visit.line);
        line.wait(cx);
        loop {
            if line.stage() == Stage::Gone {
                return Poll::Ready(Ok(()));
            }
            // Who does not take what it asked for is not asked what more it wants.
            ready!(line.write_on(&mut this.stream, cx))?;
            if line.stage() == Stage::Closing && !this.shut {
                ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
                this.shut = true;
            }
            let mut scratch = worker.front.scratch.borrow_mut();
            let mut read = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut read))?;
            let mut input = read.filled();
            if input.is_empty() {
                return Poll::Ready(Ok(()));
            }
            // After the last word the rest is passed over, so that the word is not lost by it.
            if line.stage() == Stage::Closing {
                this.passed += input.len();
                if this.passed > PASSED_OVER {
                    return Poll::Ready(Ok(()));
                }
            }
            while line.stage() == Stage::Open {
                match this.reader.read(&mut input) {
                    Ok(Some(event)) => {
                        // A message that never ends is not kept alive by pings.
                        if !this.reader.is_within_message() {
                            line.heard(worker.front.seconds());
                        }
                        this.visit.meet(event);
                    }
                    Ok(None) => break,
                    Err(fault) => {
                        this.visit.count(Instant::now(), (Action::Other, Outcome::Garbled), 0, 0);
                        line.close(worker.front.seconds(), fault.code());
                    }
                }
            }
            if line.stage() == Stage::Open && !this.visit.keep(this.reader.kept()) {
                this.visit.count(Instant::now(), (Action::Other, Outcome::TooLarge), 0, 0);
                line.close(worker.front.seconds(), POLICY);
            }
            if line.stage() != Stage::Open {
                // Nothing more is read.
                this.reader = Reader::new(Peer::Client, MESSAGE_MOST);
                this.visit.keep(0);
                worker.shared.service.dismiss(&mut line.guest());
            }
        }
    }
}

impl Visit {
    /// It keeps so many bytes from now on; whether it may.
    fn keep(&self, bytes: usize) -> bool {
        let keeps = self.lines().is_none_or(|lines| {
            let before = self.kept.get();
            lines.begun.keep(self.visitor.payer, before, bytes)
        });
        if keeps {
            self.kept.set(bytes);
        }
        keeps
    }

    /// Deals with what came.
    fn meet(&self, event: Event) {
        let now = self.worker.front.seconds();
        match event {
            Event::Message(message) => self.hear(&message),
            Event::Ping(_) | Event::Pong if self.line.controls_too_much(now) => {
                self.count(Instant::now(), (Action::Other, Outcome::TooFast), 0, 0);
                self.line.close(now, POLICY);
            }
            Event::Ping(payload) => self.line.say(Opcode::Pong, &payload),
            Event::Pong => {}
            Event::Close(code) => self.line.close(now, code.unwrap_or(1000)),
        }
    }

    fn hear(&self, message: &[u8]) {
        let (worker, line, began) = (&*self.worker, &*self.line, Instant::now());
        let Some(lines) = self.lines() else { return };
        let key = self.visitor.key.as_deref();
        let asker = Asker { ip: self.visitor.ip, front: Front::WebSocket, key };
        let mut deeds = Vec::new();
        let heard = {
            let (rng, guest) = (&mut *worker.rng.borrow_mut(), &mut line.guest());
            worker.shared.service.hear(began, &asker, guest, message, rng, &mut deeds)
        };
        let (seconds, mut sent) = (worker.front.seconds(), 0);
        for deed in deeds {
            match deed {
                Deed::Say(text) => sent += lines.say(line, &text),
                Deed::Tell(text) => sent += lines.say(line, &text),
                Deed::Send(parcel) => {
                    sent += parcel.text.len();
                    let to = parcel.to.worker;
                    self.bring(lines, to, Crossing::Parcel(parcel), began, seconds);
                }
                Deed::Probe(link) => {
                    self.bring(lines, link.worker, Crossing::Probe(link), began, seconds);
                }
            }
        }
        self.count(began, heard, message.len(), sent);
        if line.guest().is_hopeless() {
            line.close(seconds, POLICY);
        }
    }

    fn bring(&self, lines: &Lines, to: usize, crossing: Crossing, now: Instant, seconds: u32) {
        if to == lines.worker {
            lines.deliver(now, seconds, crossing);
        } else {
            self.worker.shared.exchange.send(to, crossing);
        }
    }

    fn count(
        &self,
        began: Instant,
        (action, outcome): (Action, Outcome),
        received: usize,
        sent: usize,
    ) {
        let tally = &self.worker.tally;
        tally.count(Front::WebSocket, Family::of(self.visitor.ip), action, outcome);
        tally.took(Front::WebSocket, began.elapsed());
        let bytes = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
        tally.carried(Front::WebSocket, bytes(received), bytes(sent));
    }
}
