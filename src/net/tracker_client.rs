//! Announces to trackers and scrapes over HTTP, HTTPS, UDP and WebSocket (BEP 3, 7, 15, 41, 48,
//! WebTorrent).
//!
//! Where the tracker's host has addresses of both families, an announce goes to both (BEP 7), under
//! the same key; one that answers is enough, and the other is not waited for long. Those who want to
//! know of each family ask `places` and then each `Place`.

mod over_udp;
mod over_websocket;

use super::http_client::{Error, HttpClient, Via};
use super::trust::Authorities;
use crate::torrent::announce_url::SCHEMES;
use crate::torrent::{InfoHash, announce_url};
use crate::tracker::announce::{Announce, Answer, Trouble};
use crate::tracker::http::{self, Counts};
use crate::tracker::udp::{self, Request, Response};
use crate::tracker::websocket as tracker;
use bytes::Bytes;
use hyper::Uri;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::time::timeout_at;

/// Bytes of an answer that are read.
const ANSWER_MOST: usize = 1 << 20;
/// How long the other address family is waited for once one has answered.
const GRACE: Duration = Duration::from_secs(3);
/// What questions share: HTTP clients and the connection ids of UDP trackers.
#[derive(Default)]
pub struct Client {
    http: HttpClient,
    bind: Option<IpAddr>,
    connections: Mutex<over_udp::Connections>,
}

impl Client {
    /// One that calls from this address, or from whichever fits, and believes these authorities too.
    pub fn new(bind: Option<IpAddr>, authorities: Authorities) -> Self {
        Self { http: HttpClient::new(bind, authorities), bind, ..Self::default() }
    }
}

/// Announces to the tracker at `url`; has an answer by the deadline.
pub async fn announce(
    client: &Client,
    url: &str,
    announce: &Announce,
    deadline: Instant,
) -> Result<Answer, Trouble> {
    timeout_at(deadline.into(), both_families(client, url, announce, deadline))
        .await
        .unwrap_or_else(|_| Err(Trouble::Unreachable("timed out".into())))
}

async fn both_families(
    client: &Client,
    url: &str,
    announce: &Announce,
    deadline: Instant,
) -> Result<Answer, Trouble> {
    match places(client, url).await? {
        (Some(v4), Some(v6)) => {
            let (a, b) =
                (v4.announce(client, announce, deadline), v6.announce(client, announce, deadline));
            tokio::pin!(a, b);
            let (first, second) = tokio::select! {
                first = &mut a => {
                    let second = wait(&first, b).await;
                    (first, second)
                }
                first = &mut b => {
                    let second = wait(&first, a).await;
                    (first, second)
                }
            };
            merge(first, second)
        }
        (Some(only), None) | (None, Some(only)) => only.announce(client, announce, deadline).await,
        (None, None) => Err(Trouble::Unreachable("no address".into())),
    }
}

async fn wait(
    first: &Result<Answer, Trouble>,
    second: impl Future<Output = Result<Answer, Trouble>>,
) -> Result<Answer, Trouble> {
    if first.is_err() {
        return second.await;
    }
    let late = Trouble::Unreachable("timed out".into());
    tokio::time::timeout(GRACE, second).await.unwrap_or(Err(late))
}

/// What two families together come to.
fn merge(
    first: Result<Answer, Trouble>,
    second: Result<Answer, Trouble>,
) -> Result<Answer, Trouble> {
    match (first, second) {
        (Ok(mut first), Ok(second)) => {
            for peer in second.peers {
                if first.peers.iter().all(|known| known.address != peer.address) {
                    first.peers.push(peer);
                }
            }
            first.interval = first.interval.max(second.interval);
            first.min_interval = first.min_interval.max(second.min_interval);
            first.complete = first.complete.max(second.complete);
            first.incomplete = first.incomplete.max(second.incomplete);
            first.tracker_id = first.tracker_id.or(second.tracker_id);
            first.warning = first.warning.or(second.warning);
            Ok(first)
        }
        (Ok(answer), Err(_)) | (Err(_), Ok(answer)) => Ok(answer),
        // A refusal says more than silence.
        (Err(Trouble::Unreachable(_)), Err(second)) => Err(second),
        (Err(first), Err(_)) => Err(first),
    }
}

/// Where a tracker is reached by one address family.
#[derive(Clone, Debug)]
pub(super) struct Place {
    url: String,
    uri: Uri,
    /// The first of the host's addresses. Over HTTP another of the family may be taken in its stead.
    pub(super) address: SocketAddr,
}

