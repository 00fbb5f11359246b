//! A small HTTP client for trackers and metainfo: GET, redirects, gzip, everything bounded.

use super::trust::Authorities;
use super::trust::words::{Insecure, explain};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, HeaderName, HeaderValue, LOCATION, USER_AGENT,
};
use hyper::{Request, Response, Uri, body::Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use std::time::Duration;

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// How long a whole [`get_blocking`] may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What trackers and servers know us by.
pub const AGENT: &str = concat!("bt/", env!("CARGO_PKG_VERSION"));
/// The only encoding that [`HttpClient::ask`] takes.
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
/// What people write into URLs though it may not stand there.
const UNWRITABLE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\');

/// Why nothing came.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// It is no URL that can be asked.
    #[error("not an http or https URL: {0}")]
    Url(String),
    /// The server could not be reached, or broke off.
    #[error("{0}")]
    Network(String),
    /// Nobody who is believed vouches for the server; an authority more would help.
    #[error("{0}")]
    Untrusted(String),
    /// The server answered with another status than 200.
    #[error("the server answered {0}")]
    Status(u16),
    /// What it answered is not HTTP, or not what it says to be.
    #[error("{0}")]
    Garbled(String),
    /// The answer is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// Too many redirects, or one that leaves https.
    #[error("{0}")]
    Redirect(&'static str),
    /// It took too long.
    #[error("timed out")]
    Timeout,
}

/// By which address family to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Via {
    /// Whichever works.
    Any,
    /// Only IPv4.
    V4,
    /// Only IPv6.
    V6,
}

/// Clients made when they are first needed: that for https reads the system's certificates.
#[derive(Default)]
pub struct HttpClient {
    bind: Option<IpAddr>,
    authorities: Authorities,
    /// Connections to a host that are kept open between requests.
    idle: usize,
    plain: [OnceLock<legacy::Client<HttpConnector, Empty<Bytes>>>; 3],
    secure: [OnceLock<legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>>; 3],
}

impl HttpClient {
    /// One that calls from this address, or from whichever fits, and believes these authorities too.
    pub fn new(bind: Option<IpAddr>, authorities: Authorities) -> Self {
        Self { bind, authorities, ..Self::default() }
    }

    /// One that keeps a connection open for the next request to the same server.
    pub(super) fn keeping(authorities: Authorities) -> Self {
        Self { authorities, idle: 1, ..Self::default() }
    }

    /// The body of an answer of at most `limit` bytes, compressed or not, and its status. Has no
    /// timeout of its own.
    pub async fn ask(&self, url: &str, limit: usize, via: Via) -> Result<(u16, Bytes), Error> {
        let response = self.open(url, &[(ACCEPT_ENCODING, GZIP)], via).await?;
        Ok((response.status().as_u16(), body(response, limit).await?))
    }

