//! The operator's list of keys, and the paths of requests: no whole key is ever shown.
#![no_main]

use bt::tracker::keys::{Keys, mask, of_path, parse};
use libfuzzer_sys::fuzz_target;
use std::time::Instant;

fuzz_target!(|data: &[u8]| {
    if let Ok(lines) = parse(data) {
        for line in &lines {
            let key = std::str::from_utf8(&line.key).expect("letters");
            let target = format!("/{key}/announce?x=y");
            assert_eq!(mask(&target), "/\u{2026}/announce?x=y");
            let path = format!("/{key}/scrape");
            assert_eq!(of_path(path.as_bytes()).and_then(|(_, key)| key), Some(&*line.key));
        }
        let many = lines.len();
        let keys = Keys::new(lines, None, Instant::now(), 0);
        assert_eq!(keys.len(), many);
        assert!(keys.totals(5).len() <= 6);
    }
    let _ = of_path(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = mask(text);
        // Whatever leads to an endpoint is masked.
        let path = text.split('?').next().unwrap_or_default();
        if let Some((_, Some(key))) = of_path(path.as_bytes()) {
            let key = std::str::from_utf8(key).expect("a part of text");
            assert!(key.is_empty() || !mask(text)[1..].starts_with(key) || "\u{2026}".starts_with(key));
        }
    }
});
