#![allow(clippy::arithmetic_side_effects)]
use super::*;
use proptest::prelude::*;

const LIMITS: Limits = Limits { head: 600, target: 300 };

fn read(bytes: &[u8]) -> Reading<'_> {
    HeadReader::default().read(bytes, &LIMITS)
}

fn taken(bytes: &[u8]) -> Head<'_> {
    match read(bytes) {
        Reading::Taken(head) => head,
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    }
}

#[test]
fn an_ordinary_announce() {
    let text = b"GET /announce?info_hash=%aa&port=1 HTTP/1.1\r\nHost: t\r\nUser-Agent: x/1\r\n\
        accept-encoding: deflate, gzip;q=1.0\r\n\r\nGET /";
    let head = taken(text);
    assert_eq!(head.endpoint, Endpoint::Announce);
    assert_eq!(head.target, b"/announce?info_hash=%aa&port=1");
    assert_eq!((head.key, head.query), (None, &b"info_hash=%aa&port=1"[..]));
    assert_eq!((head.version, head.keep_alive, head.gzip), (Version::Http11, true, true));
    assert_eq!((head.length, head.user_agent), (text.len() - 5, Some(&b"x/1"[..])));
}

#[test]
fn fields_and_keys() {
    let head = taken(
        b"GET /aB3-_/scrape?? HTTP/1.0\r\nCONNECTION: Keep-Alive \r\nForwarded:for=1.2.3.4\r\n\
          x-forwarded-for:  5.6.7.8, 9.9.9.9\r\n\r\n",
    );
    assert_eq!((head.endpoint, head.key), (Endpoint::Scrape, Some(&b"aB3-_"[..])));
    assert_eq!((head.query, head.version), (&b"?"[..], Version::Http10));
    assert!(head.keep_alive && !head.gzip);
    assert_eq!(head.forwarded, Some(&b"for=1.2.3.4"[..]));
    assert_eq!(head.x_forwarded_for, Some(&b"5.6.7.8, 9.9.9.9"[..]));
    assert!(!taken(b"GET /announce?a HTTP/1.0\r\n\r\n").keep_alive);
    assert!(!taken(b"GET /announce?a HTTP/1.1\r\nconnection: CLOSE\r\n\r\n").keep_alive);
    // What clients leave of a hash that they did not encode.
    assert_eq!(taken(b"GET /announce?h=\xff\x80\" HTTP/1.1\r\n\r\n").query, b"h=\xff\x80\"");
}

#[test]
fn a_name_of_several_words_says_nothing() {
    let head = taken(b"GET /announce?x HTTP/1.1\r\nUser Agent: x\r\nX-Forwarded For: 1\r\n\r\n");
    assert_eq!((head.user_agent, head.x_forwarded_for), (None, None));
}

#[test]
fn what_is_left_to_others() {
    let other = |head: &str| assert_eq!(read(head.as_bytes()), Reading::Other, "{head:?}");
    for head in ["HEAD /announce HTTP/1.1\r\n\r\n", "GET http://t/\n\n", "P \r\n\n and more"] {
        other(head);
        other(&format!("\r\n\n{head}"));
    }
    other("\nGET /announce?x HTTP/1.1\r\n\r\n");
    other("get / HTTP/1.1\n\n");
    other("!#$%&'*+-.^_`|~9 \r\n\r\n");
    for line in [
        "GET /",
        "GET /announce",
        "GET /stats?x",
        "GET /a/b/announce?x",
        "GET /a%20b/announce?x",
        "GET /announce?a b",
        "GET /announce?a#b",
        "GET /announce?a\tb",
    ] {
        other(&format!("{line} HTTP/1.1\r\n\r\n"));
    }
    for version in ["", " HTTP/1.2", " HTTP/2.0", " http/1.1", "  HTTP/1.1"] {
        other(&format!("GET /announce?x{version}\r\n\r\n"));
    }
    for field in [
        "Content-Length: 0",
        "transfer-encoding: chunked",
        "Upgrade: websocket",
        "Expect: 100-continue",
        "Connection: keep-alive, Upgrade",
        "Connection: close\r\nConnection: close",
        "Host: t\r\nHOST: t",
        "Forwarded: for=1.2.3.4\r\nForwarded: for=1.2.3.5",
        "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 1.2.3.5",
        "no colon",
        ": x",
        "User-Agent : x",
        " User-Agent: x",
        "User  Agent: x",
        "Content-Length : 3",
        "Content-Length\t: 3",
        "Transfer-Encoding : chunked",
        "X Content-Length: 3",
        "X-Forwarded-For : 1.2.3.4",
        "A:b\r\n folded",
        "A: \x01",
        "A: b\nB: c",
    ] {
        other(&format!("GET /announce?x HTTP/1.1\r\n{field}\r\n\r\n"));
    }
}

