//! One tracker takes the place of another: the one that has the dfile listens at a socket beside it,
//! `dstate.handover`; the other calls there and is given the sockets themselves, with all that the
//! kernel holds in them. Nothing is closed in which a request may wait, so none is lost. Then the
//! old one ends as on SIGTERM, and its end lets go of the lock.

use super::inherited::Inherited;
use super::state::{beside, place};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use socket2::Socket;
use std::fs::{self, File};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Sockets in one message; the kernel takes 253.
const AT_ONCE: usize = 64;
/// For the other to say what it has to say.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the address of a Unix socket has room for.
const PATH_MOST: usize = 107;

/// One who takes over.
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

/// Hands all of them over.
pub(super) fn give(to: &Caller, sockets: &[Inherited]) -> io::Result<()> {
    let fds: Vec<BorrowedFd<'_>> = sockets
        .iter()
        .map(|socket| match socket {
            Inherited::Tcp(socket) => socket.as_fd(),
            Inherited::Unix(socket) => socket.as_fd(),
            Inherited::Udp(socket) => socket.as_fd(),
        })
        .collect();
    for fds in fds.chunks(AT_ONCE) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
        let mut message = SendAncillaryBuffer::new(&mut space);
        if !message.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(io::Error::other("too many sockets"));
        }
        sendmsg(to, &[IoSlice::new(b".")], &mut message, SendFlags::NOSIGNAL)?;
    }
    Ok(())
}

/// Asks the tracker that has the dfile for its sockets.
pub(super) fn ask(dfile: &Path) -> io::Result<Vec<Inherited>> {
    let path = beside(&place(dfile), ".handover");
    let stream = within_reach(&path, |path| UnixStream::connect(path))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut sockets = Vec::new();
    loop {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
        let mut message = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let came = recvmsg(&stream, &mut [IoSliceMut::new(&mut byte)], &mut message, flags)?;
        for part in message.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = part {
                for fd in fds {
                    sockets.push(Inherited::new(Socket::from(fd))?);
                }
            }
        }
        if came.bytes == 0 {
            return Ok(sockets);
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
                sockets.push(Inherited::Tcp(tcp.try_clone().unwrap()));
            }
            let asked = tokio::task::spawn_blocking(move || ask(&dfile).unwrap());
            let caller = door.called().await;
            give(&caller, &sockets).unwrap();
            drop((caller, sockets));
            let mut got = asked.await.unwrap();
            assert_eq!(got.len(), 101);
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
}
