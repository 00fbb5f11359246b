//! A torrent among peers that say anything. The bytes are framed here, so that most of them reach
//! the judgement of messages: a step is a wait and one thing that a driver may report. What comes
//! out is held against what a driver relies on.

#![no_main]

use bt::swarm::{Action, Config, Input, PeerKey, Torrent};
use bt::torrent::{Bitfield, BlockRequest, InfoHash, PeerId, PieceIndex, Pieces};
use bt::wire::{Decoder, Handshake, MAX_BLOCK, Message, encode};
use bytes::{BufMut, Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const HASH: InfoHash = InfoHash([1; 20]);
const MAX_PEERS: usize = 4;
const MAX_CONNECTING: usize = 2;

/// The driver's side of a torrent.
struct Driver {
    now: Instant,
    torrent: Torrent,
    pieces: Pieces,
    /// Standing connections, and the blocks that each was asked for and has not sent.
    live: BTreeMap<PeerKey, Vec<BlockRequest>>,
    /// The connection of each host.
    keys: [PeerKey; 5],
    last: u64,
    calling: Vec<SocketAddr>,
    sending: Vec<(PeerKey, BlockRequest)>,
    verifying: Vec<PieceIndex>,
    have: BTreeSet<u32>,
}

impl Driver {
    /// A few pieces of two blocks, or many small ones; of them none, some, or all are here.
    fn new(kind: u8) -> Option<Self> {
        let now = Instant::now();
        let pieces = Pieces::new(300_000, if kind & 1 == 0 { 32_768 } else { 1000 })?;
        let here = match kind >> 1 & 3 {
            0 => 0,
            1 => pieces.count(),
            _ => 4,
        };
        let mut have = Bitfield::none(pieces.count());
        for piece in 0..here {
            have.insert(PieceIndex(piece));
        }
        let config = Config {
            info_hash: HASH,
            peer_id: PeerId([9; 20]),
            pieces,
            have,
            metadata: Bytes::from_static(&[7; 20_000]),
            private: kind & 8 != 0,
            listen_port: None,
            upload_limit: None,
            download_limit: None,
            max_peers: MAX_PEERS,
            max_connecting: MAX_CONNECTING,
            max_uploads: (kind & 16 != 0).then_some(1),
            peer_timeout: Duration::from_secs(60),
            keep_alive: Duration::from_secs(120),
        };
        Some(Self {
            now,
            torrent: Torrent::new(config, StdRng::seed_from_u64(0), now),
            pieces,
            live: BTreeMap::new(),
            keys: [PeerKey(0); 5],
            last: 0,
            calling: vec![],
            sending: vec![],
            verifying: vec![],
            have: (0..here).collect(),
        })
    }

    fn input(&mut self, input: Input) {
        let mut actions = vec![];
        self.torrent.handle(self.now, input, &mut actions);
        assert!(actions.len() < 1000, "{} actions", actions.len());
        actions.into_iter().for_each(|action| self.carry_out(action));
        let progress = self.torrent.progress(self.now);
        assert_eq!(progress.peers, self.live.len());
        assert!(progress.peers <= MAX_PEERS && self.calling.len() <= MAX_CONNECTING);
        assert!(progress.seeds <= progress.peers);
        let verified = self.have.iter().map(|&piece| self.pieces.length(PieceIndex(piece)));
        assert_eq!(progress.verified, verified.map(u64::from).sum::<u64>());
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Connect(address) => self.calling.push(address),
            Action::Send(key, message) => {
                let asked = self.live.get_mut(&key).expect("sent to nobody");
                match &message {
                    Message::Request(block) => {
                        assert!(self.pieces.holds(*block) && block.length <= MAX_BLOCK);
                        assert!(!self.have.contains(&block.piece.0), "asked for what is here");
                        asked.push(*block);
                        assert!(asked.len() < 5000, "{} requests", asked.len());
                    }
                    Message::Have(piece) => assert!(self.have.contains(&piece.0)),
                    _ => {}
                }
                let mut out = BytesMut::new();
                encode(&message, &mut out);
                let read = Decoder::new(self.pieces.count()).next(&mut out);
                assert_eq!(read, Ok(Some(message)));
            }
            Action::SendBlock(key, block) => {
                assert!(self.live.contains_key(&key), "a block for nobody");
                assert!(self.have.contains(&block.piece.0), "not ours to give");
                assert!(self.pieces.holds(block) && block.length <= MAX_BLOCK);
                self.sending.push((key, block));
            }
            Action::Close(key) => assert!(self.live.remove(&key).is_some(), "closed twice"),
            Action::Write { piece, begin, data } => {
                let block = BlockRequest { piece, begin, length: data.len() as u32 };
                assert!(self.pieces.holds(block));
                assert!(!self.have.contains(&piece.0), "written over");
                assert!(!self.verifying.contains(&piece), "written while it is judged");
            }
            Action::Verify(piece) => {
                assert!(!self.have.contains(&piece.0) && !self.verifying.contains(&piece));
                self.verifying.push(piece);
            }
            Action::Event(_) => {}
        }
    }

    /// Until no tick is due: a tick that asks for itself at once would never end.
    fn tick(&mut self) {
        for _ in 0..100 {
            self.input(Input::Tick);
            if self.torrent.next_timeout().is_none_or(|at| at > self.now) {
                return;
            }
        }
        panic!("a tick without end");
    }

    /// A block that was asked for, where there is one.
    fn deliver(&mut self, key: PeerKey, which: usize) {
        let asked = self.live.get_mut(&key).filter(|asked| !asked.is_empty());
        let Some(asked) = asked else { return };
        let BlockRequest { piece, begin, length } = asked.remove(which % asked.len());
        let data = Bytes::from(vec![0; length as usize]);
        self.input(Input::Received(key, Message::Piece { piece, begin, data }));
    }

    fn connect(&mut self, host: u8, calls: bool, modern: bool) {
        let address = SocketAddr::from(([10, 0, 0, host], 6881));
        let at = self.calling.iter().position(|&known| known == address);
        let outgoing = at.filter(|_| calls).map(|at| self.calling.remove(at)).is_some();
        self.last += 1;
        let key = PeerKey(self.last);
        self.keys[usize::from(host)] = key;
        self.live.insert(key, vec![]);
        let id = PeerId([host; 20]);
        let reserved = if modern { Handshake::new(HASH, id).reserved } else { [0; 8] };
        self.input(Input::Connected { peer: key, address, outgoing, id, reserved });
    }

    fn step(&mut self, kind: u8, peer: u8, detail: u8, payload: &[u8]) {
        let wait = Duration::from_millis(u64::from(kind >> 4) * 250);
        if !wait.is_zero() {
            self.now += wait * u32::from(detail >> 5).pow(2);
            self.tick();
        }
        let host = peer % 5;
        let key = self.keys[usize::from(host)];
        match kind % 16 {
            0 => self.connect(host, detail & 1 == 1, peer & 0x80 != 0),
            1 => {
                if self.live.remove(&key).is_some() {
                    self.input(Input::Disconnected(key));
                }
            }
            2 if !self.verifying.is_empty() => {
                let piece = self.verifying.remove(usize::from(peer) % self.verifying.len());
                let good = !detail.is_multiple_of(4);
                if good {
                    self.have.insert(piece.0);
                }
                self.input(Input::Verified(piece, good));
            }
            3 if !self.sending.is_empty() => {
                let (key, block) = self.sending.remove(usize::from(peer) % self.sending.len());
                if self.live.contains_key(&key) {
                    self.input(Input::BlockSent(key, block));
                }
            }
            4 => {
                let addresses = payload.iter().map(|&port| ([10, 0, 0, host], port.into()).into());
                self.input(Input::Peers(addresses.collect()));
            }
            5 if !self.calling.is_empty() => {
                let address = self.calling.remove(usize::from(peer) % self.calling.len());
                self.input(Input::ConnectFailed(address));
            }
            6 => {
                let limit = |bits: u8| (bits != 0).then(|| u64::from(bits) << 12);
                self.input(Input::Limits {
                    upload: limit(detail & 7),
                    download: limit(detail >> 5),
                });
            }
            7 | 8 => self.deliver(key, detail.into()),
            9 => (0..detail % 20).for_each(|_| self.deliver(key, 0)),
            _ => {
                let mut frame = BytesMut::new();
                frame.put_u32(payload.len() as u32 + 1);
                frame.put_u8(detail % 22);
                frame.put_slice(payload);
                if let Ok(Some(message)) = Decoder::new(self.pieces.count()).next(&mut frame)
                    && self.live.contains_key(&key)
                {
                    self.input(Input::Received(key, message));
                }
            }
        }
    }
}

fuzz_target!(|input: (u8, Vec<(u8, u8, u8, &[u8])>)| {
    let (kind, steps) = input;
    let Some(mut driver) = Driver::new(kind) else { return };
    for (kind, peer, detail, payload) in steps {
        driver.step(kind, peer, detail, payload);
    }
});
