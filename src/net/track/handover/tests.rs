use super::*;
use crate::net::track::lock::{self, Lock, Try};
use crate::torrent::InfoHash;
use crate::torrent::PeerId;
use crate::tracker::announce::{Event, Role};
use crate::tracker::changes::{Change, What};
use crate::tracker::drawn::Drawn;
use crate::tracker::handover::{Garbled, LOADED, Letter, READY, SERVES, WORD_MOST};
use crate::tracker::swarms::{Ask, Families, Swarms};
use crate::tracker::{Config, dfile};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream as Stream;
use tokio::time::sleep;

async fn called(
    door: &Door,
    dfile: &Path,
    sockets: &[Inherited],
) -> (Heir, Vec<Inherited>, Predecessor) {
    let asked = async { ask(dfile).await.unwrap() };
    let given = async { give(door.called().await, sockets).unwrap() };
    let (heir, (got, predecessor)) = tokio::join!(given, asked);
    (heir, got, predecessor)
}

fn announce(swarms: &Swarms, torrent: u8, event: Event) {
    announce_from(swarms, torrent, ([10, 0, 0, 1], 1).into(), event);
}

fn announce_from(swarms: &Swarms, torrent: u8, address: SocketAddr, event: Event) {
    let ask = Ask {
        info_hash: InfoHash([torrent; 20]),
        address,
        peer_id: PeerId([b'-'; 20]),
        seed: event == Event::Completed,
        event,
        peers: 0,
        families: Families::Own,
        ids: false,
    };
    swarms.announce(Instant::now(), &ask, &mut StdRng::seed_from_u64(1), &mut Drawn::default());
}

fn swarms() -> Swarms {
    Swarms::new(Config::default(), Instant::now())
}

struct Place {
    _dir: tempfile::TempDir,
    dfile: PathBuf,
    door: Door,
    lock: Lock,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    let Ok(Try::Taken(lock)) = lock::take(&dfile) else { panic!("it is free") };
    let door = Door::open(&dfile).unwrap();
    Place { _dir: dir, dfile, door, lock }
}

#[tokio::test]
async fn what_waits_in_a_socket_is_handed_over_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("x".repeat(120));
    fs::create_dir(&deep).unwrap();
    for folder in [dir.path(), &deep] {
        let dfile = folder.join("dstate");
        let door = Door::open(&dfile).unwrap();
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        client.send_to(b"waits", udp.local_addr().unwrap()).unwrap();
        let mut sockets = vec![Inherited::Udp(udp)];
        for _ in 0..100 {
            sockets.push(Inherited::Http(tcp.try_clone().unwrap()));
        }
        sockets.push(Inherited::Tls(tcp.try_clone().unwrap()));
        sockets.push(Inherited::Metrics(tcp.try_clone().unwrap()));
        let letters: Vec<u8> = sockets.iter().map(Inherited::letter).collect();
        let (heir, mut got, predecessor) = called(&door, &dfile, &sockets).await;
        assert_eq!(got.iter().map(Inherited::letter).collect::<Vec<_>>(), letters);
        drop((heir, predecessor, sockets));
        let Inherited::Udp(udp) = got.remove(0) else { panic!("the first is UDP") };
        udp.set_nonblocking(false).unwrap();
        let mut bytes = [0; 9];
        let (length, from) = udp.recv_from(&mut bytes).unwrap();
        assert_eq!((&bytes[..length], from), (&b"waits"[..], client.local_addr().unwrap()));
        let path = door.path.clone();
        assert!(path.exists());
        drop(door);
        assert!(!path.exists());
    }
}

/// What it tells next; of changes in which torrents, and what.
async fn next(predecessor: &mut Predecessor) -> (Option<Told>, Vec<(u8, What)>) {
    let mut whats = Vec::new();
    let take = |change: &Change| whats.push((change.info_hash.0[0], change.what));
    let told = predecessor.tells(take).await.ok();
    (told, whats)
}

