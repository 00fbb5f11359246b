//! The proof that both sides mean WebSocket (RFC 6455, section 4): no secret and no password.

use crate::wire::base64::{DIGITS, base64};
use sha1::{Digest, Sha1};

/// What the server adds to the client's key.
const SALT: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What `Sec-WebSocket-Key` says for these bytes.
pub fn key(random: [u8; 16]) -> String {
    base64(&random)
}

/// What `Sec-WebSocket-Accept` answers to a key; `None` where that is not one: 16 bytes in base64.
pub fn accept(key: &[u8]) -> Option<String> {
    let digits = key.strip_suffix(b"==").filter(|digits| digits.len() == 22)?;
    digits.iter().all(|digit| DIGITS.contains(digit)).then_some(())?;
    Some(base64(&Sha1::new().chain_update(key).chain_update(SALT).finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let accepted = accept(b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accepted.as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(key(*b"the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
    }

    #[test]
    fn what_is_no_key_is_not_accepted() {
        for key in [
            "",
            "==",
            "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25j\u{e9}==",
            "dGhlIHNhbXBsZSBub25jZQQ=",
        ] {
            assert_eq!(accept(key.as_bytes()), None, "{key}");
        }
    }
}
