//! `bt track` on sockets that others bound, and its state on a disk of its own that is full.

use crate::harness::{Bt, DEADLINE, Invocation, Running, have};
use crate::track_http::{answer, certificate, secure};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

/// A tracker that has said where it listens.
fn started(invocation: Invocation<'_>) -> (Running, u16) {
    let mut running = invocation.spawn();
    let line = running.stderr_line("listening on");
    let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
    (running, port.parse().unwrap())
}

/// The TCP ports at which a process listens.
pub(crate) fn ports(running: &Running) -> BTreeSet<u16> {
    let process = PathBuf::from(format!("/proc/{}", running.id()));
    let held: BTreeSet<_> = fs::read_dir(process.join("fd"))
        .unwrap()
        .filter_map(|fd| fs::read_link(fd.ok()?.path()).ok()?.into_os_string().into_string().ok())
        .collect();
    let mut ports = BTreeSet::new();
    for table in ["net/tcp", "net/tcp6"] {
        for line in fs::read_to_string(process.join(table)).unwrap().lines() {
            let fields: Vec<_> = line.split_whitespace().collect();
            if fields[3] == "0A" && held.contains(&format!("socket:[{}]", fields[9])) {
                let (_, port) = fields[1].rsplit_once(':').unwrap();
                ports.insert(u16::from_str_radix(port, 16).unwrap());
            }
        }
    }
    ports
}

pub(crate) fn request(torrent: u32) -> String {
    format!(
        "GET /announce?info_hash={torrent:020}&peer_id=-XX0000-bbbbbbbbbbbb&port=1&left=1 \
         HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
    )
}

/// Announces through any stream.
pub(crate) fn announce(mut stream: impl Read + Write, torrent: u32) {
    stream.write_all(request(torrent).as_bytes()).unwrap();
    let (head, body) = answer(&mut stream);
    assert!(head.starts_with("http/1.1 200") && body.starts_with(b"d8:complete"), "{head}");
}

