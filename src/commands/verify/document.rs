//! What was found out about a torrent's data, as JSON: the keys and their order are a promise to
//! people's scripts.

use super::verdict::{PieceCounts, Tally, Verdict};
use crate::cli::text::{Names, Text, put_names};
use crate::store::verify::{FileReport, Found, Note, Part, State};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The one document of a torrent, or the last of its events, but for the files and the warnings, which
/// stand behind it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    v: u8,
    torrent: &'a str,
    name: Text<'a>,
    info_hash: Value,
    path: String,
    ok: bool,
    checked: &'static str,
    total_size: u64,
    piece_length: u32,
    pieces: PieceCounts,
    states: Map<String, Value>,
    repaired: Option<Repaired>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Repaired {
    pieces: u32,
    fetched: u64,
    written: u64,
}

#[derive(Serialize)]
struct Entry<'a> {
    path: Names<'a>,
    length: u64,
    /// What is there; null where nothing is.
    size: Option<u64>,
    state: &'static str,
    parts: Vec<PartEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placed: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct PartEntry {
    state: &'static str,
    pieces: [u32; 2],
    offset: u64,
    length: u64,
}

/// What is there too, as an event.
#[derive(Serialize)]
struct ExtraEvent<'a> {
    event: &'static str,
    v: u8,
    info_hash: &'a Value,
    path: String,
}

/// How each event of a file begins; the keys of its entry follow.
#[derive(Serialize)]
struct FileEvent<'a> {
    event: &'static str,
    v: u8,
    info_hash: &'a Value,
}

/// The whole verdict on one line.
pub(super) fn document(
    verdict: &Verdict<'_>,
    tally: &Tally,
    out: &mut impl Write,
) -> io::Result<()> {
    let extra = verdict.extra.is_some().then(|| extra_paths(verdict));
    let document = Document { extra, ..of_torrent(verdict, tally) };
    around(&document, &verdict.metainfo.warnings, out, |out| {
        out.write_all(b",\"files\":[")?;
        let mut entry = Vec::new();
        for report in verdict.report().files() {
            Entry::of(verdict, &report).put(&mut entry)?;
            out.write_all(&entry)?;
            entry.clear();
            entry.push(b',');
        }
        out.write_all(b"]")
    })
}

/// The verdict as events: one for each file, one for what is there too, one for the torrent.
pub(super) fn events(verdict: &Verdict<'_>, tally: &Tally, out: &mut impl Write) -> io::Result<()> {
    let info_hash = hashes(verdict);
    let start = open(&FileEvent { event: "file", v: 1, info_hash: &info_hash })?;
    let mut entry = Vec::new();
    for report in verdict.report().files() {
        entry.clear();
        Entry::of(verdict, &report).put(&mut entry)?;
        let inside = entry.strip_prefix(b"{").unwrap_or_default();
        [&start, &b","[..], inside, b"\n"].iter().try_for_each(|part| out.write_all(part))?;
    }
    for path in extra_paths(verdict) {
        line(&ExtraEvent { event: "extra", v: 1, info_hash: &info_hash, path }, out)?;
    }
    let document = Document { event: Some("verified"), ..of_torrent(verdict, tally) };
    around(&document, &verdict.metainfo.warnings, out, |_| Ok(()))
}

/// Writes the document around what `middle` writes.
fn around<W: Write>(
    document: &Document<'_>,
    warnings: &[String],
    out: &mut W,
    middle: impl FnOnce(&mut W) -> io::Result<()>,
) -> io::Result<()> {
    out.write_all(&open(document)?)?;
    middle(out)?;
    out.write_all(b",\"warnings\":")?;
    serde_json::to_writer(&mut *out, warnings)?;
    out.write_all(b"}\n")
}

/// An object without the brace that closes it.
fn open(object: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(object)?;
    text.pop();
    Ok(text)
}

fn of_torrent<'a>(verdict: &'a Verdict<'a>, tally: &Tally) -> Document<'a> {
    let metainfo = verdict.metainfo;
    let mut states = Map::new();
    for (state, count) in State::ALL.iter().zip(tally.counts).filter(|(_, count)| *count > 0) {
        states.insert(state.word().to_owned(), count.into());
    }
    let repaired = verdict.repaired.as_ref().map(|done| Repaired {
        pieces: done.pieces,
        fetched: done.fetched,
        written: done.written,
    });
    Document {
        event: None,
        v: 1,
        torrent: &verdict.torrent,
        name: Text(&metainfo.name),
        info_hash: hashes(verdict),
        path: verdict.files.root().display().to_string(),
        ok: tally.right,
        checked: if verdict.hashed { "hashes" } else { "sizes" },
        total_size: metainfo.total_size(),
        piece_length: metainfo.piece_length,
        pieces: verdict.pieces(),
        states,
        repaired,
        extra: None,
    }
}

