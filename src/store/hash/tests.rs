use super::*;
use crate::store::{Memory, Stored};
use crate::torrent::{Attributes, BLOCK, LayoutBuilder};
use proptest::prelude::*;
use proptest::sample::Index;
use sha1::Digest;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Files end to end, or each at a piece's start.
fn layout(lengths: &[u64], align: Option<u32>) -> Layout {
    let mut files = LayoutBuilder::new();
    for (number, &length) in lengths.iter().enumerate() {
        files.push([number.to_string()], length, Attributes::default()).unwrap();
        let pad = align.map_or(0, |piece| length.next_multiple_of(piece.into()) - length);
        if pad > 0 && number + 1 < lengths.len() {
            files.push_pad(pad).unwrap();
        }
    }
    files.build()
}

/// The layout's bytes: something in files, zeros in pads.
fn content(layout: &Layout) -> Vec<u8> {
    let mut bytes = Vec::new();
    for file in layout.files() {
        let from = bytes.len();
        let at = |i: usize| (i.wrapping_mul(2_654_435_761) >> 13) as u8;
        let to = from + usize::try_from(file.length).unwrap();
        bytes.extend((from..to).map(|i| if file.pad { 0 } else { at(i) }));
    }
    bytes
}

fn v1(bytes: &[u8], piece: u32) -> Vec<[u8; 20]> {
    bytes.chunks(piece as usize).map(|piece| sha1::Sha1::digest(piece).into()).collect()
}

/// By the BEP's words: each file's tree with all its leaves, cut at the pieces' level.
fn v2(layout: &Layout, bytes: &[u8], piece: u32) -> Vec<[u8; 32]> {
    let mut hashes = Vec::new();
    for (number, file) in layout.files().enumerate() {
        if file.pad || file.length == 0 {
            continue;
        }
        let range = layout.range(number).unwrap();
        let bytes = &bytes[range.start as usize..range.end as usize];
        let leaf = |block: &[u8]| <[u8; 32]>::from(sha2::Sha256::digest(block));
        let mut leaves: Vec<_> = bytes.chunks(BLOCK as usize).map(leaf).collect();
        let pieces = bytes.len().div_ceil(piece as usize);
        let per_piece = (piece / BLOCK) as usize;
        let whole = if pieces > 1 { pieces * per_piece } else { leaves.len().next_power_of_two() };
        leaves.resize(whole, [0; 32]);
        for mut piece in leaves.chunks(per_piece.min(whole)).map(<[_]>::to_vec) {
            while piece.len() > 1 {
                let root = |two: &[[u8; 32]]| sha2::Sha256::digest(two.as_flattened()).into();
                piece = piece.chunks(2).map(root).collect();
            }
            hashes.push(piece[0]);
        }
    }
    hashes
}

/// What a run told.
#[derive(Default)]
struct Told {
    done: Mutex<BTreeMap<u32, Result<PieceHash, Error>>>,
    bytes: AtomicU64,
    skipped: Vec<u32>,
    files: Mutex<BTreeMap<usize, FileDigests>>,
}

impl Observer for Told {
    fn wants(&self, piece: PieceIndex) -> bool {
        !self.skipped.contains(&piece.0)
    }

    fn advanced(&self, read: u64, zeros: u64) {
        self.bytes.fetch_add(read + zeros, Ordering::Relaxed);
    }

    fn done(&self, piece: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error> {
        assert!(self.done.lock().unwrap().insert(piece.0, result).is_none(), "told once");
        Ok(())
    }

    fn file(&self, file: usize, digests: FileDigests) {
        assert!(self.files.lock().unwrap().insert(file, digests).is_none(), "told once");
    }
}

fn settings(threads: usize) -> Settings<'static> {
    Settings::threads(NonZero::new(threads).unwrap())
}

