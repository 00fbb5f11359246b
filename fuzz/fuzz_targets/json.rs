//! Bencode through JSON is the identity; any bytes read as JSON give canonical bencode or an error.
//! What is written for people steers no terminal.
#![no_main]

use bt::bencode::{self, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = json::Document::parse(bytes) {
        for style in [json::Style::Compact, json::Style::Indented] {
            let mut text = Vec::new();
            document.write(&mut text, style).unwrap();
            assert_eq!(json::read(&text).unwrap(), bytes);
            let text = String::from_utf8(text).expect("JSON is UTF-8");
            let steers = |c: char| match style {
                json::Style::Compact => c < ' ',
                _ => c.is_control() && c != '\n',
            };
            assert!(!text.contains(steers));
        }
    }
    match json::read(bytes) {
        Ok(bencode) => assert!(bencode::parse(&bencode).is_ok()),
        Err(error) => assert!(error.offset <= bytes.len()),
    }
});
