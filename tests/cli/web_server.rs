//! A web server in the test's own process, which serves files and can be told to misbehave.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server does with a request for a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// Sends the part that was asked for.
    Ranges,
    /// Sends the whole file, always.
    Whole,
    /// Sends another part.
    OtherPart,
    /// Breaks off in the middle of the part.
    Short,
    /// Never stops to send.
    Endless,
    /// Sends the client back to the same place.
    Circle,
}

/// A server; it ends with the process.
pub(crate) struct WebServer {
    /// `http://127.0.0.1:PORT/`
    pub(crate) url: String,
    /// The paths that were asked for, with their ranges.
    asked: Arc<Mutex<Vec<String>>>,
}

impl WebServer {
    /// Serves these paths, such as `/d/a%20b`.
    pub(crate) fn new(manner: Manner, files: &[(&str, &[u8])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
        let files: Arc<HashMap<String, Vec<u8>>> = Arc::new(files.collect());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (files, log) = (Arc::clone(&files), Arc::clone(&log));
                // A client may go at any time.
                thread::spawn(move || serve(stream?, manner, &files, &log));
            }
        });
        Self { url, asked }
    }

    /// The paths that were asked for, with their ranges, sorted.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

fn serve(
    mut stream: TcpStream,
    manner: Manner,
    files: &HashMap<String, Vec<u8>>,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let path = head.split(' ').nth(1).unwrap();
        let range = head.to_ascii_lowercase();
        let range = range.lines().find_map(|line| line.strip_prefix("range: bytes=")).unwrap();
        log.lock().unwrap().push(format!("{path} {range}"));
        let Some(file) = files.get(path) else {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        };
        let (first, last) = range.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        if first >= file.len() {
            stream.write_all(b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        }
        let last = last.min(file.len() - 1);
        let (first, last) = match manner {
            Manner::OtherPart => (first + 1, last + 1),
            _ => (first, last),
        };
        let length = last + 1 - first;
        let total = file.len();
        let partial = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {first}-{last}/{total}\r\n"
        );
        match manner {
            Manner::Ranges | Manner::OtherPart => {
                let part: Vec<u8> =
                    file.iter().copied().skip(first).chain([0]).take(length).collect();
                write!(stream, "{partial}Content-Length: {length}\r\n\r\n")?;
                stream.write_all(&part)?;
            }
            Manner::Whole => {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n")?;
                stream.write_all(file)?;
            }
            Manner::Short => {
                write!(stream, "{partial}Content-Length: {length}\r\n\r\n")?;
                return stream.write_all(&file[first..last]);
            }
            Manner::Endless => {
                write!(stream, "{partial}\r\n")?;
                loop {
                    stream.write_all(&[b'x'; 65536])?;
                }
            }
            Manner::Circle => {
                let to = format!("Location: {path}\r\nContent-Length: 0");
                write!(stream, "HTTP/1.1 302 Found\r\n{to}\r\n\r\n")?;
            }
        }
    }
}
