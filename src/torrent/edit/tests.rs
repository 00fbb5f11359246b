use super::*;
use crate::bencode::Limits;
use crate::torrent::Metainfo;
use proptest::prelude::*;

#[test]
fn a_pattern_is_a_part_or_a_glob_of_all() {
    let matches = |pattern: &str, url: &str| pattern.parse::<Pattern>().unwrap().matches(url);
    assert!(matches("example", "http://t.example/a"));
    assert!(!matches("Example", "http://t.example/a"));
    assert!(matches("*", "http://t.example/a"));
    assert!(matches("http://*.example/*", "http://t.example/a"));
    assert!(!matches("http://*.example", "http://t.example/a"));
    assert!(matches("*a*", "ba") && matches("*a*", "ab") && !matches("*a*", "b"));
    assert!(!matches("ab*ba", "aba"));
    assert!(matches("a**b", "ab"));
    assert_eq!("".parse::<Pattern>(), Err(PatternError::Empty));
}

#[test]
fn stars_stand_for_what_they_matched() {
    let apply = |old: &str, new: &str, url: &str| Replacement::new(old, new).unwrap().apply(url);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(apply("a", "b", "aa/c"), some("bb/c"));
    assert_eq!(apply("x", "b", "aa/c"), None);
    assert_eq!(apply("*/c", "b", "aa/c"), some("b"));
    assert_eq!(apply("http://*/*", "https://*/x/*", "http://h/a/b"), some("https://h/x/a/b"));
    assert_eq!(apply("*://*/*", "udp://*:1", "http://h/a"), some("udp://http:1"));
    assert_eq!(apply("a", "*", "a"), some("*"));
    assert_eq!(Replacement::new("a*", "**"), Err(PatternError::Stars));
    assert_eq!(Replacement::new("", "b"), Err(PatternError::Empty));
}

#[test]
fn lists_that_nobody_made_in_earnest_are_refused() {
    let most = crate::torrent::metainfo::MAX_ADDRESSES;
    let urls = |count: usize| {
        let urls: String = (0..count).map(|n| format!("14:http://{n:06}/")).collect();
        format!("l{urls}e").into_bytes()
    };
    let made = |key: &str, list: &[u8], change: &Change| {
        let document = [b"d", format!("{}:{key}", key.len()).as_bytes(), list, b"e"].concat();
        let (mut draft, _) = Draft::parse(document, Limits::default()).unwrap();
        change.make(&mut draft).map(|found| (found, draft.into_bytes()))
    };
    let tracker = Change::ReplaceTracker(Replacement::new("http:", "https:").unwrap());
    let seed = Change::ReplaceSeed(Seeds::Web, Replacement::new("http:", "ftp:").unwrap());
    // All of them are other ones, and none is written twice.
    for (key, change) in [("announce-list", &tracker), ("url-list", &seed)] {
        let (found, after) = made(key, &urls(most), change).unwrap();
        assert_eq!((found, after.windows(5).filter(|at| at == b"http:").count()), (Found::Yes, 0));
        assert_eq!(made(key, &urls(most + 1), change), Err(EditError::Many(key)));
    }
    let tiers = [&b"l"[..], &urls(most / 2), &urls(most / 2), b"lee"].concat();
    assert_eq!(made("announce-list", &tiers, &tracker), Err(EditError::Many("announce-list")));
    let node = Change::RemoveNode("x".parse().unwrap());
    assert_eq!(made("nodes", &urls(most + 1), &node), Err(EditError::Many("nodes")));
}

#[test]
fn differences_are_found_in_any_order_of_keys() {
    let told = |old: &str, new: &str| {
        let [old, new] = [old, new].map(|text| {
            let draft = Draft::parse(text.as_bytes().to_vec(), Limits::default());
            draft.unwrap().0
        });
        let raw = |value: Option<crate::bencode::Value<'_>>| {
            value.map_or("-".to_owned(), |value| String::from_utf8_lossy(value.raw()).into_owned())
        };
        let found = differences(old.value(), new.value());
        let line = |d: &Difference<'_>| format!("{} {} {}", d.path, raw(d.old), raw(d.new));
        found.iter().map(line).collect::<Vec<_>>()
    };
    let expected = ["/a i1e -", "/b/x i1e i2e", "/b/y - 0:", "/c - de"];
    assert_eq!(told("d1:ai1e1:bd1:xi1eee", "d1:bd1:xi2e1:y0:e1:cdee"), expected);
    assert_eq!(told("d1:bd1:xi1ee1:ai1ee", "d1:cde1:bd1:y0:1:xi2eee"), expected);
    // Of a double key the first counts.
    assert_eq!(told("d1:ai1e1:ai2ee", "d1:ai1e1:ai3ee"), [""; 0]);
    assert_eq!(told("de", "le"), [" de le"]);
}