fn lengths() -> impl Strategy<Value = Vec<u64>> {
    let length = prop_oneof![
        3 => 0u64..200,
        3 => 0u64..100_000,
        1 => (0u64..8).prop_map(|blocks| blocks * u64::from(BLOCK)),
        1 => 100_000u64..600_000,
    ];
    proptest::collection::vec(length, 1..12)
        .prop_filter("not empty", |all| all.iter().sum::<u64>() > 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn v1_is_what_each_piece_hashed_alone_gives(
        lengths in lengths(),
        piece in prop_oneof![Just(16384u32), Just(65536), 1000u32..300_000],
        threads in 1usize..5,
        pads in any::<bool>(),
        skipped in proptest::collection::vec(any::<Index>(), 0..4),
    ) {
        let layout = layout(&lengths, pads.then_some(piece));
        let bytes = content(&layout);
        let pieces = Pieces::new(layout.total(), piece).unwrap();
        let skip = |index: &Index| u32::try_from(index.index(pieces.count() as usize)).unwrap();
        let told = Told { skipped: skipped.iter().map(skip).collect(), ..Told::default() };
        let memory = Memory::holding(bytes.clone());
        let work = Work { pieces, wanted: Wanted::V1, files: None };
        run(&work, &settings(threads), || Stored::new(&memory, &layout), &told).unwrap();
        let mut sum = 0;
        for (number, hash) in (0..).zip(v1(&bytes, piece)) {
            match told.done.lock().unwrap().remove(&number) {
                None => prop_assert!(told.skipped.contains(&number)),
                Some(told) => {
                    prop_assert_eq!(told.unwrap(), PieceHash { v1: Some(hash), v2: None });
                    sum += u64::from(pieces.length(PieceIndex(number)));
                }
            }
        }
        prop_assert_eq!(told.bytes.into_inner(), sum);
    }

    #[test]
    fn v2_and_both_are_what_each_file_hashed_alone_gives(
        lengths in lengths(),
        piece in (14u32..20).prop_map(|log| 1u32 << log),
        threads in 1usize..5,
    ) {
        let layout = layout(&lengths, Some(piece));
        let bytes = content(&layout);
        let pieces = Pieces::new(layout.total(), piece).unwrap();
        // Pads lie about what is there: they must not be read.
        let mut stored = bytes.clone();
        for (number, _) in layout.files().enumerate().filter(|(_, file)| file.pad) {
            let range = layout.range(number).unwrap();
            stored[range.start as usize..range.end as usize].fill(9);
        }
        let memory = Memory::holding(stored);
        let (v1, v2) = (v1(&bytes, piece), v2(&layout, &bytes, piece));
        for wanted in [Wanted::V2(&layout), Wanted::Hybrid(&layout)] {
            let work = Work { pieces, wanted, files: None };
            let advanced = AtomicU64::new(0);
            let reader = || Stored::new(&memory, &layout);
            let hashes = all(&work, &settings(threads), reader, |read, zeros| {
                advanced.fetch_add(read + zeros, Ordering::Relaxed);
            });
            let hashes = hashes.unwrap();
            prop_assert_eq!(&hashes.v2, &v2);
            let v1 = if matches!(wanted, Wanted::V2(_)) { &[][..] } else { &v1 };
            prop_assert_eq!(&hashes.v1, v1);
            prop_assert_eq!(advanced.into_inner(), layout.total());
        }
    }

    #[test]
    fn only_pieces_that_cannot_be_read_fail(
        total in 1u64..400_000,
        there in any::<Index>(),
        threads in 1usize..4,
    ) {
        let layout = layout(&[total], None);
        let bytes = content(&layout);
        let there = there.index(bytes.len());
        let memory = Memory::new(total);
        crate::store::Storage::write(&memory, 0, &[&bytes[..there]]).unwrap();
        let pieces = Pieces::new(total, 16384).unwrap();
        let (told, v1) = (Told::default(), v1(&bytes, 16384));
        let work = Work { pieces, wanted: Wanted::V1, files: None };
        run(&work, &settings(threads), || Stored::new(&memory, &layout), &told).unwrap();
        let done = told.done.into_inner().unwrap();
        prop_assert_eq!(done.len(), v1.len());
        for (number, result) in done {
            let end = pieces.offset(PieceIndex(number)) + u64::from(pieces.length(PieceIndex(number)));
            match result {
                Ok(hash) => {
                    prop_assert!(end <= there as u64);
                    prop_assert_eq!(hash.v1, Some(v1[number as usize]));
                }
                Err(error) => {
                    prop_assert!(end > there as u64);
                    prop_assert_eq!(error.source.kind(), io::ErrorKind::UnexpectedEof);
                }
            }
        }
        prop_assert_eq!(told.bytes.into_inner(), total);
    }
}

#[test]
fn a_piece_of_several_files_has_no_root() {
    let layout = layout(&[100, 100], None);
    let memory = Memory::holding(content(&layout));
    let pieces = Pieces::new(200, 16384).unwrap();
    let work = Work { pieces, wanted: Wanted::Hybrid(&layout), files: None };
    let told = Told::default();
    run(&work, &settings(1), || Stored::new(&memory, &layout), &told).unwrap();
    let done = told.done.into_inner().unwrap();
    let hash = done[&0].as_ref().unwrap();
    assert!(hash.v1.is_some() && hash.v2.is_none());
}

#[test]
fn the_first_error_ends_a_run_of_all() {
    let layout = layout(&[10_000_000], None);
    let memory = Memory::holding(content(&layout)).unreadable_at(5_000_000);
    let pieces = Pieces::new(10_000_000, 16384).unwrap();
    let work = Work { pieces, wanted: Wanted::V1, files: None };
    for threads in [1, 4] {
        let reader = || Stored::new(&memory, &layout);
        let error = all(&work, &settings(threads), reader, |_, _| {}).unwrap_err();
        assert_eq!(error.to_string(), "memory: injected read error");
    }
}

#[test]
#[should_panic = "gone"]
fn a_thread_that_is_lost_is_not_passed_over() {
    let ours = std::thread::current().id();
    let layout = layout(&[10_000_000], None);
    let memory = Memory::holding(content(&layout));
    let reader = || {
        assert_eq!(std::thread::current().id(), ours, "gone");
        Stored::new(&memory, &layout)
    };
    let pieces = Pieces::new(10_000_000, 16384).unwrap();
    let work = Work { pieces, wanted: Wanted::V1, files: None };
    let _ = all(&work, &settings(2), reader, |_, _| {});
}

#[test]
#[should_panic = "here"]
fn who_waits_for_a_thread_that_is_lost_does_not_wait_for_ever() {
    struct Fails;
    impl Reader for Fails {
        fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
            // The digests read in smaller parts, and never of what no thread has taken.
            assert!(offset < 16 << 20 || buffer.len() != 16384, "here");
            Ok(())
        }
    }
    let layout = layout(&[64 << 20], None);
    let pieces = Pieces::new(64 << 20, 16384).unwrap();
    let files = Some(WholeFiles { layout: &layout, md5: false, sha1: true });
    let work = Work { pieces, wanted: Wanted::V1, files };
    let _ = all(&work, &settings(1), || Fails, |_, _| {});
}

