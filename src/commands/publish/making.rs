//! From a path or a stream to metainfo that is written.

use super::hashing::{Hashed, Means, Subject};
use super::place::{self, Place};
use super::summary::{self, Output, Report};
use super::{Publish, failure, selection, stream, too_many_pieces};
use crate::cli::{Cli, Failure, Progress, Sink, Status};
use crate::commands::signing;
use crate::store::hash::{FileDigests, Hashes};
use crate::store::published::Published;
use crate::store::walk::{Selection, Tree};
use crate::store::whole::Existing;
use crate::torrent::builder::lay_out;
use crate::torrent::metainfo::{Extra, MAX_METAINFO, Made};
use crate::torrent::signature::Signer;
use crate::torrent::{Builder, FilePathBuf, Layout, Metainfo, Pieces, Version, name};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;

/// Of a stream, whose length is not known when its first piece is hashed.
const STREAM_PIECE_LENGTH: u32 = 1 << 20;

/// What holds for all that is made in one call.
pub(super) struct Making<'a> {
    pub(super) cli: &'a Cli<'a>,
    pub(super) flags: &'a Publish,
    pub(super) version: Version,
    pub(super) tiers: Vec<Vec<String>>,
    pub(super) date: Option<i64>,
    pub(super) similar: Vec<[u8; 20]>,
    pub(super) selection: Selection,
    pub(super) means: Means<'a>,
    pub(super) signer: Option<Signer>,
}

/// A path, and what was found there.
struct Found<'a> {
    path: &'a Path,
    place: &'a Place,
    tree: Tree,
}

/// What metainfo is built from.
struct Content<'a> {
    folder: bool,
    layout: &'a Layout,
    extras: BTreeMap<usize, Extra>,
    piece_length: u32,
    hashes: &'a Hashes,
}

