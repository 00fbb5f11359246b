//! Lanes: which messages are compressed side by side, and for how many blocks.
//!
//! All lanes go on together for as many blocks as the shortest of them has left. Who is done then
//! leaves the lane to the next message, so lanes are empty only where no message is left.

use super::engine::{Engine, MOST_LANES};
use super::{Algorithm, Block};

/// Whole blocks that a message goes on with.
pub(super) trait Input: Copy {
    /// No blocks.
    const NONE: Self;

    fn count(&self) -> u64;

    /// Takes blocks off the front: at most what there are.
    fn take(&mut self, count: u64) -> Self;

    /// How many lanes are of use.
    fn lanes<A: Algorithm>(engine: Engine) -> usize;

    /// Compresses the parts, each of `count` blocks.
    fn compress<A: Algorithm>(engine: Engine, words: &mut [A::Words], parts: &[Self], count: u64);
}

impl Input for &[Block] {
    const NONE: Self = &[];

    fn count(&self) -> u64 {
        self.len() as u64
    }

    fn take(&mut self, count: u64) -> Self {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.len());
        let (taken, rest) = self.split_at(count);
        *self = rest;
        taken
    }

    fn lanes<A: Algorithm>(engine: Engine) -> usize {
        A::lanes(engine)
    }

    fn compress<A: Algorithm>(engine: Engine, words: &mut [A::Words], parts: &[Self], _: u64) {
        A::compress_side_by_side(engine, words, parts);
    }
}

/// So many blocks of zeros.
#[derive(Clone, Copy)]
pub(super) struct Zeros(pub u64);

impl Input for Zeros {
    const NONE: Self = Self(0);

    fn count(&self) -> u64 {
        self.0
    }

    fn take(&mut self, count: u64) -> Self {
        let count = count.min(self.0);
        self.0 -= count;
        Self(count)
    }

    fn lanes<A: Algorithm>(engine: Engine) -> usize {
        engine.zero_lanes()
    }

    fn compress<A: Algorithm>(engine: Engine, words: &mut [A::Words], _: &[Self], count: u64) {
        let mut left = count;
        while left > 0 {
            let part = usize::try_from(left).unwrap_or(usize::MAX);
            A::compress_zeros(engine, words, part);
            left -= part as u64;
        }
    }
}

/// A message's chaining value and the blocks that it goes on with.
#[derive(Clone, Copy)]
pub(super) struct Job<A: Algorithm, I> {
    pub words: A::Words,
    pub input: I,
}

/// Compresses all blocks of all jobs.
pub(super) fn compress_each<A: Algorithm, I: Input>(engine: Engine, jobs: &mut [Job<A, I>]) {
    let most = I::lanes::<A>(engine).min(MOST_LANES);
    let mut words = [A::START; MOST_LANES];
    let mut inputs = [I::NONE; MOST_LANES];
    let mut parts = [I::NONE; MOST_LANES];
    // Which job is on the lane. Lanes in use are the first `used` ones.
    let mut job_of = [0; MOST_LANES];
    let mut used = 0;
    let mut next = 0;
    loop {
        while used < most && next < jobs.len() {
            let job = jobs[next];
            if job.input.count() > 0 {
                (words[used], inputs[used], job_of[used]) = (job.words, job.input, next);
                used += 1;
            }
            next += 1;
        }
        let Some(count) = inputs[..used].iter().map(I::count).min() else { return };
        for (part, input) in parts.iter_mut().zip(&mut inputs[..used]) {
            *part = input.take(count);
        }
        I::compress::<A>(engine, &mut words[..used], &parts[..used], count);
        for lane in (0..used).rev() {
            if inputs[lane].count() == 0 {
                jobs[job_of[lane]].words = words[lane];
                used -= 1;
                (words[lane], inputs[lane], job_of[lane]) =
                    (words[used], inputs[used], job_of[used]);
            }
        }
    }
}
