use super::*;
use proptest::prelude::*;

fn all(reader: &mut Reader, mut input: &[u8]) -> Result<Vec<Event>, Fault> {
    let mut events = Vec::new();
    while let Some(event) = reader.read(&mut input)? {
        events.push(event);
    }
    assert!(input.is_empty());
    Ok(events)
}

fn read(peer: Peer, input: &[u8]) -> Result<Vec<Event>, Fault> {
    all(&mut Reader::new(peer, 1000), input)
}

#[test]
fn the_examples_of_the_rfc() {
    let hello = Event::Message(b"Hello".to_vec());
    assert_eq!(read(Peer::Server, b"\x81\x05Hello"), Ok(vec![hello.clone()]));
    let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(read(Peer::Client, masked), Ok(vec![hello.clone()]));
    // In fragments, with a ping between them.
    let cut = b"\x01\x03Hel\x89\x05Hello\x80\x02lo";
    assert_eq!(read(Peer::Server, cut), Ok(vec![Event::Ping(b"Hello".to_vec()), hello]));
    let mut out = Vec::new();
    write(&mut out, Opcode::Text, b"Hello", Some([0x37, 0xfa, 0x21, 0x3d]));
    assert_eq!(out, masked);
    out.clear();
    write(&mut out, Opcode::Binary, &[0; 256], None);
    assert_eq!(out[..4], *b"\x82\x7e\x01\x00");
    out.clear();
    write(&mut out, Opcode::Binary, &[0; 65536], None);
    assert_eq!(out[..10], *b"\x82\x7f\0\0\0\0\0\x01\0\0");
}

#[test]
fn what_is_against_the_protocol_is_a_fault() {
    let protocol = |peer, input: &[u8]| {
        let fault = read(peer, input).unwrap_err();
        assert_eq!(fault.code(), 1002, "{input:?}: {fault}");
    };
    protocol(Peer::Client, b"\x81\x05Hello");
    protocol(Peer::Server, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    for first in [0x91, 0xa1, 0xc1, 0x83, 0x8b, 0x80, 0x09, 0x08] {
        protocol(Peer::Server, &[first, 0]);
    }
    protocol(Peer::Server, b"\x89\x7e\x00\x7e");
    protocol(Peer::Server, b"\x01\x00\x81\x00");
    protocol(Peer::Server, b"\x88\x01\x03");
    protocol(Peer::Server, b"\x88\x03\x03\xe8\xff");
    assert_eq!(read(Peer::Server, b"\x81\x01\xff"), Err(Fault::NotText));
    assert_eq!(read(Peer::Server, b"\x82\x01\xff"), Ok(vec![Event::Message(vec![0xff])]));
    assert_eq!(read(Peer::Server, b"\x88\x02\x03\xe9"), Ok(vec![Event::Close(Some(1001))]));
    assert_eq!(read(Peer::Server, b"\x88\x00\x8a\x00"), Ok(vec![Event::Close(None), Event::Pong]));
}

#[test]
fn a_close_has_a_code_that_may_be_sent() {
    let close = |code: u16| {
        let [high, low] = code.to_be_bytes();
        read(Peer::Server, &[0x88, 2, high, low])
    };
    for code in [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999] {
        assert_eq!(close(code), Ok(vec![Event::Close(Some(code))]));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        assert_eq!(close(code).unwrap_err().code(), 1002, "{code}");
    }
}

#[test]
fn a_length_is_written_in_no_more_bytes_than_it_needs() {
    for length in [&[126, 0, 0][..], &[126, 0, 125], &[127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]] {
        let fault = read(Peer::Server, &[&[0x82], length].concat()).unwrap_err();
        assert_eq!(fault.code(), 1002, "{length:?}");
    }
    let least = [&[0x82, 126, 0, 126][..], &[b'x'; 126]].concat();
    assert_eq!(read(Peer::Server, &least), Ok(vec![Event::Message(vec![b'x'; 126])]));
}

#[test]
fn a_long_message_is_refused_by_its_head() {
    for head in [&b"\x81\x7e\x03\xe9"[..], b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"] {
        assert_eq!(read(Peer::Server, head), Err(Fault::TooLong));
    }
    let mut pieces = Vec::new();
    for first in [0x01, 0x00] {
        pieces.extend([&[first, 126, 0x02, 0x00], &[b'x'; 512][..]].concat());
    }
    assert_eq!(read(Peer::Server, &pieces), Err(Fault::TooLong));
}

#[test]
fn between_messages_nothing_is_kept() {
    let mut reader = Reader::new(Peer::Server, 1000);
    assert!(reader.is_between());
    assert_eq!(all(&mut reader, b"\x81\x05Hel"), Ok(Vec::new()));
    assert!(!reader.is_between());
    assert_eq!(all(&mut reader, b"lo\x81\x00").map(|events| events.len()), Ok(2));
    assert!(reader.is_between() && reader.control.capacity() == 0);
}

fn messages() -> impl Strategy<Value = Vec<(Vec<u8>, usize)>> {
    proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..300), 1..100usize), 0..6)
}

