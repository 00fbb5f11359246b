//! Which of the sockets that another process bound this tracker serves: those that its own options
//! ask for. Ports and addresses of HTTP and UDP stay what they are; of each option that does not
//! count then, a line tells.

use super::inherited::{Giver, Inherited};
use super::options::{Notice, Options};
use std::collections::BTreeSet;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;

/// What came of choosing.
#[derive(Default)]
pub(super) struct Chosen {
    /// Those that are served.
    pub(super) kept: Vec<Inherited>,
    /// The Unix socket of the other tracker, where this one does not serve it.
    pub(super) left: Option<PathBuf>,
    pub(super) notices: Vec<Notice>,
}

/// Chooses among them.
pub(super) fn choose(given: Vec<Inherited>, giver: Giver, options: &Options) -> Chosen {
    let mut chosen = Chosen::default();
    let mut dropped = BTreeSet::new();
    for socket in given {
        let socket = match giver {
            Giver::Manager => labelled(socket, options),
            Giver::Tracker => socket,
        };
        if is_wanted(&socket, giver, options) {
            chosen.kept.push(socket);
            continue;
        }
        if let Some(path) = path(&socket) {
            dropped.insert(path.display().to_string());
            chosen.left = Some(path.to_owned());
        }
        dropped.extend(socket.address().map(|at| match socket {
            Inherited::Udp(_) => format!("UDP at {at}"),
            _ => at.to_string(),
        }));
    }
    for place in dropped {
        chosen.notices.push(match giver {
            Giver::Manager => Notice::Warning(format!("{place} was given and is not served")),
            Giver::Tracker => Notice::Detail(format!("{place} is not served any more")),
        });
    }
    overruled(&mut chosen, giver, options);
    chosen
}

/// A service manager does not say what a socket is for; its address does.
fn labelled(socket: Inherited, options: &Options) -> Inherited {
    let at = socket.address();
    let port = at.map(|at| at.port());
    match socket {
        Inherited::Http(socket) if options.http.tls.is_some() && port == options.http.tls_port => {
            Inherited::Tls(socket)
        }
        Inherited::Http(socket) if at.is_some() && at == options.pages.metrics => {
            Inherited::Metrics(socket)
        }
        other => other,
    }
}

fn is_wanted(socket: &Inherited, giver: Giver, options: &Options) -> bool {
    let at = socket.address();
    // 0 stands for any.
    let is_port = |wanted: Option<u16>| {
        wanted.is_some_and(|port| port == 0 || at.is_some_and(|at| at.port() == port))
    };
    match socket {
        Inherited::Http(_) => true,
        Inherited::Udp(_) => options.udp.is_some(),
        Inherited::Tls(_) => options.http.tls.is_some() && is_port(options.http.tls_port),
        Inherited::Metrics(_) => options.pages.metrics.is_some_and(|wanted| {
            is_port(Some(wanted.port())) && at.is_some_and(|at| at.ip() == wanted.ip())
        }),
        #[cfg(unix)]
        Inherited::Unix(_) => {
            giver == Giver::Manager
                || options.http.unix.as_deref().zip(path(socket).as_deref()).is_some_and(is_same)
        }
    }
}

/// Whether both are names of one file.
#[cfg(unix)]
pub(super) fn is_same((one, other): (&Path, &Path)) -> bool {
    one == other
        || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// Where a Unix socket is.
fn path(socket: &Inherited) -> Option<PathBuf> {
    match socket {
        #[cfg(unix)]
        Inherited::Unix(socket) => Some(socket.local_addr().ok()?.as_pathname()?.to_owned()),
        _ => None,
    }
}

/// Tells of the options that do not count beside what was given.
fn overruled(chosen: &mut Chosen, giver: Giver, options: &Options) {
    let places = |letter| -> BTreeSet<SocketAddr> {
        let kept = chosen.kept.iter().filter(|socket| socket.letter() == letter);
        kept.filter_map(Inherited::address).collect()
    };
    let (http, udp) = (places(b'h'), places(b'u'));
    // 0 stands for any.
    let lacks = |at: &BTreeSet<SocketAddr>, port| {
        port != 0 && !at.is_empty() && at.iter().all(|at| at.port() != port)
    };
    let words = |option: String, at: &BTreeSet<SocketAddr>| {
        let at: Vec<_> = at.iter().map(ToString::to_string).collect();
        let way = match giver {
            Giver::Manager => "was given",
            Giver::Tracker => "is taken over",
        };
        format!("{option} is not looked at: {} {way}", at.join(", "))
    };
    if lacks(&http, options.port) {
        let words = words(format!("--port {}", options.port), &http);
        chosen.notices.push(match giver {
            // The unit names a port for those who have no socket unit.
            Giver::Manager => Notice::Detail(words),
            Giver::Tracker => Notice::Warning(words),
        });
    }
    for ip in &options.bind {
        if !http.is_empty() && http.iter().all(|at| at.ip() != *ip) {
            chosen.notices.push(Notice::Warning(words(format!("--bind {ip}"), &http)));
        }
    }
    let port = options.udp.and_then(|udp| udp.port);
    if let Some(port) = port.filter(|port| lacks(&udp, *port)) {
        chosen.notices.push(Notice::Warning(words(format!("--udp-port {port}"), &udp)));
    }
}
