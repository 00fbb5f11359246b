//! Metainfo of v2 and hybrids (BEP 52).

use super::*;
use crate::torrent::PieceIndex;

fn v2(tree: &[u8], rest: &[u8]) -> Result<Metainfo, String> {
    let info =
        [b"d9:file tree", tree, b"12:meta versioni2e4:name1:n12:piece lengthi16384e", rest, b"e"];
    parse(&self::info(&info.concat())).map_err(|error| error.to_string())
}

const LEAF: &[u8] = b"d0:d6:lengthi3e11:pieces root32:0123456789abcdef0123456789abcdefee";

#[test]
fn v2_trees_are_read() {
    let tree = [b"d1:a", LEAF, b"1:bd1:cd0:d6:lengthi0eee1:d", LEAF, b"ee"].concat();
    let metainfo = v2(&tree, b"").unwrap();
    assert_eq!((metainfo.v1, metainfo.folder), (None, true));
    assert_eq!(metainfo.info_hash().0, metainfo.v2.unwrap()[..20]);
    // Every file begins at a piece, so that the numbers of pieces are right.
    assert_eq!(paths(&metainfo), ["a", "b/c", ".pad", "b/d"]);
    assert_eq!(metainfo.pieces.map(|pieces| pieces.count()), Some(2));
    assert_eq!(metainfo.total_size(), 6);
    assert_eq!(metainfo.pieces_root(3), Some(b"0123456789abcdef0123456789abcdef"));
    let single = v2(&[b"d1:n", LEAF, b"e"].concat(), b"").unwrap();
    assert_eq!((single.folder, paths(&single)), (false, vec!["n".to_owned()]));
    assert!(v2(&[b"d1:m", LEAF, b"e"].concat(), b"").unwrap().folder);
}

#[test]
fn bad_v2_trees_are_refused() {
    for (tree, why) in [
        (&b"de"[..], "info.file tree: no files"),
        (b"le", "info.file tree: not a dictionary"),
        (b"d1:ad0:d6:lengthi0ee1:bdeee", "info.file tree.a: a file and a folder at once"),
        (b"d0:d6:lengthi0eee", "info.file tree: a file and a folder at once"),
        (b"d2:..d0:d6:lengthi0eeee", "info.file tree: \"..\" leaves the folder"),
        (
            b"d1:ad0:d6:lengthi1eeee",
            "info.file tree.a.pieces root: not 32 bytes, or for an empty file",
        ),
        (
            b"d1:ad0:d6:lengthi1e11:pieces root3:abceee",
            "info.file tree.a.pieces root: not 32 bytes, or for an empty file",
        ),
        (b"d1:ad0:d6:lengthi-1eeee", "info.file tree.a.length: negative"),
        (b"d1:ai0ee", "info.file tree.a: not a dictionary"),
        // Readers that sort and readers that do not would number the pieces differently.
        (
            b"d1:bd0:d6:lengthi0eee1:ad0:d6:lengthi0eeee",
            "info.file tree.a: out of order; the names in a file tree ascend",
        ),
        (
            b"d1:dd1:ad0:d6:lengthi0eee1:ad0:d6:lengthi0eeeee",
            "info.file tree.d.a: out of order; the names in a file tree ascend",
        ),
        (
            b"d1:ad0:d4:attr1:p6:lengthi0eeee",
            "info.file tree.a.attr: a pad file, of which a file tree has none",
        ),
        (
            &[&b"d1:ad0:d6:lengthi1e11:pieces root32:"[..], &[0; 32], b"eee"].concat(),
            "info.file tree.a.pieces root: zeros, which no data hashes to",
        ),
    ] {
        assert_eq!(v2(tree, b"").unwrap_err(), why);
    }
    let deep = ["d1:a".repeat(101), "d0:d6:lengthi0eee".to_owned(), "e".repeat(101)].concat();
    assert!(v2(deep.as_bytes(), b"").unwrap_err().contains("folders deep"));
    let odd = b"d4:infod9:file treed1:ad0:d6:lengthi0eeee12:meta versioni2e4:name1:n12:piece lengthi16385eee";
    assert_eq!(refused(odd), "info.piece length: not a power of two of at least 16384");
}

