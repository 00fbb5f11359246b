mod bendy;

use super::json::{self, Document, JsonErrorKind, Style};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A document as a tree: what the cursor is held against.
#[derive(Clone, PartialEq, Debug)]
enum Tree {
    Integer(i128),
    Bytes(Vec<u8>),
    List(Vec<Tree>),
    Dict(BTreeMap<Vec<u8>, Tree>),
}

impl Tree {
    fn write(&self, w: &mut Writer) {
        match self {
            Tree::Integer(number) => drop(w.int(*number)),
            Tree::Bytes(bytes) => drop(w.bytes(bytes)),
            Tree::List(items) => w.list(|w| items.iter().for_each(|item| item.write(w))),
            Tree::Dict(entries) => {
                w.dict(|d| entries.iter().for_each(|(key, value)| value.write(d.key(key))));
            }
        }
    }

    fn encoded(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.write(&mut w);
        w.into_bytes()
    }

    fn of(value: Value<'_>) -> Tree {
        match value.kind() {
            Kind::Integer => Tree::Integer(value.digits().unwrap().to_string().parse().unwrap()),
            Kind::Bytes => Tree::Bytes(value.bytes().unwrap().to_vec()),
            Kind::List => Tree::List(value.list().unwrap().map(Tree::of).collect()),
            Kind::Dict => Tree::Dict(
                value.dict().unwrap().map(|(key, value)| (key.to_vec(), Tree::of(value))).collect(),
            ),
        }
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => ".{0,12}".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..12),
        1 => "\\$(hex|int|dict|x)?".prop_map(String::into_bytes),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        any::<i128>().prop_map(Tree::Integer),
        any::<i16>().prop_map(|number| Tree::Integer(number.into())),
        (-3_i128..=3, any::<bool>()).prop_map(|(off, negative)| {
            let edge = (1_i128 << 53) + off;
            Tree::Integer(if negative { -edge } else { edge })
        }),
        bytes().prop_map(Tree::Bytes),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
            prop::collection::btree_map(bytes(), inner, 0..6).prop_map(Tree::Dict),
        ]
    })
}

/// Bytes that look like bencode, so that random ones get past the first byte.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let part = prop::sample::select(vec![
        "i0e", "i-1e", "i03e", "i-0e", "i-e", "0:", "1:a", "1:b", "01:b", "2:a", "l", "d", "e",
        "e", "x", "-",
    ]);
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat().into_bytes())
}

/// The grammar of canonical bencode as plainly as it can be said: what follows a value.
fn reference(input: &[u8]) -> Option<&[u8]> {
    fn text(input: &[u8]) -> Option<(&[u8], &[u8])> {
        let colon = input.iter().position(|byte| *byte == b':')?;
        let digits = std::str::from_utf8(&input[..colon]).ok()?;
        let length: usize = digits.parse().ok()?;
        let rest = &input[colon + 1..];
        (digits == length.to_string() && length <= rest.len()).then(|| rest.split_at(length))
    }
    match input.first()? {
        b'i' => {
            let end = input.iter().position(|byte| *byte == b'e')?;
            let digits = std::str::from_utf8(&input[1..end]).ok()?;
            let number: i128 = digits.parse().ok()?;
            (digits == number.to_string()).then_some(&input[end + 1..])
        }
        b'l' => {
            let mut rest = &input[1..];
            while *rest.first()? != b'e' {
                rest = reference(rest)?;
            }
            Some(&rest[1..])
        }
        b'd' => {
            let mut rest = &input[1..];
            let mut last: Option<&[u8]> = None;
            while *rest.first()? != b'e' {
                let (key, after) = text(rest)?;
                if last.is_some_and(|last| last >= key) {
                    return None;
                }
                last = Some(key);
                rest = reference(after)?;
            }
            Some(&rest[1..])
        }
        _ => Some(text(input)?.1),
    }
}

