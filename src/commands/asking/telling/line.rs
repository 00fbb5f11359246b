//! What came of a call, as a line of JSON.

use crate::cli::text::Text;
use crate::net::probe::{Heard, Question, Reply};
use crate::torrent::{InfoHash, announce_url};
use crate::tracker::announce::{Answer, Event, Retry, Trouble};
use serde::Serialize;
use serde_json::json;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    v: u8,
    time: Option<String>,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    info_hash: Option<String>,
    /// 4 or 6.
    family: Option<u8>,
    address: Option<String>,
    resolve_ms: f64,
    ms: f64,
    #[serde(flatten)]
    told: Told<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Told<'a> {
    Announce(Announced<'a>),
    Scrape { torrents: Vec<Torrent<'a>> },
    Failed(Failed),
}

#[derive(Serialize)]
struct Announced<'a> {
    announced: &'static str,
    interval: Option<u64>,
    min_interval: Option<u64>,
    complete: Option<u32>,
    incomplete: Option<u32>,
    peer_count: Option<usize>,
    /// Left out where that is asked for, null where the tracker names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<Option<Vec<One<'a>>>>,
    warning: Option<&'a str>,
    external_ip: Option<IpAddr>,
    tracker_id: Option<Text<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Text<'a>>,
}

#[derive(Serialize)]
struct Torrent<'a> {
    info_hash: String,
    name: Option<&'a str>,
    complete: Option<u32>,
    incomplete: Option<u32>,
    downloaders: Option<u32>,
    downloaded: Option<u32>,
}

#[derive(Serialize)]
struct Failed {
    error: String,
    kind: &'static str,
    /// Seconds, `"never"`, or null.
    retry_in: serde_json::Value,
}

/// The line, with its end.
pub(super) fn line<'a>(
    heard: &'a Heard<'_>,
    now: SystemTime,
    brief: bool,
    name: &dyn Fn(InfoHash) -> Option<&'a str>,
) -> String {
    let announced = match &heard.call.question {
        Question::Announce(announce) => Some(announce),
        Question::Scrape(_) => None,
    };
    let told = match (&heard.result, &heard.call.question) {
        (Ok(Reply::Announce(answer)), Question::Announce(announce)) => {
            let named = (!announce_url::is_websocket(&heard.call.url)).then_some(answer);
            Told::Announce(announced_as(answer, named, announce.event, brief))
        }
        (Ok(Reply::Scrape(counts)), Question::Scrape(hashes)) => {
            let torrents = hashes.iter().zip(counts).map(|(&hash, counts)| Torrent {
                info_hash: hash.to_string(),
                name: name(hash),
                complete: counts.map(|counts| counts.complete),
                incomplete: counts.map(|counts| counts.incomplete),
                downloaders: counts.map(|counts| counts.downloaders()),
                downloaded: counts.map(|counts| counts.downloaded),
            });
            Told::Scrape { torrents: torrents.collect() }
        }
        (Err(trouble), _) => Told::Failed(failed(trouble)),
        // An answer to another question than that which was asked does not come.
        (Ok(_), _) => Told::Scrape { torrents: Vec::new() },
    };
    let line = Line {
        event: if announced.is_some() { "announce" } else { "scrape" },
        v: 1,
        time: jiff::Timestamp::try_from(now).ok().map(|now| format!("{now:.3}")),
        url: &heard.call.url,
        info_hash: announced.map(|announce| announce.info_hash.to_string()),
        family: heard.address.map(|address| if address.is_ipv4() { 4 } else { 6 }),
        address: heard.address.map(|address| address.to_string()),
        resolve_ms: milliseconds(heard.resolved),
        ms: milliseconds(heard.took),
        told,
    };
    // Nothing here can fail to serialize.
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

/// `named`: the answer, where it can name peers at all.
fn announced_as<'a>(
    answer: &'a Answer,
    named: Option<&'a Answer>,
    event: Event,
    brief: bool,
) -> Announced<'a> {
    let peers = named.map(|answer| {
        let peers = answer.peers.iter().map(|peer| One {
            address: peer.address.to_string(),
            id: peer.id.as_ref().map(|id| Text(&id.0)),
        });
        peers.collect()
    });
    Announced {
        announced: match event {
            Event::Interval => "interval",
            Event::Started => "started",
            Event::Completed => "completed",
            Event::Paused => "paused",
            Event::Stopped => "stopped",
        },
        // One that was left out is read as 0.
        interval: Some(answer.interval.as_secs()).filter(|&seconds| seconds > 0),
        min_interval: answer.min_interval.map(|time| time.as_secs()),
        complete: answer.complete,
        incomplete: answer.incomplete,
        peer_count: named.map(|answer| answer.peers.len()),
        peers: (!brief).then_some(peers),
        warning: answer.warning.as_deref(),
        external_ip: answer.external_ip,
        tracker_id: answer.tracker_id.as_deref().map(Text),
    }
}

fn failed(trouble: &Trouble) -> Failed {
    let (kind, retry) = match trouble {
        Trouble::Refused { retry, .. } => ("refused", *retry),
        Trouble::Unreachable(_) | Trouble::Untrusted(_) => ("unreachable", None),
        Trouble::Garbled(_) => ("garbled", None),
    };
    let retry_in = match retry {
        None => json!(null),
        Some(Retry::Never) => json!("never"),
        Some(Retry::After(time)) => json!(time.as_secs()),
    };
    Failed { error: trouble.to_string(), kind, retry_in }
}

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
