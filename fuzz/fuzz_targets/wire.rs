//! A stream of a peer, cut anywhere: never a panic, the same messages however it was cut, and what
//! was read is written back as it came.

#![no_main]

use bt::wire::{Decoder, ExtensionHandshake, Handshake, Message, MetadataMessage, encode};
use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;

fn read(parts: &[&[u8]]) -> (Vec<Message>, bool) {
    let (mut decoder, mut buffer, mut messages) = (Decoder::new(100), BytesMut::new(), vec![]);
    for part in parts {
        buffer.extend_from_slice(part);
        loop {
            match decoder.next(&mut buffer) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(_) => return (messages, false),
            }
        }
        assert!(decoder.missing(&buffer) > 0);
    }
    (messages, true)
}

/// What is understood is understood the same when we say it.
fn extended(payload: &Bytes) {
    if let Ok(said) = ExtensionHandshake::decode(payload) {
        assert_eq!(ExtensionHandshake::decode(&said.encode()), Ok(said));
    }
    match MetadataMessage::decode(payload) {
        Ok(MetadataMessage::Unknown) | Err(_) => {}
        Ok(said) => assert_eq!(MetadataMessage::decode(&said.encode()), Ok(said)),
    }
}

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let (head, tail) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let whole = read(&[bytes]);
    assert_eq!(whole, read(&[head, tail]));
    for message in &whole.0 {
        match message {
            Message::Unknown(_) => continue,
            Message::Extended { payload, .. } => extended(payload),
            _ => {}
        }
        let mut out = BytesMut::new();
        encode(message, &mut out);
        assert_eq!(Decoder::new(100).next(&mut out), Ok(Some(message.clone())));
    }
    // Most inputs are no frame: what a frame would hold is read from all of them.
    extended(&Bytes::copy_from_slice(bytes));
    if let Ok(Some(handshake)) = Handshake::decode(bytes) {
        assert_eq!(handshake.encode(), bytes[..Handshake::LENGTH]);
    }
});
