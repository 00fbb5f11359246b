//! Storage on threads, for the task that owns a torrent: that task never waits for a disk and never
//! hashes.
//!
//! Each piece belongs to one thread (its number modulo their count), so what is done to a piece is
//! done in the order it was asked for, and nothing of a piece is shared. Jobs and answers travel in
//! batches: one lock and at most one wake for all that a turn of the driver's loop queued.

mod pool;
mod worker;

#[cfg(test)]
mod tests;

use crate::store::{Error, Storage};
use crate::swarm::PeerKey;
use crate::torrent::{BlockRequest, PieceIndex, Pieces};
use bytes::Bytes;
use pool::Pool;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::{io, thread};
use tokio::sync::Notify;

/// So many bytes queued for writing, and [`Backlog::ready`] makes its callers wait.
const HIGH_WATER: usize = 8 * 1024 * 1024;

/// Below so many bytes queued those callers go on.
const LOW_WATER: usize = HIGH_WATER / 2;

/// Writes of so many bytes are handed over without waiting for [`Disk::flush`].
const BATCH: usize = 256 * 1024;

/// An answer to the task that owns the torrent.
#[derive(Debug)]
pub enum Done {
    /// [`Disk::verify`]: whether the piece has its hash.
    Verified(PieceIndex, bool),
    /// [`Disk::read`]: the block.
    Read {
        /// As given.
        peer: PeerKey,
        /// As given.
        block: BlockRequest,
        /// A slice of a buffer that is used again once all slices of it are dropped.
        data: Bytes,
    },
    /// [`Disk::read`]: the block could not be read. Other blocks may still be.
    Unread {
        /// As given.
        peer: PeerKey,
        /// As given.
        block: BlockRequest,
        /// Why; shared by the blocks that were read at once.
        error: Arc<Error>,
    },
    /// Storing failed, a full disk for one. Told once, however many blocks it hits; from then on
    /// writes are dropped. A piece that lost a block to this is never answered for, since no peer is
    /// to blame; one that was wholly written still is. Told in place of [`Done::Synced`] too.
    Failed(Error),
    /// [`Disk::sync`]: all that was queued before it is on the disk.
    Synced,
}

/// The front of the disk threads.
///
/// Dropping it carries out what is queued and waits for the threads to end, which is at once where
/// nothing is queued.
#[derive(Debug)]
pub struct Disk {
    lanes: Vec<Lane>,
    shared: Arc<Shared>,
    /// Bytes of writes that were queued since the last flush.
    unflushed: usize,
}

/// A thread, its queue, and the jobs that are about to be put there.
#[derive(Debug)]
struct Lane {
    pending: VecDeque<Job>,
    inbox: Arc<Inbox>,
    thread: Option<JoinHandle<()>>,
}

/// Something for a disk thread to do.
#[derive(Debug)]
enum Job {
    Write {
        piece: PieceIndex,
        begin: u32,
        data: Bytes,
    },
    Verify(PieceIndex),
    Read {
        peer: PeerKey,
        block: BlockRequest,
    },
    /// The thread that counts this down to nothing does the work: the others are done then.
    Sync(Arc<AtomicUsize>),
}

/// What a thread waits on.
#[derive(Default, Debug)]
struct Inbox {
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default, Debug)]
struct Queue {
    jobs: VecDeque<Job>,
    /// The thread waits, and nobody woke it yet.
    idle: bool,
    /// No more jobs come.
    closed: bool,
}

/// What all threads share.
struct Shared {
    storage: Arc<dyn Storage>,
    pieces: Pieces,
    hashes: Bytes,
    pool: Arc<Pool>,
    failed: AtomicBool,
    backlog: Backlog,
    outbox: Arc<Outbox>,
}

#[derive(Default, Debug)]
struct Outbox {
    done: Mutex<Vec<Done>>,
    filled: Notify,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("backlog", &self.backlog).finish_non_exhaustive()
    }
}

impl Disk {
    /// Starts `threads` threads (at least one) over the storage. `hashes` are the piece hashes of
    /// the metainfo, 20 bytes each.
    pub fn start(
        storage: Arc<dyn Storage>,
        pieces: Pieces,
        hashes: Bytes,
        threads: usize,
    ) -> io::Result<(Self, Completions)> {
        let outbox = Arc::<Outbox>::default();
        let shared = Arc::new(Shared {
            storage,
            pieces,
            hashes,
            pool: Arc::default(),
            failed: AtomicBool::new(false),
            backlog: Backlog(Arc::default()),
            outbox: Arc::clone(&outbox),
        });
        let mut disk = Self { lanes: Vec::new(), shared, unflushed: 0 };
        for number in 0..threads.max(1) {
            let inbox = Arc::<Inbox>::default();
            let (shared, theirs) = (Arc::clone(&disk.shared), Arc::clone(&inbox));
            let thread = thread::Builder::new()
                .name(format!("disk-{number}"))
                .spawn(move || worker::run(&shared, &theirs))?;
            disk.lanes.push(Lane { pending: VecDeque::new(), inbox, thread: Some(thread) });
        }
        Ok((disk, Completions(outbox)))
    }

