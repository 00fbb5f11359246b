//! Whose the dfile is: this tracker's alone, or another's that makes way for it.
//!
//! Three steps. The first tells that it is free, or gets the sockets of the tracker that has it; that
//! one serves on meanwhile, whatever becomes of this one. The second is for when nothing is left that
//! may fail: the other one tells all that it knows, and agrees that this one begins. The third comes
//! when this one serves: the other one gives it the lock, and ends. Where it ends on its own before it
//! has agreed, the dfile is this one's as it was left; where it does later, this one's with what it was
//! told. Where it has the lock still and says nothing more, it was tired of waiting and serves on: then
//! this one ends.
//!
//! Whoever has the lock writes the dfile and may be called to make way; whoever serves without it does
//! neither, and goes on trying for it. Of two who ask for it at once the first to be ready is heard: the
//! second one waits, is heard where the first one fails, and is refused where that one begins. Who calls
//! later asks that one.

mod teaching;

pub(super) use self::teaching::{Step, Teaching};

use super::Shared;
use super::handover::{self, Door, Predecessor, Told};
use super::inherited::Inherited;
use super::lock::{self, Lock, Try};
use super::options::{Error, Notice};
use super::state;
use super::watch::face;
use crate::store::words;
use crate::tracker::changes::{Change, Epoch};
use rand::SeedableRng;
use rand::rngs::{SmallRng, SysRng};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
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
/// For a tracker to see that its lock was removed, which it looks for each second.
const RENEWED: Duration = Duration::from_secs(5);
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
    /// The other has told all, and has the lock until this one serves; or is gone, and the lock free.
    Made(Option<Lock>, Others),
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
    if take_over {
        is_locked_again(dfile).await;
    }
    let holder = match lock::take(dfile).map_err(fault)? {
        Try::Taken(lock) => return Ok((Claim::Own(lock), Vec::new())),
        Try::Held(holder) => holder,
    };
    if !take_over {
        return Err(Error::Held(dfile.to_owned(), holder));
    }
    state::check(dfile)?;
    let holder = Holder { dfile: dfile.to_owned(), process: holder };
    match holder.wait(ask(dfile), tell).await? {
        Came::Said((sockets, predecessor), _) => {
            Ok((Claim::Others(Others { holder, predecessor }), sockets))
        }
        Came::Free(lock) => Ok((Claim::Own(lock), Vec::new())),
    }
}

/// Where a tracker serves whose lock somebody has removed, waits until it has made it anew: who took the
/// lock before would be nobody's heir.
async fn is_locked_again(dfile: &Path) {
    if lock::length(dfile).is_some() || !handover::answers(dfile) {
        return;
    }
    let since = Instant::now();
    while lock::length(dfile).is_none_or(|length| length == 0) && since.elapsed() < RENEWED {
        sleep(LOOK).await;
    }
}

/// Asks the tracker that has the dfile for its sockets. One that has just taken over, or is about to, may
/// have no door for a moment.
async fn ask(dfile: &Path) -> io::Result<(Vec<Inherited>, Predecessor)> {
    let since = Instant::now();
    loop {
        match handover::ask(dfile).await {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused)
                    && since.elapsed() < GONE => {}
            asked => return asked,
        }
        sleep(LOOK).await;
    }
}

/// What another tracker has come to, whose place this one has taken.
pub(super) enum Heard {
    /// Something has changed.
    Changes,
    /// The dfile is this one's, with its lock; or without, and nobody gives that any more.
    Yours(Option<Lock>),
    /// It says nothing more.
    Nothing(Others),
}

impl Others {
    /// Takes all that the other tracker knows, and has it agree. It serves on until this one does.
    pub(super) async fn make_way(
        self,
        shared: &Arc<Shared>,
        tell: &mut impl FnMut(String),
    ) -> Result<Way, Error> {
        let Self { holder, mut predecessor } = self;
        let state = match holder.wait(predecessor.state(), tell).await? {
            Came::Said(state, _) => state,
            Came::Free(lock) => return Ok(Way::Ended(lock)),
        };
        let with = Arc::clone(shared);
        let taken = spawn_blocking(move || state::take(&state, &with).map_err(io::Error::other));
        let taken = taken.await.map_err(io::Error::other).flatten();
        taken.map_err(|error| holder.refused(error))?;
        let left = looks(&holder.dfile);
        match holder.wait(predecessor.agreed(applies(shared)), tell).await? {
            Came::Said((), lock) => Ok(Way::Made(lock, Self { holder, predecessor })),
            // Its dfile is older than what it told.
            Came::Free(lock) if looks(&holder.dfile) == left => {
                Ok(Way::Made(Some(lock), Self { holder, predecessor }))
            }
            Came::Free(lock) => Ok(Way::Ended(lock)),
        }
    }

