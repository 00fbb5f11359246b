//! The side of the tracker that serves and is to end.

use super::epoch;
use crate::net::track::lock::Lock;
use crate::tracker::changes::LENGTH;
use crate::tracker::dfile::Save;
use crate::tracker::handover::{LOADED, Letter, READY, SERVES, WORD_MOST};
use crate::tracker::swarms::Swarms;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recv, sendmsg};
use std::cell::Cell;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::time::{Interval, interval_at, sleep, timeout};

/// For the other to be ready, which nobody waits for.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// For it to load the state.
const LOAD: Duration = Duration::from_secs(600);
/// For it to take a word.
pub(in crate::net::track) const PATIENCE: Duration = Duration::from_secs(10);
/// The same, where this tracker is told to end.
pub(in crate::net::track) const HURRY: Duration = Duration::from_millis(400);
/// For it to begin, once it is agreed: nothing is saved meanwhile.
const BEGIN: Duration = Duration::from_secs(10);
/// Between two looks for what has changed.
const LOOK: Duration = Duration::from_millis(10);
/// Between two signs of life, where nothing changes.
const SIGN: Duration = Duration::from_secs(5);

fn signs() -> Interval {
    interval_at(tokio::time::Instant::now() + SIGN, SIGN)
}

/// One who has been given the sockets. An error of any of these: it does not take over, unless the
/// lock is its own already.
pub(in crate::net::track) struct Heir {
    stream: UnixStream,
    /// Changes on their way; kept for its memory.
    frame: Vec<u8>,
}

