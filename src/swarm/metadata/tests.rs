use super::assembly::MAX_METADATA;
use super::plan::{HURRY, PIPELINE, SOLOISTS, TOGETHER};
use super::*;
use crate::torrent::{BlockRequest, PieceIndex};
use crate::wire::{self, Decoder, METADATA_PIECE};
use bytes::BytesMut;
use proptest::prelude::*;
use sha1::{Digest, Sha1};

/// The number that the peers of these tests have for `ut_metadata`.
const THEIRS: u8 = 3;

/// How a peer answers.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Honest,
    /// Every byte of what it sends is wrong.
    Liar,
    Silent,
    Rejects,
    /// Names one byte more than there is, and sends as much.
    Longer,
}

/// A collection, its peers, and a clock that jumps.
struct Bench {
    begin: Instant,
    now: Instant,
    core: Metadata,
    content: Vec<u8>,
    peers: BTreeMap<PeerKey, Manner>,
    /// What every peer was asked for.
    asked: Vec<(PeerKey, u32)>,
    events: Vec<Event>,
}

impl Bench {
    fn new(size: usize) -> Self {
        let content: Vec<u8> = (0..size).map(|at| (at ^ (at >> 8)) as u8).collect();
        let config = MetadataConfig {
            info_hash: InfoHash(Sha1::digest(&content).into()),
            peer_id: PeerId([0; 20]),
            listen_port: Some(6881),
            max_peers: 50,
            max_connecting: 10,
        };
        let now = Instant::now();
        let core = Metadata::new(config, now);
        let (peers, asked, events) = Default::default();
        Self { begin: now, now, core, content, peers, asked, events }
    }

    /// A peer calls and says how much it has.
    fn join(&mut self, manner: Manner) -> PeerKey {
        let size = self.content.len() as u64 + u64::from(manner == Manner::Longer);
        let key = self.call(self.peers.len() as u8 + 1, manner);
        self.introduce(key, Some(THEIRS), Some(size));
        key
    }

    fn call(&mut self, host: u8, manner: Manner) -> PeerKey {
        let key = PeerKey(self.peers.len() as u64);
        self.peers.insert(key, manner);
        let reserved = Handshake::new(InfoHash([0; 20]), PeerId([0; 20])).reserved;
        let (address, id) = (at(host), PeerId([host; 20]));
        self.input(Input::Connected { peer: key, address, outgoing: true, id, reserved });
        key
    }

    fn introduce(&mut self, key: PeerKey, id: Option<u8>, size: Option<u64>) {
        let said = ExtensionHandshake {
            ut_metadata: id,
            metadata_size: size,
            ..ExtensionHandshake::default()
        };
        self.hear(key, Message::Extended { id: 0, payload: said.encode() });
    }

    fn hear(&mut self, key: PeerKey, message: Message) {
        self.input(Input::Received(key, message));
    }

    fn say(&mut self, key: PeerKey, message: &MetadataMessage) {
        self.hear(key, Message::Extended { id: UT_METADATA, payload: message.encode() });
    }

    /// Gives an input, and lets the peers answer what comes of it.
    fn input(&mut self, input: Input) {
        let mut out = vec![];
        self.core.handle(self.now, input, &mut out);
        for action in out {
            match action {
                Action::Event(event) => self.events.push(event),
                Action::Send(key, Message::Extended { id: THEIRS, payload }) => {
                    if let Ok(MetadataMessage::Request(piece)) = MetadataMessage::decode(&payload) {
                        self.asked.push((key, piece));
                        self.answer(key, piece);
                    }
                }
                _ => {}
            }
        }
    }

    fn answer(&mut self, key: PeerKey, piece: u32) {
        let mut data = self.content.clone();
        match self.peers[&key] {
            Manner::Honest => {}
            Manner::Liar => data.iter_mut().for_each(|byte| *byte ^= 0x55),
            Manner::Longer => data.push(0),
            Manner::Silent => return,
            Manner::Rejects => return self.say(key, &MetadataMessage::Reject(piece)),
        }
        self.say(key, &data_of(&data, piece));
    }

