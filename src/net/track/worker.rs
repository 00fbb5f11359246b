//! One thread that serves: a runtime, its own sockets, its own randomness.

use super::Shared;
use super::http;
use super::pulse::{self, Pulse};
use super::sockets::Sockets;
use crate::net::http_server;
use crate::net::web_log::WebLog;
use crate::tracker::drawn::Drawn;
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the tasks of one thread share.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) rng: RefCell<StdRng>,
    /// Filled by each announce; nobody holds it over an `await`.
    pub(super) drawn: RefCell<Drawn>,
    /// Nobody holds it over an `await` either.
    pub(super) log: RefCell<WebLog>,
    pub(super) pulse: Arc<Pulse>,
}

/// Serves until told to stop.
pub(super) fn spawn(
    sockets: Sockets,
    shared: Arc<Shared>,
    log: WebLog,
    pulse: Arc<Pulse>,
    stopped: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let seed = StdRng::try_from_rng(&mut SysRng).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("worker".into()).spawn(move || {
        let worker = Worker {
            shared,
            rng: RefCell::new(seed),
            drawn: RefCell::default(),
            log: RefCell::new(log),
            pulse,
        };
        let tasks = tokio::task::LocalSet::new();
        tasks.block_on(&runtime, serve(Rc::new(worker), sockets, stopped));
    })
}

async fn serve(worker: Rc<Worker>, sockets: Sockets, mut stopped: watch::Receiver<bool>) {
    let Ok(listener) = TcpListener::from_std(sockets.http) else { return };
    let options = &worker.shared.options;
    // The call of the NAT check is a socket too.
    let connections = http_server::connections(if options.policy.nat_check { 2 } else { 1 });
    let patience = options.socket_timeout;
    let kept = pulse::keep(Rc::clone(&worker));
    let handler = Rc::new(move |request, remote| http::answer(Rc::clone(&worker), request, remote));
    let server = http_server::serve(listener, connections, patience, handler);
    tokio::select! {
        () = server => {}
        () = kept => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}
