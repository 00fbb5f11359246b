//! Standard input.

use super::publish;
use super::versions::noise;
use crate::harness::Bt;
use rustix::process::Signal;
use std::fs;

#[test]
fn a_stream_is_written_while_it_is_hashed() {
    let bt = Bt::new();
    let content = noise(1, 3_000_001);
    bt.write("expected.tar", &content);
    for version in ["--v1", "--v2", "--hybrid"] {
        let args = ["publish", "-", "--name", "x.tar", version, "-f", "--created-by=", "--md5sum"];
        let out = bt
            .args(args)
            .args(["--also-write", "x.tar"])
            .stdin(&content)
            .env("SOURCE_DATE_EPOCH", "0")
            .run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        assert!(bt.read("x.tar") == content);
        let name = ["x.tar", version, "-l", "1MiB", "--md5sum", "-o", "file"];
        assert_eq!(publish(&bt, &[&name[..], &["-f"]].concat()).status, 0);
        assert_eq!(bt.read("x.tar.torrent"), bt.read("file"), "{version}");
    }
    let again =
        bt.args(["publish", "-", "--name", "x.tar", "-o", "other", "--also-write", "x.tar"]);
    again
        .stdin("new")
        .run()
        .fails(4, "bt publish: x.tar: File exists\nhint: --force writes over it\n");
    assert!(bt.read("x.tar") == content && !bt.path("other").exists());
}

#[test]
fn a_stream_may_go_on_into_a_pipe() {
    let bt = Bt::new();
    let line = "printf hello | bt publish - --name x -o x.torrent --also-write - | tr a-z A-Z";
    let out = bt.shell(line).run();
    assert_eq!((out.status, out.text().as_str()), (0, "HELLO"), "{out}");
    assert!(out.stderr.contains("magnet:?xt=urn:btih:"), "{out}");
    let args = ["publish", "-", "--name", "x", "-o", "-", "--also-write", "-"];
    assert_eq!(bt.args(args).stdin("x").run().status, 2);
    bt.write("x", "x");
    let args = ["publish", "x", "--also-write", "y", "-f"];
    assert_eq!(bt.args(args).run().status, 2);
    assert_eq!(
        bt.args(["publish", "-", "--name", "x", "--resume", "-f"]).stdin("x").run().status,
        2
    );
}

#[test]
fn a_stream_that_is_cut_short_leaves_nothing() {
    let bt = Bt::new();
    // The system kills it when the copy has a million bytes.
    let line = "ulimit -c 0; ulimit -f 2000; head -c 5000000 /dev/zero | \
        bt publish - --name x --also-write x -o x.torrent";
    let out = bt.shell(line).run();
    assert_eq!(out.status, 128 + Signal::XFSZ.as_raw(), "{out}");
    let left = fs::read_dir(bt.dir()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), [".home"]);
}
