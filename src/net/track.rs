//! The tracker service: the [`Service`] behind its fronts, its state on the disk, its web log.
//!
//! One thread reads signals, saves and sweeps; the workers, each a thread with a runtime and
//! sockets of its own, serve. All share the [`Service`].

mod diagnostics;
mod fast;
#[cfg_attr(not(unix), path = "track/handover/absent.rs")]
mod handover;
mod http;
mod http_doors;
mod inherited;
mod lock;
mod metrics;
mod nat_check;
mod pages;
mod pulse;
mod reload;
mod sandbox;
mod sockets;
mod state;
mod systemd;
mod tls;
mod udp;
mod worker;

use self::diagnostics::Diagnostics;
use self::handover::Door;
use self::inherited::Inherited;
use self::lock::{Lock, Try};
use self::nat_check::Caller;
use self::pages::Pages;
use self::pulse::Pulse;
use self::reload::Watched;
use self::state::Saving;
use self::systemd::News;
use super::web_log::LogWriter;
use crate::store::words;
use crate::tracker::service::{Policy, Service};
use crate::tracker::swarms::Swarms;
use crate::tracker::udp::Connections;
use crate::tracker::{Config, dfile};
use rand::TryRng;
use rand::rngs::SysRng;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub use self::http_doors::{DoorError, HttpOptions};
pub use self::pages::{FolderError, PageOptions};
pub use self::reload::{BadList, Sources};
pub use self::sockets::Bound;
pub use self::tls::{TlsError, TlsFiles};
pub use self::udp::Udp;
pub use super::web_log::LogFormat;

/// Between two looks for peers that are gone, and how many are looked at.
const SWEEP: Duration = Duration::from_secs(1);
const STATUS: Duration = Duration::from_secs(5);
const SWEEP_BUDGET: usize = 20_000;
/// For the workers to answer what they have begun, once the end has come.
const DRAIN: Duration = Duration::from_millis(3500);
/// For a tracker that has handed over to save its state and end.
const TAKE_OVER: Duration = Duration::from_secs(30);
/// After a save that failed, until the next one at the latest.
const SAVE_AGAIN: Duration = Duration::from_secs(30);

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
    /// It could not listen for UDP.
    #[error("UDP port {port}: {}", words(.1), port = .0)]
    ListenUdp(u16, io::Error),
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
    /// Another tracker has the dfile: that process, where it could be made out.
    #[error("another bt track{} has it", .1.map(|id| format!(" (process {id})")).unwrap_or_default())]
    Held(PathBuf, Option<u32>),
    /// The other tracker did not hand over its sockets, or does not end.
    #[error("the bt track that has it{} does not hand over: {}", .1.map(|id| format!(" (process {id})")).unwrap_or_default(), words(.2))]
    TakeOver(PathBuf, Option<u32>, io::Error),
    /// The system refused what every program gets.
    #[error("{}", words(.0))]
    System(io::Error),
}

