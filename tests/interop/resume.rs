//! A fetch that is broken off goes on where it was.

use crate::namespace::{Place, address, mount_memory, resize_memory, scene};
use crate::process::{Line, Process};
use crate::trackers::OwnTracker;
use crate::{bt, data};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SIZE: u64 = 64 << 20;
const KILLS: usize = 10;
const LIMIT: Duration = Duration::from_secs(120);
/// What may have been on its way, or in pieces that were not whole, when a fetch broke off.
const UNDER_WAY: u64 = 4 << 20;

/// One file, its tracker and its seeder.
struct Swarm {
    around: PathBuf,
    torrent: PathBuf,
    _tracker: OwnTracker,
    seeder: Process,
}

impl Swarm {
    fn start(place: &Place) -> Self {
        let around = place.folder("source");
        data::one_file(&around.join("one.bin"), SIZE, 4);
        let torrent = bt::publish(place, &around.join("one.bin"), &OwnTracker::url());
        let mut tracker = OwnTracker::start(place);
        let seeder = bt::seed(place, &torrent, &around, address(1, 1), &[]);
        tracker.seeder();
        Self { around, torrent, _tracker: tracker, seeder }
    }

    /// A fetch that tells of each piece, not so fast that it is done before it can be stopped.
    fn fetch(&self, place: &Place, target: &Path) -> Process {
        let more = ["-vv", "--max-download-rate", "16MiB"];
        bt::fetch(place, &self.torrent, target, address(2, 1), &more)
    }

    /// The payload that the seeder has sent in all.
    fn sent(self) -> u64 {
        let ended = self.seeder.stop(Duration::from_secs(30)).well();
        let last = ended.lines.iter().find_map(|line| bt::named(line, "stopped")).unwrap();
        last["uploaded"].as_u64().unwrap()
    }
}

/// Waits for the check of what is there; the verified bytes.
fn checked(fetch: &mut Process) -> u64 {
    fetch.until("event checked", LIMIT, |line| {
        bt::named(line, "checked").map(|event| event["verified"].as_u64().unwrap())
    })
}

/// How many pieces the lines tell of.
fn pieces<'a>(lines: impl IntoIterator<Item = &'a Line>) -> u64 {
    lines.into_iter().filter(|line| bt::named(line, "piece").is_some()).count() as u64
}

#[test]
fn killed_ten_times() {
    scene(&[], |place| {
        let swarm = Swarm::start(place);
        let target = place.folder("target");
        let piece_length = bt::piece_length(place, &swarm.torrent);
        let mut rng = StdRng::seed_from_u64(5);
        let mut moments: Vec<u64> = (0..KILLS).map(|_| rng.random_range(0..SIZE)).collect();
        moments.sort_unstable();
        let mut verified = 0;
        for moment in moments {
            let mut fetch = swarm.fetch(place, &target);
            let here = checked(&mut fetch);
            assert!(here >= verified, "{verified} bytes were verified, {here} of them are left");
            let mut now = here;
            while now < moment {
                fetch.until("event piece", LIMIT, |line| bt::named(line, "piece"));
                now += piece_length;
            }
            // What was told between the moment and the end counts as well.
            verified = here + pieces(&fetch.kill()) * piece_length;
        }
        let mut fetch = swarm.fetch(place, &target);
        let here = checked(&mut fetch);
        assert!(here >= verified, "{verified} bytes were verified, {here} of them are left");
        fetch.ended(LIMIT).well();
        data::assert_same(&swarm.around, &target);
        let sent = swarm.sent();
        println!("{sent} bytes were sent for {SIZE}");
        assert!(sent <= SIZE + KILLS as u64 * UNDER_WAY, "{sent} bytes were sent for {SIZE}");
    });
}

#[test]
fn disk_full_then_room() {
    scene(&[], |place| {
        let swarm = Swarm::start(place);
        let target = place.folder("target");
        mount_memory(&target, Some(SIZE / 4));
        let piece_length = bt::piece_length(place, &swarm.torrent);
        let mut fetch = swarm.fetch(place, &target);
        assert_eq!(checked(&mut fetch), 0);
        let full = fetch.ended(LIMIT).with(4);
        let told = full.lines.iter().any(
            |line| matches!(line, Line::Err(text) if text.contains("No space left on device")),
        );
        assert!(told, "{full:?}");
        let verified = pieces(&full.lines) * piece_length;
        assert!(verified > 0);

        resize_memory(&target, 2 * SIZE);
        let mut fetch = swarm.fetch(place, &target);
        let here = checked(&mut fetch);
        assert!(here >= verified, "{verified} bytes were verified, {here} of them are left");
        fetch.ended(LIMIT).well();
        data::assert_same(&swarm.around, &target);
        let sent = swarm.sent();
        assert!(sent <= SIZE + UNDER_WAY, "{sent} bytes were sent for {SIZE}");
    });
}
