//! `bt track --take-over`: what goes wrong costs nobody a tracker, and what is new is served.

use crate::harness::{Bt, DEADLINE, have};
use crate::track_http::{certificate, secure};
use crate::track_operation::{Tracker, ask};
use crate::track_upgrade::{announce, connect, ports, request};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const LOCAL: [&str; 4] = ["--bind", "127.0.0.1", "--dfile", "dstate"];

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Waits until something stands at a path, or until nothing does: what a tracker has taken over it does
/// a moment after the other has ended.
pub(crate) fn until(path: &Path, stands: bool) {
    let end = Instant::now() + DEADLINE;
    while path.exists() != stands {
        assert!(Instant::now() < end, "{} stays", path.display());
        std::thread::yield_now();
    }
}

/// Announces a torrent each by all ways, and wants an answer.
fn serves(bt: &Bt, port: u16, torrent: u32) {
    announce(TcpStream::connect(local(port)).unwrap(), torrent);
    announce(UnixStream::connect(bt.path("sock")).unwrap(), torrent + 1);
    connect(local(port), torrent);
    until(&bt.path("dstate.handover"), true);
}

/// A dfile that its sum says is of a later version.
fn later() -> Vec<u8> {
    let (before, behind) = (&b"d3:sum4:"[..], &b"7:versioni4ee"[..]);
    let mut crc = flate2::Crc::new();
    [before, behind].into_iter().for_each(|part| crc.update(part));
    [before, &crc.sum().to_be_bytes(), behind].concat()
}

#[test]
fn one_that_fails_leaves_the_old_one_serving() {
    let bt = Bt::new();
    let mut old = Tracker::start(&bt, &[&LOCAL[..], &["--unix", "sock"]].concat());
    let port = old.port;
    let busy = TcpListener::bind(local(0)).unwrap();
    let busy_at = busy.local_addr().unwrap().to_string();
    let busy_port = busy.local_addr().unwrap().port().to_string();
    let _busy_socket = UnixListener::bind(bt.path("busy")).unwrap();
    bt.write("list", "this is no hash\n");
    let good = bt.read("dstate");
    let mut ways = vec![
        (4, vec!["--tls-cert", "none.crt", "--tls-key", "none.key"], "none.crt: No such file"),
        (3, vec!["--tls-cert", "list", "--tls-key", "list"], "list: no certificate in it"),
        (4, vec!["--torrents", "nowhere"], "nowhere: No such file"),
        (3, vec!["--allow", "list"], "list: line 1"),
        (5, vec!["--metrics-listen", &busy_at], "--metrics-listen 127.0.0.1"),
        (4, vec!["--unix", "busy"], "busy: Address already in use"),
        (3, vec!["--unix", "sock"], "a dfile of version 4"),
    ];
    if have("openssl") {
        certificate(&bt, "one");
        let flags = ["--tls-cert", "one.crt", "--tls-key", "one.key", "--tls-port", &busy_port];
        ways.push((5, flags.to_vec(), "Address already in use"));
    }
    let mut torrents = (0..).step_by(2);
    for (status, flags, words) in ways {
        // Of the whole file: the one that serves writes it when it ends.
        bt.write("dstate", if words.contains("version") { later() } else { good.clone() });
        let out = bt.args(["track", "--take-over", "--port", "0"]).args(LOCAL).args(&flags).run();
        assert!(out.status == status && out.stderr.contains(words), "{flags:?}: {out}");
        serves(&bt, port, torrents.next().unwrap());
    }
    // Whoever has got the sockets and is gone, or speaks of something else, takes nothing either.
    for said in [&b""[..], b"x"] {
        let mut heir = UnixStream::connect(bt.path("dstate.handover")).unwrap();
        heir.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut letters = Vec::new();
        while letters.last() != Some(&b'.') {
            let mut byte = [0];
            heir.read_exact(&mut byte).unwrap();
            letters.extend(byte);
        }
        assert!(letters.contains(&b'h') && letters.contains(&b'u') && letters.contains(&b'x'));
        heir.write_all(said).unwrap();
        drop(heir);
        old.running.stderr_line("not handed over, and serves on: ");
        serves(&bt, port, torrents.next().unwrap());
    }
    let new = bt.args(["track", "--take-over", "--port", "0", "--unix", "sock"]).args(LOCAL);
    let new = Tracker::of(new);
    let out = old.running.wait();
    assert_eq!((out.status, new.port), (0, port), "{out}");
    let last = torrents.next().unwrap();
    serves(&bt, port, last);
    (0..last).for_each(|torrent| new.learns(torrent));
    assert_eq!(new.end().status, 0);
    assert!(!bt.path("sock").exists() && !bt.path("dstate.handover").exists());
}

