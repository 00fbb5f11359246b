//! What happens where there is no room.

use super::*;

/// From where a flood comes: the addresses of those who announce its torrents.
#[derive(Clone, Copy, Debug)]
enum Flood {
    /// A host for each torrent.
    Many,
    /// A few hosts for all.
    Few,
    /// Two hosts for each.
    Pairs,
    /// For each an IPv4 and an IPv6 address.
    Families,
    /// Two subscribers of one site.
    Site,
}

const FLOODS: [Flood; 5] = [Flood::Many, Flood::Few, Flood::Pairs, Flood::Families, Flood::Site];

impl Flood {
    fn addresses(self, number: u32) -> Vec<IpAddr> {
        let v4 =
            |number: u32| IpAddr::from((number.wrapping_mul(0x9E37_79B1) | 1 << 31).to_be_bytes());
        let v6 = |site: u32, subscriber: u16| {
            let (high, low) = ((site >> 16) as u16, site as u16);
            IpAddr::from([0x2001, high, low, subscriber, 0, 0, 0, 1])
        };
        match self {
            Self::Many => vec![v4(number)],
            Self::Few => vec![v4(number % 4)],
            Self::Pairs => vec![v4(number), v4(number ^ 1 << 30)],
            Self::Families => vec![v4(number), v6(number, 0)],
            Self::Site => vec![v6(7, number as u16), v6(7, number as u16 ^ 1)],
        }
    }

    /// Announces a torrent; says how often.
    fn torrent(self, told: &mut Told, number: u32) -> usize {
        let addresses = self.addresses(number);
        for &ip in &addresses {
            let address = SocketAddr::new(ip, 6881);
            let ask = ask(number, "0.0.0.0:1", false, Event::Started);
            told.tell(Ask { address, peers: 0, ..ask });
        }
        addresses.len()
    }

    /// Announces torrents from this number on, so often or once more; gives the next number.
    fn tell(self, told: &mut Told, mut number: u32, announces: usize) -> u32 {
        let mut left = announces;
        while left > 0 {
            left = left.saturating_sub(self.torrent(told, number));
            number += 1;
        }
        number
    }
}

/// So many seeds, each alone in its torrent, which announce every half an hour.
struct Seeds(u32);

impl Seeds {
    /// Those whose turn it is in a second.
    fn tell(&self, told: &mut Told, second: u64) {
        for number in (second as u32 % 1800..self.0).step_by(1800) {
            let ip = IpAddr::from((10 << 24 | number).to_be_bytes());
            let ask = ask(number, "0.0.0.0:1", true, Event::Interval);
            told.tell(Ask { address: SocketAddr::new(ip, 1), peers: 0, ..ask });
        }
    }

    fn known(&self, told: &Told) -> usize {
        (0..self.0).filter(|&number| told.swarms.counts(hash(number)).is_some()).count()
    }
}

/// A tracker with room for four times as many torrents as the seeds, which have come back.
fn settled(seeds: &Seeds) -> (Told, u64) {
    let memory_most = seeds.0 as usize * 4 * 130;
    let mut told = Told::new(Config { memory_most, ..Config::default() });
    let start = told.now;
    for second in 0..3600 {
        told.now = start + secs(second);
        seeds.tell(&mut told, second);
    }
    assert_eq!(seeds.known(&told), seeds.0 as usize);
    (told, 3600)
}

#[test]
fn a_flood_of_info_hashes_drives_out_itself() {
    for flood in FLOODS {
        let seeds = Seeds(1000);
        let (mut told, from) = settled(&seeds);
        let start = told.now;
        let mut next = 1 << 20;
        let (mut least, mut most) = (usize::MAX, 0);
        for second in 0..2000 {
            told.now = start + secs(second);
            seeds.tell(&mut told, from + second);
            next = flood.tell(&mut told, next, 20);
            most = most.max(told.swarms.bytes());
            if second % 100 == 0 {
                told.swarms.sweep(told.now, 1);
                least = least.min(seeds.known(&told));
            }
        }
        let memory_most = told.swarms.config().memory_most;
        assert!(most > memory_most / 10 * 9 && most <= memory_most + 300, "{flood:?}: {most}");
        assert!(least >= 980, "{flood:?}: only {least} of 1000 stayed");
        audit(&told.swarms);
    }
}

/// A flood whose torrents come, so many at once, and go at once.
fn come_and_go(told: &mut Told, from: u32, many: u32) {
    for event in [Event::Started, Event::Stopped] {
        for number in from..from + many {
            let ip = IpAddr::from((number.wrapping_mul(0x9E37_79B1) | 1 << 31).to_be_bytes());
            let ask = ask(number, "0.0.0.0:1", false, event);
            told.tell(Ask { address: SocketAddr::new(ip, 6881), peers: 0, ..ask });
        }
    }
}

