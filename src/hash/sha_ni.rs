//! The SHA instructions of x86 on several messages at once.
//!
//! One message keeps a core's SHA unit busy a third of the time: each step waits for the one before
//! it. Here the steps of several messages take turns. How many is a matter of registers, of which
//! there are 16: beyond, values go to the stack and back.
//!
//! `unsafe` are the calls of functions that need processor features. The functions themselves are safe,
//! and none of them touches memory other than through slices.

#![allow(unsafe_code)]
// A lane is a place in several arrays at once.
#![allow(clippy::needless_range_loop)]

#[cfg(target_arch = "x86")]
use std::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::Block;
use std::array::from_fn;

/// Says that this processor has all that the functions of this module need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected(());

impl Detected {
    /// Asks the processor, once: the answer is kept by the standard library.
    pub(super) fn new() -> Option<Self> {
        let all = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse2")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("sse4.1");
        all.then_some(Self(()))
    }
}

/// Messages at once, at most.
pub(super) const LANES: usize = 4;

/// The same where they go on with zeros.
pub(super) const ZERO_LANES: usize = 8;

/// Calls the kernel for as many lanes as there are words. A lane that is passed over would be a wrong
/// hash, so a count that no kernel is for ends the program.
macro_rules! by_lanes {
    ($words:ident, $parts:expr, $kernel:ident, $($lanes:literal)*) => {
        match $words.len() {
            0 => {}
            $($lanes => {
                let (Ok(words), Ok(parts)) = ($words.try_into(), $parts.try_into()) else {
                    unreachable!("as many parts as words")
                };
                // SAFETY: a `Detected` was given, so the processor has what the kernel needs.
                unsafe { $kernel::<$lanes>(words, parts) }
            })*
            lanes => unreachable!("{lanes} messages, more than lanes"),
        }
    };
}

/// SHA-1 of up to [`LANES`] messages; all parts have the same length.
pub(super) fn sha1(_: Detected, words: &mut [[u32; 5]], parts: &[&[Block]]) {
    assert_equal(parts);
    by_lanes!(words, parts, sha1_lanes, 1 2 3 4);
}

/// SHA-256 of up to [`LANES`] messages; all parts have the same length.
pub(super) fn sha256(_: Detected, words: &mut [[u32; 8]], parts: &[&[Block]]) {
    assert_equal(parts);
    by_lanes!(words, parts, sha256_lanes, 1 2 3 4);
}

/// SHA-1 of up to [`ZERO_LANES`] messages that go on with `count` blocks of zeros.
pub(super) fn sha1_zeros(_: Detected, words: &mut [[u32; 5]], count: usize) {
    by_lanes!(words, count, sha1_zero_lanes, 1 2 3 4 5 6 7 8);
}

/// The kernels stop where the shortest part ends.
fn assert_equal(parts: &[&[Block]]) {
    let same = parts.windows(2).all(|two| matches!(two, [a, b] if a.len() == b.len()));
    assert!(same, "parts of several lengths");
}

/// Sixteen bytes as four words, the first one lowest, in the byte order of memory.
#[inline]
#[target_feature(enable = "sse2")]
fn load(bytes: &[u8]) -> __m128i {
    let half = |at: usize| {
        let mut half = [0; 8];
        half.copy_from_slice(&bytes[at..at + 8]);
        i64::from_le_bytes(half)
    };
    _mm_set_epi64x(half(8), half(0))
}

/// Four words, the first one lowest.
#[inline]
#[target_feature(enable = "sse2")]
fn vector(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_set_epi32(d, c, b, a)
}

/// The reverse of [`vector`].
#[inline]
#[target_feature(enable = "sse4.1")]
fn words(vector: __m128i) -> [u32; 4] {
    [
        _mm_extract_epi32::<0>(vector),
        _mm_extract_epi32::<1>(vector),
        _mm_extract_epi32::<2>(vector),
        _mm_extract_epi32::<3>(vector),
    ]
    .map(i32::cast_unsigned)
}

