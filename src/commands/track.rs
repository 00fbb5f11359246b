//! `bt track`

mod ceilings;
mod dump;
mod http;
mod operation;
mod pages;
mod policy;
mod udp;

use self::udp::Udp;
use crate::cli::{Cli, Failure, Format, units};
use crate::net::track::{self, BadList, Error, LogFormat, Options};
use crate::tracker::Config;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Runs a tracker
///
/// Peers announce at http://HOST:PORT/announce, at udp://HOST:PORT, and with --websocket from
/// browsers, and are told of each other. The page / lists what is served and shows these URLs.
/// The web log, a line for each request, goes to standard output.
///
/// It ends on SIGTERM or SIGINT with status 0, once the state is saved; a second one ends it at once.
/// On SIGHUP it reads its lists, certificate and .torrent files again. SIGUSR1 and SIGUSR2 do nothing.
#[derive(clap::Args, Debug)]
#[command(disable_help_subcommand = true)]
#[command(after_long_help = "\
Examples:
  bt track --port 8080 --dfile dstate
      Serves port 8080 and keeps its state in dstate, made if it is missing.
  bt track --websocket --tls-cert crt.pem --tls-key key.pem --port 443
      Serves browsers too: their pages connect to wss://HOST/.
  bt track --port 8080 --json | jq -r 'select(.event == \"request\").target'
      Shows what is asked for.
  bt track --port 0 --json | jq --unbuffered -r 'select(.event == \"listening\").announce'
      Takes a free port and shows the URL to publish with.
")]
pub(crate) struct Track {
    /// Port to listen on; 0 takes a free one and says which
    #[arg(short, long, default_value_t = 8080)]
    port: u16,
    /// Address to listen at; may be repeated [default: all, IPv4 and IPv6]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    bind: Vec<IpAddr>,
    #[command(flatten)]
    udp: Udp,
    /// Where the state is kept; made if it is missing
    ///
    /// It is written whole, every --save-interval and at the end, and read at the start. The dfile
    /// of a tracker of 2002 is read too, also as its later versions wrote it, with the counts of
    /// downloads. A torrent is forgotten, with its count of downloads, once its last peer is gone.
    ///
    /// Beside FILE stand FILE.old, the one before; FILE.lock, which keeps a second tracker away;
    /// FILE.secret, what connection ids of UDP are made with, for its owner alone; FILE.handover, a
    /// socket for --take-over; and where a kill came in the middle of a save, .FILE.XXXXXX.tmp and the like,
    /// which the next start removes. Where FILE was cut or changed, it becomes FILE.broken, and FILE.old is
    /// taken, as it is where FILE is gone; where that is broken too the tracker begins anew. A file
    /// that never was a dfile, and the dfile of a later bt, are left as they are, with status 3.
    /// Where FILE has more than --most-peers and the like allow, it is kept as FILE.larger. Of
    /// FILE.broken and FILE.larger there are four each at most, the first and the newest: FILE.broken,
    /// FILE.broken.2 and so on. A line tells of each.
    ///
    /// FILE is a regular file, or not there yet. Where somebody removes FILE.lock, it is made anew within a
    /// second; where another tracker has it then, this one says so and saves nothing. Nothing keeps apart two
    /// trackers that know FILE by two hard links: each has a file of its own from its first save on.
    ///
    /// There are no secrets in FILE: who may read it is as the umask says, and `bt track dump` needs
    /// no more.
    #[arg(short, long, value_name = "FILE")]
    dfile: Option<PathBuf>,
    /// Between two saves of the dfile
    ///
    /// Counted from the last save, also that of a tracker which is gone: where the dfile is older, or knows
    /// nobody yet, it is saved after the start as soon as somebody has announced.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = units::patience)]
    save_interval: Duration,
    /// What peers are told to wait between announces
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = units::pause)]
    interval: Duration,
    /// How long a peer may be silent before it counts as gone
    ///
    /// Longer than --interval with its --interval-jitter, or all would be gone before they come back.
    #[arg(long, value_name = "TIME", default_value = "45m", value_parser = units::pause)]
    timeout_downloaders: Duration,
    /// Peers told of where the asker wants no certain number: 1 to 200
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = response_size)]
    response_size: usize,
    /// For a client to say what it wants, and for a peer to take the call of --nat-check
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = units::patience)]
    socket_timeout: Duration,
    /// Threads that serve; 0: one a core
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    threads: usize,
    /// Between two flushes of the log
    ///
    /// Each thread keeps its lines until then, so lines of several may stand out of the order of their
    /// times, by that much at most.
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = units::duration)]
    log_flush: Duration,
    /// How log lines look [default: common; json with --json]
    ///
    /// The first line of JSON is an event too: listening, with the port, the announce URL, and those
    /// of the other doors: https, udp, websocket, wss, unix, metrics. Where a service manager gave
    /// sockets without one for HTTP, port and announce are those of UDP, or left out.
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogStyle>,
    #[command(flatten)]
    http: http::Http,
    #[command(flatten)]
    operation: operation::Operation,
    #[command(flatten)]
    policy: policy::Policy,
    #[command(flatten)]
    ceilings: ceilings::Ceilings,
    #[command(flatten)]
    pages: pages::Pages,
    #[command(subcommand)]
    other: Option<dump::Other>,
}

