//! `bt verify`: what is said of files, and the exit status.

use crate::harness::{Bt, Output};
use serde_json::{Value, json};
use std::fs;

/// 16 KiB.
const PIECE: usize = 16 * 1024;

/// Bytes that differ from place to place.
pub(crate) fn bytes(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// `tree/` with `a` (2.5 pieces), `d/b` (0.25), `empty`, `z` (3), and `tree.torrent` of it.
pub(crate) fn tree(bt: &Bt) {
    bt.write("tree/a", bytes(1, PIECE * 5 / 2));
    bt.write("tree/d/b", bytes(2, PIECE / 4));
    bt.write("tree/empty", "");
    bt.write("tree/z", bytes(3, PIECE * 3));
    publish(bt, "tree");
}

/// Makes NAME.torrent with pieces of 16 KiB.
pub(crate) fn publish(bt: &Bt, name: &str) {
    let out = bt.args(["publish", "-q", "-l", "16KiB", name]).run();
    assert_eq!(out.status, 0, "{out}");
}

/// Changes one byte of a file.
pub(crate) fn damage(bt: &Bt, name: &str, at: usize) {
    let mut content = bt.read(name);
    content[at] ^= 1;
    bt.write(name, content);
}

/// Path, state and parts (state, pieces, offset, length) of each file.
pub(crate) fn files(out: &Output) -> Vec<(String, String, Vec<Value>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let file = |file: &Value| {
        let names: Vec<_> = file["path"].as_array().unwrap().iter().map(text).collect();
        let part =
            |part: &Value| json!([part["state"], part["pieces"], part["offset"], part["length"]]);
        let parts = file["parts"].as_array().unwrap().iter().map(part).collect();
        (names.join("/"), text(&file["state"]), parts)
    };
    out.json()["files"].as_array().unwrap().iter().map(file).collect()
}

/// Path and state of each file, a line each.
pub(crate) fn states(out: &Output) -> String {
    files(out).iter().map(|(path, state, _)| format!("{path} {state}\n")).collect()
}

#[test]
fn all_right() {
    let bt = Bt::new();
    tree(&bt);
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let document = out.json();
    assert_eq!(states(&out), "a ok\nd/b ok\nempty ok\nz ok\n");
    for (key, value) in [
        ("v", json!(1)),
        ("torrent", json!("tree.torrent")),
        ("name", json!("tree")),
        ("path", json!("tree")),
        ("ok", json!(true)),
        ("checked", json!("hashes")),
        ("piece_length", json!(PIECE)),
        ("total_size", json!(PIECE * 23 / 4)),
        ("states", json!({"ok": 4})),
        ("repaired", Value::Null),
        ("warnings", json!([])),
        (
            "pieces",
            json!({"total": 6, "good": 6, "bad": 0, "disputed": 0, "absent": 0, "unreadable": 0}),
        ),
    ] {
        assert_eq!(document[key], value, "{key}");
    }
    assert!(document.get("extra").is_none() && document.get("event").is_none());
}

#[test]
fn for_people_there_is_a_line_a_file_and_a_summary() {
    let bt = Bt::new();
    tree(&bt);
    let out = bt.args(["verify", "--format", "human", "tree.torrent"]).run();
    let text = out.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..4],
        ["ok         tree/a", "ok         tree/d/b", "ok         tree/empty", "ok         tree/z"]
    );
    assert!(lines[4].starts_with("tree: 4 files of 92.0 KiB, all right ("), "{text}");
    let out = bt.args(["verify", "-q", "--format", "human", "tree.torrent"]).run();
    assert_eq!((out.status, out.text().as_str(), out.stderr.as_str()), (0, "", ""));

    damage(&bt, "tree/a", 20_000);
    damage(&bt, "tree/d/b", 0);
    fs::remove_file(bt.path("tree/empty")).unwrap();
    bt.write("tree/z", &bytes(3, PIECE * 3)[..40_000]);
    let out = bt.args(["verify", "-q", "--format", "human", "tree.torrent"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (1, ""), "{out}");
    let text = out.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "damaged    tree/a: piece 1 (bytes 16384-32767); piece 2 (bytes 32768-40959), here or in \
             a file beside it",
            "suspect    tree/d/b: piece 2 (bytes 0-4095), here or in a file beside it",
            "missing    tree/empty",
            "short      tree/z: 40000 of 49152 bytes; piece 2 (bytes 0-4095), here or in a file \
             beside it; unchecked: piece 5 (bytes 36864-39999), of which other bytes are missing"
        ]
        .map(|line| line.replace("             ", "")),
    );
    let summary = "tree: 4 of 4 files not right: 1 missing, 1 short, 1 damaged, 1 suspect; 3 of 6 \
                   pieces are right";
    assert!(lines[4].starts_with(summary), "{text}");
}

