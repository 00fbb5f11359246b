//! `bt inspect`

mod document;
mod files;
mod page;
mod signatures;
mod tracker;

use crate::bencode::json;
use crate::cli::field::Field;
use crate::cli::paint::Paint;
use crate::cli::{Authority, Bounds, Cli, Failure, Format, Status, TorrentInput, printable};
use crate::torrent::{Magnet, Metainfo, metainfo};
use crate::tracker::Document as OfTracker;
use bytes::Bytes;
use document::{Document, Files};
use files::Line;
use serde::Serialize;
use serde_json::value::RawValue;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
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
    /// The tree of all files, each folder with its sum, also into a pipe
    #[arg(long, group = "what")]
    tree: bool,
    /// A line for each file: its bytes, a tab, its path; with --json an object
    #[arg(long, group = "what")]
    files: bool,
    /// With --files: each line ends in NUL, not in a newline, and names are as they are
    #[arg(short = '0', long, requires = "files", conflicts_with = "json")]
    null: bool,
    /// One value as text, such as .info_hash.v1, .files[0].path or .trackers[][]; may be repeated
    #[arg(long, group = "what", value_name = "PATH")]
    field: Vec<Field>,
    /// All of the bencode as JSON, as `bt decode` shows it; takes any bencode
    #[arg(long, group = "what")]
    raw: bool,
    /// Write --format bencode to a terminal
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    authority: Authority,
    #[command(flatten)]
    bounds: Bounds,
}