#[test]
fn whoever_comes_back_outlives_a_flood_that_comes_and_goes() {
    let config = Config::default();
    // Of the least and of larger ones, nearly full: few torrents a shard, and some in none.
    for (seeds, config) in [
        (2900, Config { torrents_most: 3000, ..config }),
        (3000, Config { torrents_most: 3000, ..config }),
        (2900, Config { peers_most: 3000, ..config }),
        (8000, Config { memory_most: 8192 * 130, ..config }),
        (90, Config { torrents_most: 100, ..config }),
        (30_000, Config { torrents_most: 32_000, ..config }),
    ] {
        let seeds = Seeds(seeds);
        let mut told = Told::new(config);
        let start = told.now;
        for second in 0..3600 {
            told.now = start + secs(second);
            seeds.tell(&mut told, second);
        }
        let many = seeds.0 / 10;
        let mut least = usize::MAX;
        for second in 3600..4200 {
            told.now = start + secs(second);
            seeds.tell(&mut told, second);
            if second % 20 == 0 {
                come_and_go(&mut told, (1 << 20) + second as u32 * 10_000, many);
                least = least.min(seeds.known(&told));
            }
        }
        // One makes room for the flood, where there is none, and is back in time.
        assert!(seeds.0 as usize - least <= 8, "{least} of {}: {config:?}", seeds.0);
        audit(&told.swarms);
    }
}

#[test]
fn one_that_nobody_came_back_to_is_found_among_very_many() {
    // So many a shard that no newcomer can look at all of one.
    let seeds: u32 = 150_000;
    for room in [1, 300] {
        let torrents_most = (seeds + room) as usize;
        let mut told = Told::new(Config { torrents_most, ..Config::default() });
        let announce = |told: &mut Told, number| {
            let ask = ask(number, "10.0.0.1:1", true, Event::Interval);
            told.tell(Ask { peers: 0, ..ask });
        };
        for _ in 0..2 {
            (0..seeds).for_each(|number| announce(&mut told, number));
            told.now += secs(900);
        }
        (1 << 20..(1 << 20) + 3000).for_each(|number| announce(&mut told, number));
        assert_eq!(Seeds(seeds).known(&told), seeds as usize);
        assert_eq!(told.swarms.known(), torrents_most);
    }
}

#[test]
fn a_rush_to_one_torrent_drives_out_nobody_who_came_back() {
    let mut told = Told::new(Config { peers_most: 3000, ..Config::default() });
    let (start, seeds) = (told.now, Seeds(2900));
    for second in 0..3600 {
        told.now = start + secs(second);
        seeds.tell(&mut told, second);
    }
    let rush = |told: &mut Told, event| {
        for port in 1..=20_000 {
            let ip = IpAddr::from([9, 9, 9, 9]);
            let ask = ask(1 << 20, "0.0.0.0:1", false, event);
            told.tell(Ask { address: SocketAddr::new(ip, port), peers: 0, ..ask });
        }
    };
    rush(&mut told, Event::Started);
    assert_eq!(seeds.known(&told), 2900);
    assert_eq!(told.swarms.counts(hash(1 << 20)), counts(0, 100, 0));
    // It makes way itself, and its peers are told of once they have come back.
    for number in 1..200 {
        told.tell(ask((1 << 21) + number, "1.2.3.4:1", true, Event::Started));
    }
    assert_eq!((seeds.known(&told), told.swarms.counts(hash(1 << 20))), (2900, None));
    audit(&told.swarms);
}

#[test]
fn under_a_low_ceiling_each_newcomer_is_told_of() {
    let config = Config::default();
    for config in [
        Config { peers_most: 10, ..config },
        Config { torrents_most: 10, ..config },
        Config { memory_most: 1300, ..config },
    ] {
        let mut told = Told::new(config);
        for number in 0..500 {
            told.now += secs(1);
            told.tell(ask(number, "10.0.0.1:1", true, Event::Started));
            assert_eq!(told.swarms.counts(hash(number)), counts(1, 0, 0), "{config:?}");
            assert!(told.swarms.known() <= 10);
            // It is the longest silent that makes way.
            let mut young = (0..=number).rev().take(9);
            assert!(young.all(|number| told.swarms.counts(hash(number)).is_some()), "{config:?}");
        }
        audit(&told.swarms);
    }
}

