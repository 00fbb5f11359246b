//! `bt track` as a service: what a service manager gives it and is told, its unit, reloads.

use crate::harness::{Bt, DEADLINE, Invocation, Output, Running, have, project};
use crate::track_upgrade::{announce as announce_through, connect};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, prlimit};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

pub(crate) struct Tracker {
    pub(crate) running: Running,
    pub(crate) port: u16,
}

impl Tracker {
    pub(crate) fn start(bt: &Bt, args: &[&str]) -> Self {
        Self::of(bt.args(["track", "--port", "0"]).args(args))
    }

    pub(crate) fn of(invocation: Invocation<'_>) -> Self {
        Self::listening(invocation.spawn())
    }

    /// One that is about to say where it listens.
    pub(crate) fn listening(mut running: Running) -> Self {
        let line = running.stderr_line("listening on");
        let port = line.split_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        Self { port: port.parse().unwrap(), running }
    }

    pub(crate) fn end(self) -> Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }

    /// Kills it as a crash would.
    pub(crate) fn kill(self) {
        self.running.signal(Signal::KILL);
        assert_eq!(self.running.wait().status, 137);
    }

    pub(crate) fn announce(&self, torrent: u32, peer_port: u16) -> Vec<u8> {
        ask(self.port, &announce(torrent, peer_port)).unwrap()
    }

    /// Whether this torrent has a peer.
    pub(crate) fn knows(&self, torrent: u32) -> bool {
        let body = ask(self.port, &format!("/scrape?info_hash={torrent:020}")).unwrap();
        body.windows(10).any(|part| part == b"incomplete")
    }

    /// Waits until this torrent has a peer, which another tracker was told of.
    pub(crate) fn learns(&self, torrent: u32) {
        let end = Instant::now() + DEADLINE;
        while !self.knows(torrent) {
            assert!(Instant::now() < end, "torrent {torrent} is lost");
            std::thread::yield_now();
        }
    }
}

pub(crate) fn announce(torrent: u32, port: u16) -> String {
    format!("/announce?info_hash={torrent:020}&peer_id=-XX0000-bbbbbbbbbbbb&port={port}&left=1")
}

