use super::*;
use crate::torrent::{InfoHash, PeerId};
use proptest::prelude::*;

const LIST: &str = "\
# who may
abcdefgh
Ab-_1234 2026-12-31
12345678 2026-12-31T12:00:00+02:00 the seedbox # a note
87654321 @1000 old
xxxxxxxx 2nd user
";

fn announce(event: Event, uploaded: u64, downloaded: u64) -> Announce {
    Announce {
        info_hash: InfoHash([1; 20]),
        peer_id: PeerId([2; 20]),
        port: 1,
        uploaded,
        downloaded,
        left: 0,
        event,
        numwant: None,
        compact: true,
        no_peer_id: true,
        key: None,
        tracker_id: None,
        ip: None,
    }
}

#[test]
fn a_list_with_expiries_and_labels() {
    let lines = parse(LIST.as_bytes()).unwrap();
    let of = |at: usize| (lines[at].expires, lines[at].label.as_deref());
    assert_eq!(lines.len(), 5);
    assert_eq!(of(0), (None, None));
    assert_eq!(of(1), (Some(1_798_761_600), None), "the end of the day");
    assert_eq!(of(2), (Some(1_798_711_200), Some("the seedbox")));
    assert_eq!(of(3), (Some(1000), Some("old")));
    assert_eq!(of(4), (None, Some("2nd user")));
    assert!(!format!("{lines:?}").contains("12345678"));
}

#[test]
fn a_bad_line_is_told_without_the_key() {
    for bad in [
        "short",
        "with/slash",
        "with.dot!",
        &"x".repeat(65),
        "abcdefgh",
        "goodgood 2026-13-01",
        "goodgood 2026-12-31T12:00",
        "goodgood @soon",
        "goodgood @99999999999999999999",
        &format!("goodgood {}", "l".repeat(65)),
        "goodgood tab\u{1}",
    ] {
        let error = parse(format!("abcdefgh\n{bad}\n").as_bytes()).unwrap_err();
        assert_eq!(error.line, 2, "{bad}");
        assert!(!error.to_string().contains("goodgood"));
    }
    assert_eq!(parse(b"goodgood \xff").unwrap_err().line, 1);
}

#[test]
fn keys_end_when_they_say() {
    let now = Instant::now();
    let keys = Keys::new(parse(LIST.as_bytes()).unwrap(), None, now, 1_798_711_190);
    let later = |seconds| now + Duration::from_secs(seconds);
    let good = |at, key: &str| keys.find(at, key.as_bytes()).is_some();
    assert!(good(now, "abcdefgh") && good(later(1 << 30), "abcdefgh"));
    assert!(good(later(9), "12345678") && !good(later(10), "12345678"));
    assert!(!good(now, "87654321"), "long ago");
    assert!(!good(now, "abcdefg") && !good(now, "") && !good(now, "ABCDEFGH"));
    assert_eq!(keys.len(), 5);
}

#[test]
fn totals_go_on_over_a_reload_and_show_no_key() {
    let now = Instant::now();
    let keys = Keys::new(parse(LIST.as_bytes()).unwrap(), None, now, 0);
    let totals = keys.find(now, b"12345678").unwrap();
    totals.announced(&announce(Event::Started, 1, 1));
    totals.announced(&announce(Event::Completed, 5, 5));
    totals.announced(&announce(Event::Stopped, 10, 20));
    totals.announced(&announce(Event::Stopped, u64::MAX, 1));
    totals.scraped();
    let next = parse(b"12345678 the seedbox\nnewcomer\n").unwrap();
    let next = Keys::new(next, Some(&keys), now, 0);
    let mut all = next.totals(10);
    assert_eq!(all.len(), 2);
    // Digits come before letters.
    let made_up = all[0].name.clone();
    assert!(
        made_up.len() == 8 && made_up.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{made_up}"
    );
    // It stays as long as the tracker does, and another tracker makes up another.
    let again = Keys::new(parse(b"newcomer\n").unwrap(), Some(&next), now, 0);
    assert_eq!(again.totals(10)[0].name, made_up);
    let others: Vec<_> = (0..4)
        .map(|_| Keys::new(parse(b"newcomer\n").unwrap(), None, now, 0).totals(10).remove(0).name)
        .collect();
    assert!(others.iter().any(|name| *name != made_up), "{others:?}");
    all.sort_by_key(|total| total.announces);
    let expected = Total {
        name: "the seedbox".into(),
        announces: 4,
        scrapes: 1,
        completed: 1,
        uploaded: u64::MAX,
        downloaded: 21,
    };
    assert_eq!(all[1], expected);
    let [first, other] = &next.totals(1)[..] else { panic!() };
    assert_eq!((first, other.name.as_str(), other.announces), (&expected, "other", 0));
}

