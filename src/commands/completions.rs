//! `bt completions`

use crate::cli::{Cli, Failure, Sink};
use clap_complete::{Generator, Shell};
use std::path::PathBuf;

/// Writes completions for a shell
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  For bash, to be read in from .bashrc:
    bt completions bash > bt.bash

  For zsh, for the links such as bt-track too:
    bt completions zsh --out site-functions
")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
    /// Writes them as files into this folder, for the links such as bt-track too
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Completions {
    pub(crate) fn run(self, cli: &Cli<'_>) -> Result<(), Failure> {
        let root = super::definition();
        let Some(folder) = self.out else {
            return Sink::Stdout.write(cli.env, &script(self.shell, &root, "bt"), false);
        };
        let place = cli.env.resolve(&folder);
        std::fs::create_dir_all(&place).map_err(|error| Failure::local(&folder, &error))?;
        let write = |command: &clap::Command, name: &str| {
            // bash looks for a file of the command's own name.
            let file = match self.shell {
                Shell::Bash => name.to_owned(),
                shell => shell.file_name(name),
            };
            let script = script(self.shell, command, name);
            Sink::Path(folder.join(file)).write(cli.env, &script, true)
        };
        write(&root, "bt")?;
        for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
            write(command, &format!("bt-{}", command.get_name()))?;
        }
        Ok(())
    }
}

fn script(shell: Shell, command: &clap::Command, name: &str) -> Vec<u8> {
    let mut script = Vec::new();
    // A command of its own name has its subcommands under that one too.
    let named = |sub: clap::Command| {
        let full = format!("{name} {}", sub.get_name());
        sub.bin_name(full)
    };
    let mut command = command.clone().name(name.to_owned());
    if name != "bt" {
        command = command.mut_subcommands(named);
    }
    clap_complete::generate(shell, &mut command, name, &mut script);
    // Some lines end in blanks.
    let text = String::from_utf8_lossy(&script);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    (lines.join("\n") + "\n").into_bytes()
}
