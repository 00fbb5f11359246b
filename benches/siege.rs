//! A tracker under siege: what honest askers wait for, and how much memory the tracker takes, beside
//! 10,000 idle connections, slow senders, garbage, oversized requests, floods of UDP connects and of
//! new info-hashes, and while a million peers are saved. Run by `cargo bench --bench siege`; a
//! minute and a half, of which `--quick` does a tenth.
//!
//! The tracker is the program itself, with a ceiling of 64 MiB for the floods. Honest askers are four
//! threads, which ask over HTTP (a connection each) and UDP (an announce) at fixed times; a wait counts from the
//! time at which the request was due, so one that is held up delays those behind it as well. The
//! besiegers are paced, since on the same machine they take the processor that they mean to
//! exhaust. Linux, whose whole 127.0.0.0/8 is the machine's own: everybody has an address of his own.

#![allow(clippy::unwrap_used)]

#[cfg(target_os = "linux")]
fn main() {
    siege::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod siege {
    use rand::rngs::StdRng;
    use rand::{Rng, RngExt, SeedableRng};
    use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, setrlimit};
    use socket2::{Domain, Socket, Type};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
    use std::process::{Child, Command, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::thread;
    use std::time::{Duration, Instant};

    /// Honest requests a second, of each thread.
    const HONEST: u32 = 100;
    /// How long an asker waits before it calls the request lost.
    const LOST: Duration = Duration::from_secs(2);

    struct Tracker {
        child: Child,
        at: SocketAddr,
    }

    impl Tracker {
        fn start(args: &[&str]) -> Self {
            let mut child = Command::new(env!("CARGO_BIN_EXE_bt"))
                .args(["track", "--port", "0", "--bind", "127.0.0.1", "--log-format", "none"])
                .args(args)
                .stderr(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let line = lines.find(|line| line.as_ref().unwrap().contains("listening on")).unwrap();
            let line = line.unwrap();
            let (_, address) = line.split_once("http://").unwrap();
            let end = address.find('/').unwrap_or(address.len());
            let at = address[..end].parse().unwrap();
            thread::spawn(move || lines.for_each(drop));
            Self { child, at }
        }

        /// Resident MiB.
        fn memory(&self) -> f64 {
            let path = format!("/proc/{}/statm", self.child.id());
            let statm = std::fs::read_to_string(path).unwrap();
            let pages: f64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
            pages * 4096.0 / f64::from(1 << 20)
        }

        fn pid(&self) -> Pid {
            Pid::from_child(&self.child)
        }
    }

    impl Drop for Tracker {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// An address of the machine's own, each number another.
    fn address(number: u32) -> Ipv4Addr {
        Ipv4Addr::from(0x7F01_0000 + number)
    }

    fn udp(number: u32, to: SocketAddr) -> UdpSocket {
        let socket = UdpSocket::bind((address(number), 0)).unwrap();
        socket.connect(to).unwrap();
        socket.set_read_timeout(Some(LOST)).unwrap();
        socket
    }

    fn tcp(number: u32, to: SocketAddr) -> std::io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((address(number), 0)).into())?;
        socket.connect_timeout(&to.into(), LOST)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(LOST))?;
        stream.set_write_timeout(Some(LOST))?;
        Ok(stream)
    }

    fn connect() -> Vec<u8> {
        let mut packet = 0x0417_2710_1980_u64.to_be_bytes().to_vec();
        packet.extend([0, 0, 0, 0, 1, 2, 3, 4]);
        packet
    }

    fn connection(socket: &UdpSocket) -> Option<[u8; 8]> {
        socket.send(&connect()).ok()?;
        let mut answer = [0; 16];
        let length = socket.recv(&mut answer).ok()?;
        (length == 16).then(|| answer[8..].try_into().unwrap())
    }

    fn announce(id: [u8; 8], info_hash: [u8; 20], port: u16) -> Vec<u8> {
        let mut packet = id.to_vec();
        packet.extend([0, 0, 0, 1, 5, 6, 7, 8]);
        packet.extend(info_hash);
        packet.extend(*b"-BT0100-abcdefghijkl");
        packet.extend([0; 8]);
        packet.extend(1u64.to_be_bytes());
        packet.extend([0; 20]);
        packet.extend((-1i32).to_be_bytes());
        packet.extend(port.to_be_bytes());
        packet
    }

    /// Does it at fixed times until told to stop, `rate` times a second.
    fn paced(rate: u32, stop: &AtomicBool, mut act: impl FnMut(Instant)) {
        let (start, mut done) = (Instant::now(), 0);
        while !stop.load(Relaxed) {
            let due = start + Duration::from_secs(1) * done / rate;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            act(due);
            done += 1;
        }
    }

    /// What honest askers wait until told to stop: each request's time, or that it was lost.
    fn honest(at: SocketAddr, stop: &AtomicBool) -> (Vec<Duration>, usize) {
        let over_http = |number: u32| {
            let (mut waits, mut lost) = (Vec::new(), 0);
            let request = format!(
                "GET /announce?info_hash=honesthonesthonest{number:02}&peer_id=-BT0100-abcdefghijkl&port=6881&left=1&compact=1 \
                 HTTP/1.1\r\nHost: tracker\r\nConnection: close\r\n\r\n"
            );
            paced(HONEST, stop, |due| {
                let mut answer = Vec::new();
                let asked = tcp(60_000 + number, at).and_then(|mut stream| {
                    stream.write_all(request.as_bytes())?;
                    stream.read_to_end(&mut answer)
                });
                match asked.is_ok() && answer.starts_with(b"HTTP/1.1 200") {
                    true => waits.push(due.elapsed()),
                    false => lost += 1,
                }
            });
            (waits, lost)
        };
        let over_udp = |number: u32| {
            let (mut waits, mut lost) = (Vec::new(), 0);
            let socket = udp(61_000 + number, at);
            let mut id = connection(&socket);
            paced(HONEST, stop, |due| {
                let mut answer = [0; 2048];
                let asked = id.map(|id| announce(id, [number as u8; 20], 6881));
                let heard = asked.and_then(|asked| {
                    socket.send(&asked).and_then(|_| socket.recv(&mut answer)).ok()
                });
                match heard.is_some_and(|length| length >= 20 && answer[3] == 1) {
                    true => waits.push(due.elapsed()),
                    false => {
                        lost += 1;
                        id = connection(&socket);
                    }
                }
            });
            (waits, lost)
        };
        thread::scope(|threads| {
            let http: Vec<_> =
                (0..2).map(|number| threads.spawn(move || over_http(number))).collect();
            let udp: Vec<_> =
                (0..2).map(|number| threads.spawn(move || over_udp(number))).collect();
            let all = http.into_iter().chain(udp).map(|thread| thread.join().unwrap());
            all.fold((Vec::new(), 0), |(mut waits, lost), (more, other)| {
                waits.extend(more);
                (waits, lost + other)
            })
        })
    }

    /// One line: what the honest wait for while `besiege` goes on.
    fn scene(what: &str, tracker: &Tracker, time: Duration, besiege: impl Fn(&AtomicBool) + Sync) {
        let stop = AtomicBool::new(false);
        let (mut waits, lost) = thread::scope(|threads| {
            threads.spawn(|| besiege(&stop));
            let honest = threads.spawn(|| honest(tracker.at, &stop));
            thread::sleep(time);
            stop.store(true, Relaxed);
            honest.join().unwrap()
        });
        waits.sort_unstable();
        let at = |share: usize| {
            let wait = waits.get(waits.len() * share / 1000).or(waits.last()).copied();
            wait.unwrap_or(LOST).as_secs_f64() * 1e3
        };
        println!(
            "{what:44} {:>6} {lost:>5} {:>8.2} {:>8.2} {:>8.2} {:>8.1}",
            waits.len(),
            at(500),
            at(990),
            at(1000),
            tracker.memory()
        );
    }

    pub(super) fn main() {
        let quick = std::env::args().any(|arg| arg == "--quick");
        let share = if quick { 10 } else { 1 };
        let time = Duration::from_secs(8) / share.min(4);
        let most = Rlimit { current: Some(20_000), maximum: Some(20_000) };
        if setrlimit(Resource::Nofile, most).is_err() {
            println!("20,000 open files are not allowed: as root, or with a higher limit");
            return;
        }
        println!(
            "{:44} {:>6} {:>5} {:>8} {:>8} {:>8} {:>8}",
            "honest requests, ms", "asked", "lost", "p50", "p99", "worst", "MiB"
        );
        let tracker = Tracker::start(&["--most-memory", "64MiB"]);
        let at = tracker.at;
        scene("alone", &tracker, time, |_| {});
        {
            let idle: Vec<_> = (0..10_000 / share).map(|number| tcp(number % 256, at)).collect();
            let lost = idle.iter().filter(|stream| stream.is_err()).count();
            assert_eq!(lost, 0, "idle connections that were refused");
            scene("10,000 idle connections", &tracker, time, |_| {});
            scene("and 5,000 of them send a byte now and then", &tracker, time, |stop| {
                let (mut at, slow) = (0, idle.len() / 2);
                paced(2000, stop, |_| {
                    let _ = idle[at % slow].as_ref().map(|mut stream| stream.write(b"G"));
                    at += 1;
                });
            });
        }
        scene("300 connections of garbage a second", &tracker, time, |stop| {
            let mut rng = StdRng::seed_from_u64(1);
            paced(300, stop, |_| {
                let mut garbage = [0; 512];
                rng.fill_bytes(&mut garbage);
                let _ =
                    tcp(rng.random_range(0..5000), at).and_then(|mut to| to.write_all(&garbage));
            });
        });
        scene("100 requests of a MiB a second", &tracker, time, |stop| {
            let mut rng = StdRng::seed_from_u64(2);
            let long = [b"GET /announce?".as_slice(), &vec![b'a'; 1 << 20]].concat();
            paced(100, stop, |_| {
                let _ = tcp(rng.random_range(0..5000), at).and_then(|mut to| to.write_all(&long));
            });
        });
        scene("20,000 UDP connects a second, 256 addresses", &tracker, time, |stop| {
            let sockets: Vec<_> = (0..256).map(|number| udp(number, at)).collect();
            let mut next = 0;
            paced(20_000, stop, |_| {
                let _ = sockets[next % sockets.len()].send(&connect());
                next += 1;
            });
        });
        scene("20,000 forged UDP announces a second", &tracker, time, |stop| {
            let sockets: Vec<_> = (0..256).map(|number| udp(number, at)).collect();
            let (mut next, mut rng) = (0, StdRng::seed_from_u64(4));
            paced(20_000, stop, |_| {
                let forged = announce(rng.random(), [(next % 2) as u8; 20], 6881);
                let _ = sockets[next % sockets.len()].send(&forged);
                next += 1;
            });
        });
        scene("10,000 new info-hashes a second by UDP", &tracker, time, |stop| {
            // Within what an address may ask for in a second, each.
            let sockets = (0..256).map(|number| udp(number, at));
            let sockets: Vec<_> = sockets.filter_map(|to| Some((connection(&to)?, to))).collect();
            let (mut next, mut rng) = (0, StdRng::seed_from_u64(3));
            paced(10_000, stop, |_| {
                let (id, to) = &sockets[next % sockets.len()];
                let mut info_hash = [0; 20];
                rng.fill_bytes(&mut info_hash);
                let _ = to.send(&announce(*id, info_hash, 6881));
                next += 1;
            });
        });
        drop(tracker);
        million(1_000_000 / share, time);
    }

    fn million(peers: u32, time: Duration) {
        let folder = tempfile::tempdir().unwrap();
        let dfile = folder.path().join("dstate");
        let file = dfile.to_str().unwrap();
        let args = ["--dfile", file, "--save-interval", "2s", "--interval-jitter", "0"];
        let mut tracker = Tracker::start(&args);
        let start = Instant::now();
        fill(tracker.at, peers);
        println!(
            "{peers} peers of {} torrents told in {:.1} s",
            peers / 10,
            start.elapsed().as_secs_f64()
        );
        scene("while they are saved every 2 s", &tracker, time * 2, |_| {});
        let start = Instant::now();
        kill_process(tracker.pid(), Signal::TERM).unwrap();
        assert!(tracker.child.wait().unwrap().success());
        let ended = start.elapsed();
        let bytes = std::fs::metadata(&dfile).unwrap().len();
        println!(
            "ended within {:.2} s; dfile {:.1} bytes a peer",
            ended.as_secs_f64(),
            bytes as f64 / f64::from(peers)
        );
        let start = Instant::now();
        let tracker = Tracker::start(&args);
        println!(
            "begun again in {:.2} s, {:.0} MiB",
            start.elapsed().as_secs_f64(),
            tracker.memory()
        );
    }

    /// Announces so many peers, ten of a torrent, from 250 addresses.
    fn fill(at: SocketAddr, peers: u32) {
        const ADDRESSES: u32 = 250;
        const WINDOW: usize = 64;
        for number in 0..ADDRESSES {
            let socket = udp(number, at);
            let id = connection(&socket).unwrap();
            let ports: Vec<u32> = (0..peers / ADDRESSES).collect();
            for ports in ports.chunks(WINDOW) {
                for port in ports {
                    let mut info_hash = [0; 20];
                    let torrent = (number / 10) * (peers / ADDRESSES) + port;
                    info_hash[..4].copy_from_slice(&torrent.to_be_bytes());
                    socket.send(&announce(id, info_hash, 1 + *port as u16)).unwrap();
                }
                let mut answer = [0; 2048];
                for _ in ports {
                    socket.recv(&mut answer).unwrap();
                }
            }
        }
    }
}