#[test]
fn what_no_request_begins_with() {
    for start in ["\x16\x03\x01", " ", "P\n", "GET\t", "GETX/", "p\"", "\r\r", "\r\n G", "\n\0"] {
        assert_eq!(read(start.as_bytes()), Reading::Garbled, "{start:?}");
    }
    let lines = [b'\n'; EMPTY_MOST + 1];
    assert_eq!(read(&lines), Reading::Garbled);
    assert_eq!(read(&[&lines[1..], b"P \n\n"].concat()), Reading::Other);
    for start in ["", "\r", "\r\n", "\n\r\n\r", "p", "\r\n!", "P ", "\nget /"] {
        assert_eq!(read(start.as_bytes()), Reading::Partial, "{start:?}");
    }
}

#[test]
fn others_get_whole_heads() {
    for start in ["POST", "\r\nGET", "\n\nPOST", "post", "X-Y"] {
        let head = format!("{start} /announce?x HTTP/1.1\r\nA: b\nContent-Length: 3\r\n\r\nabc");
        let (head, end) = (head.as_bytes(), head.len() - 3);
        let mut reader = HeadReader::default();
        for end in 0..end {
            assert_eq!(reader.read(&head[..end], &LIMITS), Reading::Partial, "{start:?} {end}");
        }
        assert_eq!(reader.read(&head[..end], &LIMITS), Reading::Other);
    }
    let long = [b'p'; 700];
    assert_eq!(read(&long), Reading::LongTarget);
    assert_eq!(read(&[b"P /\r\n", &long[..]].concat()), Reading::LongHead);
}

#[test]
fn what_is_too_long() {
    let line = |length: usize| format!("GET /announce?{} HTTP/1.1\r\n\r\n", "x".repeat(length));
    assert_eq!(taken(line(290).as_bytes()).target.len(), 300);
    assert_eq!(read(line(291).as_bytes()), Reading::LongTarget);
    assert_eq!(read(line(1000).as_bytes()), Reading::LongTarget);
    let head = |length: usize| {
        let head = format!("GET /announce?x HTTP/1.1\r\nA: {}\r\n\r\n", "x".repeat(length));
        (head.len(), head)
    };
    let (length, whole) = head(600 - head(0).0);
    assert_eq!((length, taken(whole.as_bytes()).length), (600, 600));
    assert_eq!(read(head(601 - head(0).0).1.as_bytes()), Reading::LongHead);
    assert_eq!(read(head(2000).1.as_bytes()), Reading::LongHead);
}

#[test]
fn the_method_of_what_is_too_long() {
    for (head, method) in [
        ("GET /announce?xxxxxxxxxxxx", Some("GET")),
        ("\r\n\nUPDATEREDIRECTREF /xxxx", Some("UPDATEREDIRECTREF")),
        ("UPDATEREDIRECTREFS /xxxxxx", None),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxx", None),
        (" ", None),
        ("G\"T /announce?xxxxxxxxxxxx", None),
        ("\u{e9} /announce?xxxxxxxxxxxx", None),
    ] {
        assert_eq!(method_of(head.as_bytes()), method, "{head}");
    }
}

#[test]
fn gzip_is_taken_where_it_is_named() {
    for yes in ["gzip", "deflate, GZIP", "br;q=1, gzip ; q=0.5", "gzip;q=1"] {
        assert!(takes_gzip(yes.as_bytes()), "{yes}");
    }
    for no in ["", "gzip;q=0", "gzip; q=0.000", "x-gzip", "br", "gzip2"] {
        assert!(!takes_gzip(no.as_bytes()), "{no}");
    }
}

