//! What was found out about a torrent's data, as JSON: the keys and their order are a promise to
//! people's scripts.

use super::verdict::{PieceCounts, Tally, Verdict};
use crate::cli::text::{Names, Text};
use crate::store::verify::{FileReport, Found, Note, Part, State};
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The one document of a torrent, or the last of its events.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Entries<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Repaired {
    pieces: u32,
    fetched: u64,
    written: u64,
}

/// The files, put together one by one while they are written.
struct Entries<'a>(&'a Verdict<'a>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = serializer.serialize_seq(None)?;
        for file in self.0.report().files() {
            entries.serialize_element(&Entry::of(self.0, &file))?;
        }
        entries.end()
    }
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

/// An entry as an event of its own.
#[derive(Serialize)]
struct FileEvent<'a> {
    event: &'static str,
    v: u8,
    info_hash: &'a Value,
    #[serde(flatten)]
    entry: Entry<'a>,
}

/// The whole verdict on one line.
pub(super) fn document(
    verdict: &Verdict<'_>,
    tally: &Tally,
    out: &mut impl Write,
) -> io::Result<()> {
    let extra = verdict.extra.is_some().then(|| extra_paths(verdict));
    line(&Document { files: Some(Entries(verdict)), extra, ..end(verdict, tally) }, out)
}

/// The verdict as events: one for each file, one for what is there too, one for the torrent.
pub(super) fn events(verdict: &Verdict<'_>, tally: &Tally, out: &mut impl Write) -> io::Result<()> {
    let info_hash = hashes(verdict);
    for file in verdict.report().files() {
        let entry = Entry::of(verdict, &file);
        line(&FileEvent { event: "file", v: 1, info_hash: &info_hash, entry }, out)?;
    }
    for path in extra_paths(verdict) {
        line(&ExtraEvent { event: "extra", v: 1, info_hash: &info_hash, path }, out)?;
    }
    line(&Document { event: Some("verified"), ..end(verdict, tally) }, out)
}

/// All but the files.
fn end<'a>(verdict: &'a Verdict<'a>, tally: &Tally) -> Document<'a> {
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
        files: None,
        warnings: &metainfo.warnings,
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
