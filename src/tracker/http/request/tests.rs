use super::*;
use proptest::prelude::*;

const HASH: &str = "info_hash=%00%01%02%03%04%05%06%07%08%09%0a%0B%0c%0d%0e%0f%10%11%12%FF";
const GOOD: &str = "peer_id=-BT0100-abcdefghijkl&port=6881&uploaded=1&downloaded=2&left=3";

fn parse(rest: &str) -> Result<Announce, Garbled> {
    parse_announce(format!("{HASH}&{GOOD}{rest}").as_bytes())
}

#[test]
fn an_ordinary_announce() {
    let announce =
        parse("&event=started&numwant=30&key=DEADbeef&compact=1&no_peer_id=1&trackerid=a%20b")
            .unwrap();
    let mut hash: [u8; 20] = std::array::from_fn(|n| n as u8);
    hash[19] = 0xff;
    assert_eq!(
        announce,
        Announce {
            info_hash: InfoHash(hash),
            peer_id: PeerId(*b"-BT0100-abcdefghijkl"),
            port: 6881,
            uploaded: 1,
            downloaded: 2,
            left: 3,
            event: Event::Started,
            numwant: Some(30),
            compact: true,
            no_peer_id: true,
            key: Some(0xdead_beef),
            tracker_id: Some(Box::from(&b"a b"[..])),
            ip: None,
        }
    );
}

#[test]
fn what_is_refused() {
    let hash = |rest: &str| parse_announce(format!("{HASH}&{rest}").as_bytes());
    assert_eq!(parse_announce(b""), Err(Garbled::NoInfoHash));
    assert_eq!(parse_announce(GOOD.as_bytes()), Err(Garbled::NoInfoHash));
    assert_eq!(parse_announce(b"info_hash=short&peer_id=x"), Err(Garbled::InfoHash));
    assert_eq!(hash("port=1"), Err(Garbled::PeerId));
    assert_eq!(hash("peer_id=123456789012345678901&port=1"), Err(Garbled::PeerId));
    assert_eq!(hash("peer_id=1234567890123456789&port=1"), Err(Garbled::PeerId));
    for port in ["", "&port=", "&port=x", "&port=65536", "&port=-1", "&port=1.5"] {
        let query = format!("peer_id=12345678901234567890{port}");
        assert_eq!(hash(&query), Err(Garbled::Port), "{port}");
    }
    assert_eq!(parse("&numwant=many"), Err(Garbled::Number("numwant")));
    for name in ["uploaded", "downloaded", "left"] {
        for value in ["", "x", "0x10", "1e3", "9999999999999999999999999999999999999999999"] {
            let query = format!("peer_id=12345678901234567890&port=1&{name}={value}");
            assert_eq!(hash(&query), Err(Garbled::Number(name)), "{value}");
        }
    }
}

#[test]
fn quirks_of_clients_are_taken() {
    let query = format!(
        "junk&=&x=%&info_hash=a+b%2Bc%2bd%zz%4567890123_&port=1&peer_id={}",
        "p".repeat(20)
    );
    let plus = parse_announce(query.as_bytes()).unwrap();
    assert_eq!(&plus.info_hash.0, b"a b+c+d%zzE67890123_");
    for start in ["?", "??", "own=1?", "&own?", "own=a=b&?"] {
        let doubled = parse_announce(format!("{start}{HASH}?{GOOD}&numwant=7").as_bytes());
        // Only a hash may hold a `?` of its own.
        assert_eq!(doubled, Err(Garbled::InfoHash), "{start}");
        let doubled = parse_announce(format!("{start}{HASH}&{GOOD}?numwant=7").as_bytes());
        assert_eq!(doubled.unwrap().numwant, Some(7), "{start}");
    }
    let marked = format!("info_hash=????????????????????&peer_id={}&port=1", "?".repeat(20));
    assert_eq!(parse_announce(marked.as_bytes()).unwrap().info_hash.0, [b'?'; 20]);
    let first = parse("&port=7&left=0&event=&event=started").unwrap();
    assert_eq!((first.port, first.left, first.event), (6881, 3, Event::Interval));
    assert_eq!(parse("&event=paused").unwrap().event, Event::Paused);
    for unknown in ["begun", "empty", "Started", "%00"] {
        let announce = parse(&format!("&event={unknown}")).unwrap();
        assert_eq!(announce.event, Event::Interval, "{unknown}");
    }
    assert_eq!(parse("&numwant=-1").unwrap().numwant, None);
    assert_eq!(parse("&numwant=").unwrap().numwant, None);
    assert!(parse("").unwrap().compact);
    assert!(!parse("&compact=0").unwrap().compact);
    assert_eq!(parse("&key=not+hex").unwrap().key, None);
    assert_eq!(parse("&ip=10.0.0.1").unwrap().ip, Some([10, 0, 0, 1].into()));
    assert_eq!(parse("&ip=%3A%3Affff%3A1.2.3.4").unwrap().ip, Some([1, 2, 3, 4].into()));
    assert_eq!(parse("&ip=tracker.example").unwrap().ip, None);
    let missing = parse_announce(format!("{HASH}&peer_id={}&port=0", "p".repeat(20)).as_bytes());
    let missing = missing.unwrap();
    assert_eq!((missing.left, missing.uploaded, missing.downloaded), (u64::MAX, 0, 0));
}

