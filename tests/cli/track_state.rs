//! What `bt track` keeps on the disk: its state under kills and full disks, whose it is, what it holds.

use crate::harness::{Bt, DEADLINE};
use crate::track_operation::{Tracker, announce, ask};
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Waits until a file changes from what it was.
fn changed(path: &Path, before: &[u8]) -> Vec<u8> {
    let end = std::time::Instant::now() + DEADLINE;
    loop {
        match fs::read(path) {
            Ok(now) if now != before => return now,
            _ => assert!(std::time::Instant::now() < end, "it stays as it was"),
        }
        std::thread::yield_now();
    }
}

/// Kills a tracker again and again while peers announce; what had been saved is there each time.
fn kill_again_and_again(times: u32) {
    let bt = Bt::new();
    let port = Arc::new(AtomicU32::new(0));
    let (told, over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let load = {
        let (port, told, over) = (Arc::clone(&port), Arc::clone(&told), Arc::clone(&over));
        std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                let port = u16::try_from(port.load(Ordering::SeqCst)).unwrap();
                let torrent = told.load(Ordering::SeqCst);
                match ask(port, &announce(torrent, 1)) {
                    // Unless a new tracker is to be told from elsewhere on.
                    Ok(_) => drop(told.compare_exchange(
                        torrent,
                        torrent + 1,
                        Ordering::SeqCst,
                        Ordering::SeqCst,
                    )),
                    Err(_) => std::thread::yield_now(),
                }
            }
        })
    };
    let mut sure: u32 = 0;
    for _ in 0..times {
        let tracker = Tracker::start(&bt, &["--dfile", "dstate", "--save-interval", "100ms"]);
        for torrent in (0..sure).step_by(97).chain(sure.checked_sub(1)) {
            assert!(tracker.knows(torrent), "torrent {torrent} of {sure}");
        }
        // What came between the last save and the kill is lost, and told again.
        told.store(sure, Ordering::SeqCst);
        port.store(tracker.port.into(), Ordering::SeqCst);
        while told.load(Ordering::SeqCst) < sure + 20 {
            std::thread::yield_now();
        }
        // A save that begins after they were told of holds them: the second one from now.
        let began = told.load(Ordering::SeqCst);
        let first = changed(&bt.path("dstate"), &bt.read("dstate"));
        changed(&bt.path("dstate"), &first);
        sure = began;
        tracker.kill();
    }
    over.store(true, Ordering::SeqCst);
    load.join().unwrap();
    assert!(sure > 0);
    let mut left: Vec<_> = fs::read_dir(bt.dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".home")
        .collect();
    left.sort();
    // Whenever a kill comes, both generations are there, and at most the file it cut off.
    let whole = ["dstate", "dstate.handover", "dstate.lock", "dstate.old", "dstate.secret"];
    assert!(whole.iter().all(|name| left.iter().any(|there| there == name)), "{left:?}");
    assert!(left.len() <= whole.len() + times as usize, "{left:?}");
}

#[test]
fn nothing_is_lost_where_it_is_told_to_end() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    (0..50).for_each(|torrent| drop(tracker.announce(torrent, 1)));
    let out = tracker.end();
    assert_eq!((out.status, out.text().lines().count()), (0, 50), "{out}");
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    assert!((0..50).all(|torrent| tracker.knows(torrent)));
}

