//! Whether a web seed has the files that are about to be published (BEP 19).

use super::{Authorities, Fault, Web};
use crate::store;
use crate::store::walk::{Found, Tree};
use crate::torrent::web_seed;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Bytes at the start and at the end of a file that are compared, at most.
const SAMPLE: u64 = 1024;
/// Files that are asked for at once: what takes the time is the way to the server.
const AT_ONCE: usize = 8;
/// After so many findings a seed is not asked any more.
const FINDINGS_MOST: usize = 100;

/// Something that is wrong with a file on a web seed.
#[derive(Debug)]
pub struct Finding {
    /// Where the file should be.
    pub url: String,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with a file on a web seed.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// The server does not send it.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It has another length.
    #[error("{there} bytes there, {here} here")]
    Length {
        /// The server's.
        there: u64,
        /// Ours.
        here: u64,
    },
    /// It has other bytes.
    #[error("bytes {} to {} are not those of the file here", .0.start, .0.end.saturating_sub(1))]
    Differs(Range<u64>),
    /// Our own file can't be read.
    #[error(transparent)]
    Local(#[from] store::Error),
}

/// What is wrong with the files of `tree` on the web seed `seed`, in the order of the tree. `name`
/// is the torrent's. The first and last bytes of each file are compared; that these are parts shows
/// that the server sends parts. A server that can't be reached is asked no more, nor is one after a
/// hundred findings. `advanced` hears how many bytes came.
///
/// # Errors
/// The system has no means for connections.
pub fn check(
    seed: &str,
    name: &[u8],
    tree: &Tree,
    authorities: &Authorities,
    advanced: impl Fn(u64) + Sync,
) -> std::io::Result<Vec<Finding>> {
    let files: Vec<&Found> =
        tree.files.iter().filter(|file| file.length > 0 && file.link.is_none()).collect();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let findings = Mutex::new(Vec::new());
    let webs: Vec<Web> = (0..AT_ONCE.min(files.len()))
        .map(|_| Web::new(authorities.clone()))
        .collect::<Result<_, _>>()?;
    thread::scope(|scope| {
        for web in webs {
            let (files, next, stop, findings) = (&files, &next, &stop, &findings);
            let advanced = &advanced;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(at) else { return };
                    let path = tree.folder.then(|| file.components());
                    let url = web_seed::url(seed, name, path);
                    let Err(wrong) = compare(&web, &url, tree, file, advanced) else { continue };
                    let network = matches!(&wrong, Wrong::Fault(fault) if fault.is_network());
                    let mut findings = findings.lock().unwrap_or_else(PoisonError::into_inner);
                    findings.push((at, Finding { url, wrong }));
                    if network || findings.len() >= FINDINGS_MOST {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
    findings.sort_by_key(|(at, _)| *at);
    Ok(findings.into_iter().map(|(_, finding)| finding).collect())
}

/// How many bytes [`check`] asks for.
pub fn volume(tree: &Tree) -> u64 {
    let files = tree.files.iter().filter(|file| file.link.is_none());
    files.map(|file| file.length.min(2 * SAMPLE)).fold(0, u64::saturating_add)
}

/// The parts of a file that are compared: never all of it, where it has more than one byte.
fn samples(length: u64) -> [Range<u64>; 2] {
    let head = (length / 2).min(SAMPLE);
    let tail = length.saturating_sub(head).min(SAMPLE);
    [0..head, length.saturating_sub(tail)..length]
}

fn compare(
    web: &Web,
    url: &str,
    tree: &Tree,
    file: &Found,
    advanced: impl Fn(u64),
) -> Result<(), Wrong> {
    let mut local = tree.open(file)?;
    for range in samples(file.length) {
        let part = web.part(url, range.clone())?;
        if let Some(there) = part.total.filter(|total| *total != file.length) {
            return Err(Wrong::Length { there, here: file.length });
        }
        let mut here = vec![0; part.bytes.len()];
        let read = local.seek(SeekFrom::Start(range.start));
        read.and_then(|_| local.read_exact(&mut here))
            .map_err(|source| store::Error { path: tree.locate(file), source })?;
        if part.bytes != here {
            return Err(Wrong::Differs(range));
        }
        advanced(part.bytes.len() as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_parts() {
        for (length, expected) in [
            (1, [0..0, 0..1]),
            (2, [0..1, 1..2]),
            (2047, [0..1023, 1023..2047]),
            (2048, [0..1024, 1024..2048]),
            (5000, [0..1024, 3976..5000]),
        ] {
            assert_eq!(samples(length), expected);
        }
    }
}
