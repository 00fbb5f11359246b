use super::*;
use crate::store::{Extent, Memory};
use crate::torrent::BLOCK;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use sha1::{Digest, Sha1};
use std::collections::HashMap;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn random(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    StdRng::seed_from_u64(seed).fill(&mut bytes[..]);
    bytes
}

fn hashes(bytes: &[u8], piece: u32) -> Bytes {
    bytes.chunks(piece as usize).flat_map(Sha1::digest).collect()
}

/// A torrent of `total` random bytes.
fn torrent(total: usize, piece: u32) -> (Vec<u8>, Pieces, Bytes) {
    let bytes = random(total, 7);
    let pieces = Pieces::new(total as u64, piece).unwrap();
    let hashes = hashes(&bytes, piece);
    (bytes, pieces, hashes)
}

fn slice(bytes: &[u8], pieces: Pieces, block: BlockRequest) -> Bytes {
    let at = usize::try_from(pieces.offset(block.piece)).unwrap() + block.begin as usize;
    Bytes::copy_from_slice(&bytes[at..at + block.length as usize])
}

/// All answers until everything that was queued is done.
fn settle(disk: &mut Disk, done: &mut Completions) -> Vec<Done> {
    disk.sync();
    disk.flush();
    let mut all = Vec::new();
    while !matches!(all.last(), Some(Done::Synced)) {
        block_on(done.next(&mut all));
    }
    all.pop();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn blocks_in_any_order_through_any_number_of_threads(
        total in 1usize..200_000,
        piece in 1u32..50_000,
        threads in 0usize..4,
        seed in any::<u64>(),
        spoiled in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let piece = piece.max(u32::try_from(total / 500).unwrap() + 1);
        let (bytes, pieces, hashes) = torrent(total, piece);
        let storage = Arc::new(Memory::holding(vec![0; total]));
        let (mut disk, mut done) = Disk::start(storage.clone(), pieces, hashes, threads).unwrap();
        let mut order: Vec<_> = pieces
            .iter()
            .flat_map(|piece| (0..pieces.blocks(piece)).map(move |number| pieces.block(piece, number)))
            .collect();
        let bad = spoiled.map(|which| order[which.index(order.len())]);
        order.shuffle(&mut StdRng::seed_from_u64(seed));
        let mut left: HashMap<_, _> = pieces.iter().map(|p| (p, pieces.blocks(p))).collect();
        for (number, block) in order.into_iter().enumerate() {
            let mut data = slice(&bytes, pieces, block).to_vec();
            if Some(block) == bad {
                data[0] ^= 1;
            }
            disk.write(block.piece, block.begin, data.into());
            let left = left.get_mut(&block.piece).unwrap();
            *left -= 1;
            if *left == 0 {
                disk.verify(block.piece);
            }
            if number % 3 == 0 {
                disk.flush();
            }
        }
        let mut verified = HashMap::new();
        for answer in settle(&mut disk, &mut done) {
            let Done::Verified(piece, right) = answer else { panic!("{answer:?}") };
            prop_assert!(verified.insert(piece, right).is_none(), "answered twice");
        }
        let expected = pieces.iter().map(|p| (p, bad.is_none_or(|bad| bad.piece != p))).collect();
        prop_assert_eq!(verified, expected);
        prop_assert_eq!(disk.backlog().queued(), 0);
        if bad.is_none() {
            prop_assert_eq!(storage.bytes(), bytes);
        }
    }
}

#[test]
fn a_piece_that_failed_is_judged_anew() {
    let (bytes, pieces, hashes) = torrent(3 * BLOCK as usize, 3 * BLOCK);
    let storage = Arc::new(Memory::new(pieces.total()));
    let (mut disk, mut done) = Disk::start(storage, pieces, hashes, 1).unwrap();
    let piece = PieceIndex(0);
    for wrong in [true, false] {
        for number in 0..3 {
            let block = pieces.block(piece, number);
            let mut data = slice(&bytes, pieces, block).to_vec();
            data[5] ^= u8::from(wrong && number == 1);
            disk.write(piece, block.begin, data.into());
        }
        disk.verify(piece);
        let answers = settle(&mut disk, &mut done);
        let [Done::Verified(PieceIndex(0), right)] = answers[..] else { panic!("{answers:?}") };
        assert_eq!(right, !wrong);
    }
}

