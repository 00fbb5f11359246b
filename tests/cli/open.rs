use super::harness::Bt;
use super::swarm::{PIECE, noise, seeder, single, trader};

#[test]
fn a_download_goes_into_the_users_folder_and_the_desktop_is_told() {
    let bt = Bt::new();
    let made = single("a.bin", noise(3 * PIECE, 1), None);
    made.put(&bt, "a b.torrent", "src");
    let (_seeder, at) = seeder(&bt, "a b.torrent", "src");
    bt.write(".home/.config/user-dirs.dirs", "XDG_DOWNLOAD_DIR=\"$HOME/Get\"\n");
    // The notifier writes to a pipe that the test reads: no need to wait for a file.
    let notifier = bt.write("bin/notify-send", "#!/bin/sh\necho \"$@\" > \"$TMPDIR/told\"\n");
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&notifier, std::fs::Permissions::from_mode(0o755)).unwrap();
    let told = bt.path("told");
    rustix::fs::mkfifoat(rustix::fs::CWD, &told, 0o600.into()).unwrap();
    let reader = std::thread::spawn(move || std::fs::read_to_string(told).unwrap());
    let url = format!("file://{}/a%20b.torrent", bt.dir().display());
    let path = format!("{}:/usr/bin:/bin", bt.path("bin").display());
    let out = trader(&bt, "open", &[&url, "--peer", &at]).env("PATH", path).run();
    assert_eq!(out.status, 0, "{out}");
    made.is_in(&bt, ".home/Get");
    let told = reader.join().unwrap();
    assert!(told.contains("a.bin is here"), "{told}");
}

#[test]
fn a_notifier_that_fails_is_not_missed() {
    let bt = Bt::new();
    let made = single("a.bin", noise(PIECE, 2), None);
    made.put(&bt, "a.torrent", ".home/Downloads");
    bt.write("bin/notify-send", "not a program");
    let path = bt.path("bin").display().to_string();
    let out = trader(&bt, "open", &["a.torrent"]).env("PATH", path).run();
    assert_eq!(out.status, 0, "{out}");
}
