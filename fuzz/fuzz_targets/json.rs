//! Bencode through JSON is the identity; any bytes read as JSON give canonical bencode or an error.
#![no_main]

use bt::bencode::{self, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = json::Document::parse(bytes) {
        for style in [json::Style::Compact, json::Style::Indented] {
            let mut text = Vec::new();
            document.write(&mut text, style).unwrap();
            assert_eq!(json::read(&text).unwrap(), bytes);
        }
    }
    match json::read(bytes) {
        Ok(bencode) => assert!(bencode::parse(&bencode).is_ok()),
        Err(error) => assert!(error.offset <= bytes.len()),
    }
});
