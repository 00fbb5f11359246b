//! `bt publish --check-web-seeds`

use crate::harness::{Bt, Output};
use crate::web_server::{Manner, WebServer};
use std::fs;

fn publish(bt: &Bt, path: &str, seeds: &[&str]) -> Output {
    let seeds = seeds.iter().flat_map(|seed| ["--web-seed", seed]);
    bt.args(["publish", path, "--check-web-seeds"]).args(seeds).run()
}

fn long(seed: u8) -> Vec<u8> {
    (0..10_000u32).map(|at| (at / 7) as u8 ^ seed).collect()
}

#[test]
fn seeds_that_have_the_files_are_taken() {
    let bt = Bt::new();
    bt.write("d/a b/c#", long(1));
    bt.write("d/one", "1");
    bt.write("d/empty", "");
    let files: [(&str, &[u8]); 2] = [("/x/d/a%20b/c%23", &long(1)), ("/x/d/one", b"1")];
    let server = WebServer::new(Manner::Ranges, &files);
    let out = publish(&bt, "d", &[&format!("{}x", server.url)]);
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
    let expected = ["/x/d/a%20b/c%23 0-1023", "/x/d/a%20b/c%23 8976-9999", "/x/d/one 0-0"];
    assert_eq!(server.asked(), expected);
    assert!(bt.path("d.torrent").exists());

    // A file lies at the URL itself, or in the folder that it names.
    bt.write("f", long(2));
    let server = WebServer::new(Manner::Ranges, &[("/y/f", &long(2)), ("/z", &long(2))]);
    let (folder, whole) = (format!("{}y/", server.url), format!("{}z", server.url));
    let out = publish(&bt, "f", &[&folder, &whole]);
    assert_eq!(out.status, 0, "{out}");
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn each_file_that_is_wrong_is_told_and_nothing_is_made() {
    let bt = Bt::new();
    for name in ["good", "gone", "other", "longer", "shorter", "tail"] {
        bt.write(format!("d/{name}"), long(1));
    }
    let mut tail = long(1);
    tail[9_500] ^= 1;
    let longer = [long(1), vec![0]].concat();
    let server = WebServer::new(
        Manner::Ranges,
        &[
            ("/d/good", &long(1)),
            ("/d/other", &long(2)),
            ("/d/longer", &longer),
            ("/d/shorter", &long(1)[..9_999]),
            ("/d/tail", &tail),
        ],
    );
    let out = publish(&bt, "d", &[&server.url]);
    let url = &server.url;
    let expected = [
        format!("bt publish: {url}d/gone: the server answered 404\n"),
        format!("bt publish: {url}d/longer: 10001 bytes there, 10000 here\n"),
        format!("bt publish: {url}d/other: bytes 0 to 1023 are not those of the file here\n"),
        format!("bt publish: {url}d/shorter: 9999 bytes there, 10000 here\n"),
        format!("bt publish: {url}d/tail: bytes 8976 to 9999 are not those of the file here\n"),
    ];
    out.fails(1, &expected.concat());
    assert!(!bt.path("d.torrent").exists());
}

#[test]
fn servers_that_misbehave_are_told() {
    let bt = Bt::new();
    bt.write("f", long(1));
    for (manner, wrong) in [
        (Manner::Whole, "the server does not send parts of files (ranges)"),
        (Manner::OtherPart, "the server sends another part than it was asked for"),
        (Manner::Short, "the server sent 1023 of 1024 bytes"),
        (Manner::Endless, "the server sends more than it was asked for"),
        (Manner::Circle, "too many redirects"),
    ] {
        let server = WebServer::new(manner, &[("/f", &long(1))]);
        let out = publish(&bt, "f", &[&server.url]);
        out.fails(1, &format!("bt publish: {}f: {wrong}\n", server.url));
    }
    // A port that was just given back has no server.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let out = publish(&bt, "f", &[&url]);
    out.fails(5, &format!("bt publish: {url}f: Connection refused\n"));
    let out = publish(&bt, "f", &["ftp://h/"]);
    out.fails(1, "bt publish: ftp://h/f: not an http or https URL: ftp://h/f\n");
    assert_eq!(fs::read_dir(bt.dir()).unwrap().count(), 2, "something was made");

    let stream = ["publish", "-", "--name=x", "--check-web-seeds", "--web-seed=http://h/"];
    bt.args(stream)
        .stdin("x")
        .run()
        .fails(2, "bt publish: --check-web-seeds is for files and directories\n");
    assert_eq!(bt.args(["publish", "f", "--check-web-seeds"]).run().status, 2);
}
