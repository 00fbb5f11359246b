//! Any bytes: strict, lenient and prefix reading agree with each other, and a cursor reaches every
//! part of what they accept. Reading into a struct accepts nothing more.
#![no_main]

use bt::bencode::{self, Limits, Value};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fn walk(value: Value<'_>, depth: usize) {
    let _ = (value.int(), value.uint(), value.str(), value.digits().map(|d| d.to_string()));
    if depth == 0 {
        return;
    }
    value.list().into_iter().flatten().for_each(|item| walk(item, depth - 1));
    for (key, item) in value.dict().into_iter().flatten() {
        assert!(value.get(key).is_some());
        walk(item, depth - 1);
    }
}

/// The entries of a dictionary are the same with notes of where long ones end.
fn outlined(bytes: &[u8]) {
    let Ok((root, outline, _)) = Limits::default().parse_outlined(bytes) else { return };
    let inner = root.dict().into_iter().flatten().map(|(_, value)| value);
    for value in inner.chain([root]) {
        let told = outline.dict(value).into_iter().flatten();
        let walked = value.dict().into_iter().flatten();
        let same = |(key, value): (_, Value<'_>)| (key, value.raw().len(), value.offset());
        assert!(told.map(same).eq(walked.map(same)));
    }
}

fuzz_target!(|bytes: &[u8]| {
    outlined(bytes);
    let lenient = bencode::parse_lenient(bytes);
    match bencode::parse(bytes) {
        Ok(value) => {
            assert_eq!(value.raw(), bytes);
            assert!(lenient.is_ok_and(|(_, warnings)| warnings.is_empty()));
            walk(value, 8);
        }
        Err(error) => {
            assert!(error.offset <= bytes.len());
            if let Ok((value, warnings)) = lenient {
                assert_eq!(warnings.first(), Some(&error));
                walk(value, 8);
            }
        }
    }
    if bencode::from_bytes::<IgnoredAny>(bytes).is_ok() {
        assert!(bencode::parse(bytes).is_ok());
    }
    if let Ok((_, rest)) = bencode::from_prefix::<IgnoredAny>(bytes) {
        assert!(bencode::parse_prefix(bytes).is_ok_and(|(_, other)| rest == other));
    }
    if let Ok((value, rest)) = bencode::parse_prefix(bytes) {
        assert_eq!(value.raw().len() + rest.len(), bytes.len());
    }
});
