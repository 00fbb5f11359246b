//! `bt publish`

mod listing;
mod operand;
mod place;
mod selection;

use crate::cli::{Cli, Failure, Format, Progress, Sink, Status, units};
use crate::store::hash;
use crate::store::published::Published;
use crate::store::walk::{Selection, Tree};
use crate::torrent::metainfo::{MAX_METAINFO, MAX_PIECE_LENGTH};
use crate::torrent::{Builder, Layout, Magnet, Metainfo, Pieces, Version, builder, name};
use clap::builder::{OsStringValueParser, TypedValueParser};
use operand::{Operand, Tier, operand, tier};
use place::Place;
use selection::SelectionArgs;
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// Makes metainfo of files and directories
///
/// Reads all of PATH, hashes it on all cores, and writes the metainfo beside it as PATH.torrent.
/// Each PATH becomes a torrent of its own, with the same trackers; where one fails, that is said
/// and the others are still made. A missing PATH and an output that exists are found out before
/// anything is made.
/// A directory is published as one unit with all files below it, in the order of their names'
/// bytes; files and directories called CVS or core are left out. Symbolic links are followed.
/// Sockets, pipes and devices are left out with a warning. A file that changes while it is read is
/// an error, and nothing is written then.
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
    /// Write over an existing file; write metainfo to a terminal
    #[arg(short, long)]
    force: bool,
    /// Bytes in a piece, a power of two [default: by size, 16KiB to 16MiB]
    ///
    /// Without it, the power of two from 16 KiB to 16 MiB that makes 1,000 to 2,000 pieces; 1 MiB
    /// for a stream.
    #[arg(short = 'l', long, value_name = "SIZE", value_parser = piece_length)]
    piece_length: Option<u32>,
    /// The name that others store it under [default: PATH's own]
    #[arg(short, long)]
    name: Option<OsString>,
    /// A word to people
    #[arg(short, long, value_name = "TEXT")]
    comment: Option<String>,
    /// Only peers of its own trackers (BEP 27)
    #[arg(short, long)]
    private: bool,
    /// A mark inside the info-hash, by which trackers tell their torrents apart
    #[arg(short, long, value_name = "TEXT")]
    source: Option<String>,
    /// A server that has the files too (BEP 19); may be repeated
    #[arg(short, long, value_name = "URL")]
    web_seed: Vec<String>,
    /// The program that made it; an empty one is left out
    #[arg(long, value_name = "TEXT", default_value = concat!("bt/", env!("CARGO_PKG_VERSION")))]
    created_by: String,
    /// Leave the creation date out
    ///
    /// The date is the current time, or SOURCE_DATE_EPOCH (seconds since 1970) where that is set.
    #[arg(long)]
    no_date: bool,
    /// How many pieces are hashed at once [default: one a core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZero<usize>>,
    #[command(flatten)]
    selection: SelectionArgs,
}

const EXAMPLES: &str = "\
Environment:
  SOURCE_DATE_EPOCH
      The creation date, in seconds since 1970, in place of the current time.

Examples:
  Publish a file; makes myfile.ext.torrent beside it:
    bt publish myfile.ext http://my.tracker/announce

  Publish a directory with two trackers that share the load and one in reserve:
    bt publish photos http://a.example/announce,http://b.example/announce udp://c.example:6969

  A torrent for each image, all in one directory:
    bt publish -o torrents/ *.iso http://my.tracker/announce | jq -r .magnet

  The same bytes on every run, such as in a build:
    SOURCE_DATE_EPOCH=0 bt publish -o dist/ release.tar.zst http://my.tracker/announce

  A stream that is stored elsewhere at the same time:
    tar -c photos | tee photos.tar | bt publish - --name photos.tar http://my.tracker/announce

  Metainfo on into a pipe:
    bt publish -o - myfile.ext | bt inspect --json | jq -r .magnet
";

fn piece_length(text: &str) -> Result<u32, String> {
    let sane =
        |length: &u32| length.is_power_of_two() && (16 << 10..=MAX_PIECE_LENGTH).contains(length);
    let length = u32::try_from(units::size(text)?).ok().filter(sane);
    length.ok_or_else(|| "a piece is a power of two from 16KiB to 1GiB".to_owned())
}

