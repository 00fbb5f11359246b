//! Finds files that were renamed or moved, by size and hash.
//!
//! A file's own pieces, those that lie in it alone, tell whether a candidate is the file. A piece of
//! version 1 that lies in several files tells it only of all of them together: where the likeliest
//! candidates do not make its hash, other choices are tried, a bounded number of them. No file is
//! taken for found that has not made a single hash right.

mod candidates;
mod combine;
mod index;

pub use candidates::Candidates;
use candidates::Ranked;
use index::{Indexes, Key, Stretch};

use super::{Found, Outcome, Outcomes, State, Verification, Watch, touched};
use super::{judge, real_spans, wanted};
use crate::store::hash::{self, Known, Observer, PieceHash, Reader, Settings, Work};
use crate::store::stored::pads;
use crate::store::{Error, Files, Stored};
use crate::torrent::{Bitfield, Layout, Metainfo, PieceIndex, Pieces};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// A file that is looked for.
#[derive(Debug)]
struct Sought {
    /// The first one may be the file in its place, which may be right and its neighbour wrong.
    candidates: Ranked,
    /// The one that is tried, or that it is.
    at: usize,
    /// Its own pieces need not be hashed any more.
    settled: bool,
}

impl Sought {
    /// Whether it is tried where it is, whose own pieces were right before.
    fn at_home(&self) -> bool {
        self.candidates.home.is_some() && self.at == 0
    }

    fn candidate(&self) -> Option<&Path> {
        self.candidates.get(self.at)
    }
}

/// A search under way.
struct Search<'a> {
    metainfo: &'a Metainfo,
    pieces: Pieces,
    files: &'a Files,
    sought: BTreeMap<usize, Sought>,
    /// What is known of pieces, with each file that is sought read from its candidate.
    trial: Outcomes,
    /// How many files may still be read for pieces that lie in several.
    tries: u32,
    /// What single pieces of candidates have for hashes: files of one size are tried on each other.
    seen: Mutex<Indexes>,
}

impl Verification<'_> {
    /// The sizes of the files that are not right: what [`Candidates::below`] looks for.
    pub fn sought_sizes(&self) -> HashSet<u64> {
        let wrong = self.report().files().filter(|file| file.state != State::Ok);
        let sizes = wrong.filter_map(|file| self.metainfo.layout.file(file.file));
        sizes.map(|file| file.length).collect()
    }

    /// Looks among the candidates for the files that are not right. Those that are found count as
    /// right from now on, with the path where they are in [`found_at`](Self::found_at).
    ///
    /// # Errors
    /// None that a candidate is to blame for.
    pub fn find<A: Fn(u64) + Sync>(
        &mut self,
        files: &Files,
        candidates: &Candidates,
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<(), Error> {
        let sought = self.sought(files, candidates);
        let Some(pieces) = self.metainfo.pieces else {
            self.adopt(files, sought);
            return Ok(());
        };
        let trial = Outcomes::new(pieces.count());
        let (tries, seen) = (combine::TRIES_IN_ALL, Mutex::default());
        let mut search =
            Search { metainfo: self.metainfo, pieces, files, sought, trial, tries, seen };
        search.own_pieces(settings, watch)?;
        search.shared_pieces(self, settings, watch)?;
        let found = search.found();
        let changed: Vec<usize> = found.keys().copied().collect();
        self.adopt(files, found);
        for file in changed {
            let range = self.metainfo.layout.range(file).unwrap_or(0..0);
            for piece in touched(pieces, &range) {
                self.outcomes.set(piece, Outcome::Unknown);
            }
        }
        // The search has read them all, one time or another; what it says is seen once more, from
        // where the files are now said to be.
        let there = files.again().reading_from(self.found_at.clone());
        self.hash(&there, settings, watch)
    }

    /// The files that are not right, each with its candidates.
    fn sought(&self, files: &Files, candidates: &Candidates) -> BTreeMap<usize, Sought> {
        let mut sought = BTreeMap::new();
        for wrong in self.report().files().filter(|file| file.state != State::Ok) {
            let Some(file) = self.metainfo.layout.file(wrong.file) else { continue };
            if files.is_link(wrong.file) {
                continue;
            }
            let mut candidates = candidates.of(file.path, file.length);
            let home = matches!(wrong.state, State::Suspect | State::Unchecked);
            candidates.home = home.then(|| files.path(wrong.file));
            sought.insert(wrong.file, Sought { candidates, at: 0, settled: home });
        }
        sought
    }

    /// Takes the files for found.
    fn adopt(&mut self, files: &Files, found: BTreeMap<usize, Sought>) {
        for (number, sought) in found {
            let length = self.metainfo.layout.file(number).map_or(0, |file| file.length);
            let Some(path) = sought.candidate() else { continue };
            if path != files.path(number) {
                self.survey.set(number, Found::File(length));
                self.found_at.insert(number, path.to_owned());
            }
        }
    }
}

