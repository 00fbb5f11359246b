//! Messages as bytes to send.

use super::Message;
use crate::torrent::{BlockRequest, PieceIndex};
use bytes::{BufMut, BytesMut};

/// Appends the message's frame. A piece's data is copied; who would not have that sends
/// [`encode_piece_header`] and then the data.
pub fn encode(message: &Message, out: &mut BytesMut) {
    match message {
        Message::KeepAlive => out.put_u32(0),
        Message::Choke => plain(out, 0),
        Message::Unchoke => plain(out, 1),
        Message::Interested => plain(out, 2),
        Message::NotInterested => plain(out, 3),
        Message::Have(piece) => numbered(out, 4, *piece),
        Message::Bitfield(bits) => sized(out, 5, &[], bits),
        Message::Request(block) => block_named(out, 6, *block),
        Message::Piece { piece, begin, data } => {
            encode_piece_header(*piece, *begin, data.len(), out);
            out.put_slice(data);
        }
        Message::Cancel(block) => block_named(out, 8, *block),
        Message::Port(port) => {
            head(out, 9, 2);
            out.put_u16(*port);
        }
        Message::Suggest(piece) => numbered(out, 13, *piece),
        Message::HaveAll => plain(out, 14),
        Message::HaveNone => plain(out, 15),
        Message::Reject(block) => block_named(out, 16, *block),
        Message::AllowedFast(piece) => numbered(out, 17, *piece),
        Message::Extended { id, payload } => sized(out, 20, &[*id], payload),
        Message::Unknown(id) => plain(out, *id),
    }
}

/// Appends the 13 bytes that stand before a piece's data of `length` bytes.
pub fn encode_piece_header(piece: PieceIndex, begin: u32, length: usize, out: &mut BytesMut) {
    head(out, 7, length.saturating_add(8));
    out.put_u32(piece.0);
    out.put_u32(begin);
}

/// The length of what follows the length field, and the id; `payload` bytes come after.
fn head(out: &mut BytesMut, id: u8, payload: usize) {
    out.put_u32(u32::try_from(payload.saturating_add(1)).unwrap_or(u32::MAX));
    out.put_u8(id);
}

fn plain(out: &mut BytesMut, id: u8) {
    head(out, id, 0);
}

fn numbered(out: &mut BytesMut, id: u8, piece: PieceIndex) {
    head(out, id, 4);
    out.put_u32(piece.0);
}

fn block_named(out: &mut BytesMut, id: u8, block: BlockRequest) {
    head(out, id, 12);
    out.put_u32(block.piece.0);
    out.put_u32(block.begin);
    out.put_u32(block.length);
}

fn sized(out: &mut BytesMut, id: u8, first: &[u8], rest: &[u8]) {
    head(out, id, first.len().saturating_add(rest.len()));
    out.put_slice(first);
    out.put_slice(rest);
}
