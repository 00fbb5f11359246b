//! One connection: bytes in through the decoder to the torrent, messages out in large writes.
//!
//! A link's task only waits for its socket; all that it learns goes at once into the torrent that
//! it belongs to, on the same thread. Idle, it holds no more than the start of a message, and
//! what the other side does not take is bounded.

use super::buffers::Buffers;
use super::outbox::Outbox;
use crate::swarm::PeerKey;
use crate::torrent::BlockRequest;
use crate::wire::{self, Decoder};
use bytes::BytesMut;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Memory that a connection keeps for the start of a message once the message is whole: that of a
/// common block.
const KEPT: usize = 32 * 1024;

/// Bytes of messages, blocks left out, that a peer may leave untaken, beside the metadata. Haves of
/// 25,000 pieces, or what three minutes of useless requests are answered with.
const UNTAKEN: usize = 256 * 1024;

/// A connection whose handshake is done.
pub(super) struct Link {
    /// Its number.
    pub(super) key: PeerKey,
    stream: TcpStream,
    /// What is to be sent.
    pub(super) outbox: RefCell<Outbox>,
    /// Whether the link stands in the torrent's list of those with something to send.
    pub(super) dirty: Cell<bool>,
    state: Cell<State>,
    /// Of the task that waits for the socket.
    waker: Cell<Option<Waker>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The socket takes what we send.
    Open,
    /// The socket is full.
    Full,
    /// We hung up.
    Closed,
}

/// What a task waits for.
enum Ready {
    Read,
    Write,
    Closed,
}

impl Link {
    /// A link over a connection on which both handshakes were exchanged.
    pub(super) fn new(key: PeerKey, stream: TcpStream) -> Self {
        Self {
            key,
            stream,
            outbox: RefCell::default(),
            dirty: Cell::new(false),
            state: Cell::new(State::Open),
            waker: Cell::new(None),
        }
    }

    /// Hangs up; what was not sent is lost.
    pub(super) fn close(&self) {
        self.enter(State::Closed);
    }

    /// Whether we hung up.
    pub(super) fn is_closed(&self) -> bool {
        self.state.get() == State::Closed
    }

    /// Whether the other side asks for much and takes nothing; `metadata` is the length of what it
    /// may rightly have asked for at once (BEP 9).
    pub(super) fn is_clogged(&self, metadata: usize) -> bool {
        self.outbox.borrow().control() > UNTAKEN.saturating_add(metadata)
    }

    /// Sends as much as the socket takes; `sent` hears of each block that has left whole.
    pub(super) fn flush(&self, sent: impl FnMut(BlockRequest)) -> io::Result<()> {
        if self.state.get() != State::Open {
            return Ok(());
        }
        let mut outbox = self.outbox.borrow_mut();
        outbox.flush(|slices| self.stream.try_write_vectored(slices), sent)?;
        if !outbox.is_empty() {
            self.drained(Interest::WRITABLE);
            self.enter(State::Full);
        }
        Ok(())
    }

    fn enter(&self, state: State) {
        self.state.set(state);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Tells the runtime that the socket took or gave less than it was asked for, so that it need
    /// not be asked once more only to hear that it would block.
    fn drained(&self, interest: Interest) {
        // Elsewhere readiness is a level and not an edge, and a new call is the only way.
        if cfg!(any(target_os = "linux", target_os = "android")) {
            let would_block = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _ = self.stream.try_io(interest, would_block);
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        match self.state.get() {
            State::Closed => return Poll::Ready(Ok(Ready::Closed)),
            State::Full => {
                if let Poll::Ready(result) = self.stream.poll_write_ready(context) {
                    self.state.set(State::Open);
                    return Poll::Ready(result.map(|()| Ready::Write));
                }
            }
            State::Open => {}
        }
        let result = self.stream.poll_read_ready(context);
        if result.is_pending() {
            self.waker.set(Some(context.waker().clone()));
        }
        result.map_ok(|()| Ready::Read)
    }

    /// Reads once; `Ok(0)` is the end of the stream, `None` that nothing is there.
    fn read(&self, buffer: &mut BytesMut) -> io::Result<Option<usize>> {
        let room = buffer.capacity() - buffer.len();
        match self.stream.try_read_buf(buffer) {
            Ok(count) => {
                if count > 0 && count < room {
                    self.drained(Interest::READABLE);
                }
                Ok(Some(count))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whose links these are: it judges what they receive.
pub(super) trait Owner {
    /// What links read into.
    fn buffers(&self) -> &RefCell<Buffers>;
    /// Waits until there is room for what a link receives.
    async fn room(&self);
    /// Takes the messages out of what a link received.
    fn received(
        self: &Rc<Self>,
        link: &Link,
        decoder: &mut Decoder,
        buffer: &mut BytesMut,
    ) -> Result<(), wire::Error>;
    /// The socket of a link takes more.
    fn writable(self: &Rc<Self>, link: &Rc<Link>);
    /// A link ended by itself.
    fn disconnected(self: &Rc<Self>, link: &Link, end: End);
}

/// Pumps a link until it ends; the torrent hears of its end unless it asked for it.
pub(super) async fn pump<O: Owner>(owner: Rc<O>, link: Rc<Link>, mut decoder: Decoder) {
    // The start of a message whose rest has not come.
    let mut start = BytesMut::new();
    let end = loop {
        match poll_fn(|context| link.poll(context)).await {
            Ok(Ready::Closed) => return,
            Ok(Ready::Write) => owner.writable(&link),
            Ok(Ready::Read) => {
                // Where the disk is behind, the sender has to wait.
                owner.room().await;
                match receive(&owner, &link, &mut decoder, &mut start) {
                    Ok(true) => {}
                    Ok(false) => break End::HungUp,
                    Err(end) => break end,
                }
            }
            Err(_) => break End::HungUp,
        }
    };
    owner.disconnected(&link, end);
}

/// How a link ended.
pub(super) enum End {
    /// The other side hung up, or the connection failed.
    HungUp,
    /// What came was no message.
    Garbage,
}

/// Reads once and gives what came to the torrent; false at the end of the stream.
fn receive<O: Owner>(
    owner: &Rc<O>,
    link: &Link,
    decoder: &mut Decoder,
    start: &mut BytesMut,
) -> Result<bool, End> {
    let mut buffer = owner.buffers().borrow_mut().take();
    buffer.extend_from_slice(start);
    let result = match link.read(&mut buffer) {
        Ok(None) => Ok(true),
        Ok(Some(0)) => Ok(false),
        Ok(Some(_)) => {
            let result = owner.received(link, decoder, &mut buffer);
            start.clear();
            if buffer.is_empty() && start.capacity() > KEPT {
                *start = BytesMut::new();
            }
            start.extend_from_slice(&buffer);
            result.map(|()| true).map_err(|_| End::Garbage)
        }
        Err(_) => Err(End::HungUp),
    };
    owner.buffers().borrow_mut().give(buffer);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::PieceIndex;
    use crate::wire::Message;

    #[tokio::test]
    async fn who_asks_for_much_and_takes_nothing_is_known() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let link = Link::new(PeerKey(1), stream);
        let mut outbox = link.outbox.borrow_mut();
        (0..=UNTAKEN / 9).for_each(|_| outbox.push(&Message::Have(PieceIndex(7))));
        drop(outbox);
        assert!(link.is_clogged(0), "{} bytes", link.outbox.borrow().control());
        assert!(!link.is_clogged(9), "metadata may be on its way");
    }
}
