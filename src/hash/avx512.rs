//! Sixteen messages at once, by AVX-512: half the instructions of AVX2 for twice the messages, since
//! it rotates in one instruction and has any function of three words as one.

#![allow(unsafe_code)]

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
        let all = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        all.then_some(Self(()))
    }
}

type Vector = __m512i;

const WIDTH: usize = 16;

kernels!("avx512f,avx512bw");

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn all(word: u32) -> Vector {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn from_lanes(words: [u32; WIDTH]) -> Vector {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = words.map(u32::cast_signed);
    _mm512_setr_epi32(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn to_lanes(vector: Vector) -> [u32; WIDTH] {
    let quarters = [
        _mm512_extracti32x4_epi32::<0>(vector),
        _mm512_extracti32x4_epi32::<1>(vector),
        _mm512_extracti32x4_epi32::<2>(vector),
        _mm512_extracti32x4_epi32::<3>(vector),
    ];
    from_fn(|lane| {
        let quarter = quarters[lane / 4];
        let word = match lane % 4 {
            0 => _mm_extract_epi32::<0>(quarter),
            1 => _mm_extract_epi32::<1>(quarter),
            2 => _mm_extract_epi32::<2>(quarter),
            _ => _mm_extract_epi32::<3>(quarter),
        };
        word.cast_unsigned()
    })
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn add(a: Vector, b: Vector) -> Vector {
    _mm512_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn xor(a: Vector, b: Vector) -> Vector {
    _mm512_xor_si512(a, b)
}

// The functions of three words, as tables: bit `n` is what comes out where `a` has bit 2 of `n`, `b`
// bit 1 and `c` bit 0.

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn xor3(a: Vector, b: Vector, c: Vector) -> Vector {
    _mm512_ternarylogic_epi32::<0b1001_0110>(a, b, c)
}

/// Bits of `b` where `a` has ones, of `c` elsewhere.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn choose(a: Vector, b: Vector, c: Vector) -> Vector {
    _mm512_ternarylogic_epi32::<0b1100_1010>(a, b, c)
}

/// Bits that two of the three have.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn majority(a: Vector, b: Vector, c: Vector) -> Vector {
    _mm512_ternarylogic_epi32::<0b1110_1000>(a, b, c)
}

/// `LEFT` to the left, which is `RIGHT` to the right.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn rotate<const LEFT: i32, const RIGHT: i32>(a: Vector) -> Vector {
    const { assert!(LEFT + RIGHT == 32) };
    _mm512_rol_epi32::<LEFT>(a)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn shift_right<const BY: u32>(a: Vector) -> Vector {
    _mm512_srli_epi32::<BY>(a)
}

/// The words of sixteen blocks: first those that blocks begin with.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(blocks: [&Block; WIDTH]) -> [Vector; 16] {
    let big_endian =
        _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203));
    let rows: [_; 16] = from_fn(|lane| {
        let (longs, _) = blocks[lane].as_chunks::<8>();
        let [a, b, c, d, e, f, g, h] = from_fn(|i| i64::from_le_bytes(longs[i]));
        _mm512_shuffle_epi8(_mm512_setr_epi64(a, b, c, d, e, f, g, h), big_endian)
    });
    // Words of two blocks, then of four, in turn; each quarter of a vector has its own four words.
    let twos: [_; 16] = from_fn(|i| {
        let (a, b) = (rows[i / 2 * 2], rows[i / 2 * 2 + 1]);
        if i % 2 == 0 { _mm512_unpacklo_epi32(a, b) } else { _mm512_unpackhi_epi32(a, b) }
    });
    let fours: [_; 16] = from_fn(|i| {
        let (a, b) = (twos[i / 4 * 4 + i % 4 / 2], twos[i / 4 * 4 + i % 4 / 2 + 2]);
        if i % 2 == 0 { _mm512_unpacklo_epi64(a, b) } else { _mm512_unpackhi_epi64(a, b) }
    });
    // `fours[4 * n + m]` has the words `m`, `m + 4`, `m + 8` and `m + 12` of the blocks from `4 * n` on.
    let eights: [_; 16] = from_fn(|i| {
        let (a, b) = (fours[i / 8 * 8 + i % 4], fours[i / 8 * 8 + i % 4 + 4]);
        if i % 8 < 4 {
            _mm512_shuffle_i32x4::<0b10_00_10_00>(a, b)
        } else {
            _mm512_shuffle_i32x4::<0b11_01_11_01>(a, b)
        }
    });
    // `eights[8 * n + m]` has of the eight blocks from `8 * n` on the words `m` and `m + 8`.
    from_fn(|word| {
        let (a, b) = (eights[word % 8], eights[word % 8 + 8]);
        if word < 8 {
            _mm512_shuffle_i32x4::<0b10_00_10_00>(a, b)
        } else {
            _mm512_shuffle_i32x4::<0b11_01_11_01>(a, b)
        }
    })
}
