//! Where HTTP comes in beside the port that all workers share: a port for HTTPS alone, a Unix
//! socket; and what is agreed with whoever comes.

use super::super::http_server;
#[cfg(unix)]
use super::adoption::is_same;
use super::tls::{Tls, TlsError, TlsFiles};
use super::watch::Reload;
use super::{Shared, sockets};
use crate::store::words;
use crate::tracker::http::head::Limits;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(unix)]
use std::sync::{Mutex, PoisonError};
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
    #[error("--tls-port {port}: {}", words(.1), port = .0)]
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

impl Door {
    /// Where HTTPS alone is spoken, if it is.
    pub(super) fn https(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener, Speech::Tls) => listener.local_addr().ok(),
            _ => None,
        }
    }

    /// The path of a Unix socket.
    pub(super) fn path(&self) -> Option<PathBuf> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Some(listener.local_addr().ok()?.as_pathname()?.to_owned()),
            _ => None,
        }
    }
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
    /// That of the tracker whose place is taken, where this one does not serve it.
    #[cfg(unix)]
    left: Option<UnixPath>,
}

impl House {
    /// How the certificate is read anew; none where there is none.
    pub(super) fn on_change(self: &Arc<Self>) -> Option<Reload> {
        let tls = self.tls.as_ref()?;
        let (files, watched) = (tls.files(), tls.watched());
        let reads = [&files.cert, &files.key].map(PathBuf::clone).to_vec();
        let house = Arc::clone(self);
        let run = Box::new(move |_: &Shared| match &house.tls {
            Some(tls) => tls.reload().map_err(|bad| format!("{bad}; the old certificate stays")),
            None => Ok(()),
        });
        Some(Reload {
            what: "certificate",
            reads,
            files: watched,
            failed: AtomicBool::default(),
            run,
        })
    }

    /// Leaves what others find these doors by to the process that has them now.
    pub(super) fn hand_over(&self) {
        #[cfg(unix)]
        if let Some(unix) = &self.unix {
            unix.turns(Whose::Own, Whose::Others);
        }
    }

    /// Closes what others find these doors by, where that is this process' to do.
    pub(super) fn close(&self) {
        #[cfg(unix)]
        if let Some(unix) = &self.unix {
            unix.remove();
        }
    }

    /// Takes what the process that had them has left.
    pub(super) fn take_over(&self) {
        #[cfg(unix)]
        {
            if let Some(unix) = &self.unix {
                unix.turns(Whose::Others, Whose::Own);
            }
            if let Some(left) = &self.left {
                left.turns(Whose::Others, Whose::Own);
                left.remove();
            }
        }
    }

    /// The files that it will remove.
    pub(super) fn removes(&self) -> impl Iterator<Item = &Path> {
        #[cfg(unix)]
        let paths = [&self.unix, &self.left].into_iter().flatten().map(|unix| &*unix.path);
        #[cfg(not(unix))]
        let paths = std::iter::empty();
        paths
    }

    /// What is spoken at the port that all workers share.
    pub(super) fn speech(&self) -> Speech {
        if self.tls.is_some() && !self.tls_apart { Speech::Either } else { Speech::Plain }
    }
}

/// The doors that another process opened.
#[derive(Default)]
pub(super) struct Given {
    /// For each worker.
    pub(super) doors: Vec<Vec<Door>>,
    /// A Unix socket that is not among them and leads nowhere any more.
    #[cfg_attr(not(unix), expect(dead_code))]
    pub(super) left: Option<PathBuf>,
}

