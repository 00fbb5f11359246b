//! The four ways to a tracker: over HTTP and over UDP, by IPv4 and by IPv6.
//!
//! Each way has a tracker at an address of its own that serves no other family, and hosts of its
//! own, so that four can be gone at once in one scene and none can be mistaken for another.

use crate::bt;
use crate::namespace::{Place, address, address6, at};
use crate::process::Process;
use crate::trackers::listening;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// The trackers' port.
pub(crate) const PORT: u16 = 6969;
/// For anything that is not the transfer itself.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scheme {
    Http,
    Udp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    V4,
    V6,
}

/// How announces go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Way {
    pub(crate) scheme: Scheme,
    pub(crate) family: Family,
}

pub(crate) const HTTP_4: Way = Way { scheme: Scheme::Http, family: Family::V4 };
pub(crate) const HTTP_6: Way = Way { scheme: Scheme::Http, family: Family::V6 };
pub(crate) const UDP_4: Way = Way { scheme: Scheme::Udp, family: Family::V4 };
pub(crate) const UDP_6: Way = Way { scheme: Scheme::Udp, family: Family::V6 };
pub(crate) const ALL: [Way; 4] = [HTTP_4, HTTP_6, UDP_4, UDP_6];

impl Way {
    /// Tells the ways apart, from 1.
    fn number(self) -> u8 {
        1 + ALL.iter().position(|way| *way == self).unwrap() as u8
    }

    fn address(self, group: u8) -> IpAddr {
        match self.family {
            Family::V4 => address(group, self.number()).into(),
            Family::V6 => address6(group, self.number()).into(),
        }
    }

    /// Where the tracker is, and whoever says nothing of its own address.
    pub(crate) fn tracker(self) -> IpAddr {
        self.address(0)
    }

    /// Where the client that is tried is.
    pub(crate) fn client(self) -> IpAddr {
        self.address(1)
    }

    /// Where the seeder is.
    pub(crate) fn seeder(self) -> IpAddr {
        self.address(2)
    }

    /// The client's port.
    pub(crate) fn port(self) -> u16 {
        6890 + u16::from(self.number())
    }

    /// The scheme, as URLs and `/stats.json` have it.
    pub(crate) fn scheme(self) -> &'static str {
        match self.scheme {
            Scheme::Http => "http",
            Scheme::Udp => "udp",
        }
    }

    /// Its name, which is also the tracker's host name: transmission does not understand addresses of
    /// IPv6 in URLs of UDP trackers.
    pub(crate) fn name(self) -> String {
        let family = if self.family == Family::V4 { 4 } else { 6 };
        format!("{}{family}", self.scheme())
    }

    pub(crate) fn url(self) -> String {
        format!("{}://{}:{PORT}/announce", self.scheme(), self.name())
    }
}

/// Goes all four ways at once, each in a place of its own.
pub(crate) fn at_once(place: &Place, go: impl Fn(&Place, Way) + Sync) {
    let hosts = ALL.map(|way| (way.name(), way.tracker()));
    crate::namespace::name_hosts(place, &hosts);
    thread::scope(|scope| {
        for way in ALL {
            let place = place.inner(&way.name());
            let go = &go;
            let run = move || go(&place, way);
            thread::Builder::new().name(way.name()).spawn_scoped(scope, run).unwrap();
        }
    });
}

/// `bt track` that is reached this way.
#[derive(Debug)]
pub(crate) struct Tracker {
    way: Way,
    _process: Process,
}

impl Tracker {
    pub(crate) fn start(place: &Place, way: Way) -> Self {
        let mut command = bt::command(place, "track");
        command.args(["--bind", &way.tracker().to_string(), "--port", &PORT.to_string()]);
        command.args(["--log-flush", "0s"]);
        if way.scheme == Scheme::Http {
            command.arg("--no-udp");
        }
        let process = Process::start(&format!("bt track by {}", way.name()), &mut command);
        listening(at(way.tracker(), PORT));
        Self { way, _process: process }
    }