    /// The head of the answer to a request with these headers, redirects followed; its body is
    /// still to come.
    pub(super) async fn open(
        &self,
        url: &str,
        headers: &[(HeaderName, HeaderValue)],
        via: Via,
    ) -> Result<Response<Incoming>, Error> {
        let mut url = utf8_percent_encode(url, UNWRITABLE).to_string();
        for turn in 0..=REDIRECTS {
            let uri: Uri = url.parse().map_err(|_| no_url(turn, &url))?;
            if !is_web(&uri) {
                return Err(no_url(turn, &url));
            }
            let response = self.send(uri.clone(), headers, via).await?;
            let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            match (response.status().as_u16(), location) {
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    let next = follow(&uri, location);
                    let scheme = next.split(':').next().unwrap_or_default();
                    if uri.scheme_str() == Some("https") && !scheme.eq_ignore_ascii_case("https") {
                        return Err(Error::Redirect("redirected from https to http"));
                    }
                    url = next;
                }
                _ => return Ok(response),
            }
        }
        Err(Error::Redirect("too many redirects"))
    }

    async fn send(
        &self,
        uri: Uri,
        headers: &[(HeaderName, HeaderValue)],
        via: Via,
    ) -> Result<Response<Incoming>, Error> {
        let secure = uri.scheme_str() == Some("https");
        let mut request = Request::get(&uri).header(USER_AGENT, AGENT);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Empty::new()).map_err(|_| Error::Url(uri.to_string()))?;
        let slot = via as usize;
        let response = if secure {
            let Some(cell) = self.secure.get(slot) else { return Err(Error::Timeout) };
            let client = match cell.get() {
                Some(client) => client,
                None => {
                    let tls = HttpsConnectorBuilder::new()
                        .with_tls_config(self.authorities.config().map_err(Error::Untrusted)?)
                        .https_only()
                        .enable_http1();
                    let mut http = self.connector(via);
                    http.enforce_http(false);
                    cell.get_or_init(|| self.client().build(tls.wrap_connector(http)))
                }
            };
            client.request(request).await
        } else {
            let Some(cell) = self.plain.get(slot) else { return Err(Error::Timeout) };
            let made = cell.get_or_init(|| self.client().build(self.connector(via)));
            made.request(request).await
        };
        response.map_err(|error| match explain(&error) {
            Some(Insecure::Untrusted(why)) => Error::Untrusted(why),
            Some(Insecure::Other(why)) => Error::Network(why),
            None => no_head(&error),
        })
    }

    fn client(&self) -> legacy::Builder {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        // Half an hour between two announces: nothing worth keeping open.
        builder.pool_max_idle_per_host(self.idle);
        // Some trackers are scripts that write their own heads.
        builder.http1_ignore_invalid_headers_in_responses(true);
        builder.http1_allow_spaces_after_header_name_in_responses(true);
        builder
    }

    fn connector(&self, via: Via) -> HttpConnector {
        let mut http = HttpConnector::new();
        // An unspecified local address keeps to its family and says nothing else.
        http.set_local_address(match (self.bind, via) {
            (Some(bind), _) => Some(bind),
            (None, Via::Any) => None,
            (None, Via::V4) => Some(Ipv4Addr::UNSPECIFIED.into()),
            (None, Via::V6) => Some(Ipv6Addr::UNSPECIFIED.into()),
        });
        http.set_nodelay(true);
        http
    }
}

async fn body(response: Response<Incoming>, limit: usize) -> Result<Bytes, Error> {
    let encoding = response.headers().get(CONTENT_ENCODING);
    let zipped = encoding.is_some_and(|name| {
        [&b"gzip"[..], b"x-gzip"].iter().any(|known| name.as_bytes().eq_ignore_ascii_case(known))
    });
    let body = Limited::new(response.into_body(), limit).collect().await.map_err(|error| {
        match error.downcast::<http_body_util::LengthLimitError>() {
            Ok(_) => Error::TooLarge(limit),
            Err(error) => no_body(error.as_ref()),
        }
    })?;
    let body = body.to_bytes();
    if !zipped {
        return Ok(body);
    }
    let mut plain = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::MultiGzDecoder::new(&*body)
        .take(most)
        .read_to_end(&mut plain)
        .map_err(|error| Error::Garbled(format!("bad gzip: {error}")))?;
    if plain.len() > limit { Err(Error::TooLarge(limit)) } else { Ok(plain.into()) }
}

fn is_web(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
}

/// A URL that cannot be asked: the first, or one of a redirect, which may have a passkey in it.
fn no_url(turn: usize, url: &str) -> Error {
    match turn {
        0 => Error::Url(url.to_owned()),
        _ => Error::Redirect("redirected to what is no http or https URL"),
    }
}

/// The causes of an error that are of this type.
fn causes<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a E> {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|cause| cause.downcast_ref())
}

