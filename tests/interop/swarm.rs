//! Many at once from one who cannot give much.

use crate::namespace::{address, scene};
use crate::trackers::OwnTracker;
use crate::{bt, data};
use std::time::Duration;

const SIZE: u64 = 16 << 20;
const FETCHERS: u8 = 20;
const LIMIT: Duration = Duration::from_secs(240);

#[test]
fn twenty_fetch_from_one_slow_seeder() {
    scene(&[], |place| {
        let around = place.folder("source");
        data::one_file(&around.join("one.bin"), SIZE, 3);
        let torrent = bt::publish(place, &around.join("one.bin"), &OwnTracker::url());
        let mut tracker = OwnTracker::start(place);
        let slow = ["--max-upload-rate", "2MiB"];
        let seeder = bt::seed(place, &torrent, &around, address(1, 1), &slow);
        tracker.seeder();
        let fetching: Vec<_> = (1..=FETCHERS)
            .map(|number| {
                let target = place.folder(&format!("target{number}"));
                let process = bt::fetch(place, &torrent, &target, address(2, number), &[]);
                (target, process)
            })
            .collect();
        for (target, process) in fetching {
            process.ended(LIMIT).well();
            data::assert_same(&around, &target);
        }
        let ended = seeder.stop(Duration::from_secs(30)).well();
        let last = ended.lines.iter().find_map(|line| bt::named(line, "stopped")).unwrap();
        let sent = last["uploaded"].as_u64().unwrap();
        let copies = sent as f64 / SIZE as f64;
        println!("the seeder sent {copies:.2} copies");
        assert!((SIZE..3 * SIZE).contains(&sent), "the seeder sent {copies:.2} copies");
    });
}
