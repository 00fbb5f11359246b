//! A connection as the rest of its worker sees it: what it has yet to be told, how long it may be
//! silent.

use crate::tracker::service::Service;
use crate::tracker::websocket::{Guest, Link, Parcel};
use crate::wire::websocket::{self, GOING_AWAY, Opcode};
use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;
use tokio::io::AsyncWrite;

/// Bytes that others may make wait for one who does not read, and those that its own requests may.
const OFFERED_MOST: usize = 64 * 1024;
const ANSWERED_MOST: usize = 256 * 1024;
/// Control frames that it may send in a second: a browser sends none of its own, other clients one now
/// and then.
const CONTROLS_MOST: u32 = 8;
/// Seconds for the end to be taken note of.
const FAREWELL: u32 = 5;

/// How far a connection is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    Open,
    /// It was told, or has said, that this is the end; only that is still to be written.
    Closing,
    /// It is to be dropped.
    Gone,
}

/// A connection as the rest of its worker sees it.
pub(in crate::net::track) struct Line {
    link: Link,
    guest: RefCell<Guest>,
    out: RefCell<Out>,
    stage: Cell<Stage>,
    waker: RefCell<Option<Waker>>,
    /// Seconds that it may be silent.
    idle: u32,
    /// From when on it may be probed again.
    probed: Cell<u32>,
    /// Until when it must be heard of, in seconds of the worker's clock.
    until: Cell<u32>,
    pinged: Cell<bool>,
    /// The second in which the last control frame came, and how many came in it.
    controls: Cell<(u32, u32)>,
}

/// What is still to be written.
struct Out {
    bytes: Vec<u8>,
    written: usize,
    /// Whether the stream holds bytes back.
    flush: bool,
    /// That of all connections of the worker.
    queued: Rc<Cell<usize>>,
}

impl Out {
    fn waiting(&self) -> usize {
        self.bytes.len() - self.written
    }

    fn add(&mut self, opcode: Opcode, payload: &[u8]) {
        // Never empty, a buffer would keep all that it ever held.
        self.bytes.drain(..std::mem::take(&mut self.written));
        let before = self.bytes.len();
        websocket::write(&mut self.bytes, opcode, payload, None);
        self.queued.set(self.queued.get() + self.bytes.len() - before);
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        self.queued.set(self.queued.get() - self.waiting());
    }
}

impl Line {
    pub(super) fn new(guest: Guest, queued: Rc<Cell<usize>>, now: u32, idle: u32) -> Self {
        Self {
            link: guest.link(),
            guest: RefCell::new(guest),
            out: RefCell::new(Out { bytes: Vec::new(), written: 0, flush: false, queued }),
            stage: Cell::new(Stage::Open),
            waker: RefCell::default(),
            idle: idle.max(2),
            probed: Cell::new(0),
            until: Cell::new(now.saturating_add(idle.max(2))),
            pinged: Cell::new(false),
            controls: Cell::new((now, 0)),
        }
    }

    pub(super) fn link(&self) -> Link {
        self.link
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// What is known of it; not to be held while others are told something.
    pub(super) fn guest(&self) -> std::cell::RefMut<'_, Guest> {
        self.guest.borrow_mut()
    }

    /// Its task goes on when there is something to do.
    pub(super) fn wait(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    /// Whether it has read all that it was told.
    pub(super) fn has_read_all(&self) -> bool {
        self.out.borrow().waiting() == 0
    }

    /// It said something.
    pub(super) fn heard(&self, now: u32) {
        if self.stage() == Stage::Open {
            self.until.set(now.saturating_add(self.idle));
            self.pinged.set(false);
        }
    }

    /// It sent a control frame; whether that is one too many.
    pub(super) fn controls_too_much(&self, now: u32) -> bool {
        let (second, many) = self.controls.get();
        let many = if second == now { many.saturating_add(1) } else { 1 };
        self.controls.set((now, many));
        many > CONTROLS_MOST
    }

    /// Answers it. Who asks for more than it reads is dropped.
    pub(super) fn say(&self, opcode: Opcode, payload: &[u8]) {
        if self.stage() != Stage::Open {
            return;
        }
        let mut out = self.out.borrow_mut();
        if out.waiting() + payload.len() > ANSWERED_MOST {
            self.stage.set(Stage::Gone);
        } else {
            out.add(opcode, payload);
        }
        drop(out);
        self.wake();
    }

    /// Hands it what comes from another, unless it has not read what came before.
    pub(super) fn take(&self, now: Instant, parcel: &Parcel) {
        let mut out = self.out.borrow_mut();
        if self.stage() == Stage::Open
            && out.waiting() + parcel.text.len() <= OFFERED_MOST
            && self.guest.borrow_mut().take(now, parcel)
        {
            out.add(Opcode::Text, parcel.text.as_bytes());
            drop(out);
            self.wake();
        }
    }

    /// Says why this is the end.
    pub(super) fn close(&self, now: u32, code: u16) {
        if self.stage() == Stage::Open {
            self.say(Opcode::Close, &code.to_be_bytes());
        }
        // Who has too much to read for one more word is not waited for.
        if self.stage() == Stage::Open {
            self.stage.set(Stage::Closing);
            self.until.set(now.saturating_add(FAREWELL));
        }
    }

    /// The tracker ends.
    pub(super) fn go_away(&self, now: u32) {
        self.close(now, GOING_AWAY);
    }

    /// Looks whether it is there still, as somebody else says to be who is there: it has half of
    /// its time to answer. Not more often than it has that time, since anybody can say so.
    pub(super) fn probe(&self, now: u32) {
        if self.stage() == Stage::Open && !self.pinged.get() && self.probed.get() <= now {
            self.probed.set(now.saturating_add(self.idle));
            self.until.set(self.until.get().min(now.saturating_add(self.idle / 2)));
            self.ping();
        }
    }

    fn ping(&self) {
        self.pinged.set(true);
        self.say(Opcode::Ping, b"");
    }

    /// Who was silent for half of its time is asked, who was for all of it is dropped.
    pub(super) fn look(&self, now: u32) {
        let left = self.until.get().saturating_sub(now);
        if left == 0 {
            self.stage.set(Stage::Gone);
            self.wake();
        } else if self.stage() == Stage::Open && !self.pinged.get() && left <= self.idle / 2 {
            self.ping();
        }
    }

    /// Its peers that it has not spoken of for too long go.
    pub(super) fn expire(&self, service: &Service, now: Instant) {
        service.expire(now, &mut self.guest.borrow_mut());
    }

    /// Writes what waits.
    pub(super) fn write_on(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut out = self.out.borrow_mut();
        let out = &mut *out;
        while let Some(rest @ [_, ..]) = out.bytes.get(out.written..) {
            let written = ready!(Pin::new(&mut *stream).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            out.written += written;
            out.queued.set(out.queued.get() - written);
            out.flush = true;
        }
        (out.bytes, out.written) = (Vec::new(), 0);
        if out.flush {
            ready!(Pin::new(stream).poll_flush(cx))?;
            out.flush = false;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;
