//! What the environment and the configuration add to the command line.
//!
//! A flag that was not given takes its value from `BT_COMMAND_FLAG` (`BT_FLAG` for the flags of
//! every command, `BT_TRACK_DUMP_FLAG` for those of `bt track dump`), else from the configuration file. Both are put in as words behind the command's
//! name, so one parser judges all three alike; a flag that conflicts with one that was given stays
//! away.

use super::Failure;
use super::config::{Config, settable};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

/// Variables of the environment, by name.
pub type Variables = HashMap<OsString, OsString>;

/// The command line with all that was added.
#[derive(Debug, Default)]
pub struct Completed {
    /// The words, the program's name first.
    pub words: Vec<OsString>,
    /// The flags that were added, and by what.
    pub origins: Vec<(String, String)>,
}

/// The name of the variable that sets a flag.
pub fn variable(command: Option<&str>, flag: &str) -> String {
    let name = match command {
        Some(command) => format!("BT_{command}_{flag}"),
        None => format!("BT_{flag}"),
    };
    name.replace('-', "_").to_ascii_uppercase()
}

/// Where the command's name stands in the words; `root` has the flags that may stand before it.
pub fn command_at(words: &[OsString], root: &Command, commands: &[&str]) -> Option<usize> {
    let mut at = 1;
    loop {
        let word = words.get(at)?.to_str()?;
        if !word.starts_with('-') {
            return (word == "help" || commands.contains(&word)).then_some(at);
        }
        let takes_value = root.get_arguments().any(|arg| {
            arg.get_action().takes_values()
                && (arg.get_long().is_some_and(|long| word.strip_prefix("--") == Some(long))
                    || arg.get_short().is_some_and(|short| word == format!("-{short}")))
        });
        at += if takes_value { 2 } else { 1 };
    }
}

/// Adds to the words what the environment and the configuration say. `at` is where the command's
/// name stands; `variables` are those whose name starts with `BT_`.
pub fn complete(
    words: Vec<OsString>,
    at: Option<usize>,
    definition: &mut Command,
    variables: &Variables,
    config: Option<&Config>,
) -> Result<Completed, Failure> {
    let profiles = |word: &OsString| word.as_encoded_bytes().starts_with(b"--profile");
    let plain = variables.is_empty() && config.is_none() && !words.iter().any(profiles);
    if plain {
        return Ok(Completed { words, origins: Vec::new() });
    }
    definition.build();
    let command = at.and_then(|at| definition.find_subcommand(words.get(at)?));
    let (Some(at), Some(command)) = (at, command) else {
        return Ok(Completed { words, origins: Vec::new() });
    };
    let variable_of = |name: &str| variables.get(OsStr::new(name));
    // What does not parse is told when all is there.
    let matches = definition.clone().ignore_errors(true).try_get_matches_from(&words).ok();
    let matches = matches.as_ref().and_then(ArgMatches::subcommand).map(|(_, matches)| matches);
    let mut given = given_on_line(command, matches);
    let profile = matches
        .filter(|matches| matches.ids().any(|id| id == "profile"))
        .and_then(|matches| matches.get_one::<String>("profile").cloned())
        .or_else(|| variable_of("BT_PROFILE")?.to_str().map(str::to_owned));
    if let Some(name) = &profile {
        let none =
            || Failure::usage(format_args!("profile {name}: there is no configuration file"));
        config.ok_or_else(none)?.check_profile(name)?;
    }

    let mut added = Vec::new();
    let mut origins = Vec::new();
    let section = |arg: &Arg| (!arg.is_global_set()).then(|| command.get_name());
    for arg in settable(command) {
        let (Some(flag), false) = (arg.get_long(), barred(command, &given, arg)) else { continue };
        let name = variable(section(arg), flag);
        if let Some(value) = variable_of(&name) {
            added.extend(from_variable(arg, flag, &name, value)?);
            given.push(arg);
            origins.push((flag.to_owned(), name));
        }
    }
    if let Some(config) = config {
        for arg in settable(command) {
            let (Some(flag), false) = (arg.get_long(), barred(command, &given, arg)) else {
                continue;
            };
            if let Some(values) = config.values(profile.as_deref(), section(arg), flag) {
                for value in values {
                    added.extend(spelt(arg, flag, OsStr::new(&value)).unwrap_or_default());
                }
                given.push(arg);
                origins.push((flag.to_owned(), config.path().display().to_string()));
            }
        }
    }
    let mut words = words;
    // The inner one stands further behind: nothing that is put in before moves it.
    add_nested(&mut words, at, command, matches, variables)?;
    let tail = words.split_off(at.saturating_add(1));
    words.extend(added);
    words.extend(tail);
    Ok(Completed { words, origins })
}

