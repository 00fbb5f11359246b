//! How `bt track` is run as a service: its flags, and what it tells its operator.

use crate::cli::Cli;
use crate::net::track::{self, Bound, LogFormat, Notice};
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
    /// and ends; browsers connect anew. Where this one dies before it serves, that one goes on. The
    /// ports and addresses of HTTP and UDP stay; a warning names each of --port, --bind and
    /// --udp-port that says otherwise. All other options are this one's.
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

fn listening(cli: &Cli<'_>, log: LogFormat, at: &Bound) {
    let Some(http) = at.http.first() else { return };
    let announce = url("http", http);
    let udp = at.udp.first().map(|at| url("udp", at));
    let websocket = at.websocket.then(|| url("ws", http));
    let others = [&udp, &websocket].into_iter().flatten();
    let more: String = others.map(|other| format!(" and {other}")).collect();
    cli.ui.note(cli.env, 0, format_args!("listening on {announce}{more}"));
    if log == LogFormat::Json {
        // Neither a number nor such a URL needs escaping.
        let port = http.port();
        let others = [("udp", udp), ("websocket", websocket)].into_iter();
        let more: String =
            others.filter_map(|(name, at)| Some(format!(r#","{name}":"{}""#, at?))).collect();
        let event =
            format!(r#"{{"event":"listening","v":1,"port":{port},"announce":"{announce}"{more}}}"#);
        let mut out = cli.env.stdout();
        // A tracker serves also where nobody reads its log.
        let _ = writeln!(out, "{event}").and_then(|()| out.flush());
    }
}

fn url(scheme: &str, at: &SocketAddr) -> String {
    let port = at.port();
    match at.ip() {
        ip if ip.is_unspecified() => format!("{scheme}://localhost:{port}/announce"),
        _ => format!("{scheme}://{at}/announce"),
    }
}