    /// Lets time pass until the metadata is there, at most so long; how long it took in all.
    fn run(&mut self, seconds: u64) -> Option<Duration> {
        let limit = self.now + Duration::from_secs(seconds);
        while self.core.info().is_none() {
            match self.core.next_timeout().filter(|&next| next <= limit) {
                Some(next) => self.now = self.now.max(next),
                None => {
                    self.now = limit;
                    return None;
                }
            }
            self.input(Input::Tick);
        }
        assert!(self.core.info().is_some_and(|info| *info == self.content));
        assert_eq!(self.core.next_timeout(), None);
        assert!(self.events.contains(&Event::Finished));
        Some(self.now - self.begin)
    }

    fn gone(&self, host: u8) -> Option<Trouble> {
        self.events.iter().find_map(|event| match event {
            Event::PeerGone(address, trouble) if *address == at(host) => *trouble,
            _ => None,
        })
    }

    fn banned(&self, host: u8) -> bool {
        self.events.contains(&Event::Banned(at(host)))
    }
}

fn at(host: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], 6881))
}

fn data_of(all: &[u8], piece: u32) -> MetadataMessage {
    let data = all.chunks(METADATA_PIECE as usize).nth(piece as usize).unwrap_or_default();
    let total = all.len() as u64;
    MetadataMessage::Data { piece, total, data: Bytes::copy_from_slice(data) }
}

const PIECE: usize = METADATA_PIECE as usize;

#[test]
fn one_peer_gives_it_all_whatever_the_size() {
    for size in [1, 100, PIECE - 1, PIECE, PIECE + 1, 7 * PIECE, 40 * PIECE + 5] {
        let mut bench = Bench::new(size);
        bench.join(Manner::Honest);
        assert_eq!(bench.run(0), Some(Duration::ZERO), "{size}");
        let pieces: Vec<u32> = bench.asked.iter().map(|(_, piece)| *piece).collect();
        let all: Vec<u32> = (0..size.div_ceil(PIECE) as u32).collect();
        let mut sorted = pieces.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all, "{size}");
    }
}

#[test]
fn peers_share_the_work_and_no_piece_is_asked_for_twice() {
    let mut bench = Bench::new(12 * PIECE);
    let keys = [Manner::Silent; 3].map(|manner| bench.join(manner));
    assert_eq!(bench.asked.len(), 12);
    for key in keys {
        assert_eq!(bench.asked.iter().filter(|(asked, _)| *asked == key).count(), PIPELINE);
    }
    let content = bench.content.clone();
    for (key, piece) in bench.asked.clone() {
        bench.say(key, &data_of(&content, piece));
    }
    assert_eq!(bench.run(0), Some(Duration::ZERO));
    assert_eq!(bench.asked.len(), 12);
}

#[test]
fn a_liar_among_others_does_not_stop_it() {
    let mut bench = Bench::new(9 * PIECE);
    // Both answer only when both have their share of the requests.
    let keys = [Manner::Silent; 2].map(|manner| bench.join(manner));
    bench.peers.insert(keys[0], Manner::Liar);
    bench.peers.insert(keys[1], Manner::Honest);
    for (key, piece) in bench.asked.clone() {
        bench.answer(key, piece);
    }
    let took = bench.run(60).unwrap();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(bench.events.contains(&Event::MetadataFailed(vec![at(1), at(2)])));
    assert!(!bench.banned(2));
}

#[test]
fn a_liar_that_gave_it_all_is_known_by_it() {
    let mut bench = Bench::new(3 * PIECE);
    bench.join(Manner::Liar);
    assert_eq!(bench.run(10), None);
    assert!(bench.banned(1));
    assert_eq!(bench.gone(1), Some(Trouble::Corrupt));
    bench.input(Input::Peers(vec![at(1), at(2)]));
    assert_eq!(bench.core.known(), [at(2)]);
    bench.call(1, Manner::Honest);
    assert_eq!(bench.core.peers(), 0, "a cheat is not taken in again");
    bench.join(Manner::Honest);
    assert!(bench.run(10).is_some());
}

#[test]
fn many_liars_and_one_honest_peer() {
    let mut bench = Bench::new(5 * PIECE);
    (0..20).for_each(|_| _ = bench.join(Manner::Silent));
    bench.peers.values_mut().for_each(|manner| *manner = Manner::Liar);
    bench.join(Manner::Honest);
    for (key, piece) in bench.asked.clone() {
        bench.answer(key, piece);
    }
    assert!(bench.run(60).is_some());
}

