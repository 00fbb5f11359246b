//! What a tracker does with a request, whichever way it came: the policy in front of the
//! [`Swarms`]. Shared by all workers; time and randomness are arguments.
//!
//! An announce costs what was asked for: where no list, no key and no limit is set, it passes by
//! them, and what is set takes no lock that workers meet at and allocates nothing.

mod browsers;
mod calls;
mod listening;
mod refusal;

pub use self::refusal::Refusal;

use self::listening::{Known, Listening};
use super::access::Access;
use super::announce::{Announce, Event};
use super::changes::Change;
use super::current::Current;
use super::drawn::Drawn;
use super::http::Counts;
use super::keys::{Keys, Total, Totals};
use super::limits::{self, Limits, TooMany};
use super::proxies::Proxies;
use super::reach::{External, Reach, tellable};
use super::swarms::{Ask, Families, Swarms};
use super::tally::Tallies;
use super::websocket::{self, Browsers};
use crate::torrent::InfoHash;
use rand::Rng;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Names of keys in the metrics.
const KEY_NAMES_MOST: usize = 1000;

/// The way a request came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Front {
    /// BEP 3 and 48, in the clear or by TLS.
    Http,
    /// BEP 15.
    Udp,
    /// A browser's (WebTorrent).
    WebSocket,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Asker<'a> {
    /// The address it has beyond all proxies that are trusted; never one mapped from IPv4.
    pub ip: IpAddr,
    /// The way it came.
    pub front: Front,
    /// The passkey of its URL, as it stood there: `/KEY/announce`.
    pub key: Option<&'a [u8]>,
}

/// Without the key, as it may land in a log.
impl std::fmt::Debug for Asker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ip, front, .. } = self;
        f.debug_struct("Asker").field("ip", ip).field("front", front).finish_non_exhaustive()
    }
}

/// What goes with the peers of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Until the next announce.
    pub interval: Duration,
    /// The least time between announces.
    pub min_interval: Option<Duration>,
    /// The address as which the asker is told of to others (BEP 24), where that is a public one: any
    /// other tells the asker nothing of how the world sees it.
    pub external_ip: Option<IpAddr>,
}

/// Whose `ip=` counts. Besides, a private asker that is no trusted proxy may always name a private
/// address: both are of the operator's own network, and lead nowhere else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Naming {
    /// That of the trusted proxies, which announce for others. Behind one that tells of no client
    /// anybody may be: it counts only where the operator knows that there is nobody.
    pub proxies: bool,
    /// That of everybody else on a private or loopback address.
    pub private: bool,
}

/// What stands in front of the swarms.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    /// Who may speak for others.
    pub proxies: Proxies,
    /// Whose `ip=` counts.
    pub naming: Naming,
    /// The tracker's own network, seen from outside.
    pub external: External,
    /// What one address may ask for.
    pub limits: limits::Config,
    /// The least time between announces, where it is told.
    pub min_interval: Option<Duration>,
    /// By how many hundredths the interval is longer or shorter, at random, so that peers that came
    /// together do not come back together; 50 at most.
    pub jitter: u8,
    /// Whether a peer must take a call before it is told to others.
    pub nat_check: bool,
    /// How browsers are served.
    pub browsers: websocket::Config,
}

/// What is read from the operator's files, and again when they change.
#[derive(Debug, Default)]
pub struct Lists {
    /// Which torrents are served; `None`: all, for ever.
    pub access: Option<Access>,
    /// Who may announce; `None`: everybody, for ever.
    pub keys: Option<Keys>,
}

/// The policy and the swarms.
#[derive(Debug)]
pub struct Service {
    swarms: Swarms,
    policy: Policy,
    limits: Limits,
    access: Option<Current<Access>>,
    keys: Option<Current<Keys>>,
    listening: Option<Listening>,
    /// The shortest interval, and by how much the longest is longer, in seconds.
    interval: (u64, u64),
    tallies: Tallies,
    browsers: Browsers,
    /// The answer to a scrape of all of theirs, and when it was made.
    all_counts: Mutex<Option<(Instant, Arc<str>)>>,
}

