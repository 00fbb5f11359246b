//! What a process that takes part in swarms is asked to do, and how that may end.

use super::trust::Authorities;
use crate::store::{self, Files};
use crate::torrent::{InfoHash, Metainfo, metainfo};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What all torrents of a process share.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first of these that is free is listened at; `0..=0`: any.
    pub ports: RangeInclusive<u16>,
    /// The only address to listen at and to connect from.
    pub bind: Option<IpAddr>,
    /// Whom to believe besides the system's, over HTTPS.
    pub authorities: Authorities,
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

/// Makes the job out of the metainfo, which names the link's trackers and web seeds.
pub type Begin = Box<dyn FnOnce(Metainfo) -> Result<Job, store::Error>>;

/// A magnet link and what is to become of it.
pub struct MagnetJob {
    /// The SHA-1 that the metadata must have.
    pub info_hash: InfoHash,
    /// The tiers of trackers.
    pub trackers: Vec<Vec<String>>,
    /// Web seeds, for the torrent.
    pub web_seeds: Vec<String>,
    /// Peers that the link or the user named, `HOST:PORT`.
    pub peers: Vec<String>,
    /// What is done with the metainfo.
    pub begin: Begin,
}

impl fmt::Debug for MagnetJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MagnetJob").field("info_hash", &self.info_hash).finish_non_exhaustive()
    }
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
