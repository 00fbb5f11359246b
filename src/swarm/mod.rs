//! One torrent's life without I/O: `handle(now, input)` in, actions out.
//!
//! Time, randomness and bytes come in as arguments; sockets, files and timers are the business of
//! `net`. One owner holds a [`Torrent`], so nothing here locks or waits.

mod addresses;
mod api;
mod choker;
mod download;
mod fast;
mod limit;
mod metadata;
mod peer;
mod picker;
mod rarity;
mod rate;
mod session;
mod torrent;
mod upload;

pub use api::{Action, Config, Event, Input, PeerKey, Progress, Trouble};
pub use metadata::{Metadata, MetadataConfig};
pub use torrent::Torrent;
