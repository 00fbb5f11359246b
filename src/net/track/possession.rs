//! Whose the dfile is: this tracker's alone, or another's that makes way for it.

use super::handover::{self, Door};
use super::inherited::Inherited;
use super::lock::{self, Lock, Try};
use super::options::Error;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// For a tracker that has handed over to save its state and end.
const TAKE_OVER: Duration = Duration::from_secs(30);
/// Between two looks for whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// Takes the dfile's lock, from another tracker where it may; then with that one's sockets.
pub(super) async fn possess(
    path: &Path,
    take_over: bool,
) -> Result<(Option<Lock>, Vec<Inherited>), Error> {
    let fault = |error| Error::Read(path.to_owned(), error);
    let holder = match lock::take(path).map_err(fault)? {
        Try::Taken(lock) => return Ok((Some(lock), Vec::new())),
        Try::Held(holder) => holder,
    };
    if !take_over {
        return Err(Error::Held(path.to_owned(), holder));
    }
    let refused = |error| Error::TakeOver(path.to_owned(), holder, error);
    let sockets = handover::ask(path).map_err(refused)?;
    let end = Instant::now() + TAKE_OVER;
    loop {
        match lock::take(path).map_err(fault)? {
            Try::Taken(lock) => return Ok((Some(lock), sockets)),
            Try::Held(_) if Instant::now() > end => {
                return Err(refused(io::ErrorKind::TimedOut.into()));
            }
            Try::Held(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Waits for one who takes over; for ever, where none can.
pub(super) async fn called(door: &Option<Door>) -> handover::Caller {
    match door {
        Some(door) => door.called().await,
        None => std::future::pending().await,
    }
}