#[test]
fn damage_is_told_by_piece_and_byte() {
    let bt = Bt::new();
    tree(&bt);
    damage(&bt, "tree/z", PIECE * 3 - 1);
    damage(&bt, "tree/a", 1);
    damage(&bt, "tree/a", PIECE);
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (1, ""), "{out}");
    let files = files(&out);
    assert_eq!(files[0].1, "damaged");
    assert_eq!(files[0].2, [json!(["damaged", [0, 1], 0, PIECE * 2])]);
    // The last piece is cut short by the torrent's end, and z's alone.
    assert_eq!(files[3].2, [json!(["damaged", [5, 5], PIECE * 9 / 4, PIECE * 3 / 4])]);
    assert_eq!((files[1].1.as_str(), files[2].1.as_str()), ("ok", "ok"));
    assert_eq!(out.json()["ok"], false);
}

#[test]
fn a_missing_file_does_not_make_its_neighbours_damaged() {
    let bt = Bt::new();
    tree(&bt);
    fs::remove_file(bt.path("tree/d/b")).unwrap();
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(states(&out), "a unchecked\nd/b missing\nempty ok\nz unchecked\n");
    let files = files(&out);
    assert_eq!(files[0].2, [json!(["unchecked", [2, 2], PIECE * 2, PIECE / 2])]);
    assert_eq!(files[1].2, Vec::<Value>::new());
}

#[test]
fn files_of_another_length() {
    let bt = Bt::new();
    tree(&bt);
    let mut long = bt.read("tree/z");
    long.push(0);
    bt.write("tree/z", long);
    bt.write("tree/empty", "x");
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!(states(&out), "a ok\nd/b ok\nempty long\nz long\n");
    assert_eq!(out.json()["files"][3]["size"], PIECE * 3 + 1);
    assert_eq!(out.json()["pieces"]["good"], 6);
    bt.write("tree/a", &bytes(1, PIECE)[..]);
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!(states(&out), "a short\nd/b unchecked\nempty long\nz long\n");
    let parts = &files(&out)[0].2;
    assert_eq!(*parts, [json!(["missing", [1, 2], PIECE, PIECE * 3 / 2])]);
}

#[test]
fn something_else_in_a_files_place() {
    let bt = Bt::new();
    tree(&bt);
    fs::remove_file(bt.path("tree/z")).unwrap();
    fs::create_dir(bt.path("tree/z")).unwrap();
    fs::remove_file(bt.path("tree/d/b")).unwrap();
    fs::remove_dir(bt.path("tree/d")).unwrap();
    bt.write("tree/d", "a file where a folder should be");
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (1, ""), "{out}");
    assert_eq!(states(&out), "a unchecked\nd/b missing\nempty ok\nz damaged\n");
}

