//! Announces and scrapes without a detour: heads read by [`HeadReader`] straight from the socket,
//! answers written straight into one buffer. What that reader leaves goes to a whole HTTP server,
//! with the bytes read so far, and stays there until the connection ends.
//!
//! All buffers are the worker's: a connection that waits owns none.

mod accept;
mod greet;
mod held;
mod talk;

pub(super) use self::accept::accept;
pub(super) use self::held::{Bounds, counted};

use self::greet::{greet, prefaced};
use self::held::{Held, Waits};
use self::talk::{Next, Stream, Talk, Task};
use super::http;
use super::http_doors::{House, Speech};
use super::websocket::{self, Accepted};
use super::worker::Worker;
use crate::net::http_server::{self, Flow, Rewound};
use crate::tracker::service::Front as Protocol;
use crate::tracker::udp::Family;
use hyper_util::rt::TokioIo;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// Bytes read at once: a dozen announces. Whoever takes no answers has as many waiting at most.
const READ: usize = 8 * 1024;

/// Who is at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Remote {
    /// This address, never one mapped from IPv4.
    Tcp(SocketAddr),
    /// A process on this machine, which speaks for others.
    Unix,
}

impl Remote {
    /// As which it is counted.
    pub(super) fn family(self) -> Family {
        match self {
            Self::Tcp(address) => Family::of(address.ip()),
            Self::Unix => Family::V4,
        }
    }
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

    /// From now on each answer is the last of its connection.
    pub(super) fn stop(&self) {
        self.stopping.set(true);
    }

    /// Ends the connections without a request.
    pub(super) fn end_idle(&self) {
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
    family: Family,
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
        Self { worker: Rc::clone(worker), place, family: remote.family() }
    }

    fn waits(&self, waits: Waits) {
        let front = &self.worker.front;
        front.held.borrow_mut().waits(self.place, front.clock.get(), waits);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let why = self.worker.front.held.borrow_mut().leave(self.place);
        if let Some(outcome) = why {
            http::count_other(&self.worker, self.family, outcome);
        }
    }
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

/// The rest of a connection, by a whole HTTP server.
async fn hand_over<S: Stream>(stream: Rewound<S>, remote: Remote, seat: Seat) -> io::Result<()> {
    let worker = Rc::clone(&seat.worker);
    seat.waits(Waits::Answer);
    let accepted = Rc::new(RefCell::new(None));
    let handler = |request| {
        seat.waits(Waits::Answer);
        http::answer(Rc::clone(&worker), request, remote, S::SCHEME, Rc::clone(&accepted))
    };
    let moved = |flow: &Flow| {
        let (received, sent) = flow.take();
        worker.tally.carried(Protocol::Http, received, sent);
        match flow.turned() {
            Some(true) => seat.waits(Waits::Idle),
            Some(false) => seat.waits(Waits::Answer),
            // Who takes a long answer slowly takes it.
            None if sent > 0 => seat.waits(Waits::Answer),
            None => {}
        }
    };
    let (head, patience) = (worker.front.house.limits.head, worker.shared.options.socket_timeout);
    let stopped = worker.stopped.clone();
    let ended = http_server::converse(stream, head, patience, stopped, moved, handler).await;
    if let Err(fault) = ended {
        http::not_read(&worker, remote, fault);
    }
    let Some(Accepted { upgrade, visitor }) = accepted.take() else { return Ok(()) };
    let upgraded = upgrade.await.map_err(io::Error::other)?;
    let Ok(parts) = upgraded.downcast::<TokioIo<Rewound<S>>>() else { return Ok(()) };
    // Copied, since what was read into is much larger than what is left in it.
    let stream = parts.io.into_inner().handed_on(&parts.read_buf);
    let place = seat.place;
    seat.waits(Waits::Messages);
    if let Some(serving) = websocket::serve(stream, visitor, Rc::clone(&worker), seat) {
        let task = tokio::task::spawn_local(serving);
        worker.front.held.borrow_mut().ends_by(place, task.abort_handle());
    }
    Ok(())
}
