//! The sockets that the workers serve, bound before any of them begins.
//!
//! Each worker has sockets of its own at the same addresses, and the kernel spreads what comes. The
//! first of each address is bound alone, and opened to the others only then: another process that
//! has the port is found out, though it too may share it among its own workers.

use super::super::http_server;
use super::udp::Udp;
use super::{Error, Options};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;

/// What the system may hold of packets that came and are not yet read; it caps this at its own
/// limit (`net.core.rmem_max`).
const RECEIVED_MOST: usize = 8 << 20;
/// The same for answers on their way out.
const SENT_MOST: usize = 2 << 20;
/// Free ports that are tried, until one is free for all that is to be bound.
const TRIES: usize = 32;

/// What one worker serves.
#[derive(Default)]
pub(super) struct Sockets {
    pub(super) http: Vec<TcpListener>,
    pub(super) udp: Vec<UdpSocket>,
}

/// Where a tracker listens.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bound {
    /// For HTTP.
    pub http: Vec<SocketAddr>,
    /// For UDP.
    pub udp: Vec<SocketAddr>,
    /// For HTTPS; it may be where HTTP is.
    pub https: Vec<SocketAddr>,
    /// For HTTP, at a Unix socket.
    pub unix: Option<PathBuf>,
    /// For whoever asks for the metrics alone.
    pub metrics: Option<SocketAddr>,
    /// Whether those for HTTP and HTTPS are for WebSocket too.
    pub websocket: bool,
}

/// Where it is to listen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// None: at all addresses.
    ip: Option<IpAddr>,
    port: u16,
}

impl Place {
    /// What is not to be had there, by the flag that asked for it: the address, where the machine has
    /// none such, else the port.
    pub(super) fn blamed(&self, port: &str, error: &io::Error) -> String {
        match (self.ip, error.kind()) {
            (Some(ip), io::ErrorKind::AddrNotAvailable) => format!("--bind {ip}"),
            (Some(ip), _) => format!("{port} {} at {ip}", self.port),
            (None, _) => format!("{port} {}", self.port),
        }
    }
}

/// What is not to be had there.
type Fault = (Place, io::Error);

/// One set a worker.
pub(super) fn open(options: &Options, workers: usize) -> Result<(Bound, Vec<Sockets>), Error> {
    let mut tries = if options.port == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        match open_at(options, workers) {
            // The port that was free for the first need not be so for the rest.
            Err(Error::Listen(_, error) | Error::ListenUdp(_, _, error))
                if tries > 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            done => return done,
        }
    }
}

fn open_at(options: &Options, workers: usize) -> Result<(Bound, Vec<Sockets>), Error> {
    let mut sets: Vec<Sockets> = (0..workers.max(1)).map(|_| Sockets::default()).collect();
    let mut bound = Bound::default();
    let mut port = options.port;
    let fault = |(place, error)| Error::Listen(place, error);
    for first in streams(&options.bind, port).map_err(fault)? {
        let place = first.place;
        let fault = |error| Error::Listen(place, error);
        let (at, sockets) = share(first, sets.len(), fault)?;
        for (set, socket) in sets.iter_mut().zip(sockets) {
            socket.listen(http_server::BACKLOG).map_err(fault)?;
            set.http.push(socket.into());
        }
        bound.http.push(at);
    }
    if let Some(at) = bound.http.first() {
        port = at.port();
    }
    if let Some(udp) = options.udp {
        bound.udp = open_udp(&options.bind, udp, port, &mut sets)?;
    }
    Ok((bound, sets))
}

/// UDP beside sockets that another process bound for HTTP: at their addresses, at the port of the
/// first of them where it has none of its own.
pub(super) fn open_udp_beside(
    options: &Options,
    http: &[SocketAddr],
    sets: &mut [Sockets],
) -> Result<Vec<SocketAddr>, Error> {
    let Some(udp) = options.udp else { return Ok(Vec::new()) };
    let port = http.first().map_or(options.port, SocketAddr::port);
    let mut bind: Vec<IpAddr> = http.iter().map(SocketAddr::ip).collect();
    bind.sort_unstable();
    bind.dedup();
    if http.is_empty() {
        bind.clone_from(&options.bind);
    }
    if bind.iter().any(IpAddr::is_unspecified) {
        bind.clear();
    }
    open_udp(&bind, udp, port, sets)
}

/// At its own port, where it has one, else at that of HTTP.
fn open_udp(
    bind: &[IpAddr],
    udp: Udp,
    port: u16,
    sets: &mut [Sockets],
) -> Result<Vec<SocketAddr>, Error> {
    let (port, flag) = match udp.port {
        Some(port) => (port, "--udp-port"),
        None => (port, "UDP at --port"),
    };
    let fault = |(place, error)| Error::ListenUdp(place, flag, error);
    let mut bound = Vec::new();
    for first in datagrams(bind, port).map_err(fault)? {
        let place = first.place;
        let (at, sockets) = share(first, sets.len(), |error| fault((place, error)))?;
        for (set, socket) in sets.iter_mut().zip(sockets) {
            // As much as the system gives.
            let _ = socket.set_recv_buffer_size(RECEIVED_MOST);
            let _ = socket.set_send_buffer_size(SENT_MOST);
            set.udp.push(socket.into());
        }
        bound.push(at);
    }
    Ok(bound)
}