#[test]
fn one_piece_is_hashed_as_among_all() {
    let layout = layout(&[100_000, 1, 70_000], Some(32768));
    let memory = Memory::holding(content(&layout));
    let pieces = Pieces::new(layout.total(), 32768).unwrap();
    for wanted in [Wanted::V1, Wanted::V2(&layout), Wanted::Hybrid(&layout)] {
        let work = Work { pieces, wanted, files: None };
        let reader = || Stored::new(&memory, &layout);
        let all = all(&work, &settings(2), reader, |_, _| {}).unwrap();
        let mut alone = Hashes::zeroed(pieces.count(), wanted);
        for number in pieces.iter() {
            let hash = piece(&work, &settings(3), &mut reader(), number).unwrap();
            alone.set(number, &hash.unwrap());
        }
        assert_eq!(alone, all);
        let beyond = PieceIndex(pieces.count());
        assert_eq!(piece(&work, &settings(1), &mut reader(), beyond).unwrap(), None);
    }
    let memory = Memory::holding(content(&layout)).unreadable_at(40_000);
    let work = Work { pieces, wanted: Wanted::V1, files: None };
    let read = |at| piece(&work, &settings(1), &mut Stored::new(&memory, &layout), PieceIndex(at));
    assert!(read(0).is_ok() && read(1).is_err());
}

