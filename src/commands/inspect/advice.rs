//! What a torrent may have, but its publisher seldom meant.

use crate::cli::units::show_size;
use crate::torrent::Metainfo;

/// A line for each thing.
pub(super) fn advice(metainfo: &Metainfo) -> Vec<String> {
    let length = metainfo.piece_length;
    let mut lines = Vec::new();
    if metainfo.pieces.is_some() {
        let shown = show_size(length.into());
        if !length.is_power_of_two() {
            lines.push(format!("piece length: {length} is no power of two"));
        } else if length < 16 << 10 {
            lines.push(format!("piece length: {shown} is less than a block, 16 KiB"));
        } else if length > 16 << 20 {
            lines.push(format!("piece length: {shown}, more than common clients take"));
        }
    }
    if metainfo.trackers.is_empty() && metainfo.nodes.is_empty() && !metainfo.private {
        lines.push("no trackers: peers are found through the DHT alone".into());
    }
    lines
}
