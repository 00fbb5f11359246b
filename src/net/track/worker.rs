//! One thread that serves: a runtime, its own sockets, its own randomness.

use super::Shared;
use super::pulse::{self, Pulse};
use super::sockets::Sockets;
use super::{http, udp};
use crate::net::http_server;
use crate::net::web_log::WebLog;
use crate::tracker::drawn::Drawn;
use crate::tracker::tally::Tally;
use rand::SeedableRng;
use rand::rngs::{SmallRng, SysRng};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_local};

/// What the tasks of one thread share.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    /// Draws peers, which need not be hard to foretell; never for secrets.
    pub(super) rng: RefCell<SmallRng>,
    /// Filled by each announce; nobody holds it over an `await`.
    pub(super) drawn: RefCell<Drawn>,
    /// Nobody holds it over an `await` either.
    pub(super) log: RefCell<WebLog>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) tally: Tally,
}

/// Serves until told to stop.
pub(super) fn spawn(
    sockets: Sockets,
    shared: Arc<Shared>,
    log: WebLog,
    pulse: Arc<Pulse>,
    stopped: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let seed = SmallRng::try_from_rng(&mut SysRng).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("worker".into()).spawn(move || {
        let tally = shared.service.tallies().tally();
        let worker = Worker {
            shared,
            rng: RefCell::new(seed),
            drawn: RefCell::default(),
            log: RefCell::new(log),
            pulse,
            tally,
        };
        let tasks = tokio::task::LocalSet::new();
        tasks.block_on(&runtime, serve(Rc::new(worker), sockets, stopped));
    })
}

async fn serve(worker: Rc<Worker>, sockets: Sockets, mut stopped: watch::Receiver<bool>) {
    let options = &worker.shared.options;
    // The call of the NAT check is a socket too.
    let files = if options.policy.nat_check { 2 } else { 1 };
    let connections = http_server::connections(files) / sockets.http.len().max(1);
    let patience = options.socket_timeout;
    for listener in sockets.http {
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        let worker = Rc::clone(&worker);
        let handler =
            Rc::new(move |request, remote| http::answer(Rc::clone(&worker), request, remote));
        spawn_local(http_server::serve(listener, connections.max(1), patience, handler));
    }
    spawn_local(pulse::keep(Rc::clone(&worker)));
    let mut ends = JoinSet::new();
    for socket in sockets.udp {
        ends.spawn_local(udp::serve(Rc::clone(&worker), socket, stopped.clone()));
    }
    let _ = stopped.wait_for(|stop| *stop).await;
    ends.join_all().await;
}