/// Adds what the environment says for a command of a command.
fn add_nested(
    words: &mut Vec<OsString>,
    at: usize,
    outer: &Command,
    matches: Option<&ArgMatches>,
    variables: &Variables,
) -> Result<(), Failure> {
    let names: Vec<&str> = outer.get_subcommands().map(Command::get_name).collect();
    let inner = words.get(at..).and_then(|words| command_at(words, outer, &names));
    let inner = inner.map(|inner| at.saturating_add(inner));
    let Some((inner, command)) =
        inner.and_then(|inner| Some((inner, outer.find_subcommand(words.get(inner)?)?)))
    else {
        return Ok(());
    };
    let matches = matches.and_then(ArgMatches::subcommand).map(|(_, matches)| matches);
    let mut given = given_on_line(command, matches);
    let section = format!("{}_{}", outer.get_name(), command.get_name());
    let mut added = Vec::new();
    for arg in settable(command).filter(|arg| !arg.is_global_set()) {
        let (Some(flag), false) = (arg.get_long(), barred(command, &given, arg)) else { continue };
        let name = variable(Some(&section), flag);
        if let Some(value) = variables.get(OsStr::new(&name)) {
            added.extend(from_variable(arg, flag, &name, value)?);
            given.push(arg);
        }
    }
    let tail = words.split_off(inner.saturating_add(1));
    words.extend(added);
    words.extend(tail);
    Ok(())
}

/// The flags that stand on the command line.
fn given_on_line<'a>(command: &'a Command, matches: Option<&ArgMatches>) -> Vec<&'a Arg> {
    let on_line = |arg: &&Arg| {
        matches.is_some_and(|matches| {
            matches.ids().any(|id| id == arg.get_id())
                && matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
    };
    command.get_arguments().filter(on_line).collect()
}

/// Whether the flag was given, or cannot stand beside one that was.
fn barred(command: &Command, given: &[&Arg], arg: &Arg) -> bool {
    let conflict = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|known| known.get_id() == other.get_id())
    };
    given
        .iter()
        .any(|other| other.get_id() == arg.get_id() || conflict(arg, other) || conflict(other, arg))
}

fn from_variable(
    arg: &Arg,
    flag: &str,
    name: &str,
    value: &OsStr,
) -> Result<Vec<OsString>, Failure> {
    let bad = || Failure::usage(format_args!("{name}: {}: yes or no is wanted", value.display()));
    if let (ArgAction::Append, Some(text)) = (arg.get_action(), value.to_str()) {
        let words = text.split_whitespace();
        return Ok(words.filter_map(|word| spelt(arg, flag, OsStr::new(word))).flatten().collect());
    }
    spelt(arg, flag, value).ok_or_else(bad)
}