    /// Fails unless all the announces came this way.
    #[track_caller]
    pub(crate) fn heard_nothing_else(&self) {
        let ask = "GET /stats.json HTTP/1.0\r\nHost: tracker\r\n\r\n";
        let answer = answer(at(self.way.tracker(), PORT), ask);
        let (_, stats) = answer.split_once("\r\n\r\n").unwrap();
        let stats: Value = serde_json::from_str(stats).unwrap();
        for (protocol, counts) in stats["protocols"].as_object().unwrap() {
            let announces = counts["announces"].as_u64().unwrap();
            assert_eq!(announces > 0, protocol == self.way.scheme(), "{stats}");
            assert!(announces == 0 || counts["received_bytes"] != 0, "{stats}");
        }
    }
}

/// What is answered to a request of HTTP/1.0.
pub(crate) fn answer(at: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A torrent that is announced one way.
#[derive(Debug)]
pub(crate) struct Torrent {
    pub(crate) path: PathBuf,
    pub(crate) info_hash: String,
    way: Way,
}

impl Torrent {
    pub(crate) fn publish(place: &Place, data: &Path, way: Way) -> Self {
        let path = bt::publish(place, data, &way.url());
        let info_hash = bt::info_hash(place, &path);
        Self { path, info_hash, way }
    }

    /// What `bt announce` is told.
    pub(crate) fn announce(&self, place: &Place, more: &[&str]) -> Value {
        let path = [self.path.to_str().unwrap()];
        bt::one(place, "announce", &[more, &path].concat())
    }

    /// Whom the tracker tells of.
    pub(crate) fn listed(&self, place: &Place) -> BTreeSet<SocketAddr> {
        let told = self.announce(place, &[]);
        let peers = told["peers"].as_array().unwrap_or_else(|| panic!("no peers: {told}"));
        peers.iter().map(|peer| peer["address"].as_str().unwrap().parse().unwrap()).collect()
    }

    /// What `bt scrape` is told from now on.
    pub(crate) fn counts(&self, place: &Place) -> Counts {
        let mut command = bt::command(place, "scrape");
        command.arg("--watch=1s").arg(&self.path);
        Counts(Process::start(&format!("bt scrape by {}", self.way.name()), &mut command))
    }
}

/// What a tracker counts, asked for again and again.
#[derive(Debug)]
pub(crate) struct Counts(Process);

impl Counts {
    /// Waits until so many have all, so many have not, and so many have said that they got it.
    #[track_caller]
    pub(crate) fn until(&mut self, complete: u64, incomplete: u64, downloaded: u64) {
        let wanted = [complete, incomplete, downloaded];
        self.0.until(&format!("counts {wanted:?}"), LIMIT, |line| {
            let torrent = &bt::named(line, "scrape")?["torrents"][0];
            let counts = ["complete", "incomplete", "downloaded"].map(|key| torrent[key].as_u64());
            (counts == wanted.map(Some)).then_some(())
        });
    }
}

/// A seeder that has nothing, listed by the tracker alone: whoever calls it took the answer.
#[derive(Debug)]
pub(crate) struct Decoy {
    pub(crate) at: SocketAddr,
    callers: Receiver<IpAddr>,
}

impl Decoy {
    /// Listens, and announces itself.
    pub(crate) fn announce(place: &Place, torrent: &Torrent) -> Self {
        let listener = TcpListener::bind(at(torrent.way.tracker(), 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let (sender, callers) = channel();
        // This thread ends with the scene's process.
        thread::spawn(move || {
            while let Ok((_, from)) = listener.accept() {
                if sender.send(from.ip()).is_err() {
                    break;
                }
            }
        });
        let port = at.port().to_string();
        torrent.announce(place, &["--event", "started", "--left", "0", "--port", &port]);
        Self { at, callers }
    }

    /// Waits for a call from there.
    #[track_caller]
    pub(crate) fn called_by(&self, from: IpAddr) {
        let caller = self.callers.recv_timeout(LIMIT);
        assert_eq!(caller, Ok(from), "who called the peer that only the tracker told of");
    }
}
