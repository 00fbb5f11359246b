//! What a torrent is: its names, its numbers, its metainfo and the places of its bytes.

mod bitfield;
mod files;
mod id;
mod metainfo;
mod piece;

pub use bitfield::Bitfield;
pub use files::{File, Layout, Span};
pub use id::{InfoHash, PeerId};
pub use metainfo::Metainfo;
pub use piece::{BLOCK, BlockRequest, PieceIndex, Pieces};