#[test]
fn fast_looks_at_sizes_alone() {
    let bt = Bt::new();
    tree(&bt);
    damage(&bt, "tree/a", 0);
    let out = bt.args(["verify", "--fast", "tree.torrent"]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(out.json()["checked"], "sizes");
    bt.write("tree/a", "x");
    let out = bt.args(["verify", "--fast", "tree.torrent"]).run();
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(states(&out), "a short\nd/b ok\nempty ok\nz ok\n");
    let human = bt.args(["verify", "--fast", "--format", "human", "tree.torrent"]).run().text();
    assert!(human.contains("1 of 4 files not right"), "{human}");
}

#[test]
fn fast_tells_of_files_written_after_the_torrent_was_made() {
    let bt = Bt::new();
    tree(&bt);
    let made = bt.args(["publish", "-q", "-f", "tree"]).env("SOURCE_DATE_EPOCH", "1000").run();
    assert_eq!(made.status, 0, "{made}");
    let out = bt.args(["verify", "--fast", "tree.torrent"]).run();
    assert_eq!((out.status, &out.json()["files"][0]["notes"]), (0, &json!(["newer"])), "{out}");
    let human = bt.args(["verify", "--fast", "--format", "human", "tree.torrent"]).run().text();
    let summary = human.lines().last().unwrap();
    let expected = "tree: 4 files of 92.0 KiB, all right in size; nothing was read; 4 files written \
                    after the torrent was made";
    assert_eq!(summary, expected);
}

#[test]
fn strict_names_what_the_torrent_does_not_have() {
    let bt = Bt::new();
    tree(&bt);
    bt.write("tree/d/new", "x");
    bt.write("tree/.hidden", "x");
    assert_eq!(bt.args(["verify", "tree.torrent"]).run().status, 0);
    let out = bt.args(["verify", "--strict", "tree.torrent"]).run();
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(out.json()["extra"], json!(["tree/.hidden", "tree/d/new"]));
    assert_eq!(out.json()["ok"], false);
    let human = bt.args(["verify", "-q", "--strict", "--format", "human", "tree.torrent"]).run();
    let text = human.text();
    assert!(text.starts_with("extra      tree/.hidden\nextra      tree/d/new\ntree: "), "{text}");
    assert!(text.contains("2 files that the torrent does not have"), "{text}");
    fs::remove_file(bt.path("tree/d/new")).unwrap();
    fs::remove_file(bt.path("tree/.hidden")).unwrap();
    let out = bt.args(["verify", "--strict", "tree.torrent"]).run();
    assert_eq!((out.status, &out.json()["extra"]), (0, &json!([])), "{out}");
}

#[test]
fn data_is_found_as_seed_finds_it() {
    let bt = Bt::new();
    tree(&bt);
    fs::create_dir(bt.path("srv")).unwrap();
    fs::rename(bt.path("tree"), bt.path("srv/tree")).unwrap();
    fs::rename(bt.path("tree.torrent"), bt.path("srv/t.torrent")).unwrap();
    for args in [
        &["verify", "srv/t.torrent"][..],
        &["verify", "srv/t.torrent", "srv"],
        &["verify", "srv/t.torrent", "srv/tree"],
        &["verify", "srv/t.torrent", "--data", "srv/tree"],
        &["verify", "--data", "srv", "srv/t.torrent"],
    ] {
        let out = bt.args(args).run();
        assert_eq!((out.status, &out.json()["ok"]), (0, &json!(true)), "{args:?} {out}");
        assert_eq!(out.json()["path"], "srv/tree");
    }
    let out = bt.args(["verify", "srv/t.torrent", "nowhere"]).run();
    out.fails(
        4,
        "bt verify: nowhere/tree: No such file or directory\nhint: --data says where the data lies\n",
    );
    let piped = bt.args(["verify", "-", "srv"]).stdin(bt.read("srv/t.torrent")).run();
    assert_eq!(piped.status, 0, "{piped}");
    let piped = bt.args(["verify"]).cwd("srv").stdin(bt.read("srv/t.torrent")).run();
    assert_eq!(piped.status, 0, "{piped}");
}

#[test]
fn a_single_file_whatever_its_name() {
    let bt = Bt::new();
    bt.write("one", bytes(1, 100_000));
    publish(&bt, "one");
    fs::rename(bt.path("one"), bt.path("other.torrent")).unwrap();
    // By its end it would be taken for a torrent.
    let out = bt.args(["verify", "one.torrent", "--data", "other.torrent"]).run();
    assert_eq!(out.status, 0, "{out}");
    fs::rename(bt.path("other.torrent"), bt.path("other")).unwrap();
    assert_eq!(bt.args(["verify", "one.torrent", "other"]).run().status, 0);
    damage(&bt, "other", 99_999);
    let out = bt.args(["verify", "one.torrent", "other"]).run();
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(files(&out)[0].2, [json!(["damaged", [6, 6], PIECE * 6, 100_000 - PIECE * 6])]);
}

#[test]
fn many_torrents_make_a_line_each_and_the_worst_status() {
    let bt = Bt::new();
    tree(&bt);
    bt.write("one", bytes(1, 100_000));
    publish(&bt, "one");
    let out = bt.args(["verify", "tree.torrent", "one.torrent"]).run();
    assert_eq!(out.status, 0, "{out}");
    let names: Vec<_> = out.events().iter().map(|line| line["name"].clone()).collect();
    assert_eq!(names, ["tree", "one"]);
    damage(&bt, "one", 0);
    assert_eq!(bt.args(["verify", "one.torrent", "tree.torrent", "."]).run().status, 1);
    bt.write("bad.torrent", "no");
    let out =
        bt.args(["verify", "bad.torrent", "one.torrent", "gone.torrent", "tree.torrent"]).run();
    assert_eq!((out.status, out.events().len()), (4, 2), "{out}");
    assert!(out.stderr.contains("bt verify: bad.torrent: "), "{out}");
    assert!(out.stderr.contains("bt verify: gone.torrent: No such file or directory\n"), "{out}");
    let out = bt.args(["verify", "bad.torrent"]).run();
    assert_eq!(out.status, 3, "{out}");
}

#[test]
fn events_are_a_line_a_file() {
    let bt = Bt::new();
    tree(&bt);
    damage(&bt, "tree/a", 0);
    bt.write("tree/new", "");
    let out = bt.args(["verify", "--events", "--strict", "tree.torrent"]).run();
    assert_eq!(out.status, 1, "{out}");
    let events = out.events();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["file", "file", "file", "file", "extra", "verified"]);
    assert!(events.iter().all(|event| event["v"] == 1 && event["info_hash"]["v1"].is_string()));
    assert_eq!((&events[0]["path"], &events[0]["state"]), (&json!(["a"]), &json!("damaged")));
    assert_eq!(events[4]["path"], "tree/new");
    assert_eq!(events[5]["states"], json!({"ok": 3, "damaged": 1}));
    assert!(events[5].get("files").is_none() && events[5].get("extra").is_none());
}

