//! What `bt edit` has done, or would do.

use crate::bencode::Value;
use crate::bencode::json::{Document, Style};
use crate::cli::text::hex;
use crate::cli::{Sink, TorrentInput, printable};
use crate::torrent::Metainfo;
use crate::torrent::edit::Difference;
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt::Write;

/// The longest value that people are shown, in characters.
const LONGEST: usize = 300;

/// What has become of one input.
pub(super) struct Report<'a> {
    input: String,
    output: Option<String>,
    changes: &'a [Difference<'a>],
    old: Option<Hashes>,
    new: Hashes,
}

#[derive(Serialize, Clone, PartialEq, Eq)]
struct Hashes {
    v1: Option<String>,
    v2: Option<String>,
}

impl Hashes {
    fn of(metainfo: &Metainfo) -> Self {
        let v2 = metainfo.v2.as_ref().map(|hash| hex(hash));
        Self { v1: metainfo.v1.map(|hash| hash.to_string()), v2 }
    }

    /// Each with its version.
    fn each(&self) -> [(&'static str, Option<&str>); 2] {
        [("v1", self.v1.as_deref()), ("v2", self.v2.as_deref())]
    }
}

#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    v: u8,
    input: &'a str,
    output: Option<&'a str>,
    dry_run: bool,
    changed: bool,
    changes: Vec<Entry>,
    info_hash: &'a Hashes,
    old_info_hash: Option<&'a Hashes>,
}

#[derive(Serialize)]
struct Entry {
    key: String,
    old: Option<Box<RawValue>>,
    new: Option<Box<RawValue>>,
}

/// A value as `bt decode` writes it.
fn json(value: Value<'_>) -> Option<String> {
    let mut text = Vec::new();
    Document::from(value).write(&mut text, Style::Compact).ok()?;
    String::from_utf8(text).ok()
}

impl<'a> Report<'a> {
    /// `sink` is where the metainfo went; `None` where it went nowhere.
    pub(super) fn new(
        input: &TorrentInput,
        sink: Option<&Sink>,
        changes: &'a [Difference<'a>],
        old: Option<&Metainfo>,
        new: &Metainfo,
    ) -> Self {
        let output = sink.map(|sink| match sink {
            Sink::Stdout => "-".to_owned(),
            Sink::Path(path) => path.display().to_string(),
        });
        let (old, new) = (old.map(Hashes::of), Hashes::of(new));
        Self { input: input.to_string(), output, changes, old, new }
    }

    /// For scripts.
    pub(super) fn line(&self) -> String {
        let raw = |value: Value<'_>| json(value).and_then(|text| RawValue::from_string(text).ok());
        let entry = |change: &Difference<'_>| Entry {
            key: change.path.to_string(),
            old: change.old.and_then(raw),
            new: change.new.and_then(raw),
        };
        let line = Line {
            event: "edited",
            v: 1,
            input: &self.input,
            output: self.output.as_deref(),
            dry_run: self.output.is_none(),
            changed: !self.changes.is_empty(),
            changes: self.changes.iter().map(entry).collect(),
            info_hash: &self.new,
            old_info_hash: self.old.as_ref(),
        };
        // Nothing here can fail to serialize.
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }

    /// For people: what was and what is, key by key.
    pub(super) fn page(&self, color: bool) -> String {
        let mut page = String::new();
        if self.changes.is_empty() {
            return page;
        }
        let _ = writeln!(page, "{}", printable(&self.input));
        for change in self.changes {
            let _ = writeln!(page, "  {}", printable(&change.path.to_string()));
            let values = [change.old, change.new].map(|value| value.and_then(json));
            lines(&mut page, values, color);
        }
        for (version, old, new) in self.other_hashes() {
            let _ = writeln!(page, "  info-hash {version}");
            lines(&mut page, [old, new].map(|hash| hash.map(str::to_owned)), color);
        }
        page
    }

    /// For people who have the metainfo itself on standard output.
    pub(super) fn hashes(&self, name: &str) -> String {
        let mut text = String::new();
        for (version, old, new) in self.other_hashes() {
            let (old, new) = (old.unwrap_or("none"), new.unwrap_or("none"));
            let _ = writeln!(text, "{name}: info-hash {version}: {old} -> {new}");
        }
        text
    }

    fn other_hashes(&self) -> impl Iterator<Item = (&'static str, Option<&str>, Option<&str>)> {
        let old = self.old.as_ref().map(Hashes::each).into_iter().flatten();
        let pairs = old.zip(self.new.each());
        pairs
            .map(|((version, old), (_, new))| (version, old, new))
            .filter(|(_, old, new)| old != new)
    }
}

fn lines(page: &mut String, [old, new]: [Option<String>; 2], color: bool) {
    for (sign, paint, value) in [('-', "\x1b[31m", old), ('+', "\x1b[32m", new)] {
        let Some(value) = value else { continue };
        let mut shown = printable(&value);
        if let Some((end, _)) = shown.char_indices().nth(LONGEST) {
            shown.truncate(end);
            shown.push('…');
        }
        let _ = match color {
            true => writeln!(page, "    {paint}{sign} {shown}\x1b[0m"),
            false => writeln!(page, "    {sign} {shown}"),
        };
    }
}
