//! What a torrent is, for people on a terminal. Nothing of the metainfo reaches the terminal with
//! its control characters.

use super::document::{date, hex, version};
use super::signatures;
use crate::cli::printable;
use crate::cli::units::show_size;
use crate::torrent::{File, FilePath, Magnet, Metainfo, Pieces};
use std::fmt::Write;

/// The most lines of files that are shown.
const MOST: usize = 100;

/// The page of a `.torrent` file.
pub(super) fn page(metainfo: &Metainfo) -> String {
    let mut page = Page::default();
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
        page.line("nodes", &format!("{host} {port}"));
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
    page.lines("warning", &metainfo.warnings);
    if metainfo.folder {
        page.files(metainfo);
    }
    page.text
}

/// The page of a magnet link.
pub(super) fn magnet(magnet: &Magnet) -> String {
    let mut page = Page::default();
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

#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
    /// What the last line was about.
    key: &'static str,
}

impl Page {
    /// A line, with its key where the line before had another.
    pub(super) fn line(&mut self, key: &'static str, value: &str) {
        let shown = if self.key == key { "" } else { key };
        self.key = key;
        let _ = writeln!(self.text, "{shown:<12}{}", printable(value));
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

    /// The tree of files: a folder is named where the file before was in another.
    fn files(&mut self, metainfo: &Metainfo) {
        let _ = writeln!(self.text, "files");
        let mut above = FilePath::default();
        let mut lines = 0;
        let files = || metainfo.layout.files().enumerate().filter(|(_, file)| !file.pad);
        for (shown, (at, file)) in files().enumerate() {
            let Some((folders, name)) = file.path.split_last() else { continue };
            let both = std::iter::zip(folders.components(), above.components());
            let same = both.take_while(|(a, b)| a == b).count();
            above = folders;
            lines += folders.depth() - same + 1;
            if lines > MOST {
                let _ =
                    writeln!(self.text, "  and {} more (--json has all)", files().count() - shown);
                return;
            }
            for (depth, folder) in folders.components().enumerate().skip(same) {
                let _ = writeln!(
                    self.text,
                    "{:indent$}{}/",
                    "",
                    lossy(folder),
                    indent = 14 + depth * 2
                );
            }
            let size = show_size(file.length);
            let indent = 2 + folders.depth() * 2;
            let tail = tail(metainfo, at, file);
            let _ = writeln!(self.text, "{size:>12}{:indent$}{}{tail}", "", lossy(name));
        }
    }
}

fn tail(metainfo: &Metainfo, at: usize, file: File<'_>) -> String {
    match metainfo.extras.get(&at).and_then(|extra| extra.symlink.as_ref()) {
        Some(path) => format!(" -> {}", lossy(path.as_path().as_joined())),
        None if file.executable => "*".to_owned(),
        None => String::new(),
    }
}

fn lossy(name: &[u8]) -> String {
    printable(&String::from_utf8_lossy(name))
}
