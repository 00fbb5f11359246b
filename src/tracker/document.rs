//! Files that have to do with trackers, told apart by what they hold: answers that were saved, and
//! dfiles.
#![deny(clippy::indexing_slicing)]

use super::announce::{Answer, Retry, Trouble};
use super::dfile;
use super::http::{self, Counts};
use super::registry::Config;
use crate::bencode::{self, Value};
use crate::torrent::InfoHash;
use std::time::Instant;

/// A tracker's document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Document {
    /// The answer to an announce (BEP 3, 7, 23).
    Announce(Answer),
    /// A refusal, of an announce or of a scrape (BEP 3, 31).
    Refusal {
        /// The tracker's words, made printable.
        reason: String,
        /// When to ask again.
        retry: Option<Retry>,
    },
    /// The answer to a scrape (BEP 48).
    Scrape(Vec<(InfoHash, Counts)>),
    /// A tracker's state, its swarms in the order of their hashes. Those without a peer, which no
    /// tracker would come back with, are left out.
    Dfile(Vec<(InfoHash, Counts)>),
}

/// Why a tracker's document is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// It would be an answer.
    #[error(transparent)]
    Answer(#[from] Trouble),
    /// It would be a dfile.
    #[error(transparent)]
    Dfile(#[from] dfile::Error),
}

impl Document {
    /// Judges bytes; `None` where they are no document of a tracker. `now` is what the ages in a dfile
    /// count from.
    pub fn recognise(now: Instant, bytes: &[u8]) -> Option<Result<Self, Error>> {
        let (root, _) = bencode::parse_lenient(bytes).ok()?;
        let has = |key: &[u8]| root.get(key).is_some();
        let answers = [&b"failure reason"[..], b"interval", b"peers", b"peers6"];
        Some(match () {
            () if is_dfile(has) || is_of_2002(root) || dfile::is_later(root) => swarms(now, bytes),
            () if root.get(b"files").is_some_and(|files| files.dict().is_some()) => {
                http::decode_scrape(bytes).map(Self::Scrape).map_err(Error::Answer)
            }
            () if answers.into_iter().any(has) => match http::decode(bytes) {
                Ok(answer) => Ok(Self::Announce(answer)),
                Err(Trouble::Refused { reason, retry }) => Ok(Self::Refusal { reason, retry }),
                Err(trouble) => Err(Error::Answer(trouble)),
            },
            () => return None,
        })
    }
}

/// Version 1 has torrents, later ones shards.
fn is_dfile(has: impl Fn(&[u8]) -> bool) -> bool {
    has(b"version") && (has(b"torrents") || has(b"shards"))
}

/// Whether it is a dictionary of dictionaries by info-hash.
fn is_of_2002(root: Value<'_>) -> bool {
    let mut entries = root.dict().into_iter().flatten().peekable();
    entries.peek().is_some()
        && entries.all(|(key, value)| key.len() == 20 && value.dict().is_some())
}

fn swarms(now: Instant, bytes: &[u8]) -> Result<Document, Error> {
    let known = dfile::load(bytes, Config::default(), now)?;
    let mut swarms = known.all();
    swarms.sort_unstable_by_key(|(hash, _)| *hash);
    Ok(Document::Dfile(swarms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn recognised(bytes: &[u8]) -> Document {
        Document::recognise(Instant::now(), bytes).unwrap().unwrap()
    }

    const HASH: InfoHash = InfoHash([b'a'; 20]);

    #[test]
    fn each_kind_is_told_from_the_others() {
        let counts = Counts { complete: 1, incomplete: 2, partial: 1, downloaded: 3 };
        let mut scrape = Vec::new();
        http::write_scrape(&mut scrape, &mut [(HASH, counts)]);
        assert_eq!(recognised(&scrape), Document::Scrape(vec![(HASH, counts)]));
        assert_eq!(recognised(b"d5:filesdee"), Document::Scrape(Vec::new()));
        let refusal = Document::Refusal { reason: "no".into(), retry: Some(Retry::Never) };
        assert_eq!(recognised(b"d14:failure reason2:no8:retry in5:nevere"), refusal);
        for bytes in [&b"d8:intervali9ee"[..], b"d5:peers6:\x7f\0\0\x01\0\x01e"] {
            assert!(matches!(recognised(bytes), Document::Announce(_)));
        }
        assert_eq!(recognised(b"d8:torrentsde7:versioni1ee"), Document::Dfile(Vec::new()));
        let old =
            b"d20:aaaaaaaaaaaaaaaaaaaad20:-XX0000-bbbbbbbbbbbbd2:ip8:10.0.0.14:lefti0e4:porti9eeee";
        let one = Counts { complete: 1, ..Counts::default() };
        assert_eq!(recognised(old), Document::Dfile(vec![(HASH, one)]));
        let later = b"d9:completedd20:aaaaaaaaaaaaaaaaaaaai3ee5:peersd20:aaaaaaaaaaaaaaaaaaaad\
            20:-XX0000-bbbbbbbbbbbbd2:ip8:10.0.0.13:key3:xyz4:lefti0e4:porti9eeeee";
        assert_eq!(
            recognised(later),
            Document::Dfile(vec![(HASH, Counts { downloaded: 3, ..one })])
        );
        assert_eq!(recognised(b"d9:completedde5:peersdee"), Document::Dfile(Vec::new()));
        for other in [
            &b"de"[..],
            b"le",
            b"i1e",
            b"d4:infodee",
            b"d5:filesle",
            b"d20:aaaaaaaaaaaaaaaaaaaai1ee",
            b"x",
            b"",
        ] {
            assert_eq!(
                Document::recognise(Instant::now(), other),
                None,
                "{}",
                other.escape_ascii()
            );
        }
    }

    #[test]
    fn what_is_broken_says_of_what_kind_it_is() {
        for (bytes, words) in [
            (&b"d5:peersi1ee"[..], "bad answer: peers is neither string nor list"),
            (b"d8:intervali9e5:peersdee", "bad answer: peers is neither string nor list"),
            (b"d5:peersd1:adeee", "no dfile: an info-hash is not 20 bytes"),
            (b"d5:filesd1:adeee", "bad answer: an info-hash is not 20 bytes"),
            (b"d8:torrentsle7:versioni1ee", "no dfile: it has no torrents"),
            (b"d8:torrentsde7:versioni3ee", "the dfile is damaged: its sum is wrong"),
            (b"d6:shardsle7:versioni2ee", "the dfile is damaged: its sum is wrong"),
            (b"d20:aaaaaaaaaaaaaaaaaaaad1:bdeee", "no dfile: a peer id is not 20 bytes"),
        ] {
            assert_eq!(
                Document::recognise(Instant::now(), bytes).unwrap().unwrap_err().to_string(),
                words
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_make_it_panic(
            start in "d(5:peersd20:aaaaaaaaaaaaaaaaaaaad|9:completedd20:aaaaaaaaaaaaaaaaaaaa|5:filesd20:aaaaaaaaaaaaaaaaaaaad|5:peers|8:torrentsd20:aaaaaaaaaaaaaaaaaaaad|20:aaaaaaaaaaaaaaaaaaaad)",
            rest in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let _ = Document::recognise(Instant::now(), &[start.as_bytes(), &rest].concat());
        }
    }
}
