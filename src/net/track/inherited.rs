//! Sockets that another process bound: a service manager (`LISTEN_FDS`), or the tracker whose place
//! is taken.

use super::http_doors::{Door, Speech};
use super::sockets::{Bound, Sockets};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

/// One of them, by what it serves.
#[derive(Debug)]
pub(super) enum Inherited {
    /// HTTP, and HTTPS where that has no port of its own.
    Http(TcpListener),
    /// HTTPS alone.
    Tls(TcpListener),
    /// HTTP behind a proxy.
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
    /// UDP.
    Udp(UdpSocket),
    /// The metrics alone.
    Metrics(TcpListener),
}

/// Who gave them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Giver {
    /// It keeps them, and knows nothing of what is served there.
    Manager,
    /// It lets go of them, and says what is served there.
    Tracker,
}

impl Inherited {
    /// One whose use nobody told: judged by what it is.
    #[cfg(unix)]
    pub(super) fn untold(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        match (socket.local_addr()?.domain(), socket.r#type()?) {
            (Domain::IPV4 | Domain::IPV6, Type::STREAM) => Ok(Self::Http(socket.into())),
            (Domain::UNIX, Type::STREAM) => Ok(Self::Unix(socket.into())),
            (Domain::IPV4 | Domain::IPV6, Type::DGRAM) => Ok(Self::Udp(socket.into())),
            _ => Err(io::Error::other("a socket that is neither TCP, UDP nor a Unix stream")),
        }
    }

    /// One whose use a [letter](Self::letter) tells.
    #[cfg(unix)]
    pub(super) fn told(letter: u8, socket: Socket) -> io::Result<Self> {
        let told = match (letter, Self::untold(socket)?) {
            (b't', Self::Http(socket)) => Self::Tls(socket),
            (b'm', Self::Http(socket)) => Self::Metrics(socket),
            (_, other) => other,
        };
        match told.letter() == letter {
            true => Ok(told),
            false => Err(io::Error::other("a socket that is not what it was said to be")),
        }
    }

    /// What it serves, for another process.
    pub(super) fn letter(&self) -> u8 {
        match self {
            Self::Http(_) => b'h',
            Self::Tls(_) => b't',
            #[cfg(unix)]
            Self::Unix(_) => b'x',
            Self::Udp(_) => b'u',
            Self::Metrics(_) => b'm',
        }
    }

    /// The same socket once more, for another thread or process.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Http(socket) => Self::Http(socket.try_clone()?),
            Self::Tls(socket) => Self::Tls(socket.try_clone()?),
            #[cfg(unix)]
            Self::Unix(socket) => Self::Unix(socket.try_clone()?),
            Self::Udp(socket) => Self::Udp(socket.try_clone()?),
            Self::Metrics(socket) => Self::Metrics(socket.try_clone()?),
        })
    }

    /// Where it is bound; none for a path.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Http(socket) | Self::Tls(socket) | Self::Metrics(socket) => {
                socket.local_addr().ok()
            }
            #[cfg(unix)]
            Self::Unix(_) => None,
            Self::Udp(socket) => socket.local_addr().ok(),
        }
    }

    /// The same for sockets among which the kernel spreads what comes.
    fn group(&self) -> Group {
        let path = match self {
            #[cfg(unix)]
            Self::Unix(socket) => socket2::SockRef::from(socket).local_addr().ok(),
            _ => None,
        };
        (self.letter(), self.address().map(SockAddr::from).or(path))
    }
}

/// What a socket serves, and its address.
type Group = (u8, Option<SockAddr>);

/// Gives each worker its share: of sockets that share an address each goes to one worker, and the
/// workers that are left over share with others. None is without a worker: what the kernel brings
/// there would never be answered.
fn share(sockets: Vec<Inherited>, workers: usize) -> io::Result<Vec<Vec<Inherited>>> {
    let mut groups: Vec<(Group, Vec<Inherited>)> = Vec::new();
    for socket in sockets {
        let group = socket.group();
        match groups.iter_mut().find(|(other, _)| *other == group) {
            Some((_, sockets)) => sockets.push(socket),
            None => groups.push((group, vec![socket])),
        }
    }
    let workers = workers.max(1);
    let mut shares: Vec<Vec<Inherited>> = (0..workers).map(|_| Vec::new()).collect();
    for (_, sockets) in groups {
        for spare in sockets.len()..workers {
            let socket = sockets.get(spare % sockets.len()).map(Inherited::try_clone);
            if let (Some(share), Some(socket)) = (shares.get_mut(spare), socket) {
                share.push(socket?);
            }
        }
        for (at, socket) in sockets.into_iter().enumerate() {
            if let Some(share) = shares.get_mut(at % workers) {
                share.push(socket);
            }
        }
    }
    Ok(shares)
}

