//! A UDP socket by the batch: `recvmmsg` into buffers that are made once, answers written there,
//! `sendmmsg` from there, once for each address that was asked.
//!
//! Where the socket is bound to all addresses of the machine, each packet says which of them it was
//! sent to, and the answer leaves from that one (`IP_PKTINFO`): a client, or the firewall before it,
//! takes it from nobody else.

use super::BATCH;
use crate::tracker::udp::{Buffer, Family};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::{in_pktinfo, in6_pktinfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, SockaddrIn6,
    SockaddrLike, recvmmsg, sendmmsg, sendmsg, setsockopt, sockopt,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Packets for which room is always made: to make it for all of a batch takes longer than to answer one.
const ROOM_LEAST: usize = 8;

/// A socket with its buffers.
pub(super) enum Socket {
    V4(Batch<SockaddrIn>),
    V6(Batch<SockaddrIn6>),
}

/// Does the same for both kinds of addresses.
macro_rules! each {
    ($socket:expr, $batch:ident => $do:expr) => {
        match $socket {
            Socket::V4($batch) => $do,
            Socket::V6($batch) => $do,
        }
    };
}

impl Socket {
    pub(super) fn new(socket: UdpSocket) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let wild = address.ip().is_unspecified();
        Ok(match address {
            SocketAddr::V4(_) => {
                if wild {
                    setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
                }
                Self::V4(Batch::new(socket, wild)?)
            }
            SocketAddr::V6(_) => {
                if wild {
                    setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
                }
                Self::V6(Batch::new(socket, wild)?)
            }
        })
    }

    /// That of the socket itself; through one of IPv6 packets of IPv4 may come.
    pub(super) fn family(&self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }

    /// Waits until there may be packets.
    pub(super) async fn ready(&self) -> io::Result<()> {
        each!(self, batch => batch.socket.readable().await.map(drop))
    }

    /// Takes what packets there are, at most [`BATCH`], and says how many.
    pub(super) fn receive(&mut self) -> io::Result<usize> {
        each!(self, batch => batch.receive())
    }

    /// The packets that were taken, and who sent them.
    pub(super) fn packets(&self) -> impl Iterator<Item = (IpAddr, &[u8])> {
        let (v4, v6) = match self {
            Self::V4(batch) => (Some(batch.packets()), None),
            Self::V6(batch) => (None, Some(batch.packets())),
        };
        v4.into_iter().flatten().chain(v6.into_iter().flatten())
    }

    /// Has each packet answered, by so many bytes of its own buffer, and sends the answers. Says how
    /// many the system did not take.
    pub(super) fn answer(
        &mut self,
        answer: impl FnMut(IpAddr, &mut Buffer, usize) -> Option<usize>,
    ) -> u64 {
        each!(self, batch => batch.answer(answer))
    }
}

/// The address of an asker, and with it the address that it asked.
pub(super) trait Address: SockaddrLike + Copy {
    type Info: Copy;

    fn ip(self) -> IpAddr;
    /// Room for the `Info` of a packet.
    fn space() -> Vec<u8>;
    fn info(message: ControlMessageOwned) -> Option<Self::Info>;
    fn control(info: &Self::Info) -> ControlMessage<'_>;
    /// The address from which an answer leaves.
    fn source(info: &Self::Info) -> IpAddr;
}

impl Address for SockaddrIn {
    type Info = in_pktinfo;

    fn ip(self) -> IpAddr {
        Self::ip(&self).into()
    }

    fn space() -> Vec<u8> {
        cmsg_space!(in_pktinfo)
    }

    fn info(message: ControlMessageOwned) -> Option<in_pktinfo> {
        match message {
            // The way back is the routing table's to choose.
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                Some(in_pktinfo { ipi_ifindex: 0, ..info })
            }
            _ => None,
        }
    }

    fn control(info: &in_pktinfo) -> ControlMessage<'_> {
        ControlMessage::Ipv4PacketInfo(info)
    }

    fn source(info: &in_pktinfo) -> IpAddr {
        IpAddr::from(info.ipi_spec_dst.s_addr.to_ne_bytes())
    }
}