#[test]
fn whole_files_have_their_digests_in_the_same_run() {
    let lengths = [0, 1, 300_000, 16384, 70_000, 0, 5];
    for align in [None, Some(16384)] {
        let layout = layout(&lengths, align);
        let bytes = content(&layout);
        let memory = Memory::holding(bytes.clone());
        let pieces = Pieces::new(layout.total(), 16384).unwrap();
        for (md5, sha1, threads) in [(true, true, 1), (true, false, 3), (false, true, 2)] {
            let files = Some(WholeFiles { layout: &layout, md5, sha1 });
            let work = Work { pieces, wanted: Wanted::V1, files };
            let told = Told { skipped: vec![2, 3, 4, 5], ..Told::default() };
            run(&work, &settings(threads), || Stored::new(&memory, &layout), &told).unwrap();
            let of = |number: usize| {
                let range = layout.range(number).unwrap();
                let bytes = &bytes[range.start as usize..range.end as usize];
                let md5 = md5.then(|| md5::Md5::digest(bytes).into());
                FileDigests { md5, sha1: sha1.then(|| sha1::Sha1::digest(bytes).into()) }
            };
            let real = layout.files().enumerate().filter(|(_, file)| !file.pad);
            let expected = real.map(|(number, _)| (number, of(number))).collect();
            assert_eq!(told.files.into_inner().unwrap(), expected);
        }
    }
}

#[test]
fn digests_keep_pace_over_more_than_they_may_lag() {
    // Bytes that nobody has to hold.
    struct Zeros;
    impl Reader for Zeros {
        fn read(&mut self, _: u64, buffer: &mut [u8]) -> Result<(), Error> {
            buffer.fill(0);
            Ok(())
        }
    }
    let total = 160 << 20;
    let layout = Layout::of([("a", total)]).unwrap();
    let pieces = Pieces::new(total, 16 << 20).unwrap();
    let files = Some(WholeFiles { layout: &layout, md5: false, sha1: true });
    // No piece is wanted: the digests alone move on.
    let told = Told { skipped: (0..10).collect(), ..Told::default() };
    let work = Work { pieces, wanted: Wanted::V1, files };
    run(&work, &settings(2), || Zeros, &told).unwrap();
    let mut hasher = crate::hash::Hasher::<crate::hash::Sha1>::new();
    hasher.zeros(total);
    assert_eq!(told.files.into_inner().unwrap()[&0].sha1, Some(hasher.finish()));
}

/// Gives 1, 2, 3 … bytes at a time, up to so many.
struct Drops<'a>(&'a [u8], usize, usize);

impl io::Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % self.2 + 1;
        let count = self.1.min(buffer.len());
        io::Read::read(&mut self.0, &mut buffer[..count])
    }
}

fn streamed(bytes: &[u8], piece: u32, versions: Versions, threads: usize) -> Streamed {
    let mut copy = Vec::new();
    let advanced = std::cell::Cell::new(0);
    let drops = Drops(bytes, 0, 70_000);
    let add = |bytes| advanced.set(advanced.get() + bytes);
    let most = (piece, bytes.len().div_ceil(piece as usize));
    let streamed = stream(drops, Some(&mut copy), most, versions, &settings(threads), add).unwrap();
    assert_eq!((copy.len(), advanced.get()), (bytes.len(), streamed.length));
    assert!(copy == bytes, "the copy is what came");
    streamed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_stream_has_the_hashes_of_a_file(
        total in prop_oneof![0u64..200, 0u64..600_000, (0u64..40).prop_map(|blocks| blocks * 16384)],
        piece in (14u32..19).prop_map(|log| 1u32 << log),
        threads in 1usize..4,
    ) {
        let layout = Layout::of([("a", total)]).unwrap();
        let bytes = content(&layout);
        let (v1, v2) = (v1(&bytes, piece), v2(&layout, &bytes, piece));
        let made = |versions| streamed(&bytes, piece, versions, threads);
        prop_assert_eq!(made(Versions::V1).hashes, Hashes { v1: v1.clone(), v2: vec![] });
        prop_assert_eq!(made(Versions::V2).hashes, Hashes { v1: vec![], v2: v2.clone() });
        prop_assert_eq!(made(Versions::Hybrid), Streamed { hashes: Hashes { v1, v2 }, length: total });
    }
}

