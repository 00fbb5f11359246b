use super::*;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};

#[test]
fn a_list_in_every_shape() {
    let text = "\u{feff}# a list\r\n\
        0123456789abcdef0123456789ABCDEF01234567\r\n\
        \n  AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH # the same in base32\n\
        00000000000000000000000000000000000000ff000000000000000000000000  \n\
        #0\n\
        ffffffffffffffffffffffffffffffffffffffff";
    let hashes = parse(text.as_bytes()).unwrap();
    let shown: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "0123456789abcdef0123456789abcdef01234567",
            "0123456789abcdef0123456789abcdef01234567",
            "00000000000000000000000000000000000000ff",
            "ffffffffffffffffffffffffffffffffffffffff",
        ]
    );
    assert_eq!(Hashes::new(hashes).len(), 3);
    assert_eq!(parse(b""), Ok(vec![]));
}

#[test]
fn a_bad_line_is_told_by_its_number() {
    let good = "0123456789abcdef0123456789abcdef01234567";
    for bad in [
        "x",
        &good[1..],
        &format!("{good}0"),
        &format!("{good} {good}"),
        &format!("g{}", &good[1..]),
        &format!("{good}{}x", &good[..23]),
        &"\u{e9}".repeat(20),
        &"\u{e9}".repeat(32),
        "0123456789abcdef0123456789abcde1",
    ] {
        let text = format!("{good}\n\n{bad}\n{good}\n");
        assert_eq!(parse(text.as_bytes()).unwrap_err().line, 3, "{bad}");
    }
    let error = parse(b"\nx").unwrap_err().to_string();
    assert_eq!(error, "line 2: an info-hash is 40 or 64 hex digits, or 32 letters of base32");
    assert_eq!(parse(b"\xff\xfe").unwrap_err().line, 1);
}

#[test]
fn what_is_served() {
    let [a, b, c] = [1, 2, 3].map(|n| InfoHash([n; 20]));
    let mut access = Access::default();
    assert!(access.serves(a));
    access.denied = [a].into_iter().collect();
    assert!(!access.serves(a) && access.serves(b));
    access.allowed = Some(Arc::new([a, b].into_iter().collect()));
    assert!(!access.serves(a), "denied before allowed");
    assert!(access.serves(b) && !access.serves(c));
    access.allowed = Some(Arc::default());
    assert!(!access.serves(b), "an empty list is a list");
}

#[test]
fn many_hashes_take_little_more_than_themselves() {
    let mut rng = StdRng::seed_from_u64(1);
    let many: Vec<_> = (0..100_000).map(|_| InfoHash(rng.random())).collect();
    let set = Hashes::new(many.clone());
    let bytes = size_of_val(&*set.sorted) + size_of_val(&*set.starts);
    assert!(bytes <= 21 * many.len(), "{bytes}");
    assert!(many.iter().all(|hash| set.contains(*hash)));
    assert!(!(0..10_000).any(|_| set.contains(InfoHash(rng.random()))));
}

proptest! {
    #[test]
    fn a_set_is_a_set(
        // Few first bytes, so that places are empty, and full.
        hashes in proptest::collection::vec((0u8..4, any::<bool>(), 0u8..3), 0..300),
        asked in proptest::collection::vec((0u8..5, any::<bool>(), 0u8..3), 0..50),
    ) {
        let hash = |(first, high, last): (u8, bool, u8)| {
            let mut hash = [0; 20];
            hash[0] = if high { first | 0xf0 } else { first };
            hash[19] = last;
            InfoHash(hash)
        };
        let plain: std::collections::BTreeSet<_> = hashes.iter().map(|n| hash(*n)).collect();
        let set = Hashes::new(hashes.iter().map(|n| hash(*n)).collect());
        prop_assert!(set.iter().eq(plain.iter().copied()));
        prop_assert_eq!(set.len(), plain.len());
        for hash in asked.into_iter().map(hash).chain(plain.iter().copied()) {
            prop_assert_eq!(set.contains(hash), plain.contains(&hash));
        }
    }

    #[test]
    fn no_list_is_too_odd(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&text);
    }

    #[test]
    fn what_is_written_is_read(hashes in proptest::collection::vec(any::<[u8; 20]>(), 0..20)) {
        let hashes: Vec<_> = hashes.into_iter().map(InfoHash).collect();
        let text: String = hashes.iter().map(|hash| format!("{hash} # x\n")).collect();
        prop_assert_eq!(parse(text.as_bytes()), Ok(hashes));
    }
}
