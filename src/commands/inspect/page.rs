//! What a torrent is, for people on a terminal. Nothing of the metainfo reaches the terminal with
//! its control characters.

use super::document::{date, version};
use super::files::{lossy, tree};
use super::signatures;
use crate::cli::paint::{Paint, Tone};
use crate::cli::printable;
use crate::cli::text::hex;
use crate::cli::units::show_size;
use crate::torrent::{Magnet, Metainfo, Pieces};
use std::fmt::Write as _;
use std::io::{self, Write};

/// The most lines of files that are shown.
const MOST: usize = 100;

/// The page of a `.torrent` file.
pub(super) fn page(out: &mut impl Write, metainfo: &Metainfo, paint: Paint) -> io::Result<()> {
    let mut page = Page::new(paint);
    page.line("name", &lossy(&metainfo.name));
    page.line("version", version(metainfo.v1.is_some(), metainfo.v2.is_some()));
    page.hashes(metainfo.v1.map(|hash| hash.to_string()), metainfo.v2.map(|hash| hex(&hash)));
    let files = metainfo.layout.files().filter(|file| !file.pad).count();
    let size = show_size(metainfo.total_size());
    let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    page.line("size", &format!("{size} ({} bytes) in {files}", metainfo.total_size()));
    let count = metainfo.pieces.map_or(0, Pieces::count);
    page.line("pieces", &format!("{count} of {}", show_size(metainfo.piece_length.into())));
    if metainfo.private {
        page.line("private", "yes");
    }
    for (tier, urls) in metainfo.trackers.iter().enumerate() {
        for url in urls {
            let tier = match metainfo.trackers.len() {
                1 => String::new(),
                _ => format!("{}: ", tier + 1),
            };
            page.line("trackers", &format!("{tier}{url}"));
        }
    }
    page.lines("web seeds", &metainfo.web_seeds);
    page.lines("http seeds", &metainfo.http_seeds);
    for (host, port) in &metainfo.nodes {
        let address = match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        page.line("nodes", &address);
    }
    for (key, text) in [
        ("comment", &metainfo.comment),
        ("source", &metainfo.source),
        ("made by", &metainfo.created_by),
        ("made on", &date(metainfo)),
    ] {
        if let Some(text) = text {
            page.line(key, text);
        }
    }
    page.line("magnet", &Magnet::of(metainfo).to_string());
    page.lines("signed by", &signatures::lines(metainfo));
    for warning in &metainfo.warnings {
        page.toned("warning", warning, Some(Tone::Warning));
    }
    if metainfo.folder {
        let _ = writeln!(page.text, "{}", paint.of(Tone::Key, "files"));
    }
    out.write_all(page.text.as_bytes())?;
    if metainfo.folder { tree(out, metainfo, paint, MOST) } else { Ok(()) }
}

/// The page of a magnet link.
pub(super) fn magnet(magnet: &Magnet, paint: Paint) -> String {
    let mut page = Page::new(paint);
    if let Some(name) = &magnet.name {
        page.line("name", name);
    }
    page.line("version", version(magnet.v1.is_some(), magnet.v2.is_some()));
    page.hashes(magnet.v1.map(|hash| hash.to_string()), magnet.v2.map(|hash| hex(&hash)));
    if let Some(length) = magnet.length {
        page.line("size", &format!("{} ({length} bytes)", show_size(length)));
    }
    page.lines("trackers", &magnet.trackers);
    page.lines("web seeds", &magnet.web_seeds);
    page.lines("peers", &magnet.peers);
    let ranges = magnet.select.iter().map(|range| match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    });
    let ranges: Vec<_> = ranges.collect();
    if !ranges.is_empty() {
        page.line("wanted", &format!("files {}", ranges.join(", ")));
    }
    page.line("magnet", &magnet.to_string());
    page.text
}

pub(super) struct Page {
    pub(super) text: String,
    paint: Paint,
    /// What the last line was about.
    key: &'static str,
}

impl Page {
    pub(super) fn new(paint: Paint) -> Self {
        Self { text: String::new(), paint, key: "" }
    }

    /// A line, with its key where the line before had another.
    pub(super) fn line(&mut self, key: &'static str, value: &str) {
        self.toned(key, value, None);
    }

    pub(super) fn toned(&mut self, key: &'static str, value: &str, tone: Option<Tone>) {
        let shown = if self.key == key { "" } else { key };
        self.key = key;
        let key = self.paint.of(tone.unwrap_or(Tone::Key), format!("{shown:<12}"));
        let value = printable(value);
        let _ = match tone {
            None => writeln!(self.text, "{key}{value}"),
            Some(tone) => writeln!(self.text, "{key}{}", self.paint.of(tone, value)),
        };
    }

    fn lines(&mut self, key: &'static str, values: &[String]) {
        for value in values {
            self.line(key, value);
        }
    }

    fn hashes(&mut self, v1: Option<String>, v2: Option<String>) {
        for hash in [v1, v2].into_iter().flatten() {
            self.line("info-hash", &hash);
        }
    }
}
