//! What was found out about a torrent's data, for people: a line a file, and one that sums up.

use super::verdict::{Tally, Verdict};
use crate::cli::printable;
use crate::cli::units::{show_duration, show_rate, show_size};
use crate::store::verify::{FileReport, Found, Note, Part, Placed, State};
use crate::store::words;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The most parts of a file that are shown.
const MOST: usize = 5;

/// Writes the lines. `quiet` leaves out what is right.
pub(super) fn page(
    verdict: &Verdict<'_>,
    tally: &Tally,
    color: bool,
    quiet: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    for report in verdict.report().files() {
        if quiet && report.state == State::Ok {
            continue;
        }
        let path = verdict.files.path(report.file);
        let path = path.to_string_lossy();
        let path = printable(&path);
        let detail = detail(verdict, &report);
        let gap = if detail.is_empty() { "" } else { ": " };
        writeln!(out, "{} {path}{gap}{detail}", word(report.state, color))?;
    }
    for path in verdict.extra.iter().flatten() {
        let path = printable(&path.display().to_string());
        writeln!(out, "{} {path}", paint("extra", RED, color))?;
    }
    if !quiet || !tally.right {
        out.write_all(summary(verdict, tally).as_bytes())?;
    }
    Ok(())
}

const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "31";

fn word(state: State, color: bool) -> String {
    let paint_as = match state {
        State::Ok | State::Found => GREEN,
        State::Unchecked | State::Suspect => YELLOW,
        _ => RED,
    };
    paint(state.word(), paint_as, color)
}

fn paint(word: &str, paint: &str, color: bool) -> String {
    match color {
        true => format!("\x1b[{paint}m{word:<10}\x1b[0m"),
        false => format!("{word:<10}"),
    }
}

/// What is to be said behind the path.
fn detail(verdict: &Verdict<'_>, report: &FileReport) -> String {
    let survey = verdict.report().survey;
    let length = verdict.metainfo.layout.file(report.file).map_or(0, |file| file.length);
    let mut said: Vec<String> = Vec::new();
    match (report.state, survey.found(report.file)) {
        (State::Short, Found::File(there)) => said.push(format!("{there} of {length} bytes")),
        (State::Long, Found::File(there)) => {
            said.push(format!("{there} bytes, {} more than it should have", there - length));
        }
        (State::Damaged, Found::Other) => said.push("something else is in its place".to_owned()),
        (State::Unreadable, _) => said.extend(survey.error(report.file).map(|e| words(&e.source))),
        _ => {}
    }
    if let Some(path) = verdict.verification.found_at().get(&report.file) {
        said.push(format!("at {}", printable(&path.display().to_string())));
    }
    for (state, before, behind) in [
        (State::Damaged, "", ""),
        (State::Suspect, "", ", here or in a file beside it"),
        (State::Disputed, "", ": the torrent's two hashes contradict each other"),
        (State::Unchecked, "unchecked: ", ", of which other bytes are missing"),
    ] {
        let parts: Vec<&Part> = report.parts.iter().filter(|part| part.state == state).collect();
        if !parts.is_empty() {
            said.push(format!("{before}{}{behind}", places(&parts)));
        }
    }
    for note in survey.notes(report.file) {
        said.extend(match note {
            Note::NotExecutable => Some("not executable, which it should be".to_owned()),
            Note::Executable => Some("executable, which it should not be".to_owned()),
            Note::OtherCase => Some("there is one whose name has other capitals".to_owned()),
            // Every file that was got is: the summary counts them.
            Note::Newer => None,
        });
    }
    match verdict.placed.get(&report.file) {
        Some(Placed::InTheWay) => said.push("not put in place: something is in the way".to_owned()),
        Some(Placed::There) | None => {}
        Some(placed) => said.push(placed.word().to_owned()),
    }
    said.join("; ")
}

/// `pieces 1-2 (bytes 10-29), 4 (bytes 40-44)`
fn places(parts: &[&Part]) -> String {
    let mut text = String::new();
    for (at, part) in parts.iter().take(MOST).enumerate() {
        let (first, last) = part.pieces;
        let (from, to) = (part.bytes.start, part.bytes.end - 1);
        let gap = if at > 0 { ", " } else { "" };
        let _ = match first == last {
            true => write!(text, "{gap}piece {}", first.0),
            false => write!(text, "{gap}pieces {}-{}", first.0, last.0),
        };
        let _ = write!(text, " (bytes {from}-{to})");
    }
    if parts.len() > MOST {
        let _ = write!(text, " and {} more places", parts.len() - MOST);
    }
    text
}

fn summary(verdict: &Verdict<'_>, tally: &Tally) -> String {
    let name = printable(&String::from_utf8_lossy(&verdict.metainfo.name));
    let counts = tally.counts;
    let total: usize = counts.iter().sum();
    let of = |state| tally.of(state);
    let files = |count: usize| match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let size = show_size(verdict.metainfo.total_size());
    let mut line = format!("{name}: ");
    let wrong = tally.wrong();
    if wrong == 0 {
        let what = if verdict.hashed { "" } else { " in size; nothing was read" };
        let _ = write!(line, "{} of {size}, all right{what}", files(total));
    } else {
        let _ = write!(line, "{wrong} of {} not right: ", files(total));
        let kinds = State::ALL.iter().zip(counts).rev();
        let kinds =
            kinds.filter(|(state, count)| *count > 0 && !matches!(state, State::Ok | State::Found));
        let kinds: Vec<_> =
            kinds.map(|(state, count)| format!("{count} {}", state.word())).collect();
        line.push_str(&kinds.join(", "));
    }
    if of(State::Found) > 0 {
        let _ = write!(line, "; {} found elsewhere", of(State::Found));
    }
    let pieces = verdict.pieces();
    if verdict.hashed && pieces.good < pieces.total {
        let _ = write!(line, "; {} of {} pieces are right", pieces.good, pieces.total);
    }
    if let Some(extra) = verdict.extra.as_ref().filter(|extra| !extra.is_empty()) {
        let _ = write!(line, "; {} that the torrent does not have", files(extra.len()));
    }
    if verdict.newer > 0 {
        let _ = write!(line, "; {} written after the torrent was made", files(verdict.newer));
    }
    if let Some(done) = &verdict.repaired {
        let count = match done.pieces {
            1 => "1 piece".to_owned(),
            count => format!("{count} pieces"),
        };
        let (got, written) = (show_size(done.fetched), show_size(done.written));
        let _ = write!(line, "; {count} repaired, {got} got, {written} written");
    }
    if verdict.read > 0 {
        let rate = (verdict.read as f64 / verdict.took.as_secs_f64().max(0.001)) as u64;
        let _ = write!(line, " ({}, {})", show_duration(verdict.took), show_rate(rate));
    }
    line.push('\n');
    line
}