#[test]
fn of_few_that_came_back_the_longest_silent_makes_way_wherever_it_is() {
    for quiet in 0..10 {
        let mut told = Told::new(Config { torrents_most: 10, ..Config::default() });
        let start = told.now;
        for second in [0, 1000, 2000] {
            told.now = start + secs(second);
            for number in (0..10).filter(|&number| second < 2000 || number != quiet) {
                told.tell(ask(number, "10.0.0.1:1", true, Event::Interval));
            }
        }
        told.tell(ask(99, "10.0.0.2:1", true, Event::Started));
        assert_eq!(told.swarms.counts(hash(quiet)), None);
        assert_eq!(told.swarms.known(), 10);
    }
}

#[test]
fn under_a_flood_a_swarm_that_comes_is_told_of() {
    for flood in FLOODS {
        let (mut told, _) = settled(&Seeds(1000));
        let start = told.now;
        let mut next = flood.tell(&mut told, 1 << 20, 10_000);
        let mut found = 0;
        for number in 0..50 {
            told.now = start + secs(1 + u64::from(number));
            // One comes, half a minute's flood, and then another.
            let first = ask(2000 + number, "1.2.3.4:1", true, Event::Started);
            told.tell(first);
            next = flood.tell(&mut told, next, 600);
            let second = told.tell(ask(2000 + number, "4.3.2.1:1", false, Event::Started));
            found += second.len();
            assert_eq!(told.swarms.counts(hash(2000 + number)).unwrap().incomplete, 1);
        }
        assert!(found >= 46, "{flood:?}: {found}");
    }
}

#[test]
fn who_holds_all_memory_by_coming_back_makes_way_too() {
    for flood in FLOODS {
        let memory_most = 1 << 20;
        let mut told = Told::new(Config { memory_most, ..Config::default() });
        let start = told.now;
        let mut held = 1 << 20..1 << 20;
        while told.swarms.bytes() < memory_most / 100 * 98 {
            flood.torrent(&mut told, held.end);
            held.end += 1;
        }
        for second in [600, 1200] {
            told.now = start + secs(second);
            held.clone().for_each(|number| _ = flood.torrent(&mut told, number));
        }
        // Swarms that are new, and one more peer for each.
        for number in 0..100 {
            told.tell(ask(number, "1.2.3.4:1", true, Event::Started));
            assert_eq!(told.swarms.counts(hash(number)), counts(1, 0, 0), "{flood:?}");
            let other = told.tell(ask(number, "4.3.2.1:1", false, Event::Started));
            assert_eq!(other.len(), 1, "{flood:?}");
            assert_eq!(told.swarms.counts(hash(number)), counts(1, 1, 0), "{flood:?}");
        }
        assert!(told.swarms.bytes() <= memory_most + 300);
        audit(&told.swarms);
    }
}

#[test]
fn what_the_operator_listed_stays() {
    let mut told = Told::new(Config { memory_most: 1 << 20, ..Config::default() });
    keep(&told.swarms, [77_777_777]);
    told.tell(ask(77_777_777, "10.0.0.1:1", false, Event::Started));
    Flood::Many.tell(&mut told, 1 << 20, 100_000);
    assert_eq!(told.swarms.counts(hash(77_777_777)), counts(0, 1, 0));
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
        Flood::Many.tell(&mut told, 0, 20_000);
        assert!((990..=1000).contains(&told.swarms.known()), "{}", told.swarms.known());
        audit(&told.swarms);
    }
}

#[test]
fn where_nobody_can_be_driven_out_the_newcomer_is_answered_and_not_told_of() {
    let mut told = Told::new(Config { peers_most: 4, ..Config::default() });
    keep(&told.swarms, [1]);
    for host in 1..=4 {
        told.tell(ask(1, &format!("10.0.0.{host}:1"), false, Event::Started));
    }
    assert_eq!(told.tell(ask(1, "10.0.0.5:1", true, Event::Completed)).len(), 4);
    assert_eq!(told.swarms.counts(hash(1)), counts(0, 4, 0), "not for a peer of its own");
    let shard = |number| told.swarms.shard_at(told.swarms.rules.hash(&hash(number)));
    let other = (2..).find(|&number| shard(number) != shard(1)).unwrap();
    assert!(told.tell(ask(other, "10.0.0.5:1", false, Event::Started)).is_empty());
    assert_eq!(told.swarms.counts(hash(other)), None, "not for one of another shard");
    assert_eq!(told.tell(ask(1, "10.0.0.4:1", true, Event::Interval)).len(), 3, "the known stay");
    told.tell(ask(1, "10.0.0.4:1", true, Event::Stopped));
    told.tell(ask(1, "10.0.0.5:1", false, Event::Started));
    assert_eq!(told.swarms.counts(hash(1)), counts(0, 4, 0), "whose place another takes");
    audit(&told.swarms);
}

