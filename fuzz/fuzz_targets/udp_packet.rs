#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = bt::tracker::udp::parse_request(data);
    for family in [bt::tracker::udp::Family::V4, bt::tracker::udp::Family::V6] {
        let _ = bt::tracker::udp::parse_response(data, family);
    }
});
