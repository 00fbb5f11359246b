//! Parts of files on web servers: web seeds (BEP 19) that are checked, mirrors that repair.
//!
//! What the server answers is not believed: how long it may take, how much it may send and where it
//! may lead are bounded, and a part is exactly what was asked for or a [`Fault`].

mod check;

pub use check::{Finding, Wrong, check, volume};

use super::http_client::{self, HttpClient, Via, innermost};
use super::trust::Authorities;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, HeaderValue, RANGE,
};
use hyper::{Response, body::Incoming};
use std::ops::Range;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a server may take to answer, and to go on with an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The slowest that it may send, in bytes a second.
const SLOWEST: u64 = 4096;

/// Why a part of a file did not come.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// There is no answer that says anything of the file.
    #[error(transparent)]
    Http(#[from] http_client::Error),
    /// It sends whole files only.
    #[error("the server does not send parts of files (ranges)")]
    NoRanges,
    /// The file ends before the part.
    #[error("the server's file is shorter")]
    Shorter,
    /// It sends another part than it was asked for.
    #[error("the server sends another part than it was asked for")]
    OtherRange,
    /// The answer ends early.
    #[error("the server sent {got} of {wanted} bytes")]
    Short {
        /// Bytes that came.
        got: u64,
        /// Bytes that were promised.
        wanted: u64,
    },
    /// The answer goes on behind its end.
    #[error("the server sends more than it was asked for")]
    Long,
    /// It is not the file's bytes that come.
    #[error("the server sends the file compressed")]
    Encoded,
}

impl Fault {
    /// Whether no server was reached, so that nothing is known of the file.
    pub fn is_network(&self) -> bool {
        use http_client::Error;
        matches!(
            self,
            Self::Http(
                Error::Network(_) | Error::Garbled(_) | Error::Untrusted(_) | Error::Timeout
            )
        )
    }
}

/// A part of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The bytes.
    pub bytes: Bytes,
    /// The length of the whole file, where the server tells.
    pub total: Option<u64>,
}

/// Asks web servers for parts of files, for those who wait; keeps its connection open from one call
/// to the next. Not to be used inside a runtime.
pub struct Web {
    runtime: Runtime,
    client: HttpClient,
    patience: Duration,
}

impl Web {
    /// One that has not connected to anything, and believes these authorities too.
    ///
    /// # Errors
    /// The system has no means for connections.
    pub fn new(authorities: Authorities) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, client: HttpClient::keeping(authorities), patience: PATIENCE })
    }

    /// The bytes `range` of the file at `url`, all of them.
    ///
    /// # Errors
    /// The server can't be reached, has no such file, or does not send just these bytes.
    pub fn read(&self, url: &str, range: Range<u64>) -> Result<Bytes, Fault> {
        self.part(url, range).map(|part| part.bytes)
    }

    /// As [`Self::read`], with the length of the whole file.
    ///
    /// # Errors
    /// The same.
    pub fn part(&self, url: &str, range: Range<u64>) -> Result<Part, Fault> {
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
            return Ok(Part { bytes: Bytes::new(), total: None });
        };
        let wanted = format!("bytes={}-{last}", range.start);
        // Nothing but digits, which any header can hold.
        let wanted = HeaderValue::from_str(&wanted).unwrap_or(HeaderValue::from_static("bytes=0-"));
        let ask = || self.runtime.block_on(self.ask(url, &wanted, &range));
        match ask() {
            // The server may have closed the kept connection in the meantime.
            Err(Fault::Http(http_client::Error::Network(_))) => ask(),
            asked => asked,
        }
    }

    async fn ask(
        &self,
        url: &str,
        wanted: &HeaderValue,
        range: &Range<u64>,
    ) -> Result<Part, Fault> {
        let identity = HeaderValue::from_static("identity");
        let headers = [(RANGE, wanted.clone()), (ACCEPT_ENCODING, identity)];
        let opened = timeout(self.patience, self.client.open(url, &headers, Via::Any)).await;
        let response = opened.map_err(|_| http_client::Error::Timeout)??;
        let total = judge(response.status().as_u16(), response.headers(), range)?;
        let bytes = self.body(response, range.end.saturating_sub(range.start)).await?;
        Ok(Part { bytes, total })
    }

    /// The body, of exactly this length.
    async fn body(&self, response: Response<Incoming>, wanted: u64) -> Result<Bytes, Fault> {
        let slow = Duration::from_secs(wanted.div_ceil(SLOWEST));
        let end = Instant::now() + self.patience.saturating_add(slow);
        let mut body = response.into_body();
        let mut bytes = BytesMut::new();
        loop {
            let frame = timeout_at(end, timeout(self.patience, body.frame())).await;
            let Ok(Ok(frame)) = frame else { return Err(http_client::Error::Timeout.into()) };
            let got = bytes.len() as u64;
            match frame {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    if got.saturating_add(data.len() as u64) > wanted {
                        return Err(Fault::Long);
                    }
                    bytes.extend_from_slice(&data);
                }
                None if got == wanted => return Ok(bytes.freeze()),
                None => return Err(Fault::Short { got, wanted }),
                Some(Err(_)) if got > 0 => return Err(Fault::Short { got, wanted }),
                Some(Err(error)) => {
                    return Err(http_client::Error::Network(innermost(&error)).into());
                }
            }
        }
    }
}

/// Whether the head of an answer promises the range; gives the length of the whole file.
fn judge(status: u16, headers: &HeaderMap, range: &Range<u64>) -> Result<Option<u64>, Fault> {
    let plain = |name: &HeaderValue| name.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| !plain(encoding)) {
        return Err(Fault::Encoded);
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match status {
        206 => match text(CONTENT_RANGE).and_then(content_range) {
            Some((sent, total)) if sent == *range => Ok(total),
            // What is cut off at the end of the file says how long that is.
            Some((sent, Some(total)))
                if sent.start == range.start && sent.end == total && total < range.end =>
            {
                Err(Fault::Shorter)
            }
            _ => Err(Fault::OtherRange),
        },
        // All of the file is what was asked for, or else may be any length.
        200 => match text(CONTENT_LENGTH).and_then(|length| length.trim().parse::<u64>().ok()) {
            Some(length) if range.start == 0 && length == range.end => Ok(Some(length)),
            Some(length) if length < range.end => Err(Fault::Shorter),
            _ => Err(Fault::NoRanges),
        },
        416 => Err(Fault::Shorter),
        status => Err(http_client::Error::Status(status).into()),
    }
}

/// `bytes 0-499/1234`, `bytes 0-499/*` (RFC 9110): the range, and the length of the whole.
fn content_range(text: &str) -> Option<(Range<u64>, Option<u64>)> {
    let (unit, rest) = text.trim().split_once(' ')?;
    let (range, total) = rest.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (first, end) = (number(first)?, number(last)?.checked_add(1)?);
    let total = match total.trim() {
        "*" => None,
        total => Some(number(total)?),
    };
    let sane = first < end && total.is_none_or(|total| end <= total);
    (sane && unit.eq_ignore_ascii_case("bytes")).then_some((first..end, total))
}

#[cfg(test)]
mod tests;
