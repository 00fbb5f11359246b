//! Requests that a whole HTTP server took in: all that is not a plain announce or scrape.

use super::{Ask, Judged, Kind, asker, count, judge, log, packed, payer, shown};
use crate::net::http_server::Reply;
use crate::net::track::fast::Remote;
use crate::net::track::pages;
use crate::net::track::websocket::{self, Accepted};
use crate::net::track::worker::Worker;
use crate::net::web_log::Entry;
use crate::tracker::http;
use crate::tracker::http::head::takes_gzip;
use crate::tracker::keys::{self, Endpoint};
use crate::tracker::proxies::Scheme;
use crate::tracker::service::{Front, Refusal};
use crate::tracker::tally::{Action, Outcome};
use crate::tracker::udp::Family;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

/// Who asked, and when.
#[derive(Clone, Copy)]
struct Who {
    remote: Remote,
    /// The asker, beyond all proxies.
    ip: IpAddr,
    scheme: Scheme,
    began: Instant,
}

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// To go on by WebSocket.
    Visit,
    /// An announce or a scrape.
    Service(Endpoint),
    /// The head alone of an announce.
    Head,
    /// A page, or what looks like one.
    Page,
    /// By a method that there is not.
    Other,
    /// Of two hosts, by which a proxy may have gone otherwise (RFC 9112, section 3.2).
    TwoHosts,
}

impl Wanted {
    fn of(request: &Request<Incoming>, upgrades: bool) -> Self {
        let endpoint = keys::of_path(request.uri().path().as_bytes()).map(|(endpoint, _)| endpoint);
        match (request.method(), endpoint) {
            _ if request.headers().get_all(header::HOST).iter().nth(1).is_some() => Self::TwoHosts,
            _ if upgrades => Self::Visit,
            (&Method::HEAD, Some(Endpoint::Announce)) => Self::Head,
            (&Method::GET | &Method::HEAD, Some(endpoint)) => Self::Service(endpoint),
            (&Method::GET | &Method::HEAD, None) => Self::Page,
            _ => Self::Other,
        }
    }

