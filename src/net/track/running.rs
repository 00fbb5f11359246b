//! A tracker that serves: its workers and what looks after them, from the first request to the last.

use super::handover::{self, Door as Handover, Heir, Predecessor};
use super::http_doors::House;
use super::inherited::Inherited;
use super::lock::{self, Lock, Try};
use super::nat_check::Caller;
use super::opening::Opened;
use super::options::{Error, Notice, Options};
use super::possession::{Teaching, called, changed};
use super::pulse::Pulse;
use super::reload;
use super::reloading::Reloading;
use super::signals::{Signal, second};
use super::sockets::Bound;
use super::state::{self, Saving};
use super::systemd::{self, News};
use super::watchdog::Watchdog;
use super::websocket::Exchange;
use super::worker::{self, Hired};
use super::{Shared, connection_keys, every, metrics, nat_check, watch};
use crate::net::web_log::LogWriter;
use crate::store::words;
use crate::tracker::current::Current;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch as channel;

/// Between two looks for peers that are gone, and how many are looked at.
const SWEEP: Duration = Duration::from_secs(1);
const SWEEP_BUDGET: usize = 20_000;
/// Between two words to the service manager on how it goes.
const STATUS: Duration = Duration::from_secs(5);
/// For the workers to answer what they have begun, once the end has come.
const DRAIN: Duration = Duration::from_millis(3500);
/// After a save that failed, until the next one at the latest.
const SAVE_AGAIN: Duration = Duration::from_secs(30);

/// A tracker that lacks nothing but its state: its threads are there, and wait.
pub(super) struct Ready {
    shared: Arc<Shared>,
    house: Arc<House>,
    at: Bound,
    clones: Vec<Inherited>,
    metrics: Option<TcpListener>,
    workers: Vec<Hired>,
    pulses: Vec<Arc<Pulse>>,
    stop: channel::Sender<bool>,
    writer: LogWriter,
    reloading: Reloading,
    watching: Vec<mpsc::Sender<()>>,
}

impl Ready {
    /// Begins all threads. What the workers are to serve waits in the sockets.
    pub(super) fn new(
        opened: Opened,
        options: &Options,
        out: Box<dyn Write + Send>,
    ) -> Result<Self, Error> {
        let connections = connection_keys::load(None, &opened.diagnostics);
        let shared = Arc::new(Shared {
            service: opened.service,
            caller: Caller::new(options.socket_timeout, Instant::now()),
            pages: opened.pages,
            options: options.clone(),
            connections: Current::new(connections.map_err(Error::System)?),
            diagnostics: opened.diagnostics,
            exchange: match options.http.websocket {
                true => Exchange::new(opened.sockets.len()),
                false => Exchange::default(),
            },
            reloads: opened.reloads,
        });
        let writer = LogWriter::start(options.log, out);
        let mut watching = Vec::from_iter(watch::start(&shared).map_err(Error::System)?);
        if let Some(folder) = &shared.pages.folder {
            watching.push(folder.start(&shared).map_err(Error::System)?);
        }
        let (stop, stopped) = channel::channel(false);
        let (mut workers, mut pulses) = (Vec::new(), Vec::new());
        let threads = opened.sockets.len();
        for (sockets, doors) in opened.sockets.into_iter().zip(opened.doors) {
            let pulse = Arc::<Pulse>::default();
            pulses.push(Arc::clone(&pulse));
            let (house, shared) = (Arc::clone(&opened.house), Arc::clone(&shared));
            let worker =
                worker::hire(sockets, doors, house, shared, writer.log(), pulse, stopped.clone());
            workers.push(worker.map_err(|error| Error::Threads(threads, error))?);
        }
        Ok(Self {
            shared,
            house: opened.house,
            at: opened.at,
            clones: opened.clones,
            metrics: opened.metrics,
            workers,
            pulses,
            stop,
            writer,
            reloading: Reloading::default(),
            watching,
        })
    }

    /// Reads anew what is read from files, since a signal asks for it.
    pub(super) fn reload(&mut self) {
        self.reloading.ask(&self.shared);
    }

    /// Reads the state, now that no other tracker writes it.
    pub(super) fn remember(&self) -> Result<(), Error> {
        if let Some(path) = &self.shared.options.dfile {
            state::load(path, self.shared.service.swarms(), &self.shared.diagnostics)?;
        }
        self.recall_connections();
        // The memory may be of times when more was served.
        self.shared.service.forget_unserved();
        Ok(())
    }

    /// What it is to serve, before it does.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Takes the place of another tracker, that has told all it knew.
    pub(super) fn succeed(&self) {
        self.house.take_over();
        self.recall_connections();
    }

