//! One torrent's driver: it feeds the core with what happens on sockets, disk and clock, and
//! carries out what the core decides.
//!
//! The core, the disk's queue and the links live on one thread; a turn takes some input, follows
//! all of its consequences, hands the disk its work and fills the sockets, and only then ends.

use super::buffers::Buffers;
use super::disk::{Backlog, Completions, Disk, Done};
use super::hub::Hub;
use super::member::Member;
use super::notice::Notice;
use super::peer::{self, End, Link, Owner};
use crate::store;
use crate::swarm::{Action, Config, Event, Input, PeerKey, Progress, Torrent, Trouble};
use crate::torrent::{BlockRequest, InfoHash};
use crate::wire::{self, Decoder, Handshake, Message};
use bytes::BytesMut;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::sleep_until;

/// A torrent that takes part in its swarm.
pub(super) struct Driver {
    /// What all torrents of the process share.
    pub(super) hub: Rc<Hub>,
    /// Which torrent this is.
    pub(super) info_hash: InfoHash,
    pieces: u32,
    /// The length of what a peer may ask for as metadata.
    metadata: usize,
    was_incomplete: bool,
    state: RefCell<State>,
    backlog: Backlog,
    /// The core's next timeout is sooner than the one waited for.
    sooner: Notify,
    armed: Cell<Option<Instant>>,
    /// Something happened that ends or completes the work: see [`Driver::standing`].
    pub(super) turned: Notify,
}

struct State {
    torrent: Torrent,
    disk: Disk,
    links: HashMap<PeerKey, Rc<Link>>,
    /// Links with something to send.
    dirty: Vec<Rc<Link>>,
    actions: Vec<Action>,
    sent: Vec<BlockRequest>,
    calls: Vec<SocketAddr>,
    finished: bool,
    failed: Option<store::Error>,
    /// Nobody is called or taken any more.
    left: bool,
}

/// How far a torrent's own work has come.
#[derive(Debug)]
pub(super) enum Standing {
    /// Pieces are missing.
    Incomplete,
    /// All pieces are here.
    Complete,
    /// The disk failed.
    Failed(store::Error),
}

impl Driver {
    /// Starts a torrent over its data.
    pub(super) fn new(hub: Rc<Hub>, config: Config, disk: Disk) -> Rc<Self> {
        let info_hash = config.info_hash;
        let (pieces, metadata) = (config.pieces.count(), config.metadata.len());
        let finished = config.have.is_full();
        let torrent = Torrent::new(config, hub.rng(), Instant::now());
        Rc::new(Self {
            hub,
            info_hash,
            pieces,
            metadata,
            was_incomplete: !finished,
            backlog: disk.backlog(),
            state: RefCell::new(State {
                torrent,
                disk,
                links: HashMap::new(),
                dirty: Vec::new(),
                actions: Vec::new(),
                sent: Vec::new(),
                calls: Vec::new(),
                finished,
                failed: None,
                left: false,
            }),
            sooner: Notify::new(),
            armed: Cell::new(None),
            turned: Notify::new(),
        })
    }

    /// Carries the torrent through time and what the disk has done; never ends.
    pub(super) async fn run(self: Rc<Self>, mut disk: Completions) {
        let mut batch = Vec::new();
        let far = || tokio::time::Instant::now() + std::time::Duration::from_secs(3600);
        let sleep = sleep_until(far());
        tokio::pin!(sleep);
        loop {
            let next = self.state.borrow().torrent.next_timeout();
            if self.armed.replace(next) != next || sleep.is_elapsed() {
                sleep.as_mut().reset(next.map_or_else(far, Into::into));
            }
            tokio::select! {
                () = disk.next(&mut batch) => self.turn(|state| {
                    for done in batch.drain(..) {
                        state.stored(&self, done);
                    }
                }),
                () = &mut sleep => self.input(Input::Tick),
                () = self.sooner.notified() => {}
            }
        }
    }

    /// Gives the core one input.
    pub(super) fn input(self: &Rc<Self>, input: Input) {
        self.turn(|state| state.handle(self, input));
    }

    /// The pieces that are on the disk.
    pub(super) fn have(&self) -> crate::torrent::Bitfield {
        self.state.borrow().torrent.have().clone()
    }

    /// How far the work has come; a failure is told once.
    pub(super) fn standing(&self) -> Standing {
        let mut state = self.state.borrow_mut();
        match (state.failed.take(), state.finished) {
            (Some(error), _) => Standing::Failed(error),
            (None, true) => Standing::Complete,
            (None, false) => Standing::Incomplete,
        }
    }

    /// Whether pieces were missing at the start.
    pub(super) fn was_incomplete(&self) -> bool {
        self.was_incomplete
    }

    /// Hangs up on everyone, for good: a call that is under way comes to nothing.
    pub(super) fn leave(&self) {
        let mut state = self.state.borrow_mut();
        state.left = true;
        for (_, link) in state.links.drain() {
            link.close();
        }
        state.dirty.clear();
    }

    /// One turn: the input, all of its consequences, and then the disk and the sockets.
    fn turn<T>(self: &Rc<Self>, input: impl FnOnce(&mut State) -> T) -> T {
        let (result, next, calls) = {
            let mut state = self.state.borrow_mut();
            let result = input(&mut state);
            state.send(self);
            state.disk.flush();
            (result, state.torrent.next_timeout(), std::mem::take(&mut state.calls))
        };
        if next.is_some_and(|next| self.armed.get().is_none_or(|armed| next < armed)) {
            self.sooner.notify_one();
        }
        for address in calls {
            tokio::task::spawn_local(Rc::clone(self).call(address));
        }
        result
    }