#[test]
fn a_stream_of_pieces_longer_than_the_buffers() {
    let piece = 32 << 20;
    for total in [0u64, 1, (1 << 20) + 1, 32 << 20, (32 << 20) + 1, (33 << 20), (64 << 20) + 7] {
        let mut bytes = vec![0; total as usize];
        for (at, byte) in bytes.iter_mut().enumerate().step_by(997) {
            *byte = (at >> 8) as u8;
        }
        let layout = Layout::of([("a", total)]).unwrap();
        let expected = Hashes { v1: v1(&bytes, piece), v2: v2(&layout, &bytes, piece) };
        let most = (piece, 3);
        let made = stream(&bytes[..], None, most, Versions::Hybrid, &settings(2), |_| {}).unwrap();
        assert_eq!(made, Streamed { hashes: expected, length: total });
    }
}

#[test]
fn a_stream_with_too_many_pieces_and_one_that_fails_are_errors() {
    let settings = settings(2);
    let made = |bytes: &[u8], most| {
        stream(bytes, None, (16384, most), Versions::V1, &settings, |_| {}).map(|made| made.length)
    };
    assert_eq!(made(&[0; 32768], 2).unwrap(), 32768);
    assert!(matches!(made(&[0; 32769], 2), Err(StreamError::TooLong)));
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    let error = stream(Broken, None, (16384, 2), Versions::V1, &settings, |_| {}).unwrap_err();
    assert!(matches!(&error, StreamError::Input(_)) && error.to_string() == "broken", "{error}");
    let mut none = &mut [][..];
    let full = stream(&[0; 9][..], Some(&mut none), (16384, 2), Versions::V1, &settings, |_| {});
    assert!(matches!(full, Err(StreamError::Copy(_))));
}

#[test]
fn who_cancels_is_not_told_more() {
    struct Cancelled(AtomicU64);
    impl Observer for Cancelled {
        fn done(&self, _: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            result.map(drop)
        }
        fn cancelled(&self) -> bool {
            self.0.load(Ordering::Relaxed) > 0
        }
    }
    let layout = layout(&[10_000_000], None);
    let memory = Memory::holding(content(&layout));
    let pieces = Pieces::new(10_000_000, 16384).unwrap();
    let work = Work { pieces, wanted: Wanted::V1, files: None };
    let observer = Cancelled(AtomicU64::new(0));
    run(&work, &settings(1), || Stored::new(&memory, &layout), &observer).unwrap();
    // At most the pieces that were hashed side by side with the first.
    assert!((1..=32).contains(&observer.0.into_inner()));
}

#[test]
fn reads_are_held_back_by_the_throttle() {
    #[derive(Clone, Debug)]
    struct Hand(std::sync::Arc<Mutex<std::time::Instant>>);
    impl Clock for Hand {
        fn now(&self) -> std::time::Instant {
            *self.0.lock().unwrap()
        }
        fn pause(&self, time: std::time::Duration) {
            *self.0.lock().unwrap() += time;
        }
    }
    let hand = Hand(std::sync::Arc::new(Mutex::new(std::time::Instant::now())));
    let start = hand.now();
    let throttle = Throttle::with_clock(1_000_000, Box::new(hand.clone()));
    let layout = layout(&[3_000_000, 500_000], Some(65536));
    let memory = Memory::holding(content(&layout));
    let pieces = Pieces::new(layout.total(), 65536).unwrap();
    let work = Work { pieces, wanted: Wanted::Hybrid(&layout), files: None };
    let settings = Settings { throttle: Some(&throttle), ..settings(1) };
    all(&work, &settings, || Stored::new(&memory, &layout), |_, _| {}).unwrap();
    // Pads are not read and cost nothing.
    let passed = (hand.now() - start).as_secs_f64();
    assert!((3.3..=3.5).contains(&passed), "{passed}");
}