    /// The same of one that has ended on its own. Nobody serves if this one does not, so that it does
    /// with what there is.
    pub(super) fn inherit(&self) {
        self.house.take_over();
        if let Err(error) = self.remember() {
            let what = match self.shared.service.swarms().known() {
                0 => "the tracker begins anew",
                _ => "the tracker serves what it has read",
            };
            self.shared.diagnostics.warn("load", format_args!("{error}; {what}"));
            self.recall_connections();
            self.shared.service.forget_unserved();
        }
    }

    fn recall_connections(&self) {
        let dfile = self.shared.options.dfile.as_deref();
        // Without them it has some of its own already.
        if let Ok(kept) = connection_keys::load(dfile, &self.shared.diagnostics) {
            self.shared.connections.replace(kept);
        }
    }

    /// Begins to serve; with the tracker whose place it has taken, where that may tell of more.
    pub(super) fn start(
        self,
        lock: Option<Lock>,
        predecessor: Option<Predecessor>,
        signals: Receiver<Signal>,
        tell: &mut dyn FnMut(Notice),
    ) -> Running {
        let Self { shared, house, at, clones, metrics, workers, pulses, .. } = self;
        let dfile = lock.as_ref().and(shared.options.dfile.as_deref());
        let handover = dfile.and_then(|dfile| handover_of(dfile, tell));
        if let Some(listener) = metrics {
            tokio::task::spawn_local(metrics::serve(Arc::clone(&shared), listener));
        }
        if shared.options.policy.nat_check {
            tokio::task::spawn_local(nat_check::serve(Arc::clone(&shared)));
        }
        reload::warn_of_nothing(&shared.service, &shared.diagnostics);
        shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(&mut *tell);
        // Before the first line of the web log.
        tell(Notice::Listening(Bound { websocket: shared.options.http.websocket, ..at }));
        let workers = workers.into_iter().map(Hired::begin).collect();
        systemd::tell(News::Ready);
        Running {
            shared,
            house,
            possessions: Possessions { sockets: clones, handover, _lock: lock },
            predecessor,
            signals,
            workers,
            stop: self.stop,
            writer: self.writer,
            watchdog: Watchdog::new(pulses),
            saving: Saving::default(),
            reloading: self.reloading,
            _watching: self.watching,
        }
    }
}

/// Where another tracker may call to take over.
fn handover_of(dfile: &Path, tell: &mut dyn FnMut(Notice)) -> Option<Handover> {
    match Handover::open(dfile) {
        Ok(handover) => Some(handover),
        Err(error) => {
            tell(Notice::Detail(format!("--take-over will not work: {}", words(&error))));
            None
        }
    }
}

/// What makes it the one tracker of its dfile, until the end.
struct Possessions {
    /// All its sockets once more, for a tracker that takes over.
    sockets: Vec<Inherited>,
    /// Where that one calls; it goes before the lock does.
    handover: Option<Handover>,
    _lock: Option<Lock>,
}

/// A tracker whose workers serve.
pub(super) struct Running {
    shared: Arc<Shared>,
    house: Arc<House>,
    possessions: Possessions,
    predecessor: Option<Predecessor>,
    signals: Receiver<Signal>,
    workers: Vec<thread::JoinHandle<()>>,
    /// Tells them to end.
    stop: channel::Sender<bool>,
    writer: LogWriter,
    watchdog: Watchdog,
    saving: Saving,
    reloading: Reloading,
    /// What looks at files, each on a thread that ends with its sender.
    _watching: Vec<mpsc::Sender<()>>,
}

