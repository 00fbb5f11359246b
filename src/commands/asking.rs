//! What `announce` and `scrape` share: which torrents, which trackers, how they are asked, and what
//! comes of it.

mod subject;
mod telling;

use crate::cli::{Authority, Bounds, Cli, Env, Failure, Format, Status, units};
use crate::net::probe::{self, After, Again, Call, End, Families};
use crate::torrent::announce_url;
use clap::ValueEnum;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

pub(super) use subject::Subject;

/// The flags of both.
#[derive(clap::Args, Debug)]
pub(super) struct Asking {
    /// .torrent files, their URLs, magnet links, info-hashes, or - for standard input, which is also
    /// read where none is named
    #[arg(value_name = "TORRENT|HASH|MAGNET")]
    torrents: Vec<OsString>,
    /// A tracker to ask in place of the torrent's own; may be repeated
    #[arg(short, long, value_name = "URL", value_parser = tracker)]
    tracker: Vec<String>,
    /// By which info-hash a hybrid torrent is asked for
    #[arg(long, value_name = "VERSION", default_value = "both")]
    info_hash: Version,
    /// By which addresses a tracker is asked; any: by each that it has, each told
    #[arg(long, value_name = "FAMILY", default_value = "any")]
    ip_family: Family,
    /// How long a tracker may take
    ///
    /// A lost UDP packet is sent again after 15 s, then after 30 s and so on (BEP 15).
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = units::patience)]
    timeout: Duration,
    /// End with status 1 where a torrent has fewer peers
    #[arg(long, value_name = "N")]
    pub(super) expect_peers: Option<u32>,
    /// Ask again and again, until a signal; then the status is 0
    ///
    /// Without an INTERVAL, as often as the trackers told, at least every hour, and each minute where
    /// none told anything.
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true, value_parser = units::pause)]
    watch: Option<Option<Duration>>,
    /// A line for each answer, without the peers
    #[arg(long)]
    brief: bool,
    #[command(flatten)]
    authority: Authority,
    #[command(flatten)]
    bounds: Bounds,
}

/// What the user named.
pub(super) struct Subjects {
    pub(super) good: Vec<Subject>,
    /// What the last of the others comes to; each has been told of.
    bad: Option<Status>,
}

/// By which info-hashes a torrent is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Version {
    /// That of BEP 3 alone
    V1,
    /// That of BEP 52 alone, cut to 20 bytes
    V2,
    /// All that there are
    Both,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Family {
    #[value(name = "4")]
    V4,
    #[value(name = "6")]
    V6,
    Any,
}

fn tracker(url: &str) -> Result<String, String> {
    announce_url::check(url).map(|()| url.to_owned()).map_err(|why| why.to_string())
}

impl Asking {
    /// The process, which believes whom the user names.
    pub(super) fn in_env(&self, cli: &Cli<'_>) -> Result<Env, Failure> {
        self.authority.in_env(cli.env)
    }

    /// The torrents, each with its hashes and trackers. Of several, one that cannot be asked about is
    /// told of, and the others are asked about all the same.
    pub(super) fn subjects(&self, cli: &Cli<'_>) -> Result<Subjects, Failure> {
        if cli.format == Format::Bencode {
            return Err(Failure::usage("--format bencode: answers are told as text or as JSON"));
        }
        let mut inputs = self.torrents.clone();
        if inputs.is_empty() {
            if cli.env.stdin_is_terminal() {
                return Err(Failure::help());
            }
            inputs.push("-".into());
        }
        let only = inputs.len() == 1;
        let (mut good, mut bad) = (Vec::<Subject>::new(), None);
        for input in inputs {
            match self.subject(cli, input) {
                Ok(subject) => {
                    if good.iter().all(|known| known.hashes != subject.hashes) {
                        good.push(subject);
                    }
                }
                Err(failure) if only => return Err(failure),
                Err(failure) => {
                    cli.ui.failure(cli.env, &failure);
                    bad = Some(failure.status);
                }
            }
        }
        match bad {
            Some(status) if good.is_empty() => Err(Failure::silent(status)),
            bad => Ok(Subjects { good, bad }),
        }
    }

    fn subject(&self, cli: &Cli<'_>, input: OsString) -> Result<Subject, Failure> {
        let mut subject = Subject::find(cli, input, self.bounds.of_metainfo(), self.info_hash)?;
        if !self.tracker.is_empty() {
            subject.trackers.clear();
            for url in &self.tracker {
                if !subject.trackers.contains(url) {
                    subject.trackers.push(url.clone());
                }
            }
        }
        match subject.trackers.is_empty() {
            true => Err(Failure::no(format_args!("{}: no tracker is known", subject.input))
                .hint("--tracker URL names one")),
            false => Ok(subject),
        }
    }

    /// Asks, tells what comes, and judges it.
    pub(super) fn run(
        &self,
        cli: &Cli<'_>,
        subjects: Subjects,
        calls: Vec<Call>,
        after: After,
    ) -> Result<(), Failure> {
        let options = probe::Options {
            families: match self.ip_family {
                Family::V4 => Families::V4,
                Family::V6 => Families::V6,
                Family::Any => Families::All,
            },
            timeout: self.timeout,
            again: match self.watch {
                None => Again::Never,
                Some(None) => Again::AsTold,
                Some(Some(pause)) => Again::Every(pause),
            },
            after,
        };
        let look = telling::Look {
            brief: self.brief,
            watch: self.watch.is_some(),
            expect_peers: self.expect_peers,
        };
        let Subjects { good, bad } = subjects;
        let (teller, round) = telling::Teller::new(cli, look, good);
        let authorities = cli.env.authorities().clone();
        let end = probe::run(options, authorities, calls, Box::new(teller))
            .map_err(|error| Failure::local(Path::new("bt"), &error))?;
        let mut round = round.borrow_mut();
        match end {
            End::Unheard => Err(round.broken.take().unwrap_or(Failure::silent(Status::Done))),
            End::Signal(_) if self.watch.is_some() => Ok(()),
            End::Signal(number) => Err(Failure::silent(Status::Signal(number))),
            End::Done => {
                let status = bad.or_else(|| round.verdict.take());
                status.map_or(Ok(()), |status| Err(Failure::silent(status)))
            }
        }
    }
}
