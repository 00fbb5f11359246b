use super::harness::{Bt, Running};
use super::swarm::{self, PIECE, folder, noise, seeder, single, trader};
use rustix::process::Signal;
use std::io::Write;

fn fetched(running: Running) -> serde_json::Value {
    let out = running.wait();
    assert_eq!(out.status, 0, "{out}");
    out.events().into_iter().find(|event| event["event"] == "finished").unwrap()
}

/// An address at which nobody listens.
const NOBODY: &str = "127.0.0.1:1";

#[test]
fn a_file_goes_from_a_seeder_to_a_fetch() {
    let bt = Bt::new();
    let made = single("a.bin", noise(20 * PIECE + 123, 1), None);
    made.put(&bt, "a.torrent", "src");
    let (seeder, at) = seeder(&bt, "a.torrent", "src");
    let out = trader(&bt, "fetch", &["a.torrent", "-o", "dst", "--peer", &at]).run();
    assert_eq!(out.status, 0, "{out}");
    made.is_in(&bt, "dst");
    let names: Vec<_> =
        out.events().iter().map(|e| e["event"].as_str().unwrap().to_owned()).collect();
    for name in ["listening", "checked", "started", "finished", "stopped"] {
        assert!(names.iter().any(|found| found == name), "{name} of {names:?}");
    }
    seeder.signal(Signal::TERM);
    assert_eq!(seeder.wait().status, 0);
}

#[test]
fn a_folder_goes_over_with_its_empty_files() {
    let bt = Bt::new();
    let files = vec![
        ("a", noise(3, 1)),
        ("b/c", noise(3 * PIECE, 2)),
        ("b/empty", vec![]),
        ("d", noise(PIECE - 3, 3)),
    ];
    let made = folder("many", files, None);
    made.put(&bt, "a.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    let got = fetched(trader(&bt, "fetch", &["a.torrent", "-o", "dst", "--peer", &at]).spawn());
    assert_eq!(got["bytes"], 4 * PIECE);
    made.is_in(&bt, "dst");
}

#[test]
fn a_link_in_a_torrent_becomes_one_and_stays_through_another_fetch() {
    let bt = Bt::new();
    let mut made = folder("n", vec![("data", noise(PIECE, 5))], None);
    // In front of the only file (BEP 47).
    let at = made.metainfo.windows(7).position(|part| part == b"5:files").unwrap() + 8;
    let link = b"d4:attr1:l4:pathl1:d4:linke12:symlink pathl4:dataee";
    made.metainfo.splice(at..at, *link);
    made.put(&bt, "a.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    for downloaded in [PIECE, 0] {
        let args = ["a.torrent", "-o", "dst", "--peer", &at];
        let got = fetched(trader(&bt, "fetch", &args).spawn());
        assert_eq!(got["downloaded"], downloaded);
        let link = std::fs::read_link(bt.path("dst/n/d/link")).unwrap();
        assert_eq!(link.to_str(), Some("../data"));
        assert_eq!(bt.read("dst/n/d/link"), bt.read("src/n/data"));
    }
}

#[test]
fn only_what_is_damaged_is_fetched_again() {
    let bt = Bt::new();
    let made = single("a.bin", noise(20 * PIECE, 4), None);
    made.put(&bt, "a.torrent", "src");
    made.put(&bt, "a.torrent", "dst");
    let mut damaged = bt.read("dst/a.bin");
    damaged[7 * PIECE + 5] ^= 1;
    bt.write("dst/a.bin", damaged);
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    let got = fetched(trader(&bt, "fetch", &["a.torrent", "-o", "dst", "--peer", &at]).spawn());
    assert_eq!((&got["bytes"], &got["downloaded"]), (&PIECE.into(), &PIECE.into()));
    made.is_in(&bt, "dst");
}

#[test]
fn what_is_complete_needs_no_peer() {
    let bt = Bt::new();
    let made = single("a.bin", noise(3 * PIECE, 5), None);
    made.put(&bt, "a.torrent", "dst");
    let got = fetched(trader(&bt, "fetch", &["a.torrent", "-o", "dst"]).spawn());
    assert_eq!((&got["bytes"], &got["total"]), (&0.into(), &(3 * PIECE).into()));
}

#[test]
fn a_torrent_without_a_byte_is_made_at_once() {
    let bt = Bt::new();
    let made = folder("none", vec![("a", vec![]), ("b/c", vec![])], None);
    bt.write("a.torrent", &made.metainfo);
    fetched(trader(&bt, "fetch", &["a.torrent", "-o", "dst"]).spawn());
    made.is_in(&bt, "dst");
}

#[test]
fn a_fetch_that_was_killed_goes_on_where_it_was() {
    let bt = Bt::new();
    let made = single("a.bin", noise(64 * PIECE, 6), None);
    made.put(&bt, "a.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    let args = ["a.torrent", "-o", "dst", "--peer", &at];
    let slow = ["--max-download-rate", "256KiB", "-vv"];
    let mut first = trader(&bt, "fetch", &args).args(slow).spawn();
    for _ in 0..5 {
        first.event("piece");
    }
    first.signal(Signal::KILL);
    assert_eq!(first.wait().status, 128 + 9);
    let out = trader(&bt, "fetch", &args).run();
    assert_eq!(out.status, 0, "{out}");
    let events = out.events();
    let checked = events.iter().find(|event| event["event"] == "checked").unwrap();
    let finished = events.iter().find(|event| event["event"] == "finished").unwrap();
    assert!(checked["verified"].as_u64() >= Some(5 * PIECE as u64), "{checked}");
    assert_eq!(finished["downloaded"], checked["missing"], "{out}");
    made.is_in(&bt, "dst");
}

#[test]
fn save_as_names_the_file_itself() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE + 1, 7), None);
    made.put(&bt, "a.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    let run = trader(&bt, "fetch", &["a.torrent", "--save-as", "x/other", "--peer", &at]).run();
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(bt.read("x/other"), made.files[0].1);
}

