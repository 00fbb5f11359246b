//! What the drivers have to say to whoever runs them.

use super::job::Job;
use crate::swarm::{Event, Progress};
use crate::torrent::InfoHash;
use crate::tracker::announce;
use std::net::SocketAddr;
use std::ops::ControlFlow;

/// Something that a user may want to know of.
#[derive(Debug)]
pub enum Notice<'a> {
    /// Peers are taken at this address.
    Listening(SocketAddr),
    /// The data of a torrent is being read: bytes done of bytes in all.
    Checking {
        /// Which torrent.
        torrent: InfoHash,
        /// Bytes read and hashed.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// What was there already: verified bytes of bytes in all.
    Checked {
        /// Which torrent.
        torrent: InfoHash,
        /// Bytes of verified pieces.
        verified: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The metadata of a magnet link is sought; every now and then.
    Seeking {
        /// Which torrent.
        torrent: InfoHash,
        /// Connections whose handshake is done.
        peers: usize,
        /// Bytes of metadata that have come, wrong ones too.
        received: u64,
    },
    /// The metadata of a magnet link is there, and what is to be done is known.
    Metadata(&'a Job),
    /// The torrent takes part in its swarm.
    Started(InfoHash),
    /// From the torrent's core.
    Swarm(InfoHash, &'a Event),
    /// A connection came to nothing before the handshake was done; why.
    Refused(SocketAddr, &'a str),
    /// A tracker took an announce.
    Announced {
        /// Which torrent.
        torrent: InfoHash,
        /// The tracker.
        url: &'a str,
        /// What was announced.
        event: announce::Event,
        /// What it answered.
        answer: &'a announce::Answer,
    },
    /// A tracker took no announce.
    AnnounceFailed {
        /// Which torrent.
        torrent: InfoHash,
        /// The tracker.
        url: &'a str,
        /// Why.
        trouble: &'a announce::Trouble,
    },
    /// A block that a peer asked for cannot be read.
    Unreadable(InfoHash, &'a crate::store::Error),
    /// Where the torrent stands; every now and then.
    Progress(InfoHash, &'a Progress),
    /// The last piece is on the disk, and so is everything else.
    Finished(InfoHash, &'a Progress),
    /// The torrent has left its swarm.
    Stopped(InfoHash, &'a Progress),
    /// Anything else that went wrong and is lived with.
    Warning(&'a str),
}

/// Who hears the notices; to break off is to ask for the end.
pub trait Listener {
    /// Takes one notice.
    fn hear(&mut self, notice: Notice<'_>) -> ControlFlow<()>;
}

impl<F: FnMut(Notice<'_>) -> ControlFlow<()>> Listener for F {
    fn hear(&mut self, notice: Notice<'_>) -> ControlFlow<()> {
        self(notice)
    }
}
