//! `bt verify`

mod document;
mod mend;
mod page;
mod remote;
mod verdict;

use crate::cli::{
    Authority, Bounds, Cli, Failure, Format, Progress, Status, TorrentInput, data, trade, units,
};
use crate::store::hash::{Settings, Throttle};
use crate::store::verify::{self, Candidates, How, Placed, State, Verification, Watch};
use crate::store::{Error, Files};
use crate::torrent::Metainfo;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use verdict::{Tally, Verdict};

/// Checks data against its metainfo
///
/// One line a file says whether it is ok, missing, short, long or damaged, and which pieces and
/// bytes are. The status is 0 where all is right and 1 where anything is wrong.
///
/// PATH is where the data lies: the folder that holds it, or the data itself. The last of several
/// operands is taken for it where it is a directory, or does not end in .torrent and is neither a
/// URL nor -; with --data all operands are torrents. Without either, the data is NAME beside the
/// .torrent file, else in the working folder.
///
/// A piece of a v1 torrent may lie in several files, and its hash does not tell which of them is
/// damaged: all of them are then called suspect, and none damaged. Where a file is missing or too
/// short, what its neighbours have of a common piece can't be checked: that is unchecked, and not
/// held against them. A piece of a v2 torrent lies in one file; damage is told by the piece, which
/// is the finest that metainfo has hashes for, and a block of 16 KiB where pieces are as short as
/// that or the file is. Of a hybrid torrent both hashes are checked; where one is right and the other
/// is not, the torrent contradicts itself, no data can be right, and the file is called disputed.
///
/// Symbolic links of the torrent's own must lead where it says. A missing or needless executable
/// bit is noted, and does not change the status.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Verify {
    /// The .torrent files or their URLs, and last where the data lies; - is standard input, which is
    /// also read where none is named
    #[arg(value_name = "TORRENT|PATH")]
    operands: Vec<OsString>,
    /// Where the data lies: the folder that holds it, or the data itself
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Look at sizes only and read nothing; says how many files were written after the torrent was
    /// made
    #[arg(long, conflicts_with_all = ["find", "link_into", "repair_from"])]
    fast: bool,
    /// Name files in the torrent's folder that the torrent does not have; status 1 where there are
    #[arg(long)]
    strict: bool,
    /// A line of JSON for each file and one at the end, in place of one document
    #[arg(long)]
    events: bool,
    /// Look below DIR for files that were renamed or moved; may be repeated
    ///
    /// Files that are not right in their place are looked for by size and hash, those of the same
    /// name first. What is found is told with its path and counts as right. Of a v1 torrent, files
    /// smaller than a piece are told by the pieces that they share, in combination; a file of which
    /// no piece can be checked is not taken for found. Combinations grow fast: of a piece that lies
    /// in more than 500 files only the likeliest is tried, and of any other only those with up to 3
    /// files that are not the likeliest, until 100,000 files were read for it.
    #[arg(long, value_name = "DIR")]
    find: Vec<PathBuf>,
    /// Put all files that are right together in DIR/NAME, as hard links
    ///
    /// On another file system symbolic links are made. Nothing that is there is written over. DIR may
    /// be where the data lies: then what was found elsewhere is put where it is missing.
    #[arg(long, value_name = "DIR")]
    link_into: Option<PathBuf>,
    /// With --link-into, make copies in place of links; they share blocks where the file system can
    #[arg(long, requires = "link_into")]
    copy: bool,
    /// Get pieces that are bad or missing from another copy or a web server; may be repeated
    ///
    /// A directory is one that holds the data under the torrent's name, as DIR/NAME, or is the data
    /// itself; files in it lie as in the torrent. A URL is a web seed as in BEP 19:
    /// one that ends in a slash gets the torrent's name and the file's path behind it; the server
    /// must know byte ranges. Each piece is hashed before it is written, and of it only those blocks
    /// of 16 KiB are written that differ. Files with several names change under all of them.
    #[arg(long, value_name = "URL|DIR")]
    repair_from: Vec<OsString>,
    /// With --repair-from, also cut files that are too long
    #[arg(short, long, requires = "repair_from")]
    force: bool,
    /// How many threads hash [default: one a core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZero<usize>>,
    /// Read at most so many bytes a second
    #[arg(long, value_name = "RATE", value_parser = units::rate)]
    io_limit: Option<u64>,
    #[command(flatten)]
    authority: Authority,
    #[command(flatten)]
    bounds: Bounds,
}