impl Publish {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        if cli.format == Format::Bencode {
            return Err(Failure::usage("the summary is human or json")
                .hint("-o - writes the metainfo to standard output"));
        }
        let date = self.date(cli)?;
        let (mut paths, mut tiers) = (vec![self.path.as_path()], Vec::new());
        for operand in &self.more {
            match operand {
                Operand::Path(path) => paths.push(path),
                Operand::Tracker(tier) => tiers.push(tier.0.clone()),
            }
        }
        tiers.extend(self.tracker.iter().map(|tier| tier.0.clone()));
        let (name, output) = (self.name.as_deref(), self.output.as_deref());
        self.selection.check(&paths, false)?;
        let selection = self.selection.selection(cli)?;
        let paths = self.selection.paths(&paths, &selection, cli)?;
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        if self.selection.dry_run {
            return self.dry_run(cli, &paths, &selection);
        }
        let places = operand::places(&paths, name, output, self.force, cli)?;
        let only = places.len() == 1;
        let mut last = Ok(());
        for (path, place) in &places {
            match self.one(cli, path, place, &selection, &tiers, date) {
                // Nobody reads the summaries any more; the files are still wanted.
                Err(failure) if !only && failure.status == Status::Done => {}
                Err(failure) if !only => {
                    cli.ui.failure(cli.env, &failure);
                    last = Err(Failure::silent(failure.status));
                }
                made => made?,
            }
        }
        last
    }

    /// Shows what would become of each path, and makes nothing.
    fn dry_run(
        &self,
        cli: &Cli<'_>,
        paths: &[&Path],
        selection: &Selection,
    ) -> Result<(), Failure> {
        for &path in paths {
            if place::is_stdin(path) {
                return Err(Failure::usage("--dry-run is for files and directories"));
            }
            let place = Place::of(path, None, self.output.as_deref(), cli.env)?;
            let name = self.name.as_deref().unwrap_or(&place.name).as_encoded_bytes();
            listing::list(cli, path, &place, name, selection)?;
        }
        Ok(())
    }

    /// Makes the metainfo of one path.
    fn one(
        &self,
        cli: &Cli<'_>,
        path: &Path,
        place: &Place,
        selection: &Selection,
        trackers: &[Vec<String>],
        date: Option<i64>,
    ) -> Result<(), Failure> {
        let name = self.name.as_deref().unwrap_or(&place.name).as_encoded_bytes();
        name::check(name).map_err(|why| Failure::input(format_args!("name: {why}")))?;
        let content = match place::is_stdin(path) {
            true => self.stream(cli, name)?,
            false => self.tree(cli, path, place, name, selection)?,
        };
        let bytes = Builder {
            hashes: content.hashes.as_chunks().0,
            private: self.private,
            source: self.source.as_deref(),
            trackers,
            web_seeds: &self.web_seed,
            comment: self.comment.as_deref(),
            created_by: Some(self.created_by.as_str()).filter(|text| !text.is_empty()),
            creation_date: date,
            ..Builder::new(name, content.folder, &content.layout, content.piece_length)
        }
        .build();
        // What nobody could read must not be written.
        let metainfo = Metainfo::parse(bytes.clone().into()).map_err(Failure::input)?;
        for warning in &metainfo.warnings {
            cli.ui.warn(cli.env, warning);
        }
        place.sink.write(cli.env, &bytes, self.force)?;
        summary(cli, place, &metainfo)
    }

    fn date(&self, cli: &Cli<'_>) -> Result<Option<i64>, Failure> {
        if self.no_date {
            return Ok(None);
        }
        if let Some(text) = cli.env.var("SOURCE_DATE_EPOCH") {
            let seconds = text.to_str().and_then(|text| text.parse::<u32>().ok());
            return match seconds {
                Some(seconds) => Ok(Some(seconds.into())),
                None => Err(Failure::usage("SOURCE_DATE_EPOCH: not seconds since 1970")),
            };
        }
        let since = cli.env.now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(i64::try_from(since.as_secs()).ok())
    }

    /// All of standard input as one file.
    fn stream(&self, cli: &Cli<'_>, name: &[u8]) -> Result<Content, Failure> {
        let piece_length = self.piece_length.unwrap_or(STREAM_PIECE_LENGTH);
        let progress = Progress::new(cli.env, &cli.ui, "hashing", 0);
        let advanced = |bytes| progress.add(bytes);
        let settings = hash::Settings::threads(NonZero::<usize>::MIN);
        let (stdin, most) = (cli.env.stdin(), (piece_length, MOST_PIECES));
        let streamed = hash::stream(stdin, None, most, hash::Versions::V1, &settings, advanced);
        let streamed = streamed.map_err(|error| match error {
            hash::StreamError::TooLong => too_many_pieces(),
            hash::StreamError::Input(error) | hash::StreamError::Copy(error) => {
                Failure::local(Path::new("standard input"), &error)
            }
        })?;
        let (hashes, length) = (streamed.hashes.v1.into_flattened(), streamed.length);
        match Layout::of([(name, length)]).ok().filter(|_| length > 0) {
            Some(layout) => Ok(Content { folder: false, layout, piece_length, hashes }),
            None => Err(Failure::input("standard input: nothing to publish: empty")),
        }
    }

    /// The file or folder at the path.
    fn tree(
        &self,
        cli: &Cli<'_>,
        path: &Path,
        place: &Place,
        name: &[u8],
        selection: &Selection,
    ) -> Result<Content, Failure> {
        let output = match &place.sink {
            Sink::Path(path) => Some(cli.env.resolve(path)),
            Sink::Stdout => None,
        };
        let tree = Tree::select(&cli.env.resolve(path), selection, output.as_deref());
        let tree = tree.map_err(failure)?;
        selection::tell(cli, path, &tree.left_out);
        let layout = tree.layout(name).map_err(failure)?;
        let total = layout.total();
        if total == 0 {
            let path = path.display();
            return Err(Failure::input(format_args!("{path}: nothing to publish: empty")));
        }
        let automatic =
            || builder::piece_length(total, layout.len(), Version::V1, builder::Wish::default());
        let piece_length = self.piece_length.unwrap_or_else(automatic);
        let pieces = Pieces::new(total, piece_length)
            .filter(|pieces| pieces.count() as usize <= MOST_PIECES)
            .ok_or_else(too_many_pieces)?;
        let cores = std::thread::available_parallelism();
        let threads = self.threads.or(cores.ok()).unwrap_or(NonZero::<usize>::MIN);
        let progress = Progress::new(cli.env, &cli.ui, "hashing", total);
        let published = Published::new(&tree, &layout);
        let reader = || published.reader();
        let work = hash::Work { pieces, wanted: hash::Wanted::V1, files: None };
        let settings = hash::Settings::threads(threads);
        let advanced = |read, zeros| progress.add(read + zeros);
        let hashes = hash::all(&work, &settings, reader, advanced).map_err(failure)?;
        let hashes = hashes.v1.into_flattened();
        tree.check_empty().map_err(failure)?;
        Ok(Content { folder: tree.folder, layout, piece_length, hashes })
    }
}

