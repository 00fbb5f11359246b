//! The 68 bytes that open a connection (BEP 3) and the flags in their reserved part.

use crate::torrent::{InfoHash, PeerId};

/// What each side sends first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handshake {
    /// The flags of extensions.
    pub reserved: [u8; 8],
    /// The torrent.
    pub info_hash: InfoHash,
    /// Who speaks.
    pub peer_id: PeerId,
}

/// Bytes that open no connection of this protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the peer protocol")]
pub struct HandshakeError;

const PROTOCOL: &[u8; 20] = b"\x13BitTorrent protocol";

/// The flags: byte of the reserved part and bit.
const EXTENDED: (usize, u8) = (5, 0x10);
const FAST: (usize, u8) = (7, 0x04);
const DHT: (usize, u8) = (7, 0x01);
const V2: (usize, u8) = (7, 0x10);

impl Handshake {
    /// Bytes on the wire.
    pub const LENGTH: usize = 68;

    /// What a speaker of the fast extension and the extension protocol sends.
    pub fn new(info_hash: InfoHash, peer_id: PeerId) -> Self {
        Self { reserved: [0; 8], info_hash, peer_id }.with(FAST).with(EXTENDED)
    }

    /// The bytes to send.
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let parts = PROTOCOL.iter().chain(&self.reserved).chain(&self.info_hash.0);
        for (to, from) in bytes.iter_mut().zip(parts.chain(&self.peer_id.0)) {
            *to = *from;
        }
        bytes
    }

    /// Reads the start of a stream: `None` while bytes are missing.
    ///
    /// # Errors
    /// As soon as one byte shows that this is another protocol.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, HandshakeError> {
        if bytes.iter().zip(PROTOCOL).any(|(found, wanted)| found != wanted) {
            return Err(HandshakeError);
        }
        Ok(Self::fields(bytes))
    }

    fn fields(bytes: &[u8]) -> Option<Self> {
        let (_, rest) = bytes.split_first_chunk::<20>()?;
        let (&reserved, rest) = rest.split_first_chunk::<8>()?;
        let (&info_hash, rest) = rest.split_first_chunk::<20>()?;
        let &peer_id = rest.first_chunk::<20>()?;
        Some(Self { reserved, info_hash: InfoHash(info_hash), peer_id: PeerId(peer_id) })
    }

    /// The info-hash of a handshake that may not be whole yet: a caller may hold its id back until
    /// we have answered.
    pub fn info_hash(bytes: &[u8]) -> Option<InfoHash> {
        bytes.get(28..48)?.first_chunk::<20>().copied().map(InfoHash)
    }

    /// Whether the speaker knows the fast extension (BEP 6).
    pub fn fast(&self) -> bool {
        flag(&self.reserved, FAST)
    }

    /// Whether the speaker knows the extension protocol (BEP 10).
    pub fn extended(&self) -> bool {
        flag(&self.reserved, EXTENDED)
    }

    /// Whether the speaker is a node of the DHT (BEP 5).
    pub fn dht(&self) -> bool {
        flag(&self.reserved, DHT)
    }

    /// Whether the speaker would rather talk of the torrent's second version (BEP 52).
    pub fn v2(&self) -> bool {
        flag(&self.reserved, V2)
    }

    /// The same, saying that we are a node of the DHT.
    pub fn with_dht(self) -> Self {
        self.with(DHT)
    }

    fn with(mut self, (byte, bit): (usize, u8)) -> Self {
        if let Some(byte) = self.reserved.get_mut(byte) {
            *byte |= bit;
        }
        self
    }
}

fn flag(reserved: &[u8; 8], (byte, bit): (usize, u8)) -> bool {
    reserved.get(byte).is_some_and(|byte| byte & bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake() -> Handshake {
        Handshake::new(InfoHash([7; 20]), PeerId(*b"-BT0100-abcdefghijkl"))
    }

    #[test]
    fn the_bytes_are_those_of_the_bep() {
        let bytes = handshake().encode();
        assert_eq!(&bytes[..20], b"\x13BitTorrent protocol");
        assert_eq!(&bytes[20..28], &[0, 0, 0, 0, 0, 0x10, 0, 0x04]);
        assert_eq!(&bytes[28..48], &[7; 20]);
        assert_eq!(&bytes[48..], b"-BT0100-abcdefghijkl");
    }

    #[test]
    fn every_short_length_waits_and_the_whole_is_read_back() {
        let bytes = handshake().encode();
        for end in 0..bytes.len() {
            assert_eq!(Handshake::decode(&bytes[..end]), Ok(None), "{end}");
            assert_eq!(Handshake::info_hash(&bytes[..end]).is_some(), end >= 48, "{end}");
        }
        assert_eq!(Handshake::decode(&bytes), Ok(Some(handshake())));
    }

    #[test]
    fn another_protocol_is_seen_at_its_first_byte() {
        assert_eq!(Handshake::decode(b"G"), Err(HandshakeError));
        let mut bytes = handshake().encode();
        bytes[19] = b'L';
        assert_eq!(Handshake::decode(&bytes), Err(HandshakeError));
        assert_eq!(Handshake::decode(&bytes[..19]), Ok(None));
    }

    #[test]
    fn flags_are_told_apart() {
        let flags = |h: &Handshake| (h.fast(), h.extended(), h.dht(), h.v2());
        assert_eq!(flags(&handshake()), (true, true, false, false));
        assert_eq!(flags(&handshake().with_dht()), (true, true, true, false));
        let v2 = Handshake { reserved: [0, 0, 0, 0, 0, 0, 0, 0x10], ..handshake() };
        assert_eq!(flags(&v2), (false, false, false, true));
    }
}
