//! The tracker service: the [`Registry`] behind HTTP, its state on the disk, its web log.

use super::http_server::{self, Reply};
use super::web_log::{Entry, WebLog};
use crate::store::whole::{self, Existing};
use crate::store::words;
use crate::tracker::http;
use crate::tracker::{Config, Registry, dfile};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, PRAGMA};
use hyper::{Method, Request, Response, StatusCode};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

pub use super::web_log::LogFormat;

/// Between two looks for peers that are gone, and how many are looked at.
const SWEEP: Duration = Duration::from_secs(1);
const SWEEP_BUDGET: usize = 20_000;
/// Torrents that the index page lists.
const LISTED_MOST: usize = 10_000;

/// What a tracker is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen at; `None`: all.
    pub bind: Option<IpAddr>,
    /// 0: one that is free.
    pub port: u16,
    /// Where the state is kept; `None`: nowhere.
    pub dfile: Option<PathBuf>,
    /// Between two saves.
    pub save_interval: Duration,
    /// How the swarms are served.
    pub config: Config,
    /// Whether a peer must be reachable to be told of.
    pub nat_check: bool,
    /// For a client to say what it wants, and for a peer to take the call of the NAT check.
    pub socket_timeout: Duration,
    /// Whether an asker on a private or loopback address may name another address of its own.
    pub trust_ip: bool,
    /// How log lines look.
    pub log: LogFormat,
    /// Between two flushes of the log.
    pub log_flush: Duration,
}

/// Why there is no tracker.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not listen.
    #[error("port {port}: {}", words(.1), port = .0)]
    Listen(u16, io::Error),
    /// The file is there and is no dfile; it was left as it is.
    #[error("{path}: {1}", path = .0.display())]
    Dfile(PathBuf, dfile::Error),
    /// The file could not be read.
    #[error("{path}: {}", words(.1), path = .0.display())]
    Read(PathBuf, io::Error),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] crate::store::Error),
    /// The system refused what every program gets.
    #[error("{}", words(.0))]
    System(io::Error),
}

/// What happens on the way.
pub enum Notice {
    /// It listens there.
    Listening(SocketAddr),
    /// The state could not be saved; it will be tried again.
    NotSaved(crate::store::Error),
}

struct Tracker {
    registry: Registry,
    rng: StdRng,
    log: WebLog,
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
    let mut end = signals().map_err(Error::System)?;
    let registry = match &options.dfile {
        Some(path) => load(path, options.config)?,
        None => Registry::new(options.config, Instant::now()),
    };
    let seed = StdRng::try_from_rng(&mut SysRng);
    let rng = seed.map_err(|error| Error::System(io::Error::other(error)))?;
    let listener = http_server::listen(options.bind, options.port)
        .map_err(|error| Error::Listen(options.port, error))?;
    tell(Notice::Listening(listener.local_addr().map_err(Error::System)?));
    let tracker = Tracker { registry, rng, log: WebLog::new(options.log, out) };
    let tracker = Rc::new(RefCell::new(tracker));
    let handler = {
        let (tracker, options) = (Rc::clone(&tracker), Rc::new(options.clone()));
        Rc::new(move |request, remote| {
            answer(Rc::clone(&tracker), Rc::clone(&options), request, remote)
        })
    };
    // The call of the NAT check is a socket too.
    let connections = http_server::connections(if options.nat_check { 2 } else { 1 });
    let server = http_server::serve(listener, connections, options.socket_timeout, handler);
    tokio::pin!(server);
    let every = |period: Duration| {
        let period = period.max(Duration::from_millis(100));
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks
    };
    let mut flush = every(options.log_flush);
    let mut sweep = every(SWEEP);
    let mut save = every(options.save_interval);
    let mut saving = None;
    loop {
        tokio::select! {
            () = &mut server => break,
            _ = end.recv() => break,
            _ = flush.tick() => tracker.borrow_mut().log.flush(),
            _ = sweep.tick() => {
                tracker.borrow_mut().registry.sweep(Instant::now(), SWEEP_BUDGET);
            }
            _ = save.tick(), if saving.is_none() => saving = start_saving(options, &tracker),
            written = written(&mut saving) => {
                saving = None;
                if let Err(error) = written {
                    tell(Notice::NotSaved(error));
                }
            }
        }
    }
    let saved = finish(options, &tracker, saving);
    tokio::select! {
        saved = saved => saved,
        _ = end.recv() => Ok(()),
    }
}

/// The state on its way to the disk, while the server goes on.
type Saving = Option<JoinHandle<Result<(), crate::store::Error>>>;

fn start_saving(options: &Options, tracker: &RefCell<Tracker>) -> Saving {
    let path = options.dfile.clone()?;
    let bytes = dfile::save(&tracker.borrow().registry, Instant::now());
    let write = move || whole::write(&path, &bytes, Existing::Replace);
    Some(tokio::task::spawn_blocking(write))
}

/// What came of it; never, where nothing is on its way.
async fn written(saving: &mut Saving) -> Result<(), crate::store::Error> {
    match saving {
        // A thread that panicked has told so.
        Some(write) => write.await.unwrap_or(Ok(())),
        None => std::future::pending().await,
    }
}

/// The state and the log, brought to where they belong.
async fn finish(
    options: &Options,
    tracker: &Rc<RefCell<Tracker>>,
    mut saving: Saving,
) -> Result<(), Error> {
    if saving.is_some() {
        // It must not come after the last one. Whether it failed does not matter any more.
        let _ = written(&mut saving).await;
    }
    let mut saved = Ok(());
    let mut last = start_saving(options, tracker);
    if last.is_some() {
        saved = written(&mut last).await.map_err(Error::Write);
    }
    let none = WebLog::new(LogFormat::None, Box::new(io::sink()));
    let log = std::mem::replace(&mut tracker.borrow_mut().log, none);
    let _ = tokio::task::spawn_blocking(|| log.finish()).await;
    saved
}