fn hashes(verdict: &Verdict<'_>) -> Value {
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let v1 = verdict.metainfo.v1.map(|hash| hash.to_string());
    json!({"v1": v1, "v2": verdict.metainfo.v2.map(hex)})
}

fn extra_paths(verdict: &Verdict<'_>) -> Vec<String> {
    verdict.extra.iter().flatten().map(|path| path.display().to_string()).collect()
}

impl<'a> Entry<'a> {
    fn of(verdict: &'a Verdict<'a>, report: &FileReport) -> Self {
        let file = verdict.metainfo.layout.file(report.file);
        let survey = verdict.report().survey;
        let found = verdict.verification.found_at().get(&report.file);
        Self {
            path: Names(file.map(|file| file.path).unwrap_or_default()),
            length: file.map_or(0, |file| file.length),
            size: match survey.found(report.file) {
                Found::File(there) => Some(there),
                _ => None,
            },
            state: report.state.word(),
            parts: report.parts.iter().map(part).collect(),
            notes: survey.notes(report.file).iter().map(note).collect(),
            found: found.map(|path| path.display().to_string()),
            placed: verdict.placed.get(&report.file).map(|placed| placed.word()),
            error: survey.error(report.file).map(|error| crate::store::words(&error.source)),
        }
    }

    /// Writes it as it is serialized. That of a file that is right is put together here, in a fraction
    /// of the time: of thousands of small files to tell is a part of the work.
    fn put(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let Self { path, length, size, state, parts, notes, found, placed, error } = self;
        let (Some(size), true) = (size, parts.is_empty() && notes.is_empty()) else {
            return Ok(serde_json::to_writer(out, self)?);
        };
        if found.is_some() || placed.is_some() || error.is_some() {
            return Ok(serde_json::to_writer(out, self)?);
        }
        out.extend_from_slice(b"{\"path\":");
        put_names(path.0, out)?;
        out.extend_from_slice(b",\"length\":");
        serde_json::to_writer(&mut *out, length)?;
        out.extend_from_slice(b",\"size\":");
        serde_json::to_writer(&mut *out, size)?;
        out.extend_from_slice(b",\"state\":\"");
        out.extend_from_slice(state.as_bytes());
        out.extend_from_slice(b"\",\"parts\":[]}");
        Ok(())
    }
}

fn part(part: &Part) -> PartEntry {
    let (first, last) = part.pieces;
    PartEntry {
        state: part.state.word(),
        pieces: [first.0, last.0],
        offset: part.bytes.start,
        length: part.bytes.end - part.bytes.start,
    }
}

fn note(note: &Note) -> &'static str {
    match note {
        Note::NotExecutable => "not executable",
        Note::Executable => "executable",
        Note::Newer => "newer",
        Note::OtherCase => "other case",
    }
}

fn line(document: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, document)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::FilePathBuf;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_entry_is_the_same_both_ways(
            path in "[a-c\u{e4}\"/\\\\\u{7f}\u{1}]{1,12}",
            (length, size) in any::<(u64, Option<u64>)>(),
            odd in 0..9,
        ) {
            let names = path.split('/').filter(|name| !name.is_empty());
            let path = FilePathBuf::from_components(names).unwrap();
            let part = || PartEntry { state: "damaged", pieces: [0, 1], offset: 2, length: 3 };
            let entry = Entry {
                path: Names(path.as_path()),
                length,
                size,
                state: "ok",
                parts: (odd == 0).then(part).into_iter().collect(),
                notes: (odd == 1).then_some("newer").into_iter().collect(),
                found: (odd == 2).then(|| "elsewhere".to_owned()),
                placed: (odd == 3).then_some("copy"),
                error: (odd == 4).then(|| "Input/output error".to_owned()),
            };
            let mut put = Vec::new();
            entry.put(&mut put).unwrap();
            prop_assert_eq!(str::from_utf8(&put), Ok(&*serde_json::to_string(&entry).unwrap()));
        }
    }
}
