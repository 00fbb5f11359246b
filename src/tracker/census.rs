//! All swarms added up.

use super::announce::Role;
use super::udp::Family;

/// How many torrents there are, and how many peers of which family and role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// Torrents that are known.
    pub torrents: u64,
    /// Downloads that were completed, of the torrents that are known now.
    pub completed: u64,
    /// Peers at IPv4 and at IPv6: leechers, partial seeds, seeds.
    peers: [[u64; 3]; 2],
}

/// All roles that a peer may have.
pub const ROLES: [Role; 3] = [Role::Leecher, Role::PartialSeed, Role::Seed];

impl Census {
    /// Peers of one family and role.
    pub fn peers(&self, family: Family, role: Role) -> u64 {
        let [v4, v6] = &self.peers;
        let [leechers, partial, seeds] = if family == Family::V4 { v4 } else { v6 };
        *match role {
            Role::Leecher => leechers,
            Role::PartialSeed => partial,
            Role::Seed => seeds,
        }
    }

    /// Peers of one role, whatever their family.
    pub fn of_role(&self, role: Role) -> u64 {
        self.peers(Family::V4, role).saturating_add(self.peers(Family::V6, role))
    }

    /// Adds peers.
    pub fn add(&mut self, family: Family, role: Role, many: usize) {
        let [v4, v6] = &mut self.peers;
        let [leechers, partial, seeds] = if family == Family::V4 { v4 } else { v6 };
        let count = match role {
            Role::Leecher => leechers,
            Role::PartialSeed => partial,
            Role::Seed => seeds,
        };
        *count = count.saturating_add(u64::try_from(many).unwrap_or(u64::MAX));
    }
}
