use super::*;
use crate::torrent::PeerId;
use crate::tracker::Config;
use crate::tracker::announce::Retry;
use crate::tracker::keys;
use crate::tracker::proxies::Header;
use crate::tracker::tally::Outcome;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::num::NonZeroU32;

const HASH: InfoHash = InfoHash([1; 20]);

fn announce(port: u16) -> Announce {
    Announce {
        info_hash: HASH,
        peer_id: PeerId([2; 20]),
        port,
        uploaded: 0,
        downloaded: 0,
        left: 1,
        event: Event::Interval,
        numwant: None,
        compact: true,
        no_peer_id: true,
        key: None,
        tracker_id: None,
        ip: None,
    }
}

fn http(ip: &str) -> Asker<'static> {
    Asker { ip: ip.parse().unwrap(), front: Front::Http, key: None }
}

fn udp(ip: &str) -> Asker<'static> {
    Asker { front: Front::Udp, ..http(ip) }
}

struct Tracker {
    service: Service,
    now: Instant,
    rng: StdRng,
}

impl Tracker {
    fn new(policy: Policy, lists: Lists) -> Self {
        let now = Instant::now();
        let swarms = Swarms::new(Config::default(), now);
        let service = Service::with(swarms, policy, lists, now);
        Self { service, now, rng: StdRng::seed_from_u64(1) }
    }

    fn ask(&mut self, asker: &Asker<'_>, announce: &Announce) -> Result<(Terms, Drawn), Refusal> {
        let mut drawn = Drawn::default();
        let terms = self.service.announce(self.now, asker, announce, &mut self.rng, &mut drawn)?;
        Ok((terms, drawn))
    }

    fn reached(&mut self, address: SocketAddr, listens: bool) {
        self.service.reached(self.now, address, listens, &mut self.rng);
    }

    /// The addresses that the asker is told of.
    fn told(&mut self, asker: &Asker<'_>, announce: &Announce) -> Vec<String> {
        let (_, drawn) = self.ask(asker, announce).unwrap();
        let mut told: Vec<_> = drawn
            .v4
            .iter()
            .map(|&[a, b, c, d, e, f]| {
                SocketAddr::from(([a, b, c, d], u16::from_be_bytes([e, f]))).to_string()
            })
            .collect();
        told.extend(drawn.v6.iter().map(|peer| {
            let ip: [u8; 16] = *peer.first_chunk().unwrap();
            SocketAddr::from((ip, u16::from_be_bytes([peer[16], peer[17]]))).to_string()
        }));
        told.sort();
        told
    }

