//! One tracker takes the place of another: the one that has the dfile listens at a socket beside it,
//! `dstate.handover`; the other calls there and is given the sockets themselves, with all that the
//! kernel holds in them. Nothing is closed in which a request may wait, so none is lost.
//!
//! It gives one letter a socket, and `.` behind the last; what the two say to each other after that is in
//! [`tracker::handover`](crate::tracker::handover). The old one serves alone until the new one has all
//! that it knows, both for the moment in which that one begins, and then the new one alone. The lock
//! goes over with the old one's last word, so that it is never free in between, and only after the new
//! one has said that its workers turn: where it says something else before, or nothing for too long,
//! or is gone, the old one has never stopped, and serves on as if nobody had called. What that one
//! answers to the last, on connections that it has, goes over as changes until it ends; where the new
//! one is gone by then, the old one saves what it knows.

mod heir;
mod predecessor;

pub(super) use self::heir::{HURRY, Heir, PATIENCE as TAKES_WITHIN};
pub(super) use self::predecessor::{Predecessor, Told, ask};

use super::inherited::Inherited;
use super::state::{beside, place};
use crate::tracker::changes::Epoch;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{self, File};
use std::io::{self, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Sockets in one message; the kernel takes 253.
const AT_ONCE: usize = 64;
/// For the other to take the sockets.
const PATIENCE: Duration = Duration::from_secs(10);
/// That these were all sockets.
const ALL: u8 = b'.';
/// Looks at a clock, of which the one that took the least time counts.
const LOOKS: usize = 9;
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
            if is_ours(&stream)
                && let Ok(stream) = stream.into_std()
                && stream.set_nonblocking(false).is_ok()
                && stream.set_write_timeout(Some(PATIENCE)).is_ok()
            {
                return stream;
            }
        }
    }
}

impl Door {
    /// Closes it, and leaves what is there under its name to another.
    pub(super) fn abandon(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether somebody may be called there.
pub(super) fn answers(dfile: &Path) -> bool {
    let path = beside(&place(dfile), ".handover");
    within_reach(&path, |path| UnixStream::connect(path)).is_ok()
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
    Ok(Heir::new(tokio::net::UnixStream::from_std(to)?))
}

/// What the clock shows that both trackers read: the one that the system counts from its start.
fn epoch() -> Epoch {
    let look = || {
        let before = Instant::now();
        let now = clock_gettime(ClockId::Monotonic);
        let nanos = Duration::try_from(now).ok().and_then(|now| now.as_nanos().try_into().ok());
        (before.elapsed(), Epoch::new(before, nanos.unwrap_or(0)))
    };
    let looks = std::iter::repeat_with(look).take(LOOKS).min_by_key(|(took, _)| *took);
    looks.map_or_else(|| Epoch::new(Instant::now(), 0), |(_, epoch)| epoch)
}

/// Whether root is at the other end, or the user that this process runs as.
fn is_ours(stream: &tokio::net::UnixStream) -> bool {
    is_of(stream, rustix::process::geteuid().as_raw()) || is_of(stream, 0)
}

fn is_of(stream: &tokio::net::UnixStream, user: u32) -> bool {
    stream.peer_cred().is_ok_and(|other| other.uid() == user)
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
mod tests;
