//! One thread that serves: a runtime, its own sockets, its own randomness.

use super::Shared;
use super::fast::{self, Front};
use super::gzip::Packer;
use super::http_doors::{Door, House};
use super::pulse::{self, Pulse};
use super::sockets::Sockets;
use super::udp;
use super::websocket::{self, Lines};
use crate::net::web_log::WebLog;
use crate::torrent::InfoHash;
use crate::tracker::drawn::Drawn;
use crate::tracker::http::Counts;
use crate::tracker::tally::Tally;
use rand::SeedableRng;
use rand::rngs::{SmallRng, SysRng};
use std::cell::RefCell;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Between two looks for connections that have waited too long.
const SWEEP: Duration = Duration::from_secs(1);
/// Between two looks for whether all have gone, at the end.
const LEAVING: Duration = Duration::from_millis(10);
/// At the end, how long a connection that is kept may take for another request, which may be on its
/// way already: its answer says that it is the last.
const LAST_REQUEST: Duration = Duration::from_millis(500);
/// What those who have not said what they want get at the end, and then those who wait for it.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What the tasks of one thread share.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    /// Draws peers, which need not be hard to foretell; never for secrets.
    pub(super) rng: RefCell<SmallRng>,
    /// Filled by each announce; nobody holds it over an `await`.
    pub(super) drawn: RefCell<Drawn>,
    /// The same for each scrape.
    pub(super) known: RefCell<Vec<(InfoHash, Counts)>>,
    /// The same for the body of each answer over HTTP.
    pub(super) body: RefCell<Vec<u8>>,
    /// Packs the longer of those.
    pub(super) packer: RefCell<Packer>,
    /// The connections of HTTP.
    pub(super) front: Front,
    /// The connections of browsers; `None` where they are not served.
    pub(super) lines: Option<Lines>,
    /// True at the end.
    pub(super) stopped: watch::Receiver<bool>,
    /// Nobody holds it over an `await` either.
    pub(super) log: RefCell<WebLog>,
    pub(super) pulse: Arc<Pulse>,
    /// What this thread counts.
    pub(super) tally: Tally,
}

/// A thread that serves; it fails where it can serve no more.
pub(super) type Serving = JoinHandle<io::Result<()>>;

/// A worker that waits for its first request; let go of before that, it ends.
pub(super) struct Hired {
    thread: Serving,
    begin: mpsc::Sender<()>,
}

impl Hired {
    /// Lets it serve, until it is told to stop.
    pub(super) fn begin(self) -> Serving {
        // It waits for nothing else.
        let _ = self.begin.send(());
        self.thread
    }
}

/// Looks for one that has ended though nobody has told it to: the system would go on to give it its
/// part of what comes, and nobody would answer that.
///
/// # Errors
/// Why it has.
pub(super) fn all_serve(workers: &mut Vec<Serving>) -> io::Result<()> {
    let Some(ended) = workers.iter().position(JoinHandle::is_finished) else { return Ok(()) };
    match workers.swap_remove(ended).join() {
        Ok(Err(error)) => Err(error),
        Ok(Ok(())) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(_) => Err(io::Error::other("it has panicked")),
    }
}

/// Makes all that a worker needs.
pub(super) fn hire(
    sockets: Sockets,
    doors: Vec<Door>,
    house: Arc<House>,
    shared: Arc<Shared>,
    log: WebLog,
    pulse: Arc<Pulse>,
    stopped: watch::Receiver<bool>,
) -> io::Result<Hired> {
    let seed = SmallRng::try_from_rng(&mut SysRng).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (begin, begun) = mpsc::channel();
    let worker = std::thread::Builder::new().name("worker".into());
    let thread = worker.spawn(move || {
        if begun.recv().is_err() {
            return Ok(());
        }
        let tally = shared.service.tallies().tally();
        let lines = shared.exchange.join().map(Lines::new);
        let worker = Worker {
            shared,
            lines,
            rng: RefCell::new(seed),
            drawn: RefCell::default(),
            known: RefCell::default(),
            body: RefCell::default(),
            packer: RefCell::default(),
            front: Front::new(house, Instant::now()),
            stopped,
            log: RefCell::new(log),
            pulse,
            tally,
        };
        let tasks = tokio::task::LocalSet::new();
        // As a task: what is waited for here is looked at again with each packet that comes.
        let serving = tasks.spawn_local(serve(Rc::new(worker), sockets, doors));
        tasks.block_on(&runtime, serving).map_err(io::Error::other).flatten()
    })?;
    Ok(Hired { thread, begin })
}

/// Serves until told to stop.
///
/// # Errors
/// One of the sockets cannot be served any more.
async fn serve(worker: Rc<Worker>, sockets: Sockets, mut doors: Vec<Door>) -> io::Result<()> {
    let speech = worker.front.house.speech();
    doors.extend(sockets.http.into_iter().map(|socket| Door::Tcp(socket, speech)));
    let mut serving = JoinSet::new();
    for door in doors {
        serving.spawn_local(fast::accept(Rc::clone(&worker), door));
    }
    for socket in sockets.udp {
        serving.spawn_local(udp::serve(Rc::clone(&worker), socket, worker.stopped.clone()));
    }
    tokio::task::spawn_local(websocket::receive(Rc::clone(&worker)));
    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopped = worker.stopped.clone();
    let mut kept = pin!(pulse::keep(Rc::clone(&worker)));
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(ended) = serving.join_next() => {
                // Those that serve end by the same word, and may hear it first.
                if *worker.stopped.borrow() {
                    break;
                }
                return ended.map_err(io::Error::other).flatten();
            }
            () = kept.as_mut() => {}
            _ = sweep.tick() => look(&worker),
        }
    }
    // Who waits at the doors is let in; what is under way is answered; then all is closed.
    while serving.join_next().await.is_some() {}
    if let Some(lines) = &worker.lines {
        lines.stop(worker.front.seconds());
    }
    let leave = async {
        worker.front.stop();
        let since = Instant::now();
        while worker.front.held() > 0 {
            if since.elapsed() >= LAST_REQUEST {
                // What has come by now is read before.
                tokio::task::yield_now().await;
                worker.front.end_idle();
            }
            look(&worker);
            tokio::time::sleep(LEAVING).await;
        }
    };
    let _ = timeout(LAST_WORDS, leave).await;
    Ok(())
}

/// Ends the connections that have waited too long.
fn look(worker: &Worker) {
    worker.front.sweep(Instant::now());
    if let Some(lines) = &worker.lines {
        lines.sweep(worker);
    }
}
