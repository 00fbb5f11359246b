//! A network of torrents on a virtual clock, in one thread: links with a delay, uplinks with a
//! width, a disk that only remembers whether what was written is right.

use crate::swarm::{Action, Config, Event, Input, PeerKey, Torrent, Trouble};
use crate::torrent::{Bitfield, BlockRequest, InfoHash, PeerId, PieceIndex, Pieces};
use crate::wire::{Handshake, Message};
use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(super) const INFO_HASH: InfoHash = InfoHash([0xaa; 20]);

/// How a host treats the blocks that it should send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Honest,
    /// Sends wrong bytes.
    Corrupt,
    /// Sends nothing.
    Stalls,
}

pub(super) struct Host {
    pub(super) torrent: Torrent,
    pub(super) manner: Manner,
    /// Bytes a second of its uplink.
    pub(super) width: u64,
    pub(super) address: SocketAddr,
    id: PeerId,
    uplink_free: Instant,
    tick_at: Option<Instant>,
    links: BTreeMap<PeerKey, (usize, PeerKey)>,
    written: HashMap<PieceIndex, u32>,
    damaged: HashSet<PieceIndex>,
    pub(super) sent: u64,
    pub(super) got: u64,
    pub(super) finished: Option<Instant>,
    pub(super) banned: Vec<SocketAddr>,
    pub(super) gone: Vec<Trouble>,
}

enum What {
    Input(Input),
    Tick,
}

pub(super) struct Net {
    pub(super) start: Instant,
    pub(super) now: Instant,
    pub(super) hosts: Vec<Host>,
    pub(super) pieces: Pieces,
    content: Bytes,
    pub(super) delay: Duration,
    queue: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    events: HashMap<u64, What>,
    next: u64,
    actions: Vec<Action>,
}

impl Net {
    pub(super) fn new(pieces: Pieces) -> Self {
        let content: Vec<u8> = (0..pieces.total()).map(|at| (at ^ (at >> 14)) as u8).collect();
        let now = Instant::now();
        Self {
            start: now,
            now,
            hosts: vec![],
            pieces,
            content: content.into(),
            delay: Duration::from_millis(10),
            queue: BinaryHeap::new(),
            events: HashMap::new(),
            next: 0,
            actions: vec![],
        }
    }

    pub(super) fn config(&self, have: Bitfield) -> Config {
        Config {
            info_hash: INFO_HASH,
            peer_id: PeerId([0; 20]),
            pieces: self.pieces,
            have,
            metadata: Bytes::new(),
            private: false,
            listen_port: Some(6881),
            upload_limit: None,
            download_limit: None,
            max_peers: 50,
            max_connecting: 10,
            max_uploads: None,
            peer_timeout: Duration::from_secs(300),
            keep_alive: Duration::from_secs(120),
        }
    }

    /// Adds a host with a wide uplink.
    pub(super) fn add(&mut self, mut config: Config) -> usize {
        let at = self.hosts.len();
        let mut id = *b"-BT0100-000000000000";
        id[12..].copy_from_slice(&(at as u64).to_be_bytes());
        config.peer_id = PeerId(id);
        let [_, _, b, c] = (at as u32 + 1).to_be_bytes();
        let finished = config.have.is_full().then_some(self.now);
        self.hosts.push(Host {
            torrent: Torrent::new(config, StdRng::seed_from_u64(at as u64), self.now),
            manner: Manner::Honest,
            width: 100_000_000,
            address: SocketAddr::from(([10, 0, b, c], 6881)),
            id: PeerId(id),
            uplink_free: self.now,
            tick_at: None,
            links: BTreeMap::new(),
            written: HashMap::new(),
            damaged: HashSet::new(),
            sent: 0,
            got: 0,
            finished,
            banned: vec![],
            gone: vec![],
        });
        at
    }

    pub(super) fn seed(&mut self) -> usize {
        self.add(self.config(Bitfield::all(self.pieces.count())))
    }

    pub(super) fn leech(&mut self) -> usize {
        self.add(self.config(Bitfield::none(self.pieces.count())))
    }

    /// Tells a host of others.
    pub(super) fn tell(&mut self, host: usize, others: &[usize]) {
        let addresses = others.iter().map(|&other| self.hosts[other].address).collect();
        self.later(self.now, host, What::Input(Input::Peers(addresses)));
    }

    pub(super) fn input(&mut self, host: usize, input: Input) {
        self.later(self.now, host, What::Input(input));
    }

    fn later(&mut self, when: Instant, host: usize, what: What) {
        self.next += 1;
        self.events.insert(self.next, what);
        self.queue.push(Reverse((when, self.next, host)));
    }

    /// Runs until everybody among `hosts` is done, or the time is over; says whether they are.
    pub(super) fn run(&mut self, hosts: &[usize], seconds: u64) -> bool {
        let end = self.now + Duration::from_secs(seconds);
        let mut steps = 0u32;
        loop {
            steps += 1;
            if steps.is_multiple_of(64)
                && !hosts.is_empty()
                && hosts.iter().all(|&host| self.hosts[host].finished.is_some())
            {
                return true;
            }
            if self.queue.peek().is_none_or(|Reverse((when, ..))| *when > end) {
                self.now = end;
                return hosts.iter().all(|&host| self.hosts[host].finished.is_some());
            }
            self.step();
        }
    }

