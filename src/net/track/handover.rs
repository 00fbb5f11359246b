//! One tracker takes the place of another: the one that has the dfile listens at a socket beside it,
//! `dstate.handover`; the other calls there and is given the sockets themselves, with all that the
//! kernel holds in them. Nothing is closed in which a request may wait, so none is lost.
//!
//! Both have them then, and the first one alone serves, until the other says that it is ready: that
//! nothing is left which may fail. Only then does the first one agree, and end as on SIGTERM; its end
//! lets go of the lock. Where the other is gone, or says nothing for too long, it serves on as if
//! nobody had called.

use super::inherited::Inherited;
use super::state::{beside, place};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use socket2::Socket;
use std::fs::{self, File};
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

/// Sockets in one message; the kernel takes 253.
const AT_ONCE: usize = 64;
/// For the other to say what it has to say.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the one that has been given the sockets to be ready.
const READY_MOST: Duration = Duration::from_secs(60);
/// What is said: that these are all; that nothing is left to be done; that its place is free.
const ALL: u8 = b'.';
const READY: u8 = b'r';
const AGREED: u8 = b'a';
/// What the address of a Unix socket has room for.
const PATH_MOST: usize = 107;

/// One who wants to take over.
pub(super) type Caller = UnixStream;

/// Where a tracker may be called to hand over; gone with the value.
pub(super) struct Door {
    listener: tokio::net::UnixListener,
    path: PathBuf,
}

