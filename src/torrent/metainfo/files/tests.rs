use crate::torrent::Metainfo;
use bytes::Bytes;
use proptest::prelude::*;

/// Values of `length` and of `path`, good and bad.
fn file() -> impl Strategy<Value = (&'static str, String)> {
    let length = prop_oneof![
        6 => Just("i3e"),
        1 => proptest::sample::select(vec![
            "i0e", "i03e", "i-0e", "i-1e", "i9223372036854775807e", "i9223372036854775808e",
            "i99999999999999999999e", "1:3", "li3ee",
        ]),
    ];
    let name = prop_oneof![
        6 => "[a-c]{1,3}".prop_map(|name| format!("{}:{name}", name.len())),
        1 => proptest::sample::select(vec!["1:.", "2:..", "0:", "3:a/b", "3:a\\b", "1:\0", "i1e", "le", "2:é"])
            .prop_map(str::to_owned),
        1 => (250usize..260).prop_map(|length| format!("{length}:{}", "n".repeat(length))),
    ];
    let depth = prop_oneof![9 => 1..5usize, 1 => 0..110usize];
    let names = depth.prop_flat_map(move |depth| proptest::collection::vec(name.clone(), depth));
    let path = prop_oneof![
        9 => names.prop_map(|names| format!("l{}e", names.concat())),
        1 => Just("1:a".to_owned()),
    ];
    (length, path)
}

/// A torrent of these files, with `more` in each one's dictionary.
fn torrent(files: &[(&str, String)], more: &str) -> Vec<u8> {
    let dict = |(length, path): &(&str, String)| format!("d6:length{length}4:path{path}{more}e");
    let files: String = files.iter().map(dict).collect();
    let head = format!("d4:infod5:filesl{files}e4:name1:n12:piece lengthi16384e6:pieces20:");
    [head.as_bytes(), &[b'h'; 20], b"ee"].concat()
}

proptest! {
    #[test]
    fn the_short_way_is_the_long_one(files in proptest::collection::vec(file(), 1..4)) {
        let read = |more| {
            let metainfo = Metainfo::parse(Bytes::from(torrent(&files, more)));
            metainfo.map_err(|error| error.to_string())
        };
        // A key that nobody knows says nothing, and leads by the long way.
        match (read(""), read("1:zi0e")) {
            (Ok(short), Ok(long)) => {
                prop_assert_eq!(short.layout, long.layout);
                prop_assert_eq!(short.warnings.len(), long.warnings.len());
            }
            (short, long) => prop_assert_eq!(short.err(), long.err()),
        }
    }
}
