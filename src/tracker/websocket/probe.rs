//! What a client without WebRTC asks a WebSocket tracker, and what it makes of what it hears.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::id;
use crate::torrent::InfoHash;
use crate::tracker::announce::{Announce, Answer, Event, Trouble};
use crate::tracker::http::{Counts, words};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

/// An announce, without offers: nobody is asked to connect.
pub fn announce(announce: &Announce) -> String {
    let mut out = String::from(r#"{"action":"announce","info_hash":"#);
    id::push(&mut out, &announce.info_hash.0);
    out.push_str(r#","peer_id":"#);
    id::push(&mut out, &announce.peer_id.0);
    let Announce { uploaded, downloaded, left, .. } = announce;
    // Writing to memory cannot fail.
    let _ = write!(
        out,
        r#","uploaded":{uploaded},"downloaded":{downloaded},"left":{left},"numwant":0,"offers":[]"#
    );
    match announce.event {
        Event::Interval => {}
        Event::Paused => out.push_str(r#","event":"paused""#),
        Event::Started => out.push_str(r#","event":"started""#),
        Event::Completed => out.push_str(r#","event":"completed""#),
        Event::Stopped => out.push_str(r#","event":"stopped""#),
    }
    out.push('}');
    out
}

/// A scrape of these torrents.
pub fn scrape(hashes: &[InfoHash]) -> String {
    let mut out = String::from(r#"{"action":"scrape","info_hash":["#);
    for (at, hash) in hashes.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        id::push(&mut out, &hash.0);
    }
    out.push_str("]}");
    out
}

/// What may stand in an answer.
#[derive(Deserialize)]
struct Fields {
    action: Option<String>,
    info_hash: Option<String>,
    #[serde(rename = "failure reason")]
    failure: Option<String>,
    #[serde(rename = "warning message")]
    warning: Option<String>,
    interval: Option<u64>,
    #[serde(rename = "min interval")]
    min_interval: Option<u64>,
    complete: Option<u32>,
    incomplete: Option<u32>,
    files: Option<HashMap<String, File>>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    complete: u32,
    #[serde(default)]
    incomplete: u32,
    #[serde(default)]
    downloaded: u32,
}

/// Reads a message of a tracker; the failure where it says one.
fn read(message: &[u8]) -> Result<Fields, Trouble> {
    let fields: Fields = serde_json::from_slice(message)
        .map_err(|_| Trouble::Garbled("a message that makes no sense".into()))?;
    match &fields.failure {
        Some(reason) => Err(Trouble::Refused { reason: words(reason.as_bytes()), retry: None }),
        None => Ok(fields),
    }
}

/// What a message says to an announce of this torrent; `None`: it is about something else, as an
/// offer of another peer.
pub fn judge_announce(message: &[u8], info_hash: InfoHash) -> Option<Result<Answer, Trouble>> {
    let fields = match read(message) {
        Ok(fields) => fields,
        Err(trouble) => return Some(Err(trouble)),
    };
    let same = fields.info_hash.as_deref().and_then(id::parse) == Some(info_hash.0);
    let counted = fields.complete.is_some() || fields.interval.is_some();
    if fields.action.as_deref() != Some("announce") || !same || !counted {
        return None;
    }
    Some(Ok(Answer {
        interval: Duration::from_secs(fields.interval.unwrap_or(0)),
        min_interval: fields.min_interval.map(Duration::from_secs),
        complete: fields.complete,
        incomplete: fields.incomplete,
        warning: fields.warning.map(|warning| words(warning.as_bytes())),
        ..Answer::default()
    }))
}

/// What a message says to a scrape of these torrents, in their order; `None`: it is about something
/// else.
pub fn judge_scrape(
    message: &[u8],
    hashes: &[InfoHash],
) -> Option<Result<Vec<Option<Counts>>, Trouble>> {
    let fields = match read(message) {
        Ok(fields) => fields,
        Err(trouble) => return Some(Err(trouble)),
    };
    if fields.action.as_deref() != Some("scrape") {
        return None;
    }
    let files = fields.files.unwrap_or_default();
    let known: HashMap<[u8; 20], File> =
        files.into_iter().filter_map(|(hash, file)| Some((id::parse(&hash)?, file))).collect();
    let counts = hashes.iter().map(|hash| {
        let File { complete, incomplete, downloaded } = known.get(&hash.0)?;
        Some(Counts {
            complete: *complete,
            incomplete: *incomplete,
            downloaded: *downloaded,
            partial: 0,
        })
    });
    Some(Ok(counts.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::announce;
    use crate::tracker::websocket::Message;
    use proptest::prelude::*;

    const HASH: InfoHash = InfoHash([0xe9; 20]);

    fn judged(more: &str) -> Option<Result<Answer, Trouble>> {
        let hash = "\u{e9}".repeat(20);
        let text = format!(r#"{{"action":"announce","info_hash":"{hash}"{more}}}"#);
        judge_announce(text.as_bytes(), HASH)
    }

    #[test]
    fn the_counts_are_read_and_offers_passed_over() {
        let answer = judged(r#","interval":120,"complete":1,"incomplete":2,"x":[]"#);
        let answer = answer.unwrap().unwrap();
        assert_eq!(answer.interval, Duration::from_secs(120));
        assert_eq!((answer.complete, answer.incomplete), (Some(1), Some(2)));
        assert_eq!(judged(r#","offer":{"type":"offer","sdp":"x"}"#), None);
        let other = br#"{"action":"announce","info_hash":"x","complete":1}"#;
        assert_eq!(judge_announce(other, HASH), None);
        let refused = Err(Trouble::Refused { reason: "no".into(), retry: None });
        assert_eq!(judged(r#","failure reason":"no""#), Some(refused.clone()));
        assert_eq!(judge_announce(br#"{"failure reason":"no"}"#, HASH), Some(refused));
        assert!(matches!(judge_announce(b"x", HASH), Some(Err(Trouble::Garbled(_)))));
    }

    #[test]
    fn a_scrape_tells_of_what_was_asked_for() {
        let text = format!(
            r#"{{"action":"scrape","files":{{"{}":{{"complete":1,"incomplete":2}},"x":{{}}}}}}"#,
            "\u{e9}".repeat(20)
        );
        let counts = Counts { complete: 1, incomplete: 2, ..Counts::default() };
        let told = judge_scrape(text.as_bytes(), &[InfoHash([1; 20]), HASH]);
        assert_eq!(told, Some(Ok(vec![None, Some(counts)])));
        assert_eq!(judge_scrape(br#"{"action":"announce"}"#, &[HASH]), None);
    }

    proptest! {
        #[test]
        fn a_tracker_reads_what_is_asked(said in announce::any()) {
            let text = super::announce(&said);
            let Ok(Message::Announce(read, offers)) = Message::parse(text.as_bytes()) else {
                panic!("{text}")
            };
            prop_assert!(offers.is_empty());
            prop_assert_eq!((read.info_hash, read.peer_id), (said.info_hash, said.peer_id));
            prop_assert_eq!((read.event, read.left), (said.event, said.left));
            prop_assert_eq!((read.uploaded, read.downloaded), (said.uploaded, said.downloaded));
        }

        #[test]
        fn no_answer_is_too_odd(text in ".{0,80}", more in ".{0,40}") {
            let _ = judge_announce(text.as_bytes(), HASH);
            let _ = judge_scrape(text.as_bytes(), &[HASH]);
            let _ = judged(&more);
        }
    }
}
