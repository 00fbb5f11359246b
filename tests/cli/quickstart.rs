//! The README's first command.

use crate::harness::{Bt, project};
use rustix::process::Signal;

fn call(bt: &Bt) -> crate::harness::Invocation<'_> {
    let script = project().join("examples/quickstart.sh");
    // The shell is replaced, so that a signal reaches the script.
    bt.shell(&format!("exec '{}'", script.display())).env("BT", env!("CARGO_BIN_EXE_bt"))
}

fn left_behind(bt: &Bt) -> Vec<String> {
    let names = std::fs::read_dir(bt.dir()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("bt-quickstart")).collect()
}

#[test]
fn it_moves_files_and_says_how_fast() {
    let bt = Bt::new();
    let out = call(&bt).run();
    assert_eq!(out.status, 0, "{out}");
    let text = out.text();
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("Moved: 2 copies of 201 files, 128.0 MiB in all, in "), "{out}");
    assert_eq!(left_behind(&bt), [""; 0]);
}

#[test]
fn it_cleans_up_after_an_interrupt() {
    let bt = Bt::new();
    let mut script = call(&bt).spawn();
    script.stdout_line("$ bt seed");
    script.signal(Signal::TERM);
    let out = script.wait();
    assert_eq!(out.status, 143, "{out}");
    assert_eq!(left_behind(&bt), [""; 0]);
}
