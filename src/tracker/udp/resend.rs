//! When a packet that nobody answered is sent again.

use std::time::Duration;

/// The first wait of BEP 15.
const FIRST: Duration = Duration::from_secs(15);
/// No answer is given up sooner, which one from afar may take.
const FIRST_LEAST: Duration = Duration::from_millis(500);
/// Packets in all.
const PACKETS: u32 = 9;

/// How long each packet of a request is waited for, in turn: 15 seconds, then twice as long each time,
/// nine times in all (BEP 15). That is for who has patience; where an answer is of use only `within`
/// some time, the waits are so much shorter that three packets fit into it.
pub fn waits(within: Duration) -> impl Iterator<Item = Duration> {
    // One, two and four parts.
    let first = within.checked_div(7).unwrap_or_default().clamp(FIRST_LEAST, FIRST);
    (0..PACKETS).map(move |packet| first.saturating_mul(1 << packet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(within: u64) -> Vec<u64> {
        waits(Duration::from_secs(within)).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn patience_is_as_the_bep_has_it() {
        let bep = [15, 30, 60, 120, 240, 480, 960, 1920, 3840];
        assert_eq!(seconds(105), bep);
        assert_eq!(seconds(u64::MAX), bep);
    }

    #[test]
    fn three_packets_fit_into_a_short_time() {
        assert_eq!(seconds(7)[..3], [1, 2, 4]);
        assert_eq!(seconds(14)[..3], [2, 4, 8]);
        let hasty: Vec<_> = waits(Duration::ZERO).take(2).collect();
        assert_eq!(hasty, [500, 1000].map(Duration::from_millis), "never in a flood");
    }

    proptest! {
        #[test]
        fn what_is_not_answered_is_repeated_in_time(within in 3500..100_000_000u64) {
            let within = Duration::from_millis(within);
            let begin = waits(within).take(2).sum::<Duration>();
            prop_assert!(begin < within, "the third packet goes out at {begin:?} of {within:?}");
        }
    }
}