#[test]
fn a_hash_may_hold_a_raw_semicolon() {
    let query = format!("info_hash=aaaaaaaaa;aaaaaaaaaa&{GOOD}");
    let announce = parse_announce(query.as_bytes()).unwrap();
    assert_eq!(announce.info_hash, InfoHash(*b"aaaaaaaaa;aaaaaaaaaa"));
}

#[test]
fn scrapes() {
    let other = "info_hash=aaaaaaaaaaaaaaaaaaaa";
    let query = format!("{other}&{HASH}&{other}");
    let hashes = parse_scrape(query.as_bytes()).unwrap();
    assert_eq!(hashes.len(), 2);
    assert_eq!(hashes[0], InfoHash(*b"aaaaaaaaaaaaaaaaaaaa"));
    assert_eq!(parse_scrape(b"a=b"), Err(Garbled::NoInfoHash));
    assert_eq!(parse_scrape(b"info_hash=x"), Err(Garbled::InfoHash));
    let many: String = (0..1000).map(|n| format!("info_hash={n:020}&")).collect();
    assert_eq!(parse_scrape(many.as_bytes()).unwrap().len(), SCRAPE_MOST);
}

#[test]
fn a_query_of_the_tracker_is_kept_and_a_fragment_is_not() {
    let announce = parse("").unwrap();
    let url = announce_url("http://t/a?passkey=x#frag", &announce);
    assert!(url.starts_with("http://t/a?passkey=x&info_hash=%00%01"), "{url}");
    assert!(announce_url("http://t/a", &announce).starts_with("http://t/a?info_hash="));
}

/// As it was before each `&` was looked for once: slow, and plain.
fn pairs_plainly(query: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut rest = Some(query);
    let mut pairs = Vec::new();
    while let Some(bytes) = rest {
        let (mut pair, mut after) = cut(bytes, b'&');
        if let (before, Some(_)) = cut(pair, b'?')
            && !before.starts_with(b"info_hash=")
            && !before.starts_with(b"peer_id=")
        {
            (pair, after) = cut(bytes, b'?');
        }
        rest = after;
        pairs.extend(cut(pair, b'=').1.map(|value| (cut(pair, b'=').0, value)));
    }
    pairs
}

proptest! {
    #[test]
    fn marks_part_pairs(query in "([?&=a]|info_hash=|peer_id=){0,30}") {
        let query = query.as_bytes();
        prop_assert_eq!(pairs(query).collect::<Vec<_>>(), pairs_plainly(query));
    }

    #[test]
    fn what_the_client_says_the_server_hears(announce in crate::tracker::announce::any()) {
        let url = announce_url("http://t/announce?x=y", &announce);
        prop_assert!(url.is_ascii() && !url.contains(' '));
        let query = url.split_once('?').unwrap().1;
        prop_assert_eq!(parse_announce(query.as_bytes()).unwrap(), announce);
    }

    #[test]
    fn no_query_is_too_odd(query in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_announce(&query);
        let _ = parse_scrape(&query);
    }

    #[test]
    fn no_value_is_too_odd(key in "info_hash|peer_id|port|left|ip|key", value in "[%+0-9a-f]{0,30}") {
        let _ = parse_announce(format!("{HASH}&{key}={value}&{GOOD}").as_bytes());
    }
}
