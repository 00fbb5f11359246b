//! `bt decode | jq . | bt encode`: the identity on canonical bencode.

use crate::harness::Bt;

/// A document with what is hard for JSON, and for jq.
fn hard() -> Vec<u8> {
    let mut document = b"d0:0:4:$hex2:ff".to_vec();
    document.extend(b"4:infod5:filesl");
    document.extend(b"d6:lengthi9007199254740992e4:pathl3:\xff/\x002:\xc3\xa9ee");
    document.extend(b"d6:lengthi-9007199254740993e4:path0:e");
    document.extend(b"d6:lengthi123456789012345678901234567890ee");
    document.extend(b"e4:name8:\"\\\x08\x0c\n\r\t\x7f6:pieces20:");
    document.extend((0..20).map(|byte| byte * 13));
    document.extend(b"e4:onlyd4:$int1:5e3:rawd1:ai1e2:\xfe\xffi-1ee4:wided1:$i0eee");
    document
}

#[test]
fn nothing_is_lost_through_jq() {
    let bt = Bt::new();
    let original = bt.write("original", hard());
    let decoded = bt.args(["decode", "original"]).run();
    assert_eq!(decoded.status, 0, "{decoded}");
    for filter in
        ["jq .", "jq -c .", "jq -S .", "jq -a .", "jq -C . | sed 's/\\x1b\\[[0-9;]*m//g'", "cat"]
    {
        let line = format!("bt decode original | {filter} | bt encode | cmp - original");
        let out = bt.shell(&line).run();
        assert_eq!(
            (out.status, out.text().as_str(), out.stderr.as_str()),
            (0, "", ""),
            "{line}\n{out}"
        );
    }
    assert_eq!(std::fs::read(original).unwrap(), hard());
}

#[test]
fn every_character_comes_through_jq() {
    let bt = Bt::new();
    let mut document = b"d".to_vec();
    let all: Vec<char> = (0..=u32::from(char::MAX)).step_by(7).filter_map(char::from_u32).collect();
    let low = (0..0x3000).filter_map(char::from_u32);
    let mut texts: Vec<String> = all.chunks(50).map(|part| part.iter().collect()).collect();
    texts.extend(low.map(String::from));
    texts.sort();
    texts.dedup();
    for text in texts {
        document.extend(format!("{0}:{text}{0}:{text}", text.len()).bytes());
    }
    document.push(b'e');
    bt.write("original", document);
    let out = bt.shell("bt decode original | jq . | bt encode | cmp - original").run();
    assert_eq!((out.status, out.text().as_str(), out.stderr.as_str()), (0, "", ""), "{out}");
}

#[test]
fn a_change_by_jq_leaves_the_rest_alone() {
    let bt = Bt::new();
    bt.write("original", hard());
    let out = bt
        .shell("bt decode original | jq '.comment = \"mine\"' | bt encode | bt decode | jq -c 'del(.comment)' | bt encode | cmp - original")
        .run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
}
