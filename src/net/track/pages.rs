//! The pages: which there are, and what they are made of.
//!
//! A page of many swarms is work of milliseconds, so none is made on a thread that serves: a few at
//! a time are made beside them, from a listing that all share for a second or two. So however often
//! pages are asked for, announces are answered.

mod folder;
mod news;
mod reply;

pub(super) use self::folder::Folder;
pub use self::folder::FolderError;

pub(super) use self::reply::{Taken, only, too_fast};

use self::news::News;
use self::reply::html;
use super::Shared;
use super::metrics::{self, Machine};
use crate::net::http_server::Reply;
use crate::torrent::InfoHash;
use crate::tracker::catalog::Catalog;
use crate::tracker::census::Census;
use crate::tracker::http::Counts;
use crate::tracker::page::address::Base;
use crate::tracker::page::listing::{Gathering, LISTED_MOST, Listing};
use crate::tracker::page::query::Query;
use crate::tracker::page::{self, Index, Offers};
use crate::tracker::proxies::Scheme;
use crate::tracker::reach::Reach;
use crate::tracker::stats::{Browsing, Figures, Rates, Room, Samples};
use crate::tracker::tally::Outcome;
use hyper::header::{self, HeaderMap};
use hyper::{Request, StatusCode};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Pages that are made at once, and that wait for it.
const MAKERS: usize = 2;
const WAITING_MOST: usize = 128;
/// How long a listing is shown; where it takes long to be made, as many times that.
const LISTING_AGE: Duration = Duration::from_secs(2);
const LISTING_SHARE: u32 = 20;
/// How long sums over all swarms are shown.
const CENSUS_AGE: Duration = Duration::from_secs(1);

/// What is shown, and to whom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PageOptions {
    /// Whether `/` lists the swarms.
    pub index: bool,
    /// Whether `/stats` tells how the tracker is.
    pub stats: bool,
    /// Whether the files of `torrents` are offered, and the feed of the newest.
    pub files: bool,
    /// The folder of the .torrent files, which name torrents.
    pub torrents: Option<PathBuf>,
    /// Where the tracker is seen from outside; `None`: where each request says that it asks.
    pub public: Option<Base>,
    /// Where the metrics are served; `None`: with the pages.
    pub metrics: Option<SocketAddr>,
}

/// What the pages are made of.
pub(super) struct Pages {
    pub(super) options: PageOptions,
    pub(super) folder: Option<Folder>,
    pub(super) machine: Machine,
    /// Where UDP is served.
    pub(super) udp: Vec<SocketAddr>,
    pub(super) healthy: metrics::Healthy,
    pub(super) chores: metrics::Chores,
    samples: Mutex<Samples>,
    listing: Mutex<Option<Listed>>,
    counted: Mutex<Option<(Instant, Counted)>>,
    /// The feed as it was last made.
    news: Mutex<Option<Arc<News>>>,
    makers: Semaphore,
    waiting: Semaphore,
    /// Makes the metrics, which do not wait behind pages.
    monitor: Semaphore,
}

/// All swarms added up, and those of browsers, where they are served.
type Counted = (Census, Option<Browsing>);

