//! Names that nobody means to publish.

/// Names that are left out at any depth, whatever they are, unless they are asked for.
pub const LEFT_OUT: [&str; 2] = ["CVS", "core"];

/// What systems and their file managers put into folders unasked, in lower case. Their contents
/// change when a folder is merely looked at, which would damage the pieces of their neighbours.
const JUNK: [&str; 18] = [
    "$recycle.bin",
    ".apdisk",
    ".appledouble",
    ".directory",
    ".documentrevisions-v100",
    ".ds_store",
    ".fseventsd",
    ".lsoverride",
    ".spotlight-v100",
    ".temporaryitems",
    ".trashes",
    "@eadir",
    "desktop.ini",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "lost+found",
    "system volume information",
    "thumbs.db",
];

/// The beginnings of such names: AppleDouble twins, removed files that are still open over NFS,
/// the wastebaskets of mounted disks.
const JUNK_BEGINNINGS: [&[u8]; 3] = [b"._", b".nfs0", b".Trash-"];

/// Whether the name is [`JUNK`].
pub(super) fn is_junk(name: &[u8]) -> bool {
    JUNK.iter().any(|junk| name.eq_ignore_ascii_case(junk.as_bytes()))
        || JUNK_BEGINNINGS.iter().any(|start| name.starts_with(start))
}
