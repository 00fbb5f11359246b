//! The places of a torrent's bytes: which part of which file holds a range of the torrent.
//!
//! A torrent can have a million files, so all their names lie in one piece of memory and a file
//! costs 16 bytes beside its path.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::name::Unsafe;
use super::path::{FilePath, FilePathBuf};
use std::ops::Range;

/// A file of a torrent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct File<'a> {
    /// Its place below the torrent's folder. For a single file: one component, its name. For all
    /// pads the same, which names no file.
    pub path: FilePath<'a>,
    /// Bytes.
    pub length: u64,
    /// Zeros between files, never written nor shown (BEP 47).
    pub pad: bool,
    /// Marked executable (BEP 47).
    pub executable: bool,
    /// Marked hidden (BEP 47).
    pub hidden: bool,
}

/// What a file is marked as (BEP 47).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// `x`
    pub executable: bool,
    /// `h`
    pub hidden: bool,
}

/// The files of a torrent laid end to end, in the order of the metainfo.
///
/// Invariant: there is one entry more than files, the end of the last; `start` is the sum of the
/// lengths before the file and `names` where its path begins, and both never fall.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    entries: Box<[Entry]>,
    /// The joined paths, end to end.
    names: Box<[u8]>,
    /// Whether there are pads.
    padded: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Entry {
    start: u64,
    names: u32,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Pad,
    File(Attributes),
}

/// A part of one file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The file's number in [`Layout::files`].
    pub file: usize,
    /// Bytes from the file's start.
    pub offset: u64,
    /// Bytes; never 0.
    pub length: u64,
}

impl Layout {
    /// Plain files, each of a path with `/` between its names and of a length.
    ///
    /// # Errors
    /// See [`LayoutBuilder::push`].
    pub fn of<P: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, u64)>) -> Result<Self, Unfit> {
        let mut layout = LayoutBuilder::new();
        for (path, length) in files {
            let names = path.as_ref().split(|&byte| byte == b'/');
            layout.push(names, length, Attributes::default())?;
        }
        Ok(layout.build())
    }

    /// The files in order, pads included.
    pub fn files(&self) -> impl ExactSizeIterator<Item = File<'_>> + DoubleEndedIterator + Clone {
        self.entries.windows(2).map(|pair| match pair {
            [entry, next] => self.view(*entry, *next),
            _ => self.view(END, END),
        })
    }

    /// The files that are no pads, and their numbers.
    pub fn real(&self) -> impl DoubleEndedIterator<Item = (usize, File<'_>)> + Clone {
        self.files().enumerate().filter(|(_, file)| !file.pad)
    }

    /// The file of that number.
    pub fn file(&self, number: usize) -> Option<File<'_>> {
        let (entry, next) = (self.entries.get(number)?, self.entries.get(number.checked_add(1)?)?);
        Some(self.view(*entry, *next))
    }

    /// How many files there are, pads included.
    pub fn len(&self) -> usize {
        self.entries.len().saturating_sub(1)
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether some of the files are pads.
    pub fn is_padded(&self) -> bool {
        self.padded
    }

    /// Bytes in all, pads included.
    pub fn total(&self) -> u64 {
        self.entries.last().map_or(0, |end| end.start)
    }

    /// The bytes of the torrent that the file holds.
    pub fn range(&self, file: usize) -> Option<Range<u64>> {
        let (entry, next) = (self.entries.get(file)?, self.entries.get(file.checked_add(1)?)?);
        Some(entry.start..next.start)
    }

    /// The parts of files that hold `length` bytes from `offset` of the torrent, in order, empty
    /// files left out. What lies beyond the end is not there.
    pub fn spans(&self, offset: u64, length: u64) -> impl Iterator<Item = Span> + '_ {
        let end = offset.saturating_add(length).min(self.total());
        // Several files may start here: all but the last of those are empty.
        let first = self.entries.partition_point(|entry| entry.start <= offset).saturating_sub(1);
        let starts = |pair: &[Entry]| match pair {
            [entry, next] => (entry.start, next.start),
            _ => (0, 0),
        };
        // Cut, not skipped: `skip` would walk over all files before.
        let rest = self.entries.get(first..).unwrap_or_default().windows(2).map(starts);
        let rest = (first..).zip(rest);
        rest.take_while(move |(_, (start, _))| *start < end).filter_map(
            move |(file, (start, next))| {
                let from = offset.max(start);
                let length = end.min(next).checked_sub(from).filter(|&length| length > 0)?;
                Some(Span { file, offset: from.saturating_sub(start), length })
            },
        )
    }

    fn view(&self, entry: Entry, next: Entry) -> File<'_> {
        let length = next.start.saturating_sub(entry.start);
        match entry.kind {
            Kind::Pad => {
                File { path: FilePath::PAD, length, pad: true, executable: false, hidden: false }
            }
            Kind::File(Attributes { executable, hidden }) => {
                let joined = self.names.get(entry.names as usize..next.names as usize);
                let path = FilePath::from_joined(joined.unwrap_or_default());
                File { path, length, pad: false, executable, hidden }
            }
        }
    }
}

/// Stands behind the last file.
const END: Entry = Entry { start: 0, names: 0, kind: Kind::Pad };

/// Why a file does not fit behind the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unfit {
    /// A name that can't be one component of a path.
    #[error(transparent)]
    Name(#[from] Unsafe),
    /// Lengths that add up to 2^63 or more.
    #[error("the lengths add up to more than 2^63 bytes")]
    Length,
    /// Paths of more than 4 GiB in all.
    #[error("too many names")]
    Names,
    /// More than [`MAX_FILES`](super::metainfo::MAX_FILES) files, those that pads are among them.
    #[error("more than {} files, pads included", super::metainfo::MAX_FILES)]
    Files,
    /// Files of v2 that are not in the order of their paths (BEP 52).
    #[error("files of v2 must be in the order of their paths")]
    Order,
}