#[test]
fn the_largest_makes_way_too() {
    let peers = 70_000;
    let mut told = Told::new(Config { peers_most: peers, ..Config::default() });
    for peer in 0..peers as u32 {
        let address = SocketAddr::new(IpAddr::from((7 << 24 | peer).to_be_bytes()), 1);
        told.tell(Ask { address, peers: 0, ..ask(1, "0.0.0.0:1", false, Event::Started) });
    }
    assert_eq!(told.swarms.peers(), peers);
    let shard = |number| told.swarms.shard_at(told.swarms.rules.hash(&hash(number)));
    let other = (2..).find(|&number| shard(number) == shard(1)).unwrap();
    told.tell(ask(other, "10.0.0.5:1", false, Event::Started));
    assert_eq!((told.swarms.counts(hash(1)), told.swarms.peers()), (None, 1));
    audit(&told.swarms);
}

/// Of two torrents in one shard, the one that makes way; what they hold of hosts and when.
fn evicted(peers: [&[(&str, u64)]; 2], large: Option<usize>) -> usize {
    let mut told = Told::new(Config { torrents_most: 2, ..Config::default() });
    let start = told.now;
    let shard = |told: &Told, number| told.swarms.shard_at(told.swarms.rules.hash(&hash(number)));
    let wanted = shard(&told, 0);
    let numbers: Vec<u32> =
        (0..).filter(|&number| shard(&told, number) == wanted).take(3).collect();
    let mut announces: Vec<(u64, u32, &str)> = Vec::new();
    for (&number, peers) in numbers.iter().zip(peers) {
        announces.extend(peers.iter().map(|&(address, at)| (at, number, address)));
    }
    announces.sort_unstable();
    for (at, number, address) in announces {
        told.now = start + secs(at);
        told.tell(ask(number, address, false, Event::Started));
    }
    if let Some(large) = large {
        for peer in 0..1000u32 {
            let ip = IpAddr::from((7 << 24 | peer).to_be_bytes());
            let address = SocketAddr::new(ip, 1);
            told.tell(Ask { address, ..ask(numbers[large], "0.0.0.0:1", false, Event::Started) });
        }
    }
    told.now = start + secs(2000);
    // So many looks that it has seen both.
    told.tell(ask(numbers[2], "1.1.1.1:1", false, Event::Started));
    audit(&told.swarms);
    assert!(told.swarms.counts(hash(numbers[2])).is_some());
    let gone: Vec<_> =
        (0..2).filter(|&at| told.swarms.counts(hash(numbers[at])).is_none()).collect();
    assert_eq!(gone.len(), 1);
    gone[0]
}

#[test]
fn who_makes_way_first() {
    let old = &[("10.0.0.1:1", 100), ("10.0.0.1:1", 1000)][..];
    let young = &[("10.0.0.2:1", 1900)];
    assert_eq!(evicted([old, young], None), 1, "nobody came back to it");
    let early = &[("10.0.0.2:1", 1600), ("10.0.0.2:1", 1900)];
    assert_eq!(evicted([old, early], None), 1, "nor did one who only asked twice");
    let later = &[("10.0.0.2:1", 100), ("10.0.0.2:1", 1100)];
    assert_eq!(evicted([old, later], None), 0, "the longest silent");
    assert_eq!(evicted([later, old], None), 1, "the longest silent");
    let hosts = |second| [("10.0.0.1:1", 100), ("10.0.0.1:1", 600), (second, 600)];
    assert_eq!(evicted([&hosts("10.0.0.9:1"), old], None), 1, "a swarm is silent by halves");
    for near in ["10.0.0.1:9", "[2001:db8:1:2::1]:1"] {
        assert_eq!(evicted([&hosts(near), old], None), 0, "{near}: one host");
    }
    let site =
        [("[2001:db8:1:2::1]:1", 100), ("[2001:db8:1:2::1]:1", 600), ("[2001:db8:1:3::1]:1", 600)];
    assert_eq!(evicted([&site, old], None), 0, "one site");
    let quiet = &[("10.0.0.1:1", 100), ("10.0.0.1:1", 1900)][..];
    let fresh = &[("10.0.0.2:1", 100), ("10.0.0.2:1", 1000)][..];
    assert_eq!(evicted([quiet, fresh], Some(1)), 0, "a large one that is as silent");
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
