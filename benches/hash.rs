//! What hashing costs: GiB a second on one core, messages alone and side by side, beside the crates
//! `sha1` and `sha2` on the same bytes. Run by `cargo bench --bench hash`. Taken from the thread's
//! processor time where there is any (Unix), and the best of several rounds: a busy machine changes
//! little.

use bt::hash::{Algorithm, Hasher, Sha1, Sha256, digest_each, lanes, update_each, zeros_each};
use sha1::Digest;
use std::hint::black_box;
use std::time::Duration;

/// What one message is fed at once.
const PART: usize = 64 * 1024;
const LEAF: usize = 16 * 1024;
const GIB: f64 = (1u64 << 30) as f64;

/// Processor time of this thread.
#[cfg(unix)]
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

#[cfg(not(unix))]
fn now() -> Duration {
    use std::time::Instant;
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// GiB a second of something that takes in `bytes`: the best of nine rounds of 64 MiB.
fn rate(bytes: usize, mut once: impl FnMut()) -> f64 {
    let times = (64 << 20) / bytes;
    let mut best = Duration::MAX;
    for _ in 0..9 {
        let start = now();
        (0..times).for_each(|_| once());
        best = best.min(now() - start);
    }
    (bytes * times) as f64 / GIB / best.as_secs_f64()
}

fn print(what: &str, rate: f64, alone: f64) {
    println!("{what:<44} {rate:>6.2} GiB/s  {:>5.2} x", rate / alone);
}

fn measure<A: Algorithm, C: Digest>(name: &str, data: &[Vec<u8>]) {
    let parts: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
    println!("{name}: {} lanes", lanes::<A>());

    let mut hasher = C::new();
    let alone = rate(PART, || hasher.update(black_box(&data[0])));
    black_box(hasher.finalize());
    print("  the crate, one message", alone, alone);
    for count in [1, 2, 3, 4, 6, 8, 12, 16] {
        let mut hashers = vec![Hasher::<A>::new(); count];
        let rate = rate(PART * count, || update_each(&mut hashers, black_box(&parts[..count])));
        print(&format!("  {count} messages"), rate, alone);
        hashers.into_iter().for_each(|hasher| {
            black_box(hasher.finish());
        });
    }

    let leaves: Vec<&[u8]> = data.iter().flat_map(|data| data.chunks(LEAF)).collect();
    let mut digests = vec![A::Digest::default(); leaves.len()];
    let bytes = LEAF * leaves.len();
    let alone = rate(bytes, || {
        leaves.iter().for_each(|leaf| {
            black_box(C::digest(leaf));
        });
    });
    print("  the crate, leaves of 16 KiB", alone, alone);
    let all = rate(bytes, || digest_each::<A>(black_box(&leaves), &mut digests));
    print("  leaves of 16 KiB", all, alone);
    let ragged: Vec<&[u8]> =
        leaves.iter().enumerate().map(|(i, leaf)| &leaf[..i * 7919 % LEAF]).collect();
    let bytes = ragged.iter().map(|part| part.len()).sum();
    let all = rate(bytes, || digest_each::<A>(black_box(&ragged), &mut digests));
    print("  messages of any length to 16 KiB", all, alone);
    let pairs: Vec<&[u8]> = data.iter().flat_map(|data| data.chunks(64)).collect();
    let mut digests = vec![A::Digest::default(); pairs.len()];
    let bytes = 64 * pairs.len();
    let alone = rate(bytes, || {
        pairs.iter().for_each(|pair| {
            black_box(C::digest(pair));
        });
    });
    print("  the crate, messages of 64 bytes", alone, alone);
    let all = rate(bytes, || digest_each::<A>(black_box(&pairs), &mut digests));
    print("  messages of 64 bytes", all, alone);

    let zeros = vec![0; PART];
    let mut hasher = C::new();
    let alone = rate(PART, || hasher.update(black_box(&zeros)));
    black_box(hasher.finalize());
    print("  the crate, zeros", alone, alone);
    for count in [1, 2, 3, 4, 8, 12, 16, 24, 32, 64] {
        let mut hashers = vec![Hasher::<A>::new(); count];
        let counts = vec![PART as u64; count];
        let rate = rate(PART * count, || zeros_each(&mut hashers, black_box(&counts)));
        print(&format!("  zeros, {count} messages"), rate, alone);
        hashers.into_iter().for_each(|hasher| {
            black_box(hasher.finish());
        });
    }
    let mut hashers = vec![Hasher::<A>::new(); 64];
    let counts: Vec<u64> = (0..64).map(|i| i * 7919 % PART as u64).collect();
    let bytes = counts.iter().sum::<u64>() as usize;
    let rate = rate(bytes, || zeros_each(&mut hashers, black_box(&counts)));
    print("  zeros, 64 messages of any length to 64 KiB", rate, alone);
    hashers.into_iter().for_each(|hasher| {
        black_box(hasher.finish());
    });
}

fn main() {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let data: Vec<Vec<u8>> = (0..16).map(|_| (0..PART).map(|_| next()).collect()).collect();
    measure::<Sha1, sha1::Sha1>("SHA-1", &data);
    measure::<Sha256, sha2::Sha256>("SHA-256", &data);
}
