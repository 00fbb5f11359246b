//! SHA-1 and SHA-256 of several messages at once: what a processor's hash instructions can do on
//! one core is reached only where they work on messages that do not wait for each other.
//!
//! A [`Hasher`] is one message's hash under way. [`update_each`] feeds several of them side by
//! side, whatever the lengths; the same bytes give the same digests as feeding each alone. A *lane*
//! is the place of one message among those that are compressed side by side; a message that ends
//! leaves its lane to the next.
//!
//! Which `Engine` does the work is found out at run time. The crates `sha1` and `sha2` compress
//! where this layer has nothing better: on every other processor, and wherever one message is alone.

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod avx2;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod avx512;
mod engine;
mod lanes;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod sha_ni;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod vectors;

use engine::Engine;
use lanes::{Job, Zeros, compress_each};
use std::fmt::Debug;
use std::slice;

/// What a compression function takes at once.
#[doc(hidden)]
pub type Block = [u8; 64];

/// SHA-1 (BEP 3).
#[derive(Clone, Copy, Debug)]
pub struct Sha1;

/// SHA-256 (BEP 52).
#[derive(Clone, Copy, Debug)]
pub struct Sha256;

/// One of the two.
pub trait Algorithm: Copy + Debug + Send + Sync + 'static {
    /// The digest, as bytes.
    type Digest: AsRef<[u8]> + AsMut<[u8]> + Copy + Eq + Default + Debug + Send + Sync;
    /// The chaining value.
    #[doc(hidden)]
    type Words: AsRef<[u32]> + Copy + Debug + Eq + Send + Sync;
    /// The chaining value of nothing.
    #[doc(hidden)]
    const START: Self::Words;
    /// Of one message.
    #[doc(hidden)]
    fn compress(words: &mut Self::Words, blocks: &[Block]);
    /// Messages that are compressed at once, at most.
    #[doc(hidden)]
    fn lanes(engine: Engine) -> usize;
    /// Of several messages, each with as many blocks; at most [`Self::lanes`] of them.
    #[doc(hidden)]
    fn compress_side_by_side(engine: Engine, words: &mut [Self::Words], parts: &[&[Block]]);
    /// The same, where each message goes on with `count` blocks of zeros.
    #[doc(hidden)]
    fn compress_zeros(engine: Engine, words: &mut [Self::Words], count: usize);
}

/// The hash of one message, under way.
#[derive(Clone)]
pub struct Hasher<A: Algorithm> {
    words: A::Words,
    /// Bytes of the message so far. Those after the last whole block stand in `partial`.
    length: u64,
    partial: Block,
}

impl<A: Algorithm> Debug for Hasher<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").field("length", &self.length).finish_non_exhaustive()
    }
}

impl<A: Algorithm> Default for Hasher<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Algorithm> Hasher<A> {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self { words: A::START, length: 0, partial: [0; 64] }
    }

    /// Appends bytes to the message.
    pub fn update(&mut self, bytes: &[u8]) {
        let (rest, full) = self.fill(bytes);
        if full {
            A::compress(&mut self.words, slice::from_ref(&self.partial));
        }
        let (blocks, rest) = rest.as_chunks();
        if !blocks.is_empty() {
            A::compress(&mut self.words, blocks);
        }
        self.keep(blocks.len() as u64, rest);
    }

    /// Appends zeros to the message; cheaper than bytes from memory.
    pub fn zeros(&mut self, count: u64) {
        zeros_each(slice::from_mut(self), &[count]);
    }

    /// The digest of the whole message.
    pub fn finish(mut self) -> A::Digest {
        let (whole, rest) = self.partial.split_at(self.partial_length());
        debug_assert!(!rest.is_empty() && whole.len() < 64);
        let tail = Tail::new(whole, self.length);
        A::compress(&mut self.words, tail.blocks());
        to_digest::<A>(self.words)
    }

    fn partial_length(&self) -> usize {
        (self.length % 64) as usize
    }

    /// Completes a partial block as far as `bytes` reach. What is left of them, and whether
    /// `partial` is a whole block that waits to be compressed.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> (&'a [u8], bool) {
        let begun = self.partial_length();
        if begun == 0 {
            return (bytes, false);
        }
        let free = self.partial.split_at_mut(begun).1;
        let (head, rest) = bytes.split_at(bytes.len().min(free.len()));
        free.split_at_mut(head.len()).0.copy_from_slice(head);
        self.length += head.len() as u64;
        (rest, self.partial_length() == 0)
    }

    /// Counts `blocks` as compressed and keeps what comes after them, less than a block. No block
    /// is partial, or there is nothing to keep.
    fn keep(&mut self, blocks: u64, rest: &[u8]) {
        self.length += blocks * 64 + rest.len() as u64;
        if !rest.is_empty() {
            self.partial.split_at_mut(rest.len()).0.copy_from_slice(rest);
        }
    }
}