    /// The clock by which it says when something has changed.
    pub(super) fn epoch(&self) -> Epoch {
        self.predecessor.epoch()
    }

    /// Tells it that this one serves. Where it is gone, what it said is still to be heard.
    pub(super) async fn serves(&mut self) {
        let _ = self.predecessor.serves().await;
    }

    /// Waits for what it tells; for ever, where there is nobody any more.
    pub(super) async fn hear(one: &mut Option<Self>, shared: &Shared) -> Heard {
        let Some(others) = one else { return std::future::pending().await };
        match others.predecessor.tells(applies(shared)).await {
            Ok(Told::Changes) => Heard::Changes,
            Ok(Told::Yours(lock)) => Heard::Yours(lock),
            // What it could not tell of is lost, as with a crash.
            Ok(Told::Nothing) | Err(_) => {
                shared.service.swarms().forget_other();
                one.take().map_or(Heard::Changes, Heard::Nothing)
            }
        }
    }

    /// Takes the lock of one that says nothing more and has not given it, for it is gone or about to be;
    /// none where yet another has it. An error: that one serves on.
    pub(super) async fn left(self) -> Result<Option<Lock>, Error> {
        let since = Instant::now();
        loop {
            match lock::take(&self.holder.dfile) {
                Ok(Try::Taken(lock)) => return Ok(Some(lock)),
                Ok(Try::Held(Some(process))) if Some(process) == self.holder.process => {}
                Ok(Try::Held(_)) | Err(_) => return Ok(None),
            }
            if since.elapsed() > GONE {
                let late = io::Error::other("this one began too late, and it serves on");
                return Err(self.holder.refused(late));
            }
            sleep(LOOK).await;
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
    /// The other has said it; with the lock, where it has ended since.
    Said(T, Option<Lock>),
    /// It has ended without a word.
    Free(Lock),
}

impl Holder {
    /// Waits for a word of the other, for as long as that one is there; it may be about to end, and be
    /// gone before it says it. An error: it says something else, or nothing more, and is there still; or
    /// nothing at all for too long.
    async fn wait<T>(
        &self,
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
                    Ok(said) => return Ok(Came::Said(said, None)),
                    Err(error) => failed = Some((Instant::now(), error)),
                },
                () = sleep(LOOK) => {}
            }
            if let Ok(Try::Taken(lock)) = lock::take(&self.dfile) {
                // The word that it is free may have been said, and not been read.
                let said = async { if failed.is_none() { word.await.ok() } else { None } };
                return Ok(match timeout(GONE, said).await {
                    Ok(Some(said)) => Came::Said(said, Some(lock)),
                    _ => Came::Free(lock),
                });
            }
            if let Some((_, error)) = failed.take_if(|(at, _)| at.elapsed() > GONE) {
                return Err(match lock::take(&self.dfile) {
                    Ok(Try::Held(process)) if process != self.process => {
                        let error = io::Error::other("it has just taken over itself");
                        Error::TakeOver(self.dfile.clone(), process, error)
                    }
                    _ => self.refused(error),
                });
            }
            self.tell(&mut tell_at, tell);
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
        if error.kind() == ErrorKind::TimedOut {
            return Error::Silent(self.dfile.clone(), self.process);
        }
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
    /// How the dfile looked when it was let go, or when this one began without its lock.
    left: Option<u64>,
    /// Whether it was told who has the lock instead of this one.
    told: bool,
}

impl Possessions {
    /// Where it has the lock, another tracker may call from now on.
    pub(super) fn new(
        sockets: Vec<Inherited>,
        dfile: Option<PathBuf>,
        lock: Option<Lock>,
        tell: &mut dyn FnMut(Notice),
    ) -> Self {
        // One without the lock serves all the same, and yet another may come to write the dfile.
        let left = dfile.as_deref().filter(|_| lock.is_none()).map(looks);
        let mut possessions = Self { sockets, dfile, door: None, lock, left, told: false };
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
        if self.renew_lock(tell) {
            self.open(tell);
        }
    }

    /// The same, after which no other tracker may call; says whether that has come.
    pub(super) fn renew_lock(&mut self, tell: &mut dyn FnMut(Notice)) -> bool {
        let (Some(dfile), Some(lock)) = (&self.dfile, &self.lock) else { return false };
        if lock::is_in_place(lock, dfile) {
            return false;
        }
        let path = dfile.display();
        let (lock, what) = match lock::take(dfile) {
            Ok(Try::Taken(lock)) => (Some(lock), "it is made anew".to_owned()),
            Ok(Try::Held(process)) => {
                self.left = Some(looks(dfile));
                let held = Error::Held(dfile.clone(), process);
                (None, format!("{held}, so that this one saves nothing"))
            }
            // The folder is gone, and may come back as it was; a save says so.
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            Err(error) => {
                if !self.told {
                    let what = format!("{path}: its lock was removed, and none can be had");
                    tell(Notice::Warning(format!("{what}: {}", words(&error))));
                    self.told = true;
                }
                return false;
            }
        };
        tell(Notice::Warning(format!("{path}.lock: was removed while it was held; {what}")));
        match (&lock, self.door.take()) {
            (None, Some(door)) => door.abandon(),
            (_, door) => drop(door),
        }
        self.lock = lock;
        true
    }

