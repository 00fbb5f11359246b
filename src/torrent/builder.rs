//! Makes metainfo (BEP 3, 12, 19, 27).

use super::Layout;
use crate::bencode::{Dict, Writer};

/// What goes into a `.torrent` file of v1.
///
/// Whoever fills it has checked the names ([`name::check`](super::name::check)) and has a hash for
/// each piece; what comes out then reads back with [`Metainfo::parse`](super::Metainfo::parse).
#[derive(Clone, Debug)]
pub struct Builder<'a> {
    /// The name of the file, or of the folder.
    pub name: &'a [u8],
    /// Whether `name` is a folder that holds the files.
    pub folder: bool,
    /// The files.
    pub layout: &'a Layout,
    /// Bytes in a piece.
    pub piece_length: u32,
    /// The SHA-1 of each piece, end to end.
    pub hashes: &'a [u8],
    /// Only peers of its own trackers (BEP 27).
    pub private: bool,
    /// `source` inside `info`.
    pub source: Option<&'a str>,
    /// The tiers of trackers (BEP 12).
    pub trackers: &'a [Vec<String>],
    /// Servers of the files (BEP 19).
    pub web_seeds: &'a [String],
    /// A word to people.
    pub comment: Option<&'a str>,
    /// The program that makes it.
    pub created_by: Option<&'a str>,
    /// When it is made, in seconds since 1970.
    pub creation_date: Option<i64>,
}

impl Builder<'_> {
    /// The bytes of the `.torrent` file, canonical bencode.
    pub fn build(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.dict(|root| {
            // Clients that do not know tiers take the first.
            if let Some(first) = self.trackers.iter().flatten().next() {
                root.bytes("announce", first);
            }
            if self.trackers.iter().flatten().nth(1).is_some() {
                root.list("announce-list", |tiers| {
                    for tier in self.trackers {
                        tiers.list(|urls| list(urls, tier));
                    }
                });
            }
            text(root, "comment", self.comment);
            text(root, "created by", self.created_by);
            if let Some(date) = self.creation_date {
                root.int("creation date", date);
            }
            root.dict("info", |info| self.info(info));
            match self.web_seeds {
                [] => {}
                [only] => drop(root.bytes("url-list", only)),
                several => root.list("url-list", |urls| list(urls, several)),
            }
        });
        writer.into_bytes()
    }

    fn info(&self, info: &mut Dict<'_>) {
        if self.folder {
            info.list("files", |files| {
                for file in self.layout.files() {
                    files.dict(|entry| {
                        entry.int("length", file.length);
                        entry.list("path", |path| list(path, file.path.components()));
                    });
                }
            });
        } else {
            info.int("length", self.layout.total());
        }
        info.bytes("name", self.name);
        info.int("piece length", self.piece_length);
        info.bytes("pieces", self.hashes);
        if self.private {
            info.int("private", 1);
        }
        text(info, "source", self.source);
    }
}

fn text(dict: &mut Dict<'_>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        dict.bytes(key, text);
    }
}

fn list<T: AsRef<[u8]>>(writer: &mut Writer, items: impl IntoIterator<Item = T>) {
    for item in items {
        writer.bytes(item);
    }
}

/// The piece length for so many bytes: the power of two from 16 KiB to 16 MiB that makes 1,000 to
/// 2,000 pieces, or comes nearest to that.
pub fn piece_length(total: u64) -> u32 {
    let wanted = total.div_ceil(2_000).clamp(16 << 10, 16 << 20);
    u32::try_from(wanted.next_power_of_two()).unwrap_or(16 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::{Attributes, LayoutBuilder, Metainfo, name};
    use proptest::prelude::*;

    #[test]
    fn pieces_are_a_thousand_or_two() {
        for total in [0, 1, 16 << 20] {
            assert_eq!(piece_length(total), 16 << 10);
        }
        for total in [32_768_001, 700_000_000, 4_700_000_000, 2_000 << 24] {
            let length = u64::from(piece_length(total));
            assert!(length.is_power_of_two());
            assert!((1_000..=2_000).contains(&total.div_ceil(length)), "{total}");
        }
        assert_eq!(piece_length(u64::MAX), 16 << 20);
    }

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
            let hashes = vec![7; usize::try_from(pieces).unwrap() * 20];
            let bytes = Builder {
                name: name.as_bytes(),
                folder: true,
                layout: &layout,
                piece_length,
                hashes: &hashes,
                private,
                source: comment.as_deref(),
                trackers: &trackers,
                web_seeds: &web_seeds,
                comment: comment.as_deref(),
                created_by: Some("bt"),
                creation_date,
            }
            .build();
            prop_assert!(crate::bencode::parse(&bytes).is_ok());
            match Metainfo::parse(bytes.into()) {
                Ok(read) if safe => {
                    prop_assert_eq!(read.layout, layout);
                    prop_assert_eq!(&*read.hashes, &*hashes);
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
}
