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

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(in crate::net::track) struct Visitor {
    /// Beyond all proxies.
    pub(super) ip: IpAddr,
    /// That of the URL.
    pub(super) key: Option<Box<[u8]>>,
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
) -> Result<(Reply, Accepted), Reply> {
    let refused = |status, words: &'static str| Err(refusal(status, words));
    let Some(lines) = &worker.lines else {
        let words = "WebSocket is not spoken here: this tracker is for HTTP and UDP.\n";
        return refused(StatusCode::BAD_REQUEST, words);
    };
    let Some(key) = keys::of_websocket_path(request.uri().path().as_bytes()) else {
        return refused(StatusCode::NOT_FOUND, "WebSocket is spoken at / and at /announce.\n");
    };
    let headers = request.headers();
    if headers.get(header::SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        let words = "Only version 13 of WebSocket is spoken here.\n";
        let mut reply = refusal(StatusCode::UPGRADE_REQUIRED, words);
        reply.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, VERSION);
        reply.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Err(reply);
    }
    let proof = headers.get(header::SEC_WEBSOCKET_KEY);
    let proof = proof.and_then(|key| websocket::accept(key.as_bytes()));
    let proof = proof.and_then(|proof| HeaderValue::try_from(proof).ok());
    let Some(proof) = proof.filter(|_| {
        request.version() == Version::HTTP_11 && has(headers, header::CONNECTION, "upgrade")
    }) else {
        return refused(StatusCode::BAD_REQUEST, "This is no handshake of WebSocket.\n");
    };
    // HTTP has room for as many again, and makes way in its own half.
    if lines.len() >= (worker.front.house.bounds.all / 2).max(1) || *worker.stopped.borrow() {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "There is no room for one more.\n");
    }
    let visitor = Visitor { ip, key: key.map(Into::into) };
    let upgrade = hyper::upgrade::on(request);
    let mut reply = Response::new(Full::new(Bytes::new()));
    *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = reply.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, proof);
    Ok((reply, Accepted { upgrade, visitor }))
}

fn refusal(status: StatusCode, words: &'static str) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from_static(words.as_bytes())));
    *reply.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    reply.headers_mut().insert(header::CONTENT_TYPE, plain);
    reply
}
