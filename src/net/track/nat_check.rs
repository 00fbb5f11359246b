//! The call back to a peer, before others are told of it (`--nat-check`).
//!
//! A tracker that calls whom it is told to is a port scanner in anybody's hand. So the service asks
//! for calls only to the address that an announce itself came from; there are only so many at once
//! and a second, in all and to one address; and what came of one is remembered.

use super::Shared;
use crate::tracker::limits::{Pacer, Rate, subscriber};
use crate::tracker::service::Service;
use rand::SeedableRng;
use rand::rngs::{SmallRng, StdRng, SysRng};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Calls at once.
const AT_ONCE: usize = 512;
/// Calls in all.
const ALL: Rate = rate(500, 500);
/// Calls to one address: a NAT may have many peers behind it.
const ONE: Rate = rate(2, 60);
/// A host that takes calls takes one within this time.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two looks at who waits.
const LOOK: Duration = Duration::from_millis(100);
/// Addresses whose calls are remembered.
const ADDRESSES: usize = 1 << 14;

const fn rate(many: u32, burst: u32) -> Rate {
    let (Some(many), Some(burst)) = (NonZeroU32::new(many), NonZeroU32::new(burst)) else {
        return Rate::PUBLIC;
    };
    Rate { many, period: Duration::from_secs(1), burst }
}

/// Calls peers, no more than is good.
pub(super) struct Caller {
    free: Arc<Semaphore>,
    all: Pacer,
    one: Pacer,
    patience: Duration,
}

impl Caller {
    /// One that waits so long for an answer, and never long.
    pub(super) fn new(patience: Duration, now: Instant) -> Self {
        Self {
            free: Arc::new(Semaphore::new(AT_ONCE)),
            all: Pacer::new(ALL, 1, now),
            one: Pacer::new(ONE, ADDRESSES, now),
            patience: patience.min(PATIENCE),
        }
    }

    /// Calls a peer for [`Refusal::CallFirst`](crate::tracker::service::Refusal::CallFirst) and
    /// tells the service what came of it. False where it cannot be called now.
    pub(super) async fn settle(
        &self,
        service: &Service,
        address: SocketAddr,
        rng: &RefCell<SmallRng>,
    ) -> bool {
        let Some(turn) = self.turn() else { return false };
        match self.call(turn, address).await {
            Some(listens) => {
                service.reached(Instant::now(), address, listens, &mut *rng.borrow_mut());
            }
            None => return false,
        }
        true
    }

    /// Leave for one call.
    fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.free).try_acquire_owned().ok()?;
        self.all.take(Instant::now(), 0).ok()?;
        Some(turn)
    }

    /// Whether the peer takes the call; `None`: it has been called often enough.
    async fn call(&self, turn: OwnedSemaphorePermit, address: SocketAddr) -> Option<bool> {
        self.one.take(Instant::now(), subscriber(address.ip())).ok()?;
        let taken = timeout(self.patience, TcpStream::connect(address)).await;
        drop(turn);
        Some(matches!(taken, Ok(Ok(_))))
    }
}

/// Calls those that were answered already and wait to be told of, for ever.
pub(super) async fn serve(shared: Arc<Shared>) {
    let Ok(mut rng) = StdRng::try_from_rng(&mut SysRng) else { return };
    loop {
        tokio::time::sleep(LOOK).await;
        while let Some(turn) = shared.caller.turn() {
            let Some(address) = shared.service.waiting() else { break };
            let (shared, mut rng) = (Arc::clone(&shared), rng.fork());
            tokio::task::spawn_local(async move {
                let service = &shared.service;
                match shared.caller.call(turn, address).await {
                    Some(listens) => service.reached(Instant::now(), address, listens, &mut rng),
                    // One that was called too often comes again with its next announce.
                    None => service.give_up(address),
                }
            });
        }
    }
}
