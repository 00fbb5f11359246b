//! What is to be told of metainfo by whoever has made it, without reading it again where that would
//! only say what its maker knows.

use super::{MAX_ADDRESSES, MAX_FILES, MAX_METAINFO, MAX_PIECE_LENGTH, MAX_PIECES, Metainfo};
use super::{Warnings, files, info, names, tree};
use crate::torrent::{Builder, InfoHash, Magnet, Pieces};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::ops::Range;

/// Metainfo in short.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    /// The link to it, which has its hashes and its name.
    pub magnet: Magnet,
    /// Bytes in a piece.
    pub piece_length: u32,
    /// Pieces with a hash of their own.
    pub pieces: u32,
    /// Files, pads left out.
    pub files: usize,
    /// Bytes in all, pads left out.
    pub total_size: u64,
    /// As of [`Metainfo::warnings`].
    pub warnings: Vec<String>,
}

impl From<&Metainfo> for Made {
    fn from(metainfo: &Metainfo) -> Self {
        Self {
            magnet: Magnet::of(metainfo),
            piece_length: metainfo.piece_length,
            pieces: metainfo.pieces.map_or(0, Pieces::count),
            files: metainfo.layout.real().count(),
            total_size: metainfo.total_size(),
            warnings: metainfo.warnings.clone(),
        }
    }
}

impl Made {
    /// Of what [`Builder::build_with_info`] has made: what reading it would tell. `None` where only
    /// that can tell: where it might be refused, and where files are more than names and lengths.
    pub fn of(builder: &Builder<'_>, bytes: &[u8], info: Range<usize>) -> Option<Self> {
        let &Builder { version, layout, piece_length, name, .. } = builder;
        let info = bytes.get(info)?;
        if bytes.len() > MAX_METAINFO || !builder.extras.is_empty() || !addresses_are_plain(builder)
        {
            return None;
        }
        if layout.is_empty() || layout.len() > MAX_FILES {
            return None;
        }
        let look = names::distinct(layout).ok()?;
        let paths = layout.real().map(|(_, file)| file.path.as_joined().len());
        if paths.fold(0, usize::saturating_add) > files::MANY_NAMES {
            return None;
        }
        let fits = match version.has_v2() {
            true => tree::check_piece_length(piece_length).is_ok(),
            false => piece_length > 0,
        };
        let pieces = Pieces::new(layout.total(), piece_length);
        let count = pieces.map_or(0, Pieces::count);
        let hashed = |hashes: usize, is: bool| !is || hashes == count as usize;
        let complete = hashed(builder.hashes.len(), version.has_v1())
            && hashed(builder.roots.len(), version.has_v2());
        if !fits
            || !complete
            || piece_length > MAX_PIECE_LENGTH
            || count > MAX_PIECES
            || pieces.is_none() && layout.total() > 0
        {
            return None;
        }
        let mut warnings = Warnings::default();
        info::warn_of_piece_length(piece_length, &mut warnings);
        names::warn(layout, look, &mut warnings);
        if builder.private && builder.trackers.is_empty() {
            warnings.add(super::PRIVATE_WITHOUT_TRACKER);
        }
        let real = layout.real().map(|(_, file)| file.length);
        let magnet = Magnet {
            v1: version.has_v1().then(|| InfoHash(Sha1::digest(info).into())),
            v2: version.has_v2().then(|| Sha256::digest(info).into()),
            name: Some(String::from_utf8_lossy(name).into_owned()),
            length: None,
            trackers: builder.trackers.concat(),
            web_seeds: builder.web_seeds.to_vec(),
            peers: Vec::new(),
            select: Vec::new(),
        };
        Some(Self {
            magnet,
            piece_length,
            pieces: count,
            files: layout.real().count(),
            total_size: real.fold(0, u64::saturating_add),
            warnings: warnings.lines(),
        })
    }
}

/// Whether all addresses and the date would be read as they were written.
fn addresses_are_plain(builder: &Builder<'_>) -> bool {
    let plain = |url: &String| {
        !url.is_empty() && url.trim().len() == url.len() && !url.contains(char::is_control)
    };
    let lists = [builder.web_seeds, builder.http_seeds];
    let tiers = builder.trackers.iter().map(Vec::as_slice);
    let trackers = tiers.clone().fold(0_usize, |sum, tier| sum.saturating_add(tier.len()));
    trackers <= MAX_ADDRESSES
        && tiers.clone().all(|tier| !tier.is_empty())
        && lists.iter().all(|list| list.len() <= MAX_ADDRESSES)
        && lists.into_iter().chain(tiers).flatten().all(plain)
        && builder.nodes.len() <= MAX_ADDRESSES
        && builder.nodes.iter().all(|(host, port)| !host.is_empty() && *port > 0)
        && builder.creation_date.is_none_or(|date| date >= 0)
}