impl Making<'_> {
    /// Makes the metainfo of files and folders, under one progress bar, beside others of which is known
    /// already why they have none.
    pub(super) fn paths(
        &self,
        places: &[(&Path, Place)],
        placeless: Vec<Failure>,
    ) -> Result<(), Failure> {
        let only = places.len().saturating_add(placeless.len()) == 1;
        let mut last = Ok(());
        // One of several that fails does not keep the others from being made.
        let mut failed = |failure: Failure| match only {
            true => Err(failure),
            // Nobody reads the summaries any more; the files are still wanted.
            false if failure.status == Status::Done => Ok(()),
            false => {
                self.cli.ui.failure(self.cli.env, &failure);
                last = Err(Failure::silent(failure.status));
                Ok(())
            }
        };
        placeless.into_iter().try_for_each(&mut failed)?;
        let mut found = Vec::with_capacity(places.len());
        for (path, place) in places {
            let fits = place.fits(self.cli.env).map_err(|failure| match only {
                true => failure.hint("-o FILE names another"),
                false => failure,
            });
            match fits.and_then(|()| self.find(path, place)) {
                Ok(tree) => found.push(Found { path, place, tree }),
                Err(failure) => failed(failure)?,
            }
        }
        let total = found.iter().map(|found| found.tree.total()).sum();
        let progress = Progress::new(self.cli.env, &self.cli.ui, "hashing", total);
        for found in found {
            if !only {
                progress.note(found.place.name.to_string_lossy());
            }
            match self.path(&found, &progress) {
                Ok(()) => {}
                Err(failure) => progress.aside(|| failed(failure))?,
            }
        }
        drop(progress);
        for old in self.means.useless() {
            self.cli.ui.warn(self.cli.env, old);
        }
        last
    }

    /// Looks at a path before anything is hashed.
    fn find(&self, path: &Path, place: &Place) -> Result<Tree, Failure> {
        let name = self.name(path, place)?;
        let output = match &place.sink {
            Sink::Path(path) => Some(self.cli.env.resolve(path)),
            Sink::Stdout => None,
        };
        let root = self.cli.env.resolve(path);
        let tree = Tree::select(&root, &self.selection, output.as_deref()).map_err(failure)?;
        selection::tell(self.cli, path, &tree.left_out);
        match tree.total() {
            0 => {
                let path = path.display();
                Err(Failure::input(format_args!("{path}: nothing to publish: empty")))
            }
            _ => {
                let flags = self.flags;
                flags.web.check(self.cli, &flags.keys.web_seed, name, &tree)?;
                Ok(tree)
            }
        }
    }

    /// Makes the metainfo of one path.
    fn path(&self, found: &Found<'_>, progress: &Progress) -> Result<(), Failure> {
        let Found { path, place, tree } = found;
        let name = self.name(path, place)?;
        let files = tree.layout(name).map_err(failure)?;
        let piece_length =
            self.flags.size.piece_length(tree.total(), tree.files.len(), self.version);
        let unfit = |why| Failure::input(format_args!("{}: {why}", path.display()));
        let layout = lay_out(&files, tree.folder, self.version, piece_length).map_err(unfit)?;
        drop(files);
        let pieces = Pieces::new(layout.total(), piece_length)
            .filter(|pieces| pieces.count() as usize <= most_pieces(self.version))
            .ok_or_else(too_many_pieces)?;
        let published = Published::new(tree, &layout);
        let subject = Subject {
            name,
            folder: tree.folder,
            published: &published,
            root: &tree.root,
            pieces,
            version: self.version,
        };
        let hashed = self.means.hash(self.cli, &subject, progress)?;
        tree.check_empty().map_err(failure)?;
        let content = Content {
            folder: tree.folder,
            layout: &layout,
            extras: extras(&published, &hashed.digests),
            piece_length,
            hashes: &hashed.hashes,
        };
        let (bytes, made) = self.build(name, &content)?;
        let Hashed { read, reused, resumed, journal, .. } = hashed;
        let report = Report { read, reused, resumed, warnings: Vec::new() };
        progress.aside(|| {
            let report = self.warn(path.display(), &made, report);
            place.sink.write(self.cli.env, &bytes, self.flags.force)?;
            if let Some(Err(error)) = journal.map(|journal| journal.remove()) {
                self.cli.ui.warn(self.cli.env, error);
            }
            let output = match place.sink {
                Sink::Stdout => Output::Stderr,
                Sink::Path(_) => Output::Stdout,
            };
            summary::tell(self.cli, place, name, &made, self.version, &report, output)
        })
    }

    /// Makes the metainfo of standard input.
    pub(super) fn stream(&self, place: &Place, copy: Option<&Sink>) -> Result<(), Failure> {
        let name = self.name(Path::new("-"), place)?;
        let piece_length = self.flags.size.stream_piece_length(STREAM_PIECE_LENGTH);
        let existing = if self.flags.force { Existing::Replace } else { Existing::Keep };
        let shape = (piece_length, most_pieces(self.version));
        let copy_to = copy.map(|sink| (sink, existing));
        let content = stream::hash(self.cli, &self.means, self.version, shape, copy_to)?;
        let length = content.streamed.length;
        let layout = Layout::of([(name, length)]).map_err(Failure::input)?;
        let FileDigests { md5, sha1 } = content.digests;
        let extra = Extra { md5, sha1, ..Extra::default() };
        let (bytes, made) = self.build(
            name,
            &Content {
                folder: false,
                layout: &layout,
                extras: BTreeMap::from([(0, extra)]),
                piece_length,
                hashes: &content.streamed.hashes,
            },
        )?;
        let report = Report { read: length, ..Report::default() };
        let report = self.warn("-", &made, report);
        if let Some(file) = content.copy {
            file.finish().map_err(|error| Failure::local(&error.path, &error.source))?;
        }
        place.sink.write(self.cli.env, &bytes, self.flags.force)?;
        let output = match (&place.sink, copy) {
            (Sink::Stdout, _) | (_, Some(Sink::Stdout)) => Output::Stderr,
            _ => Output::Stdout,
        };
        summary::tell(self.cli, place, name, &made, self.version, &report, output)
    }

    fn name<'p>(&'p self, path: &Path, place: &'p Place) -> Result<&'p [u8], Failure> {
        let given = self.flags.name.as_deref();
        let name = given.unwrap_or(&place.name).as_encoded_bytes();
        name::check(name).map_err(|why| match given {
            Some(_) => Failure::input(format_args!("name: {why}")),
            None => Failure::input(format_args!("{}: {why}", path.display())).hint(super::RENAME),
        })?;
        Ok(name)
    }

    /// The metainfo, and what there is to tell of it. What nobody could read is not made.
    fn build(&self, name: &[u8], content: &Content<'_>) -> Result<(Bytes, Made), Failure> {
        let keys = &self.flags.keys;
        let builder = Builder {
            version: self.version,
            extras: &content.extras,
            hashes: &content.hashes.v1,
            roots: &content.hashes.v2,
            private: keys.private,
            source: keys.source.as_deref(),
            similar: &self.similar,
            collections: &keys.collection,
            update_url: keys.update_url.as_deref(),
            trackers: &self.tiers,
            web_seeds: &keys.web_seed,
            http_seeds: &keys.http_seed,
            nodes: &keys.node,
            comment: keys.comment.as_deref(),
            created_by: keys.created_by(),
            creation_date: self.date,
            ..Builder::new(name, content.folder, content.layout, content.piece_length)
        };
        let (bytes, info) = builder.build_with_info();
        let as_built = self.signer.is_none() && !keys.sets();
        if let Some(made) = as_built.then(|| Made::of(&builder, &bytes, info)).flatten() {
            let bytes = Bytes::from(bytes);
            let read = || Metainfo::parse(bytes.clone()).map(|read| Made::from(&read));
            debug_assert_eq!(read().as_ref(), Ok(&made));
            return Ok((bytes, made));
        }
        let bytes = keys.set(bytes)?;
        let bytes = Bytes::from(match &self.signer {
            Some(signer) => signing::signed(signer, bytes)?,
            None => bytes,
        });
        let read = Metainfo::parse(bytes.clone()).map_err(Failure::input)?;
        Ok((bytes, Made::from(&read)))
    }

    /// Says what is odd about the metainfo, and notes it.
    fn warn(&self, path: impl std::fmt::Display, made: &Made, mut report: Report) -> Report {
        let told = made.warnings.iter().map(|warning| format!("{path}: {warning}"));
        report.warnings.extend(told);
        for warning in &report.warnings {
            self.cli.ui.warn(self.cli.env, warning);
        }
        report
    }
}

/// Where links lead, and the digests of whole files.
fn extras(published: &Published<'_>, digests: &[FileDigests]) -> BTreeMap<usize, Extra> {
    let mut extras = BTreeMap::new();
    for (number, _) in published.layout().real() {
        let link = published.found(number).and_then(|found| found.link.as_deref());
        let components = link.map(|link| link.iter().map(|name| name.as_encoded_bytes()));
        let digests = digests.get(number).copied().unwrap_or_default();
        let extra = Extra {
            // What the walk lets through are names that join.
            symlink: components.and_then(|names| FilePathBuf::from_components(names).ok()),
            sha1: digests.sha1,
            md5: digests.md5,
        };
        if extra != Extra::default() {
            extras.insert(number, extra);
        }
    }
    extras
}

/// The most pieces whose hashes leave room for the rest of the metainfo.
fn most_pieces(version: Version) -> usize {
    let hash = match version {
        Version::V1 => 20,
        Version::V2 => 32,
        Version::Hybrid => 52,
    };
    MAX_METAINFO / 2 / hash
}

/// Whether the only path is standard input.
pub(super) fn is_stream(places: &[(&Path, Place)]) -> bool {
    matches!(places, [(path, _)] if place::is_stdin(path))
}
