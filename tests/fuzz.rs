//! The fuzz targets, compiled and run for a moment: each on its seeds, and on changes of them that are
//! drawn from a fixed seed. What a fuzzer finds is more; this holds the targets to the code that they
//! are for, and the code to the least that a fuzzer would ask.
//!
//! `growth` is left out: it measures time, which no test does.

#![allow(unused_attributes, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

extern crate self as libfuzzer_sys;

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use std::fs;
use std::path::Path;

/// Changed inputs of a target.
const CHANGED: usize = 5_000;
/// Bytes of one; what is longer is cut.
const LONGEST: usize = 4_096;

macro_rules! targets {
    ($($name:ident $path:literal)*) => {
        $(#[path = $path]
        mod $name;)*

        const TARGETS: &[&str] = &[$(stringify!($name)),*];

        mod runs {
            $(#[test]
            fn $name() {
                super::try_out(stringify!($name), super::$name::run);
            })*
        }
    };
}

targets! {
    dfile "../fuzz/fuzz_targets/dfile.rs"
    edit "../fuzz/fuzz_targets/edit.rs"
    handover "../fuzz/fuzz_targets/handover.rs"
    http_head "../fuzz/fuzz_targets/http_head.rs"
    http_query "../fuzz/fuzz_targets/http_query.rs"
    json "../fuzz/fuzz_targets/json.rs"
    keys "../fuzz/fuzz_targets/keys.rs"
    lists "../fuzz/fuzz_targets/lists.rs"
    magnet "../fuzz/fuzz_targets/magnet.rs"
    metadata "../fuzz/fuzz_targets/metadata.rs"
    metainfo "../fuzz/fuzz_targets/metainfo.rs"
    proxies "../fuzz/fuzz_targets/proxies.rs"
    scan "../fuzz/fuzz_targets/scan.rs"
    signature "../fuzz/fuzz_targets/signature.rs"
    swarm "../fuzz/fuzz_targets/swarm.rs"
    tracker_answer "../fuzz/fuzz_targets/tracker_answer.rs"
    udp_packet "../fuzz/fuzz_targets/udp_packet.rs"
    websocket "../fuzz/fuzz_targets/websocket.rs"
    wire "../fuzz/fuzz_targets/wire.rs"
}

/// What the fuzzer's library makes of a target: the bytes become what it asks for, or it is not run. It stands behind the
/// targets so that they take it by their own imports.
#[macro_export]
macro_rules! fuzz_target {
    (|$input:ident: $kind:ty| $body:block) => {
        pub(crate) fn run(bytes: &[u8]) {
            let bytes = arbitrary::Unstructured::new(bytes);
            if let Ok($input) = <$kind as arbitrary::Arbitrary<'_>>::arbitrary_take_rest(bytes) {
                $body
            }
        }
    };
}

fn try_out(target: &str, run: fn(&[u8])) {
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| run(seed));
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..CHANGED {
        run(&changed(&seeds, &mut rng));
    }
}

/// The inputs that get a target past the first look; where there are none, an empty one.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut paths: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => return vec![Vec::new()],
    };
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A seed after one to eight changes: a byte turned, a stretch gone, doubled, of another seed, or of
/// any bytes.
fn changed(seeds: &[Vec<u8>], rng: &mut StdRng) -> Vec<u8> {
    let mut input = seeds[rng.random_range(0..seeds.len())].clone();
    input.truncate(LONGEST);
    for _ in 0..rng.random_range(1..=8) {
        let stretch = stretch(input.len(), rng);
        let at = rng.random_range(0..=input.len());
        match rng.random_range(0..5) {
            0 if at < input.len() => input[at] ^= 1 << rng.random_range(0..8),
            1 => drop(input.drain(stretch)),
            2 => {
                let doubled = input[stretch].to_vec();
                input.splice(at..at, doubled);
            }
            3 => {
                let other = &seeds[rng.random_range(0..seeds.len())];
                input.splice(at..at, other[self::stretch(other.len(), rng)].to_vec());
            }
            _ => {
                let mut any = vec![0; rng.random_range(0..64)];
                rng.fill_bytes(&mut any);
                input.splice(at..at, any);
            }
        }
        input.truncate(LONGEST);
    }
    input
}

/// A stretch of something so long; most are short.
fn stretch(length: usize, rng: &mut StdRng) -> std::ops::Range<usize> {
    let start = rng.random_range(0..=length);
    let most = if rng.random_ratio(1, 4) { length - start } else { (length - start).min(16) };
    start..start + rng.random_range(0..=most)
}

#[test]
fn every_target_is_tried() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut there: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "growth")
        .collect();
    there.sort();
    assert_eq!(there, TARGETS);
}
