#![allow(clippy::arithmetic_side_effects)]
use super::super::super::registry::Config;
use super::super::super::swarms::Swarms;
use super::super::super::tally::Tallies;
use super::super::{Answer, Family, Request, Response, parse_response, request};
use super::*;
use crate::torrent::PeerId;
use crate::tracker::announce::{Event, Retry};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::net::SocketAddr;
use std::time::Duration;

const V4: &str = "203.0.113.9";
const V6: &str = "2001:db8::9";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn slot(seconds: u64) -> Slot {
    Slot::at(Duration::from_secs(1_770_000_000u64.saturating_add(seconds)))
}

/// A tracker and what one worker of it has.
struct Desk {
    service: Service,
    connections: Connections,
    now: Instant,
    rng: SmallRng,
    drawn: Drawn,
    tallies: Tallies,
    tally: Tally,
}

impl Desk {
    fn new() -> Self {
        Self::telling(200)
    }

    /// One that tells of so many peers, where no number is wanted.
    fn telling(response_size: usize) -> Self {
        let now = Instant::now();
        let tallies = Tallies::default();
        let config = Config { response_size, ..Config::default() };
        Self {
            service: Service::new(Swarms::new(config, now), now),
            connections: Connections::new([7; 16], Slot::at(Duration::ZERO)),
            now,
            rng: SmallRng::seed_from_u64(1),
            drawn: Drawn::default(),
            tally: tallies.tally(),
            tallies,
        }
    }

