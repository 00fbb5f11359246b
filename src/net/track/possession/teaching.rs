//! One who is to take over, and is being told all; beside all else that this tracker does.

use crate::net::track::handover::Heir;
use crate::net::track::lock::Lock;
use crate::tracker::swarms::Swarms;
use std::cell::Cell;
use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::oneshot::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{AbortHandle, JoinError, JoinSet};

/// Callers that are waited for at one time. One more takes the place of the one that has said nothing
/// for the longest time.
const CALLERS_MOST: usize = 16;

/// How far it is with that one, if there is one. Whoever is ready first is that one, so that a caller
/// who says nothing holds up nobody; the others wait until it has failed, and hear meanwhile that this
/// tracker is there.
pub(in crate::net::track) struct Teaching {
    stage: Stage,
    /// That of the one who is told all.
    turn: Option<Turn>,
    turns: Arc<Semaphore>,
    /// Those who have the sockets, and are to say that they are ready; each waits for its turn then.
    callers: JoinSet<io::Result<(Heir, Turn)>>,
    /// The same, the first to call first.
    called: Vec<Called>,
}

/// One who is waited for.
struct Called {
    task: AbortHandle,
    /// Whether it has said nothing yet.
    silent: Rc<Cell<bool>>,
}

impl Default for Teaching {
    fn default() -> Self {
        let turns = Arc::new(Semaphore::new(1));
        let (callers, called) = (JoinSet::new(), Vec::new());
        Self { stage: Stage::Nobody, turn: None, turns, callers, called }
    }
}

/// One has it at a time.
type Turn = OwnedSemaphorePermit;

#[derive(Default)]
enum Stage {
    #[default]
    Nobody,
    /// It is told all.
    Teaches(Under),
    /// It knows all, and is told of what changes; with what gives it leave to begin.
    Knows(Under, Sender<Receiver<()>>),
    /// It may begin; whom to tell where that is not to be waited for.
    Begins(Under, Option<Sender<()>>),
    /// It serves.
    Serves(Heir, Option<Sender<()>>),
    /// It is told that the dfile is its own.
    Gives(Under, Option<Sender<()>>),
}

impl Stage {
    /// Waits for its end; for ever, where it has none of its own.
    async fn ends(&mut self) -> io::Result<Heir> {
        match self {
            Self::Nobody | Self::Serves(..) => pending().await,
            Self::Teaches(under)
            | Self::Knows(under, _)
            | Self::Begins(under, _)
            | Self::Gives(under, _) => under.await,
        }
    }
}

type Under = Pin<Box<dyn Future<Output = io::Result<Heir>>>>;

/// What it has come to.
pub(in crate::net::track) enum Step {
    /// One is ready, and is told all.
    Begun,
    /// It knows all, or serves, and waits.
    Waits,
    /// It serves, and the dfile is its own.
    Serves(Heir),
    /// One who called is not ready; nothing else changes by that.
    Missed(io::Error),
}

impl Teaching {
    /// Whether one more may call.
    pub(in crate::net::track) fn is_open(&self) -> bool {
        let waits = || self.called.iter().filter(|one| !one.task.is_finished());
        waits().count() < CALLERS_MOST || waits().any(|one| one.silent.get())
    }

    /// Whether somebody has the sockets who may take over yet.
    pub(in crate::net::track) fn has_callers(&self) -> bool {
        !matches!(self.stage, Stage::Nobody) || !self.callers.is_empty()
    }

    /// Whether it knows all, and waits for leave to begin.
    pub(in crate::net::track) fn waits(&self) -> bool {
        matches!(self.stage, Stage::Knows(..))
    }

    /// Whether it serves, and waits for the lock.
    pub(in crate::net::track) fn serves(&self) -> bool {
        matches!(self.stage, Stage::Serves(..))
    }

    /// Whether it may have the lock at any moment, or is about to: nothing new is to be written.
    pub(in crate::net::track) fn knows(&self) -> bool {
        !matches!(self.stage, Stage::Nobody | Stage::Teaches(_))
    }

    /// Waits for one more to be ready.
    pub(in crate::net::track) fn admit(&mut self, heir: Heir) {
        self.called.retain(|one| !one.task.is_finished());
        if self.called.len() >= CALLERS_MOST
            && let Some(longest) = self.called.iter().position(|one| one.silent.get())
        {
            self.called.remove(longest).task.abort();
        }
        let (turns, silent) = (Arc::clone(&self.turns), Rc::new(Cell::new(true)));
        let says = Rc::clone(&silent);
        let task = self.callers.spawn_local(async move {
            let mut heir = heir.ready().await?;
            says.set(false);
            let turn = heir.rests(turns.acquire_owned()).await?.map_err(io::Error::other)?;
            Ok((heir, turn))
        });
        self.called.push(Called { task, silent });
    }