impl Service {
    /// One that serves these swarms to everybody.
    pub fn new(swarms: Swarms, now: Instant) -> Self {
        Self::with(swarms, Policy::default(), Lists::default(), now)
    }

    /// One that serves these swarms to whom it shall.
    pub fn with(swarms: Swarms, policy: Policy, lists: Lists, now: Instant) -> Self {
        let config = swarms.config();
        let interval = config.interval.as_secs();
        let by = interval * u64::from(policy.jitter.min(50)) / 100;
        Self {
            limits: Limits::new(&policy.limits, config.timeout, now),
            access: lists.access.map(Current::new),
            keys: lists.keys.map(Current::new),
            listening: policy.nat_check.then(|| Listening::new(config.interval, now)),
            interval: (interval - by, 2 * by),
            tallies: Tallies::default(),
            browsers: Browsers::default(),
            all_counts: Mutex::default(),
            policy,
            swarms,
        }
    }

    /// What is served.
    pub fn swarms(&self) -> &Swarms {
        &self.swarms
    }

    /// What stands in front of them.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What was counted.
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// Which torrents are served, where not all are.
    pub fn access(&self) -> Option<&Current<Access>> {
        self.access.as_ref()
    }

    /// Who may announce, where not everybody may.
    pub fn keys(&self) -> Option<&Current<Keys>> {
        self.keys.as_ref()
    }

    /// What was told with each key; empty where there are none.
    pub fn key_totals(&self) -> Vec<Total> {
        self.keys.as_ref().map(|keys| keys.get().totals(KEY_NAMES_MOST)).unwrap_or_default()
    }

    /// Looks ahead for announces that come next, of these torrents by peers at these addresses.
    pub fn prefetch(&self, coming: &[(InfoHash, SocketAddr)]) {
        self.swarms.prefetch(coming);
    }

    /// Judges an announce; where it is taken, fills `drawn`.
    pub fn announce(
        &self,
        now: Instant,
        asker: &Asker<'_>,
        announce: &Announce,
        rng: &mut impl Rng,
        drawn: &mut Drawn,
    ) -> Result<Terms, Refusal> {
        self.pace(now, asker)?;
        let key = self.key(now, asker)?;
        if !self.serves(announce.info_hash) {
            return Err(Refusal::not_served());
        }
        let (ip, named) = match announce.ip {
            Some(ip) if self.believes(asker, ip) => (ip, ip != asker.ip),
            _ => (asker.ip, false),
        };
        let mut ask = self.ask(asker, announce, ip);
        if announce.event != Event::Stopped && ask.address.port() != 0 {
            let settled = self.limits.settle(now, asker.ip, &ask.info_hash.0, announce.port);
            settled.map_err(|TooMany| Refusal::too_many(self.swarms.config().interval))?;
            // Nobody else is called than who asks, so that no one can have others called.
            if let Some(listening) = self.listening.as_ref().filter(|_| !named) {
                self.check(listening, now, asker, &mut ask)?;
            }
        } else if let Some(listening) = &self.listening
            && listening.known(now, ask.address) != Known::Listens
        {
            listening.leave(ask.address, ask.info_hash);
        }
        if let Some(key) = key {
            key.announced(announce);
        }
        self.swarms.announce(now, &ask, rng, drawn);
        if !self.policy.external.is_empty() {
            self.policy.external.adapt(asker.ip, drawn);
        }
        Ok(Terms {
            interval: self.interval(rng),
            min_interval: self.policy.min_interval,
            external_ip: Some(self.policy.external.of(ip))
                .filter(|ip| Reach::of(*ip) == Reach::Public),
        })
    }

    /// Judges a scrape; where it is taken, calls `tell` with each torrent, and its counts where it
    /// is known and served.
    pub fn scrape(
        &self,
        now: Instant,
        asker: &Asker<'_>,
        hashes: &[InfoHash],
        mut tell: impl FnMut(InfoHash, Option<Counts>),
    ) -> Result<(), Refusal> {
        self.pace(now, asker)?;
        if asker.front == Front::Udp && self.keys.is_some() {
            return Err(Refusal::no_key_in_scrapes());
        }
        if let Some(key) = self.key(now, asker)? {
            key.scraped();
        }
        for &hash in hashes {
            tell(hash, self.serves(hash).then(|| self.swarms.counts(hash)).flatten());
        }
        Ok(())
    }

