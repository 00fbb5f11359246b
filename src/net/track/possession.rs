//! Whose the dfile is: this tracker's alone, or another's that makes way for it.
//!
//! Two steps. The first tells that it is free, or gets the sockets of the tracker that has it; that
//! one serves on meanwhile, whatever becomes of this one. The second is for when nothing is left that
//! may fail: the other one ends, and this one has the dfile.

use super::handover::{self, Door, Heir, Predecessor};
use super::inherited::Inherited;
use super::lock::{self, Lock, Try};
use super::options::Error;
use super::state;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks for whether the other tracker has ended.
const LOOK: Duration = Duration::from_millis(5);
/// For one that was gone before it could agree to let go of the lock.
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
    dfile: PathBuf,
    /// Its process, where it could be made out.
    holder: Option<u32>,
    predecessor: Predecessor,
}

/// Takes the dfile's lock, else asks the tracker that has it for its sockets, where that is wanted.
pub(super) fn claim(
    dfile: Option<&Path>,
    take_over: bool,
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
    let refused = |error| Error::TakeOver(dfile.to_owned(), holder, error);
    let (sockets, predecessor) = handover::ask(dfile).map_err(refused)?;
    Ok((Claim::Others(Others { dfile: dfile.to_owned(), holder, predecessor }), sockets))
}

impl Others {
    /// Tells the other tracker to end, and waits until it has. While its last state is written, what
    /// is asked waits in the sockets. Once it has agreed, this one serves, however long that takes.
    pub(super) async fn make_way(self, mut tell: impl FnMut(String)) -> Result<Lock, Error> {
        let Self { dfile, holder, predecessor } = self;
        let told = Instant::now();
        let agreed = predecessor.ready().await;
        let mut tell_at = told + TELL;
        loop {
            let taken = lock::take(&dfile);
            match (&agreed, taken) {
                (_, Ok(Try::Taken(lock))) => return Ok(lock),
                // It serves on, unless it was about to be gone.
                (Err(error), _) if told.elapsed() > GONE => {
                    let error = io::Error::new(error.kind(), error.to_string());
                    return Err(Error::TakeOver(dfile, holder, error));
                }
                _ => {}
            }
            if Instant::now() >= tell_at {
                tell_at += TELL;
                let who = holder.map(|id| format!(" (process {id})")).unwrap_or_default();
                tell(format!("still waits for the other bt track{who} to save its state and end"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Waits for one who wants to take over; for ever, where none can.
pub(super) async fn called(door: &Option<Door>) -> handover::Caller {
    match door {
        Some(door) => door.called().await,
        None => std::future::pending().await,
    }
}

/// Waits until the one that was given the sockets is ready; for ever, where there is none.
pub(super) async fn ready(heir: &mut Option<Heir>) -> io::Result<()> {
    let Some(one) = heir else { return std::future::pending().await };
    let ready = one.ready().await;
    *heir = None;
    ready
}
