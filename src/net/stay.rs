//! A torrent's stay in its swarm: its data is checked, it takes part until its aim is reached, and
//! it leaves in good order.

use super::announcer::Announcer;
use super::disk::Disk;
use super::hub::Hub;
use super::job::{Aim, Error, Job, Limit, Options, Trust};
use super::member::{Member, Swarms};
use super::notice::Notice;
use super::torrent::{Driver, Standing};
use crate::store::{self, Longer, Resume};
use crate::swarm::{Config, Input, Progress};
use crate::torrent::{Bitfield, Pieces};
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::{spawn_blocking, spawn_local};
use tokio::time::{MissedTickBehavior, interval};

/// Calls of ours under way at once, at most.
pub(super) const CONNECTING: usize = 40;

/// How long a peer that owes us blocks may be silent.
const PEER_TIMEOUT: Duration = Duration::from_secs(120);

/// Between keep-alives (BEP 3).
const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// Between two looks for the peers that the user named, while peers are few.
const AGAIN: Duration = Duration::from_secs(15);

/// Threads for one torrent's disk, at most.
const DISK_THREADS: usize = 4;

/// What a stay needs.
pub(super) struct Stay {
    /// What the process shares.
    pub(super) hub: Rc<Hub>,
    /// Where calls are looked up.
    pub(super) swarms: Swarms,
    /// The process' options.
    pub(super) options: Options,
    /// The torrent and the aim.
    pub(super) job: Job,
    /// Turns true when it is time to go.
    pub(super) leaving: watch::Receiver<bool>,
}

/// Stays until the aim is reached or it is time to go.
pub(super) async fn stay(mut stay: Stay) -> Result<(), Error> {
    let hash = stay.job.info_hash;
    let Some(pieces) = stay.job.metainfo.pieces else { return stay.nothing_to_trade().await };
    let Some(have) = stay.check(pieces).await? else { return Ok(()) };
    let verified = bytes_of(&have, pieces);
    let (total, full) = (pieces.total(), have.is_full());
    stay.hub.tell(Notice::Checked { torrent: hash, verified, total });
    match stay.job.aim {
        Aim::Seed(_) if !full => {
            let missing = total.saturating_sub(verified);
            return Err(Error::Incomplete { torrent: hash, missing, total });
        }
        Aim::Seed(_) => stay.keep(have.clone()).await?,
        Aim::Fetch | Aim::FetchAndSeed(_) => {
            let files = Arc::clone(&stay.job.files);
            on_thread(move || files.prepare(Longer::Refuse)).await?;
            if full {
                stay.complete(have.clone()).await?;
                let progress = Progress { verified, total, ..Progress::default() };
                stay.hub.tell(Notice::Finished(hash, &progress));
            }
        }
    }
    if full && stay.job.aim == Aim::Fetch {
        return Ok(());
    }
    stay.take_part(pieces, have).await
}

impl Stay {
    /// A torrent without a byte: its files are made, and there is nothing to tell anyone.
    async fn nothing_to_trade(&mut self) -> Result<(), Error> {
        let torrent = self.job.info_hash;
        self.hub.tell(Notice::Checked { torrent, verified: 0, total: 0 });
        if !matches!(self.job.aim, Aim::Seed(_)) {
            let files = Arc::clone(&self.job.files);
            on_thread(move || {
                files.prepare(Longer::Refuse)?;
                files.finish()
            })
            .await?;
            self.hub.tell(Notice::Finished(torrent, &Progress::default()));
        }
        if self.job.aim != Aim::Fetch {
            let _ = self.leaving.wait_for(|leaving| *leaving).await;
        }
        Ok(())
    }

