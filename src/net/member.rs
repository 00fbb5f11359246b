//! What takes calls and wants peers: a torrent, or a magnet link on its way to one.

use super::hub::Hub;
use crate::swarm::Progress;
use crate::torrent::InfoHash;
use crate::wire::Handshake;
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::TcpStream;

/// The members that calls are taken for.
pub(super) type Swarms = Rc<RefCell<HashMap<InfoHash, Rc<dyn Member>>>>;

/// A member of a swarm, as far as trackers, callers and the user's own peers deal with it.
pub(super) trait Member {
    /// What the process shares.
    fn hub(&self) -> &Hub;
    /// Whose swarm it is.
    fn info_hash(&self) -> InfoHash;
    /// Where it stands, for announces.
    fn progress(&self) -> Progress;
    /// Whether more peers would help.
    fn wants_peers(&self) -> bool;
    /// Takes addresses of peers.
    fn hear_of(self: Rc<Self>, peers: Vec<SocketAddr>);
    /// Its handshake.
    fn handshake(&self) -> Handshake;
    /// Takes over a connection on which both handshakes were exchanged.
    fn connected(
        self: Rc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        outgoing: bool,
        theirs: &Handshake,
    );
}
