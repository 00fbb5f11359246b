//! A stream of a peer, cut anywhere: never a panic, the same messages however it was cut, and what
//! was read is written back as it came.

#![no_main]

use bt::wire::{Decoder, ExtensionHandshake, Handshake, Message, MetadataMessage, encode};
use bytes::BytesMut;
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

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let (head, tail) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let whole = read(&[bytes]);
    assert_eq!(whole, read(&[head, tail]));
    for message in &whole.0 {
        match message {
            Message::Unknown(_) => continue,
            Message::Extended { id: 0, payload } => drop(ExtensionHandshake::decode(payload)),
            Message::Extended { payload, .. } => drop(MetadataMessage::decode(payload)),
            _ => {}
        }
        let mut out = BytesMut::new();
        encode(message, &mut out);
        assert_eq!(Decoder::new(100).next(&mut out), Ok(Some(message.clone())));
    }
    if let Ok(Some(handshake)) = Handshake::decode(bytes) {
        assert_eq!(handshake.encode(), bytes[..Handshake::LENGTH]);
    }
});
