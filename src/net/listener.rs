//! Listening for peers: the first free port of a range, on IPv4 and IPv6 at once.

use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::ops::RangeInclusive;
use std::time::Duration;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 256;

/// How long to wait after the system refused to accept, mostly for want of file descriptors.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// Listens at the first port of the range that is free; for the second family too, where the
/// machine has it and no address was named. All sockets have the same port.
///
/// # Errors
/// [`ErrorKind::AddrInUse`] where no port of the range is free; any other failure at once.
pub(super) fn listen(
    ports: RangeInclusive<u16>,
    address: Option<IpAddr>,
) -> io::Result<Vec<TcpListener>> {
    let mut busy = io::Error::from(ErrorKind::AddrInUse);
    for port in ports {
        let result = match address {
            Some(address) => bind(SocketAddr::new(address, port)).map(|one| vec![one]),
            None => bind_both(port),
        };
        match result {
            Ok(listeners) => return Ok(listeners),
            // Another user's port, or one below 1024: the next may do.
            Err(e) if matches!(e.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
                busy = e;
            }
            Err(error) => return Err(error),
        }
    }
    Err(busy)
}

/// Both families at one port; one of them where the other does not exist here.
fn bind_both(port: u16) -> io::Result<Vec<TcpListener>> {
    // A port that the system chose for one family may be taken in the other.
    let tries = if port == 0 { 16 } else { 1 };
    let mut last = io::Error::from(ErrorKind::AddrInUse);
    for _ in 0..tries {
        let four = match bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port)) {
            Ok(four) => Some(four),
            Err(error) if absent(&error) => None,
            Err(error) => return Err(error),
        };
        let port = match &four {
            Some(four) => four.local_addr()?.port(),
            None => port,
        };
        match (four, bind(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port))) {
            (four, Ok(six)) => return Ok(four.into_iter().chain([six]).collect()),
            (Some(four), Err(error)) if absent(&error) => return Ok(vec![four]),
            (_, Err(error)) => last = error,
        }
    }
    Err(last)
}

/// Whether the machine lacks the whole family.
fn absent(error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrNotAvailable || error.kind() == ErrorKind::Unsupported || {
        // EAFNOSUPPORT has no kind of its own.
        Socket::new(Domain::IPV6, Type::STREAM, None).is_err()
            && error.kind() != ErrorKind::AddrInUse
            && error.kind() != ErrorKind::PermissionDenied
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // On Unix: a port that was ours a moment ago is free. On Windows it would mean to share it.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_port_is_taken_where_one_is_busy() {
        let here = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
        // Two neighbouring ports that are free now, of which one gets taken.
        let (held, ports) = (0..100)
            .find_map(|_| {
                let held = listen(0..=0, here).ok()?;
                let port = held[0].local_addr().ok()?.port();
                let ports = port..=port.checked_add(1)?;
                listen(ports.clone(), here).ok().map(|_| (held, ports))
            })
            .unwrap();
        let next = listen(ports.clone(), here).unwrap();
        assert_eq!(next[0].local_addr().unwrap().port(), *ports.end());
        assert_eq!(listen(ports, here).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(held);
    }

    #[test]
    fn both_families_share_a_port() {
        let all = listen(0..=0, None).unwrap();
        let ports: Vec<_> = all.iter().map(|one| one.local_addr().unwrap().port()).collect();
        assert!(ports.iter().all(|&port| port == ports[0] && port != 0), "{ports:?}");
    }
}