impl Door {
    /// Opens it. To be called with the lock held: what is there is of one that is dead.
    pub(super) fn open(dfile: &Path) -> io::Result<Self> {
        let path = beside(&place(dfile), ".handover");
        let _ = fs::remove_file(&path);
        let listener = within_reach(&path, |path| UnixListener::bind(path))?;
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener: tokio::net::UnixListener::from_std(listener)?, path })
    }

    /// Waits for one who may take over: root, and the user that the tracker runs as.
    pub(super) async fn called(&self) -> Caller {
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            };
            let own = rustix::process::geteuid().as_raw();
            let Ok(caller) = stream.peer_cred() else { continue };
            if (caller.uid() == own || caller.uid() == 0)
                && let Ok(stream) = stream.into_std()
                && stream.set_nonblocking(false).is_ok()
                && stream.set_write_timeout(Some(PATIENCE)).is_ok()
            {
                return stream;
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Hands all of them over, for the other to make itself ready with.
pub(super) fn give(to: Caller, sockets: &[Inherited]) -> io::Result<Heir> {
    for sockets in sockets.chunks(AT_ONCE) {
        let letters: Vec<u8> = sockets.iter().map(Inherited::letter).collect();
        let fds: Vec<BorrowedFd<'_>> = sockets
            .iter()
            .map(|socket| match socket {
                Inherited::Http(socket) | Inherited::Tls(socket) | Inherited::Metrics(socket) => {
                    socket.as_fd()
                }
                Inherited::Unix(socket) => socket.as_fd(),
                Inherited::Udp(socket) => socket.as_fd(),
            })
            .collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
        let mut message = SendAncillaryBuffer::new(&mut space);
        if !message.push(SendAncillaryMessage::ScmRights(&fds)) {
            return Err(io::Error::other("too many sockets"));
        }
        // A message of less than a page is taken whole or not at all.
        sendmsg(&to, &[IoSlice::new(&letters)], &mut message, SendFlags::NOSIGNAL)?;
    }
    (&to).write_all(&[ALL])?;
    to.set_nonblocking(true)?;
    let stream = tokio::net::UnixStream::from_std(to)?;
    Ok(Heir { stream, until: Instant::now() + READY_MOST })
}

/// One who has been given the sockets.
pub(super) struct Heir {
    stream: tokio::net::UnixStream,
    until: Instant,
}

impl Heir {
    /// Waits until it is ready, and agrees; it serves from then on. An error: it does not, and this
    /// tracker goes on. Nothing is lost where this is dropped and called again.
    pub(super) async fn ready(&mut self) -> io::Result<()> {
        match timeout_at(self.until, self.stream.read_u8()).await {
            Ok(Ok(READY)) => {}
            Ok(Ok(_)) => return Err(io::ErrorKind::InvalidData.into()),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
        match self.stream.try_write(&[AGREED])? {
            1 => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }
}

/// The tracker that has the dfile, and waits for this one to be ready.
pub(super) struct Predecessor(UnixStream);

/// Asks the tracker that has the dfile for its sockets.
pub(super) fn ask(dfile: &Path) -> io::Result<(Vec<Inherited>, Predecessor)> {
    let path = beside(&place(dfile), ".handover");
    let stream = within_reach(&path, |path| UnixStream::connect(path))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let (mut letters, mut sockets) = (Vec::new(), Vec::new());
    while letters.last() != Some(&ALL) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
        let mut message = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = [0; AT_ONCE];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let came = recvmsg(&stream, &mut [IoSliceMut::new(&mut bytes)], &mut message, flags)?;
        for part in message.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = part {
                sockets.extend(fds.map(Socket::from));
            }
        }
        letters.extend(bytes.into_iter().take(came.bytes));
        if came.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    letters.pop();
    if letters.len() != sockets.len() {
        return Err(io::Error::other("a socket was lost on the way"));
    }
    let told = letters.into_iter().zip(sockets);
    let sockets = told.map(|(letter, socket)| Inherited::told(letter, socket));
    Ok((sockets.collect::<io::Result<_>>()?, Predecessor(stream)))
}

impl Predecessor {
    /// Tells it that this one is ready. An error: it does not agree, or is no more.
    pub(super) async fn ready(self) -> io::Result<()> {
        self.0.set_nonblocking(true)?;
        let mut stream = tokio::net::UnixStream::from_std(self.0)?;
        stream.write_u8(READY).await?;
        match timeout(PATIENCE, stream.read_u8()).await {
            Ok(Ok(AGREED)) => Ok(()),
            Ok(Ok(_)) => Err(io::ErrorKind::InvalidData.into()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// A path that is too long for a socket's address is gone to through its folder.
fn within_reach<T>(path: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() <= PATH_MOST {
        return act(path);
    }
    let folder = File::open(path.parent().unwrap_or(Path::new(".")))?;
    let name = path.file_name().unwrap_or_default();
    act(&Path::new(&format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener, UdpSocket};

    async fn called(
        door: &Door,
        dfile: &Path,
    ) -> (Caller, tokio::task::JoinHandle<io::Result<(Vec<Inherited>, Predecessor)>>) {
        let dfile = dfile.to_owned();
        let asked = tokio::task::spawn_blocking(move || ask(&dfile));
        (door.called().await, asked)
    }

    #[tokio::test]
    async fn what_waits_in_a_socket_is_handed_over_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("x".repeat(120));
        fs::create_dir(&deep).unwrap();
        for folder in [dir.path(), &deep] {
            let dfile = folder.join("dstate");
            let door = Door::open(&dfile).unwrap();
            let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            client.send_to(b"waits", udp.local_addr().unwrap()).unwrap();
            let mut sockets = vec![Inherited::Udp(udp)];
            for _ in 0..100 {
                sockets.push(Inherited::Http(tcp.try_clone().unwrap()));
            }
            sockets.push(Inherited::Tls(tcp.try_clone().unwrap()));
            sockets.push(Inherited::Metrics(tcp.try_clone().unwrap()));
            let letters: Vec<u8> = sockets.iter().map(Inherited::letter).collect();
            let (caller, asked) = called(&door, &dfile).await;
            let mut heir = give(caller, &sockets).unwrap();
            let (mut got, predecessor) = asked.await.unwrap().unwrap();
            assert_eq!(got.iter().map(Inherited::letter).collect::<Vec<_>>(), letters);
            // Each has them until both have agreed.
            let (ready, agreed) = tokio::join!(heir.ready(), predecessor.ready());
            assert!(ready.is_ok() && agreed.is_ok());
            drop((heir, sockets));
            let Inherited::Udp(udp) = got.remove(0) else { panic!("the first is UDP") };
            let mut bytes = [0; 9];
            let (length, from) = udp.recv_from(&mut bytes).unwrap();
            assert_eq!((&bytes[..length], from), (&b"waits"[..], client.local_addr().unwrap()));
            let path = door.path.clone();
            assert!(path.exists());
            drop(door);
            assert!(!path.exists());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_gone_or_silent_or_says_something_else_takes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let dfile = dir.path().join("dstate");
        let door = Door::open(&dfile).unwrap();
        for said in [None, Some(&b""[..]), Some(b"x")] {
            let (caller, asked) = called(&door, &dfile).await;
            let mut heir = give(caller, &[]).unwrap();
            let (_, Predecessor(mut stream)) = asked.await.unwrap().unwrap();
            let stream = said.is_none_or(|said| stream.write_all(said).is_err()).then_some(stream);
            let error = heir.ready().await.unwrap_err().kind();
            let wanted = match said {
                // It is there, and says nothing.
                None => io::ErrorKind::TimedOut,
                Some(b"") => io::ErrorKind::UnexpectedEof,
                Some(_) => io::ErrorKind::InvalidData,
            };
            assert_eq!((error, stream.is_some()), (wanted, said.is_none()));
        }
    }

    #[tokio::test]
    async fn one_that_has_waited_too_long_is_told_so() {
        let dir = tempfile::tempdir().unwrap();
        let dfile = dir.path().join("dstate");
        let door = Door::open(&dfile).unwrap();
        let (caller, asked) = called(&door, &dfile).await;
        drop(give(caller, &[]).unwrap());
        let (_, predecessor) = asked.await.unwrap().unwrap();
        assert!(predecessor.ready().await.is_err());
        // A tracker that ends in the middle of it.
        let (caller, asked) = called(&door, &dfile).await;
        drop(caller);
        assert!(asked.await.unwrap().is_err());
    }
}
