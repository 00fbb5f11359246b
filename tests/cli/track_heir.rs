//! A `bt track` whose place is taken, at each step of what the two say to each other: the test is the
//! tracker that takes it.

use crate::harness::{Bt, DEADLINE};
use crate::track_operation::Tracker;
use rustix::process::Signal;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

/// One that is given the sockets, and lets go of them at once.
struct Heir(UnixStream);

impl Heir {
    fn calls(bt: &Bt) -> Self {
        let mut stream = UnixStream::connect(bt.path("dstate.handover")).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut letter = [0];
        while letter != *b"." {
            stream.read_exact(&mut letter).unwrap();
        }
        Self(stream)
    }

    fn say(&mut self, letter: u8) {
        self.0.write_all(&[letter]).unwrap();
    }

    /// Hears all up to this letter; says how many bytes were told by others.
    fn hear(&mut self, wanted: u8) -> usize {
        let mut told = 0;
        loop {
            let mut head = [0; 5];
            self.0.read_exact(&mut head).unwrap();
            let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
            self.0.read_exact(&mut vec![0; length]).unwrap();
            if head[0] == wanted {
                return told;
            }
            told += length;
        }
    }

    /// The dfile is its own, but for the lock.
    fn agrees(bt: &Bt) -> Self {
        let mut heir = Self::calls(bt);
        heir.say(b'r');
        heir.hear(b'w');
        heir.say(b'l');
        heir.hear(b'a');
        heir
    }
}

/// Waits until the lock can be had.
fn lock(bt: &Bt) -> File {
    let lock = File::open(bt.path("dstate.lock")).unwrap();
    let end = Instant::now() + DEADLINE;
    while lock.try_lock().is_err() {
        assert!(Instant::now() < end, "it is not let go of");
        std::thread::yield_now();
    }
    lock
}

/// The torrents that were saved.
fn saved(bt: &Bt) -> String {
    let out = bt.args(["track", "dump", "dstate"]).run();
    assert_eq!(out.status, 0, "{out}");
    out.text()
}

fn told(torrent: u32) -> String {
    format!("{torrent:020}").bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn it_serves_on_where_the_other_dies_before_it_serves() {
    let bt = Bt::new();
    let mut old = Tracker::start(&bt, &["--dfile", "dstate"]);
    old.announce(1, 1);
    for torrent in 2..4 {
        let mut heir = Heir::agrees(&bt);
        // Nobody else does yet.
        old.announce(torrent, 1);
        heir.hear(b'c');
        drop((lock(&bt), heir));
        old.running.stderr_line("not handed over, and serves on: ");
        old.announce(torrent + 10, 1);
        // It is called again.
        let end = Instant::now() + DEADLINE;
        while !bt.path("dstate.handover").exists() {
            assert!(Instant::now() < end, "it has not got the dfile back");
            std::thread::yield_now();
        }
    }
    assert_eq!(old.end().status, 0);
    let saved = saved(&bt);
    assert!([1, 2, 3, 12, 13].into_iter().all(|one| saved.contains(&told(one))), "{saved}");
}

#[test]
fn it_saves_where_the_other_dies_while_it_answers_the_last() {
    let bt = Bt::new();
    let old = Tracker::start(&bt, &["--dfile", "dstate"]);
    old.announce(1, 1);
    let mut heir = Heir::agrees(&bt);
    heir.say(b'v');
    drop(heir);
    assert_eq!(old.running.wait().status, 0);
    let saved = saved(&bt);
    assert!(saved.contains(&told(1)), "{saved}");
}

#[test]
fn a_signal_ends_it_at_each_step() {
    for step in 0..3 {
        let bt = Bt::new();
        let old = Tracker::start(&bt, &["--dfile", "dstate"]);
        old.announce(1, 1);
        let mut heir = match step {
            2 => Heir::agrees(&bt),
            _ => Heir::calls(&bt),
        };
        if step == 1 {
            heir.say(b'r');
            heir.hear(b'w');
        }
        old.announce(2, 1);
        old.running.signal(Signal::TERM);
        if step == 2 {
            // It has been told of all, and keeps it.
            let mut rest = Vec::new();
            heir.0.read_to_end(&mut rest).unwrap();
            let torrent = format!("{:020}", 2).into_bytes();
            assert!(rest.windows(20).any(|part| part == torrent));
            assert_eq!(old.running.wait().status, 0);
            assert!(!saved(&bt).contains(&told(2)));
        } else {
            assert_eq!(old.running.wait().status, 0);
            assert!(saved(&bt).contains(&told(2)));
        }
    }
}
