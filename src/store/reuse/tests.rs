use super::*;
use crate::hash::{Sha256, digest};
use crate::torrent::builder::{Builder, lay_out};
use crate::torrent::metainfo::Extra;
use crate::torrent::{Version, merkle};
use proptest::prelude::*;
use sha1::{Digest, Sha1};

/// A torrent in memory: files by name, all bytes known.
struct Torrent {
    layout: Layout,
    pieces: Pieces,
    hashes: Vec<PieceHash>,
    metainfo: Metainfo,
}

type Files = Vec<(String, Vec<u8>)>;

fn torrent(files: &Files, version: Version, piece_length: u32) -> Torrent {
    let plain = Layout::of(files.iter().map(|(name, bytes)| (name, bytes.len() as u64))).unwrap();
    let layout = lay_out(&plain, true, version, piece_length).unwrap();
    let pieces = Pieces::new(layout.total(), piece_length).unwrap();
    let mut contents = files.iter();
    let mut bytes = Vec::new();
    for file in layout.files() {
        match file.pad {
            true => bytes.resize(bytes.len() + file.length as usize, 0),
            false => bytes.extend(&contents.next().unwrap().1),
        }
    }
    let hash = |piece: PieceIndex| {
        let (start, length) = (pieces.offset(piece), u64::from(pieces.length(piece)));
        let v1 = Sha1::digest(&bytes[start as usize..(start + length) as usize]).into();
        let span = layout.spans(start, length).next().unwrap();
        let file = layout.file(span.file).unwrap();
        let data = &bytes[start as usize..(start + span.length) as usize];
        let mut leaves: Vec<_> = data.chunks(16 << 10).map(digest::<Sha256>).collect();
        let size = merkle::FileSize::of(file.length, piece_length);
        let v2 = merkle::piece_root(&mut leaves, piece_length, size);
        PieceHash { v1: version.has_v1().then_some(v1), v2: version.has_v2().then_some(v2) }
    };
    let hashes: Vec<_> = pieces.iter().map(hash).collect();
    let v1: Vec<_> = hashes.iter().filter_map(|hash| hash.v1).collect();
    let v2: Vec<_> = hashes.iter().filter_map(|hash| hash.v2).collect();
    let extras = std::collections::BTreeMap::<usize, Extra>::new();
    let builder = Builder {
        version,
        hashes: &v1,
        roots: &v2,
        extras: &extras,
        ..Builder::new(b"name", true, &layout, piece_length)
    };
    let metainfo = Metainfo::parse(builder.build().into()).unwrap();
    Torrent { layout, pieces, hashes, metainfo }
}

fn file(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|at| (at as u8).wrapping_mul(31) ^ (at >> 8) as u8 ^ seed).collect()
}

fn files(lengths: &[usize]) -> Files {
    let file = |(at, &length): (usize, &usize)| (format!("{at:03}"), file(at as u8, length));
    lengths.iter().enumerate().map(file).collect()
}

/// How many pieces of v1 and v2 are taken over; what is must be right.
fn taken(old: &Torrent, new: &Torrent, changed: &[usize]) -> (usize, usize) {
    let reuse = Reuse::new(&old.metainfo, &new.layout, new.pieces, |file| {
        let real = new.layout.real().position(|(number, _)| number == file);
        !changed.contains(&real.unwrap())
    });
    let (mut v1, mut v2) = (0, 0);
    for (piece, hash) in new.pieces.iter().zip(&new.hashes) {
        let known = reuse.piece(piece);
        if let (Some(known), Some(hash)) = (known.v1, hash.v1) {
            assert_eq!(known, hash, "{piece:?}");
            v1 += 1;
        }
        if let (Some(known), Some(hash)) = (known.v2, hash.v2) {
            assert_eq!(known, hash, "{piece:?}");
            v2 += 1;
        }
    }
    (v1, v2)
}

const LENGTH: u32 = 32 << 10;

#[test]
fn all_of_an_unchanged_torrent_is_known() {
    let files = files(&[100_000, 0, 5, 32 << 10, 64 << 10, 1]);
    for version in [Version::V1, Version::V2, Version::Hybrid] {
        let new = torrent(&files, version, LENGTH);
        let count = new.hashes.len();
        let expected = match version {
            Version::V1 => (count, 0),
            Version::V2 => (0, count),
            Version::Hybrid => (count, count),
        };
        assert_eq!(taken(&new, &new, &[]), expected);
    }
}