    /// Finds out which pieces are there; `None` where it was time to go first.
    async fn check(&mut self, pieces: Pieces) -> Result<Option<Bitfield>, Error> {
        let progress = Arc::new(store::Progress::default());
        let (metainfo, files) = (Arc::clone(&self.job.metainfo), Arc::clone(&self.job.files));
        let (torrent, watched) = (self.job.info_hash, Arc::clone(&progress));
        let resume = self.job.resume.clone().filter(|_| self.job.trust == Trust::Resume);
        let work = on_thread(move || {
            let saved = resume.and_then(|path| Resume::load(&path).ok().flatten());
            let trusted = match saved {
                Some(saved) => saved.trusted(torrent, &files, pieces)?,
                None => Bitfield::none(pieces.count()),
            };
            let workers = threads();
            store::check(&*files, pieces, &metainfo.hashes, &trusted, workers, &watched)
        });
        tokio::pin!(work);
        let mut ticks = interval(self.options.report_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            tokio::select! {
                have = &mut work => return Ok(have?),
                _ = ticks.tick() => {
                    let done = progress.bytes.load(Ordering::Relaxed);
                    self.hub.tell(Notice::Checking { torrent, done, total: pieces.total() });
                }
                _ = self.leaving.wait_for(|leaving| *leaving) => {
                    progress.cancelled.store(true, Ordering::Relaxed);
                    let _ = work.await;
                    return Ok(None);
                }
            }
        }
    }

    async fn take_part(mut self, pieces: Pieces, have: Bitfield) -> Result<(), Error> {
        let (metainfo, torrent) = (Arc::clone(&self.job.metainfo), self.job.info_hash);
        let files: Arc<dyn store::Storage> = Arc::clone(&self.job.files) as _;
        let disk_threads = threads().min(DISK_THREADS);
        let (disk, done) = Disk::start(files, pieces, metainfo.hashes.clone(), disk_threads)
            .map_err(Error::Start)?;
        let config = Config {
            info_hash: torrent,
            peer_id: self.hub.peer_id,
            pieces,
            have: have.clone(),
            metadata: metainfo.info.clone(),
            private: metainfo.private,
            listen_port: Some(self.hub.port),
            upload_limit: self.options.upload_limit,
            download_limit: self.options.download_limit,
            max_peers: self.options.max_peers,
            max_connecting: CONNECTING,
            max_uploads: self.options.max_uploads,
            peer_timeout: PEER_TIMEOUT,
            keep_alive: KEEP_ALIVE,
        };
        let driver = Driver::new(Rc::clone(&self.hub), config, disk);
        let announcer = Announcer::new(Rc::clone(&driver) as _, metainfo.trackers.clone());
        self.swarms.borrow_mut().insert(torrent, Rc::clone(&driver) as _);
        self.hub.tell(Notice::Started(torrent));
        let named = !self.job.peers.is_empty() || !self.job.known.is_empty();
        if driver.was_incomplete() && announcer.is_idle() && !named {
            let alone = "the torrent names no tracker that can be asked: only calls bring peers";
            self.hub.tell(Notice::Warning(alone));
        }
        driver.input(Input::Peers(std::mem::take(&mut self.job.known)));
        let tasks = [
            spawn_local(Rc::clone(&driver).run(done)),
            spawn_local(Rc::clone(&announcer).run()),
            spawn_local(named_peers(Rc::clone(&driver) as _, std::mem::take(&mut self.job.peers))),
        ];
        let result = self.until_the_aim(&driver, &announcer).await;

        self.swarms.borrow_mut().remove(&torrent);
        driver.leave();
        announcer.settle().await;
        let goodbye = spawn_local(Rc::clone(&announcer).stop());
        let known = driver.have();
        let kept = match known == have || known.is_full() {
            true => Ok(()),
            false => self.keep(known).await,
        };
        let _ = goodbye.await;
        for task in tasks {
            task.abort();
        }
        self.hub.tell(Notice::Stopped(torrent, &driver.progress()));
        // What ended the stay is worth more than that its state could not be kept.
        result.and(kept)
    }