/// What a worker is to serve of it.
#[derive(Default)]
pub(super) struct Adopted {
    pub(super) at: Bound,
    /// For each worker.
    pub(super) sockets: Vec<Sockets>,
    /// The same; those that are not for the port that all share.
    pub(super) doors: Vec<Vec<Door>>,
    /// For no worker.
    pub(super) metrics: Option<TcpListener>,
}

/// Shares out what another process bound.
pub(super) fn adopt(inherited: Vec<Inherited>, workers: usize) -> io::Result<Adopted> {
    let mut adopted = Adopted::default();
    let (metrics, rest): (Vec<_>, _) =
        inherited.into_iter().partition(|one| matches!(one, Inherited::Metrics(_)));
    for socket in metrics {
        if let Inherited::Metrics(socket) = socket {
            adopted.metrics = Some(socket);
        }
    }
    for share in share(rest, workers)? {
        let (mut set, mut apart) = (Sockets::default(), Vec::new());
        for socket in share {
            let at = socket.address();
            let known = match socket {
                Inherited::Tls(socket) => {
                    apart.push(Door::Tcp(socket, Speech::Tls));
                    continue;
                }
                #[cfg(unix)]
                Inherited::Unix(socket) => {
                    apart.push(Door::Unix(socket));
                    continue;
                }
                Inherited::Http(socket) | Inherited::Metrics(socket) => {
                    set.http.push(socket);
                    &mut adopted.at.http
                }
                Inherited::Udp(socket) => {
                    set.udp.push(socket);
                    &mut adopted.at.udp
                }
            };
            known.extend(at.filter(|at| !known.contains(at)));
        }
        adopted.sockets.push(set);
        adopted.doors.push(apart);
    }
    Ok(adopted)
}

/// All of them once more, for a process that takes over.
pub(super) fn clones(
    sets: &[Sockets],
    doors: &[Vec<Door>],
    metrics: Option<&TcpListener>,
) -> io::Result<Vec<Inherited>> {
    let mut clones = Vec::new();
    for set in sets {
        for socket in &set.http {
            clones.push(Inherited::Http(socket.try_clone()?));
        }
        for socket in &set.udp {
            clones.push(Inherited::Udp(socket.try_clone()?));
        }
    }
    for door in doors.iter().flatten() {
        clones.push(match door {
            Door::Tcp(socket, Speech::Tls) => Inherited::Tls(socket.try_clone()?),
            Door::Tcp(socket, _) => Inherited::Http(socket.try_clone()?),
            #[cfg(unix)]
            Door::Unix(socket) => Inherited::Unix(socket.try_clone()?),
        });
    }
    if let Some(socket) = metrics {
        clones.push(Inherited::Metrics(socket.try_clone()?));
    }
    Ok(clones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn no_socket_is_without_a_worker_and_no_worker_without_a_socket() {
        let tcp = || Inherited::Http(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let shared = |workers| {
            let udp = Inherited::Udp(udp.try_clone().unwrap());
            let sockets =
                vec![tcp(), udp.try_clone().unwrap(), tcp(), udp.try_clone().unwrap(), udp];
            let shares = share(sockets, workers).unwrap();
            let count = |share: &Vec<Inherited>| {
                let tcp =
                    share.iter().filter(|socket| matches!(socket, Inherited::Http(_))).count();
                (tcp, share.len() - tcp)
            };
            shares.iter().map(count).collect::<Vec<_>>()
        };
        assert_eq!(shared(1), [(2, 3)]);
        assert_eq!(shared(2), [(2, 2), (2, 1)]);
        assert_eq!(shared(4), [(2, 1), (2, 1), (2, 1), (2, 1)]);
    }

    #[cfg(unix)]
    #[test]
    fn a_letter_tells_what_a_socket_serves_and_is_not_believed_against_its_kind() {
        let tcp = || Socket::from(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let udp = || Socket::from(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        for letter in [b'h', b't', b'm'] {
            assert_eq!(Inherited::told(letter, tcp()).unwrap().letter(), letter);
            assert!(Inherited::told(letter, udp()).is_err());
        }
        assert_eq!(Inherited::told(b'u', udp()).unwrap().letter(), b'u');
        for letter in [b'u', b'x', b'?'] {
            assert!(Inherited::told(letter, tcp()).is_err());
        }
    }
}
