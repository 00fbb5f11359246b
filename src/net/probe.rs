//! Questions to trackers for their own sake: each tracker and each address family is asked and
//! told of by itself, once or again and again until a signal.

use super::signals;
use super::tracker_client::{Client, Place, places};
use super::trust::Authorities;
use crate::torrent::InfoHash;
use crate::tracker::announce::{Announce, Answer, Event, Trouble};
use crate::tracker::http::Counts;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{sleep_until, timeout, timeout_at};

/// Trackers that are asked at a time: metainfo may name very many.
const AT_ONCE: usize = 100;
/// For the `stopped` that takes an announce back.
const FAREWELL: Duration = Duration::from_secs(3);
/// Between two rounds where no tracker told an interval, and never less where one did.
const ROUND: Duration = Duration::from_secs(60);
/// Between two rounds, whatever the trackers told.
const ROUND_MOST: Duration = Duration::from_secs(3600);

/// By which address families trackers are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Families {
    /// Only IPv4.
    V4,
    /// Only IPv6.
    V6,
    /// Each that the tracker has an address of.
    All,
}

/// When everything is asked again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Again {
    /// Not at all.
    Never,
    /// So long after the start of the round before.
    Every(Duration),
    /// As the trackers want it, within bounds.
    AsTold,
}

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// By which ways.
    pub families: Families,
    /// How long a tracker may take for an answer, the resolution of its name counted.
    pub timeout: Duration,
    /// When to ask again.
    pub again: Again,
    /// What becomes of an announce after the answer.
    pub after: After,
}

/// What becomes of an announce after the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// The tracker lists the peer until it expires.
    Stays,
    /// It is taken back by `stopped`.
    TakenBack,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// For peers.
    Announce(Announce),
    /// For the counts of these torrents.
    Scrape(Vec<InfoHash>),
}

/// What was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// To an announce.
    Announce(Answer),
    /// To a scrape, in the order asked; `None` for a torrent that the tracker left out.
    Scrape(Vec<Option<Counts>>),
}

/// A question to one tracker.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its announce URL.
    pub url: String,
    /// The question.
    pub question: Question,
}

/// What came of a call by one address family.
#[derive(Debug)]
pub struct Heard<'a> {
    /// The call.
    pub call: &'a Call,
    /// Its number, from 0.
    pub number: usize,
    /// The tracker's address; `None` where there was none, and so no family either.
    pub address: Option<SocketAddr>,
    /// How long it took to resolve the tracker's name.
    pub resolved: Duration,
    /// How long all of it took.
    pub took: Duration,
    /// The answer.
    pub result: Result<Reply, Trouble>,
}

/// Who is told.
pub trait Listener {
    /// Something came of a call. To break is to end all of it.
    fn heard(&mut self, heard: &Heard<'_>) -> ControlFlow<()>;
    /// All calls of a round were told of.
    fn round_over(&mut self) -> ControlFlow<()>;
}

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// All was asked.
    Done,
    /// A signal of this number came first.
    Signal(u8),
    /// The listener had enough.
    Unheard,
}

struct Shared {
    client: Client,
    options: Options,
    calls: Vec<Call>,
    listener: RefCell<Box<dyn Listener>>,
    permits: Semaphore,
    /// The longest interval that was told in this round.
    interval: Cell<Option<Duration>>,
    /// Whether it is time to go.
    leave: watch::Sender<bool>,
    unheard: Cell<bool>,
}

/// Asks all calls at once, and tells of each as its answer comes.
///
/// # Errors
/// Where the process cannot have a runtime or its signals.
pub fn run(
    options: Options,
    authorities: Authorities,
    calls: Vec<Call>,
    listener: Box<dyn Listener>,
) -> io::Result<End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let shared = Rc::new(Shared {
        client: Client::new(None, authorities),
        options,
        calls,
        listener: RefCell::new(listener),
        permits: Semaphore::new(AT_ONCE),
        interval: Cell::new(None),
        leave: watch::channel(false).0,
        unheard: Cell::new(false),
    });
    let end = local.block_on(&runtime, rounds(shared));
    // A resolver that still waits for a name is not waited for.
    runtime.shutdown_background();
    end
}

async fn rounds(shared: Rc<Shared>) -> io::Result<End> {
    let mut signals = signals::Ends::new()?;
    loop {
        let started = Instant::now();
        shared.interval.set(None);
        let mut calls = JoinSet::new();
        for number in 0..shared.calls.len() {
            calls.spawn_local(ask(Rc::clone(&shared), number));
        }
        let mut end = None;
        loop {
            tokio::select! {
                ended = calls.join_next() => match ended {
                    None => break,
                    Some(Ok(())) => {}
                    Some(Err(error)) => return Err(io::Error::other(error)),
                },
                signal = signals.next() => {
                    // A second signal waits for nothing.
                    if end.replace(End::Signal(signal)).is_some() {
                        break;
                    }
                    shared.leave.send_replace(true);
                }
            }
        }
        if shared.unheard.get() {
            return Ok(End::Unheard);
        }
        if let Some(end) = end {
            return Ok(end);
        }
        if shared.listener.borrow_mut().round_over().is_break() {
            return Ok(End::Unheard);
        }
        let Some(pause) = pause(shared.options.again, shared.interval.get()) else {
            return Ok(End::Done);
        };
        tokio::select! {
            () = sleep_until((started + pause).into()) => {}
            signal = signals.next() => return Ok(End::Signal(signal)),
        }
    }
}

