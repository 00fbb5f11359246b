use super::*;
use proptest::prelude::*;

pub(in crate::tracker) fn entry(file: &str, name: &str, byte: u8, modified: i64) -> Arc<Entry> {
    let name = shown(name);
    Arc::new(Entry {
        file: file.into(),
        key: name.to_lowercase().into(),
        name: name.into(),
        size: u64::from(byte) << 20,
        files: 1,
        v1: Some(InfoHash([byte; 20])),
        v2: None,
        private: false,
        length: 100,
        modified,
    })
}

#[test]
fn a_file_is_found_by_name_and_by_each_of_its_hashes() {
    let hybrid = Entry { v2: Some([9; 32]), ..(*entry("b.torrent", "B", 2, 0)).clone() };
    let catalog = Catalog::new(vec![Arc::new(hybrid), entry("a.torrent", "A", 1, 5)], 7);
    assert_eq!((catalog.len(), catalog.changed()), (2, 7));
    for byte in [2, 9] {
        assert_eq!(&*catalog.torrent(InfoHash([byte; 20])).unwrap().file, "b.torrent");
    }
    assert_eq!(&*catalog.file("a.torrent").unwrap().name, "A");
    for absent in ["", "a", "A.torrent", "../a.torrent", "a.torrent\0"] {
        assert_eq!(catalog.file(absent), None, "{absent}");
    }
}

#[test]
fn a_torrent_in_two_files_is_new_once() {
    let both = [entry("b.torrent", "x", 1, 9), entry("a.torrent", "x", 1, 5)];
    let catalog = Catalog::new(both.to_vec(), 0);
    let newest: Vec<_> = catalog.newest().iter().map(|entry| &*entry.file).collect();
    assert_eq!((newest, catalog.len()), (vec!["a.torrent"], 2));
}

#[test]
fn the_newest_are_the_newest_and_no_more_than_are_told() {
    let entries = (0..250).map(|n| entry(&format!("{n:03}.torrent"), "x", n, i64::from(n / 2)));
    let catalog = Catalog::new(entries.collect(), 0);
    let newest: Vec<_> = catalog.newest().iter().map(|entry| &*entry.file).collect();
    assert_eq!(newest.len(), NEWEST_MOST);
    assert_eq!(newest[..3], ["248.torrent", "249.torrent", "246.torrent"]);
    assert!(catalog.newest().iter().all(|entry| entry.modified >= 75));
}

#[test]
fn only_plain_names_of_torrent_files_are_served() {
    for good in ["a.torrent", "a b.Torrent", "ä.torrent", "a..torrent", "<x>&\".torrent"] {
        assert!(servable(good), "{good}");
    }
    for bad in [
        "",
        ".torrent",
        ".a.torrent",
        "a",
        "a.torrent~",
        "a/b.torrent",
        "a\nb.torrent",
        "a\u{202e}.torrent",
    ] {
        assert!(!servable(bad), "{bad}");
    }
}

#[test]
fn a_private_torrent_has_no_magnet_link() {
    let open = entry("a.torrent", "A & B", 1, 0);
    let link = open.magnet(Some("http://t/announce")).unwrap().to_string();
    assert_eq!(
        link,
        format!(
            "magnet:?xt=urn:btih:{}&dn=A%20%26%20B&xl=1048576&tr=http%3A%2F%2Ft%2Fannounce",
            "01".repeat(20)
        )
    );
    let private = Entry { private: true, ..(*open).clone() };
    assert_eq!(private.magnet(None), None);
}

proptest! {
    #[test]
    fn what_is_shown_steers_nothing(name in any::<String>()) {
        let safe = shown(&name);
        prop_assert_eq!(safe.chars().count(), name.chars().count());
        prop_assert!(!safe.contains(steers));
        prop_assert_eq!(shown(&safe), safe);
    }

    #[test]
    fn a_path_names_its_file_and_nothing_else(name in "[^/\\\\\\p{Cc}]{1,20}") {
        let path = entry(&name, "", 0, 0).path().to_string();
        let file = path.strip_prefix("torrents/").unwrap();
        prop_assert!(file.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
        let back = percent_encoding::percent_decode_str(file).decode_utf8().unwrap();
        prop_assert_eq!(back, name);
    }
}
