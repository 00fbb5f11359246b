//! The driver of a magnet link's first part: it feeds the collection of the metadata with what
//! happens on sockets and clock, and carries out what it decides.
//!
//! Little is sent and little is kept here, so each connection simply has a task and a queue.

use super::handshake;
use super::hub::Hub;
use super::member::Member;
use super::notice::Notice;
use crate::swarm::{Action, Event, Input, Metadata, MetadataConfig, PeerKey, Progress, Trouble};
use crate::torrent::{BLOCK, InfoHash};
use crate::wire::{self, Decoder, Handshake, Message};
use bytes::{Bytes, BytesMut};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::{sleep_until, timeout};

/// For a peer to take a message.
const WRITE: Duration = Duration::from_secs(30);

/// Room for one read; a message that is announced as longer gets more only as it comes.
const READ: usize = 32 * 1024;

/// Looks for the metadata of one info-hash.
pub(super) struct Seeker {
    hub: Rc<Hub>,
    info_hash: InfoHash,
    state: RefCell<State>,
    /// The time of the next timeout may have changed.
    changed: Notify,
    /// The metadata is there.
    pub(super) found: Notify,
}

struct State {
    core: Metadata,
    /// Where the messages to each peer are queued; to drop the queue is to hang up.
    links: HashMap<PeerKey, mpsc::UnboundedSender<Message>>,
    left: bool,
}

impl Seeker {
    /// Begins without peers.
    pub(super) fn new(hub: Rc<Hub>, config: MetadataConfig) -> Rc<Self> {
        let info_hash = config.info_hash;
        let core = Metadata::new(config, Instant::now());
        let state = RefCell::new(State { core, links: HashMap::new(), left: false });
        Rc::new(Self { hub, info_hash, state, changed: Notify::new(), found: Notify::new() })
    }

    /// Carries the collection through time; never ends.
    pub(super) async fn run(self: Rc<Self>) {
        loop {
            let next = self.state.borrow().core.next_timeout();
            let far = || Instant::now() + Duration::from_secs(3600);
            tokio::select! {
                () = sleep_until(next.unwrap_or_else(far).into()) => self.input(Input::Tick),
                () = self.changed.notified() => {}
            }
        }
    }

    /// The bytes of `info`, once they are there.
    pub(super) fn info(&self) -> Option<Bytes> {
        self.state.borrow().core.info().cloned()
    }

    /// Bytes of metadata that have come, wrong ones too.
    pub(super) fn received(&self) -> u64 {
        self.state.borrow().core.received()
    }

    /// Connected peers.
    pub(super) fn peers(&self) -> usize {
        self.state.borrow().core.peers()
    }

    /// Hangs up on everyone; gives the addresses that are worth a call of the torrent.
    pub(super) fn leave(&self) -> Vec<SocketAddr> {
        let mut state = self.state.borrow_mut();
        state.left = true;
        state.links.clear();
        state.core.known()
    }

    fn input(self: &Rc<Self>, input: Input) {
        let mut actions = Vec::new();
        {
            let mut state = self.state.borrow_mut();
            if state.left {
                return;
            }
            state.core.handle(Instant::now(), input, &mut actions);
        }
        for action in actions {
            self.carry_out(action);
        }
        self.changed.notify_one();
    }

    fn carry_out(self: &Rc<Self>, action: Action) {
        match action {
            Action::Connect(address) => {
                tokio::task::spawn_local(Rc::clone(self).call(address));
            }
            Action::Send(peer, message) => {
                if let Some(queue) = self.state.borrow().links.get(&peer) {
                    // Who has hung up is soon known to have.
                    let _ = queue.send(message);
                }
            }
            Action::Close(peer) => drop(self.state.borrow_mut().links.remove(&peer)),
            Action::Event(Event::Finished) => self.found.notify_one(),
            Action::Event(event) => self.hub.tell(Notice::Swarm(self.info_hash, &event)),
            // Without pieces there is nothing to store or to send.
            Action::SendBlock(..) | Action::Write { .. } | Action::Verify(_) => {}
        }
    }

    async fn call(self: Rc<Self>, address: SocketAddr) {
        match handshake::call(address, self.hub.bind, &self.handshake()).await {
            Ok((stream, theirs)) => self.connected(stream, address, true, &theirs),
            Err(refusal) => {
                if !self.state.borrow().left {
                    self.hub.tell(Notice::Refused(address, &refusal.to_string()));
                }
                self.input(Input::ConnectFailed(address));
            }
        }
    }

    /// A connection, until either side has had enough.
    async fn converse(
        self: Rc<Self>,
        peer: PeerKey,
        mut stream: TcpStream,
        mut queue: mpsc::UnboundedReceiver<Message>,
    ) {
        let (mut decoder, mut buffer, mut out) =
            (Decoder::default(), BytesMut::new(), BytesMut::new());
        let end = loop {
            buffer.reserve(decoder.missing(&buffer).min(READ));
            tokio::select! {
                message = queue.recv() => {
                    let Some(message) = message else { return };
                    out.clear();
                    wire::encode(&message, &mut out);
                    match timeout(WRITE, stream.write_all(&out)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) | Err(_) => break Input::Disconnected(peer),
                    }
                }
                count = stream.read_buf(&mut buffer) => match count {
                    Ok(0) | Err(_) => break Input::Disconnected(peer),
                    Ok(_) => loop {
                        match decoder.next(&mut buffer) {
                            Ok(Some(message)) => self.input(Input::Received(peer, message)),
                            Ok(None) => break,
                            Err(_) => {
                                self.state.borrow_mut().links.remove(&peer);
                                return self.input(Input::Faulty(peer, Trouble::NotProtocol));
                            }
                        }
                    },
                }
            }
        };
        self.state.borrow_mut().links.remove(&peer);
        self.input(end);
    }
}

impl Member for Seeker {
    fn hub(&self) -> &Hub {
        &self.hub
    }

    fn info_hash(&self) -> InfoHash {
        self.info_hash
    }

    /// How much is missing is not known; a block is, so that no tracker takes us for a seed.
    fn progress(&self) -> Progress {
        Progress { total: BLOCK.into(), peers: self.peers(), ..Progress::default() }
    }

    fn wants_peers(&self) -> bool {
        self.state.borrow().core.wants_peers()
    }

    fn hear_of(self: Rc<Self>, peers: Vec<SocketAddr>) {
        self.input(Input::Peers(peers));
    }

    fn handshake(&self) -> Handshake {
        Handshake::new(self.info_hash, self.hub.peer_id)
    }

    fn connected(
        self: Rc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        outgoing: bool,
        theirs: &Handshake,
    ) {
        let peer = self.hub.next_key();
        let (sender, queue) = mpsc::unbounded_channel();
        {
            let mut state = self.state.borrow_mut();
            if state.left || state.core.info().is_some() {
                return;
            }
            state.links.insert(peer, sender);
        }
        let (id, reserved) = (theirs.peer_id, theirs.reserved);
        self.input(Input::Connected { peer, address, outgoing, id, reserved });
        tokio::task::spawn_local(self.converse(peer, stream, queue));
    }
}