/// Reads zeros, and takes note of what it was told (`true`) and what it read.
struct Noting<'a> {
    layout: &'a Layout,
    notes: &'a Mutex<Vec<(bool, Range<u64>)>>,
}

impl Noting<'_> {
    fn note(&self, told: bool, offset: u64, length: u64) {
        self.notes.lock().unwrap().push((told, offset..offset + length));
    }
}

impl Reader for Noting<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.note(false, offset, buffer.len() as u64);
        buffer.fill(0);
        Ok(())
    }

    fn ahead(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        self.note(true, offset, length);
        Ok(())
    }

    fn known(&self, offset: u64, length: u64) -> Known {
        crate::store::stored::pads(self.layout, offset, length)
    }
}

/// What a run told and read, with one thread, v1 and v2 or only one of them.
fn noted(layout: &Layout, piece: u32, wanted: Wanted<'_>, told: &Told) -> Vec<(bool, Range<u64>)> {
    let pieces = Pieces::new(layout.total(), piece).unwrap();
    let work = Work { pieces, wanted, files: None };
    let notes = Mutex::default();
    run(&work, &settings(1), || Noting { layout, notes: &notes }, told).unwrap();
    notes.into_inner().unwrap()
}

#[test]
fn readers_are_told_ahead_of_all_that_is_read_and_of_nothing_else() {
    for piece in [64 << 10, 1 << 20, 16 << 20] {
        // Longer than what is told ahead; pads; a tail.
        let layout = layout(&[100, 40_000_000, 3 << 20, 33_000_000, 1], Some(piece));
        for wanted in [Wanted::V1, Wanted::Hybrid(&layout), Wanted::V2(&layout)] {
            let skipped = vec![1, 4, 5];
            let notes = noted(&layout, piece, wanted, &Told { skipped, ..Told::default() });
            let bytes = |kind: bool| {
                let mut all: Vec<_> = notes
                    .iter()
                    .filter(|(told, _)| *told == kind)
                    .map(|(_, r)| r.clone())
                    .collect();
                all.sort_by_key(|range| range.start);
                all.chunk_by(|a, b| a.end >= b.start)
                    .map(|run| run[0].start..run[run.len() - 1].end)
                    .collect::<Vec<_>>()
            };
            let sum = |kind: bool| -> u64 {
                let of = notes.iter().filter(|(told, _)| *told == kind);
                of.map(|(_, range)| range.end - range.start).sum()
            };
            // The same ranges, and each once.
            assert_eq!(bytes(true), bytes(false));
            assert_eq!(sum(true), sum(false));
            let mut ahead = 0i64;
            for (told, range) in &notes {
                let length = i64::try_from(range.end - range.start).unwrap();
                ahead += if *told { length } else { -length };
                assert!((0..=32 << 20).contains(&ahead), "{ahead} bytes ahead");
            }
        }
    }
}

#[test]
fn short_pieces_are_told_in_order_and_in_long_ranges() {
    let layout = layout(&[50_000_000], None);
    let notes = noted(&layout, 65536, Wanted::V1, &Told::default());
    let told: Vec<_> = notes.iter().filter(|(told, _)| *told).map(|(_, range)| range).collect();
    assert_eq!((told[0].start, told[told.len() - 1].end), (0, 50_000_000));
    for two in told.windows(2) {
        assert_eq!(two[0].end, two[1].start);
        assert!(two[0].end - two[0].start >= 4 << 20, "{:?}", two[0]);
    }
}
