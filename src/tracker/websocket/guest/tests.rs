use super::*;
use crate::tracker::websocket::Sender;

const HASH: InfoHash = InfoHash([1; 20]);
const HERE: PeerId = PeerId([2; 20]);

fn link(number: u64) -> Link {
    Link { worker: 0, number }
}

/// Of connection `from`, which is one of a network.
fn offer((network, from): (u64, u64), number: u8) -> Parcel {
    let id = PeerId([u8::try_from(from).unwrap(); 20]);
    let from = Sender { id, link: link(from), network };
    let kind = Kind::Offer(Return { offer: [number; 20], from });
    Parcel { to: link(0), text: String::new(), kind, info_hash: HASH, for_id: HERE }
}

fn answered(guest: &mut Guest, now: Instant, from: u64, number: u8) -> Option<Link> {
    let to = PeerId([u8::try_from(from).unwrap(); 20]);
    let answer = Answer { info_hash: HASH, peer_id: HERE, to, offer: [number; 20], sdp: "" };
    guest.answer(now, &answer)
}

fn guest(now: Instant) -> Guest {
    let mut guest = Guest::new(link(0));
    guest.joined(now, HASH, HERE);
    guest
}

#[test]
fn a_connection_that_offers_all_the_time_waits_until_what_it_offered_is_old() {
    let start = Instant::now();
    let mut guest = guest(start);
    assert!(guest.take(start, &offer((1, 1), 0)));
    let taken = (0..100).filter(|number| guest.take(start, &offer((2, 2), *number))).count();
    assert_eq!(taken, OFFERS_EACH);
    assert_eq!(answered(&mut guest, start, 2, 3), Some(link(2)));
    assert_eq!(answered(&mut guest, start, 2, 3), None, "one answer to an offer");
    assert!(guest.take(start, &offer((2, 2), 100)), "in the place of what was answered");
    let later = start + FRESH;
    assert!(guest.take(later, &offer((2, 2), 101)), "in the place of the oldest");
    assert_eq!(answered(&mut guest, later, 2, 0), None);
    assert_eq!(answered(&mut guest, later, 2, 101), Some(link(2)));
    assert_eq!(answered(&mut guest, later, 1, 0), Some(link(1)));
}

#[test]
fn a_network_that_offers_all_the_time_pushes_out_itself_alone() {
    let start = Instant::now();
    let mut guest = guest(start);
    // Fifty connections of one address, and one of another.
    let flood = |guest: &mut Guest, now, number| {
        (100..150).filter(|from| guest.take(now, &offer((7, *from), number))).count()
    };
    let taken: usize = (0..20).map(|number| flood(&mut guest, start, number)).sum();
    assert_eq!(taken, OFFERS_MOST);
    for from in 1..=90 {
        assert!(guest.take(start, &offer((1000 + from, from), 0)), "{from}");
        assert_eq!(flood(&mut guest, start, 20), 0, "{from}");
    }
    assert_eq!(guest.offers.len(), OFFERS_MOST);
    for from in 1..=90 {
        assert_eq!(answered(&mut guest, start, from, 0), Some(link(from)), "{from}");
    }
    // What is old makes way for what is new of the same network.
    assert_eq!(flood(&mut guest, start, 21), 50);
    let later = start + FRESH;
    assert_eq!(flood(&mut guest, later, 22), 50);
}

#[test]
fn where_all_offer_alike_the_oldest_makes_way() {
    let start = Instant::now();
    let mut guest = guest(start);
    for number in 0..=255u8 {
        assert!(guest.take(start, &offer((number.into(), number.into()), 0)));
    }
    assert!(guest.take(start, &offer((1000, 7), 1)));
    assert_eq!(answered(&mut guest, start, 0, 0), None);
    assert_eq!(answered(&mut guest, start, 1, 0), Some(link(1)));
    assert_eq!(answered(&mut guest, start, 7, 1), Some(link(7)));
}

#[test]
fn a_connection_has_few_ids_in_a_torrent() {
    let (mut guest, now) = (Guest::new(link(0)), Instant::now());
    for id in 0..4 {
        assert!(guest.has_room(HASH, PeerId([id; 20])));
        guest.joined(now, HASH, PeerId([id; 20]));
    }
    assert!(!guest.has_room(HASH, PeerId([4; 20])));
    assert!(guest.has_room(HASH, PeerId([3; 20])), "who is there stays");
    assert!(guest.has_room(InfoHash([9; 20]), PeerId([4; 20])));
}

#[test]
fn who_is_over_its_rate_all_the_time_is_closed_and_who_is_now_and_then_is_not() {
    let (mut flooder, mut guest) = (Guest::new(link(0)), Guest::new(link(1)));
    for _ in 0..1000 {
        guest.note_refused();
        guest.note_admitted();
    }
    assert!(!guest.is_hopeless());
    for _ in 0..REFUSED_MOST {
        assert!(!flooder.is_hopeless());
        flooder.note_refused();
    }
    assert!(flooder.is_hopeless());
}
