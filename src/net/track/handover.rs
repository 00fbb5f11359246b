//! One tracker takes the place of another: the one that has the dfile listens at a socket beside it,
//! `dstate.handover`; the other calls there and is given the sockets themselves, with all that the
//! kernel holds in them. Nothing is closed in which a request may wait, so none is lost.
//!
//! The first one alone serves until the other has all that it knows, both for the moment in which the
//! other begins, and then the other alone:
//!
//! | from the first | from the other | |
//! |---|---|---|
//! | sockets, `.` | | the last byte says that these are all |
//! | | `r` | nothing is left that may fail, but to take the state |
//! | `s`, `w` | | the state as a dfile, in pieces; that this is the whole |
//! | `c` | | what has changed since it was copied, from here to the end |
//! | | `l` | the other has it all |
//! | `a` | | agreed: the dfile is the other's |
//! | | `v` | the other serves; the first one takes no more requests |
//!
//! All that the first one says but the sockets is a letter, a length of four bytes and so many bytes.
//! What it answers after `a`, and on connections that it has after `v`, goes over as changes until it
//! ends. Where the other says something else before `a`, or nothing for too long, the first one serves on
//! as if nobody had called. Where it is gone before `v`, the same: the dfile is the first one's again.
//! Where it is gone after that, the first one saves what it knows.

mod heir;
mod predecessor;

pub(super) use self::heir::Heir;
pub(super) use self::predecessor::{Predecessor, ask};

use super::inherited::Inherited;
use super::state::{beside, place};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::fs::{self, File};
use std::io::{self, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Sockets in one message; the kernel takes 253.
const AT_ONCE: usize = 64;
/// For the other to take the sockets.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes behind a letter at most.
const FRAME_MOST: usize = 1 << 20;
/// What is said, as above.
const ALL: u8 = b'.';
const READY: u8 = b'r';
const STATE: u8 = b's';
const WHOLE: u8 = b'w';
const CHANGES: u8 = b'c';
const LOADED: u8 = b'l';
const AGREED: u8 = b'a';
const SERVES: u8 = b'v';
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
