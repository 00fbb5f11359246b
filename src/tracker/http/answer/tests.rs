use super::*;
use crate::bencode::Writer;
use proptest::prelude::*;

/// An answer as a model has it, in the order of its keys by a writer of bencode.
fn answer(answer: &Answer, compact: bool) -> Vec<u8> {
    let mut out = Writer::new();
    out.dict(|dict| {
        if let Some(complete) = answer.complete {
            dict.int("complete", complete);
        }
        match answer.external_ip {
            Some(IpAddr::V4(ip)) => drop(dict.bytes("external ip", ip.octets())),
            Some(IpAddr::V6(ip)) => drop(dict.bytes("external ip", ip.octets())),
            None => {}
        }
        if let Some(incomplete) = answer.incomplete {
            dict.int("incomplete", incomplete);
        }
        dict.int("interval", answer.interval.as_secs());
        if let Some(least) = answer.min_interval {
            dict.int("min interval", least.as_secs());
        }
        if compact {
            let (v4, v6) = pack(&answer.peers);
            dict.bytes("peers", v4);
            if !v6.is_empty() {
                dict.bytes("peers6", v6);
            }
        } else {
            dict.list("peers", |list| answer.peers.iter().for_each(|peer| long(list, peer)));
        }
        if let Some(id) = &answer.tracker_id {
            dict.bytes("tracker id", id);
        }
        if let Some(warning) = &answer.warning {
            dict.bytes("warning message", warning);
        }
    });
    out.into_bytes()
}

fn pack(peers: &[Peer]) -> (Vec<u8>, Vec<u8>) {
    let (mut v4, mut v6) = (Vec::with_capacity(peers.len().saturating_mul(6)), Vec::new());
    for Peer { address, .. } in peers {
        let out = match address.ip() {
            IpAddr::V4(ip) => {
                v4.extend(ip.octets());
                &mut v4
            }
            IpAddr::V6(ip) => {
                v6.extend(ip.octets());
                &mut v6
            }
        };
        out.extend(address.port().to_be_bytes());
    }
    (v4, v6)
}

fn long(list: &mut Writer, peer: &Peer) {
    list.dict(|dict| {
        dict.bytes("ip", peer.address.ip().to_string());
        if let Some(id) = peer.id {
            dict.bytes("peer id", id.0);
        }
        dict.int("port", peer.address.port());
    });
}

fn failure(reason: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write_failure(&mut out, reason, None);
    out
}

fn scrape_answer(mut files: Vec<(InfoHash, Counts)>) -> Vec<u8> {
    let mut out = Vec::new();
    write_scrape(&mut out, &mut files);
    out
}

fn peer(address: &str) -> Peer {
    Peer { address: address.parse().unwrap(), id: None }
}

fn full() -> Answer {
    Answer {
        interval: Duration::from_secs(1800),
        min_interval: Some(Duration::from_secs(60)),
        complete: Some(1),
        incomplete: Some(2),
        peers: vec![peer("10.0.0.1:258"), peer("[2001:db8::1]:6881")],
        tracker_id: Some(Box::from(&b"t\xff"[..])),
        warning: Some("slow".into()),
        external_ip: Some([1, 2, 3, 4].into()),
    }
}

#[test]
fn the_compact_form_is_sorted_and_exact() {
    let expected =
        b"d8:completei1e11:external ip4:\x01\x02\x03\x0410:incompletei2e8:intervali1800e\
        12:min intervali60e5:peers6:\x0a\x00\x00\x01\x01\x026:peers618:\x20\x01\x0d\xb8\0\0\0\0\0\0\
        \0\0\0\0\0\x01\x1a\xe110:tracker id2:t\xff15:warning message4:slowe";
    assert_eq!(answer(&full(), true), expected);
    assert_eq!(answer(&Answer::default(), true), b"d8:intervali0e5:peers0:e");
}

#[test]
fn the_long_form_names_ids_where_they_are_known() {
    let mut known = peer("[2001:db8::1]:1");
    known.id = Some(PeerId(*b"-BT0100-abcdefghijkl"));
    let some = Answer { peers: vec![known, peer("10.0.0.1:2")], ..Answer::default() };
    let bytes = answer(&some, false);
    assert_eq!(
        bytes,
        b"d8:intervali0e5:peersld2:ip11:2001:db8::17:peer id20:-BT0100-abcdefghijkl4:porti1ee\
          d2:ip8:10.0.0.14:porti2eeee"
    );
    assert_eq!(decode(&bytes).unwrap(), some);
}