const EXAMPLES: &str = "\
JSON:
  One object for each input, with these keys in this order: v, version (v1, v2 or hybrid), name,
  info_hash {v1, v2}, magnet, piece_length, piece_count, total_size, files [{path, length, attr,
  symlink, pieces_root, sha1, md5}], trackers [tiers of URLs], web_seeds, http_seeds, nodes [[host,
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

Fields:
  .name
      The value of a key of the document above; the first dot may be left out.
  .info_hash.v1, .files[0].path, .files[-1].length
      Keys and elements inside it; -1 is the last.
  .trackers[][], .files[].length
      A line for each element.

  Text is written without quotes, lists and objects as JSON, and what is null or not there as an
  empty line; then the status is 1. With --json each value is JSON.

Examples:
  A page for people, also into a pipe:
    bt inspect --format human myfile.ext.torrent | less

  The info-hash, as a script wants it:
    hash=$(bt inspect --field .info_hash.v1 myfile.ext.torrent)

  Name and size of each torrent, on a line of its own:
    bt inspect --field .name --field .total_size *.torrent | paste - -

  An archive of the files that the torrent names, and of no others:
    bt inspect --files a.torrent | cut -f 2- | tar -cf a.tar -T -

  The largest files:
    bt inspect --files a.torrent | sort -rn | head

  What the folders hold in all:
    bt inspect --tree a.torrent | less

  The peers that a tracker tells of:
    curl -s \"$announce_url\" | bt inspect | jq -r '.peers[].address'

  The torrents of a tracker, those with the most peers first:
    bt inspect --json dstate | jq -r '.torrents | sort_by(-.complete - .incomplete)[].info_hash'

  Which torrents are in a tracker:
    bt inspect --json *.torrent | jq -r 'select(any(.trackers[][]; contains(\"my.tracker\"))) | .name'
";

/// What the command is called.
pub(super) const NAME: &str = "inspect";

/// What an input turned out to be.
enum Subject {
    Metainfo(Box<Metainfo>),
    Magnet(Box<Magnet>),
    OfTracker(OfTracker),
}

impl Inspect {
    /// The command with these inputs and no flag.
    pub(super) fn of(input: Vec<OsString>) -> Self {
        Self {
            input,
            tree: false,
            files: false,
            null: false,
            field: Vec::new(),
            raw: false,
            force: false,
            authority: Authority::default(),
            bounds: Bounds::default(),
        }
    }

    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
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
        if self.tree && cli.json {
            return Err(Failure::usage("--tree is for people")
                .hint("--files --json gives an object for each file"));
        }
        let only = inputs.len() == 1;
        let mut last = None;
        let mut out = BufWriter::with_capacity(1 << 16, cli.env.stdout());
        for (at, input) in inputs.into_iter().enumerate() {
            let gap = at > 0 && (self.tree || cli.format == Format::Human && self.is_page());
            match self.one(cli, &mut out, input, if gap { "\n" } else { "" }) {
                Ok(()) => {}
                // Nobody reads on.
                Err(failure) if only || failure.status == Status::Done => return Err(failure),
                Err(failure) => {
                    if !failure.message.is_empty() {
                        cli.ui.failure(cli.env, &failure);
                    }
                    last = Some(Failure::silent(failure.status));
                }
            }
        }
        last.map_or(Ok(()), Err)
    }

    fn is_page(&self) -> bool {
        !self.tree && !self.files && !self.raw && self.field.is_empty()
    }

    /// Writes what is wanted of an input, or nothing where it is bad.
    fn one(
        &self,
        cli: &Cli<'_>,
        out: &mut impl Write,
        input: OsString,
        gap: &str,
    ) -> Result<(), Failure> {
        let (input, bounds) = (TorrentInput::from(input), self.bounds.of_metainfo());
        let (name, bytes) = (input.to_string(), input.read_within(cli.env, bounds)?);
        let subject = match self.raw {
            true => None,
            false => Some(judge(&name, &bytes, bounds)?),
        };
        let stdout = |error: io::Error| Failure::stdout(&error);
        out.write_all(gap.as_bytes()).map_err(stdout)?;
        let end = match subject {
            None => raw(cli, out, &name, &bytes),
            Some(subject) if !self.field.is_empty() => self.fields(cli, out, &name, &subject),
            Some(Subject::Metainfo(metainfo)) if self.tree => {
                files::tree(out, &metainfo, Paint(cli.color), usize::MAX).map_err(stdout)
            }
            Some(Subject::Metainfo(metainfo)) if self.files => {
                self.list(cli, out, &metainfo).map_err(stdout)
            }
            Some(_) if self.tree || self.files => {
                Err(Failure::no(format_args!("{name}: only metainfo names files")))
            }
            Some(Subject::Magnet(_)) if cli.format == Format::Bencode => {
                Err(Failure::input(format_args!("{name}: no metainfo in a link")))
            }
            Some(subject) => match cli.format {
                Format::Bencode => out.write_all(&bytes),
                Format::Json => subject.shown().line(out),
                Format::Human => subject.page(out, Paint(cli.color)),
            }
            .map_err(stdout),
        };
        // What several inputs have to say comes out in order.
        out.flush().map_err(stdout)?;
        end
    }

    fn list(&self, cli: &Cli<'_>, out: &mut impl Write, metainfo: &Metainfo) -> io::Result<()> {
        let as_line = match cli.format {
            _ if self.null => Line::Null,
            Format::Human => Line::Aligned,
            _ if cli.json => {
                return Files(metainfo).entries().try_for_each(|entry| line(out, &entry));
            }
            _ => Line::Tabbed,
        };
        files::list(out, metainfo, as_line)
    }

    /// A line for each value.
    fn fields(
        &self,
        cli: &Cli<'_>,
        out: &mut impl Write,
        name: &str,
        subject: &Subject,
    ) -> Result<(), Failure> {
        let files = self.field.iter().any(|field| matches!(field.first(), None | Some("files")));
        let shown = match subject.shown() {
            Shown::Torrent(document) if !files => {
                Shown::Torrent(Box::new(document.without_files()))
            }
            shown => shown,
        };
        let document = serde_json::value::to_raw_value(&shown).map_err(io::Error::from);
        let document = document.map_err(|error| Failure::stdout(&error))?;
        let mut end = Ok(());
        for field in &self.field {
            let values = field.values(&document).map_err(|unknown| {
                Failure::no(format_args!("{name}: no field .{}", unknown.key))
                    .hint(format_args!("there are .{}", unknown.keys.join(" .")))
            })?;
            if values.is_empty() || values.iter().any(|value| value.get() == "null") {
                end = Err(Failure::silent(Status::No));
            }
            for value in values {
                value_line(out, cli, value).map_err(|error| Failure::stdout(&error))?;
            }
        }
        end
    }
}

/// Text without its quotes, nothing for null, all else as JSON.
fn value_line(out: &mut impl Write, cli: &Cli<'_>, value: &RawValue) -> io::Result<()> {
    match serde_json::from_str::<String>(value.get()) {
        Ok(_) if cli.json => writeln!(out, "{value}"),
        // A terminal obeys what is in it.
        Ok(text) if cli.format == Format::Human => writeln!(out, "{}", printable(&text)),
        Ok(text) => writeln!(out, "{text}"),
        Err(_) if value.get() == "null" && !cli.json => writeln!(out),
        Err(_) if cli.format == Format::Human => writeln!(out, "{}", printable(value.get())),
        Err(_) => writeln!(out, "{value}"),
    }
}

/// The document as a line of JSON.
fn line(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, document)?;
    out.write_all(b"\n")
}

