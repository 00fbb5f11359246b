//! The trackers: `bt`'s own and a stranger's.

use crate::bt;
use crate::namespace::{Place, address, address6, at};
use crate::process::Process;
use std::fs;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The trackers' port.
const PORT: u16 = 6969;
const SOON: Duration = Duration::from_secs(30);

/// `bt track`. What it logs tells who announced what.
#[derive(Debug)]
pub(crate) struct OwnTracker {
    process: Process,
}

impl OwnTracker {
    pub(crate) fn start(place: &Place) -> Self {
        Self::start_at(place, address(0, 1).into())
    }

    /// The same at an IPv6 address.
    pub(crate) fn start6(place: &Place) -> Self {
        Self::start_at(place, address6(0, 1).into())
    }

    fn start_at(place: &Place, ip: IpAddr) -> Self {
        let mut command = place.command(bt::program());
        command.args(["track", "--log-format", "common", "--port", &PORT.to_string()]);
        command.args(["--bind", &ip.to_string(), "--dfile"]).arg(place.file("dfile"));
        let process = Process::start("bt track", &mut command);
        listening(at(ip, PORT));
        Self { process }
    }

    /// Its announce URL, known before it is started.
    pub(crate) fn url() -> String {
        format!("http://{}:{PORT}/announce", address(0, 1))
    }

    /// The announce URL of [`Self::start6`].
    pub(crate) fn url6() -> String {
        format!("http://[{}]:{PORT}/announce", address6(0, 1))
    }

    /// Waits for the next announce of somebody who has everything; its query.
    #[track_caller]
    pub(crate) fn seeder(&mut self) -> String {
        self.announce("a seeder's announce", SOON, |query| field(query, "left") == Some("0"))
    }

    /// Waits for an announce whose query is as wanted.
    #[track_caller]
    pub(crate) fn announce(
        &mut self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> String {
        self.process.until(what, limit, |line| {
            let (_, rest) = line.text().split_once("GET /announce?")?;
            let query = rest.split_whitespace().next()?;
            wanted(query).then(|| query.to_owned())
        })
    }
}

/// A value of an announce's query.
pub(crate) fn field<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name)?.1.into())
}

/// Debian's opentracker, which serves the info-hashes that it is told.
#[derive(Debug)]
pub(crate) struct Opentracker {
    _process: Process,
}

impl Opentracker {
    /// It takes announces by HTTP and by UDP on the same port.
    pub(crate) fn start(place: &Place, info_hash: &str) -> Self {
        let ip = Self::address().to_string();
        let port = PORT.to_string();
        let folder = place.folder("opentracker");
        fs::write(folder.join("allowed"), format!("{info_hash}\n")).unwrap();
        // It refuses to be root and may not be able to become another in a user namespace: there it is
        // made another by a namespace inside.
        let mut command = place.command("unshare");
        command.args(["--user", "--map-user=65534", "--map-group=65534", "opentracker"]);
        command.args(["-i", &ip, "-p", &port, "-P", &port, "-w", "allowed", "-d"]).arg(folder);
        let process = Process::start("opentracker", &mut command);
        listening(at(Self::address(), PORT));
        Self { _process: process }
    }

    pub(crate) fn address() -> IpAddr {
        address(0, 2).into()
    }

    /// Its announce URL of a scheme, `http` or `udp`.
    pub(crate) fn url(scheme: &str) -> String {
        format!("{scheme}://{}:{PORT}/announce", Self::address())
    }
}

/// Returns once somebody takes connections there. The one thing that has to be asked again and
/// again: a stranger does not tell when it is ready.
pub(crate) fn listening(at: SocketAddr) {
    let end = Instant::now() + SOON;
    while TcpStream::connect(at).is_err() {
        assert!(Instant::now() < end, "nobody listens on {at}");
        std::thread::yield_now();
    }
}
