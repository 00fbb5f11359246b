use super::*;
use tokio::task::{JoinHandle, LocalSet};

const BOUNDS: Bounds = Bounds {
    all: 4,
    each: 2,
    head: Duration::from_secs(10),
    idle: Duration::from_secs(60),
    answer: Duration::from_secs(100),
};

/// Connections that never end by themselves.
struct Line {
    held: Held,
    tasks: Vec<(usize, JoinHandle<()>)>,
    /// Why the last of them were ended.
    why: Vec<Option<Outcome>>,
}

impl Line {
    fn new() -> Self {
        Self { held: Held::new(BOUNDS), tasks: Vec::new(), why: Vec::new() }
    }

    fn enter(&mut self, now: u32, ip: &str) -> usize {
        let place = self.held.enter(now, ip.parse().ok());
        let task = tokio::task::spawn_local(std::future::pending());
        self.held.ends_by(place, task.abort_handle());
        self.tasks.push((place, task));
        place
    }

    /// The places of those that were ended, in the order of their coming; they are gone after it.
    async fn ended(&mut self) -> Vec<usize> {
        tokio::task::yield_now().await;
        let (gone, stay) = self.tasks.drain(..).partition(|(_, task)| task.is_finished());
        self.tasks = stay;
        let gone: Vec<_> = gone;
        let places: Vec<_> = gone.into_iter().map(|(place, _)| place).collect();
        self.why = places.iter().map(|place| self.held.leave(*place)).collect();
        places
    }
}

#[tokio::test]
async fn who_waited_longest_makes_way() {
    LocalSet::new()
        .run_until(async {
            let mut line = Line::new();
            let [a, b, c, d] =
                ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"].map(|ip| line.enter(0, ip));
            line.held.waits(a, 0, Waits::Idle);
            line.held.waits(c, 0, Waits::Answer);
            assert!(line.ended().await.is_empty());
            line.enter(0, "5.5.5.5");
            assert_eq!(line.ended().await, [b]);
            line.enter(0, "6.6.6.6");
            line.enter(0, "7.7.7.7");
            assert_eq!(line.ended().await, [a, d]);
            assert_eq!(line.why, [Some(Outcome::Evicted); 2]);
            assert_eq!(line.held.len(), 4);
        })
        .await;
}

#[tokio::test]
async fn one_address_takes_only_its_own_place() {
    LocalSet::new()
        .run_until(async {
            let mut line = Line::new();
            let first = line.enter(0, "9.9.9.9");
            let own = line.enter(0, "2001:db8::1");
            line.enter(0, "2001:db8::ffff:2");
            line.enter(0, "2001:db8::ffff:ffff:3");
            assert_eq!(line.ended().await, [own]);
            line.enter(0, "2001:db8:0:1::1");
            assert!(line.ended().await.is_empty());
            // Whoever has no address (a Unix socket) counts among all alone.
            line.enter(0, "");
            assert_eq!(line.ended().await, [first]);
        })
        .await;
}

#[tokio::test]
async fn of_many_at_once_from_one_address_only_the_excess_ends() {
    LocalSet::new()
        .run_until(async {
            let mut line = Line { held: Held::new(Bounds { all: 9, ..BOUNDS }), ..Line::new() };
            // Nobody who is told to end is gone before the last has come.
            let places: Vec<_> = (0..5).map(|_| line.enter(0, "9.9.9.9")).collect();
            assert_eq!(line.ended().await, places[..3]);
            line.enter(0, "9.9.9.9");
            assert_eq!(line.ended().await, places[3..4]);
        })
        .await;
}

#[tokio::test]
async fn of_one_address_websocket_makes_way_last() {
    LocalSet::new()
        .run_until(async {
            let mut line = Line { held: Held::new(Bounds { all: 9, ..BOUNDS }), ..Line::new() };
            let browser = line.enter(0, "9.9.9.9");
            line.held.waits(browser, 0, Waits::Messages);
            let second = line.enter(0, "9.9.9.9");
            let third = line.enter(0, "9.9.9.9");
            assert_eq!(line.ended().await, [second], "not the one that came first");
            line.held.waits(third, 0, Waits::Messages);
            // There are no others: it has as many as any, and no more.
            line.enter(0, "9.9.9.9");
            assert_eq!(line.ended().await, [browser]);
        })
        .await;
}

