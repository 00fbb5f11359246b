//! What a torrent is, as JSON: the keys and their order are a promise to people's scripts.
//!
//! Nothing is built in memory: a torrent of a million files is written as it is walked.

use super::signatures;
use crate::cli::text::{Names, Text, hex, put_names};
use crate::torrent::{File, Magnet, Metainfo, Pieces};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// One document of `bt inspect`.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    v: u8,
    version: &'static str,
    name: Option<Text<'a>>,
    info_hash: Hashes<'a>,
    magnet: String,
    piece_length: Option<u32>,
    piece_count: Option<u32>,
    total_size: Option<u64>,
    files: Option<Files<'a>>,
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
struct Hashes<'a> {
    v1: Option<String>,
    v2: Option<Hex<'a>>,
}

/// The files without the pads.
#[derive(Clone, Copy)]
pub(super) struct Files<'a>(pub(super) &'a Metainfo);

impl<'a> Files<'a> {
    pub(super) fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        let files = self.0.layout.files().enumerate().filter(|(_, file)| !file.pad);
        files.map(move |(at, file)| entry(self.0, at, file))
    }
}

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries())
    }
}

#[derive(Serialize)]
pub(super) struct Entry<'a> {
    path: Names<'a>,
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    attr: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symlink: Option<Names<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces_root: Option<Hex<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha1: Option<Hex<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5: Option<Hex<'a>>,
}

/// A hash in hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(self.0))
    }
}

impl<'a> Document<'a> {
    pub(super) fn of(metainfo: &'a Metainfo) -> Self {
        Self {
            v: 1,
            version: version(metainfo.v1.is_some(), metainfo.v2.is_some()),
            name: Some(Text(&metainfo.name)),
            info_hash: Hashes {
                v1: metainfo.v1.map(|hash| hash.to_string()),
                v2: metainfo.v2.as_ref().map(|hash| Hex(hash)),
            },
            magnet: Magnet::of(metainfo).to_string(),
            piece_length: Some(metainfo.piece_length),
            piece_count: Some(metainfo.pieces.map_or(0, Pieces::count)),
            total_size: Some(metainfo.total_size()),
            files: Some(Files(metainfo)),
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
                v2: magnet.v2.as_ref().map(|hash| Hex(hash)),
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

    /// Writes it as it is serialized; the files one by one, since they are nearly all of a big torrent.
    pub(super) fn write(mut self, out: &mut impl Write) -> io::Result<()> {
        let files = self.files.take();
        let text = serde_json::to_string(&self)?;
        // Within text a quote has a backslash in front of it, so this is the key.
        let (Some(files), Some((before, after))) = (files, text.split_once(",\"files\":null"))
        else {
            return out.write_all(text.as_bytes());
        };
        out.write_all(before.as_bytes())?;
        out.write_all(b",\"files\":[")?;
        let mut text = Vec::new();
        for entry in files.entries() {
            entry.put(&mut text)?;
            out.write_all(&text)?;
            text.clear();
            text.push(b',');
        }
        out.write_all(b"]")?;
        out.write_all(after.as_bytes())
    }

    /// Without the files, which are most of a big torrent.
    pub(super) fn without_files(self) -> Self {
        Self { files: None, ..self }
    }
}

impl Entry<'_> {
    /// Writes it as it is serialized. That of a file with nothing but a path and a length is put
    /// together here, in a fraction of the time.
    pub(super) fn put(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let Self { path, length, attr, symlink, pieces_root, sha1, md5 } = self;
        let marked = attr.is_some() || symlink.is_some();
        if marked || pieces_root.is_some() || sha1.is_some() || md5.is_some() {
            return Ok(serde_json::to_writer(out, self)?);
        }
        out.extend_from_slice(b"{\"path\":");
        put_names(path.0, out)?;
        out.extend_from_slice(b",\"length\":");
        serde_json::to_writer(&mut *out, length)?;
        out.push(b'}');
        Ok(())
    }
}

fn entry<'a>(metainfo: &'a Metainfo, at: usize, file: File<'a>) -> Entry<'a> {
    let extra = metainfo.extras.get(&at);
    let symlink = extra.and_then(|extra| extra.symlink.as_ref());
    Entry {
        path: Names(file.path),
        length: file.length,
        attr: match (symlink.is_some(), file.executable, file.hidden) {
            (true, _, false) => Some("l"),
            (true, _, true) => Some("hl"),
            (false, true, false) => Some("x"),
            (false, true, true) => Some("hx"),
            (false, false, true) => Some("h"),
            (false, false, false) => None,
        },
        symlink: symlink.map(|path| Names(path.as_path())),
        pieces_root: metainfo.pieces_root(at).map(|root| Hex(root)),
        sha1: extra.and_then(|extra| extra.sha1.as_ref()).map(|hash| Hex(hash)),
        md5: extra.and_then(|extra| extra.md5.as_ref()).map(|hash| Hex(hash)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn folder(files: &str) -> Metainfo {
        let torrent = format!(
            "d7:comment26:,\"files\":null,\"files\":null8:url-list8:http://x4:infod5:filesl{files}e\
            4:name1:n12:piece lengthi16384e6:pieces20:AAAAABBBBBCCCCCDDDDDee"
        );
        Metainfo::parse(Bytes::from(torrent)).unwrap()
    }

    #[test]
    fn it_is_written_as_it_is_serialized() {
        let plain = "d6:lengthi3e4:pathl1:a4:b\"\u{e4}eed6:lengthi0e4:pathl2:a ee";
        let marked = "d4:attr2:hl6:lengthi0e4:pathl1:ce12:symlink pathl1:aeed6:lengthi1e\
            4:pathl1:de4:sha120:AAAAABBBBBCCCCCDDDDDe";
        for metainfo in [folder(plain), folder(&[plain, marked].concat())] {
            let mut written = Vec::new();
            Document::of(&metainfo).write(&mut written).unwrap();
            let serialized = serde_json::to_string(&Document::of(&metainfo)).unwrap();
            assert_eq!(str::from_utf8(&written), Ok(&*serialized));
        }
    }

    #[test]
    fn without_files_it_is_null() {
        let magnet: Magnet =
            "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        let mut written = Vec::new();
        Document::of_magnet(&magnet).write(&mut written).unwrap();
        assert!(str::from_utf8(&written).unwrap().contains(",\"files\":null,\"trackers\":[]"));
    }
}