    async fn until_the_aim(
        &mut self,
        driver: &Rc<Driver>,
        announcer: &Announcer,
    ) -> Result<(), Error> {
        let torrent = self.job.info_hash;
        let mut ticks = interval(self.options.report_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seed_since = None;
        let mut patience = Patience::new(self.options.patience);
        loop {
            let standing = driver.standing();
            match standing {
                Standing::Failed(error) => return Err(error.into()),
                Standing::Incomplete => {
                    let progress = driver.progress();
                    let seen = progress.verified.saturating_add(progress.downloaded);
                    patience.check(seen).map_err(Error::NoData)?;
                }
                Standing::Complete => {
                    if seed_since.is_none() {
                        seed_since = Some(Instant::now());
                        if driver.was_incomplete() {
                            announcer.completed();
                            self.complete(driver.have()).await?;
                            self.hub.tell(Notice::Finished(torrent, &driver.progress()));
                        }
                    }
                    if self.reached(&driver.progress(), seed_since) {
                        return Ok(());
                    }
                }
            }
            tokio::select! {
                _ = self.leaving.wait_for(|leaving| *leaving) => return Ok(()),
                () = driver.turned.notified() => {}
                _ = ticks.tick() => {
                    self.hub.tell(Notice::Progress(torrent, &driver.progress()));
                }
            }
        }
    }

    /// Whether a torrent that is complete has given enough.
    fn reached(&self, progress: &Progress, seed_since: Option<Instant>) -> bool {
        match self.job.aim {
            Aim::Fetch => true,
            Aim::FetchAndSeed(Limit { ratio, time }) | Aim::Seed(Limit { ratio, time }) => {
                let given = progress.uploaded as f64;
                ratio.is_some_and(|ratio| given >= ratio * progress.total as f64)
                    || time.zip(seed_since).is_some_and(|(time, since)| since.elapsed() >= time)
            }
        }
    }

    /// All bytes are there: makes what has none, and keeps what is known.
    async fn complete(&self, have: Bitfield) -> Result<(), Error> {
        let files = Arc::clone(&self.job.files);
        on_thread(move || files.finish()).await?;
        self.keep(have).await
    }

    /// Brings the data to the disk, and then what is known of it. Where that cannot be kept, the
    /// next run reads the data again: no reason to fail.
    async fn keep(&self, have: Bitfield) -> Result<(), Error> {
        let Some(path) = self.job.resume.clone() else { return Ok(()) };
        let (torrent, files) = (self.job.info_hash, Arc::clone(&self.job.files));
        let kept = on_thread(move || Ok(Resume::new(torrent, &files, have)?.save(&path))).await?;
        if let Err(error) = kept {
            let warning = format!("{error}; the next run checks the data anew");
            self.hub.tell(Notice::Warning(&warning));
        }
        Ok(())
    }
}

/// Looks up the peers that the user named, again where they are still needed later.
pub(super) async fn named_peers(member: Rc<dyn Member>, names: Vec<String>) {
    if names.is_empty() {
        return;
    }
    loop {
        for name in &names {
            match tokio::net::lookup_host(name).await {
                Ok(found) => Rc::clone(&member).hear_of(found.collect()),
                Err(error) => {
                    member.hub().tell(Notice::Warning(&format!("{name}: {error}")));
                }
            }
        }
        loop {
            tokio::time::sleep(AGAIN).await;
            if member.wants_peers() {
                break;
            }
        }
    }
}

/// How long a download may stand still.
pub(super) struct Patience {
    limit: Option<Duration>,
    since: Instant,
    seen: u64,
}

impl Patience {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, since: Instant::now(), seen: 0 }
    }

    /// Told how many bytes have come; fails with the limit where it is over.
    pub(super) fn check(&mut self, seen: u64) -> Result<(), Duration> {
        if seen != self.seen {
            (self.seen, self.since) = (seen, Instant::now());
        }
        match self.limit {
            Some(limit) if self.since.elapsed() >= limit => Err(limit),
            _ => Ok(()),
        }
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn bytes_of(have: &Bitfield, pieces: Pieces) -> u64 {
    have.iter().map(|piece| u64::from(pieces.length(piece))).sum()
}

/// Runs what waits for the disk where nobody waits for it.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, store::Error> + Send + 'static,
) -> Result<T, store::Error> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(store::Error { path: PathBuf::from("disk thread"), source: io::Error::other(error) })
    })
}
