use super::*;
use crate::wire::{encode, encode_piece_header};
use bytes::{BufMut, Bytes};
use proptest::prelude::*;

fn block(piece: u32, begin: u32, length: u32) -> BlockRequest {
    BlockRequest { piece: PieceIndex(piece), begin, length }
}

fn one_of_each() -> Vec<Message> {
    vec![
        Message::KeepAlive,
        Message::Choke,
        Message::Unchoke,
        Message::Interested,
        Message::NotInterested,
        Message::Have(PieceIndex(0x0102_0304)),
        Message::Bitfield(Bytes::from_static(&[0xf0, 0x80])),
        Message::Request(block(1, 16384, 16384)),
        Message::Piece { piece: PieceIndex(9), begin: 32768, data: Bytes::from_static(b"data") },
        Message::Cancel(block(u32::MAX, u32::MAX, u32::MAX)),
        Message::Port(6881),
        Message::Suggest(PieceIndex(3)),
        Message::HaveAll,
        Message::HaveNone,
        Message::Reject(block(0, 0, 1)),
        Message::AllowedFast(PieceIndex(1059)),
        Message::Extended { id: 0, payload: Bytes::from_static(b"d1:mdee") },
    ]
}

fn bytes_of(messages: &[Message]) -> BytesMut {
    let mut out = BytesMut::new();
    messages.iter().for_each(|message| encode(message, &mut out));
    out
}

/// Feeds the parts one by one, as a driver would.
fn decode(decoder: &mut Decoder, parts: &[&[u8]]) -> Result<Vec<Message>, Error> {
    let (mut buffer, mut messages) = (BytesMut::new(), vec![]);
    for part in parts {
        buffer.extend_from_slice(part);
        while let Some(message) = decoder.next(&mut buffer)? {
            messages.push(message);
        }
        assert!(decoder.missing(&buffer) > 0);
    }
    Ok(messages)
}

fn frame(length: u32, id: u8) -> BytesMut {
    let mut out = BytesMut::new();
    out.put_u32(length);
    out.put_u8(id);
    out
}

#[test]
fn golden_bytes() {
    let mut bytes =
        bytes_of(&[Message::Request(block(1, 0x4000, 0x4000)), Message::Have(PieceIndex(7))]);
    assert_eq!(
        &bytes.split_to(17)[..],
        &[0, 0, 0, 13, 6, 0, 0, 0, 1, 0, 0, 0x40, 0, 0, 0, 0x40, 0]
    );
    assert_eq!(&bytes[..], &[0, 0, 0, 5, 4, 0, 0, 0, 7]);
    let mut header = BytesMut::new();
    encode_piece_header(PieceIndex(2), 0x8000, 0x4000, &mut header);
    assert_eq!(&header[..], &[0, 0, 0x40, 9, 7, 0, 0, 0, 2, 0, 0, 0x80, 0]);
}

#[test]
fn every_split_point_gives_the_same_messages() {
    let messages = one_of_each();
    let bytes = bytes_of(&messages);
    for cut in 0..=bytes.len() {
        let parts = [&bytes[..cut], &bytes[cut..]];
        assert_eq!(decode(&mut Decoder::new(16), &parts).unwrap(), messages, "cut at {cut}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(&mut Decoder::new(16), &single).unwrap(), messages);
}

#[test]
fn a_payload_stays_where_it_was_received() {
    let mut buffer =
        bytes_of(&[Message::Piece { piece: PieceIndex(0), begin: 0, data: vec![5; 64].into() }]);
    let place = buffer[13..].as_ptr();
    let Ok(Some(Message::Piece { data, .. })) = Decoder::new(1).next(&mut buffer) else {
        panic!("no piece");
    };
    assert_eq!((data.as_ptr(), data.len()), (place, 64));
}

#[test]
fn missing_says_what_a_frame_still_needs() {
    let bytes = bytes_of(&[Message::Request(block(0, 0, 1))]);
    let mut decoder = Decoder::new(1);
    for end in 0..bytes.len() {
        let mut buffer = BytesMut::from(&bytes[..end]);
        assert_eq!(decoder.next(&mut buffer), Ok(None));
        let wanted = if end < 5 { 5 } else { bytes.len() };
        assert_eq!(decoder.missing(&buffer), wanted - end, "{end}");
    }
}

#[test]
fn a_length_is_refused_before_its_payload_comes() {
    for (length, id) in [(u32::MAX, 7), (MAX_BLOCK + 10, 7), (4, 5), (MAX_EXTENDED + 3, 20)] {
        let error = decode(&mut Decoder::new(16), &[&frame(length, id)]);
        assert_eq!(error, Err(Error::TooLong { id, length }));
    }
    for (length, id) in [(2, 0), (4, 4), (6, 4), (14, 6), (8, 7), (1, 9), (1, 20), (u32::MAX, 1)] {
        let error = decode(&mut Decoder::new(16), &[&frame(length, id)]);
        assert_eq!(error, Err(Error::WrongLength { id, length }));
    }
    let longest = frame(MAX_BLOCK + 9, 7);
    assert_eq!(decode(&mut Decoder::new(16), &[&longest]), Ok(vec![]));
}

#[test]
fn an_unknown_message_is_skipped_without_being_kept() {
    let mut decoder = Decoder::new(1);
    let mut buffer = frame(1_000_001, 99);
    assert_eq!(decoder.next(&mut buffer), Ok(Some(Message::Unknown(99))));
    for _ in 0..1000 {
        buffer.extend_from_slice(&[0xee; 1000]);
        assert_eq!((decoder.next(&mut buffer), buffer.len()), (Ok(None), 0));
    }
    encode(&Message::Choke, &mut buffer);
    assert_eq!(decoder.next(&mut buffer), Ok(Some(Message::Choke)));
    assert!(decoder.next(&mut frame(MAX_UNKNOWN + 1, 99)).is_err());
}

#[test]
fn a_bitfield_that_cannot_be_judged_is_not_kept() {
    let mut decoder = Decoder::default();
    let mut buffer = frame(1_000_001, 5);
    assert_eq!(decoder.next(&mut buffer), Ok(Some(Message::Unknown(5))));
    buffer.extend_from_slice(&[0xff; 1_000_000]);
    encode(&Message::Unchoke, &mut buffer);
    assert_eq!(decoder.next(&mut buffer), Ok(Some(Message::Unchoke)));
}

proptest! {
    #[test]
    fn garbage_never_panics_and_never_stands_still(bytes: Vec<u8>, pieces: u32) {
        let mut buffer = BytesMut::from(&bytes[..]);
        let mut decoder = Decoder::new(pieces);
        while let Ok(Some(message)) = decoder.next(&mut buffer) {
            prop_assert!(!matches!(message, Message::Bitfield(b) if b.len() > bytes.len()));
        }
    }

    #[test]
    fn cuts_do_not_matter(picks in prop::collection::vec(0usize..17, 0..40), size in 1usize..50) {
        let all = one_of_each();
        let messages: Vec<_> = picks.iter().map(|&at| all[at].clone()).collect();
        let bytes = bytes_of(&messages);
        let parts: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(decode(&mut Decoder::new(16), &parts).unwrap(), messages);
    }
}
