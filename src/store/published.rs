//! The bytes of what is published, read through one open file at a time.

use super::hash::{Known, Reader};
use super::walk::{Found, Opener, Tree};
use super::{Error, ahead, stored};
use crate::torrent::{self, Attributes, Layout, LayoutBuilder};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

impl Tree {
    /// The places of the bytes. A single file gets `name` for its path.
    ///
    /// # Errors
    /// Lengths that add up to more than 2^63.
    pub fn layout(&self, name: &[u8]) -> Result<Layout, Error> {
        let fail = |why| Error { path: self.root.clone(), source: io::Error::other(why) };
        let mut layout = LayoutBuilder::new();
        for found in &self.files {
            let attributes = Attributes { executable: found.executable, hidden: found.hidden };
            let fits = match self.folder {
                true => {
                    let names = found.path.iter().map(|name| name.as_encoded_bytes());
                    layout.push(names, found.length, attributes)
                }
                false => layout.push([name], found.length, attributes),
            };
            fits.map_err(fail)?;
        }
        Ok(layout.build())
    }

    /// Makes sure that files which no piece touches are still empty.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check_empty(&self) -> Result<(), Error> {
        let mut empty = self.files.iter().filter(|file| file.length == 0 && file.link.is_none());
        empty.try_for_each(|file| self.open(file).map(drop))
    }
}

/// A tree as the bytes of a torrent. A file that changed since the walk, before or while it was
/// read, is an error that names it.
#[derive(Debug)]
pub struct Published<'a> {
    tree: &'a Tree,
    layout: &'a Layout,
    /// By file of the layout: its number in the tree.
    numbers: Vec<u32>,
    /// Files that all readers hold open.
    open: AtomicUsize,
}

impl<'a> Published<'a> {
    /// Reads `tree` as `layout` says, whose files without its pads are the tree's, in their order.
    pub fn new(tree: &'a Tree, layout: &'a Layout) -> Self {
        let mut next = 0;
        let number = |file: torrent::File<'_>| {
            let number = next;
            next += u32::from(!file.pad);
            number
        };
        let numbers = layout.files().map(number).collect();
        Self { tree, layout, numbers, open: AtomicUsize::new(0) }
    }

    /// For one thread.
    pub fn reader(&self) -> PublishedReader<'_> {
        let open = Vec::with_capacity(OPEN);
        PublishedReader { published: self, opener: Opener::default(), open, turn: 0 }
    }

    /// The places of the bytes.
    pub fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// What the walk has found of a file of the layout; `None` for a pad.
    pub fn found(&self, file: usize) -> Option<&'a Found> {
        self.tree.files.get(*self.numbers.get(file)? as usize)
    }
}

/// Files that a thread holds open, at most: the lanes of a group are rarely in more.
const OPEN: usize = 16;

/// Files that all threads together hold open, and one file and a few folders more each: on a machine
/// of a hundred cores as well within the usual limit of 1,024 for a process.
const OPEN_BY_ALL: usize = 512;

/// One thread's view of a [`Published`].
///
/// A file is closed when its end was read, or for others. It is looked at once, when it is closed:
/// what the walk saw must then still hold, and so did while it was read.
#[derive(Debug)]
pub struct PublishedReader<'a> {
    published: &'a Published<'a>,
    opener: Opener,
    open: Vec<Open>,
    /// Counts uses.
    turn: u64,
}

#[derive(Debug)]
struct Open {
    number: usize,
    file: File,
    used: u64,
}

