//! What a stranger may say, and what comes of it.

use super::net::{INFO_HASH, Net};
use crate::swarm::{Action, Config, Event, Input, PeerKey, Torrent, Trouble};
use crate::torrent::{Bitfield, BlockRequest, PeerId, PieceIndex, Pieces};
use crate::wire::{ExtensionHandshake, Handshake, Message, MetadataMessage};
use bytes::Bytes;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const PEER: PeerKey = PeerKey(1);
const BLOCK: u32 = 16 * 1024;

struct Meeting {
    now: Instant,
    torrent: Torrent,
}

fn config(have: impl Fn(u32) -> Bitfield) -> Config {
    let pieces = Pieces::new(40 * u64::from(BLOCK), 2 * BLOCK).unwrap();
    let mut config = Net::new(pieces).config(have(pieces.count()));
    config.peer_id = PeerId([9; 20]);
    config.metadata = Bytes::from(vec![b'm'; 20_000]);
    config
}

fn address(host: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], 6881))
}

fn hello(peer: PeerKey, host: u8, reserved: [u8; 8]) -> Input {
    let id = PeerId([host; 20]);
    Input::Connected { peer, address: address(host), outgoing: false, id, reserved }
}

fn modern() -> [u8; 8] {
    Handshake::new(INFO_HASH, PeerId([0; 20])).reserved
}

impl Meeting {
    fn with(config: Config, reserved: [u8; 8]) -> Self {
        let now = Instant::now();
        let torrent = Torrent::new(config, StdRng::seed_from_u64(0), now);
        let mut meeting = Self { now, torrent };
        meeting.input(hello(PEER, 1, reserved));
        meeting
    }

    fn seeding() -> Self {
        Self::with(config(Bitfield::all), modern())
    }

    fn leeching() -> Self {
        Self::with(config(Bitfield::none), modern())
    }

    fn input(&mut self, input: Input) -> Vec<Action> {
        let mut actions = vec![];
        self.torrent.handle(self.now, input, &mut actions);
        actions
    }

    fn say(&mut self, message: Message) -> Vec<Action> {
        self.input(Input::Received(PEER, message))
    }

    fn offence(&mut self, message: Message) -> Option<Trouble> {
        let actions = self.say(message);
        let closed = actions.contains(&Action::Close(PEER));
        let trouble = actions.iter().find_map(|action| match action {
            Action::Event(Event::PeerGone(_, trouble)) => *trouble,
            _ => None,
        });
        assert_eq!(closed, trouble.is_some());
        assert_eq!(closed, self.torrent.progress(self.now).peers == 0);
        trouble
    }
}

fn block(piece: u32, begin: u32, length: u32) -> BlockRequest {
    BlockRequest { piece: PieceIndex(piece), begin, length }
}

fn sends(actions: &[Action]) -> Vec<&Message> {
    let messages = actions.iter().filter_map(|action| match action {
        Action::Send(_, message) => Some(message),
        _ => None,
    });
    messages.collect()
}

fn requests(actions: &[Action]) -> Vec<BlockRequest> {
    let messages = sends(actions).into_iter();
    messages
        .filter_map(|m| if let Message::Request(block) = m { Some(*block) } else { None })
        .collect()
}

