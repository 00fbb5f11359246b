//! Changes of hostile metainfo. What is not named stays byte for byte, and what is named is there.
#![no_main]

use bt::bencode::{Draft, Kind, Limits, Path, Value};
use bt::torrent::edit::{Change, Found, Pattern, Replacement, Seeds, Text, differences};
use libfuzzer_sys::fuzz_target;

/// What a change may touch of the outermost dictionary.
fn named(change: &Change) -> Vec<Vec<u8>> {
    let keys: &[&str] = match change {
        Change::ClearTrackers
        | Change::RemoveTracker(_)
        | Change::ReplaceTracker(_)
        | Change::AddTrackers { .. } => &["announce", "announce-list"],
        Change::RemoveSeed(Seeds::Web, _)
        | Change::ReplaceSeed(Seeds::Web, _)
        | Change::AddSeed(Seeds::Web, _) => &["url-list"],
        Change::RemoveSeed(Seeds::Http, _)
        | Change::ReplaceSeed(Seeds::Http, _)
        | Change::AddSeed(Seeds::Http, _) => &["httpseeds"],
        Change::RemoveNode(_) | Change::AddNode(..) => &["nodes"],
        Change::Text(Text::Comment, _) => &["comment", "comment.utf-8"],
        Change::Text(Text::CreatedBy, _) => &["created by", "created by.utf-8"],
        Change::Date(_) => &["creation date"],
        Change::Text(Text::Source, _) | Change::Private(_) => &["info"],
        Change::Unset(path) | Change::Set(path, _) => {
            return path.keys().take(1).map(<[u8]>::to_vec).collect();
        }
    };
    keys.iter().map(|key| key.as_bytes().to_vec()).collect()
}

/// A change made of a number and some text.
fn change(kind: u8, text: &[u8]) -> Option<Change> {
    let words = String::from_utf8_lossy(text).into_owned();
    let (old, new) = words.split_once(' ').unwrap_or((&words, "*"));
    let pattern = || old.parse::<Pattern>().ok();
    let seeds = if kind & 0x80 == 0 { Seeds::Web } else { Seeds::Http };
    let url = format!("http://{old}");
    Some(match kind & 0x0f {
        0 => Change::ClearTrackers,
        1 => Change::RemoveTracker(pattern()?),
        2 => Change::ReplaceTracker(Replacement::new(old, new).ok()?),
        3 => Change::AddTrackers { urls: vec![url], tier: None },
        4 => Change::AddTrackers { urls: vec![url, new.to_owned()], tier: Some(1) },
        5 => Change::RemoveSeed(seeds, pattern()?),
        6 => Change::ReplaceSeed(seeds, Replacement::new(old, new).ok()?),
        7 => Change::AddSeed(seeds, url),
        8 => Change::RemoveNode(pattern()?),
        9 => Change::AddNode(old.to_owned(), 1),
        10 => Change::Text(Text::Comment, (kind & 0x80 == 0).then_some(words)),
        11 => Change::Text(Text::Source, (kind & 0x80 == 0).then_some(words)),
        12 => Change::Private(kind & 0x80 == 0),
        13 => Change::Date((kind & 0x80 == 0).then_some(7)),
        14 => Change::Unset(Path::parse(text).ok()?),
        _ => Change::Set(Path::parse(text).ok()?, b"i7e".to_vec()),
    })
}

/// The entries that are not named, as they stand.
fn others<'a>(value: Value<'a>, named: &[Vec<u8>]) -> Vec<(&'a [u8], &'a [u8])> {
    let entries = value.dict().into_iter().flatten();
    let others = entries.filter(|(key, _)| !named.iter().any(|name| name == key));
    others.map(|(key, value)| (key, value.raw())).collect()
}

// The first byte says what is changed, the second how much of the rest is text for that.
fuzz_target!(|data: &[u8]| {
    let [kind, length, rest @ ..] = data else { return };
    let Some((text, document)) = rest.split_at_checked((*length).into()) else { return };
    let Some(change) = change(*kind, text) else { return };
    let Ok((before, _)) = Draft::parse(document.to_vec(), Limits::default()) else { return };
    let mut after = before.clone();
    let made = change.make(&mut after);
    let judged = Draft::parse(after.bytes().to_vec(), Limits::default());
    // A value may be put as deep as documents go, and no deeper.
    let (judged, _) = judged.expect("still a document");
    assert_eq!(judged.value().raw(), after.value().raw());
    if !matches!(made, Ok(Found::Yes)) {
        assert_eq!(before.bytes(), after.bytes());
    }
    if before.value().kind() != Kind::Dict {
        return;
    }
    let named = named(&change);
    assert_eq!(others(before.value(), &named), others(after.value(), &named));
    // What follows the document stays, too.
    let tail = |draft: &Draft| draft.bytes()[draft.value().raw().len()..].to_vec();
    assert_eq!(tail(&before), tail(&after));
    for difference in differences(before.value(), after.value()) {
        let key = difference.path.keys().next().expect("within the dictionary");
        assert!(named.iter().any(|name| name == key));
        let raw = |value: Option<Value<'_>>| value.map(|value| value.raw().to_vec());
        assert_eq!(raw(before.get(&difference.path)), raw(difference.old));
        assert_eq!(raw(after.get(&difference.path)), raw(difference.new));
    }
    if let (Change::Set(path, value), Ok(_)) = (&change, &made)
        && path.keys().all(|key| key != b"-")
    {
        assert_eq!(after.get(path).map(Value::raw), Some(&value[..]));
    }
});