#[test]
fn scrape_answers_are_sorted() {
    let counts = Counts { complete: 1, incomplete: 5, partial: 3, downloaded: 3 };
    let files = vec![(InfoHash([b'b'; 20]), counts), (InfoHash([b'a'; 20]), Counts::default())];
    assert_eq!(
        scrape_answer(files),
        b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei0e10:downloadedi0e11:downloadersi0e\
          10:incompletei0ee20:bbbbbbbbbbbbbbbbbbbbd8:completei1e10:downloadedi3e\
          11:downloadersi2e10:incompletei5eeee"
    );
    // A tracker that knows nothing of partial seeds, and one that is at odds with itself.
    let other = b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad10:incompletei5ee\
        20:bbbbbbbbbbbbbbbbbbbbd11:downloadersi7e10:incompletei5eeee";
    let known = Counts { incomplete: 5, ..Counts::default() };
    assert!(decode_scrape(other).unwrap().iter().all(|(_, counts)| *counts == known));
    assert_eq!(scrape_answer(Vec::new()), b"d5:filesdee");
}

#[test]
fn refusals_say_when_to_come_back() {
    let refused = |bytes: &[u8]| match decode(bytes) {
        Err(Trouble::Refused { reason, retry }) => (reason, retry),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&failure("not here")), ("not here".into(), None));
    for retry in [None, Some(Retry::Never), Some(Retry::After(Duration::from_secs(61)))] {
        let mut out = Vec::new();
        write_failure(&mut out, "not now", retry);
        assert!(crate::bencode::parse(&out).is_ok(), "canonical");
        let whole = |retry| match retry {
            Retry::After(_) => Retry::After(Duration::from_secs(120)),
            Retry::Never => Retry::Never,
        };
        assert_eq!(refused(&out), ("not now".into(), retry.map(whole)));
    }
    let minutes = |n: u64| Some(Retry::After(Duration::from_secs(n * 60)));
    assert_eq!(refused(b"d14:failure reason1:x8:retry ini5ee").1, minutes(5));
    assert_eq!(refused(b"d14:failure reason1:x8:retry in2:15e").1, minutes(15));
    assert_eq!(refused(b"d14:failure reason1:x8:retry in5:nevere").1, Some(Retry::Never));
    assert_eq!(refused(b"d14:failure reason1:x8:retry in4:soone").1, None);
    assert_eq!(refused(b"d14:failure reason6:a\x1b[2J\xffe").0, "a [2J\u{fffd}");
    assert_eq!(refused(b"d14:failure reasoni7ee").0, "");
    assert_eq!(refused(&failure(&"x".repeat(10_000))).0.len(), WORDS_MOST);
}

#[test]
fn sloppy_answers_are_read() {
    // Unsorted keys, numbers as strings, an odd tail of the peers, a name for an address.
    let read = decode(
        b"d5:peers8:\x0a\0\0\x01\0\x07zz8:interval3:9008:complete2:xx5:other4:more\
          10:incompletei-4e12:min interval0:e",
    )
    .unwrap();
    assert_eq!(read.peers, [peer("10.0.0.1:7")]);
    assert_eq!(read.interval, Duration::from_secs(900));
    assert_eq!((read.complete, read.incomplete, read.min_interval), (None, None, None));
    let read = decode(
        b"d5:peersld2:ip4:host4:porti1eed2:ip7:1.2.3.44:porti0eed2:ip7:1.2.3.44:porti65536ee\
          d2:ip7:1.2.3.47:peer id3:abc4:port1:9ei5ed4:porti9eeee",
    )
    .unwrap();
    assert_eq!(read.peers, [peer("1.2.3.4:9")]);
    assert_eq!(read.interval, Duration::ZERO);
}

#[test]
fn peers_that_cannot_be_called_are_dropped() {
    let read = decode(
        b"d5:peers24:\x0a\0\0\x01\0\0\0\0\0\0\0\x01\xe0\0\0\x01\0\x01\x01\x01\x01\x01\0\x01e",
    );
    assert_eq!(read.unwrap().peers, [peer("1.1.1.1:1")]);
    let mapped = b"d6:peers618:\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04\0\x09e";
    assert_eq!(decode(mapped).unwrap().peers, [peer("1.2.3.4:9")]);
}