/// Metainfo with odd entries between those that have flags of their own.
fn metainfo() -> impl Strategy<Value = Vec<u8>> {
    let url = || "(http|udp)://[ab]:1/x?".prop_map(|url| format!("{}:{url}", url.len()));
    let urls =
        || proptest::collection::vec(url(), 0..3).prop_map(|urls| format!("l{}e", urls.concat()));
    let tiers = proptest::collection::vec(prop_oneof![urls(), url(), Just("i1e".into())], 0..4);
    let seeds = prop_oneof![url(), urls(), Just("0:".to_owned())];
    let entry = |key: &'static str, value: BoxedStrategy<String>| {
        let shown = move |value: Option<String>| {
            value.map_or(String::new(), |value| format!("{}:{key}{value}", key.len()))
        };
        proptest::option::of(value).prop_map(shown).boxed()
    };
    let entries = vec![
        entry("announce", url().boxed()),
        entry("announce-list", tiers.prop_map(|tiers| format!("l{}e", tiers.concat())).boxed()),
        entry("comment", "[a-c]{2}".prop_map(|text| format!("2:{text}")).boxed()),
        entry("creation date", (0..9u32).prop_map(|date| format!("i0{date}e")).boxed()),
        entry("x-odd", Just("d1:b0:1:ai05ee".to_owned()).boxed()),
        entry("url-list", seeds.boxed()),
        entry("nodes", Just("ll1:hi1eei7ee".to_owned()).boxed()),
        Just(format!(
            "4:infod6:lengthi3e1:zi00e4:name1:n12:piece lengthi16384e6:pieces20:{}e",
            "A".repeat(20)
        ))
        .boxed(),
    ];
    (entries, any::<proptest::sample::Index>(), "\n?").prop_map(|(mut entries, turn, tail)| {
        let turn = turn.index(entries.len());
        entries.rotate_left(turn);
        format!("d{}e{tail}", entries.concat()).into_bytes()
    })
}

fn change() -> impl Strategy<Value = (Change, &'static [&'static str])> {
    let url = "(http|udp)://[abc]:1/x?";
    let pattern = "a|b|http|\\*|u\\*x";
    let as_pattern = |text: String| text.parse::<Pattern>().unwrap();
    const TRACKERS: &[&str] = &["announce", "announce-list"];
    prop_oneof![
        Just((Change::ClearTrackers, TRACKERS)),
        pattern.prop_map(move |text| (Change::RemoveTracker(as_pattern(text)), TRACKERS)),
        (pattern, "a|b|udp|http://c/").prop_filter_map("stars", |(old, new)| {
            Some((Change::ReplaceTracker(Replacement::new(&old, &new).ok()?), TRACKERS))
        }),
        (proptest::collection::vec(url, 1..3), proptest::option::of(1..4usize))
            .prop_map(|(urls, tier)| (Change::AddTrackers { urls, tier }, TRACKERS)),
        pattern.prop_map(move |text| {
            (Change::RemoveSeed(Seeds::Web, as_pattern(text)), &["url-list"][..])
        }),
        url.prop_map(|url| (Change::AddSeed(Seeds::Web, url), &["url-list"][..])),
        Just((Change::AddNode("h".into(), 2), &["nodes"][..])),
        Just((Change::RemoveNode("h:1".parse().unwrap()), &["nodes"][..])),
        proptest::option::of("[a-c]{2}")
            .prop_map(|text| (Change::Text(Text::Comment, text), &["comment"][..])),
        proptest::option::of(0i64..9).prop_map(|date| (Change::Date(date), &["creation date"][..])),
        any::<bool>().prop_map(|private| (Change::Private(private), &["info"][..])),
        Just((Change::Set("/x-new/a".parse().unwrap(), b"le".to_vec()), &["x-new"][..])),
        Just((Change::Unset("/x-odd/b".parse().unwrap()), &["x-odd"][..])),
    ]
}

/// The bytes of the entries that are not named, in order.
fn others(draft: &Draft, named: &[&str]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let entries = draft.value().dict().unwrap();
    let is_other = |key: &[u8]| named.iter().all(|name| name.as_bytes() != key);
    entries
        .filter(|(key, _)| is_other(key))
        .map(|(key, value)| (key.to_vec(), value.raw().to_vec()))
        .collect()
}

proptest! {
    #[test]
    fn a_change_touches_what_it_names_alone(bytes in metainfo(), (change, named) in change()) {
        let (before, _) = Draft::parse(bytes, Limits::default()).unwrap();
        let mut draft = before.clone();
        match change.make(&mut draft) {
            Err(_) => prop_assert_eq!(draft.bytes(), before.bytes()),
            Ok(Found::Nothing) => prop_assert_eq!(draft.bytes(), before.bytes()),
            Ok(Found::Yes) => {
                prop_assert_eq!(others(&draft, named), others(&before, named));
                // Good metainfo still, whose trackers BEP 12 reads as one set.
                let read = Metainfo::parse(draft.bytes().to_vec().into());
                prop_assert!(read.is_ok(), "{:?}", read);
                // Made twice it is made once.
                let once = draft.clone().into_bytes();
                let replaces = matches!(&change, Change::ReplaceTracker(new)
                    if new.apply("http://a:1/x").is_some_and(|new| new.contains('a')));
                let _ = change.make(&mut draft);
                let again = draft.into_bytes();
                prop_assert!(replaces || again == once, "{}", again.escape_ascii());
            }
        }
    }

    #[test]
    fn differences_are_what_was_changed(bytes in metainfo(), (change, named) in change()) {
        let (before, _) = Draft::parse(bytes, Limits::default()).unwrap();
        let mut after = before.clone();
        let _ = change.make(&mut after);
        let found = differences(before.value(), after.value());
        prop_assert_eq!(found.is_empty(), before.bytes() == after.bytes());
        for difference in found {
            let first = difference.path.keys().next().unwrap().to_vec();
            prop_assert!(named.iter().any(|name| name.as_bytes() == first), "{}", difference.path);
            prop_assert_eq!(before.get(&difference.path).map(|v| v.raw()), difference.old.map(|v| v.raw()));
            prop_assert_eq!(after.get(&difference.path).map(|v| v.raw()), difference.new.map(|v| v.raw()));
        }
    }
}
