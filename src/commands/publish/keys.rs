//! What `bt publish` writes into metainfo beside the files and their hashes.

use crate::bencode::{Draft, Limits, Path as KeyPath, json};
use crate::cli::{Cli, Failure, Source};
use crate::torrent::metainfo::Bounds;
use crate::torrent::{InfoHash, Metainfo};
use std::ffi::OsString;

/// What the metainfo says.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "What it says")]
pub(super) struct Keys {
    /// A word to people
    #[arg(short, long, value_name = "TEXT")]
    pub(super) comment: Option<String>,
    /// Only peers of its own trackers (BEP 27)
    #[arg(short, long)]
    pub(super) private: bool,
    /// A mark inside the info-hash, by which trackers tell their torrents apart
    #[arg(short, long, value_name = "TEXT")]
    pub(super) source: Option<String>,
    /// A server that has the files too (BEP 19); may be repeated
    #[arg(short, long, value_name = "URL", value_parser = web_seed)]
    pub(super) web_seed: Vec<String>,
    /// A server of the older kind, which knows pieces (BEP 17); may be repeated
    #[arg(long, value_name = "URL", value_parser = http)]
    pub(super) http_seed: Vec<String>,
    /// A node of the DHT that may know peers (BEP 5); may be repeated
    ///
    /// An address of IPv6 stands in brackets: [2001:db8::1]:6881.
    #[arg(long, value_name = "HOST:PORT", value_parser = node)]
    pub(super) node: Vec<(String, u16)>,
    /// A torrent that has some of the same files (BEP 38); may be repeated
    ///
    /// Clients look for files in what they have of it. The info-hash in hex, or a metainfo file.
    #[arg(long, value_name = "HASH|TORRENT")]
    similar: Vec<OsString>,
    /// A group of torrents that may share files (BEP 38); may be repeated
    #[arg(long, value_name = "NAME", value_parser = collection)]
    pub(super) collection: Vec<String>,
    /// Where a newer torrent in place of this one will be found (BEP 39)
    ///
    /// It is asked for with the info-hash as a parameter. It becomes part of the info-hash.
    #[arg(long, value_name = "URL", value_parser = http)]
    pub(super) update_url: Option<String>,
    /// The program that made it; an empty one is left out
    #[arg(long, value_name = "TEXT", default_value = concat!("bt/", env!("CARGO_PKG_VERSION")))]
    created_by: String,
    /// Leave the creation date out
    ///
    /// The date is the time at which hashing begins, or SOURCE_DATE_EPOCH (seconds since 1970)
    /// where that is set.
    #[arg(long)]
    no_date: bool,
    /// Any further key; may be repeated
    ///
    /// PATH is the way to it, each key behind a slash: /info/x-key='"value"', /x-list='[1,2]'.
    /// Within a key, ~1 is a slash and ~0 a tilde. JSON is as bt decode writes it. Dictionaries on
    /// the way are made; what is there already is not replaced.
    #[arg(long, value_name = "PATH=JSON", value_parser = assignment)]
    set: Vec<Assignment>,
}

/// A key and its value.
#[derive(Clone, Debug)]
struct Assignment {
    path: KeyPath,
    /// As it was typed, for messages.
    name: String,
    /// Bencode.
    value: Vec<u8>,
}

impl Keys {
    /// `created by`.
    pub(super) fn created_by(&self) -> Option<&str> {
        Some(self.created_by.as_str()).filter(|text| !text.is_empty())
    }

    /// `creation date`, in seconds since 1970.
    pub(super) fn date(&self, cli: &Cli<'_>) -> Result<Option<i64>, Failure> {
        if self.no_date {
            return Ok(None);
        }
        if let Some(text) = cli.env.var("SOURCE_DATE_EPOCH") {
            let seconds = text.to_str().and_then(|text| text.parse::<u32>().ok());
            return match seconds {
                Some(seconds) => Ok(Some(seconds.into())),
                None => Err(Failure::usage("SOURCE_DATE_EPOCH: not seconds since 1970")),
            };
        }
        let since = cli.env.now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(i64::try_from(since.as_secs()).ok())
    }

    /// The info-hashes of `--similar`; reads the metainfo files among them.
    pub(super) fn similar(&self, cli: &Cli<'_>, bounds: Bounds) -> Result<Vec<[u8; 20]>, Failure> {
        let hash = |similar: &OsString| match similar.to_str().and_then(info_hash) {
            Some(hash) => Ok(hash.0),
            None => load(similar, cli, bounds).map(|metainfo| metainfo.info_hash().0),
        };
        self.similar.iter().map(hash).collect()
    }

