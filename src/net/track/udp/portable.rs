//! A UDP socket by single packets, for systems without calls for many.
//!
//! Where the machine has several addresses and the socket is bound to all of them, the system
//! chooses from which an answer leaves: name them with `--bind` instead.

use super::BATCH;
use crate::tracker::udp::{Buffer, Family};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::UdpSocket;

/// A socket with its buffer.
pub(super) struct Socket {
    socket: UdpSocket,
    family: Family,
    buffers: Vec<(SocketAddr, usize, Buffer)>,
}

impl Socket {
    pub(super) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let family = Family::of(socket.local_addr()?.ip());
        Ok(Self { socket: UdpSocket::from_std(socket)?, family, buffers: Vec::new() })
    }

    /// That of the socket itself; through one of IPv6 packets of IPv4 may come.
    pub(super) fn family(&self) -> Family {
        self.family
    }

    /// Waits until there may be packets.
    pub(super) async fn ready(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Takes what packets there are, at most [`BATCH`], and says how many.
    pub(super) fn receive(&mut self) -> io::Result<usize> {
        self.buffers.clear();
        while self.buffers.len() < BATCH {
            let mut buffer = [0; size_of::<Buffer>()];
            match self.socket.try_recv_from(&mut buffer) {
                Ok((length, from)) => self.buffers.push((from, length, buffer)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // What was taken before it is answered; it comes again, where it lasts.
                Err(error) if self.buffers.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(self.buffers.len())
    }

    /// The packets that were taken, and who sent them.
    pub(super) fn packets(&self) -> impl Iterator<Item = (IpAddr, &[u8])> {
        self.buffers
            .iter()
            .map(|(from, length, buffer)| (from.ip(), buffer.get(..*length).unwrap_or_default()))
    }

    /// Has each packet answered, by so many bytes of its own buffer, and sends the answers. Says how
    /// many the system did not take.
    pub(super) fn answer(
        &mut self,
        mut answer: impl FnMut(IpAddr, &mut Buffer, usize) -> Option<usize>,
    ) -> u64 {
        let mut unsent = 0;
        for (from, length, buffer) in &mut self.buffers {
            let Some(length) = answer(from.ip(), buffer, *length) else { continue };
            let sent = self.socket.try_send_to(buffer.get(..length).unwrap_or_default(), *from);
            unsent += u64::from(sent.is_err());
        }
        unsent
    }
}
