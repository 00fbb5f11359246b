//! The flags that say what changes, and the order in which it does.

use crate::bencode::{Path, json};
use crate::cli::{Env, Failure};
use crate::torrent::announce_url;
use crate::torrent::edit::{Change, Pattern, Replacement, Seeds, Text, seed_url};
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::ffi::OsString;
use std::num::NonZero;
use std::time::UNIX_EPOCH;

/// What changes.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Changes")]
pub(super) struct Changes {
    /// One more tracker, a tier behind the others; may be repeated
    ///
    /// URLs with a comma between them share a tier. A tracker that is there already stays where it
    /// is.
    #[arg(long, value_name = "URL", value_parser = tier)]
    add_tracker: Vec<Tier>,
    /// The tier that the new trackers join, from 1
    #[arg(long, value_name = "NUMBER", requires = "add_tracker")]
    tier: Option<NonZero<usize>>,
    /// Without the trackers that match; may be repeated
    #[arg(long, value_name = "PATTERN")]
    remove_tracker: Vec<Pattern>,
    /// Other URLs for the trackers that match; may be repeated
    ///
    /// NEW comes in place of what OLD matches: a part of the URL, or all of it where there is a *
    /// in OLD. Then each * in NEW stands for what the one of the same rank in OLD matched.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    replace_tracker: Vec<String>,
    /// Without any of the old trackers
    #[arg(long)]
    clear_trackers: bool,
    /// A server that has the files too (BEP 19); may be repeated
    #[arg(long, value_name = "URL", value_parser = web_seed)]
    add_web_seed: Vec<String>,
    /// Without the web seeds that match; may be repeated
    #[arg(long, value_name = "PATTERN")]
    remove_web_seed: Vec<Pattern>,
    /// Other URLs for the web seeds that match, as --replace-tracker has it
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    replace_web_seed: Vec<String>,
    /// A server of the older kind (BEP 17); may be repeated
    #[arg(long, value_name = "URL", value_parser = web_seed)]
    add_http_seed: Vec<String>,
    /// Without the servers of the older kind that match; may be repeated
    #[arg(long, value_name = "PATTERN")]
    remove_http_seed: Vec<Pattern>,
    /// A node of the DHT that may know peers (BEP 5); may be repeated
    #[arg(long, value_name = "HOST:PORT", value_parser = node)]
    add_node: Vec<(String, u16)>,
    /// Without the nodes that match as HOST:PORT; may be repeated
    #[arg(long, value_name = "PATTERN")]
    remove_node: Vec<Pattern>,
    /// A word to people
    #[arg(short, long, value_name = "TEXT")]
    comment: Option<String>,
    /// Without a comment
    #[arg(long, conflicts_with = "comment")]
    no_comment: bool,
    /// The program that made it
    #[arg(long, value_name = "TEXT")]
    created_by: Option<String>,
    /// Without the program that made it
    #[arg(long, conflicts_with = "created_by")]
    no_created_by: bool,
    /// When it was made: 2026-01-31, 2026-01-31T12:00:00Z, seconds since 1970, or now
    #[arg(long, value_name = "DATE", value_parser = date)]
    date: Option<Date>,
    /// Without the date
    #[arg(long, conflicts_with = "date")]
    no_date: bool,
    /// A mark inside `info`, by which trackers tell their torrents apart
    #[arg(short, long, value_name = "TEXT")]
    source: Option<String>,
    /// Without that mark
    #[arg(long, conflicts_with = "source")]
    no_source: bool,
    /// Only peers of its own trackers (BEP 27); inside `info`
    #[arg(short, long)]
    private: bool,
    /// Peers from everywhere; inside `info`
    #[arg(long, conflicts_with = "private")]
    public: bool,
    /// A value at a path, such as /x-key="text" or /nodes/0/1=6881; may be repeated
    ///
    /// PATH is keys and numbers of list elements, each behind a slash (RFC 6901: ~1 is a slash
    /// within a key, ~0 a tilde, and the element - is behind the last one). What is missing on
    /// the way is made: a list for -, else a dictionary. What stands behind the first = is JSON as `bt decode` writes it.
    #[arg(long, value_name = "PATH=JSON", value_parser = OsStringValueParser::new().try_map(set))]
    set: Vec<(Path, Vec<u8>)>,
    /// Without the key or element at a path; may be repeated
    #[arg(long, value_name = "PATH", value_parser = OsStringValueParser::new().try_map(path))]
    unset: Vec<Path>,
}

/// URLs that share a tier.
#[derive(Clone, Debug)]
struct Tier(Vec<String>);

/// A creation date.
#[derive(Clone, Copy, Debug)]
enum Date {
    Now,
    /// In seconds since 1970.
    At(i64),
}

fn tier(text: &str) -> Result<Tier, String> {
    let urls = text.split(',').map(|url| match announce_url::check(url) {
        Ok(()) => Ok(url.to_owned()),
        Err(why) => Err(why.to_string()),
    });
    urls.collect::<Result<_, _>>().map(Tier)
}