#[test]
fn unreadable_files_are_told_and_the_rest_is_judged() {
    use std::os::unix::fs::PermissionsExt;
    let bt = Bt::new();
    tree(&bt);
    fs::set_permissions(bt.path("tree/a"), fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(bt.path("tree/a")).is_ok() {
        eprintln!("skipped: this user reads everything");
        return;
    }
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!(out.status, 4, "{out}");
    assert_eq!(states(&out), "a unreadable\nd/b unchecked\nempty ok\nz unchecked\n");
    assert_eq!(out.json()["files"][0]["error"], "Permission denied");
}

#[test]
fn links_and_marks_of_the_torrents_own() {
    let torrent: &[u8] = b"d4:infod5:filesld4:attr1:x6:lengthi5e4:pathl1:aeed4:attr1:l6:lengthi0e\
        4:pathl1:d4:linke12:symlink pathl1:aeed6:lengthi5e4:pathl1:zeee4:name1:n12:piece lengthi16384e\
        6:pieces20:";
    let bt = Bt::new();
    let mut content = torrent.to_vec();
    content.extend(sha1(b"hellohello"));
    content.extend(b"ee");
    bt.write("n.torrent", content);
    bt.write("n/a", "hello");
    bt.write("n/z", "hello");
    fs::create_dir(bt.path("n/d")).unwrap();
    let said = |bt: &Bt| {
        let out = bt.args(["verify", "n.torrent"]).run();
        (out.status, states(&out), out.json()["files"][0]["notes"].clone())
    };
    let note = json!(["not executable"]);
    assert_eq!(said(&bt), (1, "a ok\nd/link missing\nz ok\n".to_owned(), note));
    std::os::unix::fs::symlink("../z", bt.path("n/d/link")).unwrap();
    assert_eq!(said(&bt).1, "a ok\nd/link damaged\nz ok\n");
    fs::remove_file(bt.path("n/d/link")).unwrap();
    std::os::unix::fs::symlink("../a", bt.path("n/d/link")).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(bt.path("n/a"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(said(&bt), (0, "a ok\nd/link ok\nz ok\n".to_owned(), Value::Null));
    fs::set_permissions(bt.path("n/z"), fs::Permissions::from_mode(0o755)).unwrap();
    let out = bt.args(["verify", "n.torrent"]).run();
    assert_eq!((out.status, &out.json()["files"][2]["notes"]), (0, &json!(["executable"])));
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    use sha1::{Digest, Sha1};
    Sha1::digest(bytes).to_vec()
}

#[test]
fn a_name_in_other_capitals_is_noted() {
    let bt = Bt::new();
    tree(&bt);
    fs::rename(bt.path("tree/z"), bt.path("tree/Z")).unwrap();
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(out.json()["files"][3]["state"], "missing");
    assert_eq!(out.json()["files"][3]["notes"], json!(["other case"]));
}

#[test]
fn an_empty_torrent_and_a_closed_pipe() {
    let bt = Bt::new();
    tree(&bt);
    let out = bt.args(["verify", "tree.torrent"]).into_closed_pipe();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let magnet =
        bt.args(["verify", "magnet:?xt=urn:btih:9ddc4cf66a3f606093ddff8ce130df4d0cdb868e"]);
    assert_eq!(magnet.run().status, 3);
    let bencode = bt.args(["verify", "--format", "bencode", "tree.torrent"]).run();
    assert_eq!(bencode.status, 2, "{bencode}");
}

#[test]
fn version_2_tells_damage_by_the_piece_and_never_blames_a_neighbour() {
    for version in ["--v2", "--hybrid"] {
        let bt = Bt::new();
        tree(&bt);
        let made = bt.args(["publish", "-qf", version, "-l", "32KiB", "tree"]).run();
        assert_eq!(made.status, 0, "{made}");
        let out = bt.args(["verify", "tree.torrent"]).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{version} {out}");
        assert_eq!(states(&out), "a ok\nd/b ok\nempty ok\nz ok\n");
        damage(&bt, "tree/a", PIECE * 5 / 2 - 1);
        damage(&bt, "tree/z", 0);
        fs::remove_file(bt.path("tree/d/b")).unwrap();
        let out = bt.args(["verify", "tree.torrent"]).run();
        assert_eq!(out.status, 1, "{version} {out}");
        let files = files(&out);
        assert_eq!(states(&out), "a damaged\nd/b missing\nempty ok\nz damaged\n");
        assert_eq!(files[0].2, [json!(["damaged", [1, 1], PIECE * 2, PIECE / 2])]);
        assert_eq!(files[3].2, [json!(["damaged", [3, 3], 0, PIECE * 2])]);
    }
}

#[test]
fn blocks_of_16_kib_are_told_where_pieces_are_as_short() {
    let bt = Bt::new();
    bt.write("one", bytes(1, 1 << 20));
    let made = bt.args(["publish", "-q", "--v2", "-l", "16KiB", "one"]).run();
    assert_eq!(made.status, 0, "{made}");
    damage(&bt, "one", 500_000);
    let out = bt.args(["verify", "one.torrent"]).run();
    assert_eq!(files(&out)[0].2, [json!(["damaged", [30, 30], 30 * PIECE, PIECE])]);
}

#[test]
fn a_hybrid_whose_hashes_contradict_each_other_is_disputed() {
    let bt = Bt::new();
    tree(&bt);
    let made = bt.args(["publish", "-qf", "--hybrid", "-l", "16KiB", "tree"]).run();
    assert_eq!(made.status, 0, "{made}");
    let mut torrent = bt.read("tree.torrent");
    let key = b"6:pieces";
    let at = torrent.windows(key.len()).position(|window| window == key).unwrap() + key.len();
    let start = at + torrent[at..].iter().position(|byte| *byte == b':').unwrap() + 1;
    torrent[start + 20] ^= 1;
    bt.write("tree.torrent", torrent);
    let out = bt.args(["verify", "tree.torrent"]).run();
    assert_eq!((out.status, states(&out)), (1, "a disputed\nd/b ok\nempty ok\nz ok\n".to_owned()));
    assert_eq!(files(&out)[0].2, [json!(["disputed", [1, 1], PIECE, PIECE])]);
    assert_eq!(out.json()["pieces"]["disputed"], 1);
    // No bytes can mend that, and none are asked for.
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "."]).run();
    assert_eq!((out.status, &out.json()["repaired"]["fetched"]), (1, &json!(0)), "{out}");
}

#[test]
fn without_piece_layers_there_is_nothing_to_check_by() {
    let bt = Bt::new();
    bt.write("one", bytes(1, 100_000));
    let made = bt.args(["publish", "-q", "--v2", "-l", "16KiB", "one"]).run();
    assert_eq!(made.status, 0, "{made}");
    let line = r#"bt decode one.torrent | jq -c 'del(."piece layers")' | bt encode > bare.torrent"#;
    if !crate::harness::have("jq") {
        return;
    }
    let bare = bt.shell(line).run();
    assert_eq!(bare.status, 0, "{bare}");
    let out = bt.args(["verify", "bare.torrent", "one"]).run();
    out.fails(3, "bt verify: bare.torrent: piece layers: missing\n");
}
