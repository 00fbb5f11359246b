#![allow(clippy::arithmetic_side_effects)]
use super::*;
use proptest::prelude::*;

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn most(most: u32) -> Option<Bound> {
    NonZeroU32::new(most).map(|most| Bound { most, nearest: Reach::Loopback })
}

#[test]
fn rates_as_people_write_them() {
    let of = |text| {
        let Rate { many, period, burst } = rate(text);
        (many.get(), period.as_secs(), burst.get())
    };
    assert_eq!(of("500/s,10000"), (500, 1, 10_000));
    assert_eq!(of("30/m"), (30, 60, 300));
    assert_eq!(of("1/s,1"), (1, 1, 1));
    assert_eq!(rate("500/s,10000"), Rate::PUBLIC);
    for bad in [
        "",
        "5",
        "5/h",
        "0/s",
        "5/s,0",
        "5/s,",
        "/s",
        "-1/s",
        "+1/s",
        "1.5/s",
        "1/s,1,1",
        "1000001/s",
        "99999999999/s",
    ] {
        assert_eq!(bad.parse::<Rate>(), Err(NotRate), "{bad}");
    }
}

#[test]
fn a_burst_then_the_rate() {
    let start = Instant::now();
    let pacer = Pacer::new(rate("10/s,5"), 100, start);
    let now = start + Duration::from_secs(1000);
    let taken = |now, key| (0..100).take_while(|_| pacer.take(now, key).is_ok()).count();
    assert_eq!(taken(now, 1), 5);
    let wait = pacer.take(now, 1).unwrap_err();
    assert!(wait > Duration::ZERO && wait <= Duration::from_millis(101), "{wait:?}");
    assert_eq!(taken(now, 2), 5, "another key has its own");
    assert_eq!(taken(now + wait, 1), 1);
    assert_eq!(taken(now + Duration::from_secs(3600), 1), 5, "no more than a burst");
}

#[test]
fn the_clock_may_wrap_and_stand_still() {
    let start = Instant::now();
    let pacer = Pacer::new(rate("1/s,2"), 1, start);
    let wrap = Duration::from_nanos((PAYLOAD + 1) << TICK_BITS_MOST);
    for round in 0..3 {
        for before in [Duration::from_secs(1), Duration::ZERO] {
            let now = start + wrap * round + (wrap - before);
            let fresh = Pacer::new(rate("1/s,2"), 1, start);
            assert!(fresh.take(now, 9).is_ok() && fresh.take(now, 9).is_ok(), "{round}");
            assert!(fresh.take(now, 9).is_err(), "{round}");
            assert!(fresh.take(now + Duration::from_millis(1100), 9).is_ok(), "{round}");
            assert!(fresh.take(now + Duration::from_millis(1100), 9).is_err(), "{round}");
        }
    }
    // Half a wrap later what is remembered is as good as forgotten.
    assert!(pacer.take(start + wrap / 2, 1).is_ok() && pacer.take(start, 1).is_ok());
}

#[test]
fn a_full_table_forgets_those_who_ask_least() {
    let start = Instant::now();
    let pacer = Pacer::new(rate("1/s,4"), 64, start);
    let flood = 0;
    (0..4).for_each(|_| pacer.take(start, flood).unwrap());
    // A thousand others ask once each, and one asks on.
    for key in 1..1000 {
        assert!(pacer.take(start, key).is_ok(), "{key}");
        assert!(pacer.take(start, flood).is_err(), "after {key}");
    }
}

