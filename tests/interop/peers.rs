//! The strangers: how each of them seeds and fetches one torrent, quietly and at full speed.
//!
//! What they want to be told: transmission knows a peer by its address without the port, so nobody
//! shares an address with it, and it says that it is done only through a script. aria2 announces
//! itself once more when it ends. All of them would ask the whole network for peers unless told not to.

use crate::namespace::Place;
use crate::process::Process;
use std::ffi::OsStr;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Where each listens.
pub(crate) const PORT: u16 = 6881;
/// What transmission's script prints.
const FETCHED: &str = "the script says that it is done";
const LIBTORRENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peers/libtorrent_peer.py");

/// A program that is not `bt`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stranger {
    Aria2,
    Libtorrent,
    Transmission,
}

/// Whether a peer cares for encryption (its own words differ).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encryption {
    Tolerated,
    Preferred,
}

impl Stranger {
    /// Offers the data that lies in the folder.
    pub(crate) fn seed(
        self,
        place: &Place,
        torrent: &Path,
        folder: &Path,
        address: impl Into<IpAddr>,
    ) -> Process {
        let address = address.into();
        let mut command = match self {
            Self::Aria2 => {
                let mut command = aria2(place, torrent, folder, address);
                command.args(["--seed-ratio=0.0", "--check-integrity=true"]);
                command.arg("--allow-overwrite=true");
                command
            }
            Self::Libtorrent => libtorrent(place, "seed", torrent, folder, address),
            Self::Transmission => {
                transmission(place, torrent, folder, address, Encryption::Tolerated)
            }
        };
        Process::start(&format!("{self:?} seeding at {address}"), &mut command)
    }

    /// Downloads into the folder.
    pub(crate) fn fetch(
        self,
        place: &Place,
        torrent: &Path,
        folder: &Path,
        address: impl Into<IpAddr>,
    ) -> Fetching {
        self.fetch_with(place, torrent, folder, address.into(), Encryption::Tolerated)
    }

    /// Downloads into the folder, with this opinion on encryption.
    pub(crate) fn fetch_with(
        self,
        place: &Place,
        torrent: &Path,
        folder: &Path,
        address: IpAddr,
        encryption: Encryption,
    ) -> Fetching {
        let mut command = match self {
            Self::Aria2 => {
                let mut command = aria2(place, torrent, folder, address);
                command.args(["--seed-time=0", "--file-allocation=none"]);
                command
            }
            Self::Libtorrent => libtorrent(place, "fetch", torrent, folder, address),
            Self::Transmission => transmission(place, torrent, folder, address, encryption),
        };
        let name = format!("{self:?} fetching at {address}");
        Fetching { stranger: self, process: Process::start(&name, &mut command) }
    }
}

/// A download by a stranger.
#[derive(Debug)]
pub(crate) struct Fetching {
    stranger: Stranger,
    process: Process,
}

impl Fetching {
    /// Waits until all of it is there and the program is gone.
    #[track_caller]
    pub(crate) fn done(mut self, limit: Duration) {
        if self.stranger == Stranger::Transmission {
            self.process.until_line(FETCHED, limit);
            self.process.stop(Duration::from_secs(30));
        } else {
            self.process.ended(limit).well();
        }
    }
}

pub(crate) fn aria2(place: &Place, torrent: &Path, folder: &Path, address: IpAddr) -> Command {
    let mut command = place.command("aria2c");
    command.args(["--no-conf", "--summary-interval=0", "--console-log-level=warn"]);
    command.args(["--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false"]);
    command.args(["--enable-peer-exchange=false", "--enable-color=false"]);
    command.arg(format!("--disable-ipv6={}", address.is_ipv4()));
    command.arg(format!("--interface={address}")).arg(format!("--listen-port={PORT}"));
    command.arg("--dir").arg(folder).arg(torrent);
    command
}

fn libtorrent(
    place: &Place,
    mode: &str,
    torrent: &Path,
    folder: &Path,
    address: IpAddr,
) -> Command {
    // Debian's python has the module, another that comes first in PATH has not.
    let mut command = place.command("/usr/bin/python3");
    command.arg(LIBTORRENT).arg(mode).arg(torrent).arg(folder);
    command.arg(address.to_string()).arg(PORT.to_string());
    command
}

fn transmission(
    place: &Place,
    torrent: &Path,
    folder: &Path,
    address: IpAddr,
    encryption: Encryption,
) -> Command {
    let home = place.folder(&format!("transmission-{address}"));
    let watched = place.folder(&format!("transmission-{address}/watched"));
    fs::copy(torrent, watched.join("it.torrent")).unwrap();
    let script = home.join("done");
    fs::write(&script, format!("#!/bin/sh\necho {FETCHED}\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let family = if address.is_ipv4() { "bind-address-ipv4" } else { "bind-address-ipv6" };
    let mut settings = serde_json::json!({
        "dht-enabled": false,
        "lpd-enabled": false,
        "pex-enabled": false,
        "utp-enabled": false,
        "port-forwarding-enabled": false,
        "rpc-enabled": false,
        "ratio-limit-enabled": false,
        "idle-seeding-limit-enabled": false,
        "encryption": if encryption == Encryption::Preferred { 1 } else { 0 },
        "peer-port": PORT,
        "download-dir": text(folder),
        "watch-dir": text(&watched),
        "watch-dir-enabled": true,
        "script-torrent-done-enabled": true,
        "script-torrent-done-filename": text(&script),
    });
    settings[family] = address.to_string().into();
    fs::write(home.join("settings.json"), settings.to_string()).unwrap();
    let mut command = place.command("transmission-daemon");
    command.args([OsStr::new("--foreground"), OsStr::new("--config-dir"), home.as_os_str()]);
    command
}
