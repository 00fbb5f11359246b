//! Why a request is not answered, in words that a client shows to its user.

use crate::tracker::announce::Retry;
use crate::tracker::tally::Outcome;
use std::net::SocketAddr;
use std::time::Duration;

/// After what will hardly change before.
const HOUR: Retry = Retry::After(Duration::from_secs(60 * 60));
/// Less than this is not worth telling: BEP 31 counts minutes.
const MINUTE: Duration = Duration::from_secs(60);

/// Why a request is not answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// In words that the client shows to its user (BEP 3, 31).
    Said {
        /// `failure reason`.
        reason: &'static str,
        /// When to ask again.
        retry: Option<Retry>,
        /// As what it is counted.
        outcome: Outcome,
    },
    /// The asker must first be seen to listen here (`--nat-check`): to be called, and then
    /// [`Service::reached`](super::Service::reached) told what came of it. Never over UDP.
    CallFirst(SocketAddr),
    /// Not worth a packet: the asker is over its rate, and over UDP it is dropped without a word.
    Dropped,
}

impl Refusal {
    /// As what it is counted.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Said { outcome, .. } => *outcome,
            Self::CallFirst(_) => Outcome::Unreachable,
            Self::Dropped => Outcome::TooFast,
        }
    }

    pub(super) fn not_served() -> Self {
        let (retry, outcome) = (Some(HOUR), Outcome::NotServed);
        Self::Said { reason: "torrent is not served here", retry, outcome }
    }

    pub(super) fn no_key() -> Self {
        let (retry, outcome) = (Some(HOUR), Outcome::NoKey);
        Self::Said { reason: "this tracker is private: the URL needs a key", retry, outcome }
    }

    /// BEP 41 has a URL in announces alone.
    pub(super) fn no_key_in_scrapes() -> Self {
        let (retry, outcome) = (Some(HOUR), Outcome::NoKey);
        Self::Said { reason: "this tracker is private: scrape by HTTP with a key", retry, outcome }
    }

    pub(super) fn bad_key() -> Self {
        let (retry, outcome) = (Some(HOUR), Outcome::NoKey);
        Self::Said { reason: "the key in the URL is unknown or has expired", retry, outcome }
    }

    /// The asker is over its rate, for so long.
    pub fn too_fast(wait: Duration) -> Self {
        let retry = Some(Retry::After(wait.max(MINUTE)));
        let outcome = Outcome::TooFast;
        Self::Said { reason: "too many requests from your address", retry, outcome }
    }

    pub(super) fn too_many(interval: Duration) -> Self {
        let (retry, outcome) = (Some(Retry::After(interval)), Outcome::TooMany);
        Self::Said { reason: "too many torrents or peers at your address", retry, outcome }
    }

    /// The peer id is that of another connection.
    pub(super) fn id_held() -> Self {
        let (retry, outcome) = (Some(Retry::After(MINUTE)), Outcome::TooMany);
        Self::Said { reason: "this peer id is that of another connection", retry, outcome }
    }

    /// Nobody is told of all torrents.
    pub(super) fn no_scrape_of_all() -> Self {
        let (retry, outcome) = (Some(Retry::Never), Outcome::NotServed);
        Self::Said { reason: "a scrape must name its torrents", retry, outcome }
    }

    /// The asker does not take calls.
    pub(super) fn unreachable() -> Self {
        let retry = Some(Retry::After(super::listening::SILENT));
        let outcome = Outcome::Unreachable;
        Self::Said { reason: "your port cannot be reached from the tracker", retry, outcome }
    }

    /// The asker was to be called, and more than can be are.
    pub fn busy() -> Self {
        let (retry, outcome) = (Some(Retry::After(MINUTE)), Outcome::Unreachable);
        Self::Said { reason: "too many peers are being called back", retry, outcome }
    }
}
