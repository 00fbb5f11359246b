//! The metadata of a magnet link among peers that say anything. A step is a peer, a wait and one
//! extended message, most of which are `ut_metadata` answers of the right form.

#![no_main]

use bt::swarm::{Action, Input, Metadata, MetadataConfig, PeerKey};
use bt::torrent::{InfoHash, PeerId};
use bt::wire::{Decoder, ExtensionHandshake, Handshake, MetadataMessage, encode};
use bytes::{BufMut, Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const HASH: InfoHash = InfoHash([1; 20]);

fuzz_target!(|steps: Vec<(u8, u8, u16, &[u8])>| {
    let mut now = Instant::now();
    let config = MetadataConfig {
        info_hash: HASH,
        peer_id: PeerId([9; 20]),
        listen_port: None,
        max_peers: 4,
        max_connecting: 2,
    };
    let mut metadata = Metadata::new(config, now);
    for (kind, peer, number, payload) in steps {
        now += Duration::from_millis(u64::from(kind >> 3) * 300);
        let key = PeerKey(u64::from(peer % 5));
        let address = SocketAddr::from(([10, 0, 0, peer % 5], 6881));
        let extended = |id: u8, payload: &[u8]| {
            let mut frame = BytesMut::new();
            frame.put_u32(payload.len() as u32 + 2);
            frame.put_slice(&[20, id]);
            frame.put_slice(payload);
            Decoder::default().next(&mut frame).ok().flatten()
        };
        let message = match kind % 8 {
            0 => None,
            1 => extended(number as u8, payload),
            2 => {
                let said = ExtensionHandshake {
                    ut_metadata: Some(peer >> 6),
                    metadata_size: Some(u64::from(number)),
                    ..ExtensionHandshake::default()
                };
                extended(0, &said.encode())
            }
            3 => extended(1, &MetadataMessage::Reject(u32::from(number % 5)).encode()),
            _ => {
                let (piece, total) = (u32::from(kind >> 6), u64::from(number));
                let length = total.saturating_sub(u64::from(piece) * 16_384).min(16_384);
                let data = Bytes::from(vec![7; length as usize]);
                extended(1, &MetadataMessage::Data { piece, total, data }.encode())
            }
        };
        let input = match message {
            Some(message) => Input::Received(key, message),
            None => match number % 5 {
                0 => Input::Tick,
                1 => Input::Disconnected(key),
                2 => Input::Peers(vec![address]),
                3 => Input::ConnectFailed(address),
                _ => Input::Connected {
                    peer: key,
                    address,
                    outgoing: peer & 0x80 != 0,
                    id: PeerId([peer % 5; 20]),
                    reserved: Handshake::new(HASH, PeerId([0; 20])).reserved,
                },
            },
        };
        let mut actions = vec![];
        metadata.handle(now, input, &mut actions);
        let mut out = BytesMut::new();
        for action in &actions {
            if let Action::Send(_, message) = action {
                encode(message, &mut out);
            }
        }
        assert!(metadata.peers() <= 4 && metadata.info().is_none());
    }
});
