//! A piece of which some is stored and some was got, without a copy of it in memory.

use super::{AT_ONCE, Part};
use crate::store::hash::{Known, Reader};
use crate::store::stored::pads;
use crate::store::verify::{Found, Survey};
use crate::store::{Error, Files, Storage};
use crate::torrent::{Layout, Span};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::SpooledTempFile;

/// What is stored.
#[derive(Clone, Copy)]
pub(super) struct Ours<'a> {
    pub(super) files: &'a Files,
    pub(super) survey: &'a Survey,
    pub(super) layout: &'a Layout,
}

impl Ours<'_> {
    pub(super) fn is_pad(&self, span: &Span) -> bool {
        self.layout.file(span.file).is_some_and(|file| file.pad)
    }

    /// How many bytes of the file there were, from the span on.
    pub(super) fn stored(&self, span: &Span) -> u64 {
        self.stored_from(span.file, span.offset)
    }

    fn stored_from(&self, file: usize, offset: u64) -> u64 {
        match self.survey.found(file) {
            Found::File(there) => there.saturating_sub(offset),
            _ => 0,
        }
    }

    /// Whether all of the span, which begins here, is there.
    pub(super) fn has(&self, at: u64, span: &Span) -> bool {
        let last = at + span.length.saturating_sub(1);
        self.is_pad(span) || self.files.read(last, &mut [0]).is_ok()
    }

    /// Reads bytes of a file, which are `at` in the torrent. What is not there is zeros.
    pub(super) fn read(&self, at: u64, offset: u64, file: usize, buffer: &mut [u8]) {
        if self.files.read(at, buffer).is_ok() {
            return;
        }
        // What there is of a short file.
        let has = usize::try_from(self.stored_from(file, offset)).unwrap_or(usize::MAX);
        let (has, none) = buffer.split_at_mut(has.min(buffer.len()));
        if self.files.read(at, has).is_err() {
            has.fill(0);
        }
        none.fill(0);
    }
}

/// What sources gave of a piece: in memory where it is short, else in a file without a name.
pub(super) struct Aside {
    bytes: SpooledTempFile,
    /// Where it may be.
    folder: PathBuf,
}

impl Aside {
    /// Nothing yet; a file would be on the file system of this path, there or not.
    pub(super) fn beside(path: &Path) -> Self {
        let folder = path.ancestors().find(|above| above.is_dir());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        Self { bytes: tempfile::spooled_tempfile_in(AT_ONCE, &folder), folder }
    }

    /// Keeps bytes from this place of the piece on.
    pub(super) fn write(&mut self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let sought = self.bytes.seek(SeekFrom::Start(at));
        let written = sought.and_then(|_| self.bytes.write_all(bytes));
        written.map_err(|source| Error { path: self.folder.clone(), source })
    }

    /// The piece with these spans from here and the others as they are stored.
    pub(super) fn with<'a>(
        &'a mut self,
        ours: Ours<'a>,
        part: &'a Part,
        theirs: &'a [bool],
    ) -> Mixture<'a> {
        Mixture { aside: self, ours, part, theirs }
    }
}

/// A piece that is partly theirs and partly ours.
pub(super) struct Mixture<'a> {
    aside: &'a mut Aside,
    ours: Ours<'a>,
    part: &'a Part,
    theirs: &'a [bool],
}

impl Mixture<'_> {
    /// Fills the buffer from this place of the torrent on.
    pub(super) fn fill(&mut self, mut at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let mut rest = buffer;
        let layout = self.ours.layout;
        for span in layout.spans(at, rest.len() as u64) {
            let length = usize::try_from(span.length).unwrap_or(usize::MAX).min(rest.len());
            let (bytes, after) = rest.split_at_mut(length);
            rest = after;
            let number = self.part.spans.binary_search_by_key(&span.file, |span| span.file).ok();
            if self.ours.is_pad(&span) {
                bytes.fill(0);
            } else if number.and_then(|number| self.theirs.get(number)) == Some(&true) {
                let from = SeekFrom::Start(at.saturating_sub(self.part.start));
                let Aside { bytes: aside, folder } = &mut *self.aside;
                let read = aside.seek(from).and_then(|_| aside.read_exact(bytes));
                read.map_err(|source| Error { path: folder.clone(), source })?;
            } else {
                self.ours.read(at, span.offset, span.file, bytes);
            }
            at += span.length;
        }
        rest.fill(0);
        Ok(())
    }
}

impl Reader for Mixture<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.fill(offset, buffer)
    }

    fn known(&self, offset: u64, length: u64) -> Known {
        pads(self.ours.layout, offset, length)
    }
}
