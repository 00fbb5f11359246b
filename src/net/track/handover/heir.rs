//! The side of the tracker that serves and is to end.

use super::{AGREED, CHANGES, LOADED, READY, STATE, WHOLE};
use crate::tracker::changes::LENGTH;
use crate::tracker::dfile::Save;
use crate::tracker::swarms::Swarms;
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

/// For the other to do its next step, or to take what it is told.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks for what has changed.
const LOOK: Duration = Duration::from_millis(10);

/// One who has been given the sockets.
pub(in crate::net::track) struct Heir {
    stream: UnixStream,
    /// Changes on their way; kept for its memory.
    frame: Vec<u8>,
}

impl Heir {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, frame: Vec::new() }
    }

    /// Waits until it is ready, and tells it all that is known; it knows that when this returns. An
    /// error: it does not, and this tracker goes on.
    pub(in crate::net::track) async fn teach(mut self, swarms: &Swarms) -> io::Result<Self> {
        heard(&mut self.stream, READY).await?;
        let mut save = Save::following(swarms, Instant::now());
        while let Some(piece) = save.piece() {
            tell(&mut self.stream, STATE, piece).await?;
        }
        tell(&mut self.stream, WHOLE, &[]).await?;
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            match timeout(LOOK, heard(&mut self.stream, LOADED)).await {
                Ok(loaded) => return loaded.map(|()| self),
                Err(_) if tokio::time::Instant::now() > until => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(_) => self.tell_changes(swarms).await?,
            }
        }
    }

    /// Agrees: it serves from then on, and this tracker takes no more requests.
    pub(in crate::net::track) async fn agree(&mut self, swarms: &Swarms) -> io::Result<()> {
        self.tell_changes(swarms).await?;
        tell(&mut self.stream, AGREED, &[]).await
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
                () = sleep(LOOK), if told.is_ok() => told = self.tell_changes(swarms).await,
            }
        }
        told?;
        self.tell_changes(swarms).await
    }

    async fn tell_changes(&mut self, swarms: &Swarms) -> io::Result<()> {
        self.frame.clear();
        for shard in 0..swarms.shards() {
            for change in swarms.changes(shard) {
                self.frame.extend_from_slice(&change.to_bytes());
            }
        }
        for frame in self.frame.chunks(LENGTH << 16) {
            tell(&mut self.stream, CHANGES, frame).await?;
        }
        Ok(())
    }
}

/// Waits until it says so. Nothing is lost where this is dropped and called again.
async fn heard(stream: &mut UnixStream, wanted: u8) -> io::Result<()> {
    match timeout(PATIENCE, stream.read_u8()).await {
        Ok(Ok(said)) if said == wanted => Ok(()),
        Ok(Ok(_)) => Err(io::ErrorKind::InvalidData.into()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn tell(stream: &mut UnixStream, letter: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let [a, b, c, d] = length.to_be_bytes();
    let told = timeout(PATIENCE, async {
        stream.write_all(&[letter, a, b, c, d]).await?;
        stream.write_all(bytes).await
    });
    told.await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
}
