//! The places of a torrent's bytes: which part of which file holds a range of the torrent.

use std::ops::Range;

/// A file of a torrent, in the order of the metainfo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Components below the torrent's folder, each already checked to be safe; bytes, since names
    /// need not be UTF-8. For a single file: one component, its name.
    pub path: Vec<Box<[u8]>>,
    /// Bytes.
    pub length: u64,
    /// Zeros between files, never written nor shown (BEP 47).
    pub pad: bool,
    /// Marked executable (BEP 47).
    pub executable: bool,
}

/// The files of a torrent laid end to end.
///
/// Invariant: `starts[i]` is the sum of the lengths before file `i`, and nothing overflows `u64`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    files: Vec<File>,
    starts: Vec<u64>,
    total: u64,
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
    /// Lays the files end to end; `None` where their lengths do not fit in 63 bits.
    pub fn new(files: Vec<File>) -> Option<Self> {
        let mut total = 0u64;
        let mut starts = Vec::with_capacity(files.len());
        for file in &files {
            starts.push(total);
            total = total.checked_add(file.length).filter(|&sum| i64::try_from(sum).is_ok())?;
        }
        Some(Self { files, starts, total })
    }

    /// The files in order, pads included.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Bytes in all, pads included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The bytes of the torrent that the file holds.
    pub fn range(&self, file: usize) -> Option<Range<u64>> {
        let start = *self.starts.get(file)?;
        Some(start..start + self.files.get(file)?.length)
    }

    /// The parts of files that hold `length` bytes from `offset` of the torrent, in order, empty
    /// files left out. What lies beyond the end is not there.
    pub fn spans(&self, offset: u64, length: u64) -> impl Iterator<Item = Span> + '_ {
        let end = offset.saturating_add(length).min(self.total);
        // Several files may start here: all but the last of those are empty.
        let first = self.starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let rest = self.starts.iter().zip(&self.files).enumerate().skip(first);
        rest.take_while(move |(_, (start, _))| **start < end).filter_map(
            move |(file, (&start, f))| {
                let from = offset.max(start);
                let to = end.min(start + f.length);
                (to > from).then(|| Span { file, offset: from - start, length: to - from })
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(lengths: &[u64]) -> Layout {
        let file = |&length: &u64| File { path: vec![], length, pad: false, executable: false };
        Layout::new(lengths.iter().map(file).collect()).unwrap()
    }

    #[test]
    fn spans_cover_a_range_across_empty_files() {
        let layout = layout(&[0, 3, 0, 0, 5, 0, 1]);
        let spans: Vec<_> = layout.spans(2, 100).map(|s| (s.file, s.offset, s.length)).collect();
        assert_eq!(spans, [(1, 2, 1), (4, 0, 5), (6, 0, 1)]);
        assert_eq!(layout.spans(3, 1).map(|s| s.file).collect::<Vec<_>>(), [4]);
        assert_eq!(layout.spans(9, 1).count(), 0);
        assert_eq!(layout.spans(0, 0).count(), 0);
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let file = || File { path: vec![], length: u64::MAX / 3, pad: false, executable: false };
        assert!(Layout::new(vec![file(), file()]).is_none());
    }
}
