//! The extension protocol's handshake (BEP 10) and the messages that carry metadata (BEP 9).

use crate::bencode::{self, Value, Writer};
use bytes::{BufMut, Bytes};
use serde::Deserialize;
use std::net::IpAddr;

/// The length of all pieces of metadata but the last, in bytes (BEP 9).
pub const METADATA_PIECE: u32 = 16 * 1024;

/// An extension message that does not parse.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("garbled extension message")]
pub struct Garbled;

/// What a peer says of itself (BEP 10). Absent fields say nothing; a later handshake adds to an
/// earlier one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ExtensionHandshake {
    /// The speaker's number for `ut_metadata` messages (BEP 9); 0 switches it off.
    pub ut_metadata: Option<u8>,
    /// The bytes of `info` that the speaker has.
    pub metadata_size: Option<u64>,
    /// Where the speaker listens.
    pub port: Option<u16>,
    /// How many requests the speaker queues.
    pub reqq: Option<u32>,
    /// The speaker will not download (BEP 21).
    pub upload_only: Option<bool>,
    /// The program's name and version.
    pub client: Option<String>,
    /// The receiver's address as the speaker sees it.
    pub your_ip: Option<IpAddr>,
}

impl ExtensionHandshake {
    /// Reads the payload of an extended message 0. Fields of a wrong type are passed over.
    ///
    /// # Errors
    /// Where it is no dictionary.
    pub fn decode(payload: &[u8]) -> Result<Self, Garbled> {
        let (dict, _) = bencode::parse_prefix(payload).map_err(|_| Garbled)?;
        let mut found = Self::default();
        for (key, value) in dict.dict().ok_or(Garbled)? {
            match key {
                b"m" => found.ut_metadata = value.get(b"ut_metadata").and_then(small),
                b"metadata_size" => found.metadata_size = value.uint(),
                b"p" => found.port = small(value).filter(|&port| port != 0),
                b"reqq" => found.reqq = small(value),
                b"upload_only" => found.upload_only = value.uint().map(|flag| flag != 0),
                b"v" => found.client = value.str().map(str::to_owned),
                b"yourip" => found.your_ip = value.bytes().and_then(address),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The payload to send.
    pub fn encode(&self) -> Bytes {
        let mut w = Writer::new();
        w.dict(|d| {
            d.dict("m", |m| {
                if let Some(id) = self.ut_metadata {
                    m.int("ut_metadata", id);
                }
            });
            if let Some(size) = self.metadata_size {
                d.int("metadata_size", size);
            }
            if let Some(port) = self.port {
                d.int("p", port);
            }
            if let Some(reqq) = self.reqq {
                d.int("reqq", reqq);
            }
            if let Some(flag) = self.upload_only {
                d.int("upload_only", u8::from(flag));
            }
            if let Some(client) = &self.client {
                d.bytes("v", client);
            }
            match self.your_ip {
                Some(IpAddr::V4(ip)) => drop(d.bytes("yourip", ip.octets())),
                Some(IpAddr::V6(ip)) => drop(d.bytes("yourip", ip.octets())),
                None => {}
            }
        });
        w.into_bytes().into()
    }
}

fn small<T: TryFrom<u64>>(value: Value<'_>) -> Option<T> {
    value.uint().and_then(|number| T::try_from(number).ok())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// The dictionary of a `ut_metadata` message.
#[derive(Deserialize)]
struct Header {
    msg_type: u64,
    piece: Option<u32>,
    total_size: Option<u64>,
}

/// A message of `ut_metadata` (BEP 9).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MetadataMessage {
    /// 0: send me this piece of the metadata.
    Request(u32),
    /// 1: here it is.
    Data {
        /// Its number.
        piece: u32,
        /// Bytes of the metadata in all, as the speaker says.
        total: u64,
        /// The piece.
        data: Bytes,
    },
    /// 2: you do not get this piece.
    Reject(u32),
    /// A type that we do not know, to be ignored.
    Unknown,
}

impl MetadataMessage {
    /// Reads a payload: a dictionary and, for data, raw bytes behind it.
    ///
    /// # Errors
    /// Where there is no such dictionary or the data is longer than a piece.
    pub fn decode(payload: &Bytes) -> Result<Self, Garbled> {
        let (header, rest) = bencode::from_prefix::<Header>(payload).map_err(|_| Garbled)?;
        match header.msg_type {
            0 => Ok(Self::Request(header.piece.ok_or(Garbled)?)),
            1 if rest.len() <= METADATA_PIECE as usize => Ok(Self::Data {
                piece: header.piece.ok_or(Garbled)?,
                total: header.total_size.ok_or(Garbled)?,
                data: payload.slice_ref(rest),
            }),
            1 => Err(Garbled),
            2 => Ok(Self::Reject(header.piece.ok_or(Garbled)?)),
            _ => Ok(Self::Unknown),
        }
    }

    /// The payload to send; empty for [`MetadataMessage::Unknown`].
    pub fn encode(&self) -> Bytes {
        let (kind, piece, data) = match self {
            Self::Request(piece) => (0u8, *piece, None),
            Self::Data { piece, total, data } => (1, *piece, Some((*total, data))),
            Self::Reject(piece) => (2, *piece, None),
            Self::Unknown => return Bytes::new(),
        };
        let mut w = Writer::new();
        w.dict(|d| {
            d.int("msg_type", kind).int("piece", piece);
            if let Some((total, _)) = data {
                d.int("total_size", total);
            }
        });
        let mut out = w.into_bytes();
        if let Some((_, data)) = data {
            out.put_slice(data);
        }
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_handshake_of_the_bep_is_read() {
        let payload = b"d1:md11:LT_metadatai1e7:\xc2\xb5T_PEXi2ee1:pi6881e4:reqqi250e1:v13:\xc2\xb5Torrent 1.26:yourip4\
            :\x7f\0\0\x01e";
        let read = ExtensionHandshake::decode(payload).unwrap();
        assert_eq!((read.port, read.reqq, read.ut_metadata), (Some(6881), Some(250), None));
        assert_eq!(read.client.as_deref(), Some("µTorrent 1.2"));
        assert_eq!(read.your_ip, Some(IpAddr::from([127, 0, 0, 1])));
    }

    #[test]
    fn a_handshake_round_trips() {
        let ours = ExtensionHandshake {
            ut_metadata: Some(3),
            metadata_size: Some(31235),
            port: Some(6889),
            reqq: Some(500),
            upload_only: Some(true),
            client: Some("bt 0.1.0".into()),
            your_ip: Some(IpAddr::from([1u16, 2, 3, 4, 5, 6, 7, 8])),
        };
        assert_eq!(ExtensionHandshake::decode(&ours.encode()), Ok(ours));
        let empty = ExtensionHandshake::default();
        assert_eq!(&empty.encode()[..], b"d1:mdee");
        assert_eq!(ExtensionHandshake::decode(b"de"), Ok(empty));
        assert_eq!(ExtensionHandshake::decode(b"le"), Err(Garbled));
    }

    #[test]
    fn the_metadata_messages_of_the_bep() {
        let request = Bytes::from_static(b"d8:msg_typei0e5:piecei0ee");
        assert_eq!(MetadataMessage::decode(&request), Ok(MetadataMessage::Request(0)));
        assert_eq!(MetadataMessage::Request(0).encode(), request);
        let data = Bytes::from_static(b"d8:msg_typei1e5:piecei0e10:total_sizei34256eexxxxxxxx");
        let read = MetadataMessage::decode(&data).unwrap();
        let wanted =
            MetadataMessage::Data { piece: 0, total: 34256, data: Bytes::from_static(b"xxxxxxxx") };
        assert_eq!(read, wanted);
        assert_eq!(read.encode(), data);
        let unknown = Bytes::from_static(b"d8:msg_typei9ee");
        assert_eq!(MetadataMessage::decode(&unknown), Ok(MetadataMessage::Unknown));
        let garbled = Bytes::from_static(b"d8:msg_typei0ee");
        assert_eq!(MetadataMessage::decode(&garbled), Err(Garbled));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let _ = ExtensionHandshake::decode(&bytes);
            let _ = MetadataMessage::decode(&bytes.into());
        }
    }
}
