//! A torrent among peers that say anything. The bytes are framed here, so that most of them reach
//! the judgement of messages: a step is a peer, a wait and one message as the decoder reads it.

#![no_main]

use bt::swarm::{Action, Config, Input, PeerKey, Torrent};
use bt::torrent::{Bitfield, InfoHash, PeerId, PieceIndex, Pieces};
use bt::wire::{Decoder, Handshake, encode};
use bytes::{BufMut, Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const HASH: InfoHash = InfoHash([1; 20]);

fn torrent(now: Instant) -> Option<Torrent> {
    let pieces = Pieces::new(300_000, 32_768)?;
    let mut have = Bitfield::none(pieces.count());
    (0..4).for_each(|piece| drop(have.insert(PieceIndex(piece))));
    let config = Config {
        info_hash: HASH,
        peer_id: PeerId([9; 20]),
        pieces,
        have,
        metadata: Bytes::from_static(&[7; 20_000]),
        private: false,
        listen_port: None,
        upload_limit: None,
        download_limit: None,
        max_peers: 4,
        max_connecting: 2,
        max_uploads: None,
        peer_timeout: Duration::from_secs(60),
        keep_alive: Duration::from_secs(120),
    };
    Some(Torrent::new(config, StdRng::seed_from_u64(0), now))
}

fuzz_target!(|steps: Vec<(u8, u8, u8, &[u8])>| {
    let mut now = Instant::now();
    let Some(mut torrent) = torrent(now) else { return };
    let mut actions: Vec<Action> = vec![];
    for (kind, peer, id, payload) in steps {
        now += Duration::from_millis(u64::from(kind >> 3) * 100);
        let key = PeerKey(u64::from(peer % 5));
        let reserved = match peer & 0x80 {
            0 => [0; 8],
            _ => Handshake::new(HASH, PeerId([0; 20])).reserved,
        };
        let address = SocketAddr::from(([10, 0, 0, peer % 5], 6881));
        let input = match kind % 8 {
            0 => Input::Tick,
            1 => Input::Connected {
                peer: key,
                address,
                outgoing: id & 1 == 1,
                id: PeerId([peer % 5; 20]),
                reserved,
            },
            2 => Input::Verified(PieceIndex(u32::from(id % 11)), payload.is_empty()),
            3 => Input::Disconnected(key),
            4 => match actions.iter().rev().find_map(|action| match action {
                Action::SendBlock(key, block) => Some((*key, *block)),
                _ => None,
            }) {
                Some((key, block)) => Input::BlockSent(key, block),
                None => Input::Peers(vec![address]),
            },
            _ => {
                let mut frame = BytesMut::new();
                frame.put_u32(payload.len() as u32 + 1);
                frame.put_u8(id % 22);
                frame.put_slice(payload);
                match Decoder::new(10).next(&mut frame) {
                    Ok(Some(message)) => Input::Received(key, message),
                    _ => continue,
                }
            }
        };
        actions.truncate(100);
        torrent.handle(now, input, &mut actions);
        let mut out = BytesMut::new();
        for action in &actions {
            if let Action::Send(_, message) = action {
                encode(message, &mut out);
            }
        }
        assert!(torrent.progress(now).verified <= torrent.progress(now).total);
    }
});
