//! The kinds of requests that are told apart, and how the metrics name them.

use crate::tracker::service::Front;
use crate::tracker::udp::Family;

/// What was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// A UDP connection id, or a connection's handshake over WebSocket.
    Connect,
    /// BEP 3.
    Announce,
    /// BEP 48.
    Scrape,
    /// The index, the statistics, a torrent, the feed.
    Page,
    /// Nothing that there is, or nothing that could be read.
    Other,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It got what it asked for.
    Answered,
    /// It could not be read: 400 over HTTP, nothing over UDP.
    Garbled,
    /// Its UDP connection id is not one of this tracker, or too old.
    Stale,
    /// The torrent is not on the list, or on the other one.
    NotServed,
    /// It has no key, or none that is good.
    NoKey,
    /// The asker is over its rate.
    TooFast,
    /// The asker is over its torrents or peers.
    TooMany,
    /// The asker could not be called back.
    Unreachable,
    /// There is no such page, or not by this method.
    NotFound,
    /// It took too long to ask.
    TooSlow,
    /// Its head or its target was too long.
    TooLarge,
    /// It did not take its answer.
    Unread,
    /// It was held, and ended to make room for another.
    Evicted,
    /// Its TLS handshake failed.
    BadHandshake,
    /// What a proxy should have said before it was something else.
    BadPreface,
    /// Something failed on this side.
    Failed,
}

/// Each front that is counted.
pub const FRONTS: [Front; 3] = [Front::Http, Front::Udp, Front::WebSocket];
/// Each family.
pub const FAMILIES: [Family; 2] = [Family::V4, Family::V6];
/// Each action.
pub const ACTIONS: [Action; 5] =
    [Action::Connect, Action::Announce, Action::Scrape, Action::Page, Action::Other];
/// Each outcome.
pub const OUTCOMES: [Outcome; 16] = [
    Outcome::Answered,
    Outcome::Garbled,
    Outcome::Stale,
    Outcome::NotServed,
    Outcome::NoKey,
    Outcome::TooFast,
    Outcome::TooMany,
    Outcome::Unreachable,
    Outcome::NotFound,
    Outcome::TooSlow,
    Outcome::TooLarge,
    Outcome::Unread,
    Outcome::Evicted,
    Outcome::BadHandshake,
    Outcome::BadPreface,
    Outcome::Failed,
];

impl Front {
    /// As the metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Udp => "udp",
            Self::WebSocket => "websocket",
        }
    }
}

impl Family {
    /// As the metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "ipv4",
            Self::V6 => "ipv6",
        }
    }
}

impl Action {
    /// As the metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Announce => "announce",
            Self::Scrape => "scrape",
            Self::Page => "page",
            Self::Other => "other",
        }
    }
}

impl Outcome {
    /// As the metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Garbled => "garbled",
            Self::Stale => "stale_connection",
            Self::NotServed => "not_served",
            Self::NoKey => "no_key",
            Self::TooFast => "too_fast",
            Self::TooMany => "too_many",
            Self::Unreachable => "unreachable",
            Self::NotFound => "not_found",
            Self::TooSlow => "too_slow",
            Self::TooLarge => "too_large",
            Self::Unread => "unread",
            Self::Evicted => "evicted",
            Self::BadHandshake => "bad_handshake",
            Self::BadPreface => "bad_proxy_header",
            Self::Failed => "failed",
        }
    }
}
