//! What happens where there is no room.

use super::*;

/// So many announces, each of another torrent and from another host; the most bytes on the way.
fn flood(told: &mut Told, from: u32, many: u32) -> usize {
    let mut most = 0;
    for number in from..from + many {
        let ip = IpAddr::from(number.wrapping_mul(0x9E37_79B1).to_be_bytes());
        let address = SocketAddr::new(ip, 6881);
        told.tell(Ask { address, peers: 0, ..ask(number, "0.0.0.0:1", false, Event::Started) });
        most = most.max(told.swarms.bytes());
    }
    most
}

#[test]
fn a_flood_of_info_hashes_drives_out_itself() {
    let memory_most = 4 << 20;
    let mut told = Told::new(Config { memory_most, ..Config::default() });
    for number in 0..100 {
        for host in 1..=2 {
            told.tell(ask(number, &format!("10.0.0.{host}:1"), false, Event::Started));
        }
    }
    let most = flood(&mut told, 1000, 300_000);
    assert!(most > memory_most / 10 * 9 && most <= memory_most + 200, "{most}");
    audit(&told.swarms);
    // Swarms of two hosts stay, and can grow.
    for number in 0..100 {
        assert_eq!(told.swarms.counts(hash(number)), counts(0, 2, 0));
        assert_eq!(told.tell(ask(number, "10.0.0.3:1", false, Event::Started)).len(), 2);
        assert_eq!(told.swarms.counts(hash(number)), counts(0, 3, 0));
    }
    // So does what the operator listed.
    keep(&told.swarms, [77_777_777]);
    told.tell(ask(77_777_777, "10.0.0.1:1", false, Event::Started));
    let most = flood(&mut told, 1_000_000, 300_000);
    assert_eq!(told.swarms.counts(hash(77_777_777)), counts(0, 1, 0));
    assert!(most <= memory_most + 2000, "{most}");
    audit(&told.swarms);
}

#[test]
fn each_ceiling_holds() {
    let config = Config::default();
    for config in [
        Config { peers_most: 1000, ..config },
        Config { torrents_most: 1000, ..config },
        Config { memory_most: 130_000, ..config },
    ] {
        let mut told = Told::new(config);
        flood(&mut told, 0, 20_000);
        assert!((990..=1000).contains(&told.swarms.known()), "{}", told.swarms.known());
        audit(&told.swarms);
    }
}

#[test]
fn where_nobody_can_be_driven_out_the_newcomer_is_answered_and_not_told_of() {
    let mut told = Told::new(Config { peers_most: 4, ..Config::default() });
    for host in 1..=4 {
        told.tell(ask(1, &format!("10.0.0.{host}:1"), false, Event::Started));
    }
    assert_eq!(told.tell(ask(1, "10.0.0.5:1", true, Event::Completed)).len(), 4);
    assert_eq!(told.swarms.counts(hash(1)), counts(0, 4, 0));
    assert!(told.tell(ask(2, "10.0.0.5:1", false, Event::Started)).is_empty());
    assert_eq!(told.swarms.counts(hash(2)), None);
    assert_eq!(told.tell(ask(1, "10.0.0.4:1", true, Event::Interval)).len(), 3, "the known stay");
    told.tell(ask(1, "10.0.0.4:1", true, Event::Stopped));
    told.tell(ask(1, "10.0.0.5:1", false, Event::Started));
    assert_eq!(told.swarms.counts(hash(1)), counts(0, 4, 0), "whose place another takes");
    audit(&told.swarms);
}

#[test]
fn a_list_keeps_the_counts_of_torrents_that_nobody_is_left_in() {
    let mut told = Told::new(Config::default());
    for number in 1..=3 {
        told.tell(ask(number, "10.0.0.1:1", false, Event::Started));
        told.tell(ask(number, "10.0.0.1:1", true, Event::Completed));
    }
    keep(&told.swarms, [1, 2, 9]);
    told.tell(ask(1, "10.0.0.1:1", true, Event::Stopped));
    told.tell(ask(3, "10.0.0.1:1", true, Event::Stopped));
    assert_eq!(told.swarms.counts(hash(1)), counts(0, 0, 1));
    assert_eq!(told.swarms.counts(hash(3)), None);
    assert_eq!(told.swarms.counts(hash(9)), None, "a list makes no torrents");
    sweep_all(&told.swarms, told.now + secs(3000));
    assert_eq!(told.swarms.counts(hash(2)), counts(0, 0, 1), "whom time took as well");
    keep(&told.swarms, [2]);
    assert_eq!((told.swarms.counts(hash(1)), told.swarms.known()), (None, 1));
    audit(&told.swarms);
    keep(&told.swarms, []);
    assert_eq!((told.swarms.known(), told.swarms.bytes()), (0, 0));
}