fn decoded(bytes: &[u8], style: Style) -> Vec<u8> {
    let mut out = Vec::new();
    Document::parse(bytes).unwrap().write(&mut out, style).unwrap();
    out
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(tree in tree()) {
        let bytes = tree.encoded();
        let value = parse(&bytes).unwrap();
        prop_assert_eq!(value.raw(), &bytes[..]);
        prop_assert_eq!(Tree::of(value), tree);
    }

    #[test]
    fn json_loses_nothing(tree in tree()) {
        let bytes = tree.encoded();
        for style in [Style::Compact, Style::Indented] {
            let json = decoded(&bytes, style);
            serde_json::from_slice::<serde::de::IgnoredAny>(&json).unwrap();
            prop_assert_eq!(json::read(&json).unwrap(), &bytes[..]);
        }
        let json = decoded(&bytes, Style::Compact);
        prop_assert!(!json.contains(&b'\n'));
        prop_assert_eq!(std::str::from_utf8(&json).is_ok(), true);
    }

    #[test]
    fn the_order_of_json_keys_does_not_matter(tree in tree()) {
        let bytes = tree.encoded();
        let json: serde_json::Value = serde_json::from_slice(&decoded(&bytes, Style::Compact)).unwrap();
        fn backwards(value: &serde_json::Value) -> String {
            match value {
                serde_json::Value::Array(items) => {
                    format!("[{}]", items.iter().map(backwards).collect::<Vec<_>>().join(" , "))
                }
                serde_json::Value::Object(entries) => {
                    let entry = |(key, value): (&String, _)| {
                        format!("{} : {}", serde_json::Value::from(key.as_str()), backwards(value))
                    };
                    format!("{{{}}}", entries.iter().rev().map(entry).collect::<Vec<_>>().join("\n,"))
                }
                other => other.to_string(),
            }
        }
        prop_assert_eq!(json::read(backwards(&json).as_bytes()).unwrap(), bytes);
    }

    #[test]
    fn the_scanner_is_the_grammar(input in prop_oneof![nearly(), tree().prop_map(|t| t.encoded())]) {
        let whole = reference(&input);
        prop_assert_eq!(parse(&input).is_ok(), whole.is_some_and(<[u8]>::is_empty));
        prop_assert_eq!(parse_prefix(&input).ok().map(|(_, rest)| rest), whole);
        if let Err(error) = parse(&input) {
            prop_assert!(error.offset <= input.len());
        }
    }

    #[test]
    fn lenient_takes_all_that_strict_takes_and_forgives_only_what_it_says(input in nearly()) {
        match (parse(&input), parse_lenient(&input)) {
            (Ok(strict), Ok((lenient, warnings))) => {
                prop_assert_eq!(strict.raw(), lenient.raw());
                prop_assert!(warnings.is_empty());
            }
            (Err(error), Ok((_, warnings))) => {
                prop_assert_eq!(Some(&error), warnings.first());
                prop_assert!(warnings.iter().all(|warning| warning.kind.is_forgivable()));
            }
            (strict, Err(_)) => prop_assert!(strict.is_err()),
        }
        // Whatever lenience lets through can be written as JSON, and that be read or refused.
        if let Ok((document, _)) = Document::parse_lenient(&input) {
            let mut out = Vec::new();
            document.write(&mut out, Style::Compact).unwrap();
            serde_json::from_slice::<serde_json::Value>(&out).unwrap();
            if let Ok(canonical) = json::read(&out) {
                prop_assert!(parse(&canonical).is_ok());
            }
        }
    }

    #[test]
    fn a_document_cut_short_is_an_error_within_it(tree in tree()) {
        let bytes = tree.encoded();
        for end in 0..bytes.len() {
            let error = parse(&bytes[..end]).unwrap_err();
            prop_assert!(error.offset <= end);
            prop_assert!(parse_lenient(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn offsets_lead_to_the_value(tree in tree()) {
        let bytes = tree.encoded();
        fn check(bytes: &[u8], value: Value<'_>) {
            assert_eq!(&bytes[value.offset()..][..value.raw().len()], value.raw());
            value.list().into_iter().flatten().for_each(|item| check(bytes, item));
            for (key, item) in value.dict().into_iter().flatten() {
                assert_eq!(value.get(key).unwrap().offset(), item.offset());
                check(bytes, item);
            }
        }
        check(&bytes, parse(&bytes).unwrap());
    }

    #[test]
    fn any_json_is_read_as_canonical_bencode_or_refused(json in json_text()) {
        let valid = serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok();
        match json::read(json.as_bytes()) {
            Ok(bytes) => {
                prop_assert!(parse(&bytes).is_ok());
                prop_assert!(valid, "{}", json);
            }
            Err(error) => prop_assert!(error.offset <= json.len()),
        }
    }
}

fn json_text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"$hex\"",
        "\"$int\"",
        "\"$dict\"",
        "\"ff\"",
        "\"07\"",
        "\"-7\"",
        "1",
        "-0",
        "01",
        "1.5",
        "null",
        " ",
        "\"\\u00e9\"",
        "\"\\ud800\"",
        "\"$dict\":[[",
        "\"a\",1],[",
        "]]",
        "{\"$hex\":\"0a\"}",
    ]);
    prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
}

#[test]
fn errors_name_the_byte() {
    for (input, message) in [
        (&b""[..], "byte 0: nothing there"),
        (b"e", "byte 0: 'e' where a value must begin"),
        (b"\xff", "byte 0: byte 0xff where a value must begin"),
        (b"i", "byte 1: the document ends too early"),
        (b"ie", "byte 0: integer without digits"),
        (b"i-e", "byte 0: integer without digits"),
        (b"i1x", "byte 2: 'x' in an integer"),
        (b"i--1e", "byte 2: '-' in an integer"),
        (b"li1ei-0ee", "byte 4: negative zero"),
        (b"i00e", "byte 0: integer with a leading zero"),
        (b"i-01e", "byte 0: integer with a leading zero"),
        (b"l1", "byte 2: the document ends too early"),
        (b"1x", "byte 1: 'x' in the length of a string"),
        (b"00:", "byte 0: length of a string with a leading zero"),
        (b"4:abc", "byte 0: string of 4 bytes, but only 3 follow"),
        (b"99999999999999999999:abc", "byte 0: string of 2^64 bytes or more, but only 3 follow"),
        (b"di1ei1ee", "byte 1: dictionary key that is not a byte string"),
        (b"d1:ae", "byte 4: dictionary key without a value"),
        (b"d1:bi1e1:ai1ee", "byte 7: dictionary key out of order"),
        (b"d1:ai1e1:ai1ee", "byte 7: dictionary key that was there before"),
        (b"i1ei2e", "byte 3: 3 bytes after the end of the document"),
        (b"le\n", "byte 2: 1 byte after the end of the document"),
    ] {
        assert_eq!(parse(input).unwrap_err().to_string(), message, "{}", input.escape_ascii());
    }
}

#[test]
fn a_million_levels_are_an_error() {
    let bytes = vec![b'l'; 1_000_000];
    let error = parse(&bytes).unwrap_err();
    assert_eq!(error, Error { offset: 1000, kind: ErrorKind::TooDeep(1000) });
    assert_eq!(parse_lenient(&bytes).unwrap_err(), error);
    assert_eq!(parse_prefix(&bytes).unwrap_err(), error);
    assert!(matches!(from_bytes::<Vec<u8>>(&bytes), Err(TypedError::Syntax(e)) if e.offset == 64));

    let error = json::read(&vec![b'['; 1_000_000]).unwrap_err();
    assert_eq!(error.kind, JsonErrorKind::TooDeep(1000));
    let error = json::read("{\"$dict\":[[".repeat(1_000_000).as_bytes()).unwrap_err();
    assert_eq!(error.kind, JsonErrorKind::TooDeep(1000));
    let error = json::read("{\"a\":".repeat(1_000_000).as_bytes()).unwrap_err();
    assert_eq!(error.kind, JsonErrorKind::TooDeep(1000));
    assert!(error.path.len() < 200, "{}", error.path);
}

#[test]
fn a_thousand_levels_go_both_ways() {
    for (open, leaf) in [(&b"l"[..], ""), (b"d1:a", "i1e"), (b"d1:\xff", "i1e"), (b"d1:$", "le")] {
        let depth = if leaf == "le" { 999 } else { 1000 };
        let bytes =
            [&open.repeat(depth)[..], leaf.as_bytes(), "e".repeat(depth).as_bytes()].concat();
        let json = decoded(&bytes, Style::Compact);
        assert_eq!(json::read(&json).unwrap(), bytes);
    }
    let error = json::read([&[b'['; 1001][..], &[b']'; 1001]].concat().as_slice()).unwrap_err();
    assert_eq!(error.kind, JsonErrorKind::TooDeep(1000));
}

#[test]
fn limits_hold() {
    let limits = Limits { depth: 1, tokens: 4, warnings: 1 };
    assert!(limits.parse(b"li1ei2ee").is_ok());
    assert_eq!(limits.parse(b"li1ei2ei3ee").unwrap_err().kind, ErrorKind::TooManyTokens(4));
    assert_eq!(limits.parse(b"lle").unwrap_err().kind, ErrorKind::TooDeep(1));
    assert_eq!(limits.parse_lenient(b"li00ei00ee").unwrap().1.len(), 1);
}

#[test]
fn integers_have_no_bounds_but_those_asked_for() {
    let digits = "1".repeat(100);
    let bytes = format!(
        "li{digits}ei-{digits}ei9223372036854775807ei-9223372036854775808ei18446744073709551615ee"
    );
    let items: Vec<_> = parse(bytes.as_bytes()).unwrap().list().unwrap().collect();
    assert_eq!(items[0].digits().unwrap().magnitude, digits);
    assert!(items[1].digits().unwrap().negative);
    assert_eq!((items[0].int(), items[0].uint(), items[1].int()), (None, None, None));
    assert_eq!(items[2].int(), Some(i64::MAX));
    assert_eq!(items[3].int(), Some(i64::MIN));
    assert_eq!((items[4].int(), items[4].uint()), (None, Some(u64::MAX)));
    let (value, warnings) = parse_lenient(b"li-007ei-0ee").unwrap();
    assert_eq!(value.list().unwrap().map(|v| v.int().unwrap()).collect::<Vec<_>>(), [-7, 0]);
    assert_eq!(warnings.len(), 2);
}

#[test]
fn the_writer_writes_all_integers() {
    for number in [0, 1, -1, 10, i128::from(i64::MIN), u64::MAX.into(), i128::MAX, i128::MIN] {
        let mut w = Writer::new();
        w.int(number);
        assert_eq!(w.into_bytes(), format!("i{number}e").as_bytes());
    }
}

#[test]
#[should_panic = "out of order"]
#[cfg(debug_assertions)]
fn the_writer_wants_sorted_keys() {
    Writer::new().dict(|d| {
        d.int("b", 1).int("a", 1);
    });
}

#[test]
fn structs_are_filled_from_judged_bytes_only() {
    #[derive(serde::Deserialize, serde::Serialize, PartialEq, Debug)]
    struct Answer {
        interval: i64,
        #[serde(rename = "failure reason")]
        failure: Option<String>,
    }
    let answer = from_bytes::<Answer>(b"d8:intervali1800ee").unwrap();
    assert_eq!(answer, Answer { interval: 1800, failure: None });
    assert!(from_bytes::<Answer>(b"d8:intervali01800ee").is_err());
    let (first, rest) = from_prefix::<Answer>(b"d8:intervali1800ee\r\n").unwrap();
    assert_eq!((&first, rest), (&answer, b"\r\n".as_slice()));
    assert_eq!(to_bytes(&answer).unwrap(), b"d8:intervali1800ee");
    let deep = [b"d8:intervali1e1:x".as_slice(), &[b'l'; 5000], &[b'e'; 5001]].concat();
    assert!(matches!(from_bytes::<Answer>(&deep), Err(TypedError::Syntax(_))));
    assert!(matches!(from_bytes::<Answer>(b"d8:interval3:fooe"), Err(TypedError::Shape(_))));
}

#[test]
fn json_says_each_value_in_its_way() {
    for (bytes, json) in [
        (&b"le"[..], "[]"),
        (b"de", "{}"),
        (b"0:", "\"\""),
        (b"d0:i1ee", r#"{"":1}"#),
        (b"i9007199254740992e", "9007199254740992"),
        (b"i-9007199254740992e", "-9007199254740992"),
        (b"i9007199254740993e", r#"{"$int":"9007199254740993"}"#),
        (b"i-9007199254740993e", r#"{"$int":"-9007199254740993"}"#),
        (b"2:\xff\x00", r#"{"$hex":"ff00"}"#),
        (b"5:\"\\\n\x01\x7f", "\"\\\"\\\\\\n\\u0001\x7f\""),
        (b"d4:$hex2:ffe", r#"{"$dict":[["$hex","ff"]]}"#),
        (b"d1:$i1ee", r#"{"$dict":[["$",1]]}"#),
        (b"d1:$i1e1:ai2ee", r#"{"$":1,"a":2}"#),
        (b"d1:ai1e1:\xffi2ee", r#"{"$dict":[["a",1],[{"$hex":"ff"},2]]}"#),
        (
            b"d1:\xffd1:\xfelee3:\xffffd1:ad1:b1:ceee",
            r#"{"$dict":[[{"$hex":"ff"},{"$dict":[[{"$hex":"fe"},[]]]}],[{"$hex":"ff6666"},{"a":{"b":"c"}}]]}"#,
        ),
    ] {
        assert_eq!(String::from_utf8(decoded(bytes, Style::Compact)).unwrap(), json);
        assert_eq!(json::read(json.as_bytes()).unwrap(), bytes, "{json}");
    }
}

#[test]
fn lenience_shows_in_json() {
    let (document, warnings) = Document::parse_lenient(b"d1:bi01e1:ai-0e1:a02:xye\n").unwrap();
    let mut out = Vec::new();
    document.write(&mut out, Style::Compact).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), r#"{"$dict":[["b",1],["a",0],["a","xy"]]}"#);
    let told: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "byte 4: integer with a leading zero",
            "byte 8: dictionary key out of order",
            "byte 11: negative zero",
            "byte 15: dictionary key that was there before",
            "byte 18: length of a string with a leading zero",
            "byte 24: 1 byte after the end of the document",
        ]
    );
}

#[test]
fn for_people_json_is_indented_and_steers_no_terminal() {
    let bytes = "d1:al2:\u{9b}3:\u{2028}5:\u{e9}\u{202e}e1:bd1:b0:ee";
    let json = String::from_utf8(decoded(bytes.as_bytes(), Style::Indented)).unwrap();
    assert_eq!(
        json,
        "{\n  \"a\": [\n    \"\\u009b\",\n    \"\\u2028\",\n    \"é\\u202e\"\n  ],\n  \"b\": {\n    \"b\": \"\"\n  }\n}"
    );
    assert_eq!(json::read(json.as_bytes()).unwrap(), bytes.as_bytes());
    let coloured = String::from_utf8(decoded(b"d1:ai1ee", Style::Coloured)).unwrap();
    assert_eq!(coloured, "{\n  \x1b[34;1m\"a\"\x1b[0m: \x1b[36m1\x1b[0m\n}");
}

#[test]
fn json_errors_name_the_path_and_the_place() {
    for (json, message) in [
        ("", ". (line 1, column 1): nothing there"),
        ("null", ". (line 1, column 1): null, which bencode does not have"),
        ("1.0", ". (line 1, column 1): a float, which bencode does not have"),
        ("[1e3]", ".[0] (line 1, column 2): a float, which bencode does not have"),
        (
            "{\"a b\":{\"c\":\n [0,true]}}",
            ".[\"a b\"].c[1] (line 2, column 5): a boolean, which bencode does not have",
        ),
        ("1 2", ". (line 1, column 3): something follows the end of the document"),
        ("[1,]", ".[1] (line 1, column 4): a value must stand here"),
        ("{\"a\":1,}", ".a (line 1, column 8): a key must stand here"),
        ("{\"a\" 1}", ".a (line 1, column 6): ':' must stand here"),
        ("[1 2]", ".[0] (line 1, column 4): ',' or ']' must stand here"),
        ("01", ". (line 1, column 1): a number must stand here"),
        ("\"a", ". (line 1, column 3): a string without an end"),
        ("\"\t\"", ". (line 1, column 2): a control character in a string"),
        (r#""\x""#, ". (line 1, column 2): an escape that JSON does not have"),
        (r#""\ud83d""#, ". (line 1, column 2): one half of a surrogate pair"),
        (r#""\udc00\ud800""#, ". (line 1, column 2): one half of a surrogate pair"),
        (r#"{"a":1,"a":2}"#, ".a (line 1, column 8): this key was there before"),
        (r#"{"x":{"b":1,"a":2,"b":3}}"#, ".x (line 1, column 24): the key \"b\" is there twice"),
        (
            r#"{"x":{"$hex":"f"}}"#,
            ".x (line 1, column 17): \"$hex\" without an even number of hexadecimal digits",
        ),
        (
            r#"{"x":{"$hex":"fg"}}"#,
            ".x (line 1, column 18): \"$hex\" without an even number of hexadecimal digits",
        ),
        (
            r#"{"$hex":1}"#,
            ". (line 1, column 10): \"$hex\" without an even number of hexadecimal digits",
        ),
        (
            r#"{"$int":"-0"}"#,
            ". (line 1, column 13): \"$int\" without a decimal integer in a string",
        ),
        (
            r#"{"$int":"07"}"#,
            ". (line 1, column 13): \"$int\" without a decimal integer in a string",
        ),
        (r#"{"$int":7}"#, ". (line 1, column 10): \"$int\" without a decimal integer in a string"),
        (r#"{"$dict":1}"#, ". (line 1, column 11): \"$dict\" without a list of pairs"),
        (
            r#"{"$dict":[["a",1],[1,2]]}"#,
            ". (line 1, column 25): element 1 of \"$dict\" is not a pair of a string and a value",
        ),
        (
            r#"{"$dict":[["a",1,2]]}"#,
            ". (line 1, column 21): element 0 of \"$dict\" is not a pair of a string and a value",
        ),
        (
            r#"{"$dict":[["a"]]}"#,
            ". (line 1, column 17): element 0 of \"$dict\" is not a pair of a string and a value",
        ),
        (
            r#"{"$dict":["a"]}"#,
            ". (line 1, column 15): element 0 of \"$dict\" is not a pair of a string and a value",
        ),
        (r#"{"$dict":[["a",1],["a",2]]}"#, ". (line 1, column 27): the key \"a\" is there twice"),
        (
            r#"{"$foo":1}"#,
            ". (line 1, column 10): \"$foo\" as the only key means nothing; {\"$dict\":[[\"$foo\",…]]} says it",
        ),
    ] {
        assert_eq!(json::read(json.as_bytes()).unwrap_err().to_string(), message, "{json}");
    }
    assert_eq!(json::read(b"[\"\xff\"]").unwrap_err().kind, JsonErrorKind::NotUtf8);
}

#[test]
fn json_as_people_write_it_is_taken() {
    for (json, bytes) in [
        ("\u{feff} [ ] \r\n", &b"le"[..]),
        ("-0", b"i0e"),
        ("123456789012345678901234567890", b"i123456789012345678901234567890e"),
        (r#""\u00e9\ud83d\ude00\/\b\f\r\u0000""#, b"11:\xc3\xa9\xf0\x9f\x98\x80/\x08\x0c\r\0"),
        (r#"{"b":{"d":1,"c":2},"a":3}"#, b"d1:ai3e1:bd1:ci2e1:di1eee"),
        (r#"{"$dict":[["b",1],["a",2]]}"#, b"d1:ai2e1:bi1ee"),
        (r#"{"$dict":[]}"#, b"de"),
        (r#"{"$hex":""}"#, b"0:"),
        ("{ \"$hex\" : \"ff\" }", b"1:\xff"),
        ("[{\"$hex\":\"ff\" }]", b"l1:\xffe"),
        (r#"{"$hex":"FfaA"}"#, b"2:\xff\xaa"),
        (r#"{"\u0024hex":"41"}"#, b"1:A"),
        (r#"{"$int":"5"}"#, b"i5e"),
        (r#"{"$hex":"41","a":1}"#, b"d4:$hex2:411:ai1ee"),
    ] {
        assert_eq!(json::read(json.as_bytes()).unwrap(), bytes, "{json}");
    }
}
