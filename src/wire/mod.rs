//! The peer protocol's bytes (BEP 3, 6, 10): handshakes, messages, and a decoder that does not
//! care how the stream was cut; and the same of WebSocket, over which browsers speak to trackers.
//!
//! Everything here reads what strangers send: lengths are judged before anything is kept, and
//! nothing indexes or panics.

#![deny(clippy::indexing_slicing)]

mod base64;
mod decoder;
mod encode;
mod extension;
mod handshake;
mod message;
pub mod websocket;

pub use base64::base64;
pub use decoder::{Decoder, Error};
pub use encode::{encode, encode_piece_header};
pub use extension::{ExtensionHandshake, Garbled, METADATA_PIECE, MetadataMessage};
pub use handshake::{Handshake, HandshakeError};
pub use message::Message;

/// The longest block that a peer may ask for or send, in bytes; common practice beyond BEP 3.
pub const MAX_BLOCK: u32 = 128 * 1024;
