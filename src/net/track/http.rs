//! Announces, scrapes and the index page over HTTP.

use super::super::http_server::Reply;
use super::super::web_log::Entry;
use super::worker::Worker;
use crate::tracker::http;
use crate::tracker::service::{Asker, Front, Refusal};
use crate::tracker::swarms::Swarms;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, PRAGMA};
use hyper::{Method, Request, Response, StatusCode};
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Instant;

/// Torrents that the index page lists.
const LISTED_MOST: usize = 10_000;

pub(super) async fn answer(
    worker: Rc<Worker>,
    request: Request<Incoming>,
    remote: SocketAddr,
) -> Reply {
    let mut reply = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, path) => {
            let query = request.uri().query().unwrap_or_default().as_bytes();
            match path {
                "/announce" => announce(&worker, query, remote.ip()).await,
                "/scrape" => scrape(&worker, query, remote.ip()),
                "/" | "/index.html" => index(worker.shared.service.swarms()),
                _ => plain(StatusCode::NOT_FOUND, NOT_FOUND),
            }
        }
        _ => {
            let mut reply = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
            reply.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            reply
        }
    };
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let bytes = hyper::body::Body::size_hint(reply.body()).exact().unwrap_or(0);
    worker.shared.log().write(
        jiff::Timestamp::now(),
        &Entry {
            host: remote.ip(),
            method: request.method().as_str(),
            target,
            version: request.version(),
            status: reply.status().as_u16(),
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        },
    );
    if reply.status() == StatusCode::METHOD_NOT_ALLOWED {
        reply.headers_mut().insert("connection", HeaderValue::from_static("close"));
    }
    reply
}

const NOT_FOUND: &str = "There is nothing here. This is a BitTorrent tracker: \
    clients announce at /announce, and / lists what is served.\n";

async fn announce(worker: &Worker, query: &[u8], remote: IpAddr) -> Reply {
    let announce = match http::parse_announce(query) {
        Ok(announce) => announce,
        Err(garbled) => return bencode_plain(StatusCode::BAD_REQUEST, garbled.to_string()),
    };
    let options = &worker.shared.options;
    let ip = match announce.ip {
        Some(ip) if options.trust_ip && local(remote) => ip,
        _ => remote,
    };
    if options.nat_check && announce.event != crate::tracker::announce::Event::Stopped {
        let call = tokio::net::TcpStream::connect((ip, announce.port));
        let reached = tokio::time::timeout(options.socket_timeout, call).await;
        if !matches!(reached, Ok(Ok(_))) {
            let words = format!("your port {} cannot be reached from the tracker", announce.port);
            return bencode(http::failure(&words));
        }
    }
    let asker = Asker { ip, front: Front::Http, key: None };
    let (rng, drawn) = (&mut *worker.rng.borrow_mut(), &mut *worker.drawn.borrow_mut());
    match worker.shared.service.announce(Instant::now(), &asker, &announce, rng, drawn) {
        Ok(terms) => {
            let mut body = Vec::with_capacity(512);
            http::write_answer(&mut body, &terms, drawn, announce.compact);
            bencode(body)
        }
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Reply {
    bencode(http::failure(match refusal {
        Refusal::Said { reason, .. } => reason,
        Refusal::CallFirst(_) => "your port cannot be reached from the tracker",
        Refusal::Dropped => "too many requests",
    }))
}

fn local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn scrape(worker: &Worker, query: &[u8], remote: IpAddr) -> Reply {
    let hashes = match http::parse_scrape(query) {
        Ok(hashes) => hashes,
        Err(garbled) => return plain(StatusCode::BAD_REQUEST, format!("{garbled}\n")),
    };
    let asker = Asker { ip: remote, front: Front::Http, key: None };
    let mut known = Vec::with_capacity(hashes.len());
    let tell = |hash, counts: Option<_>| known.extend(counts.map(|counts| (hash, counts)));
    match worker.shared.service.scrape(Instant::now(), &asker, &hashes, tell) {
        Ok(()) => bencode(http::scrape_answer(known)),
        Err(refusal) => refused(&refusal),
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

fn bencode(body: Vec<u8>) -> Reply {
    no_cache(reply(StatusCode::OK, "text/plain", body))
}

fn bencode_plain(status: StatusCode, words: String) -> Reply {
    no_cache(plain(status, words + "\n"))
}

fn no_cache(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    reply
}

fn plain(status: StatusCode, words: impl Into<Bytes>) -> Reply {
    reply(status, "text/plain; charset=utf-8", words)
}

fn reply(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}
