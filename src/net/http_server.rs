//! An HTTP server that is bounded: connections, header size, time to say what is wanted.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Connections that may wait to be taken.
pub(super) const BACKLOG: i32 = 1024;
/// Connections at once, at most: some 100 MB where all of them send long heads.
const CONNECTIONS_MOST: u64 = 8192;
/// Open files that are left for other things than connections.
const RESERVE: u64 = 64;
/// Bytes of a request's head.
const HEAD_MOST: usize = 16 * 1024;
/// After the system could not take a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a connection is kept at most, so that none who never reads holds a place for ever.
const LIFE: Duration = Duration::from_secs(120);

/// An answer.
pub type Reply = Response<Full<Bytes>>;

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
/// `patience` for the head of each request. After two minutes it gets the answer under way, and
/// `patience` to read it.
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
            .ignore_invalid_headers(true)
            .serve_connection(TokioIo::new(stream), service);
        tokio::task::spawn_local(async move {
            let mut connection = pin!(connection);
            // What goes wrong here is the client's trouble.
            if timeout(LIFE, connection.as_mut()).await.is_err() {
                connection.as_mut().graceful_shutdown();
                let _ = timeout(patience, connection).await;
            }
            drop(permit);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[test]
    fn connections_fit_into_the_limit_of_open_files() {
        assert_eq!(within(Some(1024), 1), 960);
        assert_eq!(within(Some(1024), 2), 480);
        assert_eq!(within(Some(65536), 1), 8192);
        assert_eq!(within(None, 2), 8192);
        assert_eq!((within(Some(10), 1), within(Some(0), 2)), (1, 1));
    }

    /// Serves one connection at a time, an answer that fits into no socket's buffer.
    async fn serve_one() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let page = Bytes::from(vec![b'x'; 64 << 20]);
        let handler = Rc::new(move |request: Request<Incoming>, _| {
            let long = request.uri().path() == "/long";
            std::future::ready(Response::new(Full::new(
                page.slice(..if long { 64 << 20 } else { 1 }),
            )))
        });
        tokio::task::spawn_local(serve(listener, 1, Duration::from_secs(15), handler));
        address
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.unwrap();
        stream
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_reads_the_answer_makes_way_for_others() {
        let tasks = tokio::task::LocalSet::new();
        tasks
            .run_until(async {
                let address = serve_one().await;
                let began = tokio::time::Instant::now();
                let _stuck = ask(address, "/long").await;
                let mut answer = Vec::new();
                let mut other = ask(address, "/").await;
                timeout(2 * LIFE, other.read_to_end(&mut answer)).await.unwrap().unwrap();
                assert!(answer.ends_with(b"\r\n\r\nx"));
                assert!(began.elapsed() >= LIFE, "{:?}", began.elapsed());
            })
            .await;
    }

    #[tokio::test]
    async fn a_sloppy_head_is_read() {
        let tasks = tokio::task::LocalSet::new();
        tasks
            .run_until(async {
                let mut stream = TcpStream::connect(serve_one().await).await.unwrap();
                stream.write_all(b"GET / HTTP/1.0\nno header\nUser Agent: x\n\n").await.unwrap();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).await.unwrap();
                assert!(answer.ends_with(b"\r\n\r\nx"), "{}", answer.escape_ascii());
            })
            .await;
    }
}
