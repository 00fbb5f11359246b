//! What the tests of seed, fetch and open share: torrents made by hand, and peers that are real
//! processes or raw sockets.

#![allow(unreachable_pub)] // For the other files of this test alone.

use super::harness::{Bt, Invocation, Running};
use sha1::{Digest, Sha1};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Bytes that look random and are the same each time.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| next()).collect();
    bytes.truncate(length);
    bytes
}

/// A torrent and the bytes of its files.
pub struct Made {
    pub metainfo: Vec<u8>,
    pub info_hash: [u8; 20],
    pub files: Vec<(String, Vec<u8>)>,
}

/// The length of the pieces of what is made here.
pub const PIECE: usize = 32 * 1024;

/// A torrent of one file.
pub fn single(name: &str, bytes: Vec<u8>, tracker: Option<&str>) -> Made {
    let length = bytes.len();
    let rest = format!("6:lengthi{length}e4:name{}:{name}", name.len());
    made(&rest, vec![(name.into(), bytes)], tracker)
}

/// A torrent of a folder; the files' names are components joined by `/`, in sorted order.
pub fn folder(name: &str, files: Vec<(&str, Vec<u8>)>, tracker: Option<&str>) -> Made {
    let mut list = String::from("5:filesl");
    for (path, bytes) in &files {
        list += &format!("d6:lengthi{}e4:pathl", bytes.len());
        path.split('/').for_each(|part| list += &format!("{}:{part}", part.len()));
        list += "ee";
    }
    let rest = format!("{list}e4:name{}:{name}", name.len());
    let files = files.into_iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes)).collect();
    made(&rest, files, tracker)
}

fn made(rest: &str, files: Vec<(String, Vec<u8>)>, tracker: Option<&str>) -> Made {
    let all: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    let hashes: Vec<u8> = all.chunks(PIECE).flat_map(Sha1::digest).collect();
    let mut info = format!("d{rest}12:piece lengthi{PIECE}e6:pieces{}:", hashes.len()).into_bytes();
    info.extend(hashes);
    info.push(b'e');
    let announce = tracker.map_or(String::new(), |url| format!("8:announce{}:{url}", url.len()));
    let metainfo = [b"d", announce.as_bytes(), b"4:info", &info, b"e"].concat();
    Made { metainfo, info_hash: Sha1::digest(&info).into(), files }
}

impl Made {
    /// Puts the data below a folder of the test, and the torrent beside that folder.
    pub fn put(&self, bt: &Bt, torrent: &str, folder: &str) {
        bt.write(torrent, &self.metainfo);
        for (path, bytes) in &self.files {
            bt.write(format!("{folder}/{path}"), bytes);
        }
    }

    /// Fails the test unless the folder holds all of the data.
    #[track_caller]
    pub fn is_in(&self, bt: &Bt, folder: &str) {
        for (path, bytes) in &self.files {
            let found = bt.read(format!("{folder}/{path}"));
            assert!(found == *bytes, "{folder}/{path} differs, {} bytes", found.len());
        }
    }
}

/// `bt COMMAND` on loopback at any port.
pub fn trader<'a>(bt: &'a Bt, command: &str, args: &[&str]) -> Invocation<'a> {
    bt.args([command, "--port", "0", "--bind", "127.0.0.1"]).args(args)
}

/// Waits until a trader listens, and says where.
pub fn address(running: &mut Running) -> String {
    let event = running.event("listening");
    format!("127.0.0.1:{}", event["port"])
}

/// A seeder of what lies in `folder`, ready to be called.
pub fn seeder(bt: &Bt, torrent: &str, folder: &str) -> (Running, String) {
    let mut seeder = trader(bt, "seed", &[torrent, "--data", folder]).spawn();
    let at = address(&mut seeder);
    seeder.event("started");
    (seeder, at)
}

/// A peer made of a raw socket: it calls and sends its half of the handshake.
pub fn call(at: &str, info_hash: [u8; 20], id: &[u8; 20]) -> TcpStream {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(super::harness::DEADLINE)).unwrap();
    stream.write_all(&handshake(info_hash, id)).unwrap();
    stream
}

/// The 68 bytes, without extensions.
pub fn handshake(info_hash: [u8; 20], id: &[u8; 20]) -> Vec<u8> {
    [b"\x13BitTorrent protocol\0\0\0\0\0\0\0\0".as_slice(), &info_hash, id].concat()
}

/// Reads until the other side hangs up; a reset is as good.
pub fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return bytes,
            Ok(count) => bytes.extend(&part[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return bytes,
            Err(error) => panic!("not hung up on: {error}"),
        }
    }
}

/// One message: its id and payload; keep-alives are passed over.
pub fn message(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut body).unwrap();
        if let Some((id, payload)) = body.split_first() {
            return (*id, payload.to_vec());
        }
    }
}

/// The frame of a message.
pub fn frame(id: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len() + 1).unwrap().to_be_bytes();
    [&length, [id].as_slice(), payload].concat()
}

/// Where a listener of a raw-socket peer stands.
pub fn listener() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    (listener, at)
}
