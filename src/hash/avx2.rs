//! The rounds of SHA-1 spelt out in vectors of AVX2, for zeros alone.
//!
//! The message schedule of a block of zeros is zeros as well, so nothing is left but the rounds, and
//! these are additions, rotations and logic, of which a vector does eight messages in one
//! instruction. Two vectors take turns, so that one has work while the other waits for a sum; the
//! state of both fits the 16 registers, that of a third does not.
//!
//! That is more than the SHA instructions do, but not by enough to make up for a message schedule:
//! bytes are theirs. The two are not mixed: SHA instructions keep the upper half of a register, and
//! were measured a hundred times slower where one of them was in use.
//!
//! AVX-512 is not used: nobody here could run it, and so nobody could test it.
//!
//! `unsafe` is the one call of a function that needs AVX2. The function itself is safe.

#![allow(unsafe_code)]
// A lane is a place in several arrays at once.
#![allow(clippy::needless_range_loop)]

#[cfg(target_arch = "x86")]
use std::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

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

/// Messages at once, at most.
pub(super) const ZERO_LANES: usize = 8 * VECTORS;

/// Vectors that take turns.
const VECTORS: usize = 2;

/// One word of the state of all messages.
type Word = [__m256i; VECTORS];

/// SHA-1 of messages that go on with `count` blocks of zeros. Fewer than [`ZERO_LANES`] take as long
/// as these: lanes that nobody needs are hashed and dropped.
pub(super) fn sha1_zeros(_: Detected, words: &mut [[u32; 5]], count: usize) {
    for words in words.chunks_mut(ZERO_LANES) {
        let mut lanes = [[0; 5]; ZERO_LANES];
        let used = &mut lanes[..words.len()];
        used.copy_from_slice(words);
        // SAFETY: a `Detected` was given, so the processor has AVX2.
        unsafe { zero_blocks(&mut lanes, count) }
        words.copy_from_slice(&lanes[..words.len()]);
    }
}

#[target_feature(enable = "avx2")]
fn zero_blocks(lanes: &mut [[u32; 5]; ZERO_LANES], count: usize) {
    let mut state: [Word; 5] = from_fn(|word| {
        from_fn(|vector| {
            let at = |lane: usize| lanes[vector * 8 + lane][word].cast_signed();
            _mm256_setr_epi32(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
        })
    });
    for _ in 0..count {
        let start = state;
        state = twenty_rounds::<0>(state);
        state = twenty_rounds::<1>(state);
        state = twenty_rounds::<2>(state);
        state = twenty_rounds::<3>(state);
        for word in 0..5 {
            for vector in 0..VECTORS {
                state[word][vector] = _mm256_add_epi32(state[word][vector], start[word][vector]);
            }
        }
    }
    for (word, vectors) in state.iter().enumerate() {
        for (vector, lanes) in vectors.iter().zip(lanes.chunks_exact_mut(8)) {
            let words = [
                _mm256_extract_epi32::<0>(*vector),
                _mm256_extract_epi32::<1>(*vector),
                _mm256_extract_epi32::<2>(*vector),
                _mm256_extract_epi32::<3>(*vector),
                _mm256_extract_epi32::<4>(*vector),
                _mm256_extract_epi32::<5>(*vector),
                _mm256_extract_epi32::<6>(*vector),
                _mm256_extract_epi32::<7>(*vector),
            ];
            for (lane, value) in lanes.iter_mut().zip(words) {
                lane[word] = value.cast_unsigned();
            }
        }
    }
}

/// Five rounds in a turn of the loop: each value is then back in the register where it began.
#[inline]
#[target_feature(enable = "avx2")]
fn twenty_rounds<const F: u8>(mut state: [Word; 5]) -> [Word; 5] {
    for _ in 0..4 {
        state = round::<F>(round::<F>(round::<F>(round::<F>(round::<F>(state)))));
    }
    state
}

/// A round whose word of the message is zero. `F` is the number of the function, 0 to 3.
#[inline]
#[target_feature(enable = "avx2")]
fn round<const F: u8>([a, mut b, c, d, mut e]: [Word; 5]) -> [Word; 5] {
    for i in 0..VECTORS {
        let (mixed, k) = match F {
            0 => {
                let chosen = _mm256_and_si256(b[i], _mm256_xor_si256(c[i], d[i]));
                (_mm256_xor_si256(d[i], chosen), 0x5a82_7999_u32)
            }
            2 => {
                let (one, other) = (_mm256_xor_si256(b[i], c[i]), _mm256_xor_si256(c[i], d[i]));
                (_mm256_xor_si256(c[i], _mm256_and_si256(one, other)), 0x8f1b_bcdc)
            }
            _ => {
                let k = if F == 1 { 0x6ed9_eba1 } else { 0xca62_c1d6 };
                (_mm256_xor_si256(b[i], _mm256_xor_si256(c[i], d[i])), k)
            }
        };
        // `a` last: it is the one that was not there a round before.
        e[i] = _mm256_add_epi32(e[i], _mm256_set1_epi32(k.cast_signed()));
        e[i] = _mm256_add_epi32(e[i], mixed);
        e[i] = _mm256_add_epi32(e[i], _mm256_slli_epi32::<5>(a[i]));
        e[i] = _mm256_add_epi32(e[i], _mm256_srli_epi32::<27>(a[i]));
        b[i] = _mm256_or_si256(_mm256_slli_epi32::<30>(b[i]), _mm256_srli_epi32::<2>(b[i]));
    }
    [e, a, b, c, d]
}