/// Lays files end to end.
#[derive(Clone, Debug, Default)]
pub struct LayoutBuilder {
    entries: Vec<Entry>,
    names: Vec<u8>,
    total: u64,
    /// The path of a file that is just being added.
    path: FilePathBuf,
}

impl LayoutBuilder {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file whose path is given by its components.
    ///
    /// # Errors
    /// A name that is empty or has a slash or NUL byte; lengths that do not fit in 63 bits; paths
    /// that do not fit in 32. Nothing is added then.
    pub fn push<N: AsRef<[u8]>>(
        &mut self,
        path: impl IntoIterator<Item = N>,
        length: u64,
        attributes: Attributes,
    ) -> Result<(), Unfit> {
        let mut joined = std::mem::take(&mut self.path);
        joined.clear();
        let pushed = path
            .into_iter()
            .try_for_each(|name| joined.push(name.as_ref()))
            .map_err(Unfit::Name)
            .and_then(|()| self.push_path(joined.as_path(), length, attributes));
        self.path = joined;
        pushed
    }

    /// Adds a file.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_path(
        &mut self,
        path: FilePath<'_>,
        length: u64,
        attributes: Attributes,
    ) -> Result<(), Unfit> {
        let joined = path.as_joined();
        let end = self.names.len().checked_add(joined.len());
        if end.is_none_or(|end| u32::try_from(end).is_err()) {
            return Err(Unfit::Names);
        }
        self.add(length, Kind::File(attributes))?;
        self.names.extend_from_slice(joined);
        Ok(())
    }

    /// Adds zeros between files (BEP 47).
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_pad(&mut self, length: u64) -> Result<(), Unfit> {
        self.add(length, Kind::Pad)
    }

    /// Fills the last piece up with a pad, where it is not full, so that the next file begins at a
    /// piece.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn align(&mut self, piece_length: u32) -> Result<(), Unfit> {
        let length = u64::from(piece_length);
        match self.total.checked_rem(length).unwrap_or(0) {
            0 => Ok(()),
            tail => self.push_pad(length.saturating_sub(tail)),
        }
    }

    /// How many files there are, pads included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes in all, pads included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The files as they were added.
    pub fn build(mut self) -> Layout {
        let padded = self.entries.iter().any(|entry| entry.kind == Kind::Pad);
        let end = Entry { start: self.total, names: self.names_end(), ..END };
        self.entries.reserve_exact(1);
        self.entries.push(end);
        Layout { entries: self.entries.into(), names: self.names.into(), padded }
    }

    fn add(&mut self, length: u64, kind: Kind) -> Result<(), Unfit> {
        let total = self.total.checked_add(length).filter(|&sum| i64::try_from(sum).is_ok());
        let entry = Entry { start: self.total, names: self.names_end(), kind };
        self.total = total.ok_or(Unfit::Length)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Its length fits: that was checked when names were added.
    fn names_end(&self) -> u32 {
        u32::try_from(self.names.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(lengths: &[u64]) -> Layout {
        Layout::of(lengths.iter().map(|&length| ("a", length))).unwrap()
    }

    #[test]
    fn a_file_costs_16_bytes_beside_its_path() {
        assert_eq!(size_of::<Entry>(), 16);
    }

    #[test]
    fn spans_cover_a_range_across_empty_files() {
        let layout = layout(&[0, 3, 0, 0, 5, 0, 1]);
        let spans: Vec<_> = layout.spans(2, 100).map(|s| (s.file, s.offset, s.length)).collect();
        assert_eq!(spans, [(1, 2, 1), (4, 0, 5), (6, 0, 1)]);
        assert_eq!(layout.spans(3, 1).map(|s| s.file).collect::<Vec<_>>(), [4]);
        assert_eq!(layout.spans(9, 1).count(), 0);
        assert_eq!(layout.spans(0, 0).count(), 0);
        assert_eq!(LayoutBuilder::new().build().spans(0, 1).count(), 0);
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let half = u64::MAX / 3;
        assert_eq!(Layout::of([("a", half), ("b", half)]), Err(Unfit::Length));
    }

    #[test]
    fn files_are_as_they_were_added() {
        let mut builder = LayoutBuilder::new();
        let hidden = Attributes { hidden: true, ..Attributes::default() };
        builder.push(["a", "b"], 3, hidden).unwrap();
        assert_eq!(builder.push(["a", "b/c"], 3, hidden), Err(Unfit::Name(Unsafe::Slash)));
        builder.push_pad(5).unwrap();
        assert_eq!(builder.push_pad(u64::MAX), Err(Unfit::Length));
        builder.push([b"\xff"], 0, Attributes { executable: true, ..hidden }).unwrap();
        assert_eq!((builder.len(), builder.total()), (3, 8));
        let layout = builder.build();
        assert!(layout.is_padded() && !Layout::of([("a", 1)]).unwrap().is_padded());
        let shown: Vec<_> = layout
            .files()
            .map(|f| (f.path.as_joined(), f.length, f.pad, f.executable, f.hidden))
            .collect();
        let expected = [
            (&b"a/b"[..], 3, false, false, true),
            (b".pad", 5, true, false, false),
            (b"\xff", 0, false, true, true),
        ];
        assert_eq!(shown, expected);
        let by_number: Vec<_> = (0..4).map_while(|at| layout.file(at)).collect();
        assert_eq!(by_number, layout.files().collect::<Vec<_>>());
        assert_eq!((layout.range(1), layout.range(3), layout.len()), (Some(3..8), None, 3));
    }
}
