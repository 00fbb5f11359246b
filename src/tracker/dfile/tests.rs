use super::*;
use crate::tracker::http::Counts;
use crate::tracker::reach::tellable;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;

fn any_peer() -> impl Strategy<Value = Peer> {
    let role = prop_oneof![Just(Role::Leecher), Just(Role::PartialSeed), Just(Role::Seed)];
    let ip = any::<IpAddr>().prop_filter("leads somewhere", |ip| tellable(*ip));
    (ip, 1..=u16::MAX, role, 0..2700u64).prop_map(|(ip, port, role, age)| {
        let address = SocketAddr::new(ip.to_canonical(), port);
        Peer { address, role, age: Duration::from_secs(age) }
    })
}

type Known = BTreeMap<[u8; 20], (u32, BTreeMap<SocketAddr, Peer>)>;

fn any_swarms() -> impl Strategy<Value = Known> {
    let peers = proptest::collection::vec(any_peer(), 1..20).prop_map(|peers| {
        peers.into_iter().map(|peer| (peer.address, peer)).collect::<BTreeMap<_, _>>()
    });
    proptest::collection::btree_map(any::<[u8; 20]>(), (0..=u32::MAX / 2, peers), 0..9)
}

fn fill(known: &Known, now: Instant) -> Swarms {
    let swarms = Swarms::new(Config::default(), now);
    for (hash, (downloaded, peers)) in known {
        let record = |&Peer { address, role, age }: &Peer| Record { address, role, age };
        swarms.restore(now, InfoHash(*hash), *downloaded, peers.values().map(record));
    }
    swarms
}

fn told(bytes: &[u8]) -> Known {
    let mut known = Known::new();
    read(bytes, |torrent| {
        let peers = torrent.peers.iter().map(|&peer| (peer.address, peer)).collect();
        let twice = known.insert(torrent.hash.0, (torrent.downloaded, peers));
        assert_eq!(twice, None);
    })
    .unwrap();
    known
}

fn written(swarms: &Swarms, now: Instant) -> Vec<u8> {
    save(swarms, now)
}

#[test]
fn the_shape_of_2002_is_read() {
    let old =
        b"d20:aaaaaaaaaaaaaaaaaaaad20:-old-peer-number-001d2:ip8:10.0.0.14:lefti0e4:porti6881ee\
        20:-old-peer-number-002d2:ip8:10.0.0.24:lefti99999999999999999999e4:porti6882ee\
        20:-old-peer-number-003d2:ip4:host4:lefti0e4:porti6882eee\
        20:bbbbbbbbbbbbbbbbbbbbdee";
    let now = Instant::now();
    let swarms = load(old, Config::default(), now).unwrap();
    let counts = Counts { complete: 1, incomplete: 1, ..Counts::default() };
    assert_eq!(swarms.all(), [(InfoHash([b'a'; 20]), counts)]);
    let address = "10.0.0.1:6881".parse().unwrap();
    let first = Peer { address, role: Role::Seed, age: Duration::ZERO };
    assert_eq!(told(old)[&[b'a'; 20]].1[&address], first);
    // Written in the new shape, it is the same tracker.
    assert_eq!(told(&written(&swarms, now))[&[b'a'; 20]], told(old)[&[b'a'; 20]]);
}

#[test]
fn the_later_shape_of_that_line_is_read() {
    let old = b"d7:allowedd20:ccccccccccccccccccccd6:lengthi1eee\
        17:allowed_dir_filesd5:a.txtli1ei2eee\
        9:completedd20:aaaaaaaaaaaaaaaaaaaai7e20:bbbbbbbbbbbbbbbbbbbbi9999999999e\
        20:cccccccccccccccccccci-1e20:ddddddddddddddddddddi1ee\
        5:peersd20:aaaaaaaaaaaaaaaaaaaad\
        20:-old-peer-number-001d2:ip8:10.0.0.13:key3:xyz4:lefti0e3:nati0e4:porti6881ee\
        20:-old-peer-number-002d8:given_ip3:any2:ip8:10.0.0.24:lefti9e4:porti6882ee\
        20:-old-peer-number-003d2:ip8:10.0.0.34:lefti9e3:nati1073741824e4:porti6883eee\
        20:bbbbbbbbbbbbbbbbbbbbde20:ccccccccccccccccccccdeee";
    let now = Instant::now();
    let swarms = load(old, Config::default(), now).unwrap();
    let counts = Counts { complete: 1, incomplete: 1, downloaded: 7, ..Counts::default() };
    assert_eq!(swarms.all(), [(InfoHash([b'a'; 20]), counts)]);
    let told = told(old);
    let downloads = told.iter().map(|(hash, (downloads, _))| (hash[0], *downloads));
    assert!(downloads.eq([(b'a', 7), (b'b', u32::MAX), (b'c', 0), (b'd', 1)]), "{told:?}");
    // The counts of those that are listed stay, also of torrents that nobody is in.
    let listed = Swarms::new(Config::default(), now);
    listed.keep([InfoHash([b'b'; 20])]);
    load_into(&listed, old, now).unwrap();
    let kept = listed.counts(InfoHash([b'b'; 20])).unwrap();
    assert_eq!((kept.downloaded, listed.known()), (u32::MAX / 2, 2));
    for cut in 1..old.len() {
        assert!(check(&old[..cut]).is_err());
        assert!(looks_like_one(&old[..cut]));
    }
    for start in [&b"d9:completedd20:"[..], b"d5:peersd20:", b"d12:allowed_listd"] {
        assert!(looks_like_one(start));
    }
}

