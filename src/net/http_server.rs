//! An HTTP server that is bounded: connections, header size, time to say what is wanted.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, Type};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at once, at most: some 100 MB where all of them send long heads.
const CONNECTIONS_MOST: u64 = 8192;
/// Open files that are left for other things than connections.
const RESERVE: u64 = 64;
/// Bytes of a request's head.
const HEAD_MOST: usize = 16 * 1024;
/// After the system could not take a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// An answer.
pub type Reply = Response<Full<Bytes>>;

/// Listens at the address; at any, IPv6 and IPv4, where none is given.
pub fn listen(bind: Option<IpAddr>, port: u16) -> io::Result<TcpListener> {
    match bind {
        Some(ip) => open(SocketAddr::new(ip, port)),
        None => open((Ipv6Addr::UNSPECIFIED, port).into()).or_else(|error| match error.kind() {
            // Taken is taken; a machine without IPv6 has IPv4.
            io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
            _ => open((Ipv4Addr::UNSPECIFIED, port).into()),
        }),
    }
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    TcpListener::from_std(socket.into())
}

/// How many connections the process may have at once, where each holds `files` files open: as many
/// as the limit of open files (`ulimit -n`) allows.
pub fn connections(files: u64) -> usize {
    #[cfg(unix)]
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    let limit = None;
    within(limit, files)
}

fn within(limit: Option<u64>, files: u64) -> usize {
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVE)) / files.max(1);
    usize::try_from(room.clamp(1, CONNECTIONS_MOST)).unwrap_or(1)
}

/// Serves up to so many connections at once until dropped, in a `LocalSet`. A client has
/// `patience` for the head of each request.
pub async fn serve<H, F>(
    listener: TcpListener,
    connections: usize,
    patience: Duration,
    handler: Rc<H>,
) where
    H: Fn(Request<Incoming>, SocketAddr) -> F + 'static,
    F: Future<Output = Reply> + 'static,
{
    let free = Arc::new(Semaphore::new(connections));
    loop {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let handler = Rc::clone(&handler);
        let service = service_fn(move |request| {
            let reply = handler(request, remote);
            async move { Ok::<_, Infallible>(reply.await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .max_buf_size(HEAD_MOST)
            .serve_connection(TokioIo::new(stream), service);
        tokio::task::spawn_local(async move {
            // What goes wrong here is the client's trouble.
            let _ = connection.await;
            drop(permit);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_into_the_limit_of_open_files() {
        assert_eq!(within(Some(1024), 1), 960);
        assert_eq!(within(Some(1024), 2), 480);
        assert_eq!(within(Some(65536), 1), 8192);
        assert_eq!(within(None, 2), 8192);
        assert_eq!((within(Some(10), 1), within(Some(0), 2)), (1, 1));
    }
}
