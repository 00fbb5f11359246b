//! The flags of `bt track` for HTTP.

use crate::cli::{Cli, Failure, units};
use crate::net::track::{DoorError, HttpOptions, TlsError, TlsFiles};
use crate::tracker::http::head::Limits;
use crate::tracker::websocket;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "HTTP")]
pub(super) struct Http {
    /// PEM file of the certificate for HTTPS, with those that lead from it to a root
    ///
    /// Where --tls-port is left out, --port takes both: what begins with a TLS handshake is HTTPS.
    ///
    /// Both files are read again on SIGHUP, and within seconds when they change, for connections
    /// from then on. Where they make no good pair, the old one stays, with a warning.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file of the certificate's key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Port for HTTPS alone, beside --port for HTTP alone
    #[arg(long, value_name = "PORT", requires = "tls_cert")]
    tls_port: Option<u16>,
    /// Unix socket to serve HTTP at, for a proxy on this machine
    ///
    /// Who may connect is as the umask says. What it says of its clients is believed. A socket at
    /// which nobody listens any more is replaced; it is removed at the end.
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,
    /// Connections of --trusted-proxy and at --unix begin with the PROXY protocol (v1 or v2)
    #[arg(long)]
    proxy_protocol: bool,
    /// Serve browsers too, over WebSocket (WebTorrent), at the same ports and sockets
    ///
    /// They announce at ws://HOST:PORT/ or with HTTPS at wss://HOST:PORT/, also at /announce and, with
    /// --keys, at /KEY or /KEY/announce. The tracker hands the offers of WebRTC from one browser to
    /// another, and the answers back; browsers are told of no other peers, and others not of them,
    /// but the pages and metrics count all. A browser is in a swarm as long as it is connected, and
    /// its connection ends when it is silent for --idle-timeout; at half of that it is asked. They
    /// may take half of --connections. A page of any site may connect.
    #[arg(long)]
    websocket: bool,
    /// What browsers are told to wait between announces, with which new offers come
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = units::pause)]
    websocket_interval: Duration,
    /// Connections held at once; 0: as many as `ulimit -n` allows [default: the same, 16384 at most]
    ///
    /// Beyond it those make way that have waited longest. What comes whole and is not kept alive is
    /// answered at once and held by nobody.
    #[arg(long, value_name = "NUMBER")]
    connections: Option<usize>,
    /// Connections held at once for one address, an IPv6 one counted by its /64; 0: no limit
    ///
    /// Beyond it its own make way. Those of trusted proxies are not counted. Both numbers are
    /// spread over the threads.
    #[arg(long, value_name = "NUMBER", default_value_t = 512)]
    connections_per_address: usize,
    /// How long a connection is kept for another request
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = units::patience)]
    idle_timeout: Duration,
    /// How long the head of a request may be, 1KiB to 1MiB; more is answered with 431
    #[arg(long, value_name = "SIZE", default_value = "16KiB", value_parser = bytes)]
    head_size: usize,
    /// How long its URI may be, 1KiB to --head-size; more is answered with 414 [default: 12KiB, or
    /// --head-size where that is less]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    uri_size: Option<usize>,
}

/// Where no other is given.
const URI_SIZE: usize = 12 << 10;

/// What a head or a URI may have: no less than clients send, no more than memory is spared for.
fn bytes(text: &str) -> Result<usize, String> {
    let size = usize::try_from(units::size(text)?).ok();
    size.filter(|size| (1 << 10..=1 << 20).contains(size)).ok_or_else(|| "1KiB to 1MiB".into())
}

/// A bound; 0: none.
fn unless_none(most: usize) -> usize {
    if most == 0 { usize::MAX } else { most }
}

impl Http {
    /// Whether what was asked for has an effect.
    pub(super) fn check(&self, trusts_proxies: bool) -> Result<(), Failure> {
        if self.uri_size.is_some_and(|size| size > self.head_size) {
            let what = "--uri-size: the URI is a part of the head, and --head-size is less";
            return Err(Failure::usage(what));
        }
        match self.proxy_protocol && self.unix.is_none() && !trusts_proxies {
            true => Err(Failure::usage("--proxy-protocol is spoken by trusted proxies alone")
                .hint("--trusted-proxy CIDR names them, or --unix PATH is their way in")),
            false => Ok(()),
        }
    }

    /// `scrape_all`: torrents that a browser is told of who names none.
    pub(super) fn browsers(&self, scrape_all: usize) -> websocket::Config {
        websocket::Config { interval: self.websocket_interval, scrape_all }
    }

    pub(super) fn options(self, cli: &Cli<'_>) -> HttpOptions {
        let files = self.tls_cert.zip(self.tls_key);
        HttpOptions {
            connections: self.connections.map(unless_none),
            connections_each: unless_none(self.connections_per_address),
            limits: Limits { head: self.head_size, target: self.uri_size.unwrap_or(URI_SIZE) },
            idle: self.idle_timeout,
            unix: self.unix.map(|path| cli.env.resolve(&path)),
            tls: files.map(|(cert, key)| TlsFiles {
                cert: cli.env.resolve(&cert),
                key: cli.env.resolve(&key),
            }),
            tls_port: self.tls_port,
            websocket: self.websocket,
            proxy_protocol: self.proxy_protocol,
        }
    }
}

/// A door that cannot be opened, as the user is told of it.
pub(super) fn failure(error: DoorError) -> Failure {
    match error {
        DoorError::Tls(TlsError::Read(path, error)) | DoorError::Unix(path, error) => {
            Failure::local(&path, &error)
        }
        DoorError::Tls(error) => Failure::input(error),
        DoorError::Port(..) => Failure::network(error),
    }
}
