//! Trackers for browsers: the connections, and the ways between those of different workers.
//!
//! A connection belongs to one worker. What is for one of another worker goes there through a queue
//! of a fixed length; where that is full, or somebody does not read, offers and answers are lost, which
//! browsers bear. A connection that waits owns no buffer.

mod accept;
mod begun;
mod line;
mod serving;

pub(super) use self::accept::{Accepted, Visitor, accept, wanted};
pub(super) use self::line::Line;
pub(super) use self::serving::serve;

use self::begun::Begun;
use super::worker::Worker;
use crate::tracker::websocket::{Guest, Link, Parcel};
use crate::wire::websocket::Opcode;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;

/// What waits for a worker at most.
const WAITING_MOST: usize = 2048;
/// Bytes that all connections of a worker have yet to take, at most.
const QUEUED_MOST: usize = 64 << 20;
/// Seconds in which the peers of each connection are looked through once.
const ROUND: u32 = 60;

/// For another worker.
enum Crossing {
    Parcel(Parcel),
    /// To see whether that connection lives.
    Probe(Link),
}

/// The ways between workers; there are none where browsers are not served.
#[derive(Default)]
pub(super) struct Exchange {
    ways: Vec<mpsc::Sender<Crossing>>,
    ends: Mutex<Vec<Arriving>>,
    connections: AtomicUsize,
}

/// What comes from other workers to one, its number, and how many there are.
pub(super) struct Arriving {
    worker: usize,
    workers: usize,
    end: mpsc::Receiver<Crossing>,
}

impl Exchange {
    /// Between so many workers.
    pub(super) fn new(workers: usize) -> Self {
        let (mut ways, mut ends) = (Vec::new(), Vec::new());
        for worker in 0..workers {
            let (way, end) = mpsc::channel(WAITING_MOST);
            ways.push(way);
            ends.push(Arriving { worker, workers, end });
        }
        Self { ways, ends: Mutex::new(ends), connections: AtomicUsize::new(0) }
    }

    /// The end for one more worker; `None` where browsers are not served.
    pub(super) fn join(&self) -> Option<Arriving> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Whether browsers are served.
    pub(super) fn is_open(&self) -> bool {
        !self.ways.is_empty()
    }

    /// How many are connected.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }

    fn send(&self, worker: usize, crossing: Crossing) {
        // Whether it is full or the worker has gone: it is lost.
        if let Some(way) = self.ways.get(worker) {
            let _ = way.try_send(crossing);
        }
    }
}

/// The connections of one worker.
pub(super) struct Lines {
    worker: usize,
    lines: RefCell<HashMap<u64, Rc<Line>>>,
    next: Cell<u64>,
    /// Bytes that wait to be written on all of them.
    queued: Rc<Cell<usize>>,
    begun: Begun,
    arriving: Cell<Option<mpsc::Receiver<Crossing>>>,
}

impl Lines {
    pub(super) fn new(arriving: Arriving) -> Self {
        Self {
            worker: arriving.worker,
            lines: RefCell::default(),
            next: Cell::new(0),
            queued: Rc::default(),
            begun: Begun::new(arriving.workers),
            arriving: Cell::new(Some(arriving.end)),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.lines.borrow().len()
    }

    /// One more, which has so many seconds to say something.
    fn open(&self, now: u32, idle: u32) -> Rc<Line> {
        let number = self.next.get();
        self.next.set(number + 1);
        let guest = Guest::new(Link { worker: self.worker, number });
        let line = Rc::new(Line::new(guest, Rc::clone(&self.queued), now, idle));
        self.lines.borrow_mut().insert(number, Rc::clone(&line));
        line
    }

    fn close(&self, line: &Line) {
        self.lines.borrow_mut().remove(&line.link().number);
    }

    fn find(&self, link: Link) -> Option<Rc<Line>> {
        self.lines.borrow().get(&link.number).map(Rc::clone)
    }

    /// Answers a connection; how many bytes that is. Where all together have too much to take, those
    /// that are behind can do without.
    fn say(&self, line: &Line, text: &str) -> usize {
        if self.queued.get() < QUEUED_MOST || line.has_read_all() {
            line.say(Opcode::Text, text.as_bytes());
        }
        text.len()
    }

    /// Brings what is for a connection here.
    fn deliver(&self, now: Instant, seconds: u32, crossing: Crossing) {
        match crossing {
            Crossing::Parcel(parcel) => {
                let Some(line) = self.find(parcel.to) else { return };
                if self.queued.get() < QUEUED_MOST || line.has_read_all() {
                    line.take(now, &parcel);
                }
            }
            Crossing::Probe(link) => {
                if let Some(line) = self.find(link) {
                    line.probe(seconds);
                }
            }
        }
    }

    /// All are told that the tracker ends.
    pub(super) fn stop(&self, seconds: u32) {
        self.lines.borrow().values().for_each(|line| line.go_away(seconds));
    }

    /// Looks for those who are not there any more; to be called every second.
    pub(super) fn sweep(&self, worker: &Worker) {
        let (now, seconds) = (Instant::now(), worker.front.seconds());
        for line in self.lines.borrow().values() {
            line.look(seconds);
            let turn = u64::from(seconds) % u64::from(ROUND);
            if line.link().number % u64::from(ROUND) == turn {
                line.expire(&worker.shared.service, now);
            }
        }
    }
}

/// Brings what comes from other workers, until dropped.
pub(super) async fn receive(worker: Rc<Worker>) {
    let Some(lines) = &worker.lines else { return };
    let Some(mut arriving) = lines.arriving.take() else { return };
    while let Some(crossing) = arriving.recv().await {
        lines.deliver(Instant::now(), worker.front.seconds(), crossing);
    }
}