/// What happens on the way.
pub enum Notice {
    /// It listens there.
    Listening(Bound),
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
    /// What connection ids of UDP are made with; kept with the state, so that they outlive a restart.
    connection_key: dfile::Key,
    /// Proofs of address for UDP, the same for all workers.
    connections: Connections,
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
    let diagnostics = Diagnostics::default();
    let watched = Watched::new(options.sources.clone());
    let swarms = Swarms::new(options.config, Instant::now());
    // Read before another tracker is asked to make way, and before the memory, which is of those
    // that they name too.
    let lists = options.sources.load()?;
    let service = Service::with(swarms, options.policy.clone(), lists, Instant::now());
    reload::keep(&service);
    let (lock, handed) = match &options.dfile {
        Some(path) => possess(path, options.operation.take_over).await?,
        None => (None, Vec::new()),
    };
    let fresh = connection_key()?;
    let connection_key = match &options.dfile {
        Some(path) => state::load(path, service.swarms(), fresh, &diagnostics)?,
        None => fresh,
    };
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let given = systemd::sockets().map_err(Error::System)?;
    let given = if given.is_empty() { handed } else { given };
    let (at, sockets, given) = match given.is_empty() {
        true => {
            let (at, sockets) = sockets::open(options, threads)?;
            (at, sockets, None)
        }
        false => {
            let tls_port = options.http.tls.as_ref().and(options.http.tls_port);
            let adopted = inherited::adopt(given, tls_port, threads).map_err(Error::System)?;
            (adopted.at, adopted.sockets, Some(adopted.doors))
        }
    };
    let ips: Vec<IpAddr> = at.http.iter().map(|at| at.ip()).collect();
    let (house, doors) =
        http_doors::open(&options.http, options.socket_timeout, &ips, threads, given)?;
    let kept = inherited::clones(&sockets, &doors).map_err(Error::System)?;
    let door = lock.as_ref().zip(options.dfile.as_deref()).map(|(_, dfile)| Door::open(dfile));
    let door = door.and_then(|door| {
        let fault = |error| Notice::Detail(format!("--take-over will not work: {}", words(&error)));
        door.map_err(|error| tell(fault(error))).ok()
    });
    // Each part adds its own here.
    let pages = Pages::new(options.pages.clone(), at.udp.clone()).map_err(Error::Torrents)?;
    let offered = pages.folder.clone();
    let reloads = watched.on_signal().into_iter().chain(house.on_signal());
    let reloads: Vec<Reload> =
        reloads.chain(offered.as_ref().map(|folder| folder.on_signal())).collect();
    if options.operation.sandbox {
        let reads = reloads.iter().flat_map(|reload| &reload.reads).map(PathBuf::as_path).collect();
        let needs = sandbox::Needs {
            dfile: options.dfile.as_deref(),
            removes: options.http.unix.as_deref(),
            reads,
        };
        tell(Notice::Detail(match sandbox::restrict(&needs) {
            Ok(words) => words.to_owned(),
            Err(words) => format!("not sandboxed: {words}"),
        }));
    }
    // No thread begins before this line: what was given up is given up in all of them.
    let writer = LogWriter::start(options.log, out);
    let shared = Arc::new(Shared {
        service,
        caller: Caller::new(options.socket_timeout, Instant::now()),
        pages,
        options: options.clone(),
        connection_key,
        connections: Connections::new(connection_key),
        diagnostics,
        reloads,
    });
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
    systemd::tell(News::Ready);
    let mut sweep = every(SWEEP);
    let mut save = every(options.save_interval);
    let mut status = every(STATUS);
    let mut watchdog = Watchdog::new(pulses);
    let mut saving = Saving::default();
    let mut reloading: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            signal = signals.recv() => match signal {
                Some(Signal::Reload) if reloading.is_none() => {
                    systemd::tell(News::Reloading);
                    let shared = Arc::clone(&shared);
                    reloading = Some(tokio::task::spawn_blocking(move || shared.reload()));
                }
                Some(Signal::Reload) => {}
                Some(Signal::End) | None => break drop(kept),
            },
            () = ended(&mut reloading) => systemd::tell(News::Ready),
            caller = called(&door) => match handover::give(&caller, &kept) {
                Ok(()) => break house.hand_over(),
                Err(error) => {
                    let words = words(&error);
                    shared.diagnostics.warn("handover", format_args!("not handed over: {words}"));
                }
            },
            () = watchdog.tick() => {}
            _ = status.tick() => systemd::tell(News::Status(&told(shared.service.swarms()))),
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
                    let words = words(&error.source);
                    let path = error.path.display();
                    let what = format_args!("{path}: not saved, the old one stays: {words}");
                    shared.diagnostics.warn("save", what);
                    save.reset_after(options.save_interval.min(SAVE_AGAIN));
                }
            }
        }
    }
    systemd::tell(News::Stopping);
    let _ = stop.send(true);
    let finish = async {
        let ended = tokio::task::spawn_blocking(move || {
            workers.into_iter().for_each(|worker| drop(worker.join()));
        });
        // Whoever is served for longer than that is not waited for.
        let _ = tokio::time::timeout(DRAIN, ended).await;
        finish(&shared, saving, writer).await
    };
    let saved = tokio::select! {
        saved = finish => saved,
        () = second(&mut signals) => Ok(()),
    };
    shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(tell);
    drop((door, lock));
    saved
}

/// For people who ask the service manager.
fn told(swarms: &Swarms) -> String {
    format!("{} peers in {} torrents", swarms.peers(), swarms.known())
}

/// Takes the dfile's lock, from another tracker where it may; then with that one's sockets.
async fn possess(path: &Path, take_over: bool) -> Result<(Option<Lock>, Vec<Inherited>), Error> {
    let fault = |error| Error::Read(path.to_owned(), error);
    let holder = match lock::take(path).map_err(fault)? {
        Try::Taken(lock) => return Ok((Some(lock), Vec::new())),
        Try::Held(holder) => holder,
    };
    if !take_over {
        return Err(Error::Held(path.to_owned(), holder));
    }
    let refused = |error| Error::TakeOver(path.to_owned(), holder, error);
    let sockets = handover::ask(path).map_err(refused)?;
    let end = Instant::now() + TAKE_OVER;
    loop {
        match lock::take(path).map_err(fault)? {
            Try::Taken(lock) => return Ok((Some(lock), sockets)),
            Try::Held(_) if Instant::now() > end => {
                return Err(refused(io::ErrorKind::TimedOut.into()));
            }
            Try::Held(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Waits for one who takes over; for ever, where none can.
async fn called(door: &Option<Door>) -> handover::Caller {
    match door {
        Some(door) => door.called().await,
        None => std::future::pending().await,
    }
}

/// One that nobody knows.
fn connection_key() -> Result<dfile::Key, Error> {
    let mut key = dfile::Key::default();
    SysRng.try_fill_bytes(&mut key).map_err(|error| Error::System(io::Error::other(error)))?;
    Ok(key)
}

/// Tells the service manager that the tracker lives, as long as every worker does.
struct Watchdog {
    ticks: Option<tokio::time::Interval>,
    /// Each worker's, with its beats at the last tick that all had come to.
    pulses: Vec<(Arc<Pulse>, u64)>,
}

impl Watchdog {
    fn new(pulses: Vec<Arc<Pulse>>) -> Self {
        let pulses = pulses.into_iter().map(|pulse| (pulse, 0)).collect();
        Self { ticks: systemd::watchdog().map(every), pulses }
    }

    /// One look; none comes where no service manager looks.
    async fn tick(&mut self) {
        let Some(ticks) = &mut self.ticks else { return std::future::pending().await };
        ticks.tick().await;
        if self.pulses.iter().all(|(pulse, before)| pulse.beats() != *before) {
            self.pulses.iter_mut().for_each(|(pulse, before)| *before = pulse.beats());
            systemd::tell(News::Alive);
        }
    }
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
        // A file that may not grow any more is a save that fails, not the end.
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
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