#[test]
fn a_piece_of_v1_with_a_changed_file_is_not_known() {
    // Pieces of 32 KiB: files 0 and 1 share piece 1, files 1 and 2 piece 3.
    let old = torrent(&files(&[49_152, 65_536, 16_384]), Version::V1, LENGTH);
    assert_eq!(old.hashes.len(), 4);
    for (changed, known) in [(&[][..], 4), (&[0], 2), (&[1], 1), (&[2], 3), (&[0, 1, 2], 0)] {
        assert_eq!(taken(&old, &old, changed).0, known, "{changed:?}");
    }
}

#[test]
fn pieces_of_v1_are_known_where_they_are_cut_alike() {
    let old = files(&[LENGTH as usize * 2, LENGTH as usize * 2, 100]);
    let first = torrent(&old, Version::V1, LENGTH);
    // A new file in front that fills its pieces moves the others by whole pieces.
    let mut moved = old.clone();
    moved.insert(0, ("+".into(), file(9, LENGTH as usize)));
    assert_eq!(taken(&first, &torrent(&moved, Version::V1, LENGTH), &[]).0, 5);
    // Otherwise nothing fits.
    moved[0].1.push(1);
    assert_eq!(taken(&first, &torrent(&moved, Version::V1, LENGTH), &[]).0, 0);
    // The short last piece fits nothing but the end.
    let mut longer = old.clone();
    longer.push(("~".into(), file(8, 100)));
    assert_eq!(taken(&first, &torrent(&longer, Version::V1, LENGTH), &[]).0, 4);
    assert_eq!(taken(&first, &torrent(&old, Version::V1, LENGTH / 2), &[]).0, 0);
    // A file that is gone.
    assert_eq!(taken(&first, &torrent(&old[1..].to_vec(), Version::V1, LENGTH), &[]).0, 3);
    // Another order and another length.
    let mut other = old.clone();
    other[0].1.pop();
    assert_eq!(taken(&first, &torrent(&other, Version::V1, LENGTH), &[]).0, 0);
}

#[test]
fn v1_in_a_hybrid_is_not_v1_alone() {
    let files = files(&[100_000, 100_000]);
    let (old, new) =
        (torrent(&files, Version::V1, LENGTH), torrent(&files, Version::Hybrid, LENGTH));
    // Up to the first file's end they are alike.
    assert_eq!(taken(&old, &new, &[]), (3, 0));
    assert_eq!(taken(&new, &old, &[]), (3, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Whatever changes, no hash that is taken over is wrong, and of v2 none is missed.
    #[test]
    fn what_is_taken_over_is_right(
        lengths in proptest::collection::vec((0usize..150_000).prop_map(|n| n / 5_000 * 5_000 + n % 3), 1..8),
        changes in proptest::collection::vec((0usize..8, 0usize..3), 0..4),
        version in prop_oneof![Just(Version::V1), Just(Version::V2), Just(Version::Hybrid)],
        (old_height, new_height) in (0u32..4, 0u32..4),
    ) {
        let before = files(&lengths);
        let mut after = before.clone();
        let mut changed: Vec<String> = Vec::new();
        for (at, what) in changes {
            let at = at % after.len();
            match what {
                0 => after[at].1.iter_mut().for_each(|byte| *byte ^= 0x55),
                1 => after[at].1.push(7),
                _ => after.insert(at, (format!("{}-", after[at].0), file(1, 33))),
            }
            changed.push(after[at].0.clone());
        }
        after.sort();
        after.dedup_by(|a, b| a.0 == b.0);
        prop_assume!(before.iter().any(|file| !file.1.is_empty()));
        prop_assume!(after.iter().any(|file| !file.1.is_empty()));
        let (old, new) = (
            torrent(&before, version, 16384 << old_height),
            torrent(&after, version, 16384 << new_height),
        );
        let changed: Vec<usize> =
            (0..after.len()).filter(|&at| changed.contains(&after[at].0)).collect();
        let (_, v2) = taken(&old, &new, &changed);
        if version.has_v2() && old_height <= new_height {
            let length = 16384u64 << new_height;
            let unchanged = (0..after.len()).filter(|at| !changed.contains(at));
            let expected: u64 = unchanged.map(|at| (after[at].1.len() as u64).div_ceil(length)).sum();
            prop_assert_eq!(v2 as u64, expected);
        }
    }
}
