//! All that a tracker needs before it serves, in an order that costs nobody anything: first what is
//! read from files, which disturbs no other tracker; then its sockets. Nothing runs yet, so what fails
//! here ends it with a word, and what is given up here is given up in all threads.

use super::adoption::{self, Chosen};
use super::diagnostics::Diagnostics;
use super::http_doors::{self, Door, Given, House, Speech};
use super::inherited::{self, Giver, Inherited};
use super::options::{Error, Notice, Options};
use super::pages::{Folder, Pages};
use super::reload::{self, Lists};
use super::sockets::{self, Bound, Sockets};
use super::tls::Tls;
use super::watch::Reload;
use super::{metrics, sandbox, state, systemd};
use crate::tracker::service::Service;
use crate::tracker::swarms::Swarms;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// What was read from files.
pub(super) struct Prepared {
    service: Service,
    lists: Lists,
    tls: Option<Tls>,
    folder: Option<Folder>,
}

impl Prepared {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        options.dfile.as_deref().map_or(Ok(()), state::can_be_kept)?;
        let lists = Lists::new(options.sources.clone());
        let swarms = Swarms::new(options.config, Instant::now());
        // Before the memory, which is of those that they name too.
        let loaded = options.sources.load()?;
        let service = Service::with(swarms, options.policy.clone(), loaded, Instant::now());
        reload::keep(&service);
        let tls = options.http.tls.clone().map(Tls::load).transpose();
        let tls = tls.map_err(|error| Error::Door(error.into()))?;
        let folder = options.pages.torrents.clone().map(Folder::open).transpose();
        Ok(Self { service, lists, tls, folder: folder.map_err(Error::Torrents)? })
    }
}

/// A tracker that has all its sockets.
pub(super) struct Opened {
    pub(super) service: Service,
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
    /// All of them once more, for a tracker that takes over.
    pub(super) clones: Vec<Inherited>,
}

impl Opened {
    /// With the sockets of the tracker whose place is taken, where there is one.
    pub(super) fn new(
        prepared: Prepared,
        options: &Options,
        handed: Vec<Inherited>,
        tell: &mut dyn FnMut(Notice),
    ) -> Result<Self, Error> {
        let Prepared { service, lists, tls, folder } = prepared;
        let Listening { at, sockets, doors, house, metrics } = listen(options, tls, handed, tell)?;
        let clones = inherited::clones(&sockets, &doors, metrics.as_ref());
        let clones = clones.map_err(Error::System)?;
        let pages = Pages::new(options.pages.clone(), folder, at.udp.clone());
        let offered = pages.folder.as_ref().map(|folder| folder.on_change());
        let reloads: Vec<Reload> =
            lists.on_change().into_iter().chain(house.on_change()).chain(offered).collect();
        if options.operation.sandbox {
            tell(Notice::Detail(restrict(options, &house, &reloads)));
        }
        let diagnostics = Diagnostics::default();
        Ok(Self {
            service,
            pages,
            diagnostics,
            reloads,
            at,
            sockets,
            doors,
            house,
            metrics,
            clones,
        })
    }
}

struct Listening {
    at: Bound,
    sockets: Vec<Sockets>,
    doors: Vec<Vec<Door>>,
    house: Arc<House>,
    metrics: Option<TcpListener>,
}

/// Takes the sockets that a service manager gives, else those that another tracker has handed over,
/// and binds those of its own that are not among them.
fn listen(
    options: &Options,
    tls: Option<Tls>,
    handed: Vec<Inherited>,
    tell: &mut dyn FnMut(Notice),
) -> Result<Listening, Error> {
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let managed = systemd::sockets().map_err(Error::System)?;
    let (given, giver) = match managed.is_empty() {
        true => (handed, Giver::Tracker),
        false => (managed, Giver::Manager),
    };
    let (at, sockets, given, metrics) = match given.is_empty() {
        true => {
            let (at, sockets) = sockets::open(options, threads)?;
            (at, sockets, Given::default(), None)
        }
        false => {
            let Chosen { kept, left, notices } = adoption::choose(given, giver, options);
            notices.into_iter().for_each(&mut *tell);
            let adopted = inherited::adopt(kept, threads).map_err(Error::System)?;
            let (mut at, mut sockets) = (adopted.at, adopted.sockets);
            if at.udp.is_empty() {
                at.udp = udp_beside(options, giver, &at.http, &mut sockets, tell)?;
            }
            (at, sockets, Given { doors: adopted.doors, left }, adopted.metrics)
        }
    };
    let ips: Vec<IpAddr> = at.http.iter().map(|at| at.ip()).collect();
    let patience = options.socket_timeout;
    let (house, doors) = http_doors::open(&options.http, tls, patience, &ips, threads, given)?;
    let listen = |at| metrics::listen(at).map_err(|error| Error::Metrics(at, error));
    let metrics = match metrics {
        Some(given) => Some(given),
        None => options.pages.metrics.map(listen).transpose()?,
    };
    let beside = || doors.iter().take(1).flatten();
    let at = Bound {
        https: match house.speech() {
            Speech::Either => at.http.clone(),
            Speech::Plain | Speech::Tls => beside().filter_map(Door::https).collect(),
        },
        unix: beside().find_map(Door::path),
        metrics: metrics.as_ref().and_then(|listener| listener.local_addr().ok()),
        websocket: options.http.websocket,
        ..at
    };
    Ok(Listening { at, sockets, doors, house, metrics })
}

/// UDP, where none was given. A service manager has not bound the port, and may be needed for that: so
/// only a port that is asked for is bound beside its sockets.
fn udp_beside(
    options: &Options,
    giver: Giver,
    http: &[SocketAddr],
    sockets: &mut [Sockets],
    tell: &mut dyn FnMut(Notice),
) -> Result<Vec<SocketAddr>, Error> {
    if giver == Giver::Manager
        && let Some(udp) = options.udp
        && udp.port.is_none()
    {
        let words = "no UDP socket was given, and UDP is not served: \
            --udp-port binds one, --no-udp does without";
        tell(Notice::Warning(words.to_owned()));
        return Ok(Vec::new());
    }
    sockets::open_udp_beside(options, http, sockets)
}

/// Gives up what is needed no more; in words what came of it.
fn restrict(options: &Options, house: &House, reloads: &[Reload]) -> String {
    let needs = sandbox::Needs {
        dfile: options.dfile.as_deref(),
        removes: house.removes().collect(),
        reads: reloads.iter().flat_map(|reload| &reload.reads).map(PathBuf::as_path).collect(),
    };
    match sandbox::restrict(&needs) {
        Ok(words) => words.to_owned(),
        Err(words) => format!("not sandboxed: {words}"),
    }
}
