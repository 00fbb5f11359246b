//! Hostile `.torrent` files. What is taken holds what everybody relies on.
#![no_main]

use bt::torrent::{Metainfo, PieceIndex, name};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Half of the inputs are an `info` dictionary, so that the fuzzer gets past the outer one.
    let whole = [b"d4:info", data, b"e"].concat();
    for bytes in [data.to_vec(), whole] {
        let Ok(metainfo) = Metainfo::parse(bytes.into()) else { continue };
        assert!(name::check(&metainfo.name).is_ok());
        let files = || metainfo.layout.files().filter(|file| !file.pad);
        for file in files() {
            assert!(name::check_path(file.path.components()).is_ok());
            assert!(file.path.components().all(|name| name::check(name).is_ok()));
        }
        let mut paths: Vec<_> = files().map(|file| file.path).collect();
        paths.sort_unstable();
        // What begins with a path comes right after it.
        assert!(paths.windows(2).all(|pair| !pair[1].starts_with(pair[0])));
        let total = metainfo.layout.total();
        assert!(metainfo.total_size() <= total);
        let spans = metainfo.layout.spans(0, u64::MAX);
        assert_eq!(spans.map(|span| span.length).sum::<u64>(), total);
        assert_eq!(metainfo.pieces.map_or(0, |pieces| pieces.total()), total);
        let count = metainfo.pieces.map_or(0, |pieces| pieces.count());
        let last = count.checked_sub(1).and_then(|last| metainfo.hash(PieceIndex(last)));
        assert_eq!(last.is_some(), metainfo.v1.is_some() && count > 0);
        assert!(metainfo.hash(PieceIndex(count)).is_none());
        // v2's pieces have hashes, but those of pads.
        let real = (0..count.min(1000)).filter(|&piece| {
            let start = u64::from(piece) * u64::from(metainfo.piece_length);
            let file = metainfo.layout.spans(start, 1).next().map(|span| span.file);
            file.and_then(|file| metainfo.layout.file(file)).is_some_and(|file| !file.pad)
        });
        for piece in real {
            assert_eq!(metainfo.hash_v2(PieceIndex(piece)).is_some(), metainfo.v2.is_some());
        }
        for (number, file) in metainfo.layout.files().enumerate() {
            let rooted = metainfo.v2.is_some() && !file.pad && file.length > 0;
            assert_eq!(metainfo.pieces_root(number).is_some(), rooted);
            let layer = metainfo.layer(number).map(<[_]>::len);
            let pieces = file.length.div_ceil(u64::from(metainfo.piece_length));
            let expected = (rooted && pieces > 1).then_some(pieces as usize);
            assert_eq!(layer, expected);
        }
        let again = Metainfo::from_info(metainfo.info.clone()).expect("info stands alone");
        assert_eq!((again.v1, again.v2, again.layout), (metainfo.v1, metainfo.v2, metainfo.layout));
    }
});