#[test]
fn each_offence_has_its_name() {
    let bits = |bytes: &'static [u8]| Message::Bitfield(Bytes::from_static(bytes));
    let unasked = Message::Piece { piece: PieceIndex(0), begin: 0, data: Bytes::from_static(b"x") };
    let garbled = |id| Message::Extended { id, payload: Bytes::from_static(b"x") };
    for (message, trouble) in [
        (bits(&[0xff, 0xff]), Trouble::Bitfield),
        (bits(&[0xff, 0xff, 0xff]), Trouble::Bitfield),
        (Message::Have(PieceIndex(20)), Trouble::OutOfRange),
        (Message::Suggest(PieceIndex(20)), Trouble::OutOfRange),
        (Message::AllowedFast(PieceIndex(20)), Trouble::OutOfRange),
        (Message::Request(block(20, 0, BLOCK)), Trouble::OutOfRange),
        (Message::Request(block(0, BLOCK, BLOCK + 1)), Trouble::OutOfRange),
        (Message::Request(block(0, 0, 0)), Trouble::OutOfRange),
        (Message::Request(block(0, u32::MAX, u32::MAX)), Trouble::OutOfRange),
        (unasked, Trouble::Unasked),
        (Message::Reject(block(0, 0, BLOCK)), Trouble::Unasked),
        (garbled(0), Trouble::Garbled),
        (garbled(1), Trouble::Garbled),
    ] {
        let told = format!("{message:?}");
        assert_eq!(Meeting::leeching().offence(message), Some(trouble), "{told}");
    }
}

#[test]
fn what_was_not_agreed_on_is_refused() {
    for message in [
        Message::HaveAll,
        Message::HaveNone,
        Message::Suggest(PieceIndex(0)),
        Message::AllowedFast(PieceIndex(0)),
        Message::Reject(block(0, 0, BLOCK)),
        Message::Extended { id: 0, payload: Bytes::from_static(b"de") },
    ] {
        let mut meeting = Meeting::with(config(Bitfield::none), [0; 8]);
        assert_eq!(meeting.offence(message), Some(Trouble::NotNegotiated));
    }
}

#[test]
fn have_all_comes_once_and_first() {
    for first in [Message::HaveNone, Message::Have(PieceIndex(1)), Message::Interested] {
        let mut meeting = Meeting::leeching();
        assert_eq!(meeting.offence(first), None);
        assert_eq!(meeting.offence(Message::HaveAll), Some(Trouble::Bitfield));
    }
    let mut meeting = Meeting::leeching();
    let payload = ExtensionHandshake::default().encode();
    assert_eq!(meeting.offence(Message::Extended { id: 0, payload }), None);
    assert_eq!(meeting.offence(Message::HaveAll), None);
}

#[test]
fn a_late_bitfield_stands_for_many_haves() {
    let bits = |bytes: &[u8]| Message::Bitfield(Bytes::copy_from_slice(bytes));
    for bad in [vec![0xff; 2], vec![0xff; 3]] {
        let mut meeting = Meeting::leeching();
        assert_eq!(meeting.offence(Message::Have(PieceIndex(1))), None);
        assert_eq!(meeting.offence(bits(&bad)), Some(Trouble::Bitfield));
    }
    let mut meeting = Meeting::leeching();
    assert_eq!(meeting.offence(Message::Have(PieceIndex(1))), None);
    assert_eq!(meeting.offence(bits(&[0b0010_0000, 0, 0b0001_0000])), None);
    let asked = requests(&meeting.say(Message::Unchoke));
    let pieces: HashSet<u32> = asked.iter().map(|block| block.piece.0).collect();
    assert_eq!(pieces, HashSet::from([1, 2, 19]), "nothing is unsaid by it");
}

