//! A peer by hand: just enough of BEP 3 to be a bad one, and none of it `bt`'s own code.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// A handshake of this info-hash, with no extensions.
pub(crate) fn handshake(info_hash: [u8; 20]) -> Vec<u8> {
    let mut bytes = b"\x13BitTorrent protocol".to_vec();
    bytes.extend([0; 8]);
    bytes.extend(info_hash);
    bytes.extend(b"-XX0000-badpeerbad00");
    bytes
}

/// Reads the other's handshake; its info-hash.
pub(crate) fn read_handshake(stream: &mut TcpStream) -> io::Result<[u8; 20]> {
    let mut bytes = [0; 68];
    stream.read_exact(&mut bytes)?;
    Ok(bytes[28..48].try_into().unwrap())
}

/// A block that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) piece: u32,
    pub(crate) begin: u32,
    pub(crate) length: u32,
}

/// Reads messages up to the next request.
pub(crate) fn next_request(stream: &mut TcpStream) -> io::Result<Request> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut message = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut message)?;
        if let [6, fields @ ..] = &message[..] {
            let field = |at: usize| u32::from_be_bytes(fields[at..at + 4].try_into().unwrap());
            return Ok(Request { piece: field(0), begin: field(4), length: field(8) });
        }
    }
}

/// Sends a message.
pub(crate) fn send(stream: &mut TcpStream, id: u8, payload: &[&[u8]]) -> io::Result<()> {
    let payload = payload.concat();
    let length = u32::try_from(payload.len() + 1).unwrap();
    stream.write_all(&[&length.to_be_bytes(), &[id][..], &payload].concat())
}
