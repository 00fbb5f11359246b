//! What `bt publish` says of what it has made.

use super::hashing::Saved;
use super::place::Place;
use crate::cli::text::Text;
use crate::cli::{Cli, Failure, Format, printable, units};
use crate::torrent::Version;
use crate::torrent::metainfo::Made;
use serde::Serialize;
use std::io::Write;

/// How the hashes were come by, and what is odd.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// Bytes that were read.
    pub(super) read: u64,
    pub(super) reused: Saved,
    pub(super) resumed: Saved,
    pub(super) warnings: Vec<String>,
}

/// The stream on which the summary goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Output {
    Stdout,
    /// Standard output has the metainfo or the data.
    Stderr,
}

/// What was made, for scripts.
#[derive(Serialize)]
struct Summary<'a> {
    event: &'static str,
    v: u8,
    output: Text<'a>,
    version: &'static str,
    info_hash: Option<String>,
    info_hash_v2: Option<String>,
    magnet: String,
    name: Text<'a>,
    piece_length: u32,
    piece_count: u32,
    total_size: u64,
    file_count: usize,
    read: u64,
    reused: Saved,
    resumed: Saved,
    warnings: &'a [String],
}

/// Tells what was made.
pub(super) fn tell(
    cli: &Cli<'_>,
    place: &Place,
    name: &[u8],
    made: &Made,
    version: Version,
    report: &Report,
    output: Output,
) -> Result<(), Failure> {
    let magnet = made.magnet.to_string();
    let text = match cli.format {
        Format::Json => {
            let summary = Summary {
                event: "published",
                v: 1,
                output: place.text(),
                version: match version {
                    Version::V1 => "v1",
                    Version::V2 => "v2",
                    Version::Hybrid => "hybrid",
                },
                info_hash: made.magnet.v1.map(|hash| hash.to_string()),
                info_hash_v2: made.magnet.v2.as_ref().map(hex),
                magnet,
                name: Text(name),
                piece_length: made.piece_length,
                piece_count: made.pieces,
                total_size: made.total_size,
                file_count: made.files,
                read: report.read,
                reused: report.reused,
                resumed: report.resumed,
                warnings: &report.warnings,
            };
            // Nothing here can fail to serialize.
            serde_json::to_string(&summary).unwrap_or_default() + "\n"
        }
        _ if cli.env.stdout_is_terminal() || output == Output::Stderr => {
            lines(&printable(&place.to_string()), made, report, &magnet)
        }
        _ => lines(&place.to_string(), made, report, &magnet),
    };
    match output {
        Output::Stderr => {
            if cli.ui.level >= 0 {
                let _ = cli.env.stderr().write_all(text.as_bytes());
            }
            Ok(())
        }
        Output::Stdout if cli.ui.level < 0 && cli.format == Format::Human => Ok(()),
        Output::Stdout => {
            let mut out = cli.env.stdout();
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            written.map_err(|error| Failure::stdout(&error))
        }
    }
}

fn lines(place: &str, made: &Made, report: &Report, magnet: &str) -> String {
    let mut text = format!("{place}\n");
    let mut line = |word: &str, value: String| {
        text += &format!("  {word:<9}  {value}\n");
    };
    if let Some(hash) = made.magnet.v1 {
        line("info-hash", hash.to_string());
    }
    if let Some(hash) = &made.magnet.v2 {
        line(if made.magnet.v1.is_some() { "v2" } else { "info-hash" }, hex(hash));
    }
    line("magnet", magnet.to_owned());
    let files = match made.files {
        1 => String::new(),
        count => format!("{count} files, "),
    };
    let pieces = match made.pieces {
        1 => "1 piece".to_owned(),
        count => format!("{count} pieces"),
    };
    let size = units::show_size(made.total_size);
    let length = units::show_size(made.piece_length.into());
    line("content", format!("{files}{size} in {pieces} of {length}"));
    let saved = [(report.reused, "from older metainfo"), (report.resumed, "from before")];
    for (saved, whence) in saved.iter().filter(|(saved, _)| saved.pieces > 0) {
        line("not read", format!("{} {whence}", units::show_size(saved.bytes)));
    }
    text
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
