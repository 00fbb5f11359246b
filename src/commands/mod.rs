//! The commands: one file each, a struct of flags and a short `run`.

mod announce;
mod asking;
mod completions;
mod decode;
mod edit;
mod encode;
mod fetch;
mod inspect;
mod magnet;
mod man;
mod open;
mod publish;
mod scrape;
mod seed;
mod signing;
mod track;
mod verify;

use crate::cli::config::Config;
use crate::cli::{
    Choice, Cli, Env, Failure, Format, Globals, Priority, Show, Status, Stderr, Ui, defaults,
    folders, names, printable, usage,
};
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;

/// What stands on the command line beside a command.
#[derive(Parser, Debug)]
#[command(name = "bt", version, about = "BitTorrent for the shell", max_term_width = 100)]
#[command(long_about = "\
BitTorrent for the shell: makes, reads and changes metainfo, runs a tracker, seeds and fetches.

Data goes to standard output, all else to standard error. Output is for people on a terminal and \
JSON elsewhere. A single - is standard input or output wherever a file may stand.

A link to bt that is called bt-COMMAND runs that command; links called bttrack, btpublish, \
btdownloadheadless and btdownloadprefetched take the options that the programs of these names had \
in 2002.")]
#[command(after_long_help = "\
Examples:
  Make myfile.ext.torrent, to be fetched through that tracker:
    bt publish myfile.ext http://my.tracker/announce

  Its magnet link:
    bt inspect myfile.ext.torrent | jq -r .magnet

  The commands, one a line:
    bt --list
")]
struct Bt {
    #[command(flatten)]
    globals: Globals,
    /// Names the commands, one a line
    #[arg(long, exclusive = true)]
    list: bool,
}

/// One variant a command; this table alone says which there are.
macro_rules! commands {
    ($($variant:ident($kind:ty) = $name:literal),* $(,)?) => {
        #[derive(Subcommand, Debug)]
        enum Command {
            $(#[command(name = $name)] $variant($kind),)*
        }

        impl Command {
            const NAMES: &[&str] = &[$($name),*];

            /// The definition of one command alone.
            fn define(name: &str) -> Option<clap::Command> {
                match name {
                    $($name => Some(<$kind>::augment_args(clap::Command::new($name))),)*
                    _ => None,
                }
            }

            fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
                match self {
                    $(Self::$variant(command) => command.run(cli),)*
                }
            }
        }
    };
}

commands! {
    Decode(decode::Decode) = "decode",
    Encode(encode::Encode) = "encode",
    Inspect(inspect::Inspect) = "inspect",
    Edit(edit::Edit) = "edit",
    Magnet(magnet::MagnetLink) = "magnet",
    Publish(publish::Publish) = "publish",
    Verify(verify::Verify) = "verify",
    Track(track::Track) = "track",
    Seed(seed::Seed) = "seed",
    Fetch(fetch::Fetch) = "fetch",
    Open(open::Open) = "open",
    Announce(announce::Announce) = "announce",
    Scrape(scrape::Scrape) = "scrape",
    Completions(completions::Completions) = "completions",
    Man(man::Man) = "man",
}

/// The definition of the command line, built: help, completions and manual pages come from it.
pub fn definition() -> clap::Command {
    let mut definition = Command::augment_subcommands(Bt::command());
    definition.build();
    definition
}

/// Runs the command that the arguments name.
pub fn run(env: &Env) -> Status {
    // The command's name, known as soon as the words are.
    let mut name = "bt".to_owned();
    match start(env, &mut name) {
        Ok(()) => Status::Done,
        Err(failure) => {
            let mut err = env.stderr();
            if failure.help {
                let _ = write!(err, "{}", help(&name));
            }
            if !failure.message.is_empty() {
                let priority = env.priority(Priority::Error);
                let _ = writeln!(err, "{priority}{name}: {}", printable(&failure.message));
            }
            if let Some(hint) = failure.hint {
                let priority = env.priority(Priority::Note);
                let _ = writeln!(err, "{priority}hint: {}", printable(&hint));
            }
            failure.status
        }
    }
}

/// The short help of the command that is called so.
fn help(name: &str) -> String {
    let definition = definition();
    let command = name.strip_prefix("bt ").and_then(|name| definition.find_subcommand(name));
    let mut command = command.unwrap_or(&definition).clone();
    command.render_help().to_string()
}

