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

/// Connections at once; below the usual limit of open files.
const CONNECTIONS: usize = 900;
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

/// Serves until dropped, in a `LocalSet`. A client has `patience` for the head of each request.
pub async fn serve<H, F>(listener: TcpListener, patience: Duration, handler: Rc<H>)
where
    H: Fn(Request<Incoming>, SocketAddr) -> F + 'static,
    F: Future<Output = Reply> + 'static,
{
    let free = Arc::new(Semaphore::new(CONNECTIONS));
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