/// One that takes over with more doors, of which one has a port of its own; another that is given what
/// the first one bound, and one that wants nothing of it. Announces go to what `serves` is given.
fn doors_come_and_go(bt: &Bt, more: &[&str], serves: impl Fn(u16, u32)) {
    let mut tracker = Tracker::start(bt, &[&LOCAL[..], &["--no-udp"]].concat());
    let port = tracker.port;
    let ways = [(1, "--port 1 is not looked at: "), (0, "--bind 127.0.0.2 is not looked at: ")];
    let mut own = None;
    for (round, (wanted, words)) in (0..).zip(ways) {
        let wanted = wanted.to_string();
        let new = bt.args(["track", "--take-over", "--dfile", "dstate", "--bind", "127.0.0.2"]);
        let mut running = new.args(["--port", &wanted, "--unix", "sock"]).args(more).spawn();
        let line = running.stderr_line(words);
        assert!(line.contains(&format!("127.0.0.1:{port} is taken over")), "{line}");
        let line = running.stderr_line("listening on");
        assert!(line.contains(&format!("udp://127.0.0.1:{port}/announce")), "{line}");
        assert_eq!(tracker.running.wait().status, 0);
        let bound: Vec<_> = ports(&running).into_iter().filter(|at| *at != port).collect();
        assert_eq!(*own.get_or_insert_with(|| bound.clone()), bound);
        let [at] = bound[..] else { panic!("{bound:?}") };
        serves(at, round * 10);
        self::serves(bt, port, round * 10 + 1);
        tracker = Tracker { running, port };
    }
    let plain = bt.args(["track", "--take-over", "--port", "0", "--no-udp"]).args(LOCAL);
    let plain = Tracker::of(plain);
    assert_eq!((tracker.running.wait().status, plain.port), (0, port));
    own.unwrap().into_iter().for_each(|at| assert!(TcpStream::connect(local(at)).is_err()));
    until(&bt.path("sock"), false);
    // Nobody is at the port: it can be had.
    UdpSocket::bind(local(port)).unwrap();
    [1, 2, 11, 12].into_iter().for_each(|torrent| plain.learns(torrent));
}

#[test]
fn a_door_for_https_is_bound_taken_over_and_let_go() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "one");
    let tls = ["--tls-cert", "one.crt", "--tls-key", "one.key", "--tls-port", "0"];
    doors_come_and_go(&bt, &tls, |port, torrent| announce(secure(&bt, port, "one"), torrent));
}

#[test]
fn a_door_for_metrics_is_bound_taken_over_and_let_go() {
    let metrics = ["--metrics-listen", "127.0.0.1:0"];
    doors_come_and_go(&Bt::new(), &metrics, |port, _| {
        assert!(ask(port, "/metrics").unwrap().starts_with(b"# HELP"));
    });
}

/// What is in flight of one who asks by UDP. The buffers have room for that of two.
const IN_FLIGHT: u32 = 16;

/// Announces by UDP until it is over, some packets at once, and wants an answer to each; says how
/// many those were.
fn flood(to: SocketAddr, torrent: u32, over: &AtomicBool) -> u32 {
    let socket = UdpSocket::bind(local(0)).unwrap();
    socket.connect(to).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut answer = [0; 2048];
    let connect = [&0x417_2710_1980_u64.to_be_bytes()[..], &[0; 4], b"mine"].concat();
    socket.send(&connect).unwrap();
    assert_eq!(socket.recv(&mut answer).unwrap(), 16);
    // One connection id for all: what the first tracker gave the others take.
    let id: [u8; 8] = answer[8..16].try_into().unwrap();
    let mut asked = 0;
    while !over.load(Ordering::SeqCst) {
        for transaction in asked..asked + IN_FLIGHT {
            let port = u16::try_from(transaction % 1000 + 1).unwrap();
            let mut packet = [&id[..], &[0, 0, 0, 1], &transaction.to_be_bytes()].concat();
            packet.extend(format!("{torrent:020}-XX0000-bbbbbbbbbbbb").into_bytes());
            packet.extend([[0; 12]; 3].as_flattened());
            packet.extend([0xff; 4]);
            packet.extend(port.to_be_bytes());
            socket.send(&packet).unwrap();
        }
        let mut awaited: BTreeSet<_> = (asked..asked + IN_FLIGHT).collect();
        while !awaited.is_empty() {
            let length = socket.recv(&mut answer).unwrap_or_else(|error| {
                panic!("{awaited:?} of {asked} are not answered: {error}");
            });
            let (action, transaction) = (&answer[..4], answer[4..8].try_into().unwrap());
            assert_eq!(action, [0, 0, 0, 1], "{}", answer[..length].escape_ascii());
            assert!(awaited.remove(&u32::from_be_bytes(transaction)), "twice");
        }
        asked += IN_FLIGHT;
    }
    asked
}

