//! The files of a torrent on disk.
//!
//! Files and folders come into being at their first write and grow as blocks arrive, with holes
//! where nothing was written yet; nothing is allocated ahead. Every byte of a complete file was
//! written, so it has its right length without being told.
//!
//! Names come from metainfo, where they were checked; they are checked again here, and below the
//! torrent's folder a write follows no symbolic link. Reads follow links: a user may well seed from
//! a folder of links, and only what has the right hash is ever given away.

mod handles;
mod holes;
mod links;
mod open;
mod reader;

#[cfg(test)]
mod tests;

use super::{Content, Error, Extent, Storage, ahead};
use crate::torrent::{FilePath, Layout, Span};
use handles::Handles;
use links::Links;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use reader::{FilesReader, Sight};

/// Files that are held open, at most: far below the usual limit of 1,024 for a process, and opening
/// one again costs microseconds.
const OPEN: usize = 256;

/// Buffers given to the system at once.
const SLICES: usize = 64;

/// What to do with a file that is longer than the torrent says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Longer {
    /// Fail with [`io::ErrorKind::AlreadyExists`]: the rest may be all that somebody has.
    Refuse,
    /// Cut it.
    Cut,
}

/// The files of one torrent. Shared by threads.
#[derive(Debug)]
pub struct Files {
    layout: Arc<Layout>,
    place: Place,
    /// Files that are links: they hold no bytes and are made at the end.
    links: Links,
    handles: Handles,
    /// By file: written to since the last [`Storage::sync`].
    dirty: Box<[AtomicBool]>,
    /// Files that are read from another place than theirs.
    elsewhere: BTreeMap<usize, PathBuf>,
}

/// Where the files are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Their paths are below this folder.
    Folder(PathBuf),
    /// The only file has exactly this path.
    File(PathBuf),
}

impl Files {
    /// The files at their paths below `folder`, which is made when it is needed. Fails with
    /// [`io::ErrorKind::InvalidInput`] on a name that would lead out of it.
    pub fn folder(layout: impl Into<Arc<Layout>>, folder: PathBuf) -> Result<Self, Error> {
        let layout = layout.into();
        for file in layout.files().filter(|file| !file.pad) {
            if !open::stays_below(file.path) {
                return Err(Error {
                    path: folder,
                    source: io::Error::new(io::ErrorKind::InvalidInput, "unsafe file name"),
                });
            }
        }
        Ok(Self::new(layout, Place::Folder(folder)))
    }

    /// The only file of the torrent, at exactly this path, whatever its name. A symbolic link there
    /// is the user's own and followed.
    pub fn file(layout: impl Into<Arc<Layout>>, path: PathBuf) -> Result<Self, Error> {
        let layout = layout.into();
        if layout.files().filter(|file| !file.pad).count() > 1 {
            let many = "a torrent of several files needs a folder";
            return Err(Error { path, source: io::Error::new(io::ErrorKind::InvalidInput, many) });
        }
        Ok(Self::new(layout, Place::File(path)))
    }

    fn new(layout: Arc<Layout>, place: Place) -> Self {
        let count = layout.len();
        let dirty = (0..count).map(|_| AtomicBool::new(false)).collect();
        let (links, elsewhere) = (Links::new(), BTreeMap::new());
        Self { layout, place, links, handles: Handles::new(count, OPEN), dirty, elsewhere }
    }

    /// Holds at most `open` files open.
    pub fn with_open_files(self, open: usize) -> Self {
        Self { handles: Handles::new(self.layout.len(), open), ..self }
    }

    /// Reads these files, by their numbers, from other paths. They are written where they belong,
    /// so reading and writing the same file is not for such a storage.
    #[must_use]
    pub fn reading_from(self, elsewhere: BTreeMap<usize, PathBuf>) -> Self {
        Self { elsewhere, ..self }
    }

    /// The same place once more, with nothing open.
    #[must_use]
    pub fn again(&self) -> Self {
        let same = Self::new(Arc::clone(&self.layout), self.place.clone());
        Self { links: self.links.clone(), elsewhere: self.elsewhere.clone(), ..same }
    }

    /// The files and where their bytes lie.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The folder that holds the files, or the path of the only file.
    pub fn root(&self) -> &Path {
        match &self.place {
            Place::Folder(path) | Place::File(path) => path,
        }
    }

    /// Where the file of that number is; for a pad, where it would be.
    pub fn path(&self, file: usize) -> PathBuf {
        match &self.place {
            Place::File(path) => path.clone(),
            Place::Folder(folder) => open::below(folder, self.names(file)),
        }
    }

