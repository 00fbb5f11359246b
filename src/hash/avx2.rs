//! Eight messages at once, by AVX2.
//!
//! Where a processor has SHA instructions, they are better for bytes. Zeros have no message schedule,
//! and there sixteen messages by AVX2 are faster than the SHA instructions are. The two are not
//! mixed: SHA instructions keep the upper half of a register, and were measured a hundred times
//! slower where one of them was in use.

#![allow(unsafe_code)]
// A lane is a place in several arrays at once.
#![allow(clippy::needless_range_loop)]

#[cfg(target_arch = "x86")]
use std::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::Block;
use super::sha_ni::SHA256_K;
use super::vectors::{SHA1_K, kernels};
use std::array::from_fn;

/// Says that this processor has all that the functions of this module need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected(());

impl Detected {
    /// Asks the processor, once: the answer is kept by the standard library.
    pub(super) fn new() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

type Vector = __m256i;

const WIDTH: usize = 8;

kernels!("avx2");

#[inline]
#[target_feature(enable = "avx2")]
fn all(word: u32) -> Vector {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn from_lanes(words: [u32; WIDTH]) -> Vector {
    let [a, b, c, d, e, f, g, h] = words.map(u32::cast_signed);
    _mm256_setr_epi32(a, b, c, d, e, f, g, h)
}

#[inline]
#[target_feature(enable = "avx2")]
fn to_lanes(vector: Vector) -> [u32; WIDTH] {
    [
        _mm256_extract_epi32::<0>(vector),
        _mm256_extract_epi32::<1>(vector),
        _mm256_extract_epi32::<2>(vector),
        _mm256_extract_epi32::<3>(vector),
        _mm256_extract_epi32::<4>(vector),
        _mm256_extract_epi32::<5>(vector),
        _mm256_extract_epi32::<6>(vector),
        _mm256_extract_epi32::<7>(vector),
    ]
    .map(i32::cast_unsigned)
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(a: Vector, b: Vector) -> Vector {
    _mm256_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: Vector, b: Vector) -> Vector {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor3(a: Vector, b: Vector, c: Vector) -> Vector {
    _mm256_xor_si256(a, _mm256_xor_si256(b, c))
}

/// Bits of `b` where `a` has ones, of `c` elsewhere.
#[inline]
#[target_feature(enable = "avx2")]
fn choose(a: Vector, b: Vector, c: Vector) -> Vector {
    _mm256_xor_si256(c, _mm256_and_si256(a, _mm256_xor_si256(b, c)))
}

/// Bits that two of the three have.
#[inline]
#[target_feature(enable = "avx2")]
fn majority(a: Vector, b: Vector, c: Vector) -> Vector {
    let (one, other) = (_mm256_xor_si256(a, b), _mm256_xor_si256(b, c));
    _mm256_xor_si256(b, _mm256_and_si256(one, other))
}

/// `LEFT` to the left, which is `RIGHT` to the right.
#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const LEFT: i32, const RIGHT: i32>(a: Vector) -> Vector {
    const { assert!(LEFT + RIGHT == 32) };
    _mm256_or_si256(_mm256_slli_epi32::<LEFT>(a), _mm256_srli_epi32::<RIGHT>(a))
}

#[inline]
#[target_feature(enable = "avx2")]
fn shift_right<const BY: i32>(a: Vector) -> Vector {
    _mm256_srli_epi32::<BY>(a)
}

/// The words of eight blocks: first those that blocks begin with.
#[inline]
#[target_feature(enable = "avx2")]
fn load(blocks: [&Block; WIDTH]) -> [Vector; 16] {
    let (first, second) = (half(&blocks, 0), half(&blocks, 32));
    from_fn(|word| if word < 8 { first[word] } else { second[word - 8] })
}

/// The eight words of each block from the byte `at` on.
#[inline]
#[target_feature(enable = "avx2")]
fn half(blocks: &[&Block; WIDTH], at: usize) -> [Vector; 8] {
    let big_endian = _mm256_set_epi64x(
        0x0c0d_0e0f_0809_0a0b,
        0x0405_0607_0001_0203,
        0x0c0d_0e0f_0809_0a0b,
        0x0405_0607_0001_0203,
    );
    let rows: [_; 8] = from_fn(|lane| {
        let (longs, _) = blocks[lane][at..at + 32].as_chunks::<8>();
        let long = |i: usize| i64::from_le_bytes(longs[i]);
        _mm256_shuffle_epi8(_mm256_setr_epi64x(long(0), long(1), long(2), long(3)), big_endian)
    });
    // Words of two blocks, then of four, in turn; each half of a vector has its own four words.
    let twos: [_; 8] = from_fn(|i| {
        let (a, b) = (rows[i / 2 * 2], rows[i / 2 * 2 + 1]);
        if i % 2 == 0 { _mm256_unpacklo_epi32(a, b) } else { _mm256_unpackhi_epi32(a, b) }
    });
    let fours: [_; 8] = from_fn(|i| {
        let (a, b) = (twos[i / 4 * 4 + i % 4 / 2], twos[i / 4 * 4 + i % 4 / 2 + 2]);
        if i % 2 == 0 { _mm256_unpacklo_epi64(a, b) } else { _mm256_unpackhi_epi64(a, b) }
    });
    from_fn(|word| {
        let (a, b) = (fours[word % 4], fours[word % 4 + 4]);
        if word < 4 {
            _mm256_permute2x128_si256::<0x20>(a, b)
        } else {
            _mm256_permute2x128_si256::<0x31>(a, b)
        }
    })
}