#[test]
fn keys_of_one_name_are_added_up() {
    let now = Instant::now();
    let lines = parse(b"abcd1111 a b\nabcd2222 a b\nzzzzzzzz other\n").unwrap();
    let keys = Keys::new(lines, None, now, 0);
    for key in ["abcd1111", "abcd2222", "zzzzzzzz"] {
        keys.find(now, key.as_bytes()).unwrap().scraped();
    }
    let names = |most| -> Vec<_> {
        keys.totals(most).into_iter().map(|total| (total.name, total.scrapes)).collect()
    };
    assert_eq!(names(9), [("a b".to_owned(), 2), ("other".to_owned(), 1)]);
    assert_eq!(names(0), [("other".to_owned(), 3)]);
}

#[test]
fn what_is_printed_shows_no_key() {
    let keys =
        Keys::new(parse(b"secretkey1\nsecretkey2 label\n").unwrap(), None, Instant::now(), 0);
    let printed = format!("{keys:?}");
    assert!(printed.contains('2') && !printed.contains("secr"), "{printed}");
    // Nor do the numbers of its bytes.
    assert!(!printed.contains("115, 101"), "{printed}");
}

#[test]
fn paths_lead_to_endpoints() {
    let of = |path: &'static str| of_path(path.as_bytes());
    assert_eq!(of("/announce"), Some((Endpoint::Announce, None)));
    assert_eq!(of("/scrape"), Some((Endpoint::Scrape, None)));
    assert_eq!(of("/k/announce"), Some((Endpoint::Announce, Some(&b"k"[..]))));
    assert_eq!(of("/k/scrape"), Some((Endpoint::Scrape, Some(&b"k"[..]))));
    assert_eq!(of("//announce"), Some((Endpoint::Announce, Some(&b""[..]))));
    for path in ["", "/", "announce", "/announce/", "/k/announce/", "/a/b/announce", "/k/", "/k"] {
        assert_eq!(of(path), None, "{path}");
    }
}

#[test]
fn no_log_shows_a_key() {
    for (target, shown) in [
        ("/announce?x", "/announce?x"),
        ("/scrape", "/scrape"),
        ("/", "/"),
        ("*", "*"),
        ("/stats", "/stats"),
        ("/secretkey/announce?left=0", "/\u{2026}/announce?left=0"),
        ("/secretkey/scrape", "/\u{2026}/scrape"),
        ("/secretkey/announce/", "/\u{2026}/announce/"),
        ("//secretkey/announce", "/\u{2026}/announce"),
        ("/a/secretkey/announce", "/\u{2026}/announce"),
        ("/secret%6bey/announce.php?a", "/\u{2026}/announce.php?a"),
        ("http://host/secretkey/announce", "/\u{2026}/announce"),
        ("/secretkey1234567/", "/\u{2026}/"),
        ("/secretkey1234567?announce", "/\u{2026}?announce"),
        ("/torrents/a.torrent", "/torrents/a.torrent"),
        ("/0123456789abcdef0123456789abcdef01234567", "/0123456789abcdef0123456789abcdef01234567"),
    ] {
        assert_eq!(mask(target), shown);
    }
}

#[test]
fn where_there_are_keys_whatever_may_be_one_is_hidden() {
    for (target, shown) in [
        ("/announce?x", "/announce?x"),
        ("/", "/"),
        ("*", "*"),
        ("/stats.json?x", "/stats.json?x"),
        ("/feed.xml", "/feed.xml"),
        ("/torrents/a%20b.torrent", "/torrents/a%20b.torrent"),
        ("/secretk8/announce?left=0", "/\u{2026}/announce?left=0"),
        ("/secretk8/anounce?x", "/\u{2026}/anounce?x"),
        ("/secretk8", "/\u{2026}"),
        ("/secretk8?x", "/\u{2026}?x"),
        ("/secretk8%2fannounce", "/\u{2026}"),
        ("/announce/secretk8", "/announce/\u{2026}"),
        ("//a/secretk8/scrape", "//a/\u{2026}/scrape"),
        ("/0123456789abcdef0123456789abcdef01234567", "/\u{2026}"),
        ("/torrents", "/\u{2026}"),
    ] {
        assert_eq!(mask_all(target, &Keys::default()), shown);
    }
}

