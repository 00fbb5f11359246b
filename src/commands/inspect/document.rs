//! What a torrent is, as JSON: the keys and their order are a promise to people's scripts.

use super::signatures;
use crate::torrent::{File, Magnet, Metainfo, Pieces};
use serde::{Serialize, Serializer};

/// One document of `bt inspect`.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    v: u8,
    version: &'static str,
    name: Option<Text<'a>>,
    info_hash: Hashes,
    magnet: String,
    piece_length: Option<u32>,
    piece_count: Option<u32>,
    total_size: Option<u64>,
    files: Option<Vec<Entry<'a>>>,
    trackers: Vec<&'a [String]>,
    web_seeds: &'a [String],
    http_seeds: &'a [String],
    nodes: &'a [(String, u16)],
    private: Option<bool>,
    comment: Option<&'a str>,
    created_by: Option<&'a str>,
    creation_date: Option<String>,
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    peers: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    select: Vec<[u32; 2]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signatures: Vec<signatures::Entry>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Hashes {
    v1: Option<String>,
    v2: Option<String>,
}

#[derive(Serialize)]
struct Entry<'a> {
    path: Vec<Text<'a>>,
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    attr: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symlink: Option<Vec<Text<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces_root: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha1: Option<String>,
}

/// A name: text, or `{"$hex":"…"}` where it is not UTF-8, as everywhere bencode becomes JSON.
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_map([("$hex", hex(self.0))]),
        }
    }
}

impl<'a> Document<'a> {
    pub(super) fn of(metainfo: &'a Metainfo) -> Self {
        let files = metainfo.layout.files().enumerate().filter(|(_, file)| !file.pad);
        Self {
            v: 1,
            version: version(metainfo.v1.is_some(), metainfo.v2.is_some()),
            name: Some(Text(&metainfo.name)),
            info_hash: Hashes {
                v1: metainfo.v1.map(|hash| hash.to_string()),
                v2: metainfo.v2.map(|hash| hex(&hash)),
            },
            magnet: Magnet::of(metainfo).to_string(),
            piece_length: Some(metainfo.piece_length),
            piece_count: Some(metainfo.pieces.map_or(0, Pieces::count)),
            total_size: Some(metainfo.total_size()),
            files: Some(files.map(|(at, file)| entry(metainfo, at, file)).collect()),
            trackers: metainfo.trackers.iter().map(Vec::as_slice).collect(),
            web_seeds: &metainfo.web_seeds,
            http_seeds: &metainfo.http_seeds,
            nodes: &metainfo.nodes,
            private: Some(metainfo.private),
            comment: metainfo.comment.as_deref(),
            created_by: metainfo.created_by.as_deref(),
            creation_date: date(metainfo),
            source: metainfo.source.as_deref(),
            peers: &[],
            select: Vec::new(),
            signatures: signatures::entries(metainfo),
            warnings: &metainfo.warnings,
        }
    }

    /// The same keys, null where only the metainfo tells.
    pub(super) fn of_magnet(magnet: &'a Magnet) -> Self {
        Self {
            v: 1,
            version: version(magnet.v1.is_some(), magnet.v2.is_some()),
            name: magnet.name.as_deref().map(|name| Text(name.as_bytes())),
            info_hash: Hashes {
                v1: magnet.v1.map(|hash| hash.to_string()),
                v2: magnet.v2.map(|hash| hex(&hash)),
            },
            magnet: magnet.to_string(),
            piece_length: None,
            piece_count: None,
            total_size: magnet.length,
            files: None,
            trackers: magnet.trackers.chunks(1).collect(),
            web_seeds: &magnet.web_seeds,
            http_seeds: &[],
            nodes: &[],
            private: None,
            comment: None,
            created_by: None,
            creation_date: None,
            source: None,
            peers: &magnet.peers,
            select: magnet.select.iter().map(|range| [*range.start(), *range.end()]).collect(),
            signatures: Vec::new(),
            warnings: &[],
        }
    }
}

/// The document on a line of its own.
pub(super) fn line(document: &impl Serialize) -> String {
    // Nothing here can fail to serialize: all keys are text.
    let mut line = serde_json::to_string(document).unwrap_or_default();
    line.push('\n');
    line
}

fn entry<'a>(metainfo: &'a Metainfo, at: usize, file: File<'a>) -> Entry<'a> {
    let extra = metainfo.extras.get(&at);
    let symlink = extra.and_then(|extra| extra.symlink.as_ref());
    Entry {
        path: file.path.components().map(Text).collect(),
        length: file.length,
        attr: match (symlink.is_some(), file.executable) {
            (true, _) => Some("l"),
            (false, true) => Some("x"),
            (false, false) => None,
        },
        symlink: symlink.map(|path| path.as_path().components().map(Text).collect()),
        pieces_root: metainfo.pieces_root(at).map(|root| hex(root)),
        sha1: extra.and_then(|extra| extra.sha1).map(|hash| hex(&hash)),
    }
}

pub(super) fn version(v1: bool, v2: bool) -> &'static str {
    match (v1, v2) {
        (true, true) => "hybrid",
        (false, true) => "v2",
        _ => "v1",
    }
}

/// When it was made (RFC 3339), where that is a date of this calendar.
pub(super) fn date(metainfo: &Metainfo) -> Option<String> {
    let date = jiff::Timestamp::from_second(metainfo.creation_date?).ok()?;
    Some(date.to_string())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
