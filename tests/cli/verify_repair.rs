//! `bt verify --repair-from`: only what is damaged is got and written.

use crate::harness::Bt;
use crate::verify::{bytes, damage, publish, states, tree};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// `tree` with a right copy of it in `good/tree`.
fn two(bt: &Bt) {
    tree(bt);
    let copied = bt.shell("mkdir good && cp -r tree good/").run();
    assert_eq!(copied.status, 0, "{copied}");
}

#[test]
fn damaged_missing_and_short_files_are_mended_from_another_copy() {
    let bt = Bt::new();
    two(&bt);
    damage(&bt, "tree/a", 5);
    damage(&bt, "tree/a", 40_959);
    fs::remove_file(bt.path("tree/d/b")).unwrap();
    fs::remove_file(bt.path("tree/empty")).unwrap();
    bt.write("tree/z", &bytes(3, 49_152)[..20_000]);
    for from in ["good", "good/tree"] {
        let out = bt.args(["verify", "tree.torrent", "--repair-from", from]).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
        assert_eq!(states(&out), "a ok\nd/b ok\nempty ok\nz ok\n");
    }
    for file in ["a", "d/b", "empty", "z"] {
        assert_eq!(bt.read(format!("tree/{file}")), bt.read(format!("good/tree/{file}")), "{file}");
    }
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "good"]).run();
    assert_eq!(out.json()["repaired"], json!({"pieces": 0, "fetched": 0, "written": 0}));
}

#[test]
fn only_the_pieces_that_are_wrong_are_got_and_only_blocks_that_differ_written() {
    let bt = Bt::new();
    bt.write("one", bytes(1, 1 << 20));
    let made = bt.args(["publish", "-q", "-l", "128KiB", "one"]).run();
    assert_eq!(made.status, 0, "{made}");
    bt.write("good/one", bt.read("one"));
    damage(&bt, "one", 300_000);
    let out = bt.args(["verify", "one.torrent", "--repair-from", "good"]).run();
    assert_eq!(out.status, 0, "{out}");
    let expected = json!({"pieces": 1, "fetched": 128 << 10, "written": 16 << 10});
    assert_eq!(out.json()["repaired"], expected);
    let human = bt.args(["verify", "--format", "human", "one.torrent", "--repair-from", "good"]);
    assert!(human.run().text().contains("; 0 pieces repaired, 0 B got, 0 B written"));
}

#[test]
fn nothing_wrong_is_ever_written() {
    let bt = Bt::new();
    two(&bt);
    damage(&bt, "tree/z", 49_000);
    damage(&bt, "good/tree/z", 49_001);
    let before = bt.read("tree/z");
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "good"]).run();
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(out.stderr, "bt verify: warning: good: 1 piece there without the right hash\n");
    assert_eq!((bt.read("tree/z"), &out.json()["repaired"]["pieces"]), (before, &json!(0)));
    // A second copy may have what the first has not.
    bt.write("better/tree/z", bytes(3, 49_152));
    let args = ["verify", "tree.torrent", "--repair-from", "good", "--repair-from", "better"];
    let out = bt.args(args).run();
    assert_eq!((out.status, bt.read("tree/z")), (0, bytes(3, 49_152)), "{out}");
}

#[test]
fn a_copy_of_one_file_mends_a_piece_that_others_share() {
    let bt = Bt::new();
    two(&bt);
    damage(&bt, "tree/d/b", 100);
    // There, b is right and its neighbours are not.
    damage(&bt, "good/tree/a", 40_959);
    damage(&bt, "good/tree/z", 0);
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "good"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    fs::remove_file(bt.path("good/tree/a")).unwrap();
    fs::remove_file(bt.path("good/tree/z")).unwrap();
    damage(&bt, "tree/d/b", 100);
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "good"]).run();
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(out.json()["repaired"]["written"], 4096);
}

#[test]
fn a_tree_that_is_not_there_at_all_is_made() {
    let bt = Bt::new();
    two(&bt);
    fs::remove_dir_all(bt.path("tree")).unwrap();
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "good"]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    assert_eq!(bt.args(["verify", "tree.torrent"]).run().status, 0);
    let out = bt.args(["verify", "tree.torrent", "new/tree", "--repair-from", "good"]).run();
    assert_eq!((out.status, &out.json()["path"]), (0, &json!("new/tree")), "{out}");
}

#[test]
fn long_files_are_cut_only_when_told() {
    let bt = Bt::new();
    two(&bt);
    let mut long = bt.read("tree/z");
    long.extend(b"more");
    bt.write("tree/z", &long);
    damage(&bt, "tree/z", 0);
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "good"]).run();
    assert_eq!((out.status, states(&out)), (1, "a ok\nd/b ok\nempty ok\nz long\n".into()), "{out}");
    assert_eq!(bt.read("tree/z").len(), long.len());
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "good", "--force"]).run();
    assert_eq!((out.status, bt.read("tree/z")), (0, bytes(3, 49_152)), "{out}");
}

#[test]
fn sources_that_are_none() {
    let bt = Bt::new();
    two(&bt);
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "gone"]).run();
    out.fails(4, "bt verify: gone: No such file or directory\n");
    publish(&bt, "good");
    let out = bt.args(["verify", "tree.torrent", "--fast", "--repair-from", "good"]).run();
    assert_eq!(out.status, 2, "{out}");
}

/// Serves the files below a folder on a port of its own, with byte ranges; counts the bytes given.
struct Server {
    url: String,
    given: Arc<AtomicU64>,
}