#[test]
fn a_full_disk_is_told_once_and_blames_no_peer() {
    let (bytes, pieces, hashes) = torrent(8 * BLOCK as usize, 2 * BLOCK);
    // Room for the first piece and a half.
    let storage = Arc::new(Memory::new(pieces.total()).full_at(3 * u64::from(BLOCK)));
    let (mut disk, mut done) = Disk::start(storage.clone(), pieces, hashes, 2).unwrap();
    for piece in pieces.iter() {
        for number in 0..2 {
            let block = pieces.block(piece, number);
            disk.write(piece, block.begin, slice(&bytes, pieces, block));
            disk.flush();
        }
        // What the others wait for must be written before they fail.
        if piece == PieceIndex(0) {
            assert!(settle(&mut disk, &mut done).is_empty());
        }
    }
    for piece in pieces.iter() {
        disk.verify(piece);
    }
    let mut answers = settle(&mut disk, &mut done);
    let failed: Vec<_> = answers.extract_if(.., |a| matches!(a, Done::Failed(_))).collect();
    let [Done::Failed(error)] = &failed[..] else { panic!("{failed:?}") };
    assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
    assert_eq!(error.path.to_str(), Some(Memory::PATH));
    let [Done::Verified(PieceIndex(0), true)] = answers[..] else { panic!("{answers:?}") };
    assert_eq!(disk.backlog().queued(), 0, "what was dropped is no longer queued");
    assert_eq!(storage.bytes()[..2 * BLOCK as usize], bytes[..2 * BLOCK as usize]);
}

/// Counts the calls that reach the storage.
struct Counting {
    inner: Memory,
    reads: Mutex<Vec<usize>>,
    writes: Mutex<Vec<usize>>,
}

impl Counting {
    fn over(inner: Memory) -> Arc<Self> {
        Arc::new(Self { inner, reads: Mutex::default(), writes: Mutex::default() })
    }
}

impl Storage for Counting {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        lock(&self.reads).push(buffer.len());
        self.inner.read(offset, buffer)
    }

    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error> {
        lock(&self.writes).push(buffers.iter().map(|buffer| buffer.len()).sum());
        self.inner.write(offset, buffers)
    }

    fn sync(&self) -> Result<(), Error> {
        self.inner.sync()
    }

    fn extents(&self, smallest_hole: u64) -> Result<Vec<Extent>, Error> {
        self.inner.extents(smallest_hole)
    }
}

#[test]
fn consecutive_blocks_are_written_at_once_and_hashed_without_a_read() {
    let (bytes, pieces, hashes) = torrent(20 * BLOCK as usize + 9, 16 * BLOCK);
    let storage = Counting::over(Memory::new(pieces.total()));
    let (mut disk, mut done) = Disk::start(storage.clone(), pieces, hashes, 1).unwrap();
    for piece in pieces.iter() {
        for number in 0..pieces.blocks(piece) {
            let block = pieces.block(piece, number);
            disk.write(piece, block.begin, slice(&bytes, pieces, block));
        }
        disk.flush();
    }
    for piece in pieces.iter() {
        disk.verify(piece);
    }
    let answers = settle(&mut disk, &mut done);
    assert_eq!(answers.len(), 2);
    assert!(answers.iter().all(|answer| matches!(answer, Done::Verified(_, true))));
    let writes = lock(&storage.writes).clone();
    assert!(writes.len() <= 2, "one call a batch, or one for both: {writes:?}");
    assert_eq!(writes.iter().sum::<usize>(), bytes.len());
    assert!(lock(&storage.reads).is_empty(), "nothing was read back");
    assert_eq!(storage.inner.bytes(), bytes);
}

#[test]
fn consecutive_reads_of_a_peer_become_one() {
    let (bytes, pieces, hashes) = torrent(40 * BLOCK as usize, 32 * BLOCK);
    let storage = Counting::over(Memory::holding(bytes.clone()));
    let (mut disk, mut done) = Disk::start(storage.clone(), pieces, hashes, 1).unwrap();
    let blocks = |piece: u32, numbers: std::ops::Range<u32>| {
        numbers.map(move |number| pieces.block(PieceIndex(piece), number))
    };
    // A run, the same blocks for another peer, a gap, another piece, more than one run may hold.
    let asked: Vec<(PeerKey, BlockRequest)> = blocks(0, 0..3)
        .map(|block| (PeerKey(1), block))
        .chain(blocks(0, 3..5).map(|block| (PeerKey(2), block)))
        .chain(blocks(0, 9..10).map(|block| (PeerKey(2), block)))
        .chain(blocks(1, 0..1).map(|block| (PeerKey(2), block)))
        .chain(blocks(0, 10..27).map(|block| (PeerKey(2), block)))
        .collect();
    for &(peer, block) in &asked {
        disk.read(peer, block);
    }
    let answers = settle(&mut disk, &mut done);
    let mut got = Vec::new();
    for answer in answers {
        let Done::Read { peer, block, data } = answer else { panic!("{answer:?}") };
        assert_eq!(data, slice(&bytes, pieces, block));
        got.push((peer, block));
    }
    assert_eq!(got, asked, "in the order they were asked for");
    let block = BLOCK as usize;
    assert_eq!(*lock(&storage.reads), [3, 2, 1, 1, 16, 1].map(|blocks| blocks * block));
}

