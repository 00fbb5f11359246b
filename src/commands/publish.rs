//! `bt publish`

mod hashing;
mod keys;
mod listing;
mod making;
mod operand;
mod place;
mod selection;
mod size;
mod stream;
mod summary;
mod web;

use super::signing::Signing;
use crate::cli::{Authority, Bounds, Cli, Failure, Format, Sink, Status};
use crate::store::walk::Selection;
use crate::torrent::announce_url::NotAnnounceUrl;
use clap::builder::{OsStringValueParser, TypedValueParser};
use hashing::Hashing;
use keys::Keys;
use making::Making;
use operand::{Operand, Tier, operand, tier};
use place::Place;
use selection::SelectionArgs;
use size::Size;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use web::WebArgs;

/// Makes metainfo of files and directories
///
/// Reads all of PATH, hashes it on all cores, and writes the metainfo beside it as PATH.torrent.
/// Each PATH becomes a torrent of its own, with the same trackers; where one fails, that is said
/// and the others are still made. A missing PATH and an output that exists are found out before
/// anything is made.
/// A directory is published as one unit with all files below it, in the order of their names'
/// bytes; what systems leave behind in directories and what is called CVS or core are left out.
/// Symbolic links are followed.
/// Sockets, pipes and devices are left out with a warning. A file that changes while it is read is
/// an error, and nothing is written then.
///
/// The same files, flags and date make the same bytes on any machine, in whatever order the
/// directory has them and with any number of threads. Metainfo is written whole or not at all.
///
/// What is left to do: put the .torrent file where people find it, and offer the data with
/// `bt seed`.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Publish {
    /// The file or directory, or - for a stream on standard input, which needs --name
    path: PathBuf,
    /// More paths, and the trackers, the most wanted first
    ///
    /// What has :// in it is a tracker. URLs with a comma between them share a tier.
    #[arg(
        value_name = "PATH|ANNOUNCE_URL",
        value_parser = OsStringValueParser::new().try_map(operand)
    )]
    more: Vec<Operand>,
    /// One more tracker, after those named behind PATH; may be repeated
    ///
    /// Each is a tier of its own: clients ask the next tier only where none of the one before
    /// answers. URLs with a comma between them share a tier and the load.
    #[arg(short, long, value_name = "URL", value_parser = tier)]
    tracker: Vec<Tier>,
    /// Where the metainfo goes: a file, a directory, or - for standard output [default:
    /// PATH.torrent]
    ///
    /// A directory is one that is there, or ends in a slash. For more than one PATH it is the only
    /// choice.
    #[arg(short, long, value_name = "FILE")]
    output: Option<OsString>,
    /// The name that others store it under [default: PATH's own]
    #[arg(short, long)]
    name: Option<OsString>,
    /// Write over existing files; write metainfo to a terminal
    #[arg(short, long)]
    force: bool,
    /// Store the stream that is published in FILE, or pass it on to standard output with -
    ///
    /// FILE appears when all of it is there and hashed.
    #[arg(long, value_name = "FILE")]
    also_write: Option<OsString>,
    #[command(flatten)]
    authority: Authority,
    #[command(flatten)]
    size: Size,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    hashing: Hashing,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    web: WebArgs,
    #[command(flatten)]
    bounds: Bounds,
}

const EXAMPLES: &str = "\
Environment:
  SOURCE_DATE_EPOCH
      The creation date, in seconds since 1970, in place of the current time.

Profiles:
  [profile.NAME.publish]
      A table of the configuration file that counts with --profile NAME. Its keys are the long
      flags, such as what a tracker wants: tracker, source, private, max-piece-length, piece-count.

Examples:
  Publish a file; makes myfile.ext.torrent beside it:
    bt publish myfile.ext http://my.tracker/announce

  Publish a directory with two trackers that share the load and one in reserve:
    bt publish photos http://a.example/announce,http://b.example/announce udp://c.example:6969

  A torrent for each image, all in one directory:
    bt publish -o torrents/ *.iso http://my.tracker/announce | jq -r .magnet

  For clients of version 1 and of version 2, in pieces of 1 MiB at most:
    bt publish --hybrid --max-piece-length 1MiB -o hybrid.torrent photos

  The same bytes on every run, such as in a build:
    SOURCE_DATE_EPOCH=0 bt publish -o dist/ release.tar.zst http://my.tracker/announce

  A stream that is stored at the same time:
    tar -c photos | bt publish - --name photos.tar --also-write photos.tar

  A stream that goes on, here to be compressed:
    tar -c photos | bt publish - --name p.tar -o p.torrent --also-write - | gzip > p.tar.gz

  A mirror that grows: the second time only what is new is read:
    bt publish --v2 photos && touch photos/c.jpg && bt publish --v2 -f --reuse photos.torrent photos

  Terabytes, over several nights and without getting in the way:
    bt publish --hybrid --resume --io-limit 100MiB -o archive.torrent photos

  A key of one's own, inside the info-hash:
    bt publish --set /info/x-batch=7 -o batch.torrent photos

  Signed, so that others can tell who made it:
    bt publish myfile.ext http://my.tracker/announce --sign key.pem --certificate cert.pem

  Metainfo on into a pipe:
    bt publish -o - myfile.ext | bt inspect --json | jq -r .magnet