    /// Has one that knows all begin.
    pub(in crate::net::track) fn begin(&mut self) {
        let Stage::Knows(under, leave) = std::mem::take(&mut self.stage) else { return };
        let (hurry, hurried) = channel();
        // Where that one is gone, the next step says so.
        let _ = leave.send(hurried);
        self.stage = Stage::Begins(under, Some(hurry));
    }

    /// Gives one that serves the dfile; without the lock where that is not to be had any more.
    pub(in crate::net::track) fn give(&mut self, lock: Option<Lock>) {
        let Stage::Serves(heir, hurry) = std::mem::take(&mut self.stage) else { return };
        let (again, hurried) = channel();
        let hurry = match hurry {
            Some(_) => Some(again),
            // It has been said already.
            None => again.send(()).err().and(None),
        };
        let gives = async move { heir.give(lock.as_ref(), said(hurried)).await.map(|()| heir) };
        self.stage = Stage::Gives(Box::pin(gives), hurry);
    }

    /// Is done with one that knows all: it does not take over.
    pub(in crate::net::track) fn refuse(&mut self) {
        self.stage = Stage::Nobody;
        self.turn = None;
    }

    /// Waits for the next step; for ever, where there is none. An error: the one who is told all does not
    /// take over.
    pub(in crate::net::track) async fn step<T: AsRef<Swarms> + 'static>(
        &mut self,
        shared: &Arc<T>,
    ) -> io::Result<Step> {
        let came = tokio::select! {
            Some(ready) = self.callers.join_next() => {
                match ready.map_err(ended).flatten() {
                    // Its turn comes when nobody else is told anything.
                    Ok((heir, turn)) => {
                        self.turn = Some(turn);
                        Ok(heir)
                    }
                    Err(error) => return Ok(Step::Missed(error)),
                }
            }
            came = self.stage.ends() => came,
        };
        let before = std::mem::take(&mut self.stage);
        let (heir, shared) = (came.inspect_err(|_| self.turn = None)?, Arc::clone(shared));
        let (stage, step) = match before {
            Stage::Nobody => {
                let teaches = async move { heir.teach((*shared).as_ref()).await };
                (Stage::Teaches(Box::pin(teaches)), Step::Begun)
            }
            Stage::Teaches(_) => {
                let (leave, given) = channel();
                (Stage::Knows(Box::pin(knows(heir, shared, given)), leave), Step::Waits)
            }
            Stage::Begins(_, hurry) => (Stage::Serves(heir, hurry), Step::Waits),
            // Nobody's turn comes after that.
            Stage::Gives(..) => (Stage::Nobody, Step::Serves(heir)),
            Stage::Knows(..) | Stage::Serves(..) => {
                self.turn = None;
                return Err(io::Error::other("the other one serves without leave"));
            }
        };
        self.stage = stage;
        Ok(step)
    }

    /// Goes on telling all who have called that this tracker is there, while it ends: it saves, for as
    /// long as that takes, and none of them begins before it is gone.
    pub(in crate::net::track) async fn lasts<T: AsRef<Swarms> + 'static>(
        &mut self,
        shared: &Arc<T>,
    ) -> Infallible {
        // One that serves needs no sign, and is not to have the lock as well.
        while !matches!(self.stage, Stage::Serves(..) | Stage::Gives(..)) {
            if self.step(shared).await.is_err() {
                (**shared).as_ref().forget_other();
            }
        }
        pending().await
    }

    /// This tracker is to end: one that may begin has to serve, and is no longer waited for. False where
    /// there is none, or it has been said.
    pub(in crate::net::track) fn hurry(&mut self) -> bool {
        match &mut self.stage {
            Stage::Begins(_, hurry) | Stage::Serves(_, hurry) | Stage::Gives(_, hurry) => {
                // One that serves already is not waited for.
                hurry.take().map(|hurry| hurry.send(())).is_some()
            }
            _ => false,
        }
    }
}

/// Tells one that knows all of what changes, until it may begin and does. It waits as long as this
/// tracker is at a save, and nothing piles up here meanwhile.
async fn knows<T: AsRef<Swarms>>(
    mut heir: Heir,
    shared: Arc<T>,
    leave: Receiver<Receiver<()>>,
) -> io::Result<Heir> {
    let swarms = (*shared).as_ref();
    let hurried = heir.waits(swarms, leave).await?.map_err(io::Error::other)?;
    heir.begins(swarms, said(hurried)).await.map(|()| heir)
}

/// Why one who called is waited for no more.
fn ended(error: JoinError) -> io::Error {
    match error.is_cancelled() {
        true => io::Error::other("it has said nothing, and others call"),
        false => io::Error::other(error),
    }
}

/// Waits until it is said; for ever, where nobody can any more.
async fn said(hurried: Receiver<()>) {
    if hurried.await.is_err() {
        pending().await
    }
}

#[cfg(test)]
mod tests;
