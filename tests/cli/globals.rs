//! What holds for every command.

use crate::harness::Bt;

#[test]
fn version_and_help_stand_alone() {
    let bt = Bt::new();
    let version = bt.args(["--version"]).run();
    assert_eq!(version.status, 0, "{version}");
    assert_eq!(version.text(), concat!("bt ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = bt.args(["--help"]).on_terminal();
    assert!(help.text().contains("publish"), "{help}");
}
