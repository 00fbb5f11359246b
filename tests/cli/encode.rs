//! `bt encode`

use crate::harness::Bt;

#[test]
fn keys_are_sorted_and_forms_understood() {
    let bt = Bt::new();
    let json = r#"{"b":[1,"two",{"$int":"18446744073709551616"}],"a":{"$hex":"ff00"},"":{}}"#;
    bt.write("a.json", json);
    let bencode = b"d0:de1:a2:\xff\x001:bli1e3:twoi18446744073709551616eee";
    for out in [
        bt.args(["encode", "a.json"]).run(),
        bt.args(["encode", "-"]).stdin(json).run(),
        bt.args(["encode"]).stdin(json).run(),
    ] {
        assert_eq!(
            (out.status, &out.stdout[..], out.stderr.as_str()),
            (0, &bencode[..], ""),
            "{out}"
        );
    }
}

#[test]
fn what_bencode_cannot_say_is_refused_with_its_path() {
    let bt = Bt::new();
    let encode = |json: &str| bt.args(["encode"]).stdin(json).run();
    encode("{\"info\":{\"files\":[{\"length\":1.5}]}}").fails(
        3,
        "bt encode: standard input: .info.files[0].length (line 1, column 29): \
         a float, which bencode does not have\n",
    );
    encode("[null]").fails(
        3,
        "bt encode: standard input: .[0] (line 1, column 2): null, which bencode does not have\n",
    );
    encode("{} {}").fails(
        3,
        "bt encode: standard input: . (line 1, column 4): something follows the end of the document\n",
    );
    encode(&"[".repeat(1_000_000)).fails(
        3,
        &format!(
            "bt encode: standard input: .{0}…{0} (line 1, column 3002): nested deeper than 1000 levels\n",
            "[0]".repeat(12)
        ),
    );
}

#[test]
fn files_are_written_whole_and_not_over_others() {
    let bt = Bt::new();
    let to =
        |extra: &[&str], json: &str| bt.args(["encode", "-o", "out"]).args(extra).stdin(json).run();
    to(&[], "[1.5]").fails(
        3,
        "bt encode: standard input: .[0] (line 1, column 2): a float, which bencode does not have\n",
    );
    assert!(!bt.path("out").exists());
    let out = to(&[], "1");
    assert_eq!((out.status, out.stdout.len()), (0, 0), "{out}");
    assert_eq!(bt.read("out"), b"i1e");
    let out = to(&[], "2");
    out.fails(4, "bt encode: out: File exists\nhint: --force writes over it\n");
    assert_eq!(bt.read("out"), b"i1e");
    assert_eq!(to(&["--force"], "2").status, 0);
    assert_eq!(bt.read("out"), b"i2e");
}

#[test]
fn bencode_is_not_written_to_a_terminal_unforced() {
    let bt = Bt::new();
    bt.write("a.json", "[1]");
    let out = bt.args(["encode", "a.json"]).on_terminal();
    assert_eq!(out.status, 2, "{out}");
    assert!(out.text().contains("bencode is not written to a terminal"), "{out}");
    let out = bt.args(["encode", "a.json", "--force"]).on_terminal();
    assert_eq!((out.status, out.text().as_str()), (0, "li1ee"), "{out}");
    let out = bt.args(["encode", "--force"]).on_terminal();
    assert_eq!(out.status, 2, "{out}");
    assert!(out.text().contains("--output"), "{out}");
}
