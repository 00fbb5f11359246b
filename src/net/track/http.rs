//! Announces, scrapes and the index page over HTTP: what is answered, whichever reader took the
//! request in.

use super::super::http_server::Reply;
use super::super::web_log::{Entry, LogFormat};
use super::fast::Remote;
use super::worker::Worker;
use crate::tracker::announce::Event;
use crate::tracker::http;
use crate::tracker::http::head::{Action, Head, Version, route, takes_gzip};
use crate::tracker::service::{Asker, Front, Refusal};
use crate::tracker::swarms::Swarms;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Instant;

/// Torrents that the index page lists.
const LISTED_MOST: usize = 10_000;
/// Shorter bodies go out as they are: with its head, one fits into a packet.
const ZIPPED_LEAST: usize = 1200;

const TOO_MANY: &str = "too many requests";
const NOT_REACHED: &str = "your port cannot be reached from the tracker";

/// An announce or a scrape, whoever read it.
struct Ask<'a> {
    action: Action,
    key: Option<&'a [u8]>,
    query: &'a [u8],
    /// The asker, beyond all proxies.
    ip: IpAddr,
}

/// What the body of an answer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Bencode, packed so that it cannot be made shorter.
    Packed,
    /// Bencode.
    Loose,
    /// Words on what is wrong with the request.
    Garbled,
}

/// Whether the peer's connections are a proxy's, whose words on its clients count.
pub(super) fn trusted(_worker: &Worker, _ip: IpAddr) -> bool {
    false
}

/// Who asks, beyond all proxies that are trusted.
fn asker<'a>(
    _worker: &Worker,
    remote: Remote,
    _forwarded: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
    _x_forwarded_for: impl IntoIterator<Item = &'a [u8], IntoIter: DoubleEndedIterator>,
) -> IpAddr {
    match remote {
        Remote::Tcp(address) => address.ip(),
        Remote::Unix => Ipv4Addr::LOCALHOST.into(),
    }
}

/// Judges a request and writes the body of its answer.
///
/// # Errors
/// The address that must first be seen to listen.
fn judge(worker: &Worker, ask: &Ask<'_>, body: &mut Vec<u8>) -> Result<Kind, SocketAddr> {
    let garbled = |body: &mut Vec<u8>, garbled: http::Garbled| {
        // Writing to memory cannot fail.
        let _ = writeln!(body, "{garbled}");
        Ok(Kind::Garbled)
    };
    let service = &worker.shared.service;
    let mut asker = Asker { ip: ask.ip, front: Front::Http, key: ask.key };
    let (refusal, kind) = match ask.action {
        Action::Announce => {
            let announce = match http::parse_announce(ask.query) {
                Ok(announce) => announce,
                Err(error) => return garbled(body, error),
            };
            if let Some(ip) = announce.ip
                && worker.shared.options.trust_ip
                && local(ask.ip)
            {
                asker.ip = ip;
            }
            let (rng, drawn) = (&mut *worker.rng.borrow_mut(), &mut *worker.drawn.borrow_mut());
            match service.announce(Instant::now(), &asker, &announce, rng, drawn) {
                Ok(terms) => {
                    http::write_answer(body, &terms, drawn, announce.compact);
                    return Ok(if announce.compact { Kind::Packed } else { Kind::Loose });
                }
                Err(refusal) => (refusal, Kind::Packed),
            }
        }
        Action::Scrape => {
            let hashes = match http::parse_scrape(ask.query) {
                Ok(hashes) => hashes,
                Err(error) => return garbled(body, error),
            };
            let known = &mut *worker.known.borrow_mut();
            known.clear();
            let tell = |hash, counts: Option<_>| known.extend(counts.map(|counts| (hash, counts)));
            match service.scrape(Instant::now(), &asker, &hashes, tell) {
                Ok(()) => {
                    http::write_scrape(body, known);
                    return Ok(Kind::Loose);
                }
                Err(refusal) => (refusal, Kind::Packed),
            }
        }
    };
    match refusal {
        Refusal::Said { reason, retry } => http::write_failure(body, reason, retry),
        Refusal::Dropped => http::write_failure(body, TOO_MANY, None),
        Refusal::CallFirst(address) => return Err(address),
    }
    Ok(kind)
}