/// An input as JSON has it.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Torrent(Box<Document<'a>>),
    OfTracker(tracker::Shown<'a>),
}

impl Shown<'_> {
    /// On a line.
    fn line(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Torrent(document) => document.write(out).and_then(|()| out.write_all(b"\n")),
            Self::OfTracker(document) => line(out, &document),
        }
    }
}

impl Subject {
    fn shown(&self) -> Shown<'_> {
        match self {
            Self::Metainfo(metainfo) => Shown::Torrent(Box::new(Document::of(metainfo))),
            Self::Magnet(magnet) => Shown::Torrent(Box::new(Document::of_magnet(magnet))),
            Self::OfTracker(document) => Shown::OfTracker(tracker::shown(document)),
        }
    }

    fn page(&self, out: &mut impl Write, paint: Paint) -> io::Result<()> {
        match self {
            Self::Metainfo(metainfo) => page::page(out, metainfo, paint),
            Self::Magnet(magnet) => out.write_all(page::magnet(magnet, paint).as_bytes()),
            Self::OfTracker(document) => out.write_all(tracker::page(document, paint).as_bytes()),
        }
    }
}

fn is_magnet(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start().get(..7);
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"magnet:"))
}

fn judge(subject: &str, bytes: &Bytes, bounds: metainfo::Bounds) -> Result<Subject, Failure> {
    let bad = |why: &dyn std::fmt::Display| Failure::input(format_args!("{subject}: {why}"));
    if is_magnet(bytes) {
        let link = str::from_utf8(bytes).map_err(|_| bad(&"a magnet link is text"))?;
        let magnet = link.parse().map_err(|why| bad(&why))?;
        return Ok(Subject::Magnet(Box::new(magnet)));
    }
    match Metainfo::parse_within(bytes.clone(), bounds) {
        Ok(mut metainfo) => {
            // No fault of the metainfo, but seldom what its publisher meant.
            if metainfo.trackers.is_empty() && metainfo.nodes.is_empty() && !metainfo.private {
                metainfo.warnings.push("no trackers: peers are found through the DHT alone".into());
            }
            Ok(Subject::Metainfo(Box::new(metainfo)))
        }
        Err(error) if error.is_other_document() => {
            match OfTracker::recognise(Instant::now(), bytes) {
                Some(Ok(document)) => Ok(Subject::OfTracker(document)),
                Some(Err(why)) => Err(bad(&why).hint("bt decode shows any bencode")),
                None => Err(bad(&error).hint("bt decode shows any bencode")),
            }
        }
        Err(error) => Err(bad(&error)),
    }
}

/// Any bencode as JSON.
fn raw(cli: &Cli<'_>, out: &mut impl Write, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let document = json::Document::parse_lenient(bytes);
    let (document, warnings) =
        document.map_err(|why| Failure::input(format_args!("{name}: {why}")))?;
    for warning in warnings {
        cli.ui.warn(cli.env, format_args!("{name}: {warning}"));
    }
    let style = match cli.format {
        Format::Human if cli.color => json::Style::Coloured,
        Format::Human => json::Style::Indented,
        _ => json::Style::Compact,
    };
    let written = document.write(&mut *out, style).and_then(|()| out.write_all(b"\n"));
    written.map_err(|error| Failure::stdout(&error))
}
