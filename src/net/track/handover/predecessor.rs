//! The side of the tracker that is to serve.

use super::{
    AGREED, ALL, AT_ONCE, CHANGES, FRAME_MOST, LOADED, READY, SERVES, STATE, WHOLE, is_of, is_ours,
    within_reach,
};
use crate::net::track::inherited::Inherited;
use crate::net::track::state::{beside, place};
use crate::tracker::changes::Change;
use bytes::{Buf, BytesMut};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use socket2::Socket;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;

/// Read at once.
const READ: usize = 64 * 1024;
/// Bytes of a state at most; some hundred million peers.
const STATE_MOST: usize = u32::MAX as usize;
/// A letter and a length.
const HEAD: usize = 5;

/// The tracker that has handed over its sockets. None of these waits has an end while it is there: it
/// serves, and whoever waits may be told to end.
pub(in crate::net::track) struct Predecessor {
    stream: UnixStream,
    /// What it has said and nobody has taken yet.
    said: BytesMut,
}

/// Asks the tracker that has the dfile for its sockets.
pub(in crate::net::track) async fn ask(dfile: &Path) -> io::Result<(Vec<Inherited>, Predecessor)> {
    let path = beside(&place(dfile), ".handover");
    let stream = within_reach(&path, |path| std::os::unix::net::UnixStream::connect(path))?;
    stream.set_nonblocking(true)?;
    let stream = UnixStream::from_std(stream)?;
    // Root may take over what it runs for another user.
    let owner = place(dfile).metadata().ok().map(|found| found.uid());
    let owner = owner.filter(|_| rustix::process::geteuid().is_root());
    if !is_ours(&stream) && owner.is_none_or(|owner| !is_of(&stream, owner)) {
        return Err(io::Error::other("another user's process listens there"));
    }
    let (mut letters, mut sockets) = (Vec::new(), Vec::new());
    while letters.last() != Some(&ALL) {
        stream.readable().await?;
        match stream.try_io(Interest::READABLE, || receive(&stream, &mut letters, &mut sockets)) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
    letters.pop();
    if letters.len() != sockets.len() {
        return Err(io::Error::other("a socket was lost on the way"));
    }
    let told = letters.into_iter().zip(sockets);
    let sockets = told.map(|(letter, socket)| Inherited::told(letter, socket));
    Ok((sockets.collect::<io::Result<_>>()?, Predecessor::of(stream)))
}

/// Takes some sockets and what each is for; says how many bytes came.
fn receive(
    stream: &UnixStream,
    letters: &mut Vec<u8>,
    sockets: &mut Vec<Socket>,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut bytes = [0; AT_ONCE];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let came = recvmsg(stream, &mut [IoSliceMut::new(&mut bytes)], &mut message, flags)?;
    for part in message.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = part {
            sockets.extend(fds.map(Socket::from));
        }
    }
    letters.extend(bytes.into_iter().take(came.bytes));
    Ok(came.bytes)
}

impl Predecessor {
    pub(super) fn of(stream: UnixStream) -> Self {
        Self { stream, said: BytesMut::new() }
    }

    /// Says that this one is ready, and takes the state: a dfile. An error: the other does not hand
    /// over, or is no more.
    pub(in crate::net::track) async fn state(&mut self) -> io::Result<Vec<u8>> {
        self.stream.write_u8(READY).await?;
        let mut state = Vec::new();
        loop {
            match self.hear().await? {
                Some((STATE, piece)) if state.len() < STATE_MOST => state.extend_from_slice(&piece),
                Some((WHOLE, _)) => return Ok(state),
                Some(_) => return Err(io::ErrorKind::InvalidData.into()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Says that this one has the state, and waits for the other to agree. The same errors.
    pub(in crate::net::track) async fn agreed(
        &mut self,
        mut apply: impl FnMut(&Change),
    ) -> io::Result<()> {
        self.stream.write_u8(LOADED).await?;
        loop {
            match self.hear().await? {
                Some((CHANGES, changes)) => each(&changes, &mut apply)?,
                Some((AGREED, _)) => return Ok(()),
                Some(_) => return Err(io::ErrorKind::InvalidData.into()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Says that this one serves. An error: the other is gone; what it said before may still be heard.
    pub(in crate::net::track) async fn serves(&mut self) -> io::Result<()> {
        self.stream.write_u8(SERVES).await
    }

    /// Waits for changes that come after that; false where there are no more. Nothing is lost where
    /// this is dropped and called again.
    pub(in crate::net::track) async fn changes(
        &mut self,
        mut apply: impl FnMut(&Change),
    ) -> io::Result<bool> {
        match self.hear().await? {
            Some((CHANGES, changes)) => each(&changes, &mut apply).map(|()| true),
            Some(_) => Err(io::ErrorKind::InvalidData.into()),
            None => Ok(false),
        }
    }

    /// The next that it says; none at its end.
    async fn hear(&mut self) -> io::Result<Option<(u8, BytesMut)>> {
        loop {
            if let Some((&[letter, a, b, c, d], rest)) = self.said.split_first_chunk::<HEAD>() {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                if length > FRAME_MOST {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                if rest.len() >= length {
                    self.said.advance(HEAD);
                    return Ok(Some((letter, self.said.split_to(length))));
                }
            }
            // Room is made for what comes, not for what is told of.
            self.said.reserve(READ);
            if self.stream.read_buf(&mut self.said).await? == 0 {
                return match self.said.is_empty() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
    }
}

/// Hands on each of these changes.
fn each(bytes: &[u8], apply: &mut impl FnMut(&Change)) -> io::Result<()> {
    let (changes, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    for change in changes {
        apply(&Change::from_bytes(change).ok_or(io::ErrorKind::InvalidData)?);
    }
    Ok(())
}