#[test]
fn a_full_disk_costs_a_line_and_no_state() {
    let bt = Bt::new();
    Tracker::start(&bt, &["--dfile", "dstate"]).end();
    let before = bt.read("dstate");
    // A file that may not grow stands for a disk that is full.
    let line = "ulimit -S -f 0; exec bt track --port 0 --dfile dstate --save-interval 200ms";
    let mut tracker = Tracker::of(bt.shell(line));
    tracker.announce(7, 1);
    let line = tracker.running.stderr_line("not saved");
    assert!(line.contains("dstate: not saved, the old one stays: "), "{line}");
    assert_eq!(bt.read("dstate"), before);
    tracker.announce(8, 1);
    // Room again.
    let id = Pid::from_raw(i32::try_from(tracker.running.id()).unwrap());
    prlimit(id, Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
    changed(&bt.path("dstate"), &before);
    assert!(tracker.knows(7) && tracker.knows(8));
    assert_eq!(tracker.end().status, 0);
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    assert!(tracker.knows(7) && tracker.knows(8));
}

#[test]
fn a_broken_dfile_on_a_full_disk_keeps_no_tracker_down() {
    let bt = Bt::new();
    for torrent in [7, 8] {
        let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
        tracker.announce(torrent, 1);
        tracker.end();
    }
    let (whole, older) = (bt.read("dstate"), bt.read("dstate.old"));
    bt.write("dstate", &whole[..whole.len() - 9]);
    for _ in 0..2 {
        let line = "ulimit -S -f 0; exec bt track --port 0 --dfile dstate";
        let mut running = bt.shell(line).spawn();
        running.stderr_line("the tracker serves without");
        let tracker = Tracker::listening(running);
        assert!(tracker.knows(7) && !tracker.knows(8));
        tracker.kill();
        assert_eq!(bt.read("dstate.old"), older);
    }
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    assert!(tracker.knows(7));
}

#[test]
fn a_folder_that_is_gone_is_waited_for() {
    let bt = Bt::new();
    fs::create_dir(bt.path("state")).unwrap();
    let mut tracker = Tracker::start(
        &bt,
        &["--dfile", "state/dstate", "--save-interval", "100ms", "--no-sandbox"],
    );
    tracker.announce(7, 1);
    fs::remove_dir_all(bt.path("state")).unwrap();
    tracker.running.stderr_line("state/dstate: not saved, the old one stays: No such file");
    tracker.announce(8, 1);
    fs::create_dir(bt.path("state")).unwrap();
    changed(&bt.path("state/dstate"), b"");
    tracker.kill();
    let tracker = Tracker::start(&bt, &["--dfile", "state/dstate"]);
    assert!(tracker.knows(7) && tracker.knows(8));
}

#[test]
fn a_broken_dfile_costs_no_start() {
    let bt = Bt::new();
    for torrent in [7, 8] {
        let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
        tracker.announce(torrent, 1);
        tracker.end();
    }
    let whole = bt.read("dstate");
    bt.write("dstate", &whole[..whole.len() - 9]);
    let mut running = bt.args(["track", "--port", "0", "--dfile", "dstate"]).spawn();
    // What is said of it comes first.
    let line = running.stderr_line("dstate.old is taken");
    assert!(line.starts_with("bt track: warning: "), "{line}");
    let tracker = Tracker::listening(running);
    assert!(tracker.knows(7) && !tracker.knows(8));
    assert_eq!(bt.read("dstate.broken"), &whole[..whole.len() - 9]);
}

#[test]
fn a_save_is_due_from_the_last_one_on_and_not_from_the_start() {
    let bt = Bt::new();
    let start = || Tracker::start(&bt, &["--dfile", "dstate", "--save-interval", "1h"]);
    start().end();
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(3601);
    let aged = || {
        let file = fs::File::options().write(true).open(bt.path("dstate")).unwrap();
        file.set_modified(past).unwrap();
        bt.read("dstate")
    };
    for torrent in 1..4 {
        let before = aged();
        let tracker = start();
        // Nobody has come: there is nothing to save.
        assert_eq!(bt.path("dstate").metadata().unwrap().modified().unwrap(), past);
        tracker.announce(torrent, 1);
        changed(&bt.path("dstate"), &before);
        // It is not due again for an hour.
        tracker.announce(torrent + 10, 1);
        tracker.kill();
    }
    let tracker = start();
    (1..4).for_each(|torrent| assert!(tracker.knows(torrent) && !tracker.knows(torrent + 10)));
}

#[test]
fn whoever_comes_first_is_saved_long_before_the_interval_is_over() {
    let bt = Bt::new();
    let start = || Tracker::start(&bt, &["--dfile", "dstate", "--save-interval", "1h"]);
    // Nobody has come.
    start().kill();
    let (tracker, empty) = (start(), bt.read("dstate"));
    tracker.announce(1, 1);
    changed(&bt.path("dstate"), &empty);
    tracker.kill();
    assert!(start().knows(1));
}

#[test]
fn what_a_lower_ceiling_leaves_out_is_told_and_kept_aside() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    (0..30).for_each(|torrent| drop(tracker.announce(torrent, 1)));
    tracker.end();
    let whole = bt.read("dstate");
    let low = ["--dfile", "dstate", "--most-peers", "10"];
    let mut running = bt.args(["track", "--port", "0"]).args(low).spawn();
    let line = running.stderr_line("left out");
    let words = "bt track: warning: dstate: 20 peers and 20 torrents of it are left out for want of \
                 room (--most-peers 10); all of it is kept as dstate.larger";
    assert_eq!(line, words);
    let tracker = Tracker::listening(running);
    tracker.end();
    assert_eq!(bt.read("dstate.larger"), whole);
    // Now that it has been saved there is no more to tell.
    let mut running = bt.args(["track", "--port", "0"]).args(low).spawn();
    assert!(running.stderr_line("bt track").contains("listening on"));
    running.signal(Signal::TERM);
    assert_eq!(running.wait().status, 0);
    // As before.
    fs::rename(bt.path("dstate.larger"), bt.path("dstate")).unwrap();
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    assert!((0..30).all(|torrent| tracker.knows(torrent)));
    // A tracker that takes over with less room.
    let mut running = bt.args(["track", "--take-over", "--port", "0"]).args(low).spawn();
    let line = running.stderr_line("left out");
    assert!(line.contains("dstate: 20 peers and 20 torrents of it are left out"), "{line}");
    assert_eq!(tracker.running.wait().status, 0);
    let out = bt.args(["track", "dump", "dstate.larger"]).run();
    assert_eq!(out.text().lines().count(), 30, "{out}");
    let last = Tracker::listening(running);
    assert_eq!((0..30).filter(|&torrent| last.knows(torrent)).count(), 10);
    assert_eq!(last.end().status, 0);
}

