//! What browsers send to a tracker: frames cut anyhow, and messages of several connections. Nothing
//! panics, what is said back is JSON, no peer is left when its connection is gone.
#![no_main]

use bt::torrent::InfoHash;
use bt::tracker::Config;
use bt::tracker::service::{Asker, Front, Service};
use bt::tracker::swarms::Swarms;
use bt::tracker::websocket::{Deed, Guest, Link, judge_announce, judge_scrape};
use bt::wire::websocket::{Event, Opcode, Peer, Reader, write};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde::de::IgnoredAny;
use std::net::Ipv4Addr;
use std::time::Instant;

const GUESTS: usize = 3;
const MESSAGE_MOST: usize = 4096;

fuzz_target!(|data: &[u8]| {
    frames(data);
    let hash = InfoHash([b'a'; 20]);
    let _ = judge_announce(data, hash);
    if let Some(Ok(counts)) = judge_scrape(data, &[hash]) {
        assert_eq!(counts.len(), 1);
    }
    messages(data);
});

/// However the bytes are cut, they say the same.
fn frames(data: &[u8]) {
    let Some((&cut, data)) = data.split_first() else { return };
    for peer in [Peer::Client, Peer::Server] {
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        let mut reader = Reader::new(peer, MESSAGE_MOST);
        let first = read(&mut reader, data, &mut whole);
        let mut reader = Reader::new(peer, MESSAGE_MOST);
        let mut second = Ok(());
        for piece in data.chunks(usize::from(cut).max(1)) {
            second = read(&mut reader, piece, &mut pieces);
            if second.is_err() {
                break;
            }
        }
        assert_eq!((first, &whole), (second, &pieces));
        for event in whole {
            if let Event::Message(message) = event {
                assert!(message.len() <= MESSAGE_MOST);
                let (mut out, mut again) = (Vec::new(), Vec::new());
                let mask = (peer == Peer::Client).then_some([cut; 4]);
                write(&mut out, Opcode::Binary, &message, mask);
                let _ = read(&mut Reader::new(peer, MESSAGE_MOST), &out, &mut again);
                assert_eq!(again, [Event::Message(message)]);
            }
        }
    }
}

fn read(
    reader: &mut Reader,
    mut input: &[u8],
    events: &mut Vec<Event>,
) -> Result<(), bt::wire::websocket::Fault> {
    while let Some(event) = reader.read(&mut input)? {
        events.push(event);
    }
    Ok(())
}

/// A message a line, of connections in turn.
fn messages(data: &[u8]) {
    let now = Instant::now();
    let service = Service::new(Swarms::new(Config::default(), now), now);
    let mut rng = SmallRng::seed_from_u64(1);
    let links = (0..).map(|number| Link { worker: 0, number });
    let mut guests: Vec<Guest> = links.take(GUESTS).map(Guest::new).collect();
    let asker = Asker { ip: Ipv4Addr::LOCALHOST.into(), front: Front::WebSocket, key: None };
    for (at, message) in data.split(|byte| *byte == b'\n').enumerate() {
        let mut deeds = Vec::new();
        let guest = &mut guests[at % GUESTS];
        let own = guest.link();
        service.hear(now, &asker, guest, message, &mut rng, &mut deeds);
        assert!(deeds.len() <= 21);
        for deed in deeds {
            match deed {
                Deed::Say(text) => drop(serde_json::from_str::<IgnoredAny>(&text).expect("JSON")),
                Deed::Tell(text) => drop(serde_json::from_str::<IgnoredAny>(&text).expect("JSON")),
                Deed::Send(parcel) => {
                    serde_json::from_str::<IgnoredAny>(&parcel.text).expect("JSON");
                    guests[parcel.to.number as usize].take(now, &parcel);
                }
                Deed::Probe(link) => assert_ne!(link, own),
            }
        }
    }
    for guest in &mut guests {
        service.dismiss(guest);
    }
    let swarms = service.swarms();
    assert_eq!((swarms.peers(), swarms.known(), swarms.bytes()), (0, 0, 0));
}
