//! What goes into a torrent and what comes out of it.

use crate::torrent::{Bitfield, BlockRequest, InfoHash, PeerId, PieceIndex, Pieces};
use crate::wire::Message;
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;

/// A connection's number, given by the driver, never used twice in a process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PeerKey(pub u64);

/// What a torrent starts from.
#[derive(Clone, Debug)]
pub struct Config {
    /// The torrent.
    pub info_hash: InfoHash,
    /// Our id; a peer that has it is ourselves.
    pub peer_id: PeerId,
    /// How the bytes divide.
    pub pieces: Pieces,
    /// The pieces that are on the disk and were verified.
    pub have: Bitfield,
    /// The bytes of `info`, for peers that ask for them (BEP 9).
    pub metadata: Bytes,
    /// Only peers of its own trackers (BEP 27).
    pub private: bool,
    /// Where we listen, told to peers (BEP 10 `p`); `None` where we do not.
    pub listen_port: Option<u16>,
    /// Bytes a second, all peers together; `None`: no limit.
    pub upload_limit: Option<u64>,
    /// Bytes a second, all peers together; `None`: no limit.
    pub download_limit: Option<u64>,
    /// Connections, at most.
    pub max_peers: usize,
    /// Connections of ours under way at once, at most.
    pub max_connecting: usize,
    /// Peers unchoked at once; `None`: as many as the measured upload rate feeds.
    pub max_uploads: Option<usize>,
    /// How long a peer that owes us blocks may be silent before it is dropped.
    pub peer_timeout: Duration,
    /// Between keep-alives of ours (BEP 3: two minutes).
    pub keep_alive: Duration,
}

/// Something that happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// The time that [`Torrent::next_timeout`](super::Torrent) named has come.
    Tick,
    /// Addresses of peers, from trackers, the user, or other peers.
    Peers(Vec<SocketAddr>),
    /// A connection stands: both handshakes were exchanged and the info-hash is ours.
    Connected {
        /// The new connection.
        peer: PeerKey,
        /// The other end.
        address: SocketAddr,
        /// Whether we called.
        outgoing: bool,
        /// The peer's id.
        id: PeerId,
        /// The eight reserved bytes of its handshake.
        reserved: [u8; 8],
    },
    /// An [`Action::Connect`] came to nothing.
    ConnectFailed(SocketAddr),
    /// A message came.
    Received(PeerKey, Message),
    /// All that was to be sent for this block has left us.
    BlockSent(PeerKey, BlockRequest),
    /// The block could not be read, and nothing of it was sent.
    BlockUnread(PeerKey, BlockRequest),
    /// The connection is gone (not by an [`Action::Close`] of ours).
    Disconnected(PeerKey),
    /// The driver hung up, since what came was no message (or no longer the protocol).
    Faulty(PeerKey, Trouble),
    /// An [`Action::Verify`] was carried out: whether the piece has the hash of the metainfo.
    Verified(PieceIndex, bool),
    /// Change of the limits in bytes a second.
    Limits {
        /// As [`Config::upload_limit`].
        upload: Option<u64>,
        /// As [`Config::download_limit`].
        download: Option<u64>,
    },
}

/// Something to be done outside. To be carried out in the order given.
#[derive(PartialEq, Eq, Debug)]
pub enum Action {
    /// Call this peer; ends in [`Input::Connected`] or [`Input::ConnectFailed`].
    Connect(SocketAddr),
    /// Send a message.
    Send(PeerKey, Message),
    /// Read the block from the storage and send it as a `piece`; ends in [`Input::BlockSent`] or
    /// [`Input::BlockUnread`].
    SendBlock(PeerKey, BlockRequest),
    /// Hang up; no more input of this peer is wanted.
    Close(PeerKey),
    /// Store a block. It was asked for and lies inside its piece.
    Write {
        /// The piece.
        piece: PieceIndex,
        /// Bytes from the piece's start.
        begin: u32,
        /// The block.
        data: Bytes,
    },
    /// All blocks of the piece were given to [`Action::Write`]: compare its hash.
    Verify(PieceIndex),
    /// For whoever watches.
    Event(Event),
}

/// Something that a user may want to know of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The handshake with a peer is done.
    PeerConnected(SocketAddr, PeerId),
    /// A peer is gone; why, where it was its fault.
    PeerGone(SocketAddr, Option<Trouble>),
    /// A piece was verified and is on the disk.
    Piece(PieceIndex),
    /// A piece failed its hash; the peers that sent parts of it.
    PieceFailed(PieceIndex, Vec<SocketAddr>),
    /// The metadata failed the info-hash; the peers that sent parts of it (BEP 9).
    MetadataFailed(Vec<SocketAddr>),
    /// A peer will not be dealt with again.
    Banned(SocketAddr),
    /// The last wanted piece was verified; of a magnet link: its metadata is there.
    Finished,
}

/// What a peer did wrong. Never our own trouble: that is [`crate::store::Error`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// It is ourselves.
    #[error("connected to itself")]
    Ourselves,
    /// Another connection to the same peer stands.
    #[error("already connected")]
    Twice,
    /// There are as many peers as we want.
    #[error("too many peers")]
    Full,
    /// A bitfield of a wrong length, with spare bits set, or out of place.
    #[error("bad bitfield")]
    Bitfield,
    /// A piece or block that the torrent does not have.
    #[error("named a piece or block that does not exist")]
    OutOfRange,
    /// A block that nobody asked for.
    #[error("sent a block that was not asked for")]
    Unasked,
    /// A message of an extension that was not agreed on.
    #[error("used an extension that was not agreed on")]
    NotNegotiated,
    /// An extension message that does not parse.
    #[error("garbled extension message")]
    Garbled,
    /// Bytes that are no message: a wrong protocol name, a length over the limit.
    #[error("not the peer protocol")]
    NotProtocol,
    /// It asks for another torrent.
    #[error("wrong info-hash")]
    InfoHash,
    /// It asked for more at once than we queue, again and again.
    #[error("flooded us with messages")]
    Flood,
    /// Nothing came for too long.
    #[error("silent for too long")]
    Silent,
    /// It owed blocks and sent none.
    #[error("stalled")]
    Stalled,
    /// It asked for blocks and takes none of them.
    #[error("does not take what it asked for")]
    Untaken,
    /// A piece of which it sent every block failed its hash.
    #[error("sent data that fails its hash")]
    Corrupt,
    /// It does not say that it has metadata, or speaks no extensions (BEP 9, BEP 10).
    #[error("has no metadata")]
    NoMetadata,
    /// Metadata longer than is taken, or of a size other than it said before.
    #[error("named a size of the metadata that is not taken")]
    MetadataSize,
    /// Both sides have everything.
    #[error("nothing left to trade")]
    BothDone,
}

/// Where a torrent stands.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Progress {
    /// Bytes of verified pieces.
    pub verified: u64,
    /// Bytes in all.
    pub total: u64,
    /// Payload bytes received since start.
    pub downloaded: u64,
    /// Payload bytes sent since start.
    pub uploaded: u64,
    /// Bytes received that failed their hash or came twice.
    pub wasted: u64,
    /// Payload bytes a second, now.
    pub download_rate: u64,
    /// Payload bytes a second, now.
    pub upload_rate: u64,
    /// Connections whose handshake is done.
    pub peers: usize,
    /// Of those, the ones that have everything.
    pub seeds: usize,
    /// How many copies of the rarest missing piece the connected peers hold.
    pub copies: u32,
}
