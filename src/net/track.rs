//! The tracker service: the [`Service`] behind its fronts, its state on the disk, its web log.
//!
//! One thread reads signals, saves and sweeps; the workers, each a thread with a runtime and
//! sockets of its own, serve. All share the [`Service`].

mod diagnostics;
mod fast;
mod http;
mod http_doors;
mod metrics;
mod nat_check;
mod pages;
mod pulse;
mod reload;
mod sockets;
mod state;
mod tls;
mod worker;

use self::diagnostics::Diagnostics;
use self::nat_check::Caller;
use self::pages::Pages;
use self::pulse::Pulse;
use self::reload::Watched;
use self::state::Saving;
use super::web_log::LogWriter;
use crate::store::words;
use crate::tracker::service::{Policy, Service};
use crate::tracker::swarms::Swarms;
use crate::tracker::{Config, dfile};
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub use self::http_doors::{DoorError, HttpOptions};
pub use self::pages::{FolderError, PageOptions};
pub use self::reload::{BadList, Sources};
pub use self::tls::{TlsError, TlsFiles};
pub use super::web_log::LogFormat;

/// Between two looks for peers that are gone, and how many are looked at.
const SWEEP: Duration = Duration::from_secs(1);
const SWEEP_BUDGET: usize = 20_000;

/// What a tracker is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen at; `None`: all.
    pub bind: Option<IpAddr>,
    /// 0: one that is free.
    pub port: u16,
    /// Where the state is kept; `None`: nowhere.
    pub dfile: Option<PathBuf>,
    /// Between two saves.
    pub save_interval: Duration,
    /// How the swarms are served.
    pub config: Config,
    /// What stands in front of them.
    pub policy: Policy,
    /// The operator's lists.
    pub sources: Sources,
    /// For a client to say what it wants, and for a peer to take the call of the NAT check.
    pub socket_timeout: Duration,
    /// How log lines look.
    pub log: LogFormat,
    /// Threads that serve, each with sockets of its own; 0: as many as there are cores.
    pub threads: usize,
    /// Between two flushes of the log.
    pub log_flush: Duration,
    /// How HTTP is served.
    pub http: HttpOptions,
    /// How the process is run.
    pub operation: Operation,
    /// What people and monitors see.
    pub pages: PageOptions,
}

/// How the process is run.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Whether a tracker that has the dfile is asked to hand over its sockets and to end.
    pub take_over: bool,
    /// Whether the process gives up what it needs no more, where the system can take it away.
    pub sandbox: bool,
    /// Whether requests over UDP are logged too.
    pub log_udp: bool,
}

/// Why there is no tracker.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not listen.
    #[error("port {port}: {}", words(.1), port = .0)]
    Listen(u16, io::Error),
    /// HTTPS or the Unix socket cannot be served.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The file is there and is no dfile; it was left as it is.
    #[error("{path}: {1}", path = .0.display())]
    Dfile(PathBuf, dfile::Error),
    /// The file could not be read.
    #[error("{path}: {}", words(.1), path = .0.display())]
    Read(PathBuf, io::Error),
    /// A list that says who or what is served.
    #[error(transparent)]
    List(BadList),
    /// The folder of .torrent files that are offered.
    #[error(transparent)]
    Torrents(FolderError),
    /// It could not listen for those who ask for the metrics.
    #[error("metrics at {at}: {}", words(.1), at = .0)]
    Metrics(SocketAddr, io::Error),
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
    Listening(SocketAddr),
    /// Something is odd, but it goes on; never more than a line a second of a kind.
    Warning(String),
    /// Worth knowing for whoever asks for details.
    Detail(String),
}

/// What all workers share.
struct Shared {
    service: Service,
    /// Calls peers back.
    caller: Caller,
    /// What is no announce and no scrape.
    pages: Pages,
    options: Options,
    /// Where a worker tells what the operator should know.
    diagnostics: Diagnostics,
    /// What SIGHUP reads anew.
    reloads: Vec<Reload>,
}

/// Something that was read from files and is read anew on SIGHUP. Where that fails the old one
/// stays in force.
struct Reload {
    /// As a warning names it.
    what: &'static str,
    /// The files and folders it reads, for the sandbox to leave open. A folder stands for all in it.
    reads: Vec<PathBuf>,
    /// Reads it; in words why it could not. It runs beside the workers and may take its time.
    run: Box<dyn Fn(&Shared) -> Result<(), String> + Send + Sync>,
}