#[test]
fn hybrids_must_agree() {
    let hybrid = |files: &[u8], pieces: &[u8]| {
        let tree = [b"d1:a", LEAF, b"1:b", LEAF, b"e"].concat();
        let info = [
            b"d9:file tree",
            &tree[..],
            b"5:filesl",
            files,
            b"e12:meta versioni2e4:name1:n12:piece lengthi16384e6:pieces",
            pieces,
            b"e",
        ];
        parse(&self::info(&info.concat())).map_err(|error| error.to_string())
    };
    let hashes = b"40:AAAAABBBBBCCCCCDDDDDAAAAABBBBBCCCCCDDDDD";
    let a = b"d6:lengthi3e4:pathl1:aee";
    let b = b"d6:lengthi3e4:pathl1:bee";
    let pad = b"d4:attr1:p6:lengthi16381e4:pathl4:.pad5:16381ee";
    let good = hybrid(&[&a[..], pad, b].concat(), hashes).unwrap();
    assert!(good.v1.is_some() && good.v2.is_some());
    let rooted = (0..4).filter(|&file| good.pieces_root(file).is_some());
    assert_eq!(rooted.collect::<Vec<_>>(), [0, 2]);
    let tail = hybrid(&[&a[..], pad, b, pad].concat(), hashes).unwrap();
    assert_eq!(tail.total_size(), 6);
    for files in
        [&[&b[..], pad, a][..], &[&a[..], pad], &[&a[..], pad, b, b"d6:lengthi0e4:pathl1:cee"]]
    {
        let why = "info.file tree: differs from what v1 says";
        assert_eq!(hybrid(&files.concat(), hashes).unwrap_err(), why);
    }
    assert_eq!(
        hybrid(&[&a[..], b].concat(), hashes).unwrap_err(),
        "info.files[1]: does not begin at a piece, as a hybrid torrent's must"
    );
}

/// A hybrid of the files `a` and `b`, with more in either description of `a`.
fn doubly(v1: &str, v2: &str, length: u64) -> Metainfo {
    let (root, pad) = match length {
        0 => (String::new(), String::new()),
        _ => (
            format!("11:pieces root32:{}", "r".repeat(32)),
            format!("d4:attr1:p6:lengthi{}e4:pathl4:.pad1:1ee", 16_384 - length),
        ),
    };
    let tree = format!("d1:ad0:d{v2}6:lengthi{length}e{root}ee1:bd0:d6:lengthi0eeee");
    let (v1, link) = v1.split_once('|').unwrap_or((v1, ""));
    let a = format!("d{v1}6:lengthi{length}e4:pathl1:ae{link}e");
    let tree = tree.replace("|", "");
    let pieces = "0".repeat(if length > 0 { 20 } else { 0 });
    let text = format!(
        "9:file tree{tree}5:filesl{a}{pad}d6:lengthi0e4:pathl1:beee12:meta versioni2e4:name1:n\
         12:piece lengthi16384e6:pieces{}:{pieces}",
        pieces.len()
    );
    let mut metainfo = parse(&self::info(format!("d{text}e").as_bytes())).unwrap();
    metainfo.warnings.retain(|line| line.contains("disagree"));
    metainfo
}