#[test]
fn the_metainfo_may_come_through_a_pipe() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 8), None);
    made.put(&bt, "a.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    let run = trader(&bt, "fetch", &["-", "--peer", &at]).stdin(&made.metainfo).run();
    assert_eq!(run.status, 0, "{run}");
    made.is_in(&bt, ".");
}

#[test]
fn nobody_has_it_within_the_time() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 9), None);
    bt.write("a.torrent", &made.metainfo);
    let late = "bt fetch: no peer had the missing data within 0.05 s\n";
    let args = ["a.torrent", "-o", "dst", "--timeout", "50ms"];
    let alone = trader(&bt, "fetch", &args).run();
    let warning = "bt fetch: warning: the torrent names no tracker that can be asked: \
        only calls bring peers\n";
    assert_eq!((alone.status, alone.stderr.clone()), (5, format!("{warning}{late}")), "{alone}");
    let called = trader(&bt, "fetch", &args).args(["--peer", NOBODY]).run();
    assert_eq!((called.status, called.stderr.as_str()), (5, late), "{called}");
    assert_eq!(called.events().last().unwrap()["event"], "error");
}

#[test]
fn a_signal_ends_what_is_not_finished_with_its_number() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let bt = Bt::new();
        bt.write("a.torrent", &single("a.bin", noise(PIECE, 10), None).metainfo);
        let mut run = trader(&bt, "fetch", &["a.torrent", "--peer", NOBODY]).spawn();
        run.event("started");
        run.signal(signal);
        let out = run.wait();
        assert_eq!((out.status, out.stderr.as_str()), (status, ""), "{out}");
        assert_eq!(out.events().last().unwrap()["event"], "stopped");
    }
}

#[test]
fn who_is_asked_to_keep_seeding_has_done_its_work_at_a_signal() {
    let bt = Bt::new();
    let made = single("a.bin", noise(4 * PIECE, 11), None);
    made.put(&bt, "a.torrent", "dst");
    let args = ["a.torrent", "-o", "dst", "--keep-seeding"];
    let mut first = trader(&bt, "fetch", &args).spawn();
    let at = swarm::address(&mut first);
    first.event("started");
    fetched(trader(&bt, "fetch", &["a.torrent", "-o", "other", "--peer", &at]).spawn());
    made.is_in(&bt, "other");
    first.signal(Signal::TERM);
    assert_eq!(first.wait().status, 0);
}

#[test]
fn hostile_callers_are_told_of_and_do_not_stop_a_download() {
    let bt = Bt::new();
    let made = single("a.bin", noise(16 * PIECE, 12), None);
    made.put(&bt, "a.torrent", "src");
    let mut fetch = trader(&bt, "fetch", &["a.torrent", "-o", "dst", "-v"]).spawn();
    let at = swarm::address(&mut fetch);
    fetch.event("started");

    let mut random = std::net::TcpStream::connect(&at).unwrap();
    random.write_all(&noise(4096, 13)).unwrap();
    let told = fetch.stderr_line("not the peer protocol");
    assert_eq!(
        told,
        format!("bt fetch: peer {}: not the peer protocol", random.local_addr().unwrap())
    );
    swarm::read_to_end(&mut random);

    let mut other = swarm::call(&at, [0; 20], b"-XX0000-............");
    fetch.stderr_line("wrong info-hash");
    assert!(swarm::read_to_end(&mut other).is_empty());

    let mut long = swarm::call(&at, made.info_hash, b"-XX0000-oversized...");
    long.write_all(&0xffff_ffffu32.to_be_bytes()).unwrap();
    long.write_all(&[7; 32]).unwrap();
    fetch.stderr_line("not the peer protocol");
    swarm::read_to_end(&mut long);

    // One that calls and then says nothing stays, and does no harm.
    let _silent = std::net::TcpStream::connect(&at).unwrap();

    let seeder = trader(&bt, "seed", &["a.torrent", "--data", "src", "--peer", &at]).spawn();
    fetched(fetch);
    made.is_in(&bt, "dst");
    drop(seeder);
}

