//! What the tracker's swarms cost: nanoseconds an announce and bytes a peer, in one torrent and in
//! torrents of ten peers, from 1,000 to 10,000,000 peers. Run by `cargo bench --bench registry`, or
//! with other numbers of peers as arguments; then what a new torrent costs at a ceiling. Each line is a process of its own, whose growth of
//! resident memory is counted; time is the thread's processor time where there is any (Unix).

use bt::torrent::{InfoHash, PeerId};
use bt::tracker::Config;
use bt::tracker::announce::Event;
use bt::tracker::drawn::Drawn;
use bt::tracker::swarms::{Ask, Families, Swarms};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};

/// Announces measured at once, and how often.
const ANNOUNCES: usize = 200_000;
const ROUNDS: usize = 5;
/// Announces that are looked ahead for at once, as those of a read of UDP packets.
const BATCH: usize = 64;
/// Peers wanted.
const WANTED: usize = 30;

/// Processor time of this thread.
#[cfg(unix)]
fn clock() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

#[cfg(not(unix))]
fn clock() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Resident bytes of this process; 0 where the system does not say.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0usize) * 4096
}

#[derive(Clone, Copy)]
struct Scene {
    peers: usize,
    a_torrent: usize,
    v6: bool,
    ids: bool,
}

impl Scene {
    /// The announce of one of the peers, a quarter of which are seeds.
    fn ask(&self, peer: usize, event: Event) -> Ask {
        // All of them differ, as do those of a swarm.
        let ip = (peer as u32).wrapping_mul(0x9E37_79B1);
        let mut info_hash = [0; 20];
        info_hash[..8].copy_from_slice(&((peer / self.a_torrent) as u64).to_be_bytes());
        let mut id = *b"-BT0100-000000000000";
        id[12..].copy_from_slice(&peer.to_be_bytes());
        let address: SocketAddr = match self.v6 {
            true => (Ipv6Addr::from(0x2001_0db8 << 96 | u128::from(ip) << 64 | 1), 6881).into(),
            false => (Ipv4Addr::from(ip), 6881).into(),
        };
        Ask {
            info_hash: InfoHash(info_hash),
            address,
            peer_id: PeerId(id),
            seed: peer.is_multiple_of(4),
            event,
            peers: WANTED,
            families: Families::Own,
            ids: self.ids,
        }
    }

    fn measure(&self) {
        let before = resident();
        let config = Config { memory_most: usize::MAX, ..Config::default() };
        let now = Instant::now();
        let swarms = Swarms::new(config, now);
        let (mut rng, mut drawn) = (StdRng::seed_from_u64(1), Drawn::default());
        let start = clock();
        for peer in 0..self.peers {
            let ask = Ask { peers: 0, ..self.ask(peer, Event::Started) };
            swarms.announce(now, &ask, &mut rng, &mut drawn);
        }
        let joining = (clock() - start).as_nanos() as f64 / self.peers as f64;
        let bytes = (resident() - before) as f64 / self.peers as f64;
        assert_eq!(swarms.peers(), self.peers);
        let counted = swarms.bytes() as f64 / self.peers as f64;
        let (mut asking, mut batched) = (f64::MAX, f64::MAX);
        let mut told = 0;
        for _ in 0..ROUNDS {
            let asks: Vec<Ask> = (0..ANNOUNCES)
                .map(|_| self.ask(rng.next_u64() as usize % self.peers, Event::Interval))
                .collect();
            let start = clock();
            for ask in &asks {
                swarms.announce(now, black_box(ask), &mut rng, &mut drawn);
                told += black_box(&drawn).len();
            }
            asking = asking.min((clock() - start).as_nanos() as f64 / ANNOUNCES as f64);
            let start = clock();
            for asks in asks.chunks(BATCH) {
                let coming: Vec<_> = asks.iter().map(|ask| (ask.info_hash, ask.address)).collect();
                swarms.prefetch(&coming);
                for ask in asks {
                    swarms.announce(now, black_box(ask), &mut rng, &mut drawn);
                }
            }
            batched = batched.min((clock() - start).as_nanos() as f64 / ANNOUNCES as f64);
        }
        let start = clock();
        let mut longest = Duration::ZERO;
        for shard in 0..swarms.shards() {
            let start = clock();
            black_box(swarms.snapshot(shard, now));
            longest = longest.max(clock() - start);
        }
        let copying = clock() - start;
        println!(
            "{:>10} {:>10}{}{}  {joining:>7.0} {asking:>7.0} {batched:>7.0} {:>6.1}  {bytes:>7.1} {counted:>7.1}  {:>8.2} {:>8.2}",
            self.peers,
            if self.a_torrent == self.peers { "all".into() } else { self.a_torrent.to_string() },
            if self.v6 { " v6" } else { " v4" },
            if self.ids { " ids" } else { "    " },
            told as f64 / (ANNOUNCES * ROUNDS) as f64,
            copying.as_secs_f64() * 1e3,
            longest.as_secs_f64() * 1e3,
        );
    }
}

