//! Metadata that is being put together from its pieces (BEP 9).

#![deny(clippy::indexing_slicing)]

use crate::swarm::PeerKey;
use crate::torrent::InfoHash;
use crate::wire::METADATA_PIECE;
use bytes::{Bytes, BytesMut};
use sha1::{Digest, Sha1};
use std::net::SocketAddr;
use std::time::Instant;

/// The longest metadata that is collected, in bytes; nothing is held for a peer that names more.
pub(super) const MAX_METADATA: u64 = 30 << 20;

/// The pieces of one attempt. Memory is taken as they come, not when a peer names a size.
#[derive(Debug)]
pub(super) struct Assembly {
    /// Bytes in all, as the peers say who give the pieces; from 1 to [`MAX_METADATA`].
    pub(super) size: u32,
    /// When the attempt began.
    pub(super) began: Instant,
    pieces: Vec<Option<Bytes>>,
    missing: usize,
    /// Who gave any of it; each peer once.
    givers: Vec<(PeerKey, SocketAddr)>,
}

impl Assembly {
    pub(super) fn new(size: u32, began: Instant) -> Self {
        let count = size.div_ceil(METADATA_PIECE) as usize;
        Self { size, began, pieces: vec![None; count], missing: count, givers: vec![] }
    }

    /// The length of a piece, in bytes; 0 beyond the last.
    pub(super) fn length(&self, piece: u32) -> usize {
        let begin = u64::from(piece) * u64::from(METADATA_PIECE);
        let left = u64::from(self.size).saturating_sub(begin);
        left.min(u64::from(METADATA_PIECE)) as usize
    }

    /// The pieces that have not come, in order.
    pub(super) fn missing(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.pieces).filter(|(_, held)| held.is_none()).map(|(piece, _)| piece)
    }

    /// Takes a piece of the right length; the first one that comes counts.
    pub(super) fn put(&mut self, piece: u32, data: &[u8], from: (PeerKey, SocketAddr)) {
        if let Some(place) = self.pieces.get_mut(piece as usize).filter(|place| place.is_none()) {
            // A slice would hold the whole buffer that it was received in.
            *place = Some(Bytes::copy_from_slice(data));
            self.missing -= 1;
            if !self.givers.contains(&from) {
                self.givers.push(from);
            }
        }
    }

    /// Whether no piece is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.missing == 0
    }

    /// All of it, where it has this hash; else who gave it.
    pub(super) fn judge(self, hash: InfoHash) -> Result<Bytes, Vec<(PeerKey, SocketAddr)>> {
        let mut digest = Sha1::new();
        self.pieces.iter().flatten().for_each(|piece| digest.update(piece));
        if <[u8; 20]>::from(digest.finalize()) != hash.0 {
            return Err(self.givers);
        }
        let mut whole = BytesMut::with_capacity(self.size as usize);
        self.pieces.into_iter().flatten().for_each(|piece| whole.extend_from_slice(&piece));
        Ok(whole.freeze())
    }
}
