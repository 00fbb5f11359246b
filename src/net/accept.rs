//! Calls of peers: each is given a task of its own until its info-hash says whose it is.

use super::handshake;
use super::hub::Hub;
use super::listener::ACCEPT_PAUSE;
use super::member::Swarms;
use super::notice::Notice;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Callers whose handshake is not done, at most.
const UNKNOWN: usize = 128;

/// The callers in their handshake, over all listeners, who came first in front. An honest one is
/// done in a moment, so where there is no room the one that waits longest goes: callers that say
/// nothing cannot keep the door shut.
#[derive(Debug, Default)]
pub(super) struct Gate(RefCell<VecDeque<(SocketAddr, AbortHandle)>>);

impl Gate {
    /// Takes a caller in; gives the one that had to go for it.
    fn enter(&self, address: SocketAddr, caller: AbortHandle) -> Option<SocketAddr> {
        let mut callers = self.0.borrow_mut();
        callers.retain(|(_, caller)| !caller.is_finished());
        callers.push_back((address, caller));
        if callers.len() <= UNKNOWN {
            return None;
        }
        let (oldest, caller) = callers.pop_front()?;
        caller.abort();
        Some(oldest)
    }
}

/// Takes calls for ever.
pub(super) async fn accept(hub: Rc<Hub>, listener: TcpListener, swarms: Swarms, gate: Rc<Gate>) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                let (theirs, swarms) = (Rc::clone(&hub), Rc::clone(&swarms));
                let caller = tokio::task::spawn_local(async move {
                    answer(&theirs, stream, address, &swarms).await;
                });
                if let Some(oldest) = gate.enter(address, caller.abort_handle()) {
                    hub.tell(Notice::Refused(oldest, "no handshake, and others wait"));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Without file descriptors the call stays in the backlog, and asking again at once
                // would keep the processor busy for nothing.
                hub.tell(Notice::Warning(&format!("accepting a call: {error}")));
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn answer(hub: &Hub, stream: TcpStream, address: SocketAddr, swarms: &Swarms) {
    let route = |hash| swarms.borrow().get(&hash).map(|member| member.handshake());
    let result = handshake::answer(stream, route).await;
    match result {
        Ok((stream, theirs)) => {
            let member = swarms.borrow().get(&theirs.info_hash).cloned();
            if let Some(member) = member {
                member.connected(stream, address, false, &theirs);
            }
        }
        Err(refusal) => hub.tell(Notice::Refused(address, &refusal.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_caller_that_waits_longest_makes_room() {
        let gate = Gate::default();
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let silent = || tokio::spawn(std::future::pending::<()>());
        let first = silent();
        assert_eq!(gate.enter(at(0), first.abort_handle()), None);
        let done = tokio::spawn(async {});
        let handle = done.abort_handle();
        done.await.unwrap();
        assert_eq!(gate.enter(at(1), handle), None);
        // The one that is done takes no room.
        for port in 2..=UNKNOWN as u16 {
            assert_eq!(gate.enter(at(port), silent().abort_handle()), None);
        }
        assert_eq!(gate.enter(at(9999), silent().abort_handle()), Some(at(0)));
        assert!(first.await.unwrap_err().is_cancelled());
    }
}