/// The end of a message: the bytes after its last whole block, the mark and the length, in one or
/// two blocks.
#[derive(Clone, Copy)]
struct Tail {
    bytes: [Block; 2],
    count: usize,
}

impl Tail {
    const NONE: Self = Self { bytes: [[0; 64]; 2], count: 0 };

    /// `rest` is less than a block; `length` is that of the whole message, in bytes.
    fn new(rest: &[u8], length: u64) -> Self {
        let mut tail = Self { count: if rest.len() < 56 { 1 } else { 2 }, ..Self::NONE };
        let bits = (length << 3).to_be_bytes();
        let bytes = tail.bytes.as_flattened_mut();
        bytes[..rest.len()].copy_from_slice(rest);
        bytes[rest.len()] = 0x80;
        bytes[tail.count * 64 - 8..][..8].copy_from_slice(&bits);
        tail
    }

    fn blocks(&self) -> &[Block] {
        &self.bytes[..self.count]
    }
}

fn to_digest<A: Algorithm>(words: A::Words) -> A::Digest {
    let mut digest = A::Digest::default();
    let (bytes, _) = digest.as_mut().as_chunks_mut();
    for (bytes, word) in bytes.iter_mut().zip(words.as_ref()) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// So many messages are taken at once; what is kept for them is on the stack. Several times the
/// lanes, so that few lanes stay empty at the end where lengths differ, and a multiple of any
/// likely count of lanes, so that none does where lengths are equal.
const GROUP: usize = 32;

/// Appends to each message the bytes of the same place; lengths may differ.
///
/// Fastest with a multiple of [`lanes`] messages and bytes of about the same length.
///
/// # Panics
/// There are not as many messages as data: to pass over one would give a wrong hash.
pub fn update_each<A: Algorithm>(hashers: &mut [Hasher<A>], data: &[&[u8]]) {
    update_each_on(Engine::of_this_build(), hashers, data);
}

fn update_each_on<A: Algorithm>(engine: Engine, hashers: &mut [Hasher<A>], data: &[&[u8]]) {
    assert_eq!(hashers.len(), data.len(), "a message without its bytes");
    for (hashers, data) in hashers.chunks_mut(GROUP).zip(data.chunks(GROUP)) {
        if let ([hasher], [bytes]) = (&mut *hashers, data) {
            hasher.update(bytes);
            continue;
        }
        // First the blocks that were begun before.
        let mut heads = [[0; 64]; GROUP];
        let mut rests: [&[u8]; GROUP] = [&[]; GROUP];
        let mut begun = [false; GROUP];
        for (i, (hasher, bytes)) in hashers.iter_mut().zip(data).enumerate() {
            (rests[i], begun[i]) = hasher.fill(bytes);
            if begun[i] {
                heads[i] = hasher.partial;
            }
        }
        if begun.contains(&true) {
            compress(engine, hashers, |i| &heads[i..][..usize::from(begun[i])]);
        }
        // Then whole blocks from where they lie.
        compress(engine, hashers, |i| rests[i].as_chunks().0);
        for (hasher, rest) in hashers.iter_mut().zip(rests) {
            let (blocks, rest) = rest.as_chunks::<64>();
            hasher.keep(blocks.len() as u64, rest);
        }
    }
}

/// Compresses what `input` gives for each of at most [`GROUP`] messages.
fn compress<A: Algorithm, I: lanes::Input>(
    engine: Engine,
    hashers: &mut [Hasher<A>],
    input: impl Fn(usize) -> I,
) {
    let mut jobs = [Job::<A, I> { words: A::START, input: I::NONE }; GROUP];
    let jobs = &mut jobs[..hashers.len()];
    for (i, (job, hasher)) in jobs.iter_mut().zip(&*hashers).enumerate() {
        *job = Job { words: hasher.words, input: input(i) };
    }
    compress_each(engine, jobs);
    for (hasher, job) in hashers.iter_mut().zip(jobs) {
        hasher.words = job.words;
    }
}

/// Appends to each message as many zeros as stand at the same place: the pad that a BEP 47 pad file
/// is. Zeros have a compression of their own, with more lanes than [`lanes`] says: the more messages
/// are given at once, the better.
///
/// # Panics
/// There are not as many messages as counts.
pub fn zeros_each<A: Algorithm>(hashers: &mut [Hasher<A>], counts: &[u64]) {
    zeros_each_on(Engine::of_this_build(), hashers, counts);
}

fn zeros_each_on<A: Algorithm>(engine: Engine, hashers: &mut [Hasher<A>], counts: &[u64]) {
    assert_eq!(hashers.len(), counts.len(), "a message without its count");
    const ZEROS: Block = [0; 64];
    for (hashers, counts) in hashers.chunks_mut(GROUP).zip(counts.chunks(GROUP)) {
        let mut left = [0; GROUP];
        let mut heads: [&[u8]; GROUP] = [&[]; GROUP];
        for (i, (hasher, &count)) in hashers.iter().zip(counts).enumerate() {
            let to_border = (64 - hasher.partial_length()) % 64;
            let head = usize::try_from(count).unwrap_or(usize::MAX).min(to_border);
            heads[i] = &ZEROS[..head];
            left[i] = count - head as u64;
        }
        update_each_on(engine, hashers, &heads[..counts.len()]);
        compress(engine, hashers, |i| Zeros(left[i] / 64));
        for (hasher, left) in hashers.iter_mut().zip(left) {
            hasher.keep(left / 64, &ZEROS[..(left % 64) as usize]);
        }
    }
}

/// The digest of each message, into the same place of `digests`. Made for many small ones: the 16
/// KiB leaves of BEP 52, and the pairs of hashes above them.
///
/// # Panics
/// There are not as many messages as digests.
pub fn digest_each<A: Algorithm>(messages: &[&[u8]], digests: &mut [A::Digest]) {
    digest_each_on::<A>(Engine::of_this_build(), messages, digests);
}

fn digest_each_on<A: Algorithm>(engine: Engine, messages: &[&[u8]], digests: &mut [A::Digest]) {
    assert_eq!(messages.len(), digests.len(), "a message without its digest");
    for (messages, digests) in messages.chunks(GROUP).zip(digests.chunks_mut(GROUP)) {
        let none: &[Block] = &[];
        let mut jobs = [Job::<A, _> { words: A::START, input: none }; GROUP];
        let jobs = &mut jobs[..messages.len()];
        let mut tails = [Tail::NONE; GROUP];
        for ((job, tail), message) in jobs.iter_mut().zip(&mut tails).zip(messages) {
            let (blocks, rest) = message.as_chunks();
            job.input = blocks;
            *tail = Tail::new(rest, message.len() as u64);
        }
        compress_each(engine, jobs);
        for (job, tail) in jobs.iter_mut().zip(&tails) {
            job.input = tail.blocks();
        }
        compress_each(engine, jobs);
        for (digest, job) in digests.iter_mut().zip(jobs) {
            *digest = to_digest::<A>(job.words);
        }
    }
}

/// The digest of one message.
pub fn digest<A: Algorithm>(message: &[u8]) -> A::Digest {
    let mut hasher = Hasher::<A>::new();
    hasher.update(message);
    hasher.finish()
}

/// How many messages at once this processor hashes fastest.
pub fn lanes<A: Algorithm>() -> usize {
    A::lanes(Engine::best())
}