/// The words that give the flag this value.
fn spelt(arg: &Arg, flag: &str, value: &OsStr) -> Option<Vec<OsString>> {
    let mut word = OsString::from(format!("--{flag}"));
    if arg.get_action().takes_values() {
        word.push("=");
        word.push(value);
        return Some(vec![word]);
    }
    let text = value.to_str()?.to_ascii_lowercase();
    let times = match text.as_str() {
        "yes" | "true" | "on" | "y" | "t" => 1,
        "no" | "false" | "off" | "n" | "f" => 0,
        number => number.parse::<u8>().ok().filter(|times| *times <= 9)?,
    };
    let times = if matches!(arg.get_action(), ArgAction::Count) { times } else { times.min(1) };
    Some(vec![word; usize::from(times)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition() -> Command {
        let mut definition = Command::new("bt")
            .arg(Arg::new("color").long("color").global(true))
            .arg(Arg::new("profile").long("profile").global(true))
            .arg(
                Arg::new("verbose")
                    .long("verbose")
                    .short('v')
                    .action(ArgAction::Count)
                    .global(true),
            )
            .subcommand(
                Command::new("fetch")
                    .arg(Arg::new("output").long("output").short('o').conflicts_with("save-as"))
                    .arg(Arg::new("save-as").long("save-as"))
                    .arg(Arg::new("peer").long("peer").action(ArgAction::Append))
                    .arg(Arg::new("keep-seeding").long("keep-seeding").action(ArgAction::SetTrue))
                    .arg(Arg::new("torrent")),
            )
            .subcommand(
                Command::new("track").arg(Arg::new("dfile").long("dfile")).subcommand(
                    Command::new("dump")
                        .arg(Arg::new("peers").long("peers").action(ArgAction::SetTrue))
                        .arg(Arg::new("file")),
                ),
            );
        definition.build();
        definition
    }

    fn completed(line: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let words: Vec<_> = line.split(' ').map(OsString::from).collect();
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let mut definition = definition();
        let at = command_at(&words, &definition, &["fetch", "track"]);
        complete(words, at, &mut definition, &variables, None)
            .map(|full| {
                let words: Vec<_> = full.words.iter().map(|word| word.to_string_lossy()).collect();
                words.join(" ")
            })
            .map_err(|failure| failure.message)
    }

    #[test]
    fn variables_stand_behind_flags() {
        for (line, variables, full) in [
            ("bt fetch x", vec![("BT_FETCH_OUTPUT", "d")], "bt fetch --output=d x"),
            ("bt fetch -o e x", vec![("BT_FETCH_OUTPUT", "d")], "bt fetch -o e x"),
            ("bt fetch --save-as e x", vec![("BT_FETCH_OUTPUT", "d")], "bt fetch --save-as e x"),
            ("bt fetch x", vec![("BT_FETCH_PEER", "a b")], "bt fetch --peer=a --peer=b x"),
            ("bt fetch x", vec![("BT_FETCH_KEEP_SEEDING", "yes")], "bt fetch --keep-seeding x"),
            ("bt fetch x", vec![("BT_FETCH_KEEP_SEEDING", "0")], "bt fetch x"),
            ("bt fetch x", vec![("BT_VERBOSE", "2")], "bt fetch --verbose --verbose x"),
            ("bt fetch -v x", vec![("BT_VERBOSE", "2")], "bt fetch -v x"),
            ("bt --color fetch fetch x", vec![("BT_COLOR", "a")], "bt --color fetch fetch x"),
            ("bt -v fetch", vec![("BT_COLOR", "a")], "bt -v fetch --color=a"),
            (
                "bt track --dfile dump dump x",
                vec![("BT_TRACK_DUMP_PEERS", "1"), ("BT_COLOR", "a")],
                "bt track --color=a --dfile dump dump --peers x",
            ),
            (
                "bt track dump --peers",
                vec![("BT_TRACK_DUMP_PEERS", "1"), ("BT_TRACK_DFILE", "d")],
                "bt track --dfile=d dump --peers",
            ),
            ("bt track", vec![("BT_TRACK_DUMP_PEERS", "1")], "bt track"),
            ("bt nonsense", vec![("BT_COLOR", "a")], "bt nonsense"),
        ] {
            assert_eq!(completed(line, &variables).as_deref(), Ok(full), "{line}");
        }
    }

    #[test]
    fn what_is_neither_yes_nor_no_is_named() {
        assert_eq!(
            completed("bt fetch x", &[("BT_FETCH_KEEP_SEEDING", "maybe")]),
            Err("BT_FETCH_KEEP_SEEDING: maybe: yes or no is wanted".into())
        );
    }

    #[test]
    fn a_profile_must_exist() {
        let message = "profile work: there is no configuration file".to_owned();
        assert_eq!(completed("bt fetch --profile work", &[]), Err(message.clone()));
        assert_eq!(completed("bt fetch", &[("BT_PROFILE", "work")]), Err(message));
    }
}
