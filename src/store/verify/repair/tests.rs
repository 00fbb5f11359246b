use super::*;
use crate::torrent::Metainfo;
use bytes::Bytes;
use sha1::{Digest, Sha1};
use std::fs;
use std::num::NonZero;
use std::path::Path;

/// Longer than what is got at once, and no multiple of it.
const PIECE: usize = 2 * AT_ONCE + (1 << 20);

fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(next).collect()
}

/// A torrent of the files `a`, `b` … with these bytes.
fn torrent(files: &[Vec<u8>]) -> Metainfo {
    let hashes: Vec<u8> = files.concat().chunks(PIECE).flat_map(Sha1::digest).collect();
    let list: String = (b'a'..)
        .zip(files)
        .map(|(name, bytes)| format!("d6:lengthi{}e4:pathl1:{}ee", bytes.len(), char::from(name)))
        .collect();
    let size = hashes.len();
    let text = format!("d4:infod5:filesl{list}e4:name1:n12:piece lengthi{PIECE}e6:pieces{size}:");
    Metainfo::parse(Bytes::from([text.as_bytes(), &hashes, b"ee"].concat())).unwrap()
}

fn store(folder: &Path, files: &[Vec<u8>]) {
    for (name, bytes) in (b'a'..).zip(files) {
        fs::write(folder.join(char::from(name).to_string()), bytes).unwrap();
    }
}

/// Files in memory; a missing one is empty.
struct Copy {
    files: Vec<Vec<u8>>,
    /// The longest that was asked for at once.
    longest: usize,
}

impl Source for &mut Copy {
    fn read(&mut self, file: usize, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.longest = self.longest.max(buffer.len());
        let bytes = self.files[file].get(offset as usize..).and_then(|at| at.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(SourceError::Missing)?);
        Ok(())
    }
}

/// Repairs the files of `folder` from a copy.
fn repair(metainfo: &Metainfo, folder: &Path, copy: &mut Copy) -> Repaired {
    let files = Files::folder(metainfo.layout.clone(), folder.to_owned()).unwrap();
    let (one, watch) = (Settings::threads(NonZero::<usize>::MIN), Watch::new(|_| {}));
    let mut verification = Verification::survey(metainfo, &files, NonZero::<usize>::MIN);
    verification.hash(&files, &one, &watch).unwrap();
    verification.repair(&files, &mut [Box::new(copy)], &one, &watch).unwrap()
}

#[test]
fn a_long_piece_is_mended_a_stretch_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let good = [noise(1, PIECE + 70_000), noise(2, 1_000_000)];
    let metainfo = torrent(&good);
    let mut damaged = good.clone();
    damaged[0][AT_ONCE + 5] ^= 1;
    damaged[0][PIECE + 3] ^= 1;
    store(folder.path(), &damaged);
    let mut copy = Copy { files: good.to_vec(), longest: 0 };
    let done = repair(&metainfo, folder.path(), &mut copy);
    assert_eq!((done.pieces, done.written), (2, 2 * u64::from(BLOCK)), "{done:?}");
    assert_eq!((done.fetched, copy.longest), (good.concat().len() as u64, AT_ONCE));
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), good[0]);
    assert_eq!(fs::read(folder.path().join("b")).unwrap(), good[1]);
    // What was put aside had no name.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn what_is_missing_of_a_long_piece_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (good, data) = ([noise(3, PIECE - 9)], folder.path().join("not/yet"));
    let mut copy = Copy { files: good.to_vec(), longest: 0 };
    let done = repair(&torrent(&good), &data, &mut copy);
    assert_eq!((done.pieces, done.written), (1, good[0].len() as u64), "{done:?}");
    assert_eq!(fs::read(data.join("a")).unwrap(), good[0]);
}

#[test]
fn a_source_that_ends_within_a_long_span_counts_for_nothing_there() {
    let good = [noise(4, AT_ONCE + 500_000), noise(5, 100_000), noise(6, 100_000)];
    let metainfo = torrent(&good);
    for (short, mended) in [(0, 1), (1, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let mut damaged = good.clone();
        damaged[1][7] ^= 1;
        store(folder.path(), &damaged);
        // What it has of the first file is wrong from the start, and that of the third all through.
        let mut copy = Copy { files: good.to_vec(), longest: 0 };
        copy.files[0][0] ^= 1;
        copy.files[2] = noise(7, 100_000);
        let length = copy.files[short].len() - 1;
        copy.files[short].truncate(length);
        let done = repair(&metainfo, folder.path(), &mut copy);
        assert_eq!((done.pieces, done.refused[0]), (mended, 1 - mended), "{done:?}");
        let expected = if mended == 1 { &good[1] } else { &damaged[1] };
        assert_eq!(&fs::read(folder.path().join("b")).unwrap(), expected);
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), good[0]);
        assert_eq!(fs::read(folder.path().join("c")).unwrap(), good[2]);
    }
}
