//! Twenty bytes as JavaScript keeps them: a string of twenty characters, each a byte.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt::Write;

/// The bytes of a string; `None` where it is not one of twenty bytes.
pub(super) fn parse(text: &str) -> Option<[u8; 20]> {
    let mut id = [0; 20];
    let mut chars = text.chars();
    for byte in &mut id {
        *byte = u8::try_from(chars.next()?).ok()?;
    }
    chars.next().is_none().then_some(id)
}

/// Adds the bytes as a JSON string.
pub(super) fn push(out: &mut String, id: &[u8; 20]) {
    out.push('"');
    for &byte in id {
        match char::from(byte) {
            c @ ('"' | '\\') => out.extend(['\\', c]),
            c @ '\0'..' ' => {
                // Writing to memory cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_strings_are_no_ids() {
        for text in
            ["", "1234567890123456789", "123456789012345678901", "1234567890123456789\u{100}"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_go_through_json(id in any::<[u8; 20]>()) {
            let mut json = String::new();
            push(&mut json, &id);
            let text: String = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(parse(&text), Some(id));
        }
    }
}
