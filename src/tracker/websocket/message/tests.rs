use super::*;
use proptest::prelude::*;

const WHO: &str = r#""info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb""#;

fn announce(more: &str) -> Result<(Announce, Vec<(OfferId, String)>), Garbled> {
    let text = format!(r#"{{"action":"announce",{WHO}{more}}}"#);
    match Message::parse(text.as_bytes())? {
        Message::Announce(announce, offers) => {
            let offers = offers.into_iter().map(|offer| (offer.id, offer.sdp.to_owned()));
            Ok((announce, offers.collect()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_announce_as_browsers_send_it() {
    let (said, offers) = announce(
        r#","numwant":2,"uploaded":1,"downloaded":2,"left":3.5,"event":"started","offers":[
        {"offer":{"type":"offer","sdp":"v=0\r\n\u00e9"},"offer_id":"\u0000\u00ff345678901234567890"},
        {"offer":{"sdp":"x","type":"offer","more":[{}]},"offer_id":"cccccccccccccccccccc"}]"#,
    )
    .unwrap();
    assert_eq!((said.uploaded, said.downloaded, said.left), (1, 2, 4));
    assert_eq!((said.event, said.numwant), (Event::Started, Some(2)));
    assert_eq!(said.info_hash, InfoHash([b'a'; 20]));
    assert_eq!(offers[0].0, *b"\x00\xff345678901234567890");
    assert_eq!(offers[0].1, r#""v=0\r\n\u00e9""#);
    assert_eq!(offers[1], ([b'c'; 20], r#""x""#.to_owned()));
}

#[test]
fn what_is_not_known_to_be_left_is_not_nothing() {
    for (left, seed) in [
        ("", false),
        (r#","left":null"#, false),
        (r#","left":-1"#, false),
        (r#","left":"x""#, false),
        (r#","left":[0]"#, false),
        (r#","left":0.5"#, false),
        (r#","left":"0""#, true),
        (r#","left":0"#, true),
        (r#","left":1e400"#, false),
    ] {
        assert_eq!(announce(left).unwrap().0.left == 0, seed, "{left}");
    }
    assert_eq!(announce(r#","left":18446744073709551615"#).unwrap().0.left, u64::MAX);
}

#[test]
fn offers_that_make_no_sense_are_passed_over() {
    let id = r#""offer_id":"cccccccccccccccccccc""#;
    for offers in [
        "1".to_owned(),
        "{}".to_owned(),
        "[1,[],null,{}]".to_owned(),
        format!(r#"[{{"offer":"x",{id}}}]"#),
        format!(r#"[{{"offer":{{"type":"answer","sdp":"x"}},{id}}}]"#),
        format!(r#"[{{"offer":{{"type":"offer","sdp":7}},{id}}}]"#),
        r#"[{"offer":{"type":"offer","sdp":"x"},"offer_id":"c"}]"#.to_owned(),
        r#"[{"offer":{"type":"offer","sdp":"x"}}]"#.to_owned(),
        format!(
            r#"[{{"offer":{{"type":"offer","sdp":"{}"}},{id}}}]"#,
            "x".repeat(DESCRIPTION_MOST)
        ),
    ] {
        assert_eq!(announce(&format!(r#","offers":{offers}"#)).unwrap().1, [], "{offers}");
    }
    let many = format!(r#"{{"offer":{{"type":"offer","sdp":"x"}},{id}}},"#).repeat(OFFERS_MOST + 5);
    let many = format!(r#","offers":[{}]"#, many.trim_end_matches(','));
    assert_eq!(announce(&many).unwrap().1.len(), OFFERS_MOST);
}

#[test]
fn an_answer_needs_all_that_it_is_found_by() {
    let answer = r#","answer":{"type":"answer","sdp":"x"}"#;
    let (to, offer) =
        (r#","to_peer_id":"dddddddddddddddddddd""#, r#","offer_id":"cccccccccccccccccccc""#);
    let text = format!(r#"{{"action":"announce",{WHO}{answer}{to}{offer}}}"#);
    let Ok(Message::Answer(said)) = Message::parse(text.as_bytes()) else { panic!("{text}") };
    assert_eq!((said.to, said.offer, said.sdp), (PeerId([b'd'; 20]), [b'c'; 20], r#""x""#));
    for (more, reason) in [
        (format!("{answer}{offer}"), "invalid to_peer_id"),
        (format!("{answer}{to}"), "invalid offer_id"),
        (format!(r#","answer":7{to}{offer}"#), "invalid answer"),
    ] {
        assert_eq!(announce(&more).unwrap_err().reason, reason);
    }
}

#[test]
fn a_scrape_of_one_of_several_and_of_all() {
    let scrape = |hashes: &str| {
        let text = format!(r#"{{"action":"scrape"{hashes}}}"#);
        match Message::parse(text.as_bytes()) {
            Ok(Message::Scrape(hashes)) => Ok(hashes.map(|hashes| hashes.len())),
            Ok(other) => panic!("{other:?}"),
            Err(garbled) => Err(garbled.reason),
        }
    };
    let (a, b) = (r#""aaaaaaaaaaaaaaaaaaaa""#, r#""bbbbbbbbbbbbbbbbbbbb""#);
    assert_eq!(scrape(""), Ok(None));
    assert_eq!(scrape(r#","info_hash":null"#), Ok(None));
    assert_eq!(scrape(&format!(r#","info_hash":{a}"#)), Ok(Some(1)));
    assert_eq!(scrape(&format!(r#","info_hash":[{a},{b},{a}]"#)), Ok(Some(2)));
    assert_eq!(scrape(r#","info_hash":[]"#), Ok(Some(0)));
    for bad in ["7", "{}", "[7]", r#""a""#, r#"["a"]"#] {
        assert_eq!(scrape(&format!(r#","info_hash":{bad}"#)), Err("invalid info_hash"), "{bad}");
    }
}

#[test]
fn other_messages_say_what_is_wrong() {
    for (text, reason) in [
        ("", "the message is not a JSON object"),
        ("[]x", "the message is not a JSON object"),
        ("{}", "invalid action"),
        (r#"{"action":7}"#, "invalid action"),
        (r#"{"action":"announce"}"#, "invalid info_hash"),
        (r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa"}"#, "invalid peer_id"),
    ] {
        assert_eq!(Message::parse(text.as_bytes()).unwrap_err().reason, reason, "{text}");
    }
    assert_eq!(announce(r#","event":"other""#).unwrap_err().reason, "invalid event");
    assert_eq!(announce(r#","event":7"#).unwrap_err().info_hash, Some(InfoHash([b'a'; 20])));
    let long = vec![b' '; MESSAGE_MOST + 1];
    assert_eq!(Message::parse(&long).unwrap_err().reason, "the message is too long");
    let deep = [b"{\"x\":".as_slice(), &[b'['; 60_000]].concat();
    assert!(Message::parse(&deep).is_err());
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in ".{0,100}", more in ".{0,60}") {
        let _ = Message::parse(text.as_bytes());
        let _ = announce(&format!(",{more}"));
    }
}
