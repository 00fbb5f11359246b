//! A tracker that has all it needs, up to its first request: its threads wait, its state comes from
//! the dfile or from the tracker whose place it takes.

use super::http_doors::House;
use super::inherited::Inherited;
use super::lock::Lock;
use super::nat_check::Caller;
use super::opening::Opened;
use super::options::{Error, Notice, Options};
use super::possession::{Others, Possessions};
use super::pulse::Pulse;
use super::reload;
use super::reloading::Reloading;
use super::running::Running;
use super::signals::Signal;
use super::sockets::Bound;
use super::state::{self, Saving};
use super::systemd::{self, News};
use super::watchdog::Watchdog;
use super::websocket::Exchange;
use super::worker::{self, Hired};
use super::{Shared, connection_keys, metrics, nat_check, watch};
use crate::net::web_log::LogWriter;
use crate::store::words;
use crate::tracker::current::Current;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Instant;
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch as channel;

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
            told: state::Told::default(),
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

    /// Is about to take the place of another tracker, that has told all it knew.
    pub(super) fn succeed(&self, others: &Others) {
        self.shared.service.swarms().prefer_newer(others.epoch());
        self.shared.told.keep(&self.shared);
        self.recall_connections();
    }

    /// The same of one that has ended on its own. Nobody serves if this one does not, so that it does
    /// with what there is.
    pub(super) fn inherit(&self) {
        // What counts is the dfile, which may be kept aside itself.
        self.shared.told.forget();
        if let Err(error) = self.remember() {
            let what = match self.shared.service.swarms().known() {
                0 => "the tracker begins anew",
                _ => "the tracker serves what it has read",
            };
            self.shared.diagnostics.warn("load", format_args!("{error}; {what}"));
            // The next save would replace what another bt may be able to read.
            let kept = self.shared.options.dfile.as_deref().map(state::keep_other);
            match kept.transpose().map(Option::flatten) {
                Ok(None) => {}
                Ok(Some(aside)) => {
                    self.shared.diagnostics.warn("aside", format_args!("it is kept as {aside}"));
                }
                Err(error) => {
                    let what = format_args!("it cannot be kept: {}", words(&error));
                    self.shared.diagnostics.warn("aside", what);
                }
            }
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

    /// Begins to serve; with the tracker whose place it takes, where that may tell of more.
    pub(super) fn start(
        self,
        lock: Option<Lock>,
        predecessor: Option<Others>,
        signals: Receiver<Signal>,
        tell: &mut dyn FnMut(Notice),
    ) -> Running {
        let Self { shared, house, at, clones, metrics, workers, pulses, .. } = self;
        let dfile = shared.options.dfile.clone();
        let possessions = Possessions::new(clones, dfile, lock, tell);
        if possessions.may_save() {
            house.take_over();
        }
        if let Some(listener) = metrics {
            tokio::task::spawn_local(metrics::serve(Arc::clone(&shared), listener));
        }
        if shared.options.policy.nat_check {
            tokio::task::spawn_local(nat_check::serve(Arc::clone(&shared)));
        }
        let (age, interval) =
            (shared.options.dfile.as_deref().map(state::age), shared.options.save_interval);
        // Before anybody is served: those who come do not count as known.
        let due = state::due(interval, age.unwrap_or_default(), shared.service.swarms().known());
        if let Some(age) = age {
            shared.pages.chores.begin(age);
        }
        reload::warn_of_nothing(&shared.service, &shared.diagnostics);
        shared.diagnostics.take().into_iter().map(Notice::Warning).for_each(&mut *tell);
        // Before the first line of the web log.
        tell(Notice::Listening(at));
        let workers = workers.into_iter().map(Hired::begin).collect();
        systemd::tell(News::Ready);
        Running {
            shared,
            house,
            possessions,
            predecessor,
            signals,
            workers,
            stop: self.stop,
            writer: self.writer,
            watchdog: Watchdog::new(pulses),
            saving: Saving::default(),
            due,
            reloading: self.reloading,
            _watching: self.watching,
        }
    }
}
