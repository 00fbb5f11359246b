//! The sockets that the workers serve, bound before any of them begins.

use super::super::http_server;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// What one worker serves.
pub(super) struct Sockets {
    pub(super) http: TcpListener,
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
    let mut sockets = vec![Sockets { http: first }];
    for _ in 1..workers {
        sockets.push(Sockets { http: listen(at)? });
    }
    Ok((at, sockets))
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
