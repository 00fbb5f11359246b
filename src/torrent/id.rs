//! The 20-byte names of the protocol: info-hash and peer id (BEP 3).

use std::fmt;
use std::str::FromStr;

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

/// Text that is no info-hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an info-hash is 40 hex digits or 32 base32 letters")]
pub struct NotInfoHash;

/// 40 hex digits, or 32 letters and digits of base32 (BEP 9), in either case.
impl FromStr for InfoHash {
    type Err = NotInfoHash;

    fn from_str(text: &str) -> Result<Self, NotInfoHash> {
        match text.len() {
            40 => hex(text).map(Self),
            32 => base32(text).map(Self),
            _ => None,
        }
        .ok_or(NotInfoHash)
    }
}

/// `N` bytes from `2 N` hex digits of either case.
pub(super) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; N];
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(high)? << 4 | digit(low)?;
    }
    (pairs.len() == N && rest.is_empty()).then_some(bytes)
}

/// 20 bytes from 32 base32 characters (RFC 4648) of either case: five bits each, none left over.
fn base32(text: &str) -> Option<[u8; 20]> {
    let mut bytes = [0; 20];
    let (eights, rest) = text.as_bytes().as_chunks::<8>();
    let (fives, _) = bytes.as_chunks_mut::<5>();
    for (five, eight) in fives.iter_mut().zip(eights) {
        let mut bits = 0u64;
        for byte in eight {
            let value = match byte.to_ascii_uppercase() {
                letter @ b'A'..=b'Z' => letter - b'A',
                digit @ b'2'..=b'7' => digit - b'2' + 26,
                _ => return None,
            };
            bits = bits << 5 | u64::from(value);
        }
        let [_, _, _, tail @ ..] = bits.to_be_bytes();
        *five = tail;
    }
    (eights.len() == 4 && rest.is_empty()).then_some(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_hashes_are_read_in_both_alphabets() {
        let hash = InfoHash(*b"\x00\x01\x7f\x80\xff0123456789abcde");
        let hex = "00017f80ff303132333435363738396162636465";
        assert_eq!(hash.to_string().len(), 40);
        assert_eq!(
            "00017f80ff30313233343536373839616263646566".parse::<InfoHash>(),
            Err(NotInfoHash)
        );
        let hash = InfoHash(hash.0);
        assert_eq!(hash.to_string(), hex);
        assert_eq!(hex.parse(), Ok(hash));
        assert_eq!(hex.to_uppercase().parse(), Ok(hash));
        let base32 = "AAAX7AH7GAYTEMZUGU3DOOBZMFRGGZDF";
        assert_eq!(base32.parse(), Ok(hash));
        assert_eq!(base32.to_lowercase().parse(), Ok(hash));
    }

    #[test]
    fn what_is_no_info_hash_is_refused() {
        for text in ["", "0", &"0".repeat(39), &"0".repeat(41), &"g".repeat(40), &"+".repeat(40)] {
            assert_eq!(text.parse::<InfoHash>(), Err(NotInfoHash), "{text}");
        }
        for text in [&"0".repeat(32), &"1".repeat(32), &"8".repeat(32), "é".repeat(16).as_str()] {
            assert_eq!(text.parse::<InfoHash>(), Err(NotInfoHash), "{text}");
        }
        assert_eq!("é".repeat(20).parse::<InfoHash>(), Err(NotInfoHash));
    }
}
