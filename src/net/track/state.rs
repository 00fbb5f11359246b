//! The tracker's memory on the disk: read at the start, written while it serves.

use super::{Error, Shared};
use crate::store::whole::{self, Existing};
use crate::tracker::swarms::Swarms;
use crate::tracker::{Config, dfile};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinHandle;

/// The state on its way to the disk, while the workers go on.
#[derive(Default)]
pub(super) struct Saving(Option<JoinHandle<Result<(), crate::store::Error>>>);

impl Saving {
    /// Whether nothing is on its way.
    pub(super) fn idle(&self) -> bool {
        self.0.is_none()
    }

    /// Begins to write, where there is a file to be written.
    pub(super) fn start(&mut self, shared: &Arc<Shared>) {
        let Some(path) = shared.options.dfile.clone() else { return };
        let shared = Arc::clone(shared);
        self.0 = Some(tokio::task::spawn_blocking(move || {
            let bytes = dfile::save(shared.service.swarms(), Instant::now());
            whole::write(&path, &bytes, Existing::Replace)
        }));
    }

    /// What came of it; never, where nothing is on its way.
    pub(super) async fn written(&mut self) -> Result<(), crate::store::Error> {
        let Some(write) = &mut self.0 else { return std::future::pending().await };
        // A thread that panicked has told so.
        let written = write.await.unwrap_or(Ok(()));
        self.0 = None;
        written
    }
}

/// Reads the state; makes the file where there is none, so that a place that cannot be written is
/// found out now and not in five minutes.
pub(super) fn load(path: &Path, config: Config) -> Result<Swarms, Error> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::Read(path.to_owned(), error)),
    };
    let now = Instant::now();
    let swarms =
        dfile::load(&bytes, config, now).map_err(|error| Error::Dfile(path.to_owned(), error))?;
    whole::write(path, &dfile::save(&swarms, now), Existing::Replace)?;
    Ok(swarms)
}
