//! SIGHUP: all that is read from files is read anew, beside the workers.

use super::Shared;
use super::systemd::{self, News};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The reading that runs, where one does.
#[derive(Default)]
pub(super) struct Reloading {
    running: Option<JoinHandle<()>>,
    /// Files may have changed since it read them.
    again: bool,
}

impl Reloading {
    /// Begins to read; where a reading runs, another one begins once that has ended.
    pub(super) fn ask(&mut self, shared: &Arc<Shared>) {
        // Told with its time: what a service manager asked for before that is under way.
        systemd::tell(News::Reloading);
        if self.running.is_some() {
            self.again = true;
            return;
        }
        let shared = Arc::clone(shared);
        self.running = Some(tokio::task::spawn_blocking(move || shared.reload()));
    }

    /// Waits until all that was asked for is read; for ever, where nothing is.
    pub(super) async fn ended(&mut self, shared: &Arc<Shared>) {
        loop {
            let Some(task) = &mut self.running else { return std::future::pending().await };
            // A thread that panicked has told so.
            let _ = task.await;
            self.running = None;
            if !std::mem::take(&mut self.again) {
                systemd::tell(News::Ready);
                return;
            }
            self.ask(shared);
        }
    }
}

impl Shared {
    /// Reads anew what is read from files.
    fn reload(&self) {
        self.reloads.iter().for_each(|reload| reload.read(self));
    }
}
