use super::*;
use crate::torrent::metainfo::Made;
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
        let builder = Builder {
            hashes: &hashes,
            private,
            source: comment.as_deref(),
            trackers: &trackers,
            web_seeds: &web_seeds,
            comment: comment.as_deref(),
            created_by: Some("bt"),
            creation_date,
            ..Builder::new(name.as_bytes(), true, &layout, piece_length)
        };
        let (bytes, info) = builder.build_with_info();
        let made = Made::of(&builder, &bytes, info);
        prop_assert!(crate::bencode::parse(&bytes).is_ok());
        match Metainfo::parse(bytes.into()) {
            Ok(read) if safe => {
                prop_assert_eq!(made, Some(Made::from(&read)));
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
                !safe || made.is_none() && matches!(error.why(), Some(crate::torrent::metainfo::Why::FileIsFolder)),
                "{}", error
            ),
        }
    }
}

/// Folders and files, some empty, some of whole pieces, some that are links.
fn tree() -> impl Strategy<Value = BTreeMap<Vec<String>, (u64, bool, bool)>> {
    let name = prop_oneof!["[a-c]", "[a-c]!", "é{1,2}", "[A-Z]{1,3}[.]x"];
    let path = proptest::collection::vec(name, 1..4);
    let length =
        prop_oneof![Just(0), Just(1), 0u64..300_000, (1u64..20).prop_map(|blocks| blocks << 14)];
    let file = (length, any::<bool>(), proptest::bool::weighted(0.1));
    proptest::collection::btree_map(path, file, 1..12).prop_map(|mut files| {
        // No file is another's folder.
        let paths: Vec<_> = files.keys().cloned().collect();
        files.retain(|path, _| {
            !paths.iter().any(|other| other.len() < path.len() && path.starts_with(other))
        });
        files
    })
}

proptest! {
    #[test]
    fn all_versions_read_back(
        files in tree(),
        height in 0u32..4,
        version in prop_oneof![Just(Version::V1), Just(Version::V2), Just(Version::Hybrid)],
        folder: bool,
        seed: u8,
    ) {
        let (name, files) = match folder {
            true => ("n!".to_owned(), files),
            false => {
                let (mut path, file) = files.into_iter().next().unwrap();
                (path[0].clone(), BTreeMap::from([(path.drain(..1).collect(), (file.0, file.1, false))]))
            }
        };
        let piece_length = 16384u32 << height;
        let mut layout = LayoutBuilder::new();
        let mut links = Vec::new();
        for (path, &(length, executable, link)) in &files {
            links.push(link);
            let attributes = Attributes { executable, hidden: length == 1 };
            layout.push(path, if link { 0 } else { length }, attributes).unwrap();
        }
        let plain = layout.build();
        let layout = lay_out(&plain, folder, version, piece_length).unwrap();
        let count = usize::try_from(layout.total().div_ceil(piece_length.into())).unwrap();
        let hash = |piece: usize| u8::try_from(piece % 251).unwrap().wrapping_add(seed);
        let hashes: Vec<_> = (0..count).map(|piece| [hash(piece); 20]).collect();
        // A root of zeros is refused.
        let roots: Vec<_> = (0..count).map(|piece| [hash(piece).max(1); 32]).collect();
        let target = crate::torrent::FilePathBuf::from_components(["x", "y"]).unwrap();
        let extra = |(number, link): (usize, bool)| match link {
            true => (number, Extra { symlink: Some(target.clone()), ..Extra::default() }),
            false => (number, Extra { sha1: Some([seed; 20]), ..Extra::default() }),
        };
        let extras = layout.real().map(|(number, _)| number).zip(links).map(extra).collect();
        let collections = ["c".to_owned()];
        let nodes = [("h".to_owned(), 1)];
        let builder = Builder {
            version,
            hashes: if version.has_v1() { &hashes } else { &[] },
            roots: if version.has_v2() { &roots } else { &[] },
            extras: &extras,
            similar: &[[seed; 20]],
            collections: &collections,
            update_url: Some("http://u"),
            http_seeds: &collections,
            nodes: &nodes,
            private: seed.is_multiple_of(2),
            ..Builder::new(name.as_bytes(), folder, &layout, piece_length)
        };
        // Where files are no more than names and lengths, nothing need be read to tell of them.
        let plain_builder = Builder { extras: &BTreeMap::new(), ..builder.clone() };
        let (bytes, info) = plain_builder.build_with_info();
        let made = Made::of(&plain_builder, &bytes, info);
        let read = Metainfo::parse(bytes.into()).unwrap();
        prop_assert_eq!(made, Some(Made::from(&read)));
        let (bytes, info) = builder.build_with_info();
        prop_assert_eq!(Made::of(&builder, &bytes, info).is_none(), !extras.is_empty());
        prop_assert!(crate::bencode::parse(&bytes).is_ok());
        let read = Metainfo::parse(bytes.into()).unwrap();
        prop_assert_eq!((read.v1.is_some(), read.v2.is_some()), (version.has_v1(), version.has_v2()));
        // A folder of v2 with only a file of its own name is a file to all who read it.
        let alone = version == Version::V2 && files.keys().eq([&vec![name.clone()]]);
        prop_assert_eq!(read.folder, folder && !alone);
        prop_assert_eq!(&read.layout, &layout);
        prop_assert_eq!(&read.extras, &extras);
        for piece in 0..count {
            let index = crate::torrent::PieceIndex(u32::try_from(piece).unwrap());
            prop_assert_eq!(read.hash(index), version.has_v1().then_some(&hashes[piece]));
            prop_assert_eq!(read.hash_v2(index), version.has_v2().then_some(&roots[piece]));
        }
        let unpadded: Vec<_> = layout.real().map(|(_, file)| file).collect();
        prop_assert_eq!(unpadded, plain.files().collect::<Vec<_>>());
    }
}

#[test]
fn pads_stand_where_a_version_has_them() {
    let files = Layout::of([("a", 3), ("b", 0), ("c", 16384), ("d", 5), ("e", 0)]).unwrap();
    let shown = |folder, version| {
        let layout = lay_out(&files, folder, version, 16384).unwrap();
        layout.files().map(|file| (file.pad, file.length)).collect::<Vec<_>>()
    };
    let plain: Vec<_> = files.files().map(|file| (false, file.length)).collect();
    assert_eq!(shown(true, Version::V1), plain);
    let [a, b, c, d, e] = plain[..] else { panic!() };
    assert_eq!(shown(true, Version::V2), [a, b, (true, 16381), c, d, e]);
    assert_eq!(shown(true, Version::Hybrid), [a, (true, 16381), b, c, d, (true, 16379), e]);
    let alone = Layout::of([("a", 3)]).unwrap();
    assert_eq!(lay_out(&alone, true, Version::Hybrid, 16384).as_ref(), Ok(&alone));
    assert_eq!(lay_out(&alone, false, Version::Hybrid, 16384), Ok(alone));
    let unsorted = Layout::of([("b", 3), ("a", 3)]).unwrap();
    assert_eq!(lay_out(&unsorted, true, Version::V2, 16384), Err(Unfit::Order));
    assert_eq!(lay_out(&unsorted, true, Version::V1, 16384), Ok(unsorted));
}

#[test]
fn pads_count_as_files() {
    let names: Vec<_> = (0..500_001).map(|number| format!("{number:06}")).collect();
    let files = Layout::of(names.iter().map(|name| (name.as_str(), 1))).unwrap();
    assert_eq!(lay_out(&files, true, Version::Hybrid, 16384), Err(Unfit::Files));
    assert!(lay_out(&files, true, Version::V1, 16384).is_ok());
}
