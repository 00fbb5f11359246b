//! The tracker service: the [`Service`] behind its fronts, its state on the disk, its web log.
//!
//! One thread reads signals, saves and sweeps; the workers, each a thread with a runtime and
//! sockets of its own, serve. All share the [`Service`]. First all is opened (`opening`), with
//! nothing running yet; then its threads begin (`ready`), and it runs (`running`). In between it possesses its
//! dfile (`possession`): where it takes the place of another tracker, that one serves until nothing is
//! left to be done that may fail.

mod adoption;
mod connection_keys;
mod diagnostics;
mod fast;
mod gzip;
#[cfg_attr(not(unix), path = "track/handover/absent.rs")]
mod handover;
mod http;
mod http_doors;
mod inherited;
mod lock;
mod metrics;
mod nat_check;
mod opening;
mod options;
mod pages;
mod possession;
mod pulse;
mod ready;
mod reload;
mod reloading;
mod running;
mod sandbox;
mod signals;
mod sockets;
mod state;
mod systemd;
mod tls;
mod udp;
mod watch;
mod watchdog;
mod websocket;
mod worker;

use self::diagnostics::Diagnostics;
use self::nat_check::Caller;
use self::opening::{Opened, Prepared};
use self::pages::Pages;
use self::possession::{Claim, Way};
use self::ready::Ready;
use self::signals::Signal;
use self::watch::Reload;
use self::websocket::Exchange;
use crate::tracker::current::Current;
use crate::tracker::service::Service;
use crate::tracker::udp::Connections;
use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

pub use self::http_doors::{DoorError, HttpOptions};
pub use self::options::{Error, Notice, Operation, Options};
pub use self::pages::{FolderError, PageOptions};
pub use self::reload::{BadList, Sources};
pub use self::signals::bear_hangup;
pub use self::sockets::{Bound, Place};
pub use self::tls::{TlsError, TlsFiles};
pub use self::udp::Udp;
pub use super::web_log::LogFormat;

/// What all workers share.
struct Shared {
    service: Service,
    /// Calls peers back.
    caller: Caller,
    /// What is no announce and no scrape.
    pages: Pages,
    options: Options,
    /// Proofs of address for UDP, the same for all workers.
    connections: Current<Connections>,
    /// Where a worker tells what the operator should know.
    diagnostics: Diagnostics,
    /// The ways between browsers at different workers.
    exchange: Exchange,
    /// What is read anew when files change, and on SIGHUP.
    reloads: Vec<Reload>,
    /// The state of the tracker whose place this one takes, where it is too large.
    told: state::Told,
}

/// Runs a tracker until SIGTERM or SIGINT; saves its state then. A second signal leaves at once.
pub fn run(
    options: &Options,
    out: Box<dyn Write + Send>,
    tell: &mut dyn FnMut(Notice),
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::System)?;
    let tasks = tokio::task::LocalSet::new();
    let result = tasks.block_on(&runtime, serve(options, out, tell));
    runtime.shutdown_background();
    result
}

/// Prepares, possesses, runs, ends. Until it is ready, another tracker serves in its place.
async fn serve(
    options: &Options,
    out: Box<dyn Write + Send>,
    tell: &mut dyn FnMut(Notice),
) -> Result<(), Error> {
    let mut signals = signals::signals().map_err(Error::System)?;
    let prepared = Prepared::new(options)?;
    let mut warn = |words| tell(Notice::Warning(words));
    let (dfile, take_over) = (options.dfile.as_deref(), options.operation.take_over);
    let claim = possession::claim(dfile, take_over, &mut warn);
    let Some((claim, handed)) = unless_ended(claim, &mut signals, || {}).await? else {
        return Ok(());
    };
    let mut ready = Ready::new(Opened::new(prepared, options, handed, tell)?, options, out)?;
    let lock = match claim {
        Claim::Nothing => None,
        Claim::Own(lock) => Some(lock),
        Claim::Others(others) => {
            let shared = Arc::clone(ready.shared());
            let mut warn = |words| tell(Notice::Warning(words));
            let making_way = others.make_way(&shared, &mut warn);
            let way = unless_ended(making_way, &mut signals, || ready.reload()).await?;
            let (lock, predecessor) = match way {
                None => return Ok(()),
                Some(Way::Made(lock, others)) => {
                    ready.succeed(&others);
                    (lock, Some(others))
                }
                Some(Way::Ended(lock)) => {
                    ready.inherit();
                    (Some(lock), None)
                }
            };
            return ready.start(lock, predecessor, signals, tell).run(tell).await;
        }
    };
    ready.remember()?;
    ready.start(lock, None, signals, tell).run(tell).await
}

/// Waits for one thing; none where a signal ends this tracker before.
async fn unless_ended<T>(
    wanted: impl Future<Output = Result<T, Error>>,
    signals: &mut Receiver<Signal>,
    mut reload: impl FnMut(),
) -> Result<Option<T>, Error> {
    let mut wanted = pin!(wanted);
    loop {
        tokio::select! {
            came = &mut wanted => return came.map(Some),
            signal = signals.recv() => match signal {
                Some(Signal::Reload) => reload(),
                Some(Signal::End) | None => return Ok(None),
            },
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let period = period.max(Duration::from_millis(100));
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks
}
