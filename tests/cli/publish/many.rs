//! Several paths in one call.

use super::publish;
use super::versions::noise;
use crate::harness::Bt;

#[test]
fn one_bar_shows_the_progress_of_all() {
    let bt = Bt::new();
    for name in ["a", "b", "c"] {
        bt.write(name, noise(1, 1 << 20));
    }
    let args = ["publish", "a", "b", "c", "--io-limit", "4MiB"];
    let out = bt.args(args).stderr_on_terminal();
    assert_eq!(out.status, 0, "{out}");
    assert!(out.stderr.contains("of 3.0 MiB"), "{out}");
    assert!(!out.stderr.contains("of 1.0 MiB"), "{out}");
    assert_eq!(out.events().len(), 3, "{out}");
}

#[test]
fn a_folder_that_can_not_be_read_does_not_keep_the_others_from_being_made() {
    let bt = Bt::new();
    bt.write("a", "a");
    std::fs::create_dir(bt.path("void")).unwrap();
    bt.write("z", "z");
    let out = publish(&bt, &["a", "void", "z"]);
    assert_eq!(out.status, 4, "{out}");
    assert_eq!(out.stderr, "bt publish: void: no files to publish\n");
    assert_eq!(out.events().len(), 2, "{out}");
}
