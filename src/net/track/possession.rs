//! Whose the dfile is: this tracker's alone, or another's that makes way for it.
//!
//! Two steps. The first tells that it is free, or gets the sockets of the tracker that has it; that
//! one serves on meanwhile, whatever becomes of this one. The second is for when nothing is left that
//! may fail: the other one tells all that it knows, and agrees; this one has the dfile then, and serves.
//! Where the other ends on its own meanwhile, the dfile is this one's as it was left.
//!
//! Whoever has the lock writes the dfile and may be called to make way; whoever serves without it does
//! neither, and goes on trying for it.

mod teaching;

pub(super) use self::teaching::{Step, Teaching};

use super::Shared;
use super::handover::{self, Door, Predecessor};
use super::inherited::Inherited;
use super::lock::{self, Lock, Try};
use super::options::{Error, Notice};
use super::state;
use super::watch::face;
use crate::store::words;
use crate::tracker::changes::Change;
use rand::SeedableRng;
use rand::rngs::{SmallRng, SysRng};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

/// Between two looks for whether the other tracker has ended.
const LOOK: Duration = Duration::from_millis(5);
/// For the system to let go of what was a process', and for that to be looked at.
const GONE: Duration = Duration::from_secs(1);
/// Between two lines on what is waited for.
const TELL: Duration = Duration::from_secs(30);

/// The first step's outcome.
pub(super) enum Claim {
    /// There is no dfile.
    Nothing,
    /// It is this tracker's.
    Own(Lock),
    /// It is another's.
    Others(Others),
}

/// A tracker that has handed over its sockets, and serves with them still.
pub(super) struct Others {
    holder: Holder,
    predecessor: Predecessor,
}

/// The second step's outcome.
pub(super) enum Way {
    /// The other has told all, and may tell of some changes more, if it is there still. There is no lock where that is not
    /// to be had.
    Made(Option<Lock>, Predecessor),
    /// The other has ended on its own; what it knew is in the dfile.
    Ended(Lock),
}

/// Takes the dfile's lock, else asks the tracker that has it for its sockets, where that is wanted.
pub(super) async fn claim(
    dfile: Option<&Path>,
    take_over: bool,
    tell: &mut impl FnMut(String),
) -> Result<(Claim, Vec<Inherited>), Error> {
    let Some(dfile) = dfile else { return Ok((Claim::Nothing, Vec::new())) };
    let fault = |error| Error::Read(dfile.to_owned(), error);
    let holder = match lock::take(dfile).map_err(fault)? {
        Try::Taken(lock) => return Ok((Claim::Own(lock), Vec::new())),
        Try::Held(holder) => holder,
    };
    if !take_over {
        return Err(Error::Held(dfile.to_owned(), holder));
    }
    state::check(dfile)?;
    let mut holder = Holder { dfile: dfile.to_owned(), process: holder };
    match holder.wait(handover::ask(dfile), tell).await? {
        Came::Said((sockets, predecessor)) => {
            Ok((Claim::Others(Others { holder, predecessor }), sockets))
        }
        Came::Free(lock) => Ok((Claim::Own(lock), Vec::new())),
    }
}

impl Others {
    /// Takes all that the other tracker knows, and has it make way. It serves until it has agreed, and
    /// this one from then on.
    pub(super) async fn make_way(
        self,
        shared: &Arc<Shared>,
        tell: &mut impl FnMut(String),
    ) -> Result<Way, Error> {
        let Self { mut holder, mut predecessor } = self;
        let state = match holder.wait(predecessor.state(), tell).await? {
            Came::Said(state) => state,
            Came::Free(lock) => return Ok(Way::Ended(lock)),
        };
        let with = Arc::clone(shared);
        let taken = spawn_blocking(move || state::take(&state, &with).map_err(io::Error::other));
        let taken = taken.await.map_err(io::Error::other).flatten();
        taken.map_err(|error| holder.refused(error))?;
        let left = looks(&holder.dfile);
        match holder.wait(predecessor.agreed(applies(shared)), tell).await? {
            Came::Said(()) => Ok(Way::Made(holder.gone(tell).await, predecessor)),
            // Its dfile is older than what it told.
            Came::Free(lock) if looks(&holder.dfile) == left => {
                Ok(Way::Made(Some(lock), predecessor))
            }
            Came::Free(lock) => Ok(Way::Ended(lock)),
        }
    }
}

