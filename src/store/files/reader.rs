//! The files as one thread reads them from front to back.
//!
//! A small file is mostly read as a whole, so nobody asks for it again: it is opened, read and closed
//! without a place in the table of open files, and its folder is gone down to once for all in it that
//! are read together.

use super::{Files, Place, open};
use crate::store::hash::{Known, Reader};
use crate::store::{Error, Storage, ahead, stored};
use crate::torrent::Span;
use std::fmt;
use std::fs::{File, Metadata};

/// Small files of which a thread has read a part only that it holds open, at most: as many as the
/// lanes of a group.
const OPEN: usize = 16;

/// Is told what the system says of a file that was opened, by its number.
pub type Sight<'a> = &'a (dyn Fn(usize, &Metadata) + Sync);

/// One thread's view of [`Files`]; [`Files::reader`] makes it.
pub struct FilesReader<'a> {
    files: &'a Files,
    folders: open::Folders<'a>,
    /// Small files that were read in part, that of longest ago first.
    open: Vec<(usize, File)>,
    sight: Option<Sight<'a>>,
}

impl fmt::Debug for FilesReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilesReader").field("open", &self.open).finish_non_exhaustive()
    }
}

impl Files {
    /// For one thread that reads the files, while nobody writes them.
    pub fn reader(&self) -> FilesReader<'_> {
        let folders = open::Folders::default();
        FilesReader { files: self, folders, open: Vec::new(), sight: None }
    }
}

impl<'a> FilesReader<'a> {
    /// Tells of files as they are opened, though not of all.
    #[must_use]
    pub fn telling(self, sight: Option<Sight<'a>>) -> Self {
        Self { sight, ..self }
    }

    /// The small file that the span is of; `None` for any other, and where it can't be opened: the
    /// usual way then says why.
    fn small(&mut self, span: &Span) -> Option<File> {
        if let Some(at) = self.open.iter().position(|(number, _)| *number == span.file) {
            let (_, file) = self.open.remove(at);
            return Some(file);
        }
        let files: &'a Files = self.files;
        let file = files.layout.file(span.file)?;
        let usual = file.pad
            || file.length >= ahead::WORTH && file.length > span.length
            || files.elsewhere.contains_key(&span.file);
        let (opened, metadata) = match &files.place {
            Place::Folder(root) if !usual => self.folders.read(root, file.path)?,
            _ => return None,
        };
        if let Some(sight) = self.sight {
            sight(span.file, &metadata);
        }
        Some(opened)
    }

    /// Keeps it for its next part, where one is to come.
    fn keep(&mut self, span: &Span, file: File) {
        let length = self.files.layout.file(span.file).map_or(0, |file| file.length);
        if span.offset.saturating_add(span.length) < length {
            if self.open.len() >= OPEN {
                self.open.remove(0);
            }
            self.open.push((span.file, file));
        }
    }
}

impl Reader for FilesReader<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let files = self.files;
        let (mut at, mut rest) = (offset, buffer);
        for span in files.layout.spans(offset, rest.len() as u64) {
            let length = usize::try_from(span.length).unwrap_or(rest.len()).min(rest.len());
            let (part, after) = rest.split_at_mut(length);
            match self.small(&span) {
                Some(small) => {
                    open::read_exact_at(&small, part, span.offset)
                        .map_err(|source| Error { path: files.read_path(span.file), source })?;
                    self.keep(&span, small);
                }
                None => files.read(at, part)?,
            }
            at += span.length;
            rest = after;
        }
        if rest.is_empty() { Ok(()) } else { Err(files.beyond_the_end()) }
    }

    fn ahead(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        self.files.ahead(offset, length);
        Ok(())
    }

    fn known(&self, offset: u64, length: u64) -> Known {
        stored::pads(&self.files.layout, offset, length)
    }
}
