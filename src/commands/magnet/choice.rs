//! `--select`: which files of a torrent are meant, by number or by name.

use crate::torrent::{Layout, magnet};
use globset::{GlobBuilder, GlobMatcher};
use std::ffi::OsStr;
use std::ops::RangeInclusive;

/// One word of the user's.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    /// Places among the files that are no pads, from 0.
    Numbers(Vec<RangeInclusive<u32>>),
    /// Paths, or names where the glob has no slash.
    Glob(Box<GlobMatcher>),
}

/// Why nothing is chosen.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum NoFile {
    #[error("there is no file {number}: they are numbered 0 to {last}")]
    Number { number: u32, last: usize },
    #[error("no file matches \"{0}\"")]
    Glob(String),
}

pub(super) fn parse(text: &str) -> Result<Choice, String> {
    if let Some(numbers) = magnet::select(text) {
        return Ok(Choice::Numbers(numbers));
    }
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| error.kind().to_string())?;
    Ok(Choice::Glob(Box::new(glob.compile_matcher())))
}

/// The numbers of the chosen files as a link has them: pads count there, as clients count them.
pub(super) fn choose(
    layout: &Layout,
    choices: &[Choice],
) -> Result<Vec<RangeInclusive<u32>>, NoFile> {
    let real: Vec<u32> =
        layout.real().filter_map(|(number, _)| u32::try_from(number).ok()).collect();
    let last = real.len().saturating_sub(1);
    let mut chosen: Vec<u32> = Vec::new();
    for choice in choices {
        match choice {
            Choice::Numbers(ranges) => {
                for range in ranges {
                    let places = usize::try_from(*range.start())
                        .ok()
                        .zip(usize::try_from(*range.end()).ok());
                    let files = places.and_then(|(first, last)| real.get(first..=last));
                    let files = files.ok_or(NoFile::Number { number: *range.end(), last })?;
                    chosen.extend(files);
                }
            }
            Choice::Glob(glob) => {
                let whole = glob.glob().glob().contains('/');
                let before = chosen.len();
                for (number, file) in layout.real() {
                    let path = file.path.as_joined();
                    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
                    if glob.is_match(os(if whole { path } else { name })) {
                        chosen.extend(u32::try_from(number).ok());
                    }
                }
                if chosen.len() == before {
                    return Err(NoFile::Glob(glob.glob().glob().to_owned()));
                }
            }
        }
    }
    Ok(magnet::ranges(chosen))
}

#[cfg(unix)]
fn os(bytes: &[u8]) -> &OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(bytes)
}

#[cfg(not(unix))]
fn os(bytes: &[u8]) -> &OsStr {
    OsStr::new(std::str::from_utf8(bytes).unwrap_or_default())
}
