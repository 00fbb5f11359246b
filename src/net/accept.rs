//! Calls of peers: each is given a task of its own until its info-hash says whose it is.

use super::handshake;
use super::hub::Hub;
use super::listener::ACCEPT_PAUSE;
use super::member::Swarms;
use super::notice::Notice;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::{TcpListener, TcpStream};

/// Callers whose handshake is not done, at most; more are turned away.
const UNKNOWN: usize = 128;

/// How many callers are in their handshake, over all listeners.
#[derive(Debug, Default)]
pub(super) struct Gate(Cell<usize>);

/// Takes calls for ever.
pub(super) async fn accept(hub: Rc<Hub>, listener: TcpListener, swarms: Swarms, gate: Rc<Gate>) {
    loop {
        match listener.accept().await {
            Ok((_, address)) if gate.0.get() >= UNKNOWN => {
                hub.tell(Notice::Refused(address, "too many calls at once"));
            }
            Ok((stream, address)) => {
                gate.0.set(gate.0.get() + 1);
                let (hub, swarms, gate) = (Rc::clone(&hub), Rc::clone(&swarms), Rc::clone(&gate));
                tokio::task::spawn_local(async move {
                    answer(&hub, stream, address, &swarms, &gate).await;
                });
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

async fn answer(hub: &Hub, stream: TcpStream, address: SocketAddr, swarms: &Swarms, gate: &Gate) {
    let route = |hash| swarms.borrow().get(&hash).map(|member| member.handshake());
    let result = handshake::answer(stream, route).await;
    gate.0.set(gate.0.get().saturating_sub(1));
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