#[test]
fn version_1_is_read() {
    let old = b"d8:torrentsd20:aaaaaaaaaaaaaaaaaaaad10:downloadedi7e5:peers31:\
        \x0a\0\0\x01\0\x09\0\0\0\x05\x01-XX0000-bbbbbbbbbbbb6:peers60:ee7:versioni1ee";
    let now = Instant::now();
    let swarms = load(old, Config::default(), now).unwrap();
    let counts = Counts { complete: 1, downloaded: 7, ..Counts::default() };
    assert_eq!(swarms.all(), [(InfoHash([b'a'; 20]), counts)]);
    assert_eq!(told(&written(&swarms, now)), told(old));
}

/// One torrent of three peers, and the shard that holds it.
fn three_peers() -> (Known, &'static [u8]) {
    let peer = |address: &str, role, age| {
        let address = address.parse().unwrap();
        (address, Peer { address, role, age: Duration::from_secs(age) })
    };
    let peers = [
        peer("10.0.0.1:9", Role::Seed, 5),
        peer("10.0.0.2:10", Role::Leecher, 258),
        peer("[::1]:11", Role::PartialSeed, 1),
    ];
    let shard = b"62:aaaaaaaaaaaaaaaaaaaa\xac\x02\x01\x01\0\x01\
        \x0a\0\0\x01\0\x09\0\x05\x0a\0\0\x02\0\x0a\x01\x02\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x0b\x80\x01";
    (Known::from([([b'a'; 20], (300, peers.into()))]), shard)
}

#[test]
fn version_2_is_read() {
    let (known, shard) = three_peers();
    let mut old = [b"d3:key16:0123456789abcdef6:shardsl", shard, b"0:e"].concat();
    let mut crc = Crc::new();
    crc.update(&old);
    old.extend([b"3:sum4:", &crc.sum().to_be_bytes()[..], b"7:versioni2ee"].concat());
    assert_eq!(told(&old), known);
    let now = Instant::now();
    let swarms = load(&old, Config::default(), now).unwrap();
    assert_eq!(told(&written(&swarms, now)), known);
    every_change_is_found_out(&old);
}

#[test]
fn version_3_is_these_bytes() {
    let (known, shard) = three_peers();
    let now = Instant::now();
    let swarms = fill(&known, now);
    let bytes = written(&swarms, now);
    // Which shard it is in is drawn anew each time.
    assert!(bytes.starts_with(b"d6:shardsl"));
    let at = bytes.windows(shard.len()).position(|part| part == shard);
    assert!(at.is_some(), "{}", bytes.escape_ascii());
    let (before, rest) = bytes.split_at(10 + shard.len() + (swarms.shards() - 1) * 2);
    assert!(rest.starts_with(b"e3:sum4:") && rest[12..] == *b"7:versioni3ee");
    let mut crc = Crc::new();
    [before, b"e3:sum4:7:versioni3ee"].into_iter().for_each(|part| crc.update(part));
    assert_eq!(rest[8..12], crc.sum().to_be_bytes());
    every_change_is_found_out(&bytes);
}

/// A later version, as it must be written for this one to know it.
fn later(version: &str) -> Vec<u8> {
    let behind = format!("7:versioni{version}ee");
    let mut crc = Crc::new();
    let before = b"d4:datai0e3:sum4:";
    [before, behind.as_bytes()].into_iter().for_each(|part| crc.update(part));
    [before, &crc.sum().to_be_bytes()[..], behind.as_bytes()].concat()
}

