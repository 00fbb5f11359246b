//! The library behind the `bt` command: a BitTorrent toolkit for the shell.
//!
//! A folder is a layer, and a module imports only layers below its own; `ARCHITECTURE.md` has the
//! picture and `tests/layers.rs` holds the code to it. From the bottom up:

pub mod hash;

pub mod bencode;
pub mod torrent;

pub mod store;

pub mod wire;

pub mod tracker;

pub mod swarm;

pub mod net;

pub mod cli;

pub mod commands;

pub use commands::run;
