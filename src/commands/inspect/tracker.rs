//! What a tracker wrote, as JSON and as a page. Times are in seconds.

use super::page::Page;
use crate::cli::paint::{Paint, Tone};
use crate::cli::text::Text;
use crate::cli::units::show_duration;
use crate::torrent::InfoHash;
use crate::tracker::Document;
use crate::tracker::announce::{Answer, Retry};
use crate::tracker::http::Counts;
use serde::Serialize;
use serde_json::json;
use std::net::IpAddr;
use std::time::Duration;

/// The most swarms that a page shows.
const MOST: usize = 100;

#[derive(Serialize)]
pub(super) struct Announce<'a> {
    v: u8,
    kind: &'static str,
    interval: Option<u64>,
    min_interval: Option<u64>,
    complete: Option<u32>,
    incomplete: Option<u32>,
    peers: Vec<Peer<'a>>,
    warning: Option<&'a str>,
    external_ip: Option<IpAddr>,
    tracker_id: Option<Text<'a>>,
}

#[derive(Serialize)]
struct Peer<'a> {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Text<'a>>,
}

#[derive(Serialize)]
pub(super) struct Refusal<'a> {
    v: u8,
    kind: &'static str,
    failure_reason: &'a str,
    /// Seconds, `"never"`, or null.
    retry_in: serde_json::Value,
}

#[derive(Serialize)]
pub(super) struct Swarms {
    v: u8,
    kind: &'static str,
    torrents: Vec<Swarm>,
}

#[derive(Serialize)]
struct Swarm {
    info_hash: String,
    complete: u32,
    incomplete: u32,
    downloaded: u32,
}

/// What is written as JSON.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Shown<'a> {
    Announce(Announce<'a>),
    Refusal(Refusal<'a>),
    Swarms(Swarms),
}

/// The document as JSON has it.
pub(super) fn shown(document: &Document) -> Shown<'_> {
    let kind = kind(document);
    match document {
        Document::Announce(answer) => Shown::Announce(announce(answer, kind)),
        Document::Refusal { reason, retry } => {
            let retry_in = match retry {
                None => json!(null),
                Some(Retry::Never) => json!("never"),
                Some(Retry::After(time)) => json!(time.as_secs()),
            };
            Shown::Refusal(Refusal { v: 1, kind, failure_reason: reason, retry_in })
        }
        Document::Scrape(swarms) | Document::Dfile(swarms) => {
            Shown::Swarms(Swarms { v: 1, kind, torrents: swarms.iter().map(swarm).collect() })
        }
    }
}

fn kind(document: &Document) -> &'static str {
    match document {
        Document::Announce(_) => "announce answer",
        Document::Refusal { .. } => "refusal",
        Document::Scrape(_) => "scrape answer",
        Document::Dfile(_) => "dfile",
    }
}

fn announce<'a>(answer: &'a Answer, kind: &'static str) -> Announce<'a> {
    let peer = |peer: &'a crate::tracker::announce::Peer| Peer {
        address: peer.address.to_string(),
        id: peer.id.as_ref().map(|id| Text(&id.0)),
    };
    Announce {
        v: 1,
        kind,
        interval: said(answer.interval),
        min_interval: answer.min_interval.map(|time| time.as_secs()),
        complete: answer.complete,
        incomplete: answer.incomplete,
        peers: answer.peers.iter().map(peer).collect(),
        warning: answer.warning.as_deref(),
        external_ip: answer.external_ip,
        tracker_id: answer.tracker_id.as_deref().map(Text),
    }
}

/// An interval that was left out is read as 0.
fn said(interval: Duration) -> Option<u64> {
    Some(interval.as_secs()).filter(|&seconds| seconds > 0)
}

fn swarm((hash, counts): &(InfoHash, Counts)) -> Swarm {
    let &Counts { complete, incomplete, downloaded, .. } = counts;
    Swarm { info_hash: hash.to_string(), complete, incomplete, downloaded }
}

/// The document for people.
pub(super) fn page(document: &Document, paint: Paint) -> String {
    let mut page = Page::new(paint);
    page.line("kind", kind(document));
    match document {
        Document::Announce(answer) => announce_page(&mut page, answer),
        Document::Refusal { reason, retry } => {
            page.line("reason", reason);
            match retry {
                None => {}
                Some(Retry::Never) => page.line("ask again", "never"),
                Some(Retry::After(time)) => {
                    page.line("ask again", &format!("in {}", show_duration(*time)));
                }
            }
        }
        Document::Scrape(swarms) | Document::Dfile(swarms) => {
            page.line("torrents", &swarms.len().to_string());
            for (hash, Counts { complete, incomplete, downloaded, .. }) in swarms.iter().take(MOST)
            {
                let counts =
                    format!("{complete} complete, {incomplete} not, {downloaded} downloads");
                page.line("swarms", &format!("{hash}  {counts}"));
            }
            if let Some(more) = swarms.len().checked_sub(MOST).filter(|&more| more > 0) {
                page.line("swarms", &format!("and {more} more (--json has all)"));
            }
        }
    }
    page.text
}

fn announce_page(page: &mut Page, answer: &Answer) {
    for (key, time) in [("interval", Some(answer.interval)), ("at least", answer.min_interval)] {
        if let Some(time) = time.filter(|time| !time.is_zero()) {
            page.line(key, &show_duration(time));
        }
    }
    for (key, count) in [("complete", answer.complete), ("incomplete", answer.incomplete)] {
        if let Some(count) = count {
            page.line(key, &count.to_string());
        }
    }
    if let Some(warning) = &answer.warning {
        page.toned("warning", warning, Some(Tone::Warning));
    }
    if let Some(ip) = answer.external_ip {
        page.line("seen as", &ip.to_string());
    }
    if answer.peers.is_empty() {
        page.line("peers", "none");
    }
    for peer in &answer.peers {
        page.line("peers", &peer.address.to_string());
    }
}