/// As which it is called.
pub(super) const NAME: &str = "track";

/// Whether these words run a tracker, as far as that can be told before they are read.
pub(super) fn runs(words: &[OsString]) -> bool {
    words.iter().all(|word| word != dump::NAME)
}

/// How log lines look.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum LogStyle {
    /// The Common Log Format of web servers
    Common,
    /// A JSON object a line
    Json,
    /// No log
    None,
}

/// One to listen at.
fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| match text.split_once('%') {
        Some((ip, _)) if ip.parse::<IpAddr>().is_ok() => "zone ids (%) are not taken".to_owned(),
        _ => "an address is like 192.0.2.7 or 2001:db8::7".to_owned(),
    })
}

/// Each address once, in the order given: a second socket at the same one is never meant.
fn once_each(all: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut seen = HashSet::new();
    all.into_iter().filter(|ip| seen.insert(ip.to_canonical())).collect()
}

fn response_size(text: &str) -> Result<usize, String> {
    let most = Config::default().response_most;
    let size = text.parse().ok().filter(|size| (1..=most).contains(size));
    size.ok_or_else(|| format!("a number from 1 to {most}"))
}

impl Track {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        if let Some(dump::Other::Dump(dump)) = self.other {
            return dump.run(cli);
        }
        if cli.format == Format::Bencode {
            return Err(Failure::usage("--format bencode: the web log is text or JSON"));
        }
        self.http.check(self.policy.has_proxies())?;
        if self.policy.longest(self.interval) >= self.timeout_downloaders {
            return Err(Failure::usage(
                "--timeout-downloaders must be longer than --interval with its --interval-jitter, and \
                 than --min-interval, or peers are forgotten before they come back",
            ));
        }
        let log = match self.log_format {
            Some(LogStyle::Common) => LogFormat::Common,
            Some(LogStyle::Json) => LogFormat::Json,
            Some(LogStyle::None) => LogFormat::None,
            None if cli.json => LogFormat::Json,
            None => LogFormat::Common,
        };
        self.policy.warn(cli);
        let shown = if self.policy.is_private() { pages::Shown::None } else { pages::Shown::All };
        let options = Options {
            bind: once_each(self.bind),
            port: self.port,
            udp: self.udp.options(),
            dfile: self.dfile.map(|path| cli.env.resolve(&path)),
            save_interval: self.save_interval,
            config: self.ceilings.set(Config {
                interval: self.interval,
                timeout: self.timeout_downloaders,
                response_size: self.response_size,
                ..Config::default()
            })?,
            policy: self.policy.options(self.http.browsers(self.pages.listed_most(shown)))?,
            sources: self.policy.sources(cli),
            socket_timeout: self.socket_timeout,
            threads: self.threads,
            log,
            log_flush: self.log_flush,
            http: self.http.options(cli),
            operation: self.operation.options(),
            pages: self.pages.options(cli, shown),
        };
        let mut tell = |notice| operation::tell(cli, log, notice);
        track::run(&options, Box::new(cli.env.stdout()), &mut tell).map_err(|error| match error {
            Error::Read(path, error) => Failure::local(&path, &error),
            Error::List(BadList::Read(path, error)) => Failure::local(&path, &error),
            Error::List(bad) => Failure::input(bad),
            Error::Write(error) => Failure::local(&error.path, &error.source),
            Error::Dfile(..) => Failure::input(error).hint("move it away, or name another --dfile"),
            Error::Held(ref path, _) => Failure::local(path, &io::Error::other(error.to_string()))
                .hint("--take-over takes its place without a lost request"),
            Error::TakeOver(ref path, ..) => {
                Failure::local(path, &io::Error::other(error.to_string()))
            }
            Error::Silent(ref path, _) => Failure::no(format_args!("{}: {error}", path.display()))
                .hint("it may hang or be stopped; it has the dfile until it is ended"),
            Error::Door(error) => http::failure(error),
            Error::Torrents(folder) => Failure::local(&folder.path, &folder.error),
            Error::Listen(..)
            | Error::ListenUdp(..)
            | Error::Threads(..)
            | Error::Metrics(..)
            | Error::Worker(_)
            | Error::System(_) => Failure::network(error),
        })
    }
}
