//! What a tracker is to do, why it cannot, and what it tells on the way.

use super::http_doors::{DoorError, HttpOptions};
use super::pages::{FolderError, PageOptions};
use super::reload::{BadList, Sources};
use super::sockets::{Bound, Place};
use super::udp::Udp;
use crate::net::web_log::LogFormat;
use crate::store::words;
use crate::tracker::service::Policy;
use crate::tracker::{Config, dfile};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

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
    #[error("{}: {}", .0.blamed("--port", .1), words(.1))]
    Listen(Place, io::Error),
    /// HTTPS or the Unix socket cannot be served.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// It could not listen for UDP.
    #[error("{}: {}", .0.blamed(.1, .2), words(.2))]
    ListenUdp(Place, &'static str, io::Error),
    /// There is not enough for so many threads.
    #[error("--threads {many}: {}", words(.1), many = .0)]
    Threads(usize, io::Error),
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
    #[error("--metrics-listen {at}: {}", words(.1), at = .0)]
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
    /// The other tracker says nothing: it hangs, or is stopped.
    #[error("the bt track that has it{} does not answer", .1.map(|id| format!(" (process {id})")).unwrap_or_default())]
    Silent(PathBuf, Option<u32>),
    /// One of its threads can serve no more.
    #[error("a thread that serves has ended: {}", words(.0))]
    Worker(io::Error),
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