#[test]
fn the_dfile_of_a_tracker_of_the_line_of_2002_is_read_whole() {
    let bt = Bt::new();
    let (torrent, id) = (format!("{:020}", 7), "-OLD000-bbbbbbbbbbbb");
    let dfile = format!(
        "d9:completedd20:{torrent}i3ee5:peersd20:{torrent}d\
         20:{id}d2:ip9:127.0.0.14:lefti1e4:porti6881eeeee"
    );
    bt.write("dstate", &dfile);
    let out = bt.args(["inspect", "--json", "dstate"]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(
        (&out.json()["kind"], &out.json()["torrents"][0]["downloaded"]),
        (&"dfile".into(), &3.into())
    );
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    assert!(tracker.knows(7));
    tracker.end();
    let out = bt.args(["track", "dump", "dstate"]).run();
    assert_eq!((&out.json()["incomplete"], &out.json()["downloaded"]), (&1.into(), &3.into()));
}

#[test]
fn two_trackers_on_one_dfile_are_kept_apart() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    let holder = tracker.running.id();
    let out = bt.args(["track", "--port", "0", "--dfile", "./dstate"]).run();
    assert_eq!(out.status, 4, "{out}");
    let words = format!("dstate: another bt track (process {holder}) has it\n");
    assert!(out.stderr.contains(&words) && out.stderr.contains("hint: --take-over"), "{out}");
    tracker.kill();
    Tracker::start(&bt, &["--dfile", "dstate"]).end();
    let out = bt.args(["track", "--take-over"]).run();
    assert_eq!(out.status, 2, "{out}");
}

#[test]
fn the_swarms_of_a_dfile_are_written_as_lines_of_json() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    tracker.announce(7, 1);
    tracker.announce(7, 2);
    tracker.end();
    let hash: String = format!("{:020}", 7).bytes().map(|byte| format!("{byte:02x}")).collect();
    let out = bt.args(["track", "dump", "dstate"]).run();
    let line = format!(
        "{{\"v\":1,\"info_hash\":\"{hash}\",\"complete\":0,\"incomplete\":2,\"downloaders\":2,\"downloaded\":0}}\n"
    );
    assert_eq!((out.status, out.text()), (0, line), "{out}");
    let out = bt.args(["track", "dump", "--peers", "-"]).stdin(bt.read("dstate")).run();
    let peers = out.json()["peers"].clone();
    let mut addresses: Vec<_> =
        peers.as_array().unwrap().iter().map(|peer| peer["address"].as_str().unwrap()).collect();
    addresses.sort();
    assert_eq!(addresses, ["127.0.0.1:1", "127.0.0.1:2"], "{out}");
    let out = bt.args(["track", "dump", "dstate"]).env("BT_TRACK_DUMP_PEERS", "yes").run();
    assert_eq!(out.json()["peers"].as_array().unwrap().len(), 2, "{out}");
    let out = bt.args(["inspect", "--json", "dstate"]).run();
    assert_eq!(out.json()["torrents"][0]["incomplete"], 2, "{out}");
    let whole = bt.read("dstate");
    bt.write("cut", &whole[..whole.len() - 1]);
    let out = bt.args(["track", "dump", "cut"]).run();
    assert_eq!((out.status, out.stdout.len()), (3, 0), "{out}");
    assert!(out.stderr.starts_with("bt track: cut: no dfile: "), "{out}");
    let out = bt.args(["track", "dump", "dstate", "--max-dfile", "9"]).run();
    out.fails(3, "bt track: dstate: longer than 9 bytes\n");
    let out = bt.args(["track", "dump", "dstate", "--format", "bencode"]).run();
    out.fails(2, "bt track: --format bencode: swarms are written as JSON\n");
    let out = bt.args(["track", "--format", "bencode"]).run();
    out.fails(2, "bt track: --format bencode: the web log is text or JSON\n");
}

/// A few times here, fifty by `just kills`.
#[test]
fn what_was_saved_outlives_kills() {
    let times = std::env::var("BT_TESTS_KILLS").map_or(3, |times| times.parse().unwrap());
    kill_again_and_again(times);
}

#[test]
fn the_secret_of_connection_ids_is_nobody_elses() {
    let bt = Bt::new();
    Tracker::start(&bt, &["--dfile", "dstate"]).end();
    let mode = |name| fs::metadata(bt.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("dstate.secret"), 0o600);
    assert!(bt.read("dstate").starts_with(b"d6:shardsl"));
    let secret = bt.read("dstate.secret");
    Tracker::start(&bt, &["--dfile", "dstate"]).end();
    assert_eq!(bt.read("dstate.secret"), secret);
}