impl PublishedReader<'_> {
    /// The open file of that number.
    fn file(&mut self, number: usize) -> Result<&File, Error> {
        let published = self.published;
        self.turn += 1;
        let place = match self.open.iter().position(|open| open.number == number) {
            Some(place) => place,
            None => {
                let all = published.open.load(Ordering::Relaxed);
                if self.open.len() >= OPEN || all >= OPEN_BY_ALL && !self.open.is_empty() {
                    let oldest = (0..).zip(&self.open).min_by_key(|(_, open)| open.used);
                    let (oldest, _) = oldest.ok_or_else(|| published.none())?;
                    self.close(oldest)?;
                }
                let found = published.found(number).ok_or_else(|| published.none())?;
                let file = self.opener.open(published.tree, found).map_err(|source| {
                    let path = published.tree.locate(found);
                    Error { path, source }
                })?;
                published.open.fetch_add(1, Ordering::Relaxed);
                self.open.push(Open { number, file, used: 0 });
                self.open.len() - 1
            }
        };
        match self.open.get_mut(place) {
            Some(open) => {
                open.used = self.turn;
                Ok(&open.file)
            }
            None => Err(published.none()),
        }
    }

    /// Closes the file at this place of `open`.
    fn close(&mut self, place: usize) -> Result<(), Error> {
        let closed = self.open.swap_remove(place);
        self.published.open.fetch_sub(1, Ordering::Relaxed);
        self.published.recheck(&closed)
    }

    /// Closes a file whose end was read: who reads a torrent from front to back wants no more of it.
    fn ended(&mut self, number: usize) -> Result<(), Error> {
        match self.open.iter().position(|open| open.number == number) {
            Some(place) => self.close(place),
            None => Ok(()),
        }
    }
}

impl Published<'_> {
    fn none(&self) -> Error {
        Error { path: self.tree.root.clone(), source: io::ErrorKind::NotFound.into() }
    }

    fn recheck(&self, open: &Open) -> Result<(), Error> {
        match self.found(open.number) {
            Some(found) => self.tree.recheck(found, &open.file),
            None => Ok(()),
        }
    }
}

impl Reader for PublishedReader<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let published = self.published;
        let mut rest = buffer;
        for span in published.layout.spans(offset, rest.len() as u64) {
            let length = usize::try_from(span.length).unwrap_or(usize::MAX).min(rest.len());
            let (part, tail) = rest.split_at_mut(length);
            rest = tail;
            if let Err(source) = read_exact_at(self.file(span.file)?, part, span.offset) {
                // What the system says of a file that shrank is not what helps.
                self.finish()?;
                let path = published.found(span.file).map(|file| published.tree.locate(file));
                return Err(Error { path: path.unwrap_or_default(), source });
            }
            let end = published.layout.range(span.file).map(|range| range.end - range.start);
            if end == Some(span.offset + span.length) {
                self.ended(span.file)?;
            }
        }
        Ok(())
    }

    fn ahead(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        let layout = self.published.layout;
        for span in layout.spans(offset, length) {
            let pad = layout.file(span.file).is_some_and(|file| file.pad);
            if span.length >= ahead::WORTH && !pad {
                ahead::tell(self.file(span.file)?, span.offset, span.length);
            }
        }
        Ok(())
    }

    fn known(&self, offset: u64, length: u64) -> Known {
        stored::pads(self.published.layout, offset, length)
    }

    fn finish(&mut self) -> Result<(), Error> {
        let open = std::mem::take(&mut self.open);
        self.published.open.fetch_sub(open.len(), Ordering::Relaxed);
        open.iter().try_for_each(|open| self.published.recheck(open))
    }
}

