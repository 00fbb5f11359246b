use super::harness::{Bt, Output, Running};
use super::swarm::{self, Made, PIECE, folder, noise, seeder, single, trader};
use rustix::process::Signal;
use sha1::{Digest, Sha1};
use std::io::{Read, Write};

/// A link to what was made, with more behind it.
fn link(made: &Made, more: &str) -> String {
    let hash: String = made.info_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("magnet:?xt=urn:btih:{hash}{more}")
}

fn event(out: &Output, name: &str) -> serde_json::Value {
    let events = out.events();
    events.into_iter().find(|event| event["event"] == name).unwrap_or_default()
}

/// A tracker of the machine's own and its announce URL.
fn tracker(bt: &Bt) -> (Running, String) {
    let mut track = bt.args(["track", "--port", "0", "--bind", "127.0.0.1"]).spawn();
    let line = track.stderr_line("http://");
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    (track, url.to_owned())
}

#[test]
fn a_file_comes_by_its_link_from_the_peers_that_a_tracker_knows() {
    let bt = Bt::new();
    let (_track, url) = tracker(&bt);
    // More than one piece of metadata: 20 bytes a hash.
    let made = folder(
        "many",
        vec![("a", noise(900 * PIECE, 1)), ("b/c", noise(3, 2)), ("b/empty", vec![])],
        Some(&url),
    );
    made.put(&bt, "a.torrent", "src");
    let (mut seeder, _) = seeder(&bt, "a.torrent", "src");
    seeder.event("tracker");
    let magnet = link(&made, &format!("&dn=whatever&tr={url}"));
    let out = trader(&bt, "fetch", &[&magnet, "-o", "dst"]).run();
    assert_eq!(out.status, 0, "{out}");
    made.is_in(&bt, "dst");
    let metadata = event(&out, "metadata");
    assert_eq!((&metadata["name"], &metadata["v"]), (&"many".into(), &1.into()));
    assert_eq!(metadata["total_size"], 900 * PIECE + 3);
    let names: Vec<String> =
        out.events().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    let at = |name: &str| names.iter().position(|found| found == name);
    assert!(at("metadata") < at("checked") && at("checked") < at("finished"), "{names:?}");
}

#[test]
fn a_link_may_name_its_peers_itself_and_come_through_a_pipe() {
    let bt = Bt::new();
    let made = single("a.bin", noise(5 * PIECE + 1, 3), None);
    made.put(&bt, "a.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    let magnet = link(&made, &format!("&x.pe={at}"));
    let out = trader(&bt, "fetch", &[&magnet, "--save-as", "other"]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(bt.read("other"), made.files[0].1);
    let piped = trader(&bt, "fetch", &["-", "-o", "dst"]).stdin(format!("{magnet}\n")).run();
    assert_eq!(piped.status, 0, "{piped}");
    made.is_in(&bt, "dst");
    // All is here: the metadata is got once more, and nothing else.
    let again = trader(&bt, "fetch", &[&magnet, "-o", "dst"]).run();
    assert_eq!((again.status, &event(&again, "finished")["bytes"]), (0, &0.into()), "{again}");
}

#[test]
fn open_takes_a_link_as_a_browser_hands_it_over() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 4), None);
    made.put(&bt, "a.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a.torrent", "src");
    let out = trader(&bt, "open", &[&link(&made, ""), "--peer", &at]).run();
    assert_eq!(out.status, 0, "{out}");
    made.is_in(&bt, ".home");
}

#[test]
fn a_peer_may_also_call_who_seeks() {
    let bt = Bt::new();
    let made = single("a.bin", noise(3 * PIECE, 5), None);
    made.put(&bt, "a.torrent", "src");
    // The only peer that is named is not there.
    let (gone, nowhere) = swarm::listener();
    drop(gone);
    let nowhere = nowhere.to_string();
    let magnet = link(&made, &format!("&x.pe={nowhere}"));
    let mut fetch = trader(&bt, "fetch", &[&magnet, "-o", "dst"]).spawn();
    let at = swarm::address(&mut fetch);
    fetch.event("seeking");
    let _seeder = trader(&bt, "seed", &["a.torrent", "--data", "src", "--peer", &at]).spawn();
    let out = fetch.wait();
    assert_eq!(out.status, 0, "{out}");
    made.is_in(&bt, "dst");
}

