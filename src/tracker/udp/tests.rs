use super::*;
use crate::torrent::PeerId;
use crate::tracker::announce::Peer;
use proptest::prelude::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn announce() -> Announce {
    Announce {
        info_hash: InfoHash([0xaa; 20]),
        peer_id: PeerId([0xbb; 20]),
        port: 6881,
        uploaded: 3,
        downloaded: 1,
        left: 2,
        event: Event::Started,
        numwant: None,
        compact: true,
        no_peer_id: true,
        key: Some(0xdead_beef),
        tracker_id: None,
        ip: None,
    }
}

/// The offsets and values are those of the tables of BEP 15.
#[test]
fn golden_requests() {
    let connect = Request::Connect { transaction: 0x0102_0304 };
    assert_eq!(request(&connect), hex("0000041727101980 00000000 01020304"));
    let packet = hex("1122334455667788 00000001 01020304
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        0000000000000001 0000000000000002 0000000000000003 00000002 00000000 deadbeef ffffffff 1ae1");
    assert_eq!(packet.len(), 98);
    let full = Request::Announce {
        connection: 0x1122_3344_5566_7788,
        transaction: 0x0102_0304,
        announce: announce(),
        url_data: Vec::new(),
    };
    assert_eq!(request(&full), packet);
    assert_eq!(parse_request(&packet), Ok(full));
    let scrape = Request::Scrape { connection: 1, transaction: 2, hashes: vec![InfoHash([7; 20])] };
    assert_eq!(
        request(&scrape),
        hex("0000000000000001 00000002 00000002 0707070707070707070707070707070707070707")
    );
}

#[test]
fn golden_responses() {
    let connect = Response::Connect { connection: 0x0102_0304_0506_0708 };
    assert_eq!(response(9, &connect, Family::V4), hex("00000000 00000009 0102030405060708"));
    let peer = |text: &str| Peer { address: text.parse().unwrap(), id: None };
    let mut answer = Answer {
        interval: Duration::from_secs(1800),
        incomplete: Some(2),
        complete: Some(1),
        peers: vec![peer("10.0.0.1:6881")],
        ..Answer::default()
    };
    let packet = hex("00000001 00000009 00000708 00000002 00000001 0a000001 1ae1");
    let some = Response::Announce(answer.clone());
    assert_eq!(response(9, &some, Family::V4), packet);
    assert_eq!(parse_response(&packet, Family::V4), Ok((9, some)));
    answer.peers = vec![peer("[2001:db8::1]:6881")];
    let packet = hex("00000001 00000009 00000708 00000002 00000001
        20010db8000000000000000000000001 1ae1");
    let some = Response::Announce(answer);
    assert_eq!(response(9, &some, Family::V6), packet);
    assert_eq!(parse_response(&packet, Family::V6), Ok((9, some.clone())));
    assert_eq!(response(9, &some, Family::V4).len(), 20, "the other family does not fit in");
    let counts = Counts { complete: 1, downloaded: 2, incomplete: 3, partial: 0 };
    let packet = hex("00000002 00000009 00000001 00000002 00000003");
    assert_eq!(response(9, &Response::Scrape(vec![counts]), Family::V4), packet);
    let error = Response::Error("no".into());
    assert_eq!(response(9, &error, Family::V4), hex("00000003 00000009 6e6f"));
}

#[test]
fn options_are_joined_and_unknown_ones_passed_over() {
    let base = request(&Request::Announce {
        connection: 1,
        transaction: 2,
        announce: announce(),
        url_data: Vec::new(),
    });
    let data = |options: &[u8]| {
        let packet = [&base[..], options].concat();
        match parse_request(&packet) {
            Ok(Request::Announce { url_data, .. }) => Some(url_data),
            _ => None,
        }
    };
    assert_eq!(
        data(b"\x01\x02\x03/an\x09\x02xx\x01\x02\x02n?\x00\x02\x01z"),
        Some(b"/ann?".to_vec())
    );
    assert_eq!(data(b"\x02\x00"), Some(Vec::new()));
    // What is cut off is the end.
    for cut in [&b"\x05"[..], b"\x02", b"\x02\x05/an", b"\x07\xff"] {
        assert_eq!(data(cut), Some(Vec::new()), "{cut:?}");
        let behind = [b"\x02\x02/a", cut].concat();
        assert_eq!(data(&behind), Some(b"/a".to_vec()), "{cut:?}");
    }
}

#[test]
fn an_event_that_there_is_not_is_none() {
    let mut packet = request(&Request::Announce {
        connection: 1,
        transaction: 2,
        announce: announce(),
        url_data: Vec::new(),
    });
    for event in [PAUSED + 1, 99, u32::MAX] {
        packet[80..84].copy_from_slice(&event.to_be_bytes());
        let Ok(Request::Announce { announce, .. }) = parse_request(&packet) else { panic!() };
        assert_eq!(announce.event, Event::Interval);
    }
}

#[test]
fn no_short_packet_passes_for_a_whole_one() {
    let whole = request(&Request::Announce {
        connection: 1,
        transaction: 2,
        announce: announce(),
        url_data: Vec::new(),
    });
    for length in 0..whole.len() {
        assert_eq!(parse_request(&whole[..length]), Err(Malformed), "{length}");
    }
    let connect = request(&Request::Connect { transaction: 1 });
    for length in 0..connect.len() {
        assert_eq!(parse_request(&connect[..length]), Err(Malformed), "{length}");
    }
    let one = Request::Scrape { connection: 1, transaction: 2, hashes: vec![InfoHash([7; 20])] };
    for length in 0..36 {
        assert_eq!(parse_request(&request(&one)[..length]), Err(Malformed), "{length}");
    }
    for (some, least) in [
        (Response::Connect { connection: 1 }, 16),
        (Response::Announce(Answer::default()), 20),
        (Response::Error(String::new()), 8),
    ] {
        let packet = response(1, &some, Family::V4);
        assert_eq!(packet.len(), least);
        for length in 0..least {
            assert_eq!(parse_response(&packet[..length], Family::V4), Err(Malformed), "{length}");
        }
    }
}

#[test]
fn longer_packets_are_taken_and_strange_ones_are_not() {
    let mut connect = request(&Request::Connect { transaction: 5 });
    connect.extend([0; 9]);
    assert_eq!(parse_request(&connect), Ok(Request::Connect { transaction: 5 }));
    connect[0] = 1;
    assert_eq!(parse_request(&connect), Err(Malformed), "not the protocol's number");
    let packet = hex("00000001 00000009 00000708 00000002 00000001 0a0000");
    assert!(parse_response(&packet, Family::V4).is_ok(), "an odd tail is passed over");
    assert_eq!(parse_response(&hex("00000009 00000009 00000708"), Family::V4), Err(Malformed));
}

#[test]
fn an_answer_to_something_else_is_garbled() {
    assert!(matches!(judge(Response::Connect { connection: 1 }), Err(Trouble::Garbled(_))));
    assert!(matches!(judge(Response::Error("no".into())), Err(Trouble::Refused { .. })));
}

fn any_request() -> impl Strategy<Value = Request> {
    let announce = crate::tracker::announce::any().prop_map(|announce| Announce {
        compact: true,
        no_peer_id: true,
        tracker_id: None,
        key: announce.key.or(Some(0)),
        ip: announce.ip.filter(|ip| ip.is_ipv4() && !ip.is_unspecified()),
        ..announce
    });
    let url_data = proptest::collection::vec(any::<u8>(), 0..600);
    let hashes = proptest::collection::vec(any::<[u8; 20]>().prop_map(InfoHash), 1..=SCRAPE_MOST);
    prop_oneof![
        any::<u32>().prop_map(|transaction| Request::Connect { transaction }),
        (any::<u64>(), any::<u32>(), announce, url_data).prop_map(
            |(connection, transaction, announce, url_data)| Request::Announce {
                connection,
                transaction,
                announce,
                url_data
            }
        ),
        (any::<u64>(), any::<u32>(), hashes).prop_map(|(connection, transaction, hashes)| {
            Request::Scrape { connection, transaction, hashes }
        }),
    ]
}

proptest! {
    #[test]
    fn requests_round_trip(some in any_request()) {
        let packet = request(&some);
        let whose = match &some {
            Request::Announce { connection, announce, .. } => {
                Some((*connection, announce.info_hash, announce.port))
            }
            _ => None,
        };
        prop_assert_eq!(View::whose(&packet), whose);
        prop_assert_eq!(parse_request(&packet), Ok(some));
    }

    #[test]
    fn no_packet_is_too_odd(mut packet in proptest::collection::vec(any::<u8>(), 8..200), action in 0u8..5) {
        let _ = parse_request(&packet);
        packet[..4].copy_from_slice(&[0, 0, 0, action]);
        for family in [Family::V4, Family::V6] {
            if let Ok((transaction, some)) = parse_response(&packet, family) {
                let again = parse_response(&response(transaction, &some, family), family);
                prop_assert_eq!(again, Ok((transaction, some)));
            }
        }
    }
}
