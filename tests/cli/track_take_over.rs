//! `bt track --take-over`: what goes wrong costs nobody a tracker, and what is new is served.

use crate::harness::{Bt, DEADLINE, have};
use crate::track_http::{certificate, secure};
use crate::track_operation::{Manager, Tracker, ask};
use crate::track_upgrade::{announce, connect};
use rustix::process::Signal;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};

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
        (4, vec!["--metrics-listen", &busy_at], "metrics at"),
        (4, vec!["--unix", "busy"], "busy: Address already in use"),
        (3, vec!["--unix", "sock"], "a dfile of version 4"),
    ];
    if have("openssl") {
        certificate(&bt, "one");
        let flags = ["--tls-cert", "one.crt", "--tls-key", "one.key", "--tls-port", &busy_port];
        ways.push((4, flags.to_vec(), "Address already in use"));
    }
    let mut torrents = (0..).step_by(2);
    for (status, flags, words) in ways {
        // Of the whole file: the one that serves writes it when it ends.
        bt.write("dstate", if words.contains("version") { later() } else { good.clone() });
        let out = bt.args(["track", "--take-over", "--port", "0"]).args(LOCAL).args(&flags).run();
        let told = out.stderr.contains(words);
        assert!(
            (out.status == status || status == 4 && out.status > 3) && told,
            "{flags:?}: {out}"
        );
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
    assert!((0..last).all(|torrent| new.knows(torrent)));
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
    assert!((0..3).all(|torrent| plain.knows(torrent) && plain.knows(torrent + 10)));
}

#[test]
fn beside_the_sockets_of_a_service_manager_stands_what_it_did_not_give() {
    let bt = Bt::new();
    let tcp = TcpListener::bind(local(0)).unwrap();
    let (http, udp) = (tcp.local_addr().unwrap(), free());
    // The shell gives it the number that the protocol wants.
    let line = format!(
        "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 \
         exec {} track --port 1 --unix sock --udp-port {udp}",
        env!("CARGO_BIN_EXE_bt")
    );
    let mut child = Command::new("sh")
        .args(["-c", &line])
        .current_dir(bt.dir())
        .stdin(Stdio::from(OwnedFd::from(tcp)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    announce(TcpStream::connect(http).unwrap(), 1);
    announce(UnixStream::connect(bt.path("sock")).unwrap(), 2);
    connect(local(udp), 3);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_reload_that_is_asked_for_while_one_runs_comes_after_it() {
    let bt = Bt::new();
    let (one, two) = ("1".repeat(16), "2".repeat(16));
    bt.write("keys", &one);
    let manager = Manager::new(&bt);
    let tracker =
        bt.args(["track", "--port", "0", "--keys", "keys"]).env("NOTIFY_SOCKET", bt.path("notify"));
    let tracker = Tracker::of(tracker);
    manager.told("READY=1");
    // A file whose reader waits until somebody writes, and then for the end.
    fs::remove_file(bt.path("keys")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, bt.path("keys"), mode).unwrap();
    tracker.running.signal(Signal::HUP);
    let mut slow = fs::File::options().write(true).open(bt.path("keys")).unwrap();
    slow.write_all(one.as_bytes()).unwrap();
    bt.write("new", &two);
    fs::rename(bt.path("new"), bt.path("keys")).unwrap();
    tracker.running.signal(Signal::HUP);
    for _ in 0..2 {
        let message = manager.told("RELOADING=1");
        assert!(message.contains("\nMONOTONIC_USEC="), "{message}");
    }
    drop(slow);
    manager.told("READY=1");
    let target = |key: &str| {
        let hash = "a".repeat(20);
        format!("/{key}/announce?info_hash={hash}&peer_id=-XX0000-bbbbbbbbbbbb&port=1&left=1")
    };
    assert!(ask(tracker.port, &target(&two)).unwrap().starts_with(b"d8:complete"));
    assert!(ask(tracker.port, &target(&one)).unwrap().starts_with(b"d14:failure"));
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
