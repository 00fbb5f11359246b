//! A tracker that serves: its workers and what looks after them, from the first request to the last.

use super::handover::{self, HURRY, Heir, TAKES_WITHIN};
use super::http_doors::House;
use super::options::{Error, Notice};
use super::possession::{Heard, Others, Possessions, Step, Teaching};
use super::reloading::Reloading;
use super::signals::{Signal, second};
use super::state::{Saving, Unsaved};
use super::systemd::{self, News};
use super::watchdog::Watchdog;
use super::worker::{self, Serving};
use super::{Shared, every};
use crate::net::web_log::LogWriter;
use crate::store::words;
use crate::tracker::swarms::Swarms;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc;
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

/// A tracker whose workers serve.
pub(super) struct Running {
    pub(super) shared: Arc<Shared>,
    pub(super) house: Arc<House>,
    pub(super) possessions: Possessions,
    pub(super) predecessor: Option<Others>,
    pub(super) signals: Receiver<Signal>,
    pub(super) workers: Vec<Serving>,
    /// Tells them to end.
    pub(super) stop: channel::Sender<bool>,
    pub(super) writer: LogWriter,
    pub(super) watchdog: Watchdog,
    pub(super) saving: Saving,
    /// Until the first save.
    pub(super) due: Duration,
    pub(super) reloading: Reloading,
    /// What looks at files, each on a thread that ends with its sender.
    pub(super) _watching: Vec<mpsc::Sender<()>>,
}

impl Running {
    /// Until a signal, or another tracker, ends it.
    pub(super) async fn run(mut self, tell: &mut dyn FnMut(Notice)) -> Result<(), Error> {
        let shared = Arc::clone(&self.shared);
        let interval = shared.options.save_interval;
        let mut sweep = every(SWEEP);
        let mut save = every(interval);
        // One that is due soon after the start waits until somebody has come.
        let (began, mut is_early) = (Instant::now(), false);
        let has_news = || began.elapsed() >= interval || shared.service.tallies().has_announces();
        let mut status = every(STATUS);
        let mut teaching = Teaching::default();
        let tell_of = |error: &io::Error| {
            let what = format_args!("not handed over, and serves on: {}", words(error));
            shared.diagnostics.warn("handover", what);
        };
        let give_up = |error: &io::Error| {
            shared.service.swarms().forget_other();
            tell_of(error);
        };
        if self.predecessor.is_some() {
            if self.possessions.may_save() {
                // What was taken over is on no disk.
                save.reset_immediately();
            }
        } else if shared.options.dfile.is_some() {
            save.reset_after(self.due);
            is_early = true;
        }
        let mut begun = pin!(self.watchdog.begun());
        let mut tells_begun = self.predecessor.is_some();
        // A signal has come when another was about to serve.
        let mut ending = false;
        let end = loop {
            if teaching.waits() && self.saving.idle() {
                // Nothing is written any more.
                match self.possessions.offer(tell) {
                    Ok(_) => teaching.begin(),
                    Err(error) => {
                        teaching.refuse();
                        give_up(&error);
                        self.possessions.open(tell);
                    }
                }
            }
            if teaching.serves() {
                // Its file may have been removed meanwhile, and another tracker have made it anew: then
                // there is none to give, and two serve if this one does not end.
                let lock = self.possessions.offer(tell).inspect_err(|error| {
                    let what = format_args!("handed over without the lock: {}", words(error));
                    shared.diagnostics.warn("handover", what);
                });
                teaching.give(lock.ok());
            }
            tokio::select! {
                signal = self.signals.recv() => match signal {
                    Some(Signal::Reload) => self.reloading.ask(&shared),
                    // The second one. Who may begin may serve already, and has its doors.
                    Some(Signal::End) | None if ending => {
                        self.house.hand_over();
                        return Ok(());
                    }
                    Some(Signal::End) | None if teaching.hurry() => ending = true,
                    Some(Signal::End) | None => break Ok(None),
                },
                () = self.reloading.ended(&shared) => {}
                () = &mut begun, if tells_begun => {
                    tells_begun = false;
                    if let Some(others) = &mut self.predecessor {
                        others.serves().await;
                    }
                }
                heard = Others::hear(&mut self.predecessor, &shared) => {
                    match self.heard(heard, tell).await {
                        Ok(false) => {}
                        Ok(true) => {
                            save.reset_immediately();
                            is_early = false;
                        }
                        Err(refused) => break Err(refused),
                    }
                }
                // Who tells of changes, or is told, has no other that does.
                caller = self.possessions.called(), if teaching.is_open() && self.predecessor.is_none() => {
                    match handover::give(caller, &self.possessions.sockets) {
                        Ok(heir) => teaching.admit(heir),
                        Err(error) => tell_of(&error),
                    }
                }
                step = teaching.step(&shared) => match step {
                    Ok(Step::Begun | Step::Waits) => {}
                    Ok(Step::Missed(error)) => tell_of(&error),
                    Ok(Step::Serves(heir)) => {
                        self.possessions.let_go();
                        break Ok(Some(heir));
                    }
                    Err(_) if ending => {
                        shared.service.swarms().forget_other();
                        break Ok(None);
                    }
                    Err(error) => {
                        give_up(&error);
                        self.possessions.open(tell);
                    }
                },
                () = self.watchdog.tick() => {}
                _ = status.tick() => systemd::tell(News::Status(&shared.status())),
                _ = sweep.tick() => {
                    if !teaching.knows() {
                        self.possessions.keep_lock(tell);
                    }
                    self.look_after(tell);
                    if let Err(ended) = worker::all_serve(&mut self.workers) {
                        break Err(Error::Worker(ended));
                    }
                    if self.possessions.regain(tell) {
                        self.possess(tell);
                        save.reset_immediately();
                        is_early = false;
                    }
                }
                // Whether somebody has come is looked at with each sweep.
                _ = save.tick(), if self.saving.idle()
                    && !teaching.knows()
                    && self.possessions.may_save()
                    && (!is_early || has_news()) =>
                {
                    is_early = false;
                    self.saving.start(&shared);
                }
                written = self.saving.written() => {
                    if let Err(unsaved) = written {
                        let dfile = shared.options.dfile.as_deref();
                        shared.diagnostics.warn("save", unsaved.words(dfile));
                        save.reset_after(interval.min(SAVE_AGAIN));
                    }
                }
            }
        };
        let (heir, refused) = match end {
            Ok(heir) => (heir, Ok(())),
            Err(refused) => (None, Err(refused)),
        };
        // One that takes over is told the rest, for longer where nobody waits for the end.
        let patience = if ending { HURRY } else { TAKES_WITHIN };
        let heir = heir.map(|heir| (heir, patience));
        // Who has called waits until this one is gone.
        let ended = self.end(heir, &mut teaching, tell).await;
        drop(teaching);
        refused.and(ended)
    }