/// Something like a head, often a good one.
fn like_a_head() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        8 => "GET /([a-z]{1,3}/)?(announce|scrape)\\?[!-~]{0,30} HTTP/1\\.[01]\r\n",
        1 => "(\r?\n){0,3}(GET|HEAD|POST|get|X-y!) /[ -~]{0,30}( HTTP/1\\.1)?\r?\n",
        1 => "(\r?\n|\r){0,10}[A-Za-z!-~]{0,400}[ -~\r\n]{0,3}",
        1 => "[ -~]{0,400}\r\n",
    ];
    let field = prop_oneof![
        4 => "[A-Za-z-]{1,10}: ?[ -~]{0,20}\r\n",
        2 => "(Connection: (close|keep-alive|upgrade)|Forwarded: for=1\\.2\\.3\\.4)\r\n",
        1 => "(Content-Length: 0|Transfer-Encoding: chunked|Expect: x|Upgrade: y)\r\n",
        1 => "[ -~\t]{0,12}\r?\n",
        1 => "X: [x]{0,500}\r\n",
    ];
    (line, proptest::collection::vec(field, 0..5), "(\r\n|\n)?", "[ -~\r\n]{0,8}").prop_map(
        |(line, fields, end, after)| (line + &fields.concat() + &end + &after).into_bytes(),
    )
}

proptest! {
    #[test]
    fn cuts_change_nothing(bytes in like_a_head(), cuts in proptest::collection::vec(0usize..700, 0..6)) {
        let whole = read(&bytes);
        // A byte at a time, and at the cuts.
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        ends.sort_unstable();
        ends.push(bytes.len());
        for ends in [ends, (0..=bytes.len()).collect()] {
            let mut reader = HeadReader::default();
            let mut verdict = Reading::Partial;
            for end in ends {
                verdict = reader.read(&bytes[..end], &LIMITS);
                if verdict != Reading::Partial {
                    break;
                }
            }
            prop_assert_eq!(verdict, whole);
        }
    }

    /// What both read, both read alike; and nothing is taken here that a whole reader of HTTP
    /// would not take.
    #[test]
    fn another_reader_agrees(bytes in like_a_head()) {
        if let Reading::Taken(head) = read(&bytes) {
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut fields);
            let length = request.parse(&bytes).unwrap();
            prop_assert_eq!(length, httparse::Status::Complete(head.length));
            prop_assert_eq!(request.method, Some("GET"));
            prop_assert_eq!(request.path.map(str::as_bytes), Some(head.target));
            prop_assert_eq!(request.version, Some(u8::from(head.version == Version::Http11)));
            let value = |name: &str| {
                let mut named = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
                let first = named.next().map(|field| field.value.trim_ascii());
                assert!(named.next().is_none() || name == "accept-encoding");
                first
            };
            prop_assert_eq!(value("forwarded"), head.forwarded);
            prop_assert_eq!(value("x-forwarded-for"), head.x_forwarded_for);
            prop_assert!(value("content-length").is_none() && value("transfer-encoding").is_none());
            let keep = match value("connection").map(<[u8]>::to_ascii_lowercase).as_deref() {
                Some(b"close") => false,
                Some(b"keep-alive") => true,
                None => head.version == Version::Http11,
                Some(other) => panic!("{}", other.escape_ascii()),
            };
            prop_assert_eq!(keep, head.keep_alive);
        }
    }

    /// Who sends a byte now and then is never handed to a reader that would wait for the rest; and what
    /// is refused is none for that reader either.
    #[test]
    fn another_reader_waits_for_nothing(bytes in like_a_head()) {
        let mut reader = HeadReader::default();
        let verdict = (0..=bytes.len()).map(|end| (end, reader.read(&bytes[..end], &LIMITS)));
        let verdict = verdict.into_iter().find(|(_, verdict)| *verdict != Reading::Partial);
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut fields);
        match verdict {
            Some((end, Reading::Other)) => {
                let read = request.parse(&bytes[..end]);
                prop_assert!(read != Ok(httparse::Status::Partial), "{}", bytes.escape_ascii());
            }
            Some((end, Reading::Garbled)) if !bytes[..end].iter().all(|byte| b"\r\n".contains(byte)) => {
                prop_assert!(request.parse(&bytes[..end]).is_err(), "{}", bytes.escape_ascii());
            }
            _ => {}
        }
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let _ = read(&bytes);
        let _ = read(&[b"GET /announce?", &bytes[..]].concat());
        let _ = read(&[b"GET /announce? HTTP/1.1\r\n", &bytes[..]].concat());
    }
}
