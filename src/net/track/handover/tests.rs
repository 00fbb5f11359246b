use super::*;
use crate::torrent::InfoHash;
use crate::torrent::PeerId;
use crate::tracker::announce::{Event, Role};
use crate::tracker::changes::{Change, What};
use crate::tracker::drawn::Drawn;
use crate::tracker::swarms::{Ask, Families, Swarms};
use crate::tracker::{Config, dfile};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::time::Instant;
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
    let ask = Ask {
        info_hash: InfoHash([torrent; 20]),
        address: ([10, 0, 0, 1], 1).into(),
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
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let dfile = dir.path().join("dstate");
    let door = Door::open(&dfile).unwrap();
    Place { _dir: dir, dfile, door }
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

#[tokio::test]
async fn all_that_is_known_is_told_before_it_is_agreed_and_what_changes_until_the_end() {
    let Place { dfile, door, .. } = &place();
    let first = swarms();
    (0..200).for_each(|torrent| announce(&first, torrent, Event::Started));
    let (heir, _, mut predecessor) = called(door, dfile, &[]).await;
    let (mut heir, changes) = {
        let teaches = async { heir.teach(&first).await.unwrap() };
        let learns = async {
            let state = predecessor.state().await.unwrap();
            let mut known = 0;
            dfile::read(&state, |_| known += 1).unwrap();
            assert_eq!(known, 200);
            // It serves on meanwhile.
            announce(&first, 1, Event::Completed);
            announce(&first, 2, Event::Stopped);
            let mut changes = Vec::new();
            let agreed = predecessor.agreed(|change: &Change| changes.push(*change)).await;
            (agreed, changes)
        };
        let agrees = async {
            let mut heir = teaches.await;
            heir.agree(&first).await.unwrap();
            heir
        };
        let (heir, (agreed, changes)) = tokio::join!(agrees, learns);
        agreed.unwrap();
        (heir, changes)
    };
    let mut whats: Vec<_> =
        changes.iter().map(|change| (change.info_hash.0[0], change.what)).collect();
    whats.sort_by_key(|(torrent, _)| *torrent);
    assert_eq!(whats, [(1, What::Completed), (2, What::Gone)]);
    // What it answers until it ends.
    announce(&first, 3, Event::Started);
    let (end, ended) = tokio::sync::oneshot::channel();
    let tells = async {
        heir.tell_until(&first, async { ended.await.unwrap() }).await.unwrap();
        drop(heir);
    };
    let hears = async {
        let mut whats = Vec::new();
        let mut take = |change: &Change| whats.push((change.info_hash.0[0], change.what));
        assert!(predecessor.changes(&mut take).await.unwrap());
        announce(&first, 4, Event::Started);
        end.send(()).unwrap();
        while predecessor.changes(&mut take).await.unwrap() {}
        whats
    };
    let ((), whats) = tokio::join!(tells, hears);
    assert_eq!(whats, [3, 4].map(|torrent| (torrent, What::Is(Role::Leecher))));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_or_silent_or_says_something_else_takes_nothing() {
    use tokio::io::AsyncWriteExt;
    let Place { dfile, door, .. } = &place();
    for said in [None, Some(&b""[..]), Some(b"x"), Some(b"r")] {
        let (caller, stream) = {
            let path = beside(dfile, ".handover");
            let calls = async { tokio::net::UnixStream::connect(path).await.unwrap() };
            tokio::join!(door.called(), calls)
        };
        let mut stream = Some(stream);
        let heir = give(caller, &[]).unwrap();
        if let Some(said) = said {
            stream.as_mut().unwrap().write_all(said).await.unwrap();
            stream = None;
        }
        let taught = heir.teach(&swarms()).await.map(|_| ()).map_err(|error| error.kind());
        match said {
            None => assert_eq!(taught, Err(io::ErrorKind::TimedOut)),
            Some(b"x") => assert_eq!(taught, Err(io::ErrorKind::InvalidData)),
            Some(_) => assert!(taught.is_err()),
        }
        drop(stream);
    }
}

#[tokio::test]
async fn an_end_in_the_middle_of_it_is_an_error() {
    let Place { dfile, door, .. } = &place();
    let (heir, _, mut predecessor) = called(door, dfile, &[]).await;
    drop(heir);
    assert!(predecessor.state().await.is_err());
    assert!(predecessor.agreed(|_| {}).await.is_err());
    let asked = async { ask(dfile).await.map(|_| ()) };
    let (asked, ()) = tokio::join!(asked, async { drop(door.called().await) });
    assert_eq!(asked.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    // In the middle of a change.
    let (mut heir, _, mut predecessor) = called(door, dfile, &[]).await;
    heir.agree(&swarms()).await.unwrap();
    drop(heir);
    assert!(predecessor.changes(|_| {}).await.is_err(), "it has agreed before");
    assert!(!predecessor.changes(|_| {}).await.unwrap());
}

/// One that has agreed with the other, which says what follows itself.
async fn agreed(place: &Place, swarms: &Swarms) -> (Heir, tokio::net::UnixStream) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let calls = async {
        let path = beside(&place.dfile, ".handover");
        let mut stream = tokio::net::UnixStream::connect(path).await.unwrap();
        stream.write_all(b"rl").await.unwrap();
        stream
    };
    let (caller, mut stream) = tokio::join!(place.door.called(), calls);
    let agrees = async {
        let mut heir = give(caller, &[]).unwrap().teach(swarms).await.unwrap();
        heir.agree(swarms).await.unwrap();
        heir
    };
    let hears = async {
        let mut said = Vec::new();
        while !said.ends_with(b"a\0\0\0\0") {
            assert!(stream.read_buf(&mut said).await.unwrap() > 0);
        }
    };
    let (heir, ()) = tokio::join!(agrees, hears);
    (heir, stream)
}

#[tokio::test]
async fn one_that_is_gone_after_it_is_agreed_is_found_out_though_nothing_changes() {
    let (place, swarms) = (place(), swarms());
    let (mut heir, stream) = agreed(&place, &swarms).await;
    drop(stream);
    let begins = heir.begins(&swarms, std::future::pending()).await;
    assert_eq!(begins.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    for waits in [true, false] {
        let (mut heir, mut stream) = agreed(&place, &swarms).await;
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"v").await.unwrap();
        heir.begins(&swarms, std::future::pending()).await.unwrap();
        let end = async {
            drop(stream);
            if waits {
                sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(heir.tell_until(&swarms, end).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_begin_has_its_time_and_is_told_meanwhile() {
    use tokio::io::AsyncReadExt;
    let (place, swarms) = (place(), swarms());
    let (mut heir, mut stream) = agreed(&place, &swarms).await;
    let began = tokio::time::Instant::now();
    heir.begins(&swarms, async {}).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    announce(&swarms, 1, Event::Started);
    heir.begins(&swarms, std::future::pending()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(10));
    assert_eq!(stream.read_u8().await.unwrap(), CHANGES);
    heir.tell_until(&swarms, async {}).await.unwrap();
}

#[tokio::test]
async fn nothing_is_taken_that_is_longer_than_it_may_be() {
    use tokio::io::AsyncWriteExt;
    for (more, kind) in [(0, io::ErrorKind::UnexpectedEof), (1, io::ErrorKind::InvalidData)] {
        let (mut first, stream) = tokio::net::UnixStream::pair().unwrap();
        let mut predecessor = Predecessor::of(stream);
        first.write_all(&[STATE]).await.unwrap();
        first.write_u32(u32::try_from(FRAME_MOST).unwrap() + more).await.unwrap();
        if more == 0 {
            first.shutdown().await.unwrap();
        }
        assert_eq!(predecessor.state().await.unwrap_err().kind(), kind);
    }
}
