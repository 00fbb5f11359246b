//! How `bt publish` comes by the hashes: from an older metainfo, from before an interruption, and
//! for the rest by reading.

use super::{failure, keys};
use crate::cli::{Cli, Failure, Progress, folders, units};
use crate::store::hash::{
    self, FileDigests, Hashes, Observer, PieceHash, Settings, Throttle, Wanted, WholeFiles, Work,
};
use crate::store::journal::{self, Closed, Description, Journal, Opened};
use crate::store::published::Published;
use crate::store::reuse::Reuse;
use crate::store::{self, words};
use crate::torrent::metainfo::Bounds;
use crate::torrent::{Bitfield, Metainfo, PieceIndex, Pieces, Version};
use std::cell::RefCell;
use std::ffi::OsString;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// With what means files are hashed.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Hashing")]
pub(super) struct Hashing {
    /// How many threads hash [default: one a core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZero<usize>>,
    /// Read no faster than so many bytes a second: 50MiB/s
    #[arg(long, value_name = "RATE", value_parser = limit)]
    io_limit: Option<NonZero<u64>>,
    /// Write the MD5 of each file too
    #[arg(long)]
    md5sum: bool,
    /// Write the SHA-1 of each file too (BEP 47)
    #[arg(long)]
    sha1: bool,
    /// Take over hashes of files that have not changed since TORRENT was made; may be repeated
    ///
    /// A file has not changed if TORRENT, which must be of the same name, has one of the same path
    /// and length, and it was last written before TORRENT's creation date. bt takes that date before
    /// it reads anything; of a program that takes it later, what was written while it read goes
    /// unnoticed. So does a file that was replaced by an older one of the same length. Of a TORRENT
    /// without a date, or with one after the time of the file TORRENT, nothing is taken over and all
    /// is read: nothing tells when its files were.
    ///
    /// In version 1 and in a hybrid, a piece is taken over where all of it lies in such files and
    /// both torrents cut them alike: the length of pieces is the same, and so is what lies before
    /// the first changed file, while behind it everything has moved, unless lengths are as they
    /// were. In version 2 each unchanged file is taken over, also into longer pieces.
    #[arg(long, value_name = "TORRENT", conflicts_with_all = ["md5sum", "sha1"])]
    reuse: Vec<OsString>,
    /// Keep finished hashes while hashing, and go on from those that an interrupted run has kept
    ///
    /// They are in $XDG_STATE_HOME/bt/publish until the metainfo is written. A run continues one
    /// of the same PATH, versions and piece length, and hashes anew what was touched in the
    /// meantime: not only what was written to, but also files that were renamed or given another
    /// owner, other permissions (chmod) or another link, for the system keeps one time for all of
    /// these (ctime). What a kill can cost is the last 8 MiB.
    #[arg(long, conflicts_with_all = ["md5sum", "sha1"])]
    resume: bool,
}

fn limit(text: &str) -> Result<NonZero<u64>, String> {
    NonZero::new(units::rate(text)?).ok_or_else(|| "a rate above 0 is wanted".to_owned())
}

impl Hashing {
    /// The flag that is not for standard input.
    pub(super) fn not_for_streams(&self) -> Option<&'static str> {
        match (self.reuse.is_empty(), self.resume) {
            (false, _) => Some("--reuse"),
            (_, true) => Some("--resume"),
            _ => None,
        }
    }

    /// Threads, at most.
    pub(super) fn threads(&self) -> NonZero<usize> {
        let cores = || std::thread::available_parallelism().ok();
        self.threads.or_else(cores).unwrap_or(NonZero::<usize>::MIN)
    }

    /// Reads the older metainfo.
    pub(super) fn means(&self, cli: &Cli<'_>, bounds: Bounds) -> Result<Means<'_>, Failure> {
        let old = |file| Old::load(file, cli, bounds);
        Ok(Means {
            flags: self,
            threads: self.threads(),
            throttle: self.io_limit.map(|rate| Throttle::new(rate.get())),
            olds: self.reuse.iter().map(old).collect::<Result<_, _>>()?,
        })
    }
}

/// What is used for all that is published in one call.
pub(super) struct Means<'a> {
    flags: &'a Hashing,
    threads: NonZero<usize>,
    throttle: Option<Throttle>,
    olds: Vec<Old>,
}

/// An older metainfo whose hashes are taken over.
struct Old {
    /// As messages name it.
    file: String,
    metainfo: Metainfo,
    /// Files that were last written before this have not changed; or why there is no such time.
    made: Result<SystemTime, &'static str>,
    /// Why nothing of it was of use; none where something was.
    useless: RefCell<Option<String>>,
}

