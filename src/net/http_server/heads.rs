//! The time that a head may take: from its first byte on. Before that the connection is idle, for which
//! others have a patience.

use super::Flow;
use hyper::rt::{Sleep, Timer};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// The clock of a server that measures nothing but heads: whenever it begins to wait for one, it asks
/// for a time, all the same how long.
pub(super) struct Heads {
    pub(super) flow: Arc<Flow>,
    /// For one head.
    pub(super) patience: Duration,
}

impl Timer for Heads {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        self.flow.begin_head();
        Box::pin(Head { flow: Arc::clone(&self.flow), patience: self.patience, late: None })
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(self.patience)
    }
}

/// One head.
struct Head {
    flow: Arc<Flow>,
    patience: Duration,
    /// None before its first byte.
    late: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Future for Head {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.flow.is_idle() {
            // What wakes the server is the first byte.
            return Poll::Pending;
        }
        let patience = self.patience;
        let late = self.late.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        late.as_mut().poll(cx)
    }
}

impl Sleep for Head {}
