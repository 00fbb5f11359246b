//! The first 68 bytes of a connection, from both sides, within a time limit (BEP 3).
//!
//! Nothing but the two handshakes is read here: what follows stays in the socket for the peer's
//! own task.

#![deny(clippy::indexing_slicing)]

use crate::swarm::Trouble;
use crate::torrent::InfoHash;
use crate::wire::Handshake;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// To reach the other end.
const CONNECT: Duration = Duration::from_secs(12);

/// For both handshakes together.
const EXCHANGE: Duration = Duration::from_secs(20);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The other end is not reached, or it hung up.
    #[error("{}", crate::store::words(.0))]
    Io(#[from] io::Error),
    /// It does not speak as it should.
    #[error("{0}")]
    Peer(#[from] Trouble),
    /// We may only call from an address of the other family.
    #[error("not of the family of the address that we are bound to")]
    Family,
    /// It took too long.
    #[error("no connection within {} s", CONNECT.as_secs())]
    Unreachable,
    /// It connected and then said nothing, or too little.
    #[error("no handshake within {} s", EXCHANGE.as_secs())]
    Silent,
    /// It hung up in the middle of its handshake.
    #[error("hung up before the handshake was done")]
    HungUp,
}

/// Calls a peer.
pub(super) async fn call(
    address: SocketAddr,
    from: Option<IpAddr>,
    ours: &Handshake,
) -> Result<(TcpStream, Handshake), Refusal> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(from) = from {
        if from.is_ipv4() != address.is_ipv4() {
            return Err(Refusal::Family);
        }
        socket.bind(SocketAddr::new(from, 0))?;
    }
    let connected = timeout(CONNECT, socket.connect(address)).await;
    let mut stream = connected.map_err(|_| Refusal::Unreachable)??;
    stream.set_nodelay(true)?;
    let exchange = async {
        stream.write_all(&ours.encode()).await?;
        let mut theirs = Incoming::default();
        if theirs.info_hash(&mut stream).await? != ours.info_hash {
            return Err(Trouble::InfoHash.into());
        }
        let theirs = theirs.rest(&mut stream).await?;
        Ok((stream, theirs))
    };
    timeout(EXCHANGE, exchange).await.map_err(|_| Refusal::Silent)?
}

/// Takes the call of a peer; `route` gives our handshake where the info-hash is one of ours.
pub(super) async fn answer(
    mut stream: TcpStream,
    route: impl Fn(InfoHash) -> Option<Handshake>,
) -> Result<(TcpStream, Handshake), Refusal> {
    stream.set_nodelay(true)?;
    let exchange = async {
        let mut theirs = Incoming::default();
        let wanted = theirs.info_hash(&mut stream).await?;
        let ours = route(wanted).ok_or(Trouble::InfoHash)?;
        // Some peers keep their id back until they know ours.
        stream.write_all(&ours.encode()).await?;
        let theirs = theirs.rest(&mut stream).await?;
        Ok((stream, theirs))
    };
    timeout(EXCHANGE, exchange).await.map_err(|_| Refusal::Silent)?
}

/// A handshake that is arriving. It is refused at the first part that is wrong, so that who does
/// not speak the protocol need not be waited for.
#[derive(Default)]
struct Incoming {
    bytes: Vec<u8>,
}

impl Incoming {
    /// Reads up to the end of the info-hash.
    async fn info_hash(&mut self, stream: &mut TcpStream) -> Result<InfoHash, Refusal> {
        self.fill(stream, Handshake::LENGTH - 20).await?;
        Ok(Handshake::info_hash(&self.bytes).ok_or(Trouble::NotProtocol)?)
    }

    /// Reads the peer id, which ends it.
    async fn rest(mut self, stream: &mut TcpStream) -> Result<Handshake, Refusal> {
        self.fill(stream, Handshake::LENGTH).await?;
        let whole = Handshake::decode(&self.bytes).map_err(|_| Trouble::NotProtocol)?;
        Ok(whole.ok_or(Trouble::NotProtocol)?)
    }

    async fn fill(&mut self, stream: &mut TcpStream, length: usize) -> Result<(), Refusal> {
        while let missing @ 1.. = length.saturating_sub(self.bytes.len()) {
            let limit = u64::try_from(missing).unwrap_or(u64::MAX);
            if stream.take(limit).read_buf(&mut self.bytes).await? == 0 {
                return Err(Refusal::HungUp);
            }
            Handshake::decode(&self.bytes).map_err(|_| Trouble::NotProtocol)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::PeerId;
    use std::net::Ipv6Addr;

    #[tokio::test]
    async fn nobody_is_called_from_another_address_than_the_one_named() {
        let ours = Handshake::new(InfoHash([1; 20]), PeerId([2; 20]));
        let (v4, v6) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from(Ipv6Addr::LOCALHOST));
        for (from, to) in [(v4, v6), (v6, v4)] {
            let end = call(SocketAddr::new(to, 1), Some(from), &ours).await;
            assert!(matches!(end, Err(Refusal::Family)), "{from} to {to}");
        }
    }
}
