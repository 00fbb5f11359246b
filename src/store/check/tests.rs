use super::*;
use crate::store::{Files, Memory};
use crate::torrent::Layout;
use proptest::prelude::*;
use sha1::Digest;
use std::sync::Mutex;

const PIECE: u32 = 1000;

fn bytes(total: usize) -> Vec<u8> {
    (0..total).map(|i| (i * 31 / 7 + i / 256) as u8).collect()
}

fn hashes(bytes: &[u8], piece: u32) -> Vec<u8> {
    bytes.chunks(piece as usize).flat_map(sha1::Sha1::digest).collect()
}

fn run(storage: &dyn Storage, pieces: Pieces, hashes: &[u8]) -> Vec<u32> {
    let progress = Progress::default();
    let none = Bitfield::none(pieces.count());
    let have = check(storage, pieces, hashes, &none, 3, &progress).unwrap().unwrap();
    assert_eq!(progress.bytes.into_inner(), pieces.total(), "the progress ends at the total");
    have.iter().map(|piece| piece.0).collect()
}

proptest! {
    #[test]
    fn exactly_the_damaged_pieces_are_found(
        total in 1usize..60_000,
        damaged in proptest::collection::vec(any::<proptest::sample::Index>(), 0..10),
        length in any::<proptest::sample::Index>(),
    ) {
        let right = bytes(total);
        let pieces = Pieces::new(total as u64, PIECE).unwrap();
        let hashes = hashes(&right, PIECE);
        let mut stored = right.clone();
        for at in damaged {
            stored[at.index(total)] ^= 0x10;
        }
        stored.truncate(length.index(total) + 1);
        let expected: Vec<u32> = (0..pieces.count())
            .filter(|&piece| {
                let from = (piece * PIECE) as usize;
                let to = total.min(from + PIECE as usize);
                stored.get(from..to) == Some(&right[from..to])
            })
            .collect();
        let storage = Memory::new(total as u64);
        storage.write(0, &[&stored]).unwrap();
        prop_assert_eq!(run(&storage, pieces, &hashes), expected);
    }
}

/// Tells where it was read.
struct Watched<S> {
    inner: S,
    reads: Mutex<Vec<u64>>,
}

impl<S: Storage> Storage for Watched<S> {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.reads.lock().unwrap().push(offset);
        self.inner.read(offset, buffer)
    }

    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error> {
        self.inner.write(offset, buffers)
    }

    fn sync(&self) -> Result<(), Error> {
        self.inner.sync()
    }

    fn extents(&self, smallest_hole: u64) -> Result<Vec<Extent>, Error> {
        self.inner.extents(smallest_hole)
    }
}

fn watched<S>(inner: S) -> Watched<S> {
    Watched { inner, reads: Mutex::default() }
}

#[test]
fn an_empty_folder_is_checked_without_a_read() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::of((0..100).map(|i| (i.to_string(), 1 << 40))).unwrap();
    let pieces = Pieces::new(layout.total(), 1 << 30).unwrap();
    let files = watched(Files::folder(layout, folder.path().join("none")).unwrap());
    let hashes = vec![0; 20 * pieces.count() as usize];
    assert!(run(&files, pieces, &hashes).is_empty());
    assert!(files.reads.into_inner().unwrap().is_empty());
}

#[test]
fn a_piece_that_touches_a_missing_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::of([("a", 1500), ("gone", 10), ("b", 1490)]).unwrap();
    let files = watched(Files::folder(layout, folder.path().to_owned()).unwrap());
    let right = bytes(3000);
    files.write(0, &[&right]).unwrap();
    std::fs::remove_file(folder.path().join("gone")).unwrap();
    let pieces = Pieces::new(3000, PIECE).unwrap();
    assert_eq!(run(&files, pieces, &hashes(&right, PIECE)), [0, 2]);
    let mut reads = files.reads.into_inner().unwrap();
    reads.sort_unstable();
    assert_eq!(reads, [0, 2000]);
}

/// Zeros that are told, not read, in the middle of data.
struct Sparse(Memory);

impl Storage for Sparse {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.0.read(offset, buffer)
    }

    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error> {
        self.0.write(offset, buffers)
    }

    fn sync(&self) -> Result<(), Error> {
        self.0.sync()
    }

    fn extents(&self, _: u64) -> Result<Vec<Extent>, Error> {
        let extent = |range, content| Extent { range, content };
        Ok(vec![
            extent(0..1500, Content::Data),
            extent(1500..5000, Content::Zeros),
            extent(5000..5100, Content::Data),
            extent(5200..6500, Content::Zeros),
        ])
    }
}

#[test]
fn holes_have_the_hash_of_zeros_without_a_read() {
    let mut right = bytes(6500);
    right[1500..5000].fill(0);
    right[5200..].fill(0);
    let pieces = Pieces::new(6500, PIECE).unwrap();
    let storage = watched(Sparse(Memory::holding(right.clone())));
    // Of piece 5 a hundred bytes are told to be missing; piece 6 is short and all zeros.
    assert_eq!(run(&storage, pieces, &hashes(&right, PIECE)), [0, 1, 2, 3, 4, 6]);
    let mut reads = storage.reads.lock().unwrap().clone();
    reads.sort_unstable();
    assert_eq!(reads, [0, 1000], "only what is not known to be zeros");
    // The hole is there where something else should be.
    right[2500] = 1;
    right[6400] = 1;
    assert_eq!(run(&storage, pieces, &hashes(&right, PIECE)), [0, 1, 3, 4]);
}

#[test]
fn trusted_pieces_are_not_read() {
    let right = bytes(5000);
    let pieces = Pieces::new(5000, PIECE).unwrap();
    let storage = watched(Memory::holding(right.clone()));
    let mut trusted = Bitfield::none(5);
    trusted.insert(PieceIndex(1));
    trusted.insert(PieceIndex(4));
    let progress = Progress::default();
    let have = check(&storage, pieces, &hashes(&right, PIECE), &trusted, 1, &progress).unwrap();
    assert!(have.is_some_and(|have| have.is_full()));
    assert_eq!(storage.reads.into_inner().unwrap(), [0, 2000, 3000]);
    assert_eq!(progress.bytes.into_inner(), 5000);
}

#[test]
fn a_cancelled_check_says_nothing() {
    let right = bytes(5000);
    let pieces = Pieces::new(5000, PIECE).unwrap();
    let storage = watched(Memory::holding(right.clone()));
    let progress = Progress { cancelled: AtomicBool::new(true), ..Progress::default() };
    let none = Bitfield::none(5);
    let have = check(&storage, pieces, &hashes(&right, PIECE), &none, 2, &progress).unwrap();
    assert!(have.is_none());
    assert!(storage.reads.into_inner().unwrap().is_empty());
}

#[test]
fn what_cannot_be_read_is_an_error_and_not_damage() {
    let right = bytes(300_000);
    let pieces = Pieces::new(300_000, PIECE).unwrap();
    let storage = Memory::holding(right.clone()).unreadable_at(250_000);
    let none = Bitfield::none(300);
    let result = check(&storage, pieces, &hashes(&right, PIECE), &none, 2, &Progress::default());
    assert_eq!(result.unwrap_err().path.to_str(), Some(Memory::PATH));
}
