//! Tells the trackers of one torrent where it stands, and its core of the peers that they know.

use super::member::Member;
use super::notice::Notice;
use super::tracker_client;
use crate::tracker::announce::{Announce, Answer, Event, Trouble};
use crate::tracker::{Order, Schedule};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How often is looked whether peers are few.
const LOOK: Duration = Duration::from_secs(10);

/// For a tracker to answer in; one that sends UDP again after 15 s has two tries.
const ANSWER: Duration = Duration::from_secs(40);

/// At the end, for what is being announced.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// At the end, for `stopped`.
const GOODBYE: Duration = Duration::from_secs(2);

/// The announces of one torrent.
pub(super) struct Announcer {
    member: Rc<dyn Member>,
    schedule: RefCell<Schedule>,
    /// An announce is under way, or about to be.
    busy: Cell<bool>,
    changed: Notify,
}

impl Announcer {
    /// For the tiers of the metainfo.
    pub(super) fn new(member: Rc<dyn Member>, tiers: Vec<Vec<String>>) -> Rc<Self> {
        let schedule = RefCell::new(Schedule::new(tiers, &mut member.hub().rng()));
        Rc::new(Self { member, schedule, busy: Cell::new(false), changed: Notify::new() })
    }

    /// Whether there is no tracker to announce to.
    pub(super) fn is_idle(&self) -> bool {
        self.schedule.borrow().is_empty()
    }

    /// Announces as the schedule says; never ends.
    pub(super) async fn run(self: Rc<Self>) {
        loop {
            let now = Instant::now();
            if self.member.wants_peers() {
                self.schedule.borrow_mut().hurry(now);
            }
            let order = self.schedule.borrow_mut().poll(now);
            self.busy.set(order.is_some());
            if let Some(order) = order {
                let result = self.announce(&order).await;
                self.schedule.borrow_mut().answered(Instant::now(), result.as_ref());
                if let Ok(answer) = result {
                    let peers = answer.peers.iter().map(|peer| peer.address);
                    let peers = peers.filter(|at| at.port() != 0).collect();
                    Rc::clone(&self.member).hear_of(peers);
                }
                continue;
            }
            self.changed.notify_waiters();
            let next = self.schedule.borrow().next_timeout();
            let wait = next.map_or(LOOK, |at| at.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = sleep(wait.min(LOOK)) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// The last piece has arrived.
    pub(super) fn completed(&self) {
        self.schedule.borrow_mut().completed();
        self.busy.set(true);
        self.changed.notify_waiters();
    }

    /// Waits a little for what is being announced; to be called while [`Announcer::run`] runs.
    pub(super) async fn settle(&self) {
        let settled = async {
            while self.busy.get() {
                self.changed.notified().await;
            }
        };
        let _ = timeout(LAST_WORDS, settled).await;
    }

    /// Tells every tracker that knows us that we leave.
    pub(super) async fn stop(self: Rc<Self>) {
        let mut goodbyes = tokio::task::JoinSet::new();
        while let Some(order) = self.schedule.borrow_mut().stop() {
            let this = Rc::clone(&self);
            goodbyes.spawn_local(async move { this.announce(&order).await });
        }
        let _ = timeout(GOODBYE, async { while goodbyes.join_next().await.is_some() {} }).await;
    }

    async fn announce(&self, order: &Order) -> Result<Answer, Trouble> {
        let (hub, progress) = (self.member.hub(), self.member.progress());
        let announce = Announce {
            info_hash: self.member.info_hash(),
            peer_id: hub.peer_id,
            port: hub.port,
            uploaded: progress.uploaded,
            downloaded: progress.downloaded,
            left: progress.total.saturating_sub(progress.verified),
            event: order.event,
            numwant: (order.event == Event::Stopped).then_some(0),
            compact: true,
            no_peer_id: true,
            key: Some(hub.key),
            tracker_id: order.tracker_id.clone(),
            ip: None,
        };
        let patience = if order.event == Event::Stopped { GOODBYE } else { ANSWER };
        let deadline = Instant::now() + patience;
        let result = tracker_client::announce(&hub.trackers, &order.url, &announce, deadline).await;
        let (torrent, url) = (self.member.info_hash(), order.url.as_str());
        hub.tell(match &result {
            Ok(answer) => Notice::Announced { torrent, url, event: order.event, answer },
            Err(trouble) => Notice::AnnounceFailed { torrent, url, trouble },
        });
        result
    }
}
