//! Who compresses: the crates `sha1` and `sha2`, or the kernels of this layer where the processor
//! has the instructions for them.

use super::{Algorithm, Block, Sha1, Sha256};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use super::{avx2, avx512, sha_ni};

/// What this processor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One message after the other, by `sha1` and `sha2`.
    Crates,
    /// Several messages at once, with such instructions of x86 as there are.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    X86 {
        sha: Option<sha_ni::Detected>,
        avx2: Option<avx2::Detected>,
        avx512: Option<avx512::Detected>,
    },
}

impl Engine {
    /// The fastest that runs here.
    pub(super) fn best() -> Self {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        return Self::X86 {
            sha: sha_ni::Detected::new(),
            avx2: avx2::Detected::new(),
            avx512: avx512::Detected::new(),
        };
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        Self::Crates
    }

    /// The fastest of this build: without optimisation each instruction of the kernels is a call, and
    /// the crates, which are always optimised, are a hundred times faster.
    pub(super) fn of_this_build() -> Self {
        if cfg!(debug_assertions) { Self::Crates } else { Self::best() }
    }

    /// Messages that go on with zeros and are compressed at once, at most.
    pub(super) fn zero_lanes(self) -> usize {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::X86 { avx512: Some(_), .. } => avx512::ZERO_LANES,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::X86 { avx2: Some(_), .. } => avx2::ZERO_LANES,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::X86 { sha: Some(_), .. } => sha_ni::ZERO_LANES,
            _ => 1,
        }
    }
}

/// The most of any engine, for zeros or bytes.
pub(super) const MOST_LANES: usize = 32;

/// From how many messages on vectors are faster than the SHA instructions where they are at all: their
/// lanes cost the same whether they are used or not.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const BEFORE_SHA: usize = 13;

/// The same for zeros where the crates would do it instead.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const BEFORE_CRATES: usize = 3;

/// From how many messages on vectors are the faster ones for zeros.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn before(sha: Option<sha_ni::Detected>) -> usize {
    sha.map_or(BEFORE_CRATES, |_| BEFORE_SHA)
}

/// What is given of zeros at once.
static ZEROS: [Block; 64] = [[0; 64]; 64];

fn one_by_one<A: Algorithm>(words: &mut [A::Words], parts: &[&[Block]]) {
    assert_eq!(words.len(), parts.len(), "as many parts as words");
    for (words, part) in words.iter_mut().zip(parts) {
        A::compress(words, part);
    }
}

/// Zeros as bytes from memory.
fn zeros_from_memory<A: Algorithm>(engine: Engine, words: &mut [A::Words], count: usize) {
    for words in words.chunks_mut(A::lanes(engine)) {
        let mut left = count;
        while left > 0 {
            let part = &ZEROS[..left.min(ZEROS.len())];
            A::compress_side_by_side(engine, words, &[part; MOST_LANES][..words.len()]);
            left -= part.len();
        }
    }
}

impl Algorithm for Sha1 {
    type Digest = [u8; 20];
    type Words = [u32; 5];
    const START: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

    fn compress(words: &mut [u32; 5], blocks: &[Block]) {
        sha1::block_api::compress(words, blocks);
    }

    fn lanes(engine: Engine) -> usize {
        match engine {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: Some(_), .. } => sha_ni::LANES,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { avx512: Some(_), .. } => avx512::LANES,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { avx2: Some(_), .. } => avx2::LANES,
            _ => 1,
        }
    }

    fn compress_side_by_side(engine: Engine, words: &mut [[u32; 5]], parts: &[&[Block]]) {
        match engine {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: Some(sha), .. } if words.len() > 1 => {
                sha_ni::sha1(sha, words, parts);
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: None, avx512: Some(avx512), .. } if words.len() > avx2::LANES => {
                avx512::sha1(avx512, words, parts);
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: None, avx2: Some(avx2), .. } if words.len() > 1 => {
                avx2::sha1(avx2, words, parts);
            }
            _ => one_by_one::<Self>(words, parts),
        }
    }

    fn compress_zeros(engine: Engine, words: &mut [[u32; 5]], count: usize) {
        match engine {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha, avx512: Some(avx512), .. } if words.len() >= before(sha) => {
                avx512::sha1_zeros(avx512, words, count);
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha, avx2: Some(avx2), .. } if words.len() >= before(sha) => {
                avx2::sha1_zeros(avx2, words, count);
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: Some(sha), .. } => {
                for words in words.chunks_mut(sha_ni::ZERO_LANES) {
                    sha_ni::sha1_zeros(sha, words, count);
                }
            }
            _ => zeros_from_memory::<Self>(engine, words, count),
        }
    }
}

impl Algorithm for Sha256 {
    type Digest = [u8; 32];
    type Words = [u32; 8];
    const START: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];

    fn compress(words: &mut [u32; 8], blocks: &[Block]) {
        sha2::block_api::compress256(words, blocks);
    }

    fn lanes(engine: Engine) -> usize {
        match engine {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { avx512: Some(_), .. } => avx512::LANES,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: Some(_), .. } => sha_ni::LANES,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { avx2: Some(_), .. } => avx2::LANES,
            _ => 1,
        }
    }

    fn compress_side_by_side(engine: Engine, words: &mut [[u32; 8]], parts: &[&[Block]]) {
        match engine {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha, avx512: Some(avx512), .. }
                if words.len() >= sha.map_or(avx2::LANES + 1, |_| BEFORE_SHA) =>
            {
                avx512::sha256(avx512, words, parts);
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: Some(sha), .. } if words.len() > 1 => {
                assert_eq!(words.len(), parts.len(), "as many parts as words");
                let parts = parts.chunks(sha_ni::LANES);
                for (words, parts) in words.chunks_mut(sha_ni::LANES).zip(parts) {
                    sha_ni::sha256(sha, words, parts);
                }
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::X86 { sha: None, avx2: Some(avx2), .. } if words.len() > 1 => {
                avx2::sha256(avx2, words, parts);
            }
            _ => one_by_one::<Self>(words, parts),
        }
    }

    /// Without a kernel of its own: BEP 52 pads trees with zero hashes, not data with zeros.
    fn compress_zeros(engine: Engine, words: &mut [[u32; 8]], count: usize) {
        zeros_from_memory::<Self>(engine, words, count);
    }
}