const EXAMPLES: &str = "\
States:
  ok          right
  found       not in its place; right where --find found it
  missing     not there
  short, long of another length
  damaged     a piece that lies in this file alone has not its hash, or something else is in its place
  suspect     a piece that it shares with other files has not its hash: one of them is damaged (v1)
  unchecked   right as far as can be told: other files' parts of its pieces are not there (v1)
  disputed    the two hashes of a hybrid torrent contradict each other
  unreadable  the system does not let us read it; status 4

JSON:
  One object for each torrent, with these keys in this order: v, torrent, name, info_hash {v1, v2},
  path (where the data is), ok, checked (\"hashes\", or \"sizes\" with --fast), total_size,
  piece_length, pieces {total, good, bad, disputed, absent, unreadable}, states {state: how many
  files}, repaired {pieces, fetched, written} or null, extra [paths] (with --strict), files, warnings.
  Each of files has path [names], length, size (null where nothing is), state, parts, and where
  there is one notes [\"not executable\", \"executable\", \"newer\", \"other case\"], found (path),
  placed (\"hard link\", \"symbolic link\", \"copy\", \"made\", \"there\", \"in the way\"), error.
  Each of parts has state (damaged, suspect, disputed, unchecked, missing), pieces [first, last],
  offset and length in bytes of the file. Suspect files of the same piece are neighbours: at least
  one of them is damaged.

  With --events the same comes in lines: {\"event\": \"file\", \"v\": 1, info_hash, and what a file
  has}, {\"event\": \"extra\", \"v\": 1, info_hash, path}, and last for each torrent {\"event\":
  \"verified\", \"v\": 1, and the keys of the object but extra and files}.

Examples:
  Whether a download is right:
    bt verify myfile.ext.torrent .

  All torrents of a folder against one data folder, and only what is wrong:
    bt verify -q --format human torrents/*.torrent --data /srv/files

  The paths of all files that are not right:
    bt verify --json a.torrent | jq -r '.files[] | select(.state != \"ok\") | .path | join(\"/\")'

  A tree that was renamed and scattered, put together again without copying:
    bt verify photos.torrent --find /srv --link-into /srv/photos.new

  Mend a damaged mirror; only what is damaged is got:
    bt verify dist.torrent /srv/mirror --repair-from https://origin.example/pub/

  A check at night that leaves the disk to others:
    bt verify --io-limit 20MiB/s --threads 1 big.torrent /srv
";

impl Verify {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let env = self.authority.in_env(cli.env)?;
        let cli = &cli.within(&env);
        if cli.format == Format::Bencode {
            return Err(Failure::usage("what was found out is human or json"));
        }
        let (torrents, data) = self.operands(cli)?;
        let only = torrents.len() == 1;
        let mut worst = Status::Done;
        for torrent in &torrents {
            match self.one(cli, torrent, data.as_deref()) {
                Ok(status) => worst = worse(worst, status),
                Err(failure) if only || failure.status == Status::Done => return Err(failure),
                Err(failure) => {
                    cli.ui.failure(cli.env, &failure);
                    worst = worse(worst, failure.status);
                }
            }
        }
        if worst == Status::Done { Ok(()) } else { Err(Failure::silent(worst)) }
    }

    /// The torrents, and where the data lies.
    fn operands(&self, cli: &Cli<'_>) -> Result<(Vec<TorrentInput>, Option<PathBuf>), Failure> {
        let mut operands = self.operands.clone();
        let mut data = self.data.clone();
        if data.is_none() && operands.len() > 1 {
            data = operands.pop_if(|last| is_data(cli, last)).map(PathBuf::from);
        }
        let mut torrents: Vec<_> = operands.into_iter().map(TorrentInput::from).collect();
        if torrents.is_empty() {
            torrents.push(TorrentInput::or_stdin(None, cli.env)?);
        }
        Ok((torrents, data))
    }

    /// Verifies one torrent and tells what was found out.
    fn one(
        &self,
        cli: &Cli<'_>,
        torrent: &TorrentInput,
        data: Option<&Path>,
    ) -> Result<Status, Failure> {
        let metainfo = torrent.metainfo(cli.env, self.bounds.of_metainfo())?;
        let files = trade::files_at(&metainfo, self.place(cli, torrent, data, &metainfo)?)?;
        let throttle = self.io_limit.filter(|rate| *rate > 0).map(Throttle::new);
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok());
        let threads = threads.unwrap_or(NonZero::<usize>::MIN);
        let work = Work { cli, settings: Settings { threads, throttle: throttle.as_ref() } };
        let mut verdict = work.check(torrent, &metainfo, &files, self.look())?;
        if self.strict {
            verdict.extra = Some(verify::extra(&files, metainfo.folder).map_err(local)?);
        }
        if !self.repair_from.is_empty() {
            if self.force {
                files.prepare(crate::store::Longer::Cut).map_err(local)?;
            }
            work.repair(&mut verdict, &self.repair_from)?;
        }
        if !self.find.is_empty() {
            work.find(&mut verdict, &self.find)?;
        }
        if let Some(into) = &self.link_into {
            let how = if self.copy { How::Copy } else { How::Link };
            work.place(&mut verdict, into, how)?;
        }
        let tally = verdict.tally();
        self.tell(cli, &verdict, &tally)?;
        Ok(match () {
            () if tally.of(State::Unreadable) > 0 => Status::Local,
            () if tally.right => Status::Done,
            () if verdict.repaired.as_ref().is_some_and(|done| done.unreachable) => Status::Network,
            () => Status::No,
        })
    }

    /// Where the data lies. Nothing needs to be there yet where files are to be found or got.
    fn place(
        &self,
        cli: &Cli<'_>,
        torrent: &TorrentInput,
        data: Option<&Path>,
        metainfo: &Metainfo,
    ) -> Result<PathBuf, Failure> {
        match data::find(cli.env, data, torrent, metainfo) {
            Ok(place) if !self.repair_from.is_empty() && metainfo.folder => {
                // A folder of other things is not filled with the torrent's files.
                let [below, itself] = data::places(data, torrent, metainfo);
                let files = trade::files_at(metainfo, place.clone())?;
                let is_other = data.is_some()
                    && place == cli.env.resolve(&itself)
                    && below.file_name() != itself.file_name()
                    && !(0..metainfo.layout.len()).any(|file| files.path(file).exists());
                Ok(if is_other { cli.env.resolve(&below) } else { place })
            }
            Err(_) if !(self.find.is_empty() && self.repair_from.is_empty()) => {
                let [below, itself] = data::places(data, torrent, metainfo);
                // What is named as the torrent is and not there yet is meant to become the data.
                let named = data.is_some() && below.file_name() == itself.file_name();
                let place =
                    if named && !cli.env.resolve(&itself).exists() { itself } else { below };
                Ok(cli.env.resolve(&place))
            }
            found => found,
        }
    }

    /// How the files are looked at.
    fn look(&self) -> Look {
        let sought = !self.find.is_empty() || !self.repair_from.is_empty();
        match self.fast {
            true => Look::Sizes,
            // What is slow, or is to be changed, is looked at before it is read.
            false if sought || self.strict || self.link_into.is_some() => Look::First,
            false if self.io_limit.is_some_and(|rate| rate > 0) => Look::First,
            false => Look::AtOnce,
        }
    }

    fn tell(&self, cli: &Cli<'_>, verdict: &Verdict<'_>, tally: &Tally) -> Result<(), Failure> {
        let mut out = BufWriter::with_capacity(1 << 16, cli.env.stdout());
        let told = match (cli.format, self.events) {
            (Format::Human, _) => page::page(verdict, tally, cli.color, cli.ui.level < 0, &mut out),
            (_, true) => document::events(verdict, tally, &mut out),
            (_, false) => document::document(verdict, tally, &mut out),
        };
        told.and_then(|()| out.flush()).map_err(|error| Failure::stdout(&error))
    }
}

/// How files are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    /// Nothing is read.
    Sizes,
    /// First at all, then what is there is hashed.
    First,
    /// While they are hashed.
    AtOnce,
}

/// With what a torrent is worked on.
struct Work<'a> {
    cli: &'a Cli<'a>,
    settings: Settings<'a>,
}

impl Work<'_> {
    fn check<'a>(
        &self,
        torrent: &TorrentInput,
        metainfo: &'a Metainfo,
        files: &'a Files,
        look: Look,
    ) -> Result<Verdict<'a>, Failure> {
        let threads = self.settings.threads;
        let survey = || Verification::survey(metainfo, files, threads);
        let mut begun = Instant::now();
        let (verification, read) = match look {
            Look::Sizes => (survey(), 0),
            Look::First => {
                let mut verification = survey();
                let read = verification.to_hash();
                begun = Instant::now();
                self.watched("verifying", read, |watch| {
                    verification.hash(files, &self.settings, watch)
                })?;
                (verification, read)
            }
            Look::AtOnce => self.watched("verifying", metainfo.layout.total(), |watch| {
                Verification::at_once(metainfo, files, &self.settings, watch)
            })?,
        };
        let hashed = look != Look::Sizes;
        Ok(Verdict {
            torrent: torrent.to_string(),
            metainfo,
            files,
            newer: if hashed { 0 } else { Verdict::count_newer(&verification) },
            verification,
            hashed,
            extra: None,
            repaired: None,
            placed: BTreeMap::new(),
            read,
            took: if hashed { begun.elapsed() } else { Duration::ZERO },
        })
    }

    fn find(&self, verdict: &mut Verdict<'_>, below: &[PathBuf]) -> Result<(), Failure> {
        let sizes = verdict.verification.sought_sizes();
        if sizes.is_empty() {
            return Ok(());
        }
        let below: Vec<_> = below.iter().map(|folder| self.cli.env.resolve(folder)).collect();
        if let Some((folder, error)) =
            below.iter().find_map(|folder| Some((folder, folder.read_dir().err()?)))
        {
            return Err(Failure::local(folder, &error));
        }
        let candidates = Candidates::below(&below, &sizes, |error| {
            self.cli.ui.warn(self.cli.env, error);
        });
        self.watched("finding", 0, |watch| {
            verdict.verification.find(verdict.files, &candidates, &self.settings, watch)
        })
    }

    fn place(&self, verdict: &mut Verdict<'_>, into: &Path, how: How) -> Result<(), Failure> {
        let root = self.cli.env.resolve(&trade::below(verdict.metainfo, into));
        let target = trade::files_at(verdict.metainfo, root)?;
        let placed = &mut verdict.placed;
        let told = |file: usize, how: Placed| {
            placed.insert(file, how);
        };
        verify::place(&mut verdict.verification, verdict.files, &target, how, told).map_err(local)
    }

    /// Does what is told to a progress bar.
    fn watched<T>(
        &self,
        verb: &'static str,
        total: u64,
        run: impl FnOnce(&Watch<&(dyn Fn(u64) + Sync)>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let progress = Progress::new(self.cli.env, &self.cli.ui, verb, total);
        let advanced = |bytes| progress.add(bytes);
        run(&Watch::new(&advanced)).map_err(local)
    }
}

fn local(error: Error) -> Failure {
    Failure::local(&error.path, &error.source)
}

/// Whether the last operand says where the data is.
fn is_data(cli: &Cli<'_>, operand: &OsString) -> bool {
    let metainfo = Path::new(operand)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("torrent"));
    match TorrentInput::from(operand.clone()).path() {
        Some(path) => !metainfo || cli.env.resolve(path).is_dir(),
        None => false,
    }
}

fn worse(a: Status, b: Status) -> Status {
    if a.code() < b.code() { b } else { a }
}
