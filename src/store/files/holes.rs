//! The holes of sparse files: a download that has hardly begun is checked without reading zeros.

use super::{Content, Extent};
use std::fs::{File, Metadata};
use std::ops::Range;

/// Extents in order, neighbours of the same content joined.
#[derive(Default)]
pub(super) struct Extents(Vec<Extent>);

impl Extents {
    pub(super) fn push(&mut self, range: Range<u64>, content: Content) {
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.range.end == range.start && last.content == content => {
                last.range.end = range.end;
            }
            _ => self.0.push(Extent { range, content }),
        }
    }

    /// The `length` first bytes of a file that starts at `start`; `holes` are counted from there.
    pub(super) fn push_file(&mut self, start: u64, length: u64, holes: &[Range<u64>]) {
        let mut at = 0;
        for hole in holes {
            self.push(start + at..start + hole.start, Content::Data);
            self.push(start + hole.start..start + hole.end, Content::Zeros);
            at = hole.end;
        }
        self.push(start + at..start + length, Content::Data);
    }

    pub(super) fn into_vec(self) -> Vec<Extent> {
        self.0
    }
}

/// Whether less of the file is stored than it is long.
pub(super) fn may_have(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        metadata.blocks().saturating_mul(512) < metadata.len()
    }
    #[cfg(windows)]
    {
        let _ = metadata;
        false
    }
}

/// The holes in the first `length` bytes that are at least `smallest` long, in order. None where the
/// system or the file system can't tell: all is data then.
pub(super) fn find(file: &File, length: u64, smallest: u64) -> Vec<Range<u64>> {
    let mut holes = Vec::new();
    let mut at = 0;
    while at < length {
        let Some(hole) = next(file, at, length) else { break };
        at = hole.end.max(at + 1);
        if !hole.is_empty() && hole.end - hole.start >= smallest {
            holes.push(hole);
        }
    }
    holes
}

/// The first hole from `at` on; empty at `length` where there is none.
#[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
fn next(file: &File, at: u64, length: u64) -> Option<Range<u64>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    let start = seek(file, SeekFrom::Hole(at)).ok()?.min(length);
    let end = match seek(file, SeekFrom::Data(start)) {
        Ok(data) => data.min(length),
        Err(Errno::NXIO) => length,
        Err(_) => return None,
    };
    Some(start..end)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "freebsd")))]
fn next(_: &File, _: u64, _: u64) -> Option<Range<u64>> {
    None
}
