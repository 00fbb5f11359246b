//! `make install` puts everything where it belongs, and `make uninstall` takes all of it away.

use crate::harness::{Bt, have, project};
use crate::man::files;
use std::path::Path;

fn make(bt: &Bt, target: &str) {
    let command = format!(
        "make -s -C '{}' {target} BT='{}' DESTDIR='{}' PREFIX=/usr",
        project().display(),
        env!("CARGO_BIN_EXE_bt"),
        bt.path("root").display()
    );
    let out = bt.shell(&command).run();
    assert_eq!((out.status, out.stderr.as_str()), (0, ""), "{out}");
}

#[test]
fn everything_is_installed_and_runs_and_goes_away() {
    if !have("make") {
        return;
    }
    let bt = Bt::new();
    make(&bt, "install");
    let root = bt.path("root/usr");
    let list = bt.args(["--list"]).run().text();
    for name in list.lines() {
        for file in [
            format!("bin/bt-{name}"),
            format!("share/man/man1/bt-{name}.1"),
            format!("share/bash-completion/completions/bt-{name}"),
            format!("share/zsh/site-functions/_bt-{name}"),
            format!("share/fish/vendor_completions.d/bt-{name}.fish"),
        ] {
            assert!(root.join(&file).is_file(), "{file} is missing");
        }
        let call = format!("{}/bin/bt-{name} --help", root.display());
        let out = bt.shell(&call).run();
        assert!(out.status == 0 && out.text().contains(&format!("Usage: bt {name}")), "{out}");
    }
    for (name, command) in [
        ("bttrack", "track"),
        ("btpublish", "publish"),
        ("btdownloadheadless", "fetch"),
        ("btdownloadprefetched", "open"),
    ] {
        for suffix in ["", ".py"] {
            let out = bt.shell(&format!("{}/bin/{name}{suffix} --help", root.display())).run();
            assert!(out.text().contains(&format!("Usage: bt {command}")), "{out}");
        }
        assert!(root.join(format!("share/man/man1/{name}.1")).is_file());
    }
    let unit = String::from_utf8(bt.read("root/usr/lib/systemd/system/bt-track.service")).unwrap();
    assert!(unit.contains("\nExecStart=/usr/bin/bt track "), "{unit}");
    make(&bt, "uninstall");
    assert_eq!(files(&bt.path("root")), []);
}

#[test]
fn the_desktop_entry_is_valid() {
    if have("desktop-file-validate") {
        let entry = project().join("dist/bt-open.desktop");
        let bt = Bt::new();
        let out = bt.shell(&format!("desktop-file-validate '{}'", entry.display())).run();
        assert_eq!((out.status, out.text().as_str()), (0, ""), "{out}");
    }
}

#[test]
fn the_unit_is_valid() {
    // It comes with systemd, which a container may well lack.
    if !Path::new("/usr/bin/systemd-analyze").exists() {
        eprintln!("skipped: systemd-analyze is not installed");
        return;
    }
    let bt = Bt::new();
    let unit = std::fs::read_to_string(project().join("dist/bt-track.service")).unwrap();
    let bindir = Path::new(env!("CARGO_BIN_EXE_bt")).parent().unwrap();
    bt.write("bt-track.service", unit.replace("@BINDIR@", bindir.to_str().unwrap()));
    let out = bt.shell("systemd-analyze verify --man=no ./bt-track.service").run();
    // It also speaks of other units of the machine.
    let ours: Vec<_> = out.stderr.lines().filter(|line| line.contains("bt-track")).collect();
    assert!(ours.is_empty(), "{ours:#?}");
}