/// A tracker at its ceiling: many torrents to which somebody came back, and a few that make way first.
#[derive(Clone, Copy)]
struct Ceiling {
    settled: usize,
    passing: usize,
}

impl Ceiling {
    fn measure(&self) {
        let Self { settled, passing } = *self;
        let config = Config {
            memory_most: usize::MAX,
            torrents_most: settled + passing,
            ..Config::default()
        };
        let mut now = Instant::now();
        let swarms = Swarms::new(config, now);
        let (mut rng, mut drawn) = (StdRng::seed_from_u64(1), Drawn::default());
        let scene = Scene { peers: 0, a_torrent: 1, v6: false, ids: false };
        let mut announce = |now, torrent, rng: &mut StdRng| {
            let ask = Ask { peers: 0, ..scene.ask(torrent, Event::Interval) };
            swarms.announce(now, black_box(&ask), rng, &mut drawn);
        };
        for _ in 0..2 {
            (0..settled).for_each(|torrent| announce(now, torrent, &mut rng));
            now += config.interval / 2;
        }
        let mut next = settled;
        // Until the flood has driven out itself often enough to be where it goes on to be.
        let before = passing + 20_000;
        (0..before).for_each(|at| announce(now, next + at, &mut rng));
        next += before;
        let mut waits: Vec<u64> = Vec::with_capacity(ANNOUNCES);
        let start = clock();
        for _ in 0..ANNOUNCES {
            let start = Instant::now();
            announce(now, next, &mut rng);
            waits.push(start.elapsed().as_nanos() as u64);
            next += 1;
        }
        let mean = (clock() - start).as_nanos() as f64 / ANNOUNCES as f64;
        waits.sort_unstable();
        let of = |torrent| swarms.counts(scene.ask(torrent, Event::Interval).info_hash);
        let left = (0..settled).filter(|&torrent| of(torrent).is_some()).count();
        println!(
            "{settled:>10} {passing:>10}  {mean:>7.0} {:>7} {:>7}  {:>10}",
            waits[ANNOUNCES / 2],
            waits[ANNOUNCES / 1000 * 999],
            settled - left,
        );
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |text: &String| text.parse::<usize>().ok();
    if let [scene, peers, a_torrent, v6, ids] = args.as_slice()
        && scene == "scene"
        && let (Some(peers), Some(a_torrent)) = (number(peers), number(a_torrent))
    {
        return Scene { peers, a_torrent, v6: v6 == "true", ids: ids == "true" }.measure();
    }
    if let [scene, settled, passing] = args.as_slice()
        && scene == "ceiling"
        && let (Some(settled), Some(passing)) = (number(settled), number(passing))
    {
        return Ceiling { settled, passing }.measure();
    }
    println!(
        "                               ns an announce                    bytes a peer       ms a snapshot\n     \
         peers  a torrent               join    asks batched   told   resident counted      all  a shard"
    );
    let mut sizes: Vec<usize> = args.iter().filter_map(number).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    }
    let scene = |peers: usize, a_torrent: usize, v6: bool, ids: bool| {
        let line = [peers.to_string(), a_torrent.to_string(), v6.to_string(), ids.to_string()];
        let ran = std::env::current_exe()
            .and_then(|own| Command::new(own).arg("scene").args(line).status());
        assert!(ran.is_ok_and(|status| status.success()), "it runs itself");
    };
    for v6 in [false, true] {
        sizes.iter().for_each(|&peers| scene(peers, peers, v6, false));
        sizes.iter().for_each(|&peers| scene(peers, 10, v6, false));
    }
    let most = sizes.iter().copied().filter(|&peers| peers <= 1_000_000).max().unwrap_or(1_000_000);
    for a_torrent in [1, 2, 50, 90, 200] {
        scene(most, a_torrent, false, false);
    }
    scene(most, most, false, true);
    scene(most, 10, false, true);
    println!(
        "\n   torrents          ns a new torrent at the ceiling       settled that\n    \
         settled    passing     mean  median   99.9%   made way"
    );
    for settled in [100_000, 1_000_000] {
        for passing in [1, 16, 256, 2048, 50_000] {
            let ran = std::env::current_exe().and_then(|own| {
                let line = [settled.to_string(), passing.to_string()];
                Command::new(own).arg("ceiling").args(line).status()
            });
            assert!(ran.is_ok_and(|status| status.success()), "it runs itself");
        }
    }
}
