//! Peers that mean no good, or are broken: each is told of in one line, and the download goes on.
//!
//! Each scene has two of a kind, one that `bt` calls and one that calls `bt`. Only when both have been
//! told of comes the seeder from whom the download can be finished.

use crate::namespace::{Place, address, at, scene};
use crate::peers::PORT;
use crate::process::{Line, Process};
use crate::{bt, data, wire};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const SIZE: u64 = 4 << 20;
/// Longer than the longest patience with a peer that says nothing.
const LIMIT: Duration = Duration::from_secs(90);

/// What one of them does with a connection; an error is that it was hung up on.
type Deed = dyn Fn(TcpStream) -> io::Result<()> + Send + Sync;

/// What a deed needs to know of the torrent.
struct Torrent {
    info_hash: [u8; 20],
    piece_length: u64,
    data: Vec<u8>,
}

/// Plays the deed from both sides until `bt` tells the words of each, then lets a seeder finish.
fn told_and_lived_with(words: &str, deed: impl FnOnce(Torrent) -> Arc<Deed>) {
    scene(&[], |place| {
        let around = place.folder("source");
        let file = around.join("one.bin");
        data::one_file(&file, SIZE, 6);
        let torrent = bt::publish(place, &file, "http://10.77.0.9:9/announce");
        let deed = deed(Torrent::read(place, &torrent, &file));

        let target = place.folder("target");
        let (called, calling) = (address(3, 1), address(3, 2));
        let listener = TcpListener::bind(at(called, PORT)).unwrap();
        let peer = at(called, PORT).to_string();
        let mut fetch =
            bt::fetch(place, &torrent, &target, address(2, 1), &["-v", "--peer", &peer]);
        // Before that, no info-hash is known to it.
        fetch.until("event started", LIMIT, |line| bt::named(line, "started"));
        let again = Arc::clone(&deed);
        // These threads end with the scene's process.
        thread::spawn(move || {
            // It may be called more than once as long as it is not banned.
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = again(stream);
            }
        });
        let stream = call(calling.into());
        thread::spawn(move || deed(stream));
        tells(&mut fetch, &[called.into(), calling.into()], words);

        let fetcher = at(address(2, 1), PORT).to_string();
        let _seeder = bt::seed(place, &torrent, &around, address(1, 1), &["--peer", &fetcher]);
        fetch.ended(LIMIT).well();
        data::assert_same(&around, &target);
    });
}

/// Waits for the lines at `-v` that have the words and each of the addresses, in any order.
#[track_caller]
fn tells(fetch: &mut Process, of: &[IpAddr], words: &str) {
    let mut left: Vec<_> = of.iter().map(IpAddr::to_string).collect();
    fetch.until(&format!("lines of {left:?} with {words:?}"), LIMIT, |line| {
        if let Line::Err(text) = line
            && text.contains(words)
        {
            println!("{text}");
            left.retain(|address| !text.contains(address));
        }
        left.is_empty().then_some(())
    });
}

/// Calls the fetch from this address.
fn call(from: IpAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&at(from, 0).into()).unwrap();
    socket.connect(&at(address(2, 1), PORT).into()).unwrap();
    socket.into()
}

impl Torrent {
    fn read(place: &Place, torrent: &Path, file: &Path) -> Self {
        let hex = bt::info_hash(place, torrent);
        let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        Self {
            info_hash: std::array::from_fn(byte),
            piece_length: bt::piece_length(place, torrent),
            data: fs::read(file).unwrap(),
        }
    }

    /// A seeder that answers every request, with one byte of one piece wrong.
    fn serve(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(&wire::handshake(self.info_hash))?;
        wire::read_handshake(stream)?;
        let pieces = (self.data.len() as u64).div_ceil(self.piece_length);
        let mut bits = vec![0; pieces.div_ceil(8) as usize];
        for piece in 0..pieces {
            bits[(piece / 8) as usize] |= 0x80 >> (piece % 8);
        }
        wire::send(stream, 5, &[&bits])?;
        wire::send(stream, 1, &[])?;
        loop {
            let asked = wire::next_request(stream)?;
            let start = (u64::from(asked.piece) * self.piece_length) as usize;
            let start = start + asked.begin as usize;
            let mut block = self.data[start..start + asked.length as usize].to_vec();
            if asked.piece == 3 && asked.begin == 0 {
                block[100] ^= 1;
            }
            let (piece, begin) = (asked.piece.to_be_bytes(), asked.begin.to_be_bytes());
            wire::send(stream, 7, &[&piece, &begin, &block])?;
        }
    }
}

/// Reads until the other side hangs up.
fn wait_for_end(stream: &mut TcpStream) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).map(drop)
}

#[test]
fn random_bytes() {
    told_and_lived_with("not the peer protocol", |_| {
        Arc::new(|mut stream| {
            let mut noise = [0; 4096];
            StdRng::seed_from_u64(7).fill_bytes(&mut noise);
            stream.write_all(&noise)?;
            wait_for_end(&mut stream)
        })
    });
}

#[test]
fn wrong_info_hash() {
    told_and_lived_with("wrong info-hash", |_| {
        Arc::new(|mut stream| {
            stream.write_all(&wire::handshake([7; 20]))?;
            wait_for_end(&mut stream)
        })
    });
}

#[test]
fn oversized_length() {
    told_and_lived_with("not the peer protocol", |torrent| {
        Arc::new(move |mut stream| {
            stream.write_all(&wire::handshake(torrent.info_hash))?;
            wire::read_handshake(&mut stream)?;
            stream.write_all(&[0xff, 0xff, 0xff, 0xff, 7])?;
            stream.write_all(&[0; 1 << 12])?;
            wait_for_end(&mut stream)
        })
    });
}

#[test]
fn corrupt_piece() {
    told_and_lived_with("hash", |torrent| Arc::new(move |mut stream| torrent.serve(&mut stream)));
}

#[test]
fn nothing_at_all() {
    told_and_lived_with("no handshake", |_| Arc::new(|mut stream| wait_for_end(&mut stream)));
}
