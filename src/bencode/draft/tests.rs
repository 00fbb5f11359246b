use super::*;
use crate::bencode::parse;
use proptest::prelude::*;

fn draft(bytes: &[u8]) -> Draft {
    Draft::parse(bytes.to_vec(), Limits::default()).unwrap().0
}

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

#[test]
fn a_path_names_keys_and_elements() {
    assert_eq!(path(""), Path::default());
    assert_eq!(path("/a//b"), Path::of(["a", "", "b"]));
    assert_eq!(path("/a~1b/~0~01"), Path::of(["a/b", "~~1"]));
    for bad in ["a", "~", "/~", "/~2", "/a~"] {
        assert_eq!(bad.parse::<Path>(), Err(PathError::Spelling), "{bad}");
    }
    let found = draft(b"d1:ald1:bi7eeee");
    assert_eq!(found.get(&path("/a/0/b")).unwrap().raw(), b"i7e");
    for nothing in ["/a/1", "/a/00", "/a/-", "/a/+0", "/b", "/a/0/b/c"] {
        assert!(found.get(&path(nothing)).is_none(), "{nothing}");
    }
}

#[test]
fn a_value_goes_to_its_place() {
    for (before, at, value, after) in [
        // The first key that sorts behind it; the end, where there is none.
        ("de", "/b", "i1e", "d1:bi1ee"),
        ("d1:ai0e1:ci0ee", "/b", "i1e", "d1:ai0e1:bi1e1:ci0ee"),
        ("d1:ai0e1:ci0ee", "/d", "le", "d1:ai0e1:ci0e1:dlee"),
        ("d1:ci0e1:ai0ee", "/b", "i1e", "d1:bi1e1:ci0e1:ai0ee"),
        // What is there is replaced, and of double keys one is left.
        ("d1:ai0e1:ali1eee", "/a", "1:x", "d1:a1:xe"),
        ("d1:ai0e1:bi1e1:ali1ee1:ci2eeX", "/a", "1:x", "d1:a1:x1:bi1e1:ci2eeX"),
        ("d1:md1:ai0e1:ai1e1:bleee", "/m/a", "i7e", "d1:md1:ai7e1:bleee"),
        ("d2:00i0e01:ai00ee", "/a", "1:x", "d2:00i0e01:a1:xe"),
        // Lists take one more at the end.
        ("d1:alee", "/a/0", "i1e", "d1:ali1eee"),
        ("d1:ali1eee", "/a/1", "i2e", "d1:ali1ei2eee"),
        ("d1:ali1eee", "/a/-", "i2e", "d1:ali1ei2eee"),
        ("d1:ali1ei2eee", "/a/0", "i3e", "d1:ali3ei2eee"),
        ("li1ee", "/0", "le", "llee"),
        // What is missing on the way is made.
        ("de", "/a/b/c", "i1e", "d1:ad1:bd1:ci1eeee"),
        ("d1:alee", "/a/-/x/y", "i1e", "d1:ald1:xd1:yi1eeeee"),
        ("de", "/a/-", "i1e", "d1:ali1eee"),
        ("de", "/a/-/b/-", "i1e", "d1:ald1:bli1eeeee"),
        // What follows the document stays.
        ("d1:ai1ee\ni2e", "/b", "i3e", "d1:ai1e1:bi3ee\ni2e"),
    ] {
        let mut draft = draft(before.as_bytes());
        draft.set(&path(at), value.as_bytes()).unwrap();
        assert_eq!(draft.bytes().escape_ascii().to_string(), after.replace('\n', "\\n"), "{at}");
        assert!(draft.get(&path(&at.replace('-', "0"))).is_some());
        let again = draft.clone().into_bytes();
        if !at.contains('-') {
            draft.set(&path(at), value.as_bytes()).unwrap();
            assert_eq!(draft.into_bytes(), again, "{at}");
        }
    }
}

