//! A browser's end of a WebSocket, made by hand, and what it says.

use super::HASH;
use serde_json::{Value, json};
use std::fmt::Display;
use std::io::{Read, Write};

/// An example of RFC 6455.
pub(super) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const PROOF: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub(super) fn handshake(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{more}\r\n"
    )
}

/// One end of a WebSocket, made by hand.
pub(super) struct Browser<S>(pub(super) S);

impl<S: Read + Write> Browser<S> {
    pub(super) fn open(mut stream: S, path: &str, more: &str) -> Self {
        stream.write_all(handshake(path, more).as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", head.escape_ascii());
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.to_lowercase().contains("upgrade: websocket\r\n"), "{head}");
        assert!(head.contains(PROOF), "{head}");
        Self(stream)
    }

    /// A frame; `first`: its end and its opcode.
    pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [7, 0, 0xff, 0x55];
        let mut frame = vec![first];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | length as u8),
            length => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
        }
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    }

    pub(super) fn send(&mut self, first: u8, payload: &[u8]) {
        self.0.write_all(&Self::frame(first, payload)).unwrap();
    }

    pub(super) fn say(&mut self, message: &Value) {
        self.send(0x81, message.to_string().as_bytes());
    }

    /// The next frame.
    pub(super) fn next(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).unwrap();
        let length = match head[1] {
            126 => {
                let mut length = [0; 2];
                self.0.read_exact(&mut length).unwrap();
                u16::from_be_bytes(length).into()
            }
            length => {
                assert!(length < 126, "masked, or very long");
                usize::from(length)
            }
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).unwrap();
        (head[0], payload)
    }

    /// The next message; pings are passed over.
    pub(super) fn hear(&mut self) -> Value {
        loop {
            match self.next() {
                (0x81, text) => return serde_json::from_slice(&text).unwrap(),
                (0x89, _) => {}
                (first, payload) => panic!("{first:x}: {}", payload.escape_ascii()),
            }
        }
    }

    pub(super) fn announce(&mut self, id: &str, more: Value) -> Value {
        self.say(&announce(id, more));
        self.hear()
    }

    /// The code of the close frame that comes, after which there is nothing.
    pub(super) fn closed(&mut self) -> u16 {
        let (first, payload) = self.next();
        assert_eq!(first, 0x88, "{}", payload.escape_ascii());
        assert_eq!(self.0.read(&mut [0; 1]).unwrap(), 0);
        u16::from_be_bytes(payload.try_into().unwrap())
    }
}

pub(super) fn announce(id: &str, more: Value) -> Value {
    let mut message = json!({
        "action": "announce", "info_hash": HASH, "peer_id": id, "numwant": 50, "left": 1,
        "uploaded": 0, "downloaded": 0,
    });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

pub(super) fn offer(id: &str) -> Value {
    json!({ "offer": { "type": "offer", "sdp": "v=0\r\n\u{e9}" }, "offer_id": id })
}

pub(super) fn id(number: impl Display) -> String {
    format!("{number:0>20}")
}