fn web_seed(url: &str) -> Result<String, String> {
    seed_url(url).map(|()| url.to_owned())
}

fn node(text: &str) -> Result<(String, u16), String> {
    let pair = text.rsplit_once(':').and_then(|(host, port)| {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse::<NonZero<u16>>().ok()?;
        Some((host.to_owned(), port.get())).filter(|(host, _)| !host.is_empty())
    });
    pair.ok_or_else(|| "a node is HOST:PORT".to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    const WANT: &str = "a date is 2026-01-31, 2026-01-31T12:00:00Z, seconds since 1970, or now";
    if text == "now" {
        return Ok(Date::Now);
    }
    let seconds = text.parse().ok().or_else(|| {
        let day = || text.parse::<jiff::civil::Date>().ok();
        let midnight = || day()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|day| day.timestamp());
        let time = text.parse::<jiff::Timestamp>().ok().or_else(midnight)?;
        Some(time.as_second())
    });
    seconds.filter(|&seconds: &i64| seconds >= 0).map(Date::At).ok_or_else(|| WANT.to_owned())
}

fn path(text: OsString) -> Result<Path, String> {
    whole_path(text.as_encoded_bytes())
}

fn whole_path(text: &[u8]) -> Result<Path, String> {
    let path = Path::parse(text).map_err(|why| why.to_string())?;
    let count = path.keys().len();
    if count == 0 { Err("a path begins with \"/\"".to_owned()) } else { Ok(path) }
}

fn set(text: OsString) -> Result<(Path, Vec<u8>), String> {
    let text = text.as_encoded_bytes();
    let at = text.iter().position(|&byte| byte == b'=');
    let (path, value) = at.and_then(|at| text.split_at_checked(at)).unwrap_or((text, &[]));
    let json = value.strip_prefix(b"=").ok_or("a path and JSON with a = between them")?;
    let value = json::read(json).map_err(|why| why.to_string())?;
    Ok((whole_path(path)?, value))
}

impl Changes {
    /// The changes in the order in which they are made.
    pub(super) fn list(&self, env: &Env) -> Result<Vec<Change>, Failure> {
        let mut list = Vec::new();
        if self.clear_trackers {
            list.push(Change::ClearTrackers);
        }
        list.extend(self.remove_tracker.iter().cloned().map(Change::RemoveTracker));
        let trackers = replacements("--replace-tracker", &self.replace_tracker)?;
        list.extend(trackers.into_iter().map(Change::ReplaceTracker));
        let tier = self.tier.map(NonZero::get);
        list.extend(
            self.add_tracker
                .iter()
                .map(|Tier(urls)| Change::AddTrackers { urls: urls.clone(), tier }),
        );
        for (seeds, remove, replace, add) in [
            (Seeds::Web, &self.remove_web_seed, &self.replace_web_seed[..], &self.add_web_seed),
            (Seeds::Http, &self.remove_http_seed, &[], &self.add_http_seed),
        ] {
            list.extend(remove.iter().map(|pattern| Change::RemoveSeed(seeds, pattern.clone())));
            let replace = replacements("--replace-web-seed", replace)?;
            list.extend(replace.into_iter().map(|new| Change::ReplaceSeed(seeds, new)));
            list.extend(add.iter().map(|url| Change::AddSeed(seeds, url.clone())));
        }
        list.extend(self.remove_node.iter().cloned().map(Change::RemoveNode));
        let nodes = self.add_node.iter().cloned();
        list.extend(nodes.map(|(host, port)| Change::AddNode(host, port)));
        for (key, text, none) in [
            (Text::Comment, &self.comment, self.no_comment),
            (Text::CreatedBy, &self.created_by, self.no_created_by),
            (Text::Source, &self.source, self.no_source),
        ] {
            if none || text.is_some() {
                list.push(Change::Text(key, text.clone()));
            }
        }
        if self.no_date || self.date.is_some() {
            let now = || env.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            list.push(Change::Date(self.date.map(|date| match date {
                Date::Now => i64::try_from(now()).unwrap_or_default(),
                Date::At(seconds) => seconds,
            })));
        }
        if self.private || self.public {
            list.push(Change::Private(self.private));
        }
        list.extend(self.unset.iter().cloned().map(Change::Unset));
        list.extend(self.set.iter().cloned().map(|(path, value)| Change::Set(path, value)));
        Ok(list)
    }
}

/// OLD and NEW by turns.
fn replacements(flag: &str, words: &[String]) -> Result<Vec<Replacement>, Failure> {
    let (pairs, _) = words.as_chunks::<2>();
    let pair = |[old, new]: &[String; 2]| {
        let bad = |why| Failure::usage(format_args!("{flag} '{old}' '{new}': {why}"));
        Replacement::new(old, new).map_err(bad)
    };
    pairs.iter().map(pair).collect()
}
