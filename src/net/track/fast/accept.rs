//! Takes connections. On Linux what they say is read at once: where it is a whole request, it is
//! answered and the connection closed before the runtime has heard of it, which is how most
//! announces come.

use super::{Remote, Start, hold};
use crate::net::track::http;
use crate::net::track::http_doors::{Door, Speech};
use crate::net::track::worker::Worker;
use crate::store::words;
use crate::tracker::tally::Outcome;
use crate::tracker::udp::Family;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// After the system could not take a connection.
const PAUSE: Duration = Duration::from_millis(100);
/// Connections taken before others have their turn.
const BATCH: usize = 64;
/// Connections taken at the end, when no new ones should come.
const LAST: usize = 4096;

/// Serves a door until told to stop, and then who waits there.
///
/// # Errors
/// Nobody can be taken there any more.
pub(in crate::net::track) async fn accept(worker: Rc<Worker>, door: Door) -> io::Result<()> {
    let family = family(&door);
    let line = line::Line::new(door)?;
    let mut stopped = worker.stopped.clone();
    loop {
        let last = tokio::select! {
            result = line.comes(&worker) => {
                result?;
                false
            }
            _ = stopped.wait_for(|stop| *stop) => true,
        };
        match line.take(&worker, if last { LAST } else { BATCH }).await {
            _ if last => return Ok(()),
            Ok(()) => {}
            // It listens no more, and will not again.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            Err(error) => {
                http::count_other(&worker, family, Outcome::Failed);
                let what = format_args!("no connection can be taken: {}", words(&error));
                worker.shared.diagnostics.warn("accept", what);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// As which what befalls a door is counted.
fn family(door: &Door) -> Family {
    match door {
        Door::Tcp(listener, _) => {
            listener.local_addr().map_or(Family::V4, |at| Family::of(at.ip()))
        }
        #[cfg(unix)]
        Door::Unix(_) => Family::V4,
    }
}

fn canonical(address: SocketAddr) -> Remote {
    Remote::Tcp(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

/// Whether a failed accept concerns only the connection that was to be taken.
fn passing(error: io::ErrorKind) -> bool {
    matches!(error, io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}

#[cfg(target_os = "linux")]
mod line {
    use super::*;
    use crate::net::track::fast::greet::{HANDSHAKE, prefaced};
    use crate::net::track::fast::held::Waits;
    use crate::net::track::fast::talk::{Next, converse};
    use crate::tracker::http::head::HeadReader;
    use nix::sys::socket::setsockopt;
    use nix::{libc, setsockopt_impl, sockopt_impl};
    use rustix::net::{RecvFlags, SendFlags, SocketFlags, acceptfrom_with, recv, send, sockopt};
    use std::os::fd::OwnedFd;
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::net::{TcpStream, UnixStream};

    /// What the system may hold of answers that nobody takes, and of requests that are not read; it
    /// takes twice as much for what is around them. A head is no longer, and an answer that is waits.
    const SENT_MOST: usize = 64 * 1024;
    const RECEIVED_MOST: usize = 32 * 1024;

    sockopt_impl!(
        /// A connection is there to be taken once it has said something, or after a second: most
        /// are read, answered and closed without a look whether they are ready.
        DeferAccept,
        SetOnly,
        libc::IPPROTO_TCP,
        libc::TCP_DEFER_ACCEPT,
        bool
    );

    /// Who waits at a door.
    pub(super) struct Line {
        listener: AsyncFd<OwnedFd>,
        speech: Speech,
    }

    impl Line {
        pub(super) fn new(door: Door) -> io::Result<Self> {
            let (listener, speech): (OwnedFd, _) = match door {
                Door::Tcp(listener, speech) => (listener.into(), speech),
                Door::Unix(listener) => (listener.into(), Speech::Plain),
            };
            // Connections inherit all but the last; the first and the last are not for a Unix socket.
            let _ = sockopt::set_tcp_nodelay(&listener, true);
            let _ = sockopt::set_socket_send_buffer_size(&listener, SENT_MOST);
            let _ = sockopt::set_socket_recv_buffer_size(&listener, RECEIVED_MOST);
            let _ = setsockopt(&listener, DeferAccept, &true);
            // It asks that the file stays the same, which one that is owned does.
            #[expect(deprecated, reason = "what takes its place is not safe to call")]
            let listener = AsyncFd::with_interest(listener, Interest::READABLE)?;
            Ok(Self { listener, speech })
        }

        pub(super) async fn comes(&self, _worker: &Rc<Worker>) -> io::Result<()> {
            self.listener.readable().await.map(|mut ready| ready.retain_ready())
        }

        /// Takes so many at most.
        pub(super) async fn take(&self, worker: &Rc<Worker>, most: usize) -> io::Result<()> {
            let mut late = Vec::new();
            let mut result = Ok(());
            let mut left = most;
            while left > 0 {
                let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
                let taken = self
                    .listener
                    .try_io(Interest::READABLE, |listener| Ok(acceptfrom_with(listener, flags)?));
                match taken {
                    Ok((socket, from)) => {
                        left -= 1;
                        let from = from.and_then(|from| SocketAddr::try_from(from).ok());
                        let remote = from.map_or(Remote::Unix, canonical);
                        if let Err(socket) = self.serve(worker, socket, remote) {
                            late.push((socket, remote));
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if passing(error.kind()) => left -= 1,
                    Err(error) => {
                        result = Err(error);
                        break;
                    }
                }
            }
            // Who has connected says at once what it wants, but not always before the next line.
            tokio::task::yield_now().await;
            for (socket, remote) in late {
                if let Err(socket) = self.serve(worker, socket, remote) {
                    keep(worker, socket, remote, self.speech, Start::with(Vec::new()));
                }
            }
            result
        }

        /// Reads what there is and answers it. The socket comes back where there is nothing yet.
        fn serve(
            &self,
            worker: &Rc<Worker>,
            socket: OwnedFd,
            remote: Remote,
        ) -> Result<(), OwnedFd> {
            let mut scratch = worker.front.scratch.borrow_mut();
            let length = match recv(&socket, &mut scratch[..], RecvFlags::empty()) {
                Ok((_, 0)) => return Ok(()),
                Ok((length, _)) => length,
                Err(rustix::io::Errno::AGAIN) => return Err(socket),
                Err(_) => return Ok(()),
            };
            let input = scratch.get(..length).unwrap_or_default();
            let tls = match self.speech {
                Speech::Plain => false,
                Speech::Either => input.first() == Some(&HANDSHAKE),
                Speech::Tls => true,
            };
            if tls || prefaced(worker, remote) {
                let start = Start::with(input.to_vec());
                drop(scratch);
                keep(worker, socket, remote, self.speech, start);
                return Ok(());
            }
            let mut out = worker.front.out.borrow_mut();
            out.clear();
            let mut reader = HeadReader::default();
            let (done, next) = converse(worker, remote, &mut reader, input, &mut out);
            let written = match out.is_empty() {
                true => Ok(0),
                false => send(&socket, &out, SendFlags::NOSIGNAL),
            };
            let written = match written {
                Ok(written) => written,
                Err(rustix::io::Errno::AGAIN) => 0,
                Err(_) => return Ok(()),
            };
            // Closed with bytes unread, the connection would be reset, and the answer lost.
            let whole = written == out.len() && length < scratch.len();
            if next == Next::Close && whole {
                return Ok(());
            }
            let (input, output) = (input.get(done..).unwrap_or_default(), &out[written..]);
            let waits = match (output.is_empty(), out.is_empty() || !input.is_empty()) {
                (false, _) => Waits::Answer,
                (true, true) => Waits::Head,
                (true, false) => Waits::Idle,
            };
            let next = if next == Next::Close { Next::PassOver } else { next };
            let start = Start { input: input.to_vec(), output: output.to_vec(), next, waits };
            drop((scratch, out));
            keep(worker, socket, remote, Speech::Plain, start);
            Ok(())
        }
    }

    /// Gives the socket to the runtime.
    fn keep(worker: &Rc<Worker>, socket: OwnedFd, remote: Remote, speech: Speech, start: Start) {
        match remote {
            Remote::Tcp(_) => {
                if let Ok(stream) = TcpStream::from_std(socket.into()) {
                    hold(worker, stream, remote, speech, start);
                }
            }
            Remote::Unix => {
                if let Ok(stream) = UnixStream::from_std(socket.into()) {
                    hold(worker, stream, remote, speech, start);
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod line {
    use super::*;
    use crate::net::track::fast::Stream;
    use std::future::poll_fn;
    use std::task::Poll;

    /// Who waits at a door.
    pub(super) enum Line {
        Tcp(tokio::net::TcpListener, Speech),
        #[cfg(unix)]
        Unix(tokio::net::UnixListener),
    }

    impl Line {
        pub(super) fn new(door: Door) -> io::Result<Self> {
            Ok(match door {
                Door::Tcp(listener, speech) => {
                    Self::Tcp(tokio::net::TcpListener::from_std(listener)?, speech)
                }
                #[cfg(unix)]
                Door::Unix(listener) => Self::Unix(tokio::net::UnixListener::from_std(listener)?),
            })
        }

        /// Waits for one, and takes it.
        pub(super) async fn comes(&self, worker: &Rc<Worker>) -> io::Result<()> {
            match poll_fn(|cx| self.poll_one(worker, cx)).await {
                Err(error) if !passing(error.kind()) => {
                    tokio::time::sleep(PAUSE).await;
                    Ok(())
                }
                _ => Ok(()),
            }
        }

        /// Takes so many at most of those who wait.
        pub(super) async fn take(&self, worker: &Rc<Worker>, most: usize) -> io::Result<()> {
            for _ in 0..most {
                let one = poll_fn(|cx| match self.poll_one(worker, cx) {
                    Poll::Pending => Poll::Ready(None),
                    Poll::Ready(result) => Poll::Ready(Some(result)),
                });
                match one.await {
                    None => break,
                    Some(Err(error)) if !passing(error.kind()) => return Err(error),
                    Some(_) => {}
                }
            }
            tokio::task::yield_now().await;
            Ok(())
        }

        fn poll_one(
            &self,
            worker: &Rc<Worker>,
            cx: &mut std::task::Context<'_>,
        ) -> Poll<io::Result<()>> {
            match self {
                Self::Tcp(listener, speech) => listener.poll_accept(cx).map_ok(|(stream, from)| {
                    let _ = stream.set_nodelay(true);
                    keep(worker, stream, canonical(from), *speech);
                }),
                #[cfg(unix)]
                Self::Unix(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| {
                    keep(worker, stream, Remote::Unix, Speech::Plain);
                }),
            }
        }
    }

    fn keep<S: Stream>(worker: &Rc<Worker>, stream: S, remote: Remote, speech: Speech) {
        hold(worker, stream, remote, speech, Start::with(Vec::new()));
    }
}