    /// Waits for one who wants to take over; for ever, where none can.
    pub(super) async fn called(&self) -> handover::Caller {
        match &self.door {
            Some(door) => door.called().await,
            None => std::future::pending().await,
        }
    }

    /// The lock once more, as it is now, for one that is about to take the place of this one. Nobody
    /// else may call until it has failed; its own door is to be where this one's was.
    pub(super) fn offer(&mut self, tell: &mut dyn FnMut(Notice)) -> io::Result<Lock> {
        self.renew_lock(tell);
        self.door = None;
        let none = || io::Error::other("this one has not got the lock any more");
        if self.lock.is_some() {
            // Once it is given, the other one may save.
            self.left = self.dfile.as_deref().map(looks);
        }
        self.lock.as_ref().ok_or_else(none)?.share()
    }

    /// The dfile is another's, that was offered the lock.
    pub(super) fn let_go(&mut self) {
        self.door = None;
        self.lock = None;
    }

    /// Whether another has written the dfile since it was let go: it knew more than this one.
    pub(super) fn is_overtaken(&self) -> bool {
        self.left.is_some_and(|left| self.dfile.as_deref().map(looks) != Some(left))
    }

    /// The lock is this one's.
    pub(super) fn own(&mut self, lock: Lock) {
        self.lock = Some(lock);
    }

    /// The dfile is this one's, but its lock is still to be had.
    pub(super) fn lack_lock(&self, tell: &mut dyn FnMut(Notice)) {
        let Some(dfile) = &self.dfile else { return };
        tell(Notice::Warning(format!(
            "{}: taken over without its lock; this one tries for it each second, and saves nothing before",
            dfile.display()
        )));
    }

    /// Takes the lock where another has had it and is gone; says whether it has come to that.
    pub(super) fn take_lock(&mut self, tell: &mut dyn FnMut(Notice)) -> bool {
        match self.try_lock() {
            Ok(Try::Taken(lock)) => self.own_again(lock, tell),
            Ok(Try::Held(_)) | Err(_) => false,
        }
    }

    /// The lock is this one's again. What another has saved since is kept aside, or stays; says whether
    /// this one may save.
    fn own_again(&mut self, lock: Lock, tell: &mut dyn FnMut(Notice)) -> bool {
        if let Some(dfile) = self.dfile.as_deref().filter(|_| self.is_overtaken()) {
            let path = dfile.display();
            let what = "another tracker has saved its state there";
            match state::keep_other(dfile) {
                Ok(None) => {}
                Ok(Some(aside)) => tell(Notice::Warning(format!(
                    "{path}: {what}, which is kept as {aside}; it is that of this one again"
                ))),
                Err(error) => {
                    if !self.told {
                        let why = words(&error);
                        let warning = format!(
                            "{path}: {what}, which cannot be kept: {why}; so this one saves nothing"
                        );
                        tell(Notice::Warning(warning));
                        self.told = true;
                    }
                    return false;
                }
            }
        }
        self.left = None;
        self.own(lock);
        true
    }

    /// The same; says whether it has come to that. Why it has not is told once.
    pub(super) fn regain(&mut self, tell: &mut dyn FnMut(Notice)) -> bool {
        if self.may_save() {
            return false;
        }
        let (Some(dfile), tried) = (&self.dfile, self.try_lock()) else { return false };
        let why = match tried {
            Ok(Try::Taken(lock)) => return self.own_again(lock, tell),
            Ok(Try::Held(process)) => Error::Held(dfile.clone(), process).to_string(),
            Err(error) => words(&error),
        };
        if !self.told {
            let path = dfile.display();
            tell(Notice::Warning(format!("{path}: {why}; nothing is saved until this one has it")));
            self.told = true;
        }
        false
    }

    fn try_lock(&self) -> io::Result<Try> {
        match &self.dfile {
            Some(dfile) if self.lock.is_none() => lock::take(dfile),
            _ => Ok(Try::Held(None)),
        }
    }

    /// Another may call from now on, where this one has the lock.
    pub(super) fn open(&mut self, tell: &mut dyn FnMut(Notice)) {
        let (Some(dfile), Some(_), None) = (&self.dfile, &self.lock, &self.door) else { return };
        match Door::open(dfile) {
            Ok(door) => self.door = Some(door),
            Err(error) => {
                tell(Notice::Detail(format!("--take-over will not work: {}", words(&error))));
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
