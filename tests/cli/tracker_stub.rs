//! Small trackers in the test's own process, which can be told to misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// A tracker; it ends with the process.
pub(crate) struct Stub {
    /// Its announce URL.
    pub(crate) url: String,
    /// What it was asked, as it comes: the target of an HTTP request, a packet over UDP in hex.
    asked: Receiver<String>,
}

impl Stub {
    /// The next request.
    pub(crate) fn next(&self) -> String {
        self.asked.recv_timeout(crate::harness::DEADLINE).unwrap()
    }

    /// What was asked so far.
    pub(crate) fn so_far(&self) -> Vec<String> {
        self.asked.try_iter().collect()
    }

    /// Answers each request for a target with these bytes, head and body, and hangs up; `None` is
    /// silence.
    pub(crate) fn http(answer: impl Fn(&str) -> Option<Vec<u8>> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/announce", listener.local_addr().unwrap());
        let (log, asked) = channel();
        thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(target) = target(&stream) else { continue };
                let answer = answer(&target);
                // The client may have gone, and so may the test.
                let _ = log.send(target);
                match answer {
                    Some(answer) => drop(stream.write_all(&answer)),
                    None => silent.push(stream),
                }
            }
        });
        Self { url, asked }
    }

    /// Answers each announce and each scrape with this body.
    pub(crate) fn bencode(body: &[u8]) -> Self {
        let answer = answer("200 OK", body);
        Self::http(move |_| Some(answer.clone()))
    }

    /// Answers each packet over UDP with these.
    pub(crate) fn udp(answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        Self::udp_at("127.0.0.1:0", answer).unwrap()
    }

    /// The same at an address that this machine may not have.
    pub(crate) fn udp_at(
        address: &str,
        answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Option<Self> {
        let socket = UdpSocket::bind(address).ok()?;
        let url = format!("udp://{}/announce", socket.local_addr().unwrap());
        let (log, asked) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let packet = &buffer[..length];
                let _ = log.send(packet.iter().map(|byte| format!("{byte:02x}")).collect());
                for answer in answer(packet) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        Some(Self { url, asked })
    }
}

/// A whole answer over HTTP.
pub(crate) fn answer(status: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// The target of the request that comes; `None` where none does.
pub(crate) fn target(stream: impl Read) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    head.split(' ').nth(1).map(str::to_owned)
}

/// A well-behaved UDP tracker, of one connection id: answers announces with these peers and scrapes
/// with the counts 1, 2, 3 for the first torrent, 4, 5, 6 for the second, and so on.
pub(crate) fn behave(packet: &[u8], peers: &[u8]) -> Vec<Vec<u8>> {
    let word = |at: usize| u32::from_be_bytes(packet[at..at + 4].try_into().unwrap());
    let mut out = [&packet[8..12], &packet[12..16]].concat();
    match word(8) {
        0 => {
            assert_eq!((word(0), word(4), packet.len()), (0x417, 0x2710_1980, 16));
            out.extend(*b"connect!");
        }
        1 => {
            assert_eq!(&packet[..8], b"connect!");
            [1800u32, 2, 1].iter().for_each(|number| out.extend(number.to_be_bytes()));
            out.extend(peers);
        }
        2 => {
            assert_eq!(&packet[..8], b"connect!");
            let torrents = u32::try_from((packet.len() - 16) / 20).unwrap();
            (1..=torrents * 3).for_each(|number| out.extend(number.to_be_bytes()));
        }
        other => panic!("action {other}"),
    }
    vec![out]
}