/// Twenty groups of four rounds of SHA-1; `$group` is called with the function of the round and the
/// number of the group, both constants.
macro_rules! sha1_groups {
    ($group:ident) => {
        $group!(0, 0);
        $group!(0, 1);
        $group!(0, 2);
        $group!(0, 3);
        $group!(0, 4);
        $group!(1, 5);
        $group!(1, 6);
        $group!(1, 7);
        $group!(1, 8);
        $group!(1, 9);
        $group!(2, 10);
        $group!(2, 11);
        $group!(2, 12);
        $group!(2, 13);
        $group!(2, 14);
        $group!(3, 15);
        $group!(3, 16);
        $group!(3, 17);
        $group!(3, 18);
        $group!(3, 19);
    };
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn sha1_lanes<const N: usize>(state: &mut [[u32; 5]; N], parts: &[&[Block]; N]) {
    let zero = _mm_setzero_si128();
    let big_endian = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    let count = parts.iter().map(|part| part.len()).min().unwrap_or(0);
    let parts: [&[Block]; N] = from_fn(|lane| &parts[lane][..count]);
    let mut abcd: [_; N] = from_fn(|lane| {
        let [a, b, c, d, _] = state[lane];
        vector([d, c, b, a])
    });
    let mut e: [_; N] = from_fn(|lane| vector([0, 0, 0, state[lane][4]]));
    for block in 0..count {
        let start = (abcd, e);
        let mut w = [[zero; N]; 4];
        // What the rounds take as their fifth word comes from the state of four rounds before.
        let mut before = abcd;
        macro_rules! group {
            ($function:literal, $number:literal) => {
                let (w0, w1, w2, w3) =
                    ($number % 4, ($number + 1) % 4, ($number + 2) % 4, ($number + 3) % 4);
                for lane in 0..N {
                    w[w0][lane] = if $number < 4 {
                        let bytes = &parts[lane][block][$number % 4 * 16..][..16];
                        _mm_shuffle_epi8(load(bytes), big_endian)
                    } else {
                        let mixed = _mm_sha1msg1_epu32(w[w0][lane], w[w1][lane]);
                        let mixed = _mm_xor_si128(mixed, w[w2][lane]);
                        _mm_sha1msg2_epu32(mixed, w[w3][lane])
                    };
                    let input = if $number == 0 {
                        _mm_add_epi32(e[lane], w[w0][lane])
                    } else {
                        _mm_sha1nexte_epu32(before[lane], w[w0][lane])
                    };
                    before[lane] = abcd[lane];
                    abcd[lane] = _mm_sha1rnds4_epu32::<$function>(abcd[lane], input);
                }
            };
        }
        sha1_groups!(group);
        for lane in 0..N {
            e[lane] = _mm_sha1nexte_epu32(before[lane], start.1[lane]);
            abcd[lane] = _mm_add_epi32(abcd[lane], start.0[lane]);
        }
    }
    for lane in 0..N {
        let ([d, c, b, a], [_, _, _, e]) = (words(abcd[lane]), words(e[lane]));
        state[lane] = [a, b, c, d, e];
    }
}

/// The message schedule of a block of zeros is zeros as well: nothing is left but the rounds.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn sha1_zero_lanes<const N: usize>(state: &mut [[u32; 5]; N], count: usize) {
    let zero = _mm_setzero_si128();
    let mut abcd: [_; N] = from_fn(|lane| {
        let [a, b, c, d, _] = state[lane];
        vector([d, c, b, a])
    });
    let mut e: [_; N] = from_fn(|lane| vector([0, 0, 0, state[lane][4]]));
    for _ in 0..count {
        let start = (abcd, e);
        let mut before = abcd;
        macro_rules! group {
            ($function:literal, $number:literal) => {
                for lane in 0..N {
                    let input = if $number == 0 {
                        e[lane]
                    } else {
                        _mm_sha1nexte_epu32(before[lane], zero)
                    };
                    before[lane] = abcd[lane];
                    abcd[lane] = _mm_sha1rnds4_epu32::<$function>(abcd[lane], input);
                }
            };
        }
        sha1_groups!(group);
        for lane in 0..N {
            e[lane] = _mm_sha1nexte_epu32(before[lane], start.1[lane]);
            abcd[lane] = _mm_add_epi32(abcd[lane], start.0[lane]);
        }
    }
    for lane in 0..N {
        let ([d, c, b, a], [_, _, _, e]) = (words(abcd[lane]), words(e[lane]));
        state[lane] = [a, b, c, d, e];
    }
}

/// The constants of the 64 rounds of SHA-256, four to a group.
pub(super) const SHA256_K: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn sha256_lanes<const N: usize>(state: &mut [[u32; 8]; N], parts: &[&[Block]; N]) {
    let zero = _mm_setzero_si128();
    let big_endian = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let count = parts.iter().map(|part| part.len()).min().unwrap_or(0);
    let parts: [&[Block]; N] = from_fn(|lane| &parts[lane][..count]);
    // The instruction wants the words in this order.
    let mut abef: [_; N] = from_fn(|lane| {
        let [a, b, _, _, e, f, _, _] = state[lane];
        vector([f, e, b, a])
    });
    let mut cdgh: [_; N] = from_fn(|lane| {
        let [_, _, c, d, _, _, g, h] = state[lane];
        vector([h, g, d, c])
    });
    for block in 0..count {
        let start = (abef, cdgh);
        let mut w = [[zero; N]; 4];
        macro_rules! groups {
            ($($number:literal)*) => { $(
                let (w0, w1, w2, w3) =
                    ($number % 4, ($number + 1) % 4, ($number + 2) % 4, ($number + 3) % 4);
                let k = vector(SHA256_K[$number]);
                for lane in 0..N {
                    w[w0][lane] = if $number < 4 {
                        let bytes = &parts[lane][block][$number % 4 * 16..][..16];
                        _mm_shuffle_epi8(load(bytes), big_endian)
                    } else {
                        let mixed = _mm_sha256msg1_epu32(w[w0][lane], w[w1][lane]);
                        let seven_back = _mm_alignr_epi8::<4>(w[w3][lane], w[w2][lane]);
                        _mm_sha256msg2_epu32(_mm_add_epi32(mixed, seven_back), w[w3][lane])
                    };
                    let input = _mm_add_epi32(w[w0][lane], k);
                    cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], input);
                    let input = _mm_shuffle_epi32::<0x0e>(input);
                    abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], input);
                }
            )* };
        }
        groups!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        for lane in 0..N {
            abef[lane] = _mm_add_epi32(abef[lane], start.0[lane]);
            cdgh[lane] = _mm_add_epi32(cdgh[lane], start.1[lane]);
        }
    }
    for lane in 0..N {
        let ([f, e, b, a], [h, g, d, c]) = (words(abef[lane]), words(cdgh[lane]));
        state[lane] = [a, b, c, d, e, f, g, h];
    }
}
