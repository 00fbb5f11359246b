//! The signals that a tracker obeys, and those that it takes no harm of.

use std::io;
use tokio::sync::mpsc;

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Signal {
    /// SIGTERM, SIGINT.
    End,
    /// SIGHUP.
    Reload,
}

/// From now on SIGHUP does not end the process: one that comes before the tracker is there to hear it asks
/// for what is not read yet. The system has the handler for as long as the process lives.
pub fn bear_hangup() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        // Where there is none, that is told when it matters.
        if let Ok(runtime) = runtime {
            let _entered = runtime.enter();
            let _ = signal(SignalKind::hangup());
        }
    }
}

/// Signals, as they come.
pub(super) fn signals() -> io::Result<mpsc::Receiver<Signal>> {
    let (sender, receiver) = mpsc::channel(2);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // A file that may not grow any more is a save that fails, not the end. What other daemons do on
        // SIGUSR1 and SIGUSR2, open their logs anew or tell of themselves, there is no need for here; to
        // die of it would cost the state.
        let unmoved = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        for kind in [unmoved, SignalKind::user_defined1(), SignalKind::user_defined2()] {
            let _ = signal(kind)?;
        }
        for (kind, meant) in [
            (SignalKind::terminate(), Signal::End),
            (SignalKind::interrupt(), Signal::End),
            (SignalKind::hangup(), Signal::Reload),
        ] {
            let (mut stream, sender) = (signal(kind)?, sender.clone());
            tokio::task::spawn_local(async move {
                while stream.recv().await.is_some() && sender.send(meant).await.is_ok() {}
            });
        }
    }
    #[cfg(not(unix))]
    tokio::task::spawn_local(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::End).await.is_ok() {}
    });
    Ok(receiver)
}

/// Waits for one more signal that means the end.
pub(super) async fn second(signals: &mut mpsc::Receiver<Signal>) {
    while signals.recv().await == Some(Signal::Reload) {}
}