/// Whether a torrent has a peer.
fn knows(port: u16, torrent: u32) -> bool {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let head = format!("GET /scrape?info_hash={torrent:020} HTTP/1.0\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    all.windows(10).any(|part| part == b"incomplete")
}

/// Waits until a file is other than before.
fn changed(path: &Path, before: &[u8]) {
    let end = Instant::now() + DEADLINE;
    while fs::read(path).is_ok_and(|now| now == before) {
        assert!(Instant::now() < end, "it stays as it was");
        std::thread::yield_now();
    }
}

#[test]
fn a_service_manager_may_give_udp_sockets_too() {
    let bt = Bt::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (http, datagrams) = (tcp.local_addr().unwrap(), udp.local_addr().unwrap());
    let bin = env!("CARGO_BIN_EXE_bt");
    for threads in [1, 3] {
        // The shell gives them the numbers that the protocol wants.
        let line = format!(
            "exec 3<&0 4<&1 0</dev/null 1>/dev/null; LISTEN_PID=$$ LISTEN_FDS=2 \
             exec {bin} track --port 1 --dfile dstate --threads {threads}"
        );
        let mut child = Command::new("sh")
            .args(["-c", &line])
            .current_dir(bt.dir())
            .stdin(Stdio::from(OwnedFd::from(tcp.try_clone().unwrap())))
            .stdout(Stdio::from(OwnedFd::from(udp.try_clone().unwrap())))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        announce(TcpStream::connect(http).unwrap(), 1);
        // What waited in the socket before is answered as well as what comes later.
        for transaction in 0..8 {
            connect(datagrams, transaction);
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Asks for a connection id (BEP 15).
pub(crate) fn connect(at: SocketAddr, transaction: u32) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let packet = [&0x417_2710_1980_u64.to_be_bytes()[..], &[0; 4], &transaction.to_be_bytes()];
    socket.send_to(&packet.concat(), at).unwrap();
    let mut bytes = [0; 64];
    let (length, from) = socket.recv_from(&mut bytes).unwrap();
    assert_eq!((from, length), (at, 16));
    assert_eq!(bytes[..8], [[0; 4], transaction.to_be_bytes()].concat());
}

#[test]
fn https_and_a_unix_socket_are_taken_over_as_well() {
    if !have("openssl") {
        return;
    }
    let bt = Arc::new(Bt::new());
    certificate(&bt, "one");
    let flags = [
        &["track", "--port", "0", "--bind", "127.0.0.1", "--dfile", "dstate", "--unix", "sock"][..],
        &["--tls-cert", "one.crt", "--tls-key", "one.key", "--tls-port", "0"],
    ]
    .concat();
    let (mut tracker, port) = started(bt.args(&flags));
    let own = ports(&tracker).into_iter().find(|own| *own != port).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicU32::new(0));
    let clients: Vec<_> = (0..2)
        .map(|unix| {
            let (bt, over, asked) = (Arc::clone(&bt), Arc::clone(&over), Arc::clone(&asked));
            std::thread::spawn(move || {
                for torrent in 0.. {
                    if over.load(Ordering::SeqCst) {
                        return torrent;
                    }
                    match unix {
                        0 => announce(secure(&bt, own, "one"), torrent),
                        _ => {
                            let stream = UnixStream::connect(bt.path("sock")).unwrap();
                            announce(stream, 100_000 + torrent);
                        }
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                }
                0
            })
        })
        .collect();
    for _ in 0..3 {
        let before = asked.load(Ordering::SeqCst);
        let (next, same) = started(bt.args(flags.iter().chain(&["--take-over"])));
        assert_eq!(same, port);
        let out = tracker.wait();
        assert_eq!(out.status, 0, "{out}");
        tracker = next;
        // The new one serves both ways.
        let end = Instant::now() + DEADLINE;
        while asked.load(Ordering::SeqCst) < before + 20 {
            assert!(Instant::now() < end && clients.iter().all(|client| !client.is_finished()));
            std::thread::yield_now();
        }
    }
    over.store(true, Ordering::SeqCst);
    for (client, base) in clients.into_iter().zip([0, 100_000]) {
        let told = client.join().unwrap();
        assert!(told > 0 && (0..told).all(|torrent| knows(port, base + torrent)));
    }
    tracker.signal(Signal::TERM);
    assert_eq!(tracker.wait().status, 0);
    assert!(!bt.path("sock").exists() && !bt.path("dstate.handover").exists());
}

/// What runs a command in a mount namespace of its own; none where that is not permitted.
fn namespace() -> Option<&'static [&'static str]> {
    if !have("unshare") {
        return None;
    }
    let ways: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-rm"]];
    let may = |way: &&&[&str]| {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(["mount", "-t", "tmpfs", "none"]).arg(dir.path());
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let way = ways.iter().find(may).copied();
    let required = std::env::var_os("BT_TESTS_REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(way.is_some() || !required, "no mount namespace is to be had");
    if way.is_none() {
        eprintln!("skipped: no mount namespace is to be had");
    }
    way
}

#[test]
fn a_disk_that_is_full_costs_a_line_and_no_state() {
    let Some(way) = namespace() else { return };
    let bt = Bt::new();
    fs::create_dir(bt.path("state")).unwrap();
    let line = format!(
        "exec {} sh -c 'mount -t tmpfs -o size=128k,mode=700 none state && \
         exec bt track --port 0 --dfile state/dstate --save-interval 200ms'",
        way.join(" ")
    );
    let (mut tracker, port) = started(bt.shell(&line));
    // The disk is there for the tracker alone, and goes with it.
    let root = PathBuf::from(format!("/proc/{}/root", tracker.id()));
    let state = root.join(bt.path("state").strip_prefix("/").unwrap());
    let tell =
        |torrent| announce(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap(), torrent);
    tell(7);
    let dfile = state.join("dstate");
    changed(&dfile, &fs::read(&dfile).unwrap());
    let mut filler = File::create(state.join("filler")).unwrap();
    while filler.write_all(&[0; 512]).is_ok() {}
    let line = tracker.stderr_line("not saved");
    let words = "state/dstate: not saved, the old one stays: No space left on device";
    assert!(line.contains(words), "{line}");
    let before = fs::read(&dfile).unwrap();
    tell(8);
    tracker.stderr_line("not saved");
    assert_eq!(fs::read(&dfile).unwrap(), before);
    let dump = |bytes: Vec<u8>| bt.args(["track", "dump"]).stdin(bytes).run().text();
    assert_eq!(dump(before.clone()).lines().count(), 1);
    // Nothing half written takes the room that is missing.
    let names = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    let known =
        ["dstate", "dstate.handover", "dstate.lock", "dstate.old", "dstate.secret", "filler"];
    assert!(names.iter().all(|name| known.contains(&&**name) || name.contains("tmp")), "{names:?}");
    fs::remove_file(state.join("filler")).unwrap();
    drop(filler);
    changed(&dfile, &before);
    assert_eq!(dump(fs::read(&dfile).unwrap()).lines().count(), 2);
    assert!(knows(port, 7) && knows(port, 8));
    tracker.signal(Signal::TERM);
    assert_eq!(tracker.wait().status, 0);
}