#[test]
fn a_double_key_on_the_way_is_no_way() {
    let before = b"d4:infod1:ai0ee4:infod1:ai1ee1:lld1:ai0e1:ai1eeee";
    for (at, double) in [("/info/a", "/info"), ("/info/b", "/info"), ("/l/0/a/b", "/l/0/a")] {
        let mut draft = draft(before);
        let why = Err(PathError::Double(double.into()));
        assert_eq!(draft.set(&path(at), b"i7e"), why, "{at}");
        assert_eq!(draft.remove(&path(at)).map(drop), why, "{at}");
        assert_eq!(draft.bytes(), before);
    }
    let why = PathError::Double("/info".into()).to_string();
    assert_eq!(why, "/info: a key that is there more than once");
    // Of the whole of it one can be rid.
    let mut draft = draft(before);
    assert_eq!(draft.remove(&path("/info")), Ok(true));
    assert_eq!(draft.bytes(), b"d1:lld1:ai0e1:ai1eeee");
}

#[test]
fn an_entry_is_taken_out_with_its_key() {
    for (before, at, after) in [
        ("d1:ai0e1:bi0ee", "/a", "d1:bi0ee"),
        ("d1:ai0e1:bi0e1:ali1eee", "/a", "d1:bi0ee"),
        ("d1:ali0ei1eee", "/a/1", "d1:ali0eee"),
        ("d1:ali0ei1eee", "/a/0", "d1:ali1eee"),
        ("d1:ad1:bi0eeeX", "/a/b", "d1:adeeX"),
        ("d1:ai0ee", "/b", "d1:ai0ee"),
        ("d1:ai0ee", "/a/b", "d1:ai0ee"),
        ("d1:alee", "/a/-", "d1:alee"),
    ] {
        let mut draft = draft(before.as_bytes());
        let found = draft.remove(&path(at)).unwrap();
        assert_eq!(draft.bytes(), after.as_bytes(), "{at}");
        assert_eq!(found, before != after);
    }
}

#[test]
fn a_key_that_stands_there_often_is_taken_out_at_once() {
    // One by one that would move terabytes.
    let often = "1:b0:1:ai1e".repeat(200_000);
    let mut draft = draft(format!("d{often}e--").as_bytes());
    assert_eq!(draft.remove(&path("/a")), Ok(true));
    assert_eq!(draft.bytes(), format!("d{}e--", "1:b0:".repeat(200_000)).as_bytes());
    assert_eq!(draft.remove(&path("/a")), Ok(false));
    assert_eq!(draft.value().raw().len(), draft.bytes().len() - 2);
    assert_eq!(draft.remove(&path("/b")), Ok(true));
    assert_eq!(draft.bytes(), b"de--");
}

#[test]
fn a_path_that_leads_nowhere_changes_nothing() {
    let before = b"d1:ai0e1:bli0eee";
    for (at, why) in [
        ("", PathError::Root),
        ("/a/b", PathError::Leaf("/a".into())),
        ("/b/0/x/y", PathError::Leaf("/b/0".into())),
        ("/b/2", PathError::Index("/b".into(), 0)),
        ("/b/x", PathError::Index("/b".into(), 0)),
        ("/b/01", PathError::Index("/b".into(), 0)),
    ] {
        let mut draft = draft(before);
        assert_eq!(draft.set(&path(at), b"i1e"), Err(why), "{at}");
        assert_eq!(draft.bytes(), before);
    }
    let mut draft = draft(b"de");
    let deep = path(&"/a".repeat(1000));
    assert_eq!(draft.set(&deep, b"i1e"), Err(PathError::Deep(1000)));
    draft.set(&path(&"/a".repeat(999)), b"i1e").unwrap();
    assert!(parse(draft.bytes()).is_ok());
}

/// Whether the path ends in a dictionary's key.
fn in_dict(draft: &Draft, path: &Path) -> bool {
    let outer = Path::of(path.keys().take(path.keys().len() - 1));
    draft.get(&outer).is_some_and(|outer| outer.kind() == Kind::Dict)
}

/// Every leaf and every empty container, by its path.
fn leaves(value: Value<'_>, at: &Path, out: &mut Vec<(Path, Vec<u8>)>) {
    let before = out.len();
    for (key, inner) in value.dict().into_iter().flatten() {
        leaves(inner, &at.join(key), out);
    }
    for (index, inner) in value.list().into_iter().flatten().enumerate() {
        leaves(inner, &at.join(index.to_string()), out);
    }
    if out.len() == before {
        out.push((at.clone(), value.raw().to_vec()));
    }
}