/// A tracker on sockets of a service manager, of which that for UDP has room for what is in flight and
/// for little more; and its port.
fn managed(bt: &Bt) -> (Child, u16) {
    let tcp = TcpListener::bind(local(0)).unwrap();
    let port = tcp.local_addr().unwrap().port();
    let udp = UdpSocket::bind(local(port)).unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(&udp, 16 * 1024).unwrap();
    // The shell gives them the numbers that the protocol wants.
    let line = format!(
        "exec 3<&0 4<&1 0</dev/null 1>/dev/null; LISTEN_PID=$$ LISTEN_FDS=2 \
         exec {} track --port {port} --dfile dstate",
        env!("CARGO_BIN_EXE_bt")
    );
    let first = Command::new("sh")
        .args(["-c", &line])
        .current_dir(bt.dir())
        .stdin(Stdio::from(OwnedFd::from(tcp)))
        .stdout(Stdio::from(OwnedFd::from(udp)))
        .stderr(Stdio::null())
        .spawn();
    (first.unwrap(), port)
}

/// Announces a torrent a connection until it is over; says how many.
fn knock(to: SocketAddr, torrents: u32, over: &AtomicBool) -> u32 {
    let mut asked = 0;
    while !over.load(Ordering::SeqCst) {
        announce(TcpStream::connect(to).unwrap(), torrents + asked);
        asked += 1;
    }
    asked
}

/// One after the other takes over, three of them; the last.
fn take_over_thrice(bt: &Bt, mut first: Child, port: u16) -> Tracker {
    let mut before: Option<Tracker> = None;
    for round in 0..3 {
        // One who says nothing while the others take over, and then all the same.
        let mut silent = TcpStream::connect(local(port)).unwrap();
        let next = ["track", "--port", "0", "--dfile", "dstate", "--take-over"];
        let next = Tracker::of(bt.args(next));
        assert_eq!(next.port, port);
        silent.write_all(request(700_000 + round).as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The old one may have waited for too long; what it has answered is not lost.
        if silent.read_to_end(&mut answer).is_ok() && !answer.is_empty() {
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", answer.escape_ascii());
            next.learns(700_000 + round);
        }
        match before.replace(next) {
            None => assert!(first.wait().unwrap().success()),
            Some(before) => assert_eq!(before.running.wait().status, 0),
        }
    }
    before.unwrap()
}

/// Waits until all of these peers of a torrent are known: those of a flood.
fn knows_all(port: u16, torrent: u32, peers: u32) {
    let peers = format!("8:completei{}e", peers.min(1000));
    let knows_all = || {
        let body = ask(port, &format!("/scrape?info_hash={torrent:020}")).unwrap();
        body.windows(peers.len()).any(|part| part == peers.as_bytes())
    };
    let end = Instant::now() + DEADLINE;
    while !knows_all() {
        assert!(Instant::now() < end, "not {peers}");
    }
}

#[test]
fn a_second_one_takes_over_without_a_lost_request() {
    let bt = Bt::new();
    let (first, port) = managed(&bt);
    announce(TcpStream::connect(local(port)).unwrap(), 800_000);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        let knocks = [0, 100_000, 200_000, 300_000]
            .map(|torrents| (torrents, scope.spawn(move || knock(local(port), torrents, over))));
        let floods = [900_000, 900_001]
            .map(|torrent| (torrent, scope.spawn(move || flood(local(port), torrent, over))));
        let last = take_over_thrice(&bt, first, port);
        over.store(true, Ordering::SeqCst);
        for (torrents, asked) in knocks {
            let asked = asked.join().unwrap();
            assert!(asked > 0);
            // What the first ones were told the last one knows.
            let some = (0..asked).step_by(50).chain([asked - 1]);
            some.for_each(|torrent| last.learns(torrents + torrent));
        }
        for (torrent, asked) in floods {
            let asked = asked.join().unwrap();
            assert!(asked > 0);
            knows_all(port, torrent, asked);
        }
        assert_eq!(last.end().status, 0);
    });
    assert!(!bt.path("dstate.handover").exists());
}