#[test]
fn a_later_version_is_believed_where_its_sum_is_right() {
    for (version, number) in [("4", 4), ("17", 17)] {
        let bytes = later(version);
        assert_eq!(check(&bytes), Err(Error::Version(number)));
        every_change_is_found_out(&bytes);
    }
}

/// Whatever is done to a byte, it is a dfile that is broken: none of a later `bt`, no other file.
fn every_change_is_found_out(bytes: &[u8]) {
    for at in 0..bytes.len() {
        for by in 1..=255 {
            let mut changed = bytes.to_vec();
            changed[at] ^= by;
            let error = check(&changed).unwrap_err();
            assert!(!matches!(error, Error::Version(_)), "{}", changed.escape_ascii());
        }
    }
}

#[test]
fn an_empty_one_is_a_tracker_that_knows_nobody() {
    let now = Instant::now();
    let fresh = written(&Swarms::new(Config::default(), now), now);
    for bytes in [&b""[..], b"de", b"d8:torrentsde7:versioni1ee", &fresh] {
        assert_eq!(load(bytes, Config::default(), now).unwrap().all().len(), 0);
    }
}

#[test]
fn what_is_no_dfile_is_an_error() {
    let now = Instant::now();
    let error = |bytes: &[u8]| load(bytes, Config::default(), now).unwrap_err();
    assert!(matches!(error(b"\0\0\0"), Error::Bencode(_)));
    assert!(matches!(error(b"le"), Error::Shape(_)));
    for version in ["-1", "0", "2", "3", "4", "9223372036854775807"] {
        assert_eq!(error(format!("d7:versioni{version}ee").as_bytes()), Error::Sum);
    }
    assert!(matches!(error(b"d7:version1:1e"), Error::Shape(_)));
    assert!(matches!(error(b"d7:versioni1ee"), Error::Shape(_)));
    assert!(matches!(error(b"d8:announce3:url4:infodee"), Error::Shape(_)), "a torrent");
    assert!(matches!(error(b"d20:aaaaaaaaaaaaaaaaaaaai1ee"), Error::Shape(_)));
    for later in ["d9:completedle5:peersdee", "d9:completedd1:ai1ee5:peersdee", "d5:peersd1:adeee"]
    {
        assert!(matches!(error(later.as_bytes()), Error::Shape(_)), "{later}");
    }
    let cut = b"d8:torrentsd20:aaaaaaaaaaaaaaaaaaaad10:downloadedi0e5:peers3:abc6:peers60:ee7:versioni1ee";
    assert!(matches!(error(cut), Error::Shape(_)));
}

#[test]
fn no_number_and_no_count_is_believed_beyond_what_there_is() {
    let mut none = |_: &Torrent| panic!("there is no whole torrent");
    for tail in [&b"\x80\x80\x80\x80\x80\x01"[..], b"\0\xff\xff\xff\xff\x0f\0\0\0", b"\0\x01", b""]
    {
        let bytes = [&[b'a'; 20], tail].concat();
        assert_eq!(shard::unpack(&bytes, &mut none), None, "{}", tail.escape_ascii());
    }
}

proptest! {
    #[test]
    fn what_was_saved_is_loaded(some in any_swarms()) {
        let now = Instant::now();
        let bytes = written(&fill(&some, now), now);
        prop_assert!(bencode::parse(&bytes).is_ok(), "canonical");
        prop_assert_eq!(told(&bytes), some.clone());
        let later = now + Duration::from_secs(1 << 20);
        let loaded = load(&bytes, Config::default(), later).unwrap();
        prop_assert_eq!(told(&written(&loaded, later)), some);
    }

    #[test]
    fn no_part_of_one_passes_for_a_whole(some in any_swarms(), cut: prop::sample::Index) {
        let now = Instant::now();
        let bytes = written(&fill(&some, now), now);
        let short = &bytes[..cut.index(bytes.len() - 1) + 1];
        prop_assume!(short.len() < bytes.len());
        prop_assert!(load(short, Config::default(), now).is_err());
        prop_assert!(looks_like_one(short));
    }

    #[test]
    fn no_changed_byte_passes(some in any_swarms(), at: prop::sample::Index, by in 1..=255_u8) {
        let now = Instant::now();
        let mut bytes = written(&fill(&some, now), now);
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        let error = load(&bytes, Config::default(), now).unwrap_err();
        prop_assert!(!matches!(error, Error::Version(_)));
        prop_assert!(looks_like_one(&bytes));
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = load(&bytes, Config::default(), Instant::now());
        let _ = shard::unpack(&bytes, &mut |_| {});
    }
}