impl Old {
    fn load(file: &OsString, cli: &Cli<'_>, bounds: Bounds) -> Result<Self, Failure> {
        let metainfo = keys::load(file, cli, bounds)?;
        let path = cli.env.resolve(Path::new(file));
        let written = path.metadata().and_then(|metadata| metadata.modified());
        let date = metainfo.creation_date.and_then(|date| u64::try_from(date).ok());
        let date =
            date.and_then(|date| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(date)));
        // When the file was written says when hashing ended. What counts is when it began: a file
        // may have changed in between, after it was read.
        let made = match date {
            None => Err("has no creation date, which tells what has changed since"),
            Some(date) if written.is_ok_and(|written| written < date) => {
                Err("has a creation date after it was written")
            }
            Some(date) => Ok(date),
        };
        let useless = RefCell::new(Some("has another name".to_owned()));
        let file = Path::new(file).display().to_string();
        Ok(Self { file, metainfo, made, useless })
    }
}

/// What is to be hashed.
pub(super) struct Subject<'a> {
    /// The name in the metainfo, and whether it is a folder's.
    pub(super) name: &'a [u8],
    pub(super) folder: bool,
    /// The file or folder.
    pub(super) root: &'a Path,
    pub(super) published: &'a Published<'a>,
    pub(super) pieces: Pieces,
    pub(super) version: Version,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Hashed {
    pub(super) hashes: Hashes,
    /// By file of the layout; empty where none were wanted.
    pub(super) digests: Vec<FileDigests>,
    /// Bytes that were read.
    pub(super) read: u64,
    /// Taken over from an older metainfo.
    pub(super) reused: Saved,
    /// Taken over from an interrupted run.
    pub(super) resumed: Saved,
    /// To be removed when all is done.
    pub(super) journal: Option<Closed>,
}

/// What need not be read.
#[derive(Clone, Copy, Default, Debug, serde::Serialize)]
pub(super) struct Saved {
    pub(super) pieces: u32,
    /// Without pads.
    pub(super) bytes: u64,
}

impl Means<'_> {
    /// Reads standard input or a file with these.
    pub(super) fn settings(&self) -> Settings<'_> {
        Settings { threads: self.threads, throttle: self.throttle.as_ref() }
    }

    /// Whether digests of whole files are made: MD5, SHA-1.
    pub(super) fn digests(&self) -> (bool, bool) {
        (self.flags.md5sum, self.flags.sha1)
    }

    /// The hashes of all pieces.
    pub(super) fn hash(
        &self,
        cli: &Cli<'_>,
        subject: &Subject<'_>,
        progress: &Progress,
    ) -> Result<Hashed, Failure> {
        let &Subject { pieces, version, published, .. } = subject;
        let layout = published.layout();
        let wanted = match version {
            Version::V1 => Wanted::V1,
            Version::V2 => Wanted::V2(layout),
            Version::Hybrid => Wanted::Hybrid(layout),
        };
        let mut known = Known {
            subject,
            pieces: Bitfield::none(pieces.count()),
            hashes: Hashes::zeroed(pieces.count(), wanted),
        };
        let reused = self.reuse(subject, &mut known);
        let mut resumed = Saved::default();
        let journal = match self.flags.resume {
            true => progress.aside(|| journal(cli, subject, &mut known, &mut resumed)),
            false => None,
        };
        progress.add(reused.bytes.saturating_add(resumed.bytes));

        let (md5, sha1) = self.digests();
        let files = (md5 || sha1).then_some(WholeFiles { layout, md5, sha1 });
        let digests = files.map_or_else(Vec::new, |_| vec![FileDigests::default(); layout.len()]);
        let watch = Watch {
            known: known.pieces,
            hashes: Mutex::new(known.hashes),
            digests: Mutex::new(digests),
            journal,
            progress,
            read: AtomicU64::new(0),
        };
        let work = Work { pieces, wanted, files };
        let ran = hash::run(&work, &self.settings(), || published.reader(), &watch);
        let journal = watch.journal.map(Journal::close);
        let journal = journal.map(|(closed, trouble)| {
            if let Some(trouble) = trouble {
                progress.aside(|| cli.ui.warn(cli.env, no_journal(&trouble)));
            }
            closed
        });
        ran.map_err(failure)?;
        Ok(Hashed {
            hashes: watch.hashes.into_inner().unwrap_or_else(PoisonError::into_inner),
            digests: watch.digests.into_inner().unwrap_or_else(PoisonError::into_inner),
            read: watch.read.into_inner(),
            reused,
            resumed,
            journal,
        })
    }

    /// Takes over what older metainfo holds.
    fn reuse(&self, subject: &Subject<'_>, known: &mut Known<'_>) -> Saved {
        let mut saved = Saved::default();
        for old in &self.olds {
            if (&*old.metainfo.name, old.metainfo.folder) != (subject.name, subject.folder) {
                continue;
            }
            let made = match old.made {
                Ok(made) => made,
                Err(why) => {
                    old.useless.replace(Some(why.to_owned()));
                    continue;
                }
            };
            let unchanged = |file| {
                let found = subject.published.found(file);
                found.is_some_and(|found| found.modified.is_some_and(|time| time < made))
            };
            let reuse =
                Reuse::new(&old.metainfo, subject.published.layout(), subject.pieces, unchanged);
            let before = saved.pieces;
            for piece in subject.pieces.iter() {
                if !known.pieces.has(piece) && known.learn(piece, &reuse.piece(piece)) {
                    saved.add(subject, piece);
                }
            }
            let all = known.pieces.is_full();
            let mut useless = old.useless.borrow_mut();
            *useless = match useless.take() {
                None => None,
                Some(_) if saved.pieces > before || all => None,
                Some(_) if reuse.unchanged() == 0 => Some("has no unchanged file".to_owned()),
                Some(_) if old.metainfo.piece_length != subject.pieces.piece_length() => {
                    Some(format!(
                        "has pieces of {}, not {}",
                        units::show_size(old.metainfo.piece_length.into()),
                        units::show_size(subject.pieces.piece_length().into()),
                    ))
                }
                Some(_) => Some("has no hash of this version and these bytes".to_owned()),
            };
        }
        saved
    }

    /// Names the older metainfo of which nothing could be taken over.
    pub(super) fn useless(&self) -> impl Iterator<Item = String> {
        self.olds.iter().filter_map(|old| {
            let why = old.useless.borrow();
            why.as_ref().map(|why| format!("{}: {why}: nothing is taken over", old.file))
        })
    }
}

