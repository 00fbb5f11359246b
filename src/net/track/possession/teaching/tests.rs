#![cfg(unix)]

use super::*;
use crate::net::track::handover::{Door, Predecessor, ask, give};
use crate::net::track::lock::{Try, take};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::Config;
use crate::tracker::announce::Event;
use crate::tracker::drawn::Drawn;
use crate::tracker::handover::{LOADED, Letter, READY, SERVES};
use crate::tracker::swarms::{Ask, Families};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::LocalSet;

struct Known(Swarms);

impl AsRef<Swarms> for Known {
    fn as_ref(&self) -> &Swarms {
        &self.0
    }
}

fn announce(known: &Known, torrent: u8) {
    let ask = Ask {
        info_hash: InfoHash([torrent; 20]),
        address: ([10, 0, 0, 1], 1).into(),
        peer_id: PeerId([b'-'; 20]),
        seed: false,
        event: Event::Started,
        peers: 0,
        families: Families::Own,
        ids: false,
    };
    known.0.announce(Instant::now(), &ask, &mut StdRng::seed_from_u64(1), &mut Drawn::default());
}

/// A tracker that may be called.
struct Place {
    dir: tempfile::TempDir,
    door: Door,
    teaching: Teaching,
    known: Arc<Known>,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let door = Door::open(&dir.path().join("dstate")).unwrap();
        let known = Arc::new(Known(Swarms::new(Config::default(), Instant::now())));
        Self { dir, door, teaching: Teaching::default(), known }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// One that has called, and says what follows itself.
    async fn called(&mut self) -> UnixStream {
        assert!(self.teaching.is_open());
        let calls = async { UnixStream::connect(self.path("dstate.handover")).await.unwrap() };
        let (caller, mut stream) = tokio::join!(self.door.called(), calls);
        self.teaching.admit(give(caller, &[]).unwrap());
        assert_eq!(stream.read_u8().await.unwrap(), b'.');
        stream
    }

    /// One that asks as `bt track --take-over` does.
    async fn asked(&mut self) -> Predecessor {
        let dfile = self.path("dstate");
        let given = async { give(self.door.called().await, &[]).unwrap() };
        let (heir, asked) = tokio::join!(given, ask(&dfile));
        self.teaching.admit(heir);
        asked.unwrap().1
    }

    async fn step(&mut self) -> io::Result<Step> {
        self.teaching.step(&self.known).await
    }

    /// One that is ready is told all, and does not load it.
    async fn tells_all(&mut self, stream: &mut UnixStream) {
        stream.write_all(&[READY]).await.unwrap();
        assert!(matches!(self.step().await, Ok(Step::Begun)));
        tokio::select! {
            _ = hear(stream, Letter::Whole.head(0)) => {}
            _ = self.step() => panic!("it has not loaded it"),
        }
    }

    /// One that is ready, and has loaded, knows all.
    async fn teaches(&mut self, stream: &mut UnixStream) {
        assert!(matches!(self.step().await, Ok(Step::Begun)));
        let whole = hear(stream, Letter::Whole.head(0));
        let (step, _) = tokio::join!(self.step(), whole);
        assert!(matches!(step, Ok(Step::Waits)));
    }
}