    /// Looks at what is there before the first write. Whatever is in the way, a folder where a file
    /// should be or, on [`Longer::Refuse`], a file that is too long, fails before anything is
    /// changed. Makes nothing.
    pub fn prepare(&self, longer: Longer) -> Result<(), Error> {
        let mut long = Vec::new();
        for (number, file) in self.real() {
            match self.metadata(number)? {
                Some(there) if there.len() > file.length => long.push(number),
                _ => {}
            }
        }
        for number in long {
            if longer == Longer::Refuse {
                let message = "longer than the torrent says";
                return Err(
                    self.fail(number, io::Error::new(io::ErrorKind::AlreadyExists, message))
                );
            }
            let length = self.layout.file(number).map_or(0, |file| file.length);
            let cut = self.writable(number)?.set_len(length);
            self.mark(number);
            cut.map_err(|error| self.fail(number, error))?;
        }
        Ok(())
    }

    /// Does what no write does: makes the empty files and the links, and marks executables as the
    /// torrent says (BEP 47). To be called when all pieces are there.
    pub fn finish(&self) -> Result<(), Error> {
        for (number, file) in self.real().filter(|(number, _)| !self.links.contains_key(number)) {
            if file.length == 0 && self.metadata(number)?.is_none() {
                self.writable(number)?;
                self.mark(number);
            }
            // What needs no change is not opened for one: the place may take no writes.
            let is = |there| open::is_executable(&there);
            if file.executable && !self.metadata(number)?.is_some_and(is) {
                let handle = self.writable(number)?;
                open::set_executable(&handle).map_err(|error| self.fail(number, error))?;
            }
        }
        self.make_links()
    }

    /// Where the file of that number is read.
    pub fn read_path(&self, file: usize) -> PathBuf {
        self.elsewhere.get(&file).cloned().unwrap_or_else(|| self.path(file))
    }

    /// Whoever may read the file may run it.
    pub(super) fn make_executable(file: &std::fs::File) -> io::Result<()> {
        open::set_executable(file)
    }

    /// What the system says of a file; `None` where it is missing, and for a link of the torrent's
    /// own, whatever it leads to. A folder or a device in its place is an error.
    pub(super) fn metadata(&self, file: usize) -> Result<Option<Metadata>, Error> {
        if self.links.contains_key(&file) {
            return Ok(None);
        }
        let path = self.path(file);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
            Ok(_) => Err(Error { path, source: open::not_a_file() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error { path, source }),
        }
    }

    /// The files that are more than zeros between others.
    fn real(&self) -> impl Iterator<Item = (usize, crate::torrent::File<'_>)> {
        self.layout.files().enumerate().filter(|(_, file)| !file.pad)
    }

    fn is_pad(&self, file: usize) -> bool {
        self.layout.file(file).is_some_and(|file| file.pad)
    }

    /// The file's path below the torrent's folder.
    fn names(&self, file: usize) -> FilePath<'_> {
        self.layout.file(file).map(|file| file.path).unwrap_or_default()
    }

    fn readable(&self, file: usize) -> Result<Arc<std::fs::File>, Error> {
        self.handles
            .readable(file, || open::read(&self.read_path(file)))
            .map_err(|source| Error { path: self.read_path(file), source })
    }

    fn writable(&self, file: usize) -> Result<Arc<std::fs::File>, Error> {
        let open = || match &self.place {
            Place::File(path) => open::write(path),
            Place::Folder(folder) => open::write_below(folder, self.names(file)),
        };
        self.handles.writable(file, open).map_err(|error| self.fail(file, error))
    }

    fn write_span(&self, span: Span, rest: &mut Parts<'_>) -> Result<(), Error> {
        let file = self.writable(span.file)?;
        let written = rest.write_all_at(&file, span.offset, span.length);
        self.mark(span.file);
        written.map_err(|error| self.fail(span.file, error))
    }

    /// To be called after a write, so that a sync that runs at the same time can't take the mark
    /// away and miss the bytes.
    fn mark(&self, file: usize) {
        if let Some(dirty) = self.dirty.get(file) {
            dirty.swap(true, Ordering::AcqRel);
        }
    }

    fn fail(&self, file: usize, source: io::Error) -> Error {
        Error { path: self.path(file), source }
    }
}

