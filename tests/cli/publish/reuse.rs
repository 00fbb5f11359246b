//! Hashes that are not made twice: those of an older metainfo, and those before an interruption.

use super::publish;
use super::versions::noise;
use crate::harness::Bt;
use rustix::process::Signal;
use serde_json::json;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Makes a file look as if it was written so many seconds after 1970.
fn written(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// Ten files of two and a half pieces, long unchanged.
fn tree(bt: &Bt) {
    for number in 0..10 {
        let path = bt.write(format!("d/{number}"), noise(number + 1, 40_960));
        written(&path, 1_000);
    }
}

/// Publishes as of second 2,000.
fn dated(bt: &Bt, args: &[&str]) -> crate::harness::Output {
    let fixed = ["publish", "d", "-l", "16KiB", "--created-by", ""];
    bt.args(fixed).args(args).env("SOURCE_DATE_EPOCH", "2000").run()
}

#[test]
fn unchanged_files_are_not_read_again() {
    for (version, saved) in [("--v1", 22), ("--v2", 27), ("--hybrid", 27)] {
        let bt = Bt::new();
        tree(&bt);
        assert_eq!(dated(&bt, &[version, "-o", "old"]).status, 0);
        let out = dated(&bt, &[version, "-o", "same", "--reuse", "old"]);
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        assert_eq!(
            out.json()["reused"],
            json!({"pieces": out.json()["piece_count"], "bytes": 409_600})
        );
        assert_eq!(out.json()["read"], 0);
        assert_eq!(bt.read("same"), bt.read("old"));

        // The file in the middle of everything changes: without a sign that is not seen …
        let changed = bt.write("d/5", noise(99, 40_960));
        written(&changed, 1_000);
        let out = dated(&bt, &[version, "-o", "unseen", "--reuse", "old"]);
        assert_eq!((out.status, bt.read("unseen")), (0, bt.read("old")), "{out}");
        // … and with one its pieces are read.
        written(&changed, 2_000);
        assert_eq!(dated(&bt, &[version, "-o", "new"]).status, 0);
        let out = dated(&bt, &[version, "-o", "newer", "--reuse", "old"]);
        assert_eq!(out.status, 0, "{out}");
        assert_eq!(bt.read("newer"), bt.read("new"), "{version}");
        assert_eq!(out.json()["reused"]["pieces"], saved, "{version} {out}");
        let (read, reused) = (&out.json()["read"], &out.json()["reused"]["bytes"]);
        assert_eq!(read.as_u64().unwrap() + reused.as_u64().unwrap(), 409_600);
    }
}

#[test]
fn v2_hashes_follow_their_file_wherever_it_lies() {
    let bt = Bt::new();
    tree(&bt);
    assert_eq!(dated(&bt, &["--hybrid", "-o", "old"]).status, 0);
    let first = bt.write("d/!", noise(77, 100_000));
    written(&first, 1_500);
    for args in
        [&["--v2"][..], &["--v2", "-l", "32KiB"], &["--v2", "-l", "1MiB"], &["--v2", "-l", "16KiB"]]
    {
        let fixed = ["publish", "d", "--created-by", "", "-f"];
        let run = |more: &[&str]| {
            let args = [&fixed[..], args, more].concat();
            bt.args(args).env("SOURCE_DATE_EPOCH", "2000").run()
        };
        assert_eq!(run(&["-o", "plain"]).status, 0);
        let out = run(&["-o", "quick", "--reuse", "old"]);
        assert_eq!(out.status, 0, "{out}");
        assert_eq!(bt.read("quick"), bt.read("plain"), "{args:?}");
        assert_eq!(out.json()["reused"]["bytes"], 409_600, "{args:?}");
        assert_eq!(out.json()["read"], 100_000);
    }
}

#[test]
fn what_can_not_be_taken_over_is_read() {
    let bt = Bt::new();
    tree(&bt);
    assert_eq!(dated(&bt, &["-o", "old"]).status, 0);
    let nothing = |args: &[&str]| {
        let out = dated(&bt, args);
        assert_eq!(out.status, 0, "{out}");
        assert_eq!(out.json()["reused"], json!({"pieces": 0, "bytes": 0}), "{args:?} {out}");
        out
    };
    // Nothing was asked for.
    let out = nothing(&["-o", "a"]);
    assert_eq!(out.json()["read"], 409_600);
    // v1 says nothing of v2.
    let out = nothing(&["-o", "b", "--v2", "--reuse", "old"]);
    assert!(out.stderr.starts_with("bt publish: warning: old: "), "{out}");
    // As old as the metainfo itself: it may have been written after it was read.
    for number in 0..10 {
        written(&bt.path(format!("d/{number}")), 2_000);
    }
    nothing(&["-o", "c", "--reuse", "old"]);
    // Digests of whole files need all bytes.
    assert_eq!(dated(&bt, &["-o", "d.torrent", "--reuse", "old", "--md5sum"]).status, 2);
    dated(&bt, &["-o", "e", "--reuse", "no"])
        .fails(4, "bt publish: no: No such file or directory\n");
}

#[test]
fn without_a_date_to_go_by_all_is_read() {
    let bt = Bt::new();
    tree(&bt);
    let late = ["publish", "d", "-l", "16KiB", "--created-by", "", "-o", "late"];
    let out = bt.args(late).env("SOURCE_DATE_EPOCH", "4000000000").run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(dated(&bt, &["-o", "none", "--no-date"]).status, 0);
    for (old, why) in [
        ("none", "has no creation date, which tells what has changed since"),
        ("late", "has a creation date after it was written"),
    ] {
        // As if it had changed between its hashing and the end of that of the others.
        let changed = bt.write("d/5", noise(99, 40_960));
        written(&changed, 1_000);
        let out = dated(&bt, &["-o", "new", "-f", "--reuse", old]);
        assert_eq!(out.status, 0, "{out}");
        let warning = format!("bt publish: warning: {old}: {why}: nothing is taken over\n");
        assert_eq!(out.stderr, warning);
        assert_eq!(out.json()["reused"], json!({"pieces": 0, "bytes": 0}));
        assert_eq!(out.json()["read"], 409_600);
    }
}

#[test]
fn several_older_ones_add_up() {
    let bt = Bt::new();
    tree(&bt);
    for (keep, name) in [(0..5, "one"), (5..10, "two")] {
        let part = Bt::new();
        for number in keep {
            let bytes = bt.read(format!("d/{number}"));
            written(&part.write(format!("d/{number}"), bytes), 1_000);
        }
        assert_eq!(dated(&part, &["--v2", "-o", name]).status, 0);
        fs::copy(part.path(name), bt.path(name)).unwrap();
    }
    assert_eq!(dated(&bt, &["--v2", "-o", "plain"]).status, 0);
    let out = dated(&bt, &["--v2", "-o", "quick", "--reuse", "one", "--reuse", "two"]);
    assert_eq!((out.status, &out.json()["read"]), (0, &json!(0)), "{out}");
    assert_eq!(bt.read("quick"), bt.read("plain"));
}

/// The journals that are left.
fn journals(bt: &Bt) -> Vec<PathBuf> {
    let entries = fs::read_dir(bt.path(".home/.local/state/bt/publish"));
    entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// Runs this until a file that it writes, its journal, has so many blocks of 512 bytes. The system
/// kills it then, in the middle of a record.
fn killed_at(bt: &Bt, blocks: u32, line: &str) {
    let out = bt.shell(&format!("ulimit -c 0; ulimit -f {blocks}; exec {line}")).run();
    assert_eq!(out.status, 128 + Signal::XFSZ.as_raw(), "{out}");
    assert_eq!(journals(bt).len(), 1);
}

#[test]
fn interrupted_hashing_goes_on_where_it_was() {
    // Bytes of a record.
    for (version, record) in [("--v1", 40), ("--v2", 52), ("--hybrid", 72)] {
        let bt = Bt::new();
        written(&bt.write("d/big", noise(5, 32 << 20)), 1_000);
        written(&bt.write("d/small", noise(6, 1_000_001)), 1_000);
        let line = format!("bt publish d --created-by= --no-date -l 16KiB {version}");
        assert_eq!(bt.shell(&format!("{line} -o plain")).run().status, 0);
        let mut last = 0;
        for blocks in [45, 90, 150] {
            killed_at(&bt, blocks, &format!("{line} -o out --resume"));
            let length = journals(&bt)[0].metadata().unwrap().len();
            assert!(last < length && length <= u64::from(blocks) * 512, "{length}");
            assert!(!bt.path("out").exists());
            last = length;
        }
        // Another length of pieces has a journal of its own, and v1 and v2 do not mix.
        let other = bt.shell(&format!("{line} -o other --resume").replace("16KiB", "1MiB")).run();
        assert_eq!(other.json()["resumed"]["pieces"], 0, "{other}");
        assert_eq!(journals(&bt).len(), 1);

        let out = bt.shell(&format!("{line} -o out --resume")).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        assert_eq!(bt.read("out"), bt.read("plain"));
        let summary = out.json();
        let pieces = summary["resumed"]["pieces"].as_u64().unwrap();
        assert!(
            pieces <= (last - 16) / record && pieces >= (last - 16) / record - 3,
            "{pieces} {last}"
        );
        let bytes = summary["resumed"]["bytes"].as_u64().unwrap();
        assert_eq!(summary["read"].as_u64().unwrap() + bytes, (32 << 20) + 1_000_001);
        assert_eq!(journals(&bt), [""; 0].map(PathBuf::from));
    }
}

#[test]
fn what_changed_since_the_interruption_is_read_again() {
    let bt = Bt::new();
    for name in ["d/a", "d/b"] {
        written(&bt.write(name, noise(1, 12 << 20)), 1_000);
    }
    let line = "bt publish d --created-by= --no-date -l 16KiB -o";
    killed_at(&bt, 70, &format!("{line} out --resume --threads 1"));
    // Of the same length, and with the same time set.
    written(&bt.write("d/a", noise(2, 12 << 20)), 1_000);
    assert_eq!(bt.shell(&format!("{line} plain")).run().status, 0);
    let out = bt.shell(&format!("{line} out --resume")).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(bt.read("out"), bt.read("plain"));
    // Of 24 MiB the first 16 were journaled, 12 of which are of the file that changed.
    let resumed = out.json()["resumed"]["bytes"].as_u64().unwrap();
    assert!((1..=(4 << 20)).contains(&resumed), "{out}");
}

#[test]
fn a_state_folder_that_takes_nothing_is_no_reason_to_stop() {
    let bt = Bt::new();
    bt.write("f", "x");
    bt.write(".home/.local/state/bt/publish", "in the way");
    let out = publish(&bt, &["f", "--resume"]);
    assert_eq!(out.status, 0, "{out}");
    assert!(
        out.stderr.contains("warning: ") && out.stderr.contains("publish: File exists"),
        "{out}"
    );
    assert!(bt.path("f.torrent").exists());
}
