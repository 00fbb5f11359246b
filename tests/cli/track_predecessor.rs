//! `bt track --take-over`, at each step of what the two say to each other: the test is the tracker
//! whose place is taken.

use crate::harness::{Bt, DEADLINE, Running};
use crate::track_operation::{Manager, Tracker};
use crate::track_take_over::until;
use crate::track_upgrade::{announce, connect};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, prlimit};
use std::fs::File;
use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};

/// One that has the dfile, and an HTTP and a UDP socket.
struct Predecessor {
    lock: File,
    door: UnixListener,
    tcp: TcpListener,
    udp: UdpSocket,
}

impl Predecessor {
    /// With what trackers kept in the dfile before.
    fn new(bt: &Bt) -> Self {
        let lock = File::create(bt.path("dstate.lock")).unwrap();
        lock.try_lock().unwrap();
        let door = UnixListener::bind(bt.path("dstate.handover")).unwrap();
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let udp = UdpSocket::bind(tcp.local_addr().unwrap()).unwrap();
        Self { lock, door, tcp, udp }
    }

    fn at(&self) -> SocketAddr {
        self.tcp.local_addr().unwrap()
    }

    /// Is called, and gives its sockets.
    fn give(&self) -> Successor {
        self.give_all(b"hu.", &[self.tcp.as_fd(), self.udp.as_fd()])
    }

    fn give_all(&self, letters: &[u8], fds: &[BorrowedFd<'_>]) -> Successor {
        let (stream, _) = self.door.accept().unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut message = SendAncillaryBuffer::new(&mut space);
        assert!(message.push(SendAncillaryMessage::ScmRights(fds)));
        sendmsg(&stream, &[IoSlice::new(letters)], &mut message, SendFlags::NOSIGNAL).unwrap();
        Successor(stream)
    }
}

/// The one that has called.
struct Successor(UnixStream);

impl Successor {
    fn hear(&mut self, letter: u8) {
        let mut said = [0];
        self.0.read_exact(&mut said).unwrap();
        assert_eq!(said, [letter]);
    }

    fn tell(&mut self, letter: u8, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&[letter], &length[..], bytes].concat()).unwrap();
    }

    /// It is ready, and is told what a clock shows.
    fn is_ready(&mut self) {
        self.hear(b'3');
        self.tell(b't', &[0, 0, 0, 0, 0, 0, 0, 1]);
    }

    /// It is told all, and loads it.
    fn learns(&mut self, state: &[u8]) {
        self.is_ready();
        self.tell(b's', state);
        self.tell(b'w', b"");
        self.hear(b'l');
    }

    /// The dfile is its own.
    fn own(&mut self, lock: &File) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut message = SendAncillaryBuffer::new(&mut space);
        let fds = [lock.as_fd()];
        assert!(message.push(SendAncillaryMessage::ScmRights(&fds)));
        let word = [IoSlice::new(b"y\0\0\0\0")];
        sendmsg(&self.0, &word, &mut message, SendFlags::NOSIGNAL).unwrap();
    }
}

/// A peer of a torrent that is there now.
fn change(torrent: u32) -> Vec<u8> {
    let mut change = format!("{torrent:020}-XX0000-bbbbbbbbbbbb").into_bytes();
    change.extend(Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped().octets());
    change.extend([0, 1, 0]);
    change.extend([0; 8]);
    change
}

/// A dfile in which these torrents have a peer.
fn dfile(bt: &Bt, torrents: &[u32]) -> Vec<u8> {
    let tracker = Tracker::start(bt, &["--dfile", "dstate"]);
    torrents.iter().for_each(|torrent| drop(tracker.announce(*torrent, 1)));
    tracker.end();
    bt.read("dstate")
}

fn take_over(bt: &Bt) -> Running {
    bt.args(["track", "--take-over", "--port", "0", "--dfile", "dstate"]).spawn()
}

fn listening(mut running: Running, at: SocketAddr) -> Tracker {
    let line = running.stderr_line("listening on");
    assert!(line.contains(&format!("http://{at}/announce and udp://{at}/announce")), "{line}");
    Tracker { running, port: at.port() }
}