fn start(env: &Env, name: &mut String) -> Result<(), Failure> {
    let alone = |name: &str| Some(Bt::command().subcommand(Command::define(name)?));
    let words = names::resolve(env.program(), env.args(), Command::NAMES, alone)?;
    if let Some(command) = bare(&words)
        && env.vars("BT_").is_empty()
        && folders::config_file().is_none()
    {
        *name = format!("bt {}", inspect::NAME);
        return command.run(&surroundings(env, &Globals::default(), name));
    }
    let root = Bt::command().color(color_of_help(env, &words));
    let at = defaults::command_at(&words, &root, Command::NAMES);
    let command = at.and_then(|at| words.get(at)?.to_str());
    if let Some(command) = command {
        *name = format!("bt {command}");
    }
    if command == Some(track::NAME) && track::runs(&words) {
        // A reload may be asked for as soon as it is there.
        crate::net::track::bear_hangup();
    }
    // One command's definition takes a fraction of the time of all. Help that is asked for in front
    // of the command lists them all.
    let asks = |word: &OsString| matches!(word.to_str(), Some("-h" | "--help"));
    let of_all = at.is_some_and(|at| words.iter().take(at).any(asks));
    let definition = match command.filter(|_| !of_all).and_then(Command::define) {
        Some(alone) => root.subcommand(alone),
        None => Command::augment_subcommands(root),
    };
    let mut definition = usage::with_negative_values(definition);
    // What tells about the command line works whatever the configuration says.
    let config = match command {
        None | Some("help" | "man" | "completions") => Ok(None),
        Some(_) => {
            folders::config_file().map(|path| Config::read(path, &self::definition())).transpose()
        }
    };
    let config = match config {
        Err(_) if words.iter().any(asks) => None,
        config => config?,
    };
    let words = usage::joined(words, at, &definition);
    let full = defaults::complete(words, at, &mut definition, &env.vars("BT_"), config.as_ref())?;
    let matches = match definition.try_get_matches_from_mut(&full.words) {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => {
            return error.print().map_err(|error| Failure::stdout(&error));
        }
        Err(error) => {
            let failure = usage::failure(&error, name);
            let culprit = full.origins.iter().find(|(flag, _)| {
                failure.message.contains(&format!("'--{flag} "))
                    && failure.message.contains("value")
            });
            return Err(match culprit {
                Some((flag, origin)) => failure.hint(format_args!("--{flag} comes from {origin}")),
                None => failure,
            });
        }
    };
    let bad = |error| usage::failure(&error, name);
    let Bt { globals, list: wants_list } = Bt::from_arg_matches(&matches).map_err(bad)?;
    if wants_list {
        return list(env);
    }
    if globals.quiet && globals.verbose > 0 {
        // One may stand before the command and one behind it, where the parser does not see both.
        return Err(Failure::usage("--quiet and --verbose cannot both hold"));
    }
    if matches.subcommand_name().is_none() {
        return Err(Failure::help());
    }
    let command = Command::from_arg_matches(&matches).map_err(bad)?;
    command.run(&surroundings(env, &globals, name))
}

/// The command of words that are operands alone, where it is one that a shell runs for each of many
/// files: to define the command line and to judge the words by it takes longer than all the rest.
fn bare(words: &[OsString]) -> Option<Command> {
    let [_, command, operands @ ..] = words else { return None };
    let is_operand = |word: &OsString| word == "-" || !word.as_encoded_bytes().starts_with(b"-");
    let bare = command == inspect::NAME && !operands.is_empty() && operands.iter().all(is_operand);
    bare.then(|| Command::Inspect(inspect::Inspect::of(operands.to_vec())))
}

fn list(env: &Env) -> Result<(), Failure> {
    let lines = Command::NAMES.join("\n") + "\n";
    env.stdout().write_all(lines.as_bytes()).map_err(|error| Failure::stdout(&error))
}

/// Help is printed before the flags are known, so the one that matters is looked for.
fn color_of_help(env: &Env, words: &[OsString]) -> ColorChoice {
    let said = |choice: &str| {
        let joined = OsString::from(format!("--color={choice}"));
        words.contains(&joined)
            || words.windows(2).any(|pair| matches!(pair, [a, b] if a == "--color" && b == choice))
    };
    match () {
        () if said("never") => ColorChoice::Never,
        () if said("always") => ColorChoice::Always,
        () if plain(env) => ColorChoice::Never,
        () => ColorChoice::Auto,
    }
}

/// Whether the environment asks for no colours.
fn plain(env: &Env) -> bool {
    env.var("NO_COLOR").is_some() || dumb(env)
}

fn dumb(env: &Env) -> bool {
    env.var("TERM").is_some_and(|term| term == "dumb")
}

fn surroundings<'a>(env: &'a Env, globals: &Globals, name: &str) -> Cli<'a> {
    let format = match (globals.format, globals.json) {
        (Some(format), _) => format,
        (None, true) => Format::Json,
        (None, false) if env.stdout_is_terminal() => Format::Human,
        (None, false) => Format::Json,
    };
    let terminal = env.stderr_is_terminal();
    let on = |choice: Choice, auto: bool| match choice {
        Choice::Always => true,
        Choice::Never => false,
        Choice::Auto => auto,
    };
    let stderr = match terminal {
        true if dumb(env) => Stderr::DumbTerminal,
        true => Stderr::Terminal,
        false => Stderr::Elsewhere,
    };
    let ui = Ui {
        name: name.to_owned(),
        level: if globals.quiet { -1 } else { i8::try_from(globals.verbose).unwrap_or(i8::MAX) },
        show: Show::of(globals.progress, globals.quiet, stderr),
        color: on(globals.color, terminal && !plain(env)),
    };
    let color = on(globals.color, env.stdout_is_terminal() && !plain(env));
    let json = globals.json || globals.format == Some(Format::Json);
    Cli { env, ui, format, json, color }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn bare_words_are_what_the_definition_makes_of_them() {
        for line in [
            "bt inspect a",
            "bt inspect - b -",
            "bt inspect help",
            "bt inspect  a",
            "bt inspect a= inspect",
        ] {
            let words = words(line);
            let definition = Command::augment_subcommands(Bt::command());
            let matches = definition.try_get_matches_from(&words).unwrap();
            let globals = Bt::from_arg_matches(&matches).unwrap().globals;
            let command = Command::from_arg_matches(&matches).unwrap();
            let parsed = format!("{globals:?} {command:?}");
            assert_eq!(format!("{:?} {:?}", Globals::default(), bare(&words).unwrap()), parsed);
        }
    }

    #[test]
    fn words_with_a_flag_are_not_bare() {
        for line in [
            "bt inspect",
            "bt inspect a --tree",
            "bt inspect -- a",
            "bt -q inspect a",
            "bt inspect -h",
            "bt a",
            "bt",
        ] {
            assert!(bare(&words(line)).is_none(), "{line}");
        }
    }
}
