//! How the scenes call `bt`.

use crate::namespace::Place;
use crate::peers::PORT;
use crate::process::{Line, Process};
use std::env;
use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The program under test: this build's, or another that `BT_INTEROP_BINARY` names (a release build, an
/// installed one).
pub(crate) fn program() -> OsString {
    env::var_os("BT_INTEROP_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_bt").into())
}

pub(crate) fn command(place: &Place, name: &str) -> Command {
    let mut command = place.command(program());
    command.arg(name);
    command
}

/// Publishes a file or folder for a tracker; the metainfo.
pub(crate) fn publish(place: &Place, data: &Path, tracker: &str) -> PathBuf {
    let torrent = place.file("it.torrent");
    let mut publish = command(place, "publish");
    publish.arg(data).arg(tracker).arg("-o").arg(&torrent);
    Process::start("bt publish", &mut publish).ended(Duration::from_secs(120)).well();
    torrent
}

/// The one line of JSON that a command says.
#[track_caller]
pub(crate) fn one(place: &Place, name: &str, arguments: &[impl AsRef<OsStr>]) -> serde_json::Value {
    let output = command(place, name).args(arguments).output().unwrap();
    assert!(output.status.success(), "bt {name}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What `bt inspect` says of metainfo.
pub(crate) fn inspect(place: &Place, torrent: &Path) -> serde_json::Value {
    one(place, "inspect", &[torrent])
}

/// The v1 info-hash in hex.
pub(crate) fn info_hash(place: &Place, torrent: &Path) -> String {
    inspect(place, torrent)["info_hash"]["v1"].as_str().unwrap().to_owned()
}

/// The length of all pieces but the last.
pub(crate) fn piece_length(place: &Place, torrent: &Path) -> u64 {
    inspect(place, torrent)["piece_length"].as_u64().unwrap()
}

/// `bt seed` of what lies in the folder.
pub(crate) fn seed(
    place: &Place,
    torrent: &Path,
    folder: &Path,
    address: impl Into<IpAddr>,
    more: &[&str],
) -> Process {
    let address = address.into();
    let mut seed = command(place, "seed");
    seed.arg(torrent).arg("--data").arg(folder).args(["--port", &PORT.to_string()]);
    seed.args(["--bind", &address.to_string()]).args(more);
    Process::start(&format!("bt seed at {address}"), &mut seed)
}

/// `bt fetch` into the folder.
pub(crate) fn fetch(
    place: &Place,
    torrent: &Path,
    folder: &Path,
    address: impl Into<IpAddr>,
    more: &[&str],
) -> Process {
    let address = address.into();
    let mut fetch = command(place, "fetch");
    fetch.arg(torrent).arg("-o").arg(folder).args(["--port", &PORT.to_string()]);
    fetch.args(["--bind", &address.to_string()]).args(more);
    Process::start(&format!("bt fetch at {address}"), &mut fetch)
}

/// An event that `bt` printed, or nothing where the line is none.
pub(crate) fn event(line: &Line) -> Option<serde_json::Value> {
    let Line::Out(text) = line else { return None };
    let event: serde_json::Value = serde_json::from_str(text).ok()?;
    event["event"].is_string().then_some(event)
}

/// The event, where it is of that name.
pub(crate) fn named(line: &Line, name: &str) -> Option<serde_json::Value> {
    event(line).filter(|event| event["event"] == name)
}
