//! Magnet links. What is taken reads back from what it shows as.
#![no_main]

use bt::torrent::Magnet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // The hash is hard to guess; half of the inputs have one.
    let hash = "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&";
    for link in [text.to_owned(), format!("{hash}{text}")] {
        if let Ok(magnet) = link.parse::<Magnet>() {
            let shown = magnet.to_string();
            if shown.len() <= bt::torrent::magnet::MAX_MAGNET {
                assert_eq!(shown.parse(), Ok(magnet));
            }
        }
    }
});