    /// Calls a peer that the core wants to know.
    async fn call(self: Rc<Self>, address: SocketAddr) {
        match super::handshake::call(address, self.hub.bind, &self.handshake()).await {
            Ok((stream, theirs)) => self.connected(stream, address, true, &theirs),
            Err(refusal) => {
                self.hub.tell(Notice::Refused(address, &refusal.to_string()));
                self.input(Input::ConnectFailed(address));
            }
        }
    }
}

impl Member for Driver {
    fn hub(&self) -> &Hub {
        &self.hub
    }

    fn info_hash(&self) -> InfoHash {
        self.info_hash
    }

    fn progress(&self) -> Progress {
        self.state.borrow().torrent.progress(Instant::now())
    }

    fn wants_peers(&self) -> bool {
        self.state.borrow().torrent.wants_peers()
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
        if self.state.borrow().left {
            return;
        }
        let peer = self.hub.next_key();
        let link = Rc::new(Link::new(peer, stream));
        let decoder = Decoder::new(self.pieces);
        self.turn(|state| {
            state.links.insert(peer, Rc::clone(&link));
            let (id, reserved) = (theirs.peer_id, theirs.reserved);
            state.handle(&self, Input::Connected { peer, address, outgoing, id, reserved });
        });
        if !link.is_closed() {
            tokio::task::spawn_local(peer::pump(self, link, decoder));
        }
    }
}

impl Owner for Driver {
    fn buffers(&self) -> &RefCell<Buffers> {
        &self.hub.buffers
    }

    async fn room(&self) {
        self.backlog.ready().await;
    }

    fn received(
        self: &Rc<Self>,
        link: &Link,
        decoder: &mut Decoder,
        buffer: &mut BytesMut,
    ) -> Result<(), wire::Error> {
        self.turn(|state| {
            while !link.is_closed()
                && let Some(message) = decoder.next(buffer)?
            {
                state.handle(self, Input::Received(link.key, message));
            }
            Ok(())
        })
    }

    fn writable(self: &Rc<Self>, link: &Rc<Link>) {
        self.turn(|state| state.soil(link));
    }

    fn disconnected(self: &Rc<Self>, link: &Link, end: End) {
        if link.is_closed() {
            return;
        }
        let input = match end {
            End::Garbage => Input::Faulty(link.key, Trouble::NotProtocol),
            End::HungUp => Input::Disconnected(link.key),
        };
        self.turn(|state| {
            state.links.remove(&link.key);
            state.handle(self, input);
        });
        link.close();
    }
}

impl State {
    fn handle(&mut self, driver: &Driver, input: Input) {
        let mut actions = std::mem::take(&mut self.actions);
        self.torrent.handle(Instant::now(), input, &mut actions);
        for action in actions.drain(..) {
            self.carry_out(driver, action);
        }
        self.actions = actions;
    }

    fn carry_out(&mut self, driver: &Driver, action: Action) {
        match action {
            Action::Connect(address) if !self.left => self.calls.push(address),
            Action::Connect(_) => {}
            Action::Send(peer, message) => self.post(peer, &message),
            Action::SendBlock(peer, block) => self.disk.read(peer, block),
            Action::Close(peer) => {
                if let Some(link) = self.links.remove(&peer) {
                    link.close();
                }
            }
            Action::Write { piece, begin, data } => self.disk.write(piece, begin, data),
            Action::Verify(piece) => self.disk.verify(piece),
            Action::Event(event) => {
                if event == Event::Finished {
                    self.finished = true;
                    driver.turned.notify_one();
                }
                driver.hub.tell(Notice::Swarm(driver.info_hash, &event));
            }
        }
    }

    fn post(&mut self, peer: PeerKey, message: &Message) {
        if let Some(link) = self.links.get(&peer).cloned() {
            link.outbox.borrow_mut().push(message);
            self.soil(&link);
        }
    }

    /// Marks a link as one with something to send.
    fn soil(&mut self, link: &Rc<Link>) {
        if !link.dirty.replace(true) {
            self.dirty.push(Rc::clone(link));
        }
    }

    /// Takes one result of the disk.
    fn stored(&mut self, driver: &Driver, done: Done) {
        match done {
            Done::Verified(piece, good) => self.handle(driver, Input::Verified(piece, good)),
            Done::Read { peer, block, data } => {
                if let Some(link) = self.links.get(&peer).cloned() {
                    link.outbox.borrow_mut().push_block(block, data);
                    self.soil(&link);
                }
            }
            Done::Unread { peer, block, error } => {
                driver.hub.tell(Notice::Unreadable(driver.info_hash, &error));
                self.handle(driver, Input::BlockUnread(peer, block));
            }
            Done::Failed(error) => {
                self.failed = Some(error);
                driver.turned.notify_one();
            }
            Done::Synced => {}
        }
    }

    /// Fills the sockets; what the core does on hearing that blocks have left belongs to it.
    fn send(&mut self, driver: &Driver) {
        while let Some(link) = self.dirty.pop() {
            link.dirty.set(false);
            let mut sent = std::mem::take(&mut self.sent);
            let result = link.flush(|block| sent.push(block));
            for block in sent.drain(..) {
                self.handle(driver, Input::BlockSent(link.key, block));
            }
            self.sent = sent;
            let end = match result {
                // It fails for the reader too, but the reader may be slow to see it.
                Err(_) => Input::Disconnected(link.key),
                Ok(()) if link.is_clogged(driver.metadata) => {
                    Input::Faulty(link.key, Trouble::Flood)
                }
                Ok(()) => continue,
            };
            if self.links.remove(&link.key).is_some() {
                link.close();
                self.handle(driver, end);
            }
        }
    }
}