#[test]
fn the_number_of_peers_is_bounded() {
    let peers: Vec<Peer> = (0..60_000u32)
        .map(|n| Peer { address: (Ipv4Addr::from(0x0a00_0000 + n), 1).into(), id: None })
        .collect();
    for compact in [true, false] {
        let bytes = answer(&Answer { peers: peers.clone(), ..Answer::default() }, compact);
        assert_eq!(decode(&bytes).unwrap().peers, peers[..PEERS_MOST]);
    }
}

#[test]
fn what_is_no_answer() {
    for bytes in ["", "<html>", "i1e", "le", "de", "d8:intervali1e", "d5:peersi1e8:intervali1ee"] {
        assert!(matches!(decode(bytes.as_bytes()), Err(Trouble::Garbled(_))), "{bytes}");
    }
}

#[test]
fn no_short_answer_panics_or_passes() {
    let bytes = answer(&full(), true);
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "{length}");
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let ip = any::<IpAddr>().prop_map(|ip| ip.to_canonical());
    let address = (ip.clone(), 1..=u16::MAX)
        .prop_filter("callable", |(ip, _)| !ip.is_unspecified() && !ip.is_multicast());
    let secs = || (0..1u64 << 40).prop_map(Duration::from_secs);
    (
        (secs(), proptest::option::of(secs()), any::<Option<u32>>(), any::<Option<u32>>()),
        proptest::collection::vec(address, 0..20),
        proptest::option::of(proptest::collection::vec(any::<u8>(), 0..9)),
        proptest::option::of("[a-z]{1,9}"),
        proptest::option::of(ip),
    )
        .prop_map(
            |((interval, min_interval, complete, incomplete), peers, id, warning, ip)| {
                let mut peers: Vec<Peer> = peers
                    .into_iter()
                    .map(|address| Peer { address: address.into(), id: None })
                    .collect();
                peers.sort_by_key(|peer| peer.address.is_ipv6());
                Answer {
                    interval,
                    min_interval,
                    complete,
                    incomplete,
                    peers,
                    tracker_id: id.map(Vec::into_boxed_slice),
                    warning,
                    external_ip: ip,
                }
            },
        )
}

proptest! {
    #[test]
    fn what_the_server_says_the_client_hears(some in any_answer(), compact: bool) {
        let bytes = answer(&some, compact);
        prop_assert!(crate::bencode::parse(&bytes).is_ok(), "canonical");
        prop_assert_eq!(decode(&bytes).unwrap(), some);
    }

    /// What is written without allocating is what is written from the model.
    #[test]
    fn drawn_peers_are_written_alike(some in any_answer(), ids: bool, compact: bool) {
        let mut some = Answer { tracker_id: None, warning: None, ..some };
        let mut drawn = Drawn::default();
        drawn.counts.complete = *some.complete.get_or_insert(7);
        drawn.counts.incomplete = *some.incomplete.get_or_insert(8);
        let external_ip = some.external_ip;
        for (n, peer) in some.peers.iter_mut().enumerate() {
            peer.id = (ids && n % 3 > 0).then_some(PeerId([b'x'; 20]));
            let port = peer.address.port().to_be_bytes();
            match peer.address.ip() {
                IpAddr::V4(ip) => {
                    drawn.v4.push([&ip.octets()[..], &port].concat().try_into().unwrap());
                    drawn.ids_v4.extend(ids.then_some(peer.id));
                }
                IpAddr::V6(ip) => {
                    drawn.v6.push([&ip.octets()[..], &port].concat().try_into().unwrap());
                    drawn.ids_v6.extend(ids.then_some(peer.id));
                }
            }
        }
        let (interval, min_interval) = (some.interval, some.min_interval);
        let mut out = b"before".to_vec();
        write_answer(&mut out, &Terms { interval, min_interval, external_ip }, &drawn, compact);
        prop_assert_eq!(&out[6..], answer(&some, compact));
    }

    #[test]
    fn no_answer_is_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200), tail in "[a-z0-9:]{0,40}") {
        let _ = decode(&bytes);
        let _ = decode(format!("d5:peers{tail}").as_bytes());
    }
}