/// Answers a head that was read without a detour: all of the answer, after what `out` holds. False
/// where the peer must be called first, for which there is no time here; nothing is written then.
pub(super) fn answer_head(
    worker: &Worker,
    remote: Remote,
    head: &Head<'_>,
    keep: bool,
    out: &mut Vec<u8>,
) -> bool {
    if worker.shared.options.nat_check {
        return false;
    }
    let ip = asker(worker, remote, head.forwarded, head.x_forwarded_for);
    let ask = Ask { action: head.action, key: head.key, query: head.query, ip };
    let mut body = worker.body.borrow_mut();
    body.clear();
    let Ok(kind) = judge(worker, &ask, &mut body) else { return false };
    let status = if kind == Kind::Garbled { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    out.extend_from_slice(match kind {
        Kind::Garbled => b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n",
        _ => b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n",
    });
    out.extend_from_slice(b"Pragma: no-cache\r\n");
    if kind == Kind::Loose && head.gzip && body.len() > ZIPPED_LEAST {
        *body = zipped(&body);
        out.extend_from_slice(b"Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
    }
    match (head.version, keep) {
        (Version::Http11, true) | (Version::Http10, false) => {}
        (Version::Http10, true) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
        (Version::Http11, false) => out.extend_from_slice(b"Connection: close\r\n"),
    }
    out.extend_from_slice(b"Content-Length: ");
    http::put_number(out, u64::try_from(body.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(&body);
    if worker.shared.options.log != LogFormat::None {
        let target = percent_encoding::percent_encode(head.target, percent_encoding::CONTROLS);
        log(
            worker,
            &Entry {
                host: ip,
                method: "GET",
                target: &std::borrow::Cow::from(target),
                version: match head.version {
                    Version::Http10 => hyper::Version::HTTP_10,
                    Version::Http11 => hyper::Version::HTTP_11,
                },
                status: status.as_u16(),
                bytes: body.len(),
            },
        );
    }
    true
}

/// Writes the last answer of a connection whose request is not taken.
pub(super) fn refuse(out: &mut Vec<u8>, status: &str, words: &str) {
    // Writing to memory cannot fail.
    let _ = write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{words}",
        words.len()
    );
}

/// Answers a request that a whole HTTP server took in.
pub(super) async fn answer(
    worker: Rc<Worker>,
    request: Request<Incoming>,
    remote: Remote,
) -> Reply {
    let values = |name: HeaderName| {
        let all = request.headers().get_all(name).into_iter();
        all.map(HeaderValue::as_bytes).collect::<Vec<_>>()
    };
    let ip = asker(
        &worker,
        remote,
        values(header::FORWARDED),
        values(HeaderName::from_static("x-forwarded-for")),
    );
    let gzip = values(header::ACCEPT_ENCODING).into_iter().any(takes_gzip);
    let mut reply = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, path) => match route(path.as_bytes()) {
            Some((action, key)) => {
                let query = request.uri().query().unwrap_or_default().as_bytes();
                tracker(&worker, &Ask { action, key, query, ip }, gzip).await
            }
            None => {
                let reply = match path {
                    "/" | "/index.html" => index(worker.shared.service.swarms()),
                    _ => plain(StatusCode::NOT_FOUND, NOT_FOUND),
                };
                if gzip { zip(reply).await } else { reply }
            }
        },
        _ => {
            let mut reply = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
            reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            reply
        }
    };
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let bytes = hyper::body::Body::size_hint(reply.body()).exact().unwrap_or(0);
    log(
        &worker,
        &Entry {
            host: ip,
            method: request.method().as_str(),
            target,
            version: request.version(),
            status: reply.status().as_u16(),
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        },
    );
    if reply.status() == StatusCode::METHOD_NOT_ALLOWED {
        reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}

fn log(worker: &Worker, entry: &Entry<'_>) {
    worker.shared.log().write(jiff::Timestamp::now(), entry);
}

const NOT_FOUND: &str = "There is nothing here. This is a BitTorrent tracker: \
    clients announce at /announce, and / lists what is served.\n";

async fn tracker(worker: &Worker, ask: &Ask<'_>, gzip: bool) -> Reply {
    let mut body = Vec::with_capacity(512);
    if let Some(refused) = call_first(worker, ask).await {
        return bencode(refused);
    }
    let mut judged = judge(worker, ask, &mut body);
    if let Err(address) = judged {
        let call = tokio::net::TcpStream::connect(address);
        let called = tokio::time::timeout(worker.shared.options.socket_timeout, call).await;
        worker.shared.service.reached(Instant::now(), address, matches!(called, Ok(Ok(_))));
        judged = judge(worker, ask, &mut body);
    }
    match judged {
        Ok(Kind::Packed) => bencode(body),
        Ok(Kind::Loose) if gzip => zip(bencode(body)).await,
        Ok(Kind::Loose) => bencode(body),
        Ok(Kind::Garbled) => no_cache(plain(StatusCode::BAD_REQUEST, body)),
        Err(_) => bencode(http::failure(NOT_REACHED)),
    }
}

/// The call of the NAT check: a refusal where the peer does not take it.
async fn call_first(worker: &Worker, ask: &Ask<'_>) -> Option<Vec<u8>> {
    let options = &worker.shared.options;
    if !options.nat_check || ask.action != Action::Announce {
        return None;
    }
    let announce = http::parse_announce(ask.query).ok()?;
    if announce.event == Event::Stopped {
        return None;
    }
    let ip = announce.ip.filter(|_| options.trust_ip && local(ask.ip)).unwrap_or(ask.ip);
    let call = tokio::net::TcpStream::connect((ip, announce.port));
    let reached = tokio::time::timeout(options.socket_timeout, call).await;
    if matches!(reached, Ok(Ok(_))) {
        return None;
    }
    let words = format!("your port {} cannot be reached from the tracker", announce.port);
    Some(http::failure(&words))
}

fn local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn index(swarms: &Swarms) -> Reply {
    let mut torrents = Vec::new();
    (0..swarms.shards()).for_each(|shard| swarms.torrents(shard, &mut torrents));
    let more = torrents.len().saturating_sub(LISTED_MOST);
    // Cut before they are sorted: a page must not cost more than it shows.
    torrents.truncate(LISTED_MOST);
    torrents.sort_unstable_by_key(|(hash, _)| *hash);
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>BitTorrent tracker</title></head>\n<body>\n<h1>BitTorrent tracker</h1>\n\
         <p>Info-hash (complete/all)</p>\n<ul>\n",
    );
    for (hash, counts) in torrents {
        let all = u64::from(counts.complete) + u64::from(counts.incomplete);
        let _ = writeln!(page, "<li><code>{hash}</code> ({}/{all})</li>", counts.complete);
    }
    page.push_str("</ul>\n");
    if more > 0 {
        let _ = writeln!(page, "<p>and {more} more</p>");
    }
    page.push_str("</body></html>\n");
    reply(StatusCode::OK, "text/html; charset=utf-8", page)
}

/// Compresses the body of a reply where that makes it worth it.
async fn zip(reply: Reply) -> Reply {
    let (mut parts, body) = reply.into_parts();
    let mut body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(never) => match never {},
    };
    if body.len() > ZIPPED_LEAST {
        body = zipped(&body).into();
        parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        parts.headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    Response::from_parts(parts, Full::new(body))
}

fn zipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
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
