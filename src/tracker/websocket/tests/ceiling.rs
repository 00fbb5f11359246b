//! Where there is no room.

use super::*;
use crate::tracker::announce::Event;
use crate::tracker::drawn::Drawn;
use crate::tracker::swarms::{Ask, Families, Load};

#[test]
fn at_the_ceiling_nobody_new_is_told_of_and_what_is_left_comes_back() {
    let config = SwarmsConfig { peers_most: 1, ..SwarmsConfig::default() };
    let mut tracker = Tracker::with(Policy::default(), Lists::default(), config, 2);
    tracker.announce(0, A, json!({}));
    let (peers, bytes) = (tracker.service.swarms().peers(), tracker.service.swarms().bytes());
    assert!(peers == 1 && bytes > 0);
    tracker.announce(1, B, json!({ "offers": [offer(B)] }));
    assert_eq!(tracker.last(1)["incomplete"], 1);
    assert_eq!(tracker.last(0)["offer_id"], B);
    // It may be answered all the same.
    tracker.announce(0, A, answer(B, B));
    assert_eq!(tracker.last(1)["peer_id"], A);
    assert_eq!(tracker.service.swarms().bytes(), bytes);
    for guest in &mut tracker.guests {
        tracker.service.dismiss(guest);
    }
    let swarms = tracker.service.swarms();
    assert_eq!((swarms.peers(), swarms.known(), swarms.bytes()), (0, 0, 0));

    // Of the memory browsers get half.
    let config = SwarmsConfig { memory_most: 5000, ..SwarmsConfig::default() };
    let mut small = Tracker::with(Policy::default(), Lists::default(), config, 1);
    for byte in b'a'..=b'z' {
        small.announce(0, A, json!({ "info_hash": char::from(byte).to_string().repeat(20) }));
    }
    let bytes = small.service.swarms().bytes();
    assert!((1..=2500).contains(&bytes), "{bytes}");
}

/// Fills the swarms with torrents of one peer each, that no browser is in.
fn fill(tracker: &mut Tracker, torrents: u32) {
    for number in 0..torrents {
        let mut hash = [0; 20];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        let ask = Ask {
            info_hash: InfoHash(hash),
            address: (IpAddr::from(number.to_be_bytes()), 1).into(),
            peer_id: PeerId([7; 20]),
            seed: true,
            event: Event::Started,
            peers: 0,
            families: Families::Own,
            ids: false,
        };
        let drawn = &mut Drawn::default();
        tracker.service.swarms().announce(tracker.now, &ask, &mut tracker.rng, drawn);
    }
}

/// A browser announces a torrent of its own.
fn come(tracker: &mut Tracker, who: usize) {
    tracker.announce(who, A, json!({ "info_hash": format!("{who:020}") }));
}

/// How many of these connections are in their torrents.
fn there(tracker: &Tracker, who: std::ops::Range<usize>) -> usize {
    let hash = |who: usize| InfoHash(format!("{who:020}").into_bytes().try_into().unwrap());
    let known = |who: &usize| tracker.service.browsers().counts(hash(*who)).is_some();
    who.filter(known).count()
}

#[test]
fn where_others_fill_each_ceiling_browsers_come_in_and_take_half() {
    let config = SwarmsConfig::default();
    for config in [
        SwarmsConfig { peers_most: 1000, ..config },
        SwarmsConfig { torrents_most: 1000, ..config },
        SwarmsConfig { memory_most: 440_000, ..config },
    ] {
        let mut tracker = Tracker::with(Policy::default(), Lists::default(), config, 900);
        fill(&mut tracker, 5000);
        let before = tracker.service.swarms().known();
        assert!(before >= 990);
        for who in 0..400 {
            come(&mut tracker, who);
            assert_eq!(there(&tracker, who..who + 1), 1, "{who} {config:?}");
        }
        assert_eq!(there(&tracker, 0..400), 400);
        // At their half they make way for each other, and nobody else for them.
        for who in 400..900 {
            come(&mut tracker, who);
            assert_eq!(there(&tracker, who..who + 1), 1, "{who} {config:?}");
        }
        let swarms = tracker.service.swarms();
        let Load { torrents, peers, bytes } = swarms.beside();
        assert_eq!((there(&tracker, 0..900), torrents, peers), (500, 500, 500));
        assert!(swarms.peers() <= config.peers_most && swarms.known() <= config.torrents_most);
        assert!(swarms.bytes() <= config.memory_most + 440 && bytes <= config.memory_most / 2);
        // And the others come in as before.
        fill(&mut tracker, 5000);
        let swarms = tracker.service.swarms();
        assert!(swarms.known() >= 990, "{}", swarms.known());
        assert_eq!(swarms.beside().peers, 500);
    }
}

#[test]
fn who_is_in_many_torrents_makes_way_for_who_is_in_few() {
    // Room for two thousand, of which ten connections would have a thousand each.
    let config = SwarmsConfig { memory_most: 2 * 2000 * 440, ..SwarmsConfig::default() };
    let mut tracker = Tracker::with(Policy::default(), Lists::default(), config, 310);
    (0..100).for_each(|who| come(&mut tracker, who));
    for number in 0..10_000 {
        let hash = format!("{:020}", 1_000_000 + number);
        tracker.announce(300 + number % 10, A, json!({ "info_hash": hash }));
        if number == 5000 {
            (100..200).for_each(|who| come(&mut tracker, who));
        }
    }
    (200..300).for_each(|who| come(&mut tracker, who));
    // Where the shards that are looked at have nobody of the many, one of the few makes way.
    let kept = there(&tracker, 0..300);
    assert!(kept >= 295, "{kept}");
    let swarms = tracker.service.swarms();
    assert_eq!(swarms.beside().torrents, 2000);
    // What was forgotten of a connection it does not keep either.
    let held: usize = (300..310).map(|who| usize::from(tracker.guests[who].peers())).sum();
    assert!(held > 9000, "{held}");
    for who in 0..310 {
        tracker.service.expire(tracker.now, &mut tracker.guests[who]);
    }
    let held: usize = tracker.guests.iter().map(|guest| usize::from(guest.peers())).sum();
    assert_eq!(held, 2000);
    for guest in &mut tracker.guests {
        tracker.service.dismiss(guest);
    }
    let swarms = tracker.service.swarms();
    assert_eq!((swarms.beside(), swarms.bytes()), (Load::default(), 0));
}
