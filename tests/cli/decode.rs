//! `bt decode`

use crate::harness::Bt;

#[test]
fn one_document_is_one_line() {
    let bt = Bt::new();
    bt.write("a.torrent", b"d4:infod4:name3:\xff\xfe\xfd5:thirdi9007199254740993eee");
    let json =
        "{\"info\":{\"name\":{\"$hex\":\"fffefd\"},\"third\":{\"$int\":\"9007199254740993\"}}}\n";
    for out in [
        bt.args(["decode", "a.torrent"]).run(),
        bt.args(["decode", "-"]).stdin(bt.read("a.torrent")).run(),
        bt.args(["decode"]).stdin(bt.read("a.torrent")).run(),
    ] {
        assert_eq!((out.status, out.text().as_str(), out.stderr.as_str()), (0, json, ""), "{out}");
    }
}

#[test]
fn several_documents_are_a_line_each_and_a_bad_one_does_not_stop_the_others() {
    let bt = Bt::new();
    bt.write("a", b"i1e");
    bt.write("b", b"li02ee");
    bt.write("c", b"le");
    let out = bt.args(["decode", "a", "b", "none", "c"]).run();
    assert_eq!(out.text(), "1\n[]\n");
    assert_eq!(
        out.stderr,
        "bt decode: b: byte 1: integer with a leading zero\n\
         hint: --lenient takes it\n\
         bt decode: none: No such file or directory\n"
    );
    assert_eq!(out.status, 4);
}

#[test]
fn a_bad_document_gives_nothing_but_one_line() {
    let bt = Bt::new();
    bt.args(["decode"])
        .stdin("d1:ai1e1:b3:ab")
        .run()
        .fails(3, "bt decode: standard input: byte 10: string of 3 bytes, but only 2 follow\n");
    bt.args(["decode"])
        .stdin("")
        .run()
        .fails(3, "bt decode: standard input: byte 0: nothing there\n");
    bt.args(["decode"])
        .stdin("l".repeat(1_000_000))
        .run()
        .fails(3, "bt decode: standard input: byte 1000: nested deeper than 1000 levels\n");
    bt.args(["decode", "none"]).run().fails(4, "bt decode: none: No such file or directory\n");
}

#[test]
fn lenient_warns() {
    let bt = Bt::new();
    let sloppy = b"d1:bi01e1:ai2ee\n";
    let out = bt.args(["decode", "--lenient"]).stdin(sloppy).run();
    assert_eq!(
        (out.status, out.text().as_str()),
        (0, "{\"$dict\":[[\"b\",1],[\"a\",2]]}\n"),
        "{out}"
    );
    assert_eq!(
        out.stderr,
        "bt decode: warning: standard input: byte 4: integer with a leading zero\n\
         bt decode: warning: standard input: byte 8: dictionary key out of order\n\
         bt decode: warning: standard input: byte 15: 1 byte after the end of the document\n"
    );
    let out = bt.args(["decode", "--lenient", "-q"]).stdin(sloppy).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
}

#[test]
fn people_get_indented_lines_and_colours_on_a_terminal() {
    let bt = Bt::new();
    bt.write("a", b"d1:al2:\xc2\x9bi1eee");
    let plain = "{\r\n  \"a\": [\r\n    \"\\u009b\",\r\n    1\r\n  ]\r\n}\r\n";
    let out = bt.args(["decode", "a", "--color", "never"]).on_terminal();
    assert_eq!((out.status, out.text().as_str()), (0, plain), "{out}");
    let out = bt.args(["decode", "a"]).env("NO_COLOR", "1").on_terminal();
    assert_eq!(out.text(), plain);
    let out = bt.args(["decode", "a"]).on_terminal();
    assert!(out.text().contains("\x1b[36m1\x1b[0m"), "{out}");
    let out = bt.args(["decode", "a", "--json"]).on_terminal();
    assert_eq!(out.text(), "{\"a\":[\"\u{9b}\",1]}\r\n");
    let out = bt.args(["decode", "a", "--format", "human"]).run();
    assert_eq!(out.text(), plain.replace('\r', ""));
}

#[test]
fn a_terminal_without_input_gets_the_help() {
    let bt = Bt::new();
    let out = bt.args(["decode"]).on_terminal();
    assert_eq!(out.status, 2, "{out}");
    assert!(out.text().contains("--lenient"), "{out}");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let bt = Bt::new();
    bt.write("a", [&b"l"[..], &b"i12345678e".repeat(100_000), b"e"].concat());
    let out = bt.shell("(bt decode a; echo $? >&2) | head -c 10").run();
    assert_eq!((out.text().as_str(), out.stderr.as_str()), ("[12345678,", "0\n"), "{out}");
}