/// SIGTERM and SIGINT, as they come.
fn signals() -> io::Result<tokio::sync::mpsc::Receiver<()>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let (mut stream, sender) = (signal(kind)?, sender.clone());
            tokio::task::spawn_local(async move {
                while stream.recv().await.is_some() && sender.send(()).await.is_ok() {}
            });
        }
    }
    #[cfg(not(unix))]
    tokio::task::spawn_local(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).await.is_ok() {}
    });
    Ok(receiver)
}

/// Reads the state; makes the file where there is none, so that a place that cannot be written is
/// found out now and not in five minutes.
fn load(path: &Path, config: Config) -> Result<Registry, Error> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::Read(path.to_owned(), error)),
    };
    let now = Instant::now();
    let registry =
        dfile::load(&bytes, config, now).map_err(|error| Error::Dfile(path.to_owned(), error))?;
    whole::write(path, &dfile::save(&registry, now), Existing::Replace)?;
    Ok(registry)
}

async fn answer(
    tracker: Rc<RefCell<Tracker>>,
    options: Rc<Options>,
    request: Request<Incoming>,
    remote: SocketAddr,
) -> Reply {
    let mut reply = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, path) => {
            let query = request.uri().query().unwrap_or_default().as_bytes();
            match path {
                "/announce" => announce(&tracker, &options, query, remote.ip()).await,
                "/scrape" => scrape(&tracker.borrow().registry, query),
                "/" | "/index.html" => index(&tracker.borrow().registry),
                _ => plain(StatusCode::NOT_FOUND, NOT_FOUND),
            }
        }
        _ => {
            let mut reply = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
            reply.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            reply
        }
    };
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let bytes = hyper::body::Body::size_hint(reply.body()).exact().unwrap_or(0);
    tracker.borrow_mut().log.write(
        jiff::Timestamp::now(),
        &Entry {
            host: remote.ip(),
            method: request.method().as_str(),
            target,
            version: request.version(),
            status: reply.status().as_u16(),
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        },
    );
    if reply.status() == StatusCode::METHOD_NOT_ALLOWED {
        reply.headers_mut().insert("connection", HeaderValue::from_static("close"));
    }
    reply
}

const NOT_FOUND: &str = "There is nothing here. This is a BitTorrent tracker: \
    clients announce at /announce, and / lists what is served.\n";

async fn announce(
    tracker: &RefCell<Tracker>,
    options: &Options,
    query: &[u8],
    remote: IpAddr,
) -> Reply {
    let announce = match http::parse_announce(query) {
        Ok(announce) => announce,
        Err(garbled) => return bencode_plain(StatusCode::BAD_REQUEST, garbled.to_string()),
    };
    let ip = match announce.ip {
        Some(ip) if options.trust_ip && local(remote) => ip,
        _ => remote,
    };
    if options.nat_check && announce.event != crate::tracker::announce::Event::Stopped {
        let call = tokio::net::TcpStream::connect((ip, announce.port));
        let reached = tokio::time::timeout(options.socket_timeout, call).await;
        if !matches!(reached, Ok(Ok(_))) {
            let words = format!("your port {} cannot be reached from the tracker", announce.port);
            return bencode(http::failure(&words));
        }
    }
    let Tracker { registry, rng, .. } = &mut *tracker.borrow_mut();
    let answer = registry.announce(Instant::now(), &announce, ip, rng);
    let answer = if announce.no_peer_id {
        let peers =
            answer.peers.iter().map(|peer| crate::tracker::announce::Peer { id: None, ..*peer });
        crate::tracker::announce::Answer { peers: peers.collect(), ..answer }
    } else {
        answer
    };
    bencode(http::answer(&answer, announce.compact))
}

fn local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn scrape(registry: &Registry, query: &[u8]) -> Reply {
    match http::parse_scrape(query) {
        Ok(hashes) => {
            let known = hashes.into_iter().filter_map(|hash| Some((hash, registry.counts(hash)?)));
            bencode(http::scrape_answer(known.collect()))
        }
        Err(garbled) => plain(StatusCode::BAD_REQUEST, format!("{garbled}\n")),
    }
}

fn index(registry: &Registry) -> Reply {
    let torrents = registry.torrents();
    let more = torrents.len().saturating_sub(LISTED_MOST);
    // Cut before they are sorted: a page must not cost more than it shows.
    let mut torrents: Vec<_> = torrents.take(LISTED_MOST).collect();
    torrents.sort_unstable_by_key(|(hash, _)| *hash);
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>BitTorrent tracker</title></head>\n<body>\n<h1>BitTorrent tracker</h1>\n\
         <p>Info-hash (complete/all)</p>\n<ul>\n",
    );
    for (hash, counts) in torrents {
        let all = u64::from(counts.complete) + u64::from(counts.incomplete);
        let _ = writeln!(page, "<li><code>{hash}</code> ({}/{all})</li>", counts.complete);
    }
    page.push_str("</ul>\n");
    if more > 0 {
        let _ = writeln!(page, "<p>and {more} more</p>");
    }
    page.push_str("</body></html>\n");
    reply(StatusCode::OK, "text/html; charset=utf-8", page)
}

fn bencode(body: Vec<u8>) -> Reply {
    no_cache(reply(StatusCode::OK, "text/plain", body))
}

fn bencode_plain(status: StatusCode, words: String) -> Reply {
    no_cache(plain(status, words + "\n"))
}

fn no_cache(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    reply
}

fn plain(status: StatusCode, words: impl Into<Bytes>) -> Reply {
    reply(status, "text/plain; charset=utf-8", words)
}

fn reply(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}
