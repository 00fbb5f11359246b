//! The messages of the peer protocol.

use crate::torrent::{BlockRequest, PieceIndex};
use bytes::Bytes;

/// One message between peers. Payloads are slices of the buffer that they were received in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// No id, length 0.
    KeepAlive,
    /// 0
    Choke,
    /// 1
    Unchoke,
    /// 2
    Interested,
    /// 3
    NotInterested,
    /// 4
    Have(PieceIndex),
    /// 5: the bytes, not yet judged against the number of pieces.
    Bitfield(Bytes),
    /// 6
    Request(BlockRequest),
    /// 7
    Piece {
        /// The piece.
        piece: PieceIndex,
        /// Bytes from the piece's start.
        begin: u32,
        /// The block.
        data: Bytes,
    },
    /// 8
    Cancel(BlockRequest),
    /// 9: the peer's DHT port (BEP 5).
    Port(u16),
    /// 13 (BEP 6)
    Suggest(PieceIndex),
    /// 14 (BEP 6)
    HaveAll,
    /// 15 (BEP 6)
    HaveNone,
    /// 16 (BEP 6)
    Reject(BlockRequest),
    /// 17 (BEP 6)
    AllowedFast(PieceIndex),
    /// 20 (BEP 10): the extended id, 0 for the handshake, and what follows it.
    Extended {
        /// The receiver's number for the extension.
        id: u8,
        /// The payload.
        payload: Bytes,
    },
    /// An id that we do not know, or cannot judge yet; its payload was skipped.
    Unknown(u8),
}
