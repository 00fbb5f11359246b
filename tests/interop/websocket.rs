//! WebSocket trackers: `bt track` for the public JavaScript client, and its tracker for `bt`.

use crate::bt;
use crate::namespace::{Need, Place, address, javascript, scene};
use crate::process::Process;
use std::process::Command;
use std::time::Duration;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peers/websocket.mjs");
const SOON: Duration = Duration::from_secs(60);
const A: &str = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
const B: &str = "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";

fn node(place: &Place, role: &[&str]) -> Command {
    let mut command = place.command("node");
    command.arg(SCRIPT).arg(javascript()).args(role);
    command
}

#[test]
fn javascript_clients_find_each_other_at_bt() {
    scene(&[Need::BittorrentTracker], |place| {
        let ip = address(0, 1);
        // An offer names every address that there is, and is not to be longer than any real one.
        let alone = format!("ip addr flush dev lo && ip addr add {ip}/32 dev lo");
        assert!(place.command("sh").args(["-c", &alone]).status().unwrap().success());
        let mut command = place.command(bt::program());
        command.args([
            "track",
            "--websocket",
            "--threads",
            "2",
            "--port",
            "6969",
            "--interval-jitter",
            "0",
        ]);
        command.args(["--bind", &ip.to_string()]);
        let mut tracker = Process::start("bt track", &mut command);
        tracker.until_line("listening on", SOON);
        // Clients of the same URL share a connection.
        let urls = [format!("ws://{ip}:6969"), format!("ws://{ip}:6969/announce")];
        let mut command = node(place, &["clients", &urls[0], &urls[1]]);
        let mut clients = Process::converse("clients", &mut command);
        clients.until_line("a update 1 0 120", SOON);
        let mut wanted = vec![
            "b update 1 1 120".to_owned(),
            "b scrape 1 1 0".to_owned(),
            // The one that had the offer, and the one that had the answer.
            format!("a peer {B}"),
            format!("b peer {A}"),
            "a data a word from b".to_owned(),
            "b data a word from a".to_owned(),
        ];
        while !wanted.is_empty() {
            clients.until("the exchange", SOON, |line| {
                assert!(!line.text().contains(" warning "), "{line:?}");
                let place = wanted.iter().position(|wanted| *wanted == line.text())?;
                Some(wanted.remove(place))
            });
        }
        clients.close_stdin();
        clients.until_line("b update 2 0 120", SOON);
        clients.ended(SOON).well();
        tracker.stop(SOON).well();
    });
}

#[test]
fn bt_asks_a_javascript_tracker() {
    scene(&[Need::BittorrentTracker], |place| {
        let ip = address(0, 2).to_string();
        let mut server = Process::start("the tracker", &mut node(place, &["server", &ip, "6969"]));
        server.until_line("ready", SOON);
        let url = format!("ws://{ip}:6969/announce");
        let hash = "00ff".repeat(10);
        let ask = |command: &str, more: &[&str]| {
            let mut asked = place.command(bt::program());
            asked.args([command, "--format", "human", "--tracker", &url, &hash]).args(more);
            let ended = Process::start(command, &mut asked).ended(SOON).well();
            ended.lines.first().map(|line| line.text().to_owned()).unwrap_or_default()
        };
        let told = ask("announce", &[]);
        assert!(told.contains(": 0 complete, 1 incomplete, again in 2 min 00 s ("), "{told}");
        server.until_line("start 2d425430", SOON);
        let told = ask("announce", &["--event", "completed"]);
        assert!(told.contains(": 1 complete, 0 incomplete"), "{told}");
        server.until_line("complete 2d425430", SOON);
        let told = ask("scrape", &[]);
        assert!(told.contains(": 0 complete, 0 incomplete, 0 downloaded"), "{told}");
    });
}
