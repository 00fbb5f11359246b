//! Connection ids (BEP 15): that an asker receives what is sent to its address, proven with
//! nothing kept for it.
//!
//! An id is the time slot of its making, cut to a byte, and 56 bits of SipHash-2-4 over the address
//! and the whole slot, under a key that only the tracker has. So each check is one hash, whatever is
//! sent, and an id is worth nothing at another address, in another time, or once guessed elsewhere.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::bencode;
use siphasher::sip::SipHasher24;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Seconds of a time slot.
const SLOT: u64 = 30;
/// Slots after its own in which an id is good: for two minutes, and the rest of its own slot.
const AGE_MOST: u8 = 4;
/// Slots for which a key serves: a day.
const KEY_SLOTS: u64 = 24 * 3600 / SLOT;
/// The bits of an id that are the MAC.
const MAC: u64 = u64::MAX >> 8;

/// Half a minute of the wall clock, which a process and its successor share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot(u64);

impl Slot {
    /// The one of this time, counted from 1970.
    pub fn at(since_1970: Duration) -> Self {
        Self(since_1970.as_secs() / SLOT)
    }
}

/// The secret that ids are made with.
pub type Key = [u8; 16];

/// Makes connection ids and knows its own again. All workers have the same, and a successor that is
/// given the keys takes the ids of its predecessor.
///
/// A key serves for a day. The next one makes ids from the next slot on, and those that the last one
/// made stay good to their end: which of the two an id is of, its slot tells.
#[derive(Clone)]
pub struct Connections {
    current: (Key, SipHasher24),
    before: (Key, SipHasher24),
    /// From when on the current key is used.
    since: Slot,
}

/// The keys are not for a log.
impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

impl Connections {
    /// Those of this key from `now` on; it must be random.
    pub fn new(key: Key, now: Slot) -> Self {
        Self::of(key, key, now)
    }

    fn of(current: Key, before: Key, since: Slot) -> Self {
        let hashed = |key| (key, SipHasher24::new_with_key(&key));
        Self { current: hashed(current), before: hashed(before), since }
    }

    /// Whether the key has served its time; one of the future is none of this clock's.
    pub fn is_stale(&self, now: Slot) -> bool {
        self.since.0 > now.0.saturating_add(1) || now.0.saturating_sub(self.since.0) >= KEY_SLOTS
    }

    /// The same with another key; it must be random, and is used from the next slot on: until then
    /// it can be brought to where a successor finds it.
    pub fn renewed(&self, key: Key, now: Slot) -> Self {
        Self::of(key, self.current.0, Slot(now.0.saturating_add(1)))
    }

    /// What a successor needs, in bencode: for a file that nobody else may read.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = b"d6:before16:".to_vec();
        bytes.extend(self.before.0);
        bytes.extend(b"3:key16:");
        bytes.extend(self.current.0);
        bytes.extend(format!("5:sincei{}ee", self.since.0).into_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; none where it is not that.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let value = bencode::parse(bytes).ok()?;
        let key = |name: &[u8]| value.get(name)?.bytes()?.try_into().ok();
        Some(Self::of(key(b"key")?, key(b"before")?, Slot(value.get(b"since")?.uint()?)))
    }

    /// The id for whoever asks from this address now.
    pub fn id(&self, ip: IpAddr, now: Slot) -> u64 {
        let [.., short] = now.0.to_be_bytes();
        u64::from(short) << MAC.count_ones() | self.mac(ip, now)
    }

    /// Whether the id was given to this address in the last two minutes.
    pub fn knows(&self, id: u64, ip: IpAddr, now: Slot) -> bool {
        let [short, ..] = id.to_be_bytes();
        let [.., today] = now.0.to_be_bytes();
        let age = today.wrapping_sub(short);
        // One of the future is 252 slots old or more.
        age <= AGE_MOST
            && now.0.checked_sub(age.into()).is_some_and(|slot| self.id(ip, Slot(slot)) == id)
    }

