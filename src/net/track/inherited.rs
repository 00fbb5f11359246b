//! Sockets that another process bound: a service manager (`LISTEN_FDS`), or the tracker whose place
//! is taken.

use super::http_doors::{Door, Speech};
use super::sockets::{Bound, Sockets};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

/// One of them. Whether it is one that can be served is known.
#[derive(Debug)]
pub(super) enum Inherited {
    /// For HTTP.
    Tcp(TcpListener),
    /// For HTTP behind a proxy.
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
    /// For UDP.
    Udp(UdpSocket),
}

impl Inherited {
    /// Judges a socket by what it is.
    #[cfg(unix)]
    pub(super) fn new(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let domain = socket.local_addr()?.domain();
        match (domain, socket.r#type()?) {
            (Domain::IPV4 | Domain::IPV6, Type::STREAM) => Ok(Self::Tcp(socket.into())),
            (Domain::UNIX, Type::STREAM) => Ok(Self::Unix(socket.into())),
            (Domain::IPV4 | Domain::IPV6, Type::DGRAM) => Ok(Self::Udp(socket.into())),
            _ => Err(io::Error::other("a socket that is neither TCP, UDP nor a Unix stream")),
        }
    }

    /// The same socket once more, for another thread or process.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(socket) => Self::Tcp(socket.try_clone()?),
            #[cfg(unix)]
            Self::Unix(socket) => Self::Unix(socket.try_clone()?),
            Self::Udp(socket) => Self::Udp(socket.try_clone()?),
        })
    }

    /// Where it is bound; none for a path.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(socket) => socket.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix(_) => None,
            Self::Udp(socket) => socket.local_addr().ok(),
        }
    }

    /// Kind and address: the same for sockets among which the kernel spreads what comes.
    fn group(&self) -> (u8, Option<SockAddr>) {
        match self {
            Self::Tcp(socket) => (0, socket.local_addr().ok().map(SockAddr::from)),
            #[cfg(unix)]
            Self::Unix(socket) => (1, socket2::SockRef::from(socket).local_addr().ok()),
            Self::Udp(socket) => (2, socket.local_addr().ok().map(SockAddr::from)),
        }
    }
}

/// The kind and the address of a socket.
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
}

/// Shares out what another process bound.
pub(super) fn adopt(
    inherited: Vec<Inherited>,
    tls_port: Option<u16>,
    workers: usize,
) -> io::Result<Adopted> {
    let mut adopted = Adopted::default();
    for share in share(inherited, workers)? {
        let (mut set, mut apart) = (Sockets::default(), Vec::new());
        for socket in share {
            let at = socket.address();
            let known = match socket {
                Inherited::Tcp(socket) if at.is_some() && at.map(|at| at.port()) == tls_port => {
                    apart.push(Door::Tcp(socket, Speech::Tls));
                    continue;
                }
                Inherited::Tcp(socket) => {
                    set.http.push(socket);
                    &mut adopted.at.http
                }
                #[cfg(unix)]
                Inherited::Unix(socket) => {
                    apart.push(Door::Unix(socket));
                    continue;
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
pub(super) fn clones(sets: &[Sockets], doors: &[Vec<Door>]) -> io::Result<Vec<Inherited>> {
    let mut clones = Vec::new();
    for set in sets {
        for socket in &set.http {
            clones.push(Inherited::Tcp(socket.try_clone()?));
        }
        for socket in &set.udp {
            clones.push(Inherited::Udp(socket.try_clone()?));
        }
    }
    for door in doors.iter().flatten() {
        clones.push(match door {
            Door::Tcp(socket, _) => Inherited::Tcp(socket.try_clone()?),
            #[cfg(unix)]
            Door::Unix(socket) => Inherited::Unix(socket.try_clone()?),
        });
    }
    Ok(clones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn no_socket_is_without_a_worker_and_no_worker_without_a_socket() {
        let tcp = || Inherited::Tcp(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let shared = |workers| {
            let udp = Inherited::Udp(udp.try_clone().unwrap());
            let sockets =
                vec![tcp(), udp.try_clone().unwrap(), tcp(), udp.try_clone().unwrap(), udp];
            let shares = share(sockets, workers).unwrap();
            let count = |share: &Vec<Inherited>| {
                let tcp = share.iter().filter(|socket| matches!(socket, Inherited::Tcp(_))).count();
                (tcp, share.len() - tcp)
            };
            shares.iter().map(count).collect::<Vec<_>>()
        };
        assert_eq!(shared(1), [(2, 3)]);
        assert_eq!(shared(2), [(2, 2), (2, 1)]);
        assert_eq!(shared(4), [(2, 1), (2, 1), (2, 1), (2, 1)]);
    }
}
