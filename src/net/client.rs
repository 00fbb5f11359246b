//! A process that takes part in swarms: one port, one thread, and a task for each torrent.

use super::hub::Hub;
use super::job::{Error, Options, Outcome, Task};
use super::member::Swarms;
use super::notice::{Listener, Notice};
use super::stay::{self, Stay};
use super::{accept, listener, magnet, signals};
use std::io;
use std::ops::RangeInclusive;
use std::rc::Rc;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// Takes part in the swarms of all tasks until each has reached its aim, one has failed, a signal
/// came, or the listener broke off.
///
/// # Errors
/// The first failure; the other torrents have left their swarms by then too.
pub fn run(options: Options, tasks: Vec<Task>, hear: Box<dyn Listener>) -> Result<Outcome, Error> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let local = LocalSet::new();
    let result = local.block_on(&runtime, take_part(options, tasks, hear));
    // What is left over need not be waited for: it has nothing that could be lost.
    runtime.shutdown_background();
    result
}

async fn take_part(
    options: Options,
    tasks: Vec<Task>,
    hear: Box<dyn Listener>,
) -> Result<Outcome, Error> {
    let mut signals = signals::Ends::new().map_err(Error::Start)?;
    let listeners = listener::listen(options.ports.clone(), options.bind).map_err(|error| {
        match error.kind() {
            io::ErrorKind::AddrInUse => Error::NoPort(range(&options.ports)),
            _ => Error::Listen(error),
        }
    })?;
    let addresses: Vec<_> = listeners.iter().flat_map(|one| one.local_addr()).collect();
    let port = addresses.first().map_or(0, |address| address.port());
    let hub = Rc::new(Hub::new(port, options.bind, options.authorities.clone(), hear));
    let swarms = Swarms::default();
    let gate = Rc::new(accept::Gate::default());
    for listener in listeners {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::Listen)?;
        let task = accept::accept(Rc::clone(&hub), listener, Rc::clone(&swarms), Rc::clone(&gate));
        tokio::task::spawn_local(task);
    }
    for address in addresses {
        hub.tell(Notice::Listening(address));
    }

    let (leave, leaving) = watch::channel(false);
    let mut stays = tokio::task::JoinSet::new();
    for task in tasks {
        let (hub, swarms) = (Rc::clone(&hub), Rc::clone(&swarms));
        let (options, leaving) = (options.clone(), leaving.clone());
        match task {
            Task::Torrent(job) => {
                stays.spawn_local(stay::stay(Stay { hub, swarms, options, job, leaving }))
            }
            Task::Magnet(magnet) => {
                stays.spawn_local(magnet::stay(hub, swarms, options, magnet, leaving))
            }
        };
    }
    let mut outcome = Ok(Outcome::Done);
    loop {
        let end = tokio::select! {
            ended = stays.join_next() => match ended {
                None => return outcome,
                Some(Ok(Ok(()))) => continue,
                Some(Ok(Err(error))) => Err(error),
                Some(Err(error)) => Err(Error::Start(io::Error::other(error))),
            },
            signal = signals.next() => Ok(Outcome::Signal(signal)),
            () = hub.unheard.notified() => Ok(Outcome::Unheard),
        };
        // The first end is the one that counts; a second signal waits for nothing.
        if leave.send_replace(true) {
            if let Ok(Outcome::Signal(_)) = end {
                return end;
            }
        } else {
            outcome = end;
        }
    }
}

fn range(ports: &RangeInclusive<u16>) -> String {
    match ports.start() == ports.end() {
        true => ports.start().to_string(),
        false => format!("{}-{}", ports.start(), ports.end()),
    }
}