/// Documents as they are found, odd ones too.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (-9i32..99).prop_map(|number| format!("i{number}e")),
        "[a-z]{0,3}".prop_map(|text| format!("{}:{text}", text.len())),
        Just("i007e".to_owned()),
        Just("02:xy".to_owned()),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("l{}e", items.concat())),
            dictionary(inner),
        ]
    });
    (dictionary(value), "(\n|x)?").prop_map(|(root, tail)| root + &tail)
}

/// Keys in any order, each once.
fn dictionary(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    proptest::collection::hash_map("[a-d]{1,2}", value, 0..4).prop_map(|entries| {
        let entries = entries.into_iter().map(|(key, value)| format!("{}:{key}{value}", key.len()));
        format!("d{}e", entries.collect::<String>())
    })
}

fn any_path() -> impl Strategy<Value = Path> {
    proptest::collection::vec("[a-d]{1,2}|[0-3]|-", 1..4).prop_map(Path::of)
}

proptest! {
    #[test]
    fn a_change_leaves_all_else(before in document(), at in any_path(), unset: bool) {
        let original = draft(before.as_bytes());
        let mut draft = original.clone();
        let new = b"l3:newe";
        let done = match unset {
            true => draft.remove(&at).is_ok_and(|found| found),
            false => draft.set(&at, new).is_ok(),
        };
        if !done {
            prop_assert_eq!(draft.bytes(), original.bytes());
            return Ok(());
        }
        // One range of bytes was exchanged, nothing around it.
        let (old, now) = (original.bytes(), draft.bytes());
        let same = old.iter().zip(now).take_while(|(a, b)| a == b).count();
        let rest = old[same..].iter().rev().zip(now[same..].iter().rev());
        let tail = rest.take_while(|(a, b)| a == b).count();
        let gone = original.get(&at).map_or(0, |value| value.raw().len());
        if unset {
            prop_assert!(old.len() - same - tail >= now.len() - same - tail);
            prop_assert_eq!(same + tail, now.len());
            prop_assert!(old.len() - now.len() >= gone);
        } else {
            prop_assert!(old.len() - same - tail <= gone.max(1));
        }
        // The same document but for what was named.
        let judged = Draft::parse(now.to_vec(), Limits::default()).unwrap().0;
        prop_assert_eq!(judged.length, draft.length);
        prop_assert_eq!(&now[judged.length..], &old[original.length..]);
        if !unset {
            let value = judged.get(&at).map(|value| value.raw().to_vec());
            prop_assert!(at.keys().any(|key| key == b"-") || value.as_deref() == Some(&new[..]));
        }
        let (mut left, mut kept) = (Vec::new(), Vec::new());
        leaves(original.value(), &Path::default(), &mut left);
        leaves(judged.value(), &Path::default(), &mut kept);
        let inside = |path: &Path| path.0.starts_with(&at.0) || at.0.starts_with(&path.0);
        // Elements behind one that is gone have other numbers.
        let shifted = unset && !in_dict(&original, &at);
        for leaf in left.iter().filter(|(path, _)| !inside(path)) {
            let same = kept.contains(leaf);
            let moved = shifted && kept.iter().any(|(_, raw)| *raw == leaf.1);
            prop_assert!(same || moved, "{:?}", leaf);
        }
    }

    #[test]
    fn a_change_made_twice_is_made_once(before in document(), at in any_path()) {
        let mut draft = draft(before.as_bytes());
        if at.keys().all(|key| key != b"-") && draft.set(&at, b"i5e").is_ok() {
            let once = draft.clone().into_bytes();
            draft.set(&at, b"i5e").unwrap();
            prop_assert_eq!(draft.into_bytes(), once);
        }
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, at: Vec<u8>) {
        if let (Ok((mut draft, _)), Ok(path)) =
            (Draft::parse(bytes, Limits::default()), Path::parse(&at))
        {
            let _ = draft.get(&path);
            let _ = draft.set(&path, b"le");
            let _ = draft.remove(&path);
        }
    }
}
