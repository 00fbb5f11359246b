//! The feed, kept as it is sent.

use super::reply::{self, Fresh, Taken};
use crate::net::http_server::Reply;
use crate::tracker::catalog::Catalog;
use crate::tracker::feed;
use bytes::Bytes;
use hyper::header::HeaderMap;
use std::sync::Arc;

/// The feed of a catalog, for who sees the tracker at one place.
pub(super) struct News {
    catalog: Arc<Catalog>,
    base: String,
    fresh: Fresh,
    text: Bytes,
    packed: Option<Bytes>,
}

impl News {
    /// Made anew, which is the work of milliseconds.
    pub(super) fn new(catalog: Arc<Catalog>, base: String) -> Self {
        let text = feed::feed(&catalog, &base);
        let fresh = Fresh::of_text(&text, catalog.changed());
        let packed = reply::packed(text.as_bytes());
        Self { catalog, base, fresh, text: text.into(), packed }
    }

    /// Whether it is what would be made of these.
    pub(super) fn is_of(&self, catalog: &Arc<Catalog>, base: &str) -> bool {
        Arc::ptr_eq(&self.catalog, catalog) && self.base == base
    }

    /// The answer to who asks for it.
    pub(super) fn reply(&self, headers: &HeaderMap, taken: &Taken) -> Reply {
        if self.fresh.known(headers) {
            return self.fresh.not_modified();
        }
        let packed = self.packed.clone().filter(|_| taken.gzip);
        self.fresh.mark(reply::both(feed::TYPE, self.text.clone(), packed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderValue, IF_NONE_MATCH};

    async fn bytes(reply: Reply) -> Bytes {
        reply.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn it_is_made_once_and_sent_as_each_takes_it() {
        let catalog = Arc::new(Catalog::default());
        let news = News::new(Arc::clone(&catalog), format!("http://{}/", "t".repeat(1000)));
        assert!(news.is_of(&catalog, &news.base) && !news.is_of(&catalog, "http://u/"));
        assert!(!news.is_of(&Arc::default(), &news.base), "of another catalog");
        let mut headers = HeaderMap::new();
        let ask = |headers: &HeaderMap| news.reply(headers, &Taken::of(headers));
        let plain = ask(&headers);
        let tag = plain.headers()[ETAG].clone();
        // The same memory each time.
        let (one, other) = (bytes(plain).await, bytes(ask(&headers)).await);
        assert_eq!((one.as_ptr(), one.len()), (other.as_ptr(), other.len()));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let packed = ask(&headers);
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert!(bytes(packed).await.len() < one.len());
        headers.insert(IF_NONE_MATCH, tag);
        assert_eq!(ask(&headers).status(), 304);
    }
}
