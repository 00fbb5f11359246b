//! What `seed`, `fetch` and `open` share: their flags, and a run that ends in an exit status.

use super::reporter::{Reporter, Subject};
use super::{Authority, Cli, Env, Failure, Opened, Show, Status, units};
use crate::net::client;
use crate::net::job::{Aim, Error, Job, Limit, MagnetJob, Options, Outcome, Task, Trust};
use crate::store::{self, Files};
use crate::torrent::Metainfo;
use sha1::{Digest, Sha1};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Flags of every command that trades with peers.
#[derive(clap::Args, Clone, Debug)]
pub struct Trade {
    /// The first free one of these ports is listened at; 0: any
    #[arg(long, value_name = "PORT[-PORT]", default_value = "6881-6889")]
    pub port: units::Ports,
    /// The only address to listen at and to connect from
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<IpAddr>,
    /// Send at most so many bytes a second, each torrent; 0: no limit
    #[arg(long, value_name = "RATE", value_parser = units::rate)]
    pub max_upload_rate: Option<u64>,
    /// Send to so many peers at once, each torrent [default: as many as the line feeds]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_uploads: Option<u16>,
    /// Connections of each torrent, at most
    #[arg(long, value_name = "N", default_value = "200",
        value_parser = clap::value_parser!(u16).range(1..))]
    pub max_peers: u16,
    /// A peer to connect to, whatever the trackers say; repeatable
    #[arg(long, value_name = "HOST:PORT", value_parser = peer)]
    pub peer: Vec<String>,
    /// Offer until so many times the torrent's size was sent
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    pub seed_ratio: Option<f64>,
    /// Offer for so long
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub seed_time: Option<Duration>,
    /// Read all data that is there, also what an earlier run has verified
    #[arg(long)]
    pub force_check: bool,
    /// Whom HTTPS believes.
    #[command(flatten)]
    pub authority: Authority,
    /// Do not use the DHT (it is not used yet: for scripts that must be sure)
    #[arg(long)]
    pub no_dht: bool,
    /// Do not look for peers in the local network (none are looked for yet)
    #[arg(long)]
    pub no_lsd: bool,
}

fn peer(text: &str) -> Result<String, &'static str> {
    let good = text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0)
    });
    if good { Ok(text.to_owned()) } else { Err("a peer is HOST:PORT, of IPv6 [ADDRESS]:PORT") }
}

fn ratio(text: &str) -> Result<f64, &'static str> {
    let ratio = text.parse().ok().filter(|ratio: &f64| ratio.is_finite() && *ratio >= 0.0);
    ratio.ok_or("a ratio is a number that is not negative, such as 1.5")
}

/// What came of a run that did not fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// All aims were reached.
    Done,
    /// A signal of this number came first.
    Signal(u8),
}

impl Trade {
    /// When a seed has given enough.
    pub fn limit(&self) -> Limit {
        Limit { ratio: self.seed_ratio, time: self.seed_time }
    }

    /// What is to be done about what a user wants to have.
    pub fn aim(&self, keep_seeding: bool) -> Aim {
        let limit = self.limit();
        match keep_seeding || limit.ratio.is_some() || limit.time.is_some() {
            true => Aim::FetchAndSeed(limit),
            false => Aim::Fetch,
        }
    }

    /// The work on what a user wants to have, whose place is known once its metainfo is.
    pub fn task(
        &self,
        cli: &Cli<'_>,
        opened: Opened,
        place: impl FnOnce(&Metainfo) -> PathBuf + 'static,
        aim: Aim,
    ) -> Result<Task, Failure> {
        match opened {
            Opened::Metainfo(metainfo) => {
                let files = files_at(&metainfo, cli.env.resolve(&place(&metainfo)))?;
                Ok(Task::Torrent(self.job(cli.env, *metainfo, files, aim)))
            }
            Opened::Magnet(magnet) => {
                let info_hash = magnet.info_hash().ok_or_else(|| Failure::input("no info-hash"))?;
                if !magnet.select.is_empty() {
                    cli.ui.warn(cli.env, "the link's choice of files is passed over: all are got");
                }
                let (trade, env) = (self.clone(), cli.env.clone());
                let begin = move |metainfo: Metainfo| {
                    let files = storage(&metainfo, env.resolve(&place(&metainfo)))?;
                    Ok(trade.job(&env, metainfo, files, aim))
                };
                Ok(Task::Magnet(MagnetJob {
                    info_hash,
                    trackers: magnet.trackers.into_iter().map(|url| vec![url]).collect(),
                    web_seeds: magnet.web_seeds,
                    peers: magnet.peers.into_iter().chain(self.peer.iter().cloned()).collect(),
                    begin: Box::new(begin),
                }))
            }
        }
    }

    /// The work on one torrent.
    pub fn job(&self, env: &Env, metainfo: Metainfo, files: Files, aim: Aim) -> Job {
        let trust = if self.force_check { Trust::Nothing } else { Trust::Resume };
        Job {
            info_hash: metainfo.info_hash(),
            resume: resume_file(env, &metainfo, files.root()),
            metainfo: Arc::new(metainfo),
            files: Arc::new(files),
            aim,
            trust,
            peers: self.peer.clone(),
            known: Vec::new(),
        }
    }

