//! The head of a request to a tracker. However it is cut, it is read alike; and what is taken lies
//! within what was given.
#![no_main]

use bt::tracker::http::head::{HeadReader, Limits, Reading};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { head: 512, target: 128 };

/// How heads begin, so that most inputs reach the rest.
const STARTS: [&[u8]; 4] =
    [b"", b"\r\n", b"GET /announce?", b"GET /k/scrape?x HTTP/1.1\r\n"];

fuzz_target!(|data: (u16, &[u8])| {
    let (cut, data) = data;
    for start in STARTS {
        let bytes = [start, data].concat();
        let whole = HeadReader::default().read(&bytes, &LIMITS);
        if let Reading::Taken(head) = whole {
            assert!(head.length <= bytes.len() && head.length <= LIMITS.head);
            assert!(head.target.len() <= LIMITS.target);
            assert!(head.target.ends_with(head.query));
            assert!(bytes[..head.length].ends_with(b"\r\n\r\n"));
        }
        let at = usize::from(cut) % (bytes.len() + 1);
        let mut reader = HeadReader::default();
        let mut verdict = reader.read(&bytes[..at], &LIMITS);
        if verdict == Reading::Partial {
            verdict = reader.read(&bytes, &LIMITS);
        }
        assert_eq!(verdict, whole);
        let mut reader = HeadReader::default();
        let pieces = (0..=bytes.len()).map(|end| reader.read(&bytes[..end], &LIMITS));
        let verdict = pieces.into_iter().find(|verdict| *verdict != Reading::Partial);
        assert_eq!(verdict.unwrap_or(Reading::Partial), whole);
    }
});