/// What is done with changes that another tracker tells of.
pub(super) fn applies(shared: &Shared) -> impl FnMut(&Change) {
    // Who makes way for whom at a ceiling need not be hard to foretell.
    let mut rng = SmallRng::try_from_rng(&mut SysRng).unwrap_or(SmallRng::seed_from_u64(0));
    move |change| shared.service.apply(std::time::Instant::now(), change, &mut rng)
}

/// A tracker that has the dfile.
struct Holder {
    dfile: PathBuf,
    /// Its process, where it could be made out.
    process: Option<u32>,
}

/// What was waited for.
enum Came<T> {
    /// The other has said it.
    Said(T),
    /// It has ended without a word.
    Free(Lock),
}

impl Holder {
    /// Waits for a word of the other, for as long as that one is there; it may be about to end, and be
    /// gone before it says it. An error: it says something else, or nothing more, and is there still.
    async fn wait<T>(
        &mut self,
        word: impl Future<Output = io::Result<T>>,
        tell: &mut impl FnMut(String),
    ) -> Result<Came<T>, Error> {
        let mut word = pin!(word);
        let mut failed: Option<(Instant, io::Error)> = None;
        let mut tell_at = Instant::now() + TELL;
        loop {
            tokio::select! {
                biased;
                said = &mut word, if failed.is_none() => match said {
                    Ok(said) => return Ok(Came::Said(said)),
                    Err(error) => failed = Some((Instant::now(), error)),
                },
                () = sleep(LOOK) => {}
            }
            if let Ok(Try::Taken(lock)) = lock::take(&self.dfile) {
                // The word that it is free may have been said, and not been read.
                let said = async { if failed.is_none() { word.await.ok() } else { None } };
                return Ok(match timeout(GONE, said).await {
                    Ok(Some(said)) => {
                        drop(lock);
                        Came::Said(said)
                    }
                    _ => Came::Free(lock),
                });
            }
            if let Some((_, error)) = failed.take_if(|(at, _)| at.elapsed() > GONE) {
                return Err(self.refused(error));
            }
            self.tell(&mut tell_at, tell);
        }
    }

    /// Waits until the lock is free, now that the other has agreed to let go of it. Nobody serves if
    /// this tracker does not: where the lock is not to be had, it does so without.
    async fn gone(&mut self, tell: &mut impl FnMut(String)) -> Option<Lock> {
        let since = Instant::now();
        loop {
            let error = match lock::take(&self.dfile) {
                Ok(Try::Taken(lock)) => return Some(lock),
                Ok(Try::Held(process)) => {
                    self.process = process;
                    Error::Held(self.dfile.clone(), process).to_string()
                }
                Err(error) => words(&error),
            };
            if since.elapsed() > GONE {
                let path = self.dfile.display();
                tell(format!("{path}: {error}; nothing is saved until this one has it"));
                return None;
            }
            sleep(LOOK).await;
        }
    }

    fn tell(&self, at: &mut Instant, tell: &mut impl FnMut(String)) {
        if Instant::now() >= *at {
            *at += TELL;
            let who = self.process.map(|id| format!(" (process {id})")).unwrap_or_default();
            tell(format!("still waits for the other bt track{who} to make way"));
        }
    }

    fn refused(&self, error: io::Error) -> Error {
        Error::TakeOver(self.dfile.clone(), self.process, error)
    }
}

/// What tells that a dfile is another than before.
fn looks(dfile: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    dfile.metadata().ok().map(|found| face(&found)).hash(&mut hasher);
    hasher.finish()
}

