//! A tracker that serves: its workers and what looks after them, from the first request to the last.

use super::http_doors::House;
use super::nat_check::Caller;
use super::opening::{Opened, Possessions};
use super::options::{Error, Notice, Options};
use super::possession::called;
use super::pulse::Pulse;
use super::signals::{Signal, second};
use super::state::Saving;
use super::systemd::{self, News};
use super::watchdog::Watchdog;
use super::{Shared, every, handover, metrics, nat_check, watch, worker};
use crate::net::web_log::LogWriter;
use crate::store::words;
use crate::tracker::current::Current;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch as channel;
use tokio::task::JoinHandle;

/// Between two looks for peers that are gone, and how many are looked at.
const SWEEP: Duration = Duration::from_secs(1);
const SWEEP_BUDGET: usize = 20_000;
/// Between two words to the service manager on how it goes.
const STATUS: Duration = Duration::from_secs(5);
/// For the workers to answer what they have begun, once the end has come.
const DRAIN: Duration = Duration::from_millis(3500);
/// After a save that failed, until the next one at the latest.
const SAVE_AGAIN: Duration = Duration::from_secs(30);

/// A tracker whose workers serve.
pub(super) struct Running {
    shared: Arc<Shared>,
    house: Arc<House>,
    possessions: Possessions,
    signals: Receiver<Signal>,
    workers: Vec<thread::JoinHandle<()>>,
    /// Tells them to end.
    stop: channel::Sender<bool>,
    writer: LogWriter,
    watchdog: Watchdog,
    saving: Saving,
    /// What looks at files, each on a thread that ends with its sender.
    _watching: Vec<mpsc::Sender<()>>,
}

/// Begins to serve. No thread begins before that.
pub(super) fn start(
    opened: Opened,
    options: &Options,
    out: Box<dyn Write + Send>,
    signals: Receiver<Signal>,
    tell: &mut dyn FnMut(Notice),
) -> Result<Running, Error> {
    let writer = LogWriter::start(options.log, out);
    let shared = Arc::new(Shared {
        service: opened.service,
        caller: Caller::new(options.socket_timeout, Instant::now()),
        pages: opened.pages,
        options: options.clone(),
        connections: Current::new(opened.connections),
        diagnostics: opened.diagnostics,
        reloads: opened.reloads,
    });
    let mut watching = Vec::from_iter(watch::start(&shared).map_err(Error::System)?);
    if let Some(folder) = &shared.pages.folder {
        watching.push(folder.start(&shared).map_err(Error::System)?);
    }
    if let Some(listener) = opened.metrics {
        tokio::task::spawn_local(metrics::serve(Arc::clone(&shared), listener));
    }
    if options.policy.nat_check {
        tokio::task::spawn_local(nat_check::serve(Arc::clone(&shared)));
    }
    let (stop, stopped) = channel::channel(false);
    let (mut workers, mut pulses) = (Vec::new(), Vec::new());
    for (sockets, doors) in opened.sockets.into_iter().zip(opened.doors) {
        let pulse = Arc::<Pulse>::default();
        pulses.push(Arc::clone(&pulse));
        let (house, shared) = (Arc::clone(&opened.house), Arc::clone(&shared));
        let worker =
            worker::spawn(sockets, doors, house, shared, writer.log(), pulse, stopped.clone());
        workers.push(worker.map_err(Error::System)?);
    }
    tell(Notice::Listening(opened.at));
    systemd::tell(News::Ready);
    Ok(Running {
        shared,
        house: opened.house,
        possessions: opened.possessions,
        signals,
        workers,
        stop,
        writer,
        watchdog: Watchdog::new(pulses),
        saving: Saving::default(),
        _watching: watching,
    })
}

impl Running {
    /// Until a signal, or another tracker, ends it.
    pub(super) async fn run(mut self, tell: &mut dyn FnMut(Notice)) -> Result<(), Error> {
        let options = &self.shared.options;
        let mut sweep = every(SWEEP);
        let mut save = every(options.save_interval);
        let mut status = every(STATUS);
        let mut reloading: Option<JoinHandle<()>> = None;
        loop {
            tokio::select! {
                signal = self.signals.recv() => match signal {
                    Some(Signal::Reload) if reloading.is_none() => {
                        systemd::tell(News::Reloading);
                        let shared = Arc::clone(&self.shared);
                        reloading = Some(tokio::task::spawn_blocking(move || shared.reload()));
                    }
                    Some(Signal::Reload) => {}
                    Some(Signal::End) | None => break,
                },
                () = ended(&mut reloading) => systemd::tell(News::Ready),
                caller = called(&self.possessions.handover) => {
                    match handover::give(&caller, &self.possessions.sockets) {
                        Ok(()) => break self.house.hand_over(),
                        Err(error) => self.shared.diagnostics.warn(
                            "handover",
                            format_args!("not handed over: {}", words(&error)),
                        ),
                    }
                }
                () = self.watchdog.tick() => {}
                _ = status.tick() => systemd::tell(News::Status(&self.shared.status())),
                _ = sweep.tick() => self.look_after(tell),
                _ = save.tick(), if self.saving.idle() => self.saving.start(&self.shared),
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
        }
        self.end(tell).await
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
        shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(tell);
    }

    /// What is under way is answered, and what is known saved, unless a second signal comes.
    async fn end(self, tell: &mut dyn FnMut(Notice)) -> Result<(), Error> {
        let Self { shared, possessions, mut signals, workers, stop, writer, saving, .. } = self;
        // From now on the port is closed, where no other tracker has it.
        drop(possessions.sockets);
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
        saved
    }
}

impl Shared {
    /// Reads anew what is read from files.
    fn reload(&self) {
        self.reloads.iter().for_each(|reload| reload.read(self));
    }

    /// For people who ask the service manager.
    fn status(&self) -> String {
        let swarms = self.service.swarms();
        let (peers, torrents) = (swarms.peers(), swarms.known());
        let rate = self.pages.rates().requests();
        format!("{peers} peers in {torrents} torrents, {rate:.0} requests a second")
    }
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
