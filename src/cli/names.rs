//! What the program's own name asks for: a link `bt-track` is `bt track`.
//!
//! A table of our own, so that a binary that was renamed to anything else is still `bt`.

use super::Failure;
use super::historical::{self, Historical};
use std::ffi::{OsStr, OsString};

/// The names of 2002 and what they stand for.
pub const HISTORICAL: [(&str, &Historical); 4] = [
    ("bttrack", &historical::TRACK),
    ("btpublish", &historical::PUBLISH),
    ("btdownloadheadless", &historical::HEADLESS),
    ("btdownloadprefetched", &historical::PREFETCHED),
];

/// The arguments as if `bt` itself had been called. `define` gives the built definition with one
/// command, which the historical options need.
pub fn resolve(
    program: &OsStr,
    args: &[OsString],
    commands: &[&str],
    define: impl Fn(&str) -> Option<clap::Command>,
) -> Result<Vec<OsString>, Failure> {
    let rest = args.get(1..).unwrap_or_default();
    let name = program.to_str().unwrap_or_default();
    let name = name.strip_suffix(".py").or_else(|| name.strip_suffix(".exe")).unwrap_or(name);
    if let Some((_, historical)) = HISTORICAL.iter().find(|(known, _)| *known == name) {
        return historical::translate(historical, define, rest);
    }
    let mut full = vec![OsString::from("bt")];
    if let Some(command) = name.strip_prefix("bt-")
        && commands.contains(&command)
    {
        full.push(command.into());
    }
    full.extend(rest.iter().cloned());
    Ok(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(words: &str) -> Vec<String> {
        let args: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let full = resolve(&args[0], &args, &["track", "publish"], |_| None).unwrap();
        full.into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn a_link_names_its_command() {
        assert_eq!(called("bt-track -p 1"), ["bt", "track", "-p", "1"]);
        assert_eq!(called("bt-publish.exe x"), ["bt", "publish", "x"]);
    }

    #[test]
    fn any_other_name_is_bt() {
        assert_eq!(called("bt track"), ["bt", "track"]);
        assert_eq!(called("torrent track"), ["bt", "track"]);
        assert_eq!(called("bt-nothing x"), ["bt", "x"]);
    }
}
