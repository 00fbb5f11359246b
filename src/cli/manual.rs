//! Manual pages, made from the command line's own definition.
//!
//! What a page says beyond its flags stands in the command's `after_long_help`, so the page and
//! `--help` never differ. A line without indent that ends in `:` opens a section. In `Examples`,
//! commands are indented; what explains one stands before it and ends in `:`, or is indented
//! deeper behind it. In other sections an indented line is an item and deeper lines explain it;
//! lines that nothing explains are a paragraph.
//!
//! ```text
//! Examples:
//!   The magnet link:
//!     bt inspect a.torrent | jq -r .magnet
//! Files:
//!   NAME.torrent
//!       What `publish` makes.
//! ```
//!
//! A test runs the examples, each with `sh` in a folder with a few files, but for those of commands
//! that need the network.

use super::config::settable;
use super::defaults::variable;
use clap::Command;
use std::fmt::Write;
use std::io;

/// Shown at the foot of each page; changed with what the pages say.
const DATE: &str = "2026-11-22";

const STATUS: [(&str, &str); 6] = [
    ("0", "Done."),
    (
        "1",
        "The honest answer is no: damage found, not found, refused by the tracker, nothing matched.",
    ),
    ("2", "The command line makes no sense."),
    ("3", "The input is bad: not bencode, not JSON, no metainfo, an unsafe name."),
    ("4", "A local file or folder failed: missing, no permission, the disk is full."),
    ("5", "The network failed, or no peer had the data within the time allowed."),
];

const ENVIRONMENT: [(&str, &str); 4] = [
    ("NO_COLOR", "No colours, where it is set and not empty."),
    ("TERM", "With dumb, no colours, and a line now and then in place of progress bars."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME", "Where the folders below are."),
    (
        "BT_COMMAND_FLAG",
        "Every long flag of a command may be given so; a flag on the command line stands before it.",
    ),
];

const FILES: [(&str, &str); 3] = [
    (
        "$XDG_CONFIG_HOME/bt/config.toml",
        "Defaults: a table for each command, its long flags as keys; tables [profile.NAME.COMMAND] count with --profile NAME.",
    ),
    ("$XDG_STATE_HOME/bt", "State, such as what is known of unfinished downloads."),
    ("$XDG_CACHE_HOME/bt", "Caches; they may be removed at any time."),
];

/// A section of a command's long help.
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// `Examples`
    pub heading: String,
    /// Each item with its explanation.
    pub items: Vec<(String, String)>,
}

/// The sections that stand in the command's `after_long_help`.
pub fn sections(command: &Command) -> Vec<Section> {
    let text = command.get_after_long_help().or_else(|| command.get_after_help());
    let mut sections: Vec<Section> = Vec::new();
    // What stands before an example; whether a paragraph goes on.
    let (mut before, mut goes_on) = (None, false);
    for line in text.map(ToString::to_string).unwrap_or_default().lines() {
        let body = line.trim();
        let indent = line.len().saturating_sub(line.trim_start().len());
        if body.is_empty() {
            goes_on = false;
            continue;
        }
        if indent == 0 {
            let heading = body.strip_suffix(':');
            let items = Vec::new();
            sections.push(Section { heading: heading.unwrap_or("Notes").to_owned(), items });
            (before, goes_on) = (None, false);
            if heading.is_some() {
                continue;
            }
        }
        let Some(Section { heading, items }) = sections.last_mut() else { continue };
        let examples = heading == "Examples";
        match items.last_mut() {
            _ if examples && indent < 4 && body.ends_with(':') => before = Some(body.to_owned()),
            Some((_, text)) if indent >= 4 && before.is_none() => append(text, body),
            Some((item, text)) if !examples && goes_on && text.is_empty() => append(item, body),
            _ => {
                let body = body.strip_prefix("$ ").unwrap_or(body);
                items.push((body.to_owned(), before.take().unwrap_or_default()));
            }
        }
        goes_on = true;
    }
    sections
}

fn append(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(more);
}

/// The name of a command's page and of its link.
pub fn page_name(root: &Command, command: &Command) -> String {
    match command.get_name() == root.get_name() {
        true => root.get_name().to_owned(),
        false => format!("{}-{}", root.get_name(), command.get_name()),
    }
}

