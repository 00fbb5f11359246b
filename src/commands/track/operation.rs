//! How `bt track` is run as a service: its flags, and what it tells its operator.

use crate::cli::Cli;
use crate::net::track::{self, LogFormat, Notice};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};

#[derive(clap::Args, Debug)]
pub(super) struct Operation {
    /// Take the place of the bt track that has the dfile
    ///
    /// That one hands over its sockets, answers what it has begun, saves its state and ends; this
    /// one serves what has come in the meantime. No request is lost. --port and --bind are not
    /// looked at then.
    #[arg(long, requires = "dfile")]
    take_over: bool,
    /// Log requests over UDP too
    #[arg(long)]
    log_udp: bool,
    /// Keep all rights of the process
    ///
    /// By default, where the kernel has Landlock, the process gives up what it needs no more once
    /// it serves: it writes in the dfile's folder alone, reads what it reads again, runs no programs.
    #[arg(long)]
    no_sandbox: bool,
}

impl Operation {
    pub(super) fn options(&self) -> track::Operation {
        track::Operation {
            take_over: self.take_over,
            sandbox: !self.no_sandbox,
            log_udp: self.log_udp,
        }
    }
}

/// Says what happens on the way.
pub(super) fn tell(cli: &Cli<'_>, log: LogFormat, notice: Notice) {
    match notice {
        Notice::Listening(at) => listening(cli, log, at),
        Notice::Warning(words) => cli.ui.warn(cli.env, words),
        Notice::Detail(words) => cli.ui.note(cli.env, 1, words),
    }
}

fn listening(cli: &Cli<'_>, log: LogFormat, at: SocketAddr) {
    let (ip, port) = (at.ip(), at.port());
    let host = match ip {
        ip if ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let announce = format!("http://{host}:{port}/announce");
    cli.ui.note(cli.env, 0, format_args!("listening on {announce}"));
    if log == LogFormat::Json {
        // Neither a number nor such a URL needs escaping.
        let event =
            format!(r#"{{"event":"listening","v":1,"port":{port},"announce":"{announce}"}}"#);
        let mut out = cli.env.stdout();
        // A tracker serves also where nobody reads its log.
        let _ = writeln!(out, "{event}").and_then(|()| out.flush());
    }
}