    /// Counts one that did not go to the service, which is counted where it is answered.
    fn count(self, worker: &Worker, ip: IpAddr, outcome: Outcome) {
        let (front, action) = match self {
            Self::Visit => (Front::WebSocket, Action::Connect),
            Self::Page => (Front::Http, Action::Page),
            Self::Service(_) | Self::Head | Self::Other | Self::TwoHosts => {
                (Front::Http, Action::Other)
            }
        };
        worker.tally.count(front, Family::of(ip), action, outcome);
    }
}

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Answers a request.
pub(in crate::net::track) async fn answer(
    worker: Rc<Worker>,
    mut request: Request<Incoming>,
    remote: Remote,
    scheme: Scheme,
    accepted: Rc<RefCell<Option<Accepted>>>,
) -> Reply {
    let began = Instant::now();
    let ip = asker(
        &worker,
        remote,
        values(&request, header::FORWARDED),
        values(&request, FORWARDED_FOR),
    );
    let who = Who { remote, ip, scheme, began };
    let upgrades = websocket::wanted(request.method(), request.headers());
    let wanted = Wanted::of(&request, upgrades);
    let mut reply = match wanted {
        Wanted::Service(endpoint) => ask(&worker, &request, endpoint, who).await,
        // The service has its own look at the rate; all else is under it here.
        _ if let Err(wait) = pages::paced(&worker.shared, request.uri().path(), began, ip) => {
            wanted.count(&worker, ip, Outcome::TooFast);
            pages::too_fast(wait)
        }
        Wanted::Visit => {
            let (reply, visit) =
                websocket::accept(&worker, &mut request, ip, payer(&worker, remote, ip));
            wanted.count(&worker, ip, visited(reply.status()));
            accepted.replace(visit);
            reply
        }
        Wanted::Page => page(&worker, &request, who).await,
        Wanted::Head => {
            // To ask for a head alone changes nothing.
            wanted.count(&worker, ip, Outcome::NotFound);
            let mut body = Vec::new();
            http::write_failure(&mut body, "an announce is a request by GET", None);
            bencode(body)
        }
        Wanted::Other => {
            wanted.count(&worker, ip, Outcome::NotFound);
            let mut reply = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
            reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            reply
        }
        Wanted::TwoHosts => {
            wanted.count(&worker, ip, Outcome::Garbled);
            plain(StatusCode::BAD_REQUEST, "More than one Host.\n")
        }
    };
    note(&worker, &request, &reply, who, upgrades);
    if matches!(wanted, Wanted::Other | Wanted::TwoHosts) {
        reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}

fn values(request: &Request<Incoming>, name: HeaderName) -> Vec<&[u8]> {
    let all = request.headers().get_all(name).into_iter();
    all.map(HeaderValue::as_bytes).collect()
}

/// What came of one who wants to go on by WebSocket.
fn visited(status: StatusCode) -> Outcome {
    match status {
        StatusCode::SWITCHING_PROTOCOLS => Outcome::Answered,
        StatusCode::NOT_FOUND => Outcome::NotFound,
        StatusCode::SERVICE_UNAVAILABLE => Outcome::TooMany,
        _ => Outcome::Garbled,
    }
}

/// Has an announce or a scrape answered.
async fn ask(
    worker: &Worker,
    request: &Request<Incoming>,
    endpoint: Endpoint,
    Who { ip, began, .. }: Who,
) -> Reply {
    let key = keys::of_path(request.uri().path().as_bytes()).and_then(|(_, key)| key);
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let gzip = values(request, header::ACCEPT_ENCODING).into_iter().any(takes_gzip);
    tracker(worker, &Ask { endpoint, key, query, ip, began }, gzip).await
}

/// Answers with a page, which packs its own.
async fn page(worker: &Worker, request: &Request<Incoming>, who: Who) -> Reply {
    let Who { remote, ip, scheme, began } = who;
    let proxies = &worker.shared.options.policy.proxies;
    let told = match remote {
        Remote::Tcp(address) if !proxies.trusts(address.ip()) => None,
        _ => proxies.scheme(values(request, header::FORWARDED), values(request, FORWARDED_PROTO)),
    };
    let reply = pages::answer(&worker.shared, request, told.unwrap_or(scheme), ip).await;
    Wanted::Page.count(worker, ip, pages::outcome(reply.status()));
    worker.tally.took(Front::Http, began.elapsed());
    reply
}

/// Logs a request.
fn note(worker: &Worker, request: &Request<Incoming>, reply: &Reply, who: Who, upgrades: bool) {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let bytes = match *request.method() {
        Method::HEAD => 0,
        _ => reply.body().size_hint().exact().unwrap_or(0),
    };
    let entry = Entry {
        host: who.ip,
        method: request.method().as_str(),
        target: &match worker.shared.service.keys() {
            None if upgrades => keys::mask_websocket(target),
            _ => shown(worker, target),
        },
        protocol: match request.version() {
            hyper::Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        },
        status: reply.status().as_u16(),
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        user_agent: request.headers().get(header::USER_AGENT).map(HeaderValue::as_bytes),
        took: who.began.elapsed(),
    };
    log(worker, &entry);
}

/// Answers an announce or a scrape, after a call to the peer where one is asked for.
async fn tracker(worker: &Worker, ask: &Ask<'_>, gzip: bool) -> Reply {
    let mut body = Vec::with_capacity(512);
    let mut judged = judge(worker, ask, &mut body);
    if let Judged::CallFirst(address) = judged {
        let (service, caller) = (&worker.shared.service, &worker.shared.caller);
        if !caller.settle(service, address, &worker.rng).await {
            service.postpone(Instant::now(), address);
        }
        judged = judge(worker, &Ask { began: Instant::now(), ..*ask }, &mut body);
    }
    let (kind, outcome) = match judged {
        Judged::Done(kind, outcome) => (kind, outcome),
        Judged::CallFirst(_) => {
            let busy = Refusal::busy();
            if let Refusal::Said { reason, retry, .. } = busy {
                http::write_failure(&mut body, reason, retry);
            }
            (Kind::Packed, busy.outcome())
        }
    };
    count(worker, ask, outcome);
    match kind {
        Kind::Garbled => no_cache(plain(StatusCode::BAD_REQUEST, body)),
        Kind::Loose if gzip && let Some(packed) = packed(worker, &body) => {
            let mut reply = bencode(packed);
            let headers = reply.headers_mut();
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            reply
        }
        Kind::Packed | Kind::Loose => bencode(body),
    }
}

fn bencode(body: Vec<u8>) -> Reply {
    no_cache(reply(StatusCode::OK, "text/plain", body))
}

fn no_cache(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    reply
}

fn plain(status: StatusCode, words: impl Into<Bytes>) -> Reply {
    reply(status, "text/plain; charset=utf-8", words)
}

fn reply(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}
