//! The side of the tracker that is to serve.

use super::{ALL, AT_ONCE, epoch, is_of, is_ours, within_reach};
use crate::net::track::inherited::Inherited;
use crate::net::track::lock::Lock;
use crate::net::track::state::{beside, place};
use crate::tracker::changes::{Change, Epoch};
use crate::tracker::handover::{LOADED, READY, SERVES, Word, Words};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use socket2::Socket;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Read at once.
const READ: usize = 64 * 1024;
/// Bytes of a state at most; some hundred million peers.
const STATE_MOST: usize = u32::MAX as usize;

/// For it to say anything. It tells of its state and of changes, and that it is there: while it tells
/// another one, and while it saves, also when it ends.
const SILENCE: Duration = Duration::from_secs(30);

/// The tracker that has handed over its sockets. Until this one serves, that one has to say something
/// within [`SILENCE`]: one that hangs, or is stopped, would be waited for without end, while nobody serves.
pub(in crate::net::track) struct Predecessor {
    stream: UnixStream,
    heard: Heard,
    /// Its clock.
    epoch: Epoch,
}

/// What it has said and nobody has taken yet.
struct Heard {
    words: Words,
    buffer: Box<[u8]>,
    /// The lock, which comes with its last word.
    lock: Option<OwnedFd>,
}

impl Heard {
    /// Takes what is there.
    fn take(&mut self, stream: &UnixStream) -> io::Result<usize> {
        let came = receive(stream, &mut self.buffer, |fd| self.lock = Some(fd))?;
        self.words.push(self.buffer.get(..came).unwrap_or_default());
        Ok(came)
    }
}

/// What it has told.
pub(in crate::net::track) enum Told {
    /// Of changes, which have been made.
    Changes,
    /// That the dfile is this one's. The lock comes with it; none where that one has lost it, or where
    /// this process may open no more files.
    Yours(Option<Lock>),
    /// Nothing more.
    Nothing,
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
        let mut bytes = [0; AT_ONCE];
        let came = || receive(&stream, &mut bytes, |fd| sockets.push(Socket::from(fd)));
        match answers(stream.async_io(Interest::READABLE, came)).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            came => letters.extend(bytes.into_iter().take(came)),
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

/// Takes some bytes, and the descriptors that come with them; says how many bytes came.
fn receive(
    stream: &UnixStream,
    bytes: &mut [u8],
    mut take: impl FnMut(OwnedFd),
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    let came = recvmsg(stream, &mut [IoSliceMut::new(bytes)], &mut message, flags)?;
    for part in message.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = part {
            fds.for_each(&mut take);
        }
    }
    Ok(came.bytes)
}

impl Predecessor {
    pub(in crate::net::track) fn of(stream: UnixStream) -> Self {
        let buffer = vec![0; READ].into_boxed_slice();
        let heard = Heard { words: Words::default(), buffer, lock: None };
        Self { stream, heard, epoch: epoch() }
    }

    /// By which it says when something has changed; known once it has told its state.
    pub(in crate::net::track) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Says that this one is ready, and takes the state: a dfile. An error: the other does not hand
    /// over, or is no more.
    pub(in crate::net::track) async fn state(&mut self) -> io::Result<Vec<u8>> {
        let asked = Instant::now();
        self.stream.write_u8(READY).await?;
        let shows = loop {
            match answers(self.hear()).await? {
                // It is there, and tells another one first.
                Some(Word::Changes(none)) if none.is_empty() => {}
                Some(Word::Clock(shows)) => break shows,
                Some(_) => return Err(unexpected()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        self.epoch = self.epoch.of_other(asked, shows, Instant::now());
        let mut state = Vec::new();
        loop {
            match answers(self.hear()).await? {
                Some(Word::State(piece)) if state.len() < STATE_MOST => {
                    state.extend_from_slice(&piece);
                }
                Some(Word::Whole) => return Ok(state),
                Some(_) => return Err(unexpected()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Says that this one has the state, and waits until it may begin. The same errors.
    pub(in crate::net::track) async fn agreed(
        &mut self,
        mut apply: impl FnMut(&Change),
    ) -> io::Result<()> {
        self.stream.write_u8(LOADED).await?;
        loop {
            match answers(self.hear()).await? {
                Some(Word::Changes(changes)) => changes.iter().for_each(&mut apply),
                Some(Word::Agreed) => break,
                Some(_) => return Err(unexpected()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        // One that was stopped in between may be too late: then it serves nobody.
        loop {
            match self.heard.take(&self.stream) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Says that this one serves. An error: the other is gone; what it said before may still be heard.
    pub(in crate::net::track) async fn serves(&mut self) -> io::Result<()> {
        self.stream.write_u8(SERVES).await
    }

    /// Waits for what it tells after that. Nothing is lost where this is dropped and called again.
    pub(in crate::net::track) async fn tells(
        &mut self,
        mut apply: impl FnMut(&Change),
    ) -> io::Result<Told> {
        match self.hear().await? {
            Some(Word::Changes(changes)) => {
                changes.iter().for_each(&mut apply);
                Ok(Told::Changes)
            }
            Some(Word::Yours) => {
                let lock = self.heard.lock.take();
                Ok(Told::Yours(lock.map(|lock| Lock::given(File::from(lock)))))
            }
            Some(_) => Err(unexpected()),
            None => Ok(Told::Nothing),
        }
    }

    /// The next that it says; none at its end.
    async fn hear(&mut self) -> io::Result<Option<Word>> {
        loop {
            if let Some(word) = self.heard.words.word().map_err(io::Error::other)? {
                return Ok(Some(word));
            }
            let Self { stream, heard, .. } = self;
            match stream.async_io(Interest::READABLE, || heard.take(stream)).await? {
                0 if heard.words.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => {}
            }
        }
    }
}

/// An error of the kind [`TimedOut`](io::ErrorKind::TimedOut), where it does not for too long.
async fn answers<T>(word: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(SILENCE, word).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

fn unexpected() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it says what it should not say now")
}
