//! A process that takes part in swarms: one port, one thread, and a task for each torrent.

use super::hub::Hub;
use super::listener;
use super::magnet::{self, MagnetJob};
use super::member::Member;
use super::notice::{Listener, Notice};
use super::stay::{self, Stay};
use super::{accept, signals};
use crate::store::{self, Files};
use crate::torrent::{InfoHash, Metainfo, metainfo};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// What all torrents of a process share.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first of these that is free is listened at; `0..=0`: any.
    pub ports: RangeInclusive<u16>,
    /// The only address to listen at and to connect from.
    pub bind: Option<IpAddr>,
    /// Bytes a second, each torrent; `None`: no limit.
    pub upload_limit: Option<u64>,
    /// Bytes a second, each torrent; `None`: no limit.
    pub download_limit: Option<u64>,
    /// Connections of each torrent, at most.
    pub max_peers: usize,
    /// Peers unchoked at once, each torrent; `None`: as many as the rate feeds.
    pub max_uploads: Option<usize>,
    /// Ends a download that made no progress for so long.
    pub patience: Option<Duration>,
    /// Between two notices of progress.
    pub report_every: Duration,
}

/// One torrent and what is to be done about it.
#[derive(Debug)]
pub struct Job {
    /// The torrent.
    pub metainfo: Arc<Metainfo>,
    /// Its info-hash in the swarm.
    pub info_hash: InfoHash,
    /// Its place on the disk.
    pub files: Arc<Files>,
    /// What to do with it.
    pub aim: Aim,
    /// Where what is known of the data is kept from one run to the next.
    pub resume: Option<PathBuf>,
    /// Whether what is kept there spares reading the data again.
    pub trust: Trust,
    /// Peers that the user named, `HOST:PORT`.
    pub peers: Vec<String>,
    /// Peers that are known already.
    pub known: Vec<SocketAddr>,
}

/// Where the work on a torrent begins.
#[derive(Debug)]
pub enum Task {
    /// With its metainfo.
    Torrent(Job),
    /// With its info-hash: the metadata comes from peers.
    Magnet(MagnetJob),
}

/// What is to be done about a torrent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Aim {
    /// Get it and leave.
    Fetch,
    /// Get it, then offer it until the limit.
    FetchAndSeed(Limit),
    /// Offer it until the limit; it has to be complete.
    Seed(Limit),
}

/// When enough was given; without any, never.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Limit {
    /// Bytes sent, as a multiple of the torrent's size.
    pub ratio: Option<f64>,
    /// Time as a seed.
    pub time: Option<Duration>,
}

/// Whether the state that an earlier run left is believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust {
    /// Files that look untouched since are not read again.
    Resume,
    /// Everything is read.
    Nothing,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Every torrent has reached its aim.
    Done,
    /// By a signal of this number.
    Signal(u8),
    /// The listener wanted no more notices.
    Unheard,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Every port of the range is taken.
    #[error("no free port in {0}")]
    NoPort(String),
    /// Listening failed for another reason.
    #[error("cannot listen: {}", store::words(.0))]
    Listen(io::Error),
    /// A local file or folder failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What should be offered is not complete.
    #[error("{missing} of {total} bytes are missing or damaged")]
    Incomplete {
        /// Which torrent.
        torrent: InfoHash,
        /// Bytes of pieces that are not there or damaged.
        missing: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Nothing new came for as long as the user would wait.
    #[error("no peer had the missing data within {} s", .0.as_secs_f64())]
    NoData(Duration),
    /// Nothing of the metadata came for as long as the user would wait.
    #[error("no peer had the metadata within {} s", .0.as_secs_f64())]
    NoMetadata(Duration),
    /// A magnet link without a tracker or a peer.
    #[error("the magnet link names no tracker and no peer")]
    NobodyToAsk,
    /// The metadata has the right hash and makes no sense.
    #[error("the metadata: {0}")]
    Metainfo(metainfo::Error),
    /// The metadata has the right SHA-1 and describes no pieces of version 1.
    #[error("the metadata: only of version 2")]
    NotVersion1,
    /// The system gave no threads or timers.
    #[error("cannot start: {}", store::words(.0))]
    Start(io::Error),
}

/// The torrents that calls are taken for.
pub(super) type Swarms = Rc<RefCell<HashMap<InfoHash, Rc<dyn Member>>>>;

/// Takes part in the swarms of all tasks until each has reached its aim, one has failed, a signal
/// came, or the listener broke off.
///
/// # Errors
/// The first failure; the other torrents have left their swarms by then too.
pub fn run(options: Options, tasks: Vec<Task>, hear: Box<dyn Listener>) -> Result<Outcome, Error> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let local = LocalSet::new();
    let result = local.block_on(&runtime, take_part(options, tasks, hear));
    // What is left over need not be waited for: it has nothing that could be lost.
    runtime.shutdown_background();
    result
}

async fn take_part(
    options: Options,
    tasks: Vec<Task>,
    hear: Box<dyn Listener>,
) -> Result<Outcome, Error> {
    let mut signals = signals::Ends::new().map_err(Error::Start)?;
    let listeners = listener::listen(options.ports.clone(), options.bind).map_err(|error| {
        match error.kind() {
            io::ErrorKind::AddrInUse => Error::NoPort(range(&options.ports)),
            _ => Error::Listen(error),
        }
    })?;
    let addresses: Vec<_> = listeners.iter().flat_map(|one| one.local_addr()).collect();
    let port = addresses.first().map_or(0, |address| address.port());
    let hub = Rc::new(Hub::new(port, options.bind, hear));
    for address in addresses {
        hub.tell(Notice::Listening(address));
    }
    let swarms = Swarms::default();
    let gate = Rc::new(accept::Gate::default());
    for listener in listeners {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::Listen)?;
        let task = accept::accept(Rc::clone(&hub), listener, Rc::clone(&swarms), Rc::clone(&gate));
        tokio::task::spawn_local(task);
    }

    let (leave, leaving) = watch::channel(false);
    let mut stays = tokio::task::JoinSet::new();
    for task in tasks {
        let (hub, swarms) = (Rc::clone(&hub), Rc::clone(&swarms));
        let (options, leaving) = (options.clone(), leaving.clone());
        match task {
            Task::Torrent(job) => {
                stays.spawn_local(stay::stay(Stay { hub, swarms, options, job, leaving }))
            }
            Task::Magnet(magnet) => {
                stays.spawn_local(magnet::stay(hub, swarms, options, magnet, leaving))
            }
        };
    }
    let mut outcome = Ok(Outcome::Done);
    loop {
        let end = tokio::select! {
            ended = stays.join_next() => match ended {
                None => return outcome,
                Some(Ok(Ok(()))) => continue,
                Some(Ok(Err(error))) => Err(error),
                Some(Err(error)) => Err(Error::Start(io::Error::other(error))),
            },
            signal = signals.next() => Ok(Outcome::Signal(signal)),
            () = hub.unheard.notified() => Ok(Outcome::Unheard),
        };
        // The first end is the one that counts; a second signal waits for nothing.
        if leave.send_replace(true) {
            if let Ok(Outcome::Signal(_)) = end {
                return end;
            }
        } else {
            outcome = end;
        }
    }
}

fn range(ports: &RangeInclusive<u16>) -> String {
    match ports.start() == ports.end() {
        true => ports.start().to_string(),
        false => format!("{}-{}", ports.start(), ports.end()),
    }
}
