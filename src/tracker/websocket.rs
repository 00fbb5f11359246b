//! Trackers for browsers (WebTorrent), without I/O: what is said over a WebSocket, who is in the
//! swarms, whom an offer goes to.
//!
//! A browser cannot be called, so its peers have no address: they send offers of WebRTC along with
//! their announces, the tracker hands each to another peer of the swarm, drawn at random, and hands
//! the answer back. So a peer is its connection, and gone with it.
//!
//! A connection speaks for the ids that it announced, and an id of a swarm is that of who announced
//! it first, as long as that connection lives. What was answered goes to the connection that
//! offered, and only from one that had the offer: so nobody can take over, or be sent to, a peer that
//! is another's.

mod browsers;
mod guest;
mod id;
mod message;
mod probe;
mod reply;

pub use self::browsers::{Browsers, Link};
pub use self::guest::Guest;
pub use self::message::MESSAGE_MOST;
pub use self::probe::{announce, judge_announce, judge_scrape, scrape};

pub(super) use self::browsers::{Held, Joining, Listing, Member, PEER_BYTES, TORRENT_BYTES};
pub(super) use self::message::{Answer, Garbled, Message, Offer};
pub(super) use self::reply::{counted, failure, scraped};

use crate::torrent::{InfoHash, PeerId};
use std::sync::Arc;
use std::time::Duration;

/// How browsers are served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// What they are told to wait between announces. With each come new offers, so it is short.
    pub interval: Duration,
    /// Torrents that a scrape of all tells of; 0: it is refused.
    pub scrape_all: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { interval: Duration::from_secs(120), scrape_all: 1000 }
    }
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Tell this to who spoke.
    Say(String),
    /// The same with what others are told too.
    Tell(Arc<str>),
    /// Bring this to another connection.
    Send(Parcel),
    /// See whether this connection lives: somebody else says to be who is there.
    Probe(Link),
}

/// What one connection says to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parcel {
    /// Whose it is to be.
    pub to: Link,
    /// What is to be said there, once [`Guest::take`] has seen the parcel.
    pub text: String,
    kind: Kind,
    info_hash: InfoHash,
    /// Which of the connection's peers it is for.
    for_id: PeerId,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// To be answered to there.
    Offer(Return),
    Answer,
}

/// Where an answer to an offer goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Return {
    offer: OfferId,
    from: Sender,
}

/// Who offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sender {
    pub(super) id: PeerId,
    pub(super) link: Link,
    /// What the connection comes from, of which one party may have all.
    pub(super) network: u64,
}

/// By which the one who offered knows the answer.
type OfferId = [u8; 20];

#[cfg(test)]
mod tests;
