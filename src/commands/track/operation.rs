//! How `bt track` is run as a service: its flags, and what it tells its operator.

use crate::cli::Cli;
use crate::net::track::{self, Bound, LogFormat, Notice};
use serde::Serialize;
use std::io::Write;
use std::net::SocketAddr;

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "As a service")]
pub(super) struct Operation {
    /// Take the place of the bt track that has the dfile
    ///
    /// That one hands over its sockets and tells all that it knows, and serves on until this one has
    /// read its files, bound what is new and taken the state: where any of that fails, this one ends
    /// and nothing has changed. Then this one serves, and only once it does that one takes no more
    /// requests. It answers what it has begun, for some seconds at most, tells this one of that too,
    /// and ends; browsers connect anew. A connection that is kept alive has half a second for one more
    /// request, whose answer says that it is the last; HTTP has no way to say so where none comes. Where
    /// this one dies before it serves, that one goes on. The ports and addresses of HTTP and UDP stay; a
    /// warning names each of --port, --bind and --udp-port that says otherwise. All other options are this
    /// one's.
    ///
    /// Where that one says nothing for 30 seconds, it hangs or is stopped: this one ends with status 1
    /// then, for the dfile is not to be had before that one is ended.
    #[arg(long, requires = "dfile")]
    take_over: bool,
    /// Keep all rights of the process
    ///
    /// By default, where the kernel has Landlock, the process gives up what it needs no more before
    /// it serves: it writes in the dfile's folder alone, reads there and in the folders of the files
    /// that it reads again (--allow, --deny, --keys, --torrents, --tls-cert, --tls-key), with all that
    /// is below them, runs no programs and binds no more TCP ports.
    #[arg(long)]
    no_sandbox: bool,
}

impl Operation {
    pub(super) fn options(&self) -> track::Operation {
        track::Operation { take_over: self.take_over, sandbox: !self.no_sandbox }
    }
}

/// Says what happens on the way.
pub(super) fn tell(cli: &Cli<'_>, log: LogFormat, notice: Notice) {
    match notice {
        Notice::Listening(at) => listening(cli, log, &at),
        Notice::Warning(words) => cli.ui.warn(cli.env, words),
        Notice::Detail(words) => cli.ui.note(cli.env, 1, words),
    }
}

/// Each door by what it speaks: the first of each kind, since the others differ in their addresses.
fn listening(cli: &Cli<'_>, log: LogFormat, at: &Bound) {
    let (http, https, udp) = (at.http.first(), at.https.first(), at.udp.first());
    let port = http.or(udp).map(SocketAddr::port);
    let websocket = http.filter(|_| at.websocket).map(|at| url("ws", at));
    let (http, udp) = (http.map(|at| url("http", at)), udp.map(|at| url("udp", at)));
    let wss = https.filter(|_| at.websocket).map(|at| url("wss", at));
    let https = https.map(|at| url("https", at));
    let unix = at.unix.as_ref().map(|path| format!("Unix socket {}", path.display()));
    let metrics = at.metrics.as_ref().map(|at| format!("{} for metrics", page(at, "metrics")));
    let first = [http.as_ref(), https.as_ref(), udp.as_ref(), websocket.as_ref(), wss.as_ref()];
    let all = first.into_iter().chain([unix.as_ref(), metrics.as_ref()]).flatten();
    let mut all: Vec<&str> = all.map(String::as_str).collect();
    if all.is_empty() {
        return;
    }
    let last = if all.len() > 1 { all.pop() } else { None };
    let last = last.map(|last| format!(" and {last}")).unwrap_or_default();
    let all = all.join(", ");
    cli.ui.note(cli.env, 0, format_args!("listening on {all}{last}"));
    if log == LogFormat::Json {
        let event = Listening {
            event: "listening",
            v: 1,
            port,
            announce: http.or_else(|| udp.clone()),
            https,
            udp,
            websocket,
            wss,
            unix: at.unix.as_ref().map(|path| path.to_string_lossy().into_owned()),
            metrics: at.metrics.as_ref().map(|at| page(at, "metrics")),
        };
        let mut out = cli.env.stdout();
        // A tracker serves also where nobody reads its log.
        let _ = serde_json::to_string(&event)
            .map_err(std::io::Error::from)
            .and_then(|event| writeln!(out, "{event}"))
            .and_then(|()| out.flush());
    }
}

/// The first line of a log in JSON.
#[derive(Serialize)]
struct Listening {
    event: &'static str,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    announce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    https: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    udp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    websocket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<String>,
}

/// As a torrent names it, in the words of a machine that is not known by name.
fn url(scheme: &str, at: &SocketAddr) -> String {
    format!("{scheme}://{}/announce", host(at))
}

fn page(at: &SocketAddr, name: &str) -> String {
    format!("http://{}/{name}", host(at))
}

fn host(at: &SocketAddr) -> String {
    match at.ip() {
        ip if ip.is_unspecified() => format!("localhost:{}", at.port()),
        _ => at.to_string(),
    }
}
