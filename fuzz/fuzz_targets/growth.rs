//! One part of the input over and over: no parser takes a time that grows with the square of the
//! length. The input is a head, the part, and a tail, with `0xff` in between; `000000` in the part
//! counts up, so that keys and names need not be equal.
#![no_main]

use bt::bencode::{self, json};
use bt::torrent::{Magnet, Metainfo};
use bt::tracker::{Config, dfile, http};
use bt::wire::{Decoder, ExtensionHandshake};
use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Bytes of the short text; the long one has [`TIMES`] as many.
const SHORT: usize = 50_000;
const TIMES: u32 = 8;
/// The long text may take so many times as long as the short one; a square would be 64.
const MOST: u32 = 3 * TIMES;
/// What is as fast as that on the short text has refused it, or does not matter.
const NOTHING: Duration = Duration::from_millis(1);

/// The time of one call: the least of so many.
fn least(calls: u32, work: impl Fn()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..calls).map(time).min().unwrap_or_default()
}

fn compare<T>(name: &str, [short, long]: [&[u8]; 2], work: impl Fn(&[u8]) -> T) {
    let time = |calls, text| least(calls, || drop(black_box(work(text))));
    let grows = |calls| {
        let first = time(calls, short);
        first > NOTHING && time(calls, long) > (first * MOST).max(100 * NOTHING)
    };
    // Another process may have had the processor.
    assert!(!grows(1) || !grows(3), "{name} takes a time that grows with the square");
}

/// `times` the part, counted.
fn repeated(part: &[u8], times: usize) -> Vec<u8> {
    let mut out = part.repeat(times);
    if let Some(at) = part.windows(6).position(|digits| digits == b"000000") {
        for (number, part) in out.chunks_exact_mut(part.len()).enumerate() {
            part[at..at + 6].copy_from_slice(format!("{number:06}").as_bytes());
        }
    }
    out
}

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |&byte| byte == 0xff);
    let (Some(head), Some(part), Some(tail)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    if part.is_empty() {
        return;
    }
    let text = |length: usize| [head, &repeated(part, length / part.len()), tail].concat();
    let texts = [text(SHORT), text(SHORT * TIMES as usize)];
    let texts = [&texts[0][..], &texts[1][..]];
    compare("bencode", texts, |text| bencode::parse_lenient(text).is_ok());
    compare("bencode as JSON", texts, |text| {
        let mut out = Vec::new();
        if let Ok((document, _)) = json::Document::parse_lenient(text) {
            let _ = document.write(&mut out, json::Style::Compact);
        }
        out
    });
    compare("JSON", texts, |text| json::read(text).is_ok());
    compare("metainfo", texts, |text| Metainfo::parse(Bytes::copy_from_slice(text)));
    compare("info", texts, |text| Metainfo::from_info(Bytes::copy_from_slice(text)));
    compare("dfile", texts, |text| dfile::load(text, Config::default(), Instant::now()));
    compare("announce", texts, |text| http::parse_announce(text));
    compare("scrape", texts, |text| http::parse_scrape(text));
    compare("answer", texts, |text| http::decode(text));
    compare("extension handshake", texts, |text| ExtensionHandshake::decode(text));
    compare("stream", texts, |text| {
        let (mut decoder, mut buffer) = (Decoder::new(100), BytesMut::from(text));
        while let Ok(Some(message)) = decoder.next(&mut buffer) {
            black_box(message);
        }
    });
    compare("magnet", texts, |text| str::from_utf8(text).map(str::parse::<Magnet>));
});