/// From the start of a round in which this interval was told to the start of the next.
fn pause(again: Again, told: Option<Duration>) -> Option<Duration> {
    match again {
        Again::Never => None,
        Again::Every(pause) => Some(pause),
        Again::AsTold => Some(told.map_or(ROUND, |told| told.clamp(ROUND, ROUND_MOST))),
    }
}

/// One call, by each family.
async fn ask(shared: Rc<Shared>, number: usize) {
    let (Ok(_permit), Some(call)) = (shared.permits.acquire().await, shared.calls.get(number))
    else {
        return;
    };
    let mut leaving = shared.leave.subscribe();
    let started = Instant::now();
    let deadline = started + shared.options.timeout;
    let found = tokio::select! {
        found = timeout_at(deadline.into(), places(&shared.client, &call.url)) => found,
        _ = leaving.wait_for(|leaving| *leaving) => return,
    };
    let resolved = started.elapsed();
    let found = found.unwrap_or_else(|_| Err(late())).and_then(|(v4, v6)| {
        let lacks = |family| Trouble::Unreachable(format!("it has no {family} address"));
        match shared.options.families {
            Families::All => Ok((v4, v6)),
            Families::V4 if v4.is_none() => Err(lacks("IPv4")),
            Families::V4 => Ok((v4, None)),
            Families::V6 if v6.is_none() => Err(lacks("IPv6")),
            Families::V6 => Ok((None, v6)),
        }
    });
    let one = Asking { shared: &shared, call, number, started, resolved };
    match found {
        Err(trouble) => one.tell(None, Err(trouble)),
        Ok((v4, v6)) => drop(tokio::join!(one.by(v4, deadline), one.by(v6, deadline))),
    }
}

struct Asking<'a> {
    shared: &'a Shared,
    call: &'a Call,
    number: usize,
    started: Instant,
    resolved: Duration,
}

impl Asking<'_> {
    /// Asks at one place, tells of it, and takes an announce back where that is wanted.
    async fn by(&self, place: Option<Place>, deadline: Instant) {
        let Some(place) = place else { return };
        let client = &self.shared.client;
        let mut leaving = self.shared.leave.subscribe();
        let reply = async {
            match &self.call.question {
                Question::Announce(announce) => {
                    place.announce(client, announce, deadline).await.map(Reply::Announce)
                }
                Question::Scrape(hashes) => {
                    place.scrape(client, hashes, deadline).await.map(Reply::Scrape)
                }
            }
        };
        let reply = tokio::select! {
            reply = timeout_at(deadline.into(), reply) => Some(reply),
            _ = leaving.wait_for(|leaving| *leaving) => None,
        };
        // Whoever was not heard in time may have listed us all the same.
        let mut listed = true;
        let mut tracker_id = None;
        if let Some(reply) = reply {
            let reply = match reply {
                Ok(reply) => {
                    listed = reply.is_ok();
                    reply
                }
                Err(_) => Err(late()),
            };
            if let Ok(Reply::Announce(answer)) = &reply {
                let known = self.shared.interval.get();
                self.shared.interval.set(known.max(Some(answer.interval)));
                tracker_id = answer.tracker_id.clone();
            }
            self.tell(Some(place.address), reply);
        }
        if place.is_websocket() {
            // The end of the connection took it back.
            listed = false;
        }
        if let (Question::Announce(announce), After::TakenBack, true) =
            (&self.call.question, self.shared.options.after, listed)
        {
            let mut announce = announce.clone();
            (announce.event, announce.numwant) = (Event::Stopped, Some(0));
            announce.tracker_id = tracker_id.or(announce.tracker_id);
            let end = Instant::now() + FAREWELL;
            let _ = timeout(FAREWELL, place.announce(client, &announce, end)).await;
        }
    }

    fn tell(&self, address: Option<SocketAddr>, result: Result<Reply, Trouble>) {
        let &Self { shared, call, number, started, resolved } = self;
        if shared.unheard.get() {
            return;
        }
        let heard = Heard { call, number, address, resolved, took: started.elapsed(), result };
        if shared.listener.borrow_mut().heard(&heard).is_break() {
            shared.unheard.set(true);
            shared.leave.send_replace(true);
        }
    }
}

fn late() -> Trouble {
    Trouble::Unreachable("timed out".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_come_as_told_within_bounds() {
        let seconds = Duration::from_secs;
        let never = [None, Some(seconds(1800))].map(|told| pause(Again::Never, told));
        assert_eq!(never, [None, None]);
        assert_eq!(pause(Again::Every(seconds(1)), Some(seconds(1800))), Some(seconds(1)));
        for (told, waited) in [(None, 60), (Some(0), 60), (Some(1800), 1800), (Some(1 << 40), 3600)]
        {
            assert_eq!(pause(Again::AsTold, told.map(seconds)), Some(seconds(waited)), "{told:?}");
        }
    }
}