    /// Stores a block that lies inside its piece. `data` is held, with the buffer that it is a slice
    /// of, until it is written.
    pub fn write(&mut self, piece: PieceIndex, begin: u32, data: Bytes) {
        let length = data.len();
        self.shared.backlog.0.queued.fetch_add(length, Ordering::Relaxed);
        self.queue(piece, Job::Write { piece, begin, data });
        self.unflushed += length;
        if self.unflushed >= BATCH {
            self.flush();
        }
    }

    /// Compares the hash of a piece whose blocks were all written, by this process or before it.
    pub fn verify(&mut self, piece: PieceIndex) {
        self.queue(piece, Job::Verify(piece));
    }

    /// Reads a block that lies inside its piece. Consecutive blocks for one peer, queued one after
    /// the other, are read at once.
    pub fn read(&mut self, peer: PeerKey, block: BlockRequest) {
        self.queue(block.piece, Job::Read { peer, block });
    }

    /// Brings all that was queued so far to the disk.
    pub fn sync(&mut self) {
        let left = Arc::new(AtomicUsize::new(self.lanes.len()));
        for lane in &mut self.lanes {
            lane.pending.push_back(Job::Sync(Arc::clone(&left)));
        }
    }

    /// Hands over what was queued. To be called before the caller waits for anything.
    pub fn flush(&mut self) {
        self.unflushed = 0;
        for lane in &mut self.lanes {
            if !lane.pending.is_empty() {
                lane.inbox.put(&mut lane.pending);
            }
        }
    }

    /// How much is queued for writing.
    pub fn backlog(&self) -> Backlog {
        self.shared.backlog.clone()
    }

    fn queue(&mut self, piece: PieceIndex, job: Job) {
        let lane = piece.0 as usize % self.lanes.len().max(1);
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.pending.push_back(job);
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.flush();
        for lane in &self.lanes {
            lock(&lane.inbox.queue).closed = true;
            lane.inbox.filled.notify_one();
        }
        for thread in self.lanes.iter_mut().filter_map(|lane| lane.thread.take()) {
            // A thread that panicked has nothing more to wait for.
            let _ = thread.join();
        }
    }
}

impl Inbox {
    fn put(&self, jobs: &mut VecDeque<Job>) {
        let mut queue = lock(&self.queue);
        if queue.jobs.is_empty() {
            std::mem::swap(&mut queue.jobs, jobs);
        } else {
            queue.jobs.append(jobs);
        }
        let wake = std::mem::take(&mut queue.idle);
        drop(queue);
        if wake {
            self.filled.notify_one();
        }
    }

    /// Waits for jobs and takes them all into the empty `batch`; `false`: no more come.
    fn take(&self, batch: &mut VecDeque<Job>) -> bool {
        let mut queue = lock(&self.queue);
        while queue.jobs.is_empty() {
            if queue.closed {
                return false;
            }
            queue.idle = true;
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.idle = false;
        std::mem::swap(&mut queue.jobs, batch);
        true
    }
}

/// The answers of the disk threads, for one task.
#[derive(Debug)]
pub struct Completions(Arc<Outbox>);

impl Completions {
    /// Waits until there are answers and appends all of them. Nothing is lost where the future is
    /// dropped.
    pub async fn next(&mut self, batch: &mut Vec<Done>) {
        while !self.take(batch) {
            self.0.filled.notified().await;
        }
    }

    /// Appends the answers that are there; whether there were any.
    pub fn take(&mut self, batch: &mut Vec<Done>) -> bool {
        let mut done = lock(&self.0.done);
        let any = !done.is_empty();
        batch.append(&mut done);
        any
    }
}

/// How much is queued for writing, and the wait until it is less: whoever reads from sockets asks
/// before it reads more, so that a slow disk slows the peers down instead of filling memory.
#[derive(Clone, Debug)]
pub struct Backlog(Arc<Gauge>);

#[derive(Default, Debug)]
struct Gauge {
    queued: AtomicUsize,
    drained: Notify,
}

impl Backlog {
    /// Bytes.
    pub fn queued(&self) -> usize {
        self.0.queued.load(Ordering::Relaxed)
    }

    /// Returns at once below the high-water mark (8 MiB), else when the queue has fallen below half
    /// of it.
    pub async fn ready(&self) {
        if self.queued() < HIGH_WATER {
            return;
        }
        loop {
            let mut drained = pin!(self.0.drained.notified());
            // From here on no fall below the mark goes unnoticed.
            drained.as_mut().enable();
            if self.queued() < LOW_WATER {
                return;
            }
            drained.await;
        }
    }

    fn written(&self, bytes: usize) {
        let before = self.0.queued.fetch_sub(bytes, Ordering::AcqRel);
        if before >= LOW_WATER && before.saturating_sub(bytes) < LOW_WATER {
            self.0.drained.notify_waiters();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