impl Server {
    fn start(folder: PathBuf, ranges: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let given = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&given);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (folder, count) = (folder.clone(), Arc::clone(&count));
                std::thread::spawn(move || serve(&stream, &folder, ranges, &count));
            }
        });
        Self { url, given }
    }

    fn given(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }
}

/// Answers requests until the caller has had enough.
fn serve(mut stream: &TcpStream, folder: &Path, ranges: bool, given: &AtomicU64) -> Option<()> {
    let mut requests = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            requests.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if line == "\r\n" {
                break;
            }
            head.push(line);
        }
        let path = head.first()?.split(' ').nth(1)?.trim_start_matches('/').replace("%20", " ");
        let range = head
            .iter()
            .find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
        let (from, to) = range.as_ref()?.trim().split_once('-')?;
        let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
        let answer = match fs::read(folder.join(path)) {
            Ok(all) if ranges && to < all.len() => {
                let part = &all[from..=to];
                given.fetch_add(part.len() as u64, Ordering::Relaxed);
                let head = format!(
                    "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{to}/{}\r\nContent-Length: {}\r\n\r\n",
                    all.len(),
                    part.len()
                );
                [head.as_bytes(), part].concat()
            }
            Ok(all) if !ranges => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", all.len());
                [head.as_bytes(), &all].concat()
            }
            Ok(_) => b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n".to_vec(),
            Err(_) => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        };
        stream.write_all(&answer).ok()?;
    }
}

#[test]
fn a_web_server_gives_the_pieces_that_are_wrong_and_no_others() {
    let bt = Bt::new();
    two(&bt);
    damage(&bt, "tree/a", 5);
    fs::remove_file(bt.path("tree/d/b")).unwrap();
    let server = Server::start(bt.path("good"), true);
    let out = bt.args(["verify", "tree.torrent", "--repair-from", &server.url]).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    // Two pieces of six: the first, and the third with all of its files.
    assert_eq!(server.given(), 2 * 16384);
    assert_eq!(out.json()["repaired"], json!({"pieces": 2, "fetched": 32768, "written": 20480}));
    for file in ["a", "d/b"] {
        assert_eq!(bt.read(format!("tree/{file}")), bt.read(format!("good/tree/{file}")), "{file}");
    }
}

#[test]
fn a_single_file_has_the_servers_url_itself_or_lies_below_it() {
    let bt = Bt::new();
    bt.write("one", bytes(1, 100_000));
    publish(&bt, "one");
    bt.write("good/one", bt.read("one"));
    let server = Server::start(bt.path("good"), true);
    for url in [server.url.clone(), format!("{}one", server.url)] {
        damage(&bt, "one", 77_777);
        let out = bt.args(["verify", "one.torrent", "--repair-from", &url]).run();
        assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    }
    assert_eq!(bt.read("one"), bt.read("good/one"));
}

#[test]
fn servers_of_no_use_are_named_and_change_nothing() {
    let bt = Bt::new();
    two(&bt);
    damage(&bt, "tree/z", 20_000);
    let before = bt.read("tree/z");
    let server = Server::start(bt.path("good"), false);
    let out = bt.args(["verify", "tree.torrent", "--repair-from", &server.url]).run();
    assert_eq!(out.status, 1, "{out}");
    let warning = "the server does not send parts of files (ranges)";
    assert_eq!(out.stderr, format!("bt verify: warning: {}: {warning}\n", server.url));
    // This one hangs up on everybody.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let out = bt.args(["verify", "tree.torrent", "--repair-from", &url]).run();
    assert_eq!(out.status, 5, "{out}");
    assert!(out.stderr.starts_with(&format!("bt verify: warning: {url}: ")), "{out}");
    assert_eq!(bt.read("tree/z"), before);
    // What one lacks another has.
    let args = ["verify", "tree.torrent", "--repair-from", &server.url, "--repair-from", "good"];
    assert_eq!(bt.args(args).run().status, 0);
}

#[test]
fn a_source_that_has_nothing_is_told() {
    let bt = Bt::new();
    two(&bt);
    damage(&bt, "tree/a", 5);
    fs::create_dir(bt.path("void")).unwrap();
    let out = bt.args(["verify", "tree.torrent", "--repair-from", "void"]).run();
    assert_eq!(out.status, 1, "{out}");
    assert_eq!(out.stderr, "bt verify: warning: void: 1 piece not there\n");
    // No matter where another one has it.
    let both = ["--repair-from", "void", "--repair-from", "good"];
    let out = bt.args(["verify", "tree.torrent"]).args(both).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
}

#[test]
fn a_folder_of_other_things_is_not_filled() {
    let bt = Bt::new();
    two(&bt);
    bt.write("srv/other", "something");
    let mend = ["verify", "tree.torrent", "--repair-from", "good", "--data"];
    let out = bt.args(mend).args(["srv"]).run();
    assert_eq!((out.status, &out.json()["path"]), (0, &json!("srv/tree")), "{out}");
    assert_eq!(bt.read("srv/tree/z"), bt.read("tree/z"));
    assert!(!bt.path("srv/z").exists());
    // The data itself under another name, of which little is left.
    bt.write("renamed/empty", "");
    let out = bt.args(mend).args(["renamed"]).run();
    assert_eq!((out.status, &out.json()["path"]), (0, &json!("renamed")), "{out}");
    assert_eq!(bt.read("renamed/z"), bt.read("tree/z"));
}
