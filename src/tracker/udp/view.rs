//! What a client's packet says, read where it lies: nothing is allocated, nothing outlives the packet.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::super::announce::{Announce, Event};
use super::{ANNOUNCE, CONNECT, Malformed, PAUSED, PROTOCOL, Reader, SCRAPE, SCRAPE_MOST};
use crate::torrent::{InfoHash, PeerId};
use std::net::{IpAddr, Ipv4Addr};

/// The options of BEP 41.
const END_OF_OPTIONS: u8 = 0;
const NOP: u8 = 1;
pub(super) const URL_DATA: u8 = 2;

/// A packet that was read as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum View<'a> {
    /// Asks for a connection id.
    Connect {
        /// The number that the answer repeats.
        transaction: u32,
    },
    /// Announces a peer.
    Announce {
        /// What the tracker gave on connect.
        connection: u64,
        /// The number that the answer repeats.
        transaction: u32,
        /// The announce; always compact.
        announce: Announce,
        /// What stands behind it.
        options: Options<'a>,
    },
    /// Asks for counts.
    Scrape {
        /// What the tracker gave on connect.
        connection: u64,
        /// The number that the answer repeats.
        transaction: u32,
        /// At least one, at most [`SCRAPE_MOST`].
        hashes: &'a [[u8; 20]],
    },
}

impl<'a> View<'a> {
    /// Reads a packet.
    pub fn parse(packet: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(packet).ok_or(Malformed)
    }

    /// The connection, the torrent and the port of what seems to be an announce.
    pub(super) fn whose(packet: &[u8]) -> Option<(u64, InfoHash, u16)> {
        let mut rest = Reader(packet);
        let connection = rest.u64()?;
        let (ANNOUNCE, _transaction) = (rest.u32()?, rest.u32()?) else { return None };
        let info_hash = InfoHash(rest.take()?);
        let _between: [u8; 60] = rest.take()?;
        Some((connection, info_hash, u16::from_be_bytes(rest.take()?)))
    }

    fn read(packet: &'a [u8]) -> Option<Self> {
        let mut rest = Reader(packet);
        let connection = rest.u64()?;
        let action = rest.u32()?;
        let transaction = rest.u32()?;
        match action {
            CONNECT if connection == PROTOCOL => Some(Self::Connect { transaction }),
            ANNOUNCE => {
                let announce = announce(&mut rest)?;
                Some(Self::Announce { connection, transaction, announce, options: Options(rest.0) })
            }
            SCRAPE => {
                let (hashes, _) = rest.0.as_chunks();
                let (hashes, _) = hashes.split_at_checked(SCRAPE_MOST).unwrap_or((hashes, &[]));
                (!hashes.is_empty()).then_some(Self::Scrape { connection, transaction, hashes })
            }
            _ => None,
        }
    }
}

fn announce(rest: &mut Reader<'_>) -> Option<Announce> {
    let info_hash = InfoHash(rest.take()?);
    let peer_id = PeerId(rest.take()?);
    let downloaded = rest.u64()?;
    let left = rest.u64()?;
    let uploaded = rest.u64()?;
    let event = match rest.u32()? {
        0 => Event::Interval,
        1 => Event::Completed,
        2 => Event::Started,
        3 => Event::Stopped,
        PAUSED => Event::Paused,
        // Whatever a client means by others, it is there.
        _ => Event::Interval,
    };
    let ip = Ipv4Addr::from(rest.u32()?);
    let key = rest.u32()?;
    let numwant = rest.u32()?.cast_signed();
    let port = u16::from_be_bytes(rest.take()?);
    Some(Announce {
        info_hash,
        peer_id,
        port,
        uploaded,
        downloaded,
        left,
        event,
        numwant: u32::try_from(numwant).ok(),
        compact: true,
        no_peer_id: true,
        key: Some(key),
        tracker_id: None,
        ip: (!ip.is_unspecified()).then_some(IpAddr::V4(ip)),
    })
}

/// The options of a packet (BEP 41). One that is cut off is the end of them, so that a byte too many
/// behind an announce costs nobody its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options<'a>(&'a [u8]);

impl<'a> Options<'a> {
    /// The parts of the path and query of the announce URL; other options are passed over.
    pub fn url_data(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (option, after) = next(rest)?;
            rest = after;
            Some(option)
        })
        .flatten()
    }

    /// Writes the first bytes of the announce URL's path and query into `buffer`, as many as there
    /// are and it has room for.
    pub fn join(self, buffer: &mut [u8]) -> &[u8] {
        let mut length = 0usize;
        let bytes = self.url_data().flatten();
        for (place, byte) in buffer.iter_mut().zip(bytes) {
            *place = *byte;
            length = length.saturating_add(1);
        }
        buffer.get(..length).unwrap_or_default()
    }
}

/// An option of which something is wanted, its data where it is of the URL, and what comes after it.
type Taken<'a> = (Option<&'a [u8]>, &'a [u8]);

/// The next option; none at the end.
fn next(bytes: &[u8]) -> Option<Taken<'_>> {
    let (kind, rest) = bytes.split_first()?;
    match *kind {
        END_OF_OPTIONS => None,
        NOP => Some((None, rest)),
        kind => {
            let (length, rest) = rest.split_first()?;
            let (data, rest) = rest.split_at_checked(usize::from(*length))?;
            Some(((kind == URL_DATA).then_some(data), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(options: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; 98];
        packet[11] = 1;
        packet.extend(options);
        packet
    }

    #[test]
    fn the_url_is_joined_as_far_as_there_is_room() {
        let packet = packet(b"\x02\x03/an\x09\x02xx\x01\x02\x02n?\x00\x02\x01z");
        let Ok(View::Announce { options, .. }) = View::parse(&packet) else { panic!() };
        assert_eq!(options.url_data().collect::<Vec<_>>(), [&b"/an"[..], b"n?"]);
        let mut buffer = [0; 9];
        assert_eq!(options.join(&mut buffer), b"/ann?");
        assert_eq!(options.join(&mut buffer[..4]), b"/ann");
        assert_eq!(options.join(&mut []), b"");
    }

    #[test]
    fn hashes_of_a_scrape_lie_in_the_packet() {
        let mut packet = vec![9; 16 + 20 * 80];
        packet[8..12].copy_from_slice(&[0, 0, 0, 2]);
        for length in 0..packet.len() {
            let hashes = match View::parse(&packet[..length]) {
                Ok(View::Scrape { hashes, .. }) => hashes.len(),
                _ => 0,
            };
            assert_eq!(hashes, (length.saturating_sub(16) / 20).min(SCRAPE_MOST), "{length}");
        }
    }

    proptest! {
        #[test]
        fn options_never_outgrow_the_packet(options in proptest::collection::vec(any::<u8>(), 0..600)) {
            let packet = packet(&options);
            if let Ok(View::Announce { options: taken, .. }) = View::parse(&packet) {
                let whole: Vec<u8> = taken.url_data().flatten().copied().collect();
                prop_assert!(whole.len() <= options.len());
                let mut buffer = [0; 64];
                prop_assert_eq!(taken.join(&mut buffer), &whole[..whole.len().min(64)]);
            }
        }
    }
}