    fn refused(&mut self, asker: &Asker<'_>, announce: &Announce) -> (Outcome, &'static str) {
        match self.ask(asker, announce).unwrap_err() {
            Refusal::Said { reason, outcome, .. } => (outcome, reason),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn with_nothing_set_everybody_is_served() {
    let mut tracker = Tracker::new(Policy::default(), Lists::default());
    assert!(tracker.told(&http("1.2.3.4"), &announce(1)).is_empty());
    assert_eq!(tracker.told(&udp("1.2.3.5"), &announce(2)), ["1.2.3.4:1"]);
    let (terms, _) = tracker.ask(&http("1.2.3.4"), &announce(1)).unwrap();
    assert_eq!(
        terms,
        Terms {
            interval: Duration::from_secs(1800),
            min_interval: None,
            external_ip: Some([1, 2, 3, 4].into()),
        }
    );
    let key = Asker { key: Some(b"whatever"), ..http("9.9.9.9") };
    assert!(tracker.ask(&key, &announce(3)).is_ok(), "a key that nobody asked for");
}

#[test]
fn a_torrent_that_is_not_served_is_neither_announced_nor_counted() {
    let access =
        Access { allowed: Some(Arc::new([HASH].into_iter().collect())), ..Access::default() };
    let lists = Lists { access: Some(access), keys: None };
    let mut tracker = Tracker::new(Policy::default(), lists);
    let other = Announce { info_hash: InfoHash([3; 20]), ..announce(1) };
    let words = (Outcome::NotServed, "torrent is not served here");
    assert_eq!(tracker.refused(&http("1.1.1.1"), &other), words);
    assert_eq!(tracker.refused(&udp("1.1.1.1"), &other), words);
    assert!(tracker.ask(&http("1.1.1.1"), &announce(1)).is_ok());
    let hashes = [HASH, other.info_hash];
    let scrape = |tracker: &Tracker| {
        let mut known = Vec::new();
        let tell = |_, counts: Option<Counts>| known.push(counts.map(|counts| counts.incomplete));
        tracker.service.scrape(tracker.now, &http("1.1.1.1"), &hashes, tell).unwrap();
        known
    };
    assert_eq!(scrape(&tracker), [Some(1), None]);
    // It is denied while it has peers.
    let denied = Access { allowed: None, denied: [HASH].into_iter().collect() };
    tracker.service.access().unwrap().replace(denied);
    assert_eq!(tracker.refused(&http("1.1.1.1"), &announce(1)), words);
    assert!(tracker.ask(&http("1.1.1.1"), &other).is_ok());
    assert_eq!(scrape(&tracker), [None, Some(1)]);
    assert!(tracker.service.serves(other.info_hash) && !tracker.service.serves(HASH));
}

#[test]
fn keys_are_needed_where_there_is_a_list() {
    let now = Instant::now();
    let lines = keys::parse(b"goodgood 1970-01-01 who\nlastlast\nothers12 @100\n").unwrap();
    let keys = Keys::new(lines, None, now, 50);
    let mut tracker = Tracker::new(Policy::default(), Lists { access: None, keys: Some(keys) });
    tracker.now = now;
    let with = |key: &'static str| Asker { key: Some(key.as_bytes()), ..http("1.1.1.1") };
    assert_eq!(tracker.refused(&http("1.1.1.1"), &announce(1)).0, Outcome::NoKey);
    assert_eq!(tracker.refused(&with("unknown1"), &announce(1)).0, Outcome::NoKey);
    assert!(tracker.ask(&with("goodgood"), &announce(1)).is_ok());
    assert!(tracker.ask(&with("others12"), &announce(1)).is_ok());
    let stopped = Announce { event: Event::Stopped, uploaded: 7, downloaded: 3, ..announce(1) };
    assert!(tracker.ask(&with("goodgood"), &stopped).is_ok());
    let scrape = |asker: &Asker<'_>| tracker.service.scrape(tracker.now, asker, &[], |_, _| ());
    assert!(scrape(&with("goodgood")).is_ok() && scrape(&http("1.1.1.1")).is_err());
    let totals = tracker.service.key_totals();
    let who = totals.iter().find(|total| total.name == "who").unwrap();
    assert_eq!((who.announces, who.scrapes, who.uploaded, who.downloaded), (2, 1, 7, 3));
    tracker.now += Duration::from_secs(51);
    assert_eq!(tracker.refused(&with("others12"), &announce(1)).0, Outcome::NoKey);
    assert!(tracker.ask(&with("lastlast"), &announce(1)).is_ok());
}

#[test]
fn too_many_requests_are_refused_and_over_udp_dropped() {
    let rate = "1/m,2".parse().ok();
    let limits = limits::Config { public: rate, ..limits::Config::default() };
    let mut tracker = Tracker::new(Policy { limits, ..Policy::default() }, Lists::default());
    for asker in [http("1.1.1.1"), udp("1.1.1.2")] {
        assert!(tracker.ask(&asker, &announce(1)).is_ok());
        assert!(tracker.ask(&asker, &announce(1)).is_ok(), "too early, and answered all the same");
    }
    match tracker.ask(&http("1.1.1.1"), &announce(1)).unwrap_err() {
        Refusal::Said { retry: Some(Retry::After(wait)), outcome: Outcome::TooFast, .. } => {
            assert!(wait >= Duration::from_secs(60), "{wait:?}");
        }
        other => panic!("{other:?}"),
    }
    let dropped = tracker.ask(&udp("1.1.1.2"), &announce(1)).unwrap_err();
    assert_eq!((&dropped, dropped.outcome()), (&Refusal::Dropped, Outcome::TooFast));
    let scrape = |asker: &Asker<'_>| tracker.service.scrape(tracker.now, asker, &[HASH], |_, _| ());
    assert!(scrape(&udp("1.1.1.2")).is_err() && scrape(&udp("1.1.1.3")).is_ok());
}

#[test]
fn an_address_with_too_many_torrents_is_told_so() {
    let bound = limits::Bound { most: NonZeroU32::MIN, nearest: Reach::Public };
    let limits = limits::Config { torrents: Some(bound), ..limits::Config::default() };
    let mut tracker = Tracker::new(Policy { limits, ..Policy::default() }, Lists::default());
    assert!(tracker.ask(&udp("1.1.1.1"), &announce(1)).is_ok());
    let other = Announce { info_hash: InfoHash([3; 20]), ..announce(1) };
    assert_eq!(tracker.refused(&udp("1.1.1.1"), &other).0, Outcome::TooMany);
    let stopped = Announce { event: Event::Stopped, ..other };
    assert!(tracker.ask(&udp("1.1.1.1"), &stopped).is_ok(), "to leave is always allowed");
}

#[test]
fn an_address_that_is_named_counts_from_whom_it_should() {
    let proxies = Proxies::new(vec!["9.0.0.0/8".parse().unwrap()], Header::default());
    let named = |port, ip: &str| Announce { ip: ip.parse().ok(), ..announce(port) };
    let told = |naming, asker: &Asker<'_>, ip: &str| {
        let policy = Policy { naming, proxies: proxies.clone(), ..Policy::default() };
        let mut tracker = Tracker::new(policy, Lists::default());
        tracker.ask(asker, &named(1, ip)).unwrap();
        tracker.told(&http("1.1.1.1"), &announce(2)).pop().unwrap_or_default()
    };
    let few = Naming::default();
    let (speak, more) = (Naming { proxies: true, ..few }, Naming { private: true, ..few });
    assert_eq!(told(few, &http("1.2.3.4"), "5.5.5.5"), "1.2.3.4:1", "a stranger");
    assert_eq!(told(more, &http("1.2.3.4"), "5.5.5.5"), "1.2.3.4:1", "a stranger");
    // Whoever a proxy does not name looks like the proxy.
    assert_eq!(
        told(few, &http("9.1.1.1"), "5.5.5.5"),
        "9.1.1.1:1",
        "a proxy, or anybody behind it"
    );
    assert_eq!(
        told(more, &http("9.1.1.1"), "5.5.5.5"),
        "9.1.1.1:1",
        "a proxy, or anybody behind it"
    );
    assert_eq!(told(speak, &http("9.1.1.1"), "5.5.5.5"), "5.5.5.5:1", "a proxy that announces");
    assert_eq!(told(speak, &udp("9.1.1.1"), "5.5.5.5"), "5.5.5.5:1", "a proxy that announces");
    assert_eq!(told(speak, &http("10.0.0.1"), "5.5.5.5"), "10.0.0.1:1", "private names public");
    assert_eq!(told(few, &http("10.0.0.1"), "5.5.5.5"), "10.0.0.1:1", "private names public");
    assert_eq!(told(more, &http("10.0.0.1"), "5.5.5.5"), "5.5.5.5:1", "and is trusted");
    assert_eq!(told(few, &http("127.0.0.1"), "10.0.0.7"), "10.0.0.7:1", "both are private");
    assert_eq!(told(few, &udp("127.0.0.1"), "10.0.0.7"), "10.0.0.7:1", "both are private");
    assert_eq!(told(few, &http("1.2.3.4"), "10.0.0.7"), "1.2.3.4:1", "only one is");
    assert_eq!(told(more, &udp("::1"), "5.5.5.5"), "[::1]:1", "no room for another family");
    assert_eq!(told(more, &http("::1"), "5.5.5.5"), "5.5.5.5:1", "and over HTTP there is");
    for never in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "ff02::1"] {
        assert_eq!(told(more, &http("10.0.0.1"), never), "10.0.0.1:1", "{never}");
    }
}

#[test]
fn what_nobody_can_be_called_at_is_not_told() {
    let mut tracker = Tracker::new(Policy::default(), Lists::default());
    for (ip, port) in [("0.0.0.0", 1), ("::", 1), ("224.0.0.1", 1), ("ff02::1", 1), ("1.1.1.1", 0)]
    {
        assert!(tracker.ask(&http(ip), &announce(port)).is_ok(), "{ip} is answered");
    }
    assert!(tracker.told(&http("1.1.1.2"), &announce(2)).is_empty());
}

#[test]
fn peers_of_the_own_network_are_told_as_the_asker_can_use_them() {
    let external = External { v4: "5.5.5.5".parse().ok(), v6: None };
    let mut tracker = Tracker::new(Policy { external, ..Policy::default() }, Lists::default());
    let (terms, _) = tracker.ask(&udp("192.168.0.2"), &announce(1)).unwrap();
    assert_eq!(terms.external_ip, "5.5.5.5".parse().ok());
    assert_eq!(tracker.told(&udp("8.8.8.8"), &announce(2)), ["5.5.5.5:1"]);
    assert_eq!(tracker.told(&udp("192.168.0.3"), &announce(3)), ["192.168.0.2:1", "8.8.8.8:2"]);
}

#[test]
fn only_a_public_address_is_told_to_its_asker() {
    let mut tracker = Tracker::new(Policy::default(), Lists::default());
    let mut told = |ip: &str| tracker.ask(&http(ip), &announce(1)).unwrap().0.external_ip;
    for ip in ["8.8.8.8", "2001:db8::1"] {
        assert_eq!(told(ip), ip.parse().ok());
    }
    for ip in ["127.0.0.1", "192.168.0.2", "169.254.0.1", "100.64.0.1", "::1", "fe80::1", "fd00::1"]
    {
        assert_eq!(told(ip), None, "{ip}");
    }
}

#[test]
fn a_peer_is_called_before_it_is_told_of() {
    let policy = Policy { nat_check: true, ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    let address: SocketAddr = "1.1.1.1:1".parse().unwrap();
    let call = Err(Refusal::CallFirst(address));
    assert_eq!(tracker.ask(&http("1.1.1.1"), &announce(1)), call);
    tracker.reached(address, false);
    let unreachable = (Outcome::Unreachable, "your port cannot be reached from the tracker");
    assert_eq!(tracker.refused(&http("1.1.1.1"), &announce(1)), unreachable);
    let stopped = Announce { event: Event::Stopped, ..announce(1) };
    assert!(tracker.ask(&http("1.1.1.1"), &stopped).is_ok(), "who leaves is not called");
    // It is asked anew after a while, and then for some intervals no more.
    tracker.now += Duration::from_secs(301);
    assert_eq!(tracker.ask(&http("1.1.1.1"), &announce(1)), call);
    tracker.reached(address, true);
    assert!(tracker.ask(&http("1.1.1.1"), &announce(1)).is_ok());
    tracker.now += Duration::from_secs(3 * 1800);
    assert!(tracker.ask(&http("1.1.1.1"), &announce(1)).is_ok());
    tracker.now += Duration::from_secs(1801);
    assert_eq!(tracker.ask(&http("1.1.1.1"), &announce(1)), call, "though others are told of it");
}

#[test]
fn an_announce_that_waits_for_its_call_is_charged_once() {
    let rate = "1/m,2".parse().ok();
    let limits = limits::Config { public: rate, ..limits::Config::default() };
    let policy = Policy { nat_check: true, limits, ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    let address: SocketAddr = "1.1.1.1:1".parse().unwrap();
    // By the fast reader, by the whole server, and after the call.
    for _ in 0..2 {
        let call = Err(Refusal::CallFirst(address));
        assert_eq!(tracker.ask(&http("1.1.1.1"), &announce(1)), call);
    }
    tracker.reached(address, true);
    assert!(tracker.ask(&http("1.1.1.1"), &announce(1)).is_ok());
    assert!(tracker.ask(&http("1.1.1.1"), &announce(1)).is_ok());
    assert_eq!(tracker.refused(&http("1.1.1.1"), &announce(1)).0, Outcome::TooFast);
}

#[test]
fn whom_others_are_told_of_is_not_called_for_what_was_forgotten() {
    let policy = Policy { nat_check: true, ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    // As after a restart.
    let record = |text: &str| crate::tracker::swarms::Record {
        address: text.parse().unwrap(),
        role: crate::tracker::announce::Role::Leecher,
        age: Duration::ZERO,
    };
    let records = [record("1.1.1.1:1"), record("[2001:db8::1]:2")];
    tracker.service.swarms().restore(tracker.now, HASH, 0, records);
    for asker in [http("1.1.1.1"), udp("1.1.1.1")] {
        assert!(tracker.ask(&asker, &announce(1)).is_ok());
    }
    assert!(tracker.ask(&http("2001:db8::1"), &announce(2)).is_ok());
    assert_eq!(tracker.service.waiting(), None);
    let call = |port| Err(Refusal::CallFirst(SocketAddr::new([1, 1, 1, 1].into(), port)));
    assert_eq!(tracker.ask(&http("1.1.1.1"), &announce(3)), call(3), "another port");
    // Who was told of for as long as anybody is, is called like everybody.
    tracker.now += Duration::from_secs(4 * 1800 + 1);
    assert_eq!(tracker.ask(&http("1.1.1.1"), &announce(1)), call(1));
}

#[test]
fn where_there_is_no_time_for_a_call_the_peer_is_answered_and_waits() {
    let policy = Policy { nat_check: true, ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    let address: SocketAddr = "1.1.1.1:1".parse().unwrap();
    let call = Err(Refusal::CallFirst(address));
    assert_eq!(tracker.ask(&http("1.1.1.1"), &announce(1)), call);
    tracker.service.postpone(tracker.now, address);
    assert!(tracker.ask(&http("1.1.1.1"), &announce(1)).is_ok());
    assert!(tracker.told(&udp("1.1.1.2"), &announce(2)).is_empty(), "not yet reached");
    assert_eq!(tracker.service.waiting(), Some(address));
    tracker.reached(address, true);
    assert_eq!(tracker.told(&udp("1.1.1.2"), &announce(2)), ["1.1.1.1:1"]);
}

#[test]
fn what_a_peer_says_while_it_waits_for_its_call_counts() {
    let policy = Policy { nat_check: true, ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    let address: SocketAddr = "1.1.1.1:1".parse().unwrap();
    let of = |torrent: u8, left, event| Announce {
        info_hash: InfoHash([torrent; 20]),
        left,
        event,
        ..announce(1)
    };
    for announce in [
        of(1, 1, Event::Started),
        of(1, 0, Event::Completed),
        of(1, 0, Event::Interval),
        of(2, 1, Event::Started),
        of(3, 1, Event::Started),
        of(3, 1, Event::Stopped),
    ] {
        assert!(tracker.ask(&udp("1.1.1.1"), &announce).is_ok());
    }
    assert_eq!(tracker.service.waiting(), Some(address));
    assert_eq!(tracker.service.waiting(), None, "one call for all of them");
    // While it is being called.
    assert!(tracker.ask(&udp("1.1.1.1"), &of(4, 1, Event::Started)).is_ok());
    assert!(tracker.ask(&udp("1.1.1.1"), &of(2, 1, Event::Stopped)).is_ok());
    tracker.reached(address, true);
    let counts = |torrent| tracker.service.swarms().counts(InfoHash([torrent; 20]));
    let seed = Counts { complete: 1, downloaded: 1, ..Counts::default() };
    let leecher = Counts { incomplete: 1, ..Counts::default() };
    assert_eq!(counts(1), Some(seed));
    assert_eq!((counts(2), counts(3)), (None, None), "it stopped meanwhile");
    assert_eq!(counts(4), Some(leecher));
    // Nothing is left of those that are given up, either.
    let other: SocketAddr = "1.1.1.1:9".parse().unwrap();
    assert!(tracker.ask(&udp("1.1.1.1"), &announce(9)).is_ok());
    tracker.service.give_up(other);
    assert_eq!(tracker.service.waiting(), None);
}

#[test]
fn over_udp_the_answer_does_not_wait_for_the_call() {
    let policy = Policy { nat_check: true, ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    for _ in 0..3 {
        assert!(tracker.ask(&udp("1.1.1.1"), &announce(1)).is_ok());
    }
    let waiting = tracker.service.waiting().unwrap();
    assert_eq!(waiting, "1.1.1.1:1".parse().unwrap());
    assert_eq!(tracker.service.waiting(), None, "once");
    let other = tracker.told(&udp("1.1.1.2"), &announce(2));
    assert!(other.is_empty(), "not yet reached");
    tracker.reached(waiting, true);
    assert_eq!(tracker.told(&udp("1.1.1.2"), &announce(2)), ["1.1.1.1:1"]);
    // An address that was only named is never called.
    let named = Announce { ip: "10.0.0.9".parse().ok(), ..announce(3) };
    assert!(tracker.ask(&http("10.0.0.1"), &named).is_ok());
    assert_eq!(tracker.service.waiting().unwrap(), "1.1.1.2:2".parse().unwrap());
    assert_eq!(tracker.service.waiting(), None);
}

#[test]
fn the_line_of_those_who_wait_is_bounded() {
    let policy = Policy { nat_check: true, ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    // Of one alone, by whichever of its addresses; and of all.
    for (subscribers, most) in [(1..=1, 256), (1..=30, 4096)] {
        for subscriber in subscribers {
            for port in 1..300 {
                let ip = format!("2001:db8:0:{subscriber}::{port}");
                assert!(tracker.ask(&udp(&ip), &announce(port)).is_ok());
            }
        }
        // One that is being called waits on; then nothing is left of any.
        let in_line = std::iter::from_fn(|| tracker.service.waiting()).collect::<Vec<_>>();
        assert_eq!(in_line.len(), most);
        assert!(tracker.ask(&udp("2001:db8:0:1::f"), &announce(999)).is_ok());
        assert_eq!(tracker.service.waiting(), None);
        in_line.into_iter().for_each(|address| tracker.service.give_up(address));
    }
    // Whoever comes and goes takes no more of it.
    for port in 1..6000 {
        let ip = format!("10.0.{}.{}", port / 250, port % 250);
        assert!(tracker.ask(&udp(&ip), &announce(port)).is_ok());
        let stopped = Announce { event: Event::Stopped, ..announce(port) };
        assert!(tracker.ask(&udp(&ip), &stopped).is_ok());
    }
    assert_eq!(tracker.service.waiting(), None, "they have left");
    assert!(tracker.ask(&udp("10.9.9.9"), &announce(1)).is_ok());
    assert!(tracker.service.waiting().is_some());
}

#[test]
fn intervals_are_spread_as_wide_as_said() {
    let policy =
        Policy { jitter: 10, min_interval: Some(Duration::from_secs(60)), ..Policy::default() };
    let mut tracker = Tracker::new(policy, Lists::default());
    let mut seconds: Vec<u64> =
        (0..5000).map(|_| tracker.service.interval(&mut tracker.rng).as_secs()).collect();
    seconds.sort_unstable();
    assert!((1620..=1625).contains(&seconds[0]) && (1975..=1980).contains(&seconds[4999]));
    let mean = seconds.iter().sum::<u64>() / 5000;
    assert!((1790..=1810).contains(&mean), "{mean}");
    let (terms, _) = tracker.ask(&http("1.1.1.1"), &announce(1)).unwrap();
    assert_eq!(terms.min_interval, Some(Duration::from_secs(60)));
}

#[test]
fn what_is_printed_shows_no_key() {
    let asker = Asker { key: Some(b"secretkey1"), ..http("1.1.1.1") };
    let lines = keys::parse(b"secretkey1\n").unwrap();
    let lists = Lists { keys: Some(Keys::new(lines, None, Instant::now(), 0)), ..Lists::default() };
    let tracker = Tracker::new(Policy::default(), lists);
    for printed in [format!("{asker:?}"), format!("{:?}", tracker.service)] {
        assert!(!printed.contains("secr") && !printed.contains("115, 101"), "{printed:.200}");
    }
}
