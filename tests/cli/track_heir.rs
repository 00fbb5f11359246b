//! A `bt track` whose place is taken, at each step of what the two say to each other: the test is the
//! tracker that takes it.

use crate::harness::{Bt, DEADLINE, Running};
use crate::track_operation::Tracker;
use crate::track_take_over::until;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::Signal;
use std::fs::File;
use std::io::{IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

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

    /// Hears that the dfile is its own, and has the lock from then on, where that comes with it.
    fn owns(&mut self) -> Option<OwnedFd> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut message = RecvAncillaryBuffer::new(&mut space);
        let mut word = [0; 5];
        let flags = RecvFlags::CMSG_CLOEXEC;
        recvmsg(&self.0, &mut [IoSliceMut::new(&mut word)], &mut message, flags).unwrap();
        assert_eq!(&word, b"y\0\0\0\0");
        match message.drain().next()? {
            RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
            _ => None,
        }
    }

    /// It may begin.
    fn agrees(bt: &Bt) -> Self {
        let mut heir = Self::calls(bt);
        heir.say(b'3');
        heir.hear(b'w');
        heir.say(b'l');
        heir.hear(b'a');
        heir
    }
}

/// One who calls at the same time; it waits until the first has failed or serves.
fn second(bt: &Bt) -> Running {
    bt.args(["track", "--take-over", "--port", "0", "--dfile", "dstate"]).spawn()
}

/// Whether nobody has the dfile.
fn is_free(bt: &Bt) -> bool {
    File::open(bt.path("dstate.lock")).unwrap().try_lock().is_ok()
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
        // Nobody else does yet, and the dfile is nobody else's.
        old.announce(torrent, 1);
        heir.hear(b'c');
        assert!(!is_free(&bt));
        drop(heir);
        old.running.stderr_line("not handed over, and serves on: ");
        old.announce(torrent + 10, 1);
        until(&bt.path("dstate.handover"), true);
    }
    assert_eq!(old.end().status, 0);
    let saved = saved(&bt);
    assert!([1, 2, 3, 12, 13].into_iter().all(|one| saved.contains(&told(one))), "{saved}");
}

/// Announces by UDP, one after the other, from so many ports.
fn announce_many(to: SocketAddr, torrent: u32, ports: u16) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(to).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut answer = [0; 2048];
    socket.send(&[&0x417_2710_1980_u64.to_be_bytes()[..], &[0; 8]].concat()).unwrap();
    assert_eq!(socket.recv(&mut answer).unwrap(), 16);
    let mut packet = [&answer[8..16], &[0, 0, 0, 1], &[0; 4]].concat();
    packet.extend(format!("{torrent:020}-XX0000-bbbbbbbbbbbb").into_bytes());
    packet.extend([[0; 12]; 3].as_flattened());
    packet.extend([0xff; 4]);
    for port in 1..=ports {
        socket.send(&[&packet[..], &port.to_be_bytes()].concat()).unwrap();
        socket.recv(&mut answer).unwrap();
        assert_eq!(answer[..4], [0, 0, 0, 1]);
    }
}

/// KiB of memory that a process has.
fn memory(tracker: &Tracker) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", tracker.running.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn it_serves_on_where_the_other_hangs() {
    // It is told of more than its socket takes, and reads nothing of it; or it is told of nothing.
    for ports in [5_000, 0] {
        let bt = Bt::new();
        let save = ["--dfile", "dstate", "--save-interval", "1s", "--bind", "127.0.0.1"];
        let mut old = Tracker::start(&bt, &save);
        old.announce(1, 1);
        let before = memory(&old);
        let heir = Heir::agrees(&bt);
        announce_many((Ipv4Addr::LOCALHOST, old.port).into(), 2, ports);
        assert!(memory(&old) < before + 32 * 1024, "{before} KiB, and now {}", memory(&old));
        old.running.stderr_line("not handed over, and serves on: the other one does not begin");
        old.announce(3, 1);
        assert!(!is_free(&bt));
        // It is there still, and another may call.
        until(&bt.path("dstate.handover"), true);
        let new = bt.args(["track", "--take-over", "--port", "0", "--dfile", "dstate"]);
        let new = Tracker::of(new);
        assert_eq!((old.running.wait().status, new.port), (0, old.port));
        assert!(new.knows(1) && new.knows(3) && new.knows(2) == (ports > 0));
        drop(heir);
    }
}

