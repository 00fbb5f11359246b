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
mod options;
mod pages;
mod possession;
mod pulse;
mod reload;
mod sandbox;
mod signals;
mod sockets;
mod state;
mod systemd;
mod tls;
mod udp;
mod watchdog;
mod websocket;
mod worker;

use self::diagnostics::Diagnostics;
use self::handover::Door;
use self::nat_check::Caller;
use self::pages::Pages;
use self::possession::{called, possess};
use self::pulse::Pulse;
use self::reload::Watched;
use self::signals::{Signal, second, signals};
use self::state::Saving;
use self::systemd::News;
use self::watchdog::Watchdog;
use self::websocket::Exchange;
use super::web_log::LogWriter;
use crate::store::words;
use crate::tracker::dfile;
use crate::tracker::service::Service;
use crate::tracker::swarms::Swarms;
use crate::tracker::udp::Connections;
use rand::TryRng;
use rand::rngs::SysRng;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::http_doors::{DoorError, HttpOptions};
pub use self::options::{Error, Notice, Operation, Options};
pub use self::pages::{FolderError, PageOptions};
pub use self::reload::{BadList, Sources};
pub use self::sockets::Bound;
pub use self::tls::{TlsError, TlsFiles};
pub use self::udp::Udp;
pub use super::web_log::LogFormat;

/// Between two looks for peers that are gone, and how many are looked at.
const SWEEP: Duration = Duration::from_secs(1);
const SWEEP_BUDGET: usize = 20_000;
/// Between two words to the service manager on how it goes.
const STATUS: Duration = Duration::from_secs(5);
/// For the workers to answer what they have begun, once the end has come.
const DRAIN: Duration = Duration::from_millis(3500);
/// After a save that failed, until the next one at the latest.
const SAVE_AGAIN: Duration = Duration::from_secs(30);

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
    /// The ways between browsers at different workers.
    exchange: Exchange,
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
    run: Box<Read>,
}

/// Reads something anew; in words why it could not.
type Read = dyn Fn(&Shared) -> Result<(), String> + Send + Sync;

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
    let listen = |at| metrics::listen(at).map_err(|error| Error::Metrics(at, error));
    let metrics = options.pages.metrics.map(listen).transpose()?;
    let reloads = watched.on_signal().into_iter().chain(house.on_signal());
    let reloads: Vec<Reload> =
        reloads.chain(offered.as_ref().map(|folder| folder.on_signal())).collect();
    if options.operation.sandbox {
        tell(Notice::Detail(restrict(options, &reloads)));
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
        exchange: if options.http.websocket { Exchange::new(threads) } else { Exchange::default() },
        reloads,
    });
    // Dropped at the end, which ends its thread.
    let _watching = watched.start(&shared).map_err(Error::System)?;
    let offering = offered.map(|folder| folder.start(&shared)).transpose();
    let _offering = offering.map_err(Error::System)?;
    if let Some(listener) = metrics {
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
    tell(Notice::Listening(Bound { websocket: options.http.websocket, ..at }));
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

/// Gives up what is needed no more; in words what came of it.
fn restrict(options: &Options, reloads: &[Reload]) -> String {
    let needs = sandbox::Needs {
        dfile: options.dfile.as_deref(),
        removes: options.http.unix.as_deref(),
        reads: reloads.iter().flat_map(|reload| &reload.reads).map(PathBuf::as_path).collect(),
    };
    match sandbox::restrict(&needs) {
        Ok(words) => words.to_owned(),
        Err(words) => format!("not sandboxed: {words}"),
    }
}

/// For people who ask the service manager.
fn told(swarms: &Swarms) -> String {
    format!("{} peers in {} torrents", swarms.peers(), swarms.known())
}

/// One that nobody knows.
fn connection_key() -> Result<dfile::Key, Error> {
    let mut key = dfile::Key::default();
    SysRng.try_fill_bytes(&mut key).map_err(|error| Error::System(io::Error::other(error)))?;
    Ok(key)
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
