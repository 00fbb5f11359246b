//! The sockets that the workers serve, bound before any of them begins.

use super::super::http_server;
use super::http_doors::{Door, Speech};
use super::inherited::{self, Inherited};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

/// What one worker serves.
#[derive(Default)]
pub(super) struct Sockets {
    pub(super) http: Vec<TcpListener>,
    pub(super) udp: Vec<UdpSocket>,
}

/// One set a worker, all at the same address: the kernel spreads what comes.
pub(super) fn open(
    bind: Option<IpAddr>,
    port: u16,
    workers: usize,
) -> io::Result<(SocketAddr, Vec<Sockets>)> {
    let first = match bind {
        Some(ip) => listen(SocketAddr::new(ip, port))?,
        None => listen((Ipv6Addr::UNSPECIFIED, port).into()).or_else(|error| {
            match error.kind() {
                // Taken is taken; a machine without IPv6 has IPv4.
                io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
                _ => listen((Ipv4Addr::UNSPECIFIED, port).into()),
            }
        })?,
    };
    let at = first.local_addr()?;
    let mut sockets = vec![Sockets { http: vec![first], udp: Vec::new() }];
    for _ in 1..workers {
        sockets.push(Sockets { http: vec![listen(at)?], udp: Vec::new() });
    }
    Ok((at, sockets))
}

/// The sockets that another process bound, shared out; those that are not for the port that all
/// workers share are doors of their own.
#[allow(clippy::type_complexity)]
pub(super) fn adopt(
    inherited: Vec<Inherited>,
    tls_port: Option<u16>,
    workers: usize,
) -> io::Result<(SocketAddr, Vec<Sockets>, Vec<Vec<Door>>)> {
    let at = inherited.iter().find_map(Inherited::address);
    let at = at.unwrap_or(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
    let (mut sets, mut doors) = (Vec::new(), Vec::new());
    for share in inherited::share(inherited, workers)? {
        let (mut set, mut apart) = (Sockets::default(), Vec::new());
        for socket in share {
            let port = socket.address().map(|address| address.port());
            match socket {
                Inherited::Tcp(socket) if port.is_some() && port == tls_port => {
                    apart.push(Door::Tcp(socket, Speech::Tls));
                }
                Inherited::Tcp(socket) => set.http.push(socket),
                #[cfg(unix)]
                Inherited::Unix(socket) => apart.push(Door::Unix(socket)),
                Inherited::Udp(socket) => set.udp.push(socket),
            }
        }
        sets.push(set);
        doors.push(apart);
    }
    Ok((at, sets, doors))
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

pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    #[cfg(unix)]
    {
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(http_server::BACKLOG)?;
    Ok(socket.into())
}
