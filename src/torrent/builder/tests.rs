use super::*;
use crate::torrent::{Attributes, LayoutBuilder, Metainfo, name};
use proptest::prelude::*;

/// What joins, though it need not be safe.
fn name_byte() -> impl Strategy<Value = u8> {
    any::<u8>().prop_filter("joins", |byte| !b"/\0".contains(byte))
}

prop_compose! {
    fn files()(
        files in proptest::collection::btree_map(
            proptest::collection::vec(
                proptest::collection::vec(name_byte(), 1..5), 1..4),
            0u64..100_000, 1..20)
    ) -> Vec<(Vec<Vec<u8>>, u64)> {
        files.into_iter().collect()
    }
}

proptest! {
    #[test]
    fn what_is_built_reads_back(
        files in files(),
        name in "[^/\\\\\0]{2,9}x",
        piece_length in 1u32..100_000,
        private: bool,
        comment: Option<String>,
        creation_date in proptest::option::of(0i64..),
        trackers in proptest::collection::vec(
            proptest::collection::vec("[a-z]{1,9}".prop_map(|s| format!("http://{s}/")), 1..3), 0..3),
        web_seeds in proptest::collection::vec("http://[a-z]{1,9}", 0..3),
    ) {
        let safe = files.iter().flat_map(|(path, _)| path).all(|n| name::check(n).is_ok());
        let mut layout = LayoutBuilder::new();
        for (path, length) in files {
            layout.push(path, length, Attributes::default()).unwrap();
        }
        let layout = layout.build();
        let pieces = layout.total().div_ceil(u64::from(piece_length));
        let hashes = vec![[7; 20]; usize::try_from(pieces).unwrap()];
        let bytes = Builder {
            hashes: &hashes,
            private,
            source: comment.as_deref(),
            trackers: &trackers,
            web_seeds: &web_seeds,
            comment: comment.as_deref(),
            created_by: Some("bt"),
            creation_date,
            ..Builder::new(name.as_bytes(), true, &layout, piece_length)
        }
        .build();
        prop_assert!(crate::bencode::parse(&bytes).is_ok());
        match Metainfo::parse(bytes.into()) {
            Ok(read) if safe => {
                prop_assert_eq!(read.layout, layout);
                prop_assert_eq!(&*read.hashes, hashes.as_flattened());
                prop_assert_eq!((read.private, read.piece_length), (private, piece_length));
                prop_assert_eq!((&read.comment, &read.source), (&comment, &comment));
                prop_assert_eq!(read.creation_date, creation_date);
                prop_assert_eq!((read.trackers, read.web_seeds), (trackers, web_seeds));
            }
            // Its backslashes were replaced.
            Ok(_) => {}
            // A file that is another's folder can come out of the generator too.
            Err(error) => prop_assert!(
                !safe || matches!(error.why(), Some(crate::torrent::metainfo::Why::FileIsFolder)),
                "{}", error
            ),
        }
    }
}
