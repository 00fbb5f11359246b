//! SHA-1 and SHA-256 of as many messages at once as a vector has 32-bit lanes: lane `n` of each
//! vector is of message `n`.
//!
//! [`kernels`] writes the functions into a module that brings the width and the operations: `Vector`,
//! `WIDTH`, `Detected`, `all`, `from_lanes`, `to_lanes`, `add`, `xor`, `xor3`, `choose`, `majority`, `rotate`,
//! `shift_right` and `load`. A function that uses a processor's features is compiled for them as a
//! whole, so it cannot be generic over which ones; what a macro writes can.
//!
//! Bytes take one vector: turns with a second one would bring work where a round waits for the one
//! before, but the message schedule is such work, and the registers are full. The message schedule of
//! a block of zeros is zeros, nothing is left but the rounds, and there two vectors take turns.
//!
//! `unsafe` are the calls of functions that need the module's features. The functions themselves are
//! safe, and none of them touches memory other than through slices.

/// The constants of SHA-1, each of twenty rounds.
pub(super) const SHA1_K: [u32; 4] = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];

/// The functions, compiled for `$features`, a list as the attribute `target_feature` has it.
macro_rules! kernels {
    ($features:literal) => {
        /// Messages at once, at most.
        pub(super) const LANES: usize = WIDTH;

        /// The same where they go on with zeros.
        pub(super) const ZERO_LANES: usize = WIDTH * TURNS;

        /// Vectors that take turns where messages go on with zeros.
        const TURNS: usize = 2;

        /// SHA-1 of up to [`LANES`] messages; all parts have the same length. Fewer messages take as
        /// long: lanes that nobody needs are hashed and dropped.
        pub(super) fn sha1(_: Detected, words: &mut [[u32; 5]], parts: &[&[Block]]) {
            on_lanes(words, parts, |state, parts| {
                // SAFETY: a `Detected` was given, so the processor has what the kernel needs.
                unsafe { sha1_lanes(state, parts) }
            });
        }

        /// SHA-256 likewise.
        pub(super) fn sha256(_: Detected, words: &mut [[u32; 8]], parts: &[&[Block]]) {
            on_lanes(words, parts, |state, parts| {
                // SAFETY: as in `sha1`.
                unsafe { sha256_lanes(state, parts) }
            });
        }

        /// SHA-1 of messages that go on with `count` blocks of zeros. Fewer than [`ZERO_LANES`] take
        /// as long as these.
        pub(super) fn sha1_zeros(_: Detected, words: &mut [[u32; 5]], count: usize) {
            for words in words.chunks_mut(ZERO_LANES) {
                let mut state = [[0; 5]; ZERO_LANES];
                let used = &mut state[..words.len()];
                used.copy_from_slice(words);
                // SAFETY: as in `sha1`.
                unsafe { sha1_zero_lanes(&mut state, count) }
                words.copy_from_slice(&state[..words.len()]);
            }
        }

        /// Gives each message a lane, and the lanes that are left to the last one.
        fn on_lanes<const N: usize>(
            words: &mut [[u32; N]],
            parts: &[&[Block]],
            kernel: impl Fn(&mut [[u32; N]; WIDTH], &[&[Block]; WIDTH]),
        ) {
            // A lane that is passed over would be a wrong hash, and so would a part cut short.
            assert!(words.len() == parts.len() && words.len() <= WIDTH, "as many parts as words");
            let same = parts.windows(2).all(|two| matches!(two, [a, b] if a.len() == b.len()));
            assert!(same, "parts of several lengths");
            let Some(last) = words.len().checked_sub(1) else { return };
            let mut state = from_fn(|lane| words[lane.min(last)]);
            kernel(&mut state, &from_fn(|lane| parts[lane.min(last)]));
            words.copy_from_slice(&state[..words.len()]);
        }

        /// The state of [`WIDTH`] messages, word by word.
        #[inline]
        #[target_feature(enable = $features)]
        fn gather<const N: usize>(state: &[[u32; N]]) -> [Vector; N] {
            from_fn(|word| from_lanes(from_fn(|lane| state[lane][word])))
        }

        /// The reverse of [`gather`].
        #[inline]
        #[target_feature(enable = $features)]
        fn scatter<const N: usize>(vectors: [Vector; N], state: &mut [[u32; N]]) {
            for (word, vector) in vectors.into_iter().enumerate() {
                for (state, value) in state.iter_mut().zip(to_lanes(vector)) {
                    state[word] = value;
                }
            }
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn sums<const N: usize>(a: [Vector; N], b: [Vector; N]) -> [Vector; N] {
            from_fn(|word| add(a[word], b[word]))
        }

        /// A round of SHA-1. `F` is the number of the function, 0 to 3; `e` has the constant and the
        /// message's word in it already.
        #[inline]
        #[target_feature(enable = $features)]
        fn sha1_round<const F: usize>([a, b, c, d, e]: [Vector; 5]) -> [Vector; 5] {
            let mixed = match F {
                0 => choose(b, c, d),
                2 => majority(b, c, d),
                _ => xor3(b, c, d),
            };
            // `a` last: it is the one that was not there a round before.
            let sum = add(add(e, mixed), rotate::<5, 27>(a));
            [sum, a, rotate::<30, 2>(b), c, d]
        }

        #[target_feature(enable = $features)]
        fn sha1_zero_lanes(lanes: &mut [[u32; 5]; ZERO_LANES], count: usize) {
            let mut state: [_; TURNS] = from_fn(|turn| gather(&lanes[turn * WIDTH..][..WIDTH]));
            for _ in 0..count {
                let start = state;
                state = twenty_of_zeros::<0>(state);
                state = twenty_of_zeros::<1>(state);
                state = twenty_of_zeros::<2>(state);
                state = twenty_of_zeros::<3>(state);
                state = from_fn(|turn| sums(state[turn], start[turn]));
            }
            for (state, lanes) in state.into_iter().zip(lanes.chunks_exact_mut(WIDTH)) {
                scatter(state, lanes);
            }
        }

        /// Five rounds in a turn of the loop: each value is then back in the register where it began.
        #[inline]
        #[target_feature(enable = $features)]
        fn twenty_of_zeros<const F: usize>(
            mut state: [[Vector; 5]; TURNS],
        ) -> [[Vector; 5]; TURNS] {
            for _ in 0..4 {
                for _ in 0..5 {
                    for state in &mut state {
                        state[4] = add(state[4], all(SHA1_K[F]));
                        *state = sha1_round::<F>(*state);
                    }
                }
            }
            state
        }

        #[target_feature(enable = $features)]
        fn sha1_lanes(lanes: &mut [[u32; 5]; WIDTH], parts: &[&[Block]; WIDTH]) {
            let count = parts.iter().map(|part| part.len()).min().unwrap_or(0);
            let parts: [&[Block]; WIDTH] = from_fn(|lane| &parts[lane][..count]);
            let mut state = gather(lanes);
            // The whole schedule, and one word more, since it is made five at a time.
            let mut w = [all(0); 81];
            for block in 0..count {
                let start = state;
                w[..16].copy_from_slice(&load(from_fn(|lane| &parts[lane][block])));
                state = twenty::<0>(state, &mut w);
                state = twenty::<1>(state, &mut w);
                state = twenty::<2>(state, &mut w);
                state = twenty::<3>(state, &mut w);
                state = sums(state, start);
            }
            scatter(state, lanes);
        }

        /// Twenty rounds, and sixteen words ahead of them the schedule.
        #[inline]
        #[target_feature(enable = $features)]
        fn twenty<const F: usize>(mut state: [Vector; 5], w: &mut [Vector; 81]) -> [Vector; 5] {
            for turn in 0..4 {
                for round in 0..5 {
                    let t = F * 20 + turn * 5 + round;
                    state[4] = add(state[4], add(w[t], all(SHA1_K[F])));
                    state = sha1_round::<F>(state);
                    if F < 3 || turn == 0 {
                        let mixed = xor3(w[t], w[t + 2], w[t + 8]);
                        w[t + 16] = rotate::<1, 31>(xor(mixed, w[t + 13]));
                    }
                }
            }
            state
        }

        #[target_feature(enable = $features)]
        fn sha256_lanes(lanes: &mut [[u32; 8]; WIDTH], parts: &[&[Block]; WIDTH]) {
            let count = parts.iter().map(|part| part.len()).min().unwrap_or(0);
            let parts: [&[Block]; WIDTH] = from_fn(|lane| &parts[lane][..count]);
            let mut state = gather(lanes);
            let mut w = [all(0); 64];
            for block in 0..count {
                let start = state;
                w[..16].copy_from_slice(&load(from_fn(|lane| &parts[lane][block])));
                // Eight rounds in a turn of the loop, for the same reason.
                for turn in 0..8 {
                    for round in 0..8 {
                        let t = turn * 8 + round;
                        state = sha256_round(state, add(w[t], all(SHA256_K[t / 4][t % 4])));
                        if turn < 6 {
                            let (w1, w14) = (w[t + 1], w[t + 14]);
                            let s0 = (rotate::<25, 7>(w1), rotate::<14, 18>(w1), shift_right::<3>(w1));
                            let s1 =
                                (rotate::<15, 17>(w14), rotate::<13, 19>(w14), shift_right::<10>(w14));
                            let sum = add(add(w[t], w[t + 9]), xor3(s0.0, s0.1, s0.2));
                            w[t + 16] = add(sum, xor3(s1.0, s1.1, s1.2));
                        }
                    }
                }
                state = sums(state, start);
            }
            scatter(state, lanes);
        }

        /// A round of SHA-256; `input` is the constant and the message's word.
        #[inline]
        #[target_feature(enable = $features)]
        fn sha256_round(
            [a, b, c, d, e, f, g, h]: [Vector; 8],
            input: Vector,
        ) -> [Vector; 8] {
            let turned = xor3(rotate::<26, 6>(e), rotate::<21, 11>(e), rotate::<7, 25>(e));
            let first = add(add(add(h, input), choose(e, f, g)), turned);
            let turned = xor3(rotate::<30, 2>(a), rotate::<19, 13>(a), rotate::<10, 22>(a));
            let second = add(turned, majority(a, b, c));
            [add(first, second), a, b, c, add(d, first), e, f, g]
        }
    };
}
pub(super) use kernels;
