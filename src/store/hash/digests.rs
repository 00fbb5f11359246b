//! Digests of whole files beside the hashes of pieces.
//!
//! Such a digest takes a file's bytes in order, while its pieces are hashed by several threads in
//! no order. So a thread of its own follows those, file by file, and reads again what they have
//! just read; it is kept so close behind them that the system still has those bytes in memory.

use super::worker::Shared;
use super::{Error, FileDigests, Observer, Reader, WholeFiles};
use crate::hash::{Hasher, Sha1};
use crate::store::Aligned;
use md5::{Digest, Md5};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How far the pieces may be ahead of the digests, in bytes.
const AHEAD: u64 = 128 << 20;

/// Bytes that are read at once.
const READ: usize = 128 * 1024;

/// How often who waits looks whether the run was cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// How far both sides are, in bytes of the torrent.
#[derive(Default, Debug)]
pub(super) struct Pace {
    at: Mutex<At>,
    moved: Condvar,
}

#[derive(Default, Debug)]
struct At {
    /// Where the pieces begin that nobody has taken yet.
    pieces: u64,
    digests: u64,
}

impl Pace {
    /// Pieces up to `end` were taken; waits until the digests are close enough to where they begin.
    pub(super) fn taken(&self, start: u64, end: u64, stopped: impl Fn() -> bool) {
        let mut at = self.lock();
        at.pieces = at.pieces.max(end);
        self.moved.notify_all();
        while start.saturating_sub(at.digests) > AHEAD && !stopped() {
            at = self.wait(at);
        }
    }

    /// The digests have come to `offset`; waits until pieces beyond it were taken.
    fn digested(&self, offset: u64, stopped: impl Fn() -> bool) {
        let mut at = self.lock();
        at.digests = offset;
        self.moved.notify_all();
        while at.pieces <= offset && !stopped() {
            at = self.wait(at);
        }
    }

    /// The digests are done, or will never be.
    fn end(&self) {
        self.lock().digests = u64::MAX;
        self.moved.notify_all();
    }

    fn wait<'a>(&self, at: MutexGuard<'a, At>) -> MutexGuard<'a, At> {
        self.moved.wait_timeout(at, LOOK).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, At> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Digests all files, in order, and tells of each.
pub(super) fn follow<O: Observer>(
    shared: &Shared<'_, O>,
    files: &WholeFiles<'_>,
    reader: &mut impl Reader,
) -> Result<(), Error> {
    /// Also where the reader panics.
    struct End<'a>(&'a Pace);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.end();
        }
    }
    let _end = End(&shared.pace);
    let mut buffer = Aligned::zeroed(READ);
    for (number, _) in files.layout.files().enumerate().filter(|(_, file)| !file.pad) {
        let Some(mut range) = files.layout.range(number) else { continue };
        let mut md5 = files.md5.then(Md5::new);
        let mut sha1 = files.sha1.then(Hasher::<Sha1>::new);
        while range.start < range.end {
            shared.pace.digested(range.start, || shared.stopped());
            if shared.stopped() {
                return Ok(());
            }
            let left = usize::try_from(range.end - range.start).unwrap_or(READ);
            let part = buffer.split_at_mut(left.min(READ)).0;
            reader.read(range.start, part)?;
            md5.iter_mut().for_each(|md5| md5.update(&*part));
            sha1.iter_mut().for_each(|sha1| sha1.update(part));
            range.start += part.len() as u64;
        }
        let md5 = md5.map(|md5| md5.finalize().into());
        shared.observer.file(number, FileDigests { md5, sha1: sha1.map(Hasher::finish) });
    }
    reader.finish()
}
