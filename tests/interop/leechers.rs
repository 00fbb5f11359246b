//! The clients that announce to `bt track`: each begins with nothing, fetches, stays and leaves.
//!
//! What they want to be told: aria2 and rtorrent say `stopped` on SIGINT, on SIGTERM they are in a
//! hurry; transmission says it over HTTP only when the torrent is stopped by RPC, and waits up to ten
//! seconds until it wants what it knows of.

use crate::bt;
use crate::namespace::{Need, Place, at};
use crate::process::Process;
use crate::way::{Family, LIMIT, Scheme, Torrent, Way, answer};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

/// Where transmission takes its orders; the ways are told apart by the port that is added.
const RPC: u16 = 3000;
const LIBTORRENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peers/libtorrent_leecher.py");

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Client {
    Aria2,
    Bt,
    Libtorrent,
    Rtorrent,
    Transmission,
}

/// What a client does of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    Announce,
    /// Reads the peers in an answer.
    TakePeers,
    Scrape,
}

impl Client {
    pub(crate) fn need(self) -> Option<Need> {
        match self {
            Self::Aria2 => Some(Need::Aria2),
            Self::Bt => None,
            Self::Libtorrent => Some(Need::Libtorrent),
            Self::Rtorrent => Some(Need::Rtorrent),
            Self::Transmission => Some(Need::Transmission),
        }
    }

    /// Why it does not do this, where it does not. The versions are those of Debian 12.
    pub(crate) fn excluded(self, deed: Deed, way: Way) -> Option<&'static str> {
        match (self, deed, way.scheme, way.family) {
            (Self::Aria2, Deed::Announce, Scheme::Udp, Family::V6) => {
                Some("aria2 1.36 speaks to UDP trackers through the socket of its IPv4 DHT alone")
            }
            (Self::Aria2, Deed::Scrape, ..) => Some("aria2 never scrapes"),
            (Self::Bt, Deed::Scrape, ..) => {
                Some("bt scrape does, which asks for all the counts here")
            }
            (Self::Rtorrent, Deed::Scrape, Scheme::Udp, _) => {
                Some("rtorrent 0.9.8 has no scrape for UDP trackers")
            }
            (Self::Rtorrent, Deed::Scrape, Scheme::Http, _) => {
                Some("rtorrent 0.9.8 sends none, on its own or when told d.tracker.send_scrape")
            }
            (Self::Rtorrent, Deed::TakePeers, Scheme::Udp, Family::V6) => {
                Some("rtorrent 0.9.8 reads UDP answers as IPv4 peers, three of each IPv6 one")
            }
            (Self::Transmission, Deed::TakePeers, Scheme::Udp, Family::V6) => {
                Some("transmission 3.00 reads UDP answers as IPv4 peers")
            }
            _ => None,
        }
    }

    /// Starts it with nothing in the folder.
    pub(crate) fn start(
        self,
        place: &Place,
        torrent: &Torrent,
        folder: &Path,
        way: Way,
    ) -> Leecher {
        let mut command = match self {
            Self::Aria2 => aria2(place, torrent, folder, way),
            Self::Bt => fetch(place, torrent, folder, way),
            Self::Libtorrent => libtorrent(place, torrent, folder, way),
            Self::Rtorrent => rtorrent(place, torrent, folder, way),
            Self::Transmission => transmission(place, torrent, folder, way),
        };
        let process = Process::converse(&format!("{self:?} by {}", way.name()), &mut command);
        Leecher { client: self, way, process }
    }
}

/// A client under way.
#[derive(Debug)]
pub(crate) struct Leecher {
    client: Client,
    way: Way,
    process: Process,
}

impl Leecher {
    /// Where it should be listed.
    pub(crate) fn at(&self) -> SocketAddr {
        at(self.ip(), self.way.port())
    }

    /// Where its connections come from.
    pub(crate) fn ip(&self) -> IpAddr {
        match (self.client, self.way.family) {
            // It binds to no address of IPv6: the kernel takes that of the host it speaks to.
            (Client::Rtorrent, Family::V6) => self.way.tracker(),
            _ => self.way.client(),
        }
    }

    /// Waits until it says that a scrape told it of so many.
    #[track_caller]
    pub(crate) fn scraped(&mut self, complete: u64, incomplete: u64) {
        match self.client {
            Client::Libtorrent => {
                self.process.say("scrape");
                self.process.until_line(&format!("scraped {complete} {incomplete}"), LIMIT);
            }
            Client::Transmission => {
                self.process.until_line("Scrape successful", LIMIT);
                let fields = json!({"fields": ["trackerStats"]});
                let stats = &self.rpc("torrent-get", fields)["torrents"][0]["trackerStats"][0];
                assert_eq!(stats["lastScrapeSucceeded"], true, "{stats}");
                let told = (&stats["seederCount"], &stats["leecherCount"]);
                assert_eq!(told, (&json!(complete), &json!(incomplete)), "{stats}");
            }
            Client::Aria2 | Client::Bt | Client::Rtorrent => {
                panic!("{:?} does not scrape", self.client)
            }
        }
    }

    /// Tells the tracker that it leaves.
    #[track_caller]
    pub(crate) fn leave(mut self) -> Process {
        match self.client {
            Client::Aria2 | Client::Rtorrent => self.process.signal("INT"),
            Client::Bt => self.process.signal("TERM"),
            Client::Libtorrent => self.process.say("stop"),
            Client::Transmission => {
                self.rpc("torrent-stop", json!({}));
            }
        }
        self.process
    }

