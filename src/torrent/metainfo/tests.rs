mod v2;

use super::*;
use crate::torrent::name::Unsafe;
use proptest::prelude::*;

/// A torrent of one file of three bytes.
const ONE: &[u8] = b"d8:announce8:http://t4:infod6:lengthi3e4:name1:n12:piece lengthi16384e\
6:pieces20:AAAAABBBBBCCCCCDDDDDee";

fn parse(bytes: &[u8]) -> Result<Metainfo, Error> {
    Metainfo::parse(Bytes::copy_from_slice(bytes))
}

/// `info` in a torrent.
fn info(info: &[u8]) -> Vec<u8> {
    [b"d4:info", info, b"e"].concat()
}

/// A folder of these bencoded files, with as many pieces of 16 KiB.
fn folder(files: &[u8], pieces: usize) -> Vec<u8> {
    let head = [b"d5:filesl", files, b"e4:name1:n12:piece lengthi16384e6:pieces"].concat();
    let hashes = format!("{}:{}e", pieces * 20, "h".repeat(pieces * 20));
    info(&[&head, hashes.as_bytes()].concat())
}

fn paths(metainfo: &Metainfo) -> Vec<String> {
    let path = |path: FilePath<'_>| String::from_utf8_lossy(path.as_joined()).into_owned();
    metainfo.layout.files().map(|file| path(file.path)).collect()
}

