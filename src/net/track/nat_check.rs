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
        let Some(turn) = self.leave(address) else { return false };
        let listens = self.call(turn, address).await;
        service.reached(Instant::now(), address, listens, &mut *rng.borrow_mut());
        true
    }

    /// Leave to call this one. What is refused costs nobody else a call.
    fn leave(&self, address: SocketAddr) -> Option<OwnedSemaphorePermit> {
        let subscriber = subscriber(address.ip());
        self.one.take(Instant::now(), subscriber).ok()?;
        let turn = self.turn();
        if turn.is_none() {
            self.one.give_back(Instant::now(), subscriber);
        }
        turn
    }

    /// Leave for one call of those in all.
    fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.free).try_acquire_owned().ok()?;
        self.all.take(Instant::now(), 0).ok()?;
        Some(turn)
    }

    /// The next one that waits and may be called, with leave to do so.
    fn next(&self, service: &Service) -> Option<(OwnedSemaphorePermit, SocketAddr)> {
        let turn = self.turn()?;
        while let Some(address) = service.waiting() {
            if self.one.take(Instant::now(), subscriber(address.ip())).is_ok() {
                return Some((turn, address));
            }
            // One that was called too often comes again with its next announce.
            service.give_up(address);
        }
        self.all.give_back(Instant::now(), 0);
        None
    }

    /// Whether the peer takes the call.
    async fn call(&self, turn: OwnedSemaphorePermit, address: SocketAddr) -> bool {
        let taken = timeout(self.patience, TcpStream::connect(address)).await;
        drop(turn);
        matches!(taken, Ok(Ok(_)))
    }
}

/// Calls those that were answered already and wait to be told of, for ever.
pub(super) async fn serve(shared: Arc<Shared>) {
    let Ok(mut rng) = StdRng::try_from_rng(&mut SysRng) else { return };
    loop {
        tokio::time::sleep(LOOK).await;
        while let Some((turn, address)) = shared.caller.next(&shared.service) {
            let (shared, mut rng) = (Arc::clone(&shared), rng.fork());
            tokio::task::spawn_local(async move {
                let listens = shared.caller.call(turn, address).await;
                shared.service.reached(Instant::now(), address, listens, &mut rng);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::{InfoHash, PeerId};
    use crate::tracker::Config;
    use crate::tracker::announce::{Announce, Event};
    use crate::tracker::drawn::Drawn;
    use crate::tracker::service::{Asker, Front, Lists, Policy};
    use crate::tracker::swarms::Swarms;

    fn caller() -> Caller {
        Caller::new(PATIENCE, Instant::now())
    }

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_that_has_been_called_enough_takes_no_calls_from_others() {
        let caller = caller();
        let taken = (1..=9_999).filter(|&port| {
            let address = SocketAddr::new([192, 0, 2, 1].into(), port);
            caller.leave(address).is_some()
        });
        assert!((60..500).contains(&taken.count()));
        assert!(caller.leave(at("192.0.2.2:1")).is_some());
        // One that finds no free call is not charged either.
        let all = Arc::clone(&caller.free).try_acquire_many_owned(AT_ONCE as u32).unwrap();
        (0..999).for_each(|_| assert!(caller.leave(at("192.0.2.3:1")).is_none()));
        drop(all);
        assert!(caller.one.take(Instant::now(), subscriber([192, 0, 2, 3].into())).is_ok());
    }

    #[test]
    fn nor_do_those_that_wait() {
        let (caller, now) = (caller(), Instant::now());
        let policy = Policy { nat_check: true, ..Policy::default() };
        let swarms = Swarms::new(Config::default(), now);
        let service = Service::with(swarms, policy, Lists::default(), now);
        let mut rng = SmallRng::seed_from_u64(1);
        (0..9_999).for_each(|_| assert!(caller.next(&service).is_none()));
        let mut wait = |address: SocketAddr| {
            let announce = Announce {
                info_hash: InfoHash([1; 20]),
                peer_id: PeerId([2; 20]),
                port: address.port(),
                uploaded: 0,
                downloaded: 0,
                left: 1,
                event: Event::Started,
                numwant: None,
                compact: true,
                no_peer_id: true,
                key: None,
                tracker_id: None,
                ip: None,
            };
            let asker = Asker { ip: address.ip(), front: Front::Udp, key: None };
            let mut drawn = Drawn::default();
            assert!(service.announce(now, &asker, &announce, &mut rng, &mut drawn).is_ok());
        };
        for round in 0..20 {
            for port in 1..=1000 {
                wait(SocketAddr::new([192, 0, 2, 1].into(), round * 1000 + port));
            }
            let other = SocketAddr::new([192, 0, 2, 2].into(), 1 + round);
            wait(other);
            let called = std::iter::from_fn(|| caller.next(&service)).map(|(_, address)| address);
            let called: Vec<_> = called.collect();
            assert_eq!(called.last(), Some(&other), "{round}");
            called.into_iter().for_each(|address| service.give_up(address));
        }
    }
}