proptest! {
    #[test]
    fn however_it_is_cut_it_is_the_same(
        messages in messages(),
        mask in any::<[u8; 4]>(),
        masked in any::<bool>(),
        cuts in proptest::collection::vec(1..40usize, 1..20),
    ) {
        let (peer, mask) = if masked { (Peer::Client, Some(mask)) } else { (Peer::Server, None) };
        let mut bytes = Vec::new();
        let mut events = Vec::new();
        for (message, part) in &messages {
            // In fragments of `part` bytes.
            let number = message.len().div_ceil(*part).max(1);
            for at in 0..number {
                let start = bytes.len();
                let piece = &message[at * part..message.len().min((at + 1) * part)];
                let opcode = if at == 0 { Opcode::Binary } else { Opcode::Continuation };
                write(&mut bytes, opcode, piece, mask);
                if at + 1 < number {
                    bytes[start] &= 0x7f;
                }
                write(&mut bytes, Opcode::Ping, &[at as u8], mask);
                events.push(Event::Ping(vec![at as u8]));
            }
            let last = events.len() - 1;
            events.insert(last, Event::Message(message.clone()));
        }
        let mut reader = Reader::new(peer, 300);
        let (mut read, mut rest, mut cuts) = (Vec::new(), &bytes[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (some, more) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
            read.extend(all(&mut reader, some).unwrap());
            rest = more;
        }
        prop_assert_eq!(read, events);
        prop_assert!(reader.is_between());
    }

    #[test]
    fn no_bytes_are_too_odd(input in proptest::collection::vec(any::<u8>(), 0..200)) {
        for peer in [Peer::Client, Peer::Server] {
            let mut reader = Reader::new(peer, 50);
            if let Ok(events) = all(&mut reader, &input) {
                for event in events {
                    if let Event::Message(message) = event {
                        prop_assert!(message.len() <= 50);
                    }
                }
            }
        }
    }
}

#[test]
fn a_message_has_so_many_frames_and_no_more() {
    let mut reader = Reader::new(Peer::Server, 1000);
    for _ in 0..2 {
        let whole = [&b"\x01\x00"[..], &b"\x00\x00".repeat(1022), b"\x80\x01x"].concat();
        assert_eq!(all(&mut reader, &whole), Ok(vec![Event::Message(b"x".to_vec())]));
    }
    // One that never ends, with pings between.
    let endless = [&b"\x01\x00"[..], &b"\x00\x00\x89\x00".repeat(1023)].concat();
    assert_eq!(all(&mut reader, &endless).map(|events| events.len()), Ok(1023));
    let fault = all(&mut reader, b"\x80\x00").unwrap_err();
    assert_eq!((fault, fault.code()), (Fault::TooManyFrames, 1008));
}
