//! Where HTTP comes in beside the port that all workers share: a port for HTTPS alone, a Unix
//! socket; and what is agreed with whoever comes.

use super::super::http_server;
use super::tls::{Tls, TlsError, TlsFiles};
use super::{Reload, Shared, sockets};
use crate::store::words;
use crate::tracker::http::head::Limits;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// For an answer to be made and taken, so that none who never reads holds a place for ever.
const ANSWER: Duration = Duration::from_secs(120);

/// How HTTP is served.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Connections held at once; `None`: as many as the limit of open files allows.
    pub connections: Option<usize>,
    /// Connections held at once for one address, an IPv6 one counted by its /64.
    pub connections_each: usize,
    /// How long a request's head may be.
    pub limits: Limits,
    /// How long a connection is kept for another request.
    pub idle: Duration,
    /// Where HTTP is served beside the port.
    pub unix: Option<PathBuf>,
    /// HTTPS; `None`: there is none.
    pub tls: Option<TlsFiles>,
    /// The port of HTTPS, beside the other; `None`: both are served on that one.
    pub tls_port: Option<u16>,
    /// Whether browsers are served, over WebSocket.
    pub websocket: bool,
    /// Whether the proxies that are trusted say by the PROXY protocol whom they speak for.
    pub proxy_protocol: bool,
}

/// Why a door cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// HTTPS cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The port of HTTPS is not to be had.
    #[error("port {port}: {}", words(.1), port = .0)]
    Port(u16, io::Error),
    /// The Unix socket cannot be made.
    #[error("{path}: {}", words(.1), path = .0.display())]
    Unix(PathBuf, io::Error),
}

/// What is spoken behind a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Speech {
    /// HTTP.
    Plain,
    /// HTTPS.
    Tls,
    /// Either; the first byte tells.
    Either,
}

/// One of the sockets that a worker listens at.
pub(super) enum Door {
    Tcp(TcpListener, Speech),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

/// What all workers agree on.
pub(super) struct House {
    pub(super) tls: Option<Tls>,
    pub(super) limits: Limits,
    /// For each worker.
    pub(super) bounds: super::fast::Bounds,
    pub(super) proxy_protocol: bool,
    /// Whether HTTPS has a port of its own.
    tls_apart: bool,
    #[cfg(unix)]
    unix: Option<UnixPath>,
}

impl House {
    /// What SIGHUP does; none where there is no certificate.
    pub(super) fn on_signal(self: &Arc<Self>) -> Option<Reload> {
        let files = self.tls.as_ref()?.files();
        // A file is often replaced by another one, so its folder must be open too.
        let folder = |path: &PathBuf| path.parent().map_or_else(|| path.clone(), PathBuf::from);
        let reads = [&files.cert, &files.key].map(folder).to_vec();
        let house = Arc::clone(self);
        let run = Box::new(move |_: &Shared| match &house.tls {
            Some(tls) => tls.reload().map_err(|bad| format!("{bad}; the old certificate stays")),
            None => Ok(()),
        });
        Some(Reload { what: "certificate", reads, run })
    }

    /// Leaves what others find these doors by to the process that has them now.
    pub(super) fn hand_over(&self) {
        #[cfg(unix)]
        if let Some(unix) = &self.unix {
            unix.handed_over.store(true, Ordering::Relaxed);
        }
    }

    /// What is spoken at the port that all workers share.
    pub(super) fn speech(&self) -> Speech {
        if self.tls.is_some() && !self.tls_apart { Speech::Either } else { Speech::Plain }
    }
}

/// Opens what there is beside the port, whose sockets the workers have already. Where another
/// process gave those, it gave the others too, and nothing is bound.
///
/// # Errors
/// A certificate that cannot serve, a port or a path that is not to be had.
pub(super) fn open(
    options: &HttpOptions,
    patience: Duration,
    at: &[IpAddr],
    workers: usize,
    given: Option<Vec<Vec<Door>>>,
) -> Result<(Arc<House>, Vec<Vec<Door>>), DoorError> {
    let tls = options.tls.clone().map(Tls::load).transpose()?;
    let bind = given.is_none();
    let mut doors = given.unwrap_or_else(|| (0..workers).map(|_| Vec::new()).collect());
    if let (Some(port), Some(_), true) = (options.tls_port, &tls, bind) {
        for &ip in at {
            let mut address = SocketAddr::new(ip, port);
            for doors in &mut doors {
                let listener = sockets::listen(address).map_err(|e| DoorError::Port(port, e))?;
                // The others share what the first got.
                address = listener.local_addr().unwrap_or(address);
                doors.push(Door::Tcp(listener, Speech::Tls));
            }
        }
    }
    #[cfg(unix)]
    let unix = match &options.unix {
        Some(path) if bind => {
            let failed = |error| DoorError::Unix(path.clone(), error);
            let (listener, unix) = listen_unix(path).map_err(failed)?;
            for doors in &mut doors {
                doors.push(Door::Unix(listener.try_clone().map_err(failed)?));
            }
            Some(unix)
        }
        // That of the tracker whose place is taken.
        Some(path) if doors.iter().flatten().any(|door| matches!(door, Door::Unix(_))) => {
            Some(UnixPath { path: path.clone(), handed_over: AtomicBool::new(false) })
        }
        _ => None,
    };
    let limits = Limits {
        head: options.limits.head.max(1024),
        target: options.limits.target.min(options.limits.head.max(1024)),
    };
    // The kernel spreads connections over the workers, so each has its part.
    let part = |all: usize| all.div_ceil(workers.max(1)).max(1);
    let house = House {
        tls,
        limits,
        bounds: super::fast::Bounds {
            all: part(http_server::connections(options.connections)),
            each: part(options.connections_each),
            head: patience,
            idle: options.idle,
            answer: ANSWER,
        },
        proxy_protocol: options.proxy_protocol,
        tls_apart: options.tls_port.is_some(),
        #[cfg(unix)]
        unix,
    };
    Ok((Arc::new(house), doors))
}

/// A socket's place in the file system, which goes with the value.
#[cfg(unix)]
struct UnixPath {
    path: PathBuf,
    /// It is another process' now.
    handed_over: AtomicBool,
}

#[cfg(unix)]
impl Drop for UnixPath {
    fn drop(&mut self) {
        if !*self.handed_over.get_mut() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Listens there. A socket that nobody listens at any more is replaced; nothing else is.
#[cfg(unix)]
fn listen_unix(path: &std::path::Path) -> io::Result<(std::os::unix::net::UnixListener, UnixPath)> {
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::{UnixListener, UnixStream};
    let bound = UnixListener::bind(path).or_else(|error| {
        let stale = error.kind() == io::ErrorKind::AddrInUse
            && std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket())
            && UnixStream::connect(path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if !stale {
            return Err(error);
        }
        std::fs::remove_file(path)?;
        UnixListener::bind(path)
    })?;
    bound.set_nonblocking(true)?;
    Ok((bound, UnixPath { path: path.to_owned(), handed_over: AtomicBool::new(false) }))
}
