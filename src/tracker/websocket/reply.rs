//! What a browser is told, as JSON.

use super::browsers::{Link, Member};
use super::message::{Answer, Offer};
use super::{Kind, Parcel, Return, Sender, id};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::http::Counts;
use std::fmt::Write;
use std::time::Duration;

/// The answer to an announce.
pub(in crate::tracker) fn counted(
    info_hash: InfoHash,
    interval: Duration,
    counts: Counts,
) -> String {
    let mut out = String::from(r#"{"action":"announce","info_hash":"#);
    id::push(&mut out, &info_hash.0);
    let (interval, Counts { complete, incomplete, .. }) = (interval.as_secs(), counts);
    // Writing to memory cannot fail, here and below.
    let _ =
        write!(out, r#","interval":{interval},"complete":{complete},"incomplete":{incomplete}}}"#);
    out
}

/// The answer to a scrape; `retry`: the least time until the next one, in seconds.
pub(in crate::tracker) fn scraped(
    files: impl IntoIterator<Item = (InfoHash, Counts)>,
    retry: Duration,
) -> String {
    let mut out = String::from(r#"{"action":"scrape","files":{"#);
    for (at, (info_hash, counts)) in files.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        id::push(&mut out, &info_hash.0);
        let Counts { complete, incomplete, downloaded, .. } = counts;
        let _ = write!(
            out,
            r#":{{"complete":{complete},"incomplete":{incomplete},"downloaded":{downloaded}}}"#
        );
    }
    let _ = write!(out, r#"}},"flags":{{"min_request_interval":{}}}}}"#, retry.as_secs());
    out
}

/// Why there is no answer. `reason` needs no escapes.
pub(in crate::tracker) fn failure(
    action: Option<&str>,
    info_hash: Option<InfoHash>,
    reason: &str,
) -> String {
    let mut out = String::from("{");
    if let Some(action) = action {
        let _ = write!(out, r#""action":"{action}","#);
    }
    if let Some(info_hash) = info_hash {
        out.push_str(r#""info_hash":"#);
        id::push(&mut out, &info_hash.0);
        out.push(',');
    }
    let _ = write!(out, r#""failure reason":"{reason}"}}"#);
    out
}

impl Offer<'_> {
    /// The offer on its way to a peer.
    pub(in crate::tracker) fn parcel(
        &self,
        info_hash: InfoHash,
        from: Sender,
        to: Member,
    ) -> Parcel {
        let kind = Kind::Offer(Return { offer: self.id, from });
        let text = message("offer", self.sdp, &self.id, info_hash, from.id);
        Parcel { to: to.link, text, kind, info_hash, for_id: to.id }
    }
}

impl Answer<'_> {
    /// The answer on its way back.
    pub(in crate::tracker) fn parcel(&self, to: Link) -> Parcel {
        let text = message("answer", self.sdp, &self.offer, self.info_hash, self.peer_id);
        Parcel { to, text, kind: Kind::Answer, info_hash: self.info_hash, for_id: self.to }
    }
}

fn message(kind: &str, sdp: &str, offer: &[u8; 20], info_hash: InfoHash, from: PeerId) -> String {
    let mut out = String::with_capacity(sdp.len() + 256);
    let _ = write!(out, r#"{{"action":"announce","{kind}":{{"type":"{kind}","sdp":{sdp}}}"#);
    for (name, bytes) in [("offer_id", offer), ("peer_id", &from.0), ("info_hash", &info_hash.0)] {
        let _ = write!(out, r#","{name}":"#);
        id::push(&mut out, bytes);
    }
    out.push('}');
    out
}
