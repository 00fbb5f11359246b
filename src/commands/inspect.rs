//! `bt inspect`

mod document;
mod page;
mod signatures;
mod tracker;

use crate::bencode::json;
use crate::cli::{Cli, Failure, Format, TorrentInput};
use crate::torrent::{Magnet, Metainfo};
use crate::tracker::Document as OfTracker;
use bytes::Bytes;
use document::{Document, line};
use std::ffi::OsString;
use std::io::Write;
use std::time::Instant;

/// Shows what a torrent is, or what a tracker wrote
///
/// Each INPUT is a .torrent file, a magnet link, a tracker's answer that was saved, its dfile, or -
/// for standard input, which is also read where it is a pipe and no INPUT is given. On a terminal
/// people get a page; pipes get one line of JSON for each input. Where an input is bad, that is said
/// and the others are still shown.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Inspect {
    /// .torrent files, magnet links, trackers' answers, dfiles, or - for standard input
    input: Vec<OsString>,
    /// All of the bencode as JSON, as `bt decode` shows it; takes any bencode
    #[arg(long)]
    raw: bool,
    /// Write --format bencode to a terminal
    #[arg(short, long)]
    force: bool,
}

const EXAMPLES: &str = "\
JSON:
  One object for each input, with these keys in this order: v, version (v1, v2 or hybrid), name,
  info_hash {v1, v2}, magnet, piece_length, piece_count, total_size, files [{path, length, attr,
  symlink, pieces_root, sha1}], trackers [tiers of URLs], web_seeds, http_seeds, nodes [[host,
  port]], private, comment, created_by, creation_date, source, warnings. What a file does not have
  is left out, what the torrent does not have is null or empty. A name that is not UTF-8 is
  {\"$hex\":\"…\"}. Of a magnet link, what only the metainfo tells is null.

  In front of warnings stand, where there are any: peers [\"host:port\"] and select [[first, last]]
  of a magnet link, the file numbers that it asks for; signatures [{identity, status, reason,
  certificate {common_name, sha256}}] of a signed torrent (BEP 35). Their status is \"ok\" where the
  certificate beside the signature has made it, which says nothing of whether that certificate is
  to be trusted; \"bad\"; or \"unknown\" where the certificate is not there.

  What a tracker wrote has the keys v, kind, and
    where kind is \"announce answer\": interval, min_interval (seconds), complete, incomplete,
    peers [{address, id}], warning, external_ip, tracker_id
    \"refusal\": failure_reason, retry_in (seconds or \"never\")
    \"scrape answer\" and \"dfile\": torrents [{info_hash, complete, incomplete, downloaded}]

Examples:
  A page for people, also into a pipe:
    bt inspect --format human myfile.ext.torrent | less

  The sizes and paths of all files:
    bt inspect --json a.torrent | jq -r '.files[] | [.length, (.path | join(\"/\"))] | @tsv'

  The peers that a tracker tells of:
    curl -s \"$announce_url\" | bt inspect | jq -r '.peers[].address'

  The torrents of a tracker, those with the most peers first:
    bt inspect --json dstate | jq -r '.torrents | sort_by(-.complete - .incomplete)[].info_hash'

  Which torrents are in a tracker:
    bt inspect --json *.torrent | jq -r 'select(any(.trackers[][]; contains(\"my.tracker\"))) | .name'
";

/// What an input turned out to be.
enum Subject {
    Metainfo(Box<Metainfo>, Bytes),
    Magnet(Box<Magnet>),
    OfTracker(OfTracker, Bytes),
}

impl Inspect {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let mut inputs = self.input.clone();
        if inputs.is_empty() {
            if cli.env.stdin_is_terminal() {
                return Err(Failure::help());
            }
            inputs.push("-".into());
        }
        if cli.format == Format::Bencode && cli.env.stdout_is_terminal() && !self.force {
            return Err(Failure::usage("bencode is not for a terminal")
                .hint("send it into a pipe, or add --force"));
        }
        let only = inputs.len() == 1;
        let mut last = None;
        for (at, input) in inputs.into_iter().enumerate() {
            match self.one(cli, input) {
                Ok(shown) => {
                    let gap = if at > 0 && cli.format == Format::Human { "\n" } else { "" };
                    let mut out = cli.env.stdout();
                    let written =
                        out.write_all(gap.as_bytes()).and_then(|()| out.write_all(&shown));
                    written.and_then(|()| out.flush()).map_err(|e| Failure::stdout(&e))?;
                }
                Err(failure) if only => return Err(failure),
                Err(failure) => {
                    cli.ui.failure(cli.env, &failure);
                    last = Some(Failure::silent(failure.status));
                }
            }
        }
        last.map_or(Ok(()), Err)
    }

    /// What is to be written for an input.
    fn one(&self, cli: &Cli<'_>, input: OsString) -> Result<Vec<u8>, Failure> {
        let input = TorrentInput::from(input);
        let (subject, bytes) = (input.to_string(), Bytes::from(input.read(cli.env)?));
        if self.raw {
            return raw(cli, &subject, &bytes);
        }
        let shown = match judge(&subject, &bytes)? {
            Subject::Metainfo(metainfo, bytes) => match cli.format {
                Format::Bencode => return Ok(bytes.into()),
                Format::Json => line(&Document::of(&metainfo)),
                Format::Human => page::page(&metainfo),
            },
            Subject::Magnet(magnet) => match cli.format {
                Format::Bencode => {
                    return Err(Failure::input(format_args!("{subject}: no metainfo in a link")));
                }
                Format::Json => line(&Document::of_magnet(&magnet)),
                Format::Human => page::magnet(&magnet),
            },
            Subject::OfTracker(document, bytes) => match cli.format {
                Format::Bencode => return Ok(bytes.into()),
                Format::Json => tracker::line(&document),
                Format::Human => tracker::page(&document),
            },
        };
        Ok(shown.into())
    }
}

fn is_magnet(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start().get(..7);
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"magnet:"))
}

fn judge(subject: &str, bytes: &Bytes) -> Result<Subject, Failure> {
    let bad = |why: &dyn std::fmt::Display| Failure::input(format_args!("{subject}: {why}"));
    if is_magnet(bytes) {
        let link = str::from_utf8(bytes).map_err(|_| bad(&"a magnet link is text"))?;
        let magnet = link.parse().map_err(|why| bad(&why))?;
        return Ok(Subject::Magnet(Box::new(magnet)));
    }
    match Metainfo::parse(bytes.clone()) {
        Ok(metainfo) => Ok(Subject::Metainfo(Box::new(metainfo), bytes.clone())),
        Err(error) if error.is_other_document() => {
            match OfTracker::recognise(Instant::now(), bytes) {
                Some(Ok(document)) => Ok(Subject::OfTracker(document, bytes.clone())),
                Some(Err(why)) => Err(bad(&why).hint("bt decode shows any bencode")),
                None => Err(bad(&error).hint("bt decode shows any bencode")),
            }
        }
        Err(error) => Err(bad(&error)),
    }
}

/// Any bencode as JSON.
fn raw(cli: &Cli<'_>, subject: &str, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let document = json::Document::parse_lenient(bytes);
    let (document, warnings) =
        document.map_err(|why| Failure::input(format_args!("{subject}: {why}")))?;
    for warning in warnings {
        cli.ui.warn(cli.env, format_args!("{subject}: {warning}"));
    }
    let style = match cli.format {
        Format::Human => json::Style::Indented,
        _ => json::Style::Compact,
    };
    let mut shown = Vec::new();
    document.write(&mut shown, style).map_err(|e| Failure::stdout(&e))?;
    shown.push(b'\n');
    Ok(shown)
}
