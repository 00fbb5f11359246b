//! A whole HTTP server for one connection: pages, upgrades, and whatever is out of the ordinary.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// Connections that may wait to be taken.
pub(super) const BACKLOG: i32 = 4096;
/// Connections at once, at most, where no number is given: some 200 MB where all of them send long
/// heads.
const CONNECTIONS_MOST: u64 = 16_384;
/// Open files that are left for other things than connections.
const RESERVE: u64 = 128;

/// An answer.
pub type Reply = Response<Full<Bytes>>;

/// How many connections the process may have at once: as many as are wanted, and as many as the
/// limit of open files (`ulimit -n`), which is raised for it, allows.
pub fn connections(wanted: Option<usize>) -> usize {
    #[cfg(unix)]
    let limit = {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        let soft = limit.current;
        limit.current = limit.maximum;
        if setrlimit(Resource::Nofile, limit).is_ok() { limit.current } else { soft }
    };
    #[cfg(not(unix))]
    let limit = None;
    within(limit, wanted)
}

fn within(limit: Option<u64>, wanted: Option<usize>) -> usize {
    let wanted =
        wanted.map_or(CONNECTIONS_MOST, |wanted| u64::try_from(wanted).unwrap_or(u64::MAX));
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVE).max(limit / 2));
    usize::try_from(wanted.min(room)).unwrap_or(usize::MAX).max(1)
}

/// Serves one connection until it ends. A client has `patience` for the head of each request, of
/// `head_most` bytes; once it is told to stop, the answer under way is the last one.
pub async fn converse<S, H, F>(
    stream: Rewound<S>,
    head_most: usize,
    patience: Duration,
    mut stop: watch::Receiver<bool>,
    handler: H,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Reply>,
{
    let service = service_fn(|request| {
        let reply = handler(request);
        async { Ok::<_, Infallible>(reply.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        // It takes no less.
        .max_buf_size(head_most.max(8 * 1024))
        .ignore_invalid_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    // What goes wrong here is the client's trouble.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// A stream of which the first bytes have been read already.
#[derive(Debug)]
pub struct Rewound<S> {
    before: Vec<u8>,
    /// How much of it was read again.
    at: usize,
    stream: S,
}

impl<S> Rewound<S> {
    /// One that gives `before` first.
    pub fn new(before: Vec<u8>, stream: S) -> Self {
        Self { before, at: 0, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = self.before.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, into);
        }
        let length = rest.len().min(into.remaining());
        into.put_slice(&rest[..length]);
        self.at += length;
        if self.at == self.before.len() {
            (self.before, self.at) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[test]
    fn connections_fit_into_the_limit_of_open_files() {
        assert_eq!(within(Some(1024), None), 896);
        assert_eq!(within(Some(1024), Some(100)), 100);
        assert_eq!(within(Some(65536), None), 16_384);
        assert_eq!(within(None, Some(1_000_000)), 1_000_000);
        assert_eq!((within(Some(10), None), within(Some(0), None)), (5, 1));
        assert_eq!(within(None, Some(0)), 1);
    }

    #[tokio::test]
    async fn what_was_read_before_is_read_again() {
        let (mut client, server) = duplex(64);
        client.write_all(b"cdef").await.unwrap();
        drop(client);
        let mut stream = Rewound::new(b"ab".to_vec(), server);
        let mut text = [0; 1];
        stream.read_exact(&mut text).await.unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!((&text, &*rest), (b"a", "bcdef"));
    }

    #[tokio::test]
    async fn a_sloppy_head_is_read() {
        let (mut client, server) = duplex(1024);
        let (_stop, stopped) = watch::channel(false);
        client.write_all(b"no header\nUser Agent: x\n\n").await.unwrap();
        let stream = Rewound::new(b"GET / HTTP/1.0\n".to_vec(), server);
        let answer = |_| std::future::ready(Response::new(Full::new(Bytes::from_static(b"x"))));
        converse(stream, 16 * 1024, Duration::from_secs(15), stopped, answer).await;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert!(answer.ends_with(b"\r\n\r\nx"), "{}", answer.escape_ascii());
    }
}