#[tokio::test]
async fn each_wait_has_its_time() {
    LocalSet::new()
        .run_until(async {
            let mut line = Line::new();
            let head = line.enter(5, "1.1.1.1");
            let [idle, answer] = ["2.2.2.2", "3.3.3.3"].map(|ip| line.enter(5, ip));
            line.held.waits(idle, 5, Waits::Idle);
            line.held.waits(answer, 5, Waits::Answer);
            let (mut at, mut why) = (Vec::new(), Vec::new());
            for now in [14, 15, 64, 65, 104, 105, 200] {
                line.held.sweep(now);
                at.push(line.ended().await);
                why.append(&mut line.why);
            }
            // To be idle for as long as one may is no fault.
            assert_eq!(why, [Some(Outcome::TooSlow), None, Some(Outcome::Unread)]);
            let none = Vec::new();
            assert_eq!(
                at,
                [
                    none.clone(),
                    vec![head],
                    none.clone(),
                    vec![idle],
                    none.clone(),
                    vec![answer],
                    none
                ]
            );
            assert_eq!(line.held.len(), 0);
            assert!(line.held.entries.is_empty() && line.held.from.is_empty());
            let idle = line.enter(0, "1.1.1.1");
            line.enter(0, "1.1.1.1");
            line.held.waits(idle, 0, Waits::Idle);
            line.held.end_idle();
            assert_eq!((line.ended().await, &*line.why), (vec![idle], &[None][..]));
        })
        .await;
}

/// The places that count for each address, by going from one to the next, and by looking at all.
fn shares(held: &Held) -> [Vec<([u8; 8], Vec<usize>)>; 2] {
    let sorted = |mut places: Vec<usize>| {
        places.sort_unstable();
        places
    };
    let linked = |share: &Share| {
        let at = |place: usize| Some((place, held.entries.get(place)?.as_ref()?));
        let all = std::iter::successors(at(share.latest), |(_, entry)| at(entry.earlier));
        let places: Vec<_> = all.map(|(place, _)| place).collect();
        assert_eq!(places.len(), share.many);
        sorted(places)
    };
    let mut walked: Vec<_> = held.from.iter().map(|(from, share)| (*from, linked(share))).collect();
    let mut looked = HashMap::<[u8; 8], Vec<usize>>::new();
    for (place, entry) in held.entries.iter().enumerate() {
        if let Some(from) = entry.as_ref().and_then(|entry| entry.from) {
            looked.entry(from).or_default().push(place);
        }
    }
    let mut looked: Vec<_> = looked.into_iter().map(|(from, all)| (from, sorted(all))).collect();
    walked.sort();
    looked.sort();
    [walked, looked]
}

#[tokio::test]
async fn the_connections_of_an_address_are_found_from_one_to_the_next() {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    LocalSet::new()
        .run_until(async {
            let mut rng = StdRng::seed_from_u64(15);
            let mut line =
                Line { held: Held::new(Bounds { all: 40, each: 9, ..BOUNDS }), ..Line::new() };
            for now in 0..2000 {
                match rng.random_range(0..6) {
                    0..3 => drop(line.enter(now, &format!("9.9.9.{}", rng.random_range(0..6)))),
                    3 => drop(line.ended().await),
                    4 if !line.tasks.is_empty() => {
                        // One that goes by itself.
                        let at = rng.random_range(0..line.tasks.len());
                        let (place, task) = line.tasks.swap_remove(at);
                        task.abort();
                        line.held.leave(place);
                    }
                    _ => line.held.waits(rng.random_range(0..40), now, Waits::Idle),
                }
                let [walked, looked] = shares(&line.held);
                assert_eq!(walked, looked);
                assert!(walked.iter().all(|(_, places)| places.len() <= 9), "{walked:?}");
            }
        })
        .await;
}
