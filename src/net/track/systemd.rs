//! What a service manager is told, and what it gives: readiness, a line of status, the watchdog;
//! sockets. Without one all of it does nothing.

use super::inherited::Inherited;
use std::io;
use std::time::Duration;

/// News for the service manager.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum News<'a> {
    /// It serves, or serves again with what it has read anew.
    Ready,
    /// It reads its files anew.
    Reloading,
    /// It ends.
    Stopping,
    /// All workers have made progress since the last time.
    Alive,
    /// For people.
    Status(&'a str),
}

/// Sends them on. Nothing sensible is left to do where it does not listen.
#[cfg(unix)]
pub(super) fn tell(news: News<'_>) {
    use sd_notify::NotifyState as State;
    let _ = match news {
        News::Ready => sd_notify::notify(&[State::Ready]),
        News::Reloading => match State::monotonic_usec_now() {
            Ok(now) => sd_notify::notify(&[State::Reloading, now]),
            Err(_) => sd_notify::notify(&[State::Reloading]),
        },
        News::Stopping => sd_notify::notify(&[State::Stopping]),
        News::Alive => sd_notify::notify(&[State::Watchdog]),
        News::Status(words) => sd_notify::notify(&[State::Status(words)]),
    };
}

/// How often the watchdog is to be told, where there is one: twice in its time.
#[cfg(unix)]
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|time| time / 2)
}

/// The sockets that it has bound for the tracker.
#[cfg(unix)]
pub(super) fn sockets() -> io::Result<Vec<Inherited>> {
    let mut given = listenfd::ListenFd::from_env();
    let mut sockets = Vec::new();
    for at in 0..given.len() {
        let socket = match given.take_tcp_listener(at) {
            Ok(socket) => socket.map(socket2::Socket::from),
            Err(_) => match given.take_udp_socket(at) {
                Ok(socket) => socket.map(socket2::Socket::from),
                Err(_) => given.take_unix_listener(at)?.map(socket2::Socket::from),
            },
        };
        sockets.extend(socket.map(Inherited::untold).transpose()?);
    }
    Ok(sockets)
}

#[cfg(not(unix))]
pub(super) fn tell(_: News<'_>) {}

#[cfg(not(unix))]
pub(super) fn watchdog() -> Option<Duration> {
    None
}

#[cfg(not(unix))]
pub(super) fn sockets() -> io::Result<Vec<Inherited>> {
    Ok(Vec::new())
}
