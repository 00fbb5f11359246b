//! The side of the tracker that serves and is to end.

use super::{AGREED, CHANGES, FRAME_MOST, LOADED, READY, SERVES, STATE, WHOLE};
use crate::tracker::changes::LENGTH;
use crate::tracker::dfile::Save;
use crate::tracker::swarms::Swarms;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

/// For the other to be ready, and to take what it is told once it has learnt all.
const PATIENCE: Duration = Duration::from_secs(60);
/// For it to be told all, and to have loaded that: nothing is saved meanwhile.
const LEARN: Duration = Duration::from_secs(600);
/// For it to begin, once it is agreed.
const BEGIN: Duration = Duration::from_secs(10);
/// Between two looks for what has changed.
const LOOK: Duration = Duration::from_millis(10);

/// One who has been given the sockets.
pub(in crate::net::track) struct Heir {
    stream: UnixStream,
    /// Changes on their way; kept for its memory.
    frame: Vec<u8>,
    /// Whether something was told in part, or not at all: nothing more can be.
    torn: bool,
}

impl Heir {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, frame: Vec::new(), torn: false }
    }

    /// Waits until it is ready, and tells it all that is known; it knows that when this returns. An
    /// error: it does not, and this tracker goes on.
    pub(in crate::net::track) async fn teach(mut self, swarms: &Swarms) -> io::Result<Self> {
        is(READY, timeout(PATIENCE, self.stream.read_u8()).await??)?;
        let learns = async {
            let mut save = Save::following(swarms, Instant::now());
            while let Some(piece) = save.piece() {
                for part in piece.chunks(FRAME_MOST) {
                    tell(&mut self.stream, STATE, part).await?;
                }
            }
            tell(&mut self.stream, WHOLE, &[]).await?;
            loop {
                tokio::select! {
                    said = self.stream.read_u8() => return is(LOADED, said?),
                    () = sleep(LOOK) => self.tell_changes(swarms).await?,
                }
            }
        };
        timeout(LEARN, learns).await??;
        Ok(self)
    }

    /// Agrees: the dfile is its own from then on. An error: it is not.
    pub(in crate::net::track) async fn agree(&mut self, swarms: &Swarms) -> io::Result<()> {
        self.tell_changes_soon(swarms).await?;
        timeout(PATIENCE, tell(&mut self.stream, AGREED, &[])).await?
    }

    /// Tells it of what changes until it serves; or until it is `hurried`, or has had its time: it is
    /// there then, and has agreed. An error: it is gone, and has served nobody.
    pub(in crate::net::track) async fn begins(
        &mut self,
        swarms: &Swarms,
        hurried: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let (mut hurried, mut late) = (pin!(hurried), pin!(sleep(BEGIN)));
        loop {
            tokio::select! {
                said = self.stream.read_u8() => if said? == SERVES {
                    return Ok(());
                },
                () = &mut hurried => return Ok(()),
                () = &mut late => return Ok(()),
                // Whether it is gone is seen where it is read from.
                () = sleep(LOOK), if !self.torn => drop(self.tell_changes_soon(swarms).await),
            }
        }
    }

    /// Tells it of what changes until then, and to the last. An error: it is gone.
    pub(in crate::net::track) async fn tell_until(
        &mut self,
        swarms: &Swarms,
        end: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let (mut end, mut told) = (pin!(end), Ok(()));
        loop {
            tokio::select! {
                () = &mut end => break,
                // It may say only now that it serves.
                said = self.stream.read_u8(), if told.is_ok() => told = said.map(drop),
                () = sleep(LOOK), if told.is_ok() => told = self.tell_changes_soon(swarms).await,
            }
        }
        told?;
        self.tell_changes_soon(swarms).await?;
        // What is written to one that is about to be gone is no error.
        match recv(&self.stream, &mut [0], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            Ok((_, 0)) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn tell_changes_soon(&mut self, swarms: &Swarms) -> io::Result<()> {
        timeout(PATIENCE, self.tell_changes(swarms)).await?
    }

    async fn tell_changes(&mut self, swarms: &Swarms) -> io::Result<()> {
        if self.torn {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.torn = true;
        for shard in 0..swarms.shards() {
            for change in swarms.changes(shard) {
                self.frame.extend_from_slice(&change.to_bytes());
                if self.frame.len() > FRAME_MOST - LENGTH {
                    tell(&mut self.stream, CHANGES, &self.frame).await?;
                    self.frame.clear();
                }
            }
        }
        if !self.frame.is_empty() {
            tell(&mut self.stream, CHANGES, &self.frame).await?;
            self.frame.clear();
        }
        if swarms.outran() {
            return Err(io::Error::other("more changes than the other can be told of"));
        }
        self.torn = false;
        Ok(())
    }
}

fn is(wanted: u8, said: u8) -> io::Result<()> {
    match said == wanted {
        true => Ok(()),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

async fn tell(stream: &mut UnixStream, letter: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let [a, b, c, d] = length.to_be_bytes();
    stream.write_all(&[letter, a, b, c, d]).await?;
    stream.write_all(bytes).await
}
