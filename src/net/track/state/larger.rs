//! A state that has more in it than the tracker may remember: what finds no room is forgotten, the next
//! save leaves it out, and the one after that puts the last file with all of it away. So all of it is
//! kept aside, once, and a line says so.

use super::aside::{self, Aside, Why};
use super::{Shared, place};
use crate::net::track::diagnostics::Diagnostics;
use crate::store::{Error, words};
use crate::tracker::dfile::Left;
use crate::tracker::swarms::Swarms;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// That of another tracker, until this one has its place.
#[derive(Default)]
pub(in crate::net::track) struct Told(Mutex<Option<(What, Result<aside::Copy, Error>)>>);

impl Told {
    /// Notes what of a state found no room.
    pub(super) fn note(&self, left: Left, dfile: &Path, bytes: &[u8], swarms: &Swarms) {
        let told = What::of(left, swarms)
            .map(|what| (what, aside::Copy::write(&place(dfile), Why::Larger, bytes)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// Keeps it, now that the other makes way.
    pub(in crate::net::track) fn keep(&self, shared: &Shared) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some((what, copy)), Some(dfile)) = (told, &shared.options.dfile) {
            let kept = copy.and_then(aside::Copy::finish).map_err(|error| words(&error.source));
            what.warn(dfile, kept, &shared.diagnostics);
        }
    }

    /// The other has not told all.
    pub(in crate::net::track) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Keeps the dfile aside, of which so much was left out.
pub(super) fn keep(dfile: &Path, left: Left, swarms: &Swarms, diagnostics: &Diagnostics) {
    if let Some(what) = What::of(left, swarms) {
        let kept = aside::put(&place(dfile), Why::Larger).map_err(|error| words(&error));
        what.warn(dfile, kept, diagnostics);
    }
}

/// What found no room, and for want of what.
struct What {
    left: Left,
    /// The flags, and how much they allow.
    full: String,
}

impl What {
    /// None where there was room for all of it.
    fn of(left: Left, swarms: &Swarms) -> Option<Self> {
        if left.is_nothing() {
            return None;
        }
        let config = swarms.config();
        // As it was when it found none: what does not fit whole is forgotten whole, which makes room again.
        let full = [
            ("--most-peers", left.full.peers, config.peers_most),
            ("--most-torrents", left.full.torrents, config.torrents_most),
            ("--most-memory", left.full.memory, config.memory_most),
        ];
        let full = full.iter().filter(|(_, full, _)| *full);
        let full: Vec<_> = full.map(|(flag, _, most)| format!("{flag} {most}")).collect();
        Some(Self { left, full: full.join(", ") })
    }

    fn warn(&self, dfile: &Path, kept: Result<Aside, String>, diagnostics: &Diagnostics) {
        let Self { left: Left { torrents, peers, .. }, full } = self;
        let end = match kept {
            Ok(aside) => format!("all of it is kept as {aside}"),
            Err(words) => format!("it could not be kept aside: {words}"),
        };
        let path = dfile.display();
        let what = format_args!(
            "{path}: {peers} peers and {torrents} torrents of it are left out for want of room \
             ({full}); {end}"
        );
        diagnostics.warn("larger", what);
    }
}