fn keys_of(text: &str) -> Keys {
    Keys::new(parse(text.as_bytes()).unwrap(), None, Instant::now(), 0)
}

#[test]
fn a_known_key_is_hidden_wherever_it_stands() {
    let keys = keys_of("secretk8\nother-key @1\n");
    for (target, shown) in [
        ("/announce?passkey=secretk8&left=0", "/announce?passkey=\u{2026}&left=0"),
        ("/announce?left=0&key=other-key", "/announce?left=0&key=\u{2026}"),
        ("/announce?secretk8", "/announce?\u{2026}"),
        ("/announce?k=%73ecretk8&x=secretk8", "/announce?k=\u{2026}&x=\u{2026}"),
        (
            "/announce?u=http%3A%2F%2Ft%2Fsecretk8%2Fannounce",
            "/announce?u=http%3A%2F%2Ft%2F\u{2026}%2Fannounce",
        ),
        ("/announce?k=secretk9&x=secretk88", "/announce?k=secretk9&x=secretk88"),
        ("/torrents/secretk8.torrent?x", "/torrents/\u{2026}.torrent?x"),
        ("/secretk9/announce?k=secretk8", "/\u{2026}/announce?k=\u{2026}"),
        ("/announce?k=%7", "/announce?k=%7"),
    ] {
        assert_eq!(mask_all(target, &keys), shown);
    }
}

#[test]
fn a_key_that_was_taken_out_stays_hidden() {
    let now = Instant::now();
    let after = |text: &str, before: &Keys| {
        Keys::new(parse(text.as_bytes()).unwrap(), Some(before), now, 0)
    };
    let first = keys_of("secretk8\nother-key\n");
    let second = after("other-key\nnewcomer\n", &first);
    let third = after("", &after("newcomer\n", &second));
    for keys in [&second, &third] {
        assert!(keys.find(now, b"secretk8").is_none());
        assert_eq!(mask_all("/announce?key=secretk8", keys), "/announce?key=\u{2026}");
        assert_eq!(mask_known("x/1 (other-key)", keys), "x/1 (\u{2026})");
        assert_eq!(mask_known("secretk9", keys), "secretk9");
    }
    // One that comes back is one again, and goes again.
    let back = after("secretk8\n", &third);
    assert!(back.find(now, b"secretk8").is_some());
    assert_eq!(mask_known("newcomer secretk8", &after("", &back)), "\u{2026} \u{2026}");
    // A list that stays as it is copies nothing.
    assert!(Arc::ptr_eq(&third.past, &after("", &third).past));
}

proptest! {
    #[test]
    fn a_known_key_is_not_shown(before in "[/?&=%a-f0-9.]{0,20}", after in "([/?&=.][a-z=%0-9]{0,9}){0,2}") {
        let target = format!("/announce?{before}={}{after}", "secretk8");
        let shown = mask_all(&target, &keys_of("secretk8\n")).into_owned();
        prop_assert!(!shown.contains("secretk8"), "{}", shown);
    }

    #[test]
    fn where_there_are_keys_none_is_shown_wherever_it_stands(
        key in "[A-Za-z0-9_-]{8,64}",
        before in "(/[a-z.]{0,12}){0,3}/?",
        after in "((/|%2[fF]|[.;])[a-z.]{0,12}){0,3}(\\?[a-z=&]{0,20})?",
    ) {
        prop_assume!(!PAGES.contains(&&*key) && !format!("{before}/").starts_with("/torrents/"));
        let target = format!("{before}/{key}{after}");
        let shown = mask_all(&target, &Keys::default());
        let (path, _) = shown.split_once('?').unwrap_or((&shown, ""));
        prop_assert!(!path.contains(&key), "{}", shown);
    }

    #[test]
    fn whatever_the_path_a_good_one_hides_its_key(
        key in "[A-Za-z0-9_-]{8,64}", endpoint in "announce|scrape", query in "(\\?[a-z=&]{0,20})?",
    ) {
        let target = format!("/{key}/{endpoint}{query}");
        prop_assert_eq!(mask(&target), format!("/\u{2026}/{endpoint}{query}"));
    }

    #[test]
    fn nothing_is_too_odd(text in ".{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = mask(&text);
        let _ = mask(&format!("/{text}"));
        let _ = of_path(&bytes);
        let _ = of_websocket_path(&bytes);
        let _ = parse(&bytes);
        let _ = parse(text.as_bytes());
        let _ = parse(format!("goodgood {text}").as_bytes());
    }
}