/// One page; `command` is `root` itself or one of its commands, both built.
pub fn page(root: &Command, command: &Command) -> io::Result<Vec<u8>> {
    let name = page_name(root, command);
    let whole = name == root.get_name();
    // The parser's own pages show values in lists that read badly; the help names them.
    let shown = command
        .clone()
        .mut_args(|arg| arg.hide_possible_values(true))
        .display_name(name.clone())
        .bin_name(name.replacen('-', " ", usize::from(!whole)));
    let called = name.replacen('-', " ", usize::from(!whole));
    let usage = shown.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim_start().strip_prefix(called.as_str());
    let usage: Vec<_> = usage.unwrap_or_default().split_whitespace().collect();
    let generator = clap_mangen::Man::new(shown)
        .title(name.to_ascii_uppercase())
        .section("1")
        .date(DATE)
        .source(format!("bt {}", root.get_version().unwrap_or_default()))
        .manual("User Commands");
    let mut page = Vec::new();
    generator.render_title(&mut page)?;
    generator.render_name_section(&mut page)?;
    // The parser's own synopsis names every flag, which hides what matters.
    let usage = escaped(&usage.join(" "));
    page.extend(format!(".SH SYNOPSIS\n\\fB{}\\fR {usage}\n", escaped(&called)).into_bytes());
    generator.render_description_section(&mut page)?;
    generator.render_options_section(&mut page)?;

    let mut text = String::new();
    if whole {
        let commands = root.get_subcommands().filter(|command| command.get_name() != "help");
        let about =
            |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
        let commands: Vec<_> =
            commands.map(|command| (page_name(root, command) + "(1)", about(command))).collect();
        list(&mut text, "COMMANDS", &pairs(&commands));
    }
    let mut sections = sections(command);
    let mut take = |heading: &str| match sections.iter().position(|s| s.heading == heading) {
        Some(at) => sections.remove(at).items,
        None => Vec::new(),
    };
    let (examples, files) = (take("Examples"), take("Files"));
    let (status, environment) = (take("Exit status"), take("Environment"));
    for section in &sections {
        list(&mut text, &section.heading.to_ascii_uppercase(), &pairs(&section.items));
    }
    list(&mut text, "EXIT STATUS", &[&STATUS[..], &pairs(&status)].concat());
    let variables = variables(command, whole);
    let environment = [&pairs(&environment)[..], &pairs(&variables), &ENVIRONMENT[..]].concat();
    list(&mut text, "ENVIRONMENT", &environment);
    list(&mut text, "FILES", &[&pairs(&files)[..], &FILES[..]].concat());
    if !examples.is_empty() {
        text.push_str(".SH EXAMPLES\n");
        for (line, explanation) in &examples {
            let before = escaped(explanation.strip_suffix(':').unwrap_or(explanation));
            let colon = if before.is_empty() { "" } else { ":\n" };
            let before = before.strip_suffix('.').unwrap_or(&before);
            let _ = write!(text, ".PP\n{before}{colon}.RS 4\n.nf\n{}\n.fi\n.RE\n", escaped(line));
        }
    }
    text.push_str(".SH SEE ALSO\n");
    let others: Vec<_> = std::iter::once(root)
        .chain(root.get_subcommands().filter(|command| command.get_name() != "help"))
        .map(|command| page_name(root, command))
        .filter(|other| *other != name)
        .map(|other| format!(".BR {} (1)", escaped(&other)))
        .collect();
    text.push_str(&others.join(",\n"));
    text.push('\n');
    page.extend_from_slice(text.as_bytes());
    Ok(tidied(&String::from_utf8_lossy(&page)).into_bytes())
}

/// Without blanks at the ends of lines and paragraphs that nothing precedes.
fn tidied(page: &str) -> String {
    let mut tidy = String::with_capacity(page.len());
    let mut fresh = false;
    for line in page.lines().map(str::trim_end) {
        if !(fresh && line == ".PP") {
            tidy.push_str(line);
            tidy.push('\n');
        }
        fresh = line.starts_with(".SH") || line == ".PP";
    }
    tidy
}

fn variables(command: &Command, whole: bool) -> Vec<(String, String)> {
    let ours = settable(command).filter(|arg| arg.is_global_set() == whole);
    ours.filter_map(|arg| {
        let flag = arg.get_long()?;
        let name = variable((!whole).then(|| command.get_name()), flag);
        Some((name, format!("As --{flag}.")))
    })
    .collect()
}

fn pairs(items: &[(String, String)]) -> Vec<(&str, &str)> {
    items.iter().map(|(tag, text)| (tag.as_str(), text.as_str())).collect()
}

fn list(page: &mut String, heading: &str, items: &[(&str, &str)]) {
    let _ = writeln!(page, ".SH {heading}");
    for (tag, text) in items {
        if text.is_empty() {
            let _ = writeln!(page, ".PP\n{}", escaped(tag));
        } else {
            let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", escaped(tag), escaped(text));
        }
    }
}

/// Text that roff shows as it is.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.chars().next() {
        Some('.' | '\'') => format!("\\&{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_help_is_cut_into_sections() {
        let command = Command::new("x").after_long_help(
            "Examples:\n  $ bt x a | cat\n      What it\n      does.\n\n  bt x b\n  And c:\n    bt x c\n\
             Files:\n  a\n      That.\nMore:\n  One\n  two.\n\n  Three.",
        );
        let item = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let section = |heading: &str, items| Section { heading: heading.into(), items };
        assert_eq!(
            sections(&command),
            [
                section(
                    "Examples",
                    vec![
                        item("bt x a | cat", "What it does."),
                        item("bt x b", ""),
                        item("bt x c", "And c:")
                    ]
                ),
                section("Files", vec![item("a", "That.")]),
                section("More", vec![item("One two.", ""), item("Three.", "")]),
            ]
        );
    }

    #[test]
    fn roff_takes_text_as_it_is() {
        assert_eq!(escaped(".a-b\\n"), "\\&.a\\-b\\en");
    }
}