#[test]
fn a_peer_that_sends_a_corrupt_piece_is_banned_and_the_download_ends_well() {
    let bt = Bt::new();
    let made = single("a.bin", noise(4 * PIECE, 14), None);
    made.put(&bt, "a.torrent", "src");
    let (listener, liar) = swarm::listener();
    let hash = made.info_hash;
    let lies = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(super::harness::DEADLINE)).unwrap();
        std::io::Read::read_exact(&mut stream, &mut [0; 68]).unwrap();
        stream.write_all(&swarm::handshake(hash, b"-XX0000-liar........")).unwrap();
        stream.write_all(&swarm::frame(5, &[0xf0])).unwrap();
        stream.write_all(&swarm::frame(1, &[])).unwrap();
        let mut answered = 0;
        // Two blocks of the piece it was first asked for, and what else is asked for.
        while answered < 8 {
            let (id, payload) = swarm::message(&mut stream);
            if id == 6 {
                let block = [&payload[..8], &[0x55; 16 * 1024]].concat();
                if stream.write_all(&swarm::frame(7, &block)).is_err() {
                    break;
                }
                answered += 1;
            }
        }
    });
    let liar = liar.to_string();
    let mut fetch =
        trader(&bt, "fetch", &["a.torrent", "-o", "dst", "-v", "--peer", &liar]).spawn();
    let at = swarm::address(&mut fetch);
    fetch.event("piece_failed");
    let banned = fetch.stderr_line("banned");
    assert_eq!(banned, format!("bt fetch: peer {liar}: banned"));
    let _seeder = trader(&bt, "seed", &["a.torrent", "--data", "src", "--peer", &at]).spawn();
    fetched(fetch);
    made.is_in(&bt, "dst");
    let _ = lies.join();
}

#[test]
fn ports_are_counted_up_and_may_run_out() {
    let bt = Bt::new();
    bt.write("a.torrent", &single("a.bin", noise(PIECE, 15), None).metainfo);
    let (taken, at) = swarm::listener();
    let (port, bind) = (at.port().to_string(), ["--bind", "127.0.0.1"]);
    let out = bt.args(["fetch", "a.torrent", "--port", &port]).args(bind).run();
    assert_eq!(out.status, 5, "{out}");
    let told = format!(
        "bt fetch: no free port in {port}\nhint: --port names others; --port 0 takes any\n"
    );
    assert_eq!(out.stderr, told);
    let last = at.port().saturating_add(20);
    let range = format!("{port}-{last}");
    let mut run = bt.args(["fetch", "a.torrent", "--port", &range]).args(bind).spawn();
    let found = run.event("listening")["port"].as_u64().unwrap();
    assert!(found > at.port().into() && found <= last.into(), "{found}");
    drop(taken);
}

#[test]
fn a_longer_file_is_not_cut_off() {
    let bt = Bt::new();
    bt.write("a.torrent", &single("a.bin", noise(PIECE, 16), None).metainfo);
    bt.write("dst/a.bin", noise(PIECE + 1, 17));
    let out = trader(&bt, "fetch", &["a.torrent", "-o", "dst"]).run();
    assert_eq!(out.status, 4, "{out}");
    assert!(out.stderr.starts_with("bt fetch: dst/a.bin: "), "{out}");
    assert_eq!(bt.read("dst/a.bin").len(), PIECE + 1);
}

#[test]
fn bad_input_is_told_apart() {
    let bt = Bt::new();
    bt.write("garbage", b"not bencode");
    assert_eq!(bt.args(["fetch", "garbage"]).run().status, 3);
    let out = bt.args(["fetch", "nowhere.torrent"]).run();
    out.fails(4, "bt fetch: nowhere.torrent: No such file or directory\n");
    assert_eq!(bt.args(["fetch", "magnet:?xt=urn:btih:x"]).run().status, 3);
    assert_eq!(bt.args(["fetch", "a", "--peer", "nowhere"]).run().status, 2);
    assert_eq!(bt.args(["fetch", "a", "--port", "9-8"]).run().status, 2);
}

#[test]
fn where_no_torrent_is_named_a_pipe_is_read() {
    let bt = Bt::new();
    for command in ["fetch", "open", "seed"] {
        let out = bt.args([command]).stdin("garbage").run();
        assert_eq!(out.status, 3, "{out}");
        assert!(out.stderr.contains("standard input: not metainfo"), "{out}");
        let out = bt.args([command]).on_terminal();
        assert_eq!(out.status, 2, "{out}");
    }
}