#[test]
fn it_serves_before_the_other_is_gone_and_learns_what_that_one_still_hears() {
    let bt = Bt::new();
    let state = dfile(&bt, &[1, 2]);
    // What it is told of counts, not what was saved.
    bt.write("dstate", "");
    let old = Predecessor::new(&bt);
    let new = take_over(&bt);
    let mut heir = old.give();
    heir.is_ready();
    let (one, rest) = state.split_at(state.len() / 2);
    heir.tell(b's', one);
    heir.tell(b's', rest);
    heir.tell(b'w', b"");
    heir.tell(b'c', &change(3));
    heir.hear(b'l');
    heir.tell(b'c', &[change(4), change(5)].concat());
    heir.tell(b'a', b"");
    let at = old.at();
    // It has its sockets still, and is not done with whom it serves.
    let new = listening(new, at);
    heir.hear(b'v');
    connect(at, 6);
    announce(TcpStream::connect(at).unwrap(), 7);
    // The dfile is not its own yet.
    assert_eq!(bt.read("dstate"), b"");
    let Predecessor { lock, door, tcp, udp } = old;
    std::fs::remove_file(bt.path("dstate.handover")).unwrap();
    drop(door);
    heir.own(&lock);
    drop(lock);
    assert!((1..=5).all(|torrent| new.knows(torrent)) && !new.knows(8));
    heir.tell(b'c', &change(8));
    new.learns(8);
    drop((heir, tcp, udp));
    // It is called itself from now on.
    let next = bt.args(["track", "--take-over", "--port", "0", "--dfile", "dstate"]);
    let next = Tracker::of(next);
    assert_eq!((new.running.wait().status, next.port), (0, at.port()));
    assert!((1..=8).filter(|torrent| *torrent != 6).all(|torrent| next.knows(torrent)));
}

#[test]
fn where_the_other_ends_without_a_word_its_dfile_is_taken() {
    for step in 0..4 {
        let bt = Bt::new();
        let state = dfile(&bt, &[1, 2]);
        let old = Predecessor::new(&bt);
        let new = take_over(&bt);
        let mut heir = None;
        if step > 0 {
            let heir = heir.insert(old.give());
            match step {
                1 => heir.is_ready(),
                _ => heir.learns(&state),
            }
            if step > 2 {
                heir.tell(b'c', &change(3)[..7]);
            }
        } else {
            drop(old.door.accept().unwrap());
        }
        let at = old.at();
        drop((heir, old));
        let mut new = new;
        let line = new.stderr_line("listening on");
        let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        let port: u16 = port.parse().unwrap();
        assert!(step == 0 || port == at.port(), "{line}");
        let new = Tracker { running: new, port };
        assert!(new.knows(1) && new.knows(2));
    }
}

#[test]
fn where_the_other_dies_what_it_has_told_counts_and_not_its_dfile() {
    let bt = Bt::new();
    dfile(&bt, &[1]);
    let state = dfile(&Bt::new(), &[2]);
    let old = Predecessor::new(&bt);
    let new = take_over(&bt);
    let mut heir = old.give();
    heir.learns(&state);
    heir.tell(b'c', &change(3));
    let at = old.at();
    drop((heir, old));
    let new = listening(new, at);
    assert!(new.knows(2) && !new.knows(1));
}

#[test]
fn where_the_other_serves_on_it_ends() {
    // It has given up before it agreed, when that was too late, and when this one began.
    for step in 0..3 {
        let bt = Bt::new();
        let state = dfile(&bt, &[1]);
        let old = Predecessor::new(&bt);
        writeln!(&old.lock, "77").unwrap();
        let mut new = take_over(&bt);
        let mut heir = old.give();
        heir.learns(&state);
        if step > 0 {
            heir.tell(b'a', b"");
        }
        if step > 1 {
            new.stderr_line("listening on");
            heir.hear(b'v');
        }
        drop(heir);
        let out = new.wait();
        let words = "bt track: dstate: the bt track that has it (process 77) does not hand over: ";
        assert!(out.status == 4 && out.stderr.contains(words), "{step}: {out}");
        assert_eq!(bt.read("dstate"), state);
        // Its sockets are as they were.
        TcpStream::connect(old.at()).unwrap();
        old.tcp.accept().unwrap();
    }
}

