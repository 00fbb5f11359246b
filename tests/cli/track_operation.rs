//! `bt track` as a service: its state under kills and full disks, its lock, take-overs, the service
//! manager, the log.

use crate::harness::{Bt, Invocation, Output, Running, have, project};
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

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
    fn listening(mut running: Running) -> Self {
        let line = running.stderr_line("listening on");
        let port = line.rsplit_once("/announce").unwrap().0.rsplit_once(':').unwrap().1;
        Self { port: port.parse().unwrap(), running }
    }

    pub(crate) fn end(self) -> Output {
        self.running.signal(Signal::TERM);
        self.running.wait()
    }

    /// Kills it as a crash would.
    fn kill(self) {
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
}

fn announce(torrent: u32, port: u16) -> String {
    format!("/announce?info_hash={torrent:020}&peer_id=-XX0000-bbbbbbbbbbbb&port={port}&left=1")
}

/// The body of the answer.
pub(crate) fn ask(port: u16, target: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(crate::harness::DEADLINE))?;
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

/// Waits until a file changes from what it was.
fn changed(path: &Path, before: &[u8]) -> Vec<u8> {
    let end = std::time::Instant::now() + crate::harness::DEADLINE;
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

/// A few times here, fifty by `just kills`.
#[test]
fn what_was_saved_outlives_kills() {
    let times = std::env::var("BT_TESTS_KILLS").map_or(3, |times| times.parse().unwrap());
    kill_again_and_again(times);
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
fn a_second_one_takes_over_without_a_lost_request() {
    let bt = Bt::new();
    let mut tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    let port = tracker.port;
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let over = Arc::clone(&over);
            std::thread::spawn(move || {
                let mut asked = 0;
                while !over.load(Ordering::SeqCst) {
                    let answer = ask(port, &announce(client * 100_000 + asked, 1));
                    assert!(answer.is_ok(), "request {asked}: {answer:?}");
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    let datagrams = {
        let over = Arc::clone(&over);
        std::thread::spawn(move || {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.connect(("127.0.0.1", port)).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let ask = |packet: &[u8]| {
                let mut answer = [0; 2048];
                socket.send(packet).unwrap();
                let length = socket.recv(&mut answer).expect("no packet is lost");
                answer[..length].to_vec()
            };
            // One connection id for all: what the first tracker gave the others take.
            let connect = [&0x417_2710_1980_u64.to_be_bytes()[..], &[0; 4], b"mine"].concat();
            let id = ask(&connect)[8..16].to_vec();
            let mut asked = 0_u32;
            while !over.load(Ordering::SeqCst) {
                let mut packet = [&id[..], &[0, 0, 0, 1], &asked.to_be_bytes()].concat();
                packet.extend(format!("{:020}-XX0000-bbbbbbbbbbbb", 900_000 + asked).into_bytes());
                packet.extend([0; 24]);
                packet.extend([0; 12]);
                packet.extend([0xff; 4]);
                packet.extend([0, 1]);
                let answer = ask(&packet);
                let wanted = [&[0, 0, 0, 1], &asked.to_be_bytes()[..]].concat();
                assert_eq!(answer[..8], wanted, "{}", answer.escape_ascii());
                asked += 1;
            }
            asked
        })
    };
    for _ in 0..3 {
        let next = bt.args(["track", "--port", "0", "--dfile", "dstate", "--take-over"]);
        let next = Tracker::of(next);
        assert_eq!(next.port, port);
        let out = tracker.running.wait();
        assert_eq!(out.status, 0, "{out}");
        tracker = next;
    }
    over.store(true, Ordering::SeqCst);
    let clients = clients.into_iter().map(|client| (0, client));
    let clients = clients.chain([(900_000, datagrams)]);
    for (client, (base, asked)) in (0..).zip(clients) {
        let base = if base > 0 { base } else { client * 100_000 };
        let asked = asked.join().unwrap();
        assert!(asked > 0);
        // What the first ones were told the last one knows.
        for torrent in (0..asked).step_by(50).chain([asked - 1]) {
            assert!(tracker.knows(base + torrent), "{torrent} of {asked}");
        }
    }
    assert_eq!(tracker.end().status, 0);
    assert!(!bt.path("dstate.handover").exists());
}

/// Where a service manager would listen.
pub(crate) struct Manager(UnixDatagram);

impl Manager {
    pub(crate) fn new(bt: &Bt) -> Self {
        let socket = UnixDatagram::bind(bt.path("notify")).unwrap();
        socket.set_read_timeout(Some(crate::harness::DEADLINE)).unwrap();
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
        stream.set_read_timeout(Some(crate::harness::DEADLINE)).unwrap();
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