/// What was read and hashed.
struct Content {
    folder: bool,
    layout: Layout,
    piece_length: u32,
    hashes: Vec<u8>,
}

/// The most pieces whose hashes leave room for the rest of the metainfo.
const MOST_PIECES: usize = MAX_METAINFO / 2 / 20;

/// Of a stream, whose length is not known when its first piece is hashed.
const STREAM_PIECE_LENGTH: u32 = 1 << 20;

fn too_many_pieces() -> Failure {
    Failure::usage("too many pieces").hint("a larger --piece-length makes fewer")
}

/// A local failure, but for names that metainfo can't hold.
fn failure(error: crate::store::Error) -> Failure {
    match error.source.kind() {
        ErrorKind::InvalidInput => {
            Failure::input(error).hint("rename it: others would store it under another name")
        }
        _ => selection::failure(&error),
    }
}

/// What was made, for scripts.
#[derive(serde::Serialize)]
struct Summary<'a> {
    event: &'static str,
    v: u8,
    output: String,
    info_hash: String,
    magnet: String,
    name: Cow<'a, str>,
    piece_length: u32,
    piece_count: u32,
    total_size: u64,
    file_count: usize,
}

fn summary(cli: &Cli<'_>, place: &Place, metainfo: &Metainfo) -> Result<(), Failure> {
    let magnet = Magnet::of(metainfo).to_string();
    let pieces = metainfo.pieces.map_or(0, Pieces::count);
    let text = if cli.format == Format::Json {
        let summary = Summary {
            event: "published",
            v: 1,
            output: place.to_string(),
            info_hash: metainfo.info_hash().to_string(),
            magnet,
            name: String::from_utf8_lossy(&metainfo.name),
            piece_length: metainfo.piece_length,
            piece_count: pieces,
            total_size: metainfo.total_size(),
            file_count: metainfo.layout.len(),
        };
        // Nothing here can fail to serialize.
        let summary = serde_json::to_string(&summary).unwrap_or_default();
        format!("{summary}\n")
    } else {
        let files = match metainfo.layout.len() {
            1 => String::new(),
            count => format!("{count} files, "),
        };
        format!(
            "{place}\n  info-hash  {}\n  magnet     {magnet}\n  content    {files}{} in {} {} of {}\n",
            metainfo.info_hash(),
            units::show_size(metainfo.total_size()),
            pieces,
            if pieces == 1 { "piece" } else { "pieces" },
            units::show_size(metainfo.piece_length.into()),
        )
    };
    match place.sink {
        // Standard output has the metainfo.
        Sink::Stdout if cli.ui.level < 0 => Ok(()),
        Sink::Stdout => {
            let _ = cli.env.stderr().write_all(text.as_bytes());
            Ok(())
        }
        Sink::Path(_) if cli.ui.level < 0 && cli.format == Format::Human => Ok(()),
        Sink::Path(_) => {
            let mut out = cli.env.stdout();
            out.write_all(text.as_bytes())
                .and_then(|()| out.flush())
                .map_err(|e| Failure::stdout(&e))
        }
    }
}
