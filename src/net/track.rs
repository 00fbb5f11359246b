//! The tracker service: the [`Service`] behind its fronts, its state on the disk, its web log.
//!
//! One thread reads signals, saves and sweeps; the workers, each a thread with a runtime and
//! sockets of its own, serve. All share the [`Service`]. First all is opened (`opening`), with
//! nothing running yet; then it runs (`running`).

mod connection_keys;
mod diagnostics;
mod fast;
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
mod reload;
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
mod worker;

use self::diagnostics::Diagnostics;
use self::nat_check::Caller;
use self::opening::Opened;
use self::pages::Pages;
use self::watch::Reload;
use crate::tracker::current::Current;
use crate::tracker::service::Service;
use crate::tracker::udp::Connections;
use std::io::Write;
use std::time::Duration;

pub use self::http_doors::{DoorError, HttpOptions};
pub use self::options::{Error, Notice, Operation, Options};
pub use self::pages::{FolderError, PageOptions};
pub use self::reload::{BadList, Sources};
pub use self::sockets::Bound;
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
    /// What is read anew when files change, and on SIGHUP.
    reloads: Vec<Reload>,
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
    let result = tasks.block_on(&runtime, async {
        let signals = signals::signals().map_err(Error::System)?;
        let opened = Opened::new(options, tell).await?;
        running::start(opened, options, out, signals, tell)?.run(tell).await
    });
    runtime.shutdown_background();
    result
}

fn every(period: Duration) -> tokio::time::Interval {
    let period = period.max(Duration::from_millis(100));
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks
}
