//! Metainfo, the content of a `.torrent` file: the one gate through which hostile metainfo comes.

use super::{InfoHash, Layout, Pieces};
use bytes::Bytes;

/// Checked metainfo. Whoever holds one need not check names, lengths or counts again.
#[derive(Clone, Debug)]
pub struct Metainfo {
    /// The bytes of `info` as found.
    pub info: Bytes,
    /// SHA-1 of `info`; `None` for v2 only.
    pub v1: Option<InfoHash>,
    /// SHA-256 of `info` (BEP 52); `None` for v1 only.
    pub v2: Option<[u8; 32]>,
    /// The name of the file, or of the folder; safe as a path component.
    pub name: Box<[u8]>,
    /// Whether `name` is a folder that holds the files.
    pub folder: bool,
    /// The files and where their bytes lie.
    pub layout: Layout,
    /// How the bytes divide into pieces; `None` where there are no bytes.
    pub pieces: Option<Pieces>,
    /// The piece hashes end to end, 20 bytes each; empty for v2 only.
    pub hashes: Bytes,
    /// The tiers of trackers (BEP 12), `announce` where there is no `announce-list`.
    pub trackers: Vec<Vec<String>>,
    /// Only peers of its own trackers (BEP 27).
    pub private: bool,
}