/// Why no head of an answer came, in words that are the same whatever a library calls it.
fn no_head(error: &(dyn std::error::Error + 'static)) -> Error {
    let any = |is: fn(&hyper::Error) -> bool| causes::<hyper::Error>(error).any(is);
    let closed = || causes::<io::Error>(error).any(|it| it.kind() == io::ErrorKind::UnexpectedEof);
    if any(hyper::Error::is_parse_too_large) {
        Error::Garbled("its head is too long".into())
    } else if any(hyper::Error::is_parse) {
        let what = innermost(error);
        let what = what.strip_suffix(" parsed").unwrap_or(&what);
        Error::Garbled(format!("not HTTP: {what}"))
    } else if any(hyper::Error::is_incomplete_message) || closed() {
        Error::Network("it closed the connection without an answer".into())
    } else {
        Error::Network(innermost(error))
    }
}

/// Why the body of an answer did not come whole. One that ends too early is no trouble of the network.
fn no_body(error: &(dyn std::error::Error + 'static)) -> Error {
    match causes::<io::Error>(error).map(io::Error::kind).next() {
        _ if let Some(Insecure::Other(why)) = explain(error) => Error::Network(why),
        Some(io::ErrorKind::UnexpectedEof) => Error::Garbled("cut short".into()),
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            Error::Garbled("broken chunks".into())
        }
        _ => Error::Network(innermost(error)),
    }
}

/// The cause at the bottom: "connection refused", not "client error".
pub(super) fn innermost(mut error: &(dyn std::error::Error + 'static)) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or_default().to_owned()
}

/// The URL that a redirect leads to (RFC 3986).
fn follow(from: &Uri, location: &str) -> String {
    let location = location.split('#').next().unwrap_or_default();
    let scheme = from.scheme_str().unwrap_or("http");
    let authority = from.authority().map_or("", |authority| authority.as_str());
    // Only before a path or query does a colon end a scheme.
    let start = location.split(['/', '?']).next().unwrap_or_default();
    let to = if start.contains(':') {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.is_empty() || location.starts_with('?') {
        format!("{scheme}://{authority}{}{location}", from.path())
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    utf8_percent_encode(&to, UNWRITABLE).to_string()
}

/// Fetches a document of at most `limit` bytes, redirects followed.
pub async fn get(url: &str, limit: usize, authorities: &Authorities) -> Result<Bytes, Error> {
    let client = HttpClient::new(None, authorities.clone());
    let asked = tokio::time::timeout(PATIENCE, client.ask(url, limit, Via::Any)).await;
    match asked.map_err(|_| Error::Timeout)?? {
        (200, body) => Ok(body),
        (status, _) => Err(Error::Status(status)),
    }
}

/// [`get`] for those who wait; not to be called inside a runtime.
pub fn get_blocking(url: &str, limit: usize, authorities: &Authorities) -> Result<Vec<u8>, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Network(error.to_string()))?;
    runtime.block_on(get(url, limit, authorities)).map(Vec::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn redirects_are_resolved() {
        let from: Uri = "https://host:8/a/b?c".parse().unwrap();
        for (location, to) in [
            ("http://x/y#z", "http://x/y"),
            ("//x/y", "https://x/y"),
            ("/y?q", "https://host:8/y?q"),
            ("y z", "https://host:8/a/y%20z"),
            ("/y?to=http://z/", "https://host:8/y?to=http://z/"),
            ("y?to=http://z/", "https://host:8/a/y?to=http://z/"),
            ("?q", "https://host:8/a/b?q"),
        ] {
            assert_eq!(follow(&from, location), to);
        }
    }

    #[test]
    fn a_sloppy_head_is_read() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = b"HTTP/1.0 200\nno header\nContent-Type : text/plain\nX Y: z\n\n";
            stream.write_all(head).and_then(|()| stream.write_all(b"d8:intervali9ee")).unwrap();
        });
        assert_eq!(get_blocking(&url, 100, &Authorities::default()).unwrap(), b"d8:intervali9ee");
    }
}