#[test]
fn a_silent_peer_does_not_hold_it_up_and_is_left() {
    let mut bench = Bench::new(8 * PIECE);
    bench.join(Manner::Silent);
    bench.join(Manner::Honest);
    let took = bench.run(60).unwrap();
    assert!(took <= HURRY + SECOND, "{took:?}");

    let mut bench = Bench::new(8 * PIECE);
    bench.join(Manner::Silent);
    assert_eq!(bench.run(STALL.as_secs() - 1), None);
    assert_eq!(bench.gone(1), None);
    assert_eq!(bench.run(2), None);
    assert_eq!(bench.gone(1), Some(Trouble::Stalled));
}

#[test]
fn peers_that_name_another_size_are_outvoted_or_outwaited() {
    // One against two: the two.
    let mut bench = Bench::new(2 * PIECE);
    let longer = bench.join(Manner::Silent);
    bench.introduce(longer, None, Some(1));
    assert_eq!(bench.gone(1), Some(Trouble::MetadataSize), "it said something else before");
    bench.join(Manner::Longer);
    assert!(bench.banned(2));

    // Three that are silent, one that is not.
    let mut bench = Bench::new(2 * PIECE);
    for host in 1..=3 {
        let key = bench.call(host, Manner::Silent);
        bench.introduce(key, Some(THEIRS), Some(77));
    }
    bench.join(Manner::Honest);
    let took = bench.run(120).unwrap();
    assert!(took <= TOGETHER + SECOND, "{took:?}");
}

#[test]
fn the_size_that_more_name_is_collected_at_once() {
    let mut bench = Bench::new(2 * PIECE);
    let other = bench.call(1, Manner::Silent);
    bench.introduce(other, Some(THEIRS), Some(77));
    bench.join(Manner::Honest);
    assert_eq!(bench.run(1), None);
    bench.join(Manner::Honest);
    assert!(bench.run(0).is_some());
}

#[test]
fn sizes_beyond_reason_are_refused_before_anything_is_held() {
    for (size, taken) in [
        (MAX_METADATA, true),
        (MAX_METADATA + 1, false),
        (u64::from(u32::MAX) + 1, false),
        (i64::MAX as u64, false),
    ] {
        let mut bench = Bench::new(1);
        let key = bench.call(1, Manner::Silent);
        bench.introduce(key, Some(THEIRS), Some(size));
        assert_eq!(bench.gone(1), (!taken).then_some(Trouble::MetadataSize), "{size}");
        assert_eq!(!bench.asked.is_empty(), taken);
    }
}

#[test]
fn one_who_refuses_is_asked_again_later() {
    let mut bench = Bench::new(2 * PIECE);
    let key = bench.join(Manner::Rejects);
    let asked = bench.asked.len();
    assert_eq!(bench.run(REST.as_secs() - 1), None);
    assert_eq!((bench.asked.len(), bench.gone(1)), (asked, None));
    bench.peers.insert(key, Manner::Honest);
    assert!(bench.run(3).is_some());

    let mut bench = Bench::new(2 * PIECE);
    bench.join(Manner::Rejects);
    bench.join(Manner::Honest);
    assert!(bench.run(0).is_some());
}

#[test]
fn what_a_peer_that_left_owed_is_asked_of_others() {
    let mut bench = Bench::new(4 * PIECE);
    let first = bench.join(Manner::Silent);
    bench.join(Manner::Honest);
    assert_eq!(bench.run(0), None);
    bench.input(Input::Disconnected(first));
    assert_eq!(bench.run(0), Some(Duration::ZERO));
}