#[tokio::test]
async fn all_that_is_known_is_told_before_it_begins_and_what_changes_until_the_end() {
    let Place { _dir, dfile, door, lock } = place();
    let first = swarms();
    (0..200).for_each(|torrent| announce(&first, torrent, Event::Started));
    let (heir, _, mut predecessor) = called(&door, &dfile, &[]).await;
    let teaches = async { heir.ready().await.unwrap().teach(&first).await.unwrap() };
    let learns = async {
        let state = predecessor.state().await.unwrap();
        // It serves on meanwhile.
        announce(&first, 1, Event::Completed);
        announce(&first, 2, Event::Stopped);
        let mut known = 0;
        dfile::read(&state, |_| known += 1).unwrap();
        assert_eq!(known, 200);
        let mut changes = Vec::new();
        predecessor.agreed(|change: &Change| changes.push(*change)).await.unwrap();
        announce(&first, 3, Event::Started);
        assert!(matches!(next(&mut predecessor).await, (Some(Told::Changes), _)));
        assert!(matches!(lock::take(&dfile), Ok(Try::Held(_))), "it is the first one's");
        predecessor.serves().await.unwrap();
        changes
    };
    let serves = async {
        let mut heir = teaches.await;
        heir.begins(&first, pending()).await.unwrap();
        heir.give(Some(&lock), pending()).await.unwrap();
        heir
    };
    let (mut heir, changes) = tokio::join!(serves, learns);
    let mut whats: Vec<_> =
        changes.iter().map(|change| (change.info_hash.0[0], change.what)).collect();
    whats.sort_by_key(|(torrent, _)| *torrent);
    assert_eq!(whats, [(1, What::Completed), (2, What::Gone)]);
    // The same machine has one clock.
    let now = predecessor.epoch().at(Instant::now());
    assert!(changes.iter().all(|change| change.at < now && now - change.at < 60_000_000_000));
    let (Some(Told::Yours(Some(given))), _) = next(&mut predecessor).await else {
        panic!("the lock")
    };
    drop(lock);
    assert!(matches!(lock::take(&dfile), Ok(Try::Held(_))), "it is the second one's");
    // What it answers until it ends.
    announce(&first, 4, Event::Started);
    let (end, ended) = tokio::sync::oneshot::channel();
    let tells = async {
        heir.tell_until(&first, async { ended.await.unwrap() }, TAKES_WITHIN).await.unwrap();
        drop(heir);
    };
    let hears = async {
        let (_, mut whats) = next(&mut predecessor).await;
        announce(&first, 5, Event::Started);
        end.send(()).unwrap();
        while let (Some(Told::Changes), more) = next(&mut predecessor).await {
            whats.extend(more);
        }
        whats
    };
    let ((), whats) = tokio::join!(tells, hears);
    assert_eq!(whats, [4, 5].map(|torrent| (torrent, What::Is(Role::Leecher))));
    drop(given);
    assert!(matches!(lock::take(&dfile), Ok(Try::Taken(_))));
}

