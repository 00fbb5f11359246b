//! How long pieces should be.

use super::Version;

/// The shortest that is chosen, and that v2 allows (BEP 52).
const SHORTEST: u32 = 16 << 10;

/// The longest that is chosen for the sake of few pieces; more only keeps metainfo short.
const USUAL: u32 = 16 << 20;

/// The longest that is ever chosen: [`MAX_PIECE_LENGTH`](crate::torrent::metainfo::MAX_PIECE_LENGTH).
const LONGEST: u32 = 1 << 30;

/// Bytes of metainfo, with room for names of trackers and the like; 10 MB in all.
const METAINFO: u64 = 9_500_000;

/// What somebody asks of the piece length.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wish {
    /// No longer than this, in bytes.
    pub longest: Option<u32>,
    /// About so many pieces, and no more.
    pub count: Option<u32>,
}

/// The piece length for so many bytes in so many files: a power of two from 16 KiB.
///
/// As a rule the one that makes 1,000 to 2,000 pieces, up to 16 MiB, or comes nearest to that: few
/// enough that metainfo is short, enough that peers soon have something to give. Longer than 16 MiB
/// only where the hashes would make metainfo longer than 10 MB: from 7.9 TB for v1, 4.9 TB for v2
/// and 3.0 TB for a hybrid. A wish goes before that: a count of pieces makes the shortest pieces of
/// which there are no more, and nothing makes them longer than the longest that is wished. Many
/// files take room by their names alone, whatever the piece length.
pub fn piece_length(total: u64, files: usize, version: Version, wish: Wish) -> u32 {
    let longest = wish.longest.map_or(LONGEST, |longest| floor(longest.clamp(SHORTEST, LONGEST)));
    let wanted = match wish.count {
        Some(count) => power(total.div_ceil(count.max(1).into())),
        None => power(total.div_ceil(2_000)).min(USUAL).max(power(total / pieces(files, version))),
    };
    wanted.min(longest)
}

/// How many pieces have room in metainfo.
fn pieces(files: usize, version: Version) -> u64 {
    let hash = match version {
        Version::V1 => 20,
        Version::V2 => 32,
        Version::Hybrid => 52,
    };
    let entry = match version {
        Version::V1 => 60,
        Version::V2 => 100,
        Version::Hybrid => 200,
    };
    let names = (files as u64).saturating_mul(entry);
    // Where names alone are too long, no piece length makes up for it.
    METAINFO.saturating_sub(names).max(METAINFO / 4) / hash
}

/// The power of two from 16 KiB to 1 GiB that is at least this, or comes nearest to it.
fn power(bytes: u64) -> u32 {
    let wanted = bytes.clamp(SHORTEST.into(), LONGEST.into()).next_power_of_two();
    u32::try_from(wanted).unwrap_or(LONGEST)
}

/// The power of two that is at most this.
fn floor(bytes: u32) -> u32 {
    bytes.checked_ilog2().map_or(1, |bits| 1 << bits)
}

/// Which clients take pieces of that length, in words for a warning; `None` for all in use.
///
/// Until about 2015 makers of metainfo offered 16 MiB at most and some clients refused more;
/// today's take at least 64 MiB, and those that use libtorrent none beyond 256 MiB.
pub fn reach(piece_length: u32) -> Option<&'static str> {
    match piece_length.div_ceil(1 << 20) {
        0..=16 => None,
        17..=64 => Some("some clients take no pieces longer than 16 MiB"),
        65..=256 => Some("many clients take no pieces longer than 64 MiB"),
        _ => Some("most clients take no pieces longer than 256 MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: Wish = Wish { longest: None, count: None };

    #[test]
    fn pieces_are_a_thousand_or_two() {
        for total in [0, 1, 16 << 20] {
            assert_eq!(piece_length(total, 1, Version::V1, NONE), 16 << 10);
        }
        for total in [32_768_001, 700_000_000, 4_700_000_000, 2_000 << 24] {
            for version in [Version::V1, Version::V2, Version::Hybrid] {
                let length = u64::from(piece_length(total, 1, version, NONE));
                assert!((1_000..=2_000).contains(&total.div_ceil(length)), "{total}");
            }
        }
    }

    #[test]
    fn huge_torrents_have_longer_pieces() {
        let tera = 1_000_000_000_000;
        for (version, total, length) in [
            (Version::V1, 7 * tera, 16),
            (Version::V1, 8 * tera, 32),
            (Version::V1, 100 * tera, 256),
            (Version::V2, 4 * tera, 16),
            (Version::V2, 5 * tera, 32),
            (Version::V2, 100 * tera, 512),
            (Version::Hybrid, 2 * tera, 16),
            (Version::Hybrid, 4 * tera, 32),
            (Version::Hybrid, 100 * tera, 1024),
            (Version::Hybrid, u64::MAX, 1024),
        ] {
            assert_eq!(piece_length(total, 1, version, NONE), length << 20, "{version:?} {total}");
        }
    }

    #[test]
    fn wishes_are_met() {
        let of = |longest, count| {
            piece_length(10_000 << 20, 1, Version::V1, Wish { longest, count }) >> 10
        };
        assert_eq!(
            (of(None, None), of(Some(4 << 20), None), of(Some(5 << 20), None)),
            (8192, 4096, 4096)
        );
        assert_eq!(
            (of(None, Some(10_000)), of(None, Some(9_999)), of(None, Some(1))),
            (1024, 2048, 1 << 20)
        );
        assert_eq!((of(Some(1 << 20), Some(100)), of(Some(1), Some(0))), (1024, 16));
    }

    #[test]
    fn long_pieces_are_warned_of() {
        assert_eq!(reach(16 << 20), None);
        assert!(reach((16 << 20) + 1).is_some_and(|text| text.ends_with("16 MiB")));
        assert!(reach(256 << 20).is_some_and(|text| text.ends_with("64 MiB")));
        assert!(reach(512 << 20).is_some_and(|text| text.ends_with("256 MiB")));
    }

    proptest! {
        #[test]
        fn metainfo_stays_under_ten_megabytes(total in 1u64..100_000_000_000_000, files in 1usize..20_000) {
            for (version, hash) in [(Version::V1, 20), (Version::V2, 32), (Version::Hybrid, 52)] {
                let length = piece_length(total, files, version, NONE);
                prop_assert!(length.is_power_of_two() && (SHORTEST..=LONGEST).contains(&length));
                prop_assert!(total.div_ceil(length.into()) * hash < 9_500_100);
            }
        }

        #[test]
        fn no_wish_breaks_it(total: u64, longest: Option<u32>, count: Option<u32>) {
            let wish = Wish { longest, count };
            let length = piece_length(total, 1, Version::Hybrid, wish);
            prop_assert!(length.is_power_of_two() && (SHORTEST..=LONGEST).contains(&length));
            prop_assert!(longest.is_none_or(|longest| length <= longest.max(SHORTEST)));
            let pieces = total.div_ceil(length.into());
            let met = count.is_none_or(|count| pieces <= count.into());
            prop_assert!(met || longest.is_some() || length == LONGEST);
        }
    }
}
