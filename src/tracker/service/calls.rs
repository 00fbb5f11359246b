//! Calls back to peers (`--nat-check`): who is called, and what comes of it. The calls themselves
//! are made elsewhere.

use super::listening::{Known, Listening};
use super::{Asker, Front, Refusal, Service};
use crate::tracker::drawn::Drawn;
use crate::tracker::swarms::Ask;
use rand::Rng;
use std::net::SocketAddr;
use std::time::Instant;

impl Service {
    /// What came of a call, which [`Refusal::CallFirst`] asked for or [`waiting`](Self::waiting)
    /// did. A peer that waited for it is taken up among those that others are told of.
    pub fn reached(&self, now: Instant, address: SocketAddr, listens: bool, rng: &mut impl Rng) {
        let Some(listening) = &self.listening else { return };
        listening.learn(now, address, listens);
        for ask in listening.take(address) {
            if listens && self.serves(ask.info_hash) {
                let ask = Ask { peers: 0, ..ask };
                self.swarms.announce(now, &ask, rng, &mut Drawn::default());
            }
        }
    }

    /// The next peer to be called that is answered already and waits to be told of. It does so
    /// until it was [`reached`](Self::reached) or [`given up`](Self::give_up).
    pub fn waiting(&self) -> Option<SocketAddr> {
        self.listening.as_ref()?.next()
    }

    /// A peer that waits cannot be called: it has to announce once more.
    pub fn give_up(&self, address: SocketAddr) {
        if let Some(listening) = &self.listening {
            listening.take(address);
        }
    }

    /// There is no time for a call that [`Refusal::CallFirst`] asked for: the next announce of
    /// this peer is answered, and waits for it.
    pub fn postpone(&self, now: Instant, address: SocketAddr) {
        if let Some(listening) = &self.listening {
            listening.postpone(now, address);
        }
    }

    /// Judges an announce by whether the peer takes calls; one that others are not to be told
    /// of loses its port.
    pub(super) fn check(
        &self,
        listening: &Listening,
        now: Instant,
        asker: &Asker<'_>,
        ask: &mut Ask,
    ) -> Result<(), Refusal> {
        match (listening.known(now, ask.address), asker.front) {
            (_, Front::WebSocket) | (Known::Listens, _) => {}
            (Known::Silent, Front::Http) => return Err(Refusal::unreachable()),
            (Known::Silent, Front::Udp) => ask.address.set_port(0),
            // It was reached, or it would not be told of: that was only forgotten. Or it comes of a
            // dfile, which does not say whether it was: then it counts as such for as long.
            (Known::Nothing, _) if self.swarms.tells_of(now, ask.info_hash, ask.address) => {
                listening.learn(now, ask.address, true);
            }
            (Known::Nothing | Known::Lapsed, Front::Http) => {
                // Judged once more after the call, it is to count once.
                self.limits.unpace(now, asker.ip);
                return Err(Refusal::CallFirst(ask.address));
            }
            (Known::Nothing | Known::Pends | Known::Lapsed, _) => {
                listening.wait(*ask);
                if !self.swarms.tells_of(now, ask.info_hash, ask.address) {
                    ask.address.set_port(0);
                }
            }
        }
        Ok(())
    }
}