#[test]
fn of_two_at_once_the_first_to_be_ready_takes_over_and_the_second_is_refused() {
    let bt = Bt::new();
    let old = Tracker::start(&bt, &["--dfile", "dstate"]);
    let mut first = Heir::agrees(&bt);
    let second = second(&bt);
    first.say(b'v');
    let lock = first.owns().unwrap();
    assert_eq!(old.running.wait().status, 0);
    // It was free for nobody else in between.
    assert!(!is_free(&bt));
    bt.write("dstate.lock", "77\n");
    let out = second.wait();
    let words = "dstate: the bt track that has it (process 77) does not hand over: ";
    assert!(out.status == 4 && out.stderr.contains(words), "{out}");
    drop(lock);
    assert!(is_free(&bt));
}

#[test]
fn of_two_at_once_the_second_takes_over_where_the_first_fails() {
    let bt = Bt::new();
    let old = Tracker::start(&bt, &["--dfile", "dstate"]);
    old.announce(1, 1);
    let mut first = Heir::calls(&bt);
    first.say(b'3');
    first.hear(b'w');
    let second = second(&bt);
    drop(first);
    let second = Tracker::listening(second);
    assert_eq!((old.running.wait().status, second.port), (0, old.port));
    assert!(second.knows(1));
}

#[test]
fn one_that_calls_and_says_nothing_holds_up_nobody() {
    let bt = Bt::new();
    let old = Tracker::start(&bt, &["--dfile", "dstate"]);
    old.announce(1, 1);
    let silent = Heir::calls(&bt);
    let new = Tracker::listening(second(&bt));
    assert_eq!((old.running.wait().status, new.port), (0, old.port));
    assert!(new.knows(1));
    drop(silent);
}

#[test]
fn it_saves_where_the_other_dies_while_it_answers_the_last() {
    let bt = Bt::new();
    let old = Tracker::start(&bt, &["--dfile", "dstate", "--unix", "sock"]);
    old.announce(1, 1);
    let mut heir = Heir::agrees(&bt);
    heir.say(b'v');
    heir.hear(b'y');
    drop(heir);
    assert_eq!(old.running.wait().status, 0);
    let saved = saved(&bt);
    assert!(saved.contains(&told(1)), "{saved}");
    // Nobody else is left to remove it.
    assert!(!bt.path("sock").exists());
}

#[test]
fn a_lock_that_keeps_nobody_away_any_more_is_not_given() {
    let bt = Bt::new();
    let mut old = Tracker::start(&bt, &["--dfile", "dstate"]);
    let mut heir = Heir::agrees(&bt);
    // Somebody removes its file, and yet another tracker makes it anew.
    std::fs::remove_file(bt.path("dstate.lock")).unwrap();
    let others = File::create(bt.path("dstate.lock")).unwrap();
    others.try_lock().unwrap();
    heir.say(b'v');
    assert!(heir.owns().is_none());
    old.running.stderr_line("dstate.lock: was removed while it was held; ");
    drop(heir);
    let out = old.running.wait();
    assert_eq!(out.status, 0, "{out}");
}

#[test]
fn a_signal_ends_it_at_each_step() {
    for step in 0..3 {
        let bt = Bt::new();
        let old = Tracker::start(&bt, &["--dfile", "dstate", "--unix", "sock"]);
        old.announce(1, 1);
        let mut heir = match step {
            2 => Heir::agrees(&bt),
            _ => Heir::calls(&bt),
        };
        if step == 1 {
            heir.say(b'3');
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
        // The other one may serve it from now on.
        assert!(bt.path("sock").exists(), "{step}");
    }
}

#[test]
fn a_second_signal_leaves_the_doors_to_one_that_may_begin() {
    let bt = Bt::new();
    let old = Tracker::start(&bt, &["--dfile", "dstate", "--unix", "sock"]);
    let _heir = Heir::agrees(&bt);
    // Both have come by the time at which it looks.
    for signal in [Signal::STOP, Signal::TERM, Signal::INT, Signal::CONT] {
        old.running.signal(signal);
    }
    let out = old.running.wait();
    assert_eq!(out.status, 0, "{out}");
    assert!(bt.path("sock").exists());
}
