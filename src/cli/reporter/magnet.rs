//! What is said of a magnet link until its torrent begins.

use super::{Reporter, Subject, Work};
use crate::cli::{Progress, units};
use crate::net::job::Job;
use crate::torrent::InfoHash;
use serde_json::json;
use std::ops::ControlFlow;

impl Reporter {
    /// The metadata is sought.
    pub(super) fn seeking(
        &mut self,
        torrent: InfoHash,
        peers: usize,
        received: u64,
    ) -> ControlFlow<()> {
        let bar = || Progress::new(&self.env, &self.ui, "fetching the metadata", 0);
        let bar = self.seeking.entry(torrent).or_insert_with(bar);
        bar.note(format!("{peers} peers"));
        bar.set(received);
        self.event(&json!({"event": "seeking", "v": 1, "info_hash": torrent.to_string(),
            "peers": peers, "received": received}))
    }

    /// The metadata is there: from now on the torrent has a name and a place.
    pub(super) fn metadata(&mut self, job: &Job) -> ControlFlow<()> {
        self.seeking.remove(&job.info_hash);
        let (subject, size) = (Subject::of(job), job.metainfo.total_size());
        let files = match job.metainfo.layout.files().filter(|file| !file.pad).count() {
            1 => String::new(),
            count => format!(" in {count} files"),
        };
        self.note(0, &format!("{}: {}{files}", subject.name, units::show_size(size)));
        let event = json!({"event": "metadata", "v": 1, "info_hash": job.info_hash.to_string(),
            "name": subject.name, "total_size": size});
        self.subjects.insert(job.info_hash, Work::new(subject));
        self.event(&event)
    }
}