/// Opens the address to so many workers. Alone it was to be had: what there is not enough of then is
/// not its fault.
fn share(
    claim: Claim,
    workers: usize,
    fault: impl FnOnce(io::Error) -> Error,
) -> Result<(SocketAddr, Vec<Socket>), Error> {
    claim.share(workers).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => fault(error),
        _ => Error::Threads(workers, error),
    })
}

/// One more at an address that this process may share with itself alone.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(Type::STREAM, Stacks::Both, address)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(http_server::BACKLOG)?;
    Ok(socket.into())
}

/// A socket that has its address to itself.
struct Claim {
    place: Place,
    kind: Type,
    stacks: Stacks,
    socket: Socket,
}

/// What the socket of an IPv6 address serves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stacks {
    /// IPv4 as well, where the address is that of all interfaces.
    Both,
    /// IPv6 alone.
    Own,
}

impl Claim {
    fn new(kind: Type, stacks: Stacks, address: SocketAddr) -> Result<Self, Fault> {
        let ip = Some(address.ip()).filter(|ip| !ip.is_unspecified());
        let place = Place { ip, port: address.port() };
        let bound = socket(kind, stacks, address).and_then(|socket| {
            socket.bind(&address.into())?;
            Ok(socket)
        });
        bound.map(|socket| Self { place, kind, stacks, socket }).map_err(|error| (place, error))
    }

    fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()?.as_socket().ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    /// The port that it has got.
    fn port(&self) -> Result<u16, Fault> {
        self.address().map(|at| at.port()).map_err(|error| (self.place, error))
    }

    /// Opens the address to so many workers, and to nobody else.
    fn share(self, workers: usize) -> io::Result<(SocketAddr, Vec<Socket>)> {
        let address = self.address()?;
        #[cfg(unix)]
        self.socket.set_reuse_port(true)?;
        let mut sockets = Vec::with_capacity(workers);
        for _ in 1..workers {
            #[cfg(unix)]
            sockets.push({
                let socket = socket(self.kind, self.stacks, address)?;
                socket.set_reuse_port(true)?;
                socket.bind(&address.into())?;
                socket
            });
            #[cfg(not(unix))]
            sockets.push(self.socket.try_clone()?);
        }
        sockets.push(self.socket);
        Ok((address, sockets))
    }
}

fn socket(kind: Type, stacks: Stacks, address: SocketAddr) -> io::Result<Socket> {
    let protocol = if kind == Type::STREAM { Protocol::TCP } else { Protocol::UDP };
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(stacks == Stacks::Own)?;
    }
    #[cfg(unix)]
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// At all addresses, one socket takes both stacks.
fn streams(bind: &[IpAddr], port: u16) -> Result<Vec<Claim>, Fault> {
    if !bind.is_empty() {
        return named(Type::STREAM, bind, port);
    }
    let all = Claim::new(Type::STREAM, Stacks::Both, (Ipv6Addr::UNSPECIFIED, port).into());
    let all = match all {
        // A machine without IPv6 has IPv4.
        Err(error) if !taken(&error) => {
            Claim::new(Type::STREAM, Stacks::Own, (Ipv4Addr::UNSPECIFIED, port).into())
        }
        all => all,
    };
    all.map(|all| vec![all])
}

/// At all addresses, each stack has a socket: packets of IPv4 through one of IPv6 cost more.
fn datagrams(bind: &[IpAddr], port: u16) -> Result<Vec<Claim>, Fault> {
    if !bind.is_empty() {
        return named(Type::DGRAM, bind, port);
    }
    let v4 = Claim::new(Type::DGRAM, Stacks::Own, (Ipv4Addr::UNSPECIFIED, port).into());
    let port = match &v4 {
        Ok(v4) => v4.port()?,
        Err(error) if taken(error) => return v4.map(|_| Vec::new()),
        Err(_) => port,
    };
    let v6 = Claim::new(Type::DGRAM, Stacks::Own, (Ipv6Addr::UNSPECIFIED, port).into());
    match (v4, v6) {
        (_, Err(error)) if taken(&error) => Err(error),
        (Err(_), Err(error)) => Err(error),
        // A machine without one of the two has the other.
        (v4, v6) => Ok(v4.into_iter().chain(v6).collect()),
    }
}

/// One for each of these addresses, at the same port.
fn named(kind: Type, bind: &[IpAddr], mut port: u16) -> Result<Vec<Claim>, Fault> {
    let stacks = match bind.iter().any(IpAddr::is_ipv4) {
        true => Stacks::Own,
        false => Stacks::Both,
    };
    let mut claims = Vec::with_capacity(bind.len());
    for ip in bind {
        let claim = Claim::new(kind, stacks, SocketAddr::new(*ip, port))?;
        port = claim.port()?;
        claims.push(claim);
    }
    Ok(claims)
}

/// Whether somebody else has the port, rather than the machine no such address.
fn taken((_, error): &Fault) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}