/// Opens what there is beside the port, whose sockets the workers have already, and is not given.
///
/// # Errors
/// A port or a path that is not to be had.
pub(super) fn open(
    options: &HttpOptions,
    tls: Option<Tls>,
    patience: Duration,
    at: &[IpAddr],
    workers: usize,
    given: Given,
) -> Result<(Arc<House>, Vec<Vec<Door>>), DoorError> {
    let mut doors = given.doors;
    doors.resize_with(workers.max(1), Vec::new);
    let is_given = |wanted: fn(&Door) -> bool| doors.iter().flatten().any(wanted);
    let tls_given = is_given(|door| matches!(door, Door::Tcp(_, Speech::Tls)));
    #[cfg(unix)]
    let unix_given = options.unix.as_deref().is_some_and(|path| {
        doors.iter().flatten().any(|door| match door {
            Door::Unix(socket) => {
                let at = socket.local_addr().ok();
                at.as_ref().and_then(|at| at.as_pathname()).is_some_and(|at| is_same((path, at)))
            }
            Door::Tcp(..) => false,
        })
    });
    if let (Some(port), Some(_), false) = (options.tls_port, &tls, tls_given) {
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
        // Its place is another process' still.
        Some(path) if unix_given => Some(UnixPath::new(path.clone(), Whose::Others)),
        Some(path) => {
            let failed = |error| DoorError::Unix(path.clone(), error);
            let (listener, unix) = listen_unix(path).map_err(failed)?;
            for doors in &mut doors {
                doors.push(Door::Unix(listener.try_clone().map_err(failed)?));
            }
            Some(unix)
        }
        None => None,
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
        #[cfg(unix)]
        left: given.left.map(|path| UnixPath::new(path, Whose::Others)),
    };
    Ok((Arc::new(house), doors))
}

/// A socket's place in the file system, which goes with the value.
#[cfg(unix)]
struct UnixPath {
    path: PathBuf,
    whose: Mutex<Whose>,
}

/// Which process removes a file.
#[cfg(unix)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    Own,
    Others,
    /// It is removed. What stands there from then on has nothing to do with it.
    Nobodys,
}

#[cfg(unix)]
impl UnixPath {
    fn new(path: PathBuf, whose: Whose) -> Self {
        Self { path, whose: Mutex::new(whose) }
    }

    /// Makes it `to`'s where it is `from`'s; says whether it was.
    fn turns(&self, from: Whose, to: Whose) -> bool {
        let mut whose = self.whose.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = *whose == from;
        if turns {
            *whose = to;
        }
        turns
    }

    fn remove(&self) {
        if self.turns(Whose::Own, Whose::Nobodys) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
impl Drop for UnixPath {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Listens there. A socket that nobody listens at any more is replaced; nothing else is.
#[cfg(unix)]
fn listen_unix(path: &Path) -> io::Result<(std::os::unix::net::UnixListener, UnixPath)> {
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
    Ok((bound, UnixPath::new(path.to_owned(), Whose::Own)))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// Doors of a tracker that takes the place of another.
    fn house(unix: Option<&Path>, given: Given) -> Arc<House> {
        let options = HttpOptions {
            connections: None,
            connections_each: 1,
            limits: Limits::default(),
            idle: ANSWER,
            unix: unix.map(Path::to_owned),
            tls: None,
            tls_port: None,
            websocket: false,
            proxy_protocol: false,
        };
        open(&options, None, ANSWER, &[], 1, given).unwrap().0
    }

    #[test]
    fn a_socket_that_was_left_is_removed_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sock");
        let house = house(None, Given { left: Some(path.clone()), ..Given::default() });
        for stays in [false, true] {
            // The second time it is yet another's.
            std::fs::write(&path, "").unwrap();
            house.take_over();
            assert_eq!(path.exists(), stays);
        }
        drop(house);
        assert!(path.exists());
    }

    #[test]
    fn a_socket_is_removed_by_the_last_who_has_it_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sock");
        let own = house(Some(&path), Given::default());
        own.hand_over();
        own.close();
        assert!(path.exists(), "it is another's");
        own.take_over();
        own.close();
        assert!(!path.exists());
        std::fs::write(&path, "").unwrap();
        own.take_over();
        own.close();
        drop(own);
        assert!(path.exists(), "it is yet another's");
    }
}
