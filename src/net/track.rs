//! The tracker service: the [`Service`] behind its fronts, its state on the disk, its web log.
//!
//! One thread reads signals, saves and sweeps; the workers, each a thread with a runtime and
//! sockets of its own, serve. All share the [`Service`].

mod http;
mod sockets;
mod state;
mod udp;
mod worker;

use self::state::Saving;
use super::web_log::WebLog;
use crate::store::words;
use crate::tracker::service::Service;
use crate::tracker::swarms::Swarms;
use crate::tracker::udp::{Connections, Totals};
use crate::tracker::{Config, dfile};
use rand::TryRng;
use rand::rngs::SysRng;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

pub use self::sockets::Bound;
pub use self::udp::Udp;
pub use super::web_log::LogFormat;

/// Between two looks for peers that are gone, and how many are looked at.
const SWEEP: Duration = Duration::from_secs(1);
const SWEEP_BUDGET: usize = 20_000;

/// What a tracker is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// The addresses to listen at; none: all.
    pub bind: Vec<IpAddr>,
    /// 0: one that is free.
    pub port: u16,
    /// The way by UDP; `None`: it is closed.
    pub udp: Option<Udp>,
    /// Where the state is kept; `None`: nowhere.
    pub dfile: Option<PathBuf>,
    /// Between two saves.
    pub save_interval: Duration,
    /// How the swarms are served.
    pub config: Config,
    /// Whether a peer must be reachable to be told of.
    pub nat_check: bool,
    /// For a client to say what it wants, and for a peer to take the call of the NAT check.
    pub socket_timeout: Duration,
    /// Whether an asker on a private or loopback address may name another address of its own.
    pub trust_ip: bool,
    /// How log lines look.
    pub log: LogFormat,
    /// Threads that serve, each with sockets of its own; 0: as many as there are cores.
    pub threads: usize,
    /// Between two flushes of the log.
    pub log_flush: Duration,
}

/// Why there is no tracker.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not listen.
    #[error("port {port}: {}", words(.1), port = .0)]
    Listen(u16, io::Error),
    /// It could not listen for UDP.
    #[error("UDP port {port}: {}", words(.1), port = .0)]
    ListenUdp(u16, io::Error),
    /// The file is there and is no dfile; it was left as it is.
    #[error("{path}: {1}", path = .0.display())]
    Dfile(PathBuf, dfile::Error),
    /// The file could not be read.
    #[error("{path}: {}", words(.1), path = .0.display())]
    Read(PathBuf, io::Error),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] crate::store::Error),
    /// The system refused what every program gets.
    #[error("{}", words(.0))]
    System(io::Error),
}

/// What happens on the way.
pub enum Notice {
    /// It listens there.
    Listening(Bound),
    /// The state could not be saved; it will be tried again.
    NotSaved(crate::store::Error),
}

/// What all workers share.
struct Shared {
    service: Service,
    options: Options,
    log: Mutex<WebLog>,
    /// Proofs of address for UDP, the same for all workers.
    connections: Connections,
    /// What came by UDP.
    udp: Totals,
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, WebLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a tracker until SIGTERM or SIGINT; saves its state then. A second signal leaves at once.
pub fn run(
    options: &Options,
    out: Box<dyn Write + Send>,
    tell: &mut dyn FnMut(Notice),
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::System)?;
    let tasks = tokio::task::LocalSet::new();
    let result = tasks.block_on(&runtime, serve(options, out, tell));
    runtime.shutdown_background();
    result
}

async fn serve(
    options: &Options,
    out: Box<dyn Write + Send>,
    tell: &mut dyn FnMut(Notice),
) -> Result<(), Error> {
    let mut end = signals().map_err(Error::System)?;
    let swarms = match &options.dfile {
        Some(path) => state::load(path, options.config)?,
        None => Swarms::new(options.config, Instant::now()),
    };
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let (at, sockets) = sockets::open(options, threads)?;
    let log = Mutex::new(WebLog::new(options.log, out));
    let shared = Arc::new(Shared {
        service: Service::new(swarms),
        options: options.clone(),
        log,
        connections: connections(options.udp.and_then(|udp| udp.key))?,
        udp: Totals::default(),
    });
    let (stop, stopped) = watch::channel(false);
    let mut workers = Vec::new();
    for sockets in sockets {
        let (shared, stopped) = (Arc::clone(&shared), stopped.clone());
        workers.push(worker::spawn(sockets, shared, stopped).map_err(Error::System)?);
    }
    tell(Notice::Listening(at));
    let every = |period: Duration| {
        let period = period.max(Duration::from_millis(100));
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks
    };
    let mut flush = every(options.log_flush);
    let mut sweep = every(SWEEP);
    let mut save = every(options.save_interval);
    let mut saving = Saving::default();
    loop {
        tokio::select! {
            _ = end.recv() => break,
            _ = flush.tick() => shared.log().flush(),
            _ = sweep.tick() => shared.service.swarms().sweep(Instant::now(), SWEEP_BUDGET),
            _ = save.tick(), if saving.idle() => saving.start(&shared),
            written = saving.written() => {
                if let Err(error) = written {
                    tell(Notice::NotSaved(error));
                }
            }
        }
    }
    let _ = stop.send(true);
    let finish = async {
        let ended = tokio::task::spawn_blocking(move || {
            workers.into_iter().for_each(|worker| drop(worker.join()));
        });
        let _ = ended.await;
        finish(&shared, saving).await
    };
    tokio::select! {
        saved = finish => saved,
        _ = end.recv() => Ok(()),
    }
}

/// Connection ids of this key, or of one that nobody knows.
fn connections(key: Option<[u8; 16]>) -> Result<Connections, Error> {
    let key = match key {
        Some(key) => key,
        None => {
            let mut key = [0; 16];
            SysRng
                .try_fill_bytes(&mut key)
                .map_err(|error| Error::System(io::Error::other(error)))?;
            key
        }
    };
    Ok(Connections::new(key))
}

/// The state and the log, brought to where they belong.
async fn finish(shared: &Arc<Shared>, mut saving: Saving) -> Result<(), Error> {
    if !saving.idle() {
        // It must not come after the last one. Whether it failed does not matter any more.
        let _ = saving.written().await;
    }
    let mut saved = Ok(());
    saving.start(shared);
    if !saving.idle() {
        saved = saving.written().await.map_err(Error::Write);
    }
    let none = WebLog::new(LogFormat::None, Box::new(io::sink()));
    let log = std::mem::replace(&mut *shared.log(), none);
    let _ = tokio::task::spawn_blocking(|| log.finish()).await;
    saved
}

/// SIGTERM and SIGINT, as they come.
fn signals() -> io::Result<tokio::sync::mpsc::Receiver<()>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let (mut stream, sender) = (signal(kind)?, sender.clone());
            tokio::task::spawn_local(async move {
                while stream.recv().await.is_some() && sender.send(()).await.is_ok() {}
            });
        }
    }
    #[cfg(not(unix))]
    tokio::task::spawn_local(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).await.is_ok() {}
    });
    Ok(receiver)
}