    /// What transmission answers.
    fn rpc(&self, method: &str, arguments: Value) -> Value {
        let body = json!({"method": method, "arguments": arguments}).to_string();
        let port = RPC + self.way.port();
        let ask = |session: &str| {
            let length = body.len();
            let request = format!(
                "POST /transmission/rpc HTTP/1.0\r\nHost: localhost\r\n\
                 X-Transmission-Session-Id: {session}\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            answer(at(Ipv4Addr::LOCALHOST, port), &request)
        };
        // The first is refused with the id that it wants.
        let refused = ask("");
        let session =
            refused.lines().find_map(|line| line.split_once("X-Transmission-Session-Id: "));
        let answer = ask(session.expect(&refused).1.trim());
        let (_, json) = answer.split_once("\r\n\r\n").unwrap();
        let answer: Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("{answer}"));
        assert_eq!(answer["result"], "success", "{answer}");
        answer["arguments"].clone()
    }
}

fn aria2(place: &Place, torrent: &Torrent, folder: &Path, way: Way) -> Command {
    let mut command = place.command("aria2c");
    let port = way.port();
    command.args(["--no-conf", "--summary-interval=0", "--console-log-level=notice"]);
    command.args(["--bt-enable-lpd=false", "--enable-peer-exchange=false", "--enable-color=false"]);
    command.args([
        "--seed-ratio=0.0",
        "--file-allocation=none",
        "--enable-dht6=false",
        "--async-dns=false",
    ]);
    // Its UDP trackers are a part of its DHT; nobody else is there.
    command.arg(format!("--enable-dht={}", way.scheme == Scheme::Udp));
    command.arg(format!("--dht-listen-port={port}"));
    command.arg(format!("--dht-file-path={}", place.file("aria2.dht").display()));
    command.arg(format!("--disable-ipv6={}", way.family == Family::V4));
    command.arg(format!("--interface={}", way.client())).arg(format!("--listen-port={port}"));
    command.arg("--dir").arg(folder).arg(&torrent.path);
    command
}

fn fetch(place: &Place, torrent: &Torrent, folder: &Path, way: Way) -> Command {
    let mut command = bt::command(place, "fetch");
    command.arg("--keep-seeding").arg(&torrent.path).arg("-o").arg(folder);
    command.args(["--bind", &way.client().to_string(), "--port", &way.port().to_string()]);
    command
}

fn libtorrent(place: &Place, torrent: &Torrent, folder: &Path, way: Way) -> Command {
    // Debian's python has the module, another that comes first in PATH has not.
    let mut command = place.command("/usr/bin/python3");
    command.arg(LIBTORRENT).arg(&torrent.path).arg(folder);
    command.arg(way.client().to_string()).arg(way.port().to_string());
    command
}

fn rtorrent(place: &Place, torrent: &Torrent, folder: &Path, way: Way) -> Command {
    let session = place.folder("rtorrent");
    let [torrent, folder, session] =
        [&torrent.path, folder, &session].map(|path: &Path| path.to_str().unwrap().to_owned());
    let port = way.port();
    let bind = match way.family {
        Family::V4 => format!("network.bind_address.set = {}", way.client()),
        Family::V6 => String::new(),
    };
    let settings = format!(
        "system.daemon.set = true
        {bind}
        network.port_range.set = {port}-{port}
        network.port_random.set = no
        dht.mode.set = disable
        protocol.pex.set = no
        pieces.hash.on_completion.set = no
        trackers.use_udp.set = yes
        session.path.set = {session}
        directory.default.set = {folder}
        log.open_file = \"told\", /dev/stderr
        log.add_output = \"tracker_debug\", \"told\"
        load.start = {torrent}\n"
    );
    let file = place.file("rtorrent.rc");
    fs::write(&file, settings.replace("        ", "")).unwrap();
    let mut command = place.command("rtorrent");
    command.args(["-n", "-o"]).arg(format!("import={}", file.display())).env("TERM", "xterm");
    command
}

fn transmission(place: &Place, torrent: &Torrent, folder: &Path, way: Way) -> Command {
    let home = place.folder("transmission");
    let watched = place.folder("transmission/watched");
    fs::copy(&torrent.path, watched.join("it.torrent")).unwrap();
    let bind = match way.family {
        Family::V4 => "bind-address-ipv4",
        Family::V6 => "bind-address-ipv6",
    };
    let mut settings = json!({
        "dht-enabled": false,
        "lpd-enabled": false,
        "pex-enabled": false,
        "utp-enabled": false,
        "port-forwarding-enabled": false,
        "rpc-bind-address": "127.0.0.1",
        "rpc-port": RPC + way.port(),
        "ratio-limit-enabled": false,
        "idle-seeding-limit-enabled": false,
        "encryption": 0,
        "peer-port": way.port(),
        "download-dir": folder,
        "watch-dir": watched,
        "watch-dir-enabled": true,
        // It tells of scrapes only at its most talkative.
        "message-level": 3,
    });
    settings[bind] = way.client().to_string().into();
    fs::write(home.join("settings.json"), settings.to_string()).unwrap();
    let mut command = place.command("transmission-daemon");
    command.args([OsStr::new("--foreground"), OsStr::new("--config-dir"), home.as_os_str()]);
    command
}
