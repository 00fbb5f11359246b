use super::harness::Bt;
use super::swarm::{self, PIECE, folder, noise, seeder, single, trader};
use rustix::process::Signal;

#[test]
fn data_is_found_where_it_may_lie() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 1), None);
    made.put(&bt, "there/a.torrent", "there");
    made.put(&bt, "a.torrent", "src");
    for args in [
        ["there/a.torrent"].as_slice(),
        &["a.torrent", "--data", "src"],
        &["a.torrent", "--data", "src/a.bin"],
    ] {
        let mut seeder = trader(&bt, "seed", args).spawn();
        assert_eq!(seeder.event("checked")["missing"], 0, "{args:?}");
        seeder.event("started");
        seeder.signal(Signal::INT);
        assert_eq!(seeder.wait().status, 0);
    }
    let out = trader(&bt, "seed", &["a.torrent"]).run();
    let told = "bt seed: a.bin: No such file or directory\nhint: --data says where the data lies\n";
    out.fails(4, told);
}

#[test]
fn damaged_data_is_not_offered() {
    let bt = Bt::new();
    let made = folder("d", vec![("a", noise(PIECE, 2)), ("b", noise(PIECE, 3))], None);
    made.put(&bt, "a.torrent", "src");
    std::fs::remove_file(bt.path("src/d/b")).unwrap();
    let out = trader(&bt, "seed", &["a.torrent", "--data", "src"]).run();
    assert_eq!(out.status, 1, "{out}");
    let told = format!(
        "bt seed: d: {PIECE} of {} bytes are missing or damaged\n\
         hint: bt fetch --keep-seeding gets what is missing and then seeds\n",
        2 * PIECE
    );
    assert!(out.stderr.ends_with(&told), "{out}");
}

#[test]
fn several_torrents_share_a_port() {
    let bt = Bt::new();
    let one = single("one", noise(3 * PIECE, 4), None);
    let two = single("two", noise(5 * PIECE, 5), None);
    one.put(&bt, "one.torrent", ".");
    two.put(&bt, "two.torrent", ".");
    let mut seeder = trader(&bt, "seed", &["one.torrent", "two.torrent"]).spawn();
    let at = swarm::address(&mut seeder);
    seeder.event("started");
    seeder.event("started");
    for (torrent, made) in [("one.torrent", &one), ("two.torrent", &two)] {
        let out = trader(&bt, "fetch", &[torrent, "-o", "dst", "--peer", &at]).run();
        assert_eq!(out.status, 0, "{out}");
        made.is_in(&bt, "dst");
    }
}

#[test]
fn a_seeder_ends_once_it_has_given_enough() {
    let bt = Bt::new();
    let made = single("a.bin", noise(8 * PIECE, 6), None);
    made.put(&bt, "a.torrent", "src");
    let args = ["a.torrent", "--data", "src", "--seed-ratio", "1"];
    let mut seeder = trader(&bt, "seed", &args).spawn();
    let at = swarm::address(&mut seeder);
    let out = trader(&bt, "fetch", &["a.torrent", "-o", "dst", "--peer", &at]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(seeder.wait().status, 0);
}

#[test]
fn a_second_run_need_not_read_the_data_again() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 7), None);
    made.put(&bt, "a.torrent", "src");
    let (first, _) = seeder(&bt, "a.torrent", "src");
    first.signal(Signal::TERM);
    assert_eq!(first.wait().status, 0);
    // The state is kept, and is believed of files that look untouched.
    assert_eq!(std::fs::read_dir(bt.path(".home/.local/state/bt/resume")).unwrap().count(), 1);
    let (second, _) = seeder(&bt, "a.torrent", "src");
    second.signal(Signal::TERM);
    assert_eq!(second.wait().status, 0);
}

#[test]
fn a_reader_of_events_that_goes_away_ends_it_silently() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 8), None);
    made.put(&bt, "a.torrent", "src");
    let line = "bt seed a.torrent --data src --port 0 --bind 127.0.0.1 | head -1";
    let out = bt.shell(line).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, "bt seed: a.bin: complete\n"), "{out}");
    assert_eq!(out.events().len(), 1);
}
