//! The files as one thread reads them from front to back.
//!
//! A small file is read as a whole, so nobody asks for it again: it is opened, read and closed
//! without a place in the table of open files, and its folder is gone down to once for all in it.

use super::{Files, open};
use crate::store::hash::{Known, Reader};
use crate::store::{Error, Storage, stored};
use crate::torrent::Span;
use std::fs::File;

/// One thread's view of [`Files`]; [`Files::reader`] makes it.
#[derive(Debug)]
pub struct FilesReader<'a> {
    files: &'a Files,
    folder: open::Folder<'a>,
}

impl Files {
    /// For one thread that reads the files, while nobody writes them.
    pub fn reader(&self) -> FilesReader<'_> {
        FilesReader { files: self, folder: open::Folder::default() }
    }
}

impl<'a> FilesReader<'a> {
    /// Opens a file that is read as a whole now; `None` for any other, and where that fails: the
    /// usual way then says why.
    fn whole(&mut self, span: &Span) -> Option<File> {
        let files: &'a Files = self.files;
        let file = files.layout.file(span.file)?;
        let usual = file.length > span.length || files.elsewhere.contains_key(&span.file);
        match &files.place {
            super::Place::Folder(root) if !usual => self.folder.read(root, file.path),
            _ => None,
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
            match (!files.is_pad(span.file)).then(|| self.whole(&span)).flatten() {
                Some(file) => open::read_exact_at(&file, part, 0)
                    .map_err(|source| Error { path: files.read_path(span.file), source })?,
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
