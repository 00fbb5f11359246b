//! What `bt track` does not take from its operator without a word, and what it does for him unasked:
//! odd files and values, secrets in logs, a lock that somebody removes, signals.

use crate::harness::{Bt, DEADLINE};
use crate::track_operation::{Tracker, announce, ask};
use rustix::process::Signal;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

#[test]
fn a_file_that_never_ends_or_never_begins_is_refused_at_once() {
    let bt = Bt::new();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, bt.path("pipe"), mode).unwrap();
    for file in ["/dev/zero", "/dev/full", "/dev/null", "pipe"] {
        let path = if file == "pipe" { bt.path(file) } else { file.into() };
        let path = path.to_str().unwrap();
        let out = bt.args(["track", "--port", "0", "--dfile", path]).run();
        let why = "not a regular file, no state can be kept there";
        out.fails(4, &format!("bt track: {path}: {why}\n"));
        for flags in [&["--keys", path][..], &["--allow", path], &["--deny", path]] {
            let out = bt.args(["track", "--port", "0"]).args(flags).run();
            out.fails(4, &format!("bt track: {path}: not a regular file\n"));
        }
        let out = bt.args(["track", "--tls-cert", path, "--tls-key", path]).run();
        out.fails(4, &format!("bt track: {path}: not a regular file\n"));
    }
}

#[test]
fn values_that_could_not_be_meant_are_refused() {
    let bt = Bt::new();
    let private =
        ["0.0.0.0", "::", "127.0.0.1", "192.168.1.5", "224.0.0.1", "fe80::1", "::ffff:10.0.0.1"];
    // As it stands in addresses of 6to4; NAT64, Teredo, relays of 6to4.
    let wrapped = ["2002:a00:1::1", "64:ff9b::8.8.8.8", "2001:0:102:304::1", "192.88.99.1"];
    for ip in private.into_iter().chain(wrapped) {
        let out = bt.args(["track", "--external-ip", ip]).run();
        assert!(out.status == 2 && out.stderr.contains("no public address"), "{ip}: {out}");
    }
    for (flag, value, why) in [
        ("--uri-size", "0", "1KiB to 1MiB"),
        ("--head-size", "1", "1KiB to 1MiB"),
        ("--head-size", "2MiB", "1KiB to 1MiB"),
        ("--response-size", "0", "a number from 1 to 200"),
        ("--response-size", "201", "a number from 1 to 200"),
        ("--bind", "fe80::1%lo", "zone ids (%) are not taken"),
        (
            "--most-peers",
            "-1",
            "'-1' for '--most-peers <NUMBER>': a whole number is wanted, 0 or more",
        ),
        ("--threads", "-1", "a whole number is wanted, 0 or more"),
        ("--interval-jitter", "-1", "a number from 0 to 50 is wanted"),
        ("--port", "-1", "'-1' for '--port <"),
        ("--most-memory", "-1", "a size is a number of bytes"),
        ("--interval", "-1", "a duration is seconds"),
        ("--rate", "-1", "'-1' for '--rate <RATE>'"),
        ("--rate", "-1/s", "'-1/s' for '--rate <RATE>'"),
        ("--save-interval", "-5m", "'-5m' for '--save-interval <TIME>'"),
        ("--socket-timeout", "-1s", "'-1s' for '--socket-timeout <TIME>'"),
    ] {
        let out = bt.args(["track", flag, value]).run();
        assert!(out.status == 2 && out.stderr.contains(why), "{flag} {value}: {out}");
    }
}

#[test]
fn an_address_that_is_given_twice_is_one() {
    let bt = Bt::new();
    let bind = ["--bind", "127.0.0.1", "--bind", "127.0.0.1", "--bind", "::ffff:127.0.0.1"];
    let mut running = bt.args(["track", "--port", "0"]).args(bind).spawn();
    running.stderr_line("listening on");
}

#[test]
fn a_uri_is_no_longer_than_the_head_it_is_in() {
    let bt = Bt::new();
    for sizes in
        [["--head-size", "1KiB", "--uri-size", "1MiB"].as_slice(), &["--uri-size", "17KiB"]]
    {
        let out = bt.args(["track", "--port", "0"]).args(sizes).run();
        let why = "--uri-size: the URI is a part of the head, and --head-size is less";
        assert!(out.status == 2 && out.stderr.contains(why), "{out}");
    }
    // What was not given is no more than what was.
    let mut running = bt.args(["track", "--port", "0", "--head-size", "1KiB"]).spawn();
    running.stderr_line("listening on");
}

#[test]
fn an_address_for_documentation_is_warned_of() {
    let bt = Bt::new();
    for ip in [
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "2001:db8::1",
        "2002:c000:201::1",
    ] {
        let mut running = bt.args(["track", "--port", "0", "--external-ip", ip]).spawn();
        let line = running.stderr_line("--external-ip");
        let what =
            "an address for documentation or benchmarks, which leads nowhere on the Internet";
        assert_eq!(line, format!("bt track: warning: --external-ip {ip}: {what}"));
        running.stderr_line("listening on");
    }
}