    /// Whether `--set` adds something.
    pub(super) fn sets(&self) -> bool {
        !self.set.is_empty()
    }

    /// The metainfo with what `--set` adds.
    pub(super) fn set(&self, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
        if self.set.is_empty() {
            return Ok(bytes);
        }
        let limits = Limits { tokens: usize::MAX, ..Limits::default() };
        let (mut draft, _) = Draft::parse(bytes, limits).map_err(Failure::input)?;
        for Assignment { path, name, value } in &self.set {
            let fail = |why| Failure::usage(format_args!("--set {name}: {why}"));
            if draft.get(path).is_some() {
                return Err(fail("is there already".to_owned()));
            }
            draft.set(path, value).map_err(|why| fail(why.to_string()))?;
        }
        Ok(draft.into_bytes())
    }
}

/// The metainfo in a file.
pub(super) fn load(file: &OsString, cli: &Cli<'_>, bounds: Bounds) -> Result<Metainfo, Failure> {
    let source = Source::from(file.clone());
    let bytes = source.read(cli.env, bounds.bytes as u64)?;
    Metainfo::parse_within(bytes, bounds)
        .map_err(|error| Failure::input(format_args!("{source}: {error}")))
}

/// 40 hex digits, or the 64 of v2, which are cut (BEP 52).
fn info_hash(text: &str) -> Option<InfoHash> {
    let cut = match text.len() {
        64 if text.bytes().all(|byte| byte.is_ascii_hexdigit()) => text.get(..40)?,
        _ => text,
    };
    cut.parse().ok()
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let (name, value) = text.split_once('=').ok_or("PATH=JSON is wanted")?;
    let path: KeyPath = name.parse().map_err(|why| format!("{name}: {why}"))?;
    let value = json::read(value.as_bytes()).map_err(|why| format!("{name}: {why}"))?;
    Ok(Assignment { path, name: name.to_owned(), value })
}

fn collection(text: &str) -> Result<String, String> {
    match text.is_empty() {
        true => Err("a name is wanted".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn node(text: &str) -> Result<(String, u16), String> {
    let want = || "HOST:PORT is wanted, with an address of IPv6 in brackets".to_owned();
    let (host, port) = text.rsplit_once(':').ok_or_else(want)?;
    let host = match host.strip_prefix('[').map(|host| host.strip_suffix(']')) {
        Some(Some(host)) if host.parse::<std::net::Ipv6Addr>().is_ok() => host,
        None if !host.is_empty() && !host.contains([':', '/', ' ']) => host,
        _ => return Err(want()),
    };
    let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(want)?;
    Ok((host.to_owned(), port))
}

fn web_seed(text: &str) -> Result<String, String> {
    url(text, &["http", "https", "ftp"])
}

fn http(text: &str) -> Result<String, String> {
    url(text, &["http", "https"])
}

fn url(text: &str, schemes: &[&str]) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(format!("a URL of {} is wanted", schemes.join(", ")));
    }
    if rest.split(['/', '?', '#']).next().is_none_or(str::is_empty) {
        return Err("a URL without a host".to_owned());
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)) {
        return Err("a URL with a character that must be percent-encoded".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes() {
        let of = |host: &str, port| Ok((host.to_owned(), port));
        assert_eq!(node("router.example:6881"), of("router.example", 6881));
        assert_eq!(node("192.0.2.1:1"), of("192.0.2.1", 1));
        assert_eq!(node("[2001:db8::1]:65535"), of("2001:db8::1", 65535));
        for text in
            ["", "a", "a:", ":1", "a:0", "a:65536", "::1:1", "[::1:1", "[x]:1", "a b:1", "a:+"]
        {
            assert!(node(text).is_err(), "{text}");
        }
    }

    #[test]
    fn urls() {
        for text in ["http://a", "HTTPS://a/b?c", "ftp://a/"] {
            assert_eq!(web_seed(text).as_deref(), Ok(text));
        }
        for text in
            ["", "a", "http:a", "http://", "http:///x", "http://a b", "udp://a:1", "http://é"]
        {
            assert!(web_seed(text).is_err(), "{text}");
        }
        assert!(http("ftp://a/").is_err());
    }

    #[test]
    fn info_hashes() {
        let v1 = "0102030405060708090a0b0c0d0e0f1011121314";
        assert_eq!(info_hash(v1).map(|hash| hash.to_string()).as_deref(), Some(v1));
        let v2 = format!("{v1}15161718191a1b1c1d1e1f20");
        assert_eq!(info_hash(&v2), info_hash(v1));
        assert_eq!(info_hash("a.torrent"), None);
        assert_eq!(info_hash(&"é".repeat(32)), None);
    }
}
