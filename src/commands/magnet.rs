//! `bt magnet`

mod choice;

use crate::cli::text::hex;
use crate::cli::{Authority, Bounds, Cli, Failure, Format, Status, TorrentInput};
use crate::torrent::{Magnet, Metainfo, announce_url};
use choice::{Choice, choose};
use clap::ValueEnum;
use serde::Serialize;
use std::ffi::OsString;
use std::io::Write;

/// Writes the magnet link of a torrent
///
/// One line for each TORRENT: the link, or with --json an object with the link in it. Where one
/// fails, that is said and the others are still written.
///
/// The link has the info-hashes of all versions that the torrent has, its name, its trackers and
/// its web seeds. All values are percent-encoded, spaces as %20, but for the addresses of peers,
/// which not every client decodes.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct MagnetLink {
    /// .torrent files, URLs of such, magnet links, or - for standard input
    #[arg(value_name = "TORRENT")]
    input: Vec<OsString>,
    /// The info-hash of this version alone [default: of all that there are]
    #[arg(long, value_name = "VERSION")]
    only: Option<Version>,
    /// The files that are wanted: numbers and ranges, or a glob; may be repeated (BEP 53)
    ///
    /// Such as 0,2,4-6: the places of the files in `bt inspect`'s list, from 0. Or a glob of the path
    /// below the torrent's folder; one without a slash is of the file's own name.
    #[arg(long, value_name = "FILES", value_parser = choice::parse)]
    select: Vec<Choice>,
    /// A peer that has it; may be repeated
    #[arg(long, value_name = "HOST:PORT", value_parser = peer)]
    peer: Vec<String>,
    /// One more tracker, behind those of the torrent; may be repeated
    #[arg(short, long, value_name = "URL", value_parser = tracker)]
    tracker: Vec<String>,
    /// Tell the size
    #[arg(long)]
    size: bool,
    /// Leave the name out
    #[arg(long)]
    no_name: bool,
    /// Leave the trackers of the torrent out
    #[arg(long)]
    no_trackers: bool,
    /// Leave the web seeds out
    #[arg(long)]
    no_web_seeds: bool,
    #[command(flatten)]
    authority: Authority,
    #[command(flatten)]
    bounds: Bounds,
}

const EXAMPLES: &str = "\
JSON:
  One object for each input, with these keys in this order: v, input, magnet, info_hash {v1, v2},
  name. It is written with --json alone: into a pipe too, the data is the link.

Examples:
  The links of many torrents:
    bt magnet *.torrent > links.txt

  The hash and nothing else:
    bt magnet --no-name --no-trackers --no-web-seeds a.torrent

  One that needs no tracker, for somebody who reaches this machine:
    bt magnet --no-trackers --peer 192.0.2.1:6881 a.torrent

  Only the first of its files, and all that end in .ext:
    bt magnet b.torrent --select 0 --select '*.ext'

  Another link, without its trackers:
    bt inspect --json a.torrent | jq -r .magnet | bt magnet --no-trackers
";

/// A version of the protocol's metainfo.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Version {
    /// The info-hash of BEP 3
    V1,
    /// The info-hash of BEP 52
    V2,
}

fn peer(text: &str) -> Result<String, String> {
    let good = text.rsplit_once(':').is_some_and(|(host, port)| {
        let plain = host.bytes().all(|byte| byte.is_ascii_graphic() && !b"&#%/?".contains(&byte));
        let bare = !host.contains(':') || host.starts_with('[') && host.ends_with(']');
        plain && bare && !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if good { Ok(text.to_owned()) } else { Err("a peer is HOST:PORT".to_owned()) }
}

fn tracker(url: &str) -> Result<String, String> {
    announce_url::check(url).map(|()| url.to_owned()).map_err(|why| why.to_string())
}

#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    input: String,
    magnet: String,
    info_hash: Hashes,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Hashes {
    v1: Option<String>,
    v2: Option<String>,
}

impl MagnetLink {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
        if cli.format == Format::Bencode {
            return Err(Failure::usage("--format bencode: a link is text"));
        }
        let mut inputs: Vec<_> = self.input.iter().cloned().map(TorrentInput::from).collect();
        if inputs.is_empty() {
            inputs.push(TorrentInput::or_stdin(None, cli.env)?);
        }
        let only = inputs.len() == 1;
        let mut last = Ok(());
        for input in &inputs {
            match self.one(cli, input) {
                Ok(()) => {}
                Err(failure) if only || failure.status == Status::Done => return Err(failure),
                Err(failure) => {
                    cli.ui.failure(cli.env, &failure);
                    last = Err(Failure::silent(failure.status));
                }
            }
        }
        last
    }

    fn one(&self, cli: &Cli<'_>, input: &TorrentInput) -> Result<(), Failure> {
        let magnet = self.link(cli, input)?;
        let text = if cli.json {
            let v2 = magnet.v2.as_ref().map(|hash| hex(hash));
            let line = Line {
                v: 1,
                input: input.to_string(),
                magnet: magnet.to_string(),
                info_hash: Hashes { v1: magnet.v1.map(|hash| hash.to_string()), v2 },
                name: magnet.name.as_deref(),
            };
            // Nothing here can fail to serialize.
            serde_json::to_string(&line).unwrap_or_default()
        } else {
            magnet.to_string()
        };
        let mut out = cli.env.stdout();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
        written.and_then(|()| out.flush()).map_err(|error| Failure::stdout(&error))
    }

    fn link(&self, cli: &Cli<'_>, input: &TorrentInput) -> Result<Magnet, Failure> {
        let bad = |why: &dyn std::fmt::Display| Failure::input(format_args!("{input}: {why}"));
        let bounds = self.bounds.of_metainfo();
        let bytes = input.read_within(cli.env, bounds)?;
        let mut magnet = match std::str::from_utf8(&bytes).ok().filter(|text| is_magnet(text)) {
            Some(link) if self.select.is_empty() && !self.size => {
                link.parse::<Magnet>().map_err(|why| bad(&why))?
            }
            Some(_) => {
                return Err(bad(&"--select and --size need the metainfo, not a magnet link"));
            }
            None => {
                let metainfo = Metainfo::parse_within(bytes, bounds);
                let metainfo = metainfo.map_err(|why| bad(&why))?;
                let mut magnet = Magnet::of(&metainfo);
                magnet.length = self.size.then(|| metainfo.total_size());
                if !self.select.is_empty() {
                    magnet.select = choose(&metainfo.layout, &self.select)
                        .map_err(|why| Failure::no(format_args!("{input}: {why}")))?;
                }
                magnet
            }
        };
        match self.only {
            Some(Version::V1) if magnet.v1.is_some() => magnet.v2 = None,
            Some(Version::V2) if magnet.v2.is_some() => magnet.v1 = None,
            Some(version) => {
                let version = format!("{version:?}").to_lowercase();
                return Err(Failure::no(format_args!("{input}: has no info-hash of {version}")));
            }
            None => {}
        }
        if self.no_name {
            magnet.name = None;
        }
        if self.no_trackers {
            magnet.trackers.clear();
        }
        if self.no_web_seeds {
            magnet.web_seeds.clear();
        }
        magnet.trackers.extend(self.tracker.iter().cloned());
        magnet.peers.extend(self.peer.iter().cloned());
        Ok(magnet)
    }
}

fn is_magnet(text: &str) -> bool {
    let start = text.trim_start().get(.."magnet:".len());
    start.is_some_and(|start| start.eq_ignore_ascii_case("magnet:"))
}
