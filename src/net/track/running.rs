//! A tracker that serves: its workers and what looks after them, from the first request to the last.

use super::handover::{self, Heir, Predecessor};
use super::http_doors::House;
use super::options::{Error, Notice};
use super::possession::{Possessions, Step, Teaching, changed};
use super::reloading::Reloading;
use super::signals::{Signal, second};
use super::state::{self, Saving};
use super::systemd::{self, News};
use super::watchdog::Watchdog;
use super::{Shared, every};
use crate::net::web_log::LogWriter;
use crate::store::words;
use std::io;
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
/// After a start, until the first one at the earliest.
const SAVE_SOON: Duration = Duration::from_secs(1);
/// After a save that failed, until the next one at the latest.
const SAVE_AGAIN: Duration = Duration::from_secs(30);

/// A tracker whose workers serve.
pub(super) struct Running {
    pub(super) shared: Arc<Shared>,
    pub(super) house: Arc<House>,
    pub(super) possessions: Possessions,
    pub(super) predecessor: Option<Predecessor>,
    pub(super) signals: Receiver<Signal>,
    pub(super) workers: Vec<thread::JoinHandle<()>>,
    /// Tells them to end.
    pub(super) stop: channel::Sender<bool>,
    pub(super) writer: LogWriter,
    pub(super) watchdog: Watchdog,
    pub(super) saving: Saving,
    pub(super) reloading: Reloading,
    /// What looks at files, each on a thread that ends with its sender.
    pub(super) _watching: Vec<mpsc::Sender<()>>,
}

impl Running {
    /// Until a signal, or another tracker, ends it.
    pub(super) async fn run(mut self, tell: &mut dyn FnMut(Notice)) -> Result<(), Error> {
        self.tell_predecessor().await;
        let options = &self.shared.options;
        let mut sweep = every(SWEEP);
        let mut save = every(options.save_interval);
        // One that is due soon after the start waits until somebody has come.
        let (began, mut is_early) = (Instant::now(), false);
        let has_news = || {
            began.elapsed() >= options.save_interval
                || self.shared.service.tallies().has_announces()
        };
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
        } else if let Some(dfile) = &options.dfile {
            // From the last save on and not from the start: a tracker that is killed again and again
            // saves as often as one that is not, no more, and no less.
            let due = options.save_interval.saturating_sub(state::age(dfile));
            save.reset_after(due.max(SAVE_SOON.min(options.save_interval)));
            is_early = true;
        }
        // A signal has come in the middle of an agreement.
        let mut ending = false;
        let heir = loop {
            tokio::select! {
                signal = self.signals.recv() => match signal {
                    Some(Signal::Reload) => self.reloading.ask(&self.shared),
                    Some(Signal::End) | None if teaching.hurry() => ending = true,
                    Some(Signal::End) | None => break None,
                },
                () = self.reloading.ended(&self.shared) => {}
                () = changed(&mut self.predecessor, &self.shared) => {}
                caller = self.possessions.called(), if teaching.idle() => {
                    match handover::give(caller, &self.possessions.sockets) {
                        Ok(heir) => teaching.start(heir, &self.shared),
                        Err(error) => give_up(&error),
                    }
                }
                // Nothing is written any more, and nobody has more to tell.
                step = teaching.step(&self.shared), if self.saving.idle() && self.predecessor.is_none() => match step {
                    Ok(Step::Agreed) => self.possessions.let_go(),
                    Ok(Step::Serves(heir)) => break Some(heir),
                    Err(_) if ending => break None,
                    Err(error) => {
                        give_up(&error);
                        if self.possessions.regain(tell) {
                            save.reset_immediately();
                            is_early = false;
                        }
                    }
                },
                () = self.watchdog.tick() => {}
                _ = status.tick() => systemd::tell(News::Status(&self.shared.status())),
                _ = sweep.tick() => {
                    self.possessions.keep_lock(tell);
                    self.look_after(tell);
                    if !teaching.agreed() && self.possessions.regain(tell) {
                        save.reset_immediately();
                        is_early = false;
                    }
                }
                _ = save.tick(), if self.saving.idle() && teaching.idle() && self.possessions.may_save() && (!is_early || has_news()) => {
                    is_early = false;
                    self.saving.start(&self.shared);
                }
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

    /// Tells the tracker whose place this one has taken that all workers serve.
    async fn tell_predecessor(&mut self) {
        let Some(predecessor) = &mut self.predecessor else { return };
        let _ = tokio::time::timeout(SWEEP, self.watchdog.begun()).await;
        // Where that one is gone, what it said is still to be heard.
        let _ = predecessor.serves().await;
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
        let Self { shared, house, mut possessions, mut signals, workers, stop, writer, .. } = self;
        let (saving, mut predecessor) = (self.saving, self.predecessor);
        // From now on the port is closed, where no other tracker has it.
        possessions.sockets.clear();
        possessions.keep_lock(tell);
        match heir {
            Some(_) => house.hand_over(),
            None => house.close(),
        }
        systemd::tell(News::Stopping);
        let _ = stop.send(true);
        let finish = async {
            let ended = tokio::task::spawn_blocking(move || {
                workers.into_iter().for_each(|worker| drop(worker.join()));
            });
            // Whoever is served for longer than that is not waited for.
            let ended = async { drop(tokio::time::timeout(DRAIN, ended).await) };
            match heir {
                None => {
                    // What the tracker before this one answers to the last is to be saved as well.
                    let told = async {
                        while predecessor.is_some() {
                            changed(&mut predecessor, &shared).await;
                        }
                    };
                    let _ = tokio::join!(ended, tokio::time::timeout(DRAIN, told));
                }
                Some(mut heir) => {
                    if heir.tell_until(shared.service.swarms(), ended).await.is_ok() {
                        return finish_log(writer).await;
                    }
                    // It is gone already: its place is nobody's, and the state with it.
                    if possessions.is_overtaken() {
                        let what = "the tracker that took over has saved and is gone: what changed \
                                    on the last connections of this one since then is lost";
                        shared.diagnostics.warn("handover", format_args!("{what}"));
                        return finish_log(writer).await;
                    }
                }
            }
            possessions.take_lock();
            match possessions.may_save() {
                true => finish(&shared, saving, writer).await,
                false => finish_log(writer).await,
            }
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