    /// Makes a change that another tracker noted, whose place this one takes.
    pub fn apply(&self, now: Instant, change: &Change, rng: &mut impl Rng) {
        if self.serves(change.info_hash) {
            self.swarms.apply(now, change, rng);
        }
    }

    /// Forgets all that is known of torrents that are not served, as those whose operator has just
    /// denied them. To be called once a list has changed.
    pub fn forget_unserved(&self) {
        if let Some(access) = &self.access {
            let access = access.get();
            self.swarms.retain(|hash| access.serves(hash));
            self.forget_browsers(|hash| access.serves(hash));
        }
    }

    /// Whether a torrent is served.
    pub fn serves(&self, hash: InfoHash) -> bool {
        let Some(access) = &self.access else { return true };
        // Not the first byte, by which the swarms may be apart.
        access.read(hash.0[19]).serves(hash)
    }

    /// Until the next announce: around what is configured.
    pub fn interval(&self, rng: &mut impl Rng) -> Duration {
        let (least, span) = self.interval;
        let more = match span {
            0 => 0,
            // An interval has far fewer seconds than 32 bits.
            span => (span + 1).wrapping_mul(u64::from(rng.next_u32())) >> 32,
        };
        Duration::from_secs(least + more)
    }

    /// Takes one request that is neither an announce nor a scrape from what an address may ask for.
    ///
    /// # Errors
    /// It is over its rate, for so long.
    pub fn paced(&self, now: Instant, ip: IpAddr) -> Result<(), Duration> {
        self.limits.pace(now, ip)
    }

    fn pace(&self, now: Instant, asker: &Asker<'_>) -> Result<(), Refusal> {
        self.limits.pace(now, asker.ip).map_err(|wait| match asker.front {
            Front::Udp => Refusal::Dropped,
            Front::Http | Front::WebSocket => Refusal::too_fast(wait),
        })
    }

    /// What to count with, where keys are needed.
    fn key(&self, now: Instant, asker: &Asker<'_>) -> Result<Option<Arc<Totals>>, Refusal> {
        let Some(keys) = &self.keys else { return Ok(None) };
        let key = asker.key.ok_or_else(Refusal::no_key)?;
        let keys = keys.read(key.last().copied().unwrap_or(0));
        keys.find(now, key).map(|totals| Some(Arc::clone(totals))).ok_or_else(Refusal::bad_key)
    }

    /// Whether the address counts that an asker names as its own.
    fn believes(&self, asker: &Asker<'_>, named: IpAddr) -> bool {
        let private = || Reach::of(asker.ip) != Reach::Public;
        // A UDP answer has room for addresses of the asker's own family alone.
        let fits = asker.front != Front::Udp || named.is_ipv4() == asker.ip.is_ipv4();
        fits && tellable(named)
            && match self.policy.proxies.trusts(asker.ip) {
                true => self.policy.naming.proxies,
                false => {
                    private() && (self.policy.naming.private || Reach::of(named) != Reach::Public)
                }
            }
    }

    /// What the swarms are asked.
    fn ask(&self, asker: &Asker<'_>, announce: &Announce, ip: IpAddr) -> Ask {
        let config = self.swarms.config();
        let wanted = announce
            .numwant
            .map_or(config.response_size, |want| usize::try_from(want).unwrap_or(usize::MAX));
        Ask {
            info_hash: announce.info_hash,
            // Port 0 is answered, and not told to others.
            address: SocketAddr::new(ip, if tellable(ip) { announce.port } else { 0 }),
            peer_id: announce.peer_id,
            seed: announce.left == 0,
            event: announce.event,
            peers: match announce.event {
                Event::Stopped => 0,
                _ => wanted.min(config.response_most),
            },
            families: match asker.front {
                Front::Udp => Families::Own,
                Front::Http | Front::WebSocket => Families::Both,
            },
            ids: !announce.compact && !announce.no_peer_id,
        }
    }
}

#[cfg(test)]
mod tests;