/// The body of the answer.
pub(crate) fn ask(port: u16, target: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.write_all(
        format!("GET {target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    match answer.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(at) if answer.starts_with(b"HTTP/1.1 200") => Ok(answer.split_off(at + 4)),
        _ => Err(std::io::Error::other(answer.escape_ascii().to_string())),
    }
}

/// Where a service manager would listen.
pub(crate) struct Manager(UnixDatagram);

impl Manager {
    pub(crate) fn new(bt: &Bt) -> Self {
        let socket = UnixDatagram::bind(bt.path("notify")).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Self(socket)
    }

    /// Waits for a message that has a line beginning so; gives all of it.
    pub(crate) fn told(&self, wanted: &str) -> String {
        loop {
            let mut bytes = [0; 4096];
            let length =
                self.0.recv(&mut bytes).unwrap_or_else(|error| panic!("{wanted}: {error}"));
            let message = String::from_utf8(bytes[..length].to_vec()).unwrap();
            if message.lines().any(|line| line.starts_with(wanted)) {
                return message;
            }
        }
    }
}

#[test]
fn a_service_manager_is_told_how_it_goes() {
    let bt = Bt::new();
    let manager = Manager::new(&bt);
    let tracker = bt
        .args(["track", "--port", "0", "--dfile", "dstate"])
        .env("NOTIFY_SOCKET", bt.path("notify"))
        .env("WATCHDOG_USEC", "2000000");
    let tracker = Tracker::of(tracker);
    manager.told("READY=1");
    manager.told("WATCHDOG=1");
    manager.told("WATCHDOG=1");
    tracker.running.signal(Signal::HUP);
    let message = manager.told("RELOADING=1");
    assert!(message.contains("\nMONOTONIC_USEC="), "{message}");
    manager.told("READY=1");
    let status = manager.told("STATUS=");
    assert!(status.contains("0 peers in 0 torrents, 0 requests a second"), "{status}");
    assert!(ask(tracker.port, "/").is_ok());
    tracker.running.signal(Signal::TERM);
    manager.told("STOPPING=1");
    assert_eq!(tracker.running.wait().status, 0);
}

#[test]
fn sockets_of_a_service_manager_are_served_instead_of_a_port() {
    let bt = Bt::new();
    let (one, two) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.2:0"));
    let two = two.unwrap();
    let (first, second) = (one.local_addr().unwrap(), two.local_addr().unwrap());
    let bin = env!("CARGO_BIN_EXE_bt");
    // The shell gives them the numbers that the protocol wants.
    let line = format!(
        "exec 3<&0 4<&1 0</dev/null 1>/dev/null; \
         LISTEN_PID=$$ LISTEN_FDS=2 exec {bin} track --port 1 --dfile dstate"
    );
    let mut child = Command::new("sh")
        .args(["-c", &line])
        .current_dir(bt.dir())
        .stdin(Stdio::from(OwnedFd::from(one)))
        .stdout(Stdio::from(OwnedFd::from(two)))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for address in [first, second] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("200 OK"), "{address}: {answer}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn warnings_carry_a_priority_where_the_journal_reads_them() {
    let bt = Bt::new();
    let file = fs::File::create(bt.path("journal")).unwrap();
    let id = rustix::fs::fstat(&file).unwrap();
    bt.write("other", "no dfile");
    for (stream, prefix) in
        [(format!("{}:{}", id.st_dev, id.st_ino), "<3>bt track: "), ("1:1".into(), "bt track: ")]
    {
        fs::write(bt.path("journal"), "").unwrap();
        let line = "exec bt track --port 0 --dfile other 2>>journal";
        let out = bt.shell(line).env("JOURNAL_STREAM", stream).run();
        assert_eq!(out.status, 3, "{out}");
        let said = String::from_utf8(bt.read("journal")).unwrap();
        assert!(said.starts_with(prefix), "{said}");
    }
}

/// The unit as `make install` writes it.
fn unit(bt: &Bt) -> String {
    let text = fs::read_to_string(project().join("dist/bt-track.service")).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_bt")).parent().unwrap();
    let text = text.replace("@BINDIR@", bin.to_str().unwrap());
    fs::copy(project().join("dist/bt-track.socket"), bt.path("bt-track.socket")).unwrap();
    bt.write("bt-track.service", text).to_str().unwrap().to_owned()
}

#[test]
fn the_unit_is_sound_and_exposes_little() {
    if !have("systemd-analyze") {
        return;
    }
    let bt = Bt::new();
    let unit = unit(&bt);
    let out =
        bt.shell(&format!("systemd-analyze security --offline=true --threshold=20 {unit}")).run();
    assert_eq!(out.status, 0, "{out}");
    let said = out.text();
    let level = said.lines().find(|line| line.contains("Overall exposure level")).unwrap();
    let level: f64 = level
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .unwrap_or_else(|| panic!("{level}"));
    assert!(level <= 2.0, "{out}");
    for unit in [&unit, &unit.replace(".service", ".socket")] {
        let out = bt.shell(&format!("systemd-analyze verify --man=no {unit}")).run();
        let own: Vec<_> = out.stderr.lines().filter(|line| line.contains("bt-track")).collect();
        assert!(own.is_empty(), "{out}");
    }
}

#[test]
fn beside_the_sockets_of_a_service_manager_stands_what_it_did_not_give() {
    let bt = Bt::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let http = tcp.local_addr().unwrap();
    // A port that was free a moment ago.
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
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
    announce_through(TcpStream::connect(http).unwrap(), 1);
    announce_through(UnixStream::connect(bt.path("sock")).unwrap(), 2);
    connect((Ipv4Addr::LOCALHOST, udp).into(), 3);
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
    // Enough that it is still read when the next one is there.
    let many: String = (0..200_000).map(|key| format!("{key:016}\n")).collect();
    bt.write("keys", format!("{many}{one}\n"));
    tracker.running.signal(Signal::HUP);
    manager.told("RELOADING=1");
    bt.write("new", &two);
    fs::rename(bt.path("new"), bt.path("keys")).unwrap();
    tracker.running.signal(Signal::HUP);
    let message = manager.told("RELOADING=1");
    assert!(message.contains("\nMONOTONIC_USEC="), "{message}");
    manager.told("READY=1");
    let target = |key: &str| {
        let hash = "a".repeat(20);
        format!("/{key}/announce?info_hash={hash}&peer_id=-XX0000-bbbbbbbbbbbb&port=1&left=1")
    };
    assert!(ask(tracker.port, &target(&two)).unwrap().starts_with(b"d8:complete"));
    assert!(ask(tracker.port, &target(&one)).unwrap().starts_with(b"d14:failure"));
}

#[test]
fn a_thread_that_can_serve_no_more_ends_the_tracker() {
    let bt = Bt::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = listener.try_clone().unwrap();
    let line = "exec 3<&0 0</dev/null; \
                LISTEN_PID=$$ LISTEN_FDS=1 exec bt track --port 1 --no-udp --threads 2";
    let mut tracker = bt.shell(line).spawn_on(OwnedFd::from(listener));
    tracker.stderr_line("listening on");
    // Nobody can be taken from it any more.
    rustix::net::shutdown(&ours, rustix::net::Shutdown::Both).unwrap();
    let out = tracker.wait();
    let words = "\nbt track: a thread that serves has ended: Invalid argument\n";
    assert!(out.status == 5 && out.stderr.ends_with(words), "{out}");
}

#[test]
fn a_reload_that_is_asked_for_before_anything_is_read_does_no_harm() {
    let bt = Bt::new();
    let config = bt.write(".home/.config/bt/config.toml", "");
    fs::remove_file(&config).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &config, 0o600.into()).unwrap();
    let running = bt.args(["track", "--port", "0"]).spawn();
    // It is there, and waits for what it is to read.
    let pipe = fs::File::options().write(true).open(&config).unwrap();
    running.signal(Signal::HUP);
    drop(pipe);
    let tracker = Tracker::listening(running);
    tracker.announce(1, 1);
    let out = tracker.end();
    assert_eq!(out.status, 0, "{out}");
}