#[test]
fn a_hybrid_that_disagrees_on_links_or_attributes_is_warned_of() {
    let attributes = "\"a\": v1 and v2 disagree on its attributes";
    let link = "\"a\": v1 and v2 disagree on where it links to";
    let to = |name: &str| format!("4:attr1:l|12:symlink pathl1:{name}e");
    for (v1, v2, length, expected) in [
        ("4:attr1:x", "4:attr1:x", 5, &[][..]),
        ("4:attr1:x", "", 5, &[attributes]),
        ("", "4:attr2:hx", 5, &[attributes]),
        ("4:attr1:h", "4:attr1:x", 0, &[attributes]),
        (&to("b"), &to("b"), 0, &[]),
        (&to("b"), &to("c"), 0, &[link]),
        (&to("b"), "", 0, &[link]),
        ("", &to("b"), 0, &[link]),
        (&to("b"), "4:attr1:x", 0, &[link, attributes]),
    ] {
        let metainfo = doubly(v1, v2, length);
        assert_eq!(metainfo.warnings, expected, "{v1:?} {v2:?}");
        // v1 counts.
        assert_eq!(metainfo.links().count(), usize::from(v1.contains("symlink")));
        assert_eq!(metainfo.layout.file(0).unwrap().executable, v1.contains('x'));
    }
}

/// Made by libtorrent 2.0.8 of a folder `g` with the files `a` (`abc`) and `b` (20,000 zeros).
const HYBRID: &str = "\
64343a696e666f64393a66696c65207472656564313a6164303a64363a6c656e67746869336531313a706965\
63657320726f6f7433323aba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad65\
65313a6264303a64363a6c656e6774686932303030306531313a70696563657320726f6f7433323a83de568e\
921ea540320bbc25bdb35fef5b45438ba7d535373915e4ef0fcc9d6d656565353a66696c65736c64363a6c65\
6e677468693365343a706174686c313a61656564343a61747472313a70363a6c656e67746869313633383165\
343a706174686c343a2e706164353a3136333831656564363a6c656e67746869323030303065343a70617468\
6c313a62656564343a61747472313a70363a6c656e67746869313237363865343a706174686c343a2e706164\
353a313237363865656531323a6d6574612076657273696f6e693265343a6e616d65313a6731323a70696563\
65206c656e67746869313633383465363a70696563657336303a8f68185cd5294a2579316f22dd911acb4a7c\
18dc897256b6709e1a4da9daba92b6bde39ccfccd8c1897256b6709e1a4da9daba92b6bde39ccfccd8c16531\
323a7069656365206c61796572736433323a83de568e921ea540320bbc25bdb35fef5b45438ba7d535373915\
e4ef0fcc9d6d36343a4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe57ad9e\
d0b75c4a91fb12552789bc2d0e1e680525f6b427215f7397d2e1ee73f76565";