impl Drop for PublishedReader<'_> {
    fn drop(&mut self) {
        self.published.open.fetch_sub(self.open.len(), Ordering::Relaxed);
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.seek_read(rest, offset + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::hash;
    use crate::torrent::Pieces;
    use sha1::{Digest, Sha1};
    use std::fs;
    use std::num::NonZero;
    use std::sync::Once;

    #[test]
    fn many_small_files_make_one_stream() {
        let folder = tempfile::tempdir().unwrap();
        let mut stream = Vec::new();
        for number in 0..300u32 {
            let content = number.to_le_bytes().repeat(number as usize);
            fs::write(folder.path().join(format!("{number:04}")), &content).unwrap();
            stream.extend(content);
        }
        let tree = Tree::walk(folder.path(), None).unwrap();
        let layout = tree.layout(b"").unwrap();
        let pieces = Pieces::new(layout.total(), 16384).unwrap();
        let work = hash::Work { pieces, wanted: hash::Wanted::V1, files: None };
        let settings = hash::Settings::threads(NonZero::new(3).unwrap());
        let published = Published::new(&tree, &layout);
        let hashes = hash::all(&work, &settings, || published.reader(), |_, _| {}).unwrap();
        let hashes = hashes.v1.into_flattened();
        let expected: Vec<u8> = stream.chunks(16384).flat_map(Sha1::digest).collect();
        assert_eq!(hashes, expected);
        tree.check_empty().unwrap();
        fs::write(folder.path().join("0000"), "x").unwrap();
        let error = tree.check_empty().unwrap_err().to_string();
        assert!(error.ends_with("/0000: grew while it was read"), "{error}");
    }

    #[test]
    fn a_file_that_vanishes_before_it_is_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number| folder.path().join(format!("{number:02}"));
        (0..60).for_each(|number| fs::write(path(number), [1; 50_000]).unwrap());
        let tree = Tree::walk(folder.path(), None).unwrap();
        let layout = tree.layout(b"").unwrap();
        let pieces = Pieces::new(layout.total(), 16384).unwrap();
        let once = Once::new();
        let advanced = |_, _| once.call_once(|| fs::remove_file(path(59)).unwrap());
        let work = hash::Work { pieces, wanted: hash::Wanted::V1, files: None };
        let settings = hash::Settings::threads(NonZero::<usize>::MIN);
        let published = Published::new(&tree, &layout);
        let error = hash::all(&work, &settings, || published.reader(), advanced).unwrap_err();
        assert_eq!((error.path, error.source.kind()), (path(59), io::ErrorKind::NotFound));
    }

    #[test]
    fn many_readers_do_not_use_up_the_files_that_a_process_may_open() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..OPEN {
            fs::write(folder.path().join(format!("{number:02}")), [number as u8]).unwrap();
        }
        let tree = Tree::walk(folder.path(), None).unwrap();
        let layout = tree.layout(b"").unwrap();
        let published = Published::new(&tree, &layout);
        let mut readers: Vec<_> = (0..100).map(|_| published.reader()).collect();
        for reader in &mut readers {
            let mut bytes = [0; OPEN];
            reader.read(0, &mut bytes).unwrap();
            assert_eq!(bytes, std::array::from_fn(|at| at as u8));
        }
        let open: usize = readers.iter().map(|reader| reader.open.len()).sum();
        assert_eq!(published.open.load(Ordering::Relaxed), open);
        assert!(open <= OPEN_BY_ALL + readers.len(), "{open}");
        readers.iter_mut().take(50).try_for_each(PublishedReader::finish).unwrap();
        drop(readers);
        assert_eq!(published.open.load(Ordering::Relaxed), 0);
    }

    /// Publishes a file to which `change` happens after its first step was hashed.
    fn changed(change: impl Fn(&File) + Sync) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big");
        fs::write(&path, vec![1; 3 << 20]).unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        let tree = Tree::walk(&path, None).unwrap();
        let layout = tree.layout(b"big").unwrap();
        let pieces = Pieces::new(layout.total(), 1 << 20).unwrap();
        let once = Once::new();
        let advanced = |_, _| {
            once.call_once(|| change(&File::options().append(true).open(&path).unwrap()));
        };
        let work = hash::Work { pieces, wanted: hash::Wanted::V1, files: None };
        let settings = hash::Settings::threads(NonZero::<usize>::MIN);
        let published = Published::new(&tree, &layout);
        let error = hash::all(&work, &settings, || published.reader(), advanced).unwrap_err();
        assert_eq!(error.path, path);
        error.source.to_string()
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_refused() {
        use std::io::Write;
        assert_eq!(changed(|file| file.set_len(1 << 20).unwrap()), "shrank while it was read");
        assert_eq!(changed(|mut file| file.write_all(b"x").unwrap()), "grew while it was read");
        let touch = |file: &File| file.set_modified(std::time::SystemTime::now()).unwrap();
        assert_eq!(changed(touch), "changed while it was read");
    }
}
