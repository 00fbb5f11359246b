//! The commands: one file each, a struct of flags and a short `run`.

mod completions;
mod decode;
mod encode;
mod fetch;
mod inspect;
mod man;
mod open;
mod publish;
mod seed;
mod track;

use crate::cli::{Choice, Cli, Env, Failure, Format, Globals, Status, Ui};
use clap::{Parser, Subcommand};

/// The whole command line.
#[derive(Parser, Debug)]
#[command(name = "bt", version, about = "BitTorrent for the shell", max_term_width = 100)]
pub struct Bt {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Bencode to JSON
    Decode(decode::Decode),
    /// JSON to bencode
    Encode(encode::Encode),
    /// Shows what a torrent is
    Inspect(inspect::Inspect),
    /// Makes metainfo of a file or directory
    Publish(publish::Publish),
    /// Runs a tracker
    Track(track::Track),
    /// Offers what is complete
    Seed(seed::Seed),
    /// Downloads a torrent
    Fetch(fetch::Fetch),
    /// Downloads what a browser hands over
    Open(open::Open),
    /// Shell completions
    Completions(completions::Completions),
    /// Manual pages
    Man(man::Man),
}

/// Runs the command that the arguments name.
pub fn run(env: &Env) -> Status {
    let parsed = match Bt::try_parse_from(env.args()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Status::Usage } else { Status::Done };
        }
    };
    let (name, result) = dispatch(env, parsed);
    match result {
        Ok(()) => Status::Done,
        Err(failure) => {
            use std::io::Write;
            let mut err = env.stderr();
            if !failure.message.is_empty() {
                let _ = writeln!(err, "{name}: {}", failure.message);
            }
            if let Some(hint) = failure.hint {
                let _ = writeln!(err, "hint: {hint}");
            }
            failure.status
        }
    }
}

fn dispatch(env: &Env, parsed: Bt) -> (&'static str, Result<(), Failure>) {
    let Bt { globals, command } = parsed;
    let name = match &command {
        Command::Decode(_) => "bt decode",
        Command::Encode(_) => "bt encode",
        Command::Inspect(_) => "bt inspect",
        Command::Publish(_) => "bt publish",
        Command::Track(_) => "bt track",
        Command::Seed(_) => "bt seed",
        Command::Fetch(_) => "bt fetch",
        Command::Open(_) => "bt open",
        Command::Completions(_) => "bt completions",
        Command::Man(_) => "bt man",
    };
    let format = match (globals.format, globals.json) {
        (Some(format), _) => format,
        (None, true) => Format::Json,
        (None, false) if env.stdout_is_terminal() => Format::Human,
        (None, false) => Format::Json,
    };
    let on = |choice: Choice| match choice {
        Choice::Always => true,
        Choice::Never => false,
        Choice::Auto => {
            env.stderr_is_terminal() && env.var("TERM").is_none_or(|term| term != "dumb")
        }
    };
    let ui = Ui {
        name: name.to_owned(),
        level: if globals.quiet { -1 } else { i8::try_from(globals.verbose).unwrap_or(i8::MAX) },
        bars: !globals.quiet && on(globals.progress),
        color: on(globals.color) && env.var("NO_COLOR").is_none(),
    };
    let cli = Cli { env, ui, format };
    let result = match command {
        Command::Decode(command) => command.run(&cli),
        Command::Encode(command) => command.run(&cli),
        Command::Inspect(command) => command.run(&cli),
        Command::Publish(command) => command.run(&cli),
        Command::Track(command) => command.run(&cli),
        Command::Seed(command) => command.run(&cli),
        Command::Fetch(command) => command.run(&cli),
        Command::Open(command) => command.run(&cli),
        Command::Completions(command) => command.run(&cli),
        Command::Man(command) => command.run(&cli),
    };
    (name, result)
}