    fn step(&mut self) {
        let Some(Reverse((when, number, host))) = self.queue.pop() else { return };
        self.now = when;
        let Some(what) = self.events.remove(&number) else { return };
        let mut actions = std::mem::take(&mut self.actions);
        let it = &mut self.hosts[host];
        match what {
            What::Tick if it.tick_at != Some(when) => {}
            What::Tick => {
                it.tick_at = None;
                it.torrent.handle(when, Input::Tick, &mut actions);
            }
            What::Input(Input::Received(key, _)) if !it.links.contains_key(&key) => {}
            What::Input(input) => {
                if let Input::Disconnected(key) = &input {
                    it.links.remove(key);
                }
                if let Input::Received(_, Message::Piece { data, .. }) = &input {
                    it.got += data.len() as u64;
                }
                it.torrent.handle(when, input, &mut actions);
            }
        }
        for action in actions.drain(..) {
            self.act(host, action);
        }
        self.actions = actions;
        let it = &mut self.hosts[host];
        // A timer never fires at once: one that is always due would stop the clock.
        let wanted = it.torrent.next_timeout().map(|at| at.max(when + Duration::from_micros(100)));
        if let Some(at) = wanted
            && it.tick_at.is_none_or(|set| at < set)
        {
            it.tick_at = Some(at);
            self.later(at, host, What::Tick);
        }
    }

    fn act(&mut self, host: usize, action: Action) {
        let (now, delay) = (self.now, self.delay);
        match action {
            Action::Connect(address) => {
                let other = self.hosts.iter().position(|other| other.address == address);
                match other.filter(|&other| other != host) {
                    Some(other) => self.join(host, other),
                    None => {
                        self.later(now + delay, host, What::Input(Input::ConnectFailed(address)));
                    }
                }
            }
            Action::Send(key, message) => self.carry(now + delay, host, key, message),
            Action::SendBlock(key, block) => self.send_block(host, key, block),
            Action::Close(key) => {
                if let Some((other, their_key)) = self.hosts[host].links.remove(&key) {
                    let input = Input::Disconnected(their_key);
                    self.later(now + delay, other, What::Input(input));
                }
            }
            Action::Write { piece, begin, data } => {
                let from = self.pieces.offset(piece) as usize + begin as usize;
                let good = self.content[from..from + data.len()] == data[..];
                let it = &mut self.hosts[host];
                *it.written.entry(piece).or_default() += data.len() as u32;
                if !good {
                    it.damaged.insert(piece);
                }
            }
            Action::Verify(piece) => {
                let it = &mut self.hosts[host];
                let written = it.written.remove(&piece);
                assert!(written >= Some(self.pieces.length(piece)), "{written:?} of {piece:?}");
                let good = !it.damaged.remove(&piece);
                let input = Input::Verified(piece, good);
                self.later(now + Duration::from_millis(1), host, What::Input(input));
            }
            Action::Event(event) => {
                let it = &mut self.hosts[host];
                match event {
                    Event::Finished => {
                        assert!(it.finished.is_none(), "finished twice");
                        it.finished = Some(now);
                    }
                    Event::Banned(address) => it.banned.push(address),
                    Event::PeerGone(_, trouble) => it.gone.extend(trouble),
                    Event::PeerConnected(..)
                    | Event::Piece(_)
                    | Event::PieceFailed(..)
                    | Event::MetadataFailed(..) => {}
                }
            }
        }
    }

    fn carry(&mut self, when: Instant, host: usize, key: PeerKey, message: Message) {
        if let Some(&(other, their_key)) = self.hosts[host].links.get(&key) {
            self.later(when, other, What::Input(Input::Received(their_key, message)));
        }
    }

    fn send_block(&mut self, host: usize, key: PeerKey, block: BlockRequest) {
        let (now, delay) = (self.now, self.delay);
        let it = &mut self.hosts[host];
        if it.manner == Manner::Stalls {
            return self.later(now, host, What::Input(Input::BlockSent(key, block)));
        }
        let took = Duration::from_secs_f64(f64::from(block.length) / it.width as f64);
        let left = it.uplink_free.max(now) + took;
        it.uplink_free = left;
        it.sent += u64::from(block.length);
        let from = self.pieces.offset(block.piece) as usize + block.begin as usize;
        let mut data = self.content.slice(from..from + block.length as usize);
        if it.manner == Manner::Corrupt {
            data = data.iter().map(|byte| !byte).collect();
        }
        let (piece, begin) = (block.piece, block.begin);
        self.later(left, host, What::Input(Input::BlockSent(key, block)));
        self.carry(left + delay, host, key, Message::Piece { piece, begin, data });
    }

    /// A connection from one host to another; both learn of it after the delay.
    fn join(&mut self, caller: usize, called: usize) {
        self.next += 2;
        let keys = [PeerKey(self.next), PeerKey(self.next + 1)];
        let reserved = Handshake::new(INFO_HASH, PeerId([0; 20])).reserved;
        self.hosts[caller].links.insert(keys[0], (called, keys[1]));
        self.hosts[called].links.insert(keys[1], (caller, keys[0]));
        let ends = [(caller, called, true), (called, caller, false)];
        for (&peer, (host, other, outgoing)) in keys.iter().zip(ends) {
            let Host { mut address, id, .. } = self.hosts[other];
            if !outgoing {
                address.set_port(40_000);
            }
            let input = Input::Connected { peer, address, outgoing, id, reserved };
            self.later(self.now + self.delay, host, What::Input(input));
        }
    }
}