#[test]
fn what_is_private_is_not_held_to_the_public_rate() {
    let now = Instant::now();
    let config = Config { public: Some(rate("1/s,1")), ..Config::default() };
    let limits = Limits::new(&config, Duration::from_secs(60), now);
    let taken = |text: &str| (0..9).take_while(|_| limits.pace(now, ip(text)).is_ok()).count();
    assert_eq!((taken("1.2.3.4"), taken("1.2.3.5")), (1, 1));
    assert_eq!(taken("2001:db8::1"), 1);
    assert_eq!(taken("2001:db8::2"), 0, "the same /64");
    assert_eq!(taken("2001:db8:0:1::2"), 1, "another one");
    for private in ["127.0.0.1", "10.1.1.1", "::1", "fd00::1", "100.64.0.1"] {
        assert_eq!(taken(private), 9, "{private}");
    }
    let config = Config { private: Some(rate("1/s,3")), ..Config::default() };
    let limits = Limits::new(&config, Duration::from_secs(60), now);
    assert_eq!((0..9).take_while(|_| limits.pace(now, ip("10.0.0.1")).is_ok()).count(), 3);
    assert!((0..99).all(|_| limits.pace(now, ip("1.1.1.1")).is_ok()));
}

#[test]
fn torrents_and_peers_of_an_address() {
    let start = Instant::now();
    let config = Config { torrents: most(3), peers: most(5), ..Config::default() };
    let window = Duration::from_secs(100);
    let limits = Limits::new(&config, window, start);
    let settle = |at: u64, address: &str, torrent: u8, port: u16| {
        let now = start + Duration::from_secs(at);
        limits.settle(now, ip(address), &[torrent; 20], port).is_ok()
    };
    assert!((1..=3).all(|torrent| settle(0, "1.1.1.1", torrent, 1)));
    assert!(!settle(1, "1.1.1.1", 4, 1), "a fourth torrent");
    assert!((1..=3).all(|torrent| settle(50, "1.1.1.1", torrent, 1)), "the known ones stay");
    assert!(settle(50, "1.1.1.1", 1, 2) && settle(50, "1.1.1.1", 1, 3));
    assert!(!settle(50, "1.1.1.1", 1, 4), "a sixth peer");
    assert!(settle(50, "1.1.1.2", 4, 1), "another address");
    assert!(
        settle(50, "2001::1", 1, 1) && settle(50, "2001::2", 2, 1) && settle(50, "2001::3", 3, 1)
    );
    assert!(!settle(50, "2001::4", 4, 1), "one /64");
    assert!((4..=6).all(|torrent| settle(100, "1.1.1.1", torrent, 1)), "a new window");
    assert!(!settle(199, "1.1.1.1", 1, 1));
    assert!(settle(1000, "1.1.1.1", 1, 1));
}

#[test]
fn high_rates_are_met() {
    let start = Instant::now();
    for many in [3000, 5000, 7000, 40_000, 61_036, 333_333, 1_000_000] {
        let pacer = Pacer::new(rate(&format!("{many}/s,1000")), 8, start);
        let before = Duration::from_secs(1000);
        let mut now = start + before;
        while pacer.take(now, 1).is_ok() {}
        let mut taken = 0;
        // As many as come within a second, one after each wait.
        while now < start + before + Duration::from_secs(1) {
            match pacer.take(now, 1) {
                Ok(()) => taken += 1,
                Err(wait) => now += wait,
            }
        }
        let off = f64::from(taken) / f64::from(many) - 1.0;
        assert!(off.abs() < 0.01, "{many}: {taken}");
    }
}

#[test]
fn what_is_given_back_can_be_taken_again() {
    let start = Instant::now();
    let pacer = Pacer::new(rate("1/m,2"), 8, start);
    for _ in 0..100 {
        pacer.take(start, 1).unwrap();
        pacer.give_back(start, 1);
    }
    pacer.give_back(start, 1);
    pacer.give_back(start, 2);
    assert!(pacer.take(start, 1).is_ok() && pacer.take(start, 1).is_ok(), "no more than a burst");
    assert!(pacer.take(start, 1).is_err());
}