impl Saved {
    fn add(&mut self, subject: &Subject<'_>, piece: PieceIndex) {
        let (layout, pieces) = (subject.published.layout(), subject.pieces);
        let spans = layout.spans(pieces.offset(piece), pieces.length(piece).into());
        let pad = |file| layout.file(file).is_some_and(|file| file.pad);
        let data = spans.filter(|span| !pad(span.file)).map(|span| span.length);
        self.bytes = self.bytes.saturating_add(data.sum());
        self.pieces = self.pieces.saturating_add(1);
    }
}

/// The hashes that are there before anything is read.
struct Known<'a> {
    subject: &'a Subject<'a>,
    pieces: Bitfield,
    hashes: Hashes,
}

impl Known<'_> {
    /// Takes a piece's hashes, where they are all that are wanted.
    fn learn(&mut self, piece: PieceIndex, hash: &PieceHash) -> bool {
        let version = self.subject.version;
        let all =
            (hash.v1.is_some() || !version.has_v1()) && (hash.v2.is_some() || !version.has_v2());
        if all {
            self.pieces.insert(piece);
            self.hashes.set(piece, hash);
        }
        all
    }
}

type Describe<'a> = Box<dyn Fn(PieceIndex) -> Description + Sync + 'a>;

/// The journal of this subject; what it holds is known from then on. None, after a warning, where
/// there is trouble with it.
fn journal<'a>(
    cli: &Cli<'_>,
    subject: &Subject<'a>,
    known: &mut Known<'_>,
    saved: &mut Saved,
) -> Option<Journal<Describe<'a>>> {
    let &Subject { published, pieces, version, .. } = subject;
    let path = journal_path(subject);
    let describe: Describe<'a> = Box::new(move |piece| journal::describe(published, pieces, piece));
    let learn = |piece, hash: PieceHash| {
        if !known.pieces.has(piece) && known.learn(piece, &hash) {
            saved.add(subject, piece);
        }
    };
    let opened = path.and_then(|path| Journal::open(&path, pieces, version, describe, learn));
    match opened {
        Ok(Opened::Journal(journal)) => return Some(journal),
        Ok(Opened::Busy) => {
            let root = subject.root.display();
            cli.ui.warn(cli.env, format_args!("{root}: another process keeps its hashes"));
        }
        Err(error) => cli.ui.warn(cli.env, no_journal(&error)),
    }
    None
}

fn no_journal(error: &store::Error) -> String {
    let (path, why) = (error.path.display(), words(&error.source));
    format!("{path}: {why}: an interrupted run will not be continued")
}

/// One journal for each path, versions and piece length.
fn journal_path(subject: &Subject<'_>) -> Result<PathBuf, store::Error> {
    let fail = |source| store::Error { path: subject.root.to_owned(), source };
    let states = folders::state().ok_or_else(|| fail(io::Error::other("no home folder")))?;
    let root = subject.root.canonicalize().map_err(fail)?;
    let length = subject.pieces.piece_length();
    Ok(journal::path(&states, &root, subject.version, length))
}

/// Looks on while pieces are hashed.
struct Watch<'a> {
    known: Bitfield,
    hashes: Mutex<Hashes>,
    digests: Mutex<Vec<FileDigests>>,
    journal: Option<Journal<Describe<'a>>>,
    progress: &'a Progress,
    read: AtomicU64,
}

impl Observer for Watch<'_> {
    fn wants(&self, piece: PieceIndex) -> bool {
        !self.known.has(piece)
    }

    fn advanced(&self, read: u64, _: u64) {
        self.read.fetch_add(read, Relaxed);
        self.progress.add(read);
    }

    fn done(
        &self,
        piece: PieceIndex,
        result: Result<PieceHash, store::Error>,
    ) -> Result<(), store::Error> {
        let hash = result?;
        if let Some(journal) = &self.journal {
            journal.record(piece, &hash);
        }
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner).set(piece, &hash);
        Ok(())
    }

    fn file(&self, file: usize, digests: FileDigests) {
        let mut all = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = all.get_mut(file) {
            *place = digests;
        }
    }
}