#[test]
fn hostile_answers_are_the_peers_trouble() {
    let data = |piece, total, length: usize| MetadataMessage::Data {
        piece,
        total,
        data: vec![0; length].into(),
    };
    let total = 2 * PIECE as u64;
    for (message, trouble) in [
        (data(2, total, PIECE), Trouble::Unasked),
        (data(u32::MAX, total, PIECE), Trouble::Unasked),
        (data(0, total + 1, PIECE), Trouble::Garbled),
        (data(0, total, PIECE - 1), Trouble::Garbled),
        (data(1, total, 0), Trouble::Garbled),
    ] {
        let mut bench = Bench::new(2 * PIECE);
        let key = bench.join(Manner::Silent);
        bench.say(key, &message);
        assert_eq!(bench.gone(1), Some(trouble), "{message:?}");
    }
    let extended =
        |id, payload: &'static [u8]| Message::Extended { id, payload: Bytes::from_static(payload) };
    let block = || Message::Piece { piece: PieceIndex(0), begin: 0, data: Bytes::new() };
    for (message, trouble) in [
        (extended(0, b"i1e"), Trouble::Garbled),
        (extended(UT_METADATA, b"d8:msg_typei1e"), Trouble::Garbled),
        (block(), Trouble::Unasked),
    ] {
        let mut bench = Bench::new(PIECE);
        let key = bench.join(Manner::Silent);
        bench.hear(key, message);
        assert_eq!(bench.gone(1), Some(trouble));
    }
}

#[test]
fn requests_are_refused_and_a_flood_of_them_ends() {
    let mut bench = Bench::new(PIECE);
    let key = bench.join(Manner::Silent);
    let mut out = vec![];
    let payload = MetadataMessage::Request(0).encode();
    let request = Message::Extended { id: UT_METADATA, payload };
    bench.core.handle(bench.now, Input::Received(key, request.clone()), &mut out);
    let payload = MetadataMessage::Reject(0).encode();
    assert_eq!(out, [Action::Send(key, Message::Extended { id: THEIRS, payload })]);
    for _ in 0..REFUSALS {
        bench.hear(key, request.clone());
    }
    assert_eq!(bench.gone(1), Some(Trouble::Flood));
}

#[test]
fn peers_without_metadata_are_of_no_use() {
    let mut bench = Bench::new(PIECE);
    let address = at(1);
    let (id, reserved) = (PeerId([1; 20]), [0; 8]);
    let peer = PeerKey(0);
    bench.input(Input::Connected { peer, address, outgoing: false, id, reserved });
    assert_eq!(bench.gone(1), Some(Trouble::NoMetadata));

    let mut bench = Bench::new(PIECE);
    let without = bench.call(1, Manner::Honest);
    bench.introduce(without, Some(THEIRS), None);
    let switched_off = bench.call(2, Manner::Honest);
    bench.introduce(switched_off, Some(0), Some(PIECE as u64));
    assert_eq!(bench.run(INTRODUCTION.as_secs() - 1), None);
    assert_eq!((bench.gone(1), bench.gone(2)), (None, None));
    assert_eq!(bench.run(2), None);
    assert_eq!(bench.gone(1), Some(Trouble::NoMetadata));
    assert_eq!(bench.gone(2), Some(Trouble::NoMetadata));
    assert!(bench.asked.is_empty());
}

#[test]
fn a_second_handshake_adds_to_the_first() {
    let mut bench = Bench::new(PIECE);
    let key = bench.call(1, Manner::Honest);
    bench.introduce(key, None, Some(PIECE as u64));
    bench.introduce(key, Some(THEIRS), None);
    assert!(bench.run(0).is_some());
}

#[test]
fn what_is_said_of_pieces_is_passed_over() {
    let mut bench = Bench::new(2 * PIECE);
    let key = bench.call(1, Manner::Honest);
    let block = BlockRequest { piece: PieceIndex(u32::MAX), begin: u32::MAX, length: u32::MAX };
    for message in [
        Message::Bitfield(Bytes::from_static(&[0xff; 999])),
        Message::HaveAll,
        Message::Have(PieceIndex(u32::MAX)),
        Message::AllowedFast(PieceIndex(u32::MAX)),
        Message::Suggest(PieceIndex(7)),
        Message::Unchoke,
        Message::Choke,
        Message::Interested,
        Message::Request(block),
        Message::Cancel(block),
        Message::Reject(block),
        Message::Port(1),
        Message::Unknown(99),
        Message::KeepAlive,
    ] {
        bench.hear(key, message);
    }
    bench.introduce(key, Some(THEIRS), Some(2 * PIECE as u64));
    assert!(bench.run(0).is_some());
}