impl Address for SockaddrIn6 {
    type Info = in6_pktinfo;

    fn ip(self) -> IpAddr {
        Self::ip(&self).into()
    }

    fn space() -> Vec<u8> {
        cmsg_space!(in6_pktinfo)
    }

    fn info(message: ControlMessageOwned) -> Option<in6_pktinfo> {
        match message {
            ControlMessageOwned::Ipv6PacketInfo(info) => {
                Some(in6_pktinfo { ipi6_ifindex: 0, ..info })
            }
            _ => None,
        }
    }

    fn control(info: &in6_pktinfo) -> ControlMessage<'_> {
        ControlMessage::Ipv6PacketInfo(info)
    }

    fn source(info: &in6_pktinfo) -> IpAddr {
        IpAddr::from(info.ipi6_addr.s6_addr)
    }
}

/// A packet that came, or the answer that it has become.
struct Packet<A: Address> {
    /// Of its buffer.
    at: usize,
    length: usize,
    from: A,
    /// What it was sent to, where that is not the socket's only address.
    to: Option<A::Info>,
}

pub(super) struct Batch<A: Address> {
    socket: AsyncFd<UdpSocket>,
    /// Whether it is bound to all addresses, so that packets say where they were sent to.
    wild: bool,
    buffers: Box<[Buffer; BATCH]>,
    headers: MultiHeaders<A>,
    /// So many packets are taken next, as many as come.
    room: usize,
    packets: Vec<Packet<A>>,
    /// Of the answers; those with which the largest batch so far was received.
    replies: MultiHeaders<A>,
    /// So many of them can say what has become of an answer.
    telling: usize,
    addresses: Vec<Option<A>>,
}