impl Storage for Files {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let mut rest = buffer;
        for span in self.layout.spans(offset, rest.len() as u64) {
            // A span is never longer than what was asked for.
            let length = usize::try_from(span.length).unwrap_or(rest.len()).min(rest.len());
            let (part, after) = rest.split_at_mut(length);
            if self.is_pad(span.file) {
                part.fill(0);
            } else {
                let file = self.readable(span.file)?;
                open::read_exact_at(&file, part, span.offset)
                    .map_err(|source| Error { path: self.read_path(span.file), source })?;
            }
            rest = after;
        }
        if rest.is_empty() { Ok(()) } else { Err(self.beyond_the_end()) }
    }

    fn ahead(&self, offset: u64, length: u64) {
        for span in self.layout.spans(offset, length) {
            if span.length < ahead::WORTH || self.is_pad(span.file) {
                continue;
            }
            // What is wrong with a file is said when it is read.
            if let Ok(file) = self.readable(span.file) {
                ahead::tell(&file, span.offset, span.length);
            }
        }
    }

    fn write(&self, offset: u64, buffers: &[&[u8]]) -> Result<(), Error> {
        let length: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        if offset.saturating_add(length as u64) > self.layout.total() {
            return Err(self.beyond_the_end());
        }
        let mut rest = Parts { buffers, skip: 0 };
        for span in self.layout.spans(offset, length as u64) {
            if self.is_pad(span.file) {
                rest.advance(span.length);
            } else {
                self.write_span(span, &mut rest)?;
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), Error> {
        let marked = |dirty: &AtomicBool| dirty.swap(false, Ordering::AcqRel);
        let mut dirty: Vec<usize> = Vec::new();
        dirty.extend(self.dirty.iter().enumerate().filter(|(_, d)| marked(d)).map(|(i, _)| i));
        // One call for thousands of small files is a hundred times faster than one for each.
        if dirty.len() > OPEN / 8 && open::sync_all_below(self.root()).is_ok() {
            return Ok(());
        }
        for (done, &file) in dirty.iter().enumerate() {
            let synced = self
                .readable(file)
                .and_then(|handle| handle.sync_data().map_err(|error| self.fail(file, error)));
            if let Err(error) = synced {
                dirty.iter().skip(done).for_each(|&file| self.mark(file));
                return Err(error);
            }
        }
        Ok(())
    }

    fn extents(&self, smallest_hole: u64) -> Result<Vec<Extent>, Error> {
        let mut extents = holes::Extents::default();
        for (number, file) in self.layout.files().enumerate() {
            let start = self.layout.range(number).map_or(0, |range| range.start);
            if file.pad {
                extents.push(start..start + file.length, Content::Zeros);
            } else if let Some(metadata) = self.metadata(number)? {
                let length = metadata.len().min(file.length);
                let holes = if holes::may_have(&metadata) {
                    let handle = self.readable(number)?;
                    holes::find(&handle, length, smallest_hole)
                } else {
                    Vec::new()
                };
                extents.push_file(start, length, &holes);
            }
        }
        Ok(extents.into_vec())
    }
}

impl Files {
    fn beyond_the_end(&self) -> Error {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "beyond the torrent's end");
        Error { path: self.root().to_owned(), source }
    }
}

/// Buffers of which a part was written.
struct Parts<'a> {
    buffers: &'a [&'a [u8]],
    /// Bytes of the first buffer that are done.
    skip: usize,
}

impl Parts<'_> {
    /// Writes the next `length` bytes.
    fn write_all_at(&mut self, file: &std::fs::File, mut at: u64, length: u64) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            match self.write_at(file, at, left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    at += written;
                    left -= written;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes up to `most` of the next bytes, and says how many.
    fn write_at(&mut self, file: &std::fs::File, at: u64, most: u64) -> io::Result<u64> {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        let mut room = usize::try_from(most).unwrap_or(usize::MAX);
        let mut skip = self.skip;
        for (slice, buffer) in slices.iter_mut().zip(self.buffers) {
            let part = buffer.get(skip..).unwrap_or_default();
            let part = part.get(..room).unwrap_or(part);
            *slice = IoSlice::new(part);
            skip = 0;
            count += 1;
            room -= part.len();
            if room == 0 {
                break;
            }
        }
        let written = open::write_at(file, slices.split_at(count).0, at)? as u64;
        self.advance(written);
        Ok(written)
    }

    fn advance(&mut self, bytes: u64) {
        let mut left = self.skip.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX));
        while let Some((first, rest)) = self.buffers.split_first()
            && left >= first.len()
        {
            left -= first.len();
            self.buffers = rest;
        }
        self.skip = left;
    }
}