";

impl Publish {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
        if cli.format == Format::Bencode {
            return Err(Failure::usage("the summary is human or json")
                .hint("-o - writes the metainfo to standard output"));
        }
        let date = self.keys.date(cli)?;
        let version = self.size.version();
        let (mut paths, mut tiers) = (vec![self.path.as_path()], Vec::new());
        for operand in &self.more {
            match operand {
                Operand::Path(path) => paths.push(path),
                Operand::Tracker(tier) => tiers.push(tier.0.clone()),
            }
        }
        tiers.extend(self.tracker.iter().map(|tier| tier.0.clone()));
        let (name, output) = (self.name.as_deref(), self.output.as_deref());
        self.selection.check(&paths, version.has_v2())?;
        self.web.check_usage(paths.iter().any(|path| place::is_stdin(path)))?;
        let selection = self.selection.selection(cli, self.hashing.threads())?;
        let paths = self.selection.paths(&paths, &selection, cli)?;
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        if self.selection.dry_run {
            return self.dry_run(cli, &paths, &selection);
        }
        let mistaken = (!self.selection.each).then_some(NotAnnounceUrl::Scheme);
        let (places, mut placeless) =
            operand::places(&paths, name, output, self.force, mistaken, cli)?;
        // What was named must be good; of what was found the rest is made.
        if !placeless.is_empty() && !self.selection.each {
            return Err(placeless.swap_remove(0));
        }
        let copy = self.copy(cli, &places)?;
        let bounds = self.bounds.of_metainfo();
        let making = Making {
            cli,
            flags: &self,
            version,
            tiers,
            date,
            similar: self.keys.similar(cli, bounds)?,
            selection,
            means: self.hashing.means(cli, bounds)?,
            signer: self.signing.signer(cli)?,
        };
        match places.first() {
            Some((_, place)) if making::is_stream(&places) => making.stream(place, copy.as_ref()),
            _ => making.paths(&places, placeless),
        }
    }

    /// Where a copy of standard input goes; refuses what is not for files, or not for streams.
    fn copy(&self, cli: &Cli<'_>, places: &[(&Path, Place)]) -> Result<Option<Sink>, Failure> {
        let copy = self.also_write.clone().map(Sink::from);
        if !making::is_stream(places) {
            return match copy {
                Some(_) => Err(Failure::usage("--also-write is for a stream: publish -")),
                None => Ok(None),
            };
        }
        if let Some(flag) = self.hashing.not_for_streams().or(self.size.not_for_streams()) {
            return Err(Failure::usage(format_args!("{flag} is not for a stream")));
        }
        let taken = |place: &Place| copy.as_ref().is_some_and(|copy| *copy == place.sink);
        match &copy {
            _ if places.iter().any(|(_, place)| taken(place)) => {
                Err(Failure::usage("--also-write and -o name the same output"))
            }
            Some(Sink::Stdout) if cli.env.stdout_is_terminal() && !self.force => {
                Err(Failure::usage("the stream is not for a terminal")
                    .hint("name a file with --also-write, send it into a pipe, or add --force"))
            }
            _ => Ok(copy),
        }
    }

    /// Shows what would become of each path, and makes nothing.
    fn dry_run(
        &self,
        cli: &Cli<'_>,
        paths: &[&Path],
        selection: &Selection,
    ) -> Result<(), Failure> {
        if paths.iter().any(|path| place::is_stdin(path)) {
            return Err(Failure::usage("--dry-run is for files and directories"));
        }
        let list = |path| {
            let place = Place::of(path, None, self.output.as_deref(), cli.env)?;
            let name = self.name.as_deref().unwrap_or(&place.name).as_encoded_bytes();
            listing::list(cli, path, &place, name, selection)
        };
        let mut last = Ok(());
        for &path in paths {
            match list(path) {
                // Nor does one of several keep the others from being made.
                Err(failure) if paths.len() > 1 && failure.status != Status::Done => {
                    cli.ui.failure(cli.env, &failure);
                    last = Err(Failure::silent(failure.status));
                }
                listed => listed?,
            }
        }
        last
    }
}

fn too_many_pieces() -> Failure {
    Failure::usage("too many pieces").hint("a larger --piece-length makes fewer")
}

/// What to do about a name that metainfo can't hold.
const RENAME: &str = "rename it: others would store it under another name";

/// A local failure, but for names that metainfo can't hold.
fn failure(error: crate::store::Error) -> Failure {
    match error.source.kind() {
        ErrorKind::InvalidInput => Failure::input(error).hint(RENAME),
        _ => selection::failure(&error),
    }
}
