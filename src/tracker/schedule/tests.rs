use super::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

/// A client on a virtual clock: moves time to what the schedule waits for.
struct Client {
    schedule: Schedule,
    now: Instant,
    start: Instant,
}

impl Client {
    fn new(tiers: &[&[&str]]) -> Self {
        let tiers = tiers.iter().map(|t| t.iter().map(|&u| u.to_owned()).collect()).collect();
        let schedule = Schedule::new(tiers, &mut StdRng::seed_from_u64(1));
        let now = Instant::now();
        Self { schedule, now, start: now }
    }

    /// The next order and the seconds since the start.
    fn order(&mut self) -> (u64, Order) {
        for _ in 0..3 {
            if let Some(order) = self.schedule.poll(self.now) {
                assert_eq!(self.schedule.poll(self.now), None, "one at a time");
                return ((self.now - self.start).as_secs(), order);
            }
            self.now = self.schedule.next_timeout().expect("something to wait for").max(self.now);
        }
        panic!("next_timeout came and nothing was due");
    }

    fn expect(&mut self, at: u64, url: &str, event: Event) -> Order {
        let (seconds, order) = self.order();
        assert_eq!((seconds, order.url.as_str(), order.event), (at, url, event));
        order
    }

    fn ok(&mut self) {
        self.answer(&Answer { interval: secs(1800), ..Answer::default() });
    }

    fn answer(&mut self, answer: &Answer) {
        self.schedule.answered(self.now, Ok(answer));
    }

    fn down(&mut self) {
        let trouble = Trouble::Unreachable("connection refused".into());
        self.schedule.answered(self.now, Err(&trouble));
    }

