//! What a torrent is: its names, its numbers, its metainfo and the places of its bytes.

pub mod announce_url;
mod bitfield;
pub mod builder;
pub mod edit;
mod files;
mod id;
pub mod magnet;
pub mod merkle;
pub mod metainfo;
pub mod name;
mod path;
mod piece;
pub mod signature;
pub mod web_seed;

pub use bitfield::Bitfield;
pub use builder::{Builder, Version};
pub use files::{Attributes, File, Layout, LayoutBuilder, Span, Unfit};
pub use id::{InfoHash, NotInfoHash, PeerId};
pub use magnet::Magnet;
pub use metainfo::Metainfo;
pub use path::{Components, FilePath, FilePathBuf};
pub use piece::{BLOCK, BlockRequest, PieceIndex, Pieces};