#[test]
fn connections_that_the_system_cannot_take_are_told_of_and_counted() {
    let bt = Bt::new();
    let mut tracker = Tracker::start(&bt, &["--threads", "1"]);
    let process = Pid::from_raw(tracker.running.id().cast_signed());
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = |current| {
        prlimit(process, Resource::Nofile, Rlimit { current, maximum }).unwrap();
    };
    // What is open stays so.
    limit(Some(0));
    let mut waiting = TcpStream::connect((Ipv4Addr::LOCALHOST, tracker.port)).unwrap();
    waiting.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let line = tracker.running.stderr_line("Too many open files");
    assert!(line.contains("warning: no connection can be taken: Too many open files"), "{line}");
    limit(maximum);
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    let counted = "action=\"other\",outcome=\"failed\"} ";
    assert!(answer.contains(counted), "{answer}");
}

#[test]
fn ipv6_without_a_loopback_says_nothing_of_the_trackers_health() {
    let alone = "ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/lo/disable_ipv6";
    let bt = Bt::new();
    let may = |way: &&str| {
        let line = format!("unshare {way} sh -c '{alone}' 2>/dev/null");
        bt.shell(&line).run().status == 0
    };
    let Some(way) = ["-n", "-rn"].into_iter().find(may) else {
        eprintln!("skipped: no network without ::1 is to be had");
        return;
    };
    let line = format!("exec unshare {way} sh -c '{alone} && exec bt track --port 0 --unix sock'");
    let mut tracker = bt.shell(&line).spawn();
    tracker.stderr_line("listening on");
    let mut stream = UnixStream::connect(bt.path("sock")).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200") && answer.contains("ok: http, udp"), "{answer}");
    tracker.signal(Signal::TERM);
    assert_eq!(tracker.wait().status, 0);
}