    fn refuse(&mut self, retry: Option<Retry>) {
        let trouble = Trouble::Refused { reason: "no".into(), retry };
        self.schedule.answered(self.now, Err(&trouble));
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const A: &str = "http://a/announce";
const B: &str = "udp://b:80";
const C: &str = "HTTPS://c/announce";

#[test]
fn one_tracker_is_told_started_then_at_the_interval() {
    let mut client = Client::new(&[&[A]]);
    client.expect(0, A, Event::Started);
    client.ok();
    client.expect(1800, A, Event::Interval);
    client.ok();
    client.expect(3600, A, Event::Interval);
}

#[test]
fn unspoken_schemes_doubles_and_empty_tiers_are_dropped() {
    let mut client = Client::new(&[&[], &["wss://x/", "dht://y", "http://", "nonsense"], &[A, A]]);
    client.expect(0, A, Event::Started);
    client.down();
    client.expect(15, A, Event::Started);
    assert!(Client::new(&[&["ftp://x/"]]).schedule.is_empty());
    let mut none = Client::new(&[]);
    assert_eq!(none.schedule.poll(none.now), None);
    assert_eq!(none.schedule.next_timeout(), None);
}

#[test]
fn tiers_are_shuffled_inside_and_kept_in_order() {
    let tier: Vec<String> = (0..8).map(|n| format!("http://{n}/")).collect();
    let first = |seed| {
        let tiers = vec![tier.clone(), vec![A.to_owned()]];
        let mut schedule = Schedule::new(tiers, &mut StdRng::seed_from_u64(seed));
        schedule.poll(Instant::now()).unwrap().url
    };
    let urls: HashSet<String> = (0..64).map(first).collect();
    assert!(urls.len() > 4, "{urls:?}");
    assert!(!urls.contains(A));
}

#[test]
fn a_tracker_that_fails_is_followed_by_the_next_and_the_next_tier() {
    let mut client = Client::new(&[&[A], &[B], &[C]]);
    client.expect(0, A, Event::Started);
    client.down();
    client.expect(0, B, Event::Started);
    client.refuse(None);
    client.expect(0, C, Event::Started);
    client.ok();
    // The next round begins at the top, and who did not take `started` gets it.
    client.expect(1800, A, Event::Started);
    client.ok();
    client.expect(3600, A, Event::Interval);
    client.down();
    client.expect(3600, B, Event::Started);
    client.down();
    client.expect(3600, C, Event::Interval);
}

#[test]
fn the_tracker_that_works_moves_to_the_front_of_its_tier() {
    let mut client = Client::new(&[&[A, B, C]]);
    let (_, first) = client.order();
    client.down();
    let (_, second) = client.order();
    client.down();
    let (_, third) = client.order();
    client.ok();
    client.expect(1800, &third.url, Event::Interval);
    client.down();
    client.expect(1800, &first.url, Event::Started);
    client.down();
    client.expect(1800, &second.url, Event::Started);
}

#[test]
fn back_off_grows_to_half_an_hour_and_ends_with_success() {
    let mut client = Client::new(&[&[A], &[B]]);
    let mut at = 0;
    for wait in [15, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800] {
        client.expect(at, A, Event::Started);
        client.down();
        client.expect(at, B, Event::Started);
        client.down();
        at += wait;
    }
    client.expect(at, A, Event::Started);
    client.ok();
    client.expect(at + 1800, A, Event::Interval);
    client.down();
    client.expect(at + 1800, B, Event::Started);
    client.down();
    client.expect(at + 1815, A, Event::Interval);
}

#[test]
fn completed_is_told_once_at_once() {
    let mut client = Client::new(&[&[A]]);
    client.expect(0, A, Event::Started);
    client.ok();
    client.now += secs(100);
    assert_eq!(client.schedule.poll(client.now), None);
    client.schedule.completed();
    client.expect(100, A, Event::Completed);
    client.ok();
    client.schedule.completed();
    client.expect(1900, A, Event::Interval);
}

#[test]
fn completed_during_an_announce_follows_it() {
    let mut client = Client::new(&[&[A]]);
    client.expect(0, A, Event::Started);
    client.schedule.completed();
    assert_eq!(client.schedule.poll(client.now), None);
    client.ok();
    client.expect(0, A, Event::Completed);
    client.ok();
    client.expect(1800, A, Event::Interval);
}

#[test]
fn completed_is_repeated_until_taken_and_never_before_started() {
    let mut client = Client::new(&[&[A], &[B]]);
    client.expect(0, A, Event::Started);
    client.ok();
    client.schedule.completed();
    client.expect(0, A, Event::Completed);
    client.down();
    client.expect(0, B, Event::Started);
    client.down();
    client.expect(15, A, Event::Completed);
    client.down();
    client.expect(15, B, Event::Started);
    client.ok();
    // The round begins again; A still fails, so B hears of it.
    client.expect(15, A, Event::Completed);
    client.down();
    client.expect(15, B, Event::Completed);
    client.ok();
    client.expect(1815, A, Event::Interval);
}

#[test]
fn completed_does_not_break_a_back_off() {
    let mut client = Client::new(&[&[A]]);
    client.expect(0, A, Event::Started);
    client.down();
    client.schedule.completed();
    client.expect(15, A, Event::Started);
    client.ok();
    client.expect(15, A, Event::Completed);
}

#[test]
fn stopped_goes_only_where_started_was_taken() {
    let mut client = Client::new(&[&[A], &[B], &[C]]);
    client.expect(0, A, Event::Started);
    client.down();
    client.expect(0, B, Event::Started);
    client.ok();
    client.expect(1800, A, Event::Started);
    let order = client.schedule.stop().unwrap();
    assert_eq!((order.url.as_str(), order.event), (B, Event::Stopped));
    assert_eq!(client.schedule.stop(), None);
    assert_eq!(client.schedule.poll(client.now + secs(99_999)), None);
    assert_eq!(client.schedule.next_timeout(), None);
    assert_eq!(Client::new(&[&[A]]).schedule.stop(), None);
}

#[test]
fn every_tracker_that_knows_us_is_told() {
    let mut client = Client::new(&[&[A], &[B]]);
    client.expect(0, A, Event::Started);
    client.ok();
    client.expect(1800, A, Event::Interval);
    client.down();
    client.expect(1800, B, Event::Started);
    client.ok();
    let told: Vec<_> = std::iter::from_fn(|| client.schedule.stop()).map(|o| o.url).collect();
    assert_eq!(told, [A, B]);
}

#[test]
fn tracker_ids_go_back_to_their_tracker() {
    let mut client = Client::new(&[&[A], &[B]]);
    client.expect(0, A, Event::Started);
    let id: Box<[u8]> = Box::from(&b"\xffid"[..]);
    client.answer(&Answer {
        interval: secs(60),
        tracker_id: Some(id.clone()),
        ..Answer::default()
    });
    assert_eq!(client.expect(60, A, Event::Interval).tracker_id, Some(id.clone()));
    client.down();
    assert_eq!(client.expect(60, B, Event::Started).tracker_id, None);
    client.ok();
    // Kept where a later answer leaves it out.
    assert_eq!(client.expect(1860, A, Event::Interval).tracker_id, Some(id.clone()));
    client.ok();
    assert_eq!(client.schedule.stop().unwrap().tracker_id, Some(id));
}

#[test]
fn absurd_intervals_are_bounded() {
    for (interval, min, expected) in [
        (0, None, 1800),
        (1, None, 10),
        (u64::MAX, None, 86_400),
        (60, Some(300), 300),
        (60, Some(u64::MAX), 86_400),
    ] {
        let mut client = Client::new(&[&[A]]);
        client.expect(0, A, Event::Started);
        client.answer(&Answer {
            interval: secs(interval),
            min_interval: min.map(secs),
            ..Answer::default()
        });
        client.expect(expected, A, Event::Interval);
    }
}

#[test]
fn retry_in_is_honoured() {
    let mut client = Client::new(&[&[A], &[B]]);
    client.expect(0, A, Event::Started);
    client.refuse(Some(Retry::After(secs(600))));
    client.expect(0, B, Event::Started);
    client.answer(&Answer { interval: secs(300), ..Answer::default() });
    client.expect(300, B, Event::Interval);
    client.answer(&Answer { interval: secs(300), ..Answer::default() });
    client.expect(600, A, Event::Started);
    client.refuse(Some(Retry::Never));
    client.expect(600, B, Event::Interval);
    client.down();
    client.expect(615, B, Event::Interval);
}

#[test]
fn a_round_waits_for_the_first_tracker_that_is_willing() {
    let mut client = Client::new(&[&[A], &[B]]);
    client.expect(0, A, Event::Started);
    client.refuse(Some(Retry::After(secs(900))));
    client.expect(0, B, Event::Started);
    client.refuse(Some(Retry::After(secs(600))));
    client.expect(600, B, Event::Started);
    client.refuse(Some(Retry::Never));
    client.expect(900, A, Event::Started);
    client.refuse(Some(Retry::Never));
    assert_eq!(client.schedule.poll(client.now + secs(1 << 20)), None);
    assert_eq!(client.schedule.next_timeout(), None);
}

#[test]
fn hurry_keeps_the_least_interval_and_grows_patient() {
    let mut client = Client::new(&[&[A]]);
    client.schedule.hurry(client.now);
    client.expect(0, A, Event::Started);
    client.ok();
    let mut at = 0;
    for wait in [60, 120, 240, 480, 960, 1800] {
        client.schedule.hurry(client.now);
        client.schedule.hurry(client.now);
        at += wait;
        client.expect(at, A, Event::Interval);
        client.ok();
    }
    // After one at the interval, patience is forgotten.
    client.schedule.hurry(client.now);
    client.expect(at + 60, A, Event::Interval);
    client.answer(&Answer {
        interval: secs(1800),
        min_interval: Some(secs(900)),
        ..Answer::default()
    });
    client.now += secs(5);
    client.schedule.hurry(client.now);
    client.expect(at + 60 + 1800, A, Event::Interval);
}

#[test]
fn hurry_does_not_break_a_back_off() {
    let mut client = Client::new(&[&[A]]);
    client.expect(0, A, Event::Started);
    client.ok();
    client.expect(1800, A, Event::Interval);
    client.down();
    client.schedule.hurry(client.now);
    client.expect(1815, A, Event::Interval);
}

#[test]
fn an_answer_to_nothing_changes_nothing() {
    let mut client = Client::new(&[&[A]]);
    client.ok();
    client.down();
    client.expect(0, A, Event::Started);
}
