//! Announces and scrapes over HTTP, both ways, as bytes (BEP 3, 7, 23, 24, 31, 48).
//!
//! What comes in is hostile on either side: a query is at most as long as the server allows, an
//! answer as long as the client allows, and neither makes more than it is long.
#![deny(clippy::indexing_slicing)]

mod answer;
pub mod head;
mod request;
mod scrape;

pub(crate) use answer::put_number;
pub use answer::{
    Counts, PEERS_MOST, decode, decode_scrape, write_answer, write_failure, write_scrape,
};
pub(in crate::tracker) use answer::{unpack_v4, unpack_v6, words};
pub use request::{Garbled, announce_url, parse_announce, parse_scrape};
pub use scrape::scrape_url;
