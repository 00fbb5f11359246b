//! Announces, scrapes and the index page over HTTP.

use super::super::http_server::Reply;
use super::super::web_log::Entry;
use super::worker::Worker;
use crate::tracker::announce::Announce;
use crate::tracker::drawn::Drawn;
use crate::tracker::http;
use crate::tracker::keys::{self, Endpoint};
use crate::tracker::service::{Asker, Front, Refusal, Terms};
use crate::tracker::swarms::Swarms;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, PRAGMA, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode, Version};
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
    let began = Instant::now();
    let ip = whom(&worker, &request, remote.ip());
    let mut reply = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, path) => {
            let query = request.uri().query().unwrap_or_default().as_bytes();
            match (keys::of_path(path.as_bytes()), path) {
                (Some((endpoint, key)), _) => {
                    let asker = Asker { ip, front: Front::Http, key };
                    match endpoint {
                        Endpoint::Announce => announce(&worker, query, &asker).await,
                        Endpoint::Scrape => scrape(&worker, query, &asker),
                    }
                }
                (_, "/" | "/index.html") => index(worker.shared.service.swarms()),
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
    worker.log.borrow_mut().write(
        jiff::Timestamp::now(),
        &Entry {
            host: ip,
            method: request.method().as_str(),
            target: &keys::mask(target),
            protocol: protocol(request.version()),
            status: reply.status().as_u16(),
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            user_agent: request.headers().get(USER_AGENT).map(HeaderValue::as_bytes),
            took: began.elapsed(),
        },
    );
    if reply.status() == StatusCode::METHOD_NOT_ALLOWED {
        reply.headers_mut().insert("connection", HeaderValue::from_static("close"));
    }
    reply
}

/// As a log has it.
fn protocol(version: Version) -> &'static str {
    if version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" }
}

const NOT_FOUND: &str = "There is nothing here. This is a BitTorrent tracker: \
    clients announce at /announce, and / lists what is served.\n";

/// Who asks, beyond the proxies that are trusted.
fn whom(worker: &Worker, request: &Request<Incoming>, remote: IpAddr) -> IpAddr {
    let proxies = &worker.shared.options.policy.proxies;
    if proxies.is_empty() {
        return remote;
    }
    let lines = |name| request.headers().get_all(name).iter().map(HeaderValue::as_bytes);
    proxies.asker(remote, lines("forwarded"), lines("x-forwarded-for"))
}

async fn announce(worker: &Worker, query: &[u8], asker: &Asker<'_>) -> Reply {
    let announce = match http::parse_announce(query) {
        Ok(announce) => announce,
        Err(garbled) => return bencode_plain(StatusCode::BAD_REQUEST, garbled.to_string()),
    };
    let ask = || {
        let (rng, drawn) = (&mut *worker.rng.borrow_mut(), &mut *worker.drawn.borrow_mut());
        let service = &worker.shared.service;
        let terms = service.announce(Instant::now(), asker, &announce, rng, drawn)?;
        Ok(taken(&announce, &terms, drawn))
    };
    let called = match ask() {
        Err(Refusal::CallFirst(address)) => {
            worker.shared.caller.settle(&worker.shared.service, address).await
        }
        judged => return judged.unwrap_or_else(|refusal| refused(&refusal)),
    };
    match ask() {
        Err(refusal) if called => refused(&refusal),
        Err(_) => refused(&Refusal::busy()),
        Ok(reply) => reply,
    }
}

fn taken(announce: &Announce, terms: &Terms, drawn: &Drawn) -> Reply {
    let mut body = Vec::with_capacity(512);
    http::write_answer(&mut body, terms, drawn, announce.compact);
    bencode(body)
}

fn refused(refusal: &Refusal) -> Reply {
    bencode(http::failure(match refusal {
        Refusal::Said { reason, .. } => reason,
        Refusal::CallFirst(_) => "your port cannot be reached from the tracker",
        Refusal::Dropped => "too many requests",
    }))
}

fn scrape(worker: &Worker, query: &[u8], asker: &Asker<'_>) -> Reply {
    let hashes = match http::parse_scrape(query) {
        Ok(hashes) => hashes,
        Err(garbled) => return plain(StatusCode::BAD_REQUEST, format!("{garbled}\n")),
    };
    let mut known = Vec::with_capacity(hashes.len());
    let tell = |hash, counts: Option<_>| known.extend(counts.map(|counts| (hash, counts)));
    match worker.shared.service.scrape(Instant::now(), asker, &hashes, tell) {
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
