//! What a browser says: JSON, read as the public JavaScript tracker reads it where that is safe.
//!
//! Nothing is unpacked but what is needed: the rest is checked to be JSON and passed over, and a
//! session description is passed on as it was written.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{OfferId, id};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::{Announce, Event};
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Bytes of a message at most.
pub const MESSAGE_MOST: usize = 64 * 1024;
/// Bytes of a session description at most, quoted.
const DESCRIPTION_MOST: usize = 16 * 1024;
/// Offers of one announce that are looked at.
const OFFERS_MOST: usize = 20;
/// Torrents of one scrape that are looked at.
const SCRAPE_MOST: usize = 100;

/// What was said.
#[derive(Debug)]
pub(in crate::tracker) enum Message<'a> {
    /// Where the peer stands, with offers for others.
    Announce(Announce, Vec<Offer<'a>>),
    /// What a peer says to an offer.
    Answer(Answer<'a>),
    /// What is asked for of these torrents; `None`: of all.
    Scrape(Option<Vec<InfoHash>>),
}

/// Wants to be handed to some peer.
#[derive(Debug)]
pub(in crate::tracker) struct Offer<'a> {
    pub(in crate::tracker) id: OfferId,
    /// The session description: a string, as JSON.
    pub(in crate::tracker) sdp: &'a str,
}

/// Wants to be handed to who offered.
#[derive(Debug)]
pub(in crate::tracker) struct Answer<'a> {
    pub(in crate::tracker) info_hash: InfoHash,
    pub(in crate::tracker) peer_id: PeerId,
    pub(in crate::tracker) to: PeerId,
    pub(in crate::tracker) offer: OfferId,
    pub(in crate::tracker) sdp: &'a str,
}

/// What makes no sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tracker) struct Garbled {
    /// In words for a `failure reason`.
    pub(in crate::tracker) reason: &'static str,
    /// What it was about, as far as it could be read.
    pub(in crate::tracker) action: Option<&'static str>,
    pub(in crate::tracker) info_hash: Option<InfoHash>,
}

type Raw<'a> = Option<&'a RawValue>;

/// Any of the fields may be anything; those of other names do not matter.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    action: Raw<'a>,
    #[serde(borrow)]
    info_hash: Raw<'a>,
    #[serde(borrow)]
    peer_id: Raw<'a>,
    #[serde(borrow)]
    event: Raw<'a>,
    #[serde(borrow)]
    uploaded: Raw<'a>,
    #[serde(borrow)]
    downloaded: Raw<'a>,
    #[serde(borrow)]
    left: Raw<'a>,
    #[serde(borrow)]
    numwant: Raw<'a>,
    #[serde(borrow)]
    offers: Raw<'a>,
    #[serde(borrow)]
    answer: Raw<'a>,
    #[serde(borrow)]
    offer_id: Raw<'a>,
    #[serde(borrow)]
    to_peer_id: Raw<'a>,
}

#[derive(Deserialize)]
struct OfferFields<'a> {
    #[serde(borrow)]
    offer: &'a RawValue,
    #[serde(borrow)]
    offer_id: Raw<'a>,
}

#[derive(Deserialize)]
struct Description<'a> {
    #[serde(borrow, rename = "type")]
    kind: Raw<'a>,
    #[serde(borrow)]
    sdp: &'a RawValue,
}

impl<'a> Message<'a> {
    /// Reads a message.
    pub(in crate::tracker) fn parse(bytes: &'a [u8]) -> Result<Self, Garbled> {
        let garbled = |reason| Garbled { reason, action: None, info_hash: None };
        if bytes.len() > MESSAGE_MOST {
            return Err(garbled("the message is too long"));
        }
        let fields: Fields<'_> = serde_json::from_slice(bytes)
            .map_err(|_| garbled("the message is not a JSON object"))?;
        match string(fields.action).as_deref() {
            Some("announce") => {
                let info_hash = parse_id(fields.info_hash).map(InfoHash);
                let garbled = |reason| Garbled { reason, action: Some("announce"), info_hash };
                let info_hash = info_hash.ok_or(garbled("invalid info_hash"))?;
                announced(&fields, info_hash).map_err(garbled)
            }
            Some("scrape") => {
                let reason = "invalid info_hash";
                let garbled = Garbled { reason, action: Some("scrape"), info_hash: None };
                scrape(fields.info_hash).map(Self::Scrape).ok_or(garbled)
            }
            _ => Err(garbled("invalid action")),
        }
    }
}

