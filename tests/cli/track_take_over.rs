//! `bt track --take-over`: what goes wrong costs nobody a tracker, and what is new is served.

use crate::harness::{Bt, DEADLINE, have};
use crate::track_http::{certificate, secure};
use crate::track_operation::{Tracker, ask};
use crate::track_upgrade::{announce, connect, request};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const LOCAL: [&str; 4] = ["--bind", "127.0.0.1", "--dfile", "dstate"];

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A port that was free a moment ago.
fn free() -> u16 {
    TcpListener::bind(local(0)).unwrap().local_addr().unwrap().port()
}

/// Announces a torrent each by all ways, and wants an answer.
fn serves(bt: &Bt, port: u16, torrent: u32) {
    announce(TcpStream::connect(local(port)).unwrap(), torrent);
    announce(UnixStream::connect(bt.path("sock")).unwrap(), torrent + 1);
    connect(local(port), torrent);
    assert!(bt.path("dstate.handover").exists());
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

#[test]
fn what_is_new_is_bound_and_what_is_not_wanted_is_let_go() {
    if !have("openssl") {
        return;
    }
    let bt = Bt::new();
    certificate(&bt, "one");
    let old = Tracker::start(&bt, &[&LOCAL[..], &["--no-udp"]].concat());
    let port = old.port;
    let (tls, metrics) = (free(), local(free()));
    let (own, at) = (tls.to_string(), metrics.to_string());
    let more = [
        &["track", "--take-over", "--unix", "sock", "--metrics-listen", &at][..],
        &["--tls-cert", "one.crt", "--tls-key", "one.key", "--tls-port", &own, "--dfile", "dstate"],
    ]
    .concat();
    let ways = [(1, "--port 1 is not looked at: "), (0, "--bind 127.0.0.2 is not looked at: ")];
    let mut tracker = old;
    // The second one is given what the first one bound.
    for (round, (wanted, words)) in (0..).zip(ways) {
        let wanted = wanted.to_string();
        let new = bt.args(&more).args(["--port", &wanted, "--bind", "127.0.0.2"]);
        let mut running = new.spawn();
        let line = running.stderr_line(words);
        assert!(line.contains(&format!("127.0.0.1:{port} is taken over")), "{line}");
        let line = running.stderr_line("listening on");
        assert!(line.contains(&format!("udp://127.0.0.1:{port}/announce")), "{line}");
        assert_eq!(tracker.running.wait().status, 0);
        announce(secure(&bt, tls, "one"), round * 10);
        serves(&bt, port, round * 10 + 1);
        assert!(ask(metrics.port(), "/metrics").unwrap().starts_with(b"# HELP"));
        tracker = Tracker { running, port };
    }
    let plain = bt.args(["track", "--take-over", "--port", "0", "--no-udp"]).args(LOCAL);
    let plain = Tracker::of(plain);
    assert_eq!((tracker.running.wait().status, plain.port), (0, port));
    for closed in [tls, metrics.port()] {
        assert!(TcpStream::connect(local(closed)).is_err());
    }
    assert!(!bt.path("sock").exists());
    // Nobody is at the port: it can be had.
    std::net::UdpSocket::bind(local(port)).unwrap();
    (0..3)
        .for_each(|torrent| [torrent, torrent + 10].into_iter().for_each(|one| plain.learns(one)));
}

/// What is in flight of one who asks by UDP, and of how many. The buffers have room for all of it.
const IN_FLIGHT: u32 = 16;
const ASKERS: u32 = 2;

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

#[test]
fn a_second_one_takes_over_without_a_lost_request() {
    let bt = Bt::new();
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
    let mut first = Command::new("sh")
        .args(["-c", &line])
        .current_dir(bt.dir())
        .stdin(Stdio::from(OwnedFd::from(tcp)))
        .stdout(Stdio::from(OwnedFd::from(udp)))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    announce(TcpStream::connect(local(port)).unwrap(), 800_000);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        let clients: Vec<_> = (0..4)
            .map(|client| {
                scope.spawn(move || {
                    let mut asked = 0;
                    while !over.load(Ordering::SeqCst) {
                        let stream = TcpStream::connect(local(port)).unwrap();
                        announce(stream, client * 100_000 + asked);
                        asked += 1;
                    }
                    asked
                })
            })
            .collect();
        let floods: Vec<_> = (0..ASKERS)
            .map(|asker| scope.spawn(move || flood(local(port), 900_000 + asker, over)))
            .collect();
        let mut trackers: Vec<Tracker> = Vec::new();
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
            match trackers.pop() {
                None => assert!(first.wait().unwrap().success()),
                Some(before) => assert_eq!(before.running.wait().status, 0),
            }
            trackers.push(next);
        }
        over.store(true, Ordering::SeqCst);
        let last = trackers.pop().unwrap();
        for (client, asked) in (0..).zip(clients) {
            let asked = asked.join().unwrap();
            assert!(asked > 0);
            // What the first ones were told the last one knows.
            for torrent in (0..asked).step_by(50).chain([asked - 1]) {
                last.learns(client * 100_000 + torrent);
            }
        }
        for (asker, asked) in (0..).zip(floods) {
            let asked = asked.join().unwrap();
            assert!(asked > 0);
            let peers = format!("8:completei{}e", asked.min(1000));
            let knows_all = || {
                let target = format!("/scrape?info_hash={:020}", 900_000 + asker);
                let body = ask(port, &target).unwrap();
                body.windows(peers.len()).any(|part| part == peers.as_bytes())
            };
            let end = Instant::now() + DEADLINE;
            while !knows_all() {
                assert!(Instant::now() < end, "not all of {asked}");
            }
        }
        assert_eq!(last.end().status, 0);
    });
    assert!(!bt.path("dstate.handover").exists());
}