impl<A: Address> Batch<A> {
    fn new(socket: UdpSocket, wild: bool) -> io::Result<Self> {
        // Of packets alone, not of room for more answers: that would wake it up for each one sent.
        // The descriptor is the socket's own as long as it is there, which the runtime relies on.
        #[expect(
            deprecated,
            reason = "its successor asks for a promise that only unchecked code can give"
        )]
        let socket = AsyncFd::with_interest(socket, Interest::READABLE)?;
        let buffers = vec![[0; size_of::<Buffer>()]; BATCH].into_boxed_slice();
        Ok(Self {
            socket,
            wild,
            buffers: buffers.try_into().map_err(|_| io::ErrorKind::OutOfMemory)?,
            headers: MultiHeaders::preallocate(BATCH, wild.then(A::space)),
            room: ROOM_LEAST,
            packets: Vec::with_capacity(BATCH),
            replies: MultiHeaders::preallocate(BATCH, wild.then(A::space)),
            telling: 0,
            addresses: Vec::with_capacity(BATCH),
        })
    }

    fn receive(&mut self) -> io::Result<usize> {
        let Self { socket, buffers, headers, room, packets, .. } = self;
        packets.clear();
        let mut slices = buffers.each_mut().map(|buffer| [IoSliceMut::new(buffer)]);
        let (fd, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
        let mut came = 0;
        match recvmmsg(fd, headers, slices.iter_mut().take(*room), flags, None) {
            Ok(all) => {
                for (at, message) in all.enumerate() {
                    came += 1;
                    // Nobody can be answered at no address.
                    let Some(from) = message.address else { continue };
                    let to = message.cmsgs().ok().and_then(|mut all| all.find_map(A::info));
                    packets.push(Packet { at, length: message.bytes, from, to });
                }
            }
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        if came < *room {
            // There are no more; the runtime tells when there are again.
            let _ = socket.try_io(Interest::READABLE, |_| {
                Err::<(), _>(io::Error::from(io::ErrorKind::WouldBlock))
            });
            if (1..*room / 8).contains(&came) {
                *room = (*room / 2).max(ROOM_LEAST);
            }
        } else {
            *room = (*room * 4).min(BATCH);
        }
        self.keep_headers(came);
        Ok(came)
    }

    /// Takes the headers with which so many packets came for the answers from now on, where those so far
    /// are too few: how many answers the system took is told along with addresses that stand in them, and
    /// that a packet which came has written. So none is looked at that nobody has written.
    fn keep_headers(&mut self, came: usize) {
        let Self { wild, headers, packets, replies, telling, .. } = self;
        // One that is without an address, or does not say where it was sent to, leaves less room.
        let whole = packets.len() == came && packets.iter().all(|p| !*wild || p.to.is_some());
        if came > *telling && whole {
            let fresh = MultiHeaders::preallocate(BATCH, wild.then(A::space));
            *replies = std::mem::replace(headers, fresh);
            *telling = came;
        }
    }

    fn packets(&self) -> impl Iterator<Item = (IpAddr, &[u8])> {
        self.packets.iter().map(|packet| (packet.from.ip(), packet.bytes(&self.buffers)))
    }

    fn answer(
        &mut self,
        mut answer: impl FnMut(IpAddr, &mut Buffer, usize) -> Option<usize>,
    ) -> u64 {
        let Self { buffers, packets, .. } = self;
        packets.retain_mut(|packet| {
            let Some(buffer) = buffers.get_mut(packet.at) else { return false };
            let length = answer(packet.from.ip(), buffer, packet.length);
            packet.length = length.unwrap_or(0);
            length.is_some()
        });
        self.send()
    }

    /// Sends the answers, each from the address that was asked: those of one address in one call, and
    /// as a rule all were asked at one.
    fn send(&mut self) -> u64 {
        let Self { socket, wild, buffers, packets, replies, telling, addresses, .. } = self;
        if *wild {
            packets.sort_unstable_by_key(Packet::source);
        }
        let (fd, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
        let mut unsent = 0;
        for group in packets.chunk_by(|one, other| one.source() == other.source()) {
            let Some(first) = group.first() else { continue };
            let control = first.to.as_ref().map(A::control);
            if *wild && control.is_none() || group.len() > *telling {
                // The headers have room for where it was sent to, and it does not say; or they could not
                // tell what was sent.
                for packet in group {
                    let slice = [IoSlice::new(packet.bytes(buffers))];
                    let to = Some(&packet.from);
                    let sent = sendmsg(fd, &slice, control.as_slice(), flags, to);
                    unsent += u64::from(sent.is_err());
                }
                continue;
            }
            let slices: Vec<[IoSlice<'_>; 1]> =
                group.iter().map(|packet| [IoSlice::new(packet.bytes(buffers))]).collect();
            addresses.clear();
            addresses.extend(group.iter().map(|packet| Some(packet.from)));
            let mut at = 0;
            while let (Some(slices @ [_, ..]), Some(to)) = (slices.get(at..), addresses.get(at..)) {
                let sent = sendmmsg(fd, replies, slices, to, control.as_slice(), flags);
                at += match sent.map(Iterator::count) {
                    // It ends at the first that is not taken, and says why when that one is first.
                    Ok(sent @ 1..) => sent,
                    Err(Errno::EINTR) => 0,
                    // The way out is full. A client asks again.
                    Err(Errno::EAGAIN) => {
                        unsent += slices.len() as u64;
                        slices.len()
                    }
                    // The first is not taken: a firewall's no, a network that is gone, no address at all.
                    Ok(0) | Err(_) => {
                        unsent += 1;
                        1
                    }
                };
            }
        }
        unsent
    }
}

impl<A: Address> Packet<A> {
    /// From where its answer leaves, where that is not the socket's only address.
    fn source(&self) -> Option<IpAddr> {
        self.to.as_ref().map(A::source)
    }

    fn bytes<'b>(&self, buffers: &'b [Buffer; BATCH]) -> &'b [u8] {
        buffers.get(self.at).and_then(|buffer| buffer.get(..self.length)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
