#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = bt::tracker::http::decode(data);
    let _ = bt::tracker::Document::recognise(std::time::Instant::now(), data);
});