#[test]
fn a_hybrid_of_libtorrents_has_its_hashes() {
    let bytes: Vec<u8> = HYBRID
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let metainfo = parse(&bytes).unwrap();
    assert_eq!(metainfo.info_hash().to_string(), "2b7b8b9ca6226cc8d6bb5d8ad9613d7749972fbf");
    let v2: String = metainfo.v2.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(v2, "fcef4710987432337aa5da02919c05ed240c1a49972cc5a4fdef2b4d7db6076a");
    assert_eq!(paths(&metainfo), ["a", ".pad", "b", ".pad"]);
    assert_eq!((metainfo.total_size(), metainfo.extras.len()), (20_003, 0));
    assert_eq!(metainfo.warnings, [""; 0]);
    let hex = |hash: &[u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let v2 = |piece| metainfo.hash_v2(PieceIndex(piece)).map(hex).unwrap();
    // `a` has one piece, whose hash is its root: that of its only block.
    assert!(v2(0).starts_with("ba7816bf8f01cfea") && v2(1).starts_with("4fe7b59af6de3b66"));
    assert!(v2(2).starts_with("57ad9ed0b75c4a91") && metainfo.hash_v2(PieceIndex(3)).is_none());
    for length in 0..bytes.len() {
        assert!(parse(&bytes[..length]).is_err(), "{length}");
    }
}

/// A torrent of one file `n` of so many bytes, with this root, and these piece layers.
fn layered(length: u64, root: &[u8], layers: &[u8]) -> Vec<u8> {
    let head = format!("d4:infod9:file treed1:nd0:d6:lengthi{length}e11:pieces root32:");
    let tail = "eee12:meta versioni2e4:name1:n12:piece lengthi16384ee12:piece layers";
    [head.as_bytes(), root, tail.as_bytes(), layers, b"e"].concat()
}

fn entry(root: &[u8], layer: &[u8]) -> Vec<u8> {
    [b"32:", root, format!("{}:", layer.len()).as_bytes(), layer].concat()
}

#[test]
fn layers_must_be_those_of_their_roots() {
    let nodes = [[1; 32], [2; 32], [3; 32]];
    let layer = nodes.as_flattened();
    let root = merkle::pieces_root(&mut nodes.clone(), 16384);
    let good = [b"d", &entry(&root, layer)[..], b"e"].concat();
    let metainfo = parse(&layered(40_000, &root, &good)).unwrap();
    assert_eq!((metainfo.layer(0), metainfo.layer(1)), (Some(&nodes[..]), None));
    let hashes: Vec<_> = (0..4).map(|at| metainfo.hash_v2(PieceIndex(at)).copied()).collect();
    assert_eq!(hashes, [Some([1; 32]), Some([2; 32]), Some([3; 32]), None]);
    assert_eq!(metainfo.hash(PieceIndex(0)), None);
    assert_eq!(metainfo.warnings, [""; 0]);
    let alone = Metainfo::from_info(metainfo.info.clone()).unwrap();
    assert_eq!((alone.hash_v2(PieceIndex(0)), alone.pieces_root(0)), (None, Some(&root)));

    let with = |length, layers: &[&[u8]]| refused(&layered(length, &root, &layers.concat()));
    let ragged = entry(&root, &layer[1..]);
    let short = entry(&root, &layer[32..]);
    let other = entry(&root, &[1; 96]);
    let elsewhere = entry(&[9; 32], layer);
    for (layers, why) in [
        (&[&b"de"[..]][..], "piece layers[\"n\"]: missing"),
        (&[b"le"], "piece layers: not a dictionary"),
        (&[b"i0e"], "piece layers: not a dictionary"),
        (&[b"d1:ai1ee"], "piece layers: not a dictionary of text"),
        (&[b"d", &elsewhere, b"e"], "piece layers[\"n\"]: missing"),
        (&[b"d", &ragged, b"e"], "piece layers[\"n\"]: 95 bytes, not a multiple of 32"),
        (&[b"d", &short, b"e"], "piece layers[\"n\"]: 2 hashes for 3 pieces"),
        (&[b"d", &other, b"e"], "piece layers[\"n\"]: does not hash to the file's pieces root"),
    ] {
        assert_eq!(with(40_000, layers), why);
    }
    // The right nodes of another file's length, and of the layer below.
    let why = "piece layers[\"n\"]: 3 hashes for 4 pieces";
    assert_eq!(with(60_000, &[&good]), why);
    // It is needed only for a file that is longer than a piece.
    let without = layered(40_000, &root, b"");
    let without = String::from_utf8_lossy(&without).replace("12:piece layers", "").into_bytes();
    assert!(Metainfo::parse(without.into()).is_err());
    let more = [b"d", &entry(&root, layer)[..], &entry(&[255; 32], b"?")[..], b"e"].concat();
    let odd = parse(&layered(40_000, &root, &more)).unwrap();
    assert_eq!(odd.warnings, ["piece layers: some are of no file that is longer than a piece"]);
    assert!(parse(&layered(16_384, &root, b"de")).unwrap().warnings.is_empty());
}

#[test]
fn equal_files_share_a_layer_and_leniently_written_roots_are_found() {
    let nodes = [[7; 32]; 2];
    let root = merkle::pieces_root(&mut nodes.clone(), 16384);
    let leaf = |prefix: &str| {
        [b"d0:d6:lengthi20000e11:pieces root", prefix.as_bytes(), &root, b"ee"].concat()
    };
    let tree = [b"d1:a", &leaf("32:")[..], b"1:b", &leaf("032:"), b"e"].concat();
    let layers = [b"d", &entry(&root, nodes.as_flattened())[..], b"e"].concat();
    let head = b"d4:infod9:file tree";
    let tail = b"12:meta versioni2e4:name1:n12:piece lengthi16384ee12:piece layers";
    let metainfo = parse(&[head, &tree[..], tail, &layers, b"e"].concat()).unwrap();
    assert_eq!(paths(&metainfo), ["a", ".pad", "b"]);
    for file in [0, 2] {
        assert_eq!(metainfo.pieces_root(file), Some(&root));
        assert_eq!(metainfo.layer(file), Some(&nodes[..]));
    }
    assert_eq!((metainfo.pieces_root(1), metainfo.layer(1)), (None, None));
    let all = (0..4).all(|at| metainfo.hash_v2(PieceIndex(at)) == Some(&[7; 32]));
    assert!(all && metainfo.hash_v2(PieceIndex(4)).is_none());
}

#[test]
fn a_later_version_is_told_before_all_else() {
    let later = b"d12:meta versioni3e12:piece lengthi0ee";
    assert_eq!(refused(&info(later)), "info.meta version: 3 is not known");
}

#[test]
fn a_few_bytes_cannot_claim_endless_pieces() {
    let leaf = String::from_utf8_lossy(LEAF).replace("i3e", "i4611686018427387904e");
    let tree = format!("d1:a{leaf}e");
    assert_eq!(v2(tree.as_bytes(), b"").unwrap_err(), "info: more than 16777216 pieces");
}

/// A folder of 90 levels around `inner`.
fn nested(inner: &str) -> String {
    format!("{}{inner}{}", format!("d40:{}", "a".repeat(40)).repeat(90), "e".repeat(90))
}

#[test]
fn what_lies_deep_is_looked_at_once() {
    // At every level anew, either would take minutes.
    let folders: String = (0..400_000).map(|n| format!("6:{n:06}de")).collect();
    let deep = nested(&format!("d{folders}1:cd0:d6:lengthi0eeee"));
    assert_eq!(v2(deep.as_bytes(), b"").unwrap().layout.len(), 1);
    let unknown = "i0e".repeat(700_000);
    let deep = nested(&format!("d1:cd0:d6:lengthi0e1:xl{unknown}eeee"));
    assert_eq!(v2(deep.as_bytes(), b"").unwrap().layout.len(), 1);
}

#[test]
fn few_bytes_cannot_name_endless_paths() {
    // 3.7 KiB to each of the files, which the document says once.
    let files: String = (0..12_000).map(|n| format!("5:{n:05}d0:d6:lengthi0eee")).collect();
    let tree = nested(&format!("d{files}e"));
    let why = v2(tree.as_bytes(), b"").unwrap_err();
    assert!(why.contains(": paths of more than ") && why.ends_with(" bytes in all"), "{why}");
    let long = format!(
        "{}d0:d6:lengthi0eee{}",
        format!("d200:{}", "a".repeat(200)).repeat(20),
        "e".repeat(20)
    );
    let why = v2(long.as_bytes(), b"").unwrap_err();
    assert!(why.ends_with(": a path of more than 4000 bytes"), "{why}");
}

#[test]
fn layers_of_what_is_no_root_are_told_and_not_kept() {
    let info = b"4:infod9:file treed1:ad0:d6:lengthi0eeee12:meta versioni2e4:name1:n12:piece lengthi16384ee";
    let with = |layers: &str| {
        let bytes = [b"d", &info[..], b"12:piece layers", layers.as_bytes(), b"e"].concat();
        parse(&bytes).map_err(|error| error.to_string())
    };
    let odd = "piece layers: some are of no file that is longer than a piece";
    for layers in [format!("d{}e", "0:0:".repeat(10)), format!("d32:{}32:{0}e", "r".repeat(32))] {
        let warnings = with(&layers).unwrap().warnings;
        assert!(warnings.iter().any(|line| line == odd), "{warnings:?}");
    }
    assert_eq!(with("d0:lee").unwrap_err(), "piece layers: not a dictionary of text");
    assert_eq!(with("le").unwrap_err(), "piece layers: not a dictionary");
}