#[test]
fn it_calls_whom_it_hears_of_and_not_itself() {
    let mut bench = Bench::new(PIECE);
    let mut out = vec![];
    bench.core.handle(bench.now, Input::Peers(vec![at(1), at(2), at(1)]), &mut out);
    let mut called = out;
    called.sort_by_key(|action| format!("{action:?}"));
    assert_eq!(called, [Action::Connect(at(1)), Action::Connect(at(2))]);
    let (peer, reserved) = (PeerKey(7), [0; 8]);
    let id = PeerId([0; 20]);
    bench.input(Input::Connected { peer, address: at(1), outgoing: true, id, reserved });
    assert_eq!(bench.gone(1), Some(Trouble::Ourselves));
    bench.input(Input::ConnectFailed(at(2)));
    assert_eq!(bench.core.known(), [at(2)]);
    assert!(bench.core.wants_peers());
}

#[test]
fn it_does_not_matter_how_the_stream_was_cut() {
    let mut bench = Bench::new(2 * PIECE + 10);
    let key = bench.call(1, Manner::Silent);
    let said = ExtensionHandshake {
        ut_metadata: Some(THEIRS),
        metadata_size: Some(bench.content.len() as u64),
        ..ExtensionHandshake::default()
    };
    let mut stream = BytesMut::new();
    wire::encode(&Message::Bitfield(vec![0xff; 100].into()), &mut stream);
    wire::encode(&Message::Extended { id: 0, payload: said.encode() }, &mut stream);
    for piece in [2, 0, 1] {
        let payload = data_of(&bench.content, piece).encode();
        wire::encode(&Message::Extended { id: UT_METADATA, payload }, &mut stream);
    }
    let (mut decoder, mut buffer) = (Decoder::default(), BytesMut::new());
    for byte in stream {
        buffer.extend_from_slice(&[byte]);
        while let Some(message) = decoder.next(&mut buffer).unwrap() {
            bench.hear(key, message);
        }
    }
    assert!(bench.run(0).is_some());
}

fn any_input() -> impl Strategy<Value = Input> {
    let key = || (0u64..6).prop_map(PeerKey);
    let said = (any::<Option<u8>>(), proptest::option::of(0u64..70_000)).prop_map(|(id, size)| {
        let said = ExtensionHandshake {
            ut_metadata: id,
            metadata_size: size,
            ..ExtensionHandshake::default()
        };
        (0, said.encode())
    });
    let data = (0u32..6, 0u64..70_000, 0usize..=PIECE).prop_map(|(piece, total, length)| {
        let data = vec![7; length].into();
        (UT_METADATA, MetadataMessage::Data { piece, total, data }.encode())
    });
    let reject = (0u32..6).prop_map(|piece| (UT_METADATA, MetadataMessage::Reject(piece).encode()));
    let garbage = any::<(u8, Vec<u8>)>().prop_map(|(id, bytes)| (id, Bytes::from(bytes)));
    let extended = prop_oneof![said, data, reject, garbage];
    prop_oneof![
        4 => Just(Input::Tick),
        3 => (key(), 1u8..9, any::<bool>()).prop_map(|(peer, host, outgoing)| Input::Connected {
            peer,
            address: at(host),
            outgoing,
            id: PeerId([host; 20]),
            reserved: [0, 0, 0, 0, 0, 0x10, 0, 4],
        }),
        12 => (key(), extended)
            .prop_map(|(key, (id, payload))| Input::Received(key, Message::Extended { id, payload })),
        1 => key().prop_map(Input::Disconnected),
        1 => (1u8..9).prop_map(|host| Input::Peers(vec![at(host)])),
        1 => (1u8..9).prop_map(|host| Input::ConnectFailed(at(host))),
    ]
}

proptest! {
    #[test]
    fn nothing_that_happens_makes_it_panic_or_ask_too_much(
        inputs in proptest::collection::vec((any_input(), 0u64..9000), 0..80),
    ) {
        let mut bench = Bench::new(50_000);
        for (input, wait) in inputs {
            bench.now += Duration::from_millis(wait);
            let mut out = vec![];
            bench.core.handle(bench.now, input, &mut out);
            let soloists = bench.core.sources.values().filter(|source| source.own.is_some());
            prop_assert!(soloists.count() <= SOLOISTS);
            for source in bench.core.sources.values() {
                prop_assert!(source.asked.len() <= PIPELINE);
            }
        }
        prop_assert_eq!(bench.core.info(), None);
    }
}