fn refused(bytes: &[u8]) -> String {
    match parse(bytes) {
        Ok(metainfo) => panic!("{}: {metainfo:?}", bytes.escape_ascii()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_file_is_read() {
    let metainfo = parse(ONE).unwrap();
    assert_eq!(metainfo.info_hash().to_string(), "216c7da9680d0b36e2634523767d42ed77bb3afa");
    assert_eq!((metainfo.folder, &*metainfo.name), (false, &b"n"[..]));
    assert_eq!(paths(&metainfo), ["n"]);
    assert_eq!(metainfo.pieces.map(|pieces| (pieces.count(), pieces.total())), Some((1, 3)));
    assert_eq!(metainfo.hash(crate::torrent::PieceIndex(0)), Some(b"AAAAABBBBBCCCCCDDDDD"));
    assert_eq!(metainfo.hash(crate::torrent::PieceIndex(1)), None);
    assert_eq!(metainfo.trackers, [["http://t"]]);
    assert_eq!(metainfo.warnings, [""; 0]);
    let alone = Metainfo::from_info(metainfo.info.clone()).unwrap();
    assert_eq!((alone.v1, alone.layout), (metainfo.v1, metainfo.layout));
}

#[test]
fn the_info_hash_is_over_the_bytes_as_found() {
    // Keys out of order and a leading zero stay as they are.
    let odd =
        b"d4:infod4:name1:n6:lengthi03e12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDee--";
    let metainfo = parse(odd).unwrap();
    assert_eq!(metainfo.info_hash().to_string(), "85984b3293037f2b2a1a05423bc6705be76ffe66");
    assert_eq!(metainfo.info, odd[7..odd.len() - 3]);
    assert_eq!(metainfo.warnings.len(), 3, "{:?}", metainfo.warnings);
}

#[test]
fn every_truncation_is_refused() {
    for length in 0..ONE.len() {
        assert!(parse(&ONE[..length]).is_err(), "{length}");
    }
}

#[test]
fn what_is_around_info_never_refuses() {
    let info = &ONE[ONE.len() - 90..];
    let info = &info[info.windows(7).position(|w| w == b"4:infod").unwrap()..];
    for before in [
        &b"8:announcei1e13:announce-listi1e"[..],
        b"13:announce-listd1:a1:be7:commentle",
        b"13:announce-listllelee10:created byi0e13:creation date1:x",
        b"13:creation datei-1e",
        b"13:creation datei99999999999999999999999e",
        b"9:httpseedsi0e",
    ] {
        let metainfo = parse(&[b"d", before, info].concat()).unwrap();
        assert!(metainfo.trackers.is_empty());
        assert!(
            before.starts_with(b"9:h") || before.ends_with(b"1:x") || !metainfo.warnings.is_empty()
        );
        assert_eq!(metainfo.creation_date, None);
    }
}

#[test]
fn what_is_around_info_is_read() {
    let bytes = [
        &b"d8:announce1:x13:announce-listll9:http://a 7:udp://bel0:el8:http://cee"[..],
        b"7:comment4:\xc3\xa9\xff.10:created by2:bt13:creation datei1700000000e",
        b"9:httpseedsl8:http://he",
        b"4:infod6:lengthi0e4:name1:n12:piece lengthi1e6:pieces0:7:privatei1e6:source1:Se",
        b"5:nodesll9:127.0.0.1i6881eel1:aee8:url-list8:http://we",
    ];
    let metainfo = parse(&bytes.concat()).unwrap();
    assert_eq!(metainfo.trackers, [vec!["http://a", "udp://b"], vec!["http://c"]]);
    assert_eq!(metainfo.comment.as_deref(), Some("é\u{fffd}."));
    assert_eq!(metainfo.created_by.as_deref(), Some("bt"));
    assert_eq!(metainfo.creation_date, Some(1_700_000_000));
    assert_eq!(metainfo.http_seeds, ["http://h"]);
    assert_eq!(metainfo.web_seeds, ["http://w"]);
    assert_eq!(metainfo.nodes, [("127.0.0.1".to_owned(), 6881)]);
    assert_eq!((metainfo.private, metainfo.source.as_deref()), (true, Some("S")));
    assert_eq!((metainfo.pieces, metainfo.piece_length), (None, 1));
    assert_eq!(metainfo.warnings.len(), 2, "{:?}", metainfo.warnings);
}

#[test]
fn endless_addresses_are_left_out() {
    let info = &ONE[ONE.windows(7).position(|w| w == b"4:infod").unwrap()..];
    let most = MAX_ADDRESSES;
    let with = |key: &str, list: String| {
        parse(&[format!("d{}:{key}{list}", key.len()).as_bytes(), info].concat()).unwrap()
    };
    for count in [most, most + 2] {
        let list = |item: &str| format!("l{}e", item.repeat(count));
        let bare = with("announce-list", list("1:a"));
        assert_eq!(bare.trackers.len(), most);
        let tiers = with("announce-list", format!("ll1:be{}e", list("1:a")));
        let urls = tiers.trackers.iter().map(Vec::len).sum::<usize>();
        assert_eq!((tiers.trackers.len(), urls), (2, most));
        let seeds = with("url-list", list("1:a"));
        let http = with("httpseeds", list("1:a"));
        let nodes = with("nodes", list("l1:ai1ee"));
        assert_eq!((seeds.web_seeds.len(), http.http_seeds.len()), (most, most));
        assert_eq!(nodes.nodes.len(), most);
        for (metainfo, key) in [(seeds, "url-list"), (http, "httpseeds"), (nodes, "nodes")] {
            let told =
                metainfo.warnings.contains(&format!("{key}: only the first {most} are taken"));
            assert_eq!(told, count > most, "{:?}", metainfo.warnings);
        }
    }
}

#[test]
fn only_the_number_one_inside_info_is_private() {
    let with = |private: &str| {
        let text = format!("d6:lengthi0e4:name1:n12:piece lengthi1e6:pieces0:{private}e");
        parse(&info(text.as_bytes())).unwrap()
    };
    assert!(with("7:privatei1e").private);
    for (private, warnings) in [("7:privatei0e", 0), ("7:private1:1", 1), ("7:privatei2e", 1)] {
        assert_eq!((with(private).private, with(private).warnings.len()), (false, warnings));
    }
}

#[test]
fn what_is_no_metainfo_is_refused() {
    for (bytes, why) in [
        (&b""[..], "not metainfo: byte 0: nothing there"),
        (b"hello", "not metainfo: byte 0: 'h' where a value must begin"),
        (b"le", "not metainfo: not a dictionary"),
        (b"de", "info: missing"),
        (b"d4:info0:e", "info: not a dictionary"),
        (b"d4:infodee", "info.name: missing"),
    ] {
        assert_eq!(refused(bytes), why);
    }
    let deep = [&b"d1:a"[..], &b"l".repeat(500), &b"e".repeat(501)].concat();
    assert!(refused(&deep).contains("nested deeper"), "{}", refused(&deep));
}

#[test]
fn bad_numbers_are_refused() {
    for (text, why) in [
        ("4:name1:n", "info.piece length: missing"),
        ("4:name1:n12:piece lengthi0e", "info.piece length: not from 1 to 1073741824"),
        ("4:name1:n12:piece lengthi-1e", "info.piece length: not from 1 to 1073741824"),
        ("4:name1:n12:piece lengthi4294967296e", "info.piece length: not from 1 to 1073741824"),
        ("4:name1:n12:piece length1:x", "info.piece length: not a number"),
        ("4:name1:n12:piece lengthi1e", "info: has neither length nor files"),
        ("5:filesle6:lengthi1e4:name1:n12:piece lengthi1e", "info: has both length and files"),
        ("5:filesle4:name1:n12:piece lengthi1e", "info.files: no files"),
        ("5:filesi0e4:name1:n12:piece lengthi1e", "info.files: not a list"),
        ("6:lengthi-1e4:name1:n12:piece lengthi1e", "info.length: negative"),
        ("6:lengthi9223372036854775808e4:name1:n12:piece lengthi1e", "info.length: not a number"),
        ("6:lengthi1e4:name1:n12:piece lengthi1e", "info.pieces: missing"),
        ("6:lengthi1e4:name1:n12:piece lengthi1e6:piecesle", "info.pieces: not text"),
        (
            "6:lengthi1e4:name1:n12:piece lengthi1e6:pieces3:abc",
            "info.pieces: 3 bytes, not a multiple of 20",
        ),
        ("6:lengthi1e4:name1:n12:piece lengthi1e6:pieces0:", "info.pieces: 0 hashes for 1 pieces"),
        (
            "6:lengthi0e4:name1:n12:piece lengthi1e6:pieces20:AAAAABBBBBCCCCCDDDDD",
            "info.pieces: 1 hashes for 0 pieces",
        ),
        ("12:meta versioni3e4:name1:n12:piece lengthi1e", "info.meta version: 3 is not known"),
    ] {
        assert_eq!(refused(&info(format!("d{text}e").as_bytes())), why, "{text}");
    }
    let huge = "d6:lengthi4611686018427387904e4:pathl1:ae\
                ed6:lengthi4611686018427387904e4:pathl1:bee";
    assert_eq!(
        refused(&folder(huge.as_bytes(), 1)),
        "info.files[1].length: the lengths add up to more than 2^63 bytes"
    );
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    for (path, why) in [
        (&b"le"[..], "empty"),
        (b"l0:e", "empty"),
        (b"l1:a0:e", "empty"),
        (b"l11:/etc/passwde", "a name with a slash"),
        (b"l3:a/be", "a name with a slash"),
        (b"l3:a\0be", "a name with a NUL byte"),
        (b"li1ee", "not a list of names"),
        (b"1:a", "not a list"),
    ] {
        let file = [b"d6:lengthi3e4:path", path, b"e"].concat();
        assert_eq!(refused(&folder(&file, 1)), format!("info.files[0].path: {why}"));
        let file = [b"d4:attr1:l4:pathl1:xe12:symlink path", path, b"e"].concat();
        assert_eq!(refused(&folder(&file, 0)), format!("info.files[0].symlink path: {why}"));
    }
    for (path, why) in [("1:.", "\".\" names no file"), ("1:a2:..1:b", "\"..\" leaves the folder")]
    {
        let file = format!("d6:lengthi3e4:pathl{path}ee");
        assert_eq!(refused(&folder(file.as_bytes(), 1)), format!("info.files[0].path: {why}"));
    }
    let long = format!("d6:lengthi3e4:pathl256:{}ee", "a".repeat(256));
    assert_eq!(parse(&folder(long.as_bytes(), 1)).unwrap_err().why(), Some(Unsafe::Long.into()));
    let deep = format!("d6:lengthi3e4:pathl{}ee", "1:a".repeat(101));
    assert_eq!(
        parse(&folder(deep.as_bytes(), 1)).unwrap_err().why(),
        Some(Unsafe::Deep(100).into())
    );
    for name in ["0:", "1:.", "2:..", "1:/", "4:a/..", "2:a\0", "i0e"] {
        let text = format!("d6:lengthi0e4:name{name}12:piece lengthi1e6:pieces0:e");
        assert!(refused(&info(text.as_bytes())).starts_with("info.name: "), "{name}");
    }
}

#[test]
fn a_backslash_never_separates_folders() {
    let file = br"d6:lengthi3e4:pathl7:..\..\xee";
    let metainfo = parse(&folder(file, 1)).unwrap();
    assert_eq!(paths(&metainfo), [".._.._x"]);
    assert!(metainfo.warnings[0].contains("backslash"), "{:?}", metainfo.warnings);
    // Not even so can one file take another's place.
    let two = br"d6:lengthi3e4:pathl3:a\beed6:lengthi3e4:pathl3:a_bee";
    assert_eq!(parse(&folder(two, 1)).unwrap_err().why(), Some(Why::SamePath));
}

#[test]
fn files_never_share_a_path() {
    let file = |path: &str| format!("d6:lengthi1e4:pathl{path}ee");
    let torrent = |paths: &[&str]| {
        let files: String = paths.iter().map(|path| file(path)).collect();
        parse(&folder(files.as_bytes(), 1)).map_err(|error| error.to_string())
    };
    assert!(torrent(&["1:a", "1:b1:a", "1:b1:b", "2:b.", "1:B"]).is_ok());
    for (paths, why) in [
        (&["1:a", "1:b", "1:a"][..], "info.files[0]: the same path as another file"),
        (&["1:a1:b", "1:c", "1:a"], "info.files[2]: another file lies inside this file"),
        (&["1:a", "2:a!", "1:a1:b1:c"], "info.files[0]: another file lies inside this file"),
    ] {
        assert_eq!(torrent(paths).unwrap_err(), why);
    }
}

#[test]
fn pads_links_and_attributes_are_read() {
    let files = [
        &b"d4:attr2:hx6:lengthi1e4:pathl1:aee"[..],
        b"d4:attr1:p6:lengthi16383e4:pathl2:..ee",
        b"d4:attr1:p6:lengthi0ee",
        b"d4:attr1:l4:pathl4:linke12:symlink pathl1:d1:tee",
        b"d6:lengthi2e4:pathl1:d1:te4:sha120:AAAAABBBBBCCCCCDDDDDe",
        b"d6:lengthi0e4:pathl1:bee",
    ];
    let metainfo = parse(&folder(&files.concat(), 2)).unwrap();
    let all = metainfo.layout.files();
    let flags: Vec<_> = all.map(|file| (file.executable, file.hidden, file.pad)).collect();
    let [a, pad, none] = [(true, true, false), (false, false, true), (false, false, false)];
    assert_eq!(flags, [a, pad, pad, none, none, none]);
    assert_eq!((metainfo.total_size(), metainfo.layout.total()), (3, 16386));
    let target = FilePathBuf::from_components(["d", "t"]).unwrap();
    assert_eq!(metainfo.extras[&3].symlink, Some(target));
    assert_eq!(metainfo.extras[&4].sha1, Some(*b"AAAAABBBBBCCCCCDDDDD"));
    assert_eq!(metainfo.extras.len(), 2);
}

#[test]
fn links_with_dots_lead_from_their_own_folder_and_stay_inside() {
    let link = |path: &str, target: &str| {
        let file = format!("d4:attr2:xl4:pathl{path}e12:symlink pathl{target}ee");
        parse(&folder(file.as_bytes(), 0)).map_err(|error| error.to_string())
    };
    for (path, target, place) in [
        ("1:a1:b", "2:..1:c", "c"),
        ("1:a1:b", "1:.1:c", "a/c"),
        ("1:a1:b1:c", "2:..1:d1:.2:..1:e", "a/e"),
        ("1:a1:b", "1:c", "c"),
    ] {
        let metainfo = link(path, target).unwrap();
        let links: Vec<_> = metainfo.links().map(|(_, to)| to.to_owned()).collect();
        assert_eq!(links, [FilePathBuf::from_components(place.split('/')).unwrap()], "{target}");
    }
    for (path, target, why) in [
        ("1:a", "2:..1:b", "\"..\" leaves the folder"),
        ("1:a1:b", "2:..2:..1:b", "\"..\" leaves the folder"),
        ("1:a", "1:.", "empty"),
        ("1:a", "1:.4:b/..", "a name with a slash"),
        ("1:a", "1:.i1e", "not a list of names"),
    ] {
        assert_eq!(link(path, target).unwrap_err(), format!("info.files[0].symlink path: {why}"));
    }
}

#[test]
fn links_that_lead_to_nothing_are_led_from_their_own_folder() {
    let file = |path: &str| format!("d6:lengthi0e4:pathl{path}ee");
    let link = |path: &str, target: &str| {
        format!("d4:attr1:l6:lengthi0e4:pathl{path}e12:symlink pathl{target}ee")
    };
    let odd = |path: &str| format!("{path:?}: a link whose target is told from its own folder");
    let (file_a, file_b) = (file("1:v1:a1:f"), file("1:v1:b"));
    for (path, target, leads_to, is_odd) in [
        // A folder and a file beside the link, and a file below such a folder.
        ("1:v1:c", "1:a", "v/a", true),
        ("1:v1:c", "1:b", "v/b", true),
        ("1:v1:c", "1:a1:f", "v/a/f", true),
        // What is there from the torrent's folder is meant.
        ("1:v1:c", "1:v", "v", false),
        ("1:v1:c", "1:v1:a1:f", "v/a/f", false),
        ("1:v1:v", "1:v1:b", "v/b", false),
        // Neither: BEP 47 counts. A part of a name is no folder.
        ("1:v1:c", "1:x", "x", false),
        ("1:c", "1:a", "a", false),
        ("1:v1:c", "2:ab", "ab", false),
    ] {
        let torrent = folder([&*file_a, &file_b, &link(path, target)].concat().as_bytes(), 0);
        let metainfo = parse(&torrent).unwrap();
        let links: Vec<_> = metainfo.links().map(|(_, to)| to.to_owned()).collect();
        assert_eq!(links, [FilePathBuf::from_components(leads_to.split('/')).unwrap()], "{path}");
        let path: String = path.split("1:").skip(1).collect::<Vec<_>>().join("/");
        let expected = if is_odd { vec![odd(&path)] } else { vec![] };
        assert_eq!(metainfo.warnings, expected);
    }
}

#[test]
fn bounds_can_be_chosen() {
    let bounds = |bytes, files, depth| {
        let torrent = folder(b"d6:lengthi0e4:pathl1:a1:b1:ceed6:lengthi0e4:pathl1:dee", 0);
        let found = Metainfo::parse_within(torrent.into(), Bounds { bytes, files, depth });
        found.map_err(|error| error.to_string()).err()
    };
    let length = folder(b"d6:lengthi0e4:pathl1:a1:b1:ceed6:lengthi0e4:pathl1:dee", 0).len();
    assert_eq!(bounds(length, 2, 3), None);
    let long = format!("longer than {} bytes", length - 1);
    assert_eq!(bounds(length - 1, 2, 3), Some(long));
    assert_eq!(bounds(length, 1, 3).as_deref(), Some("info.files[1]: more than 1 files"));
    let deep = Some("info.files[0].path: more than 2 folders deep");
    assert_eq!(bounds(length, 2, 2).as_deref(), deep);
}

#[test]
fn odd_piece_lengths_are_warned_of() {
    let with = |length: u32| {
        let text = format!("d6:lengthi0e4:name1:n12:piece lengthi{length}e6:pieces0:e");
        parse(&info(text.as_bytes())).unwrap().warnings
    };
    assert_eq!(with(16 << 20), [""; 0]);
    assert_eq!(with(1000), ["info.piece length: 1000, not a power of two"]);
    let long = "info.piece length: 33554432; some clients take no pieces longer than 16 MiB";
    assert_eq!(with(32 << 20), [long]);
}

#[test]
fn names_that_differ_by_case_are_warned_of() {
    let with = |paths: &[&str]| {
        let file = |path: &&str| {
            let names = path.split('/').map(|name| format!("{}:{name}", name.len()));
            format!("d6:lengthi0e4:pathl{}ee", names.collect::<String>())
        };
        let files: String = paths.iter().map(file).collect();
        let warnings = parse(&folder(files.as_bytes(), 0)).unwrap().warnings;
        warnings.into_iter().find(|line| line.contains("no case"))
    };
    assert_eq!(with(&["a/b", "a/c", "A/d", "b"]), None);
    for paths in [&["x", "a/README", "a/readme"][..], &["É", "é"], &["A", "a/b"], &["a/b/c", "A/B"]]
    {
        let warning = with(paths).unwrap_or_else(|| panic!("{paths:?}"));
        assert!(warning.ends_with("no case, as on Windows and macOS"), "{warning}");
    }
    let warning = with(&["b", "a/README", "a/readme"]).unwrap();
    assert!(warning.starts_with("\"a/README\" and \"a/readme\": "), "{warning}");
}

#[test]
fn utf8_names_are_preferred() {
    let file = b"d6:lengthi3e4:pathl1:\xffe10:path.utf-8l2:\xc3\xbfee";
    assert_eq!(paths(&parse(&folder(file, 1)).unwrap()), ["ÿ"]);
    let bad = b"d6:lengthi3e4:pathl1:ae10:path.utf-8l1:\xffee";
    assert_eq!(paths(&parse(&folder(bad, 1)).unwrap()), ["a"]);
    let raw = b"d6:lengthi3e4:pathl1:\xffee";
    let metainfo = parse(&folder(raw, 1)).unwrap();
    assert_eq!(metainfo.layout.file(0).unwrap().path.as_joined(), [0xff]);
    assert!(metainfo.warnings[0].contains("not UTF-8"), "{:?}", metainfo.warnings);
}

/// `file tree`s: a file of three bytes, one of none, and folders.
#[test]
fn warnings_are_bounded() {
    let files: String = (10..99).map(|n| format!(r"d6:lengthi0e4:pathl3:{n}\ee")).collect();
    let warnings = parse(&folder(files.as_bytes(), 0)).unwrap().warnings;
    assert_eq!(warnings.len(), Warnings::MOST + 1);
    assert!(warnings[Warnings::MOST].starts_with("and 6"), "{warnings:?}");
}

proptest! {
    #[test]
    fn no_bytes_panic(at in 0..ONE.len(), byte: u8, insert: Vec<u8>) {
        let mut bytes = ONE.to_vec();
        bytes[at] = byte;
        let _ = parse(&bytes);
        bytes.splice(at..at, insert);
        let _ = parse(&bytes);
    }
}
