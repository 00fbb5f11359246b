use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn hash(seed: u8) -> PieceHash {
    PieceHash { v1: Some([seed; 20]), v2: Some([seed ^ 0xff; 32]) }
}

fn pieces(count: u64) -> Pieces {
    Pieces::new(count * 16384, 16384).unwrap()
}

type Known = BTreeMap<u32, PieceHash>;

/// Opens the journal; every piece is described by `seed`.
fn open(
    path: &Path,
    count: u64,
    seed: u8,
) -> (Journal<impl Fn(PieceIndex) -> Description + use<>>, Known) {
    let mut known = Known::new();
    let describe = move |_: PieceIndex| Some([seed; 20]);
    let opened = Journal::open(path, pieces(count), Version::Hybrid, describe, |piece, hash| {
        known.insert(piece.0, hash);
    });
    match opened.unwrap() {
        Opened::Journal(journal) => (journal, known),
        Opened::Busy => panic!("busy"),
    }
}

fn write(path: &Path, count: u64, recorded: impl Iterator<Item = u32>) {
    let (journal, _) = open(path, count, 1);
    for piece in recorded {
        journal.record(PieceIndex(piece), &hash(piece as u8));
    }
    assert!(journal.close().1.is_none());
}

#[test]
fn what_was_finished_is_known_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("states/a");
    write(&path, 10, [3, 0, 7].into_iter());
    write(&path, 10, [9].into_iter());
    let (journal, known) = open(&path, 10, 1);
    assert_eq!(known, [0, 3, 7, 9].map(|piece| (piece, hash(piece as u8))).into());
    journal.close().0.remove().unwrap();
    assert!(!path.exists());
    assert_eq!(open(&path, 10, 1).1, Known::new());
}

#[test]
fn what_has_changed_is_not_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, 10, 0..10);
    // Pieces that are no more.
    assert_eq!(open(&path, 4, 1).1.len(), 4);
    // Other files.
    assert_eq!(open(&path, 10, 2).1, Known::new());
    // Of no use any more: it begins anew.
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    write(&path, 10, 0..10);
    // Nobody can say what a piece consists of.
    let mut known = 0;
    let opened = Journal::open(&path, pieces(10), Version::Hybrid, |_| None, |_, _| known += 1);
    let Opened::Journal(journal) = opened.unwrap() else { panic!() };
    journal.record(PieceIndex(1), &hash(1));
    assert!(journal.close().1.is_none());
    assert_eq!((known, open(&path, 10, 1).1.len()), (0, 0));
}

#[test]
fn hashes_of_another_version_are_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let (journal, _) = open(&path, 10, 1);
    journal.record(PieceIndex(0), &PieceHash { v1: Some([0; 20]), v2: None });
    journal.record(PieceIndex(1), &hash(1));
    assert!(journal.close().1.is_none());
    assert_eq!(open(&path, 10, 1).1, [(1, hash(1))].into());
}

#[test]
fn one_process_writes_it_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let first = open(&path, 10, 1);
    let again = Journal::open(&path, pieces(10), Version::Hybrid, |_| Some([1; 20]), |_, _| {});
    assert!(matches!(again, Ok(Opened::Busy)));
    drop(first);
    open(&path, 10, 1);
}

#[test]
fn records_are_written_before_they_are_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let (journal, _) = open(&path, 2_000, 1);
    for piece in 0..1_000 {
        journal.record(PieceIndex(piece), &hash(piece as u8));
    }
    // 512 pieces of 16 KiB are 8 MiB.
    let record = 4 + 20 + 32 + 16;
    assert_eq!(fs::metadata(&path).unwrap().len(), 16 + 512 * record);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = open(&folder.path().join("a"), 10, 1);
    journal.state.lock().unwrap().file = File::options().write(true).open("/dev/full").unwrap();
    journal.record(PieceIndex(0), &hash(0));
    let (_, error) = journal.close();
    let error = error.unwrap();
    assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
}

proptest! {
    /// A kill or a loss of power leaves anything behind the last record that was written whole.
    #[test]
    fn a_torn_end_costs_its_own_records_alone(cut in 0usize..800, tail in proptest::collection::vec(any::<u8>(), 0..100)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, 10, 0..10);
        let written = fs::read(&path).unwrap();
        let mut bytes = written.clone();
        bytes.truncate(cut);
        bytes.extend(tail);
        fs::write(&path, &bytes).unwrap();
        // What was left behind may happen to be what was there.
        let same = written.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
        let whole = same.saturating_sub(16) / 72;
        let (journal, known) = open(&path, 10, 1);
        let expected: Known = (0..whole as u32).map(|piece| (piece, hash(piece as u8))).collect();
        prop_assert_eq!(&known, &expected);
        // It goes on behind them.
        journal.record(PieceIndex(9), &hash(9));
        assert!(journal.close().1.is_none());
        prop_assert!(open(&path, 10, 1).1.contains_key(&9));
    }

    /// No damage makes a wrong hash known.
    #[test]
    fn a_garbled_byte_costs_its_record_alone(at in 16usize..736, flip in 1u8..) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, 10, 0..10);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= flip;
        fs::write(&path, &bytes).unwrap();
        let lost = (at - 16) / 72;
        let expected: Known =
            (0..10).filter(|piece| *piece != lost as u32).map(|piece| (piece, hash(piece as u8))).collect();
        prop_assert_eq!(open(&path, 10, 1).1, expected);
    }
}
