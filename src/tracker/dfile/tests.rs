use super::*;
use crate::tracker::http::Counts;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn any_record() -> impl Strategy<Value = Record> {
    (any::<IpAddr>(), 1..=u16::MAX, any::<[u8; 20]>(), any::<bool>(), 0..2700u64).prop_map(
        |(ip, port, id, seed, age)| Record {
            address: SocketAddr::new(ip.to_canonical(), port),
            id: Some(PeerId(id)),
            seed,
            age: Duration::from_secs(age),
        },
    )
}

type Known = BTreeMap<[u8; 20], (u32, BTreeMap<SocketAddr, Record>)>;

fn any_swarms() -> impl Strategy<Value = Known> {
    let peers = proptest::collection::vec(any_record(), 1..20).prop_map(|records| {
        records.into_iter().map(|record| (record.address, record)).collect::<BTreeMap<_, _>>()
    });
    proptest::collection::btree_map(any::<[u8; 20]>(), (any::<u32>(), peers), 0..9)
}

fn fill(swarms: &Known, now: Instant) -> Swarms {
    let registry = Swarms::new(Config::default(), now);
    for (hash, (downloaded, peers)) in swarms {
        registry.restore(now, InfoHash(*hash), *downloaded, peers.values().copied());
    }
    registry
}

fn swarms(registry: &Swarms, now: Instant) -> Known {
    let mut known = Known::new();
    for shard in 0..registry.shards() {
        for torrent in registry.snapshot(shard, now).torrents() {
            let peers = torrent.peers().map(|peer| (peer.address, peer)).collect();
            known.insert(torrent.hash.0, (torrent.downloaded, peers));
        }
    }
    known
}

#[test]
fn the_shape_of_2002_is_read() {
    let old =
        b"d20:aaaaaaaaaaaaaaaaaaaad20:-old-peer-number-001d2:ip8:10.0.0.14:lefti0e4:porti6881ee\
        20:-old-peer-number-002d2:ip8:10.0.0.24:lefti99999999999999999999e4:porti6882ee\
        20:-old-peer-number-003d2:ip4:host4:lefti0e4:porti6882eee\
        20:bbbbbbbbbbbbbbbbbbbbdee";
    let now = Instant::now();
    let registry = load(old, Config::default(), now).unwrap();
    let counts = Counts { complete: 1, incomplete: 1, downloaded: 0 };
    let known: Vec<_> = registry.all();
    assert_eq!(known, [(InfoHash([b'a'; 20]), counts)]);
    let peers = &swarms(&registry, now)[&[b'a'; 20]].1;
    let first = &peers[&"10.0.0.1:6881".parse().unwrap()];
    assert_eq!(first.id, Some(PeerId(*b"-old-peer-number-001")));
    assert_eq!(first.age, Duration::ZERO);
    // Written in the new shape, it is the same tracker.
    let again = load(&save(&registry, now), Config::default(), now).unwrap();
    assert_eq!(swarms(&again, now), swarms(&registry, now));
}

#[test]
fn an_empty_one_is_a_tracker_that_knows_nobody() {
    let now = Instant::now();
    for bytes in [&b""[..], b"de", b"d8:torrentsde7:versioni1ee"] {
        assert_eq!(load(bytes, Config::default(), now).unwrap().all().len(), 0);
    }
    let fresh = save(&Swarms::new(Config::default(), now), now);
    assert_eq!(fresh, b"d8:torrentsde7:versioni1ee");
}

#[test]
fn what_is_no_dfile_is_an_error() {
    let now = Instant::now();
    let error = |bytes: &[u8]| load(bytes, Config::default(), now).unwrap_err();
    assert!(matches!(error(b"\0\0\0"), Error::Bencode(_)));
    assert!(matches!(error(b"le"), Error::Shape(_)));
    assert_eq!(error(b"d7:versioni2ee"), Error::Version(2));
    assert!(matches!(error(b"d7:version1:1e"), Error::Shape(_)));
    assert!(matches!(error(b"d7:versioni1ee"), Error::Shape(_)));
    assert!(matches!(error(b"d8:announce3:url4:infodee"), Error::Shape(_)), "a torrent");
    assert!(matches!(error(b"d20:aaaaaaaaaaaaaaaaaaaai1ee"), Error::Shape(_)));
    let cut = b"d8:torrentsd20:aaaaaaaaaaaaaaaaaaaad10:downloadedi0e5:peers3:abc6:peers60:ee7:versioni1ee";
    assert!(matches!(error(cut), Error::Shape(_)));
}

proptest! {
    #[test]
    fn what_was_saved_is_loaded(some in any_swarms()) {
        let now = Instant::now();
        let bytes = save(&fill(&some, now), now);
        prop_assert!(bencode::parse(&bytes).is_ok(), "canonical");
        let later = now + Duration::from_secs(1 << 20);
        let loaded = load(&bytes, Config::default(), later).unwrap();
        prop_assert_eq!(swarms(&loaded, later), some);
    }

    #[test]
    fn no_part_of_one_passes_for_a_whole(some in any_swarms(), cut: prop::sample::Index) {
        let now = Instant::now();
        let bytes = save(&fill(&some, now), now);
        let short = &bytes[..cut.index(bytes.len() - 1) + 1];
        prop_assume!(short.len() < bytes.len());
        prop_assert!(load(short, Config::default(), now).is_err());
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = load(&bytes, Config::default(), Instant::now());
    }
}
