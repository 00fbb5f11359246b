//! What stands behind `bt publish`: paths and trackers, in any order.

use super::place::{self, Place};
use crate::cli::{Cli, Failure, Sink};
use crate::torrent::announce_url::{self, NotAnnounceUrl};
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

/// Places of paths, and why some have none.
pub(super) type Places<'a> = (Vec<(&'a Path, Place)>, Vec<Failure>);

/// The places of all paths, once everything was found out that would fail after the long work. A path
/// that is not there, or whose place is taken, is one of the failures, and the others have places; one
/// behind the first may be `mistaken` for a path.
pub(super) fn places<'a>(
    paths: &[&'a Path],
    name: Option<&OsStr>,
    output: Option<&OsStr>,
    force: bool,
    mistaken: Option<NotAnnounceUrl>,
    cli: &Cli<'_>,
) -> Result<Places<'a>, Failure> {
    if paths.len() > 1 {
        if name.is_some() {
            return Err(Failure::usage("--name is for one PATH"));
        }
        if paths.iter().any(|path| place::is_stdin(path)) {
            return Err(Failure::usage("a stream is published alone"));
        }
    }
    let mut taken = HashSet::new();
    let (mut places, mut failures) = (Vec::with_capacity(paths.len()), Vec::new());
    for (at, &path) in paths.iter().enumerate() {
        if let (true, Err(error)) = (paths.len() > 1, cli.env.resolve(path).metadata()) {
            let failure = Failure::local(path, &error);
            failures.push(match mistaken {
                Some(why) if at > 0 => failure.hint(why),
                _ => failure,
            });
            continue;
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
        match place.is_free(cli.env, force) {
            Ok(()) => places.push((path, place)),
            Err(failure) => failures.push(failure),
        }
    }
    Ok((places, failures))
}
