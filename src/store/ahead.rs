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
const STEP: u64 = 1 << 20;

/// These bytes will be read soon. Does not wait for them; where the system does not want to know, that
/// is no error.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) fn tell(file: &File, offset: u64, length: u64) {
    use rustix::fs::{Advice, fadvise};
    use std::num::NonZero;
    if reads_far_ahead(file) {
        return;
    }
    let end = offset.saturating_add(length);
    let mut at = offset;
    while let Some(left) = NonZero::new((end - at).min(STEP)) {
        if !is_there(file, at) && fadvise(file, at, Some(left), Advice::WillNeed).is_err() {
            return;
        }
        at += left.get();
    }
}

/// Where the system itself reads so far ahead, in KiB, it is better left alone: it takes memory in
/// larger units than for what it is told of.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FAR: u64 = 512;

/// Whether the system reads ahead far enough by itself on the file's device. Asked once for each
/// thread and device.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn reads_far_ahead(file: &File) -> bool {
    use std::cell::Cell;
    use std::os::unix::fs::MetadataExt;
    thread_local!(static LAST: Cell<Option<(u64, bool)>> = const { Cell::new(None) });
    let Ok(device) = file.metadata().map(|metadata| metadata.dev()) else { return true };
    if let Some((last, far)) = LAST.get()
        && last == device
    {
        return far;
    }
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let setting = format!("/sys/class/bdi/{major}:{minor}/read_ahead_kb");
    let setting = std::fs::read_to_string(setting).ok();
    let far = setting.and_then(|kib| kib.trim().parse().ok()).is_some_and(|kib: u64| kib >= FAR);
    LAST.set(Some((device, far)));
    far
}

/// Nobody can say.
#[cfg(target_os = "freebsd")]
fn reads_far_ahead(_: &File) -> bool {
    false
}

/// Whether the byte is in memory already, and with it likely what follows: to tell of what is there
/// costs a look at every page, this one call.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_there(file: &File, at: u64) -> bool {
    use rustix::io::{ReadWriteFlags, preadv2};
    let mut byte = [0];
    let mut parts = [std::io::IoSliceMut::new(&mut byte)];
    preadv2(file, &mut parts, at, ReadWriteFlags::NOWAIT).is_ok()
}

/// Nobody can say.
#[cfg(target_os = "freebsd")]
fn is_there(_: &File, _: u64) -> bool {
    false
}

/// These bytes will be read soon: nobody to tell.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) fn tell(_: &File, _: u64, _: u64) {}