/// Hears all up to the first of these words.
async fn hear(stream: &mut UnixStream, word: [u8; 5]) -> Vec<u8> {
    let mut said = Vec::new();
    while !said.windows(word.len()).any(|part| part == word) {
        assert!(stream.read_buf(&mut said).await.unwrap() > 0, "{}", said.escape_ascii());
    }
    said
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_for_a_save_is_told_of_what_changes_and_missed_where_it_is_gone() {
    let test = async {
        for is_gone in [false, true] {
            let mut place = Place::new();
            let mut stream = place.called().await;
            stream.write_all(&[READY, LOADED]).await.unwrap();
            place.teaches(&mut stream).await;
            // A save is under way, and nobody gives it leave to begin.
            assert!(place.teaching.waits());
            if is_gone {
                drop(stream);
                let gone = place.step().await.map(|_| ()).unwrap_err();
                assert_eq!(gone.kind(), io::ErrorKind::UnexpectedEof);
                assert!(!place.teaching.waits());
                continue;
            }
            announce(&place.known, 1);
            let said = tokio::select! {
                said = hear(&mut stream, Letter::Changes.head(67)) => said,
                _ = place.step() => panic!("nothing has come of it yet"),
            };
            assert!(!said.is_empty() && !place.known.0.outran());
            // That it is there is said though nothing changes.
            let sign = hear(&mut stream, Letter::Changes.head(0));
            tokio::select! {
                _ = sign => {}
                _ = place.step() => panic!("nothing has come of it yet"),
            }
            let Ok(Try::Taken(lock)) = take(&place.path("dstate")) else { panic!("it is free") };
            place.teaching.begin();
            stream.write_all(&[SERVES]).await.unwrap();
            assert!(matches!(place.step().await, Ok(Step::Waits)) && place.teaching.serves());
            place.teaching.give(Some(lock));
            let (step, said) = tokio::join!(place.step(), hear(&mut stream, Letter::Yours.head(0)));
            assert!(matches!(step, Ok(Step::Serves(_))));
            assert!(said.windows(5).any(|word| word == Letter::Agreed.head(0)));
        }
    };
    let hour = Duration::from_secs(3600);
    LocalSet::new().run_until(tokio::time::timeout(hour, test)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_says_nothing_holds_up_nobody() {
    let test = async {
        let mut place = Place::new();
        let began = tokio::time::Instant::now();
        let _silent = place.called().await;
        let mut second = place.called().await;
        second.write_all(&[READY, LOADED]).await.unwrap();
        place.teaches(&mut second).await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        // One that was ready too is heard where that one fails.
        let mut place = Place::new();
        let mut first = place.called().await;
        let mut second = place.called().await;
        first.write_all(&[READY]).await.unwrap();
        assert!(matches!(place.step().await, Ok(Step::Begun)));
        second.write_all(&[READY]).await.unwrap();
        drop(first);
        assert!(place.step().await.is_err());
        assert!(matches!(place.step().await, Ok(Step::Begun)));
        // There is an end to how many are waited for, and to how long.
        place.teaching.refuse();
        let mut silent = Vec::new();
        for _ in 0..CALLERS_MOST {
            silent.push(place.called().await);
        }
        let Ok(Step::Missed(late)) = place.step().await else { panic!("one is too late") };
        assert!(late.kind() == io::ErrorKind::TimedOut && place.teaching.is_open());
    };
    let hour = Duration::from_secs(3600);
    LocalSet::new().run_until(tokio::time::timeout(hour, test)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn however_many_say_nothing_one_that_is_ready_is_heard() {
    let test = async {
        let mut place = Place::new();
        // One that has said that it is ready, and waits for its turn, is not among the silent.
        let mut first = place.called().await;
        first.write_all(&[READY]).await.unwrap();
        assert!(matches!(place.step().await, Ok(Step::Begun)));
        let mut second = place.called().await;
        second.write_all(&[READY]).await.unwrap();
        let silenced = place.teaching.called.last().unwrap().silent.clone();
        while silenced.get() {
            tokio::task::yield_now().await;
        }
        let mut silent = Vec::new();
        for _ in 0..2 * CALLERS_MOST {
            silent.push(place.called().await);
        }
        assert_eq!(place.teaching.called.len(), CALLERS_MOST);
        // The first to call is the first to go.
        let Ok(Step::Missed(gone)) = place.step().await else { panic!("one makes way") };
        assert_eq!(gone.to_string(), "it has said nothing, and others call");
        assert!(silent[0].read_u8().await.is_err());
        drop(first);
        let begun = async {
            loop {
                match place.step().await {
                    Ok(Step::Begun) => return,
                    Ok(Step::Missed(_)) | Err(_) => {}
                    Ok(_) => panic!("nobody else is told anything"),
                }
            }
        };
        begun.await;
        drop(second);
        let mut third = place.called().await;
        third.write_all(&[READY]).await.unwrap();
        let began = tokio::time::Instant::now();
        let begun = async {
            loop {
                if let Ok(Step::Begun) = place.step().await {
                    return;
                }
            }
        };
        begun.await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    };
    let hour = Duration::from_secs(3600);
    LocalSet::new().run_until(tokio::time::timeout(hour, test)).await.unwrap();
}

/// More than one that says nothing is waited for.
const LONG: Duration = Duration::from_secs(40);

#[tokio::test(start_paused = true)]
async fn a_second_one_hears_that_the_tracker_is_there_while_the_first_is_told_all() {
    let test = async {
        let mut place = Place::new();
        let mut first = place.called().await;
        place.tells_all(&mut first).await;
        let mut second = place.asked().await;
        let mut learns = pin!(second.state());
        // The first takes its time.
        tokio::select! {
            told = &mut learns => panic!("{told:?}"),
            step = place.step() => panic!("nothing has come of it yet: {:?}", step.map(|_| ())),
            () = tokio::time::sleep(LONG) => {}
        }
        drop(first);
        assert!(place.step().await.is_err());
        place.known.0.forget_other();
        assert!(matches!(place.step().await, Ok(Step::Begun)));
        tokio::select! {
            told = learns => assert!(told.is_ok(), "{told:?}"),
            _ = place.step() => panic!("it has not loaded it"),
        }
    };
    LocalSet::new().run_until(tokio::time::timeout(LONG * 9, test)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_hears_of_a_tracker_that_ends_for_as_long_as_it_saves() {
    let test = async {
        // It has been told all by then; or another one is, which does not load it.
        for is_second in [false, true] {
            let mut place = Place::new();
            let mut first = place.called().await;
            if is_second {
                place.tells_all(&mut first).await;
            }
            let mut predecessor = place.asked().await;
            let learns = async {
                predecessor.state().await?;
                predecessor.agreed(|_| {}).await
            };
            let mut learns = pin!(learns);
            tokio::select! {
                told = &mut learns => panic!("{told:?}"),
                never = place.teaching.lasts(&place.known) => match never {},
                () = tokio::time::sleep(LONG) => {}
            }
            // Then it is gone.
            drop(place.teaching);
            assert_eq!(learns.await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    };
    LocalSet::new().run_until(tokio::time::timeout(LONG * 9, test)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_over_is_not_followed_by_another() {
    let test = async {
        let mut place = Place::new();
        let mut first = place.called().await;
        first.write_all(&[READY, LOADED]).await.unwrap();
        place.teaches(&mut first).await;
        let mut second = place.asked().await;
        place.teaching.begin();
        first.write_all(&[SERVES]).await.unwrap();
        assert!(matches!(place.step().await, Ok(Step::Waits)));
        place.teaching.give(None);
        assert!(matches!(place.step().await, Ok(Step::Serves(_))));
        // What changes until the end is for the first alone.
        tokio::select! {
            told = second.state() => panic!("{told:?}"),
            never = place.teaching.lasts(&place.known) => match never {},
            () = tokio::time::sleep(LONG) => {}
        }
    };
    LocalSet::new().run_until(tokio::time::timeout(LONG * 9, test)).await.unwrap();
}
