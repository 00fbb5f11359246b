//! A tracker for tests that answers what it is told to: the server's side as values, which the real one
//! has no use for.

use super::*;
use crate::tracker::announce::Peer;

/// Reads a request.
pub(crate) fn parse_request(packet: &[u8]) -> Result<Request, Malformed> {
    Ok(match View::parse(packet)? {
        View::Connect { transaction } => Request::Connect { transaction },
        View::Announce { connection, transaction, announce, options } => {
            let url_data = options.url_data().flatten().copied().collect();
            Request::Announce { connection, transaction, announce, url_data }
        }
        View::Scrape { connection, transaction, hashes } => {
            let hashes = hashes.iter().copied().map(InfoHash).collect();
            Request::Scrape { connection, transaction, hashes }
        }
    })
}

/// Writes the answer to a request of this transaction.
pub(crate) fn response(transaction: u32, response: &Response, family: Family) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    let head = |out: &mut Vec<u8>, action: u32| {
        out.extend(action.to_be_bytes());
        out.extend(transaction.to_be_bytes());
    };
    match response {
        Response::Connect { connection } => {
            head(&mut out, CONNECT);
            out.extend(connection.to_be_bytes());
        }
        Response::Announce(answer) => {
            head(&mut out, ANNOUNCE);
            let interval = u32::try_from(answer.interval.as_secs()).unwrap_or(u32::MAX);
            out.extend(interval.to_be_bytes());
            out.extend(answer.incomplete.unwrap_or(0).to_be_bytes());
            out.extend(answer.complete.unwrap_or(0).to_be_bytes());
            answer.peers.iter().for_each(|peer| pack(&mut out, peer, family));
        }
        Response::Scrape(counts) => {
            head(&mut out, SCRAPE);
            for counts in counts {
                out.extend(counts.complete.to_be_bytes());
                out.extend(counts.downloaded.to_be_bytes());
                out.extend(counts.incomplete.to_be_bytes());
            }
        }
        Response::Error(words) => {
            head(&mut out, ERROR);
            out.extend(words.as_bytes());
        }
    }
    out
}

fn pack(out: &mut Vec<u8>, peer: &Peer, family: Family) {
    match (peer.address.ip().to_canonical(), family) {
        (IpAddr::V4(ip), Family::V4) => out.extend(ip.octets()),
        (IpAddr::V6(ip), Family::V6) => out.extend(ip.octets()),
        _ => return,
    }
    out.extend(peer.address.port().to_be_bytes());
}
