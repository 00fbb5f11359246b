//! What is moved, and whether it arrived.

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

/// Bytes compared or written at once.
const CHUNK: usize = 1 << 20;

/// A file in which no two blocks of 16 KiB are alike; fast to make.
pub(crate) fn one_file(path: &Path, size: u64, seed: u64) {
    let mut chunk = vec![0; CHUNK];
    StdRng::seed_from_u64(seed).fill_bytes(&mut chunk);
    let mut file = File::create(path).unwrap();
    let mut written = 0_u64;
    while written < size {
        for (number, block) in chunk.chunks_mut(1 << 14).enumerate() {
            let at = written + ((number as u64) << 14);
            block[..8].copy_from_slice(&at.to_be_bytes());
        }
        let length = usize::try_from(size - written).map_or(CHUNK, |left| left.min(CHUNK));
        file.write_all(&chunk[..length]).unwrap();
        written += length as u64;
    }
}

/// A directory of small files of 16 KiB on average, fifty to a folder, some of them empty.
pub(crate) fn many_files(folder: &Path, count: u32, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut bytes = vec![0; 64 << 10];
    rng.fill_bytes(&mut bytes);
    for number in 0..count {
        let inner = folder.join(format!("folder {}", number / 50));
        if number % 50 == 0 {
            fs::create_dir_all(&inner).unwrap();
        }
        let start = rng.random_range(0..bytes.len() / 2);
        let length = if number % 500 == 7 { 0 } else { rng.random_range(1..=bytes.len() / 2) };
        fs::write(inner.join(format!("{number:05}.dat")), &bytes[start..start + length]).unwrap();
    }
}

/// Takes the empty files away.
pub(crate) fn remove_empty(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        if about.is_dir() {
            remove_empty(&entry.path());
        } else if about.len() == 0 {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

/// Fails unless both are the same: files byte for byte, folders with the same names.
#[track_caller]
pub(crate) fn assert_same(left: &Path, right: &Path) {
    // Made once: to have the pages anew for each of thousands of files takes longer than to compare.
    compare(left, right, &mut [vec![0; CHUNK], vec![0; CHUNK]]);
}

#[track_caller]
fn compare(left: &Path, right: &Path, buffers: &mut [Vec<u8>; 2]) {
    if left.is_dir() {
        let (here, there) = (names(left), names(right));
        let other: Vec<_> = here.symmetric_difference(&there).collect();
        let (one, two) = (left.display(), right.display());
        assert!(other.is_empty(), "not in both {one} and {two}: {other:?}");
        for name in here {
            compare(&left.join(&name), &right.join(&name), buffers);
        }
        return;
    }
    let [mut one, mut other] = [left, right]
        .map(|path| File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    let [here, there] = buffers;
    let mut at = 0;
    loop {
        let (length, other_length) = (fill(&mut one, here), fill(&mut other, there));
        let same = here[..length] == there[..other_length];
        assert!(same, "{} and {} differ after {at} bytes", left.display(), right.display());
        at += length;
        if length < CHUNK {
            return;
        }
    }
}

fn fill(from: &mut impl Read, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]).unwrap() {
            0 => break,
            length => filled += length,
        }
    }
    filled
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