#[test]
fn where_the_other_dies_before_it_has_given_the_dfile_it_is_taken() {
    let bt = Bt::new();
    let state = dfile(&bt, &[1]);
    let old = Predecessor::new(&bt);
    let new = take_over(&bt);
    let mut heir = old.give();
    heir.learns(&state);
    heir.tell(b'a', b"");
    let at = old.at();
    let new = listening(new, at);
    heir.hear(b'v');
    announce(TcpStream::connect(at).unwrap(), 2);
    let Predecessor { lock, .. } = old;
    std::fs::remove_file(bt.path("dstate.handover")).unwrap();
    drop((heir, lock));
    // It is called itself from now on.
    until(&bt.path("dstate.handover"), true);
    let next = bt.args(["track", "--take-over", "--port", "0", "--dfile", "dstate"]).spawn();
    let next = Tracker::listening(next);
    assert_eq!(new.running.wait().status, 0);
    assert!(next.knows(1) && next.knows(2));
}

#[test]
fn where_the_lock_is_lost_on_the_way_it_says_so_and_takes_it() {
    let bt = Bt::new();
    let state = dfile(&bt, &[1]);
    let old = Predecessor::new(&bt);
    let new = take_over(&bt);
    let mut heir = old.give();
    heir.learns(&state);
    heir.tell(b'a', b"");
    let mut new = listening(new, old.at());
    heir.hear(b'v');
    let process = Pid::from_raw(new.running.id().cast_signed());
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = |current| {
        prlimit(process, Resource::Nofile, Rlimit { current, maximum }).unwrap();
    };
    // It may open nothing more: the system drops what comes with the word.
    limit(Some(0));
    heir.own(&old.lock);
    new.running.stderr_line("dstate: taken over without its lock");
    limit(maximum);
    std::fs::remove_file(bt.path("dstate.handover")).unwrap();
    let Predecessor { lock, tcp: _tcp, udp: _udp, .. } = old;
    drop(lock);
    // What that one answers to the last is told all the same.
    heir.tell(b'c', &change(2));
    drop(heir);
    until(&bt.path("dstate.handover"), true);
    assert!(new.knows(1));
    new.learns(2);
    let out = new.end();
    assert_eq!(out.status, 0, "{out}");
    assert!(out.stderr.matches("taken over without").count() == 1, "{out}");
}

#[test]
fn one_that_is_ended_before_the_dfile_is_its_own_leaves_no_socket_behind() {
    let bt = Bt::new();
    let state = dfile(&bt, &[1]);
    let manager = Manager::new(&bt);
    let old = Predecessor::new(&bt);
    let unix = UnixListener::bind(bt.path("sock")).unwrap();
    let mut new = bt
        .args(["track", "--take-over", "--port", "0", "--dfile", "dstate", "--unix", "sock"])
        .env("NOTIFY_SOCKET", bt.path("notify"))
        .spawn();
    let mut heir = old.give_all(b"hux.", &[old.tcp.as_fd(), old.udp.as_fd(), unix.as_fd()]);
    heir.learns(&state);
    heir.tell(b'a', b"");
    new.stderr_line("Unix socket ");
    heir.hear(b'v');
    new.signal(Signal::TERM);
    manager.told("STOPPING=1");
    assert!(bt.path("sock").exists(), "it is the other's");
    heir.own(&old.lock);
    let Predecessor { lock, .. } = old;
    drop((heir, lock));
    let out = new.wait();
    assert_eq!(out.status, 0, "{out}");
    assert!(!bt.path("sock").exists());
}

#[test]
fn what_is_no_state_and_no_change_takes_nothing_over() {
    let bt = Bt::new();
    let state = dfile(&bt, &[1]);
    for said in [&b"no dfile"[..], &state[..state.len() - 1]] {
        let old = Predecessor::new(&bt);
        let new = take_over(&bt);
        let mut heir = old.give();
        heir.is_ready();
        heir.tell(b's', said);
        heir.tell(b'w', b"");
        let out = new.wait();
        let words = "bt track: dstate: the bt track that has it does not hand over: no dfile: ";
        assert!(out.status == 4 && out.stderr.starts_with(words), "{out}");
        std::fs::remove_file(bt.path("dstate.handover")).unwrap();
    }
}

#[test]
fn a_signal_ends_it_while_the_other_says_nothing() {
    for gives in [false, true] {
        let bt = Bt::new();
        let old = Predecessor::new(&bt);
        let new = take_over(&bt);
        let _heir = match gives {
            false => old.door.accept().unwrap().0,
            true => {
                let mut heir = old.give();
                heir.hear(b'3');
                heir.0
            }
        };
        new.signal(Signal::TERM);
        assert_eq!(new.wait().status, 0);
    }
}