#[test]
fn what_we_say_first() {
    let first = |config: Config, reserved| {
        let now = Instant::now();
        let mut torrent = Torrent::new(config, StdRng::seed_from_u64(0), now);
        let mut actions = vec![];
        torrent.handle(now, hello(PEER, 1, reserved), &mut actions);
        sends(&actions).into_iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!(first(config(Bitfield::all), modern())[0], Message::HaveAll);
    assert_eq!(first(config(Bitfield::none), modern())[0], Message::HaveNone);
    assert_eq!(first(config(Bitfield::none), [0; 8]), []);
    let bits = Message::Bitfield(Bytes::from_static(&[0xff, 0xff, 0xf0]));
    assert_eq!(first(config(Bitfield::all), [0; 8]), [bits]);
    let Message::Extended { id: 0, payload } = &first(config(Bitfield::all), modern())[1] else {
        panic!("no extension handshake");
    };
    let said = ExtensionHandshake::decode(payload).unwrap();
    assert_eq!((said.port, said.metadata_size), (Some(6881), Some(20_000)));
    assert_eq!(said.upload_only, Some(true));
}

#[test]
fn ourselves_twins_and_the_crowd_are_refused() {
    let mut meeting = Meeting::leeching();
    let refused = |meeting: &mut Meeting, input| {
        let actions = meeting.input(input);
        assert!(matches!(actions[0], Action::Close(PeerKey(2))));
        match &actions[1] {
            Action::Event(Event::PeerGone(_, Some(trouble))) => *trouble,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&mut meeting, hello(PeerKey(2), 9, modern())), Trouble::Ourselves);
    assert_eq!(refused(&mut meeting, hello(PeerKey(2), 1, modern())), Trouble::Twice);
    // Of 50 connections 12 are kept for calls of ours, while there is something to get.
    for host in 10..47 {
        meeting.input(hello(PeerKey(u64::from(host)), host, modern()));
    }
    assert_eq!(refused(&mut meeting, hello(PeerKey(2), 60, modern())), Trouble::Full);
    assert_eq!(meeting.torrent.progress(meeting.now).peers, 38);
    let (id, reserved) = (PeerId([61; 20]), modern());
    let (peer, address) = (PeerKey(61), address(61));
    meeting.input(Input::Connected { peer, address, outgoing: true, id, reserved });
    assert_eq!(meeting.torrent.progress(meeting.now).peers, 39);
}

#[test]
fn a_flood_of_requests_ends() {
    let mut meeting = Meeting::seeding();
    let mut rejects = 0;
    let end = (0..10_000).find_map(|_| {
        let actions = meeting.say(Message::Request(block(0, 0, BLOCK)));
        rejects += sends(&actions).iter().filter(|m| matches!(m, Message::Reject(_))).count();
        actions.contains(&Action::Close(PEER)).then_some(actions)
    });
    let gone = Event::PeerGone(address(1), Some(Trouble::Flood));
    assert!(end.unwrap().contains(&Action::Event(gone)));
    assert_eq!(rejects, 4000);
}

#[test]
fn an_upload_keeps_to_the_window_and_a_cancel_is_answered() {
    let mut meeting = Meeting::seeding();
    let unchoked = meeting.say(Message::Interested);
    assert_eq!(sends(&unchoked), [&Message::Unchoke]);
    let mut sent = vec![];
    for number in 0..40 {
        sent.extend(meeting.say(Message::Request(block(number / 2, number % 2 * BLOCK, BLOCK))));
    }
    assert_eq!(sent.len(), 8, "128 KiB without an answer of the driver");
    let waiting = block(19, BLOCK, BLOCK);
    let answer = meeting.say(Message::Cancel(waiting));
    assert_eq!(answer, [Action::Send(PEER, Message::Reject(waiting))]);
    assert_eq!(meeting.say(Message::Cancel(block(0, 0, BLOCK))), []);
    let next = meeting.input(Input::BlockSent(PEER, block(0, 0, BLOCK)));
    assert_eq!(next, [Action::SendBlock(PEER, block(4, 0, BLOCK))]);
    let choked = meeting.say(Message::NotInterested);
    assert_eq!(sends(&choked).len(), 1 + 40 - 8 - 1 - 1);
}

#[test]
fn tiny_blocks_take_no_more_room_than_whole_ones() {
    let mut meeting = Meeting::seeding();
    meeting.say(Message::Interested);
    let mut sent = vec![];
    for begin in 0..40 {
        sent.extend(meeting.say(Message::Request(block(0, begin, 1))));
    }
    assert_eq!(sent.len(), 8, "a byte holds a buffer of 16 KiB");
    let next = meeting.input(Input::BlockSent(PEER, block(0, 0, 1)));
    assert_eq!(next, [Action::SendBlock(PEER, block(0, 8, 1))]);
    assert_eq!(meeting.torrent.progress(meeting.now).uploaded, 1);
}

#[test]
fn what_cannot_be_read_is_rejected_and_not_counted() {
    let mut meeting = Meeting::seeding();
    meeting.say(Message::Interested);
    let asked = block(3, 0, BLOCK);
    assert_eq!(meeting.say(Message::Request(asked)), [Action::SendBlock(PEER, asked)]);
    let answer = meeting.input(Input::BlockUnread(PEER, asked));
    assert_eq!(answer, [Action::Send(PEER, Message::Reject(asked))]);
    assert_eq!(meeting.torrent.progress(meeting.now).uploaded, 0);
}

#[test]
fn who_does_not_take_what_it_asked_for_is_dropped() {
    let mut meeting = Meeting::seeding();
    meeting.say(Message::Interested);
    meeting.say(Message::Request(block(0, 0, BLOCK)));
    meeting.say(Message::Request(block(1, 0, BLOCK)));
    let mut ended = None;
    for second in 1..400 {
        meeting.now += Duration::from_secs(1);
        let mut actions = meeting.say(Message::KeepAlive);
        if second == 100 {
            actions.extend(meeting.input(Input::BlockSent(PEER, block(0, 0, BLOCK))));
        }
        actions.extend(meeting.input(Input::Tick));
        let gone = Event::PeerGone(address(1), Some(Trouble::Untaken));
        if actions.contains(&Action::Event(gone)) {
            ended.get_or_insert(second);
        }
    }
    assert_eq!(ended, Some(220));
}

#[test]
fn rejects_do_not_become_a_loop() {
    let mut meeting = Meeting::leeching();
    meeting.say(Message::HaveAll);
    let asked = requests(&meeting.say(Message::Unchoke));
    assert_eq!(asked.len(), 5);
    for request in asked {
        assert_eq!(requests(&meeting.say(Message::Reject(request))), []);
    }
    meeting.now += Duration::from_secs(2);
    assert_eq!(requests(&meeting.input(Input::Tick)).len(), 5);
}

#[test]
fn a_suspect_does_not_hold_a_piece_by_a_block_now_and_then() {
    // A piece has two blocks, so 34 s are given.
    for (wait, ended) in [(10, None), (25, Some(34))] {
        let mut meeting = Meeting::leeching();
        meeting.say(Message::HaveAll);
        meeting.torrent.peers.get_mut(&PEER).unwrap().parole = 64;
        let mut owed = requests(&meeting.say(Message::Unchoke));
        let mut gone = None;
        for second in 1..60 {
            meeting.now += Duration::from_secs(1);
            let mut actions = vec![];
            if second % wait == 0 && gone.is_none() {
                let BlockRequest { piece, begin, length } = owed.remove(0);
                let data = vec![0; length as usize].into();
                actions.extend(meeting.say(Message::Piece { piece, begin, data }));
                if actions.contains(&Action::Verify(piece)) {
                    actions.extend(meeting.input(Input::Verified(piece, true)));
                }
            }
            actions.extend(meeting.input(Input::Tick));
            owed.extend(requests(&actions));
            let trouble = Event::PeerGone(address(1), Some(Trouble::Stalled));
            if actions.contains(&Action::Event(trouble)) {
                gone.get_or_insert(second);
            }
        }
        assert_eq!(gone, ended, "a block each {wait} s");
    }
}

#[test]
fn allowed_fast_pieces_are_asked_for_while_choked() {
    let mut meeting = Meeting::leeching();
    meeting.say(Message::HaveAll);
    let asked = requests(&meeting.say(Message::AllowedFast(PieceIndex(3))));
    assert_eq!(asked, [block(3, 0, BLOCK), block(3, BLOCK, BLOCK)]);
    assert_eq!(requests(&meeting.say(Message::Reject(asked[0]))), []);
}

#[test]
fn a_block_after_a_choke_is_no_offence_and_is_used() {
    let mut meeting = Meeting::with(config(Bitfield::none), [0; 8]);
    meeting.say(Message::Bitfield(Bytes::from_static(&[0xff, 0xff, 0xf0])));
    let asked = requests(&meeting.say(Message::Unchoke));
    assert_eq!(meeting.say(Message::Choke), []);
    let BlockRequest { piece, begin, .. } = asked[0];
    let late = Message::Piece { piece, begin, data: vec![0; BLOCK as usize].into() };
    assert_eq!(meeting.offence(late.clone()), None);
    assert_eq!(meeting.offence(late), Some(Trouble::Unasked));
}

#[test]
fn metadata_is_served() {
    let mut meeting = Meeting::seeding();
    let theirs = ExtensionHandshake { ut_metadata: Some(7), ..Default::default() };
    meeting.say(Message::Extended { id: 0, payload: theirs.encode() });
    let mut ask = |piece| {
        let payload = MetadataMessage::Request(piece).encode();
        let actions = meeting.say(Message::Extended { id: 1, payload });
        match sends(&actions)[..] {
            [Message::Extended { id: 7, payload }] => MetadataMessage::decode(payload).unwrap(),
            _ => panic!("{actions:?}"),
        }
    };
    let piece = |number, length: usize| MetadataMessage::Data {
        piece: number,
        total: 20_000,
        data: vec![b'm'; length].into(),
    };
    assert_eq!(ask(0), piece(0, 16_384));
    assert_eq!(ask(1), piece(1, 20_000 - 16_384));
    assert_eq!(ask(2), MetadataMessage::Reject(2));
}

#[test]
fn keep_alives_go_out_and_silence_ends() {
    let mut meeting = Meeting::leeching();
    let (mut kept, mut ended) = (0, None);
    for second in 0..300 {
        meeting.now += Duration::from_secs(1);
        let actions = meeting.input(Input::Tick);
        kept += sends(&actions).iter().filter(|m| ***m == Message::KeepAlive).count();
        if actions.contains(&Action::Close(PEER)) {
            ended.get_or_insert(second);
        }
    }
    assert_eq!((kept, ended), (1, Some(239)));
}

/// Anything that may come from outside, sensible or not.
fn any_input() -> impl Strategy<Value = Input> {
    let key = || (1u64..5).prop_map(PeerKey);
    let request = || {
        (0u32..22, 0u32..3, any::<bool>()).prop_map(|(piece, number, odd)| {
            block(piece, number * BLOCK + u32::from(odd && number == 2), BLOCK)
        })
    };
    let message = prop_oneof![
        2 => Just(Message::Choke),
        4 => Just(Message::Unchoke),
        4 => Just(Message::Interested),
        1 => Just(Message::NotInterested),
        4 => (0u32..20).prop_map(|piece| Message::Have(PieceIndex(piece))),
        4 => Just(Message::HaveAll),
        1 => Just(Message::HaveNone),
        4 => request().prop_map(Message::Request),
        1 => request().prop_map(Message::Cancel),
        1 => request().prop_map(Message::Reject),
        1 => (0u32..20).prop_map(|piece| Message::AllowedFast(PieceIndex(piece))),
        1 => any::<Vec<u8>>().prop_map(|bits| Message::Bitfield(bits.into())),
    ];
    prop_oneof![
        4 => Just(Input::Tick),
        3 => (1u64..5, 1u8..5, any::<bool>()).prop_map(|(key, host, fast)| {
            hello(PeerKey(key), host, if fast { modern() } else { [0; 8] })
        }),
        20 => (key(), message).prop_map(|(key, message)| Input::Received(key, message)),
        2 => key().prop_map(Input::Disconnected),
        4 => (key(), request()).prop_map(|(key, block)| Input::BlockSent(key, block)),
        1 => (key(), request()).prop_map(|(key, block)| Input::BlockUnread(key, block)),
        2 => (0u32..20, any::<bool>()).prop_map(|(at, ok)| Input::Verified(PieceIndex(at), ok)),
        1 => Just(Input::Limits { upload: Some(100_000), download: Some(100_000) }),
        1 => Just(Input::Limits { upload: None, download: None }),
        1 => (1u8..5).prop_map(|host| Input::Peers(vec![address(host)])),
        1 => (1u8..5).prop_map(|host| Input::ConnectFailed(address(host))),
    ]
}

/// What must be true of all actions, whatever came.
#[derive(Default)]
struct Ledger {
    open: HashSet<PeerKey>,
    asked: HashMap<(PeerKey, BlockRequest), i32>,
    wanted: HashMap<(PeerKey, BlockRequest), i32>,
    written: HashMap<PieceIndex, HashSet<u32>>,
}

impl Ledger {
    fn check(&mut self, pieces: Pieces, actions: &[Action]) {
        for action in actions {
            match action {
                Action::Send(key, message) => {
                    assert!(self.open.contains(key), "{action:?} to nobody");
                    if let Message::Request(block) = message {
                        assert!(pieces.holds(*block));
                        *self.asked.entry((*key, *block)).or_default() += 1;
                    }
                }
                Action::SendBlock(key, block) => {
                    let left = self.wanted.entry((*key, *block)).or_default();
                    *left -= 1;
                    assert!(*left >= 0, "{action:?} was not asked for");
                }
                Action::Close(key) => {
                    self.open.remove(key);
                }
                Action::Write { piece, begin, data } => {
                    assert!(pieces.holds(block(piece.0, *begin, data.len() as u32)));
                    let new = self.written.entry(*piece).or_default().insert(*begin);
                    assert!(new, "{piece:?} {begin} was written twice");
                }
                Action::Verify(piece) => {
                    let written = self.written.remove(piece).unwrap_or_default();
                    assert_eq!(written.len(), pieces.blocks(*piece) as usize);
                }
                Action::Connect(_) | Action::Event(_) => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_comes_the_ledger_holds(
        inputs in prop::collection::vec((any_input(), 0u64..3000, any::<bool>()), 0..200), seed: u64,
    ) {
        let mut now = Instant::now();
        let half = |count| {
            let mut have = Bitfield::none(count);
            (0..count / 2).for_each(|piece| { have.insert(PieceIndex(piece)); });
            have
        };
        let config = config(half);
        let pieces = config.pieces;
        let mut torrent = Torrent::new(config, StdRng::seed_from_u64(seed), now);
        let mut ledger = Ledger::default();
        for (input, wait, honest) in inputs {
            now += Duration::from_millis(wait);
            // Now and then a peer answers what it was asked for.
            let due = ledger.asked.iter().filter(|(_, count)| **count > 0).map(|(due, _)| *due).min();
            let input = match due {
                Some((key, at)) if honest && ledger.open.contains(&key) => {
                    *ledger.asked.entry((key, at)).or_default() -= 1;
                    let data = Bytes::from(vec![0; at.length as usize]);
                    let (piece, begin) = (at.piece, at.begin);
                    Input::Received(key, Message::Piece { piece, begin, data })
                }
                _ => input,
            };
            match &input {
                // A number is never used twice by a driver.
                Input::Connected { peer, .. } if ledger.open.contains(peer) => continue,
                Input::Connected { peer, .. } => { ledger.open.insert(*peer); }
                Input::Disconnected(peer) => { ledger.open.remove(peer); }
                Input::Received(peer, Message::Request(block)) => {
                    *ledger.wanted.entry((*peer, *block)).or_default() += 1;
                }
                // Failed pieces are written anew, incomplete ones that are dropped as well.
                _ => {}
            }
            let mut actions = vec![];
            torrent.handle(now, input, &mut actions);
            ledger.check(pieces, &actions);
            let progress = torrent.progress(now);
            prop_assert!(progress.peers <= ledger.open.len());
            prop_assert!(progress.verified <= progress.total);
        }
    }
}
