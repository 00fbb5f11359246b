#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let now = std::time::Instant::now();
    if let Ok(registry) = bt::tracker::dfile::load(data, bt::tracker::Config::default(), now) {
        let saved = bt::tracker::dfile::save(&registry, now);
        assert!(bt::tracker::dfile::load(&saved, bt::tracker::Config::default(), now).is_ok());
    }
});
