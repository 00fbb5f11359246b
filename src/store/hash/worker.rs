//! The threads of a run, and how pieces are given to them.

use super::ahead::{self, Queue};
use super::digests::{self, Pace};
use super::group::Group;
use super::{Error, Observer, PieceHash, Reader, Settings, Wanted, Work};
use crate::hash::{self, Sha1};
use crate::store::stored;
use crate::torrent::{BLOCK, Layout, PieceIndex};
use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};

/// Pieces that a thread hashes at once, at most.
pub(super) const MOST_LANES: usize = 32;

/// Lanes where most of what is hashed are the zeros of pads, which have more of them.
const PAD_LANES: usize = 32;

/// The buffer of a thread, where memory and lanes allow it, in bytes: it stays in the processor's
/// second cache.
const BUFFER: usize = 512 * 1024;

/// Chunks in a thread's buffer where lanes need none of their own.
const SHARES: usize = 4;

/// The buffers of all threads together, in bytes.
const MEMORY: usize = 24 << 20;

/// Hashes all pieces that the observer wants. Each thread calls `reader` once.
///
/// # Errors
/// What the observer made of a piece's error, and what [`Reader::finish`] met; the other threads
/// then stop soon.
pub fn run<R: Reader>(
    work: &Work<'_>,
    settings: &Settings<'_>,
    reader: impl Fn() -> R + Sync,
    observer: &impl Observer,
) -> Result<(), Error> {
    let shared = Shared::new(work, settings, observer);
    thread::scope(|scope| {
        let turn = || {
            let _stop = StopAtPanic(&shared.failed);
            if let Err(error) = shared.turn(&mut reader()) {
                shared.fail(error);
            }
        };
        let follow = |files| {
            if let Err(error) = digests::follow(&shared, files, &mut reader()) {
                shared.fail(error);
            }
        };
        let follower = work.files.as_ref().map(|files| scope.spawn(move || follow(files)));
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, turn).ok();
        // Where the system has no thread for us, those that there are do all.
        let others: Vec<_> = (1..shared.threads).filter_map(spawn).collect();
        turn();
        // A hash that a thread took with it must not pass for zeros.
        let join =
            |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|p| resume_unwind(p));
        others.into_iter().chain(follower).for_each(join);
    });
    shared.error.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// The hashes of one piece, made by the caller's thread; `None` for a piece that is not there.