    /// How the process shows itself to peers.
    pub fn options(&self, cli: &Cli<'_>) -> Options {
        let tick = match cli.ui.show {
            Show::Bar => Duration::from_millis(200),
            Show::Lines | Show::Nothing => Duration::from_secs(1),
        };
        Options {
            ports: self.port.first..=self.port.last,
            bind: self.bind,
            authorities: cli.env.authorities().clone(),
            upload_limit: self.max_upload_rate.filter(|rate| *rate > 0),
            download_limit: None,
            max_peers: self.max_peers.into(),
            max_uploads: self.max_uploads.map(usize::from),
            patience: None,
            report_every: tick,
        }
    }
}

/// Trades until the end, telling events, progress and peers on the way.
pub fn run(
    cli: &Cli<'_>,
    options: Options,
    tasks: Vec<Task>,
    reporter: Reporter,
) -> Result<End, Failure> {
    let names: Vec<_> = jobs(&tasks).map(|job| (job.info_hash, Subject::of(job).name)).collect();
    let failure = match client::run(options, tasks, Box::new(reporter)) {
        Ok(Outcome::Done) => return Ok(End::Done),
        Ok(Outcome::Signal(number)) => return Ok(End::Signal(number)),
        Ok(Outcome::Unheard) => return Err(Failure::silent(Status::Done)),
        Err(Error::Store(error)) => Failure::local(&error.path, &error.source),
        Err(error @ Error::Incomplete { torrent, .. }) => {
            let name = names.iter().find(|(hash, _)| *hash == torrent);
            let name = name.map_or("torrent", |(_, name)| name.as_str());
            Failure::no(format_args!("{name}: {error}"))
                .hint("bt fetch --keep-seeding gets what is missing and then seeds")
        }
        Err(error @ Error::NoPort(_)) => {
            Failure::network(error).hint("--port names others; --port 0 takes any")
        }
        Err(error @ Error::NobodyToAsk) => {
            Failure::network(error).hint("--peer HOST:PORT names one who has it")
        }
        Err(error @ (Error::Listen(_) | Error::NoData(_) | Error::NoMetadata(_))) => {
            Failure::network(error)
        }
        Err(error @ (Error::Metainfo(_) | Error::NotVersion1)) => Failure::input(error),
        Err(Error::Start(error)) => Failure::local(Path::new("bt"), &error),
    };
    Reporter::failed(cli, &failure);
    Err(failure)
}

/// The same for the sake of the data: a signal that comes before it is here ends the command by that
/// signal, one that ends the seeding after it finds the work done.
pub fn run_to_get(
    cli: &Cli<'_>,
    options: Options,
    tasks: Vec<Task>,
    reporter: Reporter,
) -> Result<(), Failure> {
    let finished = reporter.finished_flag();
    match run(cli, options, tasks, reporter)? {
        End::Signal(number) if !finished.get() => Err(Failure::silent(Status::Signal(number))),
        End::Signal(_) | End::Done => Ok(()),
    }
}

/// The reporter of these tasks.
pub fn reporter(cli: &Cli<'_>, tasks: &[Task]) -> Reporter {
    Reporter::new(cli, jobs(tasks).map(|job| (job.info_hash, Subject::of(job))))
}

/// What is known of the tasks already; the rest is known once its metadata is there.
fn jobs(tasks: &[Task]) -> impl Iterator<Item = &Job> {
    tasks.iter().filter_map(|task| match task {
        Task::Torrent(job) => Some(job),
        Task::Magnet(_) => None,
    })
}

/// The torrent's place below a folder, as `fetch -o FOLDER` makes it.
pub fn below(metainfo: &Metainfo, folder: &Path) -> PathBuf {
    folder.join(os_name(&metainfo.name))
}

/// The storage of a torrent whose data lies, or is to lie, at `place` itself.
pub fn files_at(metainfo: &Metainfo, place: PathBuf) -> Result<Files, Failure> {
    storage(metainfo, place).map_err(|error| Failure::local(&error.path, &error.source))
}

fn storage(metainfo: &Metainfo, place: PathBuf) -> Result<Files, store::Error> {
    match metainfo.folder {
        true => Files::folder(metainfo.layout.clone(), place)
            .map(|files| files.with_links(metainfo.links())),
        false => Files::file(metainfo.layout.clone(), place),
    }
}

#[cfg(unix)]
fn os_name(name: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(name.to_vec())
}

#[cfg(not(unix))]
fn os_name(name: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(name).into_owned().into()
}

/// Where it is kept what is known of this torrent's data at this place.
fn resume_file(env: &Env, metainfo: &Metainfo, place: &Path) -> Option<PathBuf> {
    let place = std::path::absolute(env.resolve(place)).ok()?;
    let digest = Sha1::digest(place.as_os_str().as_encoded_bytes());
    let place: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let state = xdg::BaseDirectories::with_prefix("bt").get_state_home()?;
    Some(state.join("resume").join(format!("{}-{place}", metainfo.info_hash())))
}