/// A listing, and until when it is shown.
struct Listed {
    until: Instant,
    catalog: Arc<Catalog>,
    listing: Arc<Listing>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pages {
    /// Those of a tracker that begins now, and serves UDP there.
    pub(super) fn new(options: PageOptions, folder: Option<Folder>, udp: Vec<SocketAddr>) -> Self {
        Self {
            options,
            folder,
            machine: Machine::new(Instant::now()),
            udp,
            healthy: metrics::Healthy::default(),
            chores: metrics::Chores::default(),
            samples: Mutex::default(),
            listing: Mutex::default(),
            counted: Mutex::default(),
            news: Mutex::default(),
            makers: Semaphore::new(MAKERS),
            waiting: Semaphore::new(WAITING_MOST),
            monitor: Semaphore::new(1),
        }
    }

    /// Notes what was counted so far; to be called once a second.
    pub(super) fn sample(&self, shared: &Shared) {
        locked(&self.samples).add(Instant::now(), &shared.service.tallies().snapshot());
    }

    /// Of late.
    pub(super) fn rates(&self) -> Rates {
        locked(&self.samples).rates()
    }

    fn offers(&self) -> Offers {
        let (index, stats) = (self.options.index, self.options.stats);
        Offers { index, stats, feed: self.options.files && self.folder.is_some() }
    }

    fn catalog(&self) -> Arc<Catalog> {
        self.folder.as_ref().map(Folder::catalog).unwrap_or_default()
    }

    /// All swarms as they were a moment ago. Whoever comes while they are gathered waits for it.
    fn listing(&self, shared: &Shared) -> Arc<Listing> {
        let mut listed = locked(&self.listing);
        let (began, catalog) = (Instant::now(), self.catalog());
        if let Some(listed) = &*listed
            && began < listed.until
            && Arc::ptr_eq(&listed.catalog, &catalog)
        {
            return Arc::clone(&listed.listing);
        }
        // The old one makes room first, where nobody shows it.
        *listed = None;
        let mut gathering = Gathering::new(&catalog, LISTED_MOST);
        each(shared, |some| gathering.add(some));
        let listing = Arc::new(gathering.finish(|hash| shared.service.serves(hash)));
        let now = Instant::now();
        let until = now + LISTING_AGE.max((now - began).saturating_mul(LISTING_SHARE));
        *listed = Some(Listed { until, catalog, listing: Arc::clone(&listing) });
        listing
    }

    /// What there is in all, as it was a moment ago: to count it is to go through all torrents.
    fn counted(&self, shared: &Shared) -> Counted {
        let mut kept = locked(&self.counted);
        if let Some((at, counted)) = *kept
            && at.elapsed() < CENSUS_AGE
        {
            return counted;
        }
        let browsers = shared.exchange.is_open().then(|| browsing(shared));
        let counted = (shared.service.swarms().census(), browsers);
        *kept = Some((Instant::now(), counted));
        counted
    }

    /// All there is to tell; to be called on no thread that serves.
    fn figures(&self, shared: &Shared) -> Figures {
        let known = shared.service.swarms();
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let most = |most: usize| (most != usize::MAX).then(|| number(most));
        let (swarms, browsers) = self.counted(shared);
        Figures {
            version: env!("CARGO_PKG_VERSION"),
            uptime: self.machine.uptime(),
            began: self.machine.began(),
            swarms,
            peers_most: most(known.config().peers_most),
            room: Room {
                torrents_most: most(known.config().torrents_most),
                bytes: number(known.bytes()),
                bytes_most: most(known.config().memory_most),
                evicted: number(known.evicted()),
            },
            written: self.chores.written(),
            requests: shared.service.tallies().snapshot(),
            rates: self.rates(),
            process: self.machine.process(),
            browsers,
            files: self.folder.as_ref().map(|folder| number(folder.catalog().len())),
            // Who has which key, and how much of it, is for the operator alone.
            keys: match self.options.metrics {
                Some(_) => shared.service.key_totals(),
                None => Vec::new(),
            },
        }
    }

    /// The feed of these files; to be called on no thread that serves.
    fn news(&self, catalog: Arc<Catalog>, base: String) -> Arc<News> {
        // Not while it is held is it made: threads that serve look there.
        let last = locked(&self.news).clone();
        match last {
            Some(news) if news.is_of(&catalog, &base) => news,
            _ => {
                let news = Arc::new(News::new(catalog, base));
                Arc::clone(locked(&self.news).insert(news))
            }
        }
    }

    /// Where the tracker is seen by who asks.
    fn base(&self, headers: &HeaderMap, scheme: Scheme) -> Option<Base> {
        let host = || headers.get(header::HOST)?.to_str().ok();
        self.options.public.clone().or_else(|| Base::of_host(scheme.name(), host()?))
    }
}

/// All swarms, shard by shard, no torrent twice; the browsers in one are counted with the others.
fn each(shared: &Shared, mut tell: impl FnMut(&[(InfoHash, Counts)])) {
    let (swarms, mut some) = (shared.service.swarms(), Vec::new());
    let browsers = shared.service.browsers();
    (0..browsers.shards()).for_each(|shard| browsers.torrents(shard, &mut some));
    let mut apart: HashMap<_, _> = some.drain(..).collect();
    for shard in 0..swarms.shards() {
        some.clear();
        swarms.torrents(shard, &mut some);
        if !apart.is_empty() {
            for (hash, counts) in &mut some {
                if let Some(more) = apart.remove(hash) {
                    *counts = counts.plus(more);
                }
            }
        }
        tell(&some);
    }
    tell(&apart.into_iter().collect::<Vec<_>>());
}

/// Browsers, in their own swarms.
fn browsing(shared: &Shared) -> Browsing {
    let (browsers, mut some) = (shared.service.browsers(), Vec::new());
    (0..browsers.shards()).for_each(|shard| browsers.torrents(shard, &mut some));
    let connections = u64::try_from(shared.exchange.connections()).unwrap_or(u64::MAX);
    let mut browsing = Browsing { connections, ..Browsing::default() };
    for (hash, counts) in some {
        browsing.add(counts, shared.service.swarms().counts(hash).is_none());
    }
    browsing
}

/// Answers whatever is no announce and no scrape. `scheme` is the one that the client used.
pub(super) async fn answer<B>(
    shared: &Arc<Shared>,
    request: &Request<B>,
    scheme: Scheme,
    asker: IpAddr,
) -> Reply {
    let (pages, headers) = (&shared.pages, request.headers());
    let taken = Taken::of(headers);
    let offers = pages.offers();
    match request.uri().path() {
        "/" | "/index.html" if offers.index => {
            let query = Query::read(request.uri().query().unwrap_or_default().as_bytes());
            let base = pages.base(headers, scheme);
            make(shared, move |shared| index(shared, &query, base.as_ref(), &taken)).await
        }
        "/" | "/index.html" => only(StatusCode::OK, page::closed()),
        "/stats" if offers.stats && !taken.json => {
            make(shared, move |shared| {
                let page = page::stats(&shared.pages.figures(shared), offers);
                reply::varied(html(page, &taken), "accept, accept-encoding")
            })
            .await
        }
        "/stats" | "/stats.json" if offers.stats => {
            make(shared, move |shared| {
                let json = shared.pages.figures(shared).json();
                let reply = reply::body("application/json", json.into(), &taken);
                reply::varied(reply, "accept, accept-encoding")
            })
            .await
        }
        "/feed.xml" | "/feed.rss" if offers.feed => feed(shared, headers, scheme, &taken).await,
        // Who may see how the tracker is may see it here too.
        "/metrics" if pages.options.metrics.is_none() && offers.stats => {
            monitored(shared, taken).await
        }
        "/healthz" => metrics::health(shared).await,
        path => match (&pages.folder, path.strip_prefix("/torrents/")) {
            (Some(folder), Some(name)) if offers.feed => {
                let is_proxy = shared.options.policy.proxies.trusts(asker);
                folder.answer(name, headers, (!is_proxy).then_some(asker)).await
            }
            _ => only(StatusCode::NOT_FOUND, NOT_FOUND),
        },
    }
}

/// Takes what is asked for at this path from what an address may ask for; the operator's own
/// monitors may always.
///
/// # Errors
/// It is over its rate, for so long.
pub(super) fn paced(shared: &Shared, path: &str, now: Instant, ip: IpAddr) -> Result<(), Duration> {
    match path {
        "/healthz" | "/metrics" if Reach::of(ip) != Reach::Public => Ok(()),
        _ => shared.service.paced(now, ip),
    }
}

/// What came of a request, as it is counted.
pub(super) fn outcome(status: StatusCode) -> Outcome {
    match status {
        StatusCode::NOT_FOUND => Outcome::NotFound,
        status if status.is_server_error() => Outcome::Failed,
        _ => Outcome::Answered,
    }
}

const NOT_FOUND: &str = "There is nothing here. This is a BitTorrent tracker: \
    clients announce at /announce, and / lists what is served.\n";

fn index(shared: &Shared, query: &Query, base: Option<&Base>, taken: &Taken) -> Reply {
    let pages = &shared.pages;
    let listing = pages.listing(shared);
    let (listing, announce) = (&*listing, &*ways(shared, base));
    html(page::index(&Index { listing, query, announce, offers: pages.offers() }), taken)
}

/// The announce URLs, seen from there; that of HTTP first.
fn ways(shared: &Shared, base: Option<&Base>) -> Vec<String> {
    let Some(base) = base else { return Vec::new() };
    let udp = shared.pages.udp.first().map(|at| base.udp(at.port()));
    let websocket = shared.options.http.websocket.then(|| base.websocket());
    [Some(base.announce()), udp, websocket].into_iter().flatten().collect()
}

/// The feed, made once for all who see the tracker at the same place.
async fn feed(shared: &Arc<Shared>, headers: &HeaderMap, scheme: Scheme, taken: &Taken) -> Reply {
    let pages = &shared.pages;
    let (catalog, base) = (pages.catalog(), pages.base(headers, scheme));
    let base = base.as_ref().map_or("", Base::as_str);
    let last = locked(&pages.news).clone().filter(|news| news.is_of(&catalog, base));
    let news = match last {
        Some(news) => Some(news),
        None => {
            let base = base.to_owned();
            made(shared, move |shared| shared.pages.news(catalog, base)).await
        }
    };
    news.map_or_else(reply::busy, |news| news.reply(headers, taken))
}

/// The metrics.
pub(super) async fn monitored(shared: &Arc<Shared>, taken: Taken) -> Reply {
    let Ok(_one) = shared.pages.monitor.acquire().await else { return reply::busy() };
    let text =
        beside(shared, |shared| crate::tracker::metrics::metrics(&shared.pages.figures(shared)));
    match text.await {
        Some(text) => reply::body(crate::tracker::metrics::TYPE, text.into(), &taken),
        None => reply::busy(),
    }
}

/// Makes a page, once it is its turn.
async fn make(shared: &Arc<Shared>, page: impl FnOnce(&Shared) -> Reply + Send + 'static) -> Reply {
    made(shared, page).await.unwrap_or_else(reply::busy)
}

/// Does what a page is made by, once it is its turn. None where too many wait for theirs.
async fn made<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> T + Send + 'static,
) -> Option<T> {
    let pages = &shared.pages;
    let _place = pages.waiting.try_acquire().ok()?;
    let _turn = pages.makers.acquire().await.ok()?;
    beside(shared, work).await
}

/// Does work on a thread that serves nobody. Nothing comes of it where it panicked.
async fn beside<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> T + Send + 'static,
) -> Option<T> {
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || work(&shared)).await.ok()
}
