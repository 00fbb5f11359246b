//! A request by UDP as the web log has it: as if its URL had been asked for.

use crate::net::track::worker::Worker;
use crate::net::web_log::Entry;
use crate::tracker::announce::Event;
use crate::tracker::udp::View;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Instant;

/// What stands for itself in the hashes of a log line, as in a query.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a packet asks for that is worth a line, kept while its answer is written over it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    Announce {
        hash: [u8; 20],
        port: u16,
        left: u64,
        event: Event,
    },
    /// The first of so many hashes: all of them would make a line of 4 KiB.
    Scrape {
        first: Option<[u8; 20]>,
        hashes: usize,
    },
}

impl Asked {
    /// What a packet asks for; none for one that only proves an address, or cannot be read.
    pub(super) fn read(packet: &[u8]) -> Option<Self> {
        match View::parse(packet) {
            Ok(View::Announce { announce, .. }) => Some(Self::Announce {
                hash: announce.info_hash.0,
                port: announce.port,
                left: announce.left,
                event: announce.event,
            }),
            Ok(View::Scrape { hashes, .. }) => {
                Some(Self::Scrape { first: hashes.first().copied(), hashes: hashes.len() })
            }
            Ok(View::Connect { .. }) | Err(_) => None,
        }
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Announce { .. } => "ANNOUNCE",
            Self::Scrape { .. } => "SCRAPE",
        }
    }

    /// Puts its target after what `line` holds.
    fn put(&self, line: &mut String) {
        // Writing to memory cannot fail.
        match self {
            Self::Announce { hash, port, left, event } => {
                let hash = percent_encode(hash, ESCAPED);
                let _ = write!(line, "/announce?info_hash={hash}&port={port}&left={left}");
                line.push_str(match event {
                    Event::Interval => "",
                    Event::Started => "&event=started",
                    Event::Completed => "&event=completed",
                    Event::Paused => "&event=paused",
                    Event::Stopped => "&event=stopped",
                });
            }
            Self::Scrape { first, hashes } => {
                line.push_str("/scrape");
                if let Some(hash) = first {
                    let _ = write!(line, "?info_hash={}", percent_encode(hash, ESCAPED));
                }
                if *hashes > 1 {
                    let _ = write!(line, "&hashes={hashes}");
                }
            }
        }
    }

    /// Logs it with the bytes of its answer; a refusal is one, as it is by HTTP.
    pub(super) fn log(
        &self,
        worker: &Worker,
        now: Timestamp,
        host: IpAddr,
        bytes: usize,
        began: Instant,
    ) {
        let entry = Entry {
            host: host.to_canonical(),
            method: self.method(),
            target: "",
            protocol: "UDP",
            status: 200,
            bytes,
            user_agent: None,
            took: began.elapsed(),
        };
        worker.log.borrow_mut().write_made(now, |line| self.put(line), entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::InfoHash;
    use crate::tracker::http;
    use crate::tracker::udp::{Request, request};

    #[test]
    fn a_line_says_what_was_asked() {
        let line = |asked: &Request| {
            let mut line = String::new();
            let asked = Asked::read(&request(asked))?;
            asked.put(&mut line);
            Some((asked.method(), line))
        };
        let query = "info_hash=%01%ffaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=7&left=1\
            &event=stopped";
        let announce = http::parse_announce(query.as_bytes()).unwrap();
        let (connection, transaction, url_data) = (1, 2, b"/secretkey/announce".to_vec());
        let (method, target) =
            line(&Request::Announce { connection, transaction, announce, url_data }).unwrap();
        let wanted = "/announce?info_hash=%01%FFaaaaaaaaaaaaaaaaaa&port=7&left=1&event=stopped";
        assert_eq!((method, &*target), ("ANNOUNCE", wanted));
        let hashes = vec![InfoHash([b'a'; 20]), InfoHash([b'b'; 20])];
        let (method, target) = line(&Request::Scrape { connection, transaction, hashes }).unwrap();
        assert_eq!(method, "SCRAPE");
        assert_eq!(target, format!("/scrape?info_hash={}&hashes=2", "a".repeat(20)));
        let hashes = vec![InfoHash([b'a'; 20])];
        let (_, target) = line(&Request::Scrape { connection, transaction, hashes }).unwrap();
        assert_eq!(target, format!("/scrape?info_hash={}", "a".repeat(20)));
        assert_eq!(line(&Request::Connect { transaction }), None);
        assert_eq!(Asked::read(b"garbage"), None);
    }
}
