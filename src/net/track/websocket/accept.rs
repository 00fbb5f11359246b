//! The handshake (RFC 6455, section 4.2), and who is at the other end.

use super::super::worker::Worker;
use crate::net::http_server::Reply;
use crate::tracker::keys;
use crate::wire::websocket;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Version};
use std::net::IpAddr;

/// The protocol's version.
const VERSION: HeaderValue = HeaderValue::from_static("13");

/// The key of a URL.
type Key = Option<Box<[u8]>>;

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(in crate::net::track) struct Visitor {
    /// Beyond all proxies.
    pub(super) ip: IpAddr,
    /// For whose share it counts.
    pub(super) payer: Option<IpAddr>,
    /// That of the URL.
    pub(super) key: Key,
}

/// A connection that is about to speak WebSocket.
pub(in crate::net::track) struct Accepted {
    pub(in crate::net::track) upgrade: OnUpgrade,
    pub(in crate::net::track) visitor: Visitor,
}

/// Whether a request asks for WebSocket.
pub(in crate::net::track) fn wanted(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::GET && has(headers, header::UPGRADE, "websocket")
}

/// Whether a header's list has this word.
fn has(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    headers.get_all(name).iter().any(|value| {
        let mut words = value.as_bytes().split(|byte| *byte == b',');
        words.any(|each| each.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// Answers a request for WebSocket. Whoever it is, and whether it has a key, is judged by what it
/// says then, so that browsers can tell why not.
pub(in crate::net::track) fn accept<B>(
    worker: &Worker,
    request: &mut Request<B>,
    ip: IpAddr,
    payer: Option<IpAddr>,
) -> (Reply, Option<Accepted>) {
    let (proof, visitor) = match judge(worker, request) {
        Ok((proof, key)) => (proof, Visitor { ip, payer, key }),
        Err(No(status, words)) => return (refusal(status, words), None),
    };
    let upgrade = hyper::upgrade::on(request);
    let mut reply = Response::new(Full::new(Bytes::new()));
    *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = reply.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, proof);
    (reply, Some(Accepted { upgrade, visitor }))
}

/// Why not.
struct No(StatusCode, &'static str);

/// What to answer a handshake with, and the key of its URL.
fn judge<B>(worker: &Worker, request: &Request<B>) -> Result<(HeaderValue, Key), No> {
    let Some(lines) = &worker.lines else {
        let words = "WebSocket is not spoken here: this tracker is for HTTP and UDP.\n";
        return Err(No(StatusCode::BAD_REQUEST, words));
    };
    let key = keys::of_websocket_path(request.uri().path().as_bytes());
    let not_here = No(StatusCode::NOT_FOUND, "WebSocket is spoken at / and at /announce.\n");
    // Without keys there is nothing that a path of another name could mean.
    let key = key.filter(|key| key.is_none() || worker.shared.service.keys().is_some());
    let key = key.ok_or(not_here)?;
    let headers = request.headers();
    if headers.get(header::SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        let words = "Only version 13 of WebSocket is spoken here.\n";
        return Err(No(StatusCode::UPGRADE_REQUIRED, words));
    }
    let proof = headers.get(header::SEC_WEBSOCKET_KEY);
    let proof = proof.and_then(|key| websocket::accept(key.as_bytes()));
    let proof = proof.and_then(|proof| HeaderValue::try_from(proof).ok()).filter(|_| {
        request.version() == Version::HTTP_11 && has(headers, header::CONNECTION, "upgrade")
    });
    let no_handshake = No(StatusCode::BAD_REQUEST, "This is no handshake of WebSocket.\n");
    let proof = proof.ok_or(no_handshake)?;
    // HTTP has room for as many again, and makes way in its own half.
    if lines.len() >= (worker.front.house.bounds.all / 2).max(1) || *worker.stopped.borrow() {
        return Err(No(StatusCode::SERVICE_UNAVAILABLE, "There is no room for one more.\n"));
    }
    Ok((proof, key.map(Into::into)))
}

fn refusal(status: StatusCode, words: &'static str) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from_static(words.as_bytes())));
    *reply.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, plain);
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(header::SEC_WEBSOCKET_VERSION, VERSION);
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    reply
}