    fn with<T>(&mut self, slot: Slot, act: impl FnOnce(&mut Server<'_, SmallRng>) -> T) -> T {
        let mut server = Server {
            service: &self.service,
            connections: &self.connections,
            now: self.now,
            slot,
            rng: &mut self.rng,
            drawn: &mut self.drawn,
            tally: &self.tally,
        };
        act(&mut server)
    }

    /// IPv4, then IPv6.
    fn counted(&self, action: Action, outcome: Outcome) -> [u64; 2] {
        let counted = self.tallies.snapshot();
        [Family::V4, Family::V6].map(|family| counted.requests(Front::Udp, family, action, outcome))
    }

    fn send_at(&mut self, slot: Slot, from: &str, packet: &[u8]) -> Option<Vec<u8>> {
        let mut buffer: Buffer = [0xee; ROOM];
        let length = packet.len().min(ROOM);
        buffer[..length].copy_from_slice(&packet[..length]);
        let length = self.with(slot, |server| server.answer(ip(from), &mut buffer, length))?;
        Some(buffer[..length].to_vec())
    }

    fn send(&mut self, from: &str, some: &Request) -> Option<(u32, Response)> {
        let answer = self.send_at(slot(0), from, &request(some))?;
        Some(parse_response(&answer, Family::of(ip(from))).unwrap())
    }

    fn connect(&mut self, from: &str) -> u64 {
        match self.send(from, &Request::Connect { transaction: 77 }) {
            Some((77, Response::Connect { connection })) => connection,
            other => panic!("{other:?}"),
        }
    }

    fn announce(&mut self, from: &str, announce: Announce) -> Answer {
        let connection = self.connect(from);
        let url_data = b"/announce".to_vec();
        let ask = Request::Announce { connection, transaction: 5, announce, url_data };
        match self.send(from, &ask) {
            Some((5, Response::Announce(answer))) => answer,
            other => panic!("{other:?}"),
        }
    }
}

fn announce(port: u16, left: u64) -> Announce {
    Announce {
        info_hash: InfoHash([0xaa; 20]),
        peer_id: PeerId([0xbb; 20]),
        port,
        uploaded: 0,
        downloaded: 0,
        left,
        event: Event::Started,
        numwant: None,
        compact: true,
        no_peer_id: true,
        key: Some(1),
        tracker_id: None,
        ip: None,
    }
}

#[test]
fn askers_are_told_of_those_of_their_own_family() {
    let mut desk = Desk::new();
    for from in [V4, V6] {
        let first = desk.announce(from, announce(6881, 0));
        assert_eq!((first.interval, first.peers.len()), (Duration::from_secs(1800), 0));
        let second = desk.announce(from, announce(6882, 9));
        let told: Vec<SocketAddr> = second.peers.iter().map(|peer| peer.address).collect();
        assert_eq!(told, [SocketAddr::new(ip(from), 6881)]);
    }
    let last = desk.announce(V4, announce(6882, 9));
    assert_eq!((last.complete, last.incomplete), (Some(2), Some(2)));
    assert_eq!(desk.counted(Action::Connect, Outcome::Answered), [3, 2]);
    assert_eq!(desk.counted(Action::Announce, Outcome::Answered), [3, 2]);
}

#[test]
fn a_mapped_address_is_one_of_ipv4() {
    let mut desk = Desk::new();
    desk.announce(V4, announce(6881, 0));
    let connection = desk.connect("::ffff:203.0.113.9");
    assert_eq!(connection, desk.connect(V4));
    let ask = Request::Announce {
        connection,
        transaction: 5,
        announce: announce(6882, 1),
        url_data: Vec::new(),
    };
    let answer = desk.send("::ffff:203.0.113.9", &ask);
    let Some((5, Response::Announce(answer))) = answer else { panic!("{answer:?}") };
    assert_eq!(answer.peers.len(), 1);
    assert_eq!(desk.counted(Action::Announce, Outcome::Answered), [2, 0]);
    assert_eq!(desk.counted(Action::Connect, Outcome::Answered), [3, 0]);
}

#[test]
fn an_answer_goes_through_any_network_whole() {
    let mut desk = Desk::new();
    for (from, most, whole) in [(V4, 200, 1472), (V6, 67, 1232)] {
        (1..=300).for_each(|port| drop(desk.announce(from, announce(port, 1))));
        let connection = desk.connect(from);
        for (numwant, peers) in [(None, most), (Some(9999), most), (Some(3), 3), (Some(0), 0)] {
            let announce = Announce { numwant, ..announce(400, 1) };
            let ask =
                Request::Announce { connection, transaction: 5, announce, url_data: Vec::new() };
            let packet = desk.send_at(slot(0), from, &request(&ask)).unwrap();
            let size = if from == V4 { 6 } else { 18 };
            assert_eq!(packet.len(), 20 + peers * size, "{from} {numwant:?}");
            assert!(packet.len() <= whole);
        }
    }
}

#[test]
fn where_not_all_fit_each_has_its_turn() {
    for (from, response_size) in [(V4, 100), (V6, 100), (V6, 68), (V6, 3)] {
        let mut desk = Desk::telling(response_size);
        (1..=80).for_each(|port| drop(desk.announce(from, announce(port, 1))));
        let mut told = std::collections::BTreeSet::new();
        // That one is left out all the while has a chance of (76/79)^1000.
        for _ in 0..1000 {
            let answer = desk.announce(from, announce(1, 1));
            told.extend(answer.peers.iter().map(|peer| peer.address.port()));
        }
        assert_eq!(told, (2..=80).collect(), "{from} {response_size}");
    }
}

#[test]
fn counts_come_in_the_order_asked() {
    let mut desk = Desk::new();
    desk.announce(V4, announce(6881, 0));
    desk.announce(V4, announce(6882, 3));
    desk.announce(V4, Announce { event: Event::Completed, ..announce(6882, 0) });
    let connection = desk.connect(V4);
    let (known, unknown) = (InfoHash([0xaa; 20]), InfoHash([1; 20]));
    let mut hashes = vec![unknown; SCRAPE_MOST];
    hashes[1] = known;
    hashes[73] = known;
    let ask = Request::Scrape { connection, transaction: 6, hashes };
    let Some((6, Response::Scrape(counts))) = desk.send(V4, &ask) else { panic!() };
    assert_eq!(counts.len(), SCRAPE_MOST);
    for (at, counts) in counts.into_iter().enumerate() {
        let expected = Counts { complete: 2, downloaded: 1, ..Counts::default() };
        assert_eq!(counts, if at == 1 || at == 73 { expected } else { Counts::default() });
    }
    assert_eq!(desk.counted(Action::Scrape, Outcome::Answered), [1, 0]);
}

#[test]
fn strangers_hear_nothing() {
    let mut desk = Desk::new();
    let ask = |desk: &mut Desk, from, connection, later| {
        let announce = Request::Announce {
            connection,
            transaction: 5,
            announce: announce(6881, 0),
            url_data: Vec::new(),
        };
        let scrape =
            Request::Scrape { connection, transaction: 5, hashes: vec![InfoHash([0xaa; 20])] };
        let answers =
            [announce, scrape].map(|ask| desk.send_at(slot(later), from, &request(&ask)).is_some());
        assert_eq!(answers[0], answers[1]);
        answers[0]
    };
    let id = desk.connect(V4);
    assert!(ask(&mut desk, V4, id, 0) && ask(&mut desk, V4, id, 120));
    assert_eq!(desk.counted(Action::Announce, Outcome::Stale), [0, 0]);
    assert!(!ask(&mut desk, V4, id, 150));
    assert!(!ask(&mut desk, "203.0.113.8", id, 0));
    assert!(!ask(&mut desk, V6, id, 0));
    assert!(!ask(&mut desk, V4, id ^ 1, 0) && !ask(&mut desk, V4, 0, 0));
    assert_eq!(desk.counted(Action::Announce, Outcome::Stale), [4, 1]);
    assert_eq!(desk.counted(Action::Scrape, Outcome::Stale), [4, 1]);
    assert_eq!(desk.service.swarms().counts(InfoHash([0xaa; 20])).unwrap().complete, 1);
}

#[test]
fn refusals_are_said_or_dropped() {
    let mut desk = Desk::new();
    let mut buffer: Buffer = [0; ROOM];
    let mut refuse =
        |refusal| desk.with(slot(0), |server| server.tell(ip(V4), &mut buffer, 9, Err(refusal)));
    assert_eq!(refuse(Refusal::Dropped), None);
    let retry = Some(Retry::Never);
    let (reason, outcome) = ("not in the list", Outcome::NotServed);
    let length = refuse(Refusal::Said { reason, retry, outcome }).unwrap();
    assert_eq!(buffer[..length], *b"\0\0\0\x03\0\0\0\x09not in the list");
    assert_eq!(desk.counted(Action::Announce, Outcome::NotServed), [1, 0]);
    assert_eq!(desk.counted(Action::Announce, Outcome::TooFast), [1, 0]);
}

#[test]
fn a_connect_is_answered_in_sixteen_bytes() {
    let mut desk = Desk::new();
    let mut packet = b"\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0abcd".to_vec();
    let answer = desk.send_at(slot(0), V4, &packet).unwrap();
    assert_eq!(answer.len(), 16);
    assert_eq!(answer[..8], *b"\0\0\0\0abcd");
    packet.extend([0; 500]);
    assert_eq!(desk.send_at(slot(0), V4, &packet).unwrap(), answer);
    packet.pop();
    packet[0] = 1;
    assert_eq!(desk.send_at(slot(0), V4, &packet), None);
    assert_eq!(desk.counted(Action::Connect, Outcome::Answered), [2, 0]);
    assert_eq!(desk.counted(Action::Other, Outcome::Garbled), [1, 0]);
}

proptest! {
    /// Nobody's address can be made to get more than was sent in its name.
    #[test]
    fn the_unproven_get_no_more_than_they_sent(
        mut packet in proptest::collection::vec(any::<u8>(), 0..1700),
        action in 0u8..5,
        connects: bool,
    ) {
        if connects && packet.len() >= 8 {
            packet[..8].copy_from_slice(&0x0417_2710_1980u64.to_be_bytes());
        }
        if let Some(place) = packet.get_mut(8..12) {
            place.copy_from_slice(&[0, 0, 0, action]);
        }
        let mut desk = Desk::new();
        let answer = desk.send_at(slot(0), V4, &packet);
        prop_assert!(answer.is_none_or(|answer| answer.len() <= packet.len()));
    }

    /// What the proven send is answered or not, and never with more than fits.
    #[test]
    fn the_proven_get_what_fits(
        mut packet in proptest::collection::vec(any::<u8>(), 16..1700),
        action in 1u8..4,
        v6: bool,
    ) {
        let mut desk = Desk::new();
        let from = if v6 { V6 } else { V4 };
        packet[..8].copy_from_slice(&desk.connect(from).to_be_bytes());
        packet[8..12].copy_from_slice(&[0, 0, 0, action]);
        let answer = desk.send_at(slot(0), from, &packet);
        prop_assert_eq!(answer.is_some(), View::parse(&packet[..packet.len().min(ROOM)]).is_ok());
        let most = if v6 { 1232 } else { 1472 };
        prop_assert!(answer.is_none_or(|answer| answer.len() <= most));
    }
}
