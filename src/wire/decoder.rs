//! Frames out of a stream, however it was cut.
//!
//! The driver reads into a buffer of its own and the decoder takes whole frames off the front;
//! payloads stay where they were received. A length is judged by the message's id before one byte
//! of the payload is waited for.

use super::{MAX_BLOCK, Message};
use crate::torrent::{BlockRequest, PieceIndex};
use bytes::{Buf, BytesMut};

/// A frame of an id that we do not know may be this long; it is skipped as it comes.
const MAX_UNKNOWN: u32 = 1 << 23;

/// The payload of an extended message: four times what carries a piece of metadata. What is not
/// whole yet is kept for each connection, so a larger cap would be for strangers to fill.
const MAX_EXTENDED: u32 = 1 << 16;

/// Bytes that are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// Longer than a message of this id may be.
    #[error("a message {id} of {length} bytes is too long")]
    TooLong {
        /// The message's id.
        id: u8,
        /// Of the frame, id included.
        length: u32,
    },
    /// Shorter or longer than a message of this id is.
    #[error("a message {id} of {length} bytes has the wrong length")]
    WrongLength {
        /// The message's id.
        id: u8,
        /// Of the frame, id included.
        length: u32,
    },
}

/// Takes messages off the front of a buffer. One for each connection.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// `None`: how long one is right is not known, so it is skipped.
    max_bitfield: Option<u32>,
    /// Bytes of an unknown message that are still to be thrown away.
    skip: usize,
}

/// For a torrent whose number of pieces is not known yet: bitfields are skipped.
impl Default for Decoder {
    fn default() -> Self {
        Self { max_bitfield: None, skip: 0 }
    }
}

impl Decoder {
    /// For a torrent of so many pieces: a longer bitfield is an error at its length.
    pub fn new(pieces: u32) -> Self {
        Self { max_bitfield: Some(pieces.div_ceil(8)), skip: 0 }
    }

    /// The next message, taken off the front of the buffer; `None` where it is not whole yet.
    ///
    /// # Errors
    /// The stream is of no further use after one.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Message>, Error> {
        let gone = self.skip.min(buffer.len());
        buffer.advance(gone);
        self.skip -= gone;
        if self.skip > 0 {
            return Ok(None);
        }
        let Some(frame) = Frame::peek(buffer) else { return Ok(None) };
        let Frame { length, id: Some(id) } = frame else {
            buffer.advance(4);
            return Ok(Some(Message::KeepAlive));
        };
        match self.judge(id, length)? {
            Form::Known => {}
            Form::Unknown => {
                buffer.advance(5);
                self.skip = length as usize - 1;
                let gone = self.skip.min(buffer.len());
                buffer.advance(gone);
                self.skip -= gone;
                return Ok(Some(Message::Unknown(id)));
            }
        }
        if buffer.len() < frame.size() {
            return Ok(None);
        }
        let mut body = buffer.split_to(frame.size());
        body.advance(5);
        message(id, body).map(Some).ok_or(Error::WrongLength { id, length })
    }

    /// How many more bytes the buffer needs before [`Decoder::next`] gives something: what the
    /// driver should make room for. At least 1 after a `None`.
    pub fn missing(&self, buffer: &BytesMut) -> usize {
        if self.skip > 0 {
            return 1;
        }
        match Frame::peek(buffer) {
            Some(frame) => frame.size().saturating_sub(buffer.len()),
            None => 5usize.saturating_sub(buffer.len()),
        }
    }

    fn judge(&self, id: u8, length: u32) -> Result<Form, Error> {
        let payload = length - 1;
        let (least, most) = match id {
            0..=3 | 14 | 15 => (0, 0),
            4 | 13 | 17 => (4, 4),
            5 if let Some(most) = self.max_bitfield => (0, most),
            6 | 8 | 16 => (12, 12),
            7 => (8, 8 + MAX_BLOCK),
            9 => (2, 2),
            20 => (1, 1 + MAX_EXTENDED),
            _ if length > MAX_UNKNOWN => return Err(Error::TooLong { id, length }),
            _ => return Ok(Form::Unknown),
        };
        match payload {
            _ if payload < least || (payload > most && least == most) => {
                Err(Error::WrongLength { id, length })
            }
            _ if payload > most => Err(Error::TooLong { id, length }),
            _ => Ok(Form::Known),
        }
    }
}

/// What to do with a payload of an admissible length.
enum Form {
    Known,
    Unknown,
}

/// The front of a frame: the length field and, where that is not 0, the id.
struct Frame {
    length: u32,
    id: Option<u8>,
}

impl Frame {
    fn peek(buffer: &BytesMut) -> Option<Self> {
        let (length, rest) = buffer.split_first_chunk::<4>()?;
        match u32::from_be_bytes(*length) {
            0 => Some(Self { length: 0, id: None }),
            length => Some(Self { length, id: Some(*rest.first()?) }),
        }
    }

    /// Bytes in all.
    fn size(&self) -> usize {
        (self.length as usize).saturating_add(4)
    }
}

/// The message of a body whose length was judged.
fn message(id: u8, mut body: BytesMut) -> Option<Message> {
    Some(match id {
        0 => Message::Choke,
        1 => Message::Unchoke,
        2 => Message::Interested,
        3 => Message::NotInterested,
        4 => Message::Have(piece(&mut body)?),
        5 => Message::Bitfield(body.freeze()),
        6 => Message::Request(block(&mut body)?),
        7 => {
            let piece = piece(&mut body)?;
            let begin = body.try_get_u32().ok()?;
            Message::Piece { piece, begin, data: body.freeze() }
        }
        8 => Message::Cancel(block(&mut body)?),
        9 => Message::Port(body.try_get_u16().ok()?),
        13 => Message::Suggest(piece(&mut body)?),
        14 => Message::HaveAll,
        15 => Message::HaveNone,
        16 => Message::Reject(block(&mut body)?),
        17 => Message::AllowedFast(piece(&mut body)?),
        20 => Message::Extended { id: body.try_get_u8().ok()?, payload: body.freeze() },
        _ => return None,
    })
}

fn piece(body: &mut BytesMut) -> Option<PieceIndex> {
    body.try_get_u32().ok().map(PieceIndex)
}

fn block(body: &mut BytesMut) -> Option<BlockRequest> {
    let piece = piece(body)?;
    let begin = body.try_get_u32().ok()?;
    let length = body.try_get_u32().ok()?;
    Some(BlockRequest { piece, begin, length })
}

#[cfg(test)]
mod tests;
