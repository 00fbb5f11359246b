//! The 20-byte names of the protocol: info-hash and peer id (BEP 3).

use std::fmt;

/// The SHA-1 of the bytes of `info` as found (BEP 3); for v2 the SHA-256 cut to 20 bytes (BEP 52).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InfoHash(pub [u8; 20]);

/// The 20 bytes by which a peer names itself (BEP 3, BEP 20).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub [u8; 20]);

/// Lower-case hex, 40 digits.
impl fmt::Display for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InfoHash({self})")
    }
}

impl PeerId {
    /// The prefix that says which client and version this is (BEP 20, Azureus style).
    pub const PREFIX: &'static [u8; 8] = b"-BT0100-";

    /// A fresh id of ours: the prefix and twelve random bytes.
    pub fn ours(random: [u8; 12]) -> Self {
        let mut id = [0; 20];
        let (prefix, tail) = id.split_at_mut(8);
        prefix.copy_from_slice(Self::PREFIX);
        tail.copy_from_slice(&random);
        Self(id)
    }
}

/// Printable ASCII as it is, any other byte as `%xx`.
impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            b'!'..=b'~' if byte != b'%' => write!(f, "{}", char::from(byte)),
            _ => write!(f, "%{byte:02x}"),
        })
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({self})")
    }
}