#[test]
fn a_liar_is_told_of_and_does_not_stop_it() {
    let bt = Bt::new();
    let made = single("a.bin", noise(4 * PIECE, 6), None);
    made.put(&bt, "a.torrent", "src");
    let (listener, liar) = swarm::listener();
    let hash = made.info_hash;
    let size = {
        let at = made.metainfo.windows(6).position(|part| part == b"4:info").unwrap() + 6;
        let info = &made.metainfo[at..made.metainfo.len() - 1];
        assert_eq!(<[u8; 20]>::from(Sha1::digest(info)), hash);
        info.len()
    };
    let lies = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(super::harness::DEADLINE)).unwrap();
        stream.read_exact(&mut [0; 68]).unwrap();
        let mut shake = swarm::handshake(hash, b"-XX0000-liar........");
        shake[25] |= 0x10;
        stream.write_all(&shake).unwrap();
        let hello = format!("\0d1:md11:ut_metadatai7ee13:metadata_sizei{size}ee");
        stream.write_all(&swarm::frame(20, hello.as_bytes())).unwrap();
        loop {
            let (id, payload) = swarm::message(&mut stream);
            if id == 20 && payload[0] == 7 {
                let head = format!("\u{1}d8:msg_typei1e5:piecei0e10:total_sizei{size}ee");
                let answer = [head.as_bytes(), &vec![b'x'; size]].concat();
                stream.write_all(&swarm::frame(20, &answer)).unwrap();
                return swarm::read_to_end(&mut stream);
            }
        }
    });
    let magnet = link(&made, &format!("&x.pe={liar}"));
    let mut fetch = trader(&bt, "fetch", &[&magnet, "-o", "dst", "-v"]).spawn();
    let at = swarm::address(&mut fetch);
    let failed = fetch.stderr_line("fails");
    assert_eq!(failed, format!("bt fetch: metadata: fails the info-hash, sent by {liar}"));
    fetch.stderr_line(&format!("peer {liar}: banned"));
    lies.join().unwrap();
    let _seeder = trader(&bt, "seed", &["a.torrent", "--data", "src", "--peer", &at]).spawn();
    let out = fetch.wait();
    assert_eq!(out.status, 0, "{out}");
    made.is_in(&bt, "dst");
}

#[test]
fn metadata_that_makes_no_sense_is_bad_input_whatever_its_hash() {
    let bt = Bt::new();
    let info = b"d6:lengthi5e4:name2:..12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaae";
    let hash: [u8; 20] = Sha1::digest(info).into();
    let (listener, at) = swarm::listener();
    let gives = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(super::harness::DEADLINE)).unwrap();
        stream.read_exact(&mut [0; 68]).unwrap();
        let mut shake = swarm::handshake(hash, b"-XX0000-............");
        shake[25] |= 0x10;
        stream.write_all(&shake).unwrap();
        let size = info.len();
        let hello = format!("\0d1:md11:ut_metadatai7ee13:metadata_sizei{size}ee");
        stream.write_all(&swarm::frame(20, hello.as_bytes())).unwrap();
        let head = format!("\u{1}d8:msg_typei1e5:piecei0e10:total_sizei{size}ee");
        while swarm::message(&mut stream).1.first() != Some(&7) {}
        stream.write_all(&swarm::frame(20, &[head.as_bytes(), info].concat())).unwrap();
        swarm::read_to_end(&mut stream);
    });
    let made = Made { metainfo: vec![], info_hash: hash, files: vec![] };
    let out = trader(&bt, "fetch", &[&link(&made, &format!("&x.pe={at}"))]).run();
    assert_eq!(out.status, 3, "{out}");
    assert!(out.stderr.starts_with("bt fetch: the metadata: "), "{out}");
    gives.join().unwrap();
}

#[test]
fn nobody_has_the_metadata_within_the_time() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 7), None);
    let (_silent, at) = swarm::listener();
    let magnet = link(&made, &format!("&x.pe={at}"));
    let out = trader(&bt, "fetch", &[&magnet, "--timeout", "50ms"]).run();
    assert_eq!(out.status, 5, "{out}");
    assert_eq!(out.stderr, "bt fetch: no peer had the metadata within 0.05 s\n");
    assert_eq!(event(&out, "error")["status"], 5);
}

#[test]
fn a_link_that_leads_nowhere_says_so_at_once() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 8), None);
    for more in ["", "&tr=wss://my.tracker/announce"] {
        let out = trader(&bt, "fetch", &[&link(&made, more)]).run();
        assert_eq!(out.status, 5, "{out}");
        assert_eq!(
            out.stderr,
            "bt fetch: the magnet link names no tracker and no peer\n\
             hint: --peer HOST:PORT names one who has it\n"
        );
    }
    let v2 = format!("magnet:?xt=urn:btmh:1220{}&x.pe=127.0.0.1:1", "ab".repeat(32));
    for command in ["fetch", "open"] {
        let out = trader(&bt, command, &[&v2]).run();
        assert_eq!(out.status, 3, "{out}");
        assert!(out.stderr.contains("magnet link: only of version 2\nhint: "), "{out}");
    }
    let out = trader(&bt, "seed", &[&link(&made, "")]).run();
    assert_eq!(out.status, 3, "{out}");
    assert!(out.stderr.contains("hint: give the .torrent file"), "{out}");
}

#[test]
fn a_signal_ends_the_search() {
    let bt = Bt::new();
    let (_track, url) = tracker(&bt);
    let made = single("a.bin", noise(PIECE, 9), None);
    let mut run = trader(&bt, "fetch", &[&link(&made, &format!("&tr={url}"))]).spawn();
    let first = run.event("tracker");
    // Whoever has nothing yet is no seed.
    assert_eq!((&first["complete"], &first["incomplete"]), (&0.into(), &1.into()), "{first}");
    run.signal(Signal::INT);
    let out = run.wait();
    assert_eq!((out.status, out.stderr.as_str()), (130, ""), "{out}");
    let announced: Vec<_> = out.events().iter().map(|event| event["announced"].clone()).collect();
    assert!(announced.contains(&"stopped".into()), "{out}");
    assert_eq!(out.events().last().unwrap()["event"], "stopped");
}
