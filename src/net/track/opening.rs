//! All that a tracker needs before it serves: its lists, its state, its sockets. Nothing runs yet, so
//! what fails here ends it with a word, and what is given up here is given up in all threads.

use super::diagnostics::Diagnostics;
use super::handover::Door as Handover;
use super::http_doors::{self, Door, House};
use super::inherited::{self, Inherited};
use super::lock::Lock;
use super::options::{Error, Notice, Options};
use super::pages::Pages;
use super::possession::possess;
use super::reload::{self, Lists};
use super::sockets::{self, Bound, Sockets};
use super::watch::Reload;
use super::{connection_keys, metrics, sandbox, state, systemd};
use crate::store::words;
use crate::tracker::service::Service;
use crate::tracker::swarms::Swarms;
use crate::tracker::udp::Connections;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;

/// A tracker that is about to serve.
pub(super) struct Opened {
    pub(super) service: Service,
    pub(super) connections: Connections,
    pub(super) pages: Pages,
    pub(super) diagnostics: Diagnostics,
    pub(super) reloads: Vec<Reload>,
    /// Where it listens.
    pub(super) at: Bound,
    /// Of each worker.
    pub(super) sockets: Vec<Sockets>,
    /// The same.
    pub(super) doors: Vec<Vec<Door>>,
    pub(super) house: Arc<House>,
    /// Where the metrics are served, if not with the pages.
    pub(super) metrics: Option<TcpListener>,
    pub(super) possessions: Possessions,
}

/// What makes it the one tracker of its dfile, until the end.
pub(super) struct Possessions {
    /// All its sockets once more, for a tracker that takes over.
    pub(super) sockets: Vec<Inherited>,
    /// Where that one calls; it goes before the lock does.
    pub(super) handover: Option<Handover>,
    pub(super) _lock: Option<Lock>,
}

impl Opened {
    pub(super) async fn new(
        options: &Options,
        tell: &mut dyn FnMut(Notice),
    ) -> Result<Self, Error> {
        let diagnostics = Diagnostics::default();
        let lists = Lists::new(options.sources.clone());
        let swarms = Swarms::new(options.config, Instant::now());
        // Read before another tracker is asked to make way, and before the memory, which is of those
        // that they name too.
        let loaded = options.sources.load()?;
        let service = Service::with(swarms, options.policy.clone(), loaded, Instant::now());
        reload::keep(&service);
        let (lock, handed) = match &options.dfile {
            Some(path) => possess(path, options.operation.take_over).await?,
            None => (None, Vec::new()),
        };
        if let Some(path) = &options.dfile {
            state::load(path, service.swarms(), &diagnostics)?;
        }
        let connections = connection_keys::load(options.dfile.as_deref(), &diagnostics);
        let connections = connections.map_err(Error::System)?;
        // The memory may be of times when more was served.
        service.forget_unserved();
        let Listening { at, sockets, doors, house } = listen(options, handed)?;
        let kept = inherited::clones(&sockets, &doors).map_err(Error::System)?;
        let handover = lock.as_ref().zip(options.dfile.as_deref());
        let handover = handover.and_then(|(_, dfile)| match Handover::open(dfile) {
            Ok(handover) => Some(handover),
            Err(error) => {
                let words = format!("--take-over will not work: {}", words(&error));
                tell(Notice::Detail(words));
                None
            }
        });
        let pages = Pages::new(options.pages.clone(), at.udp.clone()).map_err(Error::Torrents)?;
        let listen = |at| metrics::listen(at).map_err(|error| Error::Metrics(at, error));
        let metrics = options.pages.metrics.map(listen).transpose()?;
        let offered = pages.folder.as_ref().map(|folder| folder.on_change());
        let reloads: Vec<Reload> =
            lists.on_change().into_iter().chain(house.on_change()).chain(offered).collect();
        if options.operation.sandbox {
            tell(Notice::Detail(restrict(options, &reloads)));
        }
        let possessions = Possessions { sockets: kept, handover, _lock: lock };
        Ok(Self {
            service,
            connections,
            pages,
            diagnostics,
            reloads,
            at,
            sockets,
            doors,
            house,
            metrics,
            possessions,
        })
    }
}

struct Listening {
    at: Bound,
    sockets: Vec<Sockets>,
    doors: Vec<Vec<Door>>,
    house: Arc<House>,
}

/// Takes the sockets that a service manager gives, else those that another tracker has handed over;
/// binds its own where there are none.
fn listen(options: &Options, handed: Vec<Inherited>) -> Result<Listening, Error> {
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
    Ok(Listening { at, sockets, doors, house })
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
