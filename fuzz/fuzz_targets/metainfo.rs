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
        let files = metainfo.layout.files();
        for file in files.iter().filter(|file| !file.pad) {
            assert!(name::check_path(&file.path).is_ok());
            assert!(file.path.iter().all(|name| name::check(name).is_ok()));
        }
        let count = metainfo.pieces.map_or(0, |pieces| pieces.count());
        let last = count.checked_sub(1).and_then(|last| metainfo.hash(PieceIndex(last)));
        assert_eq!(last.is_some(), metainfo.v1.is_some() && count > 0);
        assert!(metainfo.hash(PieceIndex(count)).is_none());
        let again = Metainfo::from_info(metainfo.info.clone()).expect("info stands alone");
        assert_eq!((again.v1, again.v2, again.layout), (metainfo.v1, metainfo.v2, metainfo.layout));
    }
});
