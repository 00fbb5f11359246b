//! The signals by which a user asks a process to end.

use std::io;

/// SIGINT and SIGTERM. Not SIGHUP: a process that `nohup` started has to go on.
#[cfg(unix)]
pub(super) struct Ends([(u8, tokio::signal::unix::Signal); 2]);

#[cfg(unix)]
impl Ends {
    /// From now on the signals no longer end the process by themselves.
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch = |number: u8| signal(SignalKind::from_raw(number.into()));
        Ok(Self([(2, catch(2)?), (15, catch(15)?)]))
    }

    /// Waits for the next; gives its number.
    pub(super) async fn next(&mut self) -> u8 {
        let Self([(int, on_int), (term, on_term)]) = self;
        tokio::select! {
            _ = on_int.recv() => *int,
            _ = on_term.recv() => *term,
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(super) struct Ends;

#[cfg(not(unix))]
impl Ends {
    /// From now on Ctrl-C no longer ends the process by itself.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the next; gives the number that SIGINT has.
    pub(super) async fn next(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        2
    }
}
