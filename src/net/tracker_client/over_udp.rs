//! Questions to UDP trackers: connections, and packets that are sent again (BEP 15, 41).

use super::Client;
use crate::store::words;
use crate::tracker::announce::Trouble;
use crate::tracker::udp::{self, Family, Request, Response};
use hyper::Uri;
use rand::TryRng;
use rand::rngs::SysRng;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::time::timeout_at;

/// How long a connection id is good for (BEP 15).
const CONNECTION: Duration = Duration::from_secs(60);

/// The path and query of the tracker's URL, as the announce says them (BEP 41).
pub(super) fn url_data(uri: &Uri) -> Vec<u8> {
    let url_data = uri.path_and_query().map(|path| path.as_str()).filter(|path| *path != "/");
    url_data.unwrap_or_default().as_bytes().to_vec()
}

/// Asks what `request` makes of the connection and the transaction, and again until an answer to it
/// has come, which is of use until the deadline.
pub(super) async fn ask(
    client: &Client,
    address: SocketAddr,
    deadline: Instant,
    request: impl Fn(u64, u32) -> Request,
) -> Result<Response, Trouble> {
    let unreachable = |error: std::io::Error| Trouble::Unreachable(words(&error));
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((client.bind.unwrap_or(any), 0)).await.map_err(unreachable)?;
    // A connected socket hears of nobody else, and of ICMP errors.
    socket.connect(address).await.map_err(unreachable)?;
    let family = Family::of(address.ip());
    // What is sent again stays the same packet, so that a late answer to the first serves too.
    let (connecting, mut asking) = (transaction()?, transaction()?);
    let within = deadline.saturating_duration_since(Instant::now());
    for (attempt, wait) in udp::waits(within).enumerate() {
        let patience = Instant::now() + wait;
        let known = connections(client).get(&address).copied();
        let connection = match known.filter(|(_, since)| since.elapsed() < CONNECTION) {
            Some((connection, _)) => connection,
            None => {
                let packet = udp::request(&Request::Connect { transaction: connecting });
                match exchange(&socket, &packet, connecting, family, patience).await? {
                    None => continue,
                    Some(Response::Connect { connection }) => {
                        remember(&mut connections(client), address, connection, Instant::now());
                        connection
                    }
                    Some(other) => return Ok(other),
                }
            }
        };
        let packet = udp::request(&request(connection, asking));
        match exchange(&socket, &packet, asking, family, patience).await? {
            // The tracker may have forgotten the connection.
            None | Some(Response::Error(_)) if known.is_some() && attempt == 0 => {
                connections(client).remove(&address);
                asking = transaction()?;
            }
            None => {}
            Some(response) => return Ok(response),
        }
    }
    Err(Trouble::Unreachable("no answer".into()))
}

/// The connection ids that trackers gave, and when.
pub(super) type Connections = HashMap<SocketAddr, (u64, Instant)>;

/// Keeps one, and no longer those that are good for nothing any more.
fn remember(known: &mut Connections, address: SocketAddr, connection: u64, now: Instant) {
    known.retain(|_, (_, since)| now.saturating_duration_since(*since) < CONNECTION);
    known.insert(address, (connection, now));
}

fn connections(client: &Client) -> std::sync::MutexGuard<'_, Connections> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_connections_that_are_good_are_kept() {
        let (mut known, now) = (Connections::new(), Instant::now());
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        remember(&mut known, at(1), 1, now);
        remember(&mut known, at(2), 2, now + CONNECTION / 2);
        remember(&mut known, at(3), 3, now + CONNECTION);
        let mut ports: Vec<_> = known.keys().map(SocketAddr::port).collect();
        ports.sort_unstable();
        assert_eq!(ports, [2, 3]);
    }
}
