//! Telling the system what will be read, so that it is there when it is.
//!
//! Pieces that are hashed side by side are read a chunk here and a chunk there, which its own
//! guesses do not see through.

use std::fs::File;

/// Less of a file is read in one or two calls: not worth a word.
pub(super) const WORTH: u64 = 256 << 10;

/// Bytes that are told at once: of more than a device takes in one request, the system drops the
/// rest.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const STEP: u64 = 512 << 10;

/// These bytes will be read soon. Does not wait for them; where the system does not want to know, that
/// is no error.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) fn tell(file: &File, offset: u64, length: u64) {
    use rustix::fs::{Advice, fadvise};
    use std::num::NonZero;
    let end = offset.saturating_add(length);
    let mut at = offset;
    while let Some(left) = NonZero::new((end - at).min(STEP)) {
        if fadvise(file, at, Some(left), Advice::WillNeed).is_err() {
            return;
        }
        at += left.get();
    }
}

/// These bytes will be read soon: nobody to tell.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) fn tell(_: &File, _: u64, _: u64) {}
