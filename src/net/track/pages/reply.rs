//! Answers as a browser or a feed reader should have them: with what keeps a page to itself, packed
//! where that is asked for, and not sent again where it is known.

use crate::net::http_server::Reply;
use crate::net::track::gzip::{self, Packer};
use crate::tracker::feed::{date, seconds};
use crate::tracker::http::head::takes_gzip;
use crate::tracker::page;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use sha1::{Digest, Sha1};
use std::time::Duration;

/// What the client takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::net::track) struct Taken {
    pub(super) gzip: bool,
    /// JSON rather than HTML.
    pub(super) json: bool,
}

impl Taken {
    pub(in crate::net::track) fn of(headers: &HeaderMap) -> Self {
        let encodings = headers.get_all(header::ACCEPT_ENCODING);
        let words = |name| {
            let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
            lines.flat_map(|line| line.split(',')).map(str::trim)
        };
        let place = |kind: &str| {
            let of = |word: &str| word.split(';').next().is_some_and(|word| word.trim() == kind);
            words(header::ACCEPT).position(of)
        };
        let (json, html) = (place("application/json"), place("text/html"));
        Self {
            gzip: encodings.into_iter().any(|line| takes_gzip(line.as_bytes())),
            json: json.is_some_and(|json| html.is_none_or(|html| json < html)),
        }
    }
}

/// A page.
pub(super) fn html(page: String, taken: &Taken) -> Reply {
    let mut reply = body("text/html; charset=utf-8", page.into(), taken);
    set(&mut reply, header::CONTENT_SECURITY_POLICY, page::policy());
    set(&mut reply, header::REFERRER_POLICY, "no-referrer");
    reply
}

/// A body, packed where that is worth it.
pub(super) fn body(kind: &'static str, body: Bytes, taken: &Taken) -> Reply {
    let packed = if taken.gzip { packed(&body) } else { None };
    both(kind, body, packed)
}

/// A body of which this is the packed form, for who takes it.
pub(super) fn both(kind: &'static str, body: Bytes, packed: Option<Bytes>) -> Reply {
    let encoded = packed.is_some();
    let mut reply = whole(kind, packed.unwrap_or(body));
    if encoded {
        set(&mut reply, header::CONTENT_ENCODING, "gzip");
    }
    set(&mut reply, header::VARY, "accept-encoding");
    set(&mut reply, header::CACHE_CONTROL, "no-cache");
    reply
}

/// A body as it is.
pub(super) fn whole(kind: &'static str, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    set(&mut reply, header::CONTENT_TYPE, kind);
    set(&mut reply, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply
}

/// With what else its body depends on.
pub(super) fn varied(mut reply: Reply, on: &'static str) -> Reply {
    set(&mut reply, header::VARY, on);
    reply
}

/// More was asked for than one address may.
pub(in crate::net::track) fn too_fast(wait: Duration) -> Reply {
    let mut reply = only(StatusCode::TOO_MANY_REQUESTS, "Too many requests from your address.\n");
    set(&mut reply, header::RETRY_AFTER, &wait.as_secs().saturating_add(1).to_string());
    reply
}

/// A status and a line.
pub(in crate::net::track) fn only(status: StatusCode, words: &'static str) -> Reply {
    let mut reply = whole("text/plain; charset=utf-8", Bytes::from_static(words.as_bytes()));
    *reply.status_mut() = status;
    reply
}

/// There is too much to do.
pub(super) fn busy() -> Reply {
    let mut reply = only(StatusCode::SERVICE_UNAVAILABLE, "Too much is asked for just now.\n");
    set(&mut reply, header::RETRY_AFTER, "5");
    reply
}

pub(super) fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    // All values are made here, or of what is checked.
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// A body's packed form, where it is worth having.
pub(super) fn packed(body: &[u8]) -> Option<Bytes> {
    (body.len() > gzip::LEAST).then(|| Packer::default().pack(body))?.map(Bytes::from)
}

/// By what a client tells that it has the latest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fresh {
    /// Without the mark of a weak one.
    tag: String,
    weak: bool,
    modified: i64,
}

impl Fresh {
    /// Of a file that is always sent as it is.
    pub(super) fn of_file(name: &str, length: u64, modified: i64) -> Self {
        let name = Sha1::digest(name);
        let name = name.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { tag: format!("\"{name}-{length:x}-{modified:x}\""), weak: false, modified }
    }

    /// Of a text that may be sent packed.
    pub(super) fn of_text(text: &str, modified: i64) -> Self {
        let tag = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { tag: format!("\"{tag}\""), weak: true, modified }
    }

    /// Whether the client has it (RFC 9110, 13.2.2).
    pub(super) fn known(&self, headers: &HeaderMap) -> bool {
        let mut tags = headers.get_all(header::IF_NONE_MATCH).into_iter().peekable();
        if tags.peek().is_some() {
            let lines = tags.filter_map(|line| line.to_str().ok());
            let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
            return tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag);
        }
        let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|date| date.to_str().ok());
        since.and_then(seconds).is_some_and(|since| self.modified <= since)
    }

    /// Adds it to an answer.
    pub(super) fn mark(&self, mut reply: Reply) -> Reply {
        let mark = if self.weak { "W/" } else { "" };
        set(&mut reply, header::ETAG, &format!("{mark}{}", self.tag));
        set(&mut reply, header::LAST_MODIFIED, &date(self.modified));
        reply
    }

    /// The answer to who has it.
    pub(super) fn not_modified(&self) -> Reply {
        let mut reply = Response::new(Full::default());
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
        self.mark(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_a_client_takes_is_what_it_says() {
        let json = |accept| Taken::of(&headers(&[(header::ACCEPT, accept)])).json;
        assert!(json("application/json") && json("application/json;q=0.9, text/html"));
        assert!(!json("text/html,application/json") && !json("*/*") && !json(""));
        let gzip = |encoding| Taken::of(&headers(&[(header::ACCEPT_ENCODING, encoding)])).gzip;
        assert!(gzip("gzip") && gzip("br, GZIP;q=0.5") && !gzip("gzip;q=0") && !gzip("br"));
    }

    #[test]
    fn who_has_it_is_not_sent_it_again() {
        let fresh = Fresh::of_text("x", 784_111_777);
        let known = |name, value| fresh.known(&headers(&[(name, value)]));
        let tag = "\"11f6ad8ec52a2984abaafd7c3b516503785c2072\"";
        assert_eq!(fresh.mark(Response::default()).headers()[header::ETAG], format!("W/{tag}"));
        assert!(known(header::IF_NONE_MATCH, "*"));
        assert!(known(
            header::IF_NONE_MATCH,
            "\"a\", W/\"11f6ad8ec52a2984abaafd7c3b516503785c2072\""
        ));
        assert!(!known(header::IF_NONE_MATCH, "\"a\""));
        assert!(known(header::IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:37 GMT"));
        assert!(!known(header::IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:36 GMT"));
        assert!(!known(header::IF_MODIFIED_SINCE, "x") && !fresh.known(&headers(&[])));
        // The tag counts where there are both.
        let both = headers(&[
            (header::IF_NONE_MATCH, "\"a\""),
            (header::IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:37 GMT"),
        ]);
        assert!(!fresh.known(&both));
    }
}
