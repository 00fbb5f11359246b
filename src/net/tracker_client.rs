//! Announces to trackers over HTTP, HTTPS and UDP (BEP 3, 7, 15, 41).
//!
//! Where the tracker's host has addresses of both families, both are told (BEP 7), under the same
//! key; one that answers is enough, and the other is not waited for long.

use super::http_client::{Error, HttpClient, Via};
use crate::store::words;
use crate::tracker::announce::{Announce, Answer, Trouble};
use crate::tracker::http;
use crate::tracker::udp::{self, Family, Request, Response};
use hyper::Uri;
use rand::TryRng;
use rand::rngs::SysRng;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::time::timeout_at;

/// Bytes of an answer that are read.
const ANSWER_MOST: usize = 1 << 20;
/// How long the other address family is waited for once one has answered.
const GRACE: Duration = Duration::from_secs(3);
/// Before a UDP request is repeated; doubled each time, eight times at most (BEP 15).
const RETRANSMIT: Duration = Duration::from_secs(15);
/// How long a connection id is good for (BEP 15).
const CONNECTION: Duration = Duration::from_secs(60);

/// What announces share: HTTP clients and the connection ids of UDP trackers.
#[derive(Default)]
pub struct Client {
    http: HttpClient,
    bind: Option<IpAddr>,
    connections: Mutex<HashMap<SocketAddr, (u64, Instant)>>,
}

impl Client {
    /// One that calls from this address, or from whichever fits.
    pub fn new(bind: Option<IpAddr>) -> Self {
        Self { http: HttpClient::new(bind), bind, ..Self::default() }
    }
}

/// Announces to the tracker at `url`; has an answer by the deadline.
pub async fn announce(
    client: &Client,
    url: &str,
    announce: &Announce,
    deadline: Instant,
) -> Result<Answer, Trouble> {
    timeout_at(deadline.into(), both_families(client, url, announce))
        .await
        .unwrap_or_else(|_| Err(Trouble::Unreachable("timed out".into())))
}

async fn both_families(client: &Client, url: &str, announce: &Announce) -> Result<Answer, Trouble> {
    let uri: Uri = url.split('#').next().unwrap_or_default().parse().map_err(|_| no_url())?;
    let host = uri.host().ok_or_else(no_url)?.trim_matches(['[', ']']);
    let port = match (uri.port_u16(), uri.scheme_str()) {
        (Some(port), _) => port,
        (None, Some("http")) => 80,
        (None, Some("https")) => 443,
        _ => return Err(no_url()),
    };
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| Trouble::Unreachable(format!("{host}: {error}")))?;
    let found: Vec<SocketAddr> = found
        .filter(|address| client.bind.is_none_or(|bind| bind.is_ipv4() == address.is_ipv4()))
        .collect();
    let v4 = found.iter().find(|address| address.is_ipv4());
    let v6 = found.iter().find(|address| address.is_ipv6());
    let one = |address| one_family(client, url, &uri, address, announce);
    match (v4, v6) {
        (Some(v4), Some(v6)) => {
            let (a, b) = (one(*v4), one(*v6));
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
        (Some(only), None) | (None, Some(only)) => one(*only).await,
        (None, None) => Err(Trouble::Unreachable(format!("{host}: no address"))),
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

async fn one_family(
    client: &Client,
    url: &str,
    uri: &Uri,
    address: SocketAddr,
    announce: &Announce,
) -> Result<Answer, Trouble> {
    if uri.scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("udp")) {
        return over_udp(client, uri, address, announce).await;
    }
    let via = if address.is_ipv4() { Via::V4 } else { Via::V6 };
    let asked = http::announce_url(url, announce);
    let (status, body) =
        client.http.ask(&asked, ANSWER_MOST, via).await.map_err(|error| match error {
            Error::TooLarge(_) => Trouble::Garbled(error.to_string()),
            error => Trouble::Unreachable(error.to_string()),
        })?;
    match (status, http::decode(&body)) {
        // Some trackers refuse in bencode under another status than 200.
        (200, answer) | (_, answer @ Err(Trouble::Refused { .. })) => answer,
        (status, _) => {
            Err(Trouble::Refused { reason: format!("the tracker answered {status}"), retry: None })
        }
    }
}

async fn over_udp(
    client: &Client,
    uri: &Uri,
    address: SocketAddr,
    announce: &Announce,
) -> Result<Answer, Trouble> {
    let unreachable = |error: std::io::Error| Trouble::Unreachable(words(&error));
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((client.bind.unwrap_or(any), 0)).await.map_err(unreachable)?;
    // A connected socket hears of nobody else, and of ICMP errors.
    socket.connect(address).await.map_err(unreachable)?;
    let family = Family::of(address.ip());
    let url_data = uri.path_and_query().map(|path| path.as_str()).filter(|path| *path != "/");
    let url_data = url_data.unwrap_or_default().as_bytes().to_vec();
    for attempt in 0..=8u32 {
        let patience = Instant::now() + RETRANSMIT.saturating_mul(1 << attempt);
        let known = connections(client).get(&address).copied();
        let connection = match known.filter(|(_, since)| since.elapsed() < CONNECTION) {
            Some((connection, _)) => connection,
            None => {
                let transaction = transaction()?;
                let packet = udp::request(&Request::Connect { transaction });
                match exchange(&socket, &packet, transaction, family, patience).await? {
                    None => continue,
                    Some(Response::Connect { connection }) => {
                        connections(client).insert(address, (connection, Instant::now()));
                        connection
                    }
                    Some(other) => return udp::judge(other),
                }
            }
        };
        let transaction = transaction()?;
        let packet = udp::request(&Request::Announce {
            connection,
            transaction,
            announce: announce.clone(),
            url_data: url_data.clone(),
        });
        match exchange(&socket, &packet, transaction, family, patience).await? {
            // The tracker may have forgotten the connection.
            None | Some(Response::Error(_)) if known.is_some() && attempt == 0 => {
                connections(client).remove(&address);
            }
            None => {}
            Some(response) => return udp::judge(response),
        }
    }
    Err(Trouble::Unreachable("no answer".into()))
}

fn connections(client: &Client) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, (u64, Instant)>> {
    client.connections.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends a packet and waits for what answers it.
async fn exchange(
    socket: &UdpSocket,
    packet: &[u8],
    transaction: u32,
    family: Family,
    patience: Instant,
) -> Result<Option<Response>, Trouble> {
    let unreachable = |error: std::io::Error| Trouble::Unreachable(words(&error));
    socket.send(packet).await.map_err(unreachable)?;
    let mut buffer = vec![0; 8192];
    loop {
        let length = match timeout_at(patience.into(), socket.recv(&mut buffer)).await {
            Err(_) => return Ok(None),
            Ok(length) => length.map_err(unreachable)?,
        };
        let packet = buffer.get(..length).unwrap_or_default();
        match udp::parse_response(packet, family) {
            Ok((echoed, response)) if echoed == transaction => return Ok(Some(response)),
            // Somebody else's, or late.
            _ => {}
        }
    }
}

/// Not to be guessed by those who do not see our packets.
fn transaction() -> Result<u32, Trouble> {
    SysRng.try_next_u32().map_err(|error| Trouble::Unreachable(error.to_string()))
}

fn no_url() -> Trouble {
    Trouble::Unreachable("not a URL of a tracker".into())
}

#[cfg(test)]
mod tests;