impl Shared {
    /// Reads anew what is read from files.
    fn reload(&self) {
        for reload in &self.reloads {
            if let Err(words) = (reload.run)(self) {
                self.diagnostics.warn(reload.what, format_args!("{}: {words}", reload.what));
            }
        }
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
    let mut signals = signals().map_err(Error::System)?;
    let swarms = match &options.dfile {
        Some(path) => state::load(path, options.config)?,
        None => Swarms::new(options.config, Instant::now()),
    };
    let lists = options.sources.load()?;
    let watched = Watched::new(options.sources.clone());
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let (at, sockets) = sockets::open(options.bind, options.port, threads)
        .map_err(|error| Error::Listen(options.port, error))?;
    let (house, doors) =
        http_doors::open(&options.http, options.socket_timeout, &[at.ip()], sockets.len())?;
    let writer = LogWriter::start(options.log, out);
    // Where UDP is served, its addresses belong here.
    let pages = Pages::new(options.pages.clone(), Vec::new()).map_err(Error::Torrents)?;
    let offered = pages.folder.clone();
    let shared = Arc::new(Shared {
        service: Service::with(swarms, options.policy.clone(), lists, Instant::now()),
        caller: Caller::new(options.socket_timeout, Instant::now()),
        pages,
        options: options.clone(),
        diagnostics: Diagnostics::default(),
        // Each part adds its own here.
        reloads: watched
            .on_signal()
            .into_iter()
            .chain(house.on_signal())
            .chain(offered.as_ref().map(|folder| folder.on_signal()))
            .collect(),
    });
    reload::keep(&shared.service);
    // Dropped at the end, which ends its thread.
    let _watching = watched.start(&shared).map_err(Error::System)?;
    let offering = offered.map(|folder| folder.start(&shared)).transpose();
    let _offering = offering.map_err(Error::System)?;
    if let Some(at) = options.pages.metrics {
        let listener = metrics::listen(at).map_err(|error| Error::Metrics(at, error))?;
        tokio::task::spawn_local(metrics::serve(Arc::clone(&shared), listener));
    }
    if options.policy.nat_check {
        tokio::task::spawn_local(nat_check::serve(Arc::clone(&shared)));
    }
    let (stop, stopped) = watch::channel(false);
    let (mut workers, mut pulses) = (Vec::new(), Vec::new());
    for (sockets, doors) in sockets.into_iter().zip(doors) {
        let pulse = Arc::<Pulse>::default();
        pulses.push(Arc::clone(&pulse));
        let (shared, stopped) = (Arc::clone(&shared), stopped.clone());
        let worker =
            worker::spawn(sockets, doors, Arc::clone(&house), shared, writer.log(), pulse, stopped);
        workers.push(worker.map_err(Error::System)?);
    }
    tell(Notice::Listening(at));
    let mut sweep = every(SWEEP);
    let mut save = every(options.save_interval);
    let mut saving = Saving::default();
    let mut reloading: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            signal = signals.recv() => match signal {
                Some(Signal::Reload) if reloading.is_none() => {
                    let shared = Arc::clone(&shared);
                    reloading = Some(tokio::task::spawn_blocking(move || shared.reload()));
                }
                Some(Signal::Reload) => {}
                Some(Signal::End) | None => break,
            },
            () = ended(&mut reloading) => {}
            _ = sweep.tick() => {
                shared.service.swarms().sweep(Instant::now(), SWEEP_BUDGET);
                shared.pages.sample(&shared);
                match writer.lost() {
                    0 => {}
                    lost => shared.diagnostics.warn(
                        "log",
                        format_args!("the log's reader is too slow: {lost} lines are lost"),
                    ),
                }
                shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(&mut *tell);
            }
            _ = save.tick(), if saving.idle() => saving.start(&shared),
            written = saving.written() => {
                if let Err(error) = written {
                    shared.diagnostics.warn("save", format_args!("not saved: {error}"));
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
        finish(&shared, saving, writer).await
    };
    let saved = tokio::select! {
        saved = finish => saved,
        () = second(&mut signals) => Ok(()),
    };
    shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(tell);
    saved
}

fn every(period: Duration) -> tokio::time::Interval {
    let period = period.max(Duration::from_millis(100));
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks
}

/// Waits for what runs; for ever, where nothing does.
async fn ended(running: &mut Option<JoinHandle<()>>) {
    let Some(task) = running else { return std::future::pending().await };
    // A thread that panicked has told so.
    let _ = task.await;
    *running = None;
}

/// Waits for one more signal that means the end.
async fn second(signals: &mut mpsc::Receiver<Signal>) {
    while signals.recv().await == Some(Signal::Reload) {}
}

/// The state and the log, brought to where they belong.
async fn finish(shared: &Arc<Shared>, mut saving: Saving, writer: LogWriter) -> Result<(), Error> {
    if !saving.idle() {
        // It must not come after the last one. Whether it failed does not matter any more.
        let _ = saving.written().await;
    }
    let mut saved = Ok(());
    saving.start(shared);
    if !saving.idle() {
        saved = saving.written().await.map_err(Error::Write);
    }
    let _ = tokio::task::spawn_blocking(|| writer.finish()).await;
    saved
}

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Signal {
    /// SIGTERM, SIGINT.
    End,
    /// SIGHUP.
    Reload,
}

/// Signals, as they come.
fn signals() -> io::Result<mpsc::Receiver<Signal>> {
    let (sender, receiver) = mpsc::channel(2);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for (kind, meant) in [
            (SignalKind::terminate(), Signal::End),
            (SignalKind::interrupt(), Signal::End),
            (SignalKind::hangup(), Signal::Reload),
        ] {
            let (mut stream, sender) = (signal(kind)?, sender.clone());
            tokio::task::spawn_local(async move {
                while stream.recv().await.is_some() && sender.send(meant).await.is_ok() {}
            });
        }
    }
    #[cfg(not(unix))]
    tokio::task::spawn_local(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::End).await.is_ok() {}
    });
    Ok(receiver)
}
