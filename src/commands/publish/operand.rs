//! What stands behind `bt publish`: paths and trackers, in any order.

use super::place::{self, Place};
use crate::cli::{Cli, Failure, Sink};
use crate::torrent::announce_url;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A word of the command line that is no option.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// A file or directory.
    Path(PathBuf),
    /// A tracker, or several that share a tier.
    Tracker(Tier),
}

/// URLs that share a tier (BEP 12).
#[derive(Clone, Debug)]
pub(super) struct Tier(pub(super) Vec<String>);

/// URLs with a comma between them.
pub(super) fn tier(text: &str) -> Result<Tier, String> {
    let urls = text.split(',').map(|url| match announce_url::check(url) {
        Ok(()) => Ok(url.to_owned()),
        Err(why) => Err(why.to_string()),
    });
    urls.collect::<Result<_, _>>().map(Tier)
}

/// What looks like a URL must be one of a tracker; all else is a path.
pub(super) fn operand(text: OsString) -> Result<Operand, String> {
    match text.to_str().filter(|text| text.contains("://")) {
        Some(url) => tier(url).map(Operand::Tracker),
        None => Ok(Operand::Path(text.into())),
    }
}

/// The places of all paths, once everything was found out that would fail after the long work.
pub(super) fn places<'a>(
    paths: &[&'a Path],
    name: Option<&OsStr>,
    output: Option<&OsStr>,
    force: bool,
    cli: &Cli<'_>,
) -> Result<Vec<(&'a Path, Place)>, Failure> {
    if paths.len() > 1 {
        if name.is_some() {
            return Err(Failure::usage("--name is for one PATH"));
        }
        if paths.iter().any(|path| place::is_stdin(path)) {
            return Err(Failure::usage("a stream is published alone"));
        }
    }
    let mut taken = HashSet::new();
    let mut places = Vec::with_capacity(paths.len());
    for (at, &path) in paths.iter().enumerate() {
        if let (true, Err(error)) = (paths.len() > 1, cli.env.resolve(path).metadata()) {
            let failure = Failure::local(path, &error);
            return Err(match at {
                0 => failure,
                _ => failure.hint(announce_url::NotAnnounceUrl::Scheme),
            });
        }
        let place = Place::of(path, name, output, cli.env)?;
        if let Sink::Path(file) = &place.sink
            && !taken.insert(file.clone())
        {
            let file = file.display();
            let failure = Failure::usage(format_args!("{file}: the output of more than one PATH"));
            return Err(match output {
                Some(_) => failure.hint("-o takes a directory where there are several"),
                None => failure,
            });
        }
        if paths.len() > 1 && place.sink == Sink::Stdout {
            return Err(Failure::usage("-o - is for one PATH"));
        }
        place.check(cli.env, force)?;
        places.push((path, place));
    }
    Ok(places)
}
