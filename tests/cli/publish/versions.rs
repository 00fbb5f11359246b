//! v1, v2 and hybrid, and how long a piece is.

use super::publish;
use crate::harness::Bt;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Bytes that no two places share.
pub(super) fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_769) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

/// The root of a file's blocks, padded with zero leaves to `leaves` (BEP 52).
fn root(bytes: &[u8], leaves: usize) -> [u8; 32] {
    let mut level: Vec<[u8; 32]> =
        bytes.chunks(16 << 10).map(|block| Sha256::digest(block).into()).collect();
    level.resize(leaves, [0; 32]);
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| Sha256::new().chain_update(pair[0]).chain_update(pair[1]).finalize().into())
            .collect();
    }
    level[0]
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The metainfo as JSON, byte strings that are not UTF-8 in hex.
pub(super) fn decoded(bt: &Bt, file: &str) -> Value {
    bt.args(["decode", file]).run().json()
}

#[test]
fn v2_has_a_root_for_each_file_and_layers_for_the_long_ones() {
    let bt = Bt::new();
    let (long, short) = (noise(1, 100_000), noise(2, 40_000));
    bt.write("d/long", &long);
    bt.write("d/short", &short);
    bt.write("d/empty", "");
    let out = publish(&bt, &["d", "--v2", "-l", "64KiB"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let summary = out.json();
    assert_eq!(summary["version"], "v2");
    assert!(summary["info_hash"].is_null());
    assert_eq!((&summary["piece_count"], &summary["total_size"]), (&json!(3), &json!(140_000)));

    let shown = decoded(&bt, "d.torrent");
    let info = &shown["info"];
    assert_eq!(info["meta version"], 2);
    for key in ["pieces", "files", "length"] {
        assert!(info[key].is_null(), "{key}");
    }
    let tree = &info["file tree"];
    assert_eq!(tree["empty"][""], json!({"length": 0}));
    let short_root = tree["short"][""]["pieces root"]["$hex"].as_str().unwrap();
    assert_eq!(short_root, hex(root(&short, 4)));
    let long_root = tree["long"][""]["pieces root"]["$hex"].as_str().unwrap();
    assert_eq!(long_root, hex(root(&long, 8)));
    let mut layer = root(&long[..65_536], 4).to_vec();
    layer.extend(root(&long[65_536..], 4));
    let raw = bt.read("d.torrent");
    let mut key = b"12:piece layersd32:".to_vec();
    key.extend(root(&long, 8));
    key.extend(b"64:");
    key.extend(layer);
    key.extend(b"ee");
    assert!(raw.ends_with(&key), "{}", raw.escape_ascii());

    // Its hash is over the bytes of info.
    let start = raw.windows(6).position(|part| part == b"4:info").unwrap() + 6;
    let end = raw.windows(15).position(|part| part == b"12:piece layers").unwrap();
    let info_hash = hex(Sha256::digest(&raw[start..end]));
    assert_eq!(summary["info_hash_v2"], info_hash.as_str());
    let magnet = summary["magnet"].as_str().unwrap();
    assert!(magnet.contains(&format!("urn:btmh:1220{info_hash}")), "{magnet}");
}

#[test]
fn hybrid_has_both_and_pads_between_files() {
    let bt = Bt::new();
    let (a, b) = (noise(1, 20_000), noise(2, 50_000));
    bt.write("d/a", &a);
    bt.write("d/b", &b);
    let out = publish(&bt, &["d", "--hybrid", "-l", "16KiB"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let summary = out.json();
    assert_eq!(summary["version"], "hybrid");
    assert_eq!((&summary["file_count"], &summary["total_size"]), (&json!(2), &json!(70_000)));
    let shown = decoded(&bt, "d.torrent");
    let files = shown["info"]["files"].as_array().unwrap();
    assert_eq!(files[1]["attr"], "p");
    assert_eq!(files[1]["length"], 12_768);
    let mut bytes = a.clone();
    bytes.resize(32_768, 0);
    bytes.extend(&b);
    bytes.resize(98_304, 0);
    let hashes: Vec<u8> = bytes.chunks(16 << 10).flat_map(Sha1::digest).collect();
    assert_eq!(shown["info"]["pieces"]["$hex"], hex(&hashes));
    assert_eq!(
        shown["info"]["file tree"]["b"][""]["pieces root"]["$hex"].as_str().unwrap(),
        hex(root(&b, 4))
    );
    for key in ["info_hash", "info_hash_v2"] {
        assert!(summary[key].is_string(), "{key}");
    }
    let inspected = bt.args(["inspect", "d.torrent"]).run().json();
    assert_eq!(inspected["version"], "hybrid");
    assert_eq!(inspected["info_hash"]["v1"], summary["info_hash"]);
    assert_eq!(inspected["info_hash"]["v2"], summary["info_hash_v2"]);
}

#[test]
fn a_single_file_of_any_version_has_no_folder() {
    let bt = Bt::new();
    bt.write("f", noise(1, 70_000));
    for (version, output) in [("--v1", "one"), ("--v2", "two"), ("--hybrid", "both")] {
        let out = publish(&bt, &["f", version, "-o", output, "http://t/announce"]);
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        let shown = bt.args(["inspect", output]).run().json();
        assert_eq!(shown["files"].as_array().unwrap().len(), 1, "{shown}");
        assert_eq!(shown["files"][0]["path"], json!(["f"]));
        assert_eq!(shown["warnings"], json!([]), "{version}");
    }
    // v1 is what is made without a word.
    publish(&bt, &["f", "http://t/announce"]);
    assert_eq!(bt.read("f.torrent"), bt.read("one"));
    assert_eq!(publish(&bt, &["f", "--v2", "--hybrid"]).status, 2);
}

#[test]
fn the_same_bytes_whatever_the_threads() {
    let bt = Bt::new();
    for number in 0..40 {
        bt.write(format!("d/{}/f{number}", number % 3), noise(number, number as usize * 7_001));
    }
    for version in ["--v1", "--v2", "--hybrid"] {
        for threads in ["1", "2", "5"] {
            let output = format!("{threads}{version}");
            let out =
                publish(&bt, &["d", version, "-l", "16KiB", "--threads", threads, "-o", &output]);
            assert_eq!(out.status, 0, "{out}");
            assert_eq!(bt.read(&output), bt.read(format!("1{version}")), "{output}");
        }
    }
}

#[test]
fn the_length_of_a_piece_follows_the_rules_that_were_given() {
    let bt = Bt::new();
    bt.write("f", noise(1, 3_000_000));
    for (args, length) in [
        (&[][..], 16 << 10),
        (&["--piece-count", "10"], 512 << 10),
        (&["--piece-count", "12"], 256 << 10),
        (&["--piece-count", "1"], 4 << 20),
        (&["--piece-count", "1", "--max-piece-length", "1MiB"], 1 << 20),
        (&["--piece-count", "1000000"], 16 << 10),
        (&["--max-piece-length", "16KiB"], 16 << 10),
        (&["--piece-length", "64KiB"], 64 << 10),
    ] {
        let out = publish(&bt, &[&["f", "-f"][..], args].concat());
        assert_eq!(out.status, 0, "{out}");
        assert_eq!(out.json()["piece_length"], length, "{args:?}");
    }
    for args in [
        &["--piece-length", "64KiB", "--piece-count", "3"][..],
        &["--piece-length", "64KiB", "--max-piece-length", "64KiB"],
        &["--max-piece-length", "100000"],
        &["--piece-count", "0"],
    ] {
        assert_eq!(publish(&bt, &[&["f", "-f"][..], args].concat()).status, 2, "{args:?}");
    }
}

#[test]
fn a_piece_that_common_clients_refuse_is_told() {
    let bt = Bt::new();
    bt.write("f", "x");
    let out = publish(&bt, &["f", "-l", "64MiB"]);
    assert_eq!(out.status, 0, "{out}");
    assert!(
        out.stderr.starts_with("bt publish: warning: f: info.piece length: 67108864; some"),
        "{out}"
    );
    assert_eq!(out.json()["warnings"].as_array().unwrap().len(), 1);
    let out = publish(&bt, &["f", "-f", "-l", "16MiB"]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(out.json()["warnings"], json!([]));
}