impl Search<'_> {
    /// Tries the candidates of each file on the pieces that lie in that file alone.
    fn own_pieces<A: Fn(u64) + Sync>(
        &mut self,
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<(), Error> {
        loop {
            let mut wanted = Bitfield::none(self.pieces.count());
            let open: Vec<usize> =
                self.sought.iter().filter(|(_, file)| !file.settled).map(|(at, _)| *at).collect();
            for &file in &open {
                self.probe(file, settings);
                for piece in self.own(file) {
                    if self.sought.get(&file).is_some_and(|file| file.candidate().is_some()) {
                        self.trial.set(piece, Outcome::Unknown);
                        wanted.insert(piece);
                    }
                }
            }
            if open.is_empty() || watch.cancelled.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.hash(&wanted, settings, watch)?;
            for file in open {
                let good = self.own(file).all(|piece| self.trial.get(piece) == Outcome::Good);
                let Some(sought) = self.sought.get_mut(&file) else { continue };
                match good || sought.candidate().is_none() {
                    true => sought.settled = true,
                    false => sought.at += 1,
                }
            }
        }
    }

    /// Moves on to a candidate whose first own piece is right.
    fn probe(&mut self, file: usize, settings: &Settings<'_>) {
        let Some(first) = self.own(file).next() else { return };
        let Some(sought) = self.sought.get(&file) else { return };
        let most = sought.candidates.len();
        let at = self.fitting(first, file, sought.at, settings).unwrap_or(most);
        if let Some(sought) = self.sought.get_mut(&file) {
            sought.at = at;
        }
    }

    /// The first candidate from this place on in which a piece that lies in this file alone is right,
    /// as far as the beginning of its hash tells.
    fn fitting(
        &self,
        piece: PieceIndex,
        file: usize,
        from: usize,
        settings: &Settings<'_>,
    ) -> Option<usize> {
        let candidates = &self.sought.get(&file)?.candidates;
        let range = self.metainfo.layout.range(file)?;
        let begin = i128::from(self.pieces.offset(piece)) - i128::from(range.start);
        let begin = i64::try_from(begin).ok()?;
        let size = range.end - range.start;
        let stretch = Stretch { size, begin, length: self.pieces.length(piece) };
        let v2 = self.metainfo.hash_v2(piece);
        let wanted: &Key = match v2 {
            Some(hash) => hash.first_chunk()?,
            None => self.metainfo.hash(piece)?.first_chunk()?,
        };
        let wanted = *wanted;
        let key = |at| -> Option<Key> {
            let hash = self.piece_of(piece, candidates.get(at)?, range.start, settings)?;
            match v2 {
                Some(_) => hash.v2?.first_chunk().copied(),
                None => hash.v1?.first_chunk().copied(),
            }
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = candidates.listed();
        for at in from..listed {
            let fits = match candidates.number(at) {
                Some(number) => seen.has(stretch, wanted, number, || key(at)),
                None => key(at) == Some(wanted),
            };
            if fits {
                return Some(at);
            }
        }
        let from = u32::try_from(from.saturating_sub(listed)).ok()?;
        let count = u32::try_from(candidates.len() - listed).unwrap_or(u32::MAX);
        let hash = |number| key(listed + number as usize);
        Some(listed + seen.next(stretch, wanted, from, count, hash)? as usize)
    }

    /// The hashes of a piece in a file that begins at `start`; none where it can't be read.
    fn piece_of(
        &self,
        piece: PieceIndex,
        path: &Path,
        start: u64,
        settings: &Settings<'_>,
    ) -> Option<PieceHash> {
        let file = &File::open(path).ok()?;
        let work = Work { pieces: self.pieces, wanted: wanted(self.metainfo), files: None };
        let mut reader = Single { file, start, layout: &self.metainfo.layout };
        hash::piece(&work, settings, &mut reader, piece).ok()?
    }

    /// Hashes these pieces, each file that is sought read from its candidate.
    fn hash<A: Fn(u64) + Sync>(
        &self,
        wanted: &Bitfield,
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<(), Error> {
        let paths =
            self.sought.iter().filter_map(|(at, file)| Some((*at, file.candidate()?.into())));
        let files = self.files.again().reading_from(paths.collect());
        self.run(&files, wanted, settings, watch)
    }

    fn run<A: Fn(u64) + Sync>(
        &self,
        files: &Files,
        wanted_pieces: &Bitfield,
        settings: &Settings<'_>,
        watch: &Watch<A>,
    ) -> Result<(), Error> {
        let work = Work { pieces: self.pieces, wanted: wanted(self.metainfo), files: None };
        let layout = &self.metainfo.layout;
        let try_ = Try { search: self, wanted: wanted_pieces, watch };
        hash::run(&work, settings, || Stored::new(files, layout), &try_)
    }

    /// The pieces that lie in this file alone.
    fn own(&self, file: usize) -> impl Iterator<Item = PieceIndex> + '_ {
        let range = self.metainfo.layout.range(file).unwrap_or(0..0);
        touched(self.pieces, &range).filter(|&piece| !self.is_shared(piece))
    }

    fn is_shared(&self, piece: PieceIndex) -> bool {
        real_spans(&self.metainfo.layout, self.pieces, piece).nth(1).is_some()
    }

    /// The files whose own pieces are right, and of those without such the ones that made a
    /// shared piece right.
    fn found(mut self) -> BTreeMap<usize, Sought> {
        let mut sought = std::mem::take(&mut self.sought);
        let good = |piece| self.trial.get(piece) == Outcome::Good;
        sought.retain(|&file, sought| {
            let range = self.metainfo.layout.range(file).unwrap_or(0..0);
            let own = self.own(file).next().is_some();
            range.is_empty()
                || own && (sought.settled && self.own(file).all(good) || sought.at_home())
                || !own && touched(self.pieces, &range).any(good)
        });
        sought
    }
}

/// Reads one file of a torrent.
struct Single<'a> {
    file: &'a File,
    start: u64,
    layout: &'a Layout,
}

impl Reader for Single<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let from = SeekFrom::Start(offset.saturating_sub(self.start));
        let read = self.file.seek(from).and_then(|_| self.file.read_exact(buffer));
        read.map_err(|source| Error { path: PathBuf::new(), source })
    }

    fn known(&self, offset: u64, length: u64) -> Known {
        pads(self.layout, offset, length)
    }
}

/// Takes note of what comes of candidates.
struct Try<'a, A> {
    search: &'a Search<'a>,
    wanted: &'a Bitfield,
    watch: &'a Watch<A>,
}

impl<A: Fn(u64) + Sync> Observer for Try<'_, A> {
    fn wants(&self, piece: PieceIndex) -> bool {
        self.wanted.has(piece)
    }

    fn advanced(&self, read: u64, zeros: u64) {
        (self.watch.advanced)(read.saturating_add(zeros));
    }

    fn done(&self, piece: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error> {
        let outcome = match result {
            Ok(hash) => judge(self.search.metainfo, piece, &hash),
            // Then this candidate is not the file.
            Err(_) => Outcome::Bad,
        };
        self.search.trial.set(piece, outcome);
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled.load(Ordering::Relaxed)
    }
}