///
/// # Errors
/// What the reader met.
pub fn piece<R: Reader>(
    work: &Work<'_>,
    settings: &Settings<'_>,
    reader: &mut R,
    piece: PieceIndex,
) -> Result<Option<PieceHash>, Error> {
    if !work.pieces.contains(piece) {
        return Ok(None);
    }
    let one = One(Mutex::new(None));
    let settings = Settings { threads: NonZero::<usize>::MIN, ..*settings };
    // One lane: to look at all files for more would take longer than the piece.
    let shared = Shared::with_lanes(1, work, &settings, &one);
    Group::new(&shared).hash(&[piece], reader)?;
    reader.finish()?;
    drop(shared);
    Ok(one.0.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Keeps the only result.
struct One(Mutex<Option<PieceHash>>);

impl Observer for One {
    fn done(&self, _: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error> {
        *lock(&self.0) = Some(result?);
        Ok(())
    }
}

/// Stops the other threads where one panics: who waits for its pieces would wait for ever.
struct StopAtPanic<'a>(&'a AtomicBool);

impl Drop for StopAtPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// What the threads share.
pub(super) struct Shared<'a, O> {
    pub(super) work: &'a Work<'a>,
    pub(super) settings: &'a Settings<'a>,
    pub(super) observer: &'a O,
    pub(super) threads: usize,
    /// Pieces that a thread takes at once, at most.
    pub(super) lanes: usize,
    /// Chunks that a thread's buffer holds: with v1 one a lane; with v2 alone the lanes share it.
    pub(super) shares: usize,
    /// Bytes of a chunk, a multiple of [`BLOCK`].
    pub(super) chunk: usize,
    /// Where digests of whole files are wanted: how far they are.
    pub(super) pace: Pace,
    /// How far a lane is told ahead, in bytes.
    pub(super) window: u64,
    /// The pieces that no thread has taken.
    queue: Mutex<Queue>,
    /// A thread met an error; the others need not go on.
    failed: AtomicBool,
    /// The first error.
    error: Mutex<Option<Error>>,
}

impl<'a, O: Observer> Shared<'a, O> {
    fn new(work: &'a Work<'a>, settings: &'a Settings<'a>, observer: &'a O) -> Self {
        let lanes = match work.wanted {
            Wanted::V2(_) => MOST_LANES,
            Wanted::Hybrid(layout) if is_padding(layout) => PAD_LANES,
            _ => hash::lanes::<Sha1>().clamp(1, MOST_LANES),
        };
        Self::with_lanes(lanes, work, settings, observer)
    }

    fn with_lanes(
        lanes: usize,
        work: &'a Work<'a>,
        settings: &'a Settings<'a>,
        observer: &'a O,
    ) -> Self {
        let v1 = !matches!(work.wanted, Wanted::V2(_));
        let shares = if v1 { lanes } else { SHARES };
        let block = BLOCK as usize;
        let most = (MEMORY / shares / block).max(1);
        let threads = settings.threads.get().min(most).min(work.pieces.count() as usize).max(1);
        let chunk = (MEMORY / threads).min(BUFFER) / shares;
        let chunk = match v1 {
            true => chunk.min((work.pieces.piece_length() as usize).next_multiple_of(block)),
            false => chunk,
        };
        Self {
            work,
            settings,
            observer,
            threads,
            lanes,
            shares,
            chunk: (chunk / block * block).max(block),
            pace: Pace::default(),
            window: ahead::window(threads * shares),
            queue: Mutex::default(),
            failed: AtomicBool::new(false),
            error: Mutex::new(None),
        }
    }

    /// Hashes pieces until none is left, on one thread.
    fn turn(&self, reader: &mut impl Reader) -> Result<(), Error> {
        let mut group = Group::new(self);
        let (mut pieces, mut soon) = (Vec::new(), Vec::new());
        while !self.stopped() {
            self.take(&mut pieces, &mut soon);
            if pieces.is_empty() {
                break;
            }
            soon.drain(..).try_for_each(|range| ahead::tell(reader, range))?;
            group.hash(&pieces, reader)?;
        }
        reader.finish()
    }

    /// The next pieces that somebody wants: with v1 as many as are hashed side by side; with v2
    /// alone, whose blocks are hashed side by side, as many as fill the buffer.
    /// `soon` gets what is to be told.
    fn take(&self, pieces: &mut Vec<PieceIndex>, soon: &mut Vec<Range<u64>>) {
        let (start, end) = self.next_pieces(pieces, soon);
        if self.work.files.is_some() {
            self.pace.taken(start, end, || self.stopped());
        }
    }

    /// Where they begin, and where those begin that are left.
    fn next_pieces(&self, pieces: &mut Vec<PieceIndex>, soon: &mut Vec<Range<u64>>) -> (u64, u64) {
        pieces.clear();
        let all = self.work.pieces;
        let mut queue = lock(&self.queue);
        queue.fill(self, soon);
        // The last ones are shared out.
        let most = queue.left(all).div_ceil(self.threads).min(self.lanes);
        let mut room = (self.chunk * self.shares) as u64;
        while pieces.len() < most && room > 0 {
            let Some(piece) = queue.take() else { break };
            pieces.push(piece);
            if let Wanted::V2(layout) = self.work.wanted {
                let (start, length) = (all.offset(piece), all.length(piece));
                room = room.saturating_sub(stored::pads(layout, start, length.into()).data);
            }
        }
        let end = all.offset(queue.first()).min(all.total());
        (pieces.first().map_or(end, |first| all.offset(*first)), end)
    }

    pub(super) fn stopped(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.observer.cancelled()
    }

    fn fail(&self, error: Error) {
        self.failed.store(true, Ordering::Relaxed);
        lock(&self.error).get_or_insert(error);
    }
}

/// Whether pads are longer than what is between them.
fn is_padding(layout: &Layout) -> bool {
    let pads: u64 = layout.files().filter(|file| file.pad).map(|file| file.length).sum();
    pads > layout.total() / 2
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
