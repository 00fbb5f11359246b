//! Where a torrent comes from: a `.torrent` file, `-`, an http or `file` URL, a magnet link.

use super::{Authority, Env, Failure, Source};
use crate::net::http_client;
use crate::torrent::metainfo::Bounds;
use crate::torrent::{Magnet, Metainfo};
use bytes::Bytes;
use percent_encoding::percent_decode;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// A torrent as the user named it; its Display stands in messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TorrentInput {
    /// A file or `-`.
    Source(Source),
    /// `http://…` or `https://…`
    Url(String),
    /// `magnet:?…`
    Magnet(String),
}

impl From<OsString> for TorrentInput {
    fn from(text: OsString) -> Self {
        let scheme = |name: &str| {
            let start = text.to_str().and_then(|text| text.get(..name.len()));
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        if scheme("magnet:") {
            Self::Magnet(text.to_string_lossy().into_owned())
        } else if scheme("http://") || scheme("https://") {
            Self::Url(text.to_string_lossy().into_owned())
        } else if scheme("file://") {
            Self::Source(Source::Path(file_url(text.as_encoded_bytes())))
        } else {
            Self::Source(text.into())
        }
    }
}

impl fmt::Display for TorrentInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => source.fmt(f),
            Self::Url(url) => f.write_str(url),
            Self::Magnet(_) => f.write_str("magnet link"),
        }
    }
}

/// The path of `file://HOST/PATH`, whatever the host: browsers write none or `localhost`.
fn file_url(url: &[u8]) -> PathBuf {
    let rest = url.get("file://".len()..).unwrap_or_default();
    let start = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    let path: Vec<u8> = percent_decode(rest.get(start..).unwrap_or_default()).collect();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        OsString::from_vec(path).into()
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(&path).trim_start_matches('/').into()
    }
}

impl TorrentInput {
    /// The file, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Source(Source::Path(path)) => Some(path),
            _ => None,
        }
    }

    /// The torrent that was named, else standard input, as [`Source::or_stdin`] has it.
    pub fn or_stdin(named: Option<Self>, env: &Env) -> Result<Self, Failure> {
        match named {
            Some(input) => Ok(input),
            None => Source::or_stdin(None, env).map(Self::Source),
        }
    }

    /// The bytes of the file or of the server's answer, or the link itself.
    pub fn read(&self, env: &Env) -> Result<Bytes, Failure> {
        self.read_within(env, Bounds::default())
    }

    /// [`read`](Self::read), within bounds of the user's own.
    pub fn read_within(&self, env: &Env, bounds: Bounds) -> Result<Bytes, Failure> {
        match self {
            Self::Source(source) => source.read(env, bounds.bytes as u64),
            Self::Url(url) => http_client::get_blocking(url, bounds.bytes, env.authorities())
                .map(Bytes::from)
                .map_err(|error| {
                    let failure = Failure::network(format_args!("{url}: {error}"));
                    match error {
                        http_client::Error::Untrusted(_) => failure.hint(Authority::HINT),
                        _ => failure,
                    }
                }),
            Self::Magnet(link) => Ok(link.clone().into()),
        }
    }

    /// Gets and judges the metainfo, or the magnet link, which may stand in a file too.
    pub fn open(&self, env: &Env) -> Result<Opened, Failure> {
        self.open_within(env, Bounds::default())
    }

    /// [`open`](Self::open), within bounds of the user's own.
    pub fn open_within(&self, env: &Env, bounds: Bounds) -> Result<Opened, Failure> {
        let bytes = self.read_within(env, bounds)?;
        if let Some(link) = std::str::from_utf8(&bytes).ok().filter(|text| is_magnet(text)) {
            return magnet(link).map(Opened::Magnet);
        }
        let metainfo = Metainfo::parse_within(bytes, bounds)
            .map_err(|error| Failure::input(format_args!("{self}: {error}")))?;
        match metainfo.v1 {
            Some(_) => Ok(Opened::Metainfo(Box::new(metainfo))),
            None => Err(only_version_2(self)),
        }
    }

    /// Gets and judges the metainfo, of whatever version.
    pub fn metainfo(&self, env: &Env, bounds: Bounds) -> Result<Metainfo, Failure> {
        let bytes = self.read_within(env, bounds)?;
        if std::str::from_utf8(&bytes).is_ok_and(is_magnet) {
            return Err(metainfo_is_needed());
        }
        Metainfo::parse_within(bytes, bounds)
            .map_err(|error| Failure::input(format_args!("{self}: {error}")))
    }

    /// Gets and judges the metainfo, where a magnet link is not enough.
    pub fn load(&self, env: &Env) -> Result<Metainfo, Failure> {
        self.load_within(env, Bounds::default())
    }

    /// [`load`](Self::load), within bounds of the user's own.
    pub fn load_within(&self, env: &Env, bounds: Bounds) -> Result<Metainfo, Failure> {
        match self.open_within(env, bounds)? {
            Opened::Metainfo(metainfo) => Ok(*metainfo),
            Opened::Magnet(_) => Err(metainfo_is_needed()),
        }
    }
}

/// What was behind the name.
#[derive(Clone, Debug)]
pub enum Opened {
    /// Metainfo that has pieces of version 1.
    Metainfo(Box<Metainfo>),
    /// A link with an info-hash of version 1.
    Magnet(Magnet),
}

fn magnet(link: &str) -> Result<Magnet, Failure> {
    let magnet: Magnet =
        link.parse().map_err(|error| Failure::input(format_args!("magnet link: {error}")))?;
    match magnet.v1 {
        Some(_) => Ok(magnet),
        None => Err(only_version_2("magnet link")),
    }
}

fn metainfo_is_needed() -> Failure {
    Failure::input("magnet link: the metainfo itself is needed")
        .hint("give the .torrent file or its URL")
}

fn only_version_2(input: impl fmt::Display) -> Failure {
    Failure::input(format_args!("{input}: only of version 2"))
        .hint("torrents of version 1 and hybrid ones can be traded so far")
}

fn is_magnet(text: &str) -> bool {
    let start = text.trim_start().get(.."magnet:".len());
    start.is_some_and(|start| start.eq_ignore_ascii_case("magnet:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_is_told_apart() {
        let of = |text: &str| TorrentInput::from(OsString::from(text));
        assert_eq!(of("-"), TorrentInput::Source(Source::Stdin));
        assert_eq!(of("HTTP://a/b"), TorrentInput::Url("HTTP://a/b".into()));
        assert_eq!(of("magnet:?xt=x"), TorrentInput::Magnet("magnet:?xt=x".into()));
        assert_eq!(of("http.torrent").path(), Some(Path::new("http.torrent")));
        assert_eq!(of("file:///a%20b/%C3%A9").path(), Some(Path::new("/a b/é")));
        assert_eq!(of("file://localhost/c").path(), Some(Path::new("/c")));
    }
}