/// What makes it the one tracker of its dfile, until the end.
pub(super) struct Possessions {
    /// All its sockets once more, for a tracker that takes over.
    pub(super) sockets: Vec<Inherited>,
    dfile: Option<PathBuf>,
    /// Where that one calls; it goes before the lock does, which another waits for.
    door: Option<Door>,
    lock: Option<Lock>,
    /// How the dfile looked when it was let go.
    left: Option<u64>,
}

impl Possessions {
    /// Where it has the lock, another tracker may call from now on.
    pub(super) fn new(
        sockets: Vec<Inherited>,
        dfile: Option<PathBuf>,
        lock: Option<Lock>,
        tell: &mut dyn FnMut(Notice),
    ) -> Self {
        let mut possessions = Self { sockets, dfile, door: None, lock, left: None };
        possessions.open(tell);
        possessions
    }

    /// Whether nobody else writes what this one would.
    pub(super) fn may_save(&self) -> bool {
        self.dfile.is_none() || self.lock.is_some()
    }

    /// Gives the lock up where somebody has removed its file, which another tracker may have made anew
    /// since; takes it again where nobody has. Said once.
    pub(super) fn keep_lock(&mut self, tell: &mut dyn FnMut(Notice)) {
        let (Some(dfile), Some(lock)) = (&self.dfile, &self.lock) else { return };
        if lock::is_in_place(lock, dfile) {
            return;
        }
        let path = dfile.display();
        let (lock, what) = match lock::take(dfile) {
            Ok(Try::Taken(lock)) => (Some(lock), "it is made anew".to_owned()),
            Ok(Try::Held(process)) => {
                let held = Error::Held(dfile.clone(), process);
                (None, format!("{held}, so that this one saves nothing"))
            }
            // The folder is gone, and may come back as it was; a save says so.
            Err(_) => return,
        };
        tell(Notice::Warning(format!("{path}.lock: was removed while it was held; {what}")));
        match (&lock, self.door.take()) {
            (None, Some(door)) => door.abandon(),
            (_, door) => drop(door),
        }
        self.lock = lock;
        self.open(tell);
    }

    /// Waits for one who wants to take over; for ever, where none can.
    pub(super) async fn called(&self) -> handover::Caller {
        match &self.door {
            Some(door) => door.called().await,
            None => std::future::pending().await,
        }
    }

    /// The dfile is another's.
    pub(super) fn let_go(&mut self) {
        self.left = self.dfile.as_deref().map(looks);
        self.door = None;
        self.lock = None;
    }

    /// Whether another has written the dfile since it was let go: it knew more than this one.
    pub(super) fn is_overtaken(&self) -> bool {
        self.left.is_some_and(|left| self.dfile.as_deref().map(looks) != Some(left))
    }

    /// Takes the lock where another has had it and is gone; says whether it has come to that.
    pub(super) fn take_lock(&mut self) -> bool {
        if !self.may_save()
            && let Some(dfile) = &self.dfile
            && let Ok(Try::Taken(lock)) = lock::take(dfile)
        {
            self.lock = Some(lock);
            return true;
        }
        false
    }

    /// The same, and another may call then.
    pub(super) fn regain(&mut self, tell: &mut dyn FnMut(Notice)) -> bool {
        let taken = self.take_lock();
        if taken {
            self.open(tell);
        }
        taken
    }

    fn open(&mut self, tell: &mut dyn FnMut(Notice)) {
        let (Some(dfile), Some(_)) = (&self.dfile, &self.lock) else { return };
        match Door::open(dfile) {
            Ok(door) => self.door = Some(door),
            Err(error) => {
                tell(Notice::Detail(format!("--take-over will not work: {}", words(&error))));
            }
        }
    }
}

/// Waits for what another tracker, whose place this one has taken, tells of; for ever, where there is
/// none any more.
pub(super) async fn changed(predecessor: &mut Option<Predecessor>, shared: &Shared) {
    let Some(one) = predecessor else { return std::future::pending().await };
    // What it could not tell of is lost, as with a crash.
    if !one.changes(applies(shared)).await.unwrap_or(false) {
        *predecessor = None;
        shared.service.swarms().forget_heard();
    }
}

#[cfg(all(test, unix))]
mod tests;
