#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = bt::tracker::http::parse_announce(data);
    let _ = bt::tracker::http::parse_scrape(data);
});