impl Heir {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, frame: Vec::new() }
    }

    /// Waits until it is ready.
    pub(in crate::net::track) async fn ready(mut self) -> io::Result<Self> {
        is(READY, within(READY_WITHIN, "is not ready", self.stream.read_u8()).await?)?;
        Ok(self)
    }

    /// Tells one that is ready, and no more than that this tracker is there, until then.
    pub(in crate::net::track) async fn rests<T>(
        &mut self,
        until: impl Future<Output = T>,
    ) -> io::Result<T> {
        let (mut until, mut sign) = (pin!(until), signs());
        loop {
            tokio::select! {
                biased;
                done = &mut until => return Ok(done),
                // It has nothing to say.
                said = self.stream.read_u8() => return said.and_then(|_| Err(not_understood())),
                _ = sign.tick() => self.tell(Letter::Changes, &[]).await?,
            }
        }
    }

    /// Tells one that is ready all that is known; it knows that when this returns. What changes while
    /// it loads waits here, where there is an end to how much.
    pub(in crate::net::track) async fn teach(mut self, swarms: &Swarms) -> io::Result<Self> {
        let epoch = epoch();
        self.tell(Letter::Clock, &epoch.at(Instant::now()).to_be_bytes()).await?;
        let mut save = Save::following(swarms, Instant::now(), epoch);
        while let Some(piece) = save.piece() {
            for part in piece.chunks(WORD_MOST) {
                self.tell(Letter::State, part).await?;
            }
        }
        drop(save);
        self.tell(Letter::Whole, &[]).await?;
        let loads = async {
            loop {
                tokio::select! {
                    said = self.stream.read_u8() => return is(LOADED, said?),
                    () = sleep(LOOK) => keeps_up(swarms)?,
                }
            }
        };
        within(LOAD, "does not load the state", loads).await?;
        self.tell_changes(swarms).await?;
        Ok(self)
    }

    /// Tells one that knows all of what changes, and that this tracker is there, until it may begin.
    /// Nothing is under way to it then.
    pub(in crate::net::track) async fn waits<T>(
        &mut self,
        swarms: &Swarms,
        until: impl Future<Output = T>,
    ) -> io::Result<T> {
        let (mut until, mut sign) = (pin!(until), signs());
        loop {
            tokio::select! {
                // What it says once it may begin is for who waits for that.
                biased;
                done = &mut until => return Ok(done),
                // It has nothing to say.
                said = self.stream.read_u8() => return said.and_then(|_| Err(not_understood())),
                _ = sign.tick() => self.tell(Letter::Changes, &[]).await?,
                () = sleep(LOOK) => self.tell_changes(swarms).await?,
            }
        }
    }

    /// Agrees that it may begin, and tells it of what changes until it serves; or until it is
    /// `hurried`, for this tracker is to end.
    pub(in crate::net::track) async fn begins(
        &mut self,
        swarms: &Swarms,
        hurried: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let hurry = Cell::new(false);
        let serves = async {
            self.tell_changes(swarms).await?;
            self.tell(Letter::Agreed, &[]).await?;
            // Between two words alone: half a one would be none.
            while !hurry.get() {
                tokio::select! {
                    said = self.stream.read_u8() => return is(SERVES, said?),
                    () = sleep(LOOK) => self.tell_changes(swarms).await?,
                }
            }
            Ok(())
        };
        let hurried = async {
            hurried.await;
            hurry.set(true);
        };
        unless_hurried(hurried, within(BEGIN, "does not begin", serves)).await
    }

    /// Tells it that the dfile is its own, if need be while this tracker is `hurried`. The lock goes with
    /// the word, and is free for nobody else in between; none where this tracker has lost it.
    pub(in crate::net::track) async fn give(
        &self,
        lock: Option<&Lock>,
        hurried: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let word = Letter::Yours.head(0);
        let fds = lock.and_then(Lock::fd);
        let give = || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut message = SendAncillaryBuffer::new(&mut space);
            if fds.is_some() {
                message.push(SendAncillaryMessage::ScmRights(fds.as_slice()));
            }
            // Of so few bytes all are taken, or none.
            Ok(sendmsg(&self.stream, &[IoSlice::new(&word)], &mut message, SendFlags::NOSIGNAL)?)
        };
        let gives = async { self.stream.async_io(Interest::WRITABLE, give).await.map(drop) };
        unless_hurried(hurried, within(PATIENCE, TAKES_NOTHING, gives)).await
    }

    /// Tells it of what changes until then, and to the last, which it is to take within `patience`. An
    /// error: it is gone, or takes nothing.
    pub(in crate::net::track) async fn tell_until(
        &mut self,
        swarms: &Swarms,
        end: impl Future<Output = ()>,
        patience: Duration,
    ) -> io::Result<()> {
        let ended = Cell::new(false);
        let tells = async {
            while !ended.get() {
                tokio::select! {
                    // It may say only now that it serves.
                    said = self.stream.read_u8() => drop(said?),
                    () = sleep(LOOK) => self.tell_changes(swarms).await?,
                }
            }
            self.told_last(swarms).await
        };
        let mut tells = pin!(tells);
        let mut told = None;
        {
            let ends = async {
                end.await;
                ended.set(true);
            };
            let mut ends = pin!(ends);
            while !ended.get() {
                tokio::select! {
                    biased;
                    () = &mut ends => {}
                    done = &mut tells, if told.is_none() => told = Some(done),
                }
            }
        }
        match told {
            Some(told) => told,
            None => timeout(patience, tells).await.map_err(|_| late(TAKES_NOTHING))?,
        }
    }

    async fn told_last(&mut self, swarms: &Swarms) -> io::Result<()> {
        self.tell_changes(swarms).await?;
        // What is written to one that is about to be gone is no error.
        match recv(&self.stream, &mut [0], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            Ok((_, 0)) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn tell_changes(&mut self, swarms: &Swarms) -> io::Result<()> {
        for shard in 0..swarms.shards() {
            for change in swarms.changes(shard) {
                self.frame.extend_from_slice(&change.to_bytes());
                if self.frame.len() > WORD_MOST - LENGTH {
                    self.tell_frame().await?;
                }
            }
        }
        if !self.frame.is_empty() {
            self.tell_frame().await?;
        }
        keeps_up(swarms)
    }

    async fn tell_frame(&mut self) -> io::Result<()> {
        let told = tell(&mut self.stream, Letter::Changes, &self.frame).await;
        self.frame.clear();
        told
    }

    async fn tell(&mut self, letter: Letter, bytes: &[u8]) -> io::Result<()> {
        tell(&mut self.stream, letter, bytes).await
    }
}

const TAKES_NOTHING: &str = "takes nothing of what it is told";

async fn tell(stream: &mut UnixStream, letter: Letter, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let tells = async {
        stream.write_all(&letter.head(length)).await?;
        stream.write_all(bytes).await
    };
    within(PATIENCE, TAKES_NOTHING, tells).await
}

async fn within<T>(
    patience: Duration,
    words: &str,
    what: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    timeout(patience, what).await.map_err(|_| late(words))?
}

/// Gives it [`HURRY`] where this tracker is to end.
async fn unless_hurried(
    hurried: impl Future<Output = ()>,
    what: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    let hurries = async {
        hurried.await;
        sleep(HURRY).await;
    };
    tokio::select! {
        biased;
        () = hurries => Err(late(TAKES_NOTHING)),
        done = what => done,
    }
}

fn late(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("the other one {words}"))
}

fn is(wanted: u8, said: u8) -> io::Result<()> {
    match said == wanted {
        true => Ok(()),
        false => Err(not_understood()),
    }
}

fn not_understood() -> io::Error {
    let words = "the other one says what is not understood, as another version of bt would";
    io::Error::new(io::ErrorKind::InvalidData, words)
}

/// Whether nothing has changed that the other was not told of.
fn keeps_up(swarms: &Swarms) -> io::Result<()> {
    match swarms.outran() {
        true => Err(io::Error::other("more changes than the other one can be told of")),
        false => Ok(()),
    }
}