/// One that calls, and says what follows itself.
async fn calls(place: &Place) -> (Heir, Stream) {
    let calls = async { Stream::connect(beside(&place.dfile, ".handover")).await.unwrap() };
    let (caller, stream) = tokio::join!(place.door.called(), calls);
    (give(caller, &[]).unwrap(), stream)
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_or_silent_or_says_something_else_takes_nothing() {
    let place = place();
    // The last is how one of an older version begins.
    for said in [None, Some(&b""[..]), Some(b"x"), Some(b"3"), Some(b"3x"), Some(b"2")] {
        let (heir, stream) = calls(&place).await;
        let mut stream = Some(stream);
        if let Some(said) = said {
            stream.as_mut().unwrap().write_all(said).await.unwrap();
            stream = None;
        }
        let taught = async { heir.ready().await?.teach(&swarms()).await.map(|_| ()) };
        let taught = taught.await.map_err(|error| error.kind());
        match said {
            None => assert_eq!(taught, Err(io::ErrorKind::TimedOut)),
            Some(b"x" | b"2") => assert_eq!(taught, Err(io::ErrorKind::InvalidData)),
            Some(_) => assert!(taught.is_err()),
        }
        drop(stream);
    }
}

#[tokio::test]
async fn an_end_in_the_middle_of_it_is_an_error() {
    let place = place();
    let Place { dfile, door, .. } = &place;
    let (heir, _, mut predecessor) = called(door, dfile, &[]).await;
    drop(heir);
    assert!(predecessor.state().await.is_err());
    assert!(predecessor.agreed(|_| {}).await.is_err());
    let asked = async { ask(dfile).await.map(|_| ()) };
    let (asked, ()) = tokio::join!(asked, async { drop(door.called().await) });
    assert_eq!(asked.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    // In the middle of a word, and of another that is not to be said now.
    for said in [&Letter::Changes.head(67)[..], &Letter::Agreed.head(0)] {
        let (mut first, stream) = Stream::pair().unwrap();
        first.write_all(said).await.unwrap();
        drop(first);
        assert!(Predecessor::of(stream).tells(|_| {}).await.is_err());
    }
    let (first, stream) = Stream::pair().unwrap();
    drop(first);
    assert!(matches!(Predecessor::of(stream).tells(|_| {}).await, Ok(Told::Nothing)));
}

#[tokio::test]
async fn the_dfile_is_given_without_its_lock_where_there_is_none_to_give() {
    let (first, stream) = Stream::pair().unwrap();
    let (heir, mut predecessor) = (Heir::new(first), Predecessor::of(stream));
    heir.give(None, pending()).await.unwrap();
    assert!(matches!(predecessor.tells(|_| {}).await, Ok(Told::Yours(None))));
    // What that one says to the last is heard.
    drop(heir);
    assert!(matches!(predecessor.tells(|_| {}).await, Ok(Told::Nothing)));
}

#[tokio::test]
async fn one_that_is_told_too_late_that_it_may_begin_does_not() {
    let (mut first, stream) = Stream::pair().unwrap();
    let agreed = [Letter::Agreed.head(0), Letter::Changes.head(0)].concat();
    first.write_all(&agreed).await.unwrap();
    drop(first);
    let kind = Predecessor::of(stream).agreed(|_| {}).await.unwrap_err().kind();
    assert_eq!(kind, io::ErrorKind::BrokenPipe, "it cannot say that it has loaded");
    let (mut first, stream) = Stream::pair().unwrap();
    let mut predecessor = Predecessor::of(stream);
    let gives_up = async {
        assert_eq!(first.read_u8().await.unwrap(), LOADED);
        first.write_all(&agreed).await.unwrap();
        drop(first);
    };
    let (begins, ()) = tokio::join!(predecessor.agreed(|_| {}), gives_up);
    assert_eq!(begins.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

/// One that knows all, and says what follows itself.
async fn knows(place: &Place, swarms: &Swarms) -> (Heir, Stream) {
    let (heir, mut stream) = calls(place).await;
    stream.write_all(&[READY, LOADED]).await.unwrap();
    let hears = async {
        let mut said = Vec::new();
        while !said.ends_with(&Letter::Whole.head(0)) {
            assert!(stream.read_buf(&mut said).await.unwrap() > 0);
        }
    };
    let heir = async { heir.ready().await.unwrap().teach(swarms).await };
    let (heir, ()) = tokio::join!(heir, hears);
    (heir.unwrap(), stream)
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_before_it_serves_or_after_is_found_out_though_nothing_changes() {
    let (place, swarms) = (place(), swarms());
    let (mut heir, stream) = knows(&place, &swarms).await;
    drop(stream);
    assert!(heir.begins(&swarms, pending()).await.is_err());
    for waits in [true, false] {
        let (mut heir, mut stream) = knows(&place, &swarms).await;
        stream.write_all(&[SERVES]).await.unwrap();
        heir.begins(&swarms, pending()).await.unwrap();
        heir.give(Some(&place.lock), pending()).await.unwrap();
        let end = async {
            drop(stream);
            if waits {
                sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(heir.tell_until(&swarms, end, TAKES_WITHIN).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_begin_gets_no_lock_unless_the_first_one_is_to_end() {
    let (place, swarms) = (place(), swarms());
    let began = tokio::time::Instant::now();
    let (mut heir, mut stream) = knows(&place, &swarms).await;
    announce(&swarms, 1, Event::Started);
    let late = heir.begins(&swarms, pending()).await.unwrap_err();
    assert_eq!(late.to_string(), "the other one does not begin");
    assert!(began.elapsed() >= Duration::from_secs(10));
    drop(heir);
    let mut told = Vec::new();
    stream.read_to_end(&mut told).await.unwrap();
    // It has been told of what changed, and nothing more.
    assert!(told.starts_with(&Letter::Changes.head(67)) && told.ends_with(&Letter::Agreed.head(0)));
    let (mut heir, mut stream) = knows(&place, &swarms).await;
    let began = tokio::time::Instant::now();
    heir.begins(&swarms, async {}).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    heir.give(Some(&place.lock), pending()).await.unwrap();
    drop(heir);
    let mut told = Vec::new();
    stream.read_to_end(&mut told).await.unwrap();
    assert!(told.ends_with(&Letter::Yours.head(0)));
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_nothing_is_given_up() {
    let (place, swarms) = (place(), swarms());
    let peers =
        (0..40_000_u32).map(|peer| SocketAddr::new((1 << 24 | peer).to_be_bytes().into(), 1));
    peers.for_each(|peer| announce_from(&swarms, 1, peer, Event::Started));
    let (heir, mut stream) = calls(&place).await;
    stream.write_all(&[READY]).await.unwrap();
    let error = heir.ready().await.unwrap().teach(&swarms).await.map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "the other one takes nothing of what it is told");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_told_to_end_does_not_wait_for_another_that_takes_nothing() {
    let (place, swarms) = (place(), swarms());
    let peers = |from: u32| {
        let peers = (from..from + 40_000).map(|peer| (1 << 24 | peer).to_be_bytes());
        let addresses = peers.map(|ip| SocketAddr::new(ip.into(), 1));
        addresses.for_each(|peer| announce_from(&swarms, 1, peer, Event::Started));
    };
    // Before that one serves, more than its socket takes is under way.
    let (mut heir, _stream) = knows(&place, &swarms).await;
    peers(0);
    let began = tokio::time::Instant::now();
    let late = heir.begins(&swarms, async {}).await.unwrap_err();
    assert_eq!(late.to_string(), "the other one takes nothing of what it is told");
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    // And when it has the lock: the last connections take their time, then it ends.
    swarms.forget_other();
    let (mut heir, mut stream) = knows(&place, &swarms).await;
    stream.write_all(&[SERVES]).await.unwrap();
    heir.begins(&swarms, pending()).await.unwrap();
    heir.give(Some(&place.lock), pending()).await.unwrap();
    peers(40_000);
    let (began, drain) = (tokio::time::Instant::now(), Duration::from_millis(3500));
    let late = heir.tell_until(&swarms, sleep(drain), HURRY).await.unwrap_err();
    assert_eq!(late.to_string(), "the other one takes nothing of what it is told");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test]
async fn nothing_is_taken_that_is_longer_than_it_may_be() {
    for (more, garbled) in [(0, false), (1, true)] {
        let (mut first, stream) = Stream::pair().unwrap();
        let mut predecessor = Predecessor::of(stream);
        first.write_all(&Letter::Clock.head(8)).await.unwrap();
        first.write_u64(1).await.unwrap();
        let length = u32::try_from(WORD_MOST).unwrap() + more;
        first.write_all(&Letter::State.head(length)).await.unwrap();
        if more == 0 {
            first.shutdown().await.unwrap();
        }
        let error = predecessor.state().await.unwrap_err();
        assert_eq!(error.to_string() == Garbled.to_string(), garbled, "{error}");
    }
}
