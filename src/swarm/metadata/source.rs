//! A peer that may have the metadata.

use super::assembly::{Assembly, MAX_METADATA};
use crate::swarm::Trouble;
use crate::torrent::PeerId;
use crate::wire::ExtensionHandshake;
use std::net::SocketAddr;
use std::time::Instant;

/// A piece that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) piece: u32,
    pub(super) at: Instant,
    /// For which attempt.
    pub(super) round: u32,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) address: SocketAddr,
    pub(super) id: PeerId,
    pub(super) outgoing: bool,
    /// Where it takes calls, where that is known.
    pub(super) listens: Option<SocketAddr>,
    pub(super) joined: Instant,
    pub(super) last_heard: Instant,
    pub(super) last_sent: Instant,
    /// Its number for `ut_metadata`; 0: it does not speak it.
    pub(super) metadata_id: u8,
    /// The bytes of metadata that it has; `None` where it has said nothing of any.
    size: Option<u32>,
    pub(super) asked: Vec<Asked>,
    /// It refused a piece: not to be asked before this.
    pub(super) rests_until: Option<Instant>,
    /// What it gives alone.
    pub(super) own: Option<Assembly>,
    /// Attempts that it took part in and that came to nothing.
    pub(super) failures: u32,
    /// Requests of its own that we refused.
    pub(super) refused: u32,
}

impl Source {
    pub(super) fn new(now: Instant, address: SocketAddr, id: PeerId, outgoing: bool) -> Self {
        Self {
            address,
            id,
            outgoing,
            listens: outgoing.then_some(address),
            joined: now,
            last_heard: now,
            last_sent: now,
            metadata_id: 0,
            size: None,
            asked: vec![],
            rests_until: None,
            own: None,
            failures: 0,
            refused: 0,
        }
    }

    /// It said what it speaks and has; a later word adds to an earlier one (BEP 10).
    pub(super) fn introduced(&mut self, said: &ExtensionHandshake) -> Result<(), Trouble> {
        self.metadata_id = said.ut_metadata.unwrap_or(self.metadata_id);
        if let Some(port) = said.port {
            self.listens.get_or_insert(SocketAddr::new(self.address.ip(), port));
        }
        match said.metadata_size {
            // Some say 0 for none.
            None | Some(0) => {}
            Some(size) if size > MAX_METADATA => return Err(Trouble::MetadataSize),
            Some(size) => {
                let size = u32::try_from(size).ok();
                if self.size.is_some() && self.size != size {
                    return Err(Trouble::MetadataSize);
                }
                self.size = size;
            }
        }
        if self.offers().is_none() {
            self.own = None;
        }
        Ok(())
    }

    /// The bytes of metadata that may be asked for.
    pub(super) fn offers(&self) -> Option<u32> {
        self.size.filter(|_| self.metadata_id != 0)
    }

    /// Whether it has metadata and has not just refused it.
    pub(super) fn may_be_asked(&self, now: Instant) -> bool {
        self.offers().is_some() && self.rests_until.is_none_or(|until| until <= now)
    }
}
