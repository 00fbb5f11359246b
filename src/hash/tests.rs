use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use sha1::Digest;

/// Who is tested: what runs everywhere, and the best of processors that have all or a part of what
/// this one has.
fn engines() -> Vec<Engine> {
    let mut engines = vec![Engine::Crates];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let Engine::X86 { sha, avx2, avx512 } = Engine::best() {
        for sha in [None, sha] {
            for avx2 in [None, avx2] {
                for avx512 in [None, avx512] {
                    let engine = Engine::X86 { sha, avx2, avx512 };
                    if !engines.contains(&engine) {
                        engines.push(engine);
                    }
                }
            }
        }
    }
    engines
}

fn most_lanes(engine: Engine) -> usize {
    Sha1::lanes(engine).max(Sha256::lanes(engine))
}

/// What the crates' own digests say.
trait Oracle: Algorithm {
    fn expected(message: &[u8]) -> Self::Digest;
}

impl Oracle for Sha1 {
    fn expected(message: &[u8]) -> [u8; 20] {
        sha1::Sha1::digest(message).into()
    }
}

impl Oracle for Sha256 {
    fn expected(message: &[u8]) -> [u8; 32] {
        sha2::Sha256::digest(message).into()
    }
}

/// Bytes that differ from place to place.
fn noise(length: usize, seed: usize) -> Vec<u8> {
    let mut state = seed as u64 * 2 + 1;
    let next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn check_digests<A: Oracle>(engine: Engine, messages: &[Vec<u8>]) {
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let mut digests = vec![A::Digest::default(); messages.len()];
    digest_each_on::<A>(engine, &messages, &mut digests);
    for (message, digest) in messages.iter().zip(digests) {
        assert_eq!(digest, A::expected(message), "{engine:?}, {} bytes", message.len());
    }
}

#[test]
fn known_vectors() {
    let vectors = [
        (
            "",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            "abc",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for engine in engines() {
        for lanes in 1..=most_lanes(engine) + 1 {
            for (message, sha1, sha256) in vectors {
                let messages = vec![message.as_bytes(); lanes];
                let mut digests = vec![[0; 20]; lanes];
                digest_each_on::<Sha1>(engine, &messages, &mut digests);
                assert!(digests.iter().all(|digest| hex(digest) == sha1));
                let mut digests = vec![[0; 32]; lanes];
                digest_each_on::<Sha256>(engine, &messages, &mut digests);
                assert!(digests.iter().all(|digest| hex(digest) == sha256));
            }
        }
    }
}

/// A million times `a`, as NIST has it, on every lane, fed in unequal parts.
#[test]
#[cfg_attr(miri, ignore = "slow there, and the same code as in the others")]
fn a_million_of_a() {
    let part = [b'a'; 1000];
    for engine in engines() {
        let mut hashers = vec![Hasher::<Sha1>::new(); 5];
        for round in 0..1000 {
            let cut = round % 1001;
            for part in [&part[..cut], &part[cut..]] {
                update_each_on(engine, &mut hashers, &[part; 5]);
            }
        }
        for hasher in hashers {
            let digest = hasher.finish();
            assert_eq!(digest[..4], [0x34, 0xaa, 0x97, 0x3c]);
            assert_eq!(digest[16..], [0x65, 0x34, 0x01, 0x6f]);
        }
    }
}

#[test]
fn every_length_on_every_lane_count() {
    for engine in engines() {
        for lanes in 1..=most_lanes(engine) + 1 {
            for length in (0..200).step_by(if cfg!(miri) { 31 } else { 1 }) {
                let messages: Vec<_> = (0..lanes).map(|lane| noise(length, lane)).collect();
                check_digests::<Sha1>(engine, &messages);
                check_digests::<Sha256>(engine, &messages);
            }
        }
    }
}

/// Lanes end at different times, and others take their place.
#[test]
fn lengths_that_differ() {
    let borders = [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 4096, 16384];
    for engine in engines() {
        for count in [2, 5, GROUP - 1, GROUP, GROUP + 1, 3 * GROUP + 2] {
            let messages: Vec<_> =
                (0..count).map(|i| noise(borders[i * 7 % borders.len()], i)).collect();
            check_digests::<Sha1>(engine, &messages);
            check_digests::<Sha256>(engine, &messages);
        }
    }
}

fn check_zeros<A: Oracle>(engine: Engine, parts: &[(usize, u64)]) {
    let data: Vec<_> = parts.iter().enumerate().map(|(i, (length, _))| noise(*length, i)).collect();
    let data: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
    let counts: Vec<_> = parts.iter().map(|(_, zeros)| *zeros).collect();
    let mut hashers = vec![Hasher::<A>::new(); parts.len()];
    update_each_on(engine, &mut hashers, &data);
    zeros_each_on(engine, &mut hashers, &counts);
    update_each_on(engine, &mut hashers, &data);
    for ((data, zeros), hasher) in data.iter().zip(counts).zip(hashers) {
        let message = [data, &*vec![0; zeros as usize], data].concat();
        assert_eq!(hasher.finish(), A::expected(&message), "{engine:?}, {parts:?}");
    }
}

#[test]
fn zeros_after_every_length() {
    for engine in engines() {
        for lanes in [1, 3, 9, 17, GROUP + 1] {
            for length in (0..66).step_by(if cfg!(miri) { 21 } else { 1 }) {
                let parts: Vec<_> =
                    (0..lanes).map(|i| (length, length as u64 * 3 + i as u64 * 40)).collect();
                check_zeros::<Sha1>(engine, &parts);
                check_zeros::<Sha256>(engine, &parts);
            }
        }
    }
}

/// Says that it was not tested, where this processor lacks what it takes.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn or_skip<T>(detected: Option<T>, name: &str) -> Option<T> {
    if detected.is_none() {
        eprintln!("skipped: this processor has no {name}");
    }
    detected
}

/// Each kernel, without what chooses between them: every count of lanes, each lane with a state and
/// data of its own.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
#[test]
fn every_kernel_on_every_lane_count() {
    if let Some(sha) = or_skip(sha_ni::Detected::new(), "SHA instructions") {
        check_kernel::<Sha1>(sha_ni::LANES, |words, parts| sha_ni::sha1(sha, words, parts));
        check_kernel::<Sha256>(sha_ni::LANES, |words, parts| sha_ni::sha256(sha, words, parts));
        check_zero_kernel(sha_ni::ZERO_LANES, |words, n| sha_ni::sha1_zeros(sha, words, n));
    }
    if let Some(avx2) = or_skip(avx2::Detected::new(), "AVX2") {
        check_kernel::<Sha1>(avx2::LANES, |words, parts| avx2::sha1(avx2, words, parts));
        check_kernel::<Sha256>(avx2::LANES, |words, parts| avx2::sha256(avx2, words, parts));
        check_zero_kernel(avx2::ZERO_LANES, |words, n| avx2::sha1_zeros(avx2, words, n));
    }
    if let Some(avx512) = or_skip(avx512::Detected::new(), "AVX-512") {
        check_kernel::<Sha1>(avx512::LANES, |words, parts| avx512::sha1(avx512, words, parts));
        check_kernel::<Sha256>(avx512::LANES, |words, parts| avx512::sha256(avx512, words, parts));
        check_zero_kernel(avx512::ZERO_LANES, |words, n| avx512::sha1_zeros(avx512, words, n));
    }
}

/// Chaining values as they come in the middle of a message, one a lane.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn begun<A: Algorithm>(lanes: usize) -> Vec<A::Words> {
    let begin = |lane| {
        let mut words = A::START;
        A::compress(&mut words, noise(64, lane).as_chunks().0);
        words
    };
    (0..lanes).map(begin).collect()
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn check_kernel<A: Algorithm>(most: usize, kernel: impl Fn(&mut [A::Words], &[&[Block]])) {
    for lanes in 1..=most {
        for blocks in 0..=5 {
            let data: Vec<_> = (0..lanes).map(|lane| noise(64 * blocks, lane + 100)).collect();
            let parts: Vec<_> = data.iter().map(|data| data.as_chunks().0).collect();
            let mut words = begun::<A>(lanes);
            let mut expected = words.clone();
            expected.iter_mut().zip(&parts).for_each(|(words, part)| A::compress(words, part));
            kernel(&mut words, &parts);
            assert_eq!(words, expected, "{lanes} lanes, {blocks} blocks");
        }
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn check_zero_kernel(most: usize, kernel: impl Fn(&mut [[u32; 5]], usize)) {
    for lanes in 1..=most {
        for blocks in 0..=5 {
            let mut words = begun::<Sha1>(lanes);
            let mut expected = words.clone();
            let zeros = &[[0; 64]; 5][..blocks];
            expected.iter_mut().for_each(|words| Sha1::compress(words, zeros));
            kernel(&mut words, blocks);
            assert_eq!(words, expected, "{lanes} lanes, {blocks} blocks");
        }
    }
}

/// The same through what chooses between them.
#[test]
fn zeros_on_every_lane_count() {
    for engine in engines() {
        for lanes in 1..=engine.zero_lanes() {
            for blocks in [0, 1, 5] {
                let mut words: Vec<_> = (0..lanes).map(|lane| [lane as u32; 5]).collect();
                let mut expected = words.clone();
                let zeros = &[[0; 64]; 5][..blocks];
                expected.iter_mut().for_each(|words| Sha1::compress(words, zeros));
                Sha1::compress_zeros(engine, &mut words, blocks);
                assert_eq!(words, expected, "{engine:?}, {lanes} lanes, {blocks} blocks");
            }
        }
    }
}

/// More messages than lanes, as many blocks for each or nearly so.
#[test]
fn zeros_of_few_blocks_for_many() {
    for engine in engines() {
        for count in (1..=GROUP + 1).step_by(if cfg!(miri) { 16 } else { 1 }) {
            for zeros in [0, 1, 63, 64, 65, 191, 320] {
                let parts: Vec<_> = (0..count).map(|i| (i % 66, zeros + i as u64 % 2)).collect();
                check_zeros::<Sha1>(engine, &parts);
            }
        }
    }
}

/// Messages, and where each is cut into updates.
fn cut_messages() -> impl Strategy<Value = Vec<(usize, Vec<usize>)>> {
    let length = prop_oneof![0_usize..300, 60_usize..70, 0_usize..9000];
    vec((length, vec(0_usize..9000, 0..6)), 1..30)
}

fn check_cuts<A: Oracle>(engine: Engine, messages: &[(usize, Vec<usize>)]) {
    let rounds = 7;
    let data: Vec<_> = messages.iter().enumerate().map(|(i, (len, _))| noise(*len, i)).collect();
    let cuts: Vec<Vec<usize>> = messages
        .iter()
        .map(|(length, cuts)| {
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (length + 1)).collect();
            cuts.resize(rounds - 1, *length);
            cuts.sort_unstable();
            cuts.insert(0, 0);
            cuts.push(*length);
            cuts
        })
        .collect();
    let mut hashers = vec![Hasher::<A>::new(); data.len()];
    for round in 0..rounds {
        let parts: Vec<&[u8]> = data
            .iter()
            .zip(&cuts)
            .map(|(data, cuts)| &data[cuts[round]..cuts[round + 1]])
            .collect();
        update_each_on(engine, &mut hashers, &parts);
    }
    for (data, hasher) in data.iter().zip(hashers) {
        assert_eq!(hasher.finish(), A::expected(data), "{engine:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { ProptestConfig::default().cases.min(200) }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_gives_the_same(messages in cut_messages()) {
        for engine in engines() {
            check_cuts::<Sha1>(engine, &messages);
            check_cuts::<Sha256>(engine, &messages);
        }
    }

    #[test]
    fn any_lengths_at_once(lengths in vec(0_usize..5000, 0..60)) {
        let messages: Vec<_> = lengths.iter().enumerate().map(|(i, len)| noise(*len, i)).collect();
        for engine in engines() {
            check_digests::<Sha1>(engine, &messages);
            check_digests::<Sha256>(engine, &messages);
        }
    }

    #[test]
    fn any_zeros(parts in vec((0_usize..200, 0_u64..20_000), 1..40)) {
        for engine in engines() {
            check_zeros::<Sha1>(engine, &parts);
            check_zeros::<Sha256>(engine, &parts);
        }
    }
}

#[test]
fn one_message() {
    for length in [0, 1, 63, 64, 65, 100_000] {
        let message = noise(length, 3);
        assert_eq!(digest::<Sha1>(&message), Sha1::expected(&message));
        assert_eq!(digest::<Sha256>(&message), Sha256::expected(&message));
        let mut hasher = Hasher::<Sha1>::new();
        hasher.update(&message);
        hasher.zeros(77);
        assert_eq!(hasher.finish(), Sha1::expected(&[&message, &[0; 77][..]].concat()));
    }
}

/// A hash over less than what was meant must not come out of any build.
#[test]
fn counts_that_differ_are_refused() {
    let refused = |run: &dyn Fn()| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_err();
    };
    let two = || [Hasher::<Sha1>::new(), Hasher::new()];
    refused(&|| update_each(&mut two(), &[b"one"]));
    refused(&|| zeros_each(&mut two(), &[1]));
    refused(&|| digest_each::<Sha256>(&[b"one", b"two"], &mut [[0; 32]]));
    for engine in engines() {
        refuses_other_counts::<Sha1>(engine);
        refuses_other_counts::<Sha256>(engine);
    }
}

fn refuses_other_counts<A: Algorithm>(engine: Engine) {
    let (short, long) = ([[0; 64]; 1], [[0; 64]; 2]);
    let lanes = A::lanes(engine);
    let mut parts = vec![&long[..]; lanes];
    let run = |count: usize, parts: &[&[Block]]| {
        let run = || A::compress_side_by_side(engine, &mut vec![A::START; count], parts);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
    };
    run(lanes, &parts).unwrap();
    run(lanes + 1, &parts).unwrap_err();
    if lanes > 1 {
        parts[lanes - 1] = &short;
        run(lanes, &parts).unwrap_err();
    }
}