#[test]
fn a_site_has_room_for_some_of_its_subscribers() {
    let start = Instant::now();
    let config = Config { peers: Some(Bound::PUBLIC), torrents: most(2), ..Config::default() };
    let limits = Limits::new(&config, Duration::from_secs(100), start);
    let settle = |site: u16, subscriber: u16, torrent: u8| {
        let ip = [0x2001, 0xdb8, site, subscriber, 0, 0, 0, 1].into();
        limits.settle(start, ip, &[torrent; 20], 1).is_ok()
    };
    let taken = (0..100u16).filter(|&subscriber| settle(1, subscriber, 1)).count();
    assert_eq!(taken, 32);
    assert!(settle(1, 0, 1), "the known stay");
    assert!(settle(2, 0, 1) && settle(2, 0, 2) && !settle(2, 0, 3), "another site");
}

#[test]
fn who_is_late_at_the_turn_brings_no_window_back() {
    let start = Instant::now();
    let distinct = Distinct::new(NonZeroU32::MIN, Duration::from_secs(100), start);
    let admit =
        |seconds, thing| distinct.admit(start + Duration::from_secs(seconds), 1, None, thing);
    assert!(admit(99, 'a') && !admit(99, 'b'));
    assert!(admit(100, 'b'), "a new window");
    assert!(!admit(99, 'c'), "what is over has no room of its own");
    assert!(admit(100, 'b'), "what was seen is not forgotten");
    assert!(!admit(100, 'c') && admit(99, 'b'));
}

#[test]
fn the_public_bound_is_for_the_public() {
    let start = Instant::now();
    let one = Some(Bound { most: NonZeroU32::MIN, nearest: Reach::Public });
    let limits = Limits::new(&Config { peers: one, ..Config::default() }, Duration::MAX, start);
    let taken = |text: &str| {
        (1..5).filter(|&port| limits.settle(start, ip(text), &[1; 20], port).is_ok()).count()
    };
    assert_eq!(
        (taken("1.1.1.1"), taken("10.0.0.1"), taken("127.0.0.1"), taken("fd00::1")),
        (1, 4, 4, 4)
    );
}

#[test]
fn threads_share_one_budget() {
    let now = Instant::now();
    let pacer = Pacer::new(rate("1/m,1000"), 8, now);
    let taken: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..1000).filter(|_| pacer.take(now, 7).is_ok()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // A change that is lost to others many times in a row is given up: never to the asker's harm.
    assert!(taken >= 1000, "{taken}");
    assert!(pacer.take(now, 7).is_err(), "what all took together counts");
}

proptest! {
    #[test]
    fn never_more_than_the_rate_allows(
        many in 1u32..50, burst in 1u32..50, steps in proptest::collection::vec(0u64..400, 1..200),
    ) {
        let start = Instant::now();
        let (many, burst) = (NonZeroU32::new(many).unwrap(), NonZeroU32::new(burst).unwrap());
        let pacer = Pacer::new(Rate { many, period: Duration::from_secs(1), burst }, 8, start);
        // A bucket as one would write it down.
        let (mut tokens, mut before, mut now) = (f64::from(burst.get()), 0, 0);
        for step in steps {
            now += step;
            tokens += (now - before) as f64 / 1000.0 * f64::from(many.get());
            tokens = tokens.min(f64::from(burst.get()));
            before = now;
            let taken = pacer.take(start + Duration::from_millis(now), 5).is_ok();
            // A tick is 16 µs: at the edge the two may differ by a little.
            if tokens >= 1.02 {
                prop_assert!(taken, "{tokens} at {now}");
            } else if tokens < 0.98 {
                prop_assert!(!taken, "{tokens} at {now}");
            }
            if taken {
                tokens -= 1.0;
            }
        }
    }

    #[test]
    fn no_rate_is_too_odd(text in "[0-9/sm,]{0,12}") {
        if let Ok(rate) = text.parse::<Rate>() {
            let now = Instant::now();
            let pacer = Pacer::new(rate, 1, now);
            prop_assert!(pacer.take(now, 0).is_ok());
        }
    }
}
