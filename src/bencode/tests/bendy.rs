//! The scanner beside `bendy`, a strict reader by others.
//!
//! They differ, as far as is known, in what surrounds a value alone: bendy takes no bytes at all and
//! several values in a row for good input, where a document is exactly one value here. The bounds of
//! nesting are set alike.

use super::*;
use ::bendy::decoding::Decoder;
use ::bendy::state_tracker::Token as Theirs;

/// What a document says, token by token.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Said {
    Integer(String),
    Bytes(Vec<u8>),
    List,
    Dict,
    End,
}

fn ours(value: Value<'_>, said: &mut Vec<Said>) {
    if let Some(entries) = value.dict() {
        said.push(Said::Dict);
        for (key, value) in entries {
            said.push(Said::Bytes(key.to_vec()));
            ours(value, said);
        }
        said.push(Said::End);
    } else if let Some(items) = value.list() {
        said.push(Said::List);
        items.for_each(|value| ours(value, said));
        said.push(Said::End);
    } else if let Some(bytes) = value.bytes() {
        said.push(Said::Bytes(bytes.to_vec()));
    } else {
        said.push(Said::Integer(value.digits().unwrap().to_string()));
    }
}

/// What bendy reads; `None` where it refuses the input or finds another number of values than one.
fn theirs(input: &[u8]) -> Option<Vec<Said>> {
    let tokens = Decoder::new(input).with_max_depth(Limits::default().depth).tokens();
    let (mut said, mut depth, mut values) = (Vec::new(), 0_usize, 0);
    for token in tokens {
        let (token, open) = match token.ok()? {
            Theirs::List => (Said::List, depth + 1),
            Theirs::Dict => (Said::Dict, depth + 1),
            Theirs::String(bytes) => (Said::Bytes(bytes.to_vec()), depth),
            Theirs::Num(number) => (Said::Integer(number.to_owned()), depth),
            Theirs::End => (Said::End, depth - 1),
        };
        said.push(token);
        depth = open;
        values += usize::from(depth == 0);
    }
    (values == 1).then_some(said)
}

fn both(input: &[u8]) -> (Option<Vec<Said>>, Option<Vec<Said>>) {
    let read = parse(input).ok().map(|value| {
        let mut said = Vec::new();
        ours(value, &mut said);
        said
    });
    (read, theirs(input))
}

#[test]
fn bendy_says_the_same_of_what_is_valid_and_of_what_is_not() {
    for valid in ["i0e", "i-1e", "0:", "le", "de", "d0:le1:adee", "i99999999999999999999999e"] {
        let (ours, theirs) = both(valid.as_bytes());
        assert!(ours.is_some(), "{valid}");
        assert_eq!(ours, theirs, "{valid}");
    }
    for invalid in [
        "",
        "e",
        "i",
        "ie",
        "i-e",
        "i-0e",
        "i00e",
        "i+1e",
        "i 1e",
        "1",
        "1:",
        "01:a",
        "-1:a",
        "l",
        "li1e",
        "d",
        "d1:a",
        "d1:ae",
        "di1e1:ae",
        "dle1:ae",
        "d1:b0:1:a0:e",
        "d1:a0:1:a0:e",
        "99999999999999999999:a",
        "i1ei2e",
        "lee",
        "x",
    ] {
        assert_eq!(both(invalid.as_bytes()), (None, None), "{invalid}");
    }
    let deepest = Limits::default().depth;
    for (depth, good) in [(deepest, true), (deepest + 1, false)] {
        let (ours, theirs) = both(&[b"l".repeat(depth), b"e".repeat(depth)].concat());
        assert_eq!((ours.is_some(), theirs.is_some()), (good, good), "{depth}");
    }
}

#[test]
fn bendy_takes_nothing_and_several_values() {
    for input in ["", "i1ei2e"] {
        let tokens = Decoder::new(input.as_bytes()).tokens();
        assert!(tokens.into_iter().all(|token| token.is_ok()), "{input}");
        assert!(parse(input.as_bytes()).is_err(), "{input}");
    }
}

proptest! {
    #[test]
    fn bendy_reads_the_same(input in prop_oneof![nearly(), tree().prop_map(|t| t.encoded())]) {
        let (ours, theirs) = both(&input);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn bendy_reads_the_same_where_a_byte_is_wrong(tree in tree(), at: prop::sample::Index, byte: u8) {
        let mut input = tree.encoded();
        *at.get_mut(&mut input) = byte;
        let (ours, theirs) = both(&input);
        prop_assert_eq!(ours, theirs);
    }
}