/// Where the tracker at `url` is reached by IPv4 and by IPv6; at least one is there.
pub(super) async fn places(
    client: &Client,
    url: &str,
) -> Result<(Option<Place>, Option<Place>), Trouble> {
    let uri: Uri = url.split('#').next().unwrap_or_default().parse().map_err(|_| no_url())?;
    // Of `javascript:1` it takes the first word for a host.
    let scheme = uri.scheme_str().ok_or_else(no_url)?;
    if !SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(no_url());
    }
    let host = uri.host().ok_or_else(no_url)?.trim_matches(['[', ']']);
    let port = match (uri.port_u16(), uri.scheme_str()) {
        (Some(port), _) => port,
        (None, Some("http" | "ws")) => 80,
        (None, Some("https" | "wss")) => 443,
        _ => return Err(no_url()),
    };
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| Trouble::Unreachable(unresolved(host, &error)))?;
    let (mut v4, mut v6) = (None, None);
    for address in found {
        let place = if address.is_ipv4() { &mut v4 } else { &mut v6 };
        if client.bind.is_none_or(|bind| bind.is_ipv4() == address.is_ipv4()) {
            place.get_or_insert_with(|| Place { url: url.to_owned(), uri: uri.clone(), address });
        }
    }
    match (&v4, &v6) {
        (None, None) => Err(Trouble::Unreachable(format!("{host}: no address"))),
        _ => Ok((v4, v6)),
    }
}

impl Place {
    fn is_udp(&self) -> bool {
        self.uri.scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("udp"))
    }

    /// Whether the tracker is for browsers: it gives no addresses, and who announces is listed for as
    /// long as the connection is held, which is until the answer has come.
    pub(super) fn is_websocket(&self) -> bool {
        announce_url::is_websocket(&self.url)
    }

    fn via(&self) -> Via {
        if self.address.is_ipv4() { Via::V4 } else { Via::V6 }
    }

    /// Announces here; has no timeout of its own, but sends lost packets again before the deadline.
    pub(super) async fn announce(
        &self,
        client: &Client,
        announce: &Announce,
        deadline: Instant,
    ) -> Result<Answer, Trouble> {
        if self.is_websocket() {
            let judge = |message: &[u8]| tracker::judge_announce(message, announce.info_hash);
            let question = tracker::announce(announce);
            return over_websocket::ask(client, &self.url, self.via(), &question, judge).await;
        }
        if !self.is_udp() {
            let (status, body) = self.get(client, &http::announce_url(&self.url, announce)).await?;
            return told(status, http::decode(&body));
        }
        let url_data = over_udp::url_data(&self.uri);
        let response = over_udp::ask(client, self.address, deadline, |connection, transaction| {
            let (announce, url_data) = (announce.clone(), url_data.clone());
            Request::Announce { connection, transaction, announce, url_data }
        });
        udp::judge(response.await?)
    }

    /// Asks for the counts of these torrents, in their order; `None` for one that the tracker left
    /// out. Has no timeout of its own, but sends lost packets again before the deadline.
    pub(super) async fn scrape(
        &self,
        client: &Client,
        hashes: &[InfoHash],
        deadline: Instant,
    ) -> Result<Vec<Option<Counts>>, Trouble> {
        if self.is_websocket() {
            let judge = |message: &[u8]| tracker::judge_scrape(message, hashes);
            let question = tracker::scrape(hashes);
            return over_websocket::ask(client, &self.url, self.via(), &question, judge).await;
        }
        if self.is_udp() {
            let response =
                over_udp::ask(client, self.address, deadline, |connection, transaction| {
                    Request::Scrape { connection, transaction, hashes: hashes.to_vec() }
                });
            return match response.await? {
                Response::Scrape(counts) => {
                    let counts = counts.into_iter().map(Some).chain(std::iter::repeat(None));
                    Ok(counts.take(hashes.len()).collect())
                }
                other => match udp::judge(other) {
                    Err(trouble) => Err(trouble),
                    Ok(_) => Err(Trouble::Garbled("an answer to something else".into())),
                },
            };
        }
        let url = http::scrape_url(&self.url, hashes).ok_or_else(|| {
            Trouble::Unreachable("cannot be scraped: its URL does not end in /announce".into())
        })?;
        let (status, body) = self.get(client, &url).await?;
        let known: HashMap<_, _> = told(status, http::decode_scrape(&body))?.into_iter().collect();
        Ok(hashes.iter().map(|hash| known.get(hash).copied()).collect())
    }

    async fn get(&self, client: &Client, url: &str) -> Result<(u16, Bytes), Trouble> {
        client.http.ask(url, ANSWER_MOST, self.via()).await.map_err(trouble)
    }
}

/// What it means that nothing came over HTTP.
fn trouble(error: Error) -> Trouble {
    match error {
        Error::TooLarge(_) | Error::Garbled(_) => Trouble::Garbled(error.to_string()),
        Error::Untrusted(why) => Trouble::Untrusted(why),
        error => Trouble::Unreachable(error.to_string()),
    }
}

/// What an answer under this status comes to.
fn told<T>(status: u16, answer: Result<T, Trouble>) -> Result<T, Trouble> {
    match (status, answer) {
        // Some trackers refuse in bencode under another status than 200.
        (200, answer) | (_, answer @ Err(Trouble::Refused { .. })) => answer,
        (status, _) => {
            Err(Trouble::Refused { reason: format!("the tracker answered {status}"), retry: None })
        }
    }
}

/// Without what the language puts before the system's words.
fn unresolved(host: &str, error: &std::io::Error) -> String {
    let error = error.to_string();
    let words = error.strip_prefix("failed to lookup address information: ").unwrap_or(&error);
    format!("{host}: {words}")
}

fn no_url() -> Trouble {
    Trouble::Unreachable("not a URL of a tracker".into())
}

#[cfg(test)]
mod tests;
