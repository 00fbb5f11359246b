//! The tracker, seen from both sides, without I/O: one announce model for client and server, the
//! HTTP and UDP codecs, the [`Swarms`](swarms::Swarms) of a server, the [`Schedule`] of a client's tiers.

pub mod access;
pub mod announce;
pub mod catalog;
pub mod census;
pub mod changes;
pub mod current;
pub mod dfile;
mod document;
pub mod drawn;
pub mod feed;
pub mod handover;
pub mod http;
pub mod keys;
pub mod limits;
pub mod metrics;
pub mod page;
pub mod proxies;
pub mod reach;
mod registry;
mod schedule;
pub mod service;
pub mod stats;
pub mod swarms;
pub mod tally;
pub mod udp;
pub mod websocket;

pub use document::{Document, Error as DocumentError};
pub use registry::Config;
pub use schedule::{Order, Schedule};