    fn mac(&self, ip: IpAddr, slot: Slot) -> u64 {
        let ip = match ip {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let mut bytes = [0; 24];
        let (address, time) = bytes.split_at_mut(16);
        address.copy_from_slice(&ip.octets());
        time.copy_from_slice(&slot.0.to_be_bytes());
        let (_, hasher) = if slot.0 < self.since.0 { &self.before } else { &self.current };
        hasher.hash(&bytes) & MAC
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Slot = Slot(59_000_000);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_slot_is_half_a_minute() {
        let at = |seconds| Slot::at(Duration::from_secs(seconds));
        assert_eq!(at(1_770_000_000), at(1_770_000_029));
        assert_eq!(at(1_770_000_030), Slot(59_000_001));
    }

    /// SipHash-2-4 of 24 bytes under the key 00 01 … 0f, as its reference code computes it.
    #[test]
    fn golden() {
        let key = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let connections = Connections::new(key, Slot(0));
        // The message is 00 … 17, as in the authors' table of vectors, where it gives these bytes.
        let bytes: [u8; 24] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let address: [u8; 16] = *bytes.first_chunk().unwrap();
        let slot = Slot(u64::from_be_bytes(*bytes.last_chunk().unwrap()));
        let mac = u64::from_le_bytes([0x94, 0xaf, 0x49, 0xf6, 0xc6, 0x50, 0xad, 0xb8]);
        let id = connections.id(IpAddr::from(address), slot);
        assert_eq!(id, mac & MAC | 0x17 << 56);
    }

    #[test]
    fn an_id_is_good_for_two_minutes_and_not_before_its_time() {
        let connections = Connections::new([7; 16], Slot(0));
        let who = ip("203.0.113.9");
        let id = connections.id(who, NOW);
        let good: Vec<i64> = (-300..=300)
            .filter(|&later| connections.knows(id, who, Slot(NOW.0.saturating_add_signed(later))))
            .collect();
        assert_eq!(good, [0, 1, 2, 3, 4]);
        assert!(!connections.knows(connections.id(who, Slot(255)), who, Slot(0)));
    }

    #[test]
    fn a_mapped_address_is_the_one_that_it_maps() {
        let connections = Connections::new([7; 16], Slot(0));
        let id = connections.id(ip("::ffff:203.0.113.9"), NOW);
        assert!(connections.knows(id, ip("203.0.113.9"), NOW));
        assert!(!connections.knows(id, ip("203.0.113.8"), NOW));
        assert!(!connections.knows(id, ip("2001:db8::1"), NOW));
    }

    #[test]
    fn a_successor_with_the_keys_takes_the_ids_and_another_does_not() {
        let connections = Connections::new([7; 16], Slot(0));
        let id = connections.id(ip("2001:db8::1"), NOW);
        let successor = Connections::from_bytes(&connections.to_bytes()).unwrap();
        assert!(successor.knows(id, ip("2001:db8::1"), NOW));
        assert!(!Connections::new([8; 16], Slot(0)).knows(id, ip("2001:db8::1"), NOW));
    }

    #[test]
    fn a_key_serves_for_a_day_and_its_ids_to_their_end() {
        let at = |later: u64| Slot(NOW.0 + later);
        let first = Connections::new([7; 16], NOW);
        let stale: Vec<u64> = (0..6000).filter(|&later| first.is_stale(at(later))).collect();
        assert_eq!((stale[0], stale.len()), (2880, 6000 - 2880));
        assert!(first.is_stale(Slot(NOW.0 - 2)), "the clock was wrong once");
        let second = first.renewed([8; 16], at(2880));
        assert!(!second.is_stale(at(2880)) && !second.is_stale(at(2881 + 2879)));
        let who = ip("203.0.113.9");
        // In the slot of the change, whoever has not got the new one yet knows the ids still.
        let id = second.id(who, at(2880));
        assert!(first.knows(id, who, at(2880)) && second.knows(id, who, at(2884)));
        assert!(!second.knows(id, who, at(2885)));
        let new = second.id(who, at(2881));
        assert!(!first.knows(new, who, at(2881)) && second.knows(new, who, at(2881)));
        let again = Connections::from_bytes(&second.to_bytes()).unwrap();
        assert!(again.knows(id, who, at(2884)) && again.knows(new, who, at(2881)));
        // Of a key that was replaced twice nothing is left.
        assert!(!second.renewed([9; 16], at(2881)).knows(id, who, at(2881)));
    }

    #[test]
    fn what_is_no_key_file_gives_no_keys() {
        let good = Connections::new([7; 16], NOW).to_bytes();
        assert!(Connections::from_bytes(&good).is_some());
        assert!((0..good.len()).all(|cut| Connections::from_bytes(&good[..cut]).is_none()));
        for other in [&b"de"[..], b"d6:before16:0123456789abcdef3:key1:a5:sincei0ee", b"\0"] {
            assert!(Connections::from_bytes(other).is_none());
        }
        assert_eq!(format!("{:?}", Connections::new(*b"a secret, really", NOW)), "Connections");
    }

    proptest! {
        #[test]
        fn each_bit_of_id_and_address_counts(
            key: [u8; 16], address: [u8; 16], bit in 0u32..128, slot in 4u64..1 << 40
        ) {
            let connections = Connections::new(key, Slot(0));
            let (who, slot) = (IpAddr::from(address), Slot(slot));
            let id = connections.id(who, slot);
            prop_assert!(connections.knows(id, who, slot));
            prop_assert!(!connections.knows(id ^ 1 << (bit % 64), who, slot));
            let other = IpAddr::from((u128::from_be_bytes(address) ^ 1 << bit).to_be_bytes());
            prop_assert!(!connections.knows(id, other, slot));
            prop_assert!(!connections.knows(id, who, Slot(slot.0 ^ (8 << (bit % 40)))));
        }
    }
}