fn announced<'a>(fields: &Fields<'a>, info_hash: InfoHash) -> Result<Message<'a>, &'static str> {
    let peer_id = parse_id(fields.peer_id).map(PeerId).ok_or("invalid peer_id")?;
    if let Some(answer) = fields.answer {
        let to = parse_id(fields.to_peer_id).map(PeerId).ok_or("invalid to_peer_id")?;
        let offer = parse_id(fields.offer_id).ok_or("invalid offer_id")?;
        let sdp = description(answer, "answer").ok_or("invalid answer")?;
        return Ok(Message::Answer(Answer { info_hash, peer_id, to, offer, sdp }));
    }
    let event = match (fields.event, string(fields.event).as_deref()) {
        (None, _) | (_, Some("" | "empty" | "update")) => Event::Interval,
        (_, Some("paused")) => Event::Paused,
        (_, Some("started")) => Event::Started,
        (_, Some("completed")) => Event::Completed,
        (_, Some("stopped")) => Event::Stopped,
        _ => return Err("invalid event"),
    };
    let offers = fields.offers.and_then(|offers| serde_json::from_str(offers.get()).ok());
    let Firsts::<'_, OFFERS_MOST>(offers) = offers.unwrap_or_default();
    let announce = Announce {
        info_hash,
        peer_id,
        port: 0,
        uploaded: number(fields.uploaded).unwrap_or(0),
        downloaded: number(fields.downloaded).unwrap_or(0),
        // Who looks for the metadata first does not know it, and is no seed.
        left: number(fields.left).unwrap_or(u64::MAX),
        event,
        numwant: number(fields.numwant).map(|want| u32::try_from(want).unwrap_or(u32::MAX)),
        compact: true,
        no_peer_id: true,
        key: None,
        tracker_id: None,
        ip: None,
    };
    Ok(Message::Announce(announce, offers.into_iter().filter_map(offer).collect()))
}

/// One that makes no sense is passed over: the announce is good without it.
fn offer(raw: &RawValue) -> Option<Offer<'_>> {
    let fields: OfferFields<'_> = serde_json::from_str(raw.get()).ok()?;
    Some(Offer { id: parse_id(fields.offer_id)?, sdp: description(fields.offer, "offer")? })
}

/// The words of a session description, quoted as they were.
fn description<'a>(raw: &'a RawValue, wanted: &str) -> Option<&'a str> {
    let Description { kind, sdp } = serde_json::from_str(raw.get()).ok()?;
    let sdp = sdp.get();
    let fits = sdp.starts_with('"') && sdp.len() <= DESCRIPTION_MOST;
    (fits && string(kind).as_deref() == Some(wanted)).then_some(sdp)
}

/// The torrents of a scrape, none twice: one, several, or all.
fn scrape(raw: Raw<'_>) -> Option<Option<Vec<InfoHash>>> {
    let Some(raw) = raw else { return Some(None) };
    if raw.get().starts_with('"') {
        return Some(Some(vec![InfoHash(parse_id(Some(raw))?)]));
    }
    let Firsts(all) = serde_json::from_str::<Firsts<'_, SCRAPE_MOST>>(raw.get()).ok()?;
    let mut hashes = Vec::with_capacity(all.len());
    for raw in all {
        let hash = InfoHash(parse_id(Some(raw))?);
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    Some(Some(hashes))
}

fn string(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    /// `Cow` by itself would always copy.
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let Text(text) = serde_json::from_str(raw?.get()).ok()?;
    Some(text)
}

fn parse_id(raw: Raw<'_>) -> Option<[u8; 20]> {
    id::parse(&string(raw)?)
}

/// A number as JavaScript takes one: with a fraction, or in quotes. `None`: no number, or below 0.
fn number(raw: Raw<'_>) -> Option<u64> {
    let text = string(raw).unwrap_or(Cow::Borrowed(raw?.get()));
    if let Ok(whole) = text.parse() {
        return Some(whole);
    }
    let number: f64 = text.parse().ok()?;
    // A part of a byte is not nothing; what is too large becomes the largest.
    (number >= 0.0).then_some(number.ceil() as u64)
}

/// The first of an array; the rest is passed over.
#[derive(Default)]
struct Firsts<'a, const MOST: usize>(Vec<&'a RawValue>);

impl<'de: 'a, 'a, const MOST: usize> Deserialize<'de> for Firsts<'a, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading<const MOST: usize>;
        impl<'de, const MOST: usize> Visitor<'de> for Reading<MOST> {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
                let mut firsts = Vec::new();
                while firsts.len() < MOST {
                    let Some(one) = array.next_element()? else { return Ok(firsts) };
                    firsts.push(one);
                }
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(firsts)
            }
        }
        deserializer.deserialize_seq(Reading::<MOST>).map(Firsts)
    }
}

#[cfg(test)]
mod tests;