#[test]
fn a_block_that_cannot_be_read_does_not_stop_the_others() {
    let (bytes, pieces, hashes) = torrent(4 * BLOCK as usize, 2 * BLOCK);
    let storage = Memory::holding(bytes.clone()).unreadable_at(2 * u64::from(BLOCK));
    let (mut disk, mut done) = Disk::start(Arc::new(storage), pieces, hashes, 1).unwrap();
    for piece in [1, 0] {
        disk.read(PeerKey(5), pieces.block(PieceIndex(piece), 0));
    }
    let answers = settle(&mut disk, &mut done);
    let [Done::Unread { peer, block, error }, Done::Read { data, .. }] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!((*peer, block.piece), (PeerKey(5), PieceIndex(1)));
    assert!(error.to_string().starts_with(Memory::PATH));
    assert_eq!(data[..], bytes[..BLOCK as usize]);
}

#[test]
fn what_cannot_be_read_back_is_our_trouble_and_not_a_wrong_hash() {
    let (_, pieces, hashes) = torrent(4 * BLOCK as usize, 2 * BLOCK);
    let storage = Memory::holding(vec![0; 4 * BLOCK as usize]).unreadable_at(0);
    let (mut disk, mut done) = Disk::start(Arc::new(storage), pieces, hashes, 1).unwrap();
    disk.verify(PieceIndex(1));
    let answers = settle(&mut disk, &mut done);
    assert!(matches!(answers[..], [Done::Failed(_)]), "{answers:?}");
}

/// Lets a write through each time it is told to.
struct Gated {
    inner: Memory,
    gate: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Storage for Gated {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.inner.read(offset, buffer)
    }

    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error> {
        lock(&self.gate).recv().unwrap();
        self.inner.write(offset, buffers)
    }

    fn sync(&self) -> Result<(), Error> {
        self.inner.sync()
    }
}

#[test]
fn a_slow_disk_holds_the_readers_back_until_half_is_written() {
    let piece = 1 << 20;
    let (bytes, pieces, hashes) = torrent(9 << 20, piece);
    let (open, gate) = std::sync::mpsc::channel();
    let storage = Gated { inner: Memory::new(pieces.total()), gate: Mutex::new(gate) };
    let (mut disk, mut done) = Disk::start(Arc::new(storage), pieces, hashes, 1).unwrap();
    let backlog = disk.backlog();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    for piece in pieces.iter() {
        let ready = pin!(backlog.ready()).poll(&mut cx).is_ready();
        assert_eq!(ready, backlog.queued() < HIGH_WATER);
        // Pieces are not joined in one write where there are more than WRITE_RUN blocks between.
        for number in 0..pieces.blocks(piece) {
            let block = pieces.block(piece, number);
            disk.write(piece, block.begin, slice(&bytes, pieces, block));
        }
        disk.flush();
    }
    assert_eq!(backlog.queued(), 9 << 20);
    let waiting = backlog.clone();
    let mut waiting = pin!(waiting.ready());
    assert!(waiting.as_mut().poll(&mut cx).is_pending());
    // All gates open: the wait ends, and what was written is right.
    (0..9 * 64).for_each(|_| open.send(()).unwrap());
    block_on(waiting);
    assert!(backlog.queued() < LOW_WATER);
    pieces.iter().for_each(|piece| disk.verify(piece));
    let answers = settle(&mut disk, &mut done);
    assert_eq!(answers.len(), 9);
    assert!(answers.iter().all(|answer| matches!(answer, Done::Verified(_, true))));
}

#[test]
fn dropping_the_disk_writes_what_was_queued() {
    let (bytes, pieces, hashes) = torrent(50 * BLOCK as usize, BLOCK);
    let storage = Arc::new(Memory::new(pieces.total()));
    let (mut disk, _done) = Disk::start(storage.clone(), pieces, hashes, 3).unwrap();
    for piece in pieces.iter() {
        disk.write(piece, 0, slice(&bytes, pieces, pieces.block(piece, 0)));
    }
    drop(disk);
    assert_eq!(storage.bytes(), bytes);
}
