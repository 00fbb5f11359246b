//! One torrent: takes what happened, says what to do.

use super::{Action, Config, Input, Progress};
use crate::torrent::Bitfield;
use rand::rngs::StdRng;
use std::time::Instant;

/// One torrent's life. Its owner gives it time, randomness and what happened, and carries out the
/// actions in order.
#[derive(Debug)]
pub struct Torrent {
    config: Config,
    rng: StdRng,
}

impl Torrent {
    /// A torrent that has no peers yet.
    pub fn new(config: Config, rng: StdRng, _now: Instant) -> Self {
        Self { config, rng }
    }

    /// Takes an input and appends what is to be done, in order. `now` never goes back.
    pub fn handle(&mut self, _now: Instant, _input: Input, _actions: &mut Vec<Action>) {
        let _ = &self.rng;
    }

    /// When [`Input::Tick`] is wanted; `None` while only other inputs can change anything.
    pub fn next_timeout(&self) -> Option<Instant> {
        None
    }

    /// Where the torrent stands.
    pub fn progress(&self, _now: Instant) -> Progress {
        Progress::default()
    }

    /// The pieces that are on the disk and were verified.
    pub fn have(&self) -> &Bitfield {
        &self.config.have
    }

    /// Whether more addresses of peers would help: a tracker may be asked early.
    pub fn wants_peers(&self) -> bool {
        false
    }
}