/// What comes of this head, to which an end is put.
fn exchange(port: u16, head: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_key_is_in_no_log_wherever_a_client_puts_it() {
    let bt = Bt::new();
    for format in ["common", "json"] {
        let flags = ["--keys", "keys", "--log-format", format];
        bt.write("keys", "\u{feff}secretk8 the seedbox\n");
        let mut tracker = Tracker::start(&bt, &flags);
        let asks = |tracker: &Tracker| {
            for target in [
                "/announce?passkey=secretk8&left=0",
                "/announce?left=0&key=%73ecretk8",
                "/announce/secretk8?x",
                "/torrents/secretk8.torrent",
                "/?secretk8",
            ] {
                let _ = ask(tracker.port, target);
            }
            // To a plain announce, and to a page.
            for path in ["/announce?left=0", "/"] {
                let words = "User-Agent: odd/1 (secretk8)\r\nReferer: /secretk8/announce";
                exchange(tracker.port, &format!("GET {path} HTTP/1.1\r\nHost: t\r\n{words}"));
            }
            let answer = exchange(tracker.port, "secretk8 / HTTP/1.1\r\nHost: t");
            assert!(answer.contains(" 405 "), "{answer}");
        };
        asks(&tracker);
        // And one that is taken out is still somebody's secret.
        bt.write("keys", "");
        tracker.running.signal(Signal::HUP);
        tracker.running.stderr_line("--keys has no key");
        asks(&tracker);
        let out = tracker.end();
        let said = format!("{}{}", out.text(), out.stderr);
        assert!(!said.contains("secretk8") && !said.contains("ecretk8"), "{out}");
        assert_eq!(out.text().matches("passkey=").count(), 2, "{out}");
        let agents = if format == "json" { 4 } else { 0 };
        assert_eq!(out.text().matches("odd/1 (\u{2026})").count(), agents, "{out}");
        assert!(out.text().lines().count() >= 16, "{out}");
    }
}

#[test]
fn a_lock_that_is_removed_is_missed_and_two_trackers_do_not_write_one_dfile() {
    let bt = Bt::new();
    let flags = ["--dfile", "dstate", "--save-interval", "100ms"];
    let mut first = Tracker::start(&bt, &flags);
    fs::remove_file(bt.path("dstate.lock")).unwrap();
    first.running.stderr_line("dstate.lock: was removed while it was held; it is made anew");
    let out = bt.args(["track", "--port", "0"]).args(flags).run();
    assert!(out.status == 4 && out.stderr.contains("another bt track"), "{out}");

    // Another may come before it is missed: one that holds such a lock stands for it.
    let other = fs::File::create(bt.path("other")).unwrap();
    other.lock().unwrap();
    fs::rename(bt.path("other"), bt.path("dstate.lock")).unwrap();
    first.running.stderr_line("another bt track has it, so that this one saves nothing");
    first.announce(1, 1);
    fs::write(bt.path("dstate"), "of the other").unwrap();
    let out = first.end();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(bt.read("dstate"), b"of the other");
}

#[test]
fn a_mended_list_is_told_of_once() {
    let bt = Bt::new();
    bt.write("allow", "a".repeat(40));
    let mut tracker = Tracker::start(&bt, &["--allow", "allow"]);
    bt.write("allow", "nonsense");
    tracker.running.signal(Signal::HUP);
    tracker.running.stderr_line("the old list stays");
    bt.write("allow", "b".repeat(40));
    tracker.running.signal(Signal::HUP);
    tracker.running.stderr_line("lists: good again, and taken");
    tracker.running.signal(Signal::HUP);
    let out = tracker.end();
    assert_eq!(out.stderr.matches("good again").count(), 1, "{out}");
}

#[test]
fn signals_that_other_daemons_have_a_use_for_do_no_harm() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &["--dfile", "dstate"]);
    tracker.announce(1, 1);
    for signal in [Signal::USR1, Signal::USR2, Signal::HUP] {
        tracker.running.signal(signal);
    }
    assert!(tracker.knows(1));
    let out = tracker.end();
    assert_eq!(out.status, 0, "{out}");
    assert!(Tracker::start(&bt, &["--dfile", "dstate"]).knows(1));
}

#[test]
fn what_follows_a_body_in_chunks_is_not_waited_for() {
    let bt = Bt::new();
    let tracker = Tracker::start(&bt, &[]);
    for target in ["/", "/announce?x"] {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, tracker.port)).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let second = announce(1, 1);
        let requests = format!(
            "GET {target} HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n\
             3\r\nabc\r\n0\r\n\r\nGET {second} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(requests.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).to_lowercase();
        assert!(answer.starts_with("http/1.1 ") && answer.contains("\r\nconnection: close"));
        assert_eq!(answer.matches("http/1.1 ").count(), 1, "{target}: {answer}");
    }
}

#[test]
fn a_udp_socket_alone_is_told_of() {
    let bt = Bt::new();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = udp.local_addr().unwrap().port();
    let line = format!(
        "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec {} track --json",
        env!("CARGO_BIN_EXE_bt")
    );
    let mut child = Command::new("sh")
        .args(["-c", &line])
        .current_dir(bt.dir())
        .stdin(Stdio::from(OwnedFd::from(udp)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    child.kill().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = format!("udp://127.0.0.1:{port}/announce");
    assert_eq!(
        (&event["port"], &event["announce"]),
        (&port.into(), &url.as_str().into()),
        "{line}"
    );
    assert!(said.contains(&format!("listening on {url}\n")), "{said}");
}