impl Running {
    /// Until a signal, or another tracker, ends it.
    pub(super) async fn run(mut self, tell: &mut dyn FnMut(Notice)) -> Result<(), Error> {
        let options = &self.shared.options;
        let mut sweep = every(SWEEP);
        let mut save = every(options.save_interval);
        let mut status = every(STATUS);
        let mut teaching = Teaching::default();
        let give_up = |error: &io::Error| {
            self.shared.service.swarms().unfollow();
            let what = format_args!("not handed over, and serves on: {}", words(error));
            self.shared.diagnostics.warn("handover", what);
        };
        if self.predecessor.is_some() {
            // What was taken over is on no disk.
            save.reset_immediately();
        }
        let heir = loop {
            tokio::select! {
                signal = self.signals.recv() => match signal {
                    Some(Signal::Reload) => self.reloading.ask(&self.shared),
                    Some(Signal::End) | None => break None,
                },
                () = self.reloading.ended(&self.shared) => {}
                () = changed(&mut self.predecessor, &self.shared) => {}
                caller = called(&self.possessions.handover), if teaching.idle() => {
                    match handover::give(caller, &self.possessions.sockets) {
                        Ok(heir) => teaching.start(heir, &self.shared),
                        Err(error) => give_up(&error),
                    }
                }
                // Nothing is written any more, and nobody has more to tell.
                taught = teaching.done(), if self.saving.idle() && self.predecessor.is_none() => {
                    let agreed = async {
                        let mut heir = taught?;
                        heir.agree(self.shared.service.swarms()).await.map(|()| heir)
                    };
                    match agreed.await {
                        Ok(heir) => break Some(heir),
                        Err(error) => give_up(&error),
                    }
                }
                () = self.watchdog.tick() => {}
                _ = status.tick() => systemd::tell(News::Status(&self.shared.status())),
                _ = sweep.tick() => self.look_after(tell),
                _ = save.tick(), if self.saving.idle() && teaching.idle() => self.saving.start(&self.shared),
                written = self.saving.written() => {
                    if let Err(error) = written {
                        let words = words(&error.source);
                        let path = error.path.display();
                        let what = format_args!("{path}: not saved, the old one stays: {words}");
                        self.shared.diagnostics.warn("save", what);
                        save.reset_after(options.save_interval.min(SAVE_AGAIN));
                    }
                }
            }
        };
        // One who is being told all waits until this one is gone.
        let ended = self.end(heir, tell).await;
        drop(teaching);
        ended
    }

    /// What is due each second.
    fn look_after(&self, tell: &mut dyn FnMut(Notice)) {
        let shared = &self.shared;
        shared.service.swarms().sweep(Instant::now(), SWEEP_BUDGET);
        shared.pages.sample(shared);
        match self.writer.lost() {
            0 => {}
            lost => shared
                .diagnostics
                .warn("log", format_args!("the log's reader is too slow: {lost} lines are lost")),
        }
        if let Some(error) = self.writer.fault() {
            let words = words(&error);
            let what = format_args!("the log cannot be written, its lines are lost: {words}");
            shared.diagnostics.warn("log", what);
        }
        shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(tell);
    }

    /// What is under way is answered, and what is known told to the tracker that takes over or saved,
    /// unless a second signal comes.
    async fn end(self, heir: Option<Heir>, tell: &mut dyn FnMut(Notice)) -> Result<(), Error> {
        let Self { shared, house, possessions, mut signals, workers, stop, writer, saving, .. } =
            self;
        let Possessions { sockets, handover, _lock: lock } = possessions;
        // From now on the port is closed, where no other tracker has it.
        drop(sockets);
        match heir {
            Some(_) => house.hand_over(),
            None => house.close(),
        }
        // The place where it is called goes before the lock does, which another waits for.
        let kept = heir.is_none().then_some((handover, lock));
        systemd::tell(News::Stopping);
        let _ = stop.send(true);
        let finish = async {
            let ended = tokio::task::spawn_blocking(move || {
                workers.into_iter().for_each(|worker| drop(worker.join()));
            });
            // Whoever is served for longer than that is not waited for.
            let ended = async { drop(tokio::time::timeout(DRAIN, ended).await) };
            let _lock = match heir {
                None => {
                    ended.await;
                    kept.and_then(|(_, lock)| lock)
                }
                Some(mut heir) => {
                    if heir.tell_until(shared.service.swarms(), ended).await.is_ok() {
                        return finish_log(writer).await;
                    }
                    // It is gone already: its place is nobody's, and the state with it.
                    match shared.options.dfile.as_deref().map(lock::take) {
                        Some(Ok(Try::Taken(lock))) => Some(lock),
                        _ => return finish_log(writer).await,
                    }
                }
            };
            finish(&shared, saving, writer).await
        };
        let saved = tokio::select! {
            saved = finish => saved,
            () = second(&mut signals) => Ok(()),
        };
        shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(tell);
        saved
    }
}

impl Shared {
    /// For people who ask the service manager.
    fn status(&self) -> String {
        let swarms = self.service.swarms();
        // Told apart: a torrent of both kinds is one of each.
        let browsers = swarms.beside();
        let peers = swarms.peers().saturating_sub(browsers.peers);
        let torrents = swarms.known().saturating_sub(browsers.torrents);
        let browsers = match self.exchange.is_open() {
            true => format!("{} browsers in {} torrents, ", browsers.peers, browsers.torrents),
            false => String::new(),
        };
        let rate = self.pages.rates().requests();
        format!("{peers} peers in {torrents} torrents, {browsers}{rate:.0} requests a second")
    }
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
    finish_log(writer).await.and(saved)
}

async fn finish_log(writer: LogWriter) -> Result<(), Error> {
    let _ = tokio::task::spawn_blocking(|| writer.finish()).await;
    Ok(())
}