    /// What the tracker whose place this one takes has told; says whether the dfile has become this
    /// one's. An error: that one serves on, and this one is to end.
    async fn heard(&mut self, heard: Heard, tell: &mut dyn FnMut(Notice)) -> Result<bool, Error> {
        let lock = match heard {
            Heard::Yours(None) => {
                self.possessions.lack_lock(tell);
                None
            }
            Heard::Yours(lock) => lock,
            Heard::Nothing(others) if !self.possessions.may_save() => others.left().await?,
            Heard::Changes | Heard::Nothing(_) => None,
        };
        let Some(lock) = lock else { return Ok(false) };
        self.possessions.own(lock);
        self.possess(tell);
        Ok(true)
    }

    /// With the dfile comes what others find this one by.
    fn possess(&mut self, tell: &mut dyn FnMut(Notice)) {
        self.house.take_over();
        self.possessions.open(tell);
    }

    /// What is due each second.
    fn look_after(&self, tell: &mut dyn FnMut(Notice)) {
        let shared = &self.shared;
        shared.service.swarms().sweep(Instant::now(), SWEEP_BUDGET);
        shared.pages.sample(shared);
        let lost = self.writer.lost();
        shared.pages.chores.lose_lines(lost.slow + lost.failed);
        if lost.slow > 0 {
            let what = format_args!("the log's reader is too slow: {} lines are lost", lost.slow);
            shared.diagnostics.warn("log", what);
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
    async fn end(
        self,
        heir: Option<(Heir, Duration)>,
        teaching: &mut Teaching,
        tell: &mut dyn FnMut(Notice),
    ) -> Result<(), Error> {
        let Self { shared, house, mut possessions, mut signals, workers, stop, writer, .. } = self;
        let (saving, mut predecessor) = (self.saving, self.predecessor);
        // From now on the port is closed, where no other tracker has it.
        possessions.sockets.clear();
        possessions.renew_lock(tell);
        // Who has been given the doors may come to serve them.
        let has_callers = teaching.has_callers();
        match heir.is_some() || has_callers {
            true => house.hand_over(),
            false => house.close(),
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
                            if let Heard::Yours(Some(lock)) =
                                Others::hear(&mut predecessor, &shared).await
                            {
                                possessions.own(lock);
                                house.take_over();
                                house.close();
                            }
                        }
                    };
                    let _ = tokio::join!(ended, tokio::time::timeout(DRAIN, told));
                }
                Some((mut heir, patience)) => {
                    let swarms = shared.service.swarms();
                    if heir.tell_until(swarms, ended, patience).await.is_ok() {
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
            if possessions.take_lock(tell) && !has_callers {
                house.take_over();
                house.close();
            }
            match possessions.may_save() {
                true => finish(&shared, saving, writer).await,
                false => finish_log(writer).await,
            }
        };
        let saved = tokio::select! {
            saved = finish => saved,
            () = second(&mut signals) => Ok(()),
            never = teaching.lasts(&shared) => match never {},
        };
        shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(tell);
        saved
    }
}

impl AsRef<Swarms> for Shared {
    fn as_ref(&self) -> &Swarms {
        self.service.swarms()
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
            true => format!("{}, ", crowd(browsers.peers, "browser", browsers.torrents)),
            false => String::new(),
        };
        let rate = self.pages.rates().requests();
        format!("{}, {browsers}{rate:.0} requests a second", crowd(peers, "peer", torrents))
    }
}

/// So many of these in so many torrents.
fn crowd(many: usize, what: &str, torrents: usize) -> String {
    let several = |count| if count == 1 { "" } else { "s" };
    format!("{many} {what}{} in {torrents} torrent{}", several(many), several(torrents))
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
        let error = |unsaved: Unsaved| unsaved.error(shared.options.dfile.as_deref());
        saved = saving.written().await.map_err(|unsaved| Error::Write(error(unsaved)));
    }
    finish_log(writer).await.and(saved)
}

async fn finish_log(writer: LogWriter) -> Result<(), Error> {
    let _ = tokio::task::spawn_blocking(|| writer.finish()).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_is_not_several() {
        let crowd = super::crowd;
        assert_eq!(crowd(2, "peer", 1), "2 peers in 1 torrent");
        assert_eq!(crowd(1, "browser", 0), "1 browser in 0 torrents");
    }
}
